//! The atlas: every character in every look that a film has shown, as finished tiles of pixels.
//! A frame is then a matter of copying, and most cells of most frames are found here.

use std::collections::{BTreeSet, HashMap};

use ratatui::buffer::Cell;
use ratatui::style::Modifier;
use unicode_width::UnicodeWidthStr as _;

use crate::raster::colour::{GroundColours, RgbBytes, blend};
use crate::raster::font::{FontError, Fonts, Glyph, GlyphTile};
use crate::raster::geometry::PictureGeometry;
use crate::raster::mask::CoverageMask;
use crate::raster::plane::PixelPlane;
use crate::raster::{shape, window};

/// Bytes of tiles that are kept before all are let go and begun anew: many times what a film needs.
const LARGEST: usize = 48 * 1024 * 1024;
/// Characters that had no glyph and are remembered for the warning.
const REMEMBERED: usize = 64;

/// A tile of the atlas, until its next [generation](TileAtlas::generation).
pub type TileId = u32;

/// What distinguishes one tile from another.
#[derive(PartialEq, Eq, Hash)]
struct TileKey {
    symbol: u32,
    fg: RgbBytes,
    bg: RgbBytes,
    look: Modifier,
}

/// A character that has been seen.
struct SeenSymbol {
    text: Box<str>,
    /// Cells that it covers.
    span: usize,
    missing: bool,
}

/// A finished tile in pixels.
#[derive(Clone, Debug)]
pub struct TilePixels {
    /// Cells that it covers, 1 or 2.
    pub span: usize,
    /// Rows of pixels, `span` cells wide, each of red, green and blue, and, where the ground is seen through, of how much of
    /// it there is.
    pub bytes: Box<[u8]>,
}

/// The tiles of one film.
pub struct TileAtlas {
    fonts: Fonts,
    ground: GroundColours,
    /// Whether pixels say how much of them there is.
    clear: bool,
    /// Whether the ground is seen through; that of a window is not.
    open: bool,
    cell: (usize, usize),
    font: f32,
    /// Steps between background and letter; nothing for as many as there are.
    levels: Option<u8>,
    symbols: Vec<SeenSymbol>,
    known: HashMap<Box<str>, u32>,
    glyphs: HashMap<(u32, Modifier), Glyph>,
    tiles: Vec<TilePixels>,
    index: HashMap<TileKey, TileId>,
    bytes: usize,
    generation: u32,
}

/// The modifiers that choose a face, and those that are drawn over it.
const FACE: Modifier = Modifier::BOLD.union(Modifier::ITALIC);
const LINES: Modifier = Modifier::UNDERLINED.union(Modifier::CROSSED_OUT);

impl TileAtlas {
    /// No tiles yet. With `levels` the edges of letters have so many steps, for a picture with a palette.
    #[must_use]
    pub fn new(geometry: &PictureGeometry, ground: GroundColours, fonts: Fonts, levels: Option<u8>) -> Self {
        Self {
            fonts,
            ground,
            clear: geometry.clear,
            open: geometry.clear && geometry.window.is_none(),
            cell: (geometry.cell.0 as usize, geometry.cell.1 as usize),
            font: geometry.font,
            levels,
            symbols: Vec::new(),
            known: HashMap::new(),
            glyphs: HashMap::new(),
            tiles: Vec::new(),
            index: HashMap::new(),
            bytes: 0,
            generation: 0,
        }
    }

    /// What stands where nothing is drawn.
    #[must_use]
    pub const fn ground(&self) -> GroundColours {
        self.ground
    }

    /// Bytes of a pixel: 3, or 4 where the ground is seen through.
    #[must_use]
    pub const fn channels(&self) -> usize {
        if self.clear { 4 } else { 3 }
    }

    /// A picture of nothing but the ground, and the window if there is one.
    #[must_use]
    pub fn blank(&self, geometry: &PictureGeometry) -> PixelPlane {
        let (width, height) = (geometry.size.0 as usize, geometry.size.1 as usize);
        let ground: &[u8] = if self.clear { &[0; 4] } else { &self.ground.bg };
        let mut plane = PixelPlane::filled(width * ground.len(), height, ground);
        if let Some(backdrop) = geometry.window {
            window::draw(&mut plane, self.channels(), geometry.cell, self.ground, backdrop);
        }
        plane
    }

    /// Colours that a picture has whatever is in its cells: the ground's, and the window's.
    #[must_use]
    pub fn plain(&self, geometry: &PictureGeometry) -> Vec<RgbBytes> {
        let window = geometry.window.map(|backdrop| window::colours(self.ground, backdrop));
        [self.ground.bg].into_iter().chain(window.into_iter().flatten()).collect()
    }

    /// Pixels of a cell.
    #[must_use]
    pub const fn cell(&self) -> (usize, usize) {
        self.cell
    }

    /// Changes when all tiles were let go: ids of an older one mean nothing.
    #[must_use]
    pub const fn generation(&self) -> u32 {
        self.generation
    }

    /// Makes room if too many tiles have gathered. To be asked between two frames, never within one.
    pub fn tidy(&mut self) {
        if self.bytes > LARGEST {
            self.tiles.clear();
            self.index.clear();
            self.glyphs.clear();
            self.bytes = 0;
            self.generation += 1;
        }
    }

