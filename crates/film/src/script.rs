//! The script: what a film shows at each moment of the picture's clock, the race as it was cut and the verdict after it.
//! It only looks at times; what is in the picture then is the camera's business.

use speed_kings_core::time::{Offset, Period};
use speed_kings_recording::Recording;
use speed_kings_recording::edit_list::{EditList, ShownMoment};
use speed_kings_tui::app::{AppScreen, FINISH_HOLD, ScreenTurn};
use speed_kings_tui::show::{SCREEN_TURN, VERDICT_STAGED};

/// How long the verdict stays: it comes in part by part, and then it stands still to be read.
pub const VERDICT: Period = Period::from_millis(6_000);
/// The share of its time at which all of a verdict is there, however short that is.
const STAGED: f64 = 0.7;

/// What the picture shows.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum FilmScene {
    /// The title before the race.
    Intro,
    /// The lanes at a moment of the race.
    Race(ShownMoment),
    /// The lanes at the race's last moment, for so long already.
    Finish(ShownMoment, Period),
    /// The verdict, or how far the race came without one, so long after it came, up to [`VERDICT_STAGED`].
    Verdict(Period),
    /// The title after the verdict, so long after it came, up to [`SCREEN_TURN`].
    Outro(Period),
    /// The result in one picture; it is in no film.
    Card,
}

/// A moment that somebody asks for by what happens at it.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum StillAt {
    /// This point of the race clock.
    At(Offset),
    /// The verdict, or how far the race came without one.
    Verdict,
    /// The result as a card.
    Card,
}

/// What is shown when.
#[derive(Clone, PartialEq, Debug)]
pub struct FilmScript {
    cut: EditList,
    /// How long the title before it stays, and the one after it.
    titles: (Period, Period),
    /// How long the finish is held; zero for a cut that ends before it.
    finish: Period,
    /// How long the verdict stays; zero for a cut that ends before it.
    verdict: Period,
}

impl FilmScript {
    /// What `cut` shows of `recording`. The finish and the verdict belong to it unless it ends before the race does.
    #[must_use]
    pub fn new(recording: &Recording, cut: EditList) -> Self {
        Self::of(cut, recording.events.last().map(|event| event.at).unwrap_or_default())
    }

    /// What `cut` shows of a race that ends at `end`.
    #[must_use]
    pub fn of(cut: EditList, end: Offset) -> Self {
        let whole = cut.pieces().last().is_none_or(|piece| piece.to >= end);
        let hold = cut.hold_verdict.unwrap_or(VERDICT);
        let (finish, verdict) = if whole { (FINISH_HOLD.into(), hold) } else { (Period::ZERO, Period::ZERO) };
        let titles = (cut.intro.unwrap_or_default(), cut.outro.unwrap_or_default());
        Self { cut, titles, finish, verdict }
    }

    /// The pieces of the race, and the words over them.
    #[must_use]
    pub const fn cut(&self) -> &EditList {
        &self.cut
    }

    /// The same with a title before it and one after it, each for so long.
    #[must_use]
    pub fn titled(self, intro: Period, outro: Period) -> Self {
        Self { titles: (intro, outro), ..self }
    }

    /// How long the film is.
    #[must_use]
    pub fn duration(&self) -> Period {
        self.outro_at().plus(self.titles.1)
    }

    fn outro_at(&self) -> Period {
        self.titles.0.plus(self.cut.duration()).plus(self.finish).plus(self.verdict)
    }

    /// What is shown `after` its start; its last scene ever after.
    #[must_use]
    pub fn at(&self, after: Period) -> FilmScene {
        if after < self.titles.0 {
            return FilmScene::Intro;
        }
        if self.titles.1 > Period::ZERO && after >= self.outro_at() {
            return FilmScene::Outro(after.minus(self.outro_at()).min(SCREEN_TURN));
        }
        let into_race = Period::from_micros(after.as_micros() - self.titles.0.as_micros());
        let held = into_race.minus(self.cut.duration());
        match (self.verdict_at(), self.cut.at(into_race)) {
            (Some(verdict), _) if after >= verdict => FilmScene::Verdict(self.staged(after.minus(verdict))),
            (Some(_), Some(moment)) if held > Period::ZERO => FilmScene::Finish(moment, held),
            (_, Some(moment)) => FilmScene::Race(moment),
            (_, None) => FilmScene::Verdict(VERDICT_STAGED),
        }
    }

    /// How far a verdict is that came so long ago: one that does not stay long comes in faster.
    fn staged(&self, ago: Period) -> Period {
        let all = (self.verdict.as_secs_f64() * STAGED).min(VERDICT_STAGED.as_secs_f64());
        let share = ago.as_secs_f64() / all.max(f64::MIN_POSITIVE);
        Period::from_secs_f64(share.min(1.0) * VERDICT_STAGED.as_secs_f64())
    }

    /// The change of screens that the picture is in so long `after` its start, where a title is one of them.
    #[must_use]
    pub fn turn(&self, after: Period) -> Option<ScreenTurn> {
        match self.at(after) {
            FilmScene::Race(_) if self.titles.0 > Period::ZERO => {
                ScreenTurn::begun(AppScreen::Intro, after.minus(self.titles.0))
            }
            FilmScene::Outro(ago) if self.verdict > Period::ZERO => ScreenTurn::begun(AppScreen::Verdict, ago),
            FilmScene::Outro(ago) => ScreenTurn::begun(AppScreen::Race, ago),
            _ => None,
        }
    }

    /// What `shot` shows: the race clock's own moment, at the scale that the film has there.
    #[must_use]
    pub fn scene(&self, shot: StillAt) -> FilmScene {
        let at = match shot {
            StillAt::Verdict => return FilmScene::Verdict(VERDICT_STAGED),
            StillAt::Card => return FilmScene::Card,
            StillAt::At(at) => at,
        };
        let scale = self.cut.shows(at).and_then(|after| self.cut.at(after)).map_or(1.0, |moment| moment.scale);
        FilmScene::Race(ShownMoment { at, scale })
    }

    /// When the race clock shows `at` for the first time, or what comes next where that was cut out.
    #[must_use]
    pub fn shows(&self, at: Offset) -> Option<Period> {
        self.cut.shows(at).map(|after| self.titles.0.plus(after))
    }

    /// When the verdict comes, if it does.
    #[must_use]
    pub fn verdict_at(&self) -> Option<Period> {
        (self.verdict > Period::ZERO).then(|| self.titles.0.plus(self.cut.duration()).plus(self.finish))
    }
}
