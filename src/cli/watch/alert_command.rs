//! The command that is run for an alert: started without a shell, told by its environment and its standard input, and ended with all
//! its children when its time is over.

use std::io;
use std::process::{Command, ExitStatus, Stdio};
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::process::{ChildStderr, ChildStdin};
use tokio::time::{sleep, timeout};

use crate::cli::args::AlertCommand;
use crate::gate::AlertMessage;
use crate::process_group::ProcessGroup;
use crate::text::printable;

/// How long a command may take.
pub(super) const PATIENCE: Duration = Duration::from_secs(30);
/// Between two looks whether it has ended.
const LOOK: Duration = Duration::from_millis(20);
/// How much of its standard error is kept, in bytes.
const MAX_ASIDE: usize = 2_000;
/// What opens the names of its variables.
const PREFIX: &str = "SPEED_KINGS_ALERT_";

/// The command that is run, and what it doesn't get to see.
pub(super) struct AlertHook {
    pub(super) command: AlertCommand,
    /// Variables that hold keys.
    pub(super) withheld: Vec<String>,
}

impl AlertHook {
    /// Runs it for `message`, for [`PATIENCE`] at most.
    ///
    /// # Errors
    /// Why it did not do its work, in words.
    pub(super) async fn run(&self, message: &AlertMessage) -> Result<(), String> {
        let line = serde_json::to_string(message).map_err(|error| error.to_string())? + "\n";
        let mut command = self.command(message);
        // Making a process takes its time, and a lane may be running.
        let started = tokio::task::spawn_blocking(move || ProcessGroup::start(&mut command)).await;
        let mut group = started.map_err(|error| error.to_string())?.map_err(|error| self.refused(&error))?;
        let (stdin, _, stderr) = group.pipes();
        let told = |error: io::Error| format!("{}: {error}", self.name());
        let mut stdin = stdin.map(ChildStdin::from_std).transpose().map_err(told)?;
        let mut stderr = stderr.map(ChildStderr::from_std).transpose().map_err(told)?;
        let mut aside = Vec::new();
        let ended = async {
            // Whoever doesn't read it has no use for it.
            let feed = async {
                if let Some(mut stdin) = stdin.take() {
                    let _ = stdin.write_all(line.as_bytes()).await;
                }
            };
            tokio::join!(feed, listen(stderr.as_mut(), &mut aside), has_ended(&mut group));
        };
        let late = timeout(PATIENCE, ended).await.is_err();
        group.kill();
        let exit = group.collect();
        if late {
            return Err(format!("{} did not end within {} s and was ended", self.name(), PATIENCE.as_secs()));
        }
        self.judged(exit, &String::from_utf8_lossy(&aside))
    }

    fn command(&self, message: &AlertMessage) -> Command {
        let mut command = Command::new(&self.command.program);
        command.args(&self.command.arguments);
        command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::piped());
        for name in &self.withheld {
            command.env_remove(name);
        }
        for (name, value) in facts(message) {
            command.env(format!("{PREFIX}{name}"), value);
        }
        command
    }

    /// The program as a message names it.
    fn name(&self) -> String {
        printable(&self.command.program).into_owned()
    }

    fn refused(&self, error: &io::Error) -> String {
        match error.kind() {
            io::ErrorKind::NotFound => format!("{}: there is no such program; --run uses no shell", self.name()),
            _ => format!("{}: {error}", self.name()),
        }
    }

    fn judged(&self, exit: Option<ExitStatus>, aside: &str) -> Result<(), String> {
        let why = match exit {
            Some(exit) if exit.success() => return Ok(()),
            Some(exit) => exit.to_string(),
            None => "its end was not told".to_owned(),
        };
        let last = aside.lines().map(str::trim).rfind(|line| !line.is_empty());
        let said = last.map(|line| format!(": {}", printable(line))).unwrap_or_default();
        Err(format!("{} failed ({why}){said}", self.name()))
    }
}

/// What its environment says: the main facts, each as one line. What isn't known is empty.
fn facts(message: &AlertMessage) -> [(&'static str, String); 11] {
    let check = &message.check;
    let number = |value: Option<f64>| value.map(|value| value.to_string()).unwrap_or_default();
    let text = |text: &str| printable(text).into_owned();
    [
        ("STATE", message.state.clone()),
        ("CONDITION", text(&check.condition)),
        ("CONTESTANT", text(&check.name)),
        ("PROVIDER", text(&message.provider)),
        ("MODEL", text(&check.model)),
        ("SIMULATED", check.simulated.to_string()),
        ("FIGURE", number(check.figure)),
        ("LOW", number(check.low)),
        ("HIGH", number(check.high)),
        ("PROBES", check.runs.to_string()),
        ("SAID", text(&check.said)),
    ]
}

/// Reads what it says aside until it ends; the first part of it is kept.
async fn listen(stderr: Option<&mut ChildStderr>, into: &mut Vec<u8>) {
    let Some(stderr) = stderr else { return };
    let mut chunk = [0; 1_024];
    while let Ok(read @ 1..) = stderr.read(&mut chunk).await {
        let room = MAX_ASIDE.saturating_sub(into.len()).min(read);
        into.extend_from_slice(chunk.get(..room).unwrap_or_default());
    }
}

async fn has_ended(group: &mut ProcessGroup) {
    while !group.has_exited() {
        sleep(LOOK).await;
    }
    // What it left behind would keep its standard error open.
    group.kill();
}
