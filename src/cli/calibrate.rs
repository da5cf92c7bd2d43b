//! The program's own error: it races the simulator, which knows what it wrote and when, over real HTTP on loopback: plain, over
//! TLS, and in HTTP/2. What it finds is kept, and every report from then on carries it.

mod errors;
mod leg;
mod told;

use std::path::PathBuf;
use std::pin::pin;

use jiff::Timestamp;
use serde_json::Value;

use self::errors::MeasuredErrors;
use self::leg::CalibrationLeg;
use self::told::{LegErrors, runs_of};
use crate::atomic_file;
use crate::calibration::{CalibratedTransport, known_errors};
use crate::cli::args::{CalibrateArgs, ListForm};
use crate::cli::context::CommandContext;
use crate::cli::error::{CliError, ErrorContext as _};
use crate::cli::event_loop::runtime;
use crate::cli::exit::ExitStatus;
use crate::cli::status_line::StatusLine;
use crate::config::ProcessEnv;
use crate::date;
use crate::environment::MachineEnvironment;
use crate::input::{self, LARGEST_RESULT};
use crate::interrupt::InterruptListener;
use crate::record::Recording;
use crate::text::printable;

/// Tokens per second that are played, those of the plan's contestants among them.
const SPEEDS: [f64; 4] = [50.0, 750.0, 1_800.0, 2_650.0];
/// The file in the folder of the user's own settings.
const FILE: &str = "calibration.json";

/// What was found the last time, if it ever was.
pub(super) fn known(env: &ProcessEnv<'_>) -> Option<Value> {
    serde_json::from_str(&input::read_text(&path(env)?, LARGEST_RESULT).ok()?).ok()
}

/// What is known of this program's error in `recording`, in words, over the ways by which its answers came: nothing unless it was
/// recorded here, by this version.
pub(super) fn error_of(recording: &Recording, env: &ProcessEnv<'_>) -> Option<String> {
    let there = recording.header.environment.as_ref()?;
    let known = known(env)?;
    let here = MachineEnvironment::probe(Timestamp::now());
    let machine = |of: &MachineEnvironment| (of.arch.clone(), of.cpu.clone(), of.cores, of.memory_bytes);
    let told = known.get("tool").and_then(Value::as_str) == Some(&there.tool) && machine(there) == machine(&here);
    let errors = known_errors(&known, &CalibratedTransport::of_race(&recording.race()));
    (told && !errors.is_empty()).then(|| errors.join("; "))
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
    let mut legs = CalibrationLeg::ALL.map(|leg| LegErrors { leg, speeds: Vec::new() });
    let stopped = runtime()?.block_on(async {
        let mut interrupts = InterruptListener::new()?;
        let mut stop = pin!(interrupts.next());
        let status = StatusLine::new(&context.err);
        for tok_s in SPEEDS {
            let mut found = legs.each_ref().map(|one| (one.leg, MeasuredErrors::default()));
            for run in 1..=args.iterations {
                show(&status, tok_s, run, args.iterations);
                // One after the other, so that what changes on the machine meets all.
                for (leg, errors) in &mut found {
                    if !leg.measure(tok_s, errors, stop.as_mut()).await? {
                        return Ok::<_, CliError>(true);
                    }
                }
            }
            for (one, (_, errors)) in legs.iter_mut().zip(found) {
                one.speeds.push((tok_s, errors));
            }
        }
        Ok(false)
    })?;
    if stopped {
        return Ok(ExitStatus::Interrupted);
    }
    let now = Timestamp::now();
    let document = told::document(&legs, &MachineEnvironment::probe(now), &date::to_second(now));
    context.out.print(&match args.list.output {
        ListForm::Json => format!("{document}\n"),
        ListForm::Table => told::table(&legs, &document, context.out.columns()),
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

/// That `before` rested on more runs than `now`, which takes its place, if it did.
fn replaced(before: &Value, now: &Value) -> Option<String> {
    let runs = Some(runs_of(before)).filter(|runs| *runs > runs_of(now))?;
    let time = before.get("measured_at").and_then(Value::as_str).unwrap_or("an unknown time");
    Some(printable(&format!("it replaces one of {time} with {runs} runs, more than its own")).into_owned())
}

#[cfg(test)]
mod tests {
    use clap::Parser as _;
    use serde_json::json;

    use super::*;

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
        // As it was kept before there was more than plain HTTP.
        std::fs::write(file, json!({"version": 1, "tool": tool, "summary": "TTFT 0.1 ms"}).to_string()).unwrap();
        assert_eq!(error_of(&recording, &env).as_deref(), Some("over plain HTTP: TTFT 0.1 ms"));
        let mut elsewhere = recording.clone();
        elsewhere.header.environment.as_mut().unwrap().cores = Some(4_096);
        assert_eq!(error_of(&elsewhere, &env), None);
        recording.header.environment.as_mut().unwrap().tool = "speed-kings 0.0.1".into();
        assert_eq!(error_of(&recording, &env), None);
    }

    #[test]
    fn as_many_runs_as_are_made_by_default_have_a_p99_of_all_three() {
        let typed = crate::cli::args::Cli::try_parse_from(["speed-kings", "calibrate"]).unwrap().command;
        let Some(crate::cli::args::CliCommand::Calibrate(args)) = typed else { panic!("no calibration") };
        let each = args.iterations as usize;
        let errors = MeasuredErrors { ttft: vec![0.1; each], speed: vec![0.01; each], gaps: vec![0.05; each] };
        let document = |speeds: &[f64]| {
            let speeds: Vec<_> = speeds.iter().map(|tok_s| (*tok_s, errors.clone())).collect();
            let legs = CalibrationLeg::ALL.map(|leg| LegErrors { leg, speeds: speeds.clone() });
            told::document(&legs, &MachineEnvironment::default(), "1970-01-01T00:00:00Z")
        };
        let (many, few) = (document(&SPEEDS), document(&[50.0]));
        for sentence in known_errors(&many, &[].into()) {
            assert_eq!(sentence.matches("p99").count(), 3, "{sentence}");
        }
        let told = replaced(&many, &few).unwrap();
        assert_eq!(told, "it replaces one of 1970-01-01T00:00:00Z with 300 runs, more than its own");
        assert_eq!((replaced(&few, &many), replaced(&many, &many), replaced(&json!({}), &few)), (None, None, None));
    }
}
