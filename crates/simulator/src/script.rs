//! The script of one answer: every piece of the stream with the moment at which it is due.
//! Pure and complete before the first byte leaves, so that playing it is nothing but waiting and writing.

use std::time::Duration;

use super::response_plan::ResponsePlan;
use super::settings::{FaultKind, KeepAliveKind, StreamFault};

/// Chunks between two comments.
const COMMENT_EVERY: usize = 8;

/// A stream from its head to its end.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct StreamScript {
    /// When the head of the response goes out.
    pub(super) head: Duration,
    /// The body, in order.
    pub(super) pieces: Vec<ScriptPiece>,
    /// What comes after the last piece.
    pub(super) end: StreamEnd,
    /// Tokens that the answer has when nothing goes wrong.
    pub(super) tokens: u32,
}

impl StreamScript {
    /// The script that streams `part`.
    pub(super) fn of(part: &ResponsePlan<'_>) -> StreamScript {
        let (head, tokens) = (part.launch.head, part.counts.completion);
        let first_token = part.launch.first_token;
        let mut play = ScriptBuilder { part, pieces: Vec::new(), now: head, first_token, delay: Duration::ZERO };
        let end = play.run();
        StreamScript { head, pieces: play.pieces, end, tokens }
    }
}

/// Bytes that are due at one moment.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct ScriptPiece {
    /// From the request on.
    pub(super) due: Duration,
    pub(super) bytes: String,
    pub(super) tokens: u32,
}

/// How a stream ends.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum StreamEnd {
    /// The body is complete.
    Clean,
    /// The connection closes and the body isn't complete.
    Cut,
    /// The connection is reset.
    Reset,
    /// Nothing ever comes again.
    Silence,
    /// Nothing but this comes again, for ever.
    Chatter(String),
}

/// A part being turned into the pieces of a stream.
struct ScriptBuilder<'a> {
    part: &'a ResponsePlan<'a>,
    pieces: Vec<ScriptPiece>,
    /// When the newest piece is due.
    now: Duration,
    /// When the first token is due, stalls before it included.
    first_token: Duration,
    /// What stalls have added so far.
    delay: Duration,
}

