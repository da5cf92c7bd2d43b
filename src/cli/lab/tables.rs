//! The tables of a sweep: each combination's figures, how speed goes with size, what threads bring, what offloading saves.

use std::path::Path;

use super::model::weights;
use crate::cli::args::{LabReportArgs, ListForm};
use crate::cli::context::CommandContext;
use crate::cli::error::CliError;
use crate::cli::exit::ExitStatus;
use crate::cli::table::TextTable;
use crate::format::{self, ABSENT};
use crate::input;
use crate::lab::scaling::{PointFigures, by_size, by_threads, figures, offloading};
use crate::lab::sweep::{SweepFile, VERSION};

/// The largest file of a sweep that is read, bytes.
const LARGEST: u64 = 64 * 1024 * 1024;

/// Prints the tables of a file.
///
/// # Errors
/// When it can't be read, is no sweep, or stdout can't be written.
pub(super) fn report(context: &CommandContext<'_>, args: &LabReportArgs) -> Result<ExitStatus, CliError> {
    put(context, &read(&args.file)?, args.list.output)?;
    Ok(ExitStatus::Done)
}

/// Reads the file of a sweep.
///
/// # Errors
/// When it can't be read, is something else, or of a newer version.
pub(super) fn read(path: &Path) -> Result<SweepFile, CliError> {
    let wrong = |why: String| CliError::failed(format!("{}: {why}", path.display()));
    let text = input::read_text(path, LARGEST).map_err(|error| wrong(error.to_string()))?;
    let file: SweepFile =
        serde_json::from_str(&text).map_err(|error| wrong(format!("not the results of a sweep: {error}")))?;
    if file.version > VERSION {
        return Err(wrong(format!("it is of version {}, and this program reads up to {VERSION}", file.version)));
    }
    if file.models.len() != file.points.len() || file.visits.iter().any(|visit| visit.point >= file.points.len()) {
        return Err(wrong("damaged: its points, models and visits do not fit together".into()));
    }
    Ok(file)
}

/// Prints `file` in the form that is asked for.
///
/// # Errors
/// When stdout can't be written.
pub(super) fn put(context: &CommandContext<'_>, file: &SweepFile, form: ListForm) -> Result<(), CliError> {
    let text = match form {
        ListForm::Json => {
            let text = serde_json::to_string(file).map_err(|error| CliError::internal(error.to_string()))?;
            format!("{}\n", crate::text::inert(&text))
        }
        ListForm::Table => tables(file, context.out.columns()),
    };
    context.out.print(&text)?;
    Ok(())
}

fn tables(file: &SweepFile, columns: Option<usize>) -> String {
    let ghz = file.environment.max_mhz.or(file.environment.now_mhz).map(|mhz| mhz / 1e3);
    let all: Vec<PointFigures> = (0..file.points.len()).map(|point| figures(file, point, ghz)).collect();
    let mut out = vec![speed(file, &all).fitted(columns), cost(file, &all).fitted(columns)];
    let fits: Vec<String> = by_size(file)
        .into_iter()
        .map(|(point, fit)| {
            let settings: Vec<String> = point
                .settings
                .iter()
                .filter(|(name, _)| *name != "program")
                .map(|(name, value)| format!(" {name}={value}"))
                .collect();
            let interval = fit.interval.map_or_else(
                || "no interval from two sizes".to_owned(),
                |interval| format!("95 % {:.2} to {:.2}, t on {} sizes", interval.low, interval.high, fit.sizes),
            );
            format!(
                "{}{}: speed goes with active parameters to the power of {:.2} ({interval})\n",
                point.engine,
                settings.concat(),
                fit.exponent
            )
        })
        .collect();
    out.push(fits.concat());
    let threads = by_threads(file);
    if !threads.is_empty() {
        let mut table = TextTable::new(&["threads", "speed-up", "efficiency"]).right([1, 2]);
        for one in threads {
            table.row([file.label(one.point), format::ratio(one.speed_up), format::whole_percent(one.efficiency)]);
        }
        out.push(table.fitted(columns));
    }
    let pairs = offloading(file);
    if !pairs.is_empty() {
        let mut table =
            TextTable::new(&["offloading", "accelerator memory saved", "speed", "tensors moved"]).right([1, 2, 3]);
        for pair in pairs {
            let label = format!("{} against {}", file.label(pair.with), file.label(pair.without));
            let saved = pair.saved.map_or_else(|| ABSENT.into(), format::whole_percent);
            table.row([
                label,
                saved,
                pair.speed.map_or_else(|| ABSENT.into(), format::ratio),
                pair.overrides.to_string(),
            ]);
        }
        out.push(table.fitted(columns));
    }
    out.push(notes(file, ghz));
    out.retain(|part| !part.is_empty());
    out.join("\n")
}

