//! Animated WebP: lossless, in all colours, and of each frame only the rectangle that changed.
//! The container is written here, as Google's "WebP Container Specification" has it, since `image-webp` writes stills alone;
//! its stills are the frames.

use std::io::{self, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};

use image_webp::{ColorType, WebPEncoder};

use crate::camera::FilmFrame;
use crate::changing::ChangingPicture;
use crate::job::RenderJob;
use crate::output::OutputFile;
use crate::raster::canvas::DirtyRect;
use crate::raster::{Fonts, PictureGeometry};
use crate::{Exporter, FilmError, MADE_BY};
use speed_kings_core::time::Period;

/// Frames a second that browsers show in full: they take a frame of 10 ms or less for one of 100 ms.
const FASTEST: u32 = 60;
/// What is in the file: an animation, notes about it, and pixels that are seen through.
const FLAGS: (u8, u8, u8) = (0x02, 0x04, 0x10);
/// A frame replaces what is below it, and stays.
const REPLACE: u8 = 0x02;
/// Bytes before what the first chunk holds, which the file's length counts without the first 8.
const HEAD: u64 = 8;

/// An animated WebP in the making.
pub struct WebpWriter {
    path: PathBuf,
    geometry: PictureGeometry,
    fonts: Fonts,
    /// How often it plays; 0 for ever.
    plays: u32,
    reel: Option<Box<WebpReel>>,
    notes: Vec<String>,
}

/// What there is between the first frame and the last.
struct WebpReel {
    output: OutputFile,
    picture: ChangingPicture,
    waiting: Option<WaitingFrame>,
    step: u64,
    end: Period,
    length: u64,
}

/// A frame that waits for the next one to know how long it stays.
struct WaitingFrame {
    /// All of its chunk but the times.
    rect: DirtyRect,
    still: Vec<u8>,
    shown: Period,
}

impl WebpWriter {
    /// An animated WebP at `path` that plays so many times; 0 for ever.
    #[must_use]
    pub const fn new(path: PathBuf, geometry: PictureGeometry, fonts: Fonts, plays: u32) -> Self {
        Self { path, geometry, fonts, plays, reel: None, notes: Vec::new() }
    }
}

impl Exporter for WebpWriter {
    fn begin(&mut self, job: &RenderJob<'_>) -> Result<(), FilmError> {
        let step = job.fps.step(FASTEST);
        if step > 1 {
            self.notes.push(format!(
                "{}: browsers show up to {FASTEST} frames a second of a WebP, so that one in {step} of {} is in it",
                self.path.display(),
                job.fps
            ));
        }
        let mut reel = WebpReel {
            output: OutputFile::create(&self.path)?,
            picture: ChangingPicture::new(job, self.geometry, self.fonts.clone()),
            waiting: None,
            step: step.into(),
            end: job.shown(job.frames()),
            length: 0,
        };
        let head = head(self.geometry, self.plays);
        reel.write(&head).map_err(|source| reel.output.trouble(source))?;
        self.reel = Some(Box::new(reel));
        Ok(())
    }

    fn frame(&mut self, frame: &FilmFrame<'_>) -> Result<(), FilmError> {
        let Some(reel) = &mut self.reel else { return Ok(()) };
        reel.picture.draw(frame)?;
        if !frame.index.is_multiple_of(reel.step) {
            return Ok(());
        }
        let Some(rect) = reel.picture.take_dirty() else { return Ok(()) };
        let rect = DirtyRect { left: rect.left / 2 * 2, top: rect.top / 2 * 2, ..rect };
        let still = still(&reel.picture, rect).map_err(|source| trouble(&self.path, source))?;
        reel.release(frame.at).map_err(|source| trouble(&self.path, source))?;
        reel.waiting = Some(WaitingFrame { rect, still, shown: frame.at });
        Ok(())
    }

    fn finish(&mut self) -> Result<(), FilmError> {
        let Some(mut reel) = self.reel.take() else { return Ok(()) };
        self.notes.extend(reel.picture.notes());
        reel.end().map_err(|source| trouble(&self.path, source))?;
        reel.output.commit()
    }

    fn notes(&self) -> Vec<String> {
        self.notes.clone()
    }
}

impl WebpReel {
    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.length += bytes.len() as u64;
        if self.length > u64::from(u32::MAX) {
            return Err(io::Error::other("a WebP ends at 4 GiB; fewer frames, fewer pixels, or .mp4"));
        }
        self.output.write_all(bytes)
    }

    /// Writes the frame that waits, now that it is known to be shown until `until`.
    fn release(&mut self, until: Period) -> io::Result<()> {
        let Some(WaitingFrame { rect, still, shown }) = self.waiting.take() else { return Ok(()) };
        // What a time is rounded by is made good by the next one.
        let length = milliseconds(until).saturating_sub(milliseconds(shown)).min(0xff_ffff);
        let mut frame = Vec::with_capacity(still.len() + 16);
        let side = |from: usize, to: usize| (to - from).saturating_sub(1);
        let numbers =
            [rect.left / 2, rect.top / 2, side(rect.left, rect.right), side(rect.top, rect.bottom)].map(|n| n as u64);
        frame.extend(numbers.into_iter().chain([length]).flat_map(three));
        frame.push(REPLACE);
        frame.extend(still);
        self.write(&chunk(*b"ANMF", &frame))
    }

    /// Writes the last frame and what the file is, and the file's length, which stands ahead of all.
    fn end(&mut self) -> io::Result<()> {
        self.release(self.end)?;
        let note = format!("<x:xmpmeta xmlns:x=\"adobe:ns:meta/\" x:xmptk=\"{MADE_BY}\"/>");
        self.write(&chunk(*b"XMP ", note.as_bytes()))?;
        let length = u32::try_from(self.length - HEAD).unwrap_or(u32::MAX);
        self.output.seek(SeekFrom::Start(4))?;
        self.output.write_all(&length.to_le_bytes())
    }
}

