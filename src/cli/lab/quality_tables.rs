//! The tables of quality beside speed: each engine's figures, how its answers are like those that they are held against, where
//! they part, and a sentence for each pair.

use serde::Serialize;

use super::lab_file;
use super::tables::{printed, sheet};
use crate::cli::args::{LabReportArgs, ReportForm};
use crate::cli::context::CommandContext;
use crate::cli::error::CliError;
use crate::cli::exit::ExitStatus;
use crate::cli::report::no_page_on_screen;
use crate::cli::table::TextTable;
use crate::format::{self, ABSENT};
use crate::lab::divergence::{NEAR_TIE, TokenChance};
use crate::lab::quality_file::{PromptDivergence, QualityFile, QualitySummary};
use crate::lab::quality_pair::QualityPair;
use crate::race::quality::EQUAL_WITHIN;
use crate::stats::repetition::DEGENERATE_SHARE;
use crate::text::{inert, printable};

/// Prints the tables of a file.
///
/// # Errors
/// When it can't be read, or stdout can't be written.
pub(super) fn report(context: &CommandContext<'_>, args: &LabReportArgs) -> Result<ExitStatus, CliError> {
    put(context, &lab_file::read(&args.file)?, args.tables.output)?;
    Ok(ExitStatus::Done)
}

/// A file with what it comes to, as JSON.
#[derive(Serialize)]
struct QualityDocument<'a> {
    #[serde(flatten)]
    file: &'a QualityFile,
    summaries: &'a [QualitySummary],
    pairs: &'a [QualityPair],
}

/// Prints `file` in the form that is asked for.
///
/// # Errors
/// When stdout can't be written.
pub(super) fn put(context: &CommandContext<'_>, file: &QualityFile, form: ReportForm) -> Result<(), CliError> {
    let summaries: Vec<QualitySummary> = (0..file.engines.len()).map(|engine| file.summary(engine)).collect();
    let pairs = QualityPair::all(file);
    no_page_on_screen(&context.out, form, None)?;
    let json = || {
        let document = QualityDocument { file, summaries: &summaries, pairs: &pairs };
        let text = serde_json::to_string(&document).map_err(|error| CliError::internal(error.to_string()))?;
        Ok::<String, CliError>(format!("{}\n", inert(&text)))
    };
    context.out.print(&match form {
        ReportForm::Json => json()?,
        ReportForm::Csv => figures(file, &summaries).csv(),
        form => {
            let tables = [figures(file, &summaries), likeness(&summaries), divergences(file)];
            let sentences = pairs.iter().map(|pair| printable(&pair.sentence).into_owned());
            let notes: Vec<String> = sentences.chain(notes(file, &summaries)).collect();
            match form {
                ReportForm::Html => sheet("Engines on this machine: quality", &tables, notes, json()?).html(),
                form => printed(&tables, &notes, form, context.out.columns()),
            }
        }
    })?;
    Ok(())
}

/// What each engine's words are worth by themselves.
fn figures(file: &QualityFile, all: &[QualitySummary]) -> TextTable {
    let head = [
        "engine",
        "tok/s",
        "perplexity",
        "bits per byte",
        "missed",
        "checks passed",
        "repeated",
        "distinct-2",
        "looping answers",
    ];
    let mut table = TextTable::new(&head).right(1..9);
    for (engine, summary) in file.engines.iter().zip(all) {
        if let Some(why) = &engine.failure {
            table.row([summary.label.clone(), why.clone()]);
            continue;
        }
        table.row([
            summary.label.clone(),
            format::number(summary.output_tok_s, 1),
            format::number(summary.perplexity, 4),
            format::number(summary.bits_per_byte, 4),
            summary.missed.map_or_else(|| ABSENT.to_owned(), |missed| missed.to_string()),
            format!("{} of {}", summary.checks_passed, summary.checks),
            format::number(summary.repeated, 2),
            format::number(summary.distinct_2, 2),
            format!("{} of {}", summary.degenerate, summary.judged),
        ]);
    }
    table
}

/// How like the answers are to those that they are held against.
fn likeness(all: &[QualitySummary]) -> TextTable {
    let mut table = TextTable::new(&["likeness", "answers", "exact", "edits", "chrF"]).right(1..5);
    for summary in all.iter().filter(|summary| summary.compared > 0) {
        table.row([
            summary.label.clone(),
            summary.compared.to_string(),
            summary.exact.to_string(),
            format::number(summary.edit_likeness, 3),
            format::number(summary.chrf, 3),
        ]);
    }
    table
}

/// Where answers part, and how likely both ways were.
fn divergences(file: &QualityFile) -> TextTable {
    let head = ["parts", "prompt", "in common", "goes on", "the other", "log-probabilities", "gap", "by"];
    let mut table = TextTable::new(&head).right([6]);
    for (index, engine) in file.engines.iter().enumerate() {
        for divergence in &engine.divergences {
            table.row(divergence_row(file, index, divergence));
        }
    }
    table
}

fn divergence_row(file: &QualityFile, engine: usize, divergence: &PromptDivergence) -> [String; 8] {
    let place = &divergence.place;
    let shown = |text: &str| if text.is_empty() { "(the end)".to_owned() } else { format!("{text:?}") };
    let tokens = place.tokens.as_ref();
    let common = match tokens {
        Some(tokens) => format!("{} tokens", tokens.common_tokens),
        None => format!("{} words", place.common_words),
    };
    let chance = |chance: &Option<TokenChance>| format::number(chance.as_ref().and_then(|chance| chance.logprob), 2);
    let gap = tokens.and_then(crate::lab::divergence::TokenDivergence::gap);
    let tie = if place.is_near_tie() == Some(true) { " near tie" } else { "" };
    [
        file.label(engine),
        divergence.prompt.clone(),
        common,
        shown(&place.one),
        shown(&place.other),
        tokens.map_or_else(
            || ABSENT.to_owned(),
            |tokens| format!("{} against {}", chance(&tokens.one), chance(&tokens.other)),
        ),
        format!("{}{tie}", format::number(gap.map(f64::abs), 2)),
        tokens.map_or_else(|| ABSENT.to_owned(), |tokens| file.label(tokens.told_by)),
    ]
}

fn notes(file: &QualityFile, all: &[QualitySummary]) -> Vec<String> {
    let against = if file.reference.is_some() { "the reference's" } else { "the first engine's" };
    let mut notes = vec![format!(
        "Greedy answers to {} prompts; text of {} bytes with the FNV-1a hash {}. Held against {against} answers.",
        file.prompts.len(),
        file.text_bytes,
        file.text_fnv1a64
    )];
    notes.push(format!(
        "Equally good: bits per byte within {}. Looping: {} or more of the four-word sequences were there before, or \
         the end goes round in a loop. Near tie: under {NEAR_TIE} nat apart; where answers part is a finding, never a failure by itself.",
        format::whole_percent(EQUAL_WITHIN),
        format::whole_percent(DEGENERATE_SHARE),
    ));
    for (engine, summary) in file.engines.iter().zip(all) {
        if let Some(why) = &engine.scoring_failure {
            notes.push(format!("{}: no perplexity: {}", summary.label, printable(why)));
        }
        for answer in engine.answers.iter().filter(|answer| answer.figures.failure.is_some()) {
            let why = answer.figures.failure.as_deref().unwrap_or_default();
            notes.push(format!("{}, {}: {}", summary.label, answer.prompt, printable(why)));
        }
        if summary.disturbed > 0 {
            notes.push(format!(
                "{}: others kept more than a quarter of a processor busy during {} of {} answers.",
                summary.label, summary.disturbed, summary.answers
            ));
        }
    }
    notes
}
