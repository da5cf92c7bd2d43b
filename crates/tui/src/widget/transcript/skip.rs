//! A far jump in a long text: what lies between is looked through for where it can be taken up again, and not laid out.
//! The rows that show are the same as if all of it had been.

use super::TranscriptLayout;
use super::markdown::{self, SettledPlace};
use speed_kings_core::race::event::TextChannel;
use speed_kings_core::race::transcript::Transcript;

/// No pane shows more rows than this, and in tests, so that many texts can be tried, a sixteenth.
pub(super) const ROWS: usize = if cfg!(test) { 25 } else { 400 };

impl TranscriptLayout {
    /// How close to its end, in bytes, a text is laid out on a page of `width` columns: what fills the rows of a pane where
    /// each byte is a column.
    pub(super) fn near(width: u16) -> usize {
        ROWS * usize::from(width).max(20)
    }

    /// How close it is laid out where hardly anything of what was as `near` shows.
    pub(super) const fn wider(near: usize) -> usize {
        near.saturating_mul(4)
    }

    /// Goes to a place `near` bytes before the end of `transcript`, or further, from which on it can be laid out, if there is
    /// much more new text than that and such a place.
    pub(super) fn pass_over(&mut self, transcript: &Transcript, near: usize) -> bool {
        let length = transcript.text().len();
        if self.page.width == 0 || length.saturating_sub(self.done) < near.saturating_mul(2) {
            return false;
        }
        let Some(place) = self.place_before(transcript, length - near) else { return false };
        self.lines.clear();
        self.done = place.bytes;
        self.places = vec![place];
        (self.growing, self.skipped) = (false, true);
        true
    }

    /// Whether rows that may show could be among those that were left out.
    pub(super) fn is_short(&self) -> bool {
        self.skipped && self.lines.len() < ROWS
    }

    /// The last place up to byte `most` at which the text can be taken up, with no rows above it.
    fn place_before(&self, transcript: &Transcript, most: usize) -> Option<SettledPlace> {
        let (stretch, channel) = (transcript.stretch_start(most), transcript.channel_at(most));
        let known = self.places.last().filter(|place| place.bytes >= stretch);
        let from = known.map_or(stretch, |place| place.bytes);
        if !(self.page.rendered && channel == TextChannel::Answer) {
            let between = transcript.text().as_bytes().get(from..most)?;
            let bytes = from + 1 + between.iter().rposition(|byte| *byte == b'\n')?;
            return Some(SettledPlace { stretch, bytes, rows: 0, context: None });
        }
        let context = Some(known.and_then(|place| place.context.clone()).unwrap_or_default());
        let begin = SettledPlace { stretch, bytes: from, rows: 0, context };
        markdown::last_place(&begin, transcript.text().get(from..)?, most - from)
    }
}
