//! What the screens show besides the race itself, and how messages change it.
//! Nothing here draws, reads the clock or touches the world: what must be done outside comes back as an effect.

mod bell;
mod blind;
mod browser;
mod credits;
mod picker;
mod race_view;
mod screen_overlay;
mod screen_turn;

pub use bell::FinishBell;
pub use blind::{BlindPage, BlindTask, BlindView, MarkKeeper};
pub use browser::{ResultsBrowser, SavedKind, SavedRow};
pub use credits::FilmCredits;
pub use picker::{ContestantReadiness, PhaseContestant, PhasePicker, PhaseResult, PhaseRow};
pub use race_view::{FINISH_HOLD, LowerThird, RaceView};
pub use screen_overlay::ScreenOverlay;
pub use screen_turn::{AppScreen, ScreenTurn};

use std::time::Instant;

use crate::keymap::KeyPlace;
use crate::layout::{AnswerForm, RaceLayout, ScreenAudience};
use crate::message::{AppEffect, RaceOrder, UiMessage};
use crate::show::ScreenMotion;
use crate::theme::{ColourLevel, Theme, ThemeSet};
use speed_kings_core::time::Period;
use speed_kings_session::source::EventSource;

/// The user interface's own state.
pub struct App {
    /// What is on screen.
    pub screen: AppScreen,
    /// What lies over it.
    pub overlay: Option<ScreenOverlay>,
    /// The phase picker, if that is where we came from.
    pub picker: Option<PhasePicker>,
    /// Lanes lie one below the other instead of side by side.
    pub stacked: bool,
    /// What of a race gets the room.
    pub layout: RaceLayout,
    /// How answers are shown.
    pub answers: AnswerForm,
    /// Whom the screen is for.
    pub audience: ScreenAudience,
    /// How long the slowed replay is that begins by itself after a short live race; nothing when nobody wants one.
    pub encore: Option<Period>,
    /// Whether the terminal's bell rings at the end of a live race.
    pub bell: FinishBell,
    /// Frames that came too late to be drawn.
    pub skipped_frames: u64,
    /// What is to be done outside without a key.
    pending: Option<AppEffect>,
    /// Whether effects move, or everything is at once where it will be.
    pub motion: ScreenMotion,
    /// A change of screens that a film is in.
    pub turn: Option<ScreenTurn>,
    /// The mouse is ours: a click and the wheel mean something here, and the terminal selects no text with it.
    pub mouse: bool,
    /// The mouse holds the timeline.
    pub dragging: bool,
    /// The race on screen.
    pub race_view: Option<RaceView>,
    /// What is looked through, if anything is.
    pub browser: Option<ResultsBrowser>,
    /// What is judged blind, if anything is.
    pub blind: Option<BlindView>,
    /// What a film says of itself.
    pub credits: FilmCredits,
    /// Every theme there is.
    themes: ThemeSet,
    /// The theme as this terminal can show it.
    pub theme: Theme,
    level: ColourLevel,
}

impl App {
    /// An app that shows `theme` of `themes` on a terminal of `level`.
    #[must_use]
    pub fn new(themes: ThemeSet, theme: &str, level: ColourLevel) -> Self {
        let theme = themes.get(theme).unwrap_or_else(|| themes.default_theme()).at(level);
        let credits = FilmCredits::default();
        Self {
            screen: AppScreen::Picker,
            overlay: None,
            picker: None,
            stacked: false,
            layout: RaceLayout::Split,
            answers: AnswerForm::Markdown,
            audience: ScreenAudience::Driver,
            encore: None,
            bell: FinishBell::Silent,
            skipped_frames: 0,
            pending: None,
            motion: ScreenMotion::Full,
            turn: None,
            mouse: true,
            dragging: false,
            race_view: None,
            browser: None,
            blind: None,
            credits,
            themes,
            theme,
            level,
        }
    }

    /// An app without keys that shows `race_view` in all the colours of `theme`, for a camera.
    #[must_use]
    pub fn filming(theme: Theme, race_view: RaceView, credits: FilmCredits) -> Self {
        let app = Self::new(ThemeSet::only(theme.clone()), &theme.name, ColourLevel::True);
        Self { screen: AppScreen::Race, mouse: false, race_view: Some(race_view), credits, theme, ..app }
    }

    /// The change of screens that is under way, if one is.
    #[must_use]
    pub fn turn(&self) -> Option<ScreenTurn> {
        let judged = self.race_view.as_ref().and_then(|race_view| race_view.judged);
        let judged = judged.filter(|_| self.screen == AppScreen::Verdict && self.motion == ScreenMotion::Full);
        self.turn.or_else(|| ScreenTurn::begun(AppScreen::Race, judged?))
    }

    /// Whether this is for a camera, which is shown no keys and no controls: a film, or a screen that is captured.
    #[must_use]
    pub fn is_filmed(&self) -> bool {
        self.audience == ScreenAudience::Camera
            || self.race_view.as_ref().is_some_and(|race_view| race_view.film.is_some())
    }

