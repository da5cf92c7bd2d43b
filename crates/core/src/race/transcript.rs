//! What one contestant said: one growing text, and which stretch of it is what.
//! Append-only, so that whoever draws it can keep what it has already laid out; only what kind of text the answer so far
//! is may change, once it proves to have been reasoning.

use crate::race::event::TextChannel;
use crate::race::room::room;

/// Text in the order in which it came.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Transcript {
    text: String,
    /// Where each stretch of one channel begins, as it came.
    starts: Vec<(usize, TextChannel)>,
    /// Answer text before this byte was reasoning.
    reasoned: usize,
}

/// How long a transcript is: all that changes of it.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(super) struct TranscriptLength {
    bytes: usize,
    stretches: usize,
    reasoned: usize,
}

impl Transcript {
    /// Adds a piece of text that came on `channel`.
    pub fn push(&mut self, channel: TextChannel, piece: &str) {
        // Behind text that was reasoning, the answer begins anew.
        let anew = self.reasoned > 0 && self.reasoned == self.text.len();
        if anew || self.starts.last().is_none_or(|(_, last)| *last != channel) {
            self.starts.push((self.text.len(), channel));
        }
        if self.text.capacity() - self.text.len() < piece.len() {
            self.text.reserve_exact(room(self.text.len(), piece.len()));
        }
        self.text.push_str(piece);
    }

    /// All answer text so far was reasoning.
    pub fn was_reasoning(&mut self) {
        self.reasoned = self.text.len();
    }

    /// Answer text before this byte was reasoning, as was seen after it had come; 0 where none was.
    #[must_use]
    pub const fn reasoned(&self) -> usize {
        self.reasoned
    }

    /// How long it is.
    pub(super) const fn length(&self) -> TranscriptLength {
        TranscriptLength { bytes: self.text.len(), stretches: self.starts.len(), reasoned: self.reasoned }
    }

    /// Makes it what `whole`, of which it is a part or which is a part of it, was at this length.
    pub(super) fn become_part(&mut self, whole: &Self, length: TranscriptLength) {
        let keep = self.text.len().min(length.bytes);
        self.text.truncate(keep);
        self.text.push_str(whole.text.get(keep..length.bytes).unwrap_or_default());
        let keep = self.starts.len().min(length.stretches);
        self.starts.truncate(keep);
        self.starts.extend_from_slice(whole.starts.get(keep..length.stretches).unwrap_or_default());
        self.reasoned = length.reasoned;
    }

    /// What a stretch that came as `channel` at byte `start` is.
    fn shown(&self, start: usize, channel: TextChannel) -> TextChannel {
        if channel == TextChannel::Answer && start < self.reasoned { TextChannel::Reasoning } else { channel }
    }

    /// All of it, all channels together, untrusted.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The stretches in order: channel, where it begins in [`Self::text`], and its text.
    pub fn stretches(&self) -> impl Iterator<Item = (TextChannel, usize, &str)> {
        let ends = self.starts.iter().skip(1).map(|(start, _)| *start).chain([self.text.len()]);
        self.starts.iter().zip(ends).map(|((start, channel), end)| {
            (self.shown(*start, *channel), *start, self.text.get(*start..end).unwrap_or_default())
        })
    }

    /// The stretch that begins at or before byte `at`, by its index among [`Self::stretches`].
    #[must_use]
    pub fn channel_at(&self, at: usize) -> TextChannel {
        let after = self.starts.partition_point(|(start, _)| *start <= at);
        let stretch = after.checked_sub(1).and_then(|i| self.starts.get(i));
        stretch.map_or(TextChannel::Answer, |(start, channel)| self.shown(*start, *channel))
    }

    /// Where the stretch that holds byte `at` begins.
    #[must_use]
    pub fn stretch_start(&self, at: usize) -> usize {
        let after = self.starts.partition_point(|(start, _)| *start <= at);
        after.checked_sub(1).and_then(|i| self.starts.get(i)).map_or(0, |(start, _)| *start)
    }

    /// Where the stretch that holds byte `at` ends.
    #[must_use]
    pub fn stretch_end(&self, at: usize) -> usize {
        let after = self.starts.partition_point(|(start, _)| *start <= at);
        self.starts.get(after).map_or(self.text.len(), |(start, _)| *start)
    }

    /// The text of one channel, joined.
    #[must_use]
    pub fn of(&self, wanted: TextChannel) -> String {
        self.stretches().filter(|(channel, ..)| *channel == wanted).map(|(_, _, text)| text).collect()
    }

    /// Whether any text came on `wanted`.
    #[must_use]
    pub fn has(&self, wanted: TextChannel) -> bool {
        self.starts.iter().any(|(start, channel)| self.shown(*start, *channel) == wanted)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stretches_join_and_part() {
        let mut transcript = Transcript::default();
        for (channel, piece) in [
            (TextChannel::Reasoning, "hm"),
            (TextChannel::Reasoning, "m"),
            (TextChannel::Answer, "ja"),
            (TextChannel::Reasoning, "?"),
        ] {
            transcript.push(channel, piece);
        }
        let stretches: Vec<_> = transcript.stretches().collect();
        assert_eq!(
            stretches,
            [(TextChannel::Reasoning, 0, "hmm"), (TextChannel::Answer, 3, "ja"), (TextChannel::Reasoning, 5, "?")]
        );
        assert_eq!(transcript.of(TextChannel::Reasoning), "hmm?");
        assert_eq!(transcript.channel_at(4), TextChannel::Answer);
        assert_eq!((transcript.stretch_start(4), transcript.stretch_end(4)), (3, 5));
        assert!(!transcript.has(TextChannel::Tool));
    }
    #[test]
    fn an_answer_that_was_reasoning_is_told_from_the_one_behind_it() {
        let mut transcript = Transcript::default();
        transcript.push(TextChannel::Tool, "{}");
        transcript.push(TextChannel::Answer, "hm");
        transcript.was_reasoning();
        transcript.push(TextChannel::Answer, "ja");
        transcript.push(TextChannel::Answer, "!");
        let stretches: Vec<_> = transcript.stretches().collect();
        assert_eq!(
            stretches,
            [(TextChannel::Tool, 0, "{}"), (TextChannel::Reasoning, 2, "hm"), (TextChannel::Answer, 4, "ja!")]
        );
        assert_eq!(
            (transcript.of(TextChannel::Answer), transcript.of(TextChannel::Reasoning)),
            ("ja!".into(), "hm".into())
        );
        assert_eq!((transcript.channel_at(3), transcript.channel_at(4)), (TextChannel::Reasoning, TextChannel::Answer));
        assert_eq!(transcript.stretch_end(2), 4);
    }
}
