//! Box drawing, U+2500 to U+257F: four arms of four weights, dashes, arcs and diagonals.
//! Weights are whole pixels and arms end at the tile's edge, so a frame is one line however many cells it has.

use crate::raster::mask::CoverageMask;

/// The arms of each character: left, right, up, down; 0 none, 1 light, 2 heavy, 3 double. From the characters' names.
/// All zero: a dash, an arc or a diagonal.
const ARMS: [&str; 8] = [
    "1100 2200 0011 0022 0000 0000 0000 0000 0000 0000 0000 0000 0101 0201 0102 0202",
    "1001 2001 1002 2002 0110 0210 0120 0220 1010 2010 1020 2020 0111 0211 0121 0112",
    "0122 0221 0212 0222 1011 2011 1021 1012 1022 2021 2012 2022 1101 2101 1201 2201",
    "1102 2102 1202 2202 1110 2110 1210 2210 1120 2120 1220 2220 1111 2111 1211 2211",
    "1121 1112 1122 2121 1221 2112 1212 2221 2212 2122 1222 2222 0000 0000 0000 0000",
    "3300 0033 0301 0103 0303 3001 1003 3003 0310 0130 0330 3010 1030 3030 0311 0133",
    "0333 3011 1033 3033 3301 1103 3303 3310 1130 3330 3311 1133 3333 0000 0000 0000",
    "0000 0000 0000 0000 1000 0010 0100 0001 2000 0020 0200 0002 1200 0012 2100 0021",
];

/// A tile seen along one of its axes, so that both directions are drawn by the same code.
struct TileAxis {
    /// Pixels along and across.
    along: usize,
    across: usize,
    upright: bool,
}

impl TileAxis {
    fn fill(&self, mask: &mut CoverageMask, along: (usize, usize), across: (usize, usize), alpha: u8) {
        let corners = [(along.0, across.0), (along.1, across.1)];
        let [from, to] = corners.map(|(a, b)| if self.upright { (b, a) } else { (a, b) });
        mask.fill(from, to, alpha);
    }
}

/// Pixels that a light line is thick.
pub(super) fn light(mask: &CoverageMask) -> usize {
    ((mask.width.min(mask.height / 2) + 4) / 8).max(1)
}

/// Where a band of `thick` pixels begins that is centred in `length`.
const fn centred(length: usize, thick: usize) -> usize {
    length.saturating_sub(thick) / 2
}

/// Draws character `index` of the block.
pub(super) fn draw(mask: &mut CoverageMask, index: u32) {
    let index = index as usize;
    match index {
        0x04..=0x0b | 0x4c..=0x4f => dashes(mask, index),
        0x6d..=0x70 => arc(mask, index - 0x6d),
        0x71..=0x73 => diagonals(mask, index - 0x70),
        _ => arms(mask, index),
    }
}

fn arms(mask: &mut CoverageMask, index: usize) {
    let word = ARMS.get(index / 16).and_then(|row| row.split(' ').nth(index % 16)).unwrap_or("0000");
    let mut weights = word.bytes().map(|byte| usize::from(byte - b'0'));
    let mut next = || weights.next().unwrap_or(0);
    let (left, right, up, down) = (next(), next(), next(), next());
    let level = TileAxis { along: mask.width, across: mask.height, upright: false };
    let upright = TileAxis { along: mask.height, across: mask.width, upright: true };
    pair(mask, &level, (left, right), (up, down));
    pair(mask, &upright, (up, down), (left, right));
}

/// Draws the arm before and the arm after the centre along `axis`; `cross` are the weights of the other two.
fn pair(mask: &mut CoverageMask, axis: &TileAxis, (before, after): (usize, usize), cross: (usize, usize)) {
    let thin = light(mask);
    for (weight, other, forward) in [(before, after, false), (after, before, true)] {
        for rail in rails(weight, axis.across, thin) {
            let reach = reach(weight, other, cross, rail, axis, thin);
            // Seen from the far end the same rule holds, mirrored.
            let span = if forward { (reach.0, axis.along) } else { (0, reach.1) };
            axis.fill(mask, span, (rail.start, rail.end), 255);
        }
    }
}

