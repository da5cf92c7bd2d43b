//! Settings in the URL: another pace for this request, another wire format, and things that go wrong.
//! `ttft_ms:50,tok_s:2650,reset_after:20` is a settings segment; [`SimulatorSettings::parse`] reads it.

use std::time::Duration;

use speed_kings_catalog::profile::StreamProfile;

/// All keys, as error messages list them.
const KNOWN: &[&str] = &[
    "ttft_ms",
    "tok_s",
    "tokens_per_chunk",
    "jitter",
    "reasoning",
    "tokens",
    "text",
    "prefill_tok_s",
    "status",
    "retry_after",
    "error_body",
    "dribble_ms",
    "hang",
    "header_delay_ms",
    "slots",
    "cache",
    "context",
    "no_done",
    "crlf",
    "comments",
    "split",
    "empty_first",
    "reasoning_field",
    "think_tags",
    "think_close_only",
    "refusal",
    "halves",
    "usage",
    "no_usage",
    "finish",
    "linger",
    "reset_after",
    "close_after",
    "stall_after",
    "stall_ms",
    "comments_after",
    "empty_after",
    "error_after",
    "error_shape",
    "garbage_after",
    "truncated_json",
];

/// Everything that a settings segment can say.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct SimulatorSettings {
    /// What replaces the profile's own values.
    pub pace: PaceSettings,
    /// How the request is answered at all.
    pub reply: ReplySettings,
    /// What the stream looks like.
    pub stream: StreamSettings,
    /// What goes wrong in the stream, in the order in which it does.
    pub faults: Vec<StreamFault>,
}

/// Values that replace the profile's.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct PaceSettings {
    /// Milliseconds to the first token; see [`StreamProfile::ttft_ms`].
    pub ttft_ms: Option<f64>,
    /// Tokens per second; see [`StreamProfile::tok_s`].
    pub tok_s: Option<f64>,
    /// Tokens in one chunk; see [`StreamProfile::tokens_per_chunk`].
    pub tokens_per_chunk: Option<u32>,
    /// A share from 0 to 0.9; see [`StreamProfile::jitter`].
    pub jitter: Option<f64>,
    /// A share from 0 to 1; see [`StreamProfile::reasoning`].
    pub reasoning: Option<f64>,
    /// Output tokens of a whole answer; see [`StreamProfile::tokens`].
    pub tokens: Option<u32>,
    /// The text to stream; see [`StreamProfile::text`].
    pub text: Option<String>,
    /// Prompt tokens read in a second; they come on top of the time to the first token. Nothing takes no time.
    pub prefill_tok_s: Option<f64>,
}

impl PaceSettings {
    /// How long so many tokens of a prompt take to be read, ms.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "prompts are far below 2^52 tokens")]
    pub fn prefill_ms(&self, tokens: u64) -> f64 {
        self.prefill_tok_s.map_or(0.0, |speed| tokens as f64 / speed * 1e3)
    }

    /// `profile` with these values in place of its own.
    #[must_use]
    pub fn over(&self, profile: &StreamProfile) -> StreamProfile {
        StreamProfile {
            ttft_ms: self.ttft_ms.unwrap_or(profile.ttft_ms),
            tok_s: self.tok_s.unwrap_or(profile.tok_s),
            tokens_per_chunk: self.tokens_per_chunk.unwrap_or(profile.tokens_per_chunk),
            jitter: self.jitter.unwrap_or(profile.jitter),
            reasoning: self.reasoning.unwrap_or(profile.reasoning),
            tokens: self.tokens.unwrap_or(profile.tokens),
            text: self.text.clone().or_else(|| profile.text.clone()),
        }
    }
}

/// The keys of all settings.
#[must_use]
pub const fn setting_keys() -> &'static [&'static str] {
    KNOWN
}

