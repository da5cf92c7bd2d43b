//! The same measurement again and again: who answers, how soon and how fast, over hours and days.
//! A board keeps what the probes found; how it is shown, printed or scraped is for others to know.

mod collected;
pub mod endpoint;
pub mod line;
mod moment;
pub mod prometheus;
mod results;

use std::collections::VecDeque;
use std::time::Duration;

pub use self::moment::{BoardAlert, WatchMoment};
pub use self::results::{newest_results, results};

use jiff::Timestamp;

use crate::bench::document::lane_figures;
use crate::bench::saved::RunFigures;
use crate::bench::{billed_usd, is_ok};
use speed_kings_core::race::event::{FailureKind, LaneId};
use speed_kings_core::race::lane::{Lane, LaneState};
use speed_kings_core::race::setup::{Contestant, RaceSetup};
use speed_kings_core::race::timing::LaneTiming;
use speed_kings_core::stats::bounds::share_bounds;
use speed_kings_core::stats::interval::ConfidenceInterval;
use speed_kings_core::stats::quantile;

/// Probes that are kept for each contestant: a week at one every ten minutes. Counts and sums go on for ever.
pub const KEPT: usize = 1_008;

/// The least age at which a probe is stale: a round of many contestants may take longer than the time between two rounds.
const LEAST_STALE: Duration = Duration::from_secs(30);

/// From which age on a probe says nothing of now, where one is made `every` so often: two of them should have followed.
#[must_use]
pub fn stale_after(every: Duration) -> Duration {
    every.saturating_mul(2).max(LEAST_STALE)
}

/// What one probe found.
#[derive(Clone, PartialEq, Debug)]
pub struct ProbeSample {
    /// When the probe began, by the wall clock.
    pub at: Timestamp,
    /// Why it brought no figures; nothing when it did.
    pub failure: Option<(FailureKind, String)>,
    /// The figures of the probe's lane.
    pub timing: LaneTiming,
    /// USD; nothing where it is not known.
    pub cost_usd: Option<f64>,
    /// The same as a run of a benchmark has it.
    pub figures: RunFigures,
}

impl ProbeSample {
    /// What the probe of `contestant` that began `at` found in its lane, asked as in `setup`.
    #[must_use]
    pub fn of(at: Timestamp, contestant: &Contestant, setup: &RaceSetup, lane: &Lane) -> Self {
        let failure = match &lane.state {
            LaneState::Failed(failure) => Some((failure.kind, failure.message.to_string())),
            _ if is_ok(lane) => None,
            _ => Some((FailureKind::Truncated, "it ended without any text".to_owned())),
        };
        Self {
            at,
            failure,
            timing: LaneTiming::of(lane),
            cost_usd: billed_usd(lane, contestant, &setup.prompt.text),
            figures: lane_figures(lane, contestant, setup),
        }
    }

    /// Whether it brought figures.
    #[must_use]
    pub const fn ok(&self) -> bool {
        self.failure.is_none()
    }

    /// Time to first token in ms, if it brought figures.
    #[must_use]
    pub fn ttft_ms(&self) -> Option<f64> {
        self.timing.ttft.filter(|_| self.ok()).map(speed_kings_core::time::Period::as_millis_f64)
    }

    /// Output speed in tokens per second, if it brought figures.
    #[must_use]
    pub fn tok_s(&self) -> Option<f64> {
        self.timing.output_speed.filter(|_| self.ok()).map(speed_kings_core::time::Rate::value)
    }
}

/// What the probes of one contestant came to.
#[derive(Clone, PartialEq, Debug)]
pub struct BoardRow {
    /// The contestant that is probed.
    pub contestant: Contestant,
    /// The newest [`KEPT`], oldest first.
    pub samples: VecDeque<ProbeSample>,
    /// How many probes there were ever, those that are no longer kept included.
    pub probes: u64,
    /// Of them, those that brought figures.
    pub successes: u64,
    /// What they cost as far as it is known, in USD.
    pub spent_usd: f64,
    /// Probes whose price nobody knows.
    pub unpriced: u64,
}

