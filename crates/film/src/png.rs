//! PNG stills: one moment of a race as a picture.
//! It needs no frames, and so takes no longer for a long race than for a short one.

use std::io::{self, BufWriter, Write};
use std::path::PathBuf;

use crate::job::RenderJob;
use crate::output::OutputFile;
use crate::raster::atlas::TileAtlas;
use crate::raster::canvas::Canvas;
use crate::raster::{Fonts, GroundColours, PictureGeometry};
use crate::script::StillAt;
use crate::{Exporter, FilmError, MADE_BY, missing};
use speed_kings_tui::show::ScreenMotion;

/// A still in the making.
pub struct PngStill {
    path: PathBuf,
    shot: StillAt,
    geometry: PictureGeometry,
    fonts: Fonts,
    output: Option<OutputFile>,
    notes: Vec<String>,
}

impl PngStill {
    /// A picture of `shot` at `path`.
    #[must_use]
    pub const fn new(path: PathBuf, shot: StillAt, geometry: PictureGeometry, fonts: Fonts) -> Self {
        Self { path, shot, geometry, fonts, output: None, notes: Vec::new() }
    }
}

impl Exporter for PngStill {
    fn begin(&mut self, job: &RenderJob<'_>) -> Result<(), FilmError> {
        let scene = job.script.scene(self.shot);
        let output = OutputFile::create(&self.path)?;
        let atlas = TileAtlas::new(&self.geometry, GroundColours::of(job.theme), self.fonts.clone(), None);
        let mut canvas = Canvas::new(self.geometry, atlas);
        // A card has fewer cells than the film that it may be made along with.
        let job = RenderJob { cells: self.geometry.cells, motion: ScreenMotion::Still, ..job.clone() };
        let mut camera = job.camera();
        let pixels = canvas.draw(&camera.still(scene))?;
        self.output = Some(output.filled(|output| write(output, self.geometry.size, pixels))?);
        self.notes = missing(canvas.atlas());
        Ok(())
    }

    fn finish(&mut self) -> Result<(), FilmError> {
        OutputFile::commit_begun(&mut self.output)
    }

    fn is_moving(&self) -> bool {
        false
    }

    fn notes(&self) -> Vec<String> {
        self.notes.clone()
    }
}

/// Writes rows of pixels, each of red, green and blue and perhaps of how much of it there is, as a PNG.
///
/// # Errors
/// When `out` can't be written.
pub fn write(out: impl Write, (width, height): (u32, u32), pixels: &[u8]) -> io::Result<()> {
    let mut encoder = png::Encoder::new(BufWriter::new(out), width, height);
    let clear = pixels.len() as u64 == u64::from(width) * u64::from(height) * 4;
    encoder.set_color(if clear { png::ColorType::Rgba } else { png::ColorType::Rgb });
    encoder.set_depth(png::BitDepth::Eight);
    // Tiles repeat to the pixel, which filters would hide from the packer; beyond this level it is twice the time for little.
    encoder.set_filter(png::Filter::NoFilter);
    encoder.set_deflate_compression(png::DeflateCompression::Level(3));
    encoder.add_text_chunk("Comment".into(), MADE_BY.into()).map_err(io::Error::other)?;
    let mut writer = encoder.write_header().map_err(io::Error::other)?;
    writer.write_image_data(pixels).map_err(io::Error::other)?;
    writer.finish().map_err(io::Error::other)
}
