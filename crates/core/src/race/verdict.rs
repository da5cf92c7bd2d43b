//! Who won this run, by how much, category by category, and how fair the comparison was.
//! One run gives a result, never a claim; a pure function of the race, so a replay gives the same to the last digit.

mod badge;
mod quality;

pub use badge::{Badge, BadgeKind, BadgeState, FEWEST_TOKENS, one_model, one_server, same_token_size, sizes_differ};

pub use quality::{QualityDifference, QualityFinding};

use crate::race::Race;
use crate::race::event::LaneId;
use crate::race::lane::LaneState;
use crate::race::timing::{LaneTiming, cost_usd};
use crate::stats::compare::is_level;
use crate::time::Period;

/// Two total times closer than this share of the shorter one are a dead heat in a single run.
pub const DEAD_HEAT_SHARE: f64 = 0.01;
/// Two total times closer than this are a dead heat, whatever their share: it is within what a start may be apart.
pub const DEAD_HEAT_FLOOR: Period = Period::from_millis(1);

/// The verdict over one run.
#[derive(Clone, PartialEq, Debug)]
pub struct Verdict {
    /// Who won, if anybody.
    pub outcome: RaceOutcome,
    /// Category by category, in a fixed order.
    pub categories: Vec<VerdictCategory>,
    /// What speaks for and against the comparison.
    pub badges: Vec<Badge>,
    /// Quality beside speed, regressions first.
    pub quality: Vec<QualityFinding>,
}

/// How the race ended.
#[derive(Clone, PartialEq, Debug)]
pub enum RaceOutcome {
    /// All lanes finished, and one was first by more than a dead heat.
    Won {
        /// The lane with the shortest total time.
        winner: LaneId,
        /// The lane with the next total time.
        second: LaneId,
        /// Total time of the second ÷ total time of the winner.
        ratio: f64,
        /// The difference of the total times.
        by: Period,
    },
    /// Too close for a single run.
    DeadHeat {
        /// The difference of the total times.
        by: Period,
    },
    /// No comparison: a lane is out, was stopped, or said nothing.
    None {
        /// The lanes at fault, with the reason.
        missing: Vec<(LaneId, NotComparable)>,
    },
}

/// Why a lane can't be compared.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum NotComparable {
    /// It failed before its reply was complete.
    Failed,
    /// It was stopped, or the recording ends before it does.
    Unfinished,
    /// It finished without any text.
    Silent,
}

/// A figure that contestants are compared by.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Metric {
    /// Time to first token, ms.
    Ttft,
    /// Time to first answer, ms.
    Ttfa,
    /// Output tokens per second after the first read, tok/s.
    OutputSpeed,
    /// All output tokens ÷ total time, tok/s.
    EndToEnd,
    /// Time from the request to the last text, ms.
    Total,
    /// 95th percentile of the gaps, ms.
    GapsP95,
    /// How many stalls the stream had.
    Stalls,
    /// What the run cost, USD.
    Cost,
}

impl Metric {
    /// In the order of the verdict.
    pub const ALL: [Self; 8] = [
        Self::Ttft,
        Self::Ttfa,
        Self::OutputSpeed,
        Self::EndToEnd,
        Self::Total,
        Self::GapsP95,
        Self::Stalls,
        Self::Cost,
    ];

