//! Letters out of fonts: the bundled faces, the user's own, the system's, and what stands where none has a character.
//! A monospaced font of the user's takes the place of the bundled one; any other only fills its gaps.

mod colour;
mod contained;
mod damage;
mod draw;
mod face;
mod glyph;
mod outline;
mod sequence;
mod symbol;
mod system;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use ratatui::style::Modifier;

pub use self::damage::{FontDamage, FontError};
use self::face::{FontFace, GlyphRequest};
use self::glyph::place;
pub(super) use self::glyph::{Glyph, GlyphTile};
use self::symbol::{SymbolForm, SymbolParts};
use self::system::SystemFonts;
pub use self::system::folders;
use crate::raster::mask::CoverageMask;
use crate::raster::shape;
use speed_kings_core::text::printable;
use speed_kings_system::input;

/// `JetBrains` Mono, subsets of its four faces; see `fonts/OFL.txt`.
const FACES: [&[u8]; 4] = [
    include_bytes!("../../../../fonts/JetBrainsMono-Regular.ttf"),
    include_bytes!("../../../../fonts/JetBrainsMono-Bold.ttf"),
    include_bytes!("../../../../fonts/JetBrainsMono-Italic.ttf"),
    include_bytes!("../../../../fonts/JetBrainsMono-BoldItalic.ttf"),
];
/// The bold one of them, for whoever writes in the same letters elsewhere.
pub const BOLD_FACE: &[u8] = FACES[1];
/// Symbols that those lack, out of `DejaVu`; see `fonts/DEJAVU.txt`.
const SYMBOLS: [&[u8]; 2] = [
    include_bytes!("../../../../fonts/DejaVuSansMono-Symbols.ttf"),
    include_bytes!("../../../../fonts/DejaVuSans-Symbols.ttf"),
];

/// A font may not be larger than this: the largest, with all emoji as pictures, have about 190 MB.
const LARGEST_FONT: u64 = 256 << 20;
/// Fonts of the system that are opened for one symbol, and for all.
const MOST_TRIED: usize = 8;
const MOST_FOUND: usize = 64;
/// How large the two letters of a control character's picture are.
const SMALL: f32 = 0.55;
/// The picture that stands for an emoji's letter form, and what is around a keycap, are looked up without their selectors.
const SELECTORS: [char; 2] = ['\u{fe0e}', '\u{fe0f}'];

/// The fonts that letters come from.
#[derive(Clone)]
pub struct Fonts {
    /// Regular, bold, italic, bold italic.
    faces: Vec<FontFace>,
    /// In the order in which they are asked for what those lack.
    others: Vec<FontFace>,
    system: SystemFonts,
    /// Fonts of the system that were opened; nothing for those that can't be used.
    opened: Vec<(PathBuf, Option<FontFace>)>,
    used: BTreeSet<PathBuf>,
    /// What was wrong with fonts that were found.
    passed_over: Vec<String>,
    /// What was wrong with a font that was named.
    trouble: Option<FontError>,
}

impl Fonts {
    /// The bundled fonts with those of `files`.
    ///
    /// # Errors
    /// When a file can't be read, is no font, or a damaged one.
    pub fn new(files: &[PathBuf]) -> Result<Self, FontError> {
        let mut fonts = Self {
            faces: FACES.into_iter().map(FontFace::bundled).collect(),
            others: Vec::new(),
            system: SystemFonts::default(),
            opened: Vec::new(),
            used: BTreeSet::new(),
            passed_over: Vec::new(),
            trouble: None,
        };
        for path in files {
            let face = read(path)?;
            if face.monospaced {
                // What it lacks comes out of the bundled faces as before.
                fonts.others.extend(fonts.faces.first().cloned());
                fonts.faces = vec![face];
            } else {
                fonts.others.push(face);
            }
        }
        fonts.others.extend(SYMBOLS.into_iter().map(FontFace::bundled));
        Ok(fonts)
    }

    /// With the fonts in `folders` for what all others lack.
    #[must_use]
    pub fn with_system(self, folders: Vec<PathBuf>) -> Self {
        Self { system: SystemFonts::new(folders), ..self }
    }

    /// What went wrong with a font that was named, once.
    ///
    /// # Errors
    /// If something did.
    pub(super) fn check(&mut self) -> Result<(), FontError> {
        self.trouble.take().map_or(Ok(()), Err)
    }

