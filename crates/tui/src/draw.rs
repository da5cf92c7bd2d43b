//! Draws the app: the screen that is on, and what lies over it.

use ratatui::Frame;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::widgets::{Block, Widget};

use crate::app::{App, AppScreen};
use crate::screen;
use crate::view::{ViewState, is_cramped};

impl ViewState {
    /// Draws `app` over the whole area of `frame`.
    pub fn draw(&mut self, app: &App, frame: &mut Frame<'_>) {
        let area = frame.area();
        self.paint(app, area, frame.buffer_mut());
    }

    /// Draws `app` into `area` of a buffer, whoever shows it.
    pub fn paint(&mut self, app: &App, area: Rect, buf: &mut Buffer) {
        self.targets.clear();
        self.timeline = None;
        Block::new().style(app.theme.background).render(area, buf);
        if let (AppScreen::Card, Some(heat)) = (app.screen, &app.heat) {
            screen::card::draw(app, heat, area, buf);
            return;
        }
        if is_cramped(area) {
            screen::cramped::draw(app, area, buf);
            return;
        }
        match (app.screen, &app.picker, &app.heat) {
            (AppScreen::Picker, Some(picker), _) => screen::picker::draw(app, picker, self, area, buf),
            (AppScreen::Race, _, Some(heat)) => screen::race::draw(app, heat, self, area, buf),
            (AppScreen::Verdict, _, Some(heat)) => screen::verdict::draw(app, heat, area, buf),
            (AppScreen::Intro, _, Some(heat)) => screen::titles::intro(app, heat, area, buf),
            (AppScreen::Outro, _, Some(heat)) => screen::titles::outro(app, heat, area, buf),
            _ => {}
        }
        screen::overlay::draw(app, area, buf);
    }
}
