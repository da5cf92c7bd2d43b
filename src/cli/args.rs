//! The command line: what can be typed, and nothing else.
//! Flags that several commands take are written once, here; what only one command takes may have a file of its own.

mod alert;
mod bench;
#[cfg(feature = "fleet")]
mod bus;
mod catalogue;
mod decide;
mod director;
mod edit_commands;
mod entry;
mod examples;
mod export;
#[cfg(feature = "fleet")]
mod fleet;
mod gate;
mod headless;
mod history;
mod lab;
mod lengths;
mod load;
mod picture;
mod protocol;
mod report_output;
mod serve;
mod values;

use std::io::{ErrorKind, Write as _};
use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args, CommandFactory as _, FromArgMatches as _, Parser, Subcommand, ValueEnum};

pub use self::alert::AlertCommand;
pub use self::bench::{BenchmarkArgs, BesideArgs, CalibrateArgs, PUBLISHED, ReportArgs};
#[cfg(feature = "fleet")]
pub use self::bus::{BusArgs, WatchBusArgs};
pub use self::catalogue::{AddArgs, CatalogueArgs, CatalogueCommand, CatalogueForm};
pub use self::decide::{ClaimPublisher, DecideArgs};
pub use self::director::{DirectorArgs, FilmTarget};
pub use self::edit_commands::{EditArgs, EditCommandArgs, InspectArgs, MergeArgs, RedactArgs};
pub use self::entry::{EntryArgs, TimeoutArgs};
pub use self::export::{ExportArgs, StillPlace};
#[cfg(feature = "fleet")]
pub use self::fleet::{FleetArgs, RemoteLaneArgs, RunnerArgs, SpectateArgs, SweepLaneArgs};
pub use self::gate::{EarlierRun, GateArgs};
pub use self::headless::{
    CheckArgs, DiscoverArgs, FindingsArgs, FindingsForm, ListArgs, ListForm, PricingArgs, ProviderListArgs, WatchArgs,
    WatchForm,
};
pub use self::history::HistoryArgs;
pub use self::lab::{
    LabCommand, LabReferenceArgs, LabReportArgs, LabTableArgs, ModelArgs, PerplexityArgs, QualityArgs, SweepArgs,
};
pub use self::lengths::{LengthArgs, LengthUsage};
pub use self::load::LoadArgs;
pub use self::picture::PictureArgs;
pub use self::protocol::{ProtocolArgs, RateArgs, RaterArgs, VOTES, VoteArgs, VotesArgs};
pub use self::report_output::{ReportForm, ReportOutput};
pub use self::serve::ServeArgs;
use crate::cli::exit::ExitStatus;
use crate::config::RaceOptions;
use crate::console::{progress, status};
use crate::text::printable_lines;

/// Race two LLM providers side by side in the terminal.
///
/// Without a command it opens the phase picker. No key is needed: a race whose lanes are not ready is simulated, and
/// says SIM everywhere.
#[derive(Debug, Parser)]
#[command(name = "speed-kings", version, max_term_width = 100, after_help = examples::PROGRAM)]
pub struct Cli {
    /// What to do; without one, the phase picker opens.
    #[command(subcommand)]
    pub command: Option<CliCommand>,
    /// How the screen looks, for every command.
    #[command(flatten)]
    pub look: DisplayArgs,
    /// Where recordings are kept, if at all.
    #[command(flatten)]
    pub recording: RecordingArgs,
    /// Read keys and other variables from this file as well, .env of the working folder by default
    #[arg(long, global = true, value_name = "FILE", num_args = 0..=1, require_equals = true, default_missing_value = ".env")]
    pub env_file: Option<PathBuf>,
}

impl Cli {
    /// What was typed.
    ///
    /// # Errors
    /// How the program is to end at once: after a wrong command line, or a call for help, which has been answered.
    pub fn read() -> Result<Self, ExitStatus> {
        let read = command().try_get_matches().and_then(|matches| Self::from_arg_matches(&matches));
        read.map_err(|error| answered(&error))
    }
}

