//! The command line's dispatch: what is asked for is put together here from the parts below and run.
//! Data goes to stdout and talk to stderr.

pub mod args;
mod ballot;
mod benchmark;
mod calibrate;
mod catalogue;
mod check;
mod claims;
mod context;
mod conversation_usage;
mod decide;
mod discover;
mod earlier;
mod edit_commands;
mod engine_pairs;
pub mod error;
mod event_loop;
mod exit;
mod export;
mod findings;
#[cfg(feature = "fleet")]
mod fleet;
mod gate;
mod history;
mod inspect;
mod lab;
mod list;
mod live_plan;
mod load_report;
mod load_usage;
mod otlp;
mod output;
mod overlay;
mod phase_readiness;
mod phase_results;
mod phases;
mod plain_blocks;
mod pricing;
mod race;
mod rater;
mod report;
mod results;
mod saved;
mod serve;
mod shell;
mod status_line;
mod summary;
mod table;
mod watch;

use crate::atomic_file;
use crate::cli::args::{Cli, CliCommand};
use crate::cli::context::CommandContext;
use crate::cli::error::CliError;
use crate::cli::event_loop::runtime;
pub use crate::cli::exit::ExitStatus;
use crate::config::{EnvFile, ProcessEnv, process_env};
use crate::console;
use crate::interrupt::{InterruptListener, InterruptReason};

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
    let file = cli.env_file.as_deref().map(EnvFile::read).transpose()?;
    let variables = |name: &str| match &file {
        Some(file) => file.over(name, process_env(name)),
        None => process_env(name),
    };
    let context = CommandContext::new(ProcessEnv(&variables), &cli.look, &cli.recording);
    if let Some(file) = &file {
        context.err.status(&file.told(&process_env));
    }
    // Whoever has no use for it is still told that there is no such theme.
    context.check_theme()?;
    match cli.command {
        None => race::picker(&context),
        Some(CliCommand::Race(args)) => race::race(&context, &args),
        Some(CliCommand::Replay(args)) => race::replay(&context, &args),
        Some(CliCommand::Export(args)) => export::run(&context, &args),
        Some(CliCommand::Inspect(args)) => inspect::run(&context, &args),
        Some(CliCommand::Edit(args)) => edit_commands::edit(&context, &args),
        Some(CliCommand::Redact(args)) => edit_commands::redaction(&context, &args),
        Some(CliCommand::Merge(args)) => edit_commands::ghosts(&context, &args),
        Some(CliCommand::Benchmark(args)) => benchmark::run(&context, &args),
        Some(CliCommand::Findings(args)) => findings::run(&context, &args),
        Some(CliCommand::Decide(args)) => decide::run(&context, &args),
        Some(CliCommand::History(args)) => history::run(&context, &args),
        Some(CliCommand::Watch(args)) => watch::run(&context, &args),
        Some(CliCommand::Report(args)) => report::run(&context, &args),
        Some(CliCommand::Calibrate(args)) => calibrate::run(&context, &args),
        Some(CliCommand::Phases(args)) => phases::run(&context, args.output),
        Some(CliCommand::List(args)) if args.engines => list::engines(&context, args.list.output),
        Some(CliCommand::List(args)) => list::run(&context, args.list.output),
        Some(CliCommand::Discover(args)) => discover::run(&context, &args),
        Some(CliCommand::Lab(command)) => lab::run(&context, &command),
        Some(CliCommand::Pricing(args)) => pricing::run(&context, &args),
        Some(CliCommand::Catalogue(args)) => catalogue::run(&context, &args),
        Some(CliCommand::Check(args)) => check::run(&context, &args),
        #[cfg(feature = "fleet")]
        Some(CliCommand::Runner(args)) => fleet::runner(&context, &args),
        #[cfg(feature = "fleet")]
        Some(CliCommand::Fleet(args)) => fleet::list(&context, &args),
        #[cfg(feature = "fleet")]
        Some(CliCommand::Spectate(args)) => fleet::spectate(&context, args),
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