    /// The name in recordings and JSON.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Ttft => "ttft_ms",
            Self::Ttfa => "ttfa_ms",
            Self::OutputSpeed => "output_tok_s",
            Self::EndToEnd => "end_to_end_tok_s",
            Self::Total => "total_ms",
            Self::GapsP95 => "gaps_p95_ms",
            Self::Stalls => "stalls",
            Self::Cost => "cost_usd",
        }
    }

    /// Reads the name back.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|metric| metric.as_str() == name)
    }

    /// What a person calls it.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::Ttft => "TTFT",
            Self::Ttfa => "TTFA",
            Self::OutputSpeed => "Output speed",
            Self::EndToEnd => "End-to-end",
            Self::Total => "Total time",
            Self::GapsP95 => "Gaps p95",
            Self::Stalls => "Stalls",
            Self::Cost => "Cost",
        }
    }

    /// Whether more is better.
    #[must_use]
    pub const fn more_is_better(self) -> bool {
        matches!(self, Self::OutputSpeed | Self::EndToEnd)
    }

    /// Whether it is only as good as the count of tokens behind it.
    #[must_use]
    pub const fn rests_on_tokens(self) -> bool {
        matches!(self, Self::OutputSpeed | Self::EndToEnd | Self::Cost)
    }

    /// The figure of a lane with this `timing` and this cost in USD, in the metric's unit.
    #[must_use]
    pub fn figure(self, timing: &LaneTiming, cost: Option<f64>) -> Option<f64> {
        let ms = |period: Option<Period>| period.map(Period::as_millis_f64);
        match self {
            Self::Ttft => ms(timing.ttft),
            Self::Ttfa => ms(timing.ttfa),
            Self::OutputSpeed => timing.output_speed.map(crate::time::Rate::value),
            Self::EndToEnd => timing.end_to_end.map(crate::time::Rate::value),
            Self::Total => ms(timing.total),
            Self::GapsP95 => ms(timing.seen_gaps().and_then(|gaps| gaps.p95)),
            #[expect(clippy::cast_precision_loss, reason = "a handful of stalls")]
            Self::Stalls => timing.seen_gaps().map(|gaps| gaps.stalls.count as f64),
            Self::Cost => cost,
        }
    }
}

/// One line of the verdict.
#[derive(Clone, PartialEq, Debug)]
pub struct VerdictCategory {
    /// The figure that this line compares.
    pub metric: Metric,
    /// Each lane's figure in the metric's unit; absent where it can't be known.
    pub values: Vec<Option<f64>>,
    /// The only best one, when every lane that can be compared has a figure.
    pub best: Option<LaneId>,
    /// How many times better the best is than the next, where that means something.
    pub ratio: Option<f64>,
}

impl RaceOutcome {
    /// Who is first by total time. Nothing under two lanes.
    #[must_use]
    pub fn by_total(totals: Vec<(LaneId, Period)>) -> Option<Self> {
        Self::by_total_within(Period::ZERO, totals)
    }

    /// The same where the starts may have been `apart`: what is closer than that is too close to call.
    #[must_use]
    pub fn by_total_within(apart: Period, mut totals: Vec<(LaneId, Period)>) -> Option<Self> {
        totals.sort_by_key(|(_, total)| *total);
        let [(winner, best), (second, next), ..] = *totals.as_slice() else { return None };
        let by = Period::from_micros(next.as_micros() - best.as_micros());
        Some(if is_dead_heat(best, next) || by <= apart {
            Self::DeadHeat { by }
        } else {
            Self::Won { winner, second, ratio: next.as_secs_f64() / best.as_secs_f64(), by }
        })
    }
}

/// Whether two total times, the shorter one first, are too close for one run.
fn is_dead_heat(best: Period, next: Period) -> bool {
    let by = Period::from_micros(next.as_micros().saturating_sub(best.as_micros()));
    by <= DEAD_HEAT_FLOOR || by.as_secs_f64() <= best.as_secs_f64() * DEAD_HEAT_SHARE
}

impl VerdictCategory {
    /// Compares `values`, one for each lane. A lane that isn't comparable is left out.
    #[must_use]
    pub fn of(metric: Metric, values: Vec<Option<f64>>, comparable: &[bool]) -> Self {
        let (best, ratio) = best(metric, &values, comparable);
        Self { metric, values, best, ratio }
    }

    /// Takes the best one back where the metric rests on tokens that are not counted alike.
    pub fn without_tokens(&mut self) {
        if self.metric.rests_on_tokens() {
            self.nobody_is_best();
        }
    }

    const fn nobody_is_best(&mut self) {
        (self.best, self.ratio) = (None, None);
    }

    /// The `count` lanes that are best, in the order of the lanes: what a list shows that has no room for all.
    #[must_use]
    pub fn first(&self, count: usize) -> Vec<usize> {
        let rank = |lane: &usize| {
            let value = self.values.get(*lane).copied().flatten();
            value.map_or(f64::INFINITY, |value| if self.metric.more_is_better() { -value } else { value })
        };
        let mut lanes: Vec<usize> = (0..self.values.len()).collect();
        lanes.sort_by(|a, b| rank(a).total_cmp(&rank(b)));
        lanes.truncate(count);
        lanes.sort_unstable();
        lanes
    }
}