fn number(value: Option<f64>, digits: usize) -> String {
    value.map_or_else(|| ABSENT.to_owned(), |value| format!("{value:.digits$}"))
}

fn speed(file: &SweepFile, all: &[PointFigures]) -> TextTable {
    let head =
        ["combination", "parameters", "file", "n", "ready ms", "TTFT ms", "prompt tok/s", "tok/s", "tok/s per core"];
    let mut table = TextTable::new(&head).right(1..9);
    for (index, point) in all.iter().enumerate() {
        let model = file.models.get(index);
        let parameters = model.and_then(|model| {
            let (all, active) = (model.parameters?, model.active_parameters?);
            Some(if all == active { weights(all) } else { format!("{} of {}", weights(active), weights(all)) })
        });
        let mark = match (point.failed, point.disturbed) {
            (0, 0) => String::new(),
            (0, disturbed) => format!(" ({disturbed} disturbed)"),
            (failed, 0) => format!(" ({failed} failed)"),
            (failed, disturbed) => format!(" ({failed} failed, {disturbed} disturbed)"),
        };
        table.row([
            file.label(index),
            parameters.unwrap_or_else(|| ABSENT.into()),
            model.and_then(|model| model.file_bytes).map_or_else(|| ABSENT.into(), format::bytes),
            format!("{}{mark}", point.visits),
            number(point.ready_ms, 0),
            number(point.ttft_ms, 0),
            number(point.prompt_tok_s, 0),
            number(point.output_tok_s, 1),
            number(point.tok_s_per_core, 1),
        ]);
    }
    table
}

fn cost(file: &SweepFile, all: &[PointFigures]) -> TextTable {
    let head =
        ["combination", "memory", "own", "of files", "CPU ms/token", "Mcycles/token", "tok/s per GHz·core", "J/token"];
    let mut table = TextTable::new(&head).right(1..8);
    let memory = |size: Option<f64>| size.map_or_else(|| ABSENT.to_owned(), |size| format::bytes(whole(size)));
    for (index, point) in all.iter().enumerate() {
        let both = point.anonymous_bytes.zip(point.file_bytes).map(|(own, file)| own + file);
        table.row([
            file.label(index),
            memory(both),
            memory(point.anonymous_bytes),
            memory(point.file_bytes),
            number(point.cpu_s_per_token.map(|seconds| seconds * 1e3), 2),
            number(point.cycles_per_token.map(|cycles| cycles / 1e6), 1),
            number(point.tok_s_per_ghz_core, 1),
            number(point.joules_per_token, 2),
        ]);
    }
    table
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a median of sizes in bytes")]
fn whole(size: f64) -> u64 {
    size.max(0.0) as u64
}

fn notes(file: &SweepFile, ghz: Option<f64>) -> String {
    let mut notes = vec![format!(
        "Medians of n visits; prompt of {} characters, up to {} tokens out.",
        file.prompt.chars().count(),
        file.max_tokens
    )];
    if let Some(ghz) = ghz {
        notes.push(format!(
            "Cycles are CPU time × {ghz:.2} GHz, the frequency that the system names, not counted by hardware."
        ));
    }
    let effects = file.visits.iter().flat_map(|visit| visit.without_effect.iter().map(move |name| (visit.point, name)));
    let mut effects: Vec<(usize, &String)> = effects.collect();
    effects.sort_unstable();
    effects.dedup();
    notes.extend(
        effects.into_iter().map(|(point, name)| {
            format!("{}: '{name}' was accepted and shows no effect in the log.", file.label(point))
        }),
    );
    if file.visits.iter().any(|visit| visit.disturbed) {
        notes.push("Disturbed: others kept more than a quarter of a processor busy meanwhile; such visits count only where there are no others.".into());
    }
    notes.join("\n") + "\n"
}