/// How the request is answered.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct ReplySettings {
    /// An error status in place of an answer.
    pub status: Option<u16>,
    /// The `retry-after` header in seconds; without a status it means 429.
    pub retry_after: Option<u32>,
    /// The shape of that error's body.
    pub error_body: ErrorBody,
    /// That body comes byte by byte, with this pause between two, and never ends.
    pub dribble: Option<Duration>,
    /// The request is taken and never answered.
    pub hang: bool,
    /// When the response's head goes out, in place of early; the first token is never before it.
    pub header_delay: Option<Duration>,
    /// Answers at one time; whoever comes beyond them waits until one ends, first come, first served.
    pub slots: Option<u32>,
    /// Prompts are remembered: what one has in common with one before is not read again, and told as cached.
    pub cache: bool,
    /// Prompt tokens that it takes at most; a longer prompt is refused.
    pub context: Option<u32>,
}

/// What the stream looks like.
#[derive(Clone, PartialEq, Eq, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "one independent switch for each key")]
pub struct StreamSettings {
    /// The stream ends with `[DONE]`.
    pub done: bool,
    /// Comment lines before the first token and now and then between tokens.
    pub comments: bool,
    /// A role-only chunk comes first; without it the first text carries the role.
    pub empty_first: bool,
    /// Which bytes end a line.
    pub line_end: LineEnd,
    /// The body is cut into writes of this many bytes, characters or not.
    pub split: Option<usize>,
    /// The field that reasoning goes into.
    pub reasoning: ReasoningForm,
    /// The chunk that usage goes on, if any.
    pub usage: UsageForm,
    /// The finish reason, when it isn't the true one.
    pub finish: FinishForm,
    /// Behind the end of the answer the body goes on with signs of life, for ever.
    pub linger: bool,
    /// The answer is a refusal, in its own field.
    pub refusal: bool,
    /// Characters outside of the basic plane are cut in two, each half in an event of its own.
    pub halves: bool,
}

impl Default for StreamSettings {
    fn default() -> Self {
        Self {
            done: true,
            comments: false,
            empty_first: true,
            line_end: LineEnd::default(),
            split: None,
            reasoning: ReasoningForm::default(),
            usage: UsageForm::default(),
            finish: FinishForm::default(),
            linger: false,
            refusal: false,
            halves: false,
        }
    }
}

/// How lines of the stream end.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum LineEnd {
    /// LF alone: the byte `\n`.
    #[default]
    Lf,
    /// CR and LF: the bytes `\r\n`.
    CrLf,
}

impl LineEnd {
    /// The line end as text: one byte or two.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Lf => "\n",
            Self::CrLf => "\r\n",
        }
    }
}

/// Where the reasoning goes.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum ReasoningForm {
    /// In the field `delta.reasoning` of a chunk.
    #[default]
    Reasoning,
    /// In the field `delta.reasoning_content` of a chunk.
    ReasoningContent,
    /// In the field `delta.reasoning_text` of a chunk.
    ReasoningText,
    /// In the field `delta.thinking` of a chunk.
    Thinking,
    /// `delta.content`, between `<think>` and `</think>`.
    ThinkTags,
    /// `delta.content` with `</think>` behind it: the model's template has written the opening tag.
    CloseTag,
}

/// Where the usage goes.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum UsageForm {
    /// Like [`UsageForm::Empty`] if the request asks for it, nowhere otherwise.
    #[default]
    Asked,
    /// Nowhere, even if the request asks for it.
    Never,
    /// On the chunk with the finish reason.
    Finish,
    /// On a chunk of its own with no choices.
    Empty,
    /// Inside the choice that has the finish reason.
    Choice,
    /// In `x_groq` on the chunk with the finish reason.
    XGroq,
}

/// What the stream says about why it ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum FinishForm {
    /// The truth: `length` when the cap cut the answer, `stop` otherwise.
    #[default]
    True,
    /// This spelling, whatever happened.
    Always(&'static str),
    /// No finish reason at all.
    Never,
}

