//! Power on Apple's chips, as the program `macmon` prints it: `macmon pipe` writes a line of JSON a second, without rights.
//! It is run where it is installed; nothing of it is linked.

use std::io::{BufRead as _, BufReader, Read as _};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use serde::Deserialize;

/// The longest line that is read, in bytes.
const MAX_LINE: u64 = 64 * 1024;
/// Milliseconds between two lines.
const EVERY_MS: &str = "250";

/// What one line says, watts and shares.
#[derive(Clone, Copy, PartialEq, Debug, Default, Deserialize)]
#[serde(default)]
pub struct ApplePower {
    /// Watts of the processor's cores.
    pub cpu_power: Option<f64>,
    /// Watts of the graphics cores.
    pub gpu_power: Option<f64>,
    /// Watts of processor, graphics and neural cores together.
    pub all_power: Option<f64>,
    /// Frequency in MHz and share of time of the graphics cores.
    pub gpu_usage: Option<(f64, f64)>,
}

impl ApplePower {
    /// Reads a line; nothing where it is none.
    #[must_use]
    pub fn parse(line: &str) -> Option<Self> {
        serde_json::from_str(line).ok()
    }
}

/// `macmon` as it runs. It ends with this value.
#[derive(Debug)]
pub struct MacmonPipe {
    child: Child,
    latest: Arc<Mutex<Option<ApplePower>>>,
}

impl MacmonPipe {
    /// Starts it; nothing where it is not installed.
    #[must_use]
    pub fn start() -> Option<Self> {
        Self::of(Command::new("macmon").args(["pipe", "-i", EVERY_MS]))
    }

    fn of(command: &mut Command) -> Option<Self> {
        let command = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut child = command.spawn().ok()?;
        let latest = Arc::new(Mutex::new(None));
        let (shown, lines) = (Arc::clone(&latest), BufReader::new(child.stdout.take()?));
        let reading = thread::Builder::new().name("macmon".into()).spawn(move || follow(lines, &shown));
        if reading.is_err() {
            let _ = child.kill();
            return None;
        }
        Some(Self { child, latest })
    }

    /// The newest line; nothing before the first.
    #[must_use]
    pub fn latest(&self) -> Option<ApplePower> {
        *self.latest.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for MacmonPipe {
    fn drop(&mut self) {
        // Errors say that it has ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn follow(mut lines: BufReader<std::process::ChildStdout>, latest: &Mutex<Option<ApplePower>>) {
    let mut line = String::new();
    loop {
        line.clear();
        match lines.by_ref().take(MAX_LINE).read_line(&mut line) {
            Ok(1..) => {}
            Ok(0) | Err(_) => return,
        }
        if let Some(power) = ApplePower::parse(&line) {
            *latest.lock().unwrap_or_else(PoisonError::into_inner) = Some(power);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LINE: &str = r#"{"timestamp":"2026-02-24T20:38:15.4+00:00","temp":{"cpu_temp_avg":43.7},"memory":{"ram_total":25769803776},"ecpu_usage":[1181,0.08],"gpu_usage":[461,0.25],"cpu_power":0.5,"gpu_power":1.5,"ane_power":0.0,"all_power":2.0,"sys_power":5.9}"#;

    #[test]
    fn a_line_is_read_and_others_are_passed_over() {
        let power = ApplePower::parse(LINE).unwrap();
        assert_eq!((power.cpu_power, power.gpu_power, power.all_power), (Some(0.5), Some(1.5), Some(2.0)));
        assert_eq!(power.gpu_usage, Some((461.0, 0.25)));
        assert_eq!(ApplePower::parse("macmon: not supported"), None);
        assert_eq!(ApplePower::parse("{}"), Some(ApplePower::default()));
    }

    #[cfg(unix)]
    #[test]
    fn a_program_that_prints_lines_is_followed_and_ended() {
        let script = format!("echo nonsense; echo '{LINE}'; exec sleep 60");
        let pipe = MacmonPipe::of(Command::new("sh").args(["-c", &script])).unwrap();
        let until = std::time::Instant::now() + std::time::Duration::from_secs(20);
        while pipe.latest().is_none() {
            assert!(std::time::Instant::now() < until, "no line was read");
            thread::yield_now();
        }
        assert_eq!(pipe.latest().and_then(|power| power.all_power), Some(2.0));
        drop(pipe);
        assert!(MacmonPipe::of(&mut Command::new("/nowhere/macmon")).is_none());
    }
}