impl BoardRow {
    /// The row of `contestant`, without any probe yet.
    #[must_use]
    pub const fn new(contestant: Contestant) -> Self {
        Self { contestant, samples: VecDeque::new(), probes: 0, successes: 0, spent_usd: 0.0, unpriced: 0 }
    }

    /// The share of probes that brought figures, from 0 to 1; nothing before the first.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "nobody probes 2^52 times")]
    pub fn availability(&self) -> Option<f64> {
        (self.probes > 0).then(|| self.successes as f64 / self.probes as f64)
    }

    /// The 95 % interval of that share (Clopper and Pearson), from 0 to 1.
    #[must_use]
    pub fn availability_within(&self) -> ConfidenceInterval {
        let count = |probes: u64| usize::try_from(probes).unwrap_or(usize::MAX);
        share_bounds(count(self.successes), count(self.probes), 0.025)
    }

    /// The newest probe; nothing before the first.
    #[must_use]
    pub fn last(&self) -> Option<&ProbeSample> {
        self.samples.back()
    }

    /// How long before `now` its newest probe began; nothing before the first.
    #[must_use]
    pub fn age(&self, now: Timestamp) -> Option<Duration> {
        Some(Duration::try_from(now.duration_since(self.last()?.at)).unwrap_or_default())
    }

    /// Whether its newest probe is so old that it says nothing of now, where one is made `every` so often.
    #[must_use]
    pub fn is_stale(&self, now: Timestamp, every: Duration) -> bool {
        self.age(now).is_some_and(|age| age > stale_after(every))
    }

    /// The median of a figure over the kept probes that have it.
    #[must_use]
    pub fn median(&self, figure: impl Fn(&ProbeSample) -> Option<f64>) -> Option<f64> {
        let mut figures: Vec<f64> = self.samples.iter().filter_map(figure).collect();
        figures.sort_by(f64::total_cmp);
        quantile(&figures, 0.5)
    }

    /// What they cost in USD; nothing when that is not known of one of them.
    #[must_use]
    pub fn spent(&self) -> Option<f64> {
        (self.unpriced == 0).then_some(self.spent_usd)
    }

    fn take(&mut self, sample: ProbeSample) {
        self.probes += 1;
        self.unpriced += u64::from(sample.cost_usd.is_none());
        self.successes += u64::from(sample.ok());
        self.spent_usd += sample.cost_usd.unwrap_or(0.0);
        if self.samples.len() == KEPT {
            self.samples.pop_front();
        }
        self.samples.push_back(sample);
    }
}

/// What the probes of all contestants came to.
#[derive(Clone, PartialEq, Debug)]
pub struct WatchBoard {
    /// In the order of the setup.
    pub rows: Vec<BoardRow>,
}

impl WatchBoard {
    /// A board with a row for each contestant of `setup` and no probe yet.
    #[must_use]
    pub fn new(setup: &RaceSetup) -> Self {
        Self { rows: setup.contestants.iter().cloned().map(BoardRow::new).collect() }
    }

    /// Takes in what a probe of `lane` found. One that simulates, simulates from then on.
    pub fn take(&mut self, lane: LaneId, sample: ProbeSample, simulated: bool) {
        if let Some(row) = self.rows.get_mut(lane.index()) {
            row.contestant.simulated |= simulated;
            row.take(sample);
        }
    }

    /// What all of it cost, as far as it is known, in USD.
    #[must_use]
    pub fn spent_usd(&self) -> f64 {
        self.rows.iter().map(|row| row.spent_usd).sum()
    }

    /// Whether any probe brought no figures.
    #[must_use]
    pub fn any_failed(&self) -> bool {
        self.rows.iter().any(|row| row.successes < row.probes)
    }
}

#[cfg(test)]
pub(crate) mod tests {

