//! Animated PNG: lossless, in all colours, and of each frame only the rectangle that changed.
//! A frame that changed nothing lengthens the one before it; how many there are is known before the first is written.

use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use crate::camera::FilmFrame;
use crate::job::RenderJob;
use crate::output::OutputFile;
use crate::raster::atlas::TileAtlas;
use crate::raster::canvas::{DirtyRect, PatchFinder, PixelPlane};
use crate::raster::{Fonts, GroundColours, PictureGeometry};
use crate::{Exporter, FilmError, MADE_BY, missing};

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
    survey: ChangingFrames,
    /// Frames that change anything.
    counted: u32,
    frames: ChangingFrames,
    fps: u16,
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

/// The frames of a film one after the other, and of each the rectangle that differs from the one before.
struct ChangingFrames {
    atlas: TileAtlas,
    patches: PatchFinder,
    plane: PixelPlane,
    first: bool,
}

impl ChangingFrames {
    fn new(job: &RenderJob<'_>, geometry: PictureGeometry, fonts: Fonts) -> Self {
        let atlas = TileAtlas::new(&geometry, GroundColours::of(job.theme), fonts, None);
        let (width, height) = (geometry.size.0 as usize, geometry.size.1 as usize);
        let plane = PixelPlane::filled(width * 3, height, &atlas.ground().bg);
        Self { atlas, patches: PatchFinder::new(geometry), plane, first: true }
    }

    /// Draws `frame`; gives what of it is new. The first one is new as a whole.
    fn draw(&mut self, frame: &FilmFrame<'_>) -> Result<Option<DirtyRect>, FilmError> {
        let (width, height) = (self.plane.stride / 3, self.atlas.cell().1);
        let rows = self.plane.bytes.len() / self.plane.stride.max(1);
        let mut dirty = self.first.then_some(DirtyRect { left: 0, top: 0, right: width, bottom: rows });
        self.first = false;
        for patch in self.patches.of(frame, &mut self.atlas) {
            let Some(pixels) = self.atlas.pixels(patch.tile) else { continue };
            let across = pixels.span * self.atlas.cell().0;
            self.plane.draw_tile(patch.x * 3, patch.y, across * 3, &pixels.rgb);
            let (right, bottom) = ((patch.x + across).min(width), (patch.y + height).min(rows));
            dirty = Some(DirtyRect::with(dirty, DirtyRect { left: patch.x, top: patch.y, right, bottom }));
        }
        self.atlas.check()?;
        Ok(dirty.filter(|rect| rect.left < rect.right && rect.top < rect.bottom))
    }

