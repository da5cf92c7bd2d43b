//! What the commands without a screen take.
//! Each prints data on stdout, in the form that is asked for.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, ValueEnum};

use super::alert::AlertCommand;
#[cfg(feature = "fleet")]
use super::bus::WatchBusArgs;
use super::entry::{EntryArgs, SET, TrustArgs};
use super::gate::{EarlierRun, GateArgs, earlier_run};
use super::values::{between, dollars, seconds};
use crate::config::RaceOptions;
use crate::date;
use crate::findings::money::MonthlyUsage;
use crate::findings::recommend::RecommendationGoal;
use crate::gate::GateCondition;
use crate::watch::KEPT;

const ALERT: &str = "\
Say at once when this is shown of a contestant, and when it is over. May be given several times.

The conditions are those of --fail-if: 'availability<99%', 'groq.ttft_ms>800', 'error_rate>5%', 'slower than baseline by 20%'. \
After each probe they are held against the newest probes of each contestant, as many as --window says. An alert fires once, when \
the whole interval of the figure lies beyond the limit, and is over once, when the figure itself keeps to the limit again. \
Each look is wrong in at most 5 % of cases, all alerts together; a watch looks often.";
const RUN: &str = "\
Run this command for each alert that fires or is over. It is split into words as a shell would, but no shell runs it and nothing is \
put into its words: what is known stands in the variables SPEED_KINGS_ALERT_STATE (firing or over), _CONDITION, _CONTESTANT, \
_PROVIDER, _MODEL, _SIMULATED, _FIGURE, _LOW, _HIGH, _PROBES and _SAID, and as a line of JSON on standard input. Keys of providers are \
taken out of its environment. One at a time runs, for 30 s at most; that it failed or was ended is told, and the watch goes on.";

pub(super) const OTLP: &str = "\
Send the metrics to this collector of OpenTelemetry, as OTLP over HTTP in JSON, for example http://127.0.0.1:4318; /v1/metrics is put \
behind it unless it ends so.

They go by the GenAI conventions, release 0.1.0 (gen_ai.client.inference.*), our own figures by speed_kings.*; docs/watch.md lists them. \
OTEL_EXPORTER_OTLP_HEADERS (name=value,name=value) and OTEL_EXPORTER_OTLP_TIMEOUT (ms) are honoured, as are their _METRICS_ forms. A \
collector that is down is told of and holds nothing up; the next export that is delivered brings all counts.";

/// What a watch takes.
#[derive(Clone, Debug, Args)]
pub struct WatchArgs {
    /// Phase of the catalogue, for example A1
    #[arg(long, value_name = "PHASE")]
    pub phase: Option<String>,
    /// Who is asked what, and how.
    #[command(flatten)]
    pub entry: EntryArgs,
    /// What goes over the bus.
    #[cfg(feature = "fleet")]
    #[command(flatten)]
    pub fleet: WatchBusArgs,
    /// Time between the beginnings of two rounds, for example 30s, 5m or 1h
    #[arg(long, value_name = "TIME", default_value = "5m", value_parser = interval)]
    pub every: Duration,
    /// End after so many rounds; without it, it runs until it is stopped
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub rounds: Option<u32>,
    /// End when the probes have cost this much, in USD
    #[arg(long, value_name = "USD", default_value = "0.25", value_parser = dollars)]
    pub max_cost: f64,
    /// Serve the figures for Prometheus on this loopback address, for example 127.0.0.1:9464
    #[arg(long, value_name = "ADDR")]
    pub metrics: Option<SocketAddr>,
    /// Send the metrics to this collector of OpenTelemetry, by its address
    #[arg(long, value_name = "URL", long_help = OTLP)]
    pub otlp: Option<String>,
    /// Append each probe to this file, as a line of JSON
    #[arg(long, value_name = "FILE")]
    pub log: Option<PathBuf>,
    /// Spend without asking
    #[arg(long, short)]
    pub yes: bool,
    /// Form of what is found: a board at a terminal, else lines of JSON
    #[arg(long, short, value_enum)]
    pub output: Option<WatchForm>,
    /// Say at once, and run the command of --run, when this is shown of a contestant, and when it is over: 'availability<99%'
    #[arg(long, value_name = "CONDITION", long_help = ALERT)]
    pub alert: Vec<GateCondition>,
    /// Command for each alert that fires or is over, without a shell; what is known comes as variables and on standard input
    #[arg(long, value_name = "COMMAND", requires = "alert", long_help = RUN)]
    pub run: Option<AlertCommand>,
    /// The newest probes of a contestant that an alert rests on
    #[arg(long, value_name = "N", default_value_t = 20, requires = "alert", value_parser = window)]
    pub window: usize,
    /// Results of a benchmark to hold --alert, and --fail-if at the end, against; `last` for the newest complete ones of the same in
    /// `results`
    #[arg(long, value_name = "FILE|last", value_parser = earlier_run)]
    pub baseline_run: Option<EarlierRun>,
    /// What fails the watch at its end.
    #[command(flatten)]
    pub gates: GateArgs,
}

