//! What a symbol on the screen is made of: a letter with marks, several letters, or a sequence that is one picture.
//! Nothing of it is passed over but what is invisible by itself.

use unicode_width::UnicodeWidthChar as _;

/// Marks on one letter that are drawn; text can pile up thousands.
const MOST_MARKS: usize = 8;

/// Whether a character is to be a picture in colours.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum SymbolForm {
    /// Nothing says so: neither a selector nor the character itself.
    Either,
    /// The character usually is one, and no selector says otherwise.
    Usual,
    /// This time it is, said by a selector.
    Picture,
    /// This time it isn't, said by a selector.
    Text,
}

/// What a symbol is made of.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum SymbolParts {
    /// Several characters that are one picture.
    Sequence(Vec<char>),
    /// Letters side by side, mostly one, with marks over them all.
    Letters {
        /// One after the other.
        letters: Vec<char>,
        /// What takes no room.
        marks: Vec<char>,
        /// Whether it is to be a picture.
        form: SymbolForm,
        /// The selector of a variant of the first letter.
        selector: Option<char>,
    },
    /// More marks than are drawn.
    Piled,
}

impl SymbolParts {
    /// Of a symbol that begins with something visible.
    pub(super) fn of(text: &str) -> Self {
        let all: Vec<char> = text.chars().collect();
        if is_sequence(&all) {
            return Self::Sequence(all);
        }
        let letters_of = |wide: bool| move |letter: &char| (letter.width() != Some(0)) == wide;
        let composed = hangul(&all);
        let seen = || composed.iter().copied().filter(|letter| !is_invisible(*letter));
        let base = seen().next().or_else(|| all.first().copied());
        let mut letters: Vec<char> = seen().skip(1).filter(letters_of(true)).collect();
        letters.splice(0..0, base);
        let marks: Vec<char> = seen().skip(1).filter(letters_of(false)).collect();
        let selector = all.iter().copied().find(|letter| is_selector(*letter));
        let usual = base.is_some_and(|base| base.width() == Some(2) && is_pictorial(base));
        let form = match selector {
            Some('\u{fe0f}') => SymbolForm::Picture,
            Some('\u{fe0e}') => SymbolForm::Text,
            _ if usual => SymbolForm::Usual,
            _ => SymbolForm::Either,
        };
        if letters.len() + marks.len() > MOST_MARKS {
            Self::Piled
        } else {
            Self::Letters { letters, marks, form, selector }
        }
    }
}

fn is_selector(letter: char) -> bool {
    matches!(letter, '\u{fe00}'..='\u{fe0f}' | '\u{180b}'..='\u{180d}' | '\u{e0100}'..='\u{e01ef}')
}

/// What is to be seen only in what it does to its neighbours.
fn is_invisible(letter: char) -> bool {
    let joins = matches!(letter, '\u{200b}'..='\u{200f}' | '\u{2060}'..='\u{2064}' | '\u{34f}' | '\u{ad}' | '\u{feff}');
    joins || is_selector(letter)
}

/// Signs and pictures that may be drawn in colours.
fn is_pictorial(letter: char) -> bool {
    matches!(letter, '\u{2190}'..='\u{2bff}' | '\u{1f000}'..='\u{1faff}' | '\u{3030}' | '\u{303d}' | '\u{3297}' | '\u{3299}')
}

/// Whether the characters are one picture: a flag, a keycap, a tone of skin, or pictures that are joined.
fn is_sequence(all: &[char]) -> bool {
    let Some((first, rest)) = all.split_first() else { return false };
    let region = |letter: &char| matches!(letter, '\u{1f1e6}'..='\u{1f1ff}');
    let keycap = matches!(first, '0'..='9' | '#' | '*') && rest.contains(&'\u{20e3}');
    let joined = rest.windows(2).any(|pair| matches!(pair, ['\u{200d}', next] if is_pictorial(*next)));
    let changed = rest.iter().any(|letter| matches!(letter, '\u{1f3fb}'..='\u{1f3ff}' | '\u{e0020}'..='\u{e007f}'));
    region(first) && rest.first().is_some_and(region) || keycap || joined || changed
}

/// Korean syllables out of their parts, as fonts have them.
fn hangul(all: &[char]) -> Vec<char> {
    let mut composed: Vec<char> = Vec::with_capacity(all.len());
    let nth = |letter: char, from: u32, count: u32| u32::from(letter).checked_sub(from).filter(|nth| *nth < count);
    for letter in all {
        let joined = composed.last().and_then(|last| {
            let syllable = || nth(*last, 0xac00, 11_172).filter(|nth| nth.is_multiple_of(28));
            let code = match (nth(*last, 0x1100, 19), nth(*letter, 0x1161, 21)) {
                (Some(lead), Some(vowel)) => 0xac00 + (lead * 21 + vowel) * 28,
                _ => 0xac00 + syllable()? + nth(*letter, 0x11a7, 28).filter(|tail| *tail > 0)?,
            };
            char::from_u32(code)
        });
        match (joined, composed.last_mut()) {
            (Some(joined), Some(last)) => *last = joined,
            _ => composed.push(*letter),
        }
    }
    composed
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_one_picture_is_taken_as_one() {
        for text in ["🇩🇪", "👨‍👩‍👧‍👦", "👩‍🔬", "👍🏽", "1️⃣", "🏳️‍🌈", "🧑🏽‍💻", "🏴󠁧󠁢󠁥󠁮󠁧󠁿", "❤️‍🔥"]
        {
            assert_eq!(SymbolParts::of(text), SymbolParts::Sequence(text.chars().collect()), "{text}");
        }
    }

    #[test]
    fn letters_keep_their_marks_and_their_form() {
        let of = |text: &str| match SymbolParts::of(text) {
            SymbolParts::Letters { letters, marks, form, .. } => (String::from_iter(letters), marks.len(), form),
            other => panic!("{text}: {other:?}"),
        };
        assert_eq!(of("e\u{301}\u{323}"), ("e".into(), 2, SymbolForm::Either));
        assert_eq!(of("x\u{20dd}"), ("x".into(), 1, SymbolForm::Either));
        assert_eq!(of("☺\u{fe0e}"), ("☺".into(), 0, SymbolForm::Text));
        assert_eq!(of("⚠\u{fe0f}"), ("⚠".into(), 0, SymbolForm::Picture));
        assert_eq!(of("😀"), ("😀".into(), 0, SymbolForm::Usual));
        assert_eq!(of("計"), ("計".into(), 0, SymbolForm::Either));
        assert_eq!(of("\u{1112}\u{1161}\u{11ab}"), ("한".into(), 0, SymbolForm::Either));
        assert_eq!(
            of("\u{915}\u{94d}\u{200d}\u{937}").0.chars().count(),
            2,
            "a joiner between letters joins no pictures"
        );
        assert_eq!(of("🇩"), ("🇩".into(), 0, SymbolForm::Either));
        assert_eq!(SymbolParts::of(&format!("a{}", "\u{301}".repeat(9))), SymbolParts::Piled);
    }
}
