//! Ends that look like answers and are none: a refusal, a filter, a cap that was spent on thinking.
//! Their words are kept as text; the lane did not finish.

use crate::provider::excerpt::excerpt;
use speed_kings_core::race::event::{
    EventKind, FailureKind, FinishMeaning, FinishReason, LaneFailure, TextChannel, TokenUsage,
};

/// Characters shown of a refusal.
const SHOWN: usize = 400;
/// Bytes kept of a refusal.
const KEPT: usize = 4 << 10;

/// What a reply has said so far, as far as its outcome depends on it.
#[derive(Debug)]
pub(super) struct ReplySoFar {
    /// Text of the answer, or a call of a tool.
    answer: bool,
    reasoning: bool,
    refusal: String,
    /// What a filter objected to.
    filter: Option<Box<str>>,
    /// An upstream's own finish reason.
    native: Option<Box<str>>,
    tokens: Option<u64>,
}

impl ReplySoFar {
    pub(super) const fn new() -> Self {
        Self { answer: false, reasoning: false, refusal: String::new(), filter: None, native: None, tokens: None }
    }

    pub(super) fn note(&mut self, events: &[EventKind]) {
        for event in events {
            match event {
                EventKind::Text { channel: TextChannel::Reasoning, .. } => self.reasoning = true,
                EventKind::Text { channel: TextChannel::Refusal, text } if self.refusal.len() < KEPT => {
                    self.refusal.push_str(text);
                }
                EventKind::Text { channel: TextChannel::Refusal, .. } => {}
                EventKind::Text { .. } => self.answer = true,
                EventKind::WasReasoning => (self.answer, self.reasoning) = (false, true),
                _ => {}
            }
        }
    }

    pub(super) fn usage(&mut self, usage: TokenUsage) {
        self.tokens = usage.written().filter(|tokens| *tokens > 0).or(self.tokens);
    }

    pub(super) fn filtered(&mut self, by: &str) {
        self.filter.get_or_insert_with(|| by.into());
    }

    pub(super) fn native_finish(&mut self, wire: &str) {
        self.native = Some(wire.into());
    }

    /// The failure that this end stands for, if it is none that an answer has.
    pub(super) fn outcome(&self, finish: Option<&FinishReason>) -> Option<LaneFailure> {
        let native = self.native.as_deref().map(FinishReason::parse);
        let reasons = || finish.into_iter().chain(native.as_ref());
        let reason = |meaning| reasons().find(|reason| reason.meaning() == meaning).map(FinishReason::as_str);
        if let Some(by) = reason(FinishMeaning::Filter).or(self.filter.as_deref()) {
            let message = self.words().unwrap_or_else(|| format!("a content filter stopped the answer ({by})").into());
            let failure = LaneFailure::new(FailureKind::ContentFilter, message);
            return Some(
                failure.with_hint("the provider's filter objects to the prompt or the answer: try another prompt"),
            );
        }
        let refused = reason(FinishMeaning::Refusal);
        if refused.is_some() || !self.refusal.is_empty() {
            let by = refused.unwrap_or_default();
            let message = self.words().unwrap_or_else(|| format!("the model refused to answer ({by})").into());
            let failure = LaneFailure::new(FailureKind::Refusal, message);
            return Some(failure.with_hint("the model declines this prompt: try another one"));
        }
        let silent = !self.answer && !self.reasoning;
        (silent && reached_cap(finish)).then(|| {
            let message = format!("{} went into hidden reasoning: raise --max-tokens", self.spent());
            LaneFailure::new(FailureKind::NoAnswer, message)
        })
    }

    /// What to tell of an answer that never began because the cap was reached within its reasoning, which was seen.
    pub(super) fn spent_on_reasoning(&self, finish: Option<&FinishReason>) -> Option<Box<str>> {
        let unanswered = self.reasoning && !self.answer && reached_cap(finish);
        unanswered.then(|| format!("{} went into reasoning: raise --max-tokens", self.spent()).into())
    }

    fn spent(&self) -> String {
        self.tokens.map_or_else(|| "the whole output cap".to_owned(), |tokens| format!("all {tokens} tokens"))
    }

    fn words(&self) -> Option<Box<str>> {
        (!self.refusal.trim().is_empty()).then(|| excerpt(&self.refusal, SHOWN))
    }
}

/// The failure of a finish reason that tells one.
pub(super) fn broken_off(wire: &str) -> LaneFailure {
    let message = match wire {
        "error" => "the server ended the answer with an error".to_owned(),
        other => format!("the server ended the answer with an error ({other})"),
    };
    LaneFailure::new(FailureKind::StreamError, message)
}

fn reached_cap(finish: Option<&FinishReason>) -> bool {
    finish.is_some_and(|reason| reason.meaning() == FinishMeaning::Length)
}
