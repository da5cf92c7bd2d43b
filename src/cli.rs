//! The command line's dispatch: what is asked for is put together here from the parts below and run.
//! Data goes to stdout and talk to stderr.

pub mod args;
mod benchmark;
mod calibrate;
mod check;
mod edit_commands;
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
mod summary;
mod table;
mod watch;

use std::collections::BTreeSet;
use std::io::IsTerminal as _;
use std::path::Path;
use std::process::ExitCode;
use std::sync::{Mutex, PoisonError};

use color_eyre::eyre::{Context as _, Result, eyre};

use crate::atomic_file;
use crate::catalog::UnknownName;
use crate::cli::args::{Cli, CliCommand, DisplayArgs};
use crate::config::{self, ConfigError, ProcessEnv, process_env};
use crate::console::{self, OutputReader, PlainReason, status};
use crate::film::raster::GeometryError;
use crate::interrupt::{InterruptListener, InterruptReason};
use crate::race::Race;
use crate::race::verdict::{NotComparable, RaceOutcome, Verdict};
use crate::record::edit::EditError;
use crate::record::merge::MergeError;
use crate::record::time_ref::TimeRefError;
use crate::ui::UiEnd;
use crate::ui::app::App;
use crate::ui::theme::{ColourLevel, Theme, ThemeError, ThemeSet};
use crate::watch::endpoint::EndpointError;

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
pub fn run(cli: Cli) -> Result<ExitStatus> {
    let ended = dispatch(cli);
    // Without a terminal the rest of the output had nowhere to go, and an error would have nobody to read it.
    if InterruptListener::came() == Some(InterruptReason::HungUp) { Ok(ExitStatus::HungUp) } else { ended }
}

