//! Film: a recording as frames on a virtual clock, drawn with the screen's own code, and the files they are written to.
//! Frame k is the state at k/fps, whatever the machine was doing; what is in memory never grows with a film's length.

pub mod animation;
pub mod apng;
pub mod camera;
pub mod cast;
mod changing;
mod chapters;
mod colour;
pub mod document;
pub mod frames;
pub mod gif;
pub mod html;
mod job;
mod markup;
pub mod output;
#[cfg(test)]
mod picture_tests;
pub mod png;
pub mod raster;
pub mod rate;
mod row;
pub mod script;
mod sgr;
mod shape;
pub mod sound;
pub mod still;
#[cfg(test)]
mod stillness_tests;
mod strip;
mod svg;
mod text_file;
pub mod video;
pub mod webp;

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use crate::camera::FilmFrame;
pub use crate::changing::CLEAR_FORMATS;
pub use crate::job::RenderJob;
use crate::raster::FontError;
use crate::raster::atlas::TileAtlas;
use speed_kings_core::text::printable;

/// What stands in the files of films that have a place for it, so that one is known again.
pub const MADE_BY: &str = "made by speed-kings";

/// One way to write a film down. One pass of the camera feeds as many as there are.
pub trait Exporter: Send {
    /// Learns what is coming, before the first frame.
    ///
    /// # Errors
    /// When this film can't be written this way.
    fn begin(&mut self, job: &RenderJob<'_>) -> Result<(), FilmError>;

    /// Whether it wants to see all frames beforehand, in a pass of their own.
    fn surveys(&self) -> bool {
        false
    }

    /// Sees the next frame of that pass.
    ///
    /// # Errors
    /// When this film can't be written this way.
    fn survey(&mut self, _: &FilmFrame<'_>) -> Result<(), FilmError> {
        Ok(())
    }

    /// Takes the next frame, in order; all of them come, those that changed nothing, too. What is no film gets none.
    ///
    /// # Errors
    /// When it can't be written.
    fn frame(&mut self, _: &FilmFrame<'_>) -> Result<(), FilmError> {
        Ok(())
    }

    /// Takes note that the last frame has come, and puts the file in its place.
    ///
    /// # Errors
    /// When it can't be written.
    fn finish(&mut self) -> Result<(), FilmError>;

    /// Whether it wants the frames; a still takes its picture when it begins.
    fn is_moving(&self) -> bool {
        true
    }

    /// What the user should know about it once it is done: which encoder it was, what could not be drawn.
    fn notes(&self) -> Vec<String> {
        Vec::new()
    }
}

/// Why a film was not made.
#[derive(Debug, thiserror::Error)]
pub enum FilmError {
    /// A file or a pipe gave trouble.
    #[error("{}: {source}", path.display())]
    Io {
        /// Path of the file or the pipe.
        path: PathBuf,
        /// What the system said of it.
        source: std::io::Error,
    },
    /// It can't be written this way.
    #[error("{}: {why}", path.display())]
    Refused {
        /// Path of the file that was asked for.
        path: PathBuf,
        /// Why, and what can.
        why: String,
    },
    /// A font can't be used.
    #[error(transparent)]
    Font(#[from] FontError),
    /// Whoever asked for it asked for its end.
    #[error("cancelled; nothing was left behind")]
    Cancelled,
}

impl FilmError {
    /// The file that was not made; nothing when none was.
    #[must_use]
    pub fn path(&self) -> Option<&Path> {
        match self {
            Self::Io { path, .. } | Self::Refused { path, .. } => Some(path),
            Self::Font(_) | Self::Cancelled => None,
        }
    }
}

/// How far the work is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct RenderProgress {
    /// Frames of this pass that are done.
    pub frame: u64,
    /// Frames of each pass.
    pub frames: u64,
    /// Which pass it is, from 0; the last one makes the film.
    pub pass: u64,
    /// How many there are.
    pub passes: u64,
}

/// Takes all frames of `job` to all `exporters`; `watch` is told how far that is and may end it. An exporter that has
/// trouble leaves `exporters` and its trouble is given back: the others go on to their end.
///
/// # Errors
/// When it was cancelled.
pub fn render(
    job: &RenderJob<'_>,
    exporters: &mut Vec<Box<dyn Exporter>>,
    watch: &mut dyn FnMut(RenderProgress) -> ControlFlow<()>,
) -> Result<Vec<FilmError>, FilmError> {
    let mut troubles = Vec::new();
    each(exporters, &mut troubles, |exporter| exporter.begin(job));
    let surveyed = exporters.iter().any(|exporter| exporter.surveys());
    let moving = exporters.iter().any(|exporter| exporter.is_moving());
    let (frames, passes) = (job.frames(), 1 + u64::from(surveyed));
    let step = |frame, pass| RenderProgress { frame, frames, pass, passes };
    if surveyed {
        let mut survey = |frame: &FilmFrame<'_>| {
            each(exporters, &mut troubles, |one| if one.surveys() { one.survey(frame) } else { Ok(()) });
            exporters.iter().any(|exporter| exporter.surveys())
        };
        roll(job, &mut survey, &mut |frame| watch(step(frame, 0)))?;
    }
    if moving {
        let mut take = |frame: &FilmFrame<'_>| {
            each(exporters, &mut troubles, |one| if one.is_moving() { one.frame(frame) } else { Ok(()) });
            exporters.iter().any(|exporter| exporter.is_moving())
        };
        roll(job, &mut take, &mut |frame| watch(step(frame, passes - 1)))?;
    }
    each(exporters, &mut troubles, |exporter| exporter.finish());
    Ok(troubles)
}

