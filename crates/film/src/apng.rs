//! Animated PNG: lossless, in all colours, and of each frame only the rectangle that changed.
//! A frame that changed nothing lengthens the one before it; how many there are is known before the first is written.

use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use crate::camera::FilmFrame;
use crate::changing::ChangingPicture;
use crate::job::RenderJob;
use crate::output::OutputFile;
use crate::raster::canvas::DirtyRect;
use crate::raster::{Fonts, PictureGeometry};
use crate::rate::FrameRate;
use crate::{Exporter, FilmError, MADE_BY};

/// An animated PNG in the making.
pub struct ApngWriter {
    path: PathBuf,
    geometry: PictureGeometry,
    fonts: Fonts,
    /// How often it plays; 0 for ever.
    plays: u32,
    stage: Option<Box<ApngStage>>,
    notes: Vec<String>,
}

/// What there is between the first frame and the last.
struct ApngStage {
    /// Counts the frames beforehand, from the same start as the pass that writes them.
    survey: ChangingPicture,
    /// Frames that change anything.
    counted: u32,
    frames: ChangingPicture,
    fps: FrameRate,
    output: SharedOutput,
    writer: Option<png::Writer<BufWriter<SharedOutput>>>,
    waiting: Option<HeldFrame>,
    /// Frames of the whole film.
    end: u64,
}

/// A frame that waits for the next one to know how long it stays.
struct HeldFrame {
    rect: DirtyRect,
    pixels: Vec<u8>,
    /// Its number in the film.
    index: u64,
}

/// The file that the encoder writes and its owner names once it is whole.
#[derive(Clone)]
struct SharedOutput(Arc<Mutex<OutputFile>>);

impl Write for SharedOutput {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).flush()
    }
}

impl ApngWriter {
    /// An animated PNG at `path` that plays so many times; 0 for ever.
    #[must_use]
    pub const fn new(path: PathBuf, geometry: PictureGeometry, fonts: Fonts, plays: u32) -> Self {
        Self { path, geometry, fonts, plays, stage: None, notes: Vec::new() }
    }
}

impl Exporter for ApngWriter {
    fn begin(&mut self, job: &RenderJob<'_>) -> Result<(), FilmError> {
        let output = SharedOutput(Arc::new(Mutex::new(OutputFile::create(&self.path)?)));
        let frames = || ChangingPicture::new(job, self.geometry, self.fonts.clone());
        self.stage = Some(Box::new(ApngStage {
            survey: frames(),
            counted: 0,
            frames: frames(),
            fps: job.fps,
            output,
            writer: None,
            waiting: None,
            end: job.frames(),
        }));
        Ok(())
    }

    fn surveys(&self) -> bool {
        true
    }

    fn survey(&mut self, frame: &FilmFrame<'_>) -> Result<(), FilmError> {
        let Some(stage) = &mut self.stage else { return Ok(()) };
        stage.survey.draw(frame)?;
        stage.counted += u32::from(stage.survey.take_dirty().is_some());
        Ok(())
    }

    fn frame(&mut self, frame: &FilmFrame<'_>) -> Result<(), FilmError> {
        let Some(stage) = &mut self.stage else { return Ok(()) };
        stage.frames.draw(frame)?;
        let Some(rect) = stage.frames.take_dirty() else { return Ok(()) };
        let pixels = stage.frames.cut_out(rect);
        stage.release(frame.index, (self.geometry.size, self.plays)).map_err(|error| trouble(&self.path, error))?;
        stage.waiting = Some(HeldFrame { rect, pixels, index: frame.index });
        Ok(())
    }

    fn finish(&mut self) -> Result<(), FilmError> {
        let Some(mut stage) = self.stage.take() else { return Ok(()) };
        let end = stage.end;
        stage.release(end, (self.geometry.size, self.plays)).map_err(|error| trouble(&self.path, error))?;
        self.notes.extend(stage.frames.notes());
        if let Some(writer) = stage.writer.take() {
            writer.finish().map_err(|error| trouble(&self.path, error))?;
        }
        match Arc::into_inner(stage.output.0).map(Mutex::into_inner) {
            Some(output) => output.unwrap_or_else(PoisonError::into_inner).commit(),
            None => Ok(()),
        }
    }

    fn notes(&self) -> Vec<String> {
        self.notes.clone()
    }
}

impl ApngStage {
    /// Writes the frame that waits, now that it is known to be shown until frame `until`.
    fn release(&mut self, until: u64, (size, plays): ((u32, u32), u32)) -> Result<(), png::EncodingError> {
        let Some(HeldFrame { rect, pixels, index }) = self.waiting.take() else { return Ok(()) };
        let (delay, of) = delay(self.fps, index, until);
        let clear = self.frames.channels() == 4;
        let writer = match &mut self.writer {
            Some(writer) => writer,
            none => none.insert(header(self.output.clone(), size, (self.counted, plays), clear)?),
        };
        let pixels_of = |length: usize| u32::try_from(length).unwrap_or(u32::MAX);
        writer.set_frame_delay(delay, of)?;
        // The first frame is the whole picture, which viewers that know no animation show.
        if index > 0 {
            // The old place must not be held against the new size.
            writer.reset_frame_position()?;
            writer.set_frame_dimension(pixels_of(rect.right - rect.left), pixels_of(rect.bottom - rect.top))?;
            writer.set_frame_position(pixels_of(rect.left), pixels_of(rect.top))?;
        }
        writer.write_image_data(&pixels)
    }
}

