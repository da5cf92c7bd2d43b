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

/// How many rows the band takes of a screen: letters of a twentieth of the picture's height, where there is the room.
pub(super) const fn rows(area: Rect) -> u16 {
    match area.height {
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
    let large = caption.to_uppercase();
    let (width, height) = BigText::size(&large, PixelScale::Small);
    if BigText::knows(&large) && width <= inner.width && height <= inner.height {
        let place = Rect { y: inner.y + (inner.height - height) / 2, height, ..inner };
        BigText::new(&large, PixelScale::Small).style(app.theme.heading).render(place, buf);
        return;
    }
    let text = Text::styled(caption.into_owned(), app.theme.heading);
    let height = prose::rows(&text, Alignment::Left, inner.width).min(inner.height);
    prose::draw(text, Alignment::Left, Rect { y: inner.y + (inner.height - height) / 2, height, ..inner }, buf);
}
