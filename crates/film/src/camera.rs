//! The camera: walks a recording on the picture's clock and draws each frame with the code that draws the screen.
//! It keeps two pictures and nothing else, and it says which cells are new.

use ratatui::buffer::{Buffer, Cell};
use ratatui::layout::Rect;
use unicode_width::UnicodeWidthStr as _;

use crate::job::RenderJob;
use crate::script::FilmScene;
use speed_kings_core::date;
use speed_kings_core::time::{Offset, Period};
use speed_kings_recording::Recording;
use speed_kings_recording::edit_list::ShownMoment;
use speed_kings_tui::app::{App, AppScreen, FINISH_HOLD, FilmCredits, LowerThird, RaceView, ScreenTurn};
use speed_kings_tui::show::ScreenMotion;
use speed_kings_tui::view::ViewState;

/// The moment after everything, at the race's own speed.
const END: ShownMoment = ShownMoment { at: Offset::LAST, scale: 1.0 };

/// One picture of a film.
#[derive(Clone, Copy, Debug)]
pub struct FilmFrame<'a> {
    /// Its number, from 0.
    pub index: u64,
    /// When it is shown, on the picture's clock.
    pub at: Period,
    /// The scene that it shows.
    pub scene: FilmScene,
    /// Its cells, as a terminal would show them.
    pub buffer: &'a Buffer,
    /// Which of `buffer.content` differ from the frame before, in order; all of them in the first. The second half of
    /// a wide character is named along with the first.
    pub changed: &'a [usize],
}

impl FilmFrame<'_> {
    /// The rows in which something changed, from 0, in order.
    pub(super) fn changed_rows(&self) -> impl Iterator<Item = u16> + Clone {
        let width = usize::from(self.buffer.area.width.max(1));
        let mut last = None;
        let rows = self.changed.iter().map(move |index| index / width);
        rows.filter(move |row| last.replace(*row) != Some(*row)).filter_map(|row| u16::try_from(row).ok())
    }
}

/// Takes the frames of one film, in order.
pub struct Camera<'a> {
    job: RenderJob<'a>,
    app: App,
    view: ViewState,
    /// Events of the recording that have been told.
    told: usize,
    next: u64,
    shown: Option<(FilmScene, Option<ScreenTurn>)>,
    picture: Buffer,
    before: Buffer,
    changed: Vec<usize>,
}

impl<'a> Camera<'a> {
    /// A camera before the first frame of `job`.
    #[must_use]
    pub fn new(job: &RenderJob<'a>) -> Self {
        let recording: &Recording = job.recording;
        let race_view = RaceView::filmed(recording.header.setup.clone(), recording.trouble(&recording.race()));
        let day = recording.header.recorded_at.map(date::day).unwrap_or_default();
        let credits =
            FilmCredits { day, tool: recording.header.tool.clone(), calibration: job.calibration.map(str::to_owned) };
        let mut app = App::filming(job.theme.clone(), race_view, credits);
        (app.stacked, app.layout, app.motion) = (job.stacked, job.layout, job.motion);
        app.answers = job.answers;
        let area = Rect::new(0, 0, job.cells.width, job.cells.height);
        Self {
            job: job.clone(),
            app,
            view: ViewState::default(),
            told: 0,
            next: 0,
            shown: None,
            picture: Buffer::empty(area),
            before: Buffer::empty(area),
            changed: Vec::new(),
        }
    }

