//! Gates: what fails a command whose work went well, and who is told.

use std::path::PathBuf;

use clap::Args;

use crate::gate::GateCondition;

const FAIL_IF: &str = "\
End with exit code 4 where this is shown of a contestant: a figure with a limit, or a comparison with earlier results. May be given \
several times.

A figure is ttft_ms, ttfa_ms, output_tok_s, end_to_end_tok_s, total_ms, gaps_p95_ms, stalls, cost_usd, load_tok_s, error_rate or availability, \
 and of a load by levels with --slo goodput, objective or max_load; \
< or > and the limit follow, for example 'output_tok_s<500', 'cost_usd>0.01' or 'error_rate>5%'. It is the median of the runs; \
.p95 and the like behind it take another percentile, a contestant's name or id with a point ahead of it only that one: \
'groq.ttft_ms.p95>400'. Earlier results are those of --baseline-run: 'slower than baseline by 10%' is about the total time, \
'ttft_ms worse than baseline by 5%' about a figure. A level of a load stands behind an @, by its askers or requests a second: \
'ttft_ms.p95@8>400'; without one all levels are meant.

A limit is shown to be broken where the whole interval of the figure lies beyond it. Where too few runs were made to tell, or there \
is no such figure, nothing fails unless --strict is given.";

/// What fails a command, and who is told.
#[derive(Clone, Debug, Default, Args)]
pub struct GateArgs {
    /// End with exit code 4 where this is shown, for example 'ttft>400ms' or 'slower than baseline by 10%'
    #[arg(long, value_name = "CONDITION", long_help = FAIL_IF)]
    pub fail_if: Vec<GateCondition>,
    /// End with exit code 5 where a --fail-if is undecided: too few runs to tell, or no such figure
    #[arg(long, requires = "fail_if")]
    pub strict: bool,
    /// Write what each --fail-if came to as `JUnit` XML
    #[arg(long, value_name = "FILE", requires = "fail_if")]
    pub junit: Option<PathBuf>,
    /// Append the same and the medians as Markdown to this file; without one, to the summary of the step of a GitHub workflow
    #[arg(long, value_name = "FILE", num_args = 0..=1, requires = "fail_if")]
    pub step_summary: Option<Option<PathBuf>>,
}

/// Earlier results to hold new ones against.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum EarlierRun {
    /// The newest complete ones of the same.
    Last,
    /// Those of this file.
    File(PathBuf),
}

/// Reads where earlier results are.
#[expect(clippy::unnecessary_wraps, reason = "clap hands over a result")]
pub(super) fn earlier_run(text: &str) -> Result<EarlierRun, String> {
    Ok(if text == "last" { EarlierRun::Last } else { EarlierRun::File(text.into()) })
}
