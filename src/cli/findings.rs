//! What all results so far say, written as a page; and which offer to use, for whoever asks.

use std::path::Path;

use jiff::Timestamp;

use crate::atomic_file;
use crate::catalog::Catalog;
use crate::cli::args::FindingsArgs;
use crate::cli::calibrate;
use crate::cli::context::CommandContext;
use crate::cli::error::{CliError, ErrorContext as _};
use crate::cli::exit::ExitStatus;
use crate::cli::output::is_stdout;
use crate::cli::output::{OutputKind, check};
use crate::findings::answer::HypothesisResult;
use crate::findings::markdown::{page, recommended};
use crate::findings::price_performance::with_mix;
use crate::findings::recommend::{models, recommend};
use crate::findings::{Findings, FindingsOptions, evidence};
use crate::text::{printable, printable_lines};

/// Makes the findings.
///
/// # Errors
/// When there is nothing to recommend, or the page can't be written.
pub(super) fn run(context: &CommandContext<'_>, args: &FindingsArgs) -> Result<ExitStatus, CliError> {
    let catalog = context.catalog()?;
    let (found, problems) = evidence::read(catalog, &args.results);
    for problem in problems {
        context.err.status(&format!("left out: {}", printable(&problem)));
    }
    let options = FindingsOptions { simulated: args.include_simulated, max_age: args.max_age, now: Timestamp::now() };
    let mut findings = Findings::of(catalog, found, options);
    let calibration = calibrate::known(&context.env);
    findings.own_error = calibration.and_then(|told| told.get("summary")?.as_str().map(str::to_owned));
    let nothing = findings.evidence.is_empty();
    if nothing {
        context.err.status(&none(&findings, &args.results));
    }
    if let Some(want) = args.recommend {
        let usage = args.usage();
        if let Some(mix) = usage.mix() {
            findings.offers = with_mix(&findings.offers, &findings.matchups, mix);
        }
        let chosen: Vec<String> = models(&findings.offers)
            .into_iter()
            .filter_map(|model| recommend(&findings.offers, &findings.matchups, model, want.into()))
            .map(|offer| recommended(offer, &findings, want.into(), usage) + "\n")
            .collect();
        if chosen.is_empty() {
            return Err(CliError::failed(
                "nothing to recommend: no offer has the figures that this choice needs from at least 5 good runs",
            ));
        }
        context.out.print(&chosen.concat())?;
        return Ok(ExitStatus::Done);
    }
    if nothing && args.out.exists() && !is_stdout(&args.out) && !args.force {
        context.err.status(&format!(
            "{} stays as it is: a page without evidence replaces nothing (--force)",
            args.out.display()
        ));
        return Ok(ExitStatus::Failed);
    }
    check(&args.out, OutputKind::Findings, &[], args.force)?;
    let text = page(catalog, &findings);
    if is_stdout(&args.out) {
        context.out.print(&text)?;
    } else {
        write(&args.out, &text).context(|| format!("cannot write {}", args.out.display()))?;
        context.err.status(&format!("{}: {}", args.out.display(), summary(catalog, &findings)));
    }
    Ok(ExitStatus::Done)
}

/// What to do when there is no evidence.
fn none(findings: &Findings, results: &Path) -> String {
    match findings.left_out {
        0 => format!("no results under {}: `speed-kings benchmark --phase A1` makes one", results.display()),
        left_out => format!("all {left_out} results are simulated: --include-simulated takes them in, marked SIM"),
    }
}

fn summary(catalog: &Catalog, findings: &Findings) -> String {
    let (done, all) = findings.progress(catalog, true);
    let count =
        |holds: HypothesisResult| findings.patterns.iter().filter(|pattern| pattern.answer.holds == holds).count();
    format!(
        "{done} of {all} planned phases complete; patterns: {} supported, {} refuted, {} mixed, {} without enough evidence",
        count(HypothesisResult::Yes),
        count(HypothesisResult::No),
        count(HypothesisResult::Mixed),
        count(HypothesisResult::Open)
    )
}

/// Writes the whole page or leaves the old one as it was.
fn write(path: &Path, text: &str) -> std::io::Result<()> {
    std::fs::create_dir_all(atomic_file::folder_of(path))?;
    atomic_file::replace(path, printable_lines(text).as_bytes())
}
