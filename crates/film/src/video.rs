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
use crate::changing::{CLEAR_FORMATS, ChangingPicture};
use crate::job::RenderJob;
use crate::raster::atlas::TileAtlas;
use crate::raster::canvas::{CellPatch, PatchFinder};
use crate::raster::{Fonts, GroundColours, PictureGeometry};
use crate::sound::FilmScore;
use crate::video::chapters::chapters;
use crate::video::ffmpeg::{FfmpegEncoder, FfmpegPipe};
use crate::video::h264::Segments;
pub use crate::video::plan::{EncoderChoice, VideoContainer};
use crate::video::plan::{EncodingPlan, VideoEncoder, VideoForm};
use crate::video::yuv::{YuvPicture, YuvTiles};
use crate::{Exporter, FilmError, missing};

/// A video in the making.
pub struct VideoExporter {
    /// Which encoder it goes through.
    pub choice: EncoderChoice,
    /// The quality: H.264's quantiser, from 0 to 51, the smaller the better; nothing for what is usual.
    pub quantiser: Option<u8>,
    /// Whether it keeps every colour of every pixel, for others to work on.
    pub master: bool,
    /// Whether there is sound in it; the encoder inside has none.
    pub sound: bool,
    path: PathBuf,
    container: VideoContainer,
    geometry: PictureGeometry,
    fonts: Fonts,
    tape: Option<VideoTape>,
    notes: Vec<String>,
}

/// What there is between the first frame and the last.
enum VideoTape {
    /// Planes of brightness and colour go to an encoder.
    Planes { atlas: Box<TileAtlas>, patches: Box<PatchFinder>, tiles: YuvTiles, encoder: Box<dyn VideoEncoder> },
    /// Pixels as they are go to ffmpeg.
    Pixels(Box<ChangingPicture>, FfmpegPipe),
}

impl VideoExporter {
    /// A video at `path`, of the usual quality, by whichever encoder there is.
    #[must_use]
    pub const fn new(path: PathBuf, container: VideoContainer, geometry: PictureGeometry, fonts: Fonts) -> Self {
        let (choice, quantiser, master, sound) = (EncoderChoice::Either, None, false, false);
        Self { choice, quantiser, master, sound, path, container, geometry, fonts, tape: None, notes: Vec::new() }
    }

    /// What of the pictures it keeps.
    fn form(&self) -> Result<VideoForm, FilmError> {
        let refused = |why: &str| Err(FilmError::Refused { path: self.path.clone(), why: why.into() });
        match (self.container, self.geometry.clear, self.master) {
            (VideoContainer::Mp4, true, _) => refused(CLEAR_FORMATS),
            (VideoContainer::Webm, true, true) => refused(".webm is seen through or a master; .mkv is both"),
            (_, true, _) => Ok(VideoForm::Clear),
            (VideoContainer::Mkv, ..) | (_, _, true) => Ok(VideoForm::Lossless),
            (..) => Ok(VideoForm::Usual),
        }
    }

    fn planes(&self, plan: EncodingPlan, job: &RenderJob<'_>) -> Result<VideoTape, FilmError> {
        let atlas = TileAtlas::new(&self.geometry, GroundColours::of(job.theme), self.fonts.clone(), None);
        let blank = YuvPicture::of(&atlas.blank(&self.geometry).bytes, plan.size);
        let encoder = encoder(plan, blank, self.choice)?;
        let patches = Box::new(PatchFinder::new(self.geometry));
        Ok(VideoTape::Planes { atlas: Box::new(atlas), patches, tiles: YuvTiles::default(), encoder })
    }
}

impl Exporter for VideoExporter {
    fn begin(&mut self, job: &RenderJob<'_>) -> Result<(), FilmError> {
        let plan = EncodingPlan {
            path: self.path.clone(),
            container: self.container,
            form: self.form()?,
            size: self.geometry.size,
            fps: job.fps,
            frames: job.frames(),
            chapters: chapters(job),
            score: self.sound.then(|| FilmScore::new(job)),
            quantiser: self.quantiser,
        };
        let tape = if plan.form == VideoForm::Usual {
            self.planes(plan, job)?
        } else if self.choice == EncoderChoice::BuiltIn {
            let why = "the encoder inside keeps colour at half the resolution; --to frames/ keeps all, as does ffmpeg";
            return Err(FilmError::Refused { path: plan.path, why: why.into() });
        } else {
            let picture = ChangingPicture::new(job, self.geometry, self.fonts.clone());
            VideoTape::Pixels(Box::new(picture), FfmpegPipe::start(&plan)?)
        };
        let name = match &tape {
            VideoTape::Planes { encoder, .. } => encoder.name(),
            VideoTape::Pixels(..) => ffmpeg::NAME.to_owned(),
        };
        self.notes = vec![format!("{}: encoded by {name}", self.path.display())];
        self.tape = Some(tape);
        Ok(())
    }

    fn frame(&mut self, frame: &FilmFrame<'_>) -> Result<(), FilmError> {
        match &mut self.tape {
            Some(VideoTape::Planes { atlas, patches, tiles, encoder }) => {
                let found = patches.of(frame, atlas);
                let tile = |patch: &CellPatch| Some((patch.x, patch.y, tiles.get(patch.tile, atlas)?));
                let change = found.iter().filter_map(tile).collect();
                atlas.check()?;
                encoder.frame(change)
            }
            Some(VideoTape::Pixels(picture, pipe)) => {
                picture.draw(frame)?;
                pipe.write(&[picture.pixels()])
            }
            None => Ok(()),
        }
    }

    fn finish(&mut self) -> Result<(), FilmError> {
        match self.tape.take() {
            Some(VideoTape::Planes { atlas, encoder, .. }) => {
                self.notes.extend(missing(&atlas));
                encoder.finish()
            }
            Some(VideoTape::Pixels(picture, pipe)) => {
                self.notes.extend(picture.notes());
                pipe.finish()
            }
            None => Ok(()),
        }
    }

    fn notes(&self) -> Vec<String> {
        self.notes.clone()
    }
}

/// Whether a video made this way has its sound in it, where it has one: the encoder inside makes pictures alone.
#[must_use]
pub fn carries_sound(container: VideoContainer, choice: EncoderChoice) -> bool {
    !is_inside(container, choice)
}

/// Whether the encoder inside makes it.
fn is_inside(container: VideoContainer, choice: EncoderChoice) -> bool {
    let inside = choice == EncoderChoice::BuiltIn || choice == EncoderChoice::Either && !ffmpeg::can(container);
    container == VideoContainer::Mp4 && inside
}

/// The encoder for it: ffmpeg's is smaller and faster, the one inside is always there.
fn encoder(plan: EncodingPlan, blank: YuvPicture, choice: EncoderChoice) -> Result<Box<dyn VideoEncoder>, FilmError> {
    if plan.container != VideoContainer::Mp4 && choice == EncoderChoice::BuiltIn {
        let why = "the encoder inside makes .mp4; this needs ffmpeg".into();
        return Err(FilmError::Refused { path: plan.path, why });
    }
    Ok(if is_inside(plan.container, choice) {
        Box::new(Segments::start(plan, blank)?)
    } else {
        Box::new(FfmpegEncoder::start(&plan, blank)?)
    })
}
