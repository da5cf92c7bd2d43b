//! What servers have refused, remembered for the session: the second race doesn't stumble over the same field.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use super::Entrant;
use crate::provider::Quirks;
use crate::race::event::Failure;

/// Shared by all races of a session.
#[derive(Clone, Debug, Default)]
pub struct Memory(Arc<Mutex<BTreeMap<String, Quirks>>>);

impl PartialEq for Memory {
    /// Two memories are one when they share what they know.
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl Memory {
    /// How to ask `entrant`, after all that is known.
    pub(super) fn quirks(&self, entrant: &Entrant) -> Quirks {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.get(&place(entrant)).unwrap_or(&entrant.quirks).clone()
    }

    /// Learns from `failure`; gives the field that is left out from now on, if it names one that can be.
    pub(super) fn learn(&self, entrant: &Entrant, failure: &Failure) -> Option<&'static str> {
        let (next, field) = self.quirks(entrant).without_refused(failure)?;
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(place(entrant), next);
        Some(field)
    }
}

/// Models of one server can differ in what they take.
fn place(entrant: &Entrant) -> String {
    format!("{} {}", entrant.base_url, entrant.request.model)
}
