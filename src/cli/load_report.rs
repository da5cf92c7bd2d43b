//! A load by levels in every form: as it was measured, and read back from its file.

use serde_json::Value;

use crate::benchmark_report::markdown;
use crate::cli::args::ReportForm;
use crate::cli::error::CliError;
use crate::cli::plain_blocks::{TOOL, plain};
use crate::gate::{self, GateReport};
use crate::load::{self, LoadDocument, LoadFile};
use crate::pages;
use crate::text::inert;

/// The file as it is kept and printed.
pub(super) fn text(file: &LoadFile) -> Result<String, CliError> {
    let text = serde_json::to_string(file).map_err(std::io::Error::from)?;
    Ok(inert(&format!("{text}\n")).into_owned())
}

/// The load in the form that is asked for, for a terminal of so many columns, with what its gates came to and the
/// program's own error, where a calibration is kept.
///
/// # Errors
/// When it can't be put into that form.
pub(super) fn printed(
    file: &LoadFile,
    gates: Option<&GateReport>,
    calibration: Option<&Value>,
    form: ReportForm,
    columns: Option<usize>,
) -> Result<String, CliError> {
    let judged = || gates.map(gate::block).unwrap_or_default();
    let blocks = || load::blocks(file, calibration).into_iter().chain(judged()).collect::<Vec<_>>();
    Ok(match form {
        ReportForm::Json => {
            let document = LoadDocument { file: file.clone(), gates: gates.map(gate::record) };
            let text = serde_json::to_string(&document).map_err(std::io::Error::from)?;
            inert(&format!("{text}\n")).into_owned()
        }
        ReportForm::Csv => load::csv(file)?,
        ReportForm::Markdown => markdown::text(&blocks()),
        ReportForm::Table => plain(&blocks(), columns),
        ReportForm::Html => pages::load::page(file, &judged(), calibration, text(file)?.into_bytes(), TOOL),
    })
}
