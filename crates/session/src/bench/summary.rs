//! What the runs come to: medians side by side, who was ahead, and how fair the comparison was.
//! Medians alone are a result, never a claim: nothing here says how likely they would come out the same way again.

use crate::bench::saved::{BadgeRecord, LaneResult, RunResult};
use crate::bench::{BenchmarkFile, BenchmarkResults, is_ok};
use crate::lengths::PlanFigures;
use speed_kings_core::race::Race;
use speed_kings_core::race::event::LaneId;
use speed_kings_core::race::lane::Lane;
use speed_kings_core::race::verdict::{
    Badge, BadgeKind, Metric, RaceOutcome, Verdict, VerdictCategory, one_server, same_token_size,
};
use speed_kings_core::stats::quantile;
use speed_kings_core::time::Period;

/// The medians of every contestant, compared.
#[derive(Clone, PartialEq, Debug)]
pub struct BenchmarkSummary {
    /// Good runs of each contestant.
    pub counted: Vec<usize>,
    /// Runs of each contestant that brought no figures.
    pub failed: Vec<usize>,
    /// Who was ahead by the median total time.
    pub outcome: RaceOutcome,
    /// The medians, category by category.
    pub categories: Vec<VerdictCategory>,
    /// What speaks for and against the comparison.
    pub badges: Vec<BadgeRecord>,
}

impl BenchmarkSummary {
    /// Sums `saved` up; nothing when a contestant has no good run, or there is nobody to compare it with.
    #[must_use]
    pub fn of(saved: &BenchmarkFile, badges: Vec<BadgeRecord>) -> Option<Self> {
        let good: Vec<Vec<&RunResult>> =
            saved.lanes.iter().map(|lane| lane.runs.iter().filter(|run| run.figures.ok).collect()).collect();
        if good.iter().any(Vec::is_empty) {
            return None;
        }
        let mut categories: Vec<VerdictCategory> =
            Metric::ALL.into_iter().map(|metric| category(&good, metric)).collect();
        let unlike = |badge: &BadgeRecord| badge.badge == BadgeKind::SameTokens.as_str() && badge.holds == Some(false);
        if badges.iter().any(unlike) {
            categories.iter_mut().for_each(VerdictCategory::without_tokens);
        }
        let totals = categories.iter().find(|category| category.metric == Metric::Total)?;
        let totals = (0..).zip(&totals.values).map(|(id, ms)| Some((LaneId(id), Period::from_secs_f64((*ms)? / 1e3))));
        Some(Self {
            outcome: RaceOutcome::by_total(totals.collect::<Option<_>>()?)?,
            counted: good.iter().map(Vec::len).collect(),
            failed: saved.lanes.iter().zip(&good).map(|(lane, good)| lane.runs.len() - good.len()).collect(),
            categories,
            badges,
        })
    }

    /// Whether a badge is broken or a run failed, so that the result can't stand alone.
    #[must_use]
    pub fn is_provisional(&self) -> bool {
        self.failed.iter().any(|failed| *failed > 0) || self.badges.iter().any(|badge| badge.holds == Some(false))
    }
}

fn category(good: &[Vec<&RunResult>], metric: Metric) -> VerdictCategory {
    let sample = |run: &&&RunResult| metric == Metric::Cost || !run.was_held_up();
    let values = good.iter().map(|runs| median(runs.iter().filter(sample).map(|run| run.figure(metric))));
    VerdictCategory::of(metric, values.collect(), &vec![true; good.len()])
}

/// The median, if every run has the figure: a median over the others would be of other runs than the rest.
fn median(figures: impl Iterator<Item = Option<f64>>) -> Option<f64> {
    let mut figures: Vec<f64> = figures.collect::<Option<_>>()?;
    figures.sort_by(f64::total_cmp);
    quantile(&figures, 0.5)
}

/// The badges of the first runs of all, of the second ones, and so on, and of an earlier session; of each badge the worst
/// standing is kept. Runs that never overlap have no common start.
pub(super) fn badges(results: &BenchmarkResults) -> Vec<BadgeRecord> {
    let mut worst: Vec<BadgeRecord> = results.earlier.iter().flat_map(|earlier| earlier.badges.clone()).collect();
    let good: Vec<Vec<&Lane>> = (0..)
        .zip(&results.setup.contestants)
        .map(|(id, _)| results.lanes(LaneId(id)).filter(|lane| is_ok(lane)).collect())
        .collect();
    // Runs that never overlap share no hardware at any moment, unless both contestants are the same server.
    let shared = one_server(&results.setup.contestants).map(|detail| BadgeRecord {
        badge: BadgeKind::OwnHardware.as_str().to_owned(),
        holds: Some(false),
        detail,
    });
    if let Some(shared) = shared {
        keep_worse(&mut worst, shared);
    }
    let pairs = good.iter().map(Vec::len).min().unwrap_or(0);
    for pair in 0..pairs {
        let lanes = good.iter().filter_map(|lanes| lanes.get(pair).map(|lane| (*lane).clone())).collect();
        let race = Race::side_by_side(results.setup.clone(), lanes);
        // These are not for a pair of runs to say.
        let apart =
            |badge: &Badge| matches!(badge.kind, BadgeKind::Start | BadgeKind::OwnHardware | BadgeKind::SameTokens);
        for badge in Verdict::of(&race).badges.iter().filter(|badge| !apart(badge)) {
            keep_worse(&mut worst, BadgeRecord::from(badge));
        }
    }
    if let Some(sized) = same_token_size(&results.setup.contestants, &good) {
        keep_worse(&mut worst, BadgeRecord::from(&sized));
    }
    worst
}

