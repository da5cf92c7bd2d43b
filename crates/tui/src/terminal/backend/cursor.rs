//! Where the cursor is, as far as that is sure, and the fewest bytes that take it elsewhere.

use super::number::{CSI, digits, push_number};

/// Whether a line feed does no more than go down: elsewhere it goes to the first column as well.
const FEEDS: bool = cfg!(unix);

/// Where the cursor is. A column is not known behind a symbol that terminals draw in different widths, nor behind the last
/// column, where some of them wait for the next symbol and some don't.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(super) struct CursorPlace {
    column: Option<u16>,
    row: Option<u16>,
}

/// One way to move, along a row or across rows, or both.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum CursorStep {
    /// It is there already.
    Stay,
    /// So many times a control character.
    Control(u8, u16),
    /// By so many, or to so many, as the last letter of the sequence says; 1 goes without saying.
    Sequence(u16, u8),
    /// To a row and a column, both counted from 1.
    Place(u16, u16),
}

impl CursorStep {
    /// How many bytes it takes.
    const fn len(self) -> usize {
        match self {
            Self::Stay => 0,
            Self::Control(_, times) => times as usize,
            Self::Sequence(1, _) | Self::Place(1, 1) => 3,
            Self::Sequence(number, _) | Self::Place(number, 1) => 3 + digits(number),
            Self::Place(row, column) => 4 + digits(row) + digits(column),
        }
    }

    fn push(self, out: &mut Vec<u8>) {
        match self {
            Self::Stay => {}
            Self::Control(control, times) => out.extend(std::iter::repeat_n(control, times.into())),
            Self::Sequence(number, letter) => {
                out.extend_from_slice(CSI);
                if number != 1 {
                    push_number(out, number);
                }
                out.push(letter);
            }
            Self::Place(row, 1) => Self::Sequence(row, b'H').push(out),
            Self::Place(row, column) => {
                out.extend_from_slice(CSI);
                push_number(out, row);
                out.push(b';');
                push_number(out, column);
                out.push(b'H');
            }
        }
    }

    /// The shorter one of two, the first of two that are equal.
    const fn or(self, other: Self) -> Self {
        if other.len() < self.len() { other } else { self }
    }
}

impl CursorPlace {
    /// What it takes to get to (`x`, `y`): a step across rows, and one along the row.
    const fn steps(self, x: u16, y: u16) -> [CursorStep; 2] {
        let place = CursorStep::Place(y.saturating_add(1), x.saturating_add(1));
        let Some(row) = self.row else { return [place, CursorStep::Stay] };
        let column = CursorStep::Sequence(x.saturating_add(1), b'G');
        let Some(from) = self.column else {
            let along = if x == 0 { CursorStep::Control(b'\r', 1) } else { column };
            return if row == y { [CursorStep::Stay, along] } else { [place, CursorStep::Stay] };
        };
        let across = if y > row {
            let down = CursorStep::Sequence(y - row, b'B');
            // There is a row below that it goes to, so that nothing scrolls.
            if FEEDS { down.or(CursorStep::Control(b'\n', y - row)) } else { down }
        } else if y < row {
            CursorStep::Sequence(row - y, b'A')
        } else {
            CursorStep::Stay
        };
        let along = if x > from {
            CursorStep::Sequence(x - from, b'C').or(column)
        } else if x == from {
            CursorStep::Stay
        } else if x == 0 {
            CursorStep::Control(b'\r', 1)
        } else {
            CursorStep::Sequence(from - x, b'D').or(column).or(CursorStep::Control(b'\x08', from - x))
        };
        if across.len() + along.len() <= place.len() { [across, along] } else { [place, CursorStep::Stay] }
    }

    /// How many bytes it takes to get to (`x`, `y`).
    pub(super) const fn cost(self, x: u16, y: u16) -> usize {
        let [across, along] = self.steps(x, y);
        across.len() + along.len()
    }

    /// Goes to (`x`, `y`).
    pub(super) fn go(&mut self, x: u16, y: u16, out: &mut Vec<u8>) {
        self.steps(x, y).into_iter().for_each(|step| step.push(out));
        *self = Self { column: Some(x), row: Some(y) };
    }

    /// Something was drawn that ends before `column`, if that is sure.
    pub(super) const fn pass_to(&mut self, column: Option<u16>) {
        self.column = column;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shortest_way_is_taken() {
        let at = |column, row| CursorPlace { column, row };
        let nowhere = at(None, None);
        for (from, to, sent) in [
            (nowhere, (0, 0), "\u{1b}[H"),
            (nowhere, (0, 6), "\u{1b}[7H"),
            (nowhere, (11, 6), "\u{1b}[7;12H"),
            (at(None, Some(6)), (11, 6), "\u{1b}[12G"),
            (at(None, Some(6)), (0, 6), "\r"),
            (at(None, Some(6)), (11, 7), "\u{1b}[8;12H"),
            (at(Some(9), Some(6)), (9, 6), ""),
            (at(Some(9), Some(6)), (10, 6), "\u{1b}[C"),
            (at(Some(9), Some(6)), (111, 6), "\u{1b}[102C"),
            (at(Some(9), Some(6)), (6, 6), "\u{8}\u{8}\u{8}"),
            (at(Some(99), Some(6)), (4, 6), "\u{1b}[5G"),
            (at(Some(199), Some(6)), (140, 6), "\u{1b}[59D"),
            (at(Some(9), Some(6)), (9, 5), "\u{1b}[A"),
            (at(Some(9), Some(16)), (9, 5), "\u{1b}[11A"),
            (at(Some(109), Some(6)), (4, 16), "\u{1b}[17;5H"),
            #[cfg(unix)]
            (at(Some(9), Some(6)), (7, 8), "\n\n\u{8}\u{8}"),
            #[cfg(unix)]
            (at(Some(9), Some(6)), (0, 7), "\n\r"),
        ] {
            let (mut place, mut out) = (from, Vec::new());
            place.go(to.0, to.1, &mut out);
            assert_eq!(String::from_utf8(out).unwrap(), sent, "{from:?} to {to:?}");
            assert_eq!(from.cost(to.0, to.1), sent.len(), "{from:?} to {to:?}");
            assert_eq!(place, at(Some(to.0), Some(to.1)));
        }
    }
}
