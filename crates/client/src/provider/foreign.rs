//! Answers in the form of another API, which an address can lead to by one wrong word in its path.
//! They are told by name, because nothing in them is damaged.

use serde_json::Value;

use speed_kings_core::race::event::{FailureKind, LaneFailure};

/// The events that only one API sends, by how their names begin.
const EVENTS: [(&str, &str); 6] = [
    ("message_start", "Anthropic Messages"),
    ("content_block_", "Anthropic Messages"),
    ("message_delta", "Anthropic Messages"),
    ("response.created", "OpenAI Responses"),
    ("response.in_progress", "OpenAI Responses"),
    ("response.output_", "OpenAI Responses"),
];

/// The failure of an answer whose event of this name and data is another API's.
pub(super) fn failure(event: &str, data: &str) -> Option<LaneFailure> {
    let named = |name: &str| EVENTS.iter().find(|(start, _)| name.starts_with(start)).map(|(_, api)| *api);
    let api = named(event).or_else(|| {
        // Read only where it can be one: ordinary chunks have choices.
        let value: Value = (!data.contains("\"choices\"")).then(|| serde_json::from_str(data).ok())??;
        let gemini = value.get("candidates").is_some_and(Value::is_array).then_some("Gemini");
        value.get("type").and_then(Value::as_str).and_then(named).or(gemini)
    })?;
    let told = format!("the server answers in the format of the {api} API, not of chat completions");
    Some(
        LaneFailure::new(FailureKind::Protocol, told)
            .with_hint("use the server's OpenAI-compatible address: /chat/completions is put behind it"),
    )
}

#[cfg(test)]
mod tests {
    use crate::provider::ReplyReader;
    use crate::provider::{Dialect, ProviderQuirks};
    use speed_kings_core::race::event::{EventKind, FailureKind};

    fn told(stream: &str) -> String {
        let (mut reader, mut out) = (ReplyReader::new(Dialect::OpenAi, &ProviderQuirks::default()), Vec::new());
        reader.feed(stream.as_bytes(), &mut out);
        reader.finish(&mut out);
        match out.last() {
            Some(EventKind::Failed(failure)) if failure.kind == FailureKind::Protocol => failure.message.to_string(),
            other => format!("{other:?}"),
        }
    }

    #[test]
    fn another_api_is_told_by_its_name() {
        let anthropic = "event: message_start\ndata: {\"type\":\"message_start\",\"message\":{\"role\":\"assistant\",\"content\":[]}}\n\n\
                         event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"delta\":{\"type\":\"text_delta\",\"text\":\"hi\"}}\n\n\
                         event: message_stop\ndata: {\"type\":\"message_stop\"}\n\n";
        let responses = "data: {\"type\":\"response.created\",\"response\":{\"id\":\"r\",\"model\":\"m\"}}\n\n\
                         data: {\"type\":\"response.output_text.delta\",\"delta\":\"hi\"}\n\n";
        let gemini = "data: {\"candidates\":[{\"content\":{\"parts\":[{\"text\":\"hi\"}]}}]}\n\n";
        for (stream, api) in [(anthropic, "Anthropic Messages"), (responses, "OpenAI Responses"), (gemini, "Gemini")] {
            assert!(told(stream).contains(&format!("format of the {api} API")), "{}", told(stream));
        }
        let ordinary =
            "data: {\"type\":\"x\",\"choices\":[{\"delta\":{\"content\":\"a\"},\"finish_reason\":\"stop\"}]}\n\n";
        assert_eq!(told(ordinary), "Some(Closed)");
    }
}