/// The forms of what a watch finds.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub enum WatchForm {
    /// A line for each probe, also at a terminal
    Json,
}

impl WatchArgs {
    /// The wish behind the flags. A probe is short unless another size is asked for.
    #[must_use]
    pub fn options(&self) -> RaceOptions {
        let options = self.entry.options(self.phase.clone());
        let size = options.size.clone().or_else(|| Some("short".to_owned()));
        RaceOptions { alone: true, size, ..options }
    }
}

/// How many probes an alert rests on.
fn window(text: &str) -> Result<usize, String> {
    let probes = text.parse().ok().filter(|probes| (1..=KEPT).contains(probes));
    probes.ok_or_else(|| format!("expected a number of probes from 1 to {KEPT}"))
}

fn interval(text: &str) -> Result<Duration, String> {
    let every = date::read_span(text)?;
    let (least, most) = (Duration::from_secs(1), Duration::from_secs(7 * 24 * 60 * 60));
    if (least..=most).contains(&every) { Ok(every) } else { Err("between 1s and 7days".into()) }
}

/// The forms of the findings.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub enum FindingsForm {
    /// For a repository
    Markdown,
    /// One page for a browser, to be sent on
    Html,
}

/// What the findings take.
#[derive(Clone, Debug, Args)]
pub struct FindingsArgs {
    /// Folder of results: saved benchmarks and recordings, in folders of their own or not
    #[arg(long, value_name = "DIR", default_value = "results")]
    pub results: PathBuf,
    /// Page to write; - for stdout [default: docs/findings.md, or docs/findings.html with -o html]
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,
    /// Form of the page; as the ending of --out says when left out
    #[arg(long, short, value_enum)]
    pub output: Option<FindingsForm>,
    /// Replace the page whatever it is
    #[arg(long)]
    pub force: bool,
    /// Mark results that are older than this, for example 30days
    #[arg(long, value_name = "TIME", default_value = "30days", value_parser = age)]
    pub max_age: Duration,
    /// Take simulated results as evidence too; what rests on them says SIM
    #[arg(long)]
    pub include_simulated: bool,
    /// Say which offer to use instead of writing the page
    #[arg(long, value_enum, value_name = "WANT")]
    pub recommend: Option<RecommendBy>,
    /// Tokens a month, prompt and output together, to work out what the recommended offer costs: 300M, 1.5B, 80000
    #[arg(long, value_name = "N", requires = "recommend", value_parser = tokens)]
    pub monthly_tokens: Option<f64>,
    /// Share of prompt tokens to price offers by, instead of the measured mix: 0.75 or 75%
    #[arg(long, value_name = "SHARE", requires = "recommend", value_parser = share)]
    pub input_share: Option<f64>,
    /// Prompt tokens a month, instead of --monthly-tokens and --input-share: 200M
    #[arg(long, value_name = "N", requires_all = ["recommend", "tokens_out"], conflicts_with_all = ["monthly_tokens", "input_share"], value_parser = tokens)]
    pub tokens_in: Option<f64>,
    /// Output tokens a month, beside --tokens-in: 50M
    #[arg(long, value_name = "N", requires_all = ["recommend", "tokens_in"], value_parser = tokens)]
    pub tokens_out: Option<f64>,
}

impl FindingsArgs {
    /// The page that is written and its form: as is asked for, else as the page's ending says.
    #[must_use]
    pub fn page(&self) -> (PathBuf, FindingsForm) {
        let ending = |file: &PathBuf| file.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("html"));
        let named = if self.out.as_ref().is_some_and(ending) { FindingsForm::Html } else { FindingsForm::Markdown };
        let form = self.output.unwrap_or(named);
        let usual = match form {
            FindingsForm::Markdown => "docs/findings.md",
            FindingsForm::Html => "docs/findings.html",
        };
        (self.out.clone().unwrap_or_else(|| usual.into()), form)
    }

    /// What is used a month, as far as it is said.
    #[must_use]
    pub fn usage(&self) -> MonthlyUsage {
        match self.tokens_in.zip(self.tokens_out) {
            Some((input, output)) => MonthlyUsage::Apart { input, output },
            None => MonthlyUsage::Together { tokens: self.monthly_tokens, input_share: self.input_share },
        }
    }
}

/// A number of tokens: `80000`, `80_000`, `12k`, `300M`, `1.5B` or `1.5G`.
pub(super) fn tokens(text: &str) -> Result<f64, String> {
    const WRONG: &str = "a number of tokens such as 80000, 12k, 300M or 1.5B";
    let text = text.trim().replace('_', "");
    let units = [(&["k", "K"], 1e3), (&["M", "m"], 1e6), (&["B", "G"], 1e9)];
    let (number, unit) = units
        .into_iter()
        .find_map(|(letters, unit)| letters.iter().find_map(|letter| Some((text.strip_suffix(letter)?, unit))))
        .unwrap_or((&text, 1.0));
    let number: f64 = number.trim().parse().map_err(|_| WRONG.to_owned())?;
    let tokens = number * unit;
    if (0.0..=1e15).contains(&tokens) { Ok(tokens) } else { Err(format!("{WRONG}, from 0 to 1e15")) }
}