    /// The next frame, until there is none.
    pub fn advance(&mut self) -> Option<FilmFrame<'_>> {
        let index = self.next;
        if index >= self.job.frames() {
            return None;
        }
        self.next += 1;
        let at = self.job.shown(index);
        let scene = self.job.script.at(at);
        let turn = self.job.script.turn(at).filter(|_| self.job.motion == ScreenMotion::Full);
        if self.shown == Some((scene, turn)) {
            self.changed.clear();
        } else {
            std::mem::swap(&mut self.picture, &mut self.before);
            self.draw(scene, turn);
            compare(&self.before, &self.picture, index == 0, &mut self.changed);
        }
        Some(FilmFrame { index, at, scene, buffer: &self.picture, changed: &self.changed })
    }

    /// A still of `scene`, all of it new. It must not lie before what this camera has shown already.
    pub fn still(&mut self, scene: FilmScene) -> FilmFrame<'_> {
        self.draw(scene, None);
        compare(&self.before, &self.picture, true, &mut self.changed);
        FilmFrame { index: 0, at: Period::ZERO, scene, buffer: &self.picture, changed: &self.changed }
    }

    fn draw(&mut self, scene: FilmScene, turn: Option<ScreenTurn>) {
        let (screen, moment) = match scene {
            FilmScene::Race(moment) | FilmScene::Finish(moment, _) => (AppScreen::Race, moment),
            FilmScene::Intro => (AppScreen::Intro, ShownMoment { at: Offset::FIRST, scale: 1.0 }),
            FilmScene::Verdict(_) => (AppScreen::Verdict, END),
            FilmScene::Outro(_) => (AppScreen::Outro, END),
            FilmScene::Card => (AppScreen::Card, END),
        };
        self.advance_race(moment);
        if let Some(race_view) = &mut self.app.race_view {
            race_view.held = if let FilmScene::Finish(_, held) = scene { held } else { Period::ZERO };
            race_view.judged = if let FilmScene::Verdict(ago) = scene { Some(ago) } else { None };
            // What goes when the verdict comes is the race as it was held.
            if race_view.judged.is_some() {
                race_view.held = FINISH_HOLD.into();
            }
        }
        (self.app.screen, self.app.turn) = (screen, turn);
        let mut blank = Cell::EMPTY;
        blank.set_style(self.app.theme.background);
        self.picture.content.fill(blank);
        self.view.paint(&self.app, self.job.area(), &mut self.picture);
        self.shown = Some((scene, turn));
    }

    /// Lets the race come as far as `moment`.
    fn advance_race(&mut self, moment: ShownMoment) {
        let events = &self.job.recording.events;
        let rest = events.get(self.told..).unwrap_or_default();
        let due = rest.partition_point(|event| event.at <= moment.at);
        let clock = moment.at.min(events.last().map_or(moment.at, |event| event.at));
        if let Some(race_view) = &mut self.app.race_view {
            let cut = self.job.script.cut();
            let words = cut.has_words().then(|| cut.caption(moment.at));
            race_view.caption = words.map_or(LowerThird::Absent, LowerThird::of);
            race_view.title.clone_from(&cut.title);
            race_view.expose(rest.get(..due).unwrap_or_default(), clock, moment.scale, due == rest.len());
        }
        self.told += due;
    }
}

/// Puts into `changed` which cells of `after` differ from `before`: all of them when `all`.
pub(super) fn compare(before: &Buffer, after: &Buffer, all: bool, changed: &mut Vec<usize>) {
    changed.clear();
    if all {
        changed.extend(0..after.content.len());
        return;
    }
    let wide = |buffer: &Buffer, index: usize| buffer.content.get(index).is_some_and(|cell| cell.symbol().width() > 1);
    let width = usize::from(after.area.width.max(1));
    let mut tail = None;
    for (index, (old, new)) in before.content.iter().zip(&after.content).enumerate() {
        let differs = !is_same(old, new);
        if differs || tail == Some(index) {
            changed.push(index);
        }
        // What a wide character covered, or covers now, is drawn anew with it.
        if differs && (index + 1) % width != 0 && (wide(before, index) || wide(after, index)) {
            tail = Some(index + 1);
        }
    }
}

/// Whether both are drawn alike. Nearly all symbols are of one byte, which takes no comparing of memory.
fn is_same(old: &Cell, new: &Cell) -> bool {
    let symbols = match (old.symbol().as_bytes(), new.symbol().as_bytes()) {
        ([old], [new]) => old == new,
        (old, new) => old == new,
    };
    symbols && (old.fg, old.bg, old.modifier) == (new.fg, new.bg, new.modifier)
}

