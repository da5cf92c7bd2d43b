//! What can happen to the user interface, and what its loop must do about it.

use std::path::PathBuf;

/// A thing that happened to the user interface.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum UiMessage {
    /// Move the selection by this many phases.
    Choose(isize),
    /// Select the phase in this row of the list.
    Select(usize),
    /// Begin to type a filter.
    Filter,
    /// Show all phases again.
    ClearFilter,
    /// The next prompt size.
    Size,
    /// Open the editor with the prompt in use.
    EditPrompt,
    /// Use the edited prompt.
    KeepPrompt,
    /// Look through recordings and results.
    Browse,
    /// Play the selected recording.
    OpenSaved,
    /// Mark the selected file, or compare it with the marked one.
    Compare,
    /// Make a film of the selected recording.
    Export,
    /// Race the selected phase.
    Race {
        /// Whatever keys there are.
        simulate: bool,
    },
    /// The same race once more.
    Again,
    /// Replay the race on screen.
    Replay {
        /// At a tenth of the race's speed (×0.1).
        slow: bool,
    },
    /// Pause or go on.
    Pause,
    /// To the next replay speed.
    Speed {
        /// To a faster one, otherwise to a slower one.
        up: bool,
    },
    /// Elsewhere in the replay.
    Transport(ReplayMove),
    /// Ask where in the replay to go.
    AskPlace,
    /// Go where was asked for.
    Go,
    /// The next layout of the race screen.
    Layout,
    /// Answers as Markdown, or as they were said.
    AnswerForm,
    /// The screen for a camera, or for whoever sits at the keyboard.
    Audience,
    /// The lanes one below the other, or side by side.
    Stack,
    /// The next lane takes the scrolling.
    Focus,
    /// The text before takes the scrolling and the score.
    FocusBack,
    /// This lane takes the scrolling.
    FocusOn(usize),
    /// Scroll the lane in focus by this many rows.
    Scroll(isize),
    /// Between the texts and the facts of the lanes.
    Detail,
    /// Between the lanes and the verdict.
    Verdict,
    /// The verdict if the race is over, else nothing.
    VerdictOfFinished,
    /// Judge the answers of the race on screen.
    Judge,
    /// Judge a text, or the texts of a page.
    Mark(BlindMark),
    /// Take the last mark back.
    TakeBack,
    /// Show all of the verdict at once.
    SkipStage,
    /// Take the next theme.
    Theme,
    /// The mouse is the terminal's, or ours again.
    Mouse,
    /// Show all keys of the screen.
    Help,
    /// Close the overlay, else go back to the picker, else end.
    Back,
    /// End the user interface.
    Quit,
}

/// What somebody thinks of a text whose author is not shown.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum BlindMark {
    /// From 1, useless, to 5, as good as can be.
    Score(u8),
    /// The text in this place, from 0, is the better one.
    Prefer(usize),
    /// Neither is better than the other.
    Tie,
    /// Nothing is said about it.
    Skip,
}

/// One mark on one page, to be kept; or one that is taken back.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct PageMark {
    /// The page, from 0.
    pub page: usize,
    /// The text on it that a score is for, from 0; 0 for a preference.
    pub side: usize,
    /// The mark; nothing when the one that was given is taken back.
    pub mark: Option<BlindMark>,
}

/// Where a replay is to go, or what of it is to be looped.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ReplayMove {
    /// From the start, running.
    Restart,
    /// One read on or back, paused.
    Read {
        /// To the next read, otherwise to the one before.
        on: bool,
    },
    /// One frame on or back, paused.
    Frame {
        /// To the next frame, otherwise to the one before.
        on: bool,
    },
    /// To the next mark or the one before.
    Mark {
        /// To the next mark, otherwise to the one before.
        on: bool,
    },
    /// On or back by so many seconds of the viewer's.
    Skip(i8),
    /// To so many tenths.
    Tenth(u8),
    /// To this share of the timeline: a column and how many there are.
    Column(u16, u16),
    /// The looped section begins or ends here.
    Section {
        /// The section begins here; otherwise it ends here.
        first: bool,
    },
    /// Loop, or stop to.
    Loop,
    /// Forget the looped section.
    Clear,
}

/// What the loop must do for the app.
#[derive(Clone, PartialEq, Debug)]
pub enum AppEffect {
    /// Begin a race or a replay.
    Start(RaceOrder),
    /// Show the answers of the race on screen without names.
    Judge,
    /// List recordings and results.
    Browse,
    /// Tell what is in these files.
    Describe(Vec<PathBuf>),
    /// Make a film of this recording.
    Export(PathBuf),
    /// Keep a mark, or take one back.
    Keep(PageMark),
    /// End the user interface.
    Quit,
}

/// What to put on the track.
#[derive(Clone, PartialEq, Debug)]
pub enum RaceOrder {
    /// A phase of the picker.
    Phase {
        /// The phase's id in the catalogue.
        id: String,
        /// With the simulator in every lane.
        simulate: bool,
        /// Name of the prompt's size, for example `medium`.
        size: String,
        /// A prompt of the viewer's own.
        prompt: Option<String>,
    },
    /// A recording that was kept.
    Recording(PathBuf),
    /// The last race once more.
    Again,
    /// The last race from its events, which begins by itself after a short one.
    Encore {
        /// Race seconds for each second of the viewer's.
        scale: f64,
    },
    /// The last race from its events.
    Replay {
        /// At ×0.1, otherwise as it was played at first.
        slow: bool,
    },
}
