//! What every command is handed: the environment, the catalogue, the wishes that hold for all commands, and where data and
//! talk go. It is made once; no command reads the environment, loads the catalogue or looks at a stream by itself.

use std::cell::OnceCell;
use std::collections::BTreeSet;
use std::io::{BufRead as _, IsTerminal, stderr, stdin, stdout};
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use crate::catalog::{Catalog, UnknownName};
use crate::cli::args::{DisplayArgs, RecordingArgs, ScreenLayout};
use crate::cli::error::{CliError, NeedsYes};
use crate::config::{self, ProcessEnv};
use crate::console::{self, OutputReader, PlainReason};
use crate::overlay::server::OverlayPlace;
use crate::time::Period;
use crate::ui::app::{App, FinishBell};
use crate::ui::layout::{AnswerForm, RaceLayout, ScreenAudience};
use crate::ui::show::ScreenMotion;
use crate::ui::theme::{ColourLevel, Theme, ThemeError, ThemeSet};

/// How long the slowed replay of a short race is.
const ENCORE: Period = Period::from_millis(8_000);

/// What a command works with.
pub(super) struct CommandContext<'a> {
    /// The variables of the environment.
    pub(super) env: ProcessEnv<'a>,
    /// Where data goes: standard output.
    pub(super) out: DataOutput,
    /// Where talk goes: standard error.
    pub(super) err: StatusOutput,
    display: &'a DisplayArgs,
    recording: &'a RecordingArgs,
    catalog: OnceCell<Catalog>,
}

impl<'a> CommandContext<'a> {
    /// The context of a command with these flags of all commands.
    pub(super) fn new(env: ProcessEnv<'a>, display: &'a DisplayArgs, recording: &'a RecordingArgs) -> Self {
        Self {
            env,
            out: DataOutput { terminal: stdout().is_terminal() },
            err: StatusOutput::new(),
            display,
            recording,
            catalog: OnceCell::new(),
        }
    }

    /// The catalogue with the user's own laid over it, read when it is first asked for: one that is broken is in the way
    /// of nobody who has no use for it.
    ///
    /// # Errors
    /// When the user's own can't be read or is wrong.
    pub(super) fn catalog(&self) -> Result<&Catalog, CliError> {
        if let Some(catalog) = self.catalog.get() {
            return Ok(catalog);
        }
        let catalog = config::load_catalog(&self.env)?;
        Ok(self.catalog.get_or_init(|| catalog))
    }