/// How long frame `index` stays when the next one is `until`: so much of so many parts of a second. To the point where two
/// bytes each have room for that, otherwise to the millisecond of the film's clock.
fn delay(rate: FrameRate, index: u64, until: u64) -> (u16, u16) {
    let exact = until.saturating_sub(index).saturating_mul(rate.seconds().into());
    if let (Ok(delay), Ok(of)) = (u16::try_from(exact), u16::try_from(rate.frames())) {
        return (delay, of);
    }
    let at = |frame: u64| (rate.shown(frame).as_micros() + 500) / 1_000;
    (u16::try_from(at(until).saturating_sub(at(index))).unwrap_or(u16::MAX), 1_000)
}

fn header(
    output: SharedOutput,
    (width, height): (u32, u32),
    (frames, plays): (u32, u32),
    clear: bool,
) -> Result<png::Writer<BufWriter<SharedOutput>>, png::EncodingError> {
    let mut encoder = png::Encoder::new(BufWriter::new(output), width, height);
    encoder.set_color(if clear { png::ColorType::Rgba } else { png::ColorType::Rgb });
    encoder.set_depth(png::BitDepth::Eight);
    // As for stills: tiles repeat to the pixel, which filters would hide from the packer.
    encoder.set_filter(png::Filter::NoFilter);
    encoder.set_deflate_compression(png::DeflateCompression::Level(3));
    encoder.set_animated(frames.max(1), plays)?;
    encoder.set_blend_op(png::BlendOp::Source)?;
    encoder.set_dispose_op(png::DisposeOp::None)?;
    encoder.add_text_chunk("Comment".into(), MADE_BY.into())?;
    encoder.write_header()
}

fn trouble(path: &Path, error: png::EncodingError) -> FilmError {
    FilmError::Io { path: path.to_owned(), source: io::Error::other(error) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::raster::{RequestedSize, WindowBackdrop};
    use crate::tests::{film, short};

    #[test]
    fn each_frame_is_the_picture_at_its_time_to_the_pixel() {
        let television = FrameRate::new(30_000, 1_001).unwrap();
        for (clear, window, rate, of) in
            [(false, Some(WindowBackdrop::Theme), 20.into(), 20), (true, None, television, 30_000)]
        {
            let sizes = RequestedSize { cells: Some((80, 20)), font: Some(10.0), window, ..RequestedSize::default() };
            let geometry = PictureGeometry { clear, ..PictureGeometry::new(sizes, (640, 360)).unwrap() };
            short(geometry, rate, |job| {
                let bytes = film(job, |path| Box::new(ApngWriter::new(path, geometry, Fonts::new(&[]).unwrap(), 3)));
                let mut reader = png::Decoder::new(io::Cursor::new(bytes)).read_info().unwrap();
                let control = *reader.info().animation_control().unwrap();
                assert_eq!(control.num_plays, 3);
                let (width, pixel) = (geometry.size.0 as usize, if clear { 4 } else { 3 });
                let (mut screen, mut shown) = (vec![0; width * geometry.size.1 as usize * pixel], 0);
                let mut picture = ChangingPicture::new(job, geometry, Fonts::new(&[]).unwrap());
                let mut camera = job.camera();
                let mut buffer = vec![0; reader.output_buffer_size().unwrap()];
                for number in 0..control.num_frames {
                    reader.next_frame(&mut buffer).unwrap();
                    let frame = *reader.info().frame_control().unwrap();
                    let (left, top) = (frame.x_offset as usize, frame.y_offset as usize);
                    let across = frame.width as usize * pixel;
                    for (y, row) in buffer.chunks_exact(across).take(frame.height as usize).enumerate() {
                        let at = ((top + y) * width + left) * pixel;
                        screen[at..at + row.len()].copy_from_slice(row);
                    }
                    assert_eq!((number == 0, frame.delay_den), (shown == 0, of));
                    // All frames until the next one are this one.
                    for _ in 0..u32::from(frame.delay_num) / rate.seconds() {
                        picture.draw(&camera.advance().unwrap()).unwrap();
                        assert!(picture.pixels() == screen, "frame {shown} is another picture");
                        shown += 1;
                    }
                }
                assert_eq!(shown, job.frames());
            });
        }
    }

    #[test]
    fn a_long_stay_is_right_to_the_millisecond() {
        let rate = FrameRate::new(24_000, 1_001).unwrap();
        assert_eq!(delay(rate, 3, 5), (2_002, 24_000));
        assert_eq!(delay(rate, 24, 1_024), (41_708, 1_000), "from 1001.0 ms to 42709.3");
        assert_eq!(delay(60.into(), 0, 60_000), (60_000, 60));
    }
}
