//! A row of cells as the symbols on it, each with the columns it takes: what every format that writes text goes by.
//! Whatever a cell holds, what leaves here is printable, legal in XML, and stays within its row.

use std::borrow::Cow;

use ratatui::buffer::{Buffer, Cell, CellWidth as _};

use speed_kings_core::text::{REPLACEMENT, printable};

/// One symbol on a row.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct RowSymbol<'a> {
    /// The column that it begins in, from 0.
    pub(super) x: u16,
    /// How many columns it takes, at least 1.
    pub(super) width: u16,
    /// What stands there, never empty.
    pub(super) symbol: Cow<'a, str>,
    /// The cell with its style.
    pub(super) cell: &'a Cell,
}

/// The cells of row `y` (from 0) of `buf`; none below its last.
pub(super) fn cells(buf: &Buffer, y: u16) -> &[Cell] {
    let width = usize::from(buf.area.width);
    let from = usize::from(y) * width;
    buf.content.get(from..from + width).unwrap_or_default()
}

/// Makes `shown` what `next` is. Where the two have one size, these rows are all that may differ.
pub(super) fn keep_up(shown: &mut Buffer, next: &Buffer, rows: impl Iterator<Item = u16>) {
    if shown.area != next.area {
        return shown.clone_from(next);
    }
    let width = usize::from(next.area.width);
    for y in rows {
        let from = usize::from(y) * width;
        if let Some(old) = shown.content.get_mut(from..from + width) {
            old.clone_from_slice(cells(next, y));
        }
    }
}

/// The symbols on a row of `cells`, from the left. Cells that a wide symbol covers are left out.
pub(super) fn spots(cells: &[Cell]) -> impl Iterator<Item = RowSymbol<'_>> {
    let mut rest = cells.iter().zip(0u16..);
    let end = u16::try_from(cells.len()).unwrap_or(u16::MAX);
    std::iter::from_fn(move || {
        let (cell, x) = rest.next()?;
        let (symbol, width) = shown(cell.symbol(), end - x);
        if width > 1 {
            rest.nth(usize::from(width) - 2);
        }
        Some(RowSymbol { x, width, symbol, cell })
    })
}

/// `symbol` made safe, with its width; a blank when nothing of it can be seen or it is wider than `room`.
fn shown(symbol: &str, room: u16) -> (Cow<'_, str>, u16) {
    let blank = (Cow::Borrowed(" "), 1);
    if let [byte] = symbol.as_bytes() {
        return if matches!(byte, b' '..=b'~') { (symbol.into(), 1) } else { (printable(symbol), 1) };
    }
    let mut symbol = printable(symbol);
    if symbol.contains(['\u{FFFE}', '\u{FFFF}']) {
        symbol = symbol.replace(['\u{FFFE}', '\u{FFFF}'], REPLACEMENT.encode_utf8(&mut [0; 4])).into();
    }
    let width = if symbol.is_empty() { 0 } else { symbol.cell_width() };
    if (1..=room).contains(&width) { (symbol, width) } else { blank }
}

#[cfg(test)]
pub(crate) mod tests {
    use proptest::prelude::*;
    use ratatui::layout::Rect;
    use ratatui::style::{Color, Modifier, Style};

    use super::*;

    /// Symbols that models have sent, or might.
    pub(crate) const HOSTILE: [&str; 24] = [
        "a",
        " ",
        "",
        "\u{1b}",
        "\u{1b}[2J",
        "\u{7}",
        "\u{9b}31m",
        "\u{202e}",
        "<",
        "&",
        "\"",
        "]]>",
        "</script>",
        "👩‍👩‍👧‍👦",
        "🇩🇪",
        "❤️",
        "👍🏽",
        "日",
        "ש",
        "ك",
        "e\u{301}\u{302}\u{303}\u{304}\u{305}\u{306}",
        "ｶﾞ",
        "स्त्री",
        "\u{FFFF}",
    ];

    /// What the cells of a frame hold. A buffer itself can't be printed while it holds control characters.
    pub(crate) type Contents = Vec<(String, Color, Color, Modifier)>;

    /// `cells` cells of any kind at all.
    pub(crate) fn any_cells(cells: usize) -> impl Strategy<Value = Contents> {
        let symbol = prop_oneof![
            proptest::sample::select(HOSTILE.as_slice()).prop_map(str::to_owned),
            any::<char>().prop_map(String::from),
            "[a-z─█⣿]",
            "\\PC{0,4}",
        ];
        let colour = prop_oneof![
            Just(Color::Reset),
            (0..16u8).prop_map(|index| if index % 2 == 0 { Color::LightRed } else { Color::Gray }),
            any::<u8>().prop_map(Color::Indexed),
            (any::<u8>(), 0..3u8, Just(9)).prop_map(|(r, g, b)| Color::Rgb(r, g, b)),
        ];
        let modifier = any::<u16>().prop_map(Modifier::from_bits_truncate);
        proptest::collection::vec((symbol, colour.clone(), colour, modifier), cells)
    }

    /// A frame of `contents`, `width` columns wide.
    pub(crate) fn frame(contents: &Contents, width: u16) -> Buffer {
        let height = u16::try_from(contents.len()).unwrap() / width;
        let mut buf = Buffer::empty(Rect::new(0, 0, width, height));
        for (cell, (symbol, fg, bg, modifier)) in buf.content.iter_mut().zip(contents) {
            cell.set_symbol(symbol).set_style(Style::new().fg(*fg).bg(*bg).add_modifier(*modifier));
        }
        buf
    }

    #[test]
    fn wide_symbols_hide_what_they_cover() {
        let mut buf = Buffer::empty(Rect::new(0, 0, 7, 1));
        buf.set_string(0, 0, "a日b👩‍👩‍👧‍👦", Style::new());
        let seen: Vec<(u16, u16, String)> =
            spots(cells(&buf, 0)).map(|spot| (spot.x, spot.width, spot.symbol.into_owned())).collect();
        let expected = [(0, 1, "a"), (1, 2, "日"), (3, 1, "b"), (4, 2, "👩‍👩‍👧‍👦"), (6, 1, " ")];
        assert_eq!(seen, expected.map(|(x, width, symbol)| (x, width, symbol.to_owned())));
        assert_eq!(cells(&buf, 1), []);
    }

    proptest! {
        #[test]
        fn a_row_is_covered_once_by_what_is_safe(contents in any_cells(12)) {
            let buf = frame(&contents, 12);
            let mut next = 0;
            for spot in spots(cells(&buf, 0)) {
                prop_assert_eq!(spot.x, next);
                prop_assert_eq!(spot.width, spot.symbol.cell_width());
                prop_assert!(spot.width > 0);
                let unsafe_ = |c: char| c.is_control() || matches!(c, '\u{202A}'..='\u{202E}' | '\u{FFFE}' | '\u{FFFF}');
                prop_assert!(!spot.symbol.contains(unsafe_), "{:?}", spot);
                next += spot.width;
            }
            prop_assert_eq!(next, 12);
        }
    }
}
