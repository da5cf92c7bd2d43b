//! The command line: what can be typed, and nothing else.
//! Flags that several commands take are written once, here; what only one command takes may have a file of its own.

mod bench;
mod edit_commands;
mod examples;
mod export;
mod headless;
mod serve;

use std::io::{ErrorKind, Write as _};
use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, CommandFactory as _, FromArgMatches as _, Parser, Subcommand};

pub use self::bench::{BenchmarkArgs, BesideArgs, CalibrateArgs, PUBLISHED, ReportArgs, ReportForm};
pub use self::edit_commands::{EditArgs, EditCommandArgs, InspectArgs, MergeArgs, RedactArgs};
pub use self::export::{ExportArgs, LaneArrangement, StillPlace};
pub use self::headless::{CheckArgs, FindingsArgs, ListArgs, ListForm, PricingArgs, WatchArgs, WatchForm};
pub use self::serve::ServeArgs;
use crate::cli::ExitStatus;
use crate::config::{RaceOptions, split_names};
use crate::console::{progress, status};
use crate::provider::RequestTimeouts;
use crate::provider::http::RejectedParams;
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
        let used: &[&str] = match command.get_name() {
            "race" => &["theme", "no_mouse", "plain", "record", "no_record", "public"],
            "watch" => &["theme", "no_mouse", "plain", "public"],
            "replay" => &["theme", "no_mouse", "plain"],
            "export" => &["theme", "plain", "public"],
            "benchmark" => &["plain", "public"],
            "calibrate" => &["plain"],
            "edit" | "redact" | "merge" => &["public"],
            _ => &[],
        };
        let command = match examples::of(command.get_name()) {
            Some(examples) => with_examples(command, examples),
            None => command,
        };
        let idle = everywhere.iter().filter(|arg| !used.contains(&arg.get_id().as_str()));
        command.args(idle.map(|arg| arg.clone().hide(true)))
    })
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

const PROVIDERS: &str = "\
Contestants instead of a phase: ids of providers, NAME=URL for an OpenAI-compatible server of your own, or exec:COMMAND \
(NAME=exec:COMMAND) for any command that streams text.

