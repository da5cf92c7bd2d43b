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
        if let (AppScreen::Card, Some(race_view)) = (app.screen, &app.race_view) {
            screen::card::draw(app, race_view, area, buf);
            return;
        }
        if is_cramped(area) {
            screen::cramped::draw(app, area, buf);
            return;
        }
        match (app.screen, &app.picker, &app.race_view) {
            (AppScreen::Picker, Some(picker), _) => screen::picker::draw(app, picker, self, area, buf),
            (AppScreen::Race, _, Some(race_view)) => screen::race::draw(app, race_view, self, area, buf),
            (AppScreen::Verdict, _, Some(race_view)) => screen::verdict::draw(app, race_view, area, buf),
            (AppScreen::Blind, ..) => screen::blind::draw(app, self, area, buf),
            (AppScreen::Intro, _, Some(race_view)) => screen::titles::intro(app, race_view, area, buf),
            (AppScreen::Outro, _, Some(race_view)) => screen::titles::outro(app, race_view, area, buf),
            _ => {}
        }
        screen::overlay::draw(app, area, buf);
    }
}
