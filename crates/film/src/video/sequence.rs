//! A sequence's settings (ITU-T H.264, 7.3.2.1 and annex E), said in full: the colours, the rate, that frames are shown in
//! the order in which they come, and the level that their size and rate need (table A-1). The encoder leaves these out.

use crate::rate::FrameRate;
use crate::video::bits::{BitReader, BitWriter, escape, unescape};

/// Levels: their number, macroblocks a second, and macroblocks of a frame.
const LEVELS: [(u8, u64, u64); 19] = [
    (10, 1_485, 99),
    (11, 3_000, 396),
    (12, 6_000, 396),
    (13, 11_880, 396),
    (21, 19_800, 792),
    (22, 20_250, 1_620),
    (30, 40_500, 1_620),
    (31, 108_000, 3_600),
    (32, 216_000, 5_120),
    (40, 245_760, 8_192),
    (42, 522_240, 8_704),
    (50, 589_824, 22_080),
    (51, 983_040, 36_864),
    (52, 2_073_600, 36_864),
    (60, 4_177_920, 139_264),
    (61, 8_355_840, 139_264),
    (62, 16_711_680, 139_264),
    // Larger than any level: players take it for what it is.
    (62, u64::MAX, 262_144),
    (62, u64::MAX, u64::MAX),
];
/// BT.709 in numbers of annex E, for primaries, transfer and matrix.
const BT709: u32 = 1;

/// The least level for frames of so many macroblocks across and down, at so many a second.
fn level((across, down): (u32, u32), rate: u32) -> u8 {
    let blocks = u64::from(across) * u64::from(down);
    let side = u64::from(across.max(down));
    let fits = |(_, second, frame): &&(u8, u64, u64)| {
        // No side may be longer than the root of eight times the frame (A.3.1).
        blocks * u64::from(rate) <= *second && blocks <= *frame && side * side <= frame.saturating_mul(8)
    };
    LEVELS.iter().find(fits).map_or(62, |(level, ..)| *level)
}

/// The settings in `unit`, in full, for frames of `size` in pixels at `rate` a second. Nothing when they are not of the
/// plain kind, or have all of this already.
pub(super) fn complete(unit: &[u8], size: (u32, u32), rate: FrameRate) -> Option<Vec<u8>> {
    let ([header, profile, constraints, _], body) = unit.split_first_chunk()?;
    let body = unescape(body);
    let mut bits = BitReader { bytes: &body, at: 0 };
    bits.pass(2)?;
    if bits.unsigned()? == 0 {
        bits.pass(1)?;
    }
    bits.pass(1)?;
    bits.get(1)?;
    bits.pass(2)?;
    bits.get(2)?;
    if bits.get(1)? == 1 {
        bits.pass(4)?;
    }
    let kept = bits.at;
    if *profile != 66 || bits.get(1)? == 1 {
        return None;
    }
    let mut out = BitWriter::default();
    let mut bits = BitReader { bytes: &body, at: 0 };
    for _ in 0..kept {
        out.push_bits(bits.get(1)?, 1);
    }
    usability(&mut out, rate);
    let (across, down) = (size.0.div_ceil(16), size.1.div_ceil(16));
    let head = [*header, *profile, *constraints, level((across, down), rate.whole())];
    Some(head.into_iter().chain(escape(&out.finish())).collect())
}

/// Annex E.1.1: square pixels, BT.709 in limited range, colour taken from the middle of four pixels, one rate, no reordering.
fn usability(out: &mut BitWriter, rate: FrameRate) {
    out.push_bits(1, 1);
    out.push_bits(0b1_0000_0001, 9);
    out.push_bits(0, 1);
    // Of no particular kind, limited range, and its colours described.
    out.push_bits(0b11_0101, 6);
    (0..3).for_each(|_| out.push_bits(BT709, 8));
    out.push_bits(1, 1);
    out.unsigned(1);
    out.unsigned(1);
    // A tick is half a frame.
    out.push_bits(1, 1);
    out.push_bits(rate.seconds(), 32);
    out.push_bits(rate.frames() * 2, 32);
    out.push_bits(1, 1);
    // No buffer model, nothing about fields.
    out.push_bits(0, 3);
    // Motion may leave the picture; no limits but those of the level; shown at once, one frame kept.
    out.push_bits(0b11, 2);
    for limit in [0, 0, 16, 16, 0, 1] {
        out.unsigned(limit);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_level_is_that_of_the_standard() {
        let of = |width: u32, height: u32, rate| level((width.div_ceil(16), height.div_ceil(16)), rate);
        assert_eq!([of(1_280, 720, 30), of(1_920, 1_080, 30), of(1_920, 1_080, 60)], [31, 40, 42]);
        assert_eq!([of(1_080, 1_920, 60), of(3_840, 2_160, 60), of(8_192, 8_192, 60)], [42, 52, 62]);
        assert_eq!(of(8_192, 16, 30), 51, "a long strip needs more than its area");
    }

    #[test]
    fn settings_say_all_and_only_once() {
        // Constrained Baseline, 4-bit frame numbers, 8-bit places, one reference, 4×3 macroblocks, none cut off.
        let mut bits = BitWriter::default();
        for value in [0, 0, 0, 4, 1] {
            bits.unsigned(value);
        }
        bits.push_bits(0, 1);
        bits.unsigned(3);
        bits.unsigned(2);
        bits.push_bits(0b1100, 4);
        let plain = [vec![0x67, 66, 0x40, 10], escape(&bits.finish())].concat();
        let full = complete(&plain, (64, 48), 30.into()).unwrap();
        assert_eq!(&full[..4], [0x67, 66, 0x40, 10]);
        assert_eq!(complete(&full, (64, 48), 30.into()), None, "they are in full already");
        let mut main = plain.clone();
        main[1] = 77;
        assert_eq!(complete(&main, (64, 48), 30.into()), None);
        assert_eq!(complete(&plain[..5], (64, 48), 30.into()), None, "cut off");
    }
}
