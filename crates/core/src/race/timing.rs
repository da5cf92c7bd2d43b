//! A lane's marks turned into the figures that are shown, compared and exported.
//! Each is defined here and nowhere else; what can't be known is absent, never zero.

use crate::race::lane::{Lane, TokenCount, TokenCounter};
use crate::race::setup::Contestant;
use crate::race::speed::SpeedWithheld;
use crate::stats::timing::TextGaps;
use crate::time::{Period, Rate};

/// The figures of one lane.
#[derive(Clone, Copy, PartialEq, Debug, Default)]
pub struct LaneTiming {
    /// Time to first token: request written → first text of any kind.
    pub ttft: Option<Period>,
    /// Time to first answer: request written → first answer text. Equals TTFT without reasoning.
    pub ttfa: Option<Period>,
    /// Total time: request written → last text.
    pub total: Option<Period>,
    /// Output speed in tokens per second: (tokens − tokens in the first read) ÷ (last text − first text).
    pub output_speed: Option<Rate>,
    /// End-to-end speed in tokens per second: all output tokens ÷ total time. Nothing where this program stood still meanwhile.
    pub end_to_end: Option<Rate>,
    /// Why there is no output speed, and no token latency with it.
    pub speed_withheld: Option<SpeedWithheld>,
    /// Token latency (TPOT): (last text − first text) ÷ (tokens − 1).
    pub token_latency: Option<Period>,
    /// Gaps between the reads that carried text.
    pub gaps: Option<TextGaps>,
    /// Output tokens, and who counted them.
    pub tokens: Option<TokenCount>,
}

impl LaneTiming {
    /// The figures of `lane` as it stands.
    #[must_use]
    pub fn of(lane: &Lane) -> Self {
        let marks = &lane.marks;
        let since_sent =
            |mark| Some::<crate::time::Offset>(mark?).zip(lane.asked()).map(|(mark, sent)| mark.since(sent));
        let total = since_sent(marks.last_text);
        let tokens = lane.tokens();
        Self {
            ttft: since_sent(marks.first_text),
            ttfa: since_sent(marks.first_answer),
            total,
            output_speed: output_speed(lane),
            speed_withheld: SpeedWithheld::of(lane),
            end_to_end: tokens
                .zip(total)
                .and_then(|(tokens, total)| Rate::of(tokens.count, total))
                .filter(|_| !held_up(lane)),
            token_latency: token_latency(lane),
            gaps: lane.gaps(),
            tokens,
        }
    }

    /// The gaps, where they say something about the server: not where the reads show what a buffer on the way did.
    #[must_use]
    pub fn seen_gaps(&self) -> Option<TextGaps> {
        self.gaps.filter(|_| !self.speed_withheld.is_some_and(SpeedWithheld::is_about_reads))
    }
}

/// The output speed so far, where it was seen.
#[must_use]
pub fn output_speed(lane: &Lane) -> Option<Rate> {
    if SpeedWithheld::of(lane).is_some() {
        return None;
    }
    let span = lane.marks.last_text?.since(lane.marks.first_text?);
    Rate::of(lane.seen_tokens()? - lane.first_read_tokens(), span)
}

/// Whether the program itself stood still between the request and the last text so far.
fn held_up(lane: &Lane) -> bool {
    lane.asked().zip(lane.marks.last_text).is_some_and(|(sent, last)| lane.stood_still(sent, last))
}

