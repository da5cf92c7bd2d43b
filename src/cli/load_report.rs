//! A load by levels in every form: as it was measured, and read back from its file.

use crate::benchmark_report::{ReportBlock, markdown};
use crate::cli::args::ReportForm;
use crate::cli::error::CliError;
use crate::cli::plain_blocks::{TOOL, plain};
use crate::gate::{self, GateReport};
use crate::load::{self, LoadDocument, LoadFile};
use crate::pages::{PageData, TableSheet};
use crate::text::inert;

/// The file as it is kept and printed.
pub(super) fn text(file: &LoadFile) -> Result<String, CliError> {
    let text = serde_json::to_string(file).map_err(std::io::Error::from)?;
    Ok(inert(&format!("{text}\n")).into_owned())
}

/// The load in the form that is asked for, for a terminal of so many columns, with what its gates came to.
///
/// # Errors
/// When it can't be put into that form.
pub(super) fn printed(
    file: &LoadFile,
    gates: Option<&GateReport>,
    form: ReportForm,
    columns: Option<usize>,
) -> Result<String, CliError> {
    let blocks =
        || load::blocks(file).into_iter().chain(gates.map(gate::block).unwrap_or_default()).collect::<Vec<_>>();
    Ok(match form {
        ReportForm::Json => {
            let document = LoadDocument { file: file.clone(), gates: gates.map(gate::record) };
            let text = serde_json::to_string(&document).map_err(std::io::Error::from)?;
            inert(&format!("{text}\n")).into_owned()
        }
        ReportForm::Csv => load::csv(file)?,
        ReportForm::Markdown => markdown::text(&blocks()),
        ReportForm::Table => plain(&blocks(), columns),
        ReportForm::Html => sheet(file, blocks())?.html(),
    })
}

/// The page of a load, with the drawing and the file itself in it.
fn sheet(file: &LoadFile, blocks: Vec<ReportBlock>) -> Result<TableSheet, CliError> {
    let data = PageData { name: "load.json".into(), what: "everything".into(), bytes: text(file)?.into_bytes() };
    let mut sheet = TableSheet {
        drawing: Some(load::svg(file)),
        data: vec![data],
        simulated: file.simulated(),
        tool: TOOL.to_owned(),
        ..TableSheet::default()
    };
    let mut lead = Vec::new();
    for block in blocks {
        match block {
            ReportBlock::Title(title) if sheet.title.is_empty() => sheet.title = title,
            ReportBlock::Title(title) => lead.push(title),
            ReportBlock::Text(text) => lead.push(text),
            ReportBlock::Table(table) => sheet.tables.push(table),
            ReportBlock::Notes(notes) => sheet.notes.extend(notes),
        }
    }
    sheet.lead = lead.join(". ");
    Ok(sheet)
}
