//! What one answer says, chunk by chunk, and when each chunk is due.
//! Pure, and the same for the same arguments; in which form it goes out is for others to know.

use std::time::Duration;

use fastrand::Rng;
use serde_json::{Value, json};

use super::ask::Ask;
use super::settings::{FinishForm, ReasoningForm, Settings, Stream};
use super::text::Tokens;
use super::timing::{Launch, dues};
use super::wire::{Counts, Envelope, Times, merge};
use crate::catalog::profile::Profile;

/// The longest answer, in tokens: a script is held in memory, at some 200 bytes a chunk.
pub const MAX_TOKENS: u32 = 32_768;

/// A whole answer that isn't streamed.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Whole {
    pub(super) due: Duration,
    pub(super) body: String,
    pub(super) tokens: u32,
}

/// A stretch of text that goes out at once.
pub(super) struct Chunk {
    thinking: bool,
    text: String,
    pub(super) tokens: u32,
}

/// What is said and when, before it is known in which form.
pub(super) struct Part<'a> {
    pub(super) ask: &'a Ask,
    pub(super) settings: &'a Settings,
    pub(super) envelope: Envelope,
    pub(super) chunks: Vec<Chunk>,
    pub(super) dues: Vec<Duration>,
    pub(super) launch: Launch,
    pub(super) counts: Counts,
    cut: bool,
}

impl<'a> Part<'a> {
    /// Decides the text and its timing. The same four arguments always give the same part.
    pub(super) fn new(profile: &Profile, settings: &'a Settings, ask: &'a Ask, model: &str, seed: u64) -> Self {
        let profile = settings.pace.over(profile);
        let whole = profile.tokens.clamp(1, MAX_TOKENS);
        let tokens = ask.max_tokens.map_or(whole, |cap| cap.min(whole));
        let reasoning = share(whole, profile.reasoning).min(tokens);
        let mut rng = Rng::with_seed(seed);
        let (thoughts, words) = (Tokens::reasoning(rng.u64(..)), Tokens::answer(profile.text.as_deref(), rng.u64(..)));
        let size = profile.tokens_per_chunk.max(1);
        let mut chunks = cut(thoughts, reasoning, size, true);
        chunks.extend(cut(words, tokens - reasoning, size, false));
        let launch = Launch::of(&profile, settings.reply.header_delay);
        let sizes: Vec<_> = chunks.iter().map(|chunk| chunk.tokens).collect();
        let dues = dues(&profile, launch.first_token, &sizes, &mut rng);
        let model = ask.model.as_deref().unwrap_or(model).to_owned();
        let line_end = settings.stream.line_end;
        Self {
            ask,
            settings,
            envelope: Envelope::new(format!("sim-{:016x}", rng.u64(..)), model, line_end),
            chunks,
            dues,
            launch,
            counts: Counts { prompt: ask.prompt_tokens, completion: tokens, reasoning },
            cut: tokens < whole,
        }
    }

    /// As one reply.
    pub(super) fn whole(self) -> Whole {
        let text = |thinking: bool| -> String {
            self.chunks.iter().filter(|chunk| chunk.thinking == thinking).map(|chunk| chunk.text.as_str()).collect()
        };
        let due = self.dues.last().copied().unwrap_or(self.launch.first_token);
        let mut message = json!({ "role": "assistant", "content": text(false) });
        if self.counts.reasoning > 0 {
            match reasoning_key(self.stream().reasoning) {
                Some(key) => merge(&mut message, &json!({ key: text(true) })),
                None => {
                    merge(&mut message, &json!({ "content": format!("<think>{}</think>{}", text(true), text(false)) }));
                }
            }
        }
        let extra =
            json!({ "usage": self.counts.json(), "time_info": self.times(self.launch.first_token, due).json() });
        Whole { due, body: self.envelope.reply(&message, &self.finish(), &extra), tokens: self.counts.completion }
    }

    pub(super) fn stream(&self) -> &Stream {
        &self.settings.stream
    }

    pub(super) fn finish(&self) -> Value {
        match self.stream().finish {
            FinishForm::True if self.cut => json!("length"),
            FinishForm::True => json!("stop"),
            FinishForm::Always(reason) => json!(reason),
            FinishForm::Never => Value::Null,
        }
    }

    pub(super) fn times(&self, first_token: Duration, last_token: Duration) -> Times {
        Times { head: self.launch.head, first_token, last_token }
    }

    /// The delta of the chunk at `index`.
    pub(super) fn delta(&self, index: usize, chunk: &Chunk) -> Value {
        let (key, text) = match reasoning_key(self.stream().reasoning) {
            Some(key) if chunk.thinking => (key, chunk.text.clone()),
            None if chunk.thinking => ("content", self.tagged(index, &chunk.text)),
            _ => ("content", chunk.text.clone()),
        };
        if index == 0 && !self.stream().empty_first {
            return json!({ "role": "assistant", key: text });
        }
        json!({ key: text })
    }

    /// A thought with the tags that open the first and close the last one. They are no tokens of their own.
    fn tagged(&self, index: usize, text: &str) -> String {
        let open = if index == 0 { "<think>" } else { "" };
        let last = self.chunks.get(index + 1).is_none_or(|next| !next.thinking);
        format!("{open}{text}{}", if last { "</think>" } else { "" })
    }
}

/// The field of a delta that holds reasoning, where it has one of its own.
fn reasoning_key(form: ReasoningForm) -> Option<&'static str> {
    match form {
        ReasoningForm::Reasoning => Some("reasoning"),
        ReasoningForm::ReasoningContent => Some("reasoning_content"),
        ReasoningForm::ThinkTags => None,
    }
}

/// `count` tokens of `source` in chunks of `size`.
fn cut(mut source: Tokens, count: u32, size: u32, thinking: bool) -> Vec<Chunk> {
    let mut chunks = Vec::new();
    let mut left = count;
    while left > 0 {
        let tokens = left.min(size);
        let text = (0..tokens).filter_map(|_| source.next()).collect();
        chunks.push(Chunk { thinking, text, tokens });
        left -= tokens;
    }
    chunks
}

/// `share` of `count`, rounded.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "the product is between 0 and `count`")]
fn share(count: u32, share: f64) -> u32 {
    (f64::from(count) * share.clamp(0.0, 1.0)).round() as u32
}