    /// What to say about the fonts of the system.
    pub(super) fn notes(&self) -> Vec<String> {
        let name = |path: &PathBuf| printable(&path.file_name().unwrap_or_default().to_string_lossy()).into_owned();
        let names: BTreeSet<String> = self.used.iter().map(name).collect();
        let used = (!names.is_empty()).then(|| {
            let names = names.into_iter().collect::<Vec<_>>().join(", ");
            format!("fonts of this system were used: {names}; --no-system-fonts makes the same picture everywhere")
        });
        used.into_iter().chain(self.passed_over.iter().cloned()).collect()
    }

    /// Draws `symbol` into a tile. `None` where no font has all of it.
    pub(super) fn draw(&mut self, symbol: &str, look: Modifier, tile: GlyphTile) -> Option<Glyph> {
        let Some(base) = symbol.chars().next().filter(|letter| !letter.is_whitespace()) else {
            return Some(Glyph::Mask(CoverageMask::new(tile.width, tile.height)));
        };
        match SymbolParts::of(symbol) {
            SymbolParts::Piled => None,
            SymbolParts::Sequence(letters) => {
                self.find(&GlyphRequest::Sequence(letters), SymbolForm::Picture, look, tile)
            }
            SymbolParts::Letters { letters, marks, form, selector } => {
                let mut glyph = self
                    .letters(&letters, form, selector, look, tile)
                    .or_else(|| self.control(base, tile).map(Glyph::Mask))?;
                for mark in marks {
                    let over = self.find(&GlyphRequest::Letter(mark, None), SymbolForm::Text, look, tile)?;
                    match (&mut glyph, over) {
                        (Glyph::Mask(mask), Glyph::Mask(over)) => {
                            mask.alpha.iter_mut().zip(over.alpha).for_each(|(pixel, over)| *pixel = over.max(*pixel));
                        }
                        _ => return None,
                    }
                }
                Some(glyph)
            }
        }
    }

    /// Letters side by side.
    fn letters(
        &mut self,
        letters: &[char],
        form: SymbolForm,
        selector: Option<char>,
        look: Modifier,
        tile: GlyphTile,
    ) -> Option<Glyph> {
        let mut one = |letter: char, tile: GlyphTile| {
            if let Some(mask) = shape::draw(letter, tile.width, tile.height) {
                return Some(Glyph::Mask(mask));
            }
            self.find(&GlyphRequest::Letter(letter, selector), form, look, tile)
        };
        if let [only] = letters {
            return one(*only, tile);
        }
        let width = (tile.width / letters.len().max(1)).max(1);
        let mut mask = CoverageMask::new(tile.width, tile.height);
        for (index, letter) in letters.iter().enumerate() {
            match one(*letter, GlyphTile { width, ..tile })? {
                Glyph::Mask(part) => place(&mut mask, &part.alpha, width, (signed(index * width), 0)),
                Glyph::Colour(_) => return None,
            }
        }
        Some(Glyph::Mask(mask))
    }

    /// What is `wanted` out of the first font that has it in the form that is asked for, else in the other.
    fn find(&mut self, wanted: &GlyphRequest, form: SymbolForm, look: Modifier, tile: GlyphTile) -> Option<Glyph> {
        match form {
            SymbolForm::Either => self
                .own(wanted, None, look, tile)
                .or_else(|| self.of_system(wanted, false, tile).or_else(|| self.of_system(wanted, true, tile))),
            SymbolForm::Text => {
                self.own(wanted, Some(false), look, tile).or_else(|| self.of_system(wanted, false, tile))
            }
            SymbolForm::Usual => self
                .own(wanted, Some(true), look, tile)
                .or_else(|| self.own(wanted, Some(false), look, tile))
                .or_else(|| self.of_system(wanted, true, tile))
                .or_else(|| self.of_system(wanted, false, tile)),
            SymbolForm::Picture => self
                .own(wanted, Some(true), look, tile)
                .or_else(|| self.of_system(wanted, true, tile))
                .or_else(|| self.own(wanted, Some(false), look, tile))
                .or_else(|| self.of_system(wanted, false, tile)),
        }
    }