/// Has every one of `exporters` do `what`; whoever can't leaves, and its trouble stays.
fn each(
    exporters: &mut Vec<Box<dyn Exporter>>,
    troubles: &mut Vec<FilmError>,
    mut what: impl FnMut(&mut dyn Exporter) -> Result<(), FilmError>,
) {
    exporters.retain_mut(|exporter| what(exporter.as_mut()).map_err(|trouble| troubles.push(trouble)).is_ok());
}

/// One pass over all frames of `job`, as long as `take` says that somebody wants them.
fn roll(
    job: &RenderJob<'_>,
    take: &mut dyn FnMut(&FilmFrame<'_>) -> bool,
    watch: &mut dyn FnMut(u64) -> ControlFlow<()>,
) -> Result<(), FilmError> {
    let mut camera = job.camera();
    while let Some(frame) = camera.advance() {
        let wanted = take(&frame);
        if watch(frame.index + 1).is_break() {
            return Err(FilmError::Cancelled);
        }
        if !wanted {
            break;
        }
    }
    Ok(())
}

/// What to say about characters that no font had, and about fonts that were found.
fn missing(atlas: &TileAtlas) -> Vec<String> {
    let missing: Vec<_> = atlas.missing().into_iter().map(|symbol| printable(symbol).into_owned()).collect();
    let missing = (!missing.is_empty()).then(|| {
        format!("no glyph for {}: a block stands in; --font FILE names a font that has them", missing.join(" "))
    });
    missing.into_iter().chain(atlas.notes()).collect()
}

#[cfg(test)]
pub(crate) mod tests {
    use ratatui::layout::Size;

    use super::*;
    use crate::raster::PictureGeometry;
    use crate::rate::FrameRate;
    use crate::script::{FilmScene, FilmScript};
    use speed_kings_core::time::Period;
    use speed_kings_recording::Recording;
    use speed_kings_recording::reader::read_file;
    use speed_kings_tui::show::VERDICT_STAGED;
    use speed_kings_tui::theme::ThemeSet;

    /// Looks at a simulated race of 100×30 cells.
    pub(crate) fn job(fps: u32, look: impl Fn(&RenderJob<'_>)) {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../recordings/wafer-vs-lpu-sim.race");
        let (recording, themes) = (read_file(&path).unwrap(), ThemeSet::builtin().unwrap());
        let script = FilmScript::new(&recording, recording.led_in(1.0));
        let cells = Size::new(100, 30);
        look(&RenderJob::new(&recording, script, cells, themes.default_theme(), fps));
    }

    /// What an exporter makes of `job`. It must make the same of it twice.
    pub(crate) fn export(job: &RenderJob<'_>, exporter: impl Fn(&Path) -> Box<dyn Exporter>) -> String {
        String::from_utf8(film(job, |path| exporter(&path))).unwrap()
    }

    /// Looks at a film of such a race with a short verdict.
    pub(crate) fn short(geometry: PictureGeometry, rate: FrameRate, look: impl Fn(&RenderJob<'_>)) {
        let (mut recording, themes) = (recording(), ThemeSet::builtin().unwrap());
        let mut cut = recording.whole();
        cut.hold_verdict = Some(Period::from_millis(100));
        recording.header.cut = Some(cut.clone());
        let script = FilmScript::new(&recording, cut);
        look(&RenderJob::new(&recording, script, geometry.cells, themes.default_theme(), rate));
    }

    /// The bytes that an exporter makes of `job`. It must make the same of it twice.
    pub(crate) fn film(job: &RenderJob<'_>, exporter: impl Fn(PathBuf) -> Box<dyn Exporter>) -> Vec<u8> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("film");
        let [first, second] = [(); 2].map(|()| {
            let mut exporters = vec![exporter(path.clone())];
            let troubles = render(job, &mut exporters, &mut |_| ControlFlow::Continue(())).unwrap();
            assert!(troubles.is_empty(), "{troubles:?}");
            std::fs::read(&path).unwrap()
        });
        assert!(first == second, "the same film is the same bytes");
        first
    }

    /// A race of two lanes over in little more than a second.
    pub(crate) fn recording() -> Recording {
        read_file(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../../recordings/wafer-vs-lpu-sim.race")).unwrap()
    }

    /// Counts what it is given.
    struct ByteCounter {
        frames: std::sync::Arc<std::sync::atomic::AtomicU64>,
        moving: bool,
    }

    impl Exporter for ByteCounter {
        fn begin(&mut self, _: &RenderJob<'_>) -> Result<(), FilmError> {
            Ok(())
        }

        fn frame(&mut self, frame: &FilmFrame<'_>) -> Result<(), FilmError> {
            let seen = self.frames.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
            assert_eq!(seen, frame.index, "in order, none twice");
            Ok(())
        }

        fn finish(&mut self) -> Result<(), FilmError> {
            Ok(())
        }

        fn is_moving(&self) -> bool {
            self.moving
        }
    }

    #[test]
    fn one_pass_feeds_all_and_can_be_ended() {
        let (recording, themes) = (recording(), ThemeSet::builtin().unwrap());
        let script = FilmScript::new(&recording, recording.led_in(2.0).faster(2.0));
        let cells = Size::new(60, 16);
        let job = RenderJob { stacked: true, ..RenderJob::new(&recording, script, cells, themes.default_theme(), 10) };
        let run = |until: u64| {
            let counts: Vec<std::sync::Arc<std::sync::atomic::AtomicU64>> =
                (0..3).map(|_| std::sync::Arc::default()).collect();
            let mut exporters: Vec<Box<dyn Exporter>> = Vec::new();
            for (frames, moving) in counts.iter().zip([true, false, true]) {
                exporters.push(Box::new(ByteCounter { frames: frames.clone(), moving }));
            }
            let mut watch = |step: RenderProgress| {
                if step.frame < until { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
            };
            let ended = render(&job, &mut exporters, &mut watch);
            (
                ended.is_ok(),
                counts.iter().map(|count| count.load(std::sync::atomic::Ordering::Relaxed)).collect::<Vec<_>>(),
            )
        };
        assert_eq!(run(u64::MAX), (true, vec![job.frames(), 0, job.frames()]));
        assert_eq!(run(3), (false, vec![3, 0, 3]));
    }

    #[test]
    fn a_title_is_wherever_a_name_is() {
        job(10, |job| {
            let mut cut = job.recording.led_in(1.0);
            cut.title = Some("The <final>".into());
            let mut named = job.clone();
            named.script = FilmScript::new(job.recording, cut);
            for scene in [FilmScene::Intro, FilmScene::Card, FilmScene::Verdict(VERDICT_STAGED)] {
                let text = still::text(named.camera().still(scene).buffer);
                assert!(text.contains("The <final>") && !text.contains("G1 "), "{scene:?}: {text}");
            }
            let page = export(&named, |path| Box::new(html::HtmlPage::new(path.to_owned())));
            assert!(page.contains("<title>SIM · The &lt;final&gt;</title>"));
            let outro = |calibration| {
                let mut camera = RenderJob { calibration, ..named.clone() }.camera();
                still::text(camera.still(FilmScene::Outro(Period::ZERO)).buffer)
            };
            assert!(!outro(None).contains("own error"));
            let told = outro(Some("TTFT 0.150 ms (largest 0.200), output speed 0.010 % (largest 0.020), gaps 0.05 ms"));
            assert!(told.contains("the tool's own error: TTFT 0.150 ms") && told.contains("gaps 0.05 ms"), "{told}");
            assert!(told.contains("these figures are the simulator's"), "{told}");
            let svg = export(&named, |path| Box::new(animation::SvgAnimation::new(path.to_owned())));
            assert!(svg.contains("<title>SIM · The &lt;final&gt;</title>"));
            let cast = export(&named, |path| Box::new(cast::CastWriter::new(path.to_owned(), cast::CastVersion::V3)));
            assert!(cast.contains("\"title\":\"SIM · The <final>\""), "{}", &cast[..400]);
        });
    }

    #[test]
    fn frames_are_shown_at_their_share_of_a_second() {
        let recording = recording();
        let themes = ThemeSet::builtin().unwrap();
        let script = FilmScript::new(&recording, recording.led_in(1.0));
        let job = RenderJob::new(&recording, script, Size::new(60, 16), themes.default_theme(), 60);
        assert_eq!(job.shown(0), Period::ZERO);
        assert_eq!(job.shown(1), Period::from_micros(16_666));
        assert_eq!(job.shown(3_600), Period::from_millis(60_000));
    }
}
