//! The end of processes whose program was killed: a shell that does nothing but wait for the program's end.
//! A program that ends in any other way ends its processes itself. Where there are no process groups, nothing guards.

use std::io;
#[cfg(unix)]
use std::process::{Child, Command, Stdio};

/// Ends the group `$1` and all that carry the environment entry `$2`, once standard input ends: politely at first.
#[cfg(unix)]
const SCRIPT: &str = r#"trap '' HUP INT TERM
read -r _
kill -s TERM -- "-$1"
sleep 2
kill -s KILL -- "-$1"
for process in /proc/[0-9]*; do
  if grep -qsF -- "$2" "$process/environ"; then kill -s KILL "${process#/proc/}"; fi
done"#;

/// Watches over a process group. When the program is killed, the guard ends the group; dropping it ends the watch alone.
#[derive(Debug)]
pub struct ProcessGuard {
    #[cfg(unix)]
    shell: Child,
}

impl ProcessGuard {
    /// A guard over process group `group`, and over all processes whose environment has the entry `tag`.
    ///
    /// # Errors
    /// When there is no shell to do it.
    #[cfg(unix)]
    pub fn over(group: u32, tag: &str) -> io::Result<Self> {
        let mut command = Command::new("sh");
        command.args(["-c", SCRIPT, "guard", &group.to_string(), tag]);
        // The pipe's other end is in no process but this one, and closes with it, however it ends.
        command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
        std::os::unix::process::CommandExt::process_group(&mut command, 0);
        Ok(Self { shell: command.spawn()? })
    }

    /// Nothing guards where there are no process groups.
    ///
    /// # Errors
    /// Always.
    #[cfg(not(unix))]
    pub fn over(_group: u32, _tag: &str) -> io::Result<Self> {
        Err(io::ErrorKind::Unsupported.into())
    }
}

#[cfg(unix)]
impl Drop for ProcessGuard {
    fn drop(&mut self) {
        // Killed before its input ends, it ends nobody. An error says that it has ended.
        if self.shell.kill().is_ok() {
            let _ = self.shell.wait();
        }
    }
}
