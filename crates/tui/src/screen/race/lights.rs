//! The lights before the start: lamps that go out one by one, and the seconds that are left in large figures.

use ratatui::buffer::Buffer;
use ratatui::layout::{Alignment, Rect};
use ratatui::text::{Line, Span};
use ratatui::widgets::{Block, BorderType, Clear, Widget};

use super::context::FrameContext;
use crate::app::App;
use crate::widget::bigtext::{BigText, PixelScale};
use speed_kings_core::race::RaceStage;

/// A lamp that is lit where there is room for it, and one that is not.
const LAMP: [&str; 3] = ["▄████▄", "██████", "▀████▀"];
const DARK_LAMP: [&str; 3] = ["╭────╮", "│    │", "╰────╯"];

/// The lights before the start, over the lanes.
pub(super) fn draw(shared: &FrameContext<'_>, area: Rect, buf: &mut Buffer) {
    let app = shared.app;
    let (text, lit) = match (shared.stage, shared.now.as_micros()) {
        (RaceStage::Countdown, -1_000_000..0) => ("1", 3),
        (RaceStage::Countdown, -2_000_000..-1_000_000) => ("2", 2),
        (RaceStage::Countdown, -60_000_000..-2_000_000) => ("3", 1),
        _ => return,
    };
    let Some(scale) = PixelScale::fitting("GO", area) else { return };
    let (width, height) = BigText::size(text, scale);
    let lamps = if scale == PixelScale::Huge && area.height >= height + 7 { LAMP.len() } else { 1 };
    let lamps = u16::try_from(lamps).unwrap_or(1);
    let above = lamps + u16::from(lamps > 1);
    let (outer_width, outer_height) = ((width + 10).max(15).min(area.width), (height + above + 3).min(area.height));
    let outer = Rect::new(
        area.x + (area.width - outer_width) / 2,
        area.y + (area.height - outer_height) / 2,
        outer_width,
        outer_height,
    );
    Clear.render(outer, buf);
    let block = Block::bordered().border_type(BorderType::Thick).border_style(app.theme.heat).style(app.theme.overlay);
    let inner = block.inner(outer);
    block.render(outer, buf);
    let lines: Vec<Line<'_>> = if lamps > 1 {
        LAMP.iter()
            .zip(DARK_LAMP)
            .map(|(lit, dark)| (*lit, dark, "  "))
            .map(|shape| lamp_row(app, lit, shape))
            .collect()
    } else {
        vec![lamp_row(app, lit, ("●", "○", " "))]
    };
    for (line, row) in lines.into_iter().zip(inner.rows()) {
        line.alignment(Alignment::Center).render(row, buf);
    }
    let digits = Rect { y: inner.y + above, height: inner.height.saturating_sub(above), ..inner };
    BigText::new(text, scale).style(app.theme.heat).alignment(Alignment::Center).render(digits, buf);
}

/// A row of the three lamps, of which so many are `lit`: what it is of one that is, of one that is not, and between.
fn lamp_row<'a>(app: &App, lit: usize, (on, off, between): (&'a str, &'a str, &'a str)) -> Line<'a> {
    let lamps = (0..3).flat_map(|lamp| {
        let bulb = if lamp < lit { Span::styled(on, app.theme.rec) } else { Span::styled(off, app.theme.muted) };
        [(lamp > 0).then(|| Span::raw(between)), Some(bulb)]
    });
    lamps.flatten().collect()
}
