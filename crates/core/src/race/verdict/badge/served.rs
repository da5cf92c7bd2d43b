//! Whether all lanes ran one model: the one that was asked for, and the same one.

use super::finding::{BadgeFinding, all_equal, holds, unknown};
use crate::race::Race;
use crate::race::identity::{are_two_snapshots, is_open, is_same};
use crate::race::lane::Lane;
use crate::race::served_model::{ServedModel, answered, model};
use crate::race::setup::Contestant;

pub(super) fn same_model(race: &Race) -> BadgeFinding {
    let contestants = &race.setup.contestants;
    let others: Vec<String> = race.entries().filter_map(|(_, contestant, lane)| other(contestant, lane)).collect();
    if !others.is_empty() {
        return holds(false, others.join("; "));
    }
    if let Some(two) = snapshots(race) {
        return holds(false, two);
    }
    let ids = race.entries().map(|(_, contestant, lane)| model(contestant, lane)).collect::<Vec<_>>().join(" / ");
    if contestants.iter().all(|c| c.same_as.is_some()) {
        holds(all_equal(contestants.iter().map(|c| &c.same_as)), ids)
    } else if let Some(any) = contestants.iter().find(|c| is_open(&c.model)) {
        unknown(format!("{ids}: '{}' is whatever runs there", any.model))
    } else if contestants.windows(2).all(|two| matches!(two, [a, b] if is_same(&a.model, &b.model))) {
        holds(true, ids)
    } else {
        unknown(format!("{ids}: not in the catalogue"))
    }
}

/// `a asked for m, served another`, where it was.
fn other(contestant: &Contestant, lane: &Lane) -> Option<String> {
    let named = lane.model.as_deref()?;
    (answered(contestant, Some(named)) == ServedModel::Other)
        .then(|| format!("{} asked for {}, served {named}", contestant.name, contestant.model))
}

/// Two lanes that were answered by different snapshots of the model.
fn snapshots(race: &Race) -> Option<String> {
    let named: Vec<(&str, &str)> =
        race.entries().filter_map(|(_, contestant, lane)| Some((&*contestant.name, lane.model.as_deref()?))).collect();
    let two = named.iter().enumerate().find_map(|(place, a)| {
        let b = named.iter().skip(place + 1).find(|b| are_two_snapshots(a.1, b.1))?;
        Some((a, b))
    });
    two.map(|((a, of_a), (b, of_b))| format!("two snapshots: {a} served {of_a}, {b} served {of_b}"))
}

#[cfg(test)]
mod tests {
    use super::super::BadgeState;
    use super::*;
    use crate::fixture::race;
    use crate::race::event::{Event, EventKind, LaneId};
    use crate::race::setup::ANY_MODEL;
    use crate::time::Offset;

    /// What is said when the lanes ask for `asked` and are answered by `named`.
    fn told(asked: [&str; 2], named: [&str; 2]) -> BadgeFinding {
        let mut setup = race([&[1], &[1]]).setup;
        for (contestant, asked) in setup.contestants.iter_mut().zip(asked) {
            contestant.same_as = None;
            contestant.model = asked.into();
        }
        let mut race = Race::new(setup);
        for (lane, named) in (0..).zip(named) {
            race.apply(&Event { at: Offset::GREEN, lane: Some(LaneId(lane)), kind: EventKind::Model(named.into()) });
        }
        same_model(&race)
    }

    #[test]
    fn another_model_is_named() {
        let (state, detail) = told(["m", "m"], ["some-other-model-0.5b", "m"]);
        assert_eq!((state, detail.as_str()), (BadgeState::Broken, "A asked for m, served some-other-model-0.5b"));
    }

    #[test]
    fn spellings_and_snapshots_of_one_model_are_one() {
        assert_eq!(told(["gpt-4o", "openai/gpt-4o"], ["gpt-4o-2024-08-06", "openai/gpt-4o"]).0, BadgeState::Met);
        let (state, detail) = told(["gpt-4o", "gpt-4o"], ["gpt-4o-2024-08-06", "gpt-4o-2024-11-20"]);
        assert_eq!(state, BadgeState::Broken);
        assert_eq!(detail, "two snapshots: A served gpt-4o-2024-08-06, B served gpt-4o-2024-11-20");
    }

    #[test]
    fn whatever_runs_there_is_shown() {
        let (state, detail) = told([ANY_MODEL, "m"], ["qwen3:4b", "m"]);
        assert_eq!(state, BadgeState::Unknown);
        assert_eq!(detail, "default: qwen3:4b / m: 'default' is whatever runs there");
    }

    #[test]
    fn the_catalogue_says_what_else_is_the_same() {
        let mut race = race([&[1], &[1]]);
        let mut broken = |also: &[&str]| {
            race.setup.contestants[0].also_answers = also.iter().map(|name| (*name).to_owned()).collect();
            let mut heard = Race::new(race.setup.clone());
            let kind = EventKind::Model("house-blend".into());
            heard.apply(&Event { at: Offset::GREEN, lane: Some(LaneId(0)), kind });
            same_model(&heard).0
        };
        assert_eq!((broken(&[]), broken(&["house-blend"])), (BadgeState::Broken, BadgeState::Met));
    }
}
