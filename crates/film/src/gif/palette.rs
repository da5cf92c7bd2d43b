//! One palette for a whole clip, counted on all of it beforehand: no colour changes its look from frame to frame.
//! Plain colours are kept exact; of the steps between them, the seldom ones give way to near ones.
//!
//! By hand because quantizers such as `color_quant` choose all colours by approximation: here the colours of text and ground
//! come out as they are, and only the steps between them are approximated.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use crate::camera::FilmFrame;
use crate::raster::FontError;
use crate::raster::atlas::TileAtlas;
use crate::raster::canvas::PatchFinder;
use crate::raster::{PictureGeometry, RgbBytes};

/// The entry that leaves what was there before.
pub(super) const TRANSPARENT: u8 = 255;
/// The most colours of a palette; the last entry of 256 is the transparent one.
const ROOM: usize = 255;
/// Entries that plain colours may take whatever is near them; the rest is for the steps between.
const EXACT: usize = 160;
/// How near two colours must be for one to stand for both, as squared distances: the first that saves enough is taken.
const NEAR: [u32; 12] = [12, 27, 48, 75, 108, 192, 300, 432, 768, 1_200, 3_000, 12_000];

/// The colours of a clip.
#[derive(Debug)]
pub(super) struct Palette {
    colours: Vec<RgbBytes>,
    nearest: HashMap<RgbBytes, u8>,
}

/// What was counted on a clip.
#[derive(Default)]
struct ColourCount {
    /// Pixels of each colour, over all times that it was drawn.
    pixels: BTreeMap<RgbBytes, u64>,
    /// Colours that are not steps between two others.
    plain: BTreeSet<RgbBytes>,
}

/// Counts the colours of a clip, frame by frame.
pub(super) struct ColourSurvey {
    atlas: TileAtlas,
    patches: PatchFinder,
    count: ColourCount,
    /// How often each tile of the atlas was drawn.
    drawn: Vec<u64>,
    generation: u32,
}

impl ColourSurvey {
    /// Nothing is counted yet.
    pub(super) fn new(geometry: PictureGeometry, atlas: TileAtlas) -> Self {
        let mut count = ColourCount::default();
        count.plain.extend(atlas.plain(&geometry));
        if geometry.window.is_some() {
            add(&mut count.pixels, &atlas.blank(&geometry).bytes, 1);
        }
        Self { atlas, patches: PatchFinder::new(geometry), count, drawn: Vec::new(), generation: 0 }
    }

    /// Counts what `frame` changes.
    ///
    /// # Errors
    /// When a font that was named can't draw what it should.
    pub(super) fn look(&mut self, frame: &FilmFrame<'_>) -> Result<(), FontError> {
        for cell in frame.changed.iter().filter_map(|index| frame.buffer.content.get(*index)) {
            let (fg, bg) = self.atlas.ground().colours(cell);
            self.count.plain.extend([fg, bg]);
        }
        let found = self.patches.of(frame, &mut self.atlas);
        if self.atlas.generation() != self.generation {
            // The tiles of before are gone, and their counts would be taken for those of others.
            (self.generation, self.drawn) = (self.atlas.generation(), Vec::new());
        }
        for patch in found {
            let tile = patch.tile as usize;
            if self.drawn.len() <= tile {
                self.drawn.resize(tile + 1, 0);
            }
            let Some(times) = self.drawn.get_mut(tile) else { continue };
            if *times == 0
                && let Some(pixels) = self.atlas.pixels(patch.tile)
            {
                // Counted at once, so that letting tiles go loses no colour.
                add(&mut self.count.pixels, &pixels.bytes, 1);
            }
            *times += 1;
        }
        self.atlas.check()
    }

    /// The palette for all that was counted.
    pub(super) fn palette(mut self) -> Palette {
        for (tile, times) in (0..).zip(&self.drawn) {
            if let Some(pixels) = self.atlas.pixels(tile).filter(|_| *times > 1) {
                add(&mut self.count.pixels, &pixels.bytes, times - 1);
            }
        }
        Palette::of(&self.count)
    }
}

