//! What one answer says, chunk by chunk, and when each chunk is due.
//! Pure, and the same for the same arguments; in which form it goes out is for others to know.

use std::time::Duration;

use fastrand::Rng;
use serde_json::json;

use super::chat_request::ChatRequest;
use super::settings::{FinishForm, ReasoningForm, SimulatorSettings, StreamSettings, UsageForm};
use super::text::TokenSource;
use super::timing::{LaunchTimes, dues};
use super::wire::{AnswerClosing, AnswerCounts, AnswerIdentity, AnswerTimes, WireFormat, merge, voice};
use speed_kings_catalog::profile::StreamProfile;

/// The longest answer, in tokens: a script is held in memory, at some 200 bytes a chunk.
pub const MAX_TOKENS: u32 = 32_768;

/// Stands for half a character until its event is written: no text of ours has it.
const HALF: char = '\u{E000}';

/// A whole answer that isn't streamed.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct WholeAnswer {
    pub(super) due: Duration,
    pub(super) body: String,
    pub(super) tokens: u32,
}

/// A stretch of text that goes out at once.
pub(super) struct TextChunk {
    thinking: bool,
    text: String,
    pub(super) tokens: u32,
}

/// What is said and when, before it is known in which form.
pub(super) struct ResponsePlan<'a> {
    pub(super) ask: &'a ChatRequest,
    pub(super) settings: &'a SimulatorSettings,
    pub(super) voice: Box<dyn WireFormat>,
    pub(super) chunks: Vec<TextChunk>,
    pub(super) dues: Vec<Duration>,
    pub(super) launch: LaunchTimes,
    pub(super) counts: AnswerCounts,
    cut: bool,
}

impl<'a> ResponsePlan<'a> {
    /// Decides the text and its timing. The same four arguments always give the same part.
    pub(super) fn new(
        profile: &StreamProfile,
        settings: &'a SimulatorSettings,
        ask: &'a ChatRequest,
        model: &str,
        seed: u64,
    ) -> Self {
        let mut profile = settings.pace.over(profile);
        profile.ttft_ms += settings.pace.prefill_ms(ask.prompt_tokens().saturating_sub(ask.cached_tokens));
        let usual = profile.tokens.clamp(1, MAX_TOKENS);
        let whole = ask.max_tokens.filter(|_| ask.ignore_eos).map_or(usual, |cap| cap.clamp(1, MAX_TOKENS));
        let tokens = ask.max_tokens.map_or(whole, |cap| cap.min(whole));
        let reasoning = share(whole, profile.reasoning).min(tokens);
        let mut rng = Rng::with_seed(seed);
        let (thoughts, words) =
            (TokenSource::reasoning(rng.u64(..)), TokenSource::answer(profile.text.as_deref(), rng.u64(..)));
        let size = profile.tokens_per_chunk.max(1);
        let mut chunks = cut(thoughts, reasoning, size, true);
        chunks.extend(cut(words, tokens - reasoning, size, false));
        let launch = LaunchTimes::of(&profile, settings.reply.header_delay);
        let sizes: Vec<_> = chunks.iter().map(|chunk| chunk.tokens).collect();
        let dues = dues(&profile, launch.first_token, &sizes, &mut rng);
        let model = ask.model.as_deref().unwrap_or(model).to_owned();
        let stream = &settings.stream;
        let answer = AnswerIdentity {
            id: format!("sim-{:016x}", rng.u64(..)),
            model,
            line_end: stream.line_end,
            list: ask.list,
            prompt: (stream.usage != UsageForm::Never).then(|| ask.prompt_tokens()),
            cached: ask.cached_tokens,
        };
        Self {
            ask,
            settings,
            voice: voice(ask.dialect, answer),
            chunks,
            dues,
            launch,
            counts: AnswerCounts {
                prompt: ask.prompt_tokens(),
                cached: ask.cached_tokens,
                completion: tokens,
                reasoning,
            },
            cut: tokens < whole || ask.ignore_eos,
        }
    }