    /// Out of the bundled and the named fonts, those with colours or those without, or all.
    fn own(&mut self, wanted: &GlyphRequest, colour: Option<bool>, look: Modifier, tile: GlyphTile) -> Option<Glyph> {
        let style = usize::from(look.contains(Modifier::BOLD)) + 2 * usize::from(look.contains(Modifier::ITALIC));
        let main = self.faces.get(style).or_else(|| self.faces.first()).map(|face| (face, false));
        let others = self.others.iter().map(|face| (face, true));
        let asked: Vec<_> = main
            .into_iter()
            .chain(others)
            .filter(|(face, _)| colour.is_none_or(|colour| face.colour == colour))
            .collect();
        let mut failed = None;
        let glyph = asked.into_iter().find_map(|(face, fit)| match face.draw(wanted, tile, fit) {
            Ok(glyph) => glyph,
            Err(damage) => {
                failed = failed.take().or_else(|| Some((face.path.clone()?, damage)));
                None
            }
        });
        if let Some((path, damage)) = failed {
            // It is not asked again: what takes too long once does so each time.
            self.faces.retain(|face| face.path.as_ref() != Some(&path));
            self.others.retain(|face| face.path.as_ref() != Some(&path));
            let error = FontError::Glyph { path: path.to_path_buf(), symbol: wanted.text(), damage };
            self.trouble.get_or_insert(error);
        }
        glyph
    }

    /// Out of the fonts of the system.
    fn of_system(&mut self, wanted: &GlyphRequest, colour: bool, tile: GlyphTile) -> Option<Glyph> {
        let mut needed: Vec<char> = wanted.letters();
        needed.retain(|letter| !SELECTORS.contains(letter));
        for path in self.system.with(&needed, colour).into_iter().take(MOST_TRIED) {
            let Some(face) = self.open(&path) else { continue };
            match face.draw(wanted, tile, true) {
                Ok(Some(glyph)) => {
                    self.used.insert(path);
                    return Some(glyph);
                }
                Ok(None) => {}
                Err(damage) => {
                    let error = FontError::Glyph { path: path.clone(), symbol: wanted.text(), damage };
                    self.pass_over(&path, &error);
                }
            }
        }
        None
    }

    fn open(&mut self, path: &Path) -> Option<FontFace> {
        if let Some((_, face)) = self.opened.iter().find(|(opened, _)| opened == path) {
            return face.clone();
        }
        if self.opened.len() >= MOST_FOUND {
            return None;
        }
        match read(path) {
            Ok(face) => {
                self.opened.push((path.to_owned(), Some(face.clone())));
                Some(face)
            }
            Err(error) => {
                self.pass_over(path, &error);
                None
            }
        }
    }

    fn pass_over(&mut self, path: &Path, error: &FontError) {
        self.passed_over.push(format!("passed over: {}", printable(&error.to_string())));
        self.opened.retain(|(opened, _)| opened != path);
        self.opened.push((path.to_owned(), None));
    }

    /// The picture of a control character: two small letters, one lower than the other.
    fn control(&mut self, letter: char, tile: GlyphTile) -> Option<CoverageMask> {
        const NAMES: &[u8] = b"NUSHSXEXETEQAKBLBSHTLFVTFFCRSOSIDLD1D2D3D4NKSYEBCNEMSBECFSGSRSUSSPDT";
        let index = usize::try_from(u32::from(letter).checked_sub(0x2400)?).ok()?;
        let [first, second] = *NAMES.get(index * 2..index * 2 + 2)? else { return None };
        let small = GlyphTile { width: tile.width / 2 + 1, height: tile.height * 6 / 10, font: tile.font * SMALL };
        let mut mask = CoverageMask::new(tile.width, tile.height);
        for (letter, x, y) in [(first, 0, tile.height / 12), (second, tile.width / 2 - 1, tile.height * 4 / 10)] {
            let wanted = GlyphRequest::Letter(letter.into(), None);
            if let Some(Glyph::Mask(part)) = self.own(&wanted, None, Modifier::empty(), small) {
                place(&mut mask, &part.alpha, small.width, (signed(x), signed(y)));
            }
        }
        Some(mask)
    }
}

fn read(path: &Path) -> Result<FontFace, FontError> {
    let data = input::read_bytes(path, LARGEST_FONT)
        .map_err(|source| FontError::Io { path: path.to_owned(), source: source.into() })?;
    FontFace::new(data, path).map_err(|damage| match damage {
        FontDamage::NoFont => FontError::Format(path.to_owned()),
        damage => FontError::Damaged { path: path.to_owned(), damage },
    })
}

fn signed(value: usize) -> isize {
    isize::try_from(value).unwrap_or(isize::MAX)
}
