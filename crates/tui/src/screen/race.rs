//! The race: a track that shows who leads, and for each lane a stopwatch, its speed, its sparkline and its text.

mod caption;
mod context;
mod course;
mod detail;
mod figures;
mod frame;
pub mod graphics;
mod hero;
mod lane;
mod lead;
mod lights;
mod photo;
mod places;
mod timeline;
mod tower;

use ratatui::buffer::Buffer;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::text::Span;

use self::context::FrameContext;
use self::hero::HeroForm;
use self::places::LanePlaces;
use crate::app::{App, LowerThird, RaceView};
use crate::layout::RaceLayout;
use crate::message::UiMessage;
use crate::screen::{ghost, hints, sim, title_bar};
use crate::view::{ViewState, inset};
use speed_kings_core::format;
use speed_kings_core::text::printable;
use speed_kings_session::source::playback::PlaybackControl;

/// From so many lanes on, the bars stand in the order of the race, with gaps.
const TOWER: usize = 3;

/// Draws the race screen into `area`.
pub fn draw(app: &App, race_view: &RaceView, view: &mut ViewState, area: Rect, buf: &mut Buffer) {
    let controls = u16::from(race_view.is_replay() && !app.is_filmed());
    let lanes = race_view.race.lanes().len();
    let form = if app.layout == RaceLayout::Text { HeroForm::Words } else { HeroForm::of(area) };
    let course = match app.layout {
        RaceLayout::Split | RaceLayout::Broadcast => course::rows(lanes, area),
        RaceLayout::Text | RaceLayout::Tower => 0,
    };
    let caption = if race_view.caption == LowerThird::Absent { 0 } else { caption::rows(area) };
    let [top, hero, track, main, words, timeline, bottom] = Layout::vertical([
        Constraint::Length(1),
        Constraint::Length(form.rows()),
        Constraint::Length(course),
        Constraint::Min(1),
        Constraint::Length(caption),
        Constraint::Length(controls),
        Constraint::Length(u16::from(!app.is_filmed())),
    ])
    .areas(area);
    draw_title(app, race_view, top, buf);
    let panes = if app.layout == RaceLayout::Tower { 0 } else { lanes };
    let places = LanePlaces::find(panes, race_view.focus, app.stacked, main);
    let width = places.width().saturating_sub(4);
    let shared = FrameContext::of(app, race_view, width);
    hero::draw(&shared, race_view, form, places.more, inset(hero), buf);
    if lanes >= TOWER {
        tower::draw(&shared, race_view, inset(track), buf);
    } else {
        course::draw(&shared, race_view, inset(track), buf);
    }
    if app.layout == RaceLayout::Tower {
        tower::draw(&shared, race_view, inset(main), buf);
    }
    view.lay_out(race_view, app.answers, width);
    lane::draw_all(&shared, race_view, view, &places, buf);
    for (index, place) in &places.shown {
        view.targets.push((*place, UiMessage::FocusOn(*index)));
    }
    lights::draw(&shared, &race_view.race, main, buf);
    photo::draw(&shared, race_view, main, buf);
    caption::draw(app, &race_view.caption, inset(words), buf);
    if let Some(playback) = race_view.playback.as_ref().filter(|_| controls > 0) {
        view.timeline = Some(timeline::draw(app, playback, timeline, buf));
    }
    hints(app, bottom, buf);
}

fn draw_title(app: &App, race_view: &RaceView, area: Rect, buf: &mut Buffer) {
    let setup = &race_view.race.setup;
    let mut middle = Vec::new();
    match (&race_view.title, &setup.phase) {
        (Some(title), _) => middle.push(Span::styled(printable(title).into_owned(), app.theme.heading)),
        (None, Some(phase)) => {
            middle.push(Span::styled(printable(&phase.id).into_owned(), app.theme.heading));
            middle.push(Span::styled(
                format!(" {} · {}", printable(&phase.title), printable(&phase.model)),
                app.theme.text,
            ));
        }
        (None, None) => middle.push(Span::styled(printable(&setup.title()).into_owned(), app.theme.text)),
    }
    let mut right = Vec::new();
    if race_view.race.simulated() {
        right.extend([sim(app), Span::raw(" ")]);
    }
    if setup.has_ghosts() {
        right.extend([ghost(app), Span::raw(" ")]);
    }
    right.extend(pace(app, race_view));
    let clock = race_view.clock.map_or_else(|| "warming up".into(), format::clock);
    right.push(Span::styled(format!("{clock:>12} "), app.theme.heading));
    title_bar(app, &middle, right, area, buf);
}

/// That a race is live, or at which scale it is shown; nothing where there is nothing to say.
fn pace(app: &App, race_view: &RaceView) -> Option<Span<'static>> {
    match (race_view.film.or(race_view.playback.as_ref().map(PlaybackControl::scale)), &race_view.film) {
        // A film of a race in real time looks as the race did; any other scale is stated, always.
        (Some(scale), Some(_)) if (scale - 1.0).abs() < 1e-9 => None,
        (Some(scale), _) => Some(Span::styled(format!("REPLAY ×{} ", timeline::rounded(scale)), app.theme.warn)),
        (None, _) if race_view.is_over() => None,
        (None, _) => Some(Span::styled(
            race_view.behind.map_or_else(|| "● LIVE ".into(), |by| format!("● LIVE −{} s ", by.as_secs_f64())),
            app.theme.rec,
        )),
    }
}