/// Prints what clap has to say.
fn answered(error: &clap::Error) -> ExitStatus {
    let plain = error.render().to_string();
    if error.use_stderr() {
        // What was typed is repeated in it and may be somebody else's text. Its colours are lost with the rest then.
        match printable_lines(&plain) {
            shown if shown == plain => drop(error.print()),
            shown => progress(&shown),
        }
        return ExitStatus::Usage;
    }
    // What is left in the buffer has its error at the end.
    match error.print().and_then(|()| std::io::stdout().flush()) {
        Err(failed) if failed.kind() != ErrorKind::BrokenPipe => {
            status(&format!("speed-kings: cannot write to stdout: {failed}"));
            ExitStatus::Failed
        }
        _ => ExitStatus::Done,
    }
}

/// The command line, in which each command's help shows those flags of all commands that it has a use for.
#[must_use]
pub fn command() -> clap::Command {
    let command = Cli::command();
    let everywhere: Vec<clap::Arg> = command.get_arguments().filter(|arg| arg.is_global_set()).cloned().collect();
    command.mut_subcommands(|command| {
        let command = match examples::of(command.get_name()) {
            Some(examples) => with_examples(command, examples),
            None => command,
        };
        let command = command.mut_subcommands(|command| with_used_flags(command, &everywhere));
        with_used_flags(command, &everywhere)
    })
}

/// `command` with those flags of all commands hidden that it has no use for.
fn with_used_flags(command: clap::Command, everywhere: &[clap::Arg]) -> clap::Command {
    let used: &[&str] = match command.get_name() {
        "race" => &[
            "env_file",
            "theme",
            "layout",
            "raw_text",
            "camera",
            "instant",
            "bell",
            "no_mouse",
            "no_motion",
            "plain",
            "overlay",
            "overlay_network",
            "record",
            "no_record",
            "public",
        ],
        "watch" | "protocol" | "rate" | "vote" => &["env_file", "theme", "raw_text", "no_mouse", "plain", "public"],
        "runner" => &["env_file", "record", "public"],
        "fleet" => &["record", "public"],
        "replay" | "spectate" => {
            &["theme", "layout", "raw_text", "camera", "no_mouse", "no_motion", "plain", "overlay", "overlay_network"]
        }
        "export" => &["theme", "layout", "raw_text", "no_motion", "plain", "public"],
        "benchmark" | "sweep" | "quality" => &["env_file", "plain", "public"],
        "check" | "list" | "phases" | "pricing" | "catalogue" | "add" => &["env_file"],
        "calibrate" | "perplexity" => &["plain"],
        "edit" | "redact" | "merge" => &["public"],
        _ => &[],
    };
    let flags = everywhere.iter().map(|arg| arg.clone().hide(!used.contains(&arg.get_id().as_str())));
    command.args(flags)
}

/// `command` with `examples` under its help, before what stands there already.
fn with_examples(command: clap::Command, examples: &str) -> clap::Command {
    let joined = |after: Option<&clap::builder::StyledStr>| {
        after.map_or_else(|| examples.to_owned(), |after| format!("{after}\n\n{examples}"))
    };
    let (short, long) =
        (joined(command.get_after_help()), joined(command.get_after_long_help().or(command.get_after_help())));
    command.after_help(short).after_long_help(long)
}