    /// The folder that races are recorded into; nothing where none is to be kept.
    pub(super) fn recordings(&self) -> Option<&'a Path> {
        (!self.recording.no_record).then_some(self.recording.record.as_path())
    }

    /// Why there is no screen, if there is none.
    pub(super) fn screenless(&self) -> Option<&'static str> {
        if !self.out.is_terminal() || !stdin().is_terminal() {
            return Some("standard input or output is not a terminal");
        }
        console::plain().map(PlainReason::why)
    }

    /// Whether there is somebody at a terminal that can show a screen.
    pub(super) fn interactive(&self) -> bool {
        self.screenless().is_none()
    }

    /// Asks whether to go on.
    ///
    /// # Errors
    /// When there is nobody to ask.
    pub(super) fn agreed(&self) -> Result<bool, CliError> {
        if !(stdin().is_terminal() && self.err.is_terminal()) {
            return Err(NeedsYes.into());
        }
        self.err.status("go ahead? y/N");
        let mut answer = String::new();
        stdin().lock().read_line(&mut answer)?;
        Ok(matches!(answer.trim().to_lowercase().as_str(), "y" | "yes"))
    }

    /// An app in the theme that was asked for.
    ///
    /// # Errors
    /// When there is no such theme, or its file is wrong.
    pub(super) fn app(&self) -> Result<App, CliError> {
        let (themes, name) = self.themes()?;
        let mut app = App::new(themes, &name, ColourLevel::detect(|variable| self.env.get(variable)));
        app.mouse = !self.display.no_mouse;
        app.motion = self.motion();
        app.layout = self.layout();
        app.answers = self.answers();
        app.audience = if self.display.camera { ScreenAudience::Camera } else { ScreenAudience::Driver };
        app.encore = self.recordings().filter(|_| !self.display.instant).map(|_| ENCORE);
        app.stacked = self.stacked().unwrap_or(false);
        app.bell = if self.display.bell { FinishBell::Asked } else { FinishBell::Silent };
        Ok(app)
    }

    /// Where the overlay is to be served, if anywhere.
    pub(super) fn overlay(&self) -> Option<OverlayPlace> {
        self.display.overlay.map(|addr| OverlayPlace { addr, network: self.display.overlay_network })
    }

    /// How the overlay looks: the theme that was asked for, in all its colours, and whether things move.
    ///
    /// # Errors
    /// As for [`Self::app`].
    pub(super) fn overlay_look(&self) -> Result<App, CliError> {
        let (themes, name) = self.themes()?;
        let mut look = App::new(themes, &name, ColourLevel::True);
        look.motion = self.motion();
        Ok(look)
    }

    /// What of a race gets the room.
    pub(super) const fn layout(&self) -> RaceLayout {
        match self.display.layout {
            Some(ScreenLayout::Broadcast) => RaceLayout::Broadcast,
            Some(ScreenLayout::Text) => RaceLayout::Text,
            Some(ScreenLayout::Tower) => RaceLayout::Tower,
            _ => RaceLayout::Split,
        }
    }

    /// How answers are shown.
    pub(super) const fn answers(&self) -> AnswerForm {
        if self.display.raw_text { AnswerForm::Raw } else { AnswerForm::Markdown }
    }

    /// Whether lanes lie one below the other; nothing when nobody said.
    pub(super) const fn stacked(&self) -> Option<bool> {
        match self.display.layout {
            Some(ScreenLayout::Wide) => Some(false),
            Some(ScreenLayout::Tall) => Some(true),
            _ => None,
        }
    }

    /// Whether screens and films have effects.
    pub(super) const fn motion(&self) -> ScreenMotion {
        if self.display.no_motion { ScreenMotion::Still } else { ScreenMotion::Full }
    }

    /// The theme that was asked for, in all its colours.
    ///
    /// # Errors
    /// As for [`Self::app`].
    pub(super) fn theme(&self) -> Result<Theme, CliError> {
        let (themes, name) = self.themes()?;
        Ok(themes.get(&name).unwrap_or_else(|| themes.default_theme()).clone())
    }

    /// Makes sure that the theme that was asked for is there, if one was.
    ///
    /// # Errors
    /// As for [`Self::app`].
    pub(super) fn check_theme(&self) -> Result<(), CliError> {
        if self.display.theme.is_some() {
            self.named(&mut self.all_themes()?.0)?;
        }
        Ok(())
    }

    /// All themes there are, and the name of the one that was asked for.
    fn themes(&self) -> Result<(ThemeSet, String), CliError> {
        let (mut themes, broken) = self.all_themes()?;
        for error in broken {
            self.err.status(&format!("theme left out: {error}"));
        }
        let name = self.named(&mut themes)?;
        Ok((themes, name))
    }

    /// All themes there are, and what is wrong with the user's own that are left out.
    fn all_themes(&self) -> Result<(ThemeSet, Vec<ThemeError>), CliError> {
        let mut themes = ThemeSet::builtin()?;
        let folder = self.env.config_dir();
        let broken = folder.map(|dir| themes.load_dir(&dir.join("themes"))).unwrap_or_default();
        Ok((themes, broken))
    }

    /// The name of the theme that was asked for, which is among `themes` from then on.
    fn named(&self, themes: &mut ThemeSet) -> Result<String, CliError> {
        Ok(match &self.display.theme {
            Some(name) if themes.get(name).is_some() => name.clone(),
            Some(file) if std::fs::metadata(file).is_ok_and(|found| !found.is_dir()) => {
                themes.load_file(Path::new(file))?
            }
            Some(name) => return Err(UnknownName::new("theme", name, themes.names(), None).into()),
            None => themes.default_theme().name.clone(),
        })
    }
}

/// Where data goes: standard output.
pub(super) struct DataOutput {
    terminal: bool,
}

impl DataOutput {
    /// Prints data. A reader that has left is no error.
    ///
    /// # Errors
    /// When it can't be written.
    #[expect(clippy::unused_self, reason = "only who was handed it writes data")]
    pub(super) fn print(&self, text: &str) -> Result<OutputReader, CliError> {
        console::print(text).map_err(|error| CliError::failed(format!("cannot write to stdout: {error}")))
    }

    /// Whether a terminal shows it.
    pub(super) const fn is_terminal(&self) -> bool {
        self.terminal
    }

    /// The columns of the terminal that shows it; nothing when none does, and lines may be as long as they are.
    pub(super) fn columns(&self) -> Option<usize> {
        columns(self.terminal)
    }
}

/// Where talk goes: standard error.
pub(super) struct StatusOutput {
    terminal: bool,
    /// What has been said that is said only once.
    told: Mutex<BTreeSet<String>>,
}

impl StatusOutput {
    /// Standard error as it is now.
    pub(super) fn new() -> Self {
        Self { terminal: stderr().is_terminal(), told: Mutex::default() }
    }

    /// Prints `text` as lines of their own. It may repeat what others wrote: it is made printable.
    #[expect(clippy::unused_self, reason = "only who was handed it talks")]
    pub(super) fn status(&self, text: &str) {
        console::status(text);
    }

    /// Says what has not been said so before.
    pub(super) fn say_once<'n>(&self, notes: impl IntoIterator<Item = &'n String>) {
        for note in notes {
            if self.told.lock().unwrap_or_else(PoisonError::into_inner).insert(note.clone()) {
                self.status(note);
            }
        }
    }

    /// Whether a terminal shows it.
    pub(super) const fn is_terminal(&self) -> bool {
        self.terminal
    }

    /// The columns of the terminal that shows it; nothing when none does.
    pub(super) fn columns(&self) -> Option<usize> {
        columns(self.terminal)
    }
}

fn columns(terminal: bool) -> Option<usize> {
    let size = terminal.then(crossterm::terminal::size)?;
    size.ok().map(|(columns, _)| usize::from(columns)).filter(|columns| *columns > 0)
}
