//! The pieces that a report is made of: titles, sentences, tables and remarks.

/// A piece of a report.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum ReportBlock {
    /// A heading of one line.
    Title(String),
    /// A sentence or two.
    Text(String),
    /// A table with a header.
    Table(ReportTable),
    /// Remarks, one to a line.
    Notes(Vec<String>),
}

/// A table: its header, its rows, and the first column that holds figures.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct ReportTable {
    /// The header, one cell for each column.
    pub header: Vec<String>,
    /// The rows, each as long as the header.
    pub rows: Vec<Vec<String>>,
    /// Columns from here on are set to the right.
    pub right_from: usize,
    /// Columns from here on are text again.
    pub left_from: usize,
}
