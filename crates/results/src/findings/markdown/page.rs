//! The page of findings: what its parts look up.

use std::collections::BTreeSet;

use crate::findings::Findings;
use speed_kings_catalog::Catalog;

/// The page that is written, with all that it may look up.
pub(super) struct FindingsPage<'a> {
    pub(super) catalog: &'a Catalog,
    pub(super) findings: &'a Findings,
}

impl FindingsPage<'_> {
    /// The badges that are broken in some of these files, each once.
    pub(super) fn unfair(&self, numbers: impl Iterator<Item = usize>) -> Vec<&str> {
        let files = numbers.filter_map(|number| self.findings.evidence.get(number));
        let badges: BTreeSet<&str> = files.flat_map(|file| &file.unfair).map(String::as_str).collect();
        badges.into_iter().collect()
    }
}