fn dispatch(cli: Cli) -> Result<ExitStatus> {
    outlive_full_files();
    if cli.look.plain {
        console::make_plain();
    }
    if cli.recording.public {
        atomic_file::make_public();
    }
    let env = ProcessEnv(&process_env);
    if cli.look.theme.is_some() {
        // Whoever has no use for it is still told that there is no such theme.
        named(&mut all_themes(&env)?.0, &cli.look)?;
    }
    let catalog = config::load_catalog(&env)?;
    let record = (!cli.recording.no_record).then_some(cli.recording.record.as_path());
    match cli.command {
        None => race::picker(&catalog, &cli.look, record),
        Some(CliCommand::Race(args)) => race::race(&catalog, &cli.look, record, &args.options()),
        Some(CliCommand::Replay(args)) => race::replay(&cli.look, &args),
        Some(CliCommand::Export(args)) => export::run(&cli.look, &args),
        Some(CliCommand::Inspect(args)) => inspect::run(&args),
        Some(CliCommand::Edit(args)) => edit_commands::edit(&args),
        Some(CliCommand::Redact(args)) => edit_commands::redaction(&args),
        Some(CliCommand::Merge(args)) => edit_commands::ghosts(&args),
        Some(CliCommand::Benchmark(args)) => benchmark::run(&catalog, &args),
        Some(CliCommand::Findings(args)) => findings::run(&catalog, &args),
        Some(CliCommand::Watch(args)) => watch::run(&catalog, &cli.look, &args),
        Some(CliCommand::Report(args)) => report::run(&catalog, &args),
        Some(CliCommand::Calibrate(args)) => calibrate::run(&env, &args),
        Some(CliCommand::Phases(args)) => phases::run(&catalog, &env, args.output),
        Some(CliCommand::List(args)) => list::run(&catalog, &env, args.output),
        Some(CliCommand::Pricing(args)) => pricing::run(&catalog, &args),
        Some(CliCommand::Check(args)) => check::run(&catalog, &env, &args),
        Some(CliCommand::Serve(args)) => serve::run(&catalog, &args),
        Some(CliCommand::Completions { shell }) => shell::completions(shell),
        Some(CliCommand::Man { dir }) => shell::man(dir.as_deref()),
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

/// The exit code of an error: 2 when it was asked for wrongly.
#[must_use]
pub fn exit_of(error: &color_eyre::Report) -> ExitStatus {
    let usage = error.is::<ConfigError>()
        || error.is::<UnknownName>()
        || error.is::<ThemeError>()
        || error.is::<EditError>()
        || error.is::<MergeError>()
        || error.is::<TimeRefError>()
        || error.is::<benchmark::NeedsYes>()
        || error.is::<export::BadOutput>()
        || error.is::<output::OutputRefusal>()
        || error.is::<GeometryError>()
        || error.is::<EndpointError>();
    if usage { ExitStatus::Usage } else { ExitStatus::Failed }
}

/// An error with its causes, each said once: many an error repeats its cause already.
#[must_use]
pub fn explain(error: &color_eyre::Report) -> String {
    error.chain().map(ToString::to_string).fold(String::new(), |told, cause| {
        if told.contains(&cause) {
            told
        } else if told.is_empty() {
            cause
        } else {
            format!("{told}: {cause}")
        }
    })
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

/// Why there is no screen, if there is none.
fn screenless() -> Option<&'static str> {
    if !std::io::stdout().is_terminal() || !std::io::stdin().is_terminal() {
        return Some("standard input or output is not a terminal");
    }
    console::plain().map(PlainReason::why)
}

/// Whether there is somebody at a terminal that can show a screen.
fn interactive() -> bool {
    screenless().is_none()
}

/// An app in the theme that was asked for.
fn app(look: &DisplayArgs, env: &ProcessEnv<'_>) -> Result<App> {
    let (themes, name) = themes(look, env)?;
    let mut app = App::new(themes, &name, ColourLevel::detect(|variable| env.get(variable)));
    app.mouse = !look.no_mouse;
    Ok(app)
}

/// The theme that was asked for, in all its colours.
fn theme(look: &DisplayArgs, env: &ProcessEnv<'_>) -> Result<Theme> {
    let (themes, name) = themes(look, env)?;
    Ok(themes.get(&name).unwrap_or_else(|| themes.default_theme()).clone())
}

/// All themes there are, and the name of the one that was asked for.
fn themes(look: &DisplayArgs, env: &ProcessEnv<'_>) -> Result<(ThemeSet, String)> {
    let (mut themes, broken) = all_themes(env)?;
    for error in broken {
        status(&format!("theme left out: {error}"));
    }
    let name = named(&mut themes, look)?;
    Ok((themes, name))
}

/// All themes there are, and what is wrong with the user's own that are left out.
fn all_themes(env: &ProcessEnv<'_>) -> Result<(ThemeSet, Vec<ThemeError>)> {
    let mut themes = ThemeSet::builtin()?;
    let broken = env.config_dir().map(|dir| themes.load_dir(&dir.join("themes"))).unwrap_or_default();
    Ok((themes, broken))
}

/// The name of the theme that was asked for, which is among `themes` from then on.
fn named(themes: &mut ThemeSet, look: &DisplayArgs) -> Result<String> {
    Ok(match &look.theme {
        Some(name) if themes.get(name).is_some() => name.clone(),
        Some(file) if std::fs::metadata(file).is_ok_and(|found| !found.is_dir()) => {
            themes.load_file(Path::new(file))?
        }
        Some(name) => return Err(UnknownName::new("theme", name, themes.names(), None).into()),
        None => themes.default_theme().name.clone(),
    })
}

/// The event loop of the screen.
fn runtime() -> Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_current_thread().enable_all().build().wrap_err("cannot start the event loop")
}

/// Says what has not been said before by this process.
fn tell_once<'a>(notes: impl IntoIterator<Item = &'a String>) {
    static TOLD: Mutex<BTreeSet<String>> = Mutex::new(BTreeSet::new());
    for note in notes {
        if TOLD.lock().unwrap_or_else(PoisonError::into_inner).insert(note.clone()) {
            status(note);
        }
    }
}

/// Whether `path` stands for stdout.
fn is_stdout(path: &Path) -> bool {
    path.as_os_str() == "-"
}

/// Puts data out. A reader that has left is no error.
fn put(text: &str) -> Result<OutputReader> {
    console::print(text).map_err(|error| eyre!("cannot write to stdout: {error}"))
}
