//! Files of sweeps, and how they are printed: tables for people, for a page or for a spreadsheet, and a drawing.

use std::path::Path;

use serde_json::{Value, json};

use super::lab_file;
use super::sweep_tables::{self, TableSettings};
use crate::atomic_file;
use crate::benchmark_report::markdown::escaped;
use crate::catalog::{Catalog, ReferenceFigure};
use crate::cli::args::{LabReportArgs, LabTableArgs, ListForm, ReportForm};
use crate::cli::context::CommandContext;
use crate::cli::error::{CliError, ErrorContext as _};
use crate::cli::exit::ExitStatus;
use crate::cli::output::{self, OutputKind};
use crate::cli::report::{TOOL, no_page_on_screen};
use crate::cli::table::{TextTable, flowing};
use crate::format::ABSENT;
use crate::lab::chart;
use crate::lab::sweep::SweepFile;
use crate::pages::{PageData, TableSheet};
use crate::text::printable;

/// Prints the tables of a file.
///
/// # Errors
/// When it can't be read, is no sweep, or stdout or the drawing can't be written.
pub(super) fn report(context: &CommandContext<'_>, args: &LabReportArgs) -> Result<ExitStatus, CliError> {
    let file = lab_file::read(&args.file)?;
    check_chart(&args.tables, &args.file)?;
    put(context, &file, &args.tables)?;
    Ok(ExitStatus::Done)
}

/// Makes sure that the drawing may be written where it is asked for.
///
/// # Errors
/// When there is something else, or it is the file that is read.
pub(super) fn check_chart(tables: &LabTableArgs, read: &Path) -> Result<(), CliError> {
    let Some(path) = &tables.chart else { return Ok(()) };
    Ok(output::check(path, OutputKind::Svg, &[read], tables.force)?)
}

/// Prints `file` as it is asked for, and draws it where that is.
///
/// # Errors
/// When stdout or the drawing can't be written.
pub(super) fn put(context: &CommandContext<'_>, file: &SweepFile, args: &LabTableArgs) -> Result<(), CliError> {
    let settings = TableSettings::of(file, args.price_per_kwh);
    let mut all = sweep_tables::all(file, &settings);
    all.push(references(context.catalog()?));
    no_page_on_screen(&context.out, args.output, None)?;
    let text = match args.output {
        ReportForm::Json => lab_file::text(file)?,
        ReportForm::Csv => sweep_tables::visits(file).csv(),
        ReportForm::Html => TableSheet {
            drawing: Some(chart::svg(file)),
            ..sheet(
                if file.machines.is_empty() {
                    "Engines on this machine: a sweep"
                } else {
                    "Engines of runners: a sweep"
                },
                &all,
                sweep_tables::notes(file, &settings),
                lab_file::text(file)?,
            )
        }
        .html(),
        form => printed(&all, &sweep_tables::notes(file, &settings), form, context.out.columns()),
    };
    context.out.print(&text)?;
    if let Some(path) = &args.chart {
        let drawn = atomic_file::replace(path, chart::svg(file).as_bytes());
        drawn.context(|| format!("cannot write {}", path.display()))?;
        context.err.status(&format!("drawn into {}", path.display()));
    }
    Ok(())
}

/// The page of these tables, with `json` as what it holds.
pub(super) fn sheet(title: &str, tables: &[TextTable], notes: Vec<String>, json: String) -> TableSheet {
    TableSheet {
        title: title.to_owned(),
        tables: tables.iter().filter(|table| !table.is_empty()).map(TextTable::report).collect(),
        notes,
        data: vec![PageData { name: "lab.json".into(), what: "everything".into(), bytes: json.into_bytes() }],
        tool: TOOL.to_owned(),
        ..TableSheet::default()
    }
}

/// Tables and the remarks below them, for a terminal of so many columns or as Markdown.
pub(super) fn printed(tables: &[TextTable], notes: &[String], form: ReportForm, columns: Option<usize>) -> String {
    let (markdown, tables) = (form == ReportForm::Markdown, tables.iter().filter(|table| !table.is_empty()));
    let mut parts: Vec<String> =
        tables.map(|table| if markdown { table.markdown() } else { table.fitted(columns) }).collect();
    let note = |note: &String| {
        if markdown {
            format!("- {}\n", escaped(note))
        } else {
            format!("{}\n", flowing(&printable(note), columns, ""))
        }
    };
    parts.push(notes.iter().map(note).collect());
    parts.retain(|part| !part.is_empty());
    parts.join("\n")
}

/// Prints what others measured.
///
/// # Errors
/// When the catalogue is wrong, or stdout can't be written.
pub(super) fn list_references(context: &CommandContext<'_>, form: ListForm) -> Result<ExitStatus, CliError> {
    let catalog = context.catalog()?;
    let entry = |figure: &ReferenceFigure| {
        json!({
            "reference": figure.id,
            "model": figure.model,
            "quantization": Some(&figure.quantization).filter(|name| !name.is_empty()),
            "hardware": figure.hardware,
            "engine": figure.engine,
            "prompt_tok_s": figure.prompt_tok_s,
            "output_tok_s": figure.output_tok_s,
            "watts": figure.watts,
            "as_of": figure.as_of,
            "source": figure.source,
        })
    };
    context.out.print(&match form {
        ListForm::Table => references(catalog).fitted(context.out.columns()),
        ListForm::Json => format!("{}\n", catalog.references.iter().map(entry).collect::<Value>()),
    })?;
    Ok(ExitStatus::Done)
}

/// What others measured on hardware that isn't here.
pub(super) fn references(catalog: &Catalog) -> TextTable {
    let head =
        ["not measured here", "quantisation", "hardware", "engine", "prompt tok/s", "tok/s", "W", "as of", "source"];
    let mut table = TextTable::new(&head).right([4, 5, 6]);
    for figure in &catalog.references {
        let number = |value: Option<f64>| value.map_or_else(|| ABSENT.to_owned(), |value| value.to_string());
        let or_absent = |text: &str| if text.is_empty() { ABSENT.to_owned() } else { text.to_owned() };
        table.row([
            figure.model.clone(),
            or_absent(&figure.quantization),
            figure.hardware.clone(),
            figure.engine.clone(),
            number(figure.prompt_tok_s),
            number(Some(figure.output_tok_s)),
            number(figure.watts),
            figure.as_of.clone(),
            figure.source.clone(),
        ]);
    }
    table
}
