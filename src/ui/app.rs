//! What the screens show besides the race itself, and how messages change it.
//! Nothing here draws, reads the clock or touches the world: what must be done outside comes back as an effect.

mod heat;
mod picker;

pub use heat::Heat;
pub use picker::{Contender, PhaseRow, Picker, Readiness};

use std::time::Instant;

use ratatui_textarea::TextArea;

use crate::source::Source;
use crate::ui::keymap::Place;
use crate::ui::theme::{Level, Theme, Themes};

/// A thing that happened to the user interface.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Msg {
    /// Move the selection by this many phases.
    Move(isize),
    /// Select the phase in this row of the list.
    Select(usize),
    /// Begin to type a filter.
    Filter,
    /// Show all phases again.
    ClearFilter,
    /// The next prompt size.
    Size,
    /// Edit the prompt.
    EditPrompt,
    /// Use the edited prompt.
    KeepPrompt,
    /// Race the selected phase.
    Race {
        /// Whatever keys there are.
        simulate: bool,
    },
    /// The same race once more.
    Again,
    /// Replay the race on screen.
    Replay {
        /// At ×0.1.
        slow: bool,
    },
    /// Pause or go on.
    Pause,
    /// Another replay speed.
    Speed {
        /// Faster.
        up: bool,
    },
    /// One read on.
    Step,
    /// From the start.
    Restart,
    /// The next lane takes the scrolling.
    Focus,
    /// This lane takes the scrolling.
    FocusOn(usize),
    /// Scroll the lane in focus by this many rows.
    Scroll(isize),
    /// Between the texts and the facts of the lanes.
    Detail,
    /// Between the lanes and the verdict.
    Verdict,
    /// The next theme.
    Theme,
    /// All keys.
    Help,
    /// One step back.
    Back,
    /// The end.
    Quit,
}

/// What the loop must do for the app.
#[derive(Clone, PartialEq, Debug)]
pub enum Effect {
    /// Begin a race or a replay.
    Start(Order),
    /// Leave.
    Quit,
}

/// What to put on the track.
#[derive(Clone, PartialEq, Debug)]
pub enum Order {
    /// A phase of the picker.
    Phase {
        /// Its id.
        id: String,
        /// With the simulator in every lane.
        simulate: bool,
        /// The prompt's size.
        size: String,
        /// A prompt of the viewer's own.
        prompt: Option<String>,
    },
    /// The last race once more.
    Again,
    /// The last race from its events.
    Replay {
        /// Race seconds for each of the viewer's.
        speed: f64,
    },
}

/// What is on screen.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Screen {
    /// The phase picker.
    Picker,
    /// The lanes.
    Race,
    /// The verdict.
    Verdict,
}

/// What lies over the screen.
#[derive(Debug)]
pub enum Overlay {
    /// All keys.
    Help,
    /// Something to read.
    Message(String),
    /// The prompt in the making.
    Prompt(Box<TextArea<'static>>),
}

/// The user interface's own state.
pub struct App {
    /// What is on screen.
    pub screen: Screen,
    /// What lies over it.
    pub overlay: Option<Overlay>,
    /// The phase picker, if that is where we came from.
    pub picker: Option<Picker>,
    /// The race on screen.
    pub heat: Option<Heat>,
    /// Every theme there is.
    themes: Themes,
    /// The theme as this terminal can show it.
    pub theme: Theme,
    level: Level,
}

impl App {
    /// An app that shows `theme` of `themes` on a terminal of `level`.
    #[must_use]
    pub fn new(themes: Themes, theme: &str, level: Level) -> Self {
        let theme = themes.get(theme).unwrap_or_else(|| themes.default_theme()).at(level);
        Self { screen: Screen::Picker, overlay: None, picker: None, heat: None, themes, theme, level }
    }

