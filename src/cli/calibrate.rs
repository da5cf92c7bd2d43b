//! The program's own error: it races the simulator, which knows what it wrote and when, over real HTTP on loopback.
//! What it finds is kept, and every report from then on carries it.

use std::path::PathBuf;
use std::pin::pin;
use std::time::Duration;

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::atomic_file;
use crate::bench::{alone, only_lane};
use crate::catalog::Catalog;
use crate::catalog::profile::StreamProfile;
use crate::cli::args::{CalibrateArgs, ListForm};
use crate::cli::context::CommandContext;
use crate::cli::error::{CliError, ErrorContext as _};
use crate::cli::event_loop::runtime;
use crate::cli::exit::ExitStatus;
use crate::cli::status_line::StatusLine;
use crate::cli::table::TextTable;
use crate::config::{self, ProcessEnv, RaceOptions, simulated_name};
use crate::date;
use crate::environment::MachineEnvironment;
use crate::input::{self, LARGEST_RESULT};
use crate::interrupt::InterruptListener;
use crate::race::event::LaneId;
use crate::race::lane::Lane;
use crate::race::timing::LaneTiming;
use crate::record::Recording;
use crate::resources::LOOK_EVERY;
use crate::sim::AnswerDelivery;
use crate::simulation;
use crate::source::headless::follow;
use crate::source::live::{LiveRace, RaceStart};
use crate::stats::{percentile, quantile};
use crate::text::printable;
use crate::time::Rate;

/// Who is played; at the simulator everybody is alike.
const PROVIDER: &str = "cerebras";
/// Tokens per second that are played, those of the plan's contestants among them.
const SPEEDS: [f64; 4] = [50.0, 750.0, 1_800.0, 2_650.0];
/// How long each answer takes: short, for the percentiles want many runs.
const SPAN: Duration = Duration::from_millis(400);
/// Until the first token.
const TTFT_MS: f64 = 100.0;
/// Finds the errors of one kind.
type ErrorValues = fn(&MeasuredErrors) -> &Vec<f64>;

/// What of a run is wrong, each with its unit.
const KINDS: [(&str, ErrorValues); 3] =
    [("TTFT, ms", |one| &one.ttft), ("output speed, %", |one| &one.speed), ("gaps, ms", |one| &one.gaps)];
/// The file in the folder of the user's own settings.
const FILE: &str = "calibration.json";

/// What was found the last time, if it ever was.
pub(super) fn known(env: &ProcessEnv<'_>) -> Option<Value> {
    serde_json::from_str(&input::read_text(&path(env)?, LARGEST_RESULT).ok()?).ok()
}

/// What is known of this program's error in `recording`, in words: nothing unless it was recorded here, by this version.
pub(super) fn error_of(recording: &Recording, env: &ProcessEnv<'_>) -> Option<String> {
    let there = recording.header.environment.as_ref()?;
    let known = known(env)?;
    let here = MachineEnvironment::probe(Timestamp::now());
    let machine = |of: &MachineEnvironment| (of.arch.clone(), of.cpu.clone(), of.cores, of.memory_bytes);
    let told = known.get("tool").and_then(Value::as_str) == Some(&there.tool) && machine(there) == machine(&here);
    known.get("summary").and_then(Value::as_str).filter(|_| told).map(str::to_owned)
}

fn path(env: &ProcessEnv<'_>) -> Option<PathBuf> {
    Some(env.config_dir()?.join(FILE))
}

/// Measures, prints and keeps it.
///
/// # Errors
/// When the simulator can't be reached, a run fails, or the result can't be kept.
pub(super) fn run(context: &CommandContext<'_>, args: &CalibrateArgs) -> Result<ExitStatus, CliError> {
    let env = &context.env;
    let (mut speeds, mut sampled) = (Vec::new(), Vec::new());
    let stopped = runtime()?.block_on(async {
        let mut interrupts = InterruptListener::new()?;
        let mut stop = pin!(interrupts.next());
        let status = StatusLine::new(&context.err);
        for tok_s in SPEEDS {
            // One after the other, so that what changes on the machine meets both.
            let mut errors = [MeasuredErrors::default(), MeasuredErrors::default()];
            for run in 1..=args.iterations {
                show(&status, tok_s, run, args.iterations);
                for (errors, watched) in errors.iter_mut().zip([None, Some(std::process::id())]) {
                    if !measure(tok_s, errors, watched, stop.as_mut()).await? {
                        return Ok::<_, CliError>(true);
                    }
                }
            }
            let [plain, looked_at] = errors;
            speeds.push((tok_s, plain));
            sampled.push((tok_s, looked_at));
        }
        Ok(false)
    })?;
    if stopped {
        return Ok(ExitStatus::Interrupted);
    }
    let document = document(&speeds, &sampled, Timestamp::now());
    context.out.print(&match args.list.output {
        ListForm::Json => format!("{document}\n"),
        ListForm::Table => table(&speeds, &sampled, &document, context.out.columns()),
    })?;
    let Some(path) = path(env) else {
        context.err.status("not kept: neither XDG_CONFIG_HOME nor HOME says where");
        return Ok(ExitStatus::Done);
    };
    let before = known(env).and_then(|before| replaced(&before, &document));
    atomic_file::replace(&path, format!("{document}\n").as_bytes())
        .context(|| format!("cannot keep it in {}", path.display()))?;
    context.err.status(&format!("kept in {}; reports carry it from now on", path.display()));
    if let Some(before) = before {
        context.err.status(&before);
    }
    Ok(ExitStatus::Done)
}

