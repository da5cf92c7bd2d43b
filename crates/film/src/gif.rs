//! Animated GIF: one palette for the whole clip, and of each frame only the cells that changed.
//! Its clock ticks in hundredths; what a delay is rounded by is carried on, so that the end is where it should be.

mod lzw;
mod palette;

use std::borrow::Cow;
use std::path::{Path, PathBuf};

use crate::camera::FilmFrame;
use crate::changing::refuse_clear;
use crate::gif::lzw::LzwEncoder;
use crate::gif::palette::{ColourSurvey, Palette, TRANSPARENT};
use crate::job::RenderJob;
use crate::output::OutputFile;
use crate::raster::atlas::{TileAtlas, TileId};
use crate::raster::canvas::{DirtyRect, PatchFinder, PixelPlane};
use crate::raster::{Fonts, GroundColours, PictureGeometry};
use crate::{Exporter, FilmError, MADE_BY, missing};
use speed_kings_core::time::Period;

/// Frames a second that players show in full; a faster film gives every second one, or every third.
const FASTEST: u32 = 50;
/// Steps from background to letter: as many as the eye asks for, and few enough for a palette.
const LEVELS: u8 = 6;

/// A GIF in the making.
pub struct GifWriter {
    path: PathBuf,
    geometry: PictureGeometry,
    fonts: Fonts,
    /// How often it plays; 0 for ever.
    plays: u32,
    reel: Option<GifStage>,
    notes: Vec<String>,
}

/// How far a GIF has come.
enum GifStage {
    /// Its colours are counted.
    Counted(Box<CountingPass>),
    /// Its frames are written.
    Written(Box<WritingPass>),
}

/// What there is while the colours are counted.
struct CountingPass {
    output: OutputFile,
    survey: ColourSurvey,
    /// For the frames that come after.
    atlas: TileAtlas,
    step: u64,
    end: Period,
}

impl GifWriter {
    /// A GIF at `path` that plays so many times; 0 for ever.
    #[must_use]
    pub const fn new(path: PathBuf, geometry: PictureGeometry, fonts: Fonts, plays: u32) -> Self {
        Self { path, geometry, fonts, plays, reel: None, notes: Vec::new() }
    }

    /// The film, begun if need be: now all colours are known.
    fn film(&mut self) -> Result<Option<&mut WritingPass>, gif::EncodingError> {
        if let Some(GifStage::Counted(_)) = &self.reel
            && let Some(GifStage::Counted(counted)) = self.reel.take()
        {
            self.reel = Some(GifStage::Written(Box::new(counted.film(self.geometry, self.plays)?)));
        }
        Ok(match &mut self.reel {
            Some(GifStage::Written(film)) => Some(film),
            _ => None,
        })
    }
}

impl Exporter for GifWriter {
    fn begin(&mut self, job: &RenderJob<'_>) -> Result<(), FilmError> {
        refuse_clear(&self.path, &self.geometry)?;
        let output = OutputFile::create(&self.path)?;
        let atlas = || TileAtlas::new(&self.geometry, GroundColours::of(job.theme), self.fonts.clone(), Some(LEVELS));
        let step = job.fps.step(FASTEST);
        if step > 1 {
            self.notes.push(format!(
                "{}: players show up to {FASTEST} frames a second of a GIF, so that one in {step} of {} is in it",
                self.path.display(),
                job.fps
            ));
        }
        self.reel = Some(GifStage::Counted(Box::new(CountingPass {
            output,
            survey: ColourSurvey::new(self.geometry, atlas()),
            atlas: atlas(),
            step: step.into(),
            end: job.shown(job.frames()),
        })));
        Ok(())
    }

    fn surveys(&self) -> bool {
        true
    }

    fn survey(&mut self, frame: &FilmFrame<'_>) -> Result<(), FilmError> {
        if let Some(GifStage::Counted(counted)) = &mut self.reel {
            counted.survey.look(frame)?;
        }
        Ok(())
    }

    fn frame(&mut self, frame: &FilmFrame<'_>) -> Result<(), FilmError> {
        let film = self.film().and_then(|film| film.map_or(Ok(()), |film| film.frame(frame)));
        film.map_err(|error| trouble(&self.path, error))?;
        match &mut self.reel {
            Some(GifStage::Written(film)) => Ok(film.atlas.check()?),
            _ => Ok(()),
        }
    }

