//! What an encoder is told, and what it has to do.

use std::path::PathBuf;
use std::sync::Arc;

use super::chapters::FilmChapter;
use super::yuv::{YuvPicture, YuvTile};
use crate::FilmError;
use speed_kings_core::time::Period;

/// What a video is put into.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum VideoContainer {
    /// H.264 video in MP4.
    Mp4,
    /// VP9 video in `WebM`.
    Webm,
}

/// Who encodes a video.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum EncoderChoice {
    /// ffmpeg where it is installed and can, otherwise the one inside.
    #[default]
    Either,
    /// The one inside: the same bytes everywhere.
    BuiltIn,
    /// The ffmpeg that is installed.
    Ffmpeg,
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
    /// The quality: H.264's quantiser, from 0 to 51, the smaller the better; nothing for what is usual.
    pub(super) quantiser: Option<u8>,
}

impl EncodingPlan {
    /// The frames that are shown when chapters begin, in order.
    pub(super) fn keys(&self) -> impl Iterator<Item = u64> {
        // Both clocks are rounded down to the µs.
        let frame = |at: Period| u128::from(at.as_micros() + 1) * u128::from(self.fps) / 1_000_000;
        self.chapters.iter().map(move |chapter| u64::try_from(frame(chapter.at)).unwrap_or(u64::MAX))
    }
}
