//! The lower third: words in a band of their own below the lanes, in large letters where they fit.

use ratatui::buffer::Buffer;
use ratatui::layout::{Alignment, Rect};
use ratatui::text::Text;
use ratatui::widgets::{Block, Borders, Widget};

use crate::app::{App, LowerThird};
use crate::screen::prose;
use crate::view::inset;
use crate::widget::bigtext::{BigText, PixelScale};
use speed_kings_core::text::printable;

/// Rows of a line of large letters.
const LINE: u16 = 3;

/// How many rows the band takes of a screen: letters of a twentieth of the picture's height, where there is the room, and two
/// lines of them where the picture is upright, since few letters stand in a line there.
pub(super) const fn rows(area: Rect) -> u16 {
    match area.height {
        48.. if area.height > area.width / 2 => 8,
        38.. => 5,
        28.. => 4,
        20.. => 2,
        _ => 1,
    }
}

/// Draws `caption` into its band.
pub(super) fn draw(app: &App, caption: &LowerThird, area: Rect, buf: &mut Buffer) {
    let Some(caption) = caption.words().map(printable).filter(|_| !area.is_empty()) else { return };
    let band = Block::new().borders(Borders::LEFT).border_type(ratatui::widgets::BorderType::QuadrantInside);
    let band = band.border_style(app.theme.accent).style(app.theme.overlay);
    let inner = inset(band.inner(area));
    band.render(area, buf);
    if let Some(lines) = large(&caption, inner) {
        let rows = number(lines.len()) * (LINE + 1) - 1;
        let top = inner.y + (inner.height - rows) / 2;
        for (line, index) in lines.iter().zip(0..) {
            let place = Rect { y: top + index * (LINE + 1), height: LINE, ..inner };
            BigText::new(line, PixelScale::Small).style(app.theme.heading).render(place, buf);
        }
        return;
    }
    let text = Text::styled(caption.into_owned(), app.theme.heading);
    let height = prose::rows(&text, Alignment::Left, inner.width).min(inner.height);
    prose::draw(text, Alignment::Left, Rect { y: inner.y + (inner.height - height) / 2, height, ..inner }, buf);
}

/// The lines of `caption` in large letters, where all of it fits into `area`.
fn large(caption: &str, area: Rect) -> Option<Vec<String>> {
    let caption = caption.to_uppercase();
    let fits = |text: &str| BigText::size(text, PixelScale::Small).0 <= area.width;
    let mut lines: Vec<String> = Vec::new();
    for word in caption.split_whitespace() {
        match lines.last_mut() {
            Some(line) if fits(&format!("{line} {word}")) => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    let rows = (number(lines.len()) * (LINE + 1)).saturating_sub(1);
    (BigText::knows(&caption) && rows <= area.height && lines.iter().all(|line| fits(line)) && !lines.is_empty())
        .then_some(lines)
}

fn number(lines: usize) -> u16 {
    u16::try_from(lines).unwrap_or(u16::MAX / 8)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_caption_is_large_in_as_many_lines_as_there_is_room_for() {
        let area = |width, height| Rect::new(0, 0, width, height);
        let told = "SambaNova takes the lead";
        assert_eq!(large(told, area(150, 5)).unwrap(), ["SAMBANOVA TAKES THE LEAD"]);
        assert_eq!(large(told, area(80, 8)).unwrap(), ["SAMBANOVA TAKES", "THE LEAD"]);
        assert!(large(told, area(80, 5)).is_none() && large(told, area(20, 8)).is_none());
        assert!(large("一二", area(150, 8)).is_none() && large(" ", area(150, 8)).is_none());
        assert_eq!(BigText::size("A", PixelScale::Small).1, LINE);
        assert_eq!([rows(area(160, 45)), rows(area(90, 60)), rows(area(120, 40))], [5, 8, 5]);
    }
}