    fn finish(&mut self) -> Result<(), FilmError> {
        let Some(GifStage::Written(mut film)) = self.reel.take() else { return Ok(()) };
        let end = film.end;
        film.release(end).map_err(|error| trouble(&self.path, error))?;
        self.notes.extend(missing(&film.atlas));
        let output = film.encoder.into_inner().map_err(|error| trouble(&self.path, error))?;
        output.commit()
    }

    fn notes(&self) -> Vec<String> {
        self.notes.clone()
    }
}

impl CountingPass {
    /// Begins the GIF file, now that all of its colours are known.
    fn film(self, geometry: PictureGeometry, plays: u32) -> Result<WritingPass, gif::EncodingError> {
        let mut palette = self.survey.palette();
        let [width, height] = <[u32; 2]>::from(geometry.size).map(|side| u16::try_from(side).unwrap_or(u16::MAX));
        let mut encoder = gif::Encoder::new(self.output, width, height, &palette.bytes())?;
        // The format counts the times that it plays again; without the count it plays once.
        match u16::try_from(plays).unwrap_or(u16::MAX) {
            0 => encoder.set_repeat(gif::Repeat::Infinite)?,
            1 => {}
            plays => encoder.set_repeat(gif::Repeat::Finite(plays - 1))?,
        }
        encoder.write_raw_extension(gif::Extension::Comment.into(), &[MADE_BY.as_bytes()])?;
        let (width, height) = (usize::from(width), usize::from(height));
        let blank = self.atlas.blank(&geometry).bytes;
        let blank = blank.chunks_exact(3).filter_map(|pixel| pixel.first_chunk()).map(|rgb| palette.index(*rgb));
        let plane = PixelPlane { stride: width, bytes: blank.collect() };
        Ok(WritingPass {
            encoder,
            atlas: self.atlas,
            patches: PatchFinder::new(geometry),
            palette,
            tiles: IndexedTiles::default(),
            lzw: LzwEncoder::default(),
            // The first frame is whole: its margins are drawn with it.
            plane,
            dirty: Some(DirtyRect { left: 0, top: 0, right: width, bottom: height }),
            step: self.step,
            waiting: None,
            end: self.end,
        })
    }
}

fn trouble(path: &Path, error: gif::EncodingError) -> FilmError {
    FilmError::Io { path: path.to_owned(), source: std::io::Error::other(error) }
}

/// Tiles as indices into the palette.
#[derive(Default)]
struct IndexedTiles {
    indices: Vec<Option<Box<[u8]>>>,
    generation: u32,
}

impl IndexedTiles {
    fn get(&mut self, id: TileId, atlas: &TileAtlas, palette: &mut Palette) -> Option<(usize, &[u8])> {
        if self.generation != atlas.generation() {
            self.indices.clear();
            self.generation = atlas.generation();
        }
        let pixels = atlas.pixels(id)?;
        let at = id as usize;
        if self.indices.len() <= at {
            self.indices.resize_with(at + 1, || None);
        }
        let tile = self.indices.get_mut(at)?.get_or_insert_with(|| {
            pixels
                .bytes
                .chunks_exact(3)
                .filter_map(|pixel| pixel.first_chunk())
                .map(|rgb| palette.index(*rgb))
                .collect()
        });
        Some((pixels.span * atlas.cell().0, tile))
    }
}

/// A frame that waits for the next one to know how long it stays.
struct PendingFrame {
    frame: gif::Frame<'static>,
    /// When it is shown, in hundredths of a second.
    shown: u64,
}

/// What there is between the first frame and the last.
struct WritingPass {
    encoder: gif::Encoder<OutputFile>,
    atlas: TileAtlas,
    patches: PatchFinder,
    palette: Palette,
    tiles: IndexedTiles,
    lzw: LzwEncoder,
    /// What changed since the last frame that was released, and nothing around it.
    plane: PixelPlane,
    dirty: Option<DirtyRect>,
    step: u64,
    waiting: Option<PendingFrame>,
    end: Period,
}

