//! Draws the app: the screen that is on, and what lies over it.

use ratatui::Frame;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::widgets::{Block, Widget};
use unicode_width::UnicodeWidthStr as _;

use crate::app::{App, AppScreen};
use crate::layout::{ScreenAudience, safe_area};
use crate::screen;
use crate::view::{ViewState, is_cramped};

impl ViewState {
    /// Draws `app` over the whole area of `frame`.
    pub fn draw(&mut self, app: &App, frame: &mut Frame<'_>) {
        let all = frame.area();
        let race = matches!(app.screen, AppScreen::Race | AppScreen::Verdict);
        // A cell is about twice as tall as it is wide.
        let safe = safe_area(all, all.height > all.width / 2);
        let filmed = race && app.audience == ScreenAudience::Camera && !is_cramped(safe);
        let area = if filmed { safe } else { all };
        Block::new().style(app.theme.background).render(all, frame.buffer_mut());
        self.paint(app, area, frame.buffer_mut());
    }

    /// Draws `app` into `area` of a buffer, whoever shows it.
    pub fn paint(&mut self, app: &App, area: Rect, buf: &mut Buffer) {
        let turn = app.turn();
        let mut old = turn.map(|turn| {
            let mut old = Buffer::empty(area);
            self.paint_screen(app, turn.from, area, &mut old);
            old
        });
        self.paint_screen(app, app.screen, area, buf);
        if let (Some(turn), Some(old)) = (turn, &mut old) {
            cover(app, turn.share, old, area, buf);
        }
        if app.screen != AppScreen::Card && !is_cramped(area) {
            screen::overlay::draw(app, area, buf);
        }
    }

    fn paint_screen(&mut self, app: &App, screen: AppScreen, area: Rect, buf: &mut Buffer) {
        self.targets.clear();
        self.timeline = None;
        Block::new().style(app.theme.background).render(area, buf);
        if let (AppScreen::Card, Some(race_view)) = (screen, &app.race_view) {
            screen::card::draw(app, race_view, area, buf);
            return;
        }
        if is_cramped(area) {
            screen::cramped::draw(app, area, buf);
            return;
        }
        match (screen, &app.picker, &app.race_view) {
            (AppScreen::Picker, Some(picker), _) => screen::picker::draw(app, picker, self, area, buf),
            (AppScreen::Race, _, Some(race_view)) => screen::race::draw(app, race_view, self, area, buf),
            (AppScreen::Verdict, _, Some(race_view)) => screen::verdict::draw(app, race_view, area, buf),
            (AppScreen::Browser, ..) => {
                if let Some(browser) = &app.browser {
                    screen::browser::draw(app, browser, self, area, buf);
                }
            }
            (AppScreen::Blind, ..) => screen::blind::draw(app, self, area, buf),
            (AppScreen::Intro, _, Some(race_view)) => screen::titles::intro(app, race_view, area, buf),
            (AppScreen::Outro, _, Some(race_view)) => screen::titles::outro(app, race_view, area, buf),
            _ => {}
        }
    }
}

/// Puts back what of the `old` screen the new one in `buf` has not yet covered, with a bright edge between the two.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "bounded by the terminal's width")]
fn cover(app: &App, share: f64, old: &Buffer, area: Rect, buf: &mut Buffer) {
    let edge = area.left() + (share.clamp(0.0, 1.0) * f64::from(area.width)) as u16;
    for y in area.rows().map(|row| row.y) {
        // A wide character that the edge would cut in two is left out.
        let cut = edge.checked_sub(1).and_then(|x| buf.cell((x, y))).is_some_and(|cell| cell.symbol().width() > 1);
        if cut && let Some(cell) = buf.cell_mut((edge - 1, y)) {
            cell.set_symbol(" ");
        }
        for x in edge..area.right() {
            if let (Some(cell), Some(kept)) = (buf.cell_mut((x, y)), old.cell((x, y))) {
                *cell = kept.clone();
            }
        }
        if let Some(cell) = buf.cell_mut((edge, y)) {
            cell.set_symbol("▌").set_style(app.theme.accent);
        }
    }
}
