//! What a film is made from, and when each of its frames is shown.

use ratatui::layout::{Rect, Size};

use crate::raster::WindowBackdrop;
use crate::rate::FrameRate;
use crate::script::FilmScript;
use speed_kings_core::time::Period;
use speed_kings_recording::Recording;
use speed_kings_results::report;
use speed_kings_tui::layout::{AnswerForm, RaceLayout, safe_area};
use speed_kings_tui::show::ScreenMotion;
use speed_kings_tui::theme::Theme;

/// All that a film is made from: the same job gives the same frames each time.
#[derive(Clone, Debug)]
pub struct RenderJob<'a> {
    /// The recording of what happened.
    pub recording: &'a Recording,
    /// What of it is shown when.
    pub script: FilmScript,
    /// The size of the picture in columns and rows.
    pub cells: Size,
    /// Lanes one below the other, for an upright picture.
    pub stacked: bool,
    /// What of the race gets the room.
    pub layout: RaceLayout,
    /// How answers are shown.
    pub answers: AnswerForm,
    /// Nothing stands where screens cut the picture off or platforms put their buttons.
    pub safe: bool,
    /// What is behind the window around it, if one is drawn, where cells have no pixels; where they have, their geometry says
    /// it.
    pub window: Option<WindowBackdrop>,
    /// The theme that it is drawn in.
    pub theme: &'a Theme,
    /// Whether it has effects. A still has none: in it everything is where it will be.
    pub motion: ScreenMotion,
    /// Frames for each second of the picture.
    pub fps: FrameRate,
    /// This program's own error where the race was recorded, in words, if that is known.
    pub calibration: Option<&'a str>,
}

impl<'a> RenderJob<'a> {
    /// With lanes side by side, and nothing known of this program's own error.
    #[must_use]
    pub fn new(
        recording: &'a Recording,
        script: FilmScript,
        cells: Size,
        theme: &'a Theme,
        fps: impl Into<FrameRate>,
    ) -> Self {
        Self {
            recording,
            script,
            cells,
            stacked: false,
            layout: RaceLayout::Split,
            answers: AnswerForm::Markdown,
            safe: false,
            window: None,
            theme,
            motion: ScreenMotion::Full,
            fps: fps.into(),
            calibration: None,
        }
    }

    /// The cells that the picture is drawn in.
    #[must_use]
    pub fn area(&self) -> Rect {
        let Size { width, height } = self.cells;
        let all = Rect::new(0, 0, width, height);
        if self.safe { safe_area(all, self.stacked) } else { all }
    }

    /// What the film is called, printable.
    #[must_use]
    pub fn title(&self) -> String {
        report::title(&self.recording.race(), self.script.cut().title.as_deref())
    }

    /// How many frames there are: the script's duration to the nearest frame, and at least one.
    #[must_use]
    pub fn frames(&self) -> u64 {
        self.fps.count(self.script.duration()).max(1)
    }

    /// When frame `index` is shown, on the picture's clock.
    #[must_use]
    pub fn shown(&self, index: u64) -> Period {
        self.fps.shown(index)
    }
}
