//! The badges that rest on tokens: who counted them, whether that can be true, and whether all of them were seen.
//! Where one of them is broken, speeds, and costs with them, say less than they seem to.

use std::fmt::Write as _;

use super::finding::{BadgeFinding, all_equal, holds, names, unknown};
use super::kind::{Badge, BadgeKind};
use crate::race::Race;
use crate::race::event::{LaneId, TextChannel};
use crate::race::lane::{Lane, TokenCounter};
use crate::race::setup::{ANY_MODEL, Contestant};
use crate::race::timing::LaneTiming;
use crate::stats::median;

/// Lanes of one model have tokens of the same size when the larger is at most so many times the smaller.
const SAME_SIZE: f64 = 1.25;
/// Fewer tokens than this say nothing of their size.
pub const FEWEST_TOKENS: f64 = 10.0;

/// Whether two mean sizes of tokens, in characters, are too far apart for one tokenizer.
#[must_use]
pub fn sizes_differ(a: f64, b: f64) -> bool {
    a.max(b) > a.min(b) * SAME_SIZE
}

/// Whether two contestants, each by its model's id in the catalogue and its name on the wire, are of one model.
#[must_use]
pub fn one_model(a: (Option<&str>, &str), b: (Option<&str>, &str)) -> bool {
    match (a.0, b.0) {
        (Some(a), Some(b)) => a == b,
        _ => a.1 == b.1 && a.1 != ANY_MODEL,
    }
}

pub(super) fn counted(race: &Race, timings: &[LaneTiming]) -> BadgeFinding {
    let tokens = |id: LaneId| timings.get(id.index()).and_then(|timing| timing.tokens);
    let refused =
        race.entries().filter_map(|(id, contestant, lane)| Some(refusal(&contestant.name, tokens(id)?.refused?, lane)));
    let mut said: Vec<String> = refused.collect();
    let estimated = names(race, |id, _, _| {
        tokens(id).is_none_or(|tokens| tokens.counted_by == TokenCounter::Estimate && tokens.refused.is_none())
    });
    if !estimated.is_empty() {
        said.push(format!("≈ by text length: {estimated}"));
    }
    if said.is_empty() { holds(true, "usage of all servers") } else { holds(false, said.join("; ")) }
}

/// `A: 1 token counted for 102 characters: estimated instead`.
fn refusal(name: &str, count: u64, lane: &Lane) -> String {
    let tokens = if count == 1 { "token" } else { "tokens" };
    match lane.cap.filter(|cap| count > u64::from(*cap)) {
        Some(cap) => format!("{name}: {count} {tokens} counted with a cap of {cap}: estimated instead"),
        None => format!("{name}: {count} {tokens} counted for {} characters: estimated instead", lane.characters()),
    }
}

/// Nothing where no two lanes are of one model and have enough counted tokens.
pub(super) fn same_size(race: &Race) -> Option<BadgeFinding> {
    let lanes: Vec<(&Contestant, f64)> =
        race.entries().filter_map(|(_, contestant, lane)| Some((contestant, token_size(lane)?))).collect();
    of_one_size(&lanes)
}

/// The mean size of a lane's tokens, in characters; nothing where too few were counted to say.
fn token_size(lane: &Lane) -> Option<f64> {
    lane.chars_per_token().filter(|_| lane.tokens().is_some_and(|tokens| tokens.count >= FEWEST_TOKENS))
}

/// The same over many runs of each contestant, by the median of theirs: one short answer says little of a tokenizer.
#[must_use]
pub fn same_token_size(contestants: &[Contestant], runs: &[Vec<&Lane>]) -> Option<Badge> {
    let median = |lanes: &Vec<&Lane>| median(lanes.iter().filter_map(|lane| token_size(lane)));
    let lanes: Vec<(&Contestant, f64)> =
        contestants.iter().zip(runs).filter_map(|(contestant, lanes)| Some((contestant, median(lanes)?))).collect();
    of_one_size(&lanes).map(|(state, detail)| Badge { kind: BadgeKind::SameTokens, state, detail })
}

fn of_one_size(lanes: &[(&Contestant, f64)]) -> Option<BadgeFinding> {
    let mut found = None;
    for (place, (a, of_a)) in lanes.iter().enumerate() {
        let alike = |(b, _): &&(&Contestant, f64)| {
            one_model((a.same_as.as_deref(), &a.model), (b.same_as.as_deref(), &b.model))
        };
        for (b, of_b) in lanes.iter().skip(place + 1).filter(alike) {
            if sizes_differ(*of_a, *of_b) {
                let detail =
                    format!("{} {of_a:.1}, {} {of_b:.1} characters a token: not counted alike", a.name, b.name);
                return Some(holds(false, detail));
            }
            found = Some(holds(true, "within 25 %"));
        }
    }
    found
}

pub(super) fn speed_seen(race: &Race, timings: &[LaneTiming]) -> BadgeFinding {
    let withheld = race.entries().zip(timings).filter_map(|((_, contestant, _), timing)| {
        Some(format!("{}: {}", contestant.name, timing.speed_withheld?.words()))
    });
    let withheld: Vec<String> = withheld.collect();
    if !withheld.is_empty() {
        return holds(false, withheld.join("; "));
    }
    let silent = names(race, |_, _, lane| lane.reads().is_empty());
    if silent.is_empty() { holds(true, "all lanes") } else { unknown(format!("no text: {silent}")) }
}

