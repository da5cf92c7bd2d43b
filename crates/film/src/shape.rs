//! Lines, blocks and braille as rectangles, so that they meet without seams in whatever font the rest is shown.
//! A cell is 8 units wide and 16 high here, which gives every eighth and every dot whole numbers.

/// Units across a cell.
pub(super) const WIDTH: i32 = 8;
/// Units down a cell.
pub(super) const HEIGHT: i32 = 16;

/// A rectangle within a cell: left, top, right, bottom.
pub(super) type ShapeRect = [i32; 4];

/// What a symbol is drawn as.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum CellShape {
    /// Rectangles in the symbol's colour.
    Rects(Vec<ShapeRect>),
    /// All of the cell, with so many quarters of the symbol's colour over its ground.
    Shade(u8),
    /// A quarter of a round corner, as an SVG path that begins at the cell's left top corner and is 1 wide.
    Corner(&'static str),
}

/// The shape of `symbol`; nothing for one that is left to a font.
pub(super) fn shape(symbol: &str) -> Option<CellShape> {
    let mut chars = symbol.chars();
    let (c, None) = (chars.next()?, chars.next()) else { return None };
    match c {
        '\u{2500}'..='\u{257F}' => line(c),
        '\u{2580}'..='\u{259F}' => Some(block(c)),
        '\u{2800}'..='\u{28FF}' => Some(braille(c)),
        _ => None,
    }
}

/// How the four arms (left, right, up, down) of each character from U+250C on are drawn: `-` not, `l` light, `h` heavy.
const ARMS: &str = "-l-l -h-l -l-h -h-h l--l h--l l--h h--h -ll- -hl- -lh- -hh- l-l- h-l- l-h- h-h- \
    -lll -hll -lhl -llh -lhh -hhl -hlh -hhh l-ll h-ll l-hl l-lh l-hh h-hl h-lh h-hh \
    ll-l hl-l lh-l hh-l ll-h hl-h lh-h hh-h lll- hll- lhl- hhl- llh- hlh- lhh- hhh- \
    llll hlll lhll hhll llhl lllh llhh hlhl lhhl hllh lhlh hhhl hhlh hlhh lhhh hhhh";
/// The same for the ends that come last, from U+2574 on.
const ENDS: &str = "l--- --l- -l-- ---l h--- --h- -h-- ---h lh-- --lh hl-- --hl";

fn line(c: char) -> Option<CellShape> {
    let after = |first: u32, table: &'static str| table.split(' ').nth((u32::from(c) - first) as usize);
    let arms = match c {
        '─' => "ll--",
        '━' => "hh--",
        '│' => "--ll",
        '┃' => "--hh",
        '┄' | '┅' | '┈' | '┉' | '╌' | '╍' | '┆' | '┇' | '┊' | '┋' | '╎' | '╏' => {
            return Some(dashes(c));
        }
        '\u{250C}'..='\u{254B}' => after(0x250C, ARMS)?,
        '╭' => return Some(CellShape::Corner("M4 16v-3.5q0-4 4-4")),
        '╮' => return Some(CellShape::Corner("M0 8.5q4 0 4 4V16")),
        '╯' => return Some(CellShape::Corner("M4 0v4.5q0 4-4 4")),
        '╰' => return Some(CellShape::Corner("M4 0v4.5q0 4 4 4")),
        '═' | '║' | '╔' | '╗' | '╚' | '╝' | '╠' | '╣' | '╦' | '╩' | '╬' => {
            return Some(double(c));
        }
        '\u{2574}'..='\u{257F}' => after(0x2574, ENDS)?,
        _ => return None,
    };
    Some(CellShape::Rects(drawn(arms)))
}