    /// The whole answer in one body, due when its last token is.
    pub(super) fn whole(self) -> WholeAnswer {
        let text = |thinking: bool| -> String {
            self.chunks.iter().filter(|chunk| chunk.thinking == thinking).map(|chunk| chunk.text.as_str()).collect()
        };
        let due = self.dues.last().copied().unwrap_or(self.launch.first_token);
        let mut message = json!({ "role": "assistant", "content": text(false) });
        if self.counts.reasoning > 0 {
            if let Some(key) = self.voice.thought_key(self.stream().reasoning) {
                merge(&mut message, &json!({ key: text(true) }));
            } else {
                let open = self.opening_tag();
                merge(&mut message, &json!({ "content": format!("{open}{}</think>{}", text(true), text(false)) }));
            }
        }
        let closing = self.closing(self.launch.first_token, due);
        WholeAnswer { due, body: self.voice.reply(&message, &closing), tokens: self.counts.completion }
    }

    pub(super) fn stream(&self) -> &StreamSettings {
        &self.settings.stream
    }

    /// Why it ended, as far as that is said.
    fn finish(&self) -> Option<&'static str> {
        match self.stream().finish {
            FinishForm::True if self.cut => Some("length"),
            FinishForm::True => Some("stop"),
            FinishForm::Always(reason) => Some(reason),
            FinishForm::Never => None,
        }
    }

    /// What is said at the end.
    pub(super) fn closing(&self, first_token: Duration, last_token: Duration) -> AnswerClosing {
        let usage = match self.stream().usage {
            UsageForm::Asked if self.ask.include_usage => UsageForm::Empty,
            UsageForm::Asked => UsageForm::Never,
            form => form,
        };
        let times = AnswerTimes { head: self.launch.head, first_token, last_token };
        AnswerClosing { counts: self.counts, times, finish: self.finish(), usage, done: self.stream().done }
    }

    /// The bytes of the chunk at `index`.
    pub(super) fn bytes(&self, index: usize, chunk: &TextChunk) -> String {
        let opening = index == 0 && !self.stream().empty_first;
        match self.voice.thought_key(self.stream().reasoning) {
            Some(key) if chunk.thinking => self.say(key, &chunk.text, opening),
            None if chunk.thinking => self.say("content", &self.tagged(index, &chunk.text), opening),
            _ if self.stream().refusal => self.say("refusal", &chunk.text, opening),
            _ => self.say("content", &chunk.text, opening),
        }
    }

    /// `text` in the field `key`, each of its long characters cut in two when that is set.
    fn say(&self, key: &str, text: &str, opening: bool) -> String {
        let long = text.char_indices().find(|(_, letter)| self.stream().halves && letter.len_utf16() == 2);
        let Some((at, letter)) = long else { return self.voice.text(key, text, opening) };
        let (before, after) = text.split_at_checked(at).unwrap_or_default();
        let after = after.get(letter.len_utf8()..).unwrap_or_default();
        let mut units = [0; 2];
        letter.encode_utf16(&mut units);
        let [high, low] = units.map(|unit| format!("\\u{unit:04x}"));
        let first = self.voice.text(key, &format!("{before}{HALF}"), opening).replace(HALF, &high);
        let second = self.voice.text(key, &HALF.to_string(), false).replace(HALF, &low);
        let rest = if after.is_empty() { String::new() } else { self.say(key, after, false) };
        first + &second + &rest
    }

    /// The tag that opens the thoughts, unless the model's template has written it.
    fn opening_tag(&self) -> &'static str {
        if self.stream().reasoning == ReasoningForm::CloseTag { "" } else { "<think>" }
    }

    /// A thought with the tags that open the first and close the last one. They are no tokens of their own.
    fn tagged(&self, index: usize, text: &str) -> String {
        let open = if index == 0 { self.opening_tag() } else { "" };
        let last = self.chunks.get(index + 1).is_none_or(|next| !next.thinking);
        format!("{open}{text}{}", if last { "</think>" } else { "" })
    }
}

/// `count` tokens of `source` in chunks of `size`.
fn cut(mut source: TokenSource, count: u32, size: u32, thinking: bool) -> Vec<TextChunk> {
    let mut chunks = Vec::new();
    let mut left = count;
    while left > 0 {
        let tokens = left.min(size);
        let text = (0..tokens).filter_map(|_| source.next()).collect();
        chunks.push(TextChunk { thinking, text, tokens });
        left -= tokens;
    }
    chunks
}

/// `share` of `count`, rounded.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "the product is between 0 and `count`")]
fn share(count: u32, share: f64) -> u32 {
    (f64::from(count) * share.clamp(0.0, 1.0)).round() as u32
}