/// A share: `0.75` or `75%`.
pub(super) fn share(text: &str) -> Result<f64, String> {
    match text.trim().strip_suffix('%') {
        Some(percent) => between(percent.trim(), 0.0, 100.0).map(|percent| percent / 100.0),
        None => between(text, 0.0, 1.0),
    }
}

/// What an offer is chosen by.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub enum RecommendBy {
    /// The fastest output
    Speed,
    /// The lowest cost per token
    Cost,
    /// The most speed for the money
    Balanced,
}

impl From<RecommendBy> for RecommendationGoal {
    fn from(wanted: RecommendBy) -> Self {
        match wanted {
            RecommendBy::Speed => Self::Speed,
            RecommendBy::Cost => Self::Cost,
            RecommendBy::Balanced => Self::Balanced,
        }
    }
}

pub(super) fn age(text: &str) -> Result<Duration, String> {
    date::read_span(text)
}

/// What a list takes.
#[derive(Clone, Copy, Debug, Args)]
pub struct ListArgs {
    /// Form of the list
    #[arg(long, short, value_enum, default_value = "table")]
    pub output: ListForm,
}

/// The forms of a list.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub enum ListForm {
    /// For people
    Table,
    /// For scripts
    Json,
}

/// What the list of providers takes.
#[derive(Debug, Args)]
pub struct ProviderListArgs {
    /// List the engines that can be started for a race, with their settings, instead of the providers
    #[arg(long)]
    pub engines: bool,
    /// Form of the list.
    #[command(flatten)]
    pub list: ListArgs,
}

/// What the search for engines takes.
#[derive(Debug, Args)]
pub struct DiscoverArgs {
    /// Places to ask instead of this machine's, each HOST:PORT
    ///
    /// Without any, loopback is asked at the usual ports of engines and at those where your own processes listen. Each
    /// question is one GET with 300 ms for its answer; an engine is told by its answers, never by its port.
    #[arg(value_name = "HOST:PORT", value_parser = place)]
    pub places: Vec<String>,
    /// Form of the list.
    #[command(flatten)]
    pub list: ListArgs,
}

/// Reads a place.
fn place(text: &str) -> Result<String, String> {
    let wrong = || "expected HOST:PORT, for example 127.0.0.1:8080".to_owned();
    let place = text.trim_start_matches("http://").trim_end_matches('/');
    let (host, port) = place.rsplit_once(':').ok_or_else(wrong)?;
    let host_is_plain = !host.is_empty() && !host.contains(['/', '@', '?', '#', ' ']);
    match port.parse::<u16>() {
        Ok(1..) if host_is_plain => Ok(place.to_owned()),
        _ => Err(wrong()),
    }
}

/// What the price list takes.
#[derive(Clone, Debug, Args)]
pub struct PricingArgs {
    /// Phase of the catalogue, for example A1; without one, all of them
    pub phase: Option<String>,
    /// Form of the list.
    #[command(flatten)]
    pub list: ListArgs,
}

/// What the check takes.
#[derive(Clone, Debug, Args)]
pub struct CheckArgs {
    /// Ids of providers, NAME=URL or exec:COMMAND; without any, whatever has a key, an address of its own, or runs here
    #[arg(value_name = "PROVIDER")]
    pub providers: Vec<String>,
    /// Set something for one of them alone: a.model=M, a.dialect=anthropic, a.header.X-Title=T
    #[arg(long, value_name = "NAME.KEY=VALUE", long_help = SET)]
    pub set: Vec<String>,
    /// Whose certificates are trusted.
    #[command(flatten)]
    pub trust: TrustArgs,
    /// Seconds to wait for each
    #[arg(long, value_name = "S", default_value = "10", value_parser = seconds)]
    pub timeout: Duration,
    /// Form of the list.
    #[command(flatten)]
    pub list: ListArgs,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_tokens_are_read_as_people_write_them() {
        let numbers = ["80000", "80_000", "12k", "300M", "300m", "1.5B", "2G", "0"].map(tokens);
        let read = [8e4, 8e4, 12e3, 300e6, 300e6, 1.5e9, 2e9, 0.0].map(Ok::<f64, String>);
        assert_eq!(numbers, read);
        for wrong in ["", "M", "-3M", "1e300", "NaN", "inf", "3 apples", "5T"] {
            assert!(tokens(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn shares_are_read_with_and_without_a_sign() {
        let read = [0.75, 0.75, 0.75, 1.0, 0.0].map(Ok::<f64, String>);
        assert_eq!(["0.75", "75%", "75 %", "1", "0"].map(share), read);
        assert!(["75", "-0.1", "101%", "half"].into_iter().all(|text| share(text).is_err()));
    }
}
