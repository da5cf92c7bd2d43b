//! The command line's dispatch: what is asked for is put together here from the parts below and run.
//! Data goes to stdout and talk to stderr.

pub mod args;
mod benchmark;
mod calibrate;
mod check;
mod context;
mod edit_commands;
pub mod error;
mod export;
mod findings;
mod inspect;
mod list;
mod output;
mod phase_readiness;
mod phases;
mod pricing;
mod race;
mod report;
mod results;
mod serve;
mod shell;
mod simulation;
mod status_line;
mod summary;
mod table;
mod watch;

use std::path::Path;
use std::process::ExitCode;

use crate::atomic_file;
use crate::cli::args::{Cli, CliCommand};
use crate::cli::context::CommandContext;
use crate::cli::error::{CliError, ErrorContext as _};
use crate::config::{ProcessEnv, process_env};
use crate::console;
use crate::interrupt::{InterruptListener, InterruptReason};
use crate::race::Race;
use crate::race::verdict::{NotComparable, RaceOutcome, Verdict};
use crate::ui::UiEnd;

/// How a command ended, for the shell.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ExitStatus {
    /// It did what was asked.
    Done,
    /// It did not work.
    Failed,
    /// It was asked for wrongly.
    Usage,
    /// A lane failed, so there is no verdict.
    NoVerdict,
    /// It was interrupted before its end.
    Interrupted,
    /// Its terminal is gone.
    HungUp,
}

impl From<UiEnd> for ExitStatus {
    fn from(ended: UiEnd) -> Self {
        match ended {
            UiEnd::Left => Self::Done,
            UiEnd::Interrupted => Self::Interrupted,
            UiEnd::HungUp => Self::HungUp,
        }
    }
}

impl From<ExitStatus> for ExitCode {
    fn from(exit: ExitStatus) -> Self {
        Self::from(match exit {
            ExitStatus::Done => 0,
            ExitStatus::Failed => 1,
            ExitStatus::Usage => 2,
            ExitStatus::NoVerdict => 3,
            ExitStatus::Interrupted => 130,
            ExitStatus::HungUp => 129,
        })
    }
}

/// Runs what `cli` asks for.
///
/// # Errors
/// What went wrong, for a person.
pub fn run(cli: Cli) -> Result<ExitStatus, CliError> {
    let ended = dispatch(cli);
    // Without a terminal the rest of the output had nowhere to go, and an error would have nobody to read it.
    if InterruptListener::came() == Some(InterruptReason::HungUp) { Ok(ExitStatus::HungUp) } else { ended }
}

fn dispatch(cli: Cli) -> Result<ExitStatus, CliError> {
    outlive_full_files();
    if cli.look.plain {
        console::make_plain();
    }
    if cli.recording.public {
        atomic_file::make_public();
    }
    let context = CommandContext::new(ProcessEnv(&process_env), &cli.look, &cli.recording);
    // Whoever has no use for it is still told that there is no such theme.
    context.check_theme()?;
    match cli.command {
        None => race::picker(&context),
        Some(CliCommand::Race(args)) => race::race(&context, &args.options()),
        Some(CliCommand::Replay(args)) => race::replay(&context, &args),
        Some(CliCommand::Export(args)) => export::run(&context, &args),
        Some(CliCommand::Inspect(args)) => inspect::run(&context, &args),
        Some(CliCommand::Edit(args)) => edit_commands::edit(&context, &args),
        Some(CliCommand::Redact(args)) => edit_commands::redaction(&context, &args),
        Some(CliCommand::Merge(args)) => edit_commands::ghosts(&context, &args),
        Some(CliCommand::Benchmark(args)) => benchmark::run(&context, &args),
        Some(CliCommand::Findings(args)) => findings::run(&context, &args),
        Some(CliCommand::Watch(args)) => watch::run(&context, &args),
        Some(CliCommand::Report(args)) => report::run(&context, &args),
        Some(CliCommand::Calibrate(args)) => calibrate::run(&context, &args),
        Some(CliCommand::Phases(args)) => phases::run(&context, args.output),
        Some(CliCommand::List(args)) => list::run(&context, args.output),
        Some(CliCommand::Pricing(args)) => pricing::run(&context, &args),
        Some(CliCommand::Check(args)) => check::run(&context, &args),
        Some(CliCommand::Serve(args)) => serve::run(&context, &args),
        Some(CliCommand::Completions { shell }) => shell::completions(&context, shell),
        Some(CliCommand::Man { dir }) => shell::man(&context, dir.as_deref()),
    }
}

/// A file that may grow no further (`ulimit -f`) is an error of what is written to it, as a full disk is: listened to, its
/// signal kills nobody.
fn outlive_full_files() {
    #[cfg(unix)]
    if crate::interrupt::is_room().is_ok()
        && let Ok(runtime) = runtime()
    {
        use tokio::signal::unix::{SignalKind, signal};
        let _context = runtime.enter();
        // Where that fails the signal does what it did before.
        let _ = signal(SignalKind::from_raw(rustix::process::Signal::XFSZ.as_raw()));
    }
}

/// The exit code of a race.
fn exit_of_race(race: &Race) -> ExitStatus {
    match Verdict::of(race).outcome {
        RaceOutcome::None { missing } if missing.iter().any(|(_, why)| *why != NotComparable::Unfinished) => {
            ExitStatus::NoVerdict
        }
        RaceOutcome::None { .. } => ExitStatus::Interrupted,
        _ => ExitStatus::Done,
    }
}

/// The event loop of the screen.
fn runtime() -> Result<tokio::runtime::Runtime, CliError> {
    let built = tokio::runtime::Builder::new_current_thread().enable_all().build();
    built.context(|| "cannot start the event loop".into())
}

/// Whether `path` stands for stdout.
fn is_stdout(path: &Path) -> bool {
    path.as_os_str() == "-"
}