impl<'a> RenderJob<'a> {
    /// A camera at the first frame. Whoever needs the frames twice takes two.
    #[must_use]
    pub fn camera(&self) -> Camera<'a> {
        Camera::new(self)
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use ratatui::layout::Size;

    use super::*;
    use crate::script::FilmScript;
    use speed_kings_recording::reader::read_file;
    use speed_kings_tui::theme::ThemeSet;

    fn recording() -> Recording {
        read_file(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../../recordings/wafer-vs-lpu-sim.race")).unwrap()
    }

    fn film(recording: &Recording, speed: f64, look: impl FnOnce(&RenderJob<'_>)) {
        let themes = ThemeSet::builtin().unwrap();
        let script = FilmScript::new(recording, recording.led_in(speed).faster(speed));
        let cells = Size::new(100, 30);
        look(&RenderJob::new(recording, script, cells, themes.default_theme(), 10));
    }

    fn text(buffer: &Buffer) -> String {
        buffer.content.iter().map(ratatui::buffer::Cell::symbol).collect()
    }

    #[test]
    fn a_frame_is_the_state_at_its_time_however_it_came_about() {
        let recording = recording();
        film(&recording, 0.5, |job| {
            let (mut camera, mut seen, mut count) = (job.camera(), Buffer::default(), 0);
            while let Some(frame) = camera.advance() {
                assert_eq!(*job.camera().still(frame.scene).buffer, *frame.buffer, "frame {}", frame.index);
                if frame.index == 0 {
                    seen = Buffer::empty(frame.buffer.area);
                }
                for index in frame.changed {
                    seen.content[*index] = frame.buffer.content[*index].clone();
                }
                assert_eq!(seen, *frame.buffer, "frame {}: the changed cells are all that changed", frame.index);
                count += 1;
            }
            assert_eq!(count, job.frames());
            let exact = job.script.duration().as_secs_f64() * 10.0;
            assert!((f64::from(u32::try_from(count).unwrap()) - exact).abs() <= 0.5, "{count} frames for {exact}");
        });
    }

    #[test]
    fn a_film_states_its_scale_and_shows_no_keys() {
        let recording = recording();
        for (speed, stamp) in [(1.0, None), (0.1, Some("REPLAY ×0.1 ")), (2.5, Some("REPLAY ×2.5 "))] {
            film(&recording, speed, |job| {
                let mut camera = job.camera();
                let (mut first, mut last) = (None, String::new());
                while let Some(frame) = camera.advance() {
                    last = text(frame.buffer);
                    first = first.or_else(|| Some(last.clone()));
                    assert!(!last.contains("help") && !last.contains("LIVE"), "frame {}", frame.index);
                }
                let first = first.unwrap();
                assert_eq!(first.contains("REPLAY"), stamp.is_some());
                assert!(stamp.is_none_or(|stamp| first.contains(stamp)), "{first}");
                assert!(last.contains("VERDICT"), "{last}");
            });
        }
    }

    #[test]
    fn a_cut_that_ends_early_gives_no_verdict_away() {
        let recording = recording();
        let script =
            FilmScript::new(&recording, recording.led_in(1.0).between(Offset::FIRST, Offset::from_micros(400_000)));
        // A second of lights before the 0.4 s.
        assert_eq!(script.duration(), Period::from_millis(1_400));
        assert_eq!(script.verdict_at(), None);
        let scene = FilmScene::Race(ShownMoment { at: Offset::from_micros(400_000), scale: 1.0 });
        assert_eq!(script.at(Period::from_millis(9_000)), scene);
    }

    #[test]
    fn both_halves_of_a_wide_character_change_together() {
        let area = Rect::new(0, 0, 4, 1);
        let (mut before, mut after) = (Buffer::empty(area), Buffer::empty(area));
        before.set_string(1, 0, "計", ratatui::style::Style::new());
        after.set_string(1, 0, "a", ratatui::style::Style::new());
        let mut changed = Vec::new();
        compare(&before, &after, false, &mut changed);
        assert_eq!(changed, [1, 2]);
        compare(&after, &before, false, &mut changed);
        assert_eq!(changed, [1, 2]);
    }
}
