//! Who answered a lane, held against who was asked: what the badge, the tables and the findings go by.

use crate::race::event::UpstreamFacts;
use crate::race::identity::{is_open, is_same};
use crate::race::lane::Lane;
use crate::race::setup::Contestant;
use crate::text::printable;

/// Stands for a name that was taken out of a recording.
pub const TAKEN_OUT: &str = "redacted";

/// What the answer says of its model.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ServedModel {
    /// The answer names no model, or its name was redacted.
    Unnamed,
    /// The one that was asked for.
    AsAsked,
    /// Another model than the one that was asked for.
    Other,
    /// No certain one was asked for, so that any is right.
    Any,
}

impl ServedModel {
    /// Whether it is the model that was asked for; nothing where that can't be said.
    #[must_use]
    pub const fn as_asked(self) -> Option<bool> {
        match self {
            Self::AsAsked => Some(true),
            Self::Other => Some(false),
            Self::Unnamed | Self::Any => None,
        }
    }
}

/// What the answer of `contestant` says of its model; `named` is the name that the server gave.
#[must_use]
pub fn answered(contestant: &Contestant, named: Option<&str>) -> ServedModel {
    let Some(named) = named.filter(|named| *named != TAKEN_OUT) else { return ServedModel::Unnamed };
    if is_open(&contestant.model) {
        return ServedModel::Any;
    }
    let known = contestant.same_as.iter().chain(&contestant.also_answers);
    let same = std::iter::once(&contestant.model).chain(known).any(|asked| is_same(asked, named));
    if same { ServedModel::AsAsked } else { ServedModel::Other }
}

/// The model of a lane as a person should read it: the one that was asked for, and the one that answered where it is another.
#[must_use]
pub fn model(contestant: &Contestant, lane: &Lane) -> String {
    let asked = printable(&contestant.model);
    match (answered(contestant, lane.model.as_deref()), &lane.model) {
        (ServedModel::Other, Some(named)) => format!("{asked}, served {}", printable(named)),
        (ServedModel::Any, Some(named)) => format!("{asked}: {}", printable(named)),
        _ => asked.into_owned(),
    }
}

/// Who answered, where a router or a header names it.
#[must_use]
pub fn upstream(upstream: &UpstreamFacts) -> Option<String> {
    let headers = upstream.headers.iter().map(|(name, value)| format!("{name}: {value}"));
    let provider = upstream.provider.iter().map(ToString::to_string);
    let told: Vec<String> = provider.chain(headers).map(|told| printable(&told).into_owned()).collect();
    (!told.is_empty()).then(|| told.join(", "))
}
