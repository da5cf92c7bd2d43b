//! Frames that repeat the one before them, written by hand: a few bytes instead of an encoder's look at every block.
//! Such a frame is one H.264 slice in which all macroblocks are skipped; frames after it are numbered anew (7.3.3, 7.4.3).

use crate::video::bits::{BitReader, BitWriter, escape, unescape};
use crate::video::mp4::EncodedFrame;

/// A slice of a picture that is no new start, and one that is: ITU-T H.264, table 7-1.
const SLICE: u8 = 1;
/// The header of a repeat: a slice that others may refer to.
const HEADER: u8 = 0x40 | SLICE;
/// Where `slice_type` is P in all slices of the picture.
const ALL_P: u32 = 5;

/// What of a stream's settings a repeat is written by.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct StreamSyntax {
    /// Bits of a frame's number.
    bits: u32,
    /// Bits of its place in the order of showing; nothing where that is the order of decoding.
    order: u32,
    macroblocks: u32,
    /// The id of the picture's settings.
    picture: u32,
    /// Whether slices say how edges are filtered.
    filters: bool,
}

/// Puts repeats between the frames of one segment and keeps their numbers in order.
#[derive(Debug, Default)]
pub(super) struct FrameRepeats {
    syntax: Option<StreamSyntax>,
    added: u32,
    last: u32,
    place: u32,
}

impl FrameRepeats {
    /// Numbers a frame that the encoder made after the repeats so far; `size` is the picture's, in pixels. Nothing when
    /// it can't be numbered.
    pub(super) fn follow(&mut self, sample: EncodedFrame, (width, height): (u32, u32)) -> Option<EncodedFrame> {
        if let Some((sequence, picture)) = &sample.settings {
            let macroblocks = width.div_ceil(16) * height.div_ceil(16);
            self.syntax = StreamSyntax::of(sequence, picture, macroblocks);
        }
        if sample.key {
            (self.added, self.last, self.place) = (0, 0, 0);
            return Some(sample);
        }
        let Some(syntax) = self.syntax else { return Some(sample) };
        let mut bytes = Vec::with_capacity(sample.bytes.len() + 4);
        let mut rest = sample.bytes.as_slice();
        while let Some((length, after)) = rest.split_first_chunk::<4>() {
            let (unit, after) = after.split_at_checked(usize::try_from(u32::from_be_bytes(*length)).ok()?)?;
            rest = after;
            let numbered = if unit.first()? & 0x1f == SLICE { self.number(syntax, unit)? } else { unit.to_vec() };
            bytes.extend(u32::try_from(numbered.len()).ok()?.to_be_bytes());
            bytes.extend(numbered);
        }
        Some(EncodedFrame { bytes, ..sample })
    }

    /// One more of the frame before. Nothing when the stream isn't one in which that is known how.
    pub(super) fn repeat(&mut self) -> Option<EncodedFrame> {
        let syntax = self.syntax?;
        self.added += 1;
        self.last = (self.last + 1) % (1 << syntax.bits);
        let mut bits = BitWriter::default();
        bits.unsigned(0);
        bits.unsigned(ALL_P);
        bits.unsigned(syntax.picture);
        bits.push_bits(self.last, syntax.bits);
        self.place = place(self.place + 2, syntax);
        bits.push_bits(self.place, syntax.order);
        // As many references as usual, in their usual order, none marked; no change of the quantiser.
        bits.push_bits(0b0001, 4);
        if syntax.filters {
            bits.unsigned(1);
        }
        bits.unsigned(syntax.macroblocks);
        let unit: Vec<u8> = [HEADER].into_iter().chain(escape(&bits.finish())).collect();
        let length = u32::try_from(unit.len()).ok()?.to_be_bytes();
        Some(EncodedFrame { key: false, bytes: [&length[..], &unit].concat(), settings: None })
    }

    fn number(&mut self, syntax: StreamSyntax, unit: &[u8]) -> Option<Vec<u8>> {
        let (header, body) = unit.split_first()?;
        let mut body = unescape(body);
        let mut bits = BitReader { bytes: &body, at: 0 };
        bits.pass(3)?;
        let at = bits.at;
        self.last = (bits.get(syntax.bits)? + self.added) % (1 << syntax.bits);
        self.place = place(bits.get(syntax.order)? + 2 * self.added, syntax);
        overwrite(&mut body, at, self.last, syntax.bits)?;
        overwrite(&mut body, at + syntax.bits as usize, self.place, syntax.order)?;
        Some([*header].into_iter().chain(escape(&body)).collect())
    }
}

/// A frame's place in the order of showing counts in twos and begins again at its bits' end.
const fn place(place: u32, syntax: StreamSyntax) -> u32 {
    place & ((1 << syntax.order) - 1)
}

/// Puts `value` in the place of the `count` bits from `at` on.
fn overwrite(bytes: &mut [u8], at: usize, value: u32, count: u32) -> Option<()> {
    for (index, at) in (0..count).rev().zip(at..) {
        let byte = bytes.get_mut(at / 8)?;
        let bit = 0x80 >> (at % 8);
        *byte = if value >> index & 1 == 1 { *byte | bit } else { *byte & !bit };
    }
    Some(())
}

impl StreamSyntax {
    /// Out of a sequence's and a picture's settings (7.3.2.1, 7.3.2.2), as far as they are of the plain kind: Baseline,
    /// output in the order of decoding or with places that are counted in full, one reference, no weights, no groups of slices.
    fn of(sequence: &[u8], picture: &[u8], macroblocks: u32) -> Option<Self> {
        let body = unescape(sequence.get(4..)?);
        let mut bits = BitReader { bytes: &body, at: 0 };
        bits.unsigned()?;
        let length = bits.unsigned()? + 4;
        let order = match bits.unsigned()? {
            0 => bits.unsigned()? + 4,
            2 => 0,
            _ => return None,
        };
        let baseline = sequence.get(1) == Some(&66);
        let body = unescape(picture.get(1..)?);
        let mut bits = BitReader { bytes: &body, at: 0 };
        let id = bits.unsigned()?;
        bits.unsigned()?;
        let flags = bits.get(2)?;
        let (groups, references, _) = (bits.unsigned()?, bits.unsigned()?, bits.unsigned()?);
        let weights = bits.get(3)?;
        bits.pass(3)?;
        let filters = bits.get(1)? == 1;
        let plain = baseline && length.max(order) <= 16 && (flags, groups, references, weights) == (0, 0, 0, 0);
        plain.then_some(Self { bits: length, order, macroblocks, picture: id, filters })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_plain_streams_are_repeated() {
        let (sequence, picture) = ([0x67, 0x42, 0xc0, 0x33, 0x8c, 0x68, 0x07, 0x80], [0x68, 0xce, 0x3c, 0x80]);
        let syntax = StreamSyntax { bits: 15, order: 0, macroblocks: 8_160, picture: 0, filters: true };
        assert_eq!(StreamSyntax::of(&sequence, &picture, 8_160), Some(syntax));
        let mut main = sequence;
        main[1] = 77;
        assert_eq!(StreamSyntax::of(&main, &picture, 8_160), None);
        assert_eq!(StreamSyntax::of(&sequence, &[0x68, 0xee, 0x3c, 0x80], 8_160), None, "CABAC");
    }
}
