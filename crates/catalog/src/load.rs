//! Reading a catalogue: the one that was compiled in, or a file laid over another.

use super::entry::CatalogEntry;
use super::file::CatalogFile;
use super::{Catalog, CatalogError, validate};

/// Where the built-in catalogue says it comes from.
const BUILTIN_ORIGIN: &str = "phases.ron";
pub(super) const BUILTIN: &str = include_str!("../../../phases.ron");
/// Where the built-in engines say they come from.
const ENGINES_ORIGIN: &str = "engines.ron";
const ENGINES: &str = include_str!("../../../engines.ron");

impl Catalog {
    /// The text of the built-in catalogue, with its comments; its engines stand in [another](Self::engines_text).
    #[must_use]
    pub const fn builtin_text() -> &'static str {
        BUILTIN
    }

    /// The text of the built-in engines, with its comments.
    #[must_use]
    pub const fn engines_text() -> &'static str {
        ENGINES
    }

    /// The catalogue that was compiled in.
    ///
    /// # Errors
    /// Never in a released program: the tests read it too.
    pub fn builtin() -> Result<Self, CatalogError> {
        Self::parse(BUILTIN, BUILTIN_ORIGIN)?.overlay(ENGINES, ENGINES_ORIGIN)
    }

    /// A catalogue that stands alone. `origin` is the name that errors use, usually the file's path.
    ///
    /// # Errors
    /// When the text is not RON of this form, or when an entry is wrong.
    pub fn parse(text: &str, origin: &str) -> Result<Self, CatalogError> {
        Self::default().overlay(text, origin)
    }

    /// This catalogue with a file laid over it: entries add, or replace those with the same id. Every list of the file
    /// is optional. A provider replaces only the fields that it names, and so does each of its offers, so a file that
    /// corrects one price holds nothing but that price.
    ///
    /// # Errors
    /// As for [`Catalog::parse`]; the catalogue as a whole must hold together afterwards.
    pub fn overlay(mut self, text: &str, origin: &str) -> Result<Self, CatalogError> {
        let mut problems = Vec::new();
        let newer = CatalogFile::parse(text, origin)?.over(&self, &mut problems);
        validate::unique(&newer, &mut problems);
        merge(&mut self.models, newer.models);
        merge(&mut self.providers, newer.providers);
        merge(&mut self.prompts, newer.prompts);
        merge(&mut self.prompt_sets, newer.prompt_sets);
        merge(&mut self.groups, newer.groups);
        merge(&mut self.phases, newer.phases);
        merge(&mut self.engines, newer.engines);
        merge(&mut self.references, newer.references);
        if !newer.patterns.is_empty() {
            self.patterns = newer.patterns;
        }
        validate::catalog(&self, &mut problems);
        if problems.is_empty() { Ok(self) } else { Err(CatalogError::Invalid { origin: origin.to_owned(), problems }) }
    }
}

/// Puts `newer` entries in the place of older ones with the same id, and the others at the end.
fn merge<T: CatalogEntry>(entries: &mut Vec<T>, newer: Vec<T>) {
    for entry in newer {
        match entries.iter_mut().find(|old| old.id().eq_ignore_ascii_case(entry.id())) {
            Some(old) => *old = entry,
            None => entries.push(entry),
        }
    }
}