/// One line of an arm: where it lies across the axis, and on which side of a double line's centre.
#[derive(Clone, Copy)]
struct LineRail {
    start: usize,
    end: usize,
    side: LineSide,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum LineSide {
    Only,
    First,
    Second,
}

fn rails(weight: usize, across: usize, thin: usize) -> impl Iterator<Item = LineRail> {
    let one = |start, thick, side| LineRail { start, end: start + thick, side };
    let centre = centred(across, thin);
    let rails = match weight {
        0 => [None, None],
        1 => [Some(one(centre, thin, LineSide::Only)), None],
        2 => {
            let thick = heavy(thin, across);
            [Some(one(centred(across, thick), thick, LineSide::Only)), None]
        }
        _ => [
            Some(one(centre.saturating_sub(thin), thin, LineSide::First)),
            Some(one(centre + thin, thin, LineSide::Second)),
        ],
    };
    rails.into_iter().flatten()
}

/// A heavy line: twice a light one and centred on it to the pixel.
const fn heavy(thin: usize, across: usize) -> usize {
    let thick = thin * 2;
    if (across - thin) % 2 == (across - thick) % 2 { thick } else { thick + 1 }
}

/// Where a rail begins that goes forward, and where one ends that comes from behind.
fn reach(
    weight: usize,
    other: usize,
    (first, second): (usize, usize),
    rail: LineRail,
    axis: &TileAxis,
    thin: usize,
) -> (usize, usize) {
    let band = |weight| {
        let thick = if weight == 2 { heavy(thin, axis.along) } else { thin };
        (centred(axis.along, thick), centred(axis.along, thick) + thick)
    };
    let (centre, after) = band(1);
    // The two outer edges of a double line across, and its two inner ones.
    let (outer, inner) = ((centre.saturating_sub(thin), after + thin), (after, centre));
    match (first, second) {
        (0, 0) if other == 0 => (axis.along / 2, axis.along / 2),
        (0, 0) => band(1),
        (3, _) | (_, 3) => {
            let open = match rail.side {
                // Between the rails of a crossing double line nothing is drawn.
                LineSide::First => first == 3,
                LineSide::Second => second == 3,
                LineSide::Only => first == 3 && second == 3 && other == 0,
            };
            if open {
                inner
            } else if weight == 3 || other == 0 || first == 0 || second == 0 {
                outer
            } else {
                band(1)
            }
        }
        _ => band(first.max(second)),
    }
}

/// Two, three or four dashes, light or heavy, level or upright.
fn dashes(mask: &mut CoverageMask, index: usize) {
    let (count, at) = match index {
        0x04..=0x07 => (3, index - 0x04),
        0x08..=0x0b => (4, index - 0x08),
        _ => (2, index - 0x4c),
    };
    let upright = at >= 2;
    let axis = if upright {
        TileAxis { along: mask.height, across: mask.width, upright }
    } else {
        TileAxis { along: mask.width, across: mask.height, upright }
    };
    let weight = 1 + at % 2;
    for rail in rails(weight, axis.across, light(mask)) {
        for dash in 0..count {
            let (from, to) = (axis.along * dash / count, axis.along * (dash + 1) / count);
            let gap = ((to - from) / 3).max(1);
            axis.fill(mask, (from + gap / 2, to - gap.div_ceil(2)), (rail.start, rail.end), 255);
        }
    }
}

/// ╭ ╮ ╯ ╰: a quarter of a circle, and straight on from there to both edges.
#[expect(clippy::cast_precision_loss, reason = "tiles are small")]
fn arc(mask: &mut CoverageMask, index: usize) {
    let thin = light(mask);
    let half = thin as f32 / 2.0;
    let (x, y) = (centred(mask.width, thin) as f32 + half, centred(mask.height, thin) as f32 + half);
    let (to_right, to_bottom) = (matches!(index, 0 | 3), matches!(index, 0 | 1));
    let room = |length: usize, at: f32, far: bool| if far { length as f32 - at } else { at };
    // A pixel before the edge the line is straight again, so that it meets its neighbour's.
    let radius = room(mask.width, x, to_right).min(room(mask.height, y, to_bottom)) - 1.0;
    let (centre_x, centre_y) =
        (if to_right { x + radius } else { x - radius }, if to_bottom { y + radius } else { y - radius });
    mask.shade(|px, py| {
        let beyond_x = if to_right { px >= centre_x } else { px <= centre_x };
        let beyond_y = if to_bottom { py >= centre_y } else { py <= centre_y };
        let off = match (beyond_x, beyond_y) {
            (true, true) => f32::MAX,
            (true, false) => (py - y).abs(),
            (false, true) => (px - x).abs(),
            (false, false) => ((px - centre_x).hypot(py - centre_y) - radius).abs(),
        };
        off - half
    });
}

/// ╱ ╲ ╳, from corner to corner.
#[expect(clippy::cast_precision_loss, reason = "tiles are small")]
fn diagonals(mask: &mut CoverageMask, which: usize) {
    let (w, h, half) = (mask.width as f32, mask.height as f32, light(mask) as f32 / 2.0);
    let length = w.hypot(h);
    let rising = |x: f32, y: f32| (h * x + w * y - w * h).abs() / length;
    let falling = |x: f32, y: f32| (h * x - w * y).abs() / length;
    mask.shade(|x, y| {
        let rise = if which & 1 == 1 { rising(x, y) } else { f32::MAX };
        let fall = if which & 2 == 2 { falling(x, y) } else { f32::MAX };
        rise.min(fall) - half
    });
}