/// Whether prompts and answers were as long as they were to be; nothing where no lengths were given.
pub(super) fn as_planned(lanes: &[LaneResult]) -> Option<BadgeRecord> {
    let plans: Vec<(&str, PlanFigures)> =
        lanes.iter().filter_map(|lane| Some((lane.identity.name.as_str(), lane.against_plan()?))).collect();
    let off = plans.iter().filter_map(|(name, plan)| Some(format!("{name}: {}", plan.off()?)));
    let off = off.collect::<Vec<_>>().join("; ");
    let silent = plans.iter().filter(|(_, plan)| plan.is_unknown()).map(|(name, _)| *name);
    let silent = silent.collect::<Vec<_>>().join(", ");
    let (holds, detail) = match (off.is_empty(), silent.is_empty()) {
        (false, _) => (Some(false), off),
        (true, false) => (None, format!("not counted: {silent}")),
        (true, true) => (Some(true), "prompts and answers within 10 % of what was planned".to_owned()),
    };
    let badge = BadgeKind::AsPlanned.as_str().to_owned();
    (!plans.is_empty()).then_some(BadgeRecord { badge, holds, detail })
}

/// Of each badge the worst standing is kept, in the order in which they first came.
fn keep_worse(worst: &mut Vec<BadgeRecord>, badge: BadgeRecord) {
    match worst.iter_mut().find(|known| known.badge == badge.badge) {
        Some(known) if weight(known.holds) >= weight(badge.holds) => {}
        Some(known) => *known = badge,
        None => worst.push(badge),
    }
}

const fn weight(holds: Option<bool>) -> u8 {
    match holds {
        Some(true) => 0,
        None => 1,
        Some(false) => 2,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bench::document::file;
    use crate::fixture::results;

    fn summary(results: &BenchmarkResults) -> Option<BenchmarkSummary> {
        BenchmarkSummary::of(&file(results, false), badges(results))
    }

    #[test]
    fn medians_decide_and_outliers_do_not() {
        let summary = summary(&results([&[&[50, 100], &[50, 900], &[50, 110]], &[&[80, 220], &[80, 220]]])).unwrap();
        assert_eq!(
            summary.outcome,
            RaceOutcome::Won { winner: LaneId(0), second: LaneId(1), ratio: 2.0, by: Period::from_millis(110) }
        );
        assert_eq!((summary.counted.as_slice(), summary.failed.as_slice()), ([3, 2].as_slice(), [0, 0].as_slice()));
        let ttft = summary.categories.iter().find(|category| category.metric == Metric::Ttft).unwrap();
        assert_eq!((ttft.values.as_slice(), ttft.best), ([Some(50.0), Some(80.0)].as_slice(), Some(LaneId(0))));
    }

    #[test]
    fn without_a_good_run_there_is_no_verdict() {
        assert_eq!(summary(&results([&[&[50, 100]], &[&[], &[]]])), None);
        assert_eq!(summary(&results([&[&[50, 100]], &[]])), None);
    }

    #[test]
    fn failed_runs_are_counted_apart_and_make_it_provisional() {
        let summary = summary(&results([&[&[50, 100], &[]], &[&[80, 220], &[80, 240]]])).unwrap();
        assert_eq!((summary.counted.as_slice(), summary.failed.as_slice()), ([1, 2].as_slice(), [1, 0].as_slice()));
        assert!(summary.is_provisional());
    }

    #[test]
    fn one_short_answer_says_little_of_a_tokenizer() {
        use speed_kings_core::race::event::{EventKind, TextChannel, TokenUsage};
        use speed_kings_core::time::Offset;

        // Eleven words of five characters, and the tokens that were counted for them.
        let lane = |tokens: u64| {
            let mut lane = Lane::default();
            let text = EventKind::Text { channel: TextChannel::Answer, text: "word ".repeat(11).into() };
            let usage = EventKind::Usage(Box::new(TokenUsage { output: Some(tokens), ..TokenUsage::default() }));
            for kind in [EventKind::Sent, text, usage, EventKind::Closed] {
                lane.apply(Offset::GREEN, &kind);
            }
            lane
        };
        let holds = |a: [u64; 3], b: [u64; 3]| {
            let lanes = [a.map(lane), b.map(lane)];
            let runs: Vec<Vec<&Lane>> = lanes.iter().map(|lanes| lanes.iter().collect()).collect();
            let contestants = ["A", "B"].map(speed_kings_core::fixture::contestant);
            BadgeRecord::from(&same_token_size(&contestants, &runs).unwrap()).holds
        };
        assert_eq!(holds([11, 11, 11], [11, 18, 11]), Some(true));
        assert_eq!(holds([11, 11, 11], [11, 18, 18]), Some(false));
    }

    #[test]
    fn only_badges_that_mean_something_are_given() {
        let summary = summary(&results([&[&[50, 100]], &[&[80, 220]]])).unwrap();
        let kinds: Vec<&str> = summary.badges.iter().map(|badge| badge.badge.as_str()).collect();
        assert!(!kinds.contains(&"start_skew") && !kinds.contains(&"own_hardware"));
        assert_eq!(kinds.first(), Some(&"real"), "in the verdict's order");
    }
}
