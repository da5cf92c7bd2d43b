//! Gates on the command line: whether they can be decided is said before anything is spent, what they came to afterwards, to
//! people, build servers and the shell.

mod levels;
mod told;
pub(super) mod usage;

use std::collections::BTreeSet;

pub(super) use self::levels::LevelGates;
use self::told::GateOutputs;
use self::usage::GateUsage;
use crate::benchmark_report::{BenchmarkReport, blocks};
use crate::catalog::UnknownName;
use crate::cli::args::GateArgs;
use crate::cli::context::{CommandContext, StatusOutput};
use crate::cli::earlier::EarlierResults;
use crate::cli::error::CliError;
use crate::cli::exit::ExitStatus;
use crate::config::ProcessEnv;
use crate::gate::{GateCondition, GateReport, judge, runs_needed};
use crate::text::printable;

/// Blocks of a report that a summary has: its title, its headline and the medians.
const SUMMARIZED: usize = 3;

/// The gates of a command.
pub(super) struct CommandGates<'a> {
    args: &'a GateArgs,
    told: GateOutputs<'a>,
}

impl<'a> CommandGates<'a> {
    /// The gates of `args` on these contestants, each by name and id, if they can be held.
    ///
    /// # Errors
    /// When one is about nobody, earlier results are missing, or a file can't be written.
    pub(super) fn new(
        env: &ProcessEnv<'_>,
        args: &'a GateArgs,
        earlier: &EarlierResults,
        contestants: &[(&str, &str)],
    ) -> Result<Self, CliError> {
        held("--fail-if", &args.fail_if, earlier, contestants)?;
        let told = GateOutputs::new(env, args)?;
        Ok(Self { args, told })
    }

    /// Says which gates so few planned runs can't decide; `load` is whether a round of requests is one value.
    pub(super) fn warn(&self, err: &StatusOutput, planned: u32, load: bool, contestants: &[(&str, &str)]) {
        let planned = usize::try_from(planned).unwrap_or(usize::MAX);
        for (gate, needed) in runs_needed(&self.args.fail_if, contestants, load) {
            if needed > planned {
                err.status(&printable(&format!(
                    "--fail-if '{gate}' can't fail with {planned} runs of each: {needed} are needed at least (-i {needed})"
                )));
            }
        }
    }

    /// Holds the gates against `reports`; nothing where there are none.
    pub(super) fn judge(&self, reports: &[BenchmarkReport], earlier: &EarlierResults) -> Option<GateReport> {
        let gates = &self.args.fail_if;
        (!gates.is_empty()).then(|| judge(gates, reports, &|report| earlier.of(report)))
    }

    /// Tells what they came to: in the log where `logged`, and in the files that are asked for.
    ///
    /// # Errors
    /// When a file can't be written.
    pub(super) fn tell(
        &self,
        context: &CommandContext<'_>,
        judged: Option<&GateReport>,
        reports: &[BenchmarkReport],
        logged: bool,
    ) -> Result<(), CliError> {
        let Some(judged) = judged else { return Ok(()) };
        let of_reports = reports.iter().flat_map(|report| blocks(report).into_iter().take(SUMMARIZED));
        self.told.tell(context, judged, of_reports.collect(), logged)
    }

    /// The exit of a command that would have ended in `otherwise`, after what they came to; failed runs are for a gate on the error
    /// rate to judge, where there is one on everybody who has some.
    pub(super) fn exit(
        &self,
        judged: Option<&GateReport>,
        reports: &[BenchmarkReport],
        otherwise: ExitStatus,
    ) -> ExitStatus {
        match self.told.exit(judged, otherwise) {
            ExitStatus::NoVerdict if judged.is_some() && self.judges_failures(reports) => ExitStatus::Done,
            exit => exit,
        }
    }

    /// Whether a gate on the error rate, or on the availability, is about every contestant with failed runs, all of whom have good ones as well.
    fn judges_failures(&self, reports: &[BenchmarkReport]) -> bool {
        let lanes = reports.iter().flat_map(|report| report.saved.lanes.iter().zip(&report.analysis.lanes));
        let mut failing = lanes.filter(|(_, told)| told.failed() > 0);
        failing.all(|(lane, told)| {
            let mut rates = self.args.fail_if.iter().filter(|gate| gate.figure.is_share());
            told.good > 0 && rates.any(|gate| gate.is_of(&lane.identity))
        })
    }
}

/// Makes sure that each of the conditions of `flag` is about somebody and has what it is held against.
///
/// # Errors
/// When one isn't, or hasn't.
pub(super) fn held(
    flag: &'static str,
    conditions: &[GateCondition],
    earlier: &EarlierResults,
    contestants: &[(&str, &str)],
) -> Result<(), CliError> {
    for condition in conditions {
        if condition.level.is_some() || condition.figure.is_of_levels() {
            return Err(GateUsage::NoLevels(flag, condition.to_string()).into());
        }
        if condition.wants_baseline() && !earlier.asked() {
            return Err(GateUsage::NoBaseline(flag, condition.to_string()).into());
        }
        about_somebody(condition, contestants)?;
    }
    Ok(())
}

/// Makes sure that `gate` is about one of these contestants.
fn about_somebody(gate: &GateCondition, contestants: &[(&str, &str)]) -> Result<(), CliError> {
    let about_nobody = !contestants.iter().any(|(name, provider)| gate.is_about(name, provider));
    let Some(wanted) = gate.contestant.as_ref().filter(|_| about_nobody) else { return Ok(()) };
    let names: BTreeSet<&str> = contestants.iter().map(|(name, _)| *name).collect();
    Err(UnknownName::new("contestant", wanted, names, None).into())
}
