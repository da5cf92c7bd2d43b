//! All results over time: what each contestant came to on each workload, and what has changed.

use crate::benchmark_report::markdown;
use crate::cli::args::{HistoryArgs, ReportForm};
use crate::cli::context::CommandContext;
use crate::cli::error::CliError;
use crate::cli::exit::ExitStatus;
use crate::cli::report::{TOOL, form_of, plain, put};
use crate::history::{self, HistoryFilter, HistoryIndex, HistorySeries};
use crate::pages::{PageData, history::drawings, report_page};
use crate::text::printable;

/// Prints the history, or writes it.
///
/// # Errors
/// When there is nothing, or it can't be written.
pub(super) fn run(context: &CommandContext<'_>, args: &HistoryArgs) -> Result<ExitStatus, CliError> {
    let form = form_of(&context.out, &args.place)?;
    let index = HistoryIndex::of(&args.results);
    for problem in &index.problems {
        context.err.status(&format!("left out: {}", printable(problem)));
    }
    let filter = HistoryFilter {
        metric: args.metric,
        contestant: args.contestant.clone(),
        phase: args.phase.clone(),
        since: args.since,
        simulated: args.include_simulated,
    };
    let series = HistorySeries::all(&index.entries, &filter);
    let watched = index.watched(&args.results, args.include_simulated);
    if series.is_empty() && watched.is_empty() {
        let left_out = index.entries.iter().flat_map(|entry| &entry.lanes).filter(|lane| lane.simulated).count();
        let why = if left_out > 0 && !args.include_simulated {
            "all that was asked for is simulated: --include-simulated takes it in, marked SIM".to_owned()
        } else {
            format!(
                "no results under {} have what was asked for: `speed-kings benchmark --phase A1` makes one",
                args.results.display()
            )
        };
        return Err(CliError::failed(why));
    }
    let title = history::title(&series, &watched, &filter);
    let blocks = history::blocks(&series, &watched, &filter);
    let told = match form {
        ReportForm::Json => format!("{}\n", history::record(&series, &watched, &filter)),
        ReportForm::Csv => history::csv(&series, args.metric),
        ReportForm::Markdown => format!("# {title}\n\n{}", markdown::text(&blocks)),
        ReportForm::Table => format!("{title}\n\n{}", plain(&blocks, context.out.columns())),
        ReportForm::Html => {
            let json = history::record(&series, &watched, &filter).to_string().into_bytes();
            let data = vec![PageData { name: "history.json".into(), what: "everything".into(), bytes: json }];
            let simulated = series.iter().any(|one| one.simulated) || watched.iter().any(|one| one.simulated);
            report_page(title, drawings(&series, &watched, args.metric), &blocks, data, simulated, TOOL)
        }
    };
    put(context, &args.place, form, &told, &[])?;
    Ok(ExitStatus::Done)
}
