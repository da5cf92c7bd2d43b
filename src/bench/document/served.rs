//! Who answered a run, and how much it was sent: what a count or a name in the answer can be held against.

use serde_json::{Map, Value, json};

use crate::race::lane::Lane;
use crate::race::prompt::SentText;
use crate::race::served_model::answered;
use crate::race::setup::{Contestant, RaceSetup};

/// Who answered, in the server's own words.
pub(super) fn served(lane: &Lane, contestant: &Contestant) -> Value {
    let headers = lane.upstream.headers.iter().map(|(name, value)| (name.to_string(), json!(value)));
    json!({
        "model": lane.model,
        "as_asked": answered(contestant, lane.model.as_deref()).as_asked(),
        "provider": lane.upstream.provider,
        "system_fingerprint": lane.upstream.fingerprint,
        "headers": headers.collect::<Map<String, Value>>(),
    })
}

/// How much was sent.
pub(super) fn sent(grid: &RaceSetup) -> Value {
    let sent = SentText::of(&grid.prompt_text());
    json!({ "characters": sent.chars, "tokens_estimate": sent.tokens })
}
