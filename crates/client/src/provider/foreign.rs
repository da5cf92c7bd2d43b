//! Answers in the form of another API, which an address can lead to by one wrong word in its path.
//! They are told by name, because nothing in them is damaged.

use serde_json::Value;

use speed_kings_catalog::Dialect;
use speed_kings_core::race::event::{FailureKind, LaneFailure};

/// The events that only one API sends, by how their names begin.
const EVENTS: [(&str, Dialect); 6] = [
    ("message_start", Dialect::Anthropic),
    ("content_block_", Dialect::Anthropic),
    ("message_delta", Dialect::Anthropic),
    ("response.created", Dialect::Responses),
    ("response.in_progress", Dialect::Responses),
    ("response.output_", Dialect::Responses),
];

/// The same for chunks of chat completions, which are parsed only where they can be another API's.
pub(super) fn in_chunks(own: Dialect, event: &str, data: &str) -> Option<LaneFailure> {
    if let Some(api) = named(event) {
        return told(own, api);
    }
    let value: Value = (!data.contains("\"choices\"")).then(|| serde_json::from_str(data).ok())??;
    failure(own, "", &value)
}

/// The failure of an answer in the dialect `own` whose event of this name and content is another API's.
pub(super) fn failure(own: Dialect, event: &str, value: &Value) -> Option<LaneFailure> {
    let kind = value.get("type").and_then(Value::as_str).unwrap_or(event);
    told(own, named(kind).or_else(|| by_fields(value))?)
}

fn named(name: &str) -> Option<Dialect> {
    EVENTS.iter().find(|(start, _)| name.starts_with(start)).map(|(_, api)| *api)
}

/// The API whose events have fields that no other's have.
fn by_fields(value: &Value) -> Option<Dialect> {
    let list = |field: &str| value.get(field).is_some_and(Value::is_array);
    let line = value.get("done").is_some_and(Value::is_boolean) && value.get("message").is_some_and(Value::is_object);
    let told = [(list("choices"), Dialect::OpenAi), (list("candidates"), Dialect::Gemini), (line, Dialect::Ollama)];
    told.into_iter().find_map(|(is, api)| is.then_some(api))
}

fn told(own: Dialect, api: Dialect) -> Option<LaneFailure> {
    // Chunks of the older completions are chunks as well.
    if api == own || (own, api) == (Dialect::Completions, Dialect::OpenAi) {
        return None;
    }
    let told = format!("the server answers in the format of the {} API, not of {}", api.title(), own.title());
    let (place, dialect) = (own.path(), api.as_str());
    let hint = format!(
        "use the address that {} has, before /{place}; or say what it speaks: --set NAME.dialect={dialect}",
        own.title()
    );
    Some(LaneFailure::new(FailureKind::Protocol, told).with_hint(hint))
}

#[cfg(test)]
mod tests {
    use crate::provider::ReplyReader;
    use crate::provider::{Dialect, ProviderQuirks};
    use speed_kings_core::race::event::{EventKind, FailureKind};

    const ANTHROPIC: &str = "event: message_start\ndata: {\"type\":\"message_start\",\"message\":{\"role\":\"assistant\",\"content\":[]}}\n\n\
                         event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"delta\":{\"type\":\"text_delta\",\"text\":\"hi\"}}\n\n\
                         event: message_stop\ndata: {\"type\":\"message_stop\"}\n\n";
    const CHUNKS: &str =
        "data: {\"type\":\"x\",\"choices\":[{\"delta\":{\"content\":\"a\"},\"finish_reason\":\"stop\"}]}\n\n";

    fn told(dialect: Dialect, stream: &str) -> String {
        let (mut reader, mut out) = (ReplyReader::new(dialect, &ProviderQuirks::default()), Vec::new());
        reader.feed(stream.as_bytes(), &mut out);
        reader.finish(&mut out);
        match out.last() {
            Some(EventKind::Failed(failure)) if failure.kind == FailureKind::Protocol => failure.message.to_string(),
            other => format!("{other:?}"),
        }
    }

    #[test]
    fn another_api_is_told_by_its_name() {
        let responses = "data: {\"type\":\"response.created\",\"response\":{\"id\":\"r\",\"model\":\"m\"}}\n\n\
                         data: {\"type\":\"response.output_text.delta\",\"delta\":\"hi\"}\n\n";
        let gemini = "data: {\"candidates\":[{\"content\":{\"parts\":[{\"text\":\"hi\"}]}}]}\n\n";
        for (stream, api) in [(ANTHROPIC, "Anthropic Messages"), (responses, "OpenAI Responses"), (gemini, "Gemini")] {
            let told = told(Dialect::OpenAi, stream);
            assert!(told.contains(&format!("format of the {api} API")), "{told}");
        }
        assert_eq!(told(Dialect::OpenAi, CHUNKS), "Some(Closed)");
    }

    #[test]
    fn so_are_chunks_where_something_else_was_asked_for() {
        let told = |stream: &str| told(Dialect::Anthropic, stream);
        assert!(
            told(CHUNKS).contains("format of the OpenAI chat completions API, not of Anthropic"),
            "{}",
            told(CHUNKS)
        );
        let line = "{\"message\":{\"role\":\"assistant\",\"content\":\"a\"},\"done\":false}\n";
        assert!(told(line).contains("format of the Ollama API"), "{}", told(line));
        assert_eq!(told(ANTHROPIC), "Some(Closed)");
    }
}
