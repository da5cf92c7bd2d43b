//! The comparisons that count for a question, and what was measured of two sides in them.

use super::words::{NOT_COVERED, in_words, kinds};
use crate::findings::matchup::{ContestantMatchup, MeasuredLead};
use speed_kings_catalog::{Catalog, Hardware};
use speed_kings_core::race::verdict::Metric;
use speed_kings_core::stats::compare::MIN_PAIRS;

/// The matchups that count.
pub(super) struct MatchupScope<'a> {
    pub(super) catalog: &'a Catalog,
    pub(super) matchups: &'a [ContestantMatchup],
    pub(super) group: Option<&'a str>,
}

impl MatchupScope<'_> {
    pub(super) fn holds(&self, matchup: &ContestantMatchup) -> bool {
        self.group.is_none_or(|group| matchup.is_of(self.catalog, group))
    }

    pub(super) fn model(&self, id: &str) -> String {
        self.catalog.model(id).map_or_else(|_| id.to_owned(), |model| model.name.clone())
    }

    /// Who met on what, whoever is of the side that is expected ahead first.
    pub(super) fn named(&self, number: usize, of: &[Hardware]) -> String {
        let Some(matchup) = self.matchups.get(number) else { return String::new() };
        let [a, b] = &matchup.names;
        let turned = matchup.hardware.is_some_and(|(first, _)| !of.contains(&first));
        let (a, b) = if turned { (b, a) } else { (a, b) };
        format!("{a} against {b} on {}", self.model(&matchup.model))
    }

    /// Why nothing is known of one side against the other.
    pub(super) fn nothing(&self, of: &[Hardware], over: &[Hardware], by: Metric) -> String {
        let meet = |matchup: &&ContestantMatchup| {
            self.holds(matchup) && matchup.hardware.is_some_and(|two| meets(two, of, over))
        };
        let found: Vec<&ContestantMatchup> = self.matchups.iter().filter(meet).collect();
        let most = found.iter().filter_map(|matchup| matchup.lead(by)).map(|lead| lead.pairs).max();
        match (found.is_empty(), most) {
            (true, _) => NOT_COVERED.to_owned(),
            (false, None) => format!("no pair of runs has a figure of {}", in_words(by)),
            (false, Some(pairs)) => format!("too few runs: {pairs} of {MIN_PAIRS} pairs at most"),
        }
    }

    /// What was measured of two sides, in words: the kinds that really met, and on how much that rests.
    pub(super) fn measured(&self, found: &[(usize, MeasuredLead)], of: &[Hardware]) -> (String, String) {
        let matchups: Vec<&ContestantMatchup> =
            found.iter().filter_map(|(number, _)| self.matchups.get(*number)).collect();
        let sides: Vec<(Hardware, Hardware)> = matchups
            .iter()
            .filter_map(|matchup| matchup.hardware)
            .map(|(a, b)| if of.contains(&a) { (a, b) } else { (b, a) })
            .collect();
        let met = |side: fn(&(Hardware, Hardware)) -> Hardware| {
            let met: Vec<Hardware> = sides.iter().map(side).collect();
            let met: Vec<Hardware> = Hardware::ALL.into_iter().filter(|kind| met.contains(kind)).collect();
            kinds(&met)
        };
        let mut models: Vec<&str> = matchups.iter().map(|matchup| matchup.model.as_str()).collect();
        models.sort_unstable();
        models.dedup();
        let on = match (matchups.as_slice(), models.as_slice()) {
            ([only], _) => format!("{} on {} alone", only.names.join(" against "), self.model(&only.model)),
            (_, [one]) => format!("{} comparisons on {} alone", matchups.len(), self.model(one)),
            _ => format!("{} comparisons on {} models", matchups.len(), models.len()),
        };
        (format!("{} over {}", met(|(first, _)| *first), met(|(_, second)| *second)), on)
    }

    /// The leads of one side over the other that have an interval, with the numbers of their matchups.
    pub(super) fn leads(&self, of: &[Hardware], over: &[Hardware], by: Metric) -> Vec<(usize, MeasuredLead)> {
        let matchups = self.matchups.iter().enumerate().filter(|(_, matchup)| self.holds(matchup));
        let leads = matchups.filter_map(|(number, matchup)| Some((number, matchup.lead_of(of, over, by)?)));
        leads.filter(|(_, lead)| lead.comparison.interval.is_some()).collect()
    }
}

fn meets((first, second): (Hardware, Hardware), of: &[Hardware], over: &[Hardware]) -> bool {
    (of.contains(&first) && over.contains(&second)) || (of.contains(&second) && over.contains(&first))
}