/// Something that goes wrong in a stream.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct StreamFault {
    /// It happens at the end of the chunk with this token, 0 being before the first; at the latest after the last one.
    pub after: u32,
    /// What happens at that moment.
    pub kind: FaultKind,
}

/// The kind of thing that goes wrong in a stream.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum FaultKind {
    /// The connection is reset.
    Reset,
    /// The connection is closed in the middle of the body.
    Close,
    /// Nothing for this long, or never anything again.
    Stall(Option<Duration>),
    /// From here on only signs of life, for ever.
    Chatter(KeepAliveKind),
    /// An error comes in the stream, which then ends.
    Error(ErrorShape),
    /// One damaged event, then on as if nothing had happened.
    Garbage,
    /// One damaged event, and with it the stream ends.
    DamagedTail,
}

/// What a sign of life is.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum KeepAliveKind {
    /// A comment, where the dialect has comments.
    #[default]
    Comments,
    /// A chunk without text in it.
    Empty,
}

/// How an error inside a stream is spelled.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum ErrorShape {
    /// `event: error`, then the end.
    #[default]
    Groq,
    /// An `error` beside choices, then `[DONE]`.
    OpenRouter,
    /// `error` and `status_code` side by side.
    Cerebras,
    /// `error` is a string.
    Text,
    /// A line `error: …` in place of an event, then `[DONE]`.
    Field,
    /// `MiniMax`'s `base_resp`, then `[DONE]`.
    BaseResp,
}

/// How the body of an error status is spelled.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum ErrorBody {
    /// `{"error": {"message", "type", "param", "code"}}`.
    #[default]
    OpenAi,
    /// The same fields without `error` around them.
    Flat,
    /// The message as a string: `{"error": "text"}`.
    Text,
    /// The message as a string under another name: `{"detail": "text"}`.
    Detail,
    /// An object that says it is an error: `{"object": "error", "message": "text"}`, with type and code.
    Object,
    /// No JSON at all.
    Plain,
    /// A page, as proxies send them.
    Html,
}