    fn cut_out(&self, rect: DirtyRect) -> Vec<u8> {
        let rows = self.plane.bytes.chunks_exact(self.plane.stride.max(1)).skip(rect.top).take(rect.bottom - rect.top);
        rows.filter_map(|row| row.get(rect.left * 3..rect.right * 3)).flatten().copied().collect()
    }
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
        let frames = || ChangingFrames::new(job, self.geometry, self.fonts.clone());
        self.stage = Some(Box::new(ApngStage {
            survey: frames(),
            counted: 0,
            frames: frames(),
            fps: u16::try_from(job.fps).unwrap_or(u16::MAX),
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
        stage.counted += u32::from(stage.survey.draw(frame)?.is_some());
        Ok(())
    }

    fn frame(&mut self, frame: &FilmFrame<'_>) -> Result<(), FilmError> {
        let Some(stage) = &mut self.stage else { return Ok(()) };
        let Some(rect) = stage.frames.draw(frame)? else { return Ok(()) };
        let pixels = stage.frames.cut_out(rect);
        stage.release(frame.index, (self.geometry.size, self.plays)).map_err(|error| trouble(&self.path, error))?;
        stage.waiting = Some(HeldFrame { rect, pixels, index: frame.index });
        Ok(())
    }

    fn finish(&mut self) -> Result<(), FilmError> {
        let Some(mut stage) = self.stage.take() else { return Ok(()) };
        let end = stage.end;
        stage.release(end, (self.geometry.size, self.plays)).map_err(|error| trouble(&self.path, error))?;
        self.notes.extend(missing(&stage.frames.atlas));
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
        let delay = u16::try_from(until.saturating_sub(index)).unwrap_or(u16::MAX);
        let writer = match &mut self.writer {
            Some(writer) => writer,
            none => none.insert(header(self.output.clone(), size, (self.counted, plays))?),
        };
        let pixels_of = |length: usize| u32::try_from(length).unwrap_or(u32::MAX);
        writer.set_frame_delay(delay, self.fps)?;
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

fn header(
    output: SharedOutput,
    (width, height): (u32, u32),
    (frames, plays): (u32, u32),
) -> Result<png::Writer<BufWriter<SharedOutput>>, png::EncodingError> {
    let mut encoder = png::Encoder::new(BufWriter::new(output), width, height);
    encoder.set_color(png::ColorType::Rgb);
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
    use std::ops::ControlFlow;

    use super::*;
    use crate::raster::RequestedSize;
    use crate::raster::canvas::Canvas;
    use crate::render;
    use crate::script::FilmScript;
    use crate::tests::recording;
    use speed_kings_core::time::Period;
    use speed_kings_tui::theme::ThemeSet;

    #[test]
    fn each_frame_is_the_picture_at_its_time_to_the_pixel() {
        let (folder, mut recording, themes) = (tempfile::tempdir().unwrap(), recording(), ThemeSet::builtin().unwrap());
        let mut cut = recording.whole();
        cut.hold_verdict = Some(Period::from_millis(100));
        recording.header.cut = Some(cut.clone());
        let sizes = RequestedSize { cells: Some((80, 20)), font: Some(10.0), ..RequestedSize::default() };
        let geometry = PictureGeometry::new(sizes, (640, 360)).unwrap();
        let job =
            RenderJob::new(&recording, FilmScript::new(&recording, cut), geometry.cells, themes.default_theme(), 20);
        let path = folder.path().join("race.apng");
        let export = || {
            let apng = ApngWriter::new(path.clone(), geometry, Fonts::new(&[]).unwrap(), 3);
            let mut exporters: Vec<Box<dyn Exporter>> = vec![Box::new(apng)];
            let troubles = render(&job, &mut exporters, &mut |_| ControlFlow::Continue(())).unwrap();
            assert!(troubles.is_empty(), "{troubles:?}");
            std::fs::read(&path).unwrap()
        };
        let bytes = export();
        assert!(bytes == export(), "the same film is the same bytes");
        let mut reader = png::Decoder::new(io::Cursor::new(bytes)).read_info().unwrap();
        let control = *reader.info().animation_control().unwrap();
        assert_eq!(control.num_plays, 3);
        let (width, height) = (geometry.size.0 as usize, geometry.size.1 as usize);
        let (mut screen, mut shown) = (vec![0; width * height * 3], 0);
        let atlas = TileAtlas::new(&geometry, GroundColours::of(job.theme), Fonts::new(&[]).unwrap(), None);
        let mut canvas = Canvas::new(geometry, atlas);
        let mut camera = job.camera();
        let mut buffer = vec![0; reader.output_buffer_size().unwrap()];
        for number in 0..control.num_frames {
            reader.next_frame(&mut buffer).unwrap();
            let frame = *reader.info().frame_control().unwrap();
            let (left, top) = (frame.x_offset as usize, frame.y_offset as usize);
            for (y, row) in buffer.chunks_exact(frame.width as usize * 3).take(frame.height as usize).enumerate() {
                let at = ((top + y) * width + left) * 3;
                screen[at..at + row.len()].copy_from_slice(row);
            }
            assert_eq!((number == 0, frame.delay_den), (shown == 0, 20));
            // All frames until the next one are this one.
            for _ in 0..frame.delay_num {
                let drawn = canvas.draw(&camera.advance().unwrap()).unwrap();
                assert!(drawn == screen, "frame {shown} is another picture");
                shown += 1;
            }
        }
        assert_eq!(shown, job.frames());
    }
}
