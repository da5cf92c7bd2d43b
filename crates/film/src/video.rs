//! Video: every frame at its own moment, as planes of brightness and colour, for whichever encoder there is.
//! An encoder is given what changed, so that several can be ahead of each other without holding whole pictures.

mod chapters;
mod ffmpeg;
#[cfg(feature = "h264")]
mod h264;
#[cfg(feature = "h264")]
mod mp4;
mod plan;
#[cfg(feature = "h264")]
mod repeat;
mod yuv;

use std::path::PathBuf;

use crate::camera::FilmFrame;
use crate::job::RenderJob;
use crate::raster::atlas::TileAtlas;
use crate::raster::canvas::PatchFinder;
use crate::raster::{Fonts, GroundColours, PictureGeometry};
use crate::video::chapters::chapters;
use crate::video::ffmpeg::FfmpegEncoder;
pub use crate::video::plan::VideoContainer;
use crate::video::plan::{EncodingPlan, VideoEncoder};
use crate::video::yuv::{YuvPicture, YuvTiles};
use crate::{Exporter, FilmError, missing};

/// A video in the making.
pub struct VideoExporter {
    path: PathBuf,
    container: VideoContainer,
    geometry: PictureGeometry,
    fonts: Fonts,
    tape: Option<VideoTape>,
    notes: Vec<String>,
}

/// What there is between the first frame and the last.
struct VideoTape {
    atlas: TileAtlas,
    patches: PatchFinder,
    tiles: YuvTiles,
    encoder: Box<dyn VideoEncoder>,
}

impl VideoExporter {
    /// A video at `path`.
    #[must_use]
    pub const fn new(path: PathBuf, container: VideoContainer, geometry: PictureGeometry, fonts: Fonts) -> Self {
        Self { path, container, geometry, fonts, tape: None, notes: Vec::new() }
    }
}

impl Exporter for VideoExporter {
    fn begin(&mut self, job: &RenderJob<'_>) -> Result<(), FilmError> {
        let atlas = TileAtlas::new(&self.geometry, GroundColours::of(job.theme), self.fonts.clone(), None);
        let plan = EncodingPlan {
            path: self.path.clone(),
            container: self.container,
            blank: YuvPicture::filled(self.geometry.size, atlas.ground().bg),
            fps: job.fps,
            frames: job.frames(),
            chapters: chapters(job),
        };
        let encoder = encoder(plan)?;
        self.notes = vec![format!("{}: encoded by {}", self.path.display(), encoder.name())];
        let patches = PatchFinder::new(self.geometry);
        self.tape = Some(VideoTape { atlas, patches, tiles: YuvTiles::default(), encoder });
        Ok(())
    }

    fn frame(&mut self, frame: &FilmFrame<'_>) -> Result<(), FilmError> {
        let Some(VideoTape { atlas, patches, tiles, encoder }) = &mut self.tape else { return Ok(()) };
        let found = patches.of(frame, atlas);
        let change = found.iter().filter_map(|patch| Some((patch.x, patch.y, tiles.get(patch.tile, atlas)?))).collect();
        atlas.check()?;
        encoder.frame(change)
    }

    fn finish(&mut self) -> Result<(), FilmError> {
        let Some(tape) = self.tape.take() else { return Ok(()) };
        self.notes.extend(missing(&tape.atlas));
        tape.encoder.finish()
    }

    fn notes(&self) -> Vec<String> {
        self.notes.clone()
    }
}

/// The encoder that this build and this machine have for it: the one compiled in before the one installed.
fn encoder(plan: EncodingPlan) -> Result<Box<dyn VideoEncoder>, FilmError> {
    #[cfg(feature = "h264")]
    if plan.container == VideoContainer::Mp4 {
        return Ok(Box::new(h264::Segments::start(plan)?));
    }
    Ok(Box::new(FfmpegEncoder::start(plan)?))
}
