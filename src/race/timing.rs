//! A lane's marks turned into the figures that are shown, compared and exported.
//! Each is defined here and nowhere else; what can't be known is absent, never zero.

use crate::race::grid::Contestant;
use crate::race::lane::{Lane, Tokens};
use crate::stats::timing::Gaps;
use crate::time::{Period, Rate};

/// The figures of one lane.
#[derive(Clone, Copy, PartialEq, Debug, Default)]
pub struct Timing {
    /// Time to first token: request sent → first text of any kind.
    pub ttft: Option<Period>,
    /// Time to first answer: request sent → first answer text. Equals TTFT without reasoning.
    pub ttfa: Option<Period>,
    /// Total time: request sent → last text.
    pub total: Option<Period>,
    /// Output speed in tokens per second: (tokens − tokens in the first read) ÷ (last text − first text).
    pub output_speed: Option<Rate>,
    /// End-to-end speed in tokens per second: all output tokens ÷ total time.
    pub end_to_end: Option<Rate>,
    /// Token latency (TPOT): (last text − first text) ÷ (tokens − 1).
    pub token_latency: Option<Period>,
    /// Gaps between the reads that carried text.
    pub gaps: Option<Gaps>,
    /// Output tokens.
    pub tokens: Option<Tokens>,
}

impl Timing {
    /// The figures of `lane` as it stands.
    #[must_use]
    pub fn of(lane: &Lane) -> Self {
        let marks = &lane.marks;
        let since_sent = |mark| Some::<crate::time::Offset>(mark?).zip(marks.sent).map(|(mark, sent)| mark.since(sent));
        let total = since_sent(marks.last_text);
        let tokens = lane.tokens();
        Self {
            ttft: since_sent(marks.first_text),
            ttfa: since_sent(marks.first_answer),
            total,
            output_speed: output_speed(lane),
            end_to_end: tokens
                .zip(total)
                .and_then(|(tokens, total)| Rate::of(tokens.count, total))
                .filter(|_| !held_up(lane)),
            token_latency: token_latency(lane),
            gaps: lane.gaps(),
            tokens,
        }
    }
}

/// The output speed so far. Hidden reasoning is left out: its text never came, so its time is not the stream's.
#[must_use]
pub fn output_speed(lane: &Lane) -> Option<Rate> {
    if lane.stood_still_in_text() {
        return None;
    }
    let span = lane.marks.last_text?.since(lane.marks.first_text?);
    Rate::of(lane.seen_tokens()? - lane.first_read_tokens(), span)
}

/// Whether the program itself stood still between the request and the last text so far.
fn held_up(lane: &Lane) -> bool {
    lane.marks.sent.zip(lane.marks.last_text).is_some_and(|(sent, last)| lane.stood_still(sent, last))
}

fn token_latency(lane: &Lane) -> Option<Period> {
    if lane.stood_still_in_text() {
        return None;
    }
    let span = lane.marks.last_text?.since(lane.marks.first_text?);
    let tokens = lane.seen_tokens()?;
    (tokens > 1.0).then(|| Period::from_secs_f64(span.as_secs_f64() / (tokens - 1.0)))
}

/// What the lane cost in USD: the server's own figure, or its token counts at the dated price.
/// Nothing without either; an estimate of tokens is not billed.
#[must_use]
pub fn cost_usd(lane: &Lane, contestant: &Contestant) -> Option<f64> {
    let usage = lane.usage?;
    usage.cost_usd.or_else(|| {
        let price = contestant.price.as_ref()?;
        Some(price.cost(usage.input?, usage.cached.unwrap_or(0), usage.written()?))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::race::event::{Channel, EventKind, Standstill, Usage};
    use crate::time::Offset;

    fn lane(texts: &[(i64, Channel, &str)], output: Option<u64>) -> Lane {
        let mut lane = Lane::default();
        lane.apply(Offset::from_micros(1_000), &EventKind::Sent);
        for (ms, channel, text) in texts {
            lane.apply(Offset::from_micros(ms * 1_000), &EventKind::Text { channel: *channel, text: (*text).into() });
        }
        lane.apply(Offset::from_micros(9_000_000), &EventKind::Usage(Usage { output, ..Usage::default() }));
        lane
    }

    #[test]
    fn the_definitions_hold() {
        let texts: Vec<(i64, Channel, &str)> = (0..11).map(|i| (101 + i * 10, Channel::Answer, "word")).collect();
        let timing = Timing::of(&lane(&texts, Some(11)));
        assert_eq!(timing.ttft, Some(Period::from_millis(100)));
        assert_eq!(timing.ttfa, timing.ttft);
        assert_eq!(timing.total, Some(Period::from_millis(200)), "usage is a later mark of its own");
        assert_eq!(timing.output_speed, Some(Rate::per_second(100.0)));
        assert_eq!(timing.end_to_end, Some(Rate::per_second(55.0)));
        assert_eq!(timing.token_latency, Some(Period::from_millis(10)));
        assert_eq!(timing.gaps.map(|gaps| gaps.n), Some(10));
    }

    #[test]
    fn a_speed_over_a_standstill_is_nobodys() {
        let texts: Vec<(i64, Channel, &str)> = (0..21).map(|i| (101 + i * 10, Channel::Answer, "word")).collect();
        let whole = lane(&texts, Some(21));
        for (ended_ms, in_text) in [(200, true), (90, false)] {
            let mut held = whole.clone();
            let standstill = Standstill { length: Period::from_millis(60), suspended: None };
            held.apply(Offset::from_micros(ended_ms * 1_000), &EventKind::Standstill(standstill));
            let (timing, before) = (Timing::of(&held), Timing::of(&whole));
            assert_eq!((timing.ttft, timing.total), (before.ttft, before.total), "times stay, with a broken badge");
            assert_eq!(timing.end_to_end, None);
            assert_eq!((timing.output_speed.is_none(), timing.token_latency.is_none()), (in_text, in_text));
        }
    }

    #[test]
    fn reasoning_parts_ttft_from_ttfa() {
        let timing = Timing::of(&lane(&[(51, Channel::Reasoning, "hm"), (301, Channel::Answer, "42")], Some(2)));
        assert_eq!(timing.ttft, Some(Period::from_millis(50)));
        assert_eq!(timing.ttfa, Some(Period::from_millis(300)));
    }

    #[test]
    fn several_tokens_in_the_first_read_are_left_out_of_the_speed() {
        // Two pieces of six tokens each: the second took 100 ms.
        let timing = Timing::of(&lane(
            &[(101, Channel::Answer, "six tokens in one piece."), (201, Channel::Answer, "six tokens in one piece.")],
            Some(12),
        ));
        assert_eq!(timing.output_speed, Some(Rate::per_second(60.0)));
    }

    #[test]
    fn a_single_read_has_no_speed() {
        let timing = Timing::of(&lane(&[(101, Channel::Answer, "all at once")], Some(3)));
        assert_eq!(timing.output_speed, None);
        assert_eq!(timing.gaps, None);
        assert_eq!(timing.end_to_end, Some(Rate::per_second(30.0)));
    }
}
