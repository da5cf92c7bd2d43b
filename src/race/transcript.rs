//! What one contestant said: one growing text, and which stretch of it is what.
//! Append-only, so that whoever draws it can keep what it has already laid out.

use crate::race::event::Channel;

/// Text in the order in which it came.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Transcript {
    text: String,
    /// Where each stretch of one channel begins.
    starts: Vec<(usize, Channel)>,
}

impl Transcript {
    /// Adds a piece.
    pub fn push(&mut self, channel: Channel, piece: &str) {
        if self.starts.last().is_none_or(|(_, last)| *last != channel) {
            self.starts.push((self.text.len(), channel));
        }
        self.text.push_str(piece);
    }

    /// How long it is: bytes of text, and stretches.
    #[must_use]
    pub const fn length(&self) -> (usize, usize) {
        (self.text.len(), self.starts.len())
    }

    /// Makes it what `whole`, of which it is a part or which is a part of it, was at this length.
    pub(super) fn become_part(&mut self, whole: &Self, (text, starts): (usize, usize)) {
        let keep = self.text.len().min(text);
        self.text.truncate(keep);
        self.text.push_str(whole.text.get(keep..text).unwrap_or_default());
        let keep = self.starts.len().min(starts);
        self.starts.truncate(keep);
        self.starts.extend_from_slice(whole.starts.get(keep..starts).unwrap_or_default());
    }

    /// All of it, all channels together, untrusted.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The stretches in order: channel, where it begins in [`Self::text`], and its text.
    pub fn stretches(&self) -> impl Iterator<Item = (Channel, usize, &str)> {
        let ends = self.starts.iter().skip(1).map(|(start, _)| *start).chain([self.text.len()]);
        self.starts
            .iter()
            .zip(ends)
            .map(|((start, channel), end)| (*channel, *start, self.text.get(*start..end).unwrap_or_default()))
    }

    /// The stretch that begins at or before byte `at`, by its index among [`Self::stretches`].
    #[must_use]
    pub fn channel_at(&self, at: usize) -> Channel {
        let after = self.starts.partition_point(|(start, _)| *start <= at);
        after.checked_sub(1).and_then(|i| self.starts.get(i)).map_or(Channel::Answer, |(_, channel)| *channel)
    }

    /// Where the stretch that holds byte `at` ends.
    #[must_use]
    pub fn stretch_end(&self, at: usize) -> usize {
        let after = self.starts.partition_point(|(start, _)| *start <= at);
        self.starts.get(after).map_or(self.text.len(), |(start, _)| *start)
    }

    /// The text of one channel, joined.
    #[must_use]
    pub fn of(&self, wanted: Channel) -> String {
        self.stretches().filter(|(channel, ..)| *channel == wanted).map(|(_, _, text)| text).collect()
    }

    /// Whether any text came on `wanted`.
    #[must_use]
    pub fn has(&self, wanted: Channel) -> bool {
        self.starts.iter().any(|(_, channel)| *channel == wanted)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stretches_join_and_part() {
        let mut transcript = Transcript::default();
        for (channel, piece) in
            [(Channel::Reasoning, "hm"), (Channel::Reasoning, "m"), (Channel::Answer, "ja"), (Channel::Reasoning, "?")]
        {
            transcript.push(channel, piece);
        }
        let stretches: Vec<_> = transcript.stretches().collect();
        assert_eq!(
            stretches,
            [(Channel::Reasoning, 0, "hmm"), (Channel::Answer, 3, "ja"), (Channel::Reasoning, 5, "?")]
        );
        assert_eq!(transcript.of(Channel::Reasoning), "hmm?");
        assert_eq!(transcript.channel_at(4), Channel::Answer);
        assert_eq!(transcript.stretch_end(4), 5);
        assert!(!transcript.has(Channel::Tool));
    }
}
