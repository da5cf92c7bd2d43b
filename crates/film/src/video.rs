//! Video: every frame at its own moment, as planes of brightness and colour, for whichever encoder there is.
//! An encoder is given what changed, so that several can be ahead of each other without holding whole pictures.

mod bits;
mod chapters;
mod ffmpeg;
mod h264;
mod mp4;
mod plan;
mod repeat;
mod sequence;
mod yuv;

use std::path::PathBuf;

use crate::camera::FilmFrame;
use crate::job::RenderJob;
use crate::raster::atlas::TileAtlas;
use crate::raster::canvas::PatchFinder;
use crate::raster::{Fonts, GroundColours, PictureGeometry};
use crate::video::chapters::chapters;
use crate::video::ffmpeg::FfmpegEncoder;
use crate::video::h264::Segments;
pub use crate::video::plan::{EncoderChoice, VideoContainer};
use crate::video::plan::{EncodingPlan, VideoEncoder};
use crate::video::yuv::{YuvPicture, YuvTiles};
use crate::{Exporter, FilmError, missing};

/// A video in the making.
pub struct VideoExporter {
    /// Which encoder it goes through.
    pub choice: EncoderChoice,
    /// The quality: H.264's quantiser, from 0 to 51, the smaller the better; nothing for what is usual.
    pub quantiser: Option<u8>,
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
    /// A video at `path`, of the usual quality, by whichever encoder there is.
    #[must_use]
    pub const fn new(path: PathBuf, container: VideoContainer, geometry: PictureGeometry, fonts: Fonts) -> Self {
        let (choice, quantiser) = (EncoderChoice::Either, None);
        Self { choice, quantiser, path, container, geometry, fonts, tape: None, notes: Vec::new() }
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
            quantiser: self.quantiser,
        };
        let encoder = encoder(plan, self.choice)?;
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

/// The encoder for it: ffmpeg's is smaller and faster, the one inside is always there.
fn encoder(plan: EncodingPlan, choice: EncoderChoice) -> Result<Box<dyn VideoEncoder>, FilmError> {
    let inside = match (plan.container, choice) {
        (VideoContainer::Mp4, EncoderChoice::BuiltIn) => true,
        (VideoContainer::Mp4, EncoderChoice::Either) => !ffmpeg::can(plan.container),
        (VideoContainer::Webm, EncoderChoice::BuiltIn) => {
            let why = "the encoder inside makes .mp4; .webm needs ffmpeg".into();
            return Err(FilmError::Refused { path: plan.path, why });
        }
        (_, EncoderChoice::Ffmpeg) | (VideoContainer::Webm, EncoderChoice::Either) => false,
    };
    Ok(if inside { Box::new(Segments::start(plan)?) } else { Box::new(FfmpegEncoder::start(plan)?) })
}