/// The arms as rectangles that end where the crossing ones do.
fn drawn(arms: &str) -> Vec<ShapeRect> {
    let mut weights = arms.bytes().map(|arm| match arm {
        b'l' => 1,
        b'h' => 2,
        _ => 0,
    });
    let mut next = || weights.next().unwrap_or(0);
    let (left, right, up, down) = (next(), next(), next(), next());
    // A light line takes the unit right of, or below, the middle; a heavy one the unit before it, too.
    let begin = |middle: i32, weight: i32| if weight > 1 { middle - 1 } else { middle };
    let (across, along) = (left.max(right), up.max(down));
    let (middle_x, middle_y) = (WIDTH / 2, HEIGHT / 2);
    [
        (left > 0).then(|| [0, begin(middle_y, left), middle_x + 1, middle_y + 1]),
        (right > 0).then(|| [begin(middle_x, along.min(right)), begin(middle_y, right), WIDTH, middle_y + 1]),
        (up > 0).then(|| [begin(middle_x, up), 0, middle_x + 1, middle_y + 1]),
        (down > 0).then(|| [begin(middle_x, down), begin(middle_y, across.min(down)), middle_x + 1, HEIGHT]),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// Two light lines with a unit between them, which end where they meet those of another arm.
fn double(c: char) -> CellShape {
    let has = |symbols: &str| symbols.contains(c);
    let (left, right, up, down) = (has("═╗╝╣╦╩╬"), has("═╔╚╠╦╩╬"), has("║╚╝╠╣╩╬"), has("║╔╗╠╣╦╬"));
    let (x, y) = ([WIDTH / 2 - 1, WIDTH / 2 + 1], [HEIGHT / 2 - 1, HEIGHT / 2 + 1]);
    // A line of an arm goes on to the far line of the crossing where nothing lies on its own side, else to the near one.
    let far = |near: i32, far: i32, open: bool| if open { far } else { near };
    let mut rects = Vec::new();
    for (line, [above, below]) in [(y[0], [up, down]), (y[1], [down, up])] {
        let open = !above && (below || !(up || down));
        rects.extend(left.then(|| [0, line, far(x[0], x[1], open) + 1, line + 1]));
        rects.extend(right.then(|| [far(x[1], x[0], open), line, WIDTH, line + 1]));
    }
    for (line, [before, behind]) in [(x[0], [left, right]), (x[1], [right, left])] {
        let open = !before && (behind || !(left || right));
        rects.extend(up.then(|| [line, 0, line + 1, far(y[0], y[1], open) + 1]));
        rects.extend(down.then(|| [line, far(y[1], y[0], open), line + 1, HEIGHT]));
    }
    CellShape::Rects(rects)
}

fn dashes(c: char) -> CellShape {
    let heavy = matches!(c, '┅' | '┉' | '╍' | '┇' | '┋' | '╏');
    let upright = matches!(c, '┆' | '┇' | '┊' | '┋' | '╎' | '╏');
    // Eight units take four dashes at the most; three are drawn as four.
    let count = if matches!(c, '╌' | '╍' | '╎' | '╏') { 2 } else { 4 };
    let (length, middle) = if upright { (HEIGHT, WIDTH / 2) } else { (WIDTH, HEIGHT / 2) };
    let (pitch, from) = (length / count, middle - i32::from(heavy));
    let dash = |index: i32| {
        let (begin, end) = (index * pitch, index * pitch + pitch.div_euclid(2).max(1));
        if upright { [from, begin, middle + 1, end] } else { [begin, from, end, middle + 1] }
    };
    CellShape::Rects((0..count).map(dash).collect())
}

fn block(c: char) -> CellShape {
    let (half_x, half_y) = (WIDTH / 2, HEIGHT / 2);
    let [left_top, right_top, left_bottom, right_bottom] = [
        [0, 0, half_x, half_y],
        [half_x, 0, WIDTH, half_y],
        [0, half_y, half_x, HEIGHT],
        [half_x, half_y, WIDTH, HEIGHT],
    ];
    let nth = |from: char| i32::try_from(u32::from(c) - u32::from(from)).unwrap_or(0);
    CellShape::Rects(match c {
        '▀' => vec![[0, 0, WIDTH, half_y]],
        '▁'..='█' => vec![[0, HEIGHT - 2 * (nth('▁') + 1), WIDTH, HEIGHT]],
        '▉'..='▏' => vec![[0, 0, 7 - nth('▉'), HEIGHT]],
        '▐' => vec![[half_x, 0, WIDTH, HEIGHT]],
        '░' => return CellShape::Shade(1),
        '▒' => return CellShape::Shade(2),
        '▓' => return CellShape::Shade(3),
        '▔' => vec![[0, 0, WIDTH, 2]],
        '▕' => vec![[WIDTH - 1, 0, WIDTH, HEIGHT]],
        '▖' => vec![left_bottom],
        '▗' => vec![right_bottom],
        '▘' => vec![left_top],
        '▙' => vec![left_top, [0, half_y, WIDTH, HEIGHT]],
        '▚' => vec![left_top, right_bottom],
        '▛' => vec![[0, 0, WIDTH, half_y], left_bottom],
        '▜' => vec![[0, 0, WIDTH, half_y], right_bottom],
        '▝' => vec![right_top],
        '▞' => vec![right_top, left_bottom],
        _ => vec![right_top, [0, half_y, WIDTH, HEIGHT]],
    })
}

/// The dots as squares. The bits run down the left column and the right one, and the lowest row came to Unicode later.
fn braille(c: char) -> CellShape {
    const DOTS: [(i32, i32); 8] = [(0, 0), (0, 1), (0, 2), (1, 0), (1, 1), (1, 2), (0, 3), (1, 3)];
    let bits = u32::from(c) - 0x2800;
    let on = DOTS.iter().enumerate().filter(|(bit, _)| bits >> bit & 1 == 1);
    CellShape::Rects(on.map(|(_, (x, y))| [x * 4 + 1, y * 4 + 1, x * 4 + 3, y * 4 + 3]).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rects(symbol: &str) -> Vec<ShapeRect> {
        match shape(symbol) {
            Some(CellShape::Rects(rects)) => rects,
            other => panic!("{symbol}: {other:?}"),
        }
    }

    #[test]
    fn every_shape_stays_in_its_cell() {
        let mut drawn = 0;
        for c in ('\u{2500}'..='\u{259F}').chain('\u{2800}'..='\u{28FF}') {
            match shape(&c.to_string()) {
                Some(CellShape::Rects(rects)) => {
                    drawn += 1;
                    assert_eq!(rects.is_empty(), c == '\u{2800}', "{c}");
                    for [left, top, right, bottom] in rects {
                        assert!(0 <= left && left < right && right <= WIDTH, "{c}");
                        assert!(0 <= top && top < bottom && bottom <= HEIGHT, "{c}");
                    }
                }
                Some(CellShape::Shade(quarters)) => assert!((1..=3).contains(&quarters)),
                Some(CellShape::Corner(_)) => assert!("╭╮╯╰".contains(c)),
                None => assert!(('\u{2550}'..='\u{2573}').contains(&c), "{c} is left to a font"),
            }
        }
        assert_eq!(drawn, 92 + 11 + 29 + 256);
        assert_eq!(shape("x"), None);
        assert_eq!(shape("──"), None);
    }

    #[test]
    fn lines_meet_lines() {
        // What touches an edge is told by the symbol's name, and must touch it where its neighbour does.
        let touches = |symbol: &str| {
            let rects = rects(symbol);
            let at = |edge: usize, value: i32| {
                let spans = rects.iter().filter(|rect| rect[edge] == value);
                spans.map(|rect| if edge.is_multiple_of(2) { (rect[1], rect[3]) } else { (rect[0], rect[2]) }).next()
            };
            [at(0, 0), at(2, WIDTH), at(1, 0), at(3, HEIGHT)]
        };
        let (light_h, heavy_h, light_v, heavy_v) = (Some((8, 9)), Some((7, 9)), Some((4, 5)), Some((3, 5)));
        for (symbol, expected) in [
            ("─", [light_h, light_h, None, None]),
            ("┃", [None, None, heavy_v, heavy_v]),
            ("┌", [None, light_h, None, light_v]),
            ("┙", [heavy_h, None, light_v, None]),
            ("┞", [None, light_h, heavy_v, light_v]),
            ("┪", [heavy_h, None, light_v, heavy_v]),
            ("┮", [light_h, heavy_h, None, light_v]),
            ("┺", [light_h, heavy_h, heavy_v, None]),
            ("╅", [heavy_h, light_h, light_v, heavy_v]),
            ("╊", [light_h, heavy_h, heavy_v, heavy_v]),
            ("╋", [heavy_h, heavy_h, heavy_v, heavy_v]),
            ("╔", [None, Some((7, 8)), None, Some((3, 4))]),
            ("║", [None, None, Some((3, 4)), Some((3, 4))]),
            ("╶", [None, light_h, None, None]),
            ("╿", [None, None, heavy_v, light_v]),
        ] {
            assert_eq!(touches(symbol), expected, "{symbol}");
        }
    }

    #[test]
    fn blocks_and_dots_are_where_they_belong() {
        assert_eq!(rects("▃"), [[0, 10, 8, 16]]);
        assert_eq!(rects("█"), [[0, 0, 8, 16]]);
        assert_eq!(rects("▉"), [[0, 0, 7, 16]]);
        assert_eq!(rects("▏"), [[0, 0, 1, 16]]);
        assert_eq!(rects("⡀"), [[1, 13, 3, 15]]);
        assert_eq!(rects("⠈"), [[5, 1, 7, 3]]);
        assert_eq!(shape("▒"), Some(CellShape::Shade(2)));
    }
}
