//! One request of a load, as far as it counts there. Its times begin when it was due, not when it left: what kept it from
//! leaving is part of what a user waits for.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::bench::document::lane_figures;
use crate::bench::is_ok;
use crate::bench::saved::CountFigure;
use crate::lengths::{CountedLengths, PlannedLengths};
use speed_kings_core::race::event::LaneId;
use speed_kings_core::race::lane::Lane;
use speed_kings_core::race::setup::{Contestant, RaceSetup};
use speed_kings_core::race::timing::LaneTiming;
use speed_kings_core::time::{Offset, Period, Rate};

/// One request of a load.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default)]
pub struct LoadRequest {
    /// When it was due, ms after the level's beginning. In a closed loop that is when the asker's last one had ended.
    pub due_ms: f64,
    /// How much later it left, ms; null when it never did.
    pub late_ms: Option<f64>,
    /// Whether it was due in the part that counts.
    pub steady: bool,
    /// It brought figures: it ended well, and with text.
    pub ok: bool,
    /// The kind of its failure; null when it brought figures.
    pub error: Option<String>,
    /// From the moment at which it was due to its first text, ms.
    pub ttft_ms: Option<f64>,
    /// From the moment at which it was due to its last text, ms.
    pub total_ms: Option<f64>,
    /// Tokens per second while its text came; null where that was not seen.
    pub output_tok_s: Option<f64>,
    /// The 95th percentile of the gaps between its reads, ms.
    pub gaps_p95_ms: Option<f64>,
    /// Output tokens, counted or estimated.
    pub tokens: Option<f64>,
    /// Of them, those that came in the part that counts, whenever it was due.
    pub steady_tokens: f64,
    /// USD; null where the price is not known.
    pub cost_usd: Option<f64>,
    /// The program itself stood still during it, so that its times are no server's.
    pub held_up: bool,
    /// Prompt tokens, as the server counted them.
    pub input_tokens: Option<f64>,
    /// Of them, those out of a cache; null where the server doesn't say.
    pub cached_tokens: Option<f64>,
    /// How long it was to be; left out where no lengths were given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub planned: Option<PlannedLengths>,
    /// The runner that made it, on whose clock its times are; left out where it was made by the machine that wrote this.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub runner: Option<String>,
    /// Which prompt of a set it asked, by its id; left out where there was one for all.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub prompt_row: Option<String>,
}

impl LoadRequest {
    /// What `lane` came to, whose race clock is zero at the moment at which it was due, `due` after the level's beginning.
    /// `steady` is the part of the level that counts.
    pub(super) fn of(
        lane: &Lane,
        contestant: &Contestant,
        setup: &RaceSetup,
        due: Duration,
        steady: (Duration, Duration),
    ) -> Self {
        let (timing, figures) = (LaneTiming::of(lane), lane_figures(lane, contestant, setup));
        let ok = is_ok(lane);
        let since_due = |mark: Option<Offset>| mark.map(|mark| mark.since(Offset::GREEN).as_millis_f64());
        let seen = timing.seen_gaps().and_then(|gaps| gaps.p95);
        Self {
            due_ms: due.as_secs_f64() * 1e3,
            late_ms: since_due(lane.marks.sent),
            steady: (steady.0..steady.1).contains(&due),
            ok,
            error: figures.error.map(|error| error.kind),
            ttft_ms: since_due(lane.marks.first_text).filter(|_| ok),
            total_ms: since_due(lane.marks.last_text).filter(|_| ok),
            output_tok_s: timing.output_speed.map(Rate::value).filter(|_| ok),
            gaps_p95_ms: seen.map(Period::as_millis_f64).filter(|_| ok),
            tokens: timing.tokens.map(|tokens| tokens.count),
            steady_tokens: steady_tokens(lane, &timing, due, steady),
            cost_usd: speed_kings_core::race::timing::cost_usd(lane, contestant),
            held_up: false,
            input_tokens: figures.tokens.input.and_then(CountFigure::value),
            cached_tokens: figures.tokens.cached.and_then(CountFigure::value),
            planned: None,
            runner: None,
            prompt_row: None,
        }
    }

