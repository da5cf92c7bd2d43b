//! Video: every frame at its own moment, as planes of brightness and colour, for whichever encoder there is.
//! An encoder is given what changed, so that several can be ahead of each other without holding whole pictures.

mod chapters;
mod ffmpeg;
#[cfg(feature = "h264")]
mod h264;
#[cfg(feature = "h264")]
mod mp4;
#[cfg(feature = "h264")]
mod repeat;
mod yuv;

use std::path::PathBuf;
use std::sync::Arc;

use crate::film::camera::Frame;
use crate::film::raster::atlas::Atlas;
use crate::film::raster::canvas::Patches;
use crate::film::raster::{Fonts, Geometry, Ground};
use crate::film::video::chapters::{Chapter, chapters};
use crate::film::video::ffmpeg::Ffmpeg;
use crate::film::video::yuv::{Picture, Tile, Tiles};
use crate::film::{Exporter, FilmError, Footage, missing};

/// What a video is put into.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Container {
    /// H.264 in MP4.
    Mp4,
    /// VP9 in `WebM`.
    Webm,
}

/// What changed from one frame to the next: tiles and where they go, in pixels.
type Change = Vec<(usize, usize, Arc<Tile>)>;

/// Where frames go.
trait Encoder: Send {
    /// Takes what changed in the next frame.
    fn frame(&mut self, change: Change) -> Result<(), FilmError>;
    /// Puts the file in its place, after the last frame.
    fn finish(self: Box<Self>) -> Result<(), FilmError>;
    /// What encodes, for the user.
    fn name(&self) -> String;
}

/// All that an encoder must know before the first frame.
struct Plan {
    path: PathBuf,
    container: Container,
    /// The picture that the first frame changes.
    blank: Picture,
    fps: u32,
    frames: u64,
    chapters: Vec<Chapter>,
}

/// A video in the making.
pub struct Video {
    path: PathBuf,
    container: Container,
    geometry: Geometry,
    fonts: Fonts,
    tape: Option<Tape>,
    notes: Vec<String>,
}

/// What there is between the first frame and the last.
struct Tape {
    atlas: Atlas,
    patches: Patches,
    tiles: Tiles,
    encoder: Box<dyn Encoder>,
}

impl Video {
    /// A video at `path`.
    #[must_use]
    pub const fn new(path: PathBuf, container: Container, geometry: Geometry, fonts: Fonts) -> Self {
        Self { path, container, geometry, fonts, tape: None, notes: Vec::new() }
    }
}

impl Exporter for Video {
    fn begin(&mut self, footage: &Footage<'_>) -> Result<(), FilmError> {
        let atlas = Atlas::new(&self.geometry, Ground::of(footage.theme), self.fonts.clone(), None);
        let plan = Plan {
            path: self.path.clone(),
            container: self.container,
            blank: Picture::filled(self.geometry.size, atlas.ground().bg),
            fps: footage.fps,
            frames: footage.frames(),
            chapters: chapters(footage),
        };
        let encoder = encoder(plan)?;
        self.notes = vec![format!("{}: encoded by {}", self.path.display(), encoder.name())];
        let patches = Patches::new(self.geometry);
        self.tape = Some(Tape { atlas, patches, tiles: Tiles::default(), encoder });
        Ok(())
    }

    fn frame(&mut self, frame: &Frame<'_>) -> Result<(), FilmError> {
        let Some(Tape { atlas, patches, tiles, encoder }) = &mut self.tape else { return Ok(()) };
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
fn encoder(plan: Plan) -> Result<Box<dyn Encoder>, FilmError> {
    #[cfg(feature = "h264")]
    if plan.container == Container::Mp4 {
        return Ok(Box::new(h264::Segments::start(plan)?));
    }
    Ok(Box::new(Ffmpeg::start(plan)?))
}
