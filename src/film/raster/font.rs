//! Letters out of fonts: the bundled faces, the user's own, and what is drawn where no font has a character.
//! A monospaced font of the user's takes the place of the bundled one; any other only fills its gaps.

use std::borrow::Cow;
use std::path::{Path, PathBuf};

use ratatui::style::Modifier;
use swash::scale::{Render, ScaleContext, Source, StrikeWith, image::Content};
use swash::zeno::Vector;
use swash::{CacheKey, FontRef, GlyphId};
use unicode_width::UnicodeWidthChar as _;

use crate::film::raster::mask::Mask;
use crate::film::raster::shape;

/// `JetBrains` Mono, subsets of its four faces; see `fonts/OFL.txt`.
const FACES: [&[u8]; 4] = [
    include_bytes!("../../../fonts/JetBrainsMono-Regular.ttf"),
    include_bytes!("../../../fonts/JetBrainsMono-Bold.ttf"),
    include_bytes!("../../../fonts/JetBrainsMono-Italic.ttf"),
    include_bytes!("../../../fonts/JetBrainsMono-BoldItalic.ttf"),
];
/// Symbols that those lack, out of `DejaVu`; see `fonts/DEJAVU.txt`.
const SYMBOLS: [&[u8]; 2] = [
    include_bytes!("../../../fonts/DejaVuSansMono-Symbols.ttf"),
    include_bytes!("../../../fonts/DejaVuSans-Symbols.ttf"),
];

/// A user's font may not be larger than this: the largest with all of CJK stay well below.
const LARGEST_FONT: u64 = 128 * 1024 * 1024;
/// Marks on one letter that are drawn; text can pile up thousands.
const MARKS: usize = 4;
/// How large the two letters of a control character's picture are.
const SMALL: f32 = 0.55;

/// Why a font can't be used.
#[derive(Debug, thiserror::Error)]
pub enum FontError {
    /// The file gave trouble.
    #[error("font {}: {source}", path.display())]
    Io {
        /// Which.
        path: PathBuf,
        /// What trouble.
        source: std::io::Error,
    },
    /// Something else.
    #[error("font {}: not a font that can be read; TrueType and OpenType files can (.ttf, .otf, .ttc)", .0.display())]
    Format(PathBuf),
}

/// One face.
#[derive(Clone)]
struct Face {
    data: Cow<'static, [u8]>,
    offset: u32,
    key: CacheKey,
}

impl Face {
    fn new(data: Cow<'static, [u8]>) -> Option<Self> {
        let (offset, key) = FontRef::from_index(&data, 0).map(|font| (font.offset, font.key))?;
        Some(Self { data, offset, key })
    }

    fn font(&self) -> FontRef<'_> {
        FontRef { data: &self.data, offset: self.offset, key: self.key }
    }

    fn glyph(&self, letter: char) -> Option<GlyphId> {
        Some(self.font().charmap().map(letter)).filter(|glyph| *glyph != 0)
    }

    /// Whether all of its letters are as wide as each other, so that it can stand in a grid.
    fn is_monospaced(&self) -> bool {
        let metrics = self.font().glyph_metrics(&[]);
        let width = |letter| self.glyph(letter).map(|glyph| metrics.advance_width(glyph));
        width('i').is_some() && width('i') == width('M') && width('.') == width('M')
    }
}

/// What a character looks like in its tile.
#[derive(Clone)]
pub(super) enum Glyph {
    /// In the letters' colour.
    Mask(Mask),
    /// In colours of its own: rows of red, green, blue and alpha.
    Colour(Vec<u8>),
}

/// A tile to be filled.
#[derive(Clone, Copy, Debug)]
pub(super) struct Tile {
    /// Pixels across, of all the cells it covers.
    pub(super) width: usize,
    /// Pixels down.
    pub(super) height: usize,
    /// Height of the letters in pixels.
    pub(super) font: f32,
}

/// The fonts that letters come from.
#[derive(Clone)]
pub struct Fonts {
    /// Regular, bold, italic, bold italic.
    faces: Vec<Face>,
    /// In the order in which they are asked for what those lack.
    others: Vec<Face>,
}