impl Verdict {
    /// The verdict over `race` as it stands.
    #[must_use]
    pub fn of(race: &Race) -> Self {
        let timings: Vec<LaneTiming> = race.lanes().iter().map(LaneTiming::of).collect();
        let badges = badge::all(race, &timings);
        let mut categories = categories(race, &timings);
        if badges.iter().any(|badge| badge.kind == BadgeKind::SameTokens && badge.state == BadgeState::Broken) {
            categories.iter_mut().for_each(VerdictCategory::without_tokens);
        }
        let outcome = outcome(race, &timings);
        if let RaceOutcome::DeadHeat { .. } = outcome {
            categories.iter_mut().filter(|line| line.metric == Metric::Total).for_each(VerdictCategory::nobody_is_best);
        }
        Self { outcome, categories, badges, quality: quality::all(race, &timings) }
    }

    /// Whether a badge is broken, so that the result can't stand alone.
    #[must_use]
    pub fn is_provisional(&self) -> bool {
        self.badges.iter().any(|badge| badge.state == BadgeState::Broken)
    }

    /// What opens its headline: that it can't stand alone, or nothing.
    #[must_use]
    pub fn weight(&self) -> &'static str {
        if self.is_provisional() { "provisional: " } else { "" }
    }

    /// The line of `metric`; nothing when the verdict has none.
    #[must_use]
    pub fn category(&self, metric: Metric) -> Option<&VerdictCategory> {
        self.categories.iter().find(|category| category.metric == metric)
    }
}

fn outcome(race: &Race, timings: &[LaneTiming]) -> RaceOutcome {
    let mut missing = Vec::new();
    let mut totals = Vec::new();
    for ((id, _, lane), timing) in race.entries().zip(timings) {
        match (&lane.state, timing.total) {
            (LaneState::Finished, Some(total)) => totals.push((id, total)),
            (LaneState::Finished, None) => missing.push((id, NotComparable::Silent)),
            (LaneState::Failed(_), _) => missing.push((id, NotComparable::Failed)),
            _ => missing.push((id, NotComparable::Unfinished)),
        }
    }
    RaceOutcome::by_total_within(race.setup.start_bound(), totals)
        .filter(|_| missing.is_empty())
        .unwrap_or(RaceOutcome::None { missing })
}

fn categories(race: &Race, timings: &[LaneTiming]) -> Vec<VerdictCategory> {
    let costs: Vec<Option<f64>> = race.entries().map(|(_, contestant, lane)| cost_usd(lane, contestant)).collect();
    let comparable: Vec<bool> = race.lanes().iter().map(|lane| lane.state == LaneState::Finished).collect();
    Metric::ALL
        .into_iter()
        .map(|metric| {
            let values: Vec<Option<f64>> =
                timings.iter().zip(&costs).map(|(timing, cost)| metric.figure(timing, *cost)).collect();
            VerdictCategory::of(metric, values, &comparable)
        })
        .collect()
}

/// The only best of `values`, and how many times better it is than the next. A lane that isn't comparable
/// is left out; with a figure missing, or fewer than two left, nobody is best.
fn best(metric: Metric, values: &[Option<f64>], comparable: &[bool]) -> (Option<LaneId>, Option<f64>) {
    let mut order: Vec<(u8, f64)> = Vec::new();
    for ((id, value), _) in (0..).zip(values).zip(comparable).filter(|(_, comparable)| **comparable) {
        match value {
            Some(value) => order.push((id, *value)),
            None => return (None, None),
        }
    }
    order.sort_by(|(_, a), (_, b)| if metric.more_is_better() { b.total_cmp(a) } else { a.total_cmp(b) });
    match order.as_slice() {
        [(id, first), (_, second), ..] if is_apart(metric, *first, *second) => {
            let ratio = ratio(metric, *first, *second);
            (Some(LaneId(*id)), ratio.is_finite().then_some(ratio))
        }
        _ => (None, None),
    }
}

