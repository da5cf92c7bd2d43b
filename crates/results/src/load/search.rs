//! Which level comes next: those that were asked for, more until nothing is gained by more, and then the highest that holds the
//! objective, by halving what lies between it and the lowest that doesn't.

use speed_kings_session::load::OfferedLoad;

/// A level that gains less than this over the best one before has reached the plateau.
const GAIN: f64 = 1.05;
/// The highest holding load is found when the next one that doesn't hold is at most so many times it.
const CLOSE: f64 = 1.1;
/// The most levels that are looked at beyond those that were asked for.
const MOST_EXTRA: usize = 8;
/// The most askers, and requests a second, that are gone on to without being asked for.
const MOST: f64 = 128.0;

/// A level that has been run.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct DoneLevel {
    /// The load that was offered.
    pub load: OfferedLoad,
    /// Output tokens a second of all requests together; nothing where a part of them is missing.
    pub load_tok_s: Option<f64>,
    /// Whether the objective held; nothing where that isn't known.
    pub holds: Option<bool>,
}

/// What is looked for.
#[derive(Clone, PartialEq, Debug)]
pub struct LevelSearch {
    /// The levels that were asked for, from the least on; at least one.
    pub listed: Vec<OfferedLoad>,
    /// Whether to go on, or to end early, where more load brings no more tokens.
    pub until_plateau: bool,
    /// Whether the highest load that holds the objective is looked for.
    pub for_objective: bool,
}

impl LevelSearch {
    /// The next level of a contestant that has `done` these; nothing when all is known.
    #[must_use]
    pub fn next(&self, done: &[DoneLevel]) -> Option<OfferedLoad> {
        let plateau = self.until_plateau && plateau(done);
        let left = self.listed.iter().find(|load| !done.iter().any(|level| level.load == **load)).copied();
        if let Some(load) = left.filter(|_| !plateau) {
            return Some(load);
        }
        let extra = done.iter().filter(|level| !self.listed.contains(&level.load)).count();
        if extra >= MOST_EXTRA {
            return None;
        }
        let last = done.last().filter(|_| self.until_plateau && !plateau);
        let more = last.map(|level| scaled(level.load, 2.0)).filter(|load| load.amount() <= MOST);
        // What a level of so much did not tell, another of the same would hardly.
        let known = |load: &OfferedLoad| done.iter().any(|level| level.load == *load);
        more.or_else(|| between(done).filter(|_| self.for_objective)).filter(|load| !known(load))
    }
}

/// A level between the highest that holds and the lowest above it that doesn't, where they are not close yet.
fn between(done: &[DoneLevel]) -> Option<OfferedLoad> {
    let held = highest(done);
    let above = |level: &&DoneLevel| held.is_none_or(|held| level.load.amount() > held.amount());
    let broken = done.iter().filter(|level| level.holds == Some(false)).filter(above).map(|level| level.load);
    let broken = broken.min_by(|a, b| a.amount().total_cmp(&b.amount()))?;
    let Some(held) = held else {
        // None holds: less is tried.
        let less = scaled(broken, 0.5);
        return (less.amount() < broken.amount() && less.amount() > 0.0).then_some(less);
    };
    match (held, broken) {
        (OfferedLoad::Concurrency(held), OfferedLoad::Concurrency(broken)) => {
            let middle = held.midpoint(broken);
            (middle > held && f64::from(broken) > f64::from(held) * CLOSE).then_some(OfferedLoad::Concurrency(middle))
        }
        (held, broken) => (broken.amount() > held.amount() * CLOSE)
            .then(|| OfferedLoad::Rate((held.amount() * broken.amount()).sqrt())),
    }
}

/// The highest load that holds the objective with none below it that doesn't.
pub(super) fn highest(done: &[DoneLevel]) -> Option<OfferedLoad> {
    let broken = done.iter().filter(|level| level.holds == Some(false)).map(|level| level.load.amount());
    let broken = broken.fold(f64::INFINITY, f64::min);
    let held = done.iter().filter(|level| level.holds == Some(true) && level.load.amount() < broken);
    held.map(|level| level.load).max_by(|a, b| a.amount().total_cmp(&b.amount()))
}

