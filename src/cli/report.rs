//! Reports on saved results, and the forms in which a benchmark's own results are printed.
//! Both come out of the same sheets, so a file says later what the run said.

use std::fmt::Write as _;
use std::io::IsTerminal as _;
use std::path::Path;

use color_eyre::eyre::{Result, WrapErr as _};
use serde_json::{Value, json};

use crate::bench::Saved;
use crate::bench::document::VERSION;
use crate::cli::args::{Form, ReportArgs};
use crate::cli::table::Table;
use crate::cli::{Exit, put};
use crate::sheet::{Block, Sheet, blocks, change, claims, csv, markdown};
use crate::text::printable;

/// What stands beside the results.
pub(super) struct Beside {
    baseline: bool,
    old: Option<Sheet>,
}

impl Beside {
    /// Reads the older results, if there are any to compare with.
    ///
    /// # Errors
    /// When they can't be read.
    pub(super) fn read(baseline: bool, compare: Option<&Path>) -> Result<Self> {
        Ok(Self { baseline, old: compare.map(Saved::read).transpose()?.map(Sheet::new) })
    }
}

/// Prints a report.
///
/// # Errors
/// When a file is no results, or stdout can't be written.
pub(super) fn run(args: &ReportArgs) -> Result<Exit> {
    let beside = Beside::read(args.baseline, args.compare.as_deref())?;
    let saved = args.files.iter().map(|path| Saved::read(path)).collect::<Result<Vec<_>, _>>()?;
    let form = form(args.output);
    put(&match form {
        Form::Json => documents(args)?,
        form => text(&saved.into_iter().map(Sheet::new).collect::<Vec<_>>(), form, &beside),
    })?;
    Ok(Exit::Done)
}

/// The form that is asked for, or the one that suits where it goes.
pub(super) fn form(asked: Option<Form>) -> Form {
    asked.unwrap_or_else(|| if std::io::stdout().is_terminal() { Form::Table } else { Form::Json })
}

/// The files as one document: a single one as it is, several in a list.
fn documents(args: &ReportArgs) -> Result<String> {
    let read = |path: &std::path::PathBuf| -> Result<Value> {
        let text = std::fs::read_to_string(path).wrap_err_with(|| format!("cannot read {}", path.display()))?;
        Ok(serde_json::from_str(&text)?)
    };
    let all = args.files.iter().map(read).collect::<Result<Vec<_>>>()?;
    Ok(match all.as_slice() {
        [only] => format!("{only}\n"),
        all => format!("{}\n", json!({"version": VERSION, "results": all})),
    })
}

/// The sheets in a form for people or spreadsheets.
pub(super) fn text(sheets: &[Sheet], form: Form, beside: &Beside) -> String {
    if form == Form::Csv {
        return csv::text(sheets.iter().map(|sheet| &sheet.saved));
    }
    let mut all: Vec<Block> = sheets.iter().flat_map(blocks).collect();
    if beside.baseline {
        all.push(Block::Title("Measured against published".into()));
        all.push(claims::block(sheets).unwrap_or_else(|| {
            Block::Text("there is no published speed of a contestant that was really measured".into())
        }));
    }
    if let Some(old) = &beside.old {
        all.push(Block::Title(format!("Since {}", old.saved.started_at.as_deref().unwrap_or("then"))));
        let changes: Vec<Block> = sheets.iter().filter_map(|sheet| change::block(sheet, old)).collect();
        let none = || vec![Block::Text("nothing to compare: no contestant with the same prompt is in both".into())];
        all.extend(if changes.is_empty() { none() } else { changes });
    }
    if form == Form::Markdown { markdown::text(&all) } else { plain(&all) }
}

/// The blocks as plain text for a terminal.
fn plain(blocks: &[Block]) -> String {
    let mut out = String::new();
    for (place, block) in blocks.iter().enumerate() {
        match block {
            Block::Title(title) => {
                let _ = write!(out, "{}{}\n\n", if place > 0 { "\n" } else { "" }, printable(title));
            }
            Block::Text(text) => _ = writeln!(out, "{}\n", printable(text)),
            Block::Table(grid) => {
                let header: Vec<&str> = grid.header.iter().map(String::as_str).collect();
                let last = grid.left_from.min(header.len());
                let mut table = Table::new(&header).right(grid.right_from..last);
                grid.rows.iter().for_each(|row| table.row(row.iter().cloned()));
                let _ = writeln!(out, "{}", table.text());
            }
            Block::Notes(notes) => notes.iter().for_each(|note| _ = writeln!(out, "- {}", printable(note))),
        }
    }
    out
}
