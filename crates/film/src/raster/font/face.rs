//! One face: what it says of itself, which glyph it has for a character, and the drawing of that within bounds.
//! One that came from outside is looked at and drawn only where a panic or an endless loop does no harm.

use std::borrow::Cow;
use std::path::Path;
use std::sync::Arc;

use skrifa::instance::{LocationRef, Size};
use skrifa::raw::{FileRef, TableProvider as _};
use skrifa::{FontRef, GlyphId, MetadataProvider as _, Tag};

use crate::raster::font::contained::contained;
use crate::raster::font::damage::FontDamage;
use crate::raster::font::draw::draw;
use crate::raster::font::glyph::{Glyph, GlyphTile};
use crate::raster::font::sequence::ligature;
use speed_kings_core::text::printable;

/// Tables that letters are drawn from. Others may be damaged.
const TABLES: [&[u8; 4]; 18] = [
    b"head", b"maxp", b"hhea", b"hmtx", b"cmap", b"OS/2", b"loca", b"glyf", b"CFF ", b"CFF2", b"CBLC", b"CBDT",
    b"sbix", b"COLR", b"CPAL", b"GSUB", b"fpgm", b"prep",
];
/// Those of them without which nothing can be drawn.
const NEEDED: [&[u8; 4]; 4] = [b"head", b"maxp", b"hmtx", b"cmap"];

/// What is to be drawn as one glyph.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum GlyphRequest {
    /// One character, with the variation selector that chooses its form.
    Letter(char, Option<char>),
    /// Several that mean one thing together, such as a flag.
    Sequence(Vec<char>),
}

impl GlyphRequest {
    /// Its characters; that of a letter without its variation selector.
    pub(super) fn letters(&self) -> Vec<char> {
        match self {
            Self::Letter(letter, _) => vec![*letter],
            Self::Sequence(letters) => letters.clone(),
        }
    }

    /// Its characters as text.
    pub(super) fn text(&self) -> String {
        printable(&String::from_iter(self.letters())).into_owned()
    }
}

/// One face of a font, with the bytes of its file.
#[derive(Clone)]
pub(super) struct FontFace {
    data: Arc<Cow<'static, [u8]>>,
    /// The file it came from; nothing for a bundled one, which is trusted.
    pub(super) path: Option<Arc<Path>>,
    /// Whether its glyphs have colours of their own.
    pub(super) colour: bool,
    /// Whether all of its letters are as wide as each other, so that it can stand in a grid.
    pub(super) monospaced: bool,
}

impl FontFace {
    pub(super) fn bundled(data: &'static [u8]) -> Self {
        let data = Arc::new(Cow::Borrowed(data));
        Self { data, path: None, colour: false, monospaced: true }
    }

    /// The first face in `data`, which is that of the file at `path`.
    ///
    /// # Errors
    /// When it is no font or a damaged one.
    pub(super) fn new(data: Vec<u8>, path: &Path) -> Result<Self, FontDamage> {
        let data = Arc::new(Cow::Owned(data));
        let checked = Arc::clone(&data);
        let (colour, monospaced) = contained(move || check(&checked))??;
        Ok(Self { data, path: Some(path.into()), colour, monospaced })
    }

    /// Draws what is `wanted`; nothing if the face hasn't got it. With `fit` it is made smaller where it is too wide.
    ///
    /// # Errors
    /// When it can't be drawn within bounds.
    pub(super) fn draw(&self, wanted: &GlyphRequest, tile: GlyphTile, fit: bool) -> Result<Option<Glyph>, FontDamage> {
        if self.path.is_none() {
            return drawn(&self.data, wanted, tile, fit, self.colour);
        }
        let (data, wanted, colour) = (Arc::clone(&self.data), wanted.clone(), self.colour);
        contained(move || drawn(&data, &wanted, tile, fit, colour))?
    }
}

fn drawn(
    data: &[u8],
    wanted: &GlyphRequest,
    tile: GlyphTile,
    fit: bool,
    colour: bool,
) -> Result<Option<Glyph>, FontDamage> {
    let font = FontRef::from_index(data, 0).map_err(|_| FontDamage::NoFont)?;
    match glyph(&font, wanted).filter(|glyph| glyph.to_u32() != 0) {
        Some(glyph) => draw(&font, glyph, tile, fit, colour),
        None => Ok(None),
    }
}

fn glyph(font: &FontRef<'_>, wanted: &GlyphRequest) -> Option<GlyphId> {
    let charmap = font.charmap();
    match wanted {
        GlyphRequest::Letter(letter, selector) => {
            let variant = selector.and_then(|selector| charmap.map_variant(*letter, selector));
            match variant {
                Some(skrifa::charmap::MapVariant::Variant(glyph)) => Some(glyph),
                _ => charmap.map(*letter),
            }
        }
        GlyphRequest::Sequence(letters) => ligature(font, letters),
    }
}

/// Whether the face has colours, and whether it is monospaced.
fn check(data: &[u8]) -> Result<(bool, bool), FontDamage> {
    // Asked first, since what is no font at all is told otherwise.
    FileRef::new(data).map_err(|_| FontDamage::NoFont)?;
    let font = FontRef::from_index(data, 0).map_err(|_| FontDamage::NoFont)?;
    for record in font.table_directory().table_records() {
        let end = u64::from(record.offset()) + u64::from(record.length());
        if TABLES.iter().any(|table| record.tag() == Tag::new(table)) && end > data.len() as u64 {
            return Err(FontDamage::Outside(record.tag()));
        }
    }
    let has = |table: &[u8; 4]| font.table_data(Tag::new(table)).is_some();
    if let Some(table) = NEEDED.iter().find(|table| !has(table)) {
        return Err(FontDamage::Lacks(Tag::new(table)));
    }
    let head = font.head().map_err(|_| FontDamage::Table(Tag::new(b"head")))?;
    if !(16..=16_384).contains(&head.units_per_em()) {
        return Err(FontDamage::Table(Tag::new(b"head")));
    }
    if font.maxp().map_or(0, |maxp| maxp.num_glyphs()) == 0 {
        return Err(FontDamage::Table(Tag::new(b"maxp")));
    }
    if !font.charmap().has_map() {
        return Err(FontDamage::Table(Tag::new(b"cmap")));
    }
    let colour = has(b"COLR") && has(b"CPAL") || has(b"CBDT") && has(b"CBLC") || has(b"sbix");
    if !(colour || has(b"glyf") && has(b"loca") || has(b"CFF ") || has(b"CFF2")) {
        return Err(FontDamage::Lacks(Tag::new(b"glyf")));
    }
    Ok((colour, is_monospaced(&font)))
}

fn is_monospaced(font: &FontRef<'_>) -> bool {
    let metrics = font.glyph_metrics(Size::unscaled(), LocationRef::default());
    let charmap = font.charmap();
    let width = |letter: char| charmap.map(letter).and_then(|glyph| metrics.advance_width(glyph));
    width('i').is_some() && width('i') == width('M') && width('.') == width('M')
}
