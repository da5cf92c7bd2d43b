//! A few words as large as there is room for: who won, what a film is called.
//! They are said in full in large letters, or shorter, or in full in plain ones; never so that they say something else.

use ratatui::buffer::Buffer;
use ratatui::layout::{Alignment, Rect};
use ratatui::style::Style;
use ratatui::text::Line;
use ratatui::widgets::Widget;

use crate::screen::cut_line;
use crate::widget::bigtext::{BigText, PixelScale};

/// The most lines of large letters.
const LINES: usize = 4;
/// Rows between two of them.
const GAP: u16 = 1;

/// Words that are drawn as large as their area allows.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct BannerText {
    /// For large letters, the fullest first; each stands for all.
    large: Vec<String>,
    /// For plain letters, where no large ones fit.
    plain: String,
    style: Style,
    alignment: Alignment,
}

impl BannerText {
    /// Words that are only ever said in full.
    pub(super) fn new(words: &str, style: Style) -> Self {
        Self { large: vec![words.to_uppercase()], plain: words.to_owned(), style, alignment: Alignment::Center }
    }

    /// That somebody of this name won, for which the name alone can stand in large letters.
    pub(super) fn won(name: &str, style: Style) -> Self {
        let large = vec![format!("{} WINS", name.to_uppercase()), name.to_uppercase()];
        Self { large, plain: format!("{name} wins"), style, alignment: Alignment::Center }
    }

    /// The words in full, in capitals, and their style.
    pub(super) fn words(&self) -> (&str, Style) {
        (self.large.first().map_or(self.plain.as_str(), String::as_str), self.style)
    }

    /// Other words in the same style.
    pub(super) fn with(&self, words: &str) -> Self {
        Self::new(words, self.style)
    }

    /// The same words at the left of their area.
    pub(super) fn left(&self) -> Self {
        Self { alignment: Alignment::Left, ..self.clone() }
    }

    /// Draws them in the middle of `area`, or at its left; gives the rows that they took.
    pub(super) fn draw(&self, area: Rect, buf: &mut Buffer) -> Rect {
        let mut drawable = self.large.iter().filter(|words| BigText::knows(words));
        let Some((lines, scale)) = drawable.find_map(|words| largest(words, area)) else {
            let row = Rect { y: area.y + area.height / 2, height: area.height.min(1), ..area };
            let line = cut_line(Line::styled(self.plain.clone(), self.style), area.width);
            line.alignment(self.alignment).render(row, buf);
            return row;
        };
        let (_, tall) = BigText::size("", scale);
        let taken = rows(lines.len(), scale);
        let place = Rect { y: area.y + (area.height - taken) / 2, height: taken, ..area };
        for (line, y) in lines.iter().zip((place.y..).step_by(usize::from(tall + GAP))) {
            let row = Rect { y, height: tall, ..place };
            BigText::new(line, scale).style(self.style).alignment(self.alignment).render(row, buf);
        }
        place
    }
}

/// `words` as large as `area` allows, in as many lines as that takes.
fn largest(words: &str, area: Rect) -> Option<(Vec<String>, PixelScale)> {
    PixelScale::ALL.into_iter().find_map(|scale| {
        let lines = lines_of(words, scale, area.width)?;
        (lines.len() <= LINES && rows(lines.len(), scale) <= area.height).then_some((lines, scale))
    })
}

/// `words` in lines of at most `width` columns; nothing when one of them alone is wider.
pub(super) fn lines_of(words: &str, scale: PixelScale, width: u16) -> Option<Vec<String>> {
    let fits = |text: &str| BigText::size(text, scale).0 <= width;
    let mut lines: Vec<String> = Vec::new();
    for word in words.split_whitespace() {
        let longer = lines.last().map(|line| format!("{line} {word}")).filter(|line| fits(line));
        match (lines.last_mut(), longer) {
            (Some(line), Some(longer)) => *line = longer,
            _ if fits(word) => lines.push(word.to_owned()),
            _ => return None,
        }
    }
    (!lines.is_empty()).then_some(lines)
}

/// How many rows so many lines take.
fn rows(lines: usize, scale: PixelScale) -> u16 {
    let lines = u16::try_from(lines).unwrap_or(u16::MAX);
    lines.saturating_mul(BigText::size("", scale).1 + GAP).saturating_sub(GAP)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is drawn in so many columns and rows, and in which lines.
    fn drawn(banner: &BannerText, width: u16, height: u16) -> Vec<String> {
        let area = Rect::new(0, 0, width, height);
        let mut buf = Buffer::empty(area);
        let place = banner.draw(area, &mut buf);
        assert_eq!(place.intersection(area), place);
        let row = |y| (0..width).map(|x| buf[(x, y)].symbol()).collect::<String>().trim().to_owned();
        (place.top()..place.bottom()).map(row).collect()
    }

    fn large(text: &str) -> Vec<String> {
        let (width, height) = BigText::size(text, PixelScale::Small);
        drawn(
            &BannerText {
                large: vec![text.into()],
                plain: String::new(),
                style: Style::new(),
                alignment: Alignment::Center,
            },
            width,
            height,
        )
    }

    #[test]
    fn a_winner_is_named_in_full_or_not_at_all() {
        let banner = BannerText::won("Cerebras #2", Style::new());
        assert_eq!(drawn(&banner, 80, 5), large("CEREBRAS #2 WINS"));
        assert_eq!(drawn(&banner, 60, 5), large("CEREBRAS #2"), "the name alone, with its number");
        let two = drawn(&banner, 50, 7);
        assert_eq!((&two[..3], &two[4..]), (&large("CEREBRAS")[..], &large("#2 WINS")[..]));
        for (width, height) in [(50, 6), (20, 9), (80, 2)] {
            assert_eq!(drawn(&banner, width, height), ["Cerebras #2 wins"], "{width}×{height}");
        }
        let three = drawn(&BannerText::won("A long name", Style::new()), 40, 11);
        assert_eq!((&three[..3], &three[8..]), (&large("A LONG")[..], &large("WINS")[..]));
        assert_eq!(drawn(&banner, 12, 1), ["Cerebras #2…"]);
        assert_eq!(drawn(&BannerText::won("llama.cpp (Q4_K_M)", Style::new()), 80, 5), ["llama.cpp (Q4_K_M) wins"]);
        assert_eq!(drawn(&BannerText::won("A name that is much too long", Style::new()), 80, 5)[0].len(), 33);
    }

    #[test]
    fn what_the_font_lacks_is_said_in_plain_letters() {
        for name in ["計算機", "Zürich", "🏁"] {
            let shown = drawn(&BannerText::won(name, Style::new()), 200, 12).concat();
            assert!(shown.ends_with("wins") && shown.starts_with(name.chars().next().unwrap()), "{shown}");
        }
    }
}