A command is split into words as a shell would, but run without one. {prompt}, {prompt_file}, {model}, {max_tokens}, \
{temperature} and {seed} are filled in; without {prompt} or {prompt_file} the prompt goes to its standard input. With \
--jsonl among its arguments its output is read as lines of JSON, {\"text\": \"...\"} and a last {\"done\": true, \
\"usage\": {...}}. A comma in a command has to be quoted, and one in a URL quoted or written as \\,. The flag may be given once for each contestant.";

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
    Watch(WatchArgs),
    /// Say what all results so far show: patterns, questions, rankings, speed beside cost
    Findings(FindingsArgs),
    /// Measure this program's own error here, against the simulator's known truth
    Calibrate(CalibrateArgs),
    /// List the phases: who races whom on what, and whether it can run here
    Phases(ListArgs),
    /// List the providers: hardware, key, address and model
    List(ListArgs),
    /// List the dated prices, and what each phase costs
    Pricing(PricingArgs),
    /// Ask each provider that is set up whether it takes the key and has the model; costs nothing
    Check(CheckArgs),
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
pub struct DisplayArgs {
    /// Theme by name, or a theme file
    #[arg(long, global = true, value_name = "NAME|FILE")]
    pub theme: Option<String>,
    /// Leave the mouse to the terminal, which selects text with it; M switches it on
    #[arg(long, global = true)]
    pub no_mouse: bool,
    /// No screen and no line that is drawn anew: the output that a pipe would get, also at a terminal
    #[arg(long, global = true)]
    pub plain: bool,
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
}

/// Who is asked what, and how: the same for everything that asks.
#[derive(Clone, Debug, Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of its own")]
pub struct EntryArgs {
    /// Contestants instead of a phase: ids of providers, NAME=URL, or exec:COMMAND
    #[arg(long, value_name = "A,B", long_help = PROVIDERS)]
    pub providers: Vec<String>,
    /// Model: one for all contestants, or one for each
    #[arg(long = "model", visible_alias = "models", value_name = "MODEL", value_delimiter = ',')]
    pub models: Vec<String>,
    /// Prompt of your own
    #[arg(long, value_name = "TEXT")]
    pub prompt: Option<String>,
    /// Prompt of the catalogue: short, medium or long; or a file that holds one
    #[arg(long, short, value_name = "SIZE|FILE", conflicts_with = "prompt")]
    pub size: Option<String>,
    /// Cap on output tokens
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub max_tokens: Option<u32>,
    /// Sampling temperature
    #[arg(long, value_name = "T", value_parser = temperature)]
    pub temperature: Option<f64>,
    /// Sampling seed, and the simulator's
    #[arg(long, value_name = "N")]
    pub seed: Option<u64>,
    /// Let the simulator feed every lane: no key, no network
    #[arg(long)]
    pub sim: bool,
    /// Send the prompt without a fresh nonce, so that a prompt cache may answer
    #[arg(long)]
    pub allow_cache: bool,
    /// Switch reasoning off at every contestant that has a switch for it
    #[arg(long)]
    pub no_reasoning: bool,
    /// Fail at once when a rate limit is hit, instead of waiting it out
    #[arg(long)]
    pub no_retry: bool,
    /// How long to wait for what.
    #[command(flatten)]
    pub timeouts: TimeoutArgs,
}

/// How long to wait for what.
#[derive(Clone, Debug, Args)]
pub struct TimeoutArgs {
    /// Seconds to wait for a connection
    #[arg(long, value_name = "S", default_value = "10", value_parser = seconds)]
    pub connect_timeout: Duration,
    /// Seconds from the request to the first text; signs of life without text don't count
    #[arg(long, value_name = "S", default_value = "60", value_parser = seconds)]
    pub first_token_timeout: Duration,
    /// Seconds from one text to the next; signs of life without text don't count
    #[arg(long, value_name = "S", default_value = "30", value_parser = seconds)]
    pub idle_timeout: Duration,
    /// Seconds that one lane may take in all
    #[arg(long, value_name = "S", default_value = "600", value_parser = seconds)]
    pub run_timeout: Duration,
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
        self.entry.wish(self.phase.clone())
    }
}

impl EntryArgs {
    /// The wish behind the flags, for `phase` if there is one.
    #[must_use]
    pub fn wish(&self, phase: Option<String>) -> RaceOptions {
        RaceOptions {
            phase,
            providers: self.providers.iter().flat_map(|list| split_names(list)).collect(),
            models: self.models.clone(),
            prompt: self.prompt.clone(),
            prompt_name: None,
            size: self.size.clone(),
            asked: None,
            max_tokens: self.max_tokens,
            temperature: self.temperature,
            seed: self.seed,
            alone: false,
            simulate: self.sim,
            allow_cache: self.allow_cache,
            no_retry: self.no_retry,
            no_reasoning: self.no_reasoning,
            rejected: RejectedParams::default(),
            timeouts: RequestTimeouts {
                connect: self.timeouts.connect_timeout,
                first_token: self.timeouts.first_token_timeout,
                idle: self.timeouts.idle_timeout,
                run: self.timeouts.run_timeout,
            },
        }
    }
}

fn seconds(text: &str) -> Result<Duration, String> {
    let secs: f64 = text.parse().map_err(|_| "not a number of seconds".to_owned())?;
    let span = Duration::try_from_secs_f64(secs).map_err(|error| error.to_string())?;
    if span.is_zero() || secs > 86_400.0 { Err("more than 0 and up to 86400 seconds".into()) } else { Ok(span) }
}

/// As [`seconds`], or none at all.
fn pause(text: &str) -> Result<Duration, String> {
    if text.parse() == Ok(0.0) { Ok(Duration::ZERO) } else { seconds(text) }
}

fn temperature(text: &str) -> Result<f64, String> {
    between(text, 0.0, 2.0)
}

fn between(text: &str, least: f64, most: f64) -> Result<f64, String> {
    let value: f64 = text.parse().map_err(|_| "not a number".to_owned())?;
    if (least..=most).contains(&value) { Ok(value) } else { Err(format!("between {least} and {most}")) }
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
