//! Where a report goes and in which form, for every command that makes one of what was kept.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

/// The forms of results.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub enum ReportForm {
    /// For people
    Table,
    /// One JSON document, with everything
    Json,
    /// A row for each run
    Csv,
    /// For a README or an issue
    Markdown,
    /// One page for a browser, to be sent on: figures, drawings, the race itself, the data
    Html,
}

/// Where a report goes and in which form.
#[derive(Clone, Debug, Args)]
pub struct ReportOutput {
    /// Form; as the ending of --out says, else a table at a terminal and JSON elsewhere when left out
    #[arg(long, short, value_enum)]
    pub output: Option<ReportForm>,
    /// File to write instead of printing: .html .md .csv .json, or any with -o; - for stdout
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,
    /// Replace the file whatever it is
    #[arg(long, requires = "out")]
    pub force: bool,
}
