//! Who answered a run, and how much it was sent: what a count or a name in the answer can be held against.

use crate::bench::saved::{PromptSize, ServedRecord};
use speed_kings_core::race::lane::Lane;
use speed_kings_core::race::prompt::SentText;
use speed_kings_core::race::served_model::answered;
use speed_kings_core::race::setup::{Contestant, RaceSetup};

/// Who answered, in the server's own words.
pub(super) fn served(lane: &Lane, contestant: &Contestant) -> ServedRecord {
    let owned = |text: &Option<Box<str>>| text.as_deref().map(str::to_owned);
    let headers = lane.upstream.headers.iter().map(|(name, value)| (name.to_string(), value.to_string()));
    ServedRecord {
        model: owned(&lane.model),
        as_asked: answered(contestant, lane.model.as_deref()).as_asked(),
        provider: owned(&lane.upstream.provider),
        system_fingerprint: owned(&lane.upstream.fingerprint),
        headers: headers.collect(),
    }
}

/// How much was sent.
pub(super) fn sent(setup: &RaceSetup) -> PromptSize {
    let sent = SentText::of(&setup.sent_text());
    PromptSize { characters: sent.chars, tokens_estimate: sent.tokens }
}