impl WritingPass {
    fn frame(&mut self, frame: &FilmFrame<'_>) -> Result<(), gif::EncodingError> {
        let height = self.atlas.cell().1;
        for patch in self.patches.of(frame, &mut self.atlas) {
            let Some((width, tile)) = self.tiles.get(patch.tile, &self.atlas, &mut self.palette) else { continue };
            self.plane.draw_tile(patch.x, patch.y, width, tile);
            let (right, bottom) = ((patch.x + width).min(self.plane.stride), patch.y + height);
            self.dirty = Some(DirtyRect::with(self.dirty, DirtyRect { left: patch.x, top: patch.y, right, bottom }));
        }
        if !frame.index.is_multiple_of(self.step) {
            return Ok(());
        }
        let Some(dirty) = self.dirty.take() else { return Ok(()) };
        self.release(frame.at)?;
        self.waiting = Some(PendingFrame { frame: self.cut_out(dirty), shown: hundredths(frame.at) });
        Ok(())
    }

    /// Writes the frame that waits, now that it is known to be shown until `until`.
    fn release(&mut self, until: Period) -> Result<(), gif::EncodingError> {
        let Some(PendingFrame { mut frame, shown }) = self.waiting.take() else { return Ok(()) };
        let mut left = hundredths(until).saturating_sub(shown);
        loop {
            frame.delay = u16::try_from(left).unwrap_or(u16::MAX);
            self.encoder.write_lzw_pre_encoded_frame(&frame)?;
            left = left.saturating_sub(frame.delay.into());
            if left == 0 {
                return Ok(());
            }
            // More than a delay can say: an empty frame takes over.
            let nothing = self.lzw.encode(&[TRANSPARENT]);
            frame = gif::Frame { width: 1, height: 1, buffer: Cow::Owned(nothing), ..frame };
        }
    }

    /// Takes what changed out of the plane and leaves nothing in it.
    fn cut_out(&mut self, dirty: DirtyRect) -> gif::Frame<'static> {
        let width = dirty.right - dirty.left;
        let mut buffer = Vec::with_capacity(width * (dirty.bottom - dirty.top));
        let rows = self.plane.bytes.chunks_exact_mut(self.plane.stride);
        for row in rows.skip(dirty.top).take(dirty.bottom - dirty.top) {
            if let Some(part) = row.get_mut(dirty.left..dirty.right) {
                buffer.extend_from_slice(part);
                part.fill(TRANSPARENT);
            }
        }
        let side = |length: usize| u16::try_from(length).unwrap_or(u16::MAX);
        gif::Frame {
            left: side(dirty.left),
            top: side(dirty.top),
            width: side(width),
            height: side(dirty.bottom - dirty.top),
            dispose: gif::DisposalMethod::Keep,
            transparent: Some(TRANSPARENT),
            buffer: Cow::Owned(self.lzw.encode(&buffer)),
            ..gif::Frame::default()
        }
    }
}

/// A GIF's own clock.
const fn hundredths(at: Period) -> u64 {
    (at.as_micros() + 5_000) / 10_000
}

#[cfg(test)]
mod tests {
    use std::ops::ControlFlow;

    use super::*;
    use crate::job::RenderJob;
    use crate::raster::RequestedSize;
    use crate::raster::canvas::Canvas;
    use crate::render;
    use crate::script::FilmScript;
    use crate::tests::recording;
    use speed_kings_tui::theme::ThemeSet;