/// Says how far it is, between runs alone: on a line that is drawn anew, or with a line for each speed.
fn show(status: &StatusLine<'_>, tok_s: f64, run: u32, of: u32) {
    status.draw(|_| format!("{tok_s} tok/s, run {run}/{of}"));
    if !status.is_live() && run == 1 {
        status.print(&format!("{tok_s} tok/s, {of} runs"));
    }
}

/// The runs that `document` rests on, at all speeds together.
fn runs_of(document: &Value) -> u64 {
    let speeds = document.get("speeds").and_then(Value::as_array).into_iter().flatten();
    speeds.filter_map(|speed| speed.get("ttft_ms")?.get("n")?.as_u64()).sum()
}

/// That `before` rested on more runs than `now`, which takes its place, if it did.
fn replaced(before: &Value, now: &Value) -> Option<String> {
    let runs = Some(runs_of(before)).filter(|runs| *runs > runs_of(now))?;
    let time = before.get("measured_at").and_then(Value::as_str).unwrap_or("an unknown time");
    Some(printable(&format!("it replaces one of {time} with {runs} runs, more than its own")).into_owned())
}

/// One run at `tok_s`, with the resources of process `watched` sampled meanwhile; says whether it was made, and not stopped.
async fn measure(
    tok_s: f64,
    errors: &mut MeasuredErrors,
    watched: Option<u32>,
    stop: std::pin::Pin<&mut impl Future<Output = ()>>,
) -> Result<bool, CliError> {
    let catalog = Catalog::builtin()?;
    let nobody = |_: &str| None;
    let tokens = whole(tok_s * SPAN.as_secs_f64());
    let options = RaceOptions {
        providers: vec![PROVIDER.into()],
        max_tokens: Some(tokens),
        alone: true,
        simulate: true,
        ..RaceOptions::default()
    };
    let mut resolved = config::plan(&catalog, &ProcessEnv(&nobody), &options)?;
    let profile = StreamProfile { ttft_ms: TTFT_MS, tok_s, tokens, ..StreamProfile::default() };
    resolved.simulation = Some([(simulated_name(0, PROVIDER), profile)].into());
    let simulator = simulation::start(&mut resolved)?.ok_or_else(|| CliError::internal("nothing is simulated"))?;
    let start = alone(&resolved, LaneId(0)).ok_or_else(|| CliError::internal("nobody runs"))?;
    let mut live = LiveRace::start(RaceStart { watched, ..start })?;
    let run = follow(&mut live, stop).await;
    if run.stopped {
        return Ok(false);
    }
    let lane = only_lane(&run.race).ok_or_else(|| CliError::internal("the run has no lane"))?;
    let log = simulator.log();
    let truth = log.iter().rfind(|delivery| delivery.tokens() > 0);
    let truth = truth.ok_or_else(|| CliError::failed("the simulator wrote nothing"))?;
    errors.take(lane, truth).ok_or_else(|| CliError::failed(format!("the run at {tok_s} tok/s brought no figures")))?;
    Ok(true)
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a few thousand tokens")]
fn whole(tokens: f64) -> u32 {
    tokens as u32
}

/// What was measured minus what was so.
#[derive(Default)]
struct MeasuredErrors {
    /// Milliseconds of TTFT, one for each run.
    ttft: Vec<f64>,
    /// Per cent of the true speed.
    speed: Vec<f64>,
    /// Milliseconds, of each gap between two tokens, whatever its sign.
    gaps: Vec<f64>,
}

impl MeasuredErrors {
    /// Holds one run against the simulator's log of it; nothing when figures are missing.
    fn take(&mut self, lane: &Lane, truth: &AnswerDelivery) -> Option<()> {
        let timing = LaneTiming::of(lane);
        let writes: Vec<_> = truth.writes.iter().filter(|write| write.tokens > 0).collect();
        let first = writes.first()?.at.duration_since(truth.request).as_secs_f64() * 1e3;
        self.ttft.push(timing.ttft?.as_millis_f64() - first);
        // On a busy machine tokens may come in too few reads to have a speed.
        let speed = timing.output_speed.map(Rate::value).zip(truth.tok_s());
        self.speed.extend(speed.map(|(measured, true_one)| (measured / true_one - 1.0) * 100.0));
        let zero = writes.first()?.at;
        let written = writes
            .iter()
            .flat_map(|write| (0..write.tokens).map(move |_| write.at.duration_since(zero).as_secs_f64() * 1e3));
        let mut pieces = 0;
        let read = lane.reads().iter().flat_map(|read| {
            let new = read.pieces - std::mem::replace(&mut pieces, read.pieces);
            (0..new).map(move |_| read.at.as_secs_f64() * 1e3)
        });
        let (written, read): (Vec<f64>, Vec<f64>) = written.zip(read).unzip();
        let gap = |pair: &[f64]| pair.last().zip(pair.first()).map(|(after, before)| after - before);
        let gaps = written.windows(2).zip(read.windows(2));
        self.gaps.extend(gaps.filter_map(|(written, read)| Some((gap(read)? - gap(written)?).abs())));
        Some(())
    }
}

/// The sizes of some errors: the middle one, the 99th percentile from 100 on, and the largest.
fn sizes(errors: &[f64]) -> (Option<f64>, Option<f64>, Option<f64>) {
    let mut sizes: Vec<f64> = errors.iter().map(|error| error.abs()).collect();
    sizes.sort_by(f64::total_cmp);
    (quantile(&sizes, 0.5), percentile(&sizes, 99.0), sizes.last().copied())
}

fn document(speeds: &[(f64, MeasuredErrors)], sampled: &[(f64, MeasuredErrors)], now: Timestamp) -> Value {
    let told = |errors: &[f64]| {
        let (p50, p99, max) = sizes(errors);
        json!({"n": errors.len(), "p50": p50, "p99": p99, "max": max})
    };
    let rows = |speeds: &[(f64, MeasuredErrors)]| {
        let row = |(tok_s, errors): &(f64, MeasuredErrors)| {
            json!({
                "tok_s": tok_s,
                "ttft_ms": told(&errors.ttft),
                "output_speed_percent": told(&errors.speed),
                "gaps_ms": told(&errors.gaps),
            })
        };
        speeds.iter().map(row).collect::<Vec<_>>()
    };
    let here = MachineEnvironment::probe(now);
    let time = date::to_second(now);
    json!({
        "version": 1,
        "measured_at": time,
        "tool": here.tool,
        "commit": here.commit,
        "speeds": rows(speeds),
        "resources_sampled": {"every_ms": LOOK_EVERY.as_secs_f64() * 1e3, "speeds": rows(sampled)},
        "summary": summary(speeds, &time),
    })
}

/// One sentence over all speeds: what every report carries.
fn summary(speeds: &[(f64, MeasuredErrors)], time: &str) -> String {
    let all = |of: fn(&MeasuredErrors) -> &Vec<f64>| {
        speeds.iter().flat_map(|(_, errors)| of(errors).clone()).collect::<Vec<_>>()
    };
    let (ttft, speed, gaps) =
        (sizes(&all(|one| &one.ttft)), sizes(&all(|one| &one.speed)), sizes(&all(|one| &one.gaps)));
    let most = speeds.iter().map(|(tok_s, _)| *tok_s).fold(0.0, f64::max);
    let runs: usize = speeds.iter().map(|(_, errors)| errors.ttft.len()).sum();
    format!(
        "TTFT {}, output speed {}, gaps {}; medians of {runs} runs, up to {most:.0} tok/s, against the simulator's log on \
         {time}",
        with_tail(ttft, "ms"),
        with_tail(speed, "%"),
        with_tail(gaps, "ms")
    )
}

/// `0.150 ms (p99 0.200)`; too few to have a p99 have their largest there.
fn with_tail((p50, p99, max): (Option<f64>, Option<f64>, Option<f64>), unit: &str) -> String {
    let (name, tail) = if p99.is_some() { ("p99", p99) } else { ("largest", max) };
    format!("{} {unit} ({name} {})", shown(p50), shown(tail))
}

fn shown(value: Option<f64>) -> String {
    value.map_or_else(|| crate::format::ABSENT.into(), |value| format!("{value:.3}"))
}

fn table(
    speeds: &[(f64, MeasuredErrors)],
    sampled: &[(f64, MeasuredErrors)],
    document: &Value,
    columns: Option<usize>,
) -> String {
    let mut table = TextTable::new(&["tok/s", "error of", "resources", "n", "p50", "p99", "max"]).right(3..=6);
    for ((tok_s, plain), (_, looked_at)) in speeds.iter().zip(sampled) {
        for (what, of) in KINDS {
            for (how, errors) in [("not sampled", of(plain)), ("sampled", of(looked_at))] {
                let (p50, p99, max) = sizes(errors);
                let cells = [format!("{tok_s:.0}"), what.to_owned(), how.to_owned(), errors.len().to_string()];
                table.row(cells.into_iter().chain([p50, p99, max].map(shown)));
            }
        }
    }
    let summary = document.get("summary").and_then(Value::as_str).unwrap_or_default();
    format!(
        "measured minus written, whatever its sign; half of the runs with memory, processors and devices sampled every {} ms, as \
         beside engines of this machine\n{}\n{summary}\n",
        LOOK_EVERY.as_millis(),
        table.fitted(columns)
    )
}

#[cfg(test)]
mod tests {
    use clap::Parser as _;

    use super::*;

    #[test]
    fn sizes_lose_their_sign_and_few_have_no_p99() {
        assert_eq!(sizes(&[-3.0, 1.0, 2.0]), (Some(2.0), None, Some(3.0)));
        assert_eq!(sizes(&[]), (None, None, None));
        assert!(sizes(&vec![1.0; 100]).1.is_some());
    }

    #[test]
    fn an_error_is_that_of_this_machine_and_this_version() {
        let dir = tempfile::tempdir().unwrap();
        let config = dir.path().to_str().unwrap().to_owned();
        let variable = |name: &str| (name == "XDG_CONFIG_HOME").then(|| config.clone());
        let env = ProcessEnv(&variable);
        let mut recording = Recording::default();
        recording.header.environment = Some(MachineEnvironment::probe(Timestamp::UNIX_EPOCH));
        assert_eq!(error_of(&recording, &env), None, "never calibrated");
        let tool = recording.header.environment.as_ref().unwrap().tool.clone();
        let file = path(&env).unwrap();
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(file, json!({"tool": tool, "summary": "TTFT 0.1 ms"}).to_string()).unwrap();
        assert_eq!(error_of(&recording, &env).as_deref(), Some("TTFT 0.1 ms"));
        let mut elsewhere = recording.clone();
        elsewhere.header.environment.as_mut().unwrap().cores = Some(4_096);
        assert_eq!(error_of(&elsewhere, &env), None);
        recording.header.environment.as_mut().unwrap().tool = "speed-kings 0.0.1".into();
        assert_eq!(error_of(&recording, &env), None);
    }

    #[test]
    fn the_sentence_has_all_three() {
        let errors = || MeasuredErrors { ttft: vec![0.1, -0.2], speed: vec![0.01; 2], gaps: vec![0.05; 100] };
        let few = document(&[(50.0, errors())], &[], Timestamp::UNIX_EPOCH);
        let summary = few["summary"].as_str().unwrap();
        assert!(summary.starts_with("TTFT 0.150 ms (largest 0.200), output speed 0.010 %"), "{summary}");
        assert!(summary.contains("gaps 0.050 ms (p99 0.050); medians of 2 runs"), "{summary}");
    }

    #[test]
    fn as_many_runs_as_are_made_by_default_have_a_p99_of_all_three() {
        let typed = crate::cli::args::Cli::try_parse_from(["speed-kings", "calibrate"]).unwrap().command;
        let Some(crate::cli::args::CliCommand::Calibrate(args)) = typed else { panic!("no calibration") };
        let each = args.iterations as usize;
        let errors = || MeasuredErrors { ttft: vec![0.1; each], speed: vec![0.01; each], gaps: vec![0.05; each] };
        let many = document(&SPEEDS.map(|tok_s| (tok_s, errors())), &[], Timestamp::UNIX_EPOCH);
        let summary = many["summary"].as_str().unwrap();
        assert_eq!(summary.matches("p99").count(), 3, "{summary}");
        let few = document(&[(50.0, errors())], &[], Timestamp::UNIX_EPOCH);
        let told = replaced(&many, &few).unwrap();
        assert_eq!(told, "it replaces one of 1970-01-01T00:00:00Z with 100 runs, more than its own");
        assert_eq!((replaced(&few, &many), replaced(&many, &many), replaced(&json!({}), &few)), (None, None, None));
    }
}
