//! What the servers read of the prompt: all of it, and none of it out of a cache.

use super::finding::{BadgeFinding, holds, names, unknown};
use crate::race::Race;
use crate::race::event::TokenUsage;
use crate::race::lane::Lane;
use crate::race::prompt::{SentText, about, counted, thousands};

/// What a server with too small a window can be told.
const LARGER: &str =
    "give the server a larger context (Ollama: OLLAMA_CONTEXT_LENGTH or num_ctx, llama.cpp: -c) or send less";

pub(super) fn no_cache(race: &Race) -> BadgeFinding {
    let sent = SentText::of(&race.setup.prompt_text());
    let fresh = race.setup.settings.nonce.is_some();
    let usage = |lane: &Lane| lane.usage.filter(|usage| usage.cached.is_some());
    let hit = |lane: &Lane| usage(lane).is_some_and(|usage| !sent.is_uncached(&usage, fresh));
    let silent = names(race, |_, _, lane| usage(lane).is_none());
    let told = |wanted: &dyn Fn(&Lane) -> bool| {
        let lanes = race.entries().filter(|(_, _, lane)| wanted(lane));
        let words =
            lanes.filter_map(|(_, contestant, lane)| Some(format!("{} {}", contestant.name, cached(&usage(lane)?)?)));
        words.collect::<Vec<_>>().join(", ")
    };
    let hits = told(&hit);
    let opening = told(&|lane| !hit(lane) && usage(lane).is_some_and(|usage| usage.cached > Some(0)));
    if !hits.is_empty() {
        holds(false, format!("cached prompt tokens: {hits}"))
    } else if !silent.is_empty() {
        unknown(format!("not reported: {silent}"))
    } else if !opening.is_empty() {
        let earlier = if race.setup.history.is_empty() { "" } else { ", earlier turns" };
        holds(true, format!("only what opens every prompt (template, system prompt{earlier}): {opening}"))
    } else {
        holds(true, "0 cached tokens")
    }
}

/// Cached tokens of a prompt, out of how many where that is known: `36 of 60`.
fn cached(usage: &TokenUsage) -> Option<String> {
    let cached = thousands(usage.cached?);
    Some(usage.input.map_or_else(|| cached.clone(), |input| format!("{cached} of {}", thousands(input))))
}

/// Whose count is too small for what was sent, if anybody's is.
pub(super) fn cut(race: &Race) -> Option<BadgeFinding> {
    let sent = SentText::of(&race.setup.sent_text());
    let cut: Vec<String> = race
        .entries()
        .filter_map(|(_, contestant, lane)| {
            let read = counted(&lane.usage?).filter(|read| sent.is_cut(*read))?;
            let (read, sent) = (thousands(read), about(sent.tokens));
            Some(format!("{} read {read} tokens of a prompt of about {sent}", contestant.name))
        })
        .collect();
    let cut = (!cut.is_empty()).then(|| cut.join(", "))?;
    Some(if race.setup.settings.nonce.is_some() {
        holds(false, format!("{cut}: it was cut; {LARGER}"))
    } else {
        // Some servers count only what they had to read anew.
        unknown(format!("{cut}: it was cut, or the rest came out of a cache that isn't counted"))
    })
}

#[cfg(test)]
mod tests {
    use super::super::BadgeState;
    use super::*;
    use crate::fixture::race;
    use crate::race::event::{Event, EventKind, LaneId};
    use crate::time::Offset;

    /// Two lanes of which the first is counted as `usage`.
    fn counted_as(text: &str, nonce: Option<&str>, usage: TokenUsage) -> Race {
        let mut setup = race([&[1], &[1]]).setup;
        setup.prompt.text = text.into();
        setup.settings.nonce = nonce.map(Into::into);
        let mut race = Race::new(setup);
        let fine = TokenUsage { input: Some(20_000), cached: Some(0), output: Some(5), ..TokenUsage::default() };
        for (lane, usage) in (0..).zip([usage, fine]) {
            race.apply(&Event { at: Offset::GREEN, lane: Some(LaneId(lane)), kind: EventKind::Usage(Box::new(usage)) });
        }
        race
    }

    #[test]
    fn a_cut_prompt_is_named_with_the_next_step() {
        let text = "The quick brown fox jumps over the lazy dog. ".repeat(1_500);
        let read = |input| TokenUsage { input: Some(input), output: Some(5), ..TokenUsage::default() };
        let (state, detail) = cut(&counted_as(&text, Some("a1b2c3"), read(2_050))).unwrap();
        assert_eq!(state, BadgeState::Broken);
        let begins = "A read 2,050 tokens of a prompt of about 17,000: it was cut; give the server";
        assert!(detail.starts_with(begins) && detail.contains("num_ctx"), "{detail}");
        assert_eq!(cut(&counted_as(&text, Some("a1b2c3"), read(15_000))), None);
        assert_eq!(cut(&counted_as(&text, Some("a1b2c3"), TokenUsage::default())), None, "nobody counted");
        let (state, _) = cut(&counted_as(&text, None, read(2_050))).unwrap();
        assert_eq!(state, BadgeState::Unknown, "it may have come out of a cache");
    }

    #[test]
    fn a_cached_template_is_no_cache_hit() {
        let text = "Write a short story about a lighthouse keeper who finds a letter in a bottle.";
        let hit = |cached, input| {
            let usage =
                TokenUsage { input: Some(input), cached: Some(cached), output: Some(5), ..TokenUsage::default() };
            no_cache(&counted_as(text, Some("a1b2c3"), usage))
        };
        let (state, detail) = hit(24, 50);
        assert_eq!(state, BadgeState::Met);
        assert_eq!(detail, "only what opens every prompt (template, system prompt): A 24 of 50");
        let (state, detail) = hit(49, 50);
        assert_eq!((state, detail.as_str()), (BadgeState::Broken, "cached prompt tokens: A 49 of 50"));
        assert_eq!(hit(0, 50), (BadgeState::Met, "0 cached tokens".into()));
    }
}
