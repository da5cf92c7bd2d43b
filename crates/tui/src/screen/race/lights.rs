//! The lights before the start: lamps that go out one by one, and the seconds that are left in large figures.

use ratatui::buffer::Buffer;
use ratatui::layout::{Alignment, Rect};
use ratatui::style::Style;
use ratatui::text::{Line, Span};
use ratatui::widgets::{Block, BorderType, Clear, Widget};

use super::context::FrameContext;
use crate::app::App;
use crate::screen::write;
use crate::widget::bar;
use crate::widget::bigtext::{BigText, PixelScale};
use speed_kings_core::race::{Race, RaceStage};
use speed_kings_core::time::Offset;

/// A lamp that is lit where there is room for it, and one that is not.
const LAMP: [&str; 3] = ["▄████▄", "██████", "▀████▀"];
const DARK_LAMP: [&str; 3] = ["╭────╮", "│    │", "╰────╯"];

/// How long GO stays after the green light at the most, in seconds: the first text takes it away.
const GO: f64 = 0.6;
/// From so many seconds before the start on the lights are shown, and one goes out each second.
const LIT: f64 = 3.0;

/// What the lights say.
pub(super) struct StartLights {
    pub(super) text: &'static str,
    /// Lamps that are lit.
    pub(super) lit: usize,
    /// How much of the time to the start is left, from 0 to 1.
    pub(super) left: f64,
    pub(super) style: Style,
}

impl StartLights {
    /// The lights of `race` at this moment, if they are on.
    pub(super) fn of(shared: &FrameContext<'_>, race: &Race) -> Option<Self> {
        let theme = &shared.app.theme;
        let before = -shared.now.as_secs_f64();
        if shared.stage == RaceStage::Countdown && before > 0.0 {
            let (text, lit) = match before {
                ..=1.0 => ("1", 1),
                ..=2.0 => ("2", 2),
                _ => ("3", 3),
            };
            return Some(Self { text, lit, left: (before / LIT).min(1.0), style: theme.heat });
        }
        let silent = race.lanes().iter().all(|lane| lane.marks.first_text.is_none());
        let go = silent && shared.stage >= RaceStage::Running && shared.show.effect(Offset::GREEN, GO).is_some();
        go.then_some(Self { text: "GO", lit: 0, left: 0.0, style: theme.win })
    }
}

/// The lights before the start, over the lanes.
pub(super) fn draw(shared: &FrameContext<'_>, race: &Race, area: Rect, buf: &mut Buffer) {
    let app = shared.app;
    let Some(lights) = StartLights::of(shared, race) else { return };
    // No more than about half of the lanes is covered.
    let room = Rect { height: area.height / 2, ..area };
    let Some(scale) = PixelScale::fitting("GO", room).or_else(|| PixelScale::fitting("GO", area)) else { return };
    let (width, height) = BigText::size("GO", scale);
    let lamps = if scale == PixelScale::Huge && area.height >= height + 8 { LAMP.len() } else { 1 };
    let lamps = u16::try_from(lamps).unwrap_or(1);
    let above = lamps + u16::from(lamps > 1);
    let (outer_width, outer_height) = ((width + 6).max(15).min(area.width), (height + above + 4).min(area.height));
    let outer = Rect::new(
        area.x + (area.width - outer_width) / 2,
        area.y + (area.height - outer_height) / 2,
        outer_width,
        outer_height,
    );
    Clear.render(outer, buf);
    let block = Block::bordered().border_type(BorderType::Thick).border_style(lights.style).style(app.theme.overlay);
    let inner = block.inner(outer);
    block.render(outer, buf);
    let lines: Vec<Line<'_>> = if lamps > 1 {
        LAMP.iter()
            .zip(DARK_LAMP)
            .map(|(lit, dark)| (*lit, dark, "  "))
            .map(|shape| lamp_row(app, lights.lit, shape))
            .collect()
    } else {
        vec![lamp_row(app, lights.lit, ("●", "○", " "))]
    };
    for (line, row) in lines.into_iter().zip(inner.rows()) {
        line.alignment(Alignment::Center).render(row, buf);
    }
    let digits = Rect { y: inner.y + above, height: inner.height.saturating_sub(above), ..inner };
    BigText::new(lights.text, scale).style(lights.style).alignment(Alignment::Center).render(digits, buf);
    // The time that is left, as a line that runs out.
    let bottom = Rect { y: inner.bottom().saturating_sub(1), height: inner.height.min(1), ..inner };
    write(buf, bottom, bottom.x, bottom.y, &bar::text(lights.left, bottom.width), app.theme.rec);
}

/// A row of the three lamps, of which so many are `lit`: what it is of one that is, of one that is not, and between.
fn lamp_row<'a>(app: &App, lit: usize, (on, off, between): (&'a str, &'a str, &'a str)) -> Line<'a> {
    let lamps = (0..3).flat_map(|lamp| {
        let bulb = if lamp < lit { Span::styled(on, app.theme.rec) } else { Span::styled(off, app.theme.muted) };
        [(lamp > 0).then(|| Span::raw(between)), Some(bulb)]
    });
    lamps.flatten().collect()
}
