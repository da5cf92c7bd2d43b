//! What servers have refused, remembered for the session: the second race doesn't stumble over the same field.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};

use crate::provider::ProviderQuirks;
use crate::provider::quirks::OptionalField;

/// Shared by all races of a session.
#[derive(Clone, Debug, Default)]
pub struct RejectedParams(Arc<Mutex<BTreeMap<String, BTreeSet<OptionalField>>>>);

impl PartialEq for RejectedParams {
    /// Two memories are one when they share what they know.
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl RejectedParams {
    /// `quirks` without the fields that the server and model at `place` are known to refuse.
    pub(super) fn quirks(&self, place: &str, quirks: &ProviderQuirks) -> ProviderQuirks {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut quirks = quirks.clone();
        known.get(place).into_iter().flatten().for_each(|field| quirks.drop(*field));
        quirks
    }

    /// Remembers that the server and model at `place` take no `field`. Of two that stand for each other the last one counts.
    pub(super) fn learn(&self, place: String, field: OptionalField) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let fields = known.entry(place).or_default();
        if let Some(other) = field.instead() {
            fields.remove(&other);
        }
        fields.insert(field);
    }
}