/// `rect` of `picture` as the chunk that a still would be.
fn still(picture: &ChangingPicture, rect: DirtyRect) -> io::Result<Vec<u8>> {
    let (colours, mut file) = (if picture.channels() == 4 { ColorType::Rgba8 } else { ColorType::Rgb8 }, Vec::new());
    let side = |length: usize| u32::try_from(length).unwrap_or(u32::MAX);
    let (width, height) = (side(rect.right - rect.left), side(rect.bottom - rect.top));
    WebPEncoder::new(&mut file).encode(&picture.cut_out(rect), width, height, colours).map_err(io::Error::other)?;
    // What stands before it is the length of a file and what it is.
    Ok(file.split_off(12.min(file.len())))
}

/// The beginning of the file; its length is written last.
fn head(geometry: PictureGeometry, plays: u32) -> Vec<u8> {
    let clear = if geometry.clear { FLAGS.2 } else { 0 };
    let mut about = vec![FLAGS.0 | FLAGS.1 | clear, 0, 0, 0];
    about.extend([geometry.size.0, geometry.size.1].into_iter().flat_map(|side| three(u64::from(side - 1))));
    let plays = u16::try_from(plays).unwrap_or(u16::MAX).to_le_bytes();
    let mut head = b"RIFF\0\0\0\0WEBP".to_vec();
    head.extend(chunk(*b"VP8X", &about));
    head.extend(chunk(*b"ANIM", &[&[0; 4][..], &plays].concat()));
    head
}

/// A chunk: its name, its length, and an even number of bytes.
fn chunk(name: [u8; 4], body: &[u8]) -> Vec<u8> {
    let mut chunk = name.to_vec();
    chunk.extend(u32::try_from(body.len()).unwrap_or(u32::MAX).to_le_bytes());
    chunk.extend_from_slice(body);
    if !body.len().is_multiple_of(2) {
        chunk.push(0);
    }
    chunk
}

/// A number in three bytes, the lowest first.
fn three(number: u64) -> impl Iterator<Item = u8> {
    number.to_le_bytes().into_iter().take(3)
}

const fn milliseconds(at: Period) -> u64 {
    (at.as_micros() + 500) / 1_000
}

fn trouble(path: &Path, source: io::Error) -> FilmError {
    FilmError::Io { path: path.to_owned(), source }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::raster::RequestedSize;
    use crate::rate::FrameRate;
    use crate::tests::{film, short};

    #[test]
    fn each_frame_is_the_picture_at_its_time_to_the_pixel() {
        for (clear, rate) in [(false, FrameRate::from(20)), (true, FrameRate::new(24_000, 1_001).unwrap())] {
            let sizes = RequestedSize { cells: Some((80, 20)), font: Some(10.0), ..RequestedSize::default() };
            let geometry = PictureGeometry { clear, ..PictureGeometry::new(sizes, (640, 360)).unwrap() };
            short(geometry, rate, |job| {
                let bytes = film(job, |path| Box::new(WebpWriter::new(path, geometry, Fonts::new(&[]).unwrap(), 3)));
                assert_eq!(
                    bytes.len(),
                    usize::try_from(u32::from_le_bytes(bytes[4..8].try_into().unwrap())).unwrap() + 8
                );
                assert!(bytes.windows(MADE_BY.len()).any(|part| part == MADE_BY.as_bytes()));
                let mut reader = image_webp::WebPDecoder::new(io::Cursor::new(&bytes)).unwrap();
                assert_eq!((reader.dimensions(), reader.has_alpha()), (geometry.size, clear));
                assert!(matches!(reader.loop_count(), image_webp::LoopCount::Times(times) if times.get() == 3));
                let mut picture = ChangingPicture::new(job, geometry, Fonts::new(&[]).unwrap());
                let (mut camera, mut next, mut shown) = (job.camera(), 0, 0);
                let mut buffer = vec![0; reader.output_buffer_size().unwrap()];
                for _ in 0..reader.num_frames() {
                    let until = shown + u64::from(reader.read_frame(&mut buffer).unwrap());
                    // All frames until the next one are this one.
                    while next < job.frames() && milliseconds(job.shown(next)) < until {
                        picture.draw(&camera.advance().unwrap()).unwrap();
                        assert!(picture.pixels() == buffer, "frame {next} is another picture");
                        next += 1;
                    }
                    shown = until;
                }
                assert_eq!((next, shown), (job.frames(), milliseconds(job.shown(job.frames()))));
            });
        }
    }
}