    fn job<'a>(
        recording: &'a speed_kings_recording::Recording,
        themes: &'a ThemeSet,
        geometry: &PictureGeometry,
        fps: u32,
    ) -> RenderJob<'a> {
        let script = FilmScript::new(recording, recording.led_in(2.0).faster(2.0))
            .titled(Period::from_millis(100), Period::ZERO);
        RenderJob::new(recording, script, geometry.cells, themes.default_theme(), fps)
    }

    fn export(job: &RenderJob<'_>, geometry: PictureGeometry, path: &Path) -> Vec<u8> {
        let gif = GifWriter::new(path.to_owned(), geometry, Fonts::new(&[]).unwrap(), 0);
        let mut exporters: Vec<Box<dyn Exporter>> = vec![Box::new(gif)];
        assert!(render(job, &mut exporters, &mut |_| ControlFlow::Continue(())).unwrap().is_empty());
        std::fs::read(path).unwrap()
    }

    #[test]
    fn counting_its_colours_is_part_of_the_work_and_can_be_ended() {
        let (folder, recording, themes) = (tempfile::tempdir().unwrap(), recording(), ThemeSet::builtin().unwrap());
        let sizes = RequestedSize { cells: Some((40, 12)), font: Some(10.0), ..RequestedSize::default() };
        let geometry = PictureGeometry::new(sizes, (640, 360)).unwrap();
        let job = job(&recording, &themes, &geometry, 100);
        let render = |until: (u64, u64)| {
            let (mut steps, mut last) = (0, None);
            let gif = GifWriter::new(folder.path().join("race.gif"), geometry, Fonts::new(&[]).unwrap(), 0);
            let mut exporters: Vec<Box<dyn Exporter>> = vec![Box::new(gif)];
            let ended = render(&job, &mut exporters, &mut |step| {
                (steps, last) = (steps + 1, Some(step));
                if (step.pass, step.frame) < until { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
            });
            (ended, steps, last.unwrap(), exporters[0].notes())
        };
        let (ended, steps, _, _) = render((0, 3));
        assert!(matches!(ended, Err(FilmError::Cancelled)));
        assert_eq!(steps, 3);
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
        let (ended, steps, last, notes) = render((2, 0));
        assert!(ended.is_ok());
        assert_eq!((steps, last.frame, last.pass, last.passes), (2 * job.frames(), last.frames, 1, 2));
        assert!(notes[0].contains("up to 50 frames a second") && notes[0].contains("one in 2 of 100"), "{notes:?}");
    }

    #[test]
    fn each_frame_is_the_still_at_its_time_and_all_last_as_long_as_the_film() {
        let (folder, mut recording, themes) = (tempfile::tempdir().unwrap(), recording(), ThemeSet::builtin().unwrap());
        let mut cut = recording.whole();
        cut.hold_verdict = Some(Period::from_millis(100));
        recording.header.cut = Some(cut);
        let sizes = RequestedSize { cells: Some((80, 20)), font: Some(10.0), ..RequestedSize::default() };
        let geometry = PictureGeometry::new(sizes, (640, 360)).unwrap();
        // Sixty a second are more than a GIF shows: every second frame is there.
        for fps in [12, 60] {
            let job = job(&recording, &themes, &geometry, fps);
            let path = folder.path().join("race.gif");
            let bytes = export(&job, geometry, &path);
            assert!(bytes == export(&job, geometry, &path), "the same film is the same bytes");
            let mut options = gif::DecodeOptions::new();
            options.set_color_output(gif::ColorOutput::RGBA);
            let mut decoder = options.read_info(bytes.as_slice()).unwrap();
            let (width, height) = (geometry.size.0 as usize, geometry.size.1 as usize);
            let (mut screen, mut shown) = (vec![0; width * height * 3], 0u64);
            let atlas = TileAtlas::new(&geometry, GroundColours::of(job.theme), Fonts::new(&[]).unwrap(), None);
            let mut canvas = Canvas::new(geometry, atlas);
            while let Some(frame) = decoder.read_next_frame().unwrap() {
                for (y, row) in frame.buffer.chunks_exact(usize::from(frame.width) * 4).enumerate() {
                    for (x, pixel) in row.chunks_exact(4).enumerate().filter(|(_, pixel)| pixel[3] > 0) {
                        let at = ((usize::from(frame.top) + y) * width + usize::from(frame.left) + x) * 3;
                        screen[at..at + 3].copy_from_slice(&pixel[..3]);
                    }
                }
                // The frame nearest to the hundredth at which it is shown.
                let index = (shown * u64::from(fps) + 50) / 100;
                let scene = job.script.at(job.shown(index));
                let mut camera = job.camera();
                let still = canvas.draw(&camera.still(scene)).unwrap();
                let off = screen.iter().zip(still).map(|(a, b): (&u8, &u8)| a.abs_diff(*b)).max().unwrap();
                // While one screen comes over another there is no still of it.
                let turns = job.script.turn(job.shown(index)).is_some();
                assert!(turns || off <= 60, "frame {index} at {fps}/s is off by {off}");
                assert!(u64::from(frame.delay) >= 2, "players slow down what is faster");
                shown += u64::from(frame.delay);
            }
            assert_eq!(shown, hundredths(job.shown(job.frames())), "at {fps}/s");
        }
    }
}