    /// How long it was to be, and how long it was; nothing where that was not given, or where it brought no figures.
    #[must_use]
    pub fn against_plan(&self) -> Option<CountedLengths> {
        let planned = self.planned.filter(|_| self.ok)?;
        Some(CountedLengths { planned, input: self.input_tokens, output: self.tokens })
    }
}

/// Equal parts of the time that counts of which the tokens are told.
pub const TOKEN_PARTS: usize = 20;

/// The tokens that came in each of [`TOKEN_PARTS`] equal parts of the time that counts.
pub(super) fn tokens_by_part(lane: &Lane, due: Duration, (from, to): (Duration, Duration)) -> [f64; TOKEN_PARTS] {
    let timing = LaneTiming::of(lane);
    let each = to.saturating_sub(from) / u32::try_from(TOKEN_PARTS).unwrap_or(1);
    let mut begins = from;
    std::array::from_fn(|_| {
        let part = (begins, begins + each);
        begins += each;
        steady_tokens(lane, &timing, due, part)
    })
}

/// The lane of these requests: each has a race of its own.
pub(super) const LANE: LaneId = LaneId(0);

/// The tokens that came in the part that counts: by the share of its text that did.
#[expect(clippy::cast_precision_loss, reason = "texts are far below 2^52 bytes")]
fn steady_tokens(lane: &Lane, timing: &LaneTiming, due: Duration, (from, to): (Duration, Duration)) -> f64 {
    let (Some(tokens), Some(all)) = (timing.tokens, lane.reads().last().map(|read| read.bytes)) else { return 0.0 };
    let at = |read: Offset| due + read.since(Offset::GREEN).to_std();
    let until = |moment: Duration| lane.reads().split(|read| at(read.at) < moment).0.map_or(0, |read| read.bytes);
    if all == 0 { 0.0 } else { tokens.count * (until(to) - until(from)) as f64 / all as f64 }
}

/// The gaps between the reads that carried text, ms.
pub(super) fn gaps_ms(lane: &Lane) -> impl Iterator<Item = f64> {
    lane.reads().gaps().map(Period::as_millis_f64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use speed_kings_core::fixture::contestant;
    use speed_kings_core::race::event::{EventKind, TextChannel, TokenUsage};

    #[test]
    fn times_begin_when_a_request_was_due_and_tokens_count_where_they_came() {
        let mut lane = Lane::default();
        let mut put = |ms: i64, kind: EventKind| lane.apply(Offset::from_micros(ms * 1_000), &kind);
        put(300, EventKind::Sent);
        for read in 0..20 {
            put(500 + read * 50, EventKind::Text { channel: TextChannel::Answer, text: "word ".into() });
        }
        put(1_460, EventKind::Usage(Box::new(TokenUsage { output: Some(40), ..TokenUsage::default() })));
        put(1_470, EventKind::Closed);
        let one = contestant("A");
        let setup = RaceSetup { contestants: vec![one.clone()], ..RaceSetup::default() };
        let of = |due_ms: u64| {
            let steady = (Duration::from_secs(1), Duration::from_secs(3));
            LoadRequest::of(&lane, &one, &setup, Duration::from_millis(due_ms), steady)
        };
        let told = of(1_200);
        assert_eq!((told.late_ms, told.ttft_ms, told.total_ms), (Some(300.0), Some(500.0), Some(1_450.0)));
        assert!((told.steady, told.ok) == (true, true) && (told.steady_tokens - 40.0).abs() < 1e-9, "{told:?}");
        // Due before the steady part: its last ten reads came in it.
        let ramp = of(20);
        assert!(!ramp.steady && (ramp.steady_tokens - 20.0).abs() < 1e-9, "{ramp:?}");
        // Due in it: its first ten did.
        let last = of(2_020);
        assert!(last.steady && (last.steady_tokens - 20.0).abs() < 1e-9, "{last:?}");
        assert_eq!(gaps_ms(&lane).map(f64::round).collect::<Vec<_>>(), [50.0; 19]);
    }
}
