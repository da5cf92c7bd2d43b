//! What a look at one condition found: whether it holds, with the facts in words.

use super::kind::BadgeState;
use crate::race::Race;
use crate::race::event::LaneId;
use crate::race::lane::Lane;
use crate::race::setup::Contestant;

pub(super) type BadgeFinding = (BadgeState, String);

pub(super) fn holds(met: bool, detail: impl Into<String>) -> BadgeFinding {
    (if met { BadgeState::Met } else { BadgeState::Broken }, detail.into())
}

pub(super) fn unknown(detail: impl Into<String>) -> BadgeFinding {
    (BadgeState::Unknown, detail.into())
}

/// The names of the lanes for which `wanted` holds.
pub(super) fn names(race: &Race, wanted: impl Fn(LaneId, &Contestant, &Lane) -> bool) -> String {
    let names: Vec<&str> = race
        .entries()
        .filter(|(id, contestant, lane)| wanted(*id, contestant, lane))
        .map(|(_, c, _)| c.name.as_str())
        .collect();
    names.join(", ")
}

pub(super) fn all_equal<T: PartialEq>(mut items: impl Iterator<Item = T>) -> bool {
    items.next().is_none_or(|first| items.all(|item| item == first))
}
