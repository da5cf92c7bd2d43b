//! How much text came, by what can be counted apart.

use crate::race::event::TextChannel;

/// How much text came, by what can be counted apart.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(super) struct TextSizes {
    pub(super) answer: TextSize,
    pub(super) reasoning: TextSize,
    /// Tool calls and refusals.
    pub(super) others: TextSize,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(super) struct TextSize {
    pub(super) bytes: usize,
    pub(super) chars: usize,
}

impl TextSizes {
    pub(super) fn add(&mut self, channel: TextChannel, text: &str) {
        let size = match channel {
            TextChannel::Answer => &mut self.answer,
            TextChannel::Reasoning => &mut self.reasoning,
            TextChannel::Tool | TextChannel::Refusal => &mut self.others,
        };
        size.bytes += text.len();
        size.chars += text.chars().count();
    }

    /// All answer text so far was reasoning.
    pub(super) fn was_reasoning(&mut self) {
        self.reasoning = self.reasoning.and(std::mem::take(&mut self.answer));
    }

    pub(super) const fn unlike_reasoning(self) -> TextSize {
        self.answer.and(self.others)
    }

    pub(super) const fn all(self) -> TextSize {
        self.unlike_reasoning().and(self.reasoning)
    }
}

impl TextSize {
    pub(super) const fn and(self, other: Self) -> Self {
        Self { bytes: self.bytes + other.bytes, chars: self.chars + other.chars }
    }
}
