//! What a terminal draws with, and the fewest bytes that change it: one sequence, with nothing in it that is so already.

use ratatui::style::{Color, Modifier};

use super::number::{CSI, push_number};
use crate::theme::palette::index_of;

/// With one of these a space shows more than its ground.
pub(super) const SHOWN_BY_SPACES: Modifier =
    Modifier::UNDERLINED.union(Modifier::REVERSED).union(Modifier::CROSSED_OUT).union(Modifier::HIDDEN);

/// What begins each modifier, and what ends it.
const CODES: [(Modifier, u8, u8); 9] = [
    (Modifier::BOLD, 1, 22),
    (Modifier::DIM, 2, 22),
    (Modifier::ITALIC, 3, 23),
    (Modifier::UNDERLINED, 4, 24),
    (Modifier::SLOW_BLINK, 5, 25),
    (Modifier::RAPID_BLINK, 6, 25),
    (Modifier::REVERSED, 7, 27),
    (Modifier::HIDDEN, 8, 28),
    (Modifier::CROSSED_OUT, 9, 29),
];

/// Two of them have one end.
const PAIRS: [Modifier; 2] = [Modifier::BOLD.union(Modifier::DIM), Modifier::SLOW_BLINK.union(Modifier::RAPID_BLINK)];

/// What ends everything: modifiers and both colours.
const RESET: u8 = 0;

/// What selects colours: of the ink, and of the ground.
const INK: u8 = 38;
const GROUND: u8 = 48;

/// What the terminal draws with.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Pen {
    pub(super) ink: Color,
    pub(super) ground: Color,
    pub(super) modifier: Modifier,
}

impl Pen {
    /// The terminal's own colours, and nothing else.
    pub(super) const PLAIN: Self = Self { ink: Color::Reset, ground: Color::Reset, modifier: Modifier::empty() };

    /// Sends what makes `self` out of the pen `before`, of which nothing is known where there is none.
    pub(super) fn take_up(self, before: Option<Self>, out: &mut Vec<u8>) {
        if before == Some(self) {
            return;
        }
        let start = out.len();
        if let Some(before) = before {
            push_sequence(out, |out| self.push_change(before, out));
            if before.modifier == self.modifier {
                return;
            }
        }
        // To end everything and begin anew is shorter now and then.
        let anew = out.len();
        push_sequence(out, |out| {
            push_code(out, RESET);
            self.push_change(Self::PLAIN, out);
        });
        if before.is_none() {
            return;
        }
        if out.len() - anew < anew - start {
            out.drain(start..anew);
        } else {
            out.truncate(anew);
        }
    }

    fn push_change(self, before: Self, out: &mut Vec<u8>) {
        let gone = before.modifier.difference(self.modifier);
        // What ends one of a pair ends the other as well.
        let ended = PAIRS.iter().filter(|pair| pair.intersects(gone)).fold(gone, |ended, pair| ended.union(*pair));
        let mut last = RESET;
        for (modifier, _, end) in CODES {
            if gone.contains(modifier) && std::mem::replace(&mut last, end) != end {
                push_code(out, end);
            }
        }
        let kept = before.modifier.difference(ended);
        for (modifier, begin, _) in CODES {
            if self.modifier.difference(kept).contains(modifier) {
                push_code(out, begin);
            }
        }
        if self.ink != before.ink {
            push_colour(out, INK, self.ink);
        }
        if self.ground != before.ground {
            push_colour(out, GROUND, self.ground);
        }
    }
}

/// A sequence of the codes that `push` gives.
fn push_sequence(out: &mut Vec<u8>, push: impl FnOnce(&mut Vec<u8>)) {
    out.extend_from_slice(CSI);
    push(out);
    // The semicolon behind the last code.
    if out.last() == Some(&b';') {
        out.pop();
    }
    out.push(b'm');
}

/// One code, and what sets it apart from the next.
fn push_code(out: &mut Vec<u8>, code: u8) {
    push_number(out, code.into());
    out.push(b';');
}

/// The codes of `colour`; `place` is what selects it.
fn push_colour(out: &mut Vec<u8>, place: u8, colour: Color) {
    let mut push = |codes: &[u8]| codes.iter().for_each(|code| push_code(out, *code));
    match colour {
        Color::Rgb(red, green, blue) => push(&[place, 2, red, green, blue]),
        Color::Indexed(index) => push(&[place, 5, index]),
        named => match index_of(named) {
            // Not by the short codes: with those some terminals make bold text brighter.
            Some(index) => push(&[place, 5, index]),
            None => push(&[place + 1]),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pen_is_changed_by_as_little_as_can_be() {
        let pen = |ink, ground, modifier| Pen { ink, ground, modifier };
        let bold = pen(Color::Reset, Color::Reset, Modifier::BOLD);
        let both = pen(Color::Reset, Color::Reset, Modifier::BOLD | Modifier::DIM);
        let painted = pen(Color::Rgb(1, 2, 3), Color::Indexed(9), Modifier::ITALIC | Modifier::CROSSED_OUT);
        for (before, after, sent) in [
            (Some(Pen::PLAIN), painted, "\u{1b}[3;9;38;2;1;2;3;48;5;9m"),
            (None, painted, "\u{1b}[0;3;9;38;2;1;2;3;48;5;9m"),
            (None, Pen::PLAIN, "\u{1b}[0m"),
            (Some(painted), Pen::PLAIN, "\u{1b}[0m"),
            (Some(painted), bold, "\u{1b}[0;1m"),
            (Some(painted), Pen { ink: Color::Red, ..painted }, "\u{1b}[38;5;1m"),
            (Some(painted), Pen { ground: Color::Reset, ..painted }, "\u{1b}[49m"),
            (Some(painted), Pen { modifier: Modifier::ITALIC, ..painted }, "\u{1b}[29m"),
            (Some(both), bold, "\u{1b}[0;1m"),
            (Some(Pen { ink: Color::Red, ..both }), Pen { ink: Color::Red, ..bold }, "\u{1b}[22;1m"),
            (Some(bold), both, "\u{1b}[2m"),
            (Some(both), both, ""),
        ] {
            let mut out = Vec::new();
            after.take_up(before, &mut out);
            assert_eq!(String::from_utf8(out).unwrap(), sent, "{before:?} to {after:?}");
        }
    }
}
