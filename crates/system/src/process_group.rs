//! A command and everything it started: they end together, whatever ends the race.
//! Where there are no process groups, only the command itself is ended.

use std::io;
use std::process::{Child, ChildStderr, ChildStdin, ChildStdout, Command, ExitStatus};
use std::time::Duration;

/// Between two looks at whether a command has ended that was asked to.
const LOOK: Duration = Duration::from_millis(5);

/// The processes of one command. Dropping it kills them.
#[derive(Debug)]
pub struct ProcessGroup {
    /// There until it is dropped.
    leader: Option<Child>,
    killed: bool,
}

impl ProcessGroup {
    /// Starts `command` as the leader of a group of its own, away from the terminal's.
    ///
    /// Nothing may come between the start and the group: whoever loses a process here loses it for good.
    ///
    /// # Errors
    /// When the system can't start it.
    pub fn start(command: &mut Command) -> io::Result<Self> {
        #[cfg(unix)]
        std::os::unix::process::CommandExt::process_group(command, 0);
        Ok(Self { leader: Some(command.spawn()?), killed: false })
    }

    /// The command's process number.
    #[must_use]
    pub fn number(&self) -> Option<u32> {
        self.leader.as_ref().map(Child::id)
    }

    /// Its ends of the pipes, once.
    pub fn pipes(&mut self) -> (Option<ChildStdin>, Option<ChildStdout>, Option<ChildStderr>) {
        let Some(leader) = &mut self.leader else { return (None, None, None) };
        (leader.stdin.take(), leader.stdout.take(), leader.stderr.take())
    }

    /// Whether the command has exited. It stays as a zombie, whose figures can be read and whose number is nobody
    /// else's, until [`Self::collect`].
    #[cfg(unix)]
    pub fn has_exited(&mut self) -> bool {
        use rustix::process::{WaitId, WaitIdOptions, waitid};
        let options = WaitIdOptions::EXITED | WaitIdOptions::NOHANG | WaitIdOptions::NOWAIT;
        // An error says that there is no such process any more.
        self.leader_number().is_none_or(|leader| !matches!(waitid(WaitId::Pid(leader), options), Ok(None)))
    }

    /// Whether the command has exited.
    #[cfg(not(unix))]
    pub fn has_exited(&mut self) -> bool {
        self.leader.as_mut().is_none_or(|leader| !matches!(leader.try_wait(), Ok(None)))
    }

    /// Asks all of them to end, and waits so long for the command to put its things in order. Where no signals are, nothing asks.
    pub fn ask_to_end(&mut self, patience: Duration) {
        #[cfg(unix)]
        if let Some(leader) = self.leader_number().filter(|_| !self.killed) {
            let _ = rustix::process::kill_process_group(leader, rustix::process::Signal::TERM);
            let mut left = patience.as_nanos() / LOOK.as_nanos();
            while left > 0 && !self.has_exited() {
                std::thread::sleep(LOOK);
                left -= 1;
            }
        }
    }

    /// Kills all of them, once: afterwards the number may belong to somebody else.
    pub fn kill(&mut self) {
        if std::mem::replace(&mut self.killed, true) {
            return;
        }
        // Errors say that nobody is left, which is what was wanted.
        #[cfg(unix)]
        if let Some(leader) = self.leader_number() {
            let _ = rustix::process::kill_process_group(leader, rustix::process::Signal::KILL);
        }
        #[cfg(not(unix))]
        if let Some(leader) = &mut self.leader {
            let _ = leader.kill();
        }
    }

    /// How the command ended, if it has. To be asked after [`Self::kill`] only.
    pub fn collect(&mut self) -> Option<ExitStatus> {
        self.leader.as_mut()?.try_wait().ok().flatten()
    }

    #[cfg(unix)]
    fn leader_number(&self) -> Option<rustix::process::Pid> {
        rustix::process::Pid::from_raw(i32::try_from(self.number()?).ok()?)
    }
}

impl Drop for ProcessGroup {
    fn drop(&mut self) {
        self.kill();
        if self.collect().is_none()
            && let Some(mut leader) = self.leader.take()
        {
            // Even a killed process can take its time, and nobody is to wait for it here.
            let reaper = std::thread::Builder::new().name("reaper".into());
            let _ = reaper.spawn(move || leader.wait());
        }
    }
}