fn token_latency(lane: &Lane) -> Option<Period> {
    if SpeedWithheld::of(lane).is_some() {
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
    lane.usage?.cost_usd.or_else(|| {
        let (price, (input, output)) = (contestant.price.as_ref()?, counted(lane)?);
        Some(price.cost(input, lane.usage?.cached.unwrap_or(0), output))
    })
}

/// Whether the cost is too high by what cached tokens may be cheaper: some were read, and the price names none for them.
#[must_use]
pub fn cached_in_full(lane: &Lane, contestant: &Contestant) -> bool {
    let Some(usage) = lane.usage.filter(|usage| usage.cost_usd.is_none() && usage.cached > Some(0)) else {
        return false;
    };
    usage.input.is_some() && contestant.price.as_ref().is_some_and(|price| price.cached.is_none())
}

/// Prompt tokens and all output tokens, where the server counted both and both can be true.
#[must_use]
pub fn counted(lane: &Lane) -> Option<(u64, u64)> {
    let usage = lane.usage.filter(|_| lane.tokens().is_some_and(|tokens| tokens.counted_by == TokenCounter::Usage))?;
    usage.input.zip(usage.written())
}

/// Output tokens of all `lanes` over the time from the first request to the last text; nothing when nobody said anything.
#[must_use]
pub fn load_speed(lanes: &[Lane]) -> Option<Rate> {
    let tokens: f64 = lanes.iter().filter_map(Lane::tokens).map(|tokens| tokens.count).sum();
    let sent = lanes.iter().filter_map(|lane| lane.marks.sent).min()?;
    let last = lanes.iter().filter_map(|lane| lane.marks.last_text).max()?;
    Rate::of(tokens, last.since(sent))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::race::event::{EventKind, Standstill, TextChannel, TokenUsage};
    use crate::time::Offset;

    fn lane(texts: &[(i64, TextChannel, &str)], output: Option<u64>) -> Lane {
        let mut lane = Lane::default();
        lane.apply(Offset::from_micros(1_000), &EventKind::Sent);
        for (ms, channel, text) in texts {
            lane.apply(Offset::from_micros(ms * 1_000), &EventKind::Text { channel: *channel, text: (*text).into() });
        }
        lane.apply(
            Offset::from_micros(9_000_000),
            &EventKind::Usage(Box::new(TokenUsage { output, ..TokenUsage::default() })),
        );
        lane
    }

    #[test]
    fn the_definitions_hold() {
        let texts: Vec<(i64, TextChannel, &str)> =
            (0..11).map(|i| (101 + i * 10, TextChannel::Answer, "word")).collect();
        let timing = LaneTiming::of(&lane(&texts, Some(11)));
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
        let texts: Vec<(i64, TextChannel, &str)> =
            (0..21).map(|i| (101 + i * 10, TextChannel::Answer, "word")).collect();
        let whole = lane(&texts, Some(21));
        for (ended_ms, in_text) in [(200, true), (90, false)] {
            let mut held = whole.clone();
            let standstill = Standstill { length: Period::from_millis(60), suspended: None };
            held.apply(Offset::from_micros(ended_ms * 1_000), &EventKind::Standstill(standstill));
            let (timing, before) = (LaneTiming::of(&held), LaneTiming::of(&whole));
            assert_eq!((timing.ttft, timing.total), (before.ttft, before.total), "times stay, with a broken badge");
            assert_eq!(timing.end_to_end, None);
            assert_eq!((timing.output_speed.is_none(), timing.token_latency.is_none()), (in_text, in_text));
        }
    }

    #[test]
    fn reasoning_parts_ttft_from_ttfa() {
        let timing =
            LaneTiming::of(&lane(&[(51, TextChannel::Reasoning, "hm"), (301, TextChannel::Answer, "42")], Some(2)));
        assert_eq!(timing.ttft, Some(Period::from_millis(50)));
        assert_eq!(timing.ttfa, Some(Period::from_millis(300)));
    }

    #[test]
    fn several_tokens_in_the_first_read_are_left_out_of_the_speed() {
        // Eleven pieces of six tokens each: the ten after the first took 1 s.
        let texts: Vec<_> = (0..11).map(|i| (101 + i * 100, TextChannel::Answer, "six tokens in one piece.")).collect();
        let timing = LaneTiming::of(&lane(&texts, Some(66)));
        assert_eq!(timing.output_speed, Some(Rate::per_second(60.0)));
    }

    #[test]
    fn a_single_read_has_no_speed() {
        let timing = LaneTiming::of(&lane(&[(101, TextChannel::Answer, "all at once")], Some(3)));
        assert_eq!((timing.output_speed, timing.speed_withheld), (None, Some(SpeedWithheld::OneRead)));
        assert_eq!((timing.token_latency, timing.gaps), (None, None));
        assert_eq!(timing.end_to_end, Some(Rate::per_second(30.0)));
    }

    #[test]
    fn a_speed_that_was_not_seen_is_none() {
        let even = |n: i64, gap: i64| -> Vec<(i64, TextChannel, &str)> {
            (0..n).map(|i| (101 + i * gap, TextChannel::Answer, "word")).collect()
        };
        let of = |texts: &[(i64, TextChannel, &'static str)], output| {
            let timing = LaneTiming::of(&lane(texts, Some(output)));
            assert_eq!(timing.output_speed.is_some(), timing.speed_withheld.is_none());
            assert_eq!(timing.token_latency.is_some(), timing.speed_withheld.is_none());
            assert!(timing.ttft.is_some() && timing.total.is_some() && timing.end_to_end.is_some(), "they stay");
            timing
        };
        assert_eq!(of(&even(9, 10), 9).speed_withheld, Some(SpeedWithheld::FewReads(9)));
        assert_eq!(of(&even(10, 6), 10).speed_withheld, None, "54 ms");
        let short = Some(SpeedWithheld::ShortSpan(Period::from_millis(45)));
        assert_eq!(of(&even(10, 5), 10).speed_withheld, short);
        let mut burst = even(30, 10);
        burst[7].2 = "a hundred and twenty characters at once, which is more than all the other pieces of this answer \
                      have together: buffered";
        let burst = of(&burst, 60);
        assert_eq!(burst.speed_withheld, Some(SpeedWithheld::OneBurst));
        assert!(burst.gaps.is_some() && burst.seen_gaps().is_none(), "the gaps are facts, but no claim");
        // The same in pieces of a buffer, and all of an answer in a few of them.
        let mut pieces = even(30, 10);
        pieces.extend((0..35).map(|i| (103 + i % 4, TextChannel::Answer, "word")));
        pieces.sort_by_key(|(ms, ..)| *ms);
        assert_eq!(of(&pieces, 65).speed_withheld, Some(SpeedWithheld::OneBurst));
        let cut: Vec<_> = (0..12).map(|i| (101 + i / 3 * 300 + i % 3, TextChannel::Answer, "words")).collect();
        assert_eq!(of(&cut, 12).speed_withheld, Some(SpeedWithheld::FewReads(4)));
        assert_eq!(of(&even(80, 1), 80).speed_withheld, None, "fast, but even");
        assert_eq!(of(&even(20, 10), 112).speed_withheld, None, "32 to spare over a token a byte");
        let unseen = of(&even(20, 10), 113);
        assert_eq!(unseen.speed_withheld, Some(SpeedWithheld::TokensUnseen));
        assert!(unseen.seen_gaps().is_some() && unseen.tokens.is_some_and(|tokens| tokens.count > 112.0));
    }

    #[test]
    fn hidden_and_summarised_reasoning_have_no_speed() {
        let mut texts: Vec<_> = (0..10).map(|i| (101 + i * 10, TextChannel::Reasoning, "hmm ")).collect();
        texts.extend((10..20).map(|i| (101 + i * 10, TextChannel::Answer, "word")));
        let of = |texts: &[(i64, TextChannel, &str)], reasoning| {
            let mut lane = lane(texts, None);
            let usage = TokenUsage { output: Some(1_000), reasoning: Some(reasoning), ..TokenUsage::default() };
            lane.apply(Offset::from_micros(9_000_000), &EventKind::Usage(Box::new(usage)));
            (
                LaneTiming::of(&lane).speed_withheld,
                LaneTiming::of(&lane).tokens.map(|tokens| tokens.count),
                lane.hidden_reasoning(),
            )
        };
        assert_eq!(of(&texts, 990), (Some(SpeedWithheld::ReasoningHidden), Some(1_000.0), Some(990)), "summarised");
        assert_eq!(of(&texts[10..], 990), (Some(SpeedWithheld::ReasoningHidden), Some(1_000.0), Some(990)), "hidden");
        assert_eq!(of(&texts, 40).0, Some(SpeedWithheld::TokensUnseen), "a character a token, but 960 are left");
    }

    #[test]
    fn a_refused_count_is_neither_shown_nor_billed() {
        let texts: Vec<_> = (0..20).map(|i| (101 + i * 10, TextChannel::Answer, "words ")).collect();
        let of = |cap, output| {
            let mut lane = Lane::capped(cap);
            lane.apply(Offset::from_micros(1_000), &EventKind::Sent);
            for (ms, channel, text) in &texts {
                let kind = EventKind::Text { channel: *channel, text: (*text).into() };
                lane.apply(Offset::from_micros(ms * 1_000), &kind);
            }
            let usage = TokenUsage { input: Some(10), output: Some(output), ..TokenUsage::default() };
            lane.apply(Offset::from_micros(9_000_000), &EventKind::Usage(Box::new(usage)));
            lane
        };
        for (cap, output, refused) in [
            (None, 7, Some(7)),
            (None, 8, None),
            (Some(20), 30, None),
            (Some(20), 31, Some(31)),
            (None, u64::MAX, Some(u64::MAX)),
        ] {
            let lane = of(cap, output);
            let tokens = lane.tokens().unwrap();
            assert_eq!(tokens.refused, refused, "{output} with {cap:?}");
            assert_eq!(tokens.counted_by == TokenCounter::Estimate, refused.is_some());
            assert_eq!(counted(&lane).is_some(), refused.is_none(), "what can't be true isn't billed");
            if refused.is_some() {
                assert!((tokens.count - 30.0).abs() < 1e-9);
                assert_eq!(LaneTiming::of(&lane).speed_withheld, None, "an estimate has a speed");
            }
        }
    }
}