/// What is wrong with a settings segment.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum SettingsError {
    /// A key that is not among the settings.
    #[error("unknown setting `{key}`; known settings: {}", KNOWN.join(", "))]
    UnknownKey {
        /// The key as given.
        key: String,
    },
    /// A key with a value that it can't take.
    #[error("setting `{key}` can't be `{value}`: expected {wanted}; known settings: {}", KNOWN.join(", "))]
    BadValue {
        /// The key whose value is wrong.
        key: String,
        /// The value as given, empty when there was none.
        value: String,
        /// What it could be.
        wanted: String,
    },
    /// A key that means nothing without another.
    #[error("setting `{key}` needs `{other}` beside it; known settings: {}", KNOWN.join(", "))]
    Lonely {
        /// The key as given.
        key: &'static str,
        /// The key that has to stand beside it.
        other: &'static str,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(segment: &str) -> String {
        SimulatorSettings::parse(segment).unwrap_err().to_string()
    }

    #[test]
    fn nothing_said_changes_nothing() {
        let settings = SimulatorSettings::parse("").unwrap();
        assert_eq!(settings, SimulatorSettings::default());
        assert_eq!(settings.pace.over(&StreamProfile::default()), StreamProfile::default());
    }

    #[test]
    fn every_value_of_the_profile_can_be_replaced() {
        let segment = "ttft_ms:50.5,tok_s:2650,tokens_per_chunk:4,jitter:0.5,reasoning:0.25,tokens:500,text:a%2C%20b";
        let profile = SimulatorSettings::parse(segment).unwrap().pace.over(&StreamProfile::default());
        let wanted = StreamProfile {
            ttft_ms: 50.5,
            tok_s: 2650.0,
            tokens_per_chunk: 4,
            jitter: 0.5,
            reasoning: 0.25,
            tokens: 500,
            text: Some("a, b".into()),
        };
        assert_eq!(profile, wanted);
    }

    #[test]
    fn a_prompt_takes_its_time_to_be_read() {
        let settings = SimulatorSettings::parse("prefill_tok_s:1000,cache,context:4096").unwrap();
        assert!((settings.pace.prefill_ms(250) - 250.0).abs() < 1e-9);
        assert_eq!((settings.reply.cache, settings.reply.context), (true, Some(4_096)));
        assert!(PaceSettings::default().prefill_ms(250) < 1e-9);
    }

    #[test]
    fn faults_come_in_the_order_of_the_tokens() {
        let segment = "reset_after:30,stall_after:10,stall_ms:1500,error_after:20,error_shape:string,garbage_after:5";
        let kinds: Vec<_> =
            SimulatorSettings::parse(segment).unwrap().faults.into_iter().map(|fault| fault.kind).collect();
        let stall = FaultKind::Stall(Some(Duration::from_millis(1_500)));
        assert_eq!(kinds, [FaultKind::Garbage, stall, FaultKind::Error(ErrorShape::Text), FaultKind::Reset]);
    }

    #[test]
    fn a_stall_of_zero_is_for_ever_and_damage_may_end_the_stream() {
        let faults = |segment| SimulatorSettings::parse(segment).unwrap().faults;
        assert_eq!(faults("stall_after:2,stall_ms:0"), [StreamFault { after: 2, kind: FaultKind::Stall(None) }]);
        assert_eq!(faults("garbage_after:2,truncated_json"), [StreamFault { after: 2, kind: FaultKind::DamagedTail }]);
        assert_eq!(faults("truncated_json"), [StreamFault { after: u32::MAX, kind: FaultKind::DamagedTail }]);
    }

    #[test]
    fn switches_and_choices_are_read() {
        let settings = SimulatorSettings::parse(
            "no_done,crlf,comments,empty_first:false,split:1,think_tags,usage:x_groq,finish:eos,refusal,halves",
        );
        let wanted = StreamSettings {
            done: false,
            comments: true,
            empty_first: false,
            line_end: LineEnd::CrLf,
            split: Some(1),
            reasoning: ReasoningForm::ThinkTags,
            usage: UsageForm::XGroq,
            finish: FinishForm::Always("eos"),
            linger: false,
            refusal: true,
            halves: true,
        };
        assert_eq!(settings.unwrap().stream, wanted);
        assert_eq!(SimulatorSettings::parse("no_done:false").unwrap(), SimulatorSettings::default());
    }

    #[test]
    fn a_wait_alone_is_a_rate_limit() {
        assert_eq!(SimulatorSettings::parse("retry_after:2").unwrap().reply.status, Some(429));
        assert_eq!(SimulatorSettings::parse("retry_after:2,status:503").unwrap().reply.status, Some(503));
    }

    #[test]
    fn errors_name_the_key_and_the_known_ones() {
        assert!(error("warp:9").starts_with("unknown setting `warp`; known settings: ttft_ms, tok_s,"));
        assert!(
            error("tok_s:fast").starts_with("setting `tok_s` can't be `fast`: expected a number from 0.1 to 1000000;")
        );
        assert!(error("tok_s:NaN").contains("`tok_s`"));
        assert!(error("status:200").contains("a whole number from 400 to 599"));
        assert!(error("usage:twice").contains("one of none, finish, empty, choice, x_groq"));
        assert!(error("split").contains("can't be ``"));
        assert!(error("stall_ms:5").starts_with("setting `stall_ms` needs `stall_after` beside it"));
    }

    #[test]
    fn every_known_key_is_taken() {
        for key in KNOWN {
            assert!(!error_or_empty(key).starts_with("unknown"), "{key}");
        }
    }

    fn error_or_empty(segment: &str) -> String {
        SimulatorSettings::parse(segment).map_or_else(|error| error.to_string(), |_| String::new())
    }
}