impl Fonts {
    /// The bundled fonts with those of `files`.
    ///
    /// # Errors
    /// When a file can't be read or is no font.
    pub fn new(files: &[PathBuf]) -> Result<Self, FontError> {
        let bundled = |data: &'static [u8]| Face::new(Cow::Borrowed(data));
        let mut fonts = Self { faces: FACES.into_iter().filter_map(bundled).collect(), others: Vec::new() };
        for path in files {
            let face = read(path)?;
            if face.is_monospaced() {
                // What it lacks comes out of the bundled faces as before.
                fonts.others.extend(fonts.faces.first().cloned());
                fonts.faces = vec![face];
            } else {
                fonts.others.push(face);
            }
        }
        fonts.others.extend(SYMBOLS.into_iter().filter_map(bundled));
        Ok(fonts)
    }

    /// Draws `symbol` into a tile. `None` where no font has it.
    pub(super) fn draw(&self, context: &mut ScaleContext, symbol: &str, look: Modifier, tile: Tile) -> Option<Glyph> {
        let mut letters = symbol.chars();
        let Some(base) = letters.next().filter(|letter| !letter.is_whitespace()) else {
            return Some(Glyph::Mask(Mask::new(tile.width, tile.height)));
        };
        if let Some(mask) = shape::draw(base, tile.width, tile.height) {
            return Some(Glyph::Mask(mask));
        }
        let Some(mut glyph) = self.letter(context, base, look, tile) else {
            return self.control(context, base, tile).map(Glyph::Mask);
        };
        let joined = letters.take_while(|letter| *letter != '\u{200d}');
        for mark in joined.filter(|letter| letter.width() == Some(0)).take(MARKS) {
            let over = self.letter(context, mark, look, tile);
            if let (Glyph::Mask(mask), Some(Glyph::Mask(over))) = (&mut glyph, over) {
                mask.alpha.iter_mut().zip(over.alpha).for_each(|(pixel, over)| *pixel = over.max(*pixel));
            }
        }
        Some(glyph)
    }

    fn letter(&self, context: &mut ScaleContext, letter: char, look: Modifier, tile: Tile) -> Option<Glyph> {
        let style = usize::from(look.contains(Modifier::BOLD)) + 2 * usize::from(look.contains(Modifier::ITALIC));
        let main = self.faces.get(style).or_else(|| self.faces.first())?;
        if let Some(glyph) = main.glyph(letter) {
            return render(context, main, glyph, tile, false);
        }
        let (face, glyph) = self.others.iter().find_map(|face| Some((face, face.glyph(letter)?)))?;
        render(context, face, glyph, tile, true)
    }

    /// The picture of a control character: two small letters, one lower than the other.
    fn control(&self, context: &mut ScaleContext, letter: char, tile: Tile) -> Option<Mask> {
        const NAMES: &[u8] = b"NUSHSXEXETEQAKBLBSHTLFVTFFCRSOSIDLD1D2D3D4NKSYEBCNEMSBECFSGSRSUSSPDT";
        let index = usize::try_from(u32::from(letter).checked_sub(0x2400)?).ok()?;
        let [first, second] = *NAMES.get(index * 2..index * 2 + 2)? else { return None };
        let small = Tile { width: tile.width / 2 + 1, height: tile.height * 6 / 10, font: tile.font * SMALL };
        let mut mask = Mask::new(tile.width, tile.height);
        for (letter, x, y) in [(first, 0, tile.height / 12), (second, tile.width / 2 - 1, tile.height * 4 / 10)] {
            if let Some(Glyph::Mask(part)) = self.letter(context, letter.into(), Modifier::empty(), small) {
                place(&mut mask, &part.alpha, small.width, (signed(x), signed(y)));
            }
        }
        Some(mask)
    }
}

fn read(path: &Path) -> Result<Face, FontError> {
    let trouble = |source| FontError::Io { path: path.to_owned(), source };
    if std::fs::metadata(path).map_err(trouble)?.len() > LARGEST_FONT {
        return Err(trouble(std::io::Error::other(format!("too large for a font (over {LARGEST_FONT} bytes)"))));
    }
    let data = std::fs::read(path).map_err(trouble)?;
    Face::new(data.into()).ok_or_else(|| FontError::Format(path.to_owned()))
}