impl ScriptBuilder<'_> {
    fn run(&mut self) -> StreamEnd {
        let mut faults = self.part.settings.faults.iter().peekable();
        let mut sent = 0;
        self.opening();
        for (index, (chunk, due)) in self.part.chunks.iter().zip(&self.part.dues).enumerate() {
            while let Some(fault) = faults.next_if(|fault| fault.after <= sent) {
                if let Some(end) = self.fault(*fault) {
                    return end;
                }
            }
            if self.part.stream().comments && index % COMMENT_EVERY == COMMENT_EVERY - 1 {
                self.push(self.part.voice.comment("keep-alive"), 0);
            }
            self.now = due.saturating_add(self.delay);
            if index == 0 {
                self.first_token = self.now;
            }
            self.push(self.part.bytes(index, chunk), chunk.tokens);
            sent += chunk.tokens;
        }
        for fault in faults {
            if let Some(end) = self.fault(*fault) {
                return end;
            }
        }
        self.closing();
        if self.part.stream().linger { self.chatter(KeepAliveKind::Comments) } else { StreamEnd::Clean }
    }

    fn push(&mut self, bytes: String, tokens: u32) {
        self.pieces.push(ScriptPiece { due: self.now, bytes, tokens });
    }

    /// What comes with the head, before there is any text.
    fn opening(&mut self) {
        let (stream, voice) = (self.part.stream(), &self.part.voice);
        if stream.comments {
            self.push(voice.comment("keep-alive"), 0);
        }
        if stream.empty_first {
            self.push(voice.text("content", "", true), 0);
        }
    }

    /// Signs of life without an end.
    fn chatter(&self, chatter: KeepAliveKind) -> StreamEnd {
        let voice = &self.part.voice;
        let comment =
            Some(voice.comment("keep-alive")).filter(|text| chatter == KeepAliveKind::Comments && !text.is_empty());
        StreamEnd::Chatter(comment.unwrap_or_else(|| voice.text("content", "", false)))
    }

    /// Lets `fault` happen; the end if it is one.
    fn fault(&mut self, fault: StreamFault) -> Option<StreamEnd> {
        let voice = &self.part.voice;
        match fault.kind {
            FaultKind::Reset => return Some(StreamEnd::Reset),
            FaultKind::Close => return Some(StreamEnd::Cut),
            FaultKind::Chatter(chatter) => return Some(self.chatter(chatter)),
            FaultKind::Stall(None) => return Some(StreamEnd::Silence),
            FaultKind::Stall(Some(span)) => self.delay += span,
            FaultKind::Garbage => self.push(voice.damaged(false), 0),
            FaultKind::DamagedTail => {
                self.push(voice.damaged(true), 0);
                return Some(StreamEnd::Clean);
            }
            FaultKind::Error(shape) => {
                self.push(voice.error(shape), 0);
                return Some(StreamEnd::Clean);
            }
        }
        None
    }

    /// The finish reason, the usage and the marker of the end, in one piece at the moment of the last token.
    fn closing(&mut self) {
        let part = self.part;
        // A stall behind the last token moves the closing and nothing else.
        let last_token = self.now;
        self.now = self.now.max(part.dues.last().map_or(self.now, |due| due.saturating_add(self.delay)));
        self.push(part.voice.closing(&part.closing(self.first_token, last_token)), 0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chat_request::ChatRequest;
    use crate::settings::SimulatorSettings;
    use serde_json::{Value, json};
    use speed_kings_catalog::Dialect;
    use speed_kings_catalog::profile::StreamProfile;

    fn script(settings: &str, profile: &StreamProfile, seed: u64, body: &str) -> StreamScript {
        let settings = SimulatorSettings::parse(settings).unwrap();
        let ask =
            ChatRequest::parse(format!(r#"{{"messages":[{{"content":"12345"}}]{body}}}"#).as_bytes(), Dialect::OpenAi)
                .unwrap();
        StreamScript::of(&ResponsePlan::new(profile, &settings, &ask, "m", seed))
    }

    fn plain(settings: &str) -> StreamScript {
        script(settings, &StreamProfile::default(), 1, "")
    }

    fn events(script: &StreamScript) -> Vec<Value> {
        let text: String = script.pieces.iter().map(|piece| piece.bytes.as_str()).collect();
        let data = text.split("\n\n").filter_map(|event| event.strip_prefix("data: "));
        data.filter(|data| *data != "[DONE]").map(|data| serde_json::from_str(data).unwrap()).collect()
    }

    fn text(events: &[Value], key: &str) -> String {
        let path = format!("/choices/0/delta/{key}");
        events.iter().filter_map(|event| event.pointer(&path)?.as_str()).collect()
    }

    fn usage(script: &StreamScript) -> Value {
        events(script).into_iter().filter_map(|event| event.get("usage").cloned()).next_back().unwrap()
    }

    #[test]
    fn a_seed_gives_the_same_script_and_another_one_another() {
        let of = |seed| script("comments", &StreamProfile::default(), seed, "");
        assert_eq!(of(5), of(5));
        assert_ne!(of(5), of(6));
    }

    #[test]
    fn the_prompt_does_not_change_the_text() {
        let of = |body| text(&events(&script("", &StreamProfile::default(), 5, body)), "content");
        assert_eq!(of(""), of(r#","tools":[]"#));
    }

    #[test]
    fn the_mean_rate_of_a_script_is_exact() {
        for (tok_s, tokens_per_chunk, reasoning) in
            [(50.0, 1, 0.0), (750.0, 3, 0.3), (2_650.0, 1, 0.0), (3_000.0, 5, 1.0)]
        {
            let profile = StreamProfile {
                tok_s,
                tokens_per_chunk,
                reasoning,
                jitter: 0.9,
                tokens: 601,
                ..StreamProfile::default()
            };
            let script = script("", &profile, 3, "");
            let spoken: Vec<_> = script.pieces.iter().filter(|piece| piece.tokens > 0).collect();
            let (first, last) = (spoken[0], spoken[spoken.len() - 1]);
            let rate = f64::from(script.tokens - first.tokens) / last.due.abs_diff(first.due).as_secs_f64();
            assert!((rate / tok_s - 1.0).abs() < 1e-6, "{rate} for {tok_s}");
            assert_eq!(first.due, Duration::from_millis(200));
            assert!(script.head < first.due);
        }
    }

    #[test]
    fn usage_counts_what_was_said() {
        let profile = StreamProfile { reasoning: 0.25, tokens: 200, ..StreamProfile::default() };
        let played = script("usage:finish", &profile, 1, "");
        let wanted = json!({
            "prompt_tokens": 2, "completion_tokens": 200, "total_tokens": 202,
            "prompt_tokens_details": { "cached_tokens": 0 },
            "completion_tokens_details": { "reasoning_tokens": 50 },
        });
        assert_eq!(usage(&played), wanted);
        assert_eq!(played.pieces.iter().map(|piece| piece.tokens).sum::<u32>(), 200);
        let capped = script("usage:finish", &profile, 1, r#","max_tokens":60"#);
        assert_eq!(usage(&capped).pointer("/completion_tokens"), Some(&json!(60)));
        let last = events(&capped).pop().unwrap();
        assert_eq!(last.pointer("/choices/0/finish_reason"), Some(&json!("length")));
    }

    #[test]
    fn usage_goes_where_it_is_asked_for() {
        let asked = r#","stream_options":{"include_usage":true}"#;
        let last = |settings, body| events(&script(settings, &StreamProfile::default(), 1, body)).pop().unwrap();
        assert!(last("", "").get("usage").is_none());
        assert_eq!(last("", asked).get("choices"), Some(&json!([])));
        assert!(last("no_usage", asked).get("usage").is_none());
        assert!(last("usage:choice", "").pointer("/choices/0/usage/prompt_tokens").is_some());
        assert!(last("usage:x_groq", "").pointer("/x_groq/usage/completion_time").is_some());
        assert!(last("usage:empty", "").pointer("/usage/total_tokens").is_some());
    }

    #[test]
    fn server_times_are_those_that_were_played() {
        let last = events(&plain("ttft_ms:100,tok_s:100,tokens:51,stall_after:20,stall_ms:1000")).pop().unwrap();
        let times = json!({ "queue_time": 0.005, "prompt_time": 0.095, "completion_time": 1.5, "total_time": 1.6 });
        assert_eq!(last.get("time_info"), Some(&times));
        let last = events(&plain("ttft_ms:100,tok_s:100,tokens:51,stall_after:0,stall_ms:1000")).pop().unwrap();
        assert_eq!(last.pointer("/time_info/completion_time"), Some(&json!(0.5)));
    }

    #[test]
    fn reasoning_comes_first_and_in_its_field() {
        for (form, key) in [("", "reasoning"), ("reasoning_field:reasoning_content", "reasoning_content")] {
            let events = events(&plain(&format!("reasoning:0.5,{form}")));
            assert!(text(&events, key).len() > 400 && text(&events, "content").len() > 400);
        }
        let tagged = text(&events(&plain("reasoning:0.5,think_tags")), "content");
        assert!(tagged.starts_with("<think>") && tagged.matches("</think>").count() == 1);
        let closed = text(&events(&plain("reasoning:0.5,think_close_only")), "content");
        assert_eq!(format!("<think>{closed}"), tagged);
    }

    #[test]
    fn a_refusal_has_its_field_and_long_characters_are_cut() {
        let refusal = events(&plain("refusal"));
        assert!(text(&refusal, "refusal").len() > 400 && text(&refusal, "content").is_empty());
        let script = plain("halves,text:a\u{1f3c1}b\u{1f3c1}");
        let bytes: String = script.pieces.iter().map(|piece| piece.bytes.as_str()).collect();
        assert!(bytes.contains("\\ud83c\"") && bytes.contains("\"\\udfc1\"") && !bytes.contains('\u{1f3c1}'));
    }

    #[test]
    fn faults_end_the_stream_where_they_should() {
        for (settings, end) in [
            ("reset_after:20", StreamEnd::Reset),
            ("close_after:20", StreamEnd::Cut),
            ("stall_after:20", StreamEnd::Silence),
            ("error_after:20", StreamEnd::Clean),
            ("garbage_after:20,truncated_json", StreamEnd::Clean),
        ] {
            let script = plain(settings);
            let tokens: u32 = script.pieces.iter().map(|piece| piece.tokens).sum();
            assert_eq!((script.end, tokens), (end, 20), "{settings}");
        }
        assert_eq!(plain("reset_after:9999").end, StreamEnd::Reset);
    }

    #[test]
    fn a_stall_moves_all_that_follows_by_its_length() {
        let (calm, stalled) = (plain(""), plain("stall_after:20,stall_ms:700"));
        let moved = |index: usize| stalled.pieces[index].due.abs_diff(calm.pieces[index].due);
        // The role-only chunk comes before the first token.
        assert_eq!((moved(20), moved(21)), (Duration::ZERO, Duration::from_millis(700)));
        assert_eq!(moved(calm.pieces.len() - 1), Duration::from_millis(700));
    }

    #[test]
    fn errors_in_the_stream_have_the_shapes_of_providers() {
        let last = |shape: &str| plain(&format!("error_after:3,error_shape:{shape}")).pieces.pop().unwrap().bytes;
        assert!(last("groq").starts_with("event: error\ndata: {\"error\":{"));
        assert!(last("openrouter").contains(r#""choices":[{"#) && last("openrouter").ends_with("data: [DONE]\n\n"));
        assert!(last("cerebras").contains(r#""status_code":500"#));
        assert!(last("string").contains(r#"{"error":"the"#));
        assert!(last("field").starts_with("error: {") && last("field").ends_with("data: [DONE]\n\n"));
        assert!(last("base_resp").contains(r#""base_resp":{"status_code":1000"#));
    }

    #[test]
    fn the_first_text_carries_the_role_when_no_chunk_did() {
        assert_eq!(text(&events(&plain(""))[..1], "content"), "");
        let first = &events(&plain("empty_first:false"))[0];
        assert_eq!(first.pointer("/choices/0/delta/role"), Some(&json!("assistant")));
        assert!(!text(std::slice::from_ref(first), "content").is_empty());
    }
}
