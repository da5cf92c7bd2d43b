//! Where a report goes and in which form: printed, or written into a file that is nobody else's.

use std::path::Path;

use crate::atomic_file;
use crate::cli::args::{ReportForm, ReportOutput};
use crate::cli::context::{CommandContext, DataOutput};
use crate::cli::error::{CliError, ErrorContext as _};
use crate::cli::output::{OutputKind, check, is_stdout};

impl ReportForm {
    /// What kind of file a report of this form is.
    const fn kind(self) -> OutputKind {
        match self {
            Self::Html => OutputKind::Page,
            Self::Table | Self::Json | Self::Csv | Self::Markdown => OutputKind::Report,
        }
    }
}

/// The form that is asked for, or the one that suits where it goes.
pub(in crate::cli) fn form(out: &DataOutput, asked: Option<ReportForm>) -> ReportForm {
    asked.unwrap_or_else(|| if out.is_terminal() { ReportForm::Table } else { ReportForm::Json })
}

/// The form of a report that goes to `file`, if it does: as is asked for, else as the file's ending says.
///
/// # Errors
/// When it is a page, and a terminal would show its markup.
pub(in crate::cli) fn form_of(out: &DataOutput, place: &ReportOutput) -> Result<ReportForm, CliError> {
    let file = place.out.as_deref();
    let ending = |file: &Path| match file.extension()?.to_str()? {
        "html" => Some(ReportForm::Html),
        "json" => Some(ReportForm::Json),
        "csv" => Some(ReportForm::Csv),
        "md" => Some(ReportForm::Markdown),
        _ => None,
    };
    let form = form(out, place.output.or_else(|| file.and_then(ending)));
    no_page_on_screen(out, form, file)?;
    Ok(form)
}

/// Makes sure that no page is printed at a terminal.
///
/// # Errors
/// When it would be; the error says what to do instead.
pub(in crate::cli) fn no_page_on_screen(
    out: &DataOutput,
    form: ReportForm,
    file: Option<&Path>,
) -> Result<(), CliError> {
    let shown = file.is_none_or(is_stdout) && out.is_terminal();
    if form == ReportForm::Html && shown {
        return Err(CliError::failed(
            "a page is for a browser, and a terminal would show its markup: add > page.html; `report FILE --out page.html` makes \
             one of saved results",
        ));
    }
    Ok(())
}

/// Prints a report, or writes it where that is asked for, and says so; `read` are the files that it was made of.
///
/// # Errors
/// When there is something else, or it can't be written.
pub(in crate::cli) fn put(
    context: &CommandContext<'_>,
    place: &ReportOutput,
    form: ReportForm,
    told: &str,
    read: &[&Path],
) -> Result<(), CliError> {
    let Some(path) = place.out.as_deref().filter(|path| !is_stdout(path)) else {
        context.out.print(told)?;
        return Ok(());
    };
    check(path, form.kind(), read, place.force)?;
    atomic_file::replace(path, told.as_bytes()).context(|| format!("cannot write {}", path.display()))?;
    context.err.status(&format!("written: {}", path.display()));
    Ok(())
}