    use super::*;
    use speed_kings_core::fixture::contestant;
    use speed_kings_core::time::{Period, Rate};

    /// What a run of a benchmark would say of the same.
    fn figures(ttft: Option<u64>, failure: Option<&(FailureKind, String)>) -> RunFigures {
        let error = failure.map(|(kind, message)| serde_json::json!({"kind": kind.as_str(), "message": message}));
        serde_json::from_value(serde_json::json!({"ok": error.is_none(), "error": error, "ttft_ms": ttft})).unwrap()
    }

    /// A probe with this TTFT in ms, or one that failed.
    pub(crate) fn sample(secs: u64, ttft: Option<u64>) -> ProbeSample {
        let timing = LaneTiming {
            ttft: ttft.map(Period::from_millis),
            output_speed: ttft.map(|ttft| Rate::per_second(f64::from(u32::try_from(ttft).unwrap()) * 2.0)),
            ..LaneTiming::default()
        };
        let failure = ttft.is_none().then(|| (FailureKind::Server, "on \"fire\"\n".to_owned()));
        ProbeSample {
            at: Timestamp::from_second(i64::try_from(secs).unwrap()).unwrap(),
            figures: figures(ttft, failure.as_ref()),
            failure,
            timing,
            cost_usd: Some(if ttft.is_some() { 0.25 } else { 0.0 }),
        }
    }

    /// A board of two with three probes of the first and none of the second.
    pub(crate) fn board() -> WatchBoard {
        let mut board = WatchBoard::new(&RaceSetup {
            contestants: vec![contestant("A \"1\""), contestant("B")],
            ..RaceSetup::default()
        });
        for (secs, ttft) in [(1_000, Some(40)), (1_060, None), (1_120, Some(60))] {
            board.take(LaneId(0), sample(secs, ttft), false);
        }
        board
    }

    #[test]
    fn failures_count_and_bring_no_figures() {
        let board = board();
        let row = &board.rows[0];
        assert_eq!((row.probes, row.successes), (3, 2));
        assert!((row.availability().unwrap() - 2.0 / 3.0).abs() < 1e-12);
        // By SciPy's Beta distribution.
        let within = row.availability_within();
        assert!((within.low - 0.094_299).abs() < 1e-5 && (within.high - 0.991_596).abs() < 1e-5, "{within:?}");
        assert_eq!(row.median(ProbeSample::ttft_ms), Some(50.0));
        assert!((board.spent_usd() - 0.5).abs() < 1e-12);
        assert!(board.any_failed());
        assert_eq!((board.rows[1].availability(), board.rows[1].median(ProbeSample::tok_s)), (None, None));
    }

    #[test]
    fn a_probe_is_stale_once_two_more_should_have_been_made() {
        let board = board();
        let row = &board.rows[0];
        let (at, every) = (|secs| Timestamp::from_second(secs).unwrap(), Duration::from_secs(60));
        assert_eq!(row.age(at(1_130)), Some(Duration::from_secs(10)));
        assert!(!row.is_stale(at(1_240), every) && row.is_stale(at(1_241), every));
        assert!(!row.is_stale(at(1_150), Duration::from_secs(1)) && row.is_stale(at(1_151), Duration::from_secs(1)));
        assert!(!board.rows[1].is_stale(at(9_999_999), every), "nobody has looked yet");
        // A clock that was set back makes nothing older.
        assert_eq!(row.age(at(0)), Some(Duration::ZERO));
    }

    #[test]
    fn what_is_kept_is_bounded_and_what_is_counted_is_not() {
        let mut board = board();
        for secs in 0..KEPT as u64 + 5 {
            board.take(LaneId(1), sample(secs, Some(secs + 1)), true);
        }
        let row = &board.rows[1];
        assert_eq!((row.samples.len(), row.probes), (KEPT, KEPT as u64 + 5));
        assert!(row.contestant.simulated);
    }
}
