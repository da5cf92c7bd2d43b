//! The font of big text: pictures of glyphs, six pixels high, drawn for this program.
//! Figures and signs of reckoning are four or three wide, capitals three to five, and of small letters only units have.

use std::collections::BTreeMap;
use std::sync::LazyLock;

/// Rows of pixels in a glyph.
pub(super) const HEIGHT: u16 = 6;

/// What a character without a glyph is drawn as.
const BLANK: BigGlyph = BigGlyph { width: 2, rows: [0; HEIGHT as usize] };

/// The font, as pictures of glyphs side by side: the characters, then their rows.
const FONT: [(&str, [&str; HEIGHT as usize]); 6] = [
    (
        "0123456789",
        [
            "#### .##. #### #### #..# #### #### #### #### ####",
            "#..# ..#. ...# ...# #..# #... #... ...# #..# #..#",
            "#..# ..#. ...# .### #..# #### #... ...# #### #..#",
            "#..# ..#. #### ...# #### ...# #### ..#. #..# ####",
            "#..# ..#. #... ...# ...# ...# #..# ..#. #..# ...#",
            "#### .### #### #### ...# #### #### ..#. #### ####",
        ],
    ),
    (
        "ABCDEFGHIJKLM",
        [
            ".##. ###. .### ###. #### #### .### #..# # ..## #..# #... #...#",
            "#..# #..# #... #..# #... #... #... #..# # ...# #.#. #... ##.##",
            "#..# ###. #... #..# ###. ###. #.## #### # ...# ##.. #... #.#.#",
            "#### #..# #... #..# #... #... #..# #..# # ...# #.#. #... #.#.#",
            "#..# #..# #... #..# #... #... #..# #..# # #..# #..# #... #...#",
            "#..# ###. .### ###. #### #... .### #..# # .##. #..# #### #...#",
        ],
    ),
    (
        "NOPQRSTUVWXYZ",
        [
            "#..# .##. ###. .##. ###. .### ##### #..# #...# #...# #...# #...# ####",
            "##.# #..# #..# #..# #..# #... ..#.. #..# #...# #...# .#.#. .#.#. ...#",
            "#.## #..# #..# #..# #..# .##. ..#.. #..# #...# #.#.# ..#.. ..#.. ..#.",
            "#..# #..# ###. #..# ###. ...# ..#.. #..# .#.#. #.#.# ..#.. ..#.. .#..",
            "#..# #..# #... #.#. #.#. ...# ..#.. #..# .#.#. ##.## .#.#. ..#.. #...",
            "#..# .##. #... .#.# #..# ###. ..#.. .##. ..#.. #...# #...# ..#.. ####",
        ],
    ),
    (
        "mstokx",
        [
            "..... .... .#. .... #... ....",
            "..... .... .#. .... #... ....",
            "##.#. .### ### .##. #..# #..#",
            "#.#.# ##.. .#. #..# #.#. .##.",
            "#.#.# ..## .#. #..# ###. .##.",
            "#.#.# ###. .## .##. #..# #..#",
        ],
    ),
    (
        ".,:-–+−×%≈/!?~",
        [
            ". .. . ... ... ... ... ... #..# .##.# ...# # ### ....",
            ". .. . ... ... ... ... ... #..# #..#. ...# # ..# ....",
            ". .. # ... ... .#. ... #.# ..#. ..... ..#. # .## .#.#",
            ". .. . ### ### ### ### .#. .#.. .##.# ..#. # .#. #.#.",
            ". .# # ... ... .#. ... #.# #..# #..#. .#.. . ... ....",
            "# #. . ... ... ... ... ... #..# ..... .#.. # .#. ....",
        ],
    ),
    (
        "#()[]_=&'*@",
        [
            ".#.#. .# #. ## ## .... ... .##.. # ..... .###.",
            "##### #. .# #. .# .... ... #..#. # #.#.# #...#",
            ".#.#. #. .# #. .# .... ### .##.. . .###. #.###",
            ".#.#. #. .# #. .# .... ... #.#.# . #.#.# #.#.#",
            "##### #. .# #. .# .... ### #..#. . ..... #.##.",
            ".#.#. .# #. ## ## #### ... .##.# . ..... .##..",
        ],
    ),
];

/// A character's pixels, leftmost in the lowest bit.
#[derive(Clone, Copy)]
pub(super) struct BigGlyph {
    pub(super) width: u16,
    pub(super) rows: [u32; HEIGHT as usize],
}

/// How `c` looks: a small letter without a glyph as its capital, anything unknown as a blank.
pub(super) fn glyph(c: char) -> BigGlyph {
    find(c).or_else(|| find(c.to_ascii_uppercase())).unwrap_or(BLANK)
}

/// Whether `c` looks like itself: there is a picture of it, or it is a blank by nature.
pub(super) fn has(c: char) -> bool {
    c == ' ' || find(c).or_else(|| find(c.to_ascii_uppercase())).is_some()
}

fn find(c: char) -> Option<BigGlyph> {
    static GLYPHS: LazyLock<BTreeMap<char, BigGlyph>> = LazyLock::new(|| FONT.iter().flat_map(glyphs).collect());
    GLYPHS.get(&c).copied()
}

/// The glyphs of one line of the font.
fn glyphs((chars, rows): &(&'static str, [&'static str; HEIGHT as usize])) -> Vec<(char, BigGlyph)> {
    let mut pictures = rows.map(|row| row.split(' '));
    let bits = |picture: &str| picture.bytes().rev().fold(0, |bits, pixel| bits << 1 | u32::from(pixel == b'#'));
    let glyph = |c| {
        let rows = pictures.each_mut().map(|row| row.next().unwrap_or_default());
        let width = u16::try_from(rows.first().map_or(0, |row| row.len())).unwrap_or(0);
        (c, BigGlyph { width, rows: rows.map(bits) })
    };
    chars.chars().map(glyph).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_font_is_well_formed() {
        for (chars, rows) in FONT {
            for row in rows {
                let widths = |row: &str| row.split(' ').map(str::len).collect::<Vec<_>>();
                assert_eq!(widths(row), widths(rows[0]), "{row}");
                assert_eq!(widths(row).len(), chars.chars().count(), "{row}");
            }
        }
        let widths: Vec<_> = "0123456789".chars().map(|c| glyph(c).width).collect();
        assert_eq!(widths, [4; 10], "a running figure must not move its neighbours");
        for c in ('A'..='Z').chain("0123456789.,:-+×%≈/mstokx#()[]_=&'*@".chars()) {
            assert!(find(c).is_some(), "{c}");
        }
    }
}