    /// The tile for `cell`.
    pub fn tile(&mut self, cell: &Cell) -> TileId {
        let (fg, bg) = self.ground.colours(cell);
        let symbol = self.symbol(cell.symbol());
        let key = TileKey { symbol, fg, bg, look: cell.modifier & (FACE | LINES) };
        if let Some(id) = self.index.get(&key) {
            return *id;
        }
        let pixels = self.paint(&key);
        let id = TileId::try_from(self.tiles.len()).unwrap_or(TileId::MAX);
        self.bytes += pixels.bytes.len();
        self.tiles.push(pixels);
        self.index.insert(key, id);
        id
    }

    /// The pixels of a tile of this generation.
    #[must_use]
    pub fn pixels(&self, id: TileId) -> Option<&TilePixels> {
        self.tiles.get(id as usize)
    }

    /// Cells that `symbol` covers.
    #[must_use]
    pub fn span(symbol: &str) -> usize {
        if symbol.len() <= 1 { 1 } else { symbol.width().clamp(1, 2) }
    }

    /// Characters that no font had, in order.
    #[must_use]
    pub fn missing(&self) -> BTreeSet<&str> {
        self.symbols.iter().filter(|symbol| symbol.missing).map(|symbol| &*symbol.text).take(REMEMBERED).collect()
    }

    /// What was wrong with a font that the user named. To be asked after each frame: the picture is not to be used then.
    ///
    /// # Errors
    /// If something was.
    pub fn check(&mut self) -> Result<(), FontError> {
        self.fonts.check()
    }

    /// What to say about fonts that were found and not named.
    #[must_use]
    pub fn notes(&self) -> Vec<String> {
        self.fonts.notes()
    }

    fn symbol(&mut self, text: &str) -> u32 {
        if let Some(id) = self.known.get(text) {
            return *id;
        }
        let id = u32::try_from(self.symbols.len()).unwrap_or(u32::MAX);
        self.symbols.push(SeenSymbol { text: text.into(), span: Self::span(text), missing: false });
        self.known.insert(text.into(), id);
        id
    }

    fn paint(&mut self, key: &TileKey) -> TilePixels {
        let span = self.symbols.get(key.symbol as usize).map_or(1, |symbol| symbol.span);
        let (width, height) = (self.cell.0 * span, self.cell.1);
        let lines = self.lines(key.look, width, height);
        // What stands on the ground is all that is seen of a picture whose ground isn't.
        let clear = self.open && key.bg == self.ground.bg;
        let four = self.clear;
        let mut bytes = Vec::with_capacity(width * height * self.channels());
        let mut push = |colour: RgbBytes, seen: u8| {
            bytes.extend(if seen == 0 { [0; 3] } else { colour });
            bytes.extend(four.then_some(seen));
        };
        match self.glyph(key, width, height) {
            Glyph::Mask(mask) => {
                for (letter, line) in mask.alpha.iter().zip(&lines.alpha) {
                    let seen = *letter.max(line);
                    if clear { push(key.fg, seen) } else { push(blend(key.bg, key.fg, seen), 255) }
                }
            }
            Glyph::Colour(rgba) => {
                for (pixel, line) in rgba.chunks_exact(4).zip(&lines.alpha) {
                    let [r, g, b, alpha] = *pixel else { continue };
                    if clear {
                        // A line over a glyph is opaque or not there.
                        push(blend([r, g, b], key.fg, *line), alpha.max(*line));
                    } else {
                        push(blend(blend(key.bg, [r, g, b], alpha), key.fg, *line), 255);
                    }
                }
            }
        }
        TilePixels { span, bytes: bytes.into() }
    }

    fn glyph(&mut self, key: &TileKey, width: usize, height: usize) -> &Glyph {
        let look = key.look & FACE;
        let Self { fonts, symbols, glyphs, levels, font, .. } = self;
        glyphs.entry((key.symbol, look)).or_insert_with(|| {
            let tile = GlyphTile { width, height, font: *font };
            let mut symbol = symbols.get_mut(key.symbol as usize);
            let text = symbol.as_ref().map_or(" ", |symbol| &symbol.text);
            let glyph = fonts.draw(text, look, tile);
            if let (None, Some(symbol)) = (&glyph, &mut symbol) {
                symbol.missing = true;
            }
            let mut glyph = glyph.unwrap_or_else(|| Glyph::Mask(shape::replacement(width, height)));
            if let (Glyph::Mask(mask), Some(levels)) = (&mut glyph, levels) {
                mask.step(*levels);
            }
            glyph
        })
    }

    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a few pixels, and the cast saturates")]
    fn lines(&self, look: Modifier, width: usize, height: usize) -> CoverageMask {
        let mut mask = CoverageMask::new(width, height);
        let thick = ((self.font / 14.0).round() as usize).max(1);
        if look.contains(Modifier::UNDERLINED) {
            let top = (height * 7 / 8).min(height.saturating_sub(thick));
            mask.fill((0, top), (width, top + thick), 255);
        }
        if look.contains(Modifier::CROSSED_OUT) {
            mask.fill((0, height * 9 / 16), (width, height * 9 / 16 + thick), 255);
        }
        mask
    }
}
