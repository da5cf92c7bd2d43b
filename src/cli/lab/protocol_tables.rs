//! The tables of a protocol: what the models are, what they take, how they stream, and what their answers are worth.

use super::lab_file;
use super::model::weights;
use super::tables::{printed, references, sheet};
use crate::cli::args::{LabReportArgs, ReportForm};
use crate::cli::context::CommandContext;
use crate::cli::error::CliError;
use crate::cli::exit::ExitStatus;
use crate::cli::report::no_page_on_screen;
use crate::cli::table::TextTable;
use crate::format::{self, ABSENT};
use crate::lab::protocol::{ProtocolAnswer, ProtocolFile};
use crate::lab::rating::{RatingMean, SCORES};
use crate::lab::summary::{ProtocolSummary, buffered};

/// Prints the tables of a file.
///
/// # Errors
/// When it can't be read, or stdout can't be written.
pub(super) fn report(context: &CommandContext<'_>, args: &LabReportArgs) -> Result<ExitStatus, CliError> {
    put(context, &lab_file::read(&args.file)?, args.tables.output)?;
    Ok(ExitStatus::Done)
}

/// Prints `file` in the form that is asked for.
///
/// # Errors
/// When stdout can't be written.
pub(super) fn put(context: &CommandContext<'_>, file: &ProtocolFile, form: ReportForm) -> Result<(), CliError> {
    no_page_on_screen(&context.out, form, None)?;
    context.out.print(&match form {
        ReportForm::Json => lab_file::text(file)?,
        ReportForm::Csv => answers(file).csv(),
        form => {
            let all: Vec<ProtocolSummary> =
                (0..file.engines.len()).map(|engine| ProtocolSummary::of(file, engine)).collect();
            let parts = [
                architecture(file),
                memory(file, &all),
                streaming(file, &all),
                quality(file, &all),
                answers(file),
                references(context.catalog()?),
            ];
            let notes = notes(file, &all);
            match form {
                ReportForm::Html => {
                    sheet("Engines on this machine: test protocol", &parts, notes, lab_file::text(file)?).html()
                }
                form => printed(&parts, &notes, form, context.out.columns()),
            }
        }
    })?;
    Ok(())
}

fn text<T: ToString>(value: Option<T>) -> String {
    value.map_or_else(|| ABSENT.to_owned(), |value| value.to_string())
}

fn size(bytes: Option<u64>) -> String {
    bytes.map_or_else(|| ABSENT.to_owned(), format::bytes)
}

fn of((some, all): (usize, usize)) -> String {
    if all == 0 { ABSENT.to_owned() } else { format!("{some} of {all}") }
}

/// What the header of each model's file says.
fn architecture(file: &ProtocolFile) -> TextTable {
    let head = ["architecture", "family", "parameters", "experts", "layers", "context", "quantisation", "file"];
    let mut table = TextTable::new(&head).right([2, 4, 5, 7]);
    for (index, engine) in file.engines.iter().enumerate() {
        let model = &engine.size;
        let parameters = model.parameters.zip(model.active_parameters).map(|(all, active)| {
            if all == active { weights(all) } else { format!("{} of {}", weights(active), weights(all)) }
        });
        let experts = match (model.experts, model.parameters) {
            (Some((all, used)), _) => format!("{used} of {all}"),
            (None, Some(_)) => "none".into(),
            (None, None) => ABSENT.into(),
        };
        table.row([
            file.label(index),
            text(engine.architecture.family.as_ref()),
            text(parameters),
            experts,
            text(engine.architecture.layers),
            text(engine.architecture.context),
            text(model.quantization.as_ref()),
            size(model.file_bytes),
        ]);
    }
    table
}

/// What each engine's log and the system say of its memory.
fn memory(file: &ProtocolFile, all: &[ProtocolSummary]) -> TextTable {
    let head = ["memory", "weights", "KV cache", "other", "on accelerator", "peak", "own", "of files", "GPU peak"];
    let mut table = TextTable::new(&head).right(1..9);
    for (index, (engine, summary)) in file.engines.iter().zip(all).enumerate() {
        let told =
            |holds: &dyn Fn(&str) -> bool, on| size(engine.starts.last().and_then(|start| buffered(start, holds, on)));
        let peak = match (summary.anonymous_bytes, summary.file_bytes) {
            (None, None) => None,
            (own, of_files) => Some(own.unwrap_or(0).saturating_add(of_files.unwrap_or(0))),
        };
        table.row([
            file.label(index),
            told(&|holds| holds == "model", None),
            told(&|holds| holds == "kv", None),
            told(&|holds| !matches!(holds, "model" | "kv"), None),
            told(&|_| true, Some(true)),
            size(peak),
            size(summary.anonymous_bytes),
            size(summary.file_bytes),
            size(summary.gpu_bytes),
        ]);
    }
    table
}