    /// Where keys go at the moment.
    #[must_use]
    pub fn place(&self) -> Place {
        match (&self.overlay, self.screen) {
            (Some(Overlay::Prompt(_)), _) => Place::Prompt,
            (Some(_), _) => Place::Overlay,
            (None, Screen::Verdict) => Place::Verdict,
            (None, Screen::Race) if self.heat.as_ref().is_some_and(Heat::is_replay) => Place::Replay,
            (None, Screen::Race) => Place::Race,
            (None, Screen::Picker) if self.picker.as_ref().is_some_and(|picker| picker.filtering) => Place::Filter,
            (None, Screen::Picker) => Place::Picker,
        }
    }

    /// Puts a race on screen.
    pub fn show(&mut self, source: Box<dyn Source>) {
        self.heat = Some(Heat::new(source));
        self.screen = Screen::Race;
        self.overlay = None;
    }

    /// Tells the viewer something.
    pub fn tell(&mut self, message: impl Into<String>) {
        self.overlay = Some(Overlay::Message(message.into()));
    }

    /// Whether the picture changes by itself.
    #[must_use]
    pub fn is_moving(&self) -> bool {
        self.screen != Screen::Picker && self.heat.as_ref().is_some_and(Heat::is_moving)
    }

    /// Lets the race come as far as `now`. Gives whether anything on screen may have changed.
    pub fn tick(&mut self, now: Instant) -> bool {
        let Some(heat) = &mut self.heat else { return false };
        let changed = heat.tick(now);
        if heat.wants_verdict(now) && self.screen == Screen::Race {
            heat.verdict_shown = true;
            self.screen = Screen::Verdict;
            return true;
        }
        changed && self.screen != Screen::Picker
    }

    /// Takes in one message.
    pub fn update(&mut self, msg: &Msg) -> Option<Effect> {
        match msg {
            Msg::Quit => return Some(Effect::Quit),
            Msg::Back => return self.back(),
            Msg::Help => self.overlay = Some(Overlay::Help),
            Msg::Theme => self.theme = self.themes.next(&self.theme.name).at(self.level),
            Msg::KeepPrompt => self.keep_prompt(),
            Msg::Again => return Some(Effect::Start(Order::Again)),
            Msg::Replay { slow } => return Some(Effect::Start(Order::Replay { speed: if *slow { 0.1 } else { 1.0 } })),
            Msg::Verdict => self.toggle_verdict(),
            Msg::Move(_) | Msg::Select(_) | Msg::Filter | Msg::ClearFilter | Msg::Size | Msg::Race { .. } => {
                return self.picker.as_mut().and_then(|picker| picker.update(msg)).map(Effect::Start);
            }
            Msg::EditPrompt => {
                self.overlay = self.picker.as_ref().map(|picker| Overlay::Prompt(Box::new(picker.editor())));
            }
            Msg::Detail
            | Msg::Pause
            | Msg::Speed { .. }
            | Msg::Step
            | Msg::Restart
            | Msg::Focus
            | Msg::FocusOn(_)
            | Msg::Scroll(_) => {
                if let Some(heat) = &mut self.heat {
                    heat.update(msg);
                }
            }
        }
        None
    }

    fn back(&mut self) -> Option<Effect> {
        if self.overlay.take().is_some() {
            return None;
        }
        match (self.screen, &self.picker) {
            (Screen::Picker, _) | (_, None) => Some(Effect::Quit),
            (_, Some(_)) => {
                // Dropping the race ends it; its recording is complete up to here.
                self.heat = None;
                self.screen = Screen::Picker;
                None
            }
        }
    }

    fn keep_prompt(&mut self) {
        if let (Some(Overlay::Prompt(editor)), Some(picker)) = (self.overlay.take(), &mut self.picker) {
            picker.keep_prompt(&editor.lines().join("\n"));
        }
    }

    fn toggle_verdict(&mut self) {
        self.screen = match (self.screen, self.heat.as_mut()) {
            (Screen::Race, Some(heat)) if heat.is_over() => {
                heat.verdict_shown = true;
                Screen::Verdict
            }
            (Screen::Verdict, _) => Screen::Race,
            (screen, _) => screen,
        };
    }
}