    /// Where keys go at the moment.
    #[must_use]
    pub fn place(&self) -> KeyPlace {
        let filtering = || self.picker.as_ref().is_some_and(|picker| picker.filtering);
        match &self.overlay {
            Some(ScreenOverlay::Prompt(_)) => KeyPlace::Prompt,
            Some(ScreenOverlay::Place(_)) => KeyPlace::GoTo,
            Some(_) => KeyPlace::Overlay,
            None if self.screen == AppScreen::Picker && filtering() => KeyPlace::Filter,
            None => self.screen_place(),
        }
    }

    /// Where keys go when nothing lies over the screen and nothing is being typed.
    #[must_use]
    pub fn screen_place(&self) -> KeyPlace {
        match self.screen {
            AppScreen::Picker => KeyPlace::Picker,
            AppScreen::Race if self.race_view.as_ref().is_some_and(RaceView::is_replay) => KeyPlace::Replay,
            AppScreen::Race => KeyPlace::Race,
            // Of a film nothing can be asked.
            AppScreen::Verdict | AppScreen::Intro | AppScreen::Outro | AppScreen::Card => KeyPlace::Verdict,
            AppScreen::Board => KeyPlace::Board,
            AppScreen::Browser => KeyPlace::Browser,
            AppScreen::Blind => match self.blind.as_ref().map(|blind| (blind.page().is_some(), blind.task)) {
                Some((true, BlindTask::Rate)) => KeyPlace::Rating,
                Some((true, BlindTask::Prefer)) => KeyPlace::Ballot,
                Some((false, _)) | None => KeyPlace::Judged,
            },
        }
    }

    /// Puts a race on screen.
    pub fn show(&mut self, source: Box<dyn EventSource>) {
        self.race_view = Some(RaceView::new(source));
        self.screen = AppScreen::Race;
        self.overlay = None;
    }

    /// Puts a judgement on screen.
    pub fn judge(&mut self, blind: BlindView) {
        self.blind = Some(blind);
        self.screen = AppScreen::Blind;
    }

    /// Shows the viewer a message over the screen.
    pub fn show_message(&mut self, message: impl Into<String>) {
        self.overlay = Some(ScreenOverlay::Message(message.into()));
    }

    /// Whether the picture changes by itself.
    #[must_use]
    pub fn is_moving(&self) -> bool {
        self.screen != AppScreen::Picker && self.race_view.as_ref().is_some_and(RaceView::is_moving)
    }

    /// Lets the race come as far as `now`. Gives whether anything on screen may have changed.
    pub fn tick(&mut self, now: Instant) -> bool {
        let Some(race_view) = &mut self.race_view else { return false };
        if race_view.begin_again(now) && self.screen == AppScreen::Verdict {
            self.screen = AppScreen::Race;
        }
        let before = race_view.is_over();
        let changed = race_view.tick(now);
        if !before && race_view.is_over() && !race_view.is_replay() {
            self.bell.end();
        }
        if race_view.wants_verdict(now) && self.screen == AppScreen::Race {
            if let Some(scale) = self.encore.and_then(|length| race_view.encore(length)) {
                self.pending = Some(AppEffect::Start(RaceOrder::Encore { scale }));
                return true;
            }
            race_view.show_verdict((self.motion == ScreenMotion::Full).then_some(now));
            self.screen = AppScreen::Verdict;
            return true;
        }
        changed && self.screen != AppScreen::Picker
    }

    /// What is to be done outside without a key, once.
    pub fn take_pending(&mut self) -> Option<AppEffect> {
        self.pending.take()
    }

    /// Takes the theme of this name, as this terminal can show it, if it is another one and there is one.
    pub fn wear(&mut self, name: &str) {
        if self.theme.name != name
            && let Some(theme) = self.themes.get(name)
        {
            self.theme = theme.at(self.level);
        }
    }

    /// Shows the verdict of the race on screen, all of it at once.
    pub fn show_verdict(&mut self) {
        if let Some(race_view) = &mut self.race_view {
            race_view.show_verdict(None);
            self.screen = AppScreen::Verdict;
        }
    }

    /// Shows what was kept.
    pub fn browse(&mut self, rows: Vec<SavedRow>) -> Option<AppEffect> {
        let mut browser = ResultsBrowser::new(rows);
        let effect = browser.describe();
        (self.browser, self.screen) = (Some(browser), AppScreen::Browser);
        effect
    }