/// How each engine streams: medians over its answers.
fn streaming(file: &ProtocolFile, all: &[ProtocolSummary]) -> TextTable {
    let head = [
        "streaming",
        "n",
        "ready ms, cold",
        "ready ms, warm",
        "TTFT ms",
        "prompt tok/s",
        "tok/s",
        "CPU ms/token",
        "J/token",
    ];
    let mut table = TextTable::new(&head).right(1..9);
    for (index, summary) in all.iter().enumerate() {
        let mark = match (summary.failed, summary.disturbed) {
            (0, 0) => String::new(),
            (0, disturbed) => format!(" ({disturbed} disturbed)"),
            (failed, 0) => format!(" ({failed} failed)"),
            (failed, disturbed) => format!(" ({failed} failed, {disturbed} disturbed)"),
        };
        let warm = match summary.unknown_ready_ms {
            Some(ready) if summary.warm_ready_ms.is_none() => format!("{ready:.0}?"),
            _ => format::number(summary.warm_ready_ms, 0),
        };
        table.row([
            file.label(index),
            format!("{}{mark}", summary.answers),
            format::number(summary.cold_ready_ms, 0),
            warm,
            format::number(summary.ttft_ms, 0),
            format::number(summary.prompt_tok_s, 0),
            format::number(summary.output_tok_s, 1),
            format::number(summary.cpu_s_per_token.map(|seconds| seconds * 1e3), 2),
            format::number(summary.joules_per_token, 2),
        ]);
    }
    table
}

/// What each engine's answers are worth.
fn quality(file: &ProtocolFile, all: &[ProtocolSummary]) -> TextTable {
    let head = ["quality", "checks passed", "repetition", "degenerate", "rating", "95 %", "prompts rated", "scores"];
    let mut table = TextTable::new(&head).right(1..8);
    for (index, summary) in all.iter().enumerate() {
        let rating = summary.rating;
        let interval = rating.and_then(|rating| rating.interval);
        table.row([
            file.label(index),
            of(summary.checks),
            summary.repetition.map_or_else(|| ABSENT.into(), format::whole_percent),
            of(summary.degenerate),
            format::number(rating.map(|rating: RatingMean| rating.mean), 2),
            interval.map_or_else(|| ABSENT.into(), |interval| format!("{:.1} to {:.1}", interval.low, interval.high)),
            rating.map_or(0, |rating| rating.prompts).to_string(),
            rating.map_or(0, |rating| rating.scores).to_string(),
        ]);
    }
    table
}

/// Every answer, or why there is none.
fn answers(file: &ProtocolFile) -> TextTable {
    let head = ["answers", "prompt", "tokens", "end", "TTFT ms", "tok/s", "repetition", "rating", "checks"];
    let mut table = TextTable::new(&head).right([2, 4, 5, 6, 7]);
    for answer in &file.answers {
        let scores =
            file.ratings.iter().filter(|rating| (rating.engine, &rating.prompt) == (answer.engine, &answer.prompt));
        let scores: Vec<String> = scores.filter_map(|rating| Some(rating.score?.to_string())).collect();
        let figures = &answer.figures;
        table.row([
            file.label(answer.engine),
            answer.prompt.clone(),
            format::number(figures.tokens, 0),
            text(answer.finish.as_ref()),
            format::number(figures.ttft_ms, 0),
            format::number(figures.output_tok_s, 1),
            answer.repetition.map_or_else(|| ABSENT.into(), format::whole_percent),
            if scores.is_empty() { ABSENT.into() } else { scores.join(" ") },
            worth(answer),
        ]);
    }
    table
}

/// What the checks of an answer say, or why it has none.
fn worth(answer: &ProtocolAnswer) -> String {
    if let Some(why) = &answer.figures.failure {
        return format!("failed: {why}");
    }
    let missed: Vec<&str> =
        answer.checks.iter().filter(|check| !check.passed).map(|check| check.name.as_str()).collect();
    let passed = answer.checks.len() - missed.len();
    let missed = if missed.is_empty() { String::new() } else { format!("; not: {}", missed.join(", ")) };
    format!("{passed} of {}{missed}", answer.checks.len())
}

fn notes(file: &ProtocolFile, all: &[ProtocolSummary]) -> Vec<String> {
    let asked = file.answers.len();
    let mut notes = vec![format!(
        "{asked} answers to the prompts of '{}', {} s between two, each asked once of an engine that was warmed up by one \
         uncounted request. Streaming: medians over n answers.",
        file.prompt_set, file.pause_s
    )];
    notes.push(format!(
        "Ratings go from {} to {}: the mean over prompts with Student's t interval over prompts; whoever rated saw neither \
         names nor speeds.",
        SCORES.0, SCORES.1
    ));
    if all.iter().any(|summary| summary.disturbed > 0) {
        notes.push(
            "Disturbed: others kept more than a quarter of a processor busy meanwhile; they count, since each prompt is asked once."
                .into(),
        );
    }
    if all.iter().any(|summary| summary.unknown_ready_ms.is_some()) {
        notes.push("?: whether the model file came from storage is not known.".into());
    }
    let effects = file
        .answers
        .iter()
        .flat_map(|answer| answer.figures.without_effect.iter().map(move |name| (answer.engine, name.as_str())));
    let mut effects: Vec<(usize, &str)> = effects.collect();
    effects.sort_unstable();
    effects.dedup();
    notes.extend(effects.into_iter().map(|(engine, name)| {
        format!("{}: '{name}' was accepted and shows no effect in the log.", file.label(engine))
    }));
    notes
}
