//! What the runs come to: medians side by side, who was ahead, and how fair the comparison was.
//! Medians alone are a result, never a claim: nothing here says how likely they would come out the same way again.

use std::collections::BTreeMap;

use crate::bench::{Results, is_ok};
use crate::race::Race;
use crate::race::event::LaneId;
use crate::race::lane::Lane;
use crate::race::timing::{Timing, cost_usd};
use crate::race::verdict::{Badge, BadgeKind, Category, Metric, Outcome, Standing, Verdict};
use crate::stats::quantile;
use crate::time::Period;

/// The medians of every contestant, compared.
#[derive(Clone, PartialEq, Debug)]
pub struct Summary {
    /// Good runs of each contestant.
    pub counted: Vec<usize>,
    /// Runs of each contestant that brought no figures.
    pub failed: Vec<usize>,
    /// Who was ahead by the median total time.
    pub outcome: Outcome,
    /// The medians, category by category.
    pub categories: Vec<Category>,
    /// What speaks for and against the comparison; of all pairs of runs, the worst.
    pub badges: Vec<Badge>,
}

impl Summary {
    /// Sums `results` up; nothing when a contestant has no good run, or there is nobody to compare it with.
    #[must_use]
    pub fn of(results: &Results) -> Option<Self> {
        let good: Vec<Vec<&Lane>> =
            ids(results).map(|id| results.lanes(id).filter(|lane| is_ok(lane)).collect()).collect();
        if good.iter().any(Vec::is_empty) {
            return None;
        }
        let categories: Vec<Category> =
            Metric::ALL.into_iter().map(|metric| category(results, &good, metric)).collect();
        let totals = categories.iter().find(|category| category.metric == Metric::Total)?;
        let totals = ids(results).zip(&totals.values).map(|(id, ms)| Some((id, Period::from_secs_f64((*ms)? / 1e3))));
        Some(Self {
            outcome: Outcome::by_total(totals.collect::<Option<_>>()?)?,
            counted: good.iter().map(Vec::len).collect(),
            failed: ids(results).zip(&good).map(|(id, good)| results.lanes(id).count() - good.len()).collect(),
            categories,
            badges: badges(results, &good),
        })
    }

    /// Whether a badge is broken or a run failed, so that the result can't stand alone.
    #[must_use]
    pub fn is_provisional(&self) -> bool {
        self.failed.iter().any(|failed| *failed > 0)
            || self.badges.iter().any(|badge| badge.standing == Standing::Broken)
    }
}

fn ids(results: &Results) -> impl Iterator<Item = LaneId> {
    results.grid.contestants.iter().zip(0..).map(|(_, id)| LaneId(id))
}

fn category(results: &Results, good: &[Vec<&Lane>], metric: Metric) -> Category {
    let values = results.grid.contestants.iter().zip(good).map(|(contestant, lanes)| {
        median(lanes.iter().map(|lane| metric.figure(&Timing::of(lane), cost_usd(lane, contestant))))
    });
    Category::of(metric, values.collect(), &vec![true; good.len()])
}

/// The median, if every run has the figure: a median over the others would be of other runs than the rest.
fn median(figures: impl Iterator<Item = Option<f64>>) -> Option<f64> {
    let mut figures: Vec<f64> = figures.collect::<Option<_>>()?;
    figures.sort_by(f64::total_cmp);
    quantile(&figures, 0.5)
}

/// The badges of the first runs of all, of the second ones, and so on; of each badge the worst standing is kept. Runs
/// that never overlap have no common start and share no hardware.
fn badges(results: &Results, good: &[Vec<&Lane>]) -> Vec<Badge> {
    let pairs = good.iter().map(Vec::len).min().unwrap_or(0);
    let mut order = Vec::new();
    let mut worst: BTreeMap<&str, Badge> = BTreeMap::new();
    for pair in 0..pairs {
        let lanes = good.iter().filter_map(|lanes| lanes.get(pair).map(|lane| (*lane).clone())).collect();
        let race = Race::side_by_side(results.grid.clone(), lanes);
        let apart = |badge: &Badge| matches!(badge.kind, BadgeKind::Start | BadgeKind::OwnHardware);
        for badge in Verdict::of(&race).badges.into_iter().filter(|badge| !apart(badge)) {
            if pair == 0 {
                order.push(badge.kind.as_str());
            }
            match worst.get(badge.kind.as_str()) {
                Some(known) if weight(known.standing) >= weight(badge.standing) => {}
                _ => {
                    worst.insert(badge.kind.as_str(), badge);
                }
            }
        }
    }
    order.into_iter().filter_map(|kind| worst.remove(kind)).collect()
}

const fn weight(standing: Standing) -> u8 {
    match standing {
        Standing::Met => 0,
        Standing::Unknown => 1,
        Standing::Broken => 2,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bench::tests::results;

    #[test]
    fn medians_decide_and_outliers_do_not() {
        let summary =
            Summary::of(&results([&[&[50, 100], &[50, 900], &[50, 110]], &[&[80, 220], &[80, 220]]])).unwrap();
        assert_eq!(
            summary.outcome,
            Outcome::Won { winner: LaneId(0), second: LaneId(1), ratio: 2.0, by: Period::from_millis(110) }
        );
        assert_eq!((summary.counted.as_slice(), summary.failed.as_slice()), ([3, 2].as_slice(), [0, 0].as_slice()));
        let ttft = summary.categories.iter().find(|category| category.metric == Metric::Ttft).unwrap();
        assert_eq!((ttft.values.as_slice(), ttft.best), ([Some(50.0), Some(80.0)].as_slice(), Some(LaneId(0))));
    }

    #[test]
    fn without_a_good_run_there_is_no_verdict() {
        assert_eq!(Summary::of(&results([&[&[50, 100]], &[&[], &[]]])), None);
        assert_eq!(Summary::of(&results([&[&[50, 100]], &[]])), None);
    }

    #[test]
    fn failed_runs_are_counted_apart_and_make_it_provisional() {
        let summary = Summary::of(&results([&[&[50, 100], &[]], &[&[80, 220], &[80, 240]]])).unwrap();
        assert_eq!((summary.counted.as_slice(), summary.failed.as_slice()), ([1, 2].as_slice(), [1, 0].as_slice()));
        assert!(summary.is_provisional());
    }

    #[test]
    fn only_badges_that_mean_something_are_given() {
        let summary = Summary::of(&results([&[&[50, 100]], &[&[80, 220]]])).unwrap();
        let kinds: Vec<BadgeKind> = summary.badges.iter().map(|badge| badge.kind).collect();
        assert!(!kinds.contains(&BadgeKind::Start) && !kinds.contains(&BadgeKind::OwnHardware));
        assert_eq!(kinds.first(), Some(&BadgeKind::Real), "in the verdict's order");
    }
}
