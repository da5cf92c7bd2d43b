//! One `chat.completion.chunk` with the fields that any provider puts into it, or a whole completion of that shape.
//! The text is borrowed from the event; what comes rarely is kept as a JSON value.

use serde::Deserialize;
use serde_json::Value;

use crate::provider::delta::MessageDelta;
use crate::provider::lenient_json::{LenientList, LenientObject, LenientText};

#[derive(Debug, Deserialize)]
pub(super) struct OpenAiChunk<'a> {
    #[serde(borrow, default)]
    pub(super) model: LenientText<'a>,
    /// Whom `OpenRouter` passed the request on to.
    #[serde(borrow, default)]
    pub(super) provider: LenientText<'a>,
    #[serde(borrow, default)]
    pub(super) system_fingerprint: LenientText<'a>,
    #[serde(borrow, default)]
    pub(super) choices: LenientList<ChunkChoice<'a>>,
    pub(super) usage: Option<Value>,
    pub(super) x_groq: Option<Value>,
    /// Timings as Cerebras reports them.
    pub(super) time_info: Option<Value>,
    /// Timings as llama.cpp reports them.
    pub(super) timings: Option<Value>,
    /// Timings as Fireworks reports them.
    pub(super) perf_metrics: Option<Value>,
    /// Timings as LM Studio reports them.
    pub(super) stats: Option<Value>,
    pub(super) error: Option<Value>,
    /// With `detail` the sign of an error that is not wrapped into `error`.
    #[serde(borrow, default)]
    pub(super) message: LenientText<'a>,
    pub(super) detail: Option<Value>,
    /// The error code that `DashScope` puts beside `message`.
    pub(super) code: Option<Value>,
    /// `MiniMax`: a status of its own in each chunk.
    pub(super) base_resp: Option<Value>,
    /// `MiniMax`: its filter's word on the prompt and on the answer.
    pub(super) input_sensitive: Option<Value>,
    pub(super) output_sensitive: Option<Value>,
}

#[derive(Debug, Deserialize)]
pub(super) struct ChunkChoice<'a> {
    pub(super) index: Option<Value>,
    #[serde(borrow, default)]
    pub(super) delta: LenientObject<MessageDelta<'a>>,
    /// In a completion that is not streamed.
    #[serde(borrow, default)]
    pub(super) message: LenientObject<MessageDelta<'a>>,
    /// The text of the older completion API, which some servers send beside the delta.
    #[serde(borrow, default)]
    pub(super) text: LenientText<'a>,
    #[serde(borrow, default)]
    pub(super) finish_reason: LenientText<'a>,
    /// `OpenRouter`: the upstream's own reason.
    #[serde(borrow, default)]
    pub(super) native_finish_reason: LenientText<'a>,
    /// Azure: what its filter found, by category.
    pub(super) content_filter_results: Option<Value>,
    pub(super) content_filter_result: Option<Value>,
    /// Token counts, which Moonshot puts inside the choice.
    pub(super) usage: Option<Value>,
    pub(super) error: Option<Value>,
}

impl<'a> OpenAiChunk<'a> {
    /// The first choice of the answer. Others are asked for by nobody here, and their text would run into it.
    pub(super) fn choice(&self) -> Option<&ChunkChoice<'a>> {
        let choices = self.choices.0.iter().flatten().enumerate();
        choices.filter_map(|(place, choice)| Some((place, choice.0.as_ref()?))).find_map(|(place, choice)| {
            let index = choice.index.as_ref().and_then(Value::as_u64);
            (index.map_or(place == 0, |index| index == 0)).then_some(choice)
        })
    }

    /// The token counts, wherever this provider puts them, the likeliest place first.
    pub(super) fn usages(&self) -> impl Iterator<Item = &Value> {
        let of_choice = self.choice().and_then(|choice| choice.usage.as_ref());
        let of_groq = self.x_groq.as_ref().and_then(|x_groq| x_groq.get("usage"));
        [self.usage.as_ref(), of_choice, of_groq].into_iter().flatten().filter(|usage| usage.is_object())
    }

    /// Every object of the chunk that may hold the server's timings.
    pub(super) fn timings(&self) -> impl Iterator<Item = &Value> {
        let others = [self.time_info.as_ref(), self.timings.as_ref(), self.perf_metrics.as_ref(), self.stats.as_ref()];
        self.usages().chain(others.into_iter().flatten())
    }

    /// What a filter that stopped the answer objected to.
    pub(super) fn filtered(&self) -> Option<&str> {
        let told = |flag: &Option<Value>| flag.as_ref().and_then(Value::as_bool) == Some(true);
        if told(&self.input_sensitive) {
            return Some("input_sensitive");
        }
        if told(&self.output_sensitive) {
            return Some("output_sensitive");
        }
        let choice = self.choice()?;
        choice.content_filter_results.as_ref().or(choice.content_filter_result.as_ref()).and_then(category)
    }
}

/// The category that a filter has filtered, or the list that it stands on.
fn category(results: &Value) -> Option<&str> {
    let filtered = |result: &Value| result.get("filtered").and_then(Value::as_bool) == Some(true);
    let hit = |result: &Value| filtered(result) || result.as_array().is_some_and(|list| list.iter().any(filtered));
    results.as_object()?.iter().find_map(|(category, result)| hit(result).then_some(category.as_str()))
}