    /// Takes in one message.
    pub fn update(&mut self, msg: &UiMessage) -> Option<AppEffect> {
        match msg {
            UiMessage::Quit => return Some(AppEffect::Quit),
            UiMessage::Back => return self.back(),
            UiMessage::Help => self.overlay = Some(ScreenOverlay::Help),
            UiMessage::Theme => self.theme = self.themes.next(&self.theme.name).at(self.level),
            UiMessage::KeepPrompt => self.keep_prompt(),
            UiMessage::Again => return Some(AppEffect::Start(RaceOrder::Again)),
            UiMessage::Replay { slow } => return Some(AppEffect::Start(RaceOrder::Replay { slow: *slow })),
            UiMessage::Verdict => self.toggle_verdict(),
            UiMessage::VerdictOfFinished if self.race_view.as_ref().is_some_and(RaceView::is_over) => {
                self.toggle_verdict();
            }
            UiMessage::VerdictOfFinished => {}
            UiMessage::SkipStage => {
                if let Some(race_view) = &mut self.race_view {
                    race_view.skip_stage();
                }
            }
            UiMessage::Browse => return Some(AppEffect::Browse),
            UiMessage::OpenSaved | UiMessage::Compare | UiMessage::Export => {
                return self.browser.as_mut().and_then(|browser| browser.update(msg));
            }
            UiMessage::Choose(_) | UiMessage::Select(_) | UiMessage::Scroll(_) if self.screen == AppScreen::Browser => {
                return self.browser.as_mut().and_then(|browser| browser.update(msg));
            }
            UiMessage::Choose(_)
            | UiMessage::Select(_)
            | UiMessage::Filter
            | UiMessage::ClearFilter
            | UiMessage::Size
            | UiMessage::Race { .. } => {
                return self.picker.as_mut().and_then(|picker| picker.update(msg)).map(AppEffect::Start);
            }
            UiMessage::EditPrompt => {
                self.overlay = self.picker.as_ref().map(|picker| ScreenOverlay::Prompt(Box::new(picker.editor())));
            }
            UiMessage::Mouse => self.mouse = !self.mouse,
            UiMessage::Stack => self.stacked = !self.stacked,
            UiMessage::Layout => self.layout = self.layout.next(),
            UiMessage::AnswerForm => self.answers = self.answers.other(),
            UiMessage::Audience => self.audience = self.audience.other(),
            UiMessage::AskPlace => self.overlay = Some(ScreenOverlay::Place(Box::default())),
            UiMessage::Go => self.go(),
            UiMessage::Judge => return Some(AppEffect::Judge),
            UiMessage::Mark(_) | UiMessage::TakeBack | UiMessage::FocusBack => {
                return self.blind.as_mut().and_then(|blind| blind.update(msg));
            }
            UiMessage::Detail
            | UiMessage::Pause
            | UiMessage::Speed { .. }
            | UiMessage::Transport(_)
            | UiMessage::Focus
            | UiMessage::FocusOn(_)
            | UiMessage::Scroll(_) => match (self.screen, &mut self.blind, &mut self.race_view) {
                (AppScreen::Blind, Some(blind), _) => return blind.update(msg),
                (_, _, Some(race_view)) => race_view.update(msg),
                _ => {}
            },
        }
        None
    }

    fn back(&mut self) -> Option<AppEffect> {
        if self.overlay.take().is_some() {
            return None;
        }
        match (self.screen, &self.picker) {
            // The race that was judged is still there.
            (AppScreen::Blind, _) if self.race_view.is_some() => {
                // Unless it loops, and has begun again meanwhile.
                let over = self.race_view.as_ref().is_some_and(RaceView::is_over);
                (self.blind, self.screen) = (None, if over { AppScreen::Verdict } else { AppScreen::Race });
                None
            }
            (AppScreen::Race | AppScreen::Verdict, _) if self.browser.is_some() => {
                (self.race_view, self.screen) = (None, AppScreen::Browser);
                None
            }
            (AppScreen::Browser, _) => {
                self.browser = None;
                let back = if self.picker.is_some() { AppScreen::Picker } else { AppScreen::Verdict };
                self.screen = back;
                None
            }
            (AppScreen::Picker, _) | (_, None) => Some(AppEffect::Quit),
            (_, Some(_)) => {
                // Dropping the race ends it; its recording is complete up to here.
                self.race_view = None;
                self.screen = AppScreen::Picker;
                None
            }
        }
    }

    fn keep_prompt(&mut self) {
        if let (Some(ScreenOverlay::Prompt(editor)), Some(picker)) = (self.overlay.take(), &mut self.picker) {
            picker.keep_prompt(&editor.lines().join("\n"));
        }
    }

    fn go(&mut self) {
        if let (Some(ScreenOverlay::Place(editor)), Some(race_view)) = (self.overlay.take(), &mut self.race_view)
            && let place = editor.lines().concat()
            && !place.trim().is_empty()
            && let Err(why) = race_view.go_to(&place)
        {
            self.show_message(why);
        }
    }

    fn toggle_verdict(&mut self) {
        match (self.screen, self.race_view.as_mut()) {
            (AppScreen::Race, Some(race_view)) if race_view.is_over() => {
                race_view.show_verdict(None);
                self.screen = AppScreen::Verdict;
            }
            (AppScreen::Race, Some(race_view)) => {
                if let Err(why) = race_view.hasten() {
                    self.show_message(why);
                }
            }
            (AppScreen::Verdict, _) => self.screen = AppScreen::Race,
            _ => {}
        }
    }
}