impl Palette {
    fn of(count: &ColourCount) -> Self {
        let mut by_use: Vec<(RgbBytes, u64)> = count.pixels.iter().map(|(rgb, pixels)| (*rgb, *pixels)).collect();
        // Plain colours first, then those that are seen most; equal ones by their value, so that the order is one.
        by_use.sort_by_key(|(rgb, pixels)| (!count.plain.contains(rgb), std::cmp::Reverse(*pixels), *rgb));
        let ordered: Vec<RgbBytes> = by_use.into_iter().map(|(rgb, _)| rgb).collect();
        let plain = ordered.iter().filter(|rgb| count.plain.contains(*rgb)).count();
        let colours = if ordered.len() <= ROOM { ordered } else { choose(&ordered, plain.min(EXACT)) };
        Self { colours, nearest: HashMap::new() }
    }

    /// The palette as a GIF's header has it.
    pub(super) fn bytes(&self) -> Vec<u8> {
        self.colours.iter().copied().chain(std::iter::repeat([0; 3])).take(ROOM + 1).flatten().collect()
    }

    /// The entry for `rgb`, or the nearest there is.
    pub(super) fn index(&mut self, rgb: RgbBytes) -> u8 {
        *self.nearest.entry(rgb).or_insert_with(|| {
            let by_distance = (0u8..).zip(&self.colours).min_by_key(|(_, colour)| distance(**colour, rgb));
            by_distance.map_or(0, |(index, _)| index)
        })
    }
}

fn add(counts: &mut BTreeMap<RgbBytes, u64>, rgb: &[u8], times: u64) {
    let mut tile: HashMap<RgbBytes, u64> = HashMap::new();
    for pixel in rgb.chunks_exact(3).filter_map(|pixel| pixel.first_chunk::<3>()) {
        *tile.entry(*pixel).or_default() += times;
    }
    for (colour, pixels) in tile {
        *counts.entry(colour).or_default() += pixels;
    }
}

/// As many of `ordered` as there is room for: the first `exact`, then each that is far enough from those before it; what
/// room is left goes by order.
fn choose(ordered: &[RgbBytes], exact: usize) -> Vec<RgbBytes> {
    let mut chosen = Vec::new();
    for near in NEAR {
        chosen.clear();
        chosen.extend(ordered.iter().take(exact));
        for colour in ordered.iter().skip(exact) {
            if chosen.iter().all(|other| distance(*other, *colour) > near) {
                chosen.push(*colour);
            }
            if chosen.len() > ROOM {
                break;
            }
        }
        if chosen.len() <= ROOM {
            break;
        }
    }
    chosen.truncate(ROOM);
    let taken: BTreeSet<RgbBytes> = chosen.iter().copied().collect();
    let rest = ordered.iter().filter(|colour| !taken.contains(*colour)).take(ROOM - chosen.len());
    chosen.extend(rest);
    chosen
}

/// How far apart two colours are, squared; green counts most and blue least, as the eye has it.
fn distance(a: RgbBytes, b: RgbBytes) -> u32 {
    let weights = [3, 4, 2];
    a.into_iter().zip(b).zip(weights).map(|((a, b), weight)| u32::from(a.abs_diff(b)).pow(2) * weight).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn palette(colours: impl IntoIterator<Item = (RgbBytes, u64)>, plain: &[RgbBytes]) -> Palette {
        Palette::of(&ColourCount { pixels: colours.into_iter().collect(), plain: plain.iter().copied().collect() })
    }

    #[test]
    fn few_colours_are_all_exact() {
        let mut palette = palette((0..=254).map(|value| ([value, 0, 0], 1)), &[]);
        for value in 0..=254 {
            let index = usize::from(palette.index([value, 0, 0]));
            assert_eq!(palette.colours[index], [value, 0, 0]);
        }
        assert_eq!(palette.bytes().len(), 768);
    }

    #[test]
    fn of_many_the_plain_ones_stay_exact_and_the_rest_is_near() {
        let plain: Vec<RgbBytes> = (0..40).map(|value| [value * 6, 255 - value * 6, 90]).collect();
        let steps = (0..1_500u32).map(|value| ([(value % 251) as u8, (value % 241) as u8, (value % 83) as u8], 1_000));
        let mut palette = palette(steps.clone().chain(plain.iter().map(|rgb| (*rgb, 1))), &plain);
        assert!(palette.colours.len() <= ROOM);
        for colour in &plain {
            let index = usize::from(palette.index(*colour));
            assert_eq!(palette.colours[index], *colour);
        }
        for (colour, _) in steps {
            let index = usize::from(palette.index(colour));
            let found = palette.colours[index];
            assert!(distance(found, colour) < 9 * 32 * 32, "{colour:?} became {found:?}");
        }
    }
}
