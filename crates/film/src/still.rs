//! Stills as text: one frame as an SVG, or as the plain characters on the screen.
//! They look where they were told to and let the rest of the film pass.

use std::path::PathBuf;

use ratatui::buffer::Buffer;

use super::raster::GroundColours;
use super::row::{cells, spots};
use super::script::StillAt;
use super::svg;
use super::text_file::TextFile;
use super::{Exporter, FilmError};
use crate::job::RenderJob;
use speed_kings_tui::show::ScreenMotion;

/// What a still is written as.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum StillForm {
    /// A picture in SVG, with its colours.
    Svg,
    /// The characters, without colours; blanks at the ends of lines are left out.
    Text,
}

/// Writes one picture of a race to a file.
#[derive(Debug)]
pub struct StillExporter {
    file: TextFile,
    form: StillForm,
    shot: StillAt,
}

impl StillExporter {
    /// A still that will be `path`, of `shot`.
    #[must_use]
    pub const fn new(path: PathBuf, form: StillForm, shot: StillAt) -> Self {
        Self { file: TextFile::new(path), form, shot }
    }
}

impl Exporter for StillExporter {
    fn begin(&mut self, job: &RenderJob<'_>) -> Result<(), FilmError> {
        self.file.open()?;
        let scene = job.script.scene(self.shot);
        let mut camera = RenderJob { motion: ScreenMotion::Still, ..job.clone() }.camera();
        let frame = camera.still(scene).buffer;
        let text = match self.form {
            StillForm::Svg => svg::still(frame, GroundColours::of(job.theme), &job.title(), job.window),
            StillForm::Text => text(frame),
        };
        self.file.append(format_args!("{text}"))
    }

    fn is_moving(&self) -> bool {
        false
    }

    fn finish(&mut self) -> Result<(), FilmError> {
        self.file.commit()
    }
}

/// The characters of `frame`, a line for each row.
pub(super) fn text(frame: &Buffer) -> String {
    let mut out = String::new();
    for y in 0..frame.area.height {
        out.extend(spots(cells(frame, y)).map(|spot| spot.symbol));
        out.truncate(out.trim_end_matches(' ').len());
        out.push('\n');
    }
    out
}

#[cfg(test)]
mod tests {
    use ratatui::layout::Rect;
    use ratatui::style::Style;

    use super::super::tests::{export, job};
    use super::*;
    use speed_kings_core::time::Offset;

    #[test]
    fn text_is_what_is_read_on_the_screen() {
        let mut buf = Buffer::empty(Rect::new(0, 0, 9, 3));
        buf.set_string(1, 0, "日本 ok", Style::new());
        buf[(0, 2)].set_symbol("\u{1b}");
        assert_eq!(text(&buf), " 日本 ok\n\n␛\n");
    }

    #[test]
    fn stills_show_the_end_unless_told_otherwise() {
        job(30, |job| {
            let end =
                export(job, |path| Box::new(StillExporter::new(path.to_owned(), StillForm::Text, StillAt::Verdict)));
            assert!(end.contains("VERDICT") && end.contains("SIM"), "{end}");
            assert_eq!(end.lines().count(), 30);
            let start = StillAt::At(Offset::GREEN);
            let start = export(job, |path| Box::new(StillExporter::new(path.to_owned(), StillForm::Text, start)));
            assert!(!start.contains("VERDICT") && start.contains("SIM"), "{start}");
            let svg =
                export(job, |path| Box::new(StillExporter::new(path.to_owned(), StillForm::Svg, StillAt::Verdict)));
            assert!(svg.contains("VERDICT") && svg.len() < 40_000, "{}", svg.len());
        });
    }
}