/// The commands and their arguments.
#[derive(Debug, Subcommand)]
pub enum CliCommand {
    /// Run one live race
    Race(RaceArgs),
    /// Watch a recorded race again, at any speed
    Replay(ReplayArgs),
    /// Make pictures and films of a recorded race
    Export(Box<ExportArgs>),
    /// Say what is in a recording: summary, connections, marks, gaps, and what is missing or damaged
    Inspect(InspectArgs),
    /// Write a recording that is shown otherwise: slow motion, ends, title, captions, chapters; figures stay
    Edit(EditCommandArgs),
    /// Write a recording without prompt, text, hosts or names; timings and counts stay
    Redact(RedactArgs),
    /// Put lanes of two recordings on one start: a ghost race
    Merge(MergeArgs),
    /// Measure contestants one at a time, many times, without a screen: who is faster, by how much, and is that real
    Benchmark(Box<BenchmarkArgs>),
    /// Report on results that were saved, one file or several
    Report(ReportArgs),
    /// Measure again and again on a schedule: availability, TTFT and speed over time
    Watch(Box<WatchArgs>),
    /// Say what all results so far show: patterns, questions, rankings, speed beside cost
    Findings(FindingsArgs),
    /// Say which offer to use for so many tokens a month, under an objective and a budget, by what was measured
    Decide(Box<DecideArgs>),
    /// Follow each contestant over all results: medians over time, what has changed, how often a watch found it up
    History(HistoryArgs),
    /// Measure this program's own error here, against the simulator's known truth
    Calibrate(CalibrateArgs),
    /// List the phases: who races whom on what, and whether it can run here
    Phases(ListArgs),
    /// List the providers: hardware, key, address and model
    List(ProviderListArgs),
    /// Find the inference engines that answer on this machine, or at the places that are named
    Discover(DiscoverArgs),
    /// Compare engines of this machine: sweeps over models and settings, test protocols, ratings and votes, model files
    #[command(subcommand)]
    Lab(LabCommand),
    /// List the dated prices, and what each phase costs
    Pricing(PricingArgs),
    /// Print the catalogue: who can race whom on what; check a file of your own, or add a server to it
    Catalogue(CatalogueArgs),
    /// Ask each provider that is set up whether it takes the key and has the model; costs nothing
    Check(CheckArgs),
    /// Offer the contestants of this machine to races that are directed from another one
    #[cfg(feature = "fleet")]
    Runner(Box<RunnerArgs>),
    /// List the runners on the bus, with what they offer
    #[cfg(feature = "fleet")]
    Fleet(FleetArgs),
    /// Watch a race that is run on the bus, from its start
    #[cfg(feature = "fleet")]
    Spectate(SpectateArgs),
    /// Run the simulator alone: an OpenAI-compatible server on loopback, for anybody's tests
    Serve(ServeArgs),
    /// Print the completions for a shell
    Completions {
        /// Which shell
        shell: clap_complete::Shell,
    },
    /// Print the man page
    Man {
        /// Write it and one for each command into this folder instead
        #[arg(long, value_name = "DIR")]
        dir: Option<PathBuf>,
    },
}

/// How the program looks on the screen, for every command.
#[derive(Clone, Debug, Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of its own on the command line")]
pub struct DisplayArgs {
    /// Theme by name, or a theme file
    #[arg(long, global = true, value_name = "NAME|FILE")]
    pub theme: Option<String>,
    /// Leave the mouse to the terminal, which selects text with it; M switches it on
    #[arg(long, global = true)]
    pub no_mouse: bool,
    /// The verdict of a race at once, without the slowed replay that follows on one of less than 3 s
    #[arg(long, global = true)]
    pub instant: bool,
    /// The screen for a camera: no keys and no timeline, and nothing within 5 % of the edges; c switches it. All keys still work
    #[arg(long, global = true)]
    pub camera: bool,
    /// Ring the terminal's bell at the end of a live race
    #[arg(long, global = true)]
    pub bell: bool,
    /// No effects: everything on the screen and in films is at once where it will be
    #[arg(long, global = true)]
    pub no_motion: bool,
    /// What of a race gets the room, or how its lanes lie; without it, by the shape of the screen or picture
    #[arg(long, global = true, value_enum, value_name = "LAYOUT")]
    pub layout: Option<ScreenLayout>,
    /// Answers as they came, letter by letter, and not as the Markdown that they are
    #[arg(long, global = true)]
    pub raw_text: bool,
    /// No screen and no line that is drawn anew: the output that a pipe would get, also at a terminal
    #[arg(long, global = true)]
    pub plain: bool,
    /// Serve what the screen shows as a page of broadcast graphics at this address, for example 127.0.0.1:8099: a Browser
    /// source for OBS. Without a screen, `replay` then plays until Ctrl-C
    #[arg(long, global = true, value_name = "ADDR")]
    pub overlay: Option<SocketAddr>,
    /// Let --overlay be at an address that other machines reach; whoever reaches it can watch
    #[arg(long, global = true, requires = "overlay")]
    pub overlay_network: bool,
}

