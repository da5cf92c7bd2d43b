//! What a client asked for, out of the JSON body of a chat completion.
//! Only what changes the answer is read; everything else is accepted and ignored, as real servers do.

use serde_json::Value;

/// Bytes of prompt in one token.
const BYTES_PER_TOKEN: usize = 4;

/// One request for a completion.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Ask {
    /// The model's name, to be echoed.
    pub(super) model: Option<String>,
    /// A stream is wanted, not one reply.
    pub(super) stream: bool,
    /// Usage is wanted in the stream.
    pub(super) include_usage: bool,
    /// The cap on output tokens.
    pub(super) max_tokens: Option<u32>,
    /// Chosen by the client.
    pub(super) seed: u64,
    /// Tokens in the prompt.
    pub(super) prompt_tokens: u64,
}

impl Ask {
    /// Reads the body.
    pub(super) fn parse(body: &[u8]) -> Result<Self, String> {
        let json: Value = serde_json::from_slice(body).map_err(|error| format!("the body is no JSON: {error}"))?;
        let messages = json.get("messages").and_then(Value::as_array).filter(|messages| !messages.is_empty());
        let messages = messages.ok_or("`messages` must be a list with at least one message in it")?;
        let bytes: usize = messages.iter().filter_map(|message| message.get("content")).map(text_len).sum();
        Ok(Self {
            model: json.get("model").and_then(Value::as_str).map(str::to_owned),
            stream: json.get("stream").and_then(Value::as_bool).unwrap_or(false),
            include_usage: json.pointer("/stream_options/include_usage").and_then(Value::as_bool).unwrap_or(false),
            max_tokens: cap(&json)?,
            seed: seed(&json),
            prompt_tokens: u64::try_from(bytes.div_ceil(BYTES_PER_TOKEN)).unwrap_or(u64::MAX),
        })
    }
}

/// The cap, under either of its names.
fn cap(json: &Value) -> Result<Option<u32>, String> {
    let given = ["max_completion_tokens", "max_tokens"].iter().find_map(|key| Some((key, json.get(key)?)));
    let Some((key, value)) = given.filter(|(_, value)| !value.is_null()) else { return Ok(None) };
    match value.as_u64() {
        Some(tokens @ 1..) => Ok(Some(u32::try_from(tokens).unwrap_or(u32::MAX))),
        _ => Err(format!("`{key}` must be a whole number above 0")),
    }
}

/// The seed as 64 bits; negative ones are as good as any.
fn seed(json: &Value) -> u64 {
    let value = json.get("seed");
    value.and_then(Value::as_u64).or_else(|| value?.as_i64().map(i64::cast_unsigned)).unwrap_or(0)
}

/// Bytes of text in a message's content, which is a string or a list of parts.
fn text_len(content: &Value) -> usize {
    match content {
        Value::String(text) => text.len(),
        Value::Array(parts) => parts.iter().filter_map(|part| part.get("text")?.as_str()).map(str::len).sum(),
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_changes_the_answer_is_read() {
        let body = br#"{"model":"m","stream":true,"stream_options":{"include_usage":true},"max_tokens":7,"seed":-1,
            "messages":[{"role":"system","content":"12345678"},{"role":"user","content":[{"type":"text","text":"9"}]}]}"#;
        let wanted = Ask {
            model: Some("m".into()),
            stream: true,
            include_usage: true,
            max_tokens: Some(7),
            seed: u64::MAX,
            prompt_tokens: 3,
        };
        assert_eq!(Ask::parse(body), Ok(wanted));
    }

    #[test]
    fn what_cannot_be_answered_is_refused_by_name() {
        assert!(Ask::parse(b"{").unwrap_err().contains("no JSON"));
        assert!(Ask::parse(b"{}").unwrap_err().contains("`messages`"));
        let capped = br#"{"messages":[{"content":"a"}],"max_tokens":0}"#;
        assert!(Ask::parse(capped).unwrap_err().contains("`max_tokens`"));
    }
}