/// How a lane dealt with reasoning.
#[derive(Clone, Copy, PartialEq, Eq)]
enum ReasoningUse {
    None,
    Shown,
    Hidden,
}

pub(super) fn same_reasoning(race: &Race) -> BadgeFinding {
    let of = |lane: &Lane| match lane.hidden_reasoning() {
        Some(_) => ReasoningUse::Hidden,
        None if lane.transcript().has(TextChannel::Reasoning) => ReasoningUse::Shown,
        None => ReasoningUse::None,
    };
    let who = names(race, |_, _, lane| of(lane) != ReasoningUse::None);
    let hidden = names(race, |_, _, lane| of(lane) == ReasoningUse::Hidden);
    let mut detail = if who.is_empty() { "none".to_owned() } else { who };
    if !hidden.is_empty() {
        let _ = write!(detail, " (hidden: {hidden})");
    }
    holds(all_equal(race.lanes().iter().map(of)), detail)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::race::event::{Event, EventKind, TokenUsage};
    use crate::race::verdict::badge::tests::with;
    use crate::race::verdict::{BadgeKind, BadgeState, Metric, Verdict};
    use crate::time::Offset;

    fn told(usage: TokenUsage, kind: BadgeKind) -> (BadgeState, String) {
        let verdict = Verdict::of(&with(EventKind::Usage(Box::new(usage))));
        let badge = verdict.badges.into_iter().find(|badge| badge.kind == kind).unwrap();
        (badge.state, badge.detail)
    }

    #[test]
    fn what_is_wrong_with_a_count_is_said() {
        let usage = |output, reasoning| TokenUsage { output: Some(output), reasoning, ..TokenUsage::default() };
        for (usage, kind, detail) in [
            (usage(1, None), BadgeKind::Counted, "B: 1 token counted for 55 characters: estimated instead"),
            (usage(3, None), BadgeKind::Counted, "B: 3 tokens counted for 55 characters: estimated instead"),
            (usage(88, None), BadgeKind::SpeedSeen, "B: counted tokens whose text was not shown"),
            (usage(990, Some(980)), BadgeKind::SpeedSeen, "B: reasoning hidden"),
            (usage(990, Some(980)), BadgeKind::SameReasoning, "B (hidden: B)"),
            (usage(13, None), BadgeKind::SameTokens, "A 5.5, B 4.2 characters a token: not counted alike"),
        ] {
            assert_eq!(told(usage, kind), (BadgeState::Broken, detail.to_owned()), "{usage:?}");
        }
        let mut capped = with(EventKind::KeepAlive);
        capped.setup.settings.max_tokens = Some(20);
        let mut race = Race::new(capped.setup.clone());
        for lane in 0..2 {
            let kinds = [
                EventKind::Sent,
                EventKind::Text { channel: TextChannel::Answer, text: "word word word".into() },
                EventKind::Usage(Box::new(usage(31, None))),
            ];
            for kind in kinds {
                race.apply(&Event { at: Offset::GREEN, lane: Some(LaneId(lane)), kind });
            }
        }
        let badges = Verdict::of(&race).badges;
        let detail = &badges.iter().find(|badge| badge.kind == BadgeKind::Counted).unwrap().detail;
        assert!(detail.starts_with("A: 31 tokens counted with a cap of 20: estimated instead; B: 31"), "{detail}");
    }

    #[test]
    fn nothing_that_rests_on_tokens_is_won_where_they_are_counted_differently() {
        let best = |output| {
            let mut race =
                with(EventKind::Usage(Box::new(TokenUsage { output: Some(output), ..TokenUsage::default() })));
            for lane in [0, 1] {
                race.apply(&Event {
                    at: Offset::from_micros(120_000),
                    lane: Some(LaneId(lane)),
                    kind: EventKind::Closed,
                });
            }
            let verdict = Verdict::of(&race);
            verdict.category(Metric::OutputSpeed).unwrap().best
        };
        assert_eq!((best(12), best(13)), (Some(LaneId(1)), None));
    }

    #[test]
    fn shown_and_hidden_reasoning_are_not_the_same() {
        let mut race = with(EventKind::Usage(Box::new(TokenUsage {
            output: Some(500),
            reasoning: Some(480),
            ..TokenUsage::default()
        })));
        let thinks = EventKind::Text { channel: TextChannel::Reasoning, text: "hm".into() };
        race.apply(&Event { at: Offset::from_micros(110_000), lane: Some(LaneId(0)), kind: thinks });
        let verdict = Verdict::of(&race);
        let badge = verdict.badges.iter().find(|badge| badge.kind == BadgeKind::SameReasoning).unwrap();
        assert_eq!((badge.state, badge.detail.as_str()), (BadgeState::Broken, "A, B (hidden: B)"));
        assert_eq!(verdict.category(Metric::OutputSpeed).unwrap().best, None);
    }
}
