//! The entries of the catalogue: each has an id, by which it is found whatever its case.

use super::engine::EngineSpec;
use super::{CatalogPrompt, Model, Phase, PhaseGroup, PromptSet, Provider, ReferenceFigure, UnknownName};

/// An entry of the catalogue: something with an id.
pub(super) trait CatalogEntry {
    /// What a person calls this kind of entry.
    const WHAT: &'static str;
    /// The command that lists them.
    const LISTED_BY: &'static str;
    /// The name that other entries and the command line use.
    fn id(&self) -> &str;
}

macro_rules! entries {
    ($($type:ty: $what:literal, $listed_by:literal;)*) => {$(
        impl CatalogEntry for $type {
            const WHAT: &'static str = $what;
            const LISTED_BY: &'static str = $listed_by;
            fn id(&self) -> &str {
                &self.id
            }
        }
    )*};
}

entries! {
    Model: "model", "speed-kings list";
    Provider: "provider", "speed-kings list";
    CatalogPrompt: "prompt", "speed-kings list";
    PromptSet: "prompt set", "speed-kings benchmark --help";
    PhaseGroup: "group", "speed-kings phases";
    Phase: "phase", "speed-kings phases";
    EngineSpec: "engine", "speed-kings list --engines";
    ReferenceFigure: "reference", "speed-kings lab references";
}

/// The entry of this id, whatever its case.
pub(super) fn find<'a, T: CatalogEntry>(entries: &'a [T], id: &str) -> Option<&'a T> {
    entries.iter().find(|entry| entry.id().eq_ignore_ascii_case(id))
}

/// The error for `name`, which no entry has.
pub(super) fn unknown<T: CatalogEntry>(name: &str, entries: &[T]) -> UnknownName {
    UnknownName::new(T::WHAT, name, entries.iter().map(CatalogEntry::id), Some(T::LISTED_BY))
}
