//! What all results so far say, written as a page; and which offer to use, for whoever asks.

use std::collections::BTreeSet;
use std::path::Path;

use jiff::Timestamp;

use crate::atomic_file;
use crate::calibration::known_errors;
use crate::cli::args::{FindingsArgs, FindingsForm, ReportForm};
use crate::cli::calibrate;
use crate::cli::context::CommandContext;
use crate::cli::error::{CliError, ErrorContext as _};
use crate::cli::exit::ExitStatus;
use crate::cli::output::is_stdout;
use crate::cli::output::{OutputKind, check};
use crate::cli::report::{TOOL, no_page_on_screen};
use crate::findings::markdown::{page, recommended, summary};
use crate::findings::price_performance::with_mix;
use crate::findings::recommend::{models, recommend, why_none};
use crate::findings::{Findings, FindingsOptions, evidence, watched};
use crate::pages::findings::drawings;
use crate::pages::markdown;
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
    findings.watched = watched::read(catalog, &args.results, args.include_simulated);
    let calibration = calibrate::known(&context.env);
    findings.own_errors = calibration.map(|known| known_errors(&known, &BTreeSet::new())).unwrap_or_default();
    let nothing = findings.evidence.is_empty();
    if nothing {
        context.err.status(&none(&findings, &args.results));
    }
    if let Some(want) = args.recommend {
        let usage = args.usage();
        if let Some(mix) = usage.mix() {
            findings.offers = with_mix(&findings.offers, &findings.matchups, mix);
        }
        let (mut chosen, mut without) = (String::new(), Vec::new());
        for model in models(&findings.offers) {
            match recommend(&findings.offers, &findings.matchups, model, want.into()) {
                Some(offer) => chosen += &(recommended(offer, &findings, want.into(), usage) + "\n"),
                None => without.push(format!("{model}: {}", why_none(&findings.offers, model, want.into()))),
            }
        }
        if chosen.is_empty() {
            let why = if without.is_empty() { "nothing was measured".to_owned() } else { without.join("\n  ") };
            return Err(CliError::failed(format!("nothing to recommend:\n  {}", printable_lines(&why))));
        }
        for why in without {
            context.err.status(&format!("nothing to recommend for {}", printable(&why)));
        }
        context.out.print(&chosen)?;
        return Ok(ExitStatus::Done);
    }
    let (out, form) = args.page();
    if nothing && out.exists() && !is_stdout(&out) && !args.force {
        context
            .err
            .status(&format!("{} stays as it is: a page without evidence replaces nothing (--force)", out.display()));
        return Ok(ExitStatus::Failed);
    }
    let (kind, text) = match form {
        FindingsForm::Markdown => (OutputKind::Findings, page(catalog, &findings)),
        FindingsForm::Html => {
            if is_stdout(&out) {
                no_page_on_screen(&context.out, ReportForm::Html, None)?;
            }
            let (text, lead) = (page(catalog, &findings), summary(catalog, &findings));
            let (text, drawn) = (printable_lines(&text), drawings(&findings));
            (OutputKind::Page, markdown::page(&text, &lead, &drawn, findings.is_simulated(), TOOL))
        }
    };
    check(&out, kind, &[], args.force)?;
    if is_stdout(&out) {
        context.out.print(&text)?;
    } else {
        write(&out, &text).context(|| format!("cannot write {}", out.display()))?;
        context.err.status(&format!("{}: {}", out.display(), summary(catalog, &findings)));
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

/// Writes the whole page or leaves the old one as it was.
fn write(path: &Path, text: &str) -> std::io::Result<()> {
    atomic_file::replace(path, printable_lines(text).as_bytes())
}