fn ratio(metric: Metric, best: f64, next: f64) -> f64 {
    if metric.more_is_better() { best / next } else { next / best }
}

/// Whether the best is ahead of the next so far that it can be seen: what reads as 1.00× has no winner, nor has a dead heat.
fn is_apart(metric: Metric, best: f64, next: f64) -> bool {
    let ms = |ms: f64| Period::from_secs_f64(ms / 1e3);
    let ratio = ratio(metric, best, next);
    best.total_cmp(&next).is_ne() && !is_level(ratio) && !(metric == Metric::Total && is_dead_heat(ms(best), ms(next)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::race;
    use crate::race::event::{Event, EventKind, FailureKind, LaneFailure};

    use crate::time::Offset;

    #[test]
    fn the_shorter_total_wins() {
        let verdict = Verdict::of(&race([&[100, 200], &[150, 500]]));
        assert_eq!(
            verdict.outcome,
            RaceOutcome::Won { winner: LaneId(0), second: LaneId(1), ratio: 2.5, by: Period::from_millis(300) }
        );
        let ttft = verdict.category(Metric::Ttft).unwrap();
        assert_eq!((ttft.best, ttft.ratio), (Some(LaneId(0)), Some(1.5)));
        assert_eq!(verdict.category(Metric::GapsP95).unwrap().best, None, "one gap gives no p95");
        assert_eq!(verdict.category(Metric::Cost).unwrap().values, [Some(0.000_12), Some(0.000_12)]);
        assert_eq!(verdict.category(Metric::Cost).unwrap().best, None, "the same");
        assert!(!verdict.is_provisional(), "{:?}", verdict.badges);
    }

    #[test]
    fn the_best_are_found_among_many() {
        let values = vec![Some(3.0), None, Some(1.0), Some(2.0)];
        let first = |metric, count| VerdictCategory::of(metric, values.clone(), &[true; 4]).first(count);
        assert_eq!((first(Metric::Total, 2), first(Metric::OutputSpeed, 2)), (vec![2, 3], vec![0, 3]));
        assert_eq!((first(Metric::Total, 0), first(Metric::Total, 9)), (vec![], vec![0, 1, 2, 3]));
    }

    #[test]
    fn close_totals_are_a_dead_heat() {
        let verdict = Verdict::of(&race([&[100, 1_000], &[110, 1_009]]));
        assert_eq!(verdict.outcome, RaceOutcome::DeadHeat { by: Period::from_millis(9) });
        assert_eq!(verdict.category(Metric::Total).unwrap().best, None, "a dead heat has no winner in any row");
    }

    #[test]
    fn what_reads_as_the_same_has_no_winner() {
        let best = |metric, a, b| VerdictCategory::of(metric, vec![Some(a), Some(b)], &[true; 2]).best;
        assert_eq!(best(Metric::Ttft, 100.0, 100.4), None, "1.00×");
        assert_eq!(best(Metric::Ttft, 100.0, 101.0), Some(LaneId(0)));
        assert_eq!(best(Metric::OutputSpeed, 800.0, 803.0), None);
        assert_eq!(best(Metric::Stalls, 0.0, 1.0), Some(LaneId(0)), "none is fewer than one by no factor");
        assert_eq!((best(Metric::Total, 1_000.0, 1_009.0), best(Metric::Total, 1.2, 2.0)), (None, None));
    }

    #[test]
    fn a_failed_lane_leaves_no_verdict() {
        let mut race = race([&[100, 200], &[]]);
        assert_eq!(Verdict::of(&race).outcome, RaceOutcome::None { missing: vec![(LaneId(1), NotComparable::Silent)] });
        race = Race::new(race.setup.clone());
        let failure = EventKind::Failed(Box::new(LaneFailure::new(FailureKind::Reset, "gone")));
        race.apply(&Event { at: Offset::GREEN, lane: Some(LaneId(1)), kind: failure });
        let verdict = Verdict::of(&race);
        assert_eq!(
            verdict.outcome,
            RaceOutcome::None {
                missing: vec![(LaneId(0), NotComparable::Unfinished), (LaneId(1), NotComparable::Failed)]
            }
        );
        assert!(verdict.categories.iter().all(|category| category.best.is_none()));
    }
}