/// What of a race gets the room, or how its lanes lie.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub enum ScreenLayout {
    /// Lanes side by side
    Wide,
    /// Lanes one below the other
    Tall,
    /// Figures and text for each lane
    Split,
    /// Large figures, a tall chart, three lines of text
    Broadcast,
    /// Nothing but the texts
    Text,
    /// The timing tower: lanes in the order in which they stand
    Tower,
}

/// Where recordings are kept, and who may read them.
#[derive(Clone, Debug, Args)]
pub struct RecordingArgs {
    /// Folder for recordings
    #[arg(long, global = true, value_name = "DIR", default_value = "recordings")]
    pub record: PathBuf,
    /// Keep no recording
    #[arg(long, global = true, conflicts_with = "record")]
    pub no_record: bool,
    /// Let others read the files and folders that are made, which are their owner's alone without it
    #[arg(long, global = true)]
    pub public: bool,
}

/// What one live race takes.
#[derive(Clone, Debug, Args)]
pub struct RaceArgs {
    /// Phase of the catalogue, for example A1
    pub phase: Option<String>,
    /// Who is asked what, and how.
    #[command(flatten)]
    pub entry: EntryArgs,
    /// What is raced on other machines.
    #[cfg(feature = "fleet")]
    #[command(flatten)]
    pub remote: RemoteLaneArgs,
}

/// What a replay takes.
#[derive(Clone, Debug, Args)]
pub struct ReplayArgs {
    /// Recording, a .race or .race.zst file
    pub file: PathBuf,
    /// Begin again at the end
    #[arg(long = "loop")]
    pub again: bool,
    /// How it is shown.
    #[command(flatten)]
    pub edit: EditArgs,
}

impl RaceArgs {
    /// The wish behind the flags.
    #[must_use]
    pub fn options(&self) -> RaceOptions {
        self.entry.options(self.phase.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_holds_together() {
        command().debug_assert();
    }

    #[test]
    fn help_names_no_flag_that_does_nothing() {
        let help = |name: &str| {
            let mut all = command();
            all.build();
            all.find_subcommand_mut(name).unwrap().render_long_help().to_string()
        };
        for name in ["inspect", "edit", "redact", "merge", "phases"] {
            let help = help(name);
            assert!(["--theme", "--record", "--no-record"].iter().all(|flag| !help.contains(flag)), "{help}");
        }
        let lab = |name: &str| {
            let mut all = command();
            all.build();
            all.find_subcommand_mut("lab").unwrap().find_subcommand_mut(name).unwrap().render_long_help().to_string()
        };
        assert!(
            lab("rate").contains("--theme") && !lab("rate").contains("--record") && !lab("model").contains("--theme")
        );
        assert!(help("race").contains("--no-record") && help("export").contains("--theme"));
        assert!(!help("export").contains("--no-record"));
        let typed = ["speed-kings", "--theme", "x", "export", "a.race", "--to", "a.gif"];
        let after = ["speed-kings", "export", "a.race", "--to", "a.gif", "--theme", "x"];
        for typed in [&typed, &after] {
            let cli = Cli::from_arg_matches(&command().get_matches_from(typed)).unwrap();
            assert_eq!(cli.look.theme.as_deref(), Some("x"));
        }
    }

    #[test]
    fn a_prompt_is_given_once() {
        for command in ["race", "benchmark", "watch"] {
            let typed = ["speed-kings", command, "-s", "short", "--prompt", "x"];
            let error = Cli::try_parse_from(typed).unwrap_err();
            assert_eq!(error.kind(), clap::error::ErrorKind::ArgumentConflict, "{command}");
        }
    }

    #[test]
    fn bad_values_are_refused() {
        for bad in ["--temperature=3", "--max-tokens=0", "--idle-timeout=0", "--idle-timeout=nan"] {
            assert!(Cli::try_parse_from(["speed-kings", "race", "A1", bad]).is_err(), "{bad}");
        }
        let cli = Cli::try_parse_from(["speed-kings", "replay", "x.race", "--speed", "×0.1"]).unwrap();
        assert!(matches!(cli.command, Some(CliCommand::Replay(args)) if args.edit.speed == Some(0.1)));
    }
}