/// Whether the last level brought hardly more tokens than the best one before.
fn plateau(done: &[DoneLevel]) -> bool {
    let Some((last, before)) = done.split_last() else { return false };
    let best = before.iter().filter_map(|level| level.load_tok_s).fold(0.0, f64::max);
    best > 0.0 && last.load_tok_s.is_some_and(|last| last < best * GAIN)
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "small positive numbers")]
fn scaled(load: OfferedLoad, by: f64) -> OfferedLoad {
    match load {
        OfferedLoad::Concurrency(askers) => OfferedLoad::Concurrency((f64::from(askers) * by) as u32),
        OfferedLoad::Rate(rate) => OfferedLoad::Rate(rate * by),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Runs a search against a server of so many slots, each good for 10 tok/s, that holds its objective up to `knee`.
    fn searched(search: &LevelSearch, slots: f64, knee: f64) -> Vec<DoneLevel> {
        let mut done: Vec<DoneLevel> = Vec::new();
        while let Some(load) = search.next(&done) {
            let amount = load.amount();
            done.push(DoneLevel { load, load_tok_s: Some(amount.min(slots) * 10.0), holds: Some(amount <= knee) });
            assert!(done.len() < 40, "{done:?}");
        }
        done
    }

    fn closed(askers: &[u32]) -> Vec<OfferedLoad> {
        askers.iter().copied().map(OfferedLoad::Concurrency).collect()
    }

    fn search(listed: Vec<OfferedLoad>, until_plateau: bool, for_objective: bool) -> LevelSearch {
        LevelSearch { listed, until_plateau, for_objective }
    }

    #[test]
    fn without_a_wish_only_what_is_listed_is_run() {
        let done = searched(&search(closed(&[1, 4, 9]), false, false), 5.0, 3.0);
        assert_eq!(done.iter().map(|level| level.load).collect::<Vec<_>>(), closed(&[1, 4, 9]));
    }

    #[test]
    fn a_plateau_ends_a_list_early_and_goes_beyond_its_end() {
        let loads = |done: Vec<DoneLevel>| done.into_iter().map(|level| level.load).collect::<Vec<_>>();
        assert_eq!(
            loads(searched(&search(closed(&[1, 2, 4, 8, 16, 32]), true, false), 4.0, 0.0)),
            closed(&[1, 2, 4, 8])
        );
        assert_eq!(loads(searched(&search(closed(&[1]), true, false), 12.0, 0.0)), closed(&[1, 2, 4, 8, 16, 32]));
        let endless = searched(&search(closed(&[1]), true, false), 1e9, 0.0);
        assert_eq!(endless.last().unwrap().load, OfferedLoad::Concurrency(128));
    }

    #[test]
    fn the_knee_is_found_within_ten_per_cent() {
        for knee in [1, 2, 5, 11, 14, 23, 31] {
            let done = searched(&search(closed(&[1, 8, 32]), false, true), 8.0, f64::from(knee));
            let found = highest(&done).unwrap().amount();
            assert!(found <= f64::from(knee) && found * CLOSE + 1.0 > f64::from(knee), "{knee}: {found}");
        }
        for knee in [0.4, 1.7, 9.9, 15.0] {
            let rates = [1.0, 4.0, 16.0].map(OfferedLoad::Rate).into();
            let done = searched(&search(rates, false, true), 8.0, knee);
            let found = highest(&done).unwrap().amount();
            assert!(found <= knee && found * CLOSE >= knee, "{knee}: {found}");
        }
    }

    #[test]
    fn a_level_that_told_nothing_is_not_looked_at_again_and_again() {
        let search = LevelSearch { listed: vec![OfferedLoad::Rate(1.0)], until_plateau: false, for_objective: true };
        let level = |rate: f64, holds| DoneLevel { load: OfferedLoad::Rate(rate), load_tok_s: Some(0.0), holds };
        let mut done = vec![level(1.0, Some(false))];
        assert_eq!(search.next(&done), Some(OfferedLoad::Rate(0.5)));
        done.push(level(0.5, None));
        assert_eq!(search.next(&done), None);
    }

    #[test]
    fn what_never_holds_and_what_always_does_end_it() {
        assert_eq!(highest(&searched(&search(closed(&[4, 8]), false, true), 8.0, 0.0)), None);
        let always = searched(&search(closed(&[4, 8]), false, true), 8.0, 99.0);
        assert_eq!((highest(&always), always.len()), (Some(OfferedLoad::Concurrency(8)), 2));
    }
}
