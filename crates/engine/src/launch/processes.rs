//! The processes of an engine: started as one group, their log read, found by their tag, and ended all together.
//! What they end with by themselves is told with the last that they said.

use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use speed_kings_catalog::command::CommandSpec;
use speed_kings_system::atomic_file;
use speed_kings_system::process_group::ProcessGroup;
use speed_kings_system::process_guard::ProcessGuard;
use speed_kings_system::resources::process_tree::ProcessTree;

use super::failure::EngineFailure;
use super::log_keeper::{self, LogKeeper};
use crate::engine_log::EngineLog;

/// How often those that an engine left behind are looked for.
const ROUNDS: u32 = 20;

/// The processes of an engine with its log.
#[derive(Debug)]
pub(super) struct EngineProcesses {
    /// What was started, as the catalogue names it.
    pub(super) program: String,
    /// The process group, with its leader.
    pub(super) group: ProcessGroup,
    /// All processes, those that left the group among them.
    pub(super) tree: ProcessTree,
    /// What was read of its log.
    log: Arc<Mutex<LogKeeper>>,
    /// Where its log is kept; nowhere when it is not to be.
    pub(super) log_file: Option<PathBuf>,
    /// Ends them when this program is killed; nothing where there is no shell for it.
    guard: Option<ProcessGuard>,
}

impl EngineProcesses {
    pub(super) fn start(
        mut command: Command,
        spec: &CommandSpec,
        tag: &str,
        log: LogKeeper,
    ) -> Result<Self, EngineFailure> {
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let program = spec.program().to_owned();
        let mut group = ProcessGroup::start(&mut command).map_err(|error| {
            EngineFailure::new(format!("cannot start '{program}': {error}")).with_hint("is it made to run here?")
        })?;
        let guard = group.number().and_then(|leader| ProcessGuard::over(leader, tag).ok());
        let (_, stdout, stderr) = group.pipes();
        let log = Arc::new(Mutex::new(log));
        let tree = ProcessTree::of(group.number().unwrap_or(0), Some(tag.to_owned()));
        let processes = Self { program, group, tree, log, log_file: None, guard };
        let readers = [
            stdout.map(|out| log_keeper::follow(out, &processes.log)),
            stderr.map(|err| log_keeper::follow(err, &processes.log)),
        ];
        for reader in readers.into_iter().flatten() {
            reader.map_err(|error| {
                EngineFailure::new(format!("cannot read the log of '{}': {error}", processes.program))
            })?;
        }
        Ok(processes)
    }

    fn log(&self) -> std::sync::MutexGuard<'_, LogKeeper> {
        self.log.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn log_facts(&self) -> (EngineLog, Box<[Box<str>]>) {
        let log = self.log();
        (log.facts.clone(), log.unproven())
    }

    pub(super) fn last_words(&self) -> Option<String> {
        self.log().last_words()
    }

    /// What there is to say when it has ended by itself.
    pub(super) fn died(&mut self, when: &str) -> EngineFailure {
        // Its last words may still be on their way.
        let deadline = Instant::now() + Duration::from_millis(200);
        while Instant::now() < deadline && !self.log().is_over() {
            std::thread::sleep(Duration::from_millis(2));
        }
        self.group.kill();
        let how = match self.group.collect().map(|status| (status.code(), status)) {
            Some((Some(code), _)) => format!("exited with code {code}"),
            #[cfg(unix)]
            Some((None, status)) => match std::os::unix::process::ExitStatusExt::signal(&status) {
                Some(signal) => format!("was ended by signal {signal}"),
                None => "ended".into(),
            },
            _ => "ended".into(),
        };
        let said = match self.last_words() {
            Some(words) => format!(": {words}"),
            None => " and wrote nothing".into(),
        };
        EngineFailure::new(format!("'{}' {how} {when}{said}", self.program)).with_log(self.keep_log().as_deref())
    }

    /// Writes what is kept of the log to its file, if it has one, and gives the file's name.
    pub(super) fn keep_log(&self) -> Option<String> {
        let path = self.log_file.as_ref()?;
        let kept = atomic_file::replace(path, &self.log().kept());
        // A log that can't be kept is not worth more than the race.
        kept.ok()?;
        Some(path.file_name()?.to_string_lossy().into_owned())
    }

    #[cfg(unix)]
    pub(super) fn ask_to_end(&self) {
        use rustix::process::{Pid, Signal, kill_process_group};
        let leader = self.group.number().and_then(|number| Pid::from_raw(i32::try_from(number).ok()?));
        // An error says that nobody is left.
        if let Some(leader) = leader {
            let _ = kill_process_group(leader, Signal::TERM);
        }
    }

    #[cfg(not(unix))]
    pub(super) fn ask_to_end(&self) {}
}

impl Drop for EngineProcesses {
    fn drop(&mut self) {
        drop(self.guard.take());
        // Those that left the group are found by their tag, for as long as any can start another.
        self.group.kill();
        for _ in 0..ROUNDS {
            let left = self.tree.processes();
            let leader = self.group.number();
            let mut others = left.into_iter().filter(|process| Some(*process) != leader).peekable();
            if others.peek().is_none() {
                break;
            }
            others.for_each(kill);
        }
        self.keep_log();
    }
}

#[cfg(unix)]
fn kill(process: u32) {
    use rustix::process::{Pid, Signal, kill_process};
    if let Some(process) = i32::try_from(process).ok().and_then(Pid::from_raw) {
        // An error says that it has ended.
        let _ = kill_process(process, Signal::KILL);
    }
}

#[cfg(not(unix))]
fn kill(_: u32) {}