/// Renders a glyph on the tile's baseline; one that is too wide for the tile when `fit` is made smaller.
fn render(context: &mut ScaleContext, face: &Face, glyph: GlyphId, tile: Tile, fit: bool) -> Option<Glyph> {
    let font = face.font();
    let room = pixels(tile.width);
    let advance = font.glyph_metrics(&[]).scale(tile.font).advance_width(glyph);
    let size = if fit && advance > room { tile.font * room / advance } else { tile.font };
    let advance = advance * size / tile.font;
    let metrics = font.metrics(&[]).scale(size);
    // A mark that takes no room is drawn back over the letter before it.
    let left = if advance > 0.0 { ((room - advance) / 2.0).round() } else { room };
    let baseline = ((pixels(tile.height) - metrics.ascent - metrics.descent) / 2.0 + metrics.ascent).round();
    let mut scaler = context.builder(font).size(size).hint(true).build();
    let sources = [Source::ColorOutline(0), Source::ColorBitmap(StrikeWith::BestFit), Source::Outline];
    let image = Render::new(&sources).offset(Vector::new(0.0, 0.0)).render(&mut scaler, glyph)?;
    let (width, height) = (image.placement.width as usize, image.placement.height as usize);
    if image.content == Content::Color {
        return Some(colour(&image.data, (width, height), tile));
    }
    let mut mask = Mask::new(tile.width, tile.height);
    let at = (
        whole(left) + isize::try_from(image.placement.left).ok()?,
        whole(baseline) - isize::try_from(image.placement.top).ok()?,
    );
    place(&mut mask, &image.data, width, at);
    Some(Glyph::Mask(mask))
}

/// Puts rows of `width` values into `mask`, as far as they lie within it.
fn place(mask: &mut Mask, alpha: &[u8], width: usize, (left, top): (isize, isize)) {
    for (row, y) in alpha.chunks_exact(width.max(1)).zip(top..) {
        for (alpha, x) in row.iter().zip(left..) {
            if let (Ok(x), Ok(y)) = (usize::try_from(x), usize::try_from(y)) {
                mask.cover(x, y, *alpha);
            }
        }
    }
}

/// A picture in colours, brought to the tile's size by the mean of the pixels that fall on each.
fn colour(rgba: &[u8], (width, height): (usize, usize), tile: Tile) -> Glyph {
    let side = tile.width.min(tile.height).max(1);
    let (left, top) = ((tile.width - side.min(tile.width)) / 2, (tile.height - side.min(tile.height)) / 2);
    let longest = width.max(height).max(1);
    let mut out = vec![0; tile.width * tile.height * 4];
    for (index, pixel) in out.chunks_exact_mut(4).enumerate() {
        let (x, y) = (index % tile.width, index / tile.width);
        let (Some(x), Some(y)) = (x.checked_sub(left), y.checked_sub(top)) else { continue };
        if x >= side || y >= side {
            continue;
        }
        let span = |at: usize| at * longest / side..((at + 1) * longest / side).max(at * longest / side + 1);
        let (mut sums, mut weight, mut count) = ([0usize; 3], 0usize, 0usize);
        for (row, column) in span(y).flat_map(|row| span(x).map(move |column| (row, column))) {
            count += 1;
            let start = (row * width + column) * 4;
            if column < width
                && let Some([r, g, b, a]) = rgba.get(start..start + 4)
            {
                let alpha = usize::from(*a);
                sums.iter_mut().zip([r, g, b]).for_each(|(sum, value)| *sum += usize::from(*value) * alpha);
                weight += alpha;
            }
        }
        let mean = sums.map(|sum| u8::try_from(sum / weight.max(1)).unwrap_or(u8::MAX));
        let alpha = u8::try_from(weight / count.max(1)).unwrap_or(u8::MAX);
        pixel.copy_from_slice(&[mean[0], mean[1], mean[2], alpha]);
    }
    Glyph::Colour(out)
}

#[expect(clippy::cast_precision_loss, reason = "tiles are small")]
const fn pixels(count: usize) -> f32 {
    count as f32
}

#[expect(clippy::cast_possible_truncation, reason = "tiles are small and the cast saturates")]
fn whole(value: f32) -> isize {
    value as isize
}

fn signed(value: usize) -> isize {
    isize::try_from(value).unwrap_or(isize::MAX)
}
