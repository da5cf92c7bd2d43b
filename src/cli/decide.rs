//! Which offer to use, by what was measured: a shortlist with what would change it.

use jiff::Timestamp;

use crate::benchmark_report::markdown;
use crate::cli::args::{ClaimPublisher, DecideArgs, ReportForm};
use crate::cli::claims;
use crate::cli::context::CommandContext;
use crate::cli::error::CliError;
use crate::cli::exit::ExitStatus;
use crate::cli::report::{TOOL, form_of, plain, put};
use crate::decision::{self, DecisionAsk, decide};
use crate::findings::{Findings, FindingsOptions, evidence, watched};
use crate::pages::{PageData, no_drawing, report_page};
use crate::text::printable;

/// What it is called at the top.
const TITLE: &str = "Which offer to use";

/// Prints the decision, or writes it.
///
/// # Errors
/// When nothing was measured, the form has no place for it, or it can't be written.
pub(super) fn run(context: &CommandContext<'_>, args: &DecideArgs) -> Result<ExitStatus, CliError> {
    let form = form_of(&context.out, &args.place)?;
    if form == ReportForm::Csv {
        return Err(CliError::failed("a decision is no row for each run: take -o table, json, markdown or html"));
    }
    let catalog = context.catalog()?;
    let (found, problems) = evidence::read(catalog, &args.results);
    for problem in problems {
        context.err.status(&format!("left out: {}", printable(&problem)));
    }
    let options = FindingsOptions { simulated: args.include_simulated, max_age: args.max_age, now: Timestamp::now() };
    let watched = watched::read(catalog, &args.results, args.include_simulated);
    let findings = Findings { watched, ..Findings::of(catalog, found, options) };
    let ask = DecisionAsk {
        tokens_in: args.tokens_in,
        tokens_out: args.tokens_out,
        cached_share: args.cached,
        batch_share: args.batch_share,
        slo: args.slo.clone(),
        availability: args.availability,
        budget: args.budget,
        model: args.model.clone(),
    };
    let decisions = decide(catalog, &findings, &ask);
    if decisions.is_empty() {
        return Err(CliError::failed(match findings.left_out {
            0 => format!(
                "nothing to choose from: no results under {} are of what was asked for; `speed-kings benchmark --phase A1` makes one",
                args.results.display()
            ),
            left_out => format!("all {left_out} results are simulated: --include-simulated takes them in, marked SIM"),
        }));
    }
    let stale = findings.evidence.iter().filter(|file| findings.is_stale(file)).count();
    if stale > 0 {
        context.err.status(&format!("{stale} of {} files are older than --max-age", findings.evidence.len()));
    }
    let claims = match args.claims {
        Some(ClaimPublisher::OpenRouter) => claims::of_router(context, catalog, &decisions)?,
        None => Vec::new(),
    };
    let blocks = decision::blocks(&decisions, &ask, &claims);
    let json = || decision::record(&decisions, &ask, &claims).to_string();
    let told = match form {
        ReportForm::Json | ReportForm::Csv => format!("{}\n", json()),
        ReportForm::Markdown => format!("# {TITLE}\n\n{}", markdown::text(&blocks)),
        ReportForm::Table => plain(&blocks, context.out.columns()),
        ReportForm::Html => {
            let data =
                vec![PageData { name: "decision.json".into(), what: "everything".into(), bytes: json().into_bytes() }];
            let simulated = decisions.iter().any(|one| one.simulated);
            report_page(TITLE.into(), no_drawing(), &blocks, data, simulated, TOOL)
        }
    };
    put(context, &args.place, form, &told, &[])?;
    Ok(ExitStatus::Done)
}
