//! What an encoder is told, and what it has to do.

use std::path::PathBuf;
use std::sync::Arc;

use super::chapters::FilmChapter;
use super::yuv::{YuvPicture, YuvTile};
use crate::FilmError;

/// What a video is put into.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum VideoContainer {
    /// H.264 video in MP4.
    Mp4,
    /// VP9 video in `WebM`.
    Webm,
}

/// What changed from one frame to the next: tiles and where they go, in pixels.
pub(super) type FrameChange = Vec<(usize, usize, Arc<YuvTile>)>;

/// Takes the frames of a video in order and writes its file.
pub(super) trait VideoEncoder: Send {
    /// Takes what changed in the next frame.
    fn frame(&mut self, change: FrameChange) -> Result<(), FilmError>;
    /// Puts the file in its place, after the last frame.
    fn finish(self: Box<Self>) -> Result<(), FilmError>;
    /// What encodes, for the user.
    fn name(&self) -> String;
}

/// All that an encoder must know before the first frame.
pub(super) struct EncodingPlan {
    pub(super) path: PathBuf,
    pub(super) container: VideoContainer,
    /// The picture that the first frame changes.
    pub(super) blank: YuvPicture,
    pub(super) fps: u32,
    pub(super) frames: u64,
    pub(super) chapters: Vec<FilmChapter>,
}
