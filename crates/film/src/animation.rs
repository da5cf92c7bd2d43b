//! An animated SVG: the whole film in one picture, moved by CSS alone, as a README can show it.
//! It is cut into scenes; in each, what stands still is drawn once, and what changes is a strip behind a window.

use std::path::PathBuf;

use ratatui::buffer::Buffer;

use super::camera::FilmFrame;
use super::markup::RowMarkup;
use super::raster::{GroundColours, WindowBackdrop};
use super::row::cells;
use super::strip::{SceneRow, StyleNames};
use super::svg::head;
use super::text_file::TextFile;
use super::{Exporter, FilmError};
use crate::job::RenderJob;
use speed_kings_core::time::Period;

/// The longest film that a browser should be asked to play as an SVG.
pub const LONGEST: Period = Period::from_millis(60_000);
/// Pictures a second: an SVG of more would be no smoother to the eye and too big for a page.
pub const RATE: u32 = 10;
/// Between two of those pictures.
const TICK: Period = Period::from_millis(1_000 / RATE as u64);
/// Cells that a scene holds before it is written, which bounds what is in memory.
const MOST_CELLS: usize = 400_000;

/// Writes an animated SVG.
#[derive(Debug)]
pub struct SvgAnimation {
    file: TextFile,
    markup: RowMarkup,
    names: StyleNames,
    duration: Period,
    next: Period,
    shown: Option<Buffer>,
    scene: Option<AnimationScene>,
    title: String,
    window: Option<WindowBackdrop>,
}

/// A part of the film in which most of the picture stays.
#[derive(Debug)]
struct AnimationScene {
    begins: Period,
    rows: Vec<SceneRow>,
}

impl SvgAnimation {
    /// An animated SVG that will be `path`.
    #[must_use]
    pub fn new(path: PathBuf) -> Self {
        Self {
            file: TextFile::new(path),
            markup: RowMarkup::new(GroundColours::default()),
            names: StyleNames::default(),
            duration: Period::ZERO,
            next: Period::ZERO,
            shown: None,
            scene: None,
            title: String::new(),
            window: None,
        }
    }

    /// Takes in what `frame` shows from `at` on.
    fn look(&mut self, at: Period, frame: &Buffer) -> Result<(), FilmError> {
        if self.shown.is_none() {
            self.file.append(format_args!("{}", head(frame, self.markup.ground(), &self.title, self.window)))?;
        }
        let held = self.scene.iter().flat_map(|scene| &scene.rows).map(SceneRow::held).sum::<usize>();
        if held > MOST_CELLS || self.shown.as_ref().is_none_or(|shown| most_differs(shown, frame)) {
            self.close(Some(at))?;
            self.scene = Some(AnimationScene { begins: at, rows: Vec::new() });
        }
        if let Some(scene) = &mut self.scene {
            scene.rows.resize_with(frame.area.height.into(), SceneRow::default);
            for (row, y) in scene.rows.iter_mut().zip(0..) {
                row.add(at, cells(frame, y));
            }
        }
        match &mut self.shown {
            Some(shown) => shown.clone_from(frame),
            None => self.shown = Some(frame.clone()),
        }
        Ok(())
    }

    /// Writes the scene, which ends at `end`; the last one stays for whoever plays nothing.
    fn close(&mut self, end: Option<Period>) -> Result<(), FilmError> {
        let Some(scene) = self.scene.take() else { return Ok(()) };
        let name = self.names.scene(scene.begins, end);
        self.file.append(format_args!("<g class=\"k {name}\">\n"))?;
        for drawn in self.names.strips(&scene.rows, &mut self.markup) {
            self.file.append(format_args!("{drawn}"))?;
        }
        self.file.append(format_args!("</g>\n"))
    }
}

impl Exporter for SvgAnimation {
    fn begin(&mut self, job: &RenderJob<'_>) -> Result<(), FilmError> {
        self.duration = job.shown(job.frames());
        if self.duration > LONGEST {
            return Err(self.file.refuse(format!(
                "an animated SVG may last {:.0} s and this film lasts {:.0} s: shorten it with --from, --to or --speed, \
                 or export .mp4, .gif, .html or .cast, or a still with --at",
                LONGEST.as_secs_f64(),
                self.duration.as_secs_f64()
            )));
        }
        self.file.open()?;
        self.markup = RowMarkup::new(GroundColours::of(job.theme));
        (self.title, self.window) = (job.title(), job.window);
        Ok(())
    }

    fn frame(&mut self, frame: &FilmFrame<'_>) -> Result<(), FilmError> {
        if frame.at < self.next {
            return Ok(());
        }
        self.next = self.next.plus(TICK).max(frame.at);
        self.look(frame.at, frame.buffer)
    }

    fn finish(&mut self) -> Result<(), FilmError> {
        self.close(None)?;
        let style = self.names.style(self.duration);
        self.file.append(format_args!("<style>{}{style}</style>\n</svg>\n", self.markup.style()))?;
        self.file.commit()
    }
}

/// Whether more than half of the cells are others.
fn most_differs(before: &Buffer, after: &Buffer) -> bool {
    let same = before.content.iter().zip(&after.content).filter(|(before, after)| before == after).count();
    same * 2 < after.content.len()
}

#[cfg(test)]
mod tests {
    use super::super::script::FilmScript;
    use super::super::tests::{export, job};
    use super::*;

    fn animated(job: &RenderJob<'_>) -> String {
        export(job, |path| Box::new(SvgAnimation::new(path.to_owned())))
    }

    #[test]
    fn a_race_is_small_and_moved_by_style_alone() {
        job(30, |job| {
            let svg = animated(job);
            let document = roxmltree::Document::parse(&svg).unwrap();
            let known = ["svg", "title", "style", "rect", "g", "path", "text", "use"];
            for node in document.descendants().filter(roxmltree::Node::is_element) {
                assert!(known.contains(&node.tag_name().name()), "{node:?}");
                let link = node.attribute("href").unwrap_or("#");
                assert!(
                    link.starts_with('#') && svg.contains(&format!("id=\"{}\"", link.trim_start_matches('#')))
                        || link == "#"
                );
            }
            assert!(svg.contains("@keyframes") && !svg.contains("<animate") && !svg.contains("<script"));
            assert!(svg.len() < 1_000_000, "{}", svg.len());
        });
    }

    #[test]
    fn a_film_that_is_too_long_is_refused() {
        job(10, |job| {
            let mut long = job.clone();
            long.script = FilmScript::new(job.recording, job.recording.led_in(0.02).faster(0.02));
            let mut animation = SvgAnimation::new("long.svg".into());
            let error = animation.begin(&long).unwrap_err().to_string();
            assert!(error.contains("long.svg: an animated SVG may last 60 s") && error.contains("--speed"), "{error}");
        });
    }
}
