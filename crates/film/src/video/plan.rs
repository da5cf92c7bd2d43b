//! What an encoder is told, and what it has to do.

use std::path::PathBuf;
use std::sync::Arc;

use super::chapters::FilmChapter;
use super::yuv::YuvTile;
use crate::FilmError;
use crate::rate::FrameRate;
use crate::sound::FilmScore;

/// What a video is put into.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum VideoContainer {
    /// H.264 video in MP4.
    Mp4,
    /// VP9 video in `WebM`.
    Webm,
    /// FFV1 video in Matroska: every pixel as it was.
    Mkv,
}

/// What of the pictures a video keeps.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum VideoForm {
    /// Brightness in full, colour at half the resolution, both as closely as the eye asks for.
    Usual,
    /// All of it, to the last bit.
    Lossless,
    /// What is seen through, too.
    Clear,
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
    pub(super) form: VideoForm,
    /// Pixels across and down, both even.
    pub(super) size: (u32, u32),
    pub(super) fps: FrameRate,
    pub(super) frames: u64,
    pub(super) chapters: Vec<FilmChapter>,
    /// What is heard, if anything is.
    pub(super) score: Option<FilmScore>,
    /// The quality: H.264's quantiser, from 0 to 51, the smaller the better; nothing for what is usual.
    pub(super) quantiser: Option<u8>,
}

impl EncodingPlan {
    /// The frames that are shown when chapters begin, in order.
    pub(super) fn keys(&self) -> impl Iterator<Item = u64> {
        self.chapters.iter().map(|chapter| self.fps.index(chapter.at))
    }
}
