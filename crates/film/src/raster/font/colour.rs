//! Glyphs with colours of their own: layers of outlines, and pictures brought to a tile's size.
//! Gradients become their mean: at the size of a letter there is no telling.

use skrifa::color::{Brush, ColorPainter, CompositeMode, Transform};
use skrifa::instance::LocationRef;
use skrifa::metrics::BoundingBox;
use skrifa::raw::TableProvider as _;
use skrifa::{FontRef, GlyphId, MetadataProvider as _};
use zeno::{Command, Mask as Fill, Point};

use crate::raster::font::damage::FontDamage;
use crate::raster::font::glyph::{Glyph, GlyphTile, pixels};
use crate::raster::font::outline::strokes;

/// Layers of a glyph, and strokes in all of them; the busiest have some hundred layers.
const MOST_LAYERS: usize = 1_024;
const MOST_STROKES: usize = 262_144;
/// The colour of layers that take the letters' own.
const LETTERS: [u8; 4] = [128, 128, 128, 255];
/// The entry of a palette that stands for it.
const LETTERS_ENTRY: u16 = 0xffff;

/// The layers of `glyph` as one picture, if it has any that can be seen.
pub(super) fn layers(font: &FontRef<'_>, glyph: GlyphId, tile: GlyphTile) -> Result<Option<Glyph>, FontDamage> {
    let Some(found) = font.color_glyphs().get(glyph) else { return Ok(None) };
    let units = font.head().map_or(1_000, |head| head.units_per_em());
    let mut painter = LayerCollector {
        font,
        units: f32::from(units),
        transforms: Vec::new(),
        clips: Vec::new(),
        layers: Vec::new(),
        strokes: 0,
        damage: None,
    };
    let done = found.paint(LocationRef::default(), &mut painter);
    if let Some(damage) = painter.damage {
        return Err(damage);
    }
    if done.is_err() {
        return Ok(None);
    }
    Ok(composed(&painter.layers, tile))
}

struct GlyphLayer {
    path: Vec<Command>,
    colour: [u8; 4],
}

/// Gathers layers in the font's units.
struct LayerCollector<'a> {
    font: &'a FontRef<'a>,
    units: f32,
    transforms: Vec<Transform>,
    clips: Vec<Vec<Command>>,
    layers: Vec<GlyphLayer>,
    strokes: usize,
    damage: Option<FontDamage>,
}

impl LayerCollector<'_> {
    fn transform(&self) -> Transform {
        self.transforms.last().copied().unwrap_or_default()
    }

    fn shape(&mut self, glyph: GlyphId) -> Vec<Command> {
        // Nothing more is taken up once there was too much; what the font nests can't be stopped from here.
        if self.damage.is_some() {
            return Vec::new();
        }
        let path = match strokes(self.font, glyph, self.units, false) {
            Ok(path) => path.unwrap_or_default(),
            Err(damage) => {
                self.damage = Some(damage);
                return Vec::new();
            }
        };
        self.strokes += path.len();
        if self.strokes > MOST_STROKES {
            self.damage = Some(FontDamage::Points(MOST_STROKES));
        }
        let transform = self.transform();
        moved(&path, |point| apply(&transform, point))
    }

    fn entry(&self, index: u16, alpha: f32) -> [u8; 4] {
        let palettes = self.font.color_palettes();
        let colour = palettes.get(0).and_then(|palette| palette.colors().get(usize::from(index)).copied());
        let [r, g, b, a] = match colour {
            Some(colour) if index != LETTERS_ENTRY => [colour.red, colour.green, colour.blue, colour.alpha],
            _ => LETTERS,
        };
        [r, g, b, byte(f32::from(a) * alpha)]
    }

    fn colour(&self, brush: &Brush<'_>) -> [u8; 4] {
        let stops = match brush {
            Brush::Solid { palette_index, alpha } => return self.entry(*palette_index, *alpha),
            Brush::LinearGradient { color_stops, .. }
            | Brush::RadialGradient { color_stops, .. }
            | Brush::SweepGradient { color_stops, .. } => *color_stops,
        };
        let mut sums = [0.0_f32; 4];
        for stop in stops {
            let entry = self.entry(stop.palette_index, stop.alpha);
            sums.iter_mut().zip(entry).for_each(|(sum, value)| *sum += f32::from(value));
        }
        sums.map(|sum| byte(sum / pixels(stops.len().max(1))))
    }

    fn layer(&mut self, path: Vec<Command>, colour: [u8; 4]) {
        if self.layers.len() >= MOST_LAYERS {
            self.damage = Some(FontDamage::Layers(MOST_LAYERS));
        } else if !path.is_empty() {
            self.layers.push(GlyphLayer { path, colour });
        }
    }
}

impl ColorPainter for LayerCollector<'_> {
    fn push_transform(&mut self, transform: Transform) {
        self.transforms.push(product(&self.transform(), &transform));
    }

    fn pop_transform(&mut self) {
        self.transforms.pop();
    }

    fn push_clip_glyph(&mut self, glyph: GlyphId) {
        let path = self.shape(glyph);
        self.clips.push(path);
    }

    fn push_clip_box(&mut self, clip: BoundingBox) {
        let corner = Point::new;
        let path = [
            Command::MoveTo(corner(clip.x_min, clip.y_min)),
            Command::LineTo(corner(clip.x_max, clip.y_min)),
            Command::LineTo(corner(clip.x_max, clip.y_max)),
            Command::LineTo(corner(clip.x_min, clip.y_max)),
            Command::Close,
        ];
        let transform = self.transform();
        self.clips.push(moved(&path, |point| apply(&transform, point)));
    }

    fn pop_clip(&mut self) {
        self.clips.pop();
    }

    fn fill(&mut self, brush: Brush<'_>) {
        let path = self.clips.last().cloned().unwrap_or_default();
        let colour = self.colour(&brush);
        self.layer(path, colour);
    }

    fn fill_glyph(&mut self, glyph: GlyphId, _: Option<Transform>, brush: Brush<'_>) {
        let path = self.shape(glyph);
        let colour = self.colour(&brush);
        self.layer(path, colour);
    }

    fn push_layer(&mut self, _: CompositeMode) {}
}

/// All layers, one over the other, as large as the tile lets them be.
fn composed(layers: &[GlyphLayer], tile: GlyphTile) -> Option<Glyph> {
    let (mut low, mut high) = ((f32::MAX, f32::MAX), (f32::MIN, f32::MIN));
    for layer in layers {
        moved(&layer.path, |point| {
            low = (low.0.min(point.x), low.1.min(point.y));
            high = (high.0.max(point.x), high.1.max(point.y));
            point
        });
    }
    let longest = (high.0 - low.0).max(high.1 - low.1);
    if !(longest.is_finite() && longest > 0.0) {
        return None;
    }
    let side = tile.width.min(tile.height).max(1);
    let scale = pixels(side) / longest;
    let (indent, drop) =
        ((pixels(side) - (high.0 - low.0) * scale) / 2.0, (pixels(side) - (high.1 - low.1) * scale) / 2.0);
    let mut rgba = vec![0; side * side * 4];
    let sides = u32::try_from(side).unwrap_or(u32::MAX);
    for layer in layers {
        let path = moved(&layer.path, |point| {
            Point::new((point.x - low.0) * scale + indent, (high.1 - point.y) * scale + drop)
        });
        let (alpha, _) = Fill::new(path.as_slice()).size(sides, sides).render();
        let [r, g, b, opacity] = layer.colour;
        for (pixel, alpha) in rgba.as_chunks_mut::<4>().0.iter_mut().zip(alpha) {
            over(pixel, [r, g, b], u32::from(alpha) * u32::from(opacity) / 255);
        }
    }
    let seen = rgba.as_chunks::<4>().0.iter().any(|[.., alpha]| *alpha > 0);
    seen.then(|| Glyph::Colour(shrunk(&rgba, (side, side), tile)))
}

/// Puts a colour over a pixel that may let something through.
fn over(pixel: &mut [u8; 4], colour: [u8; 3], alpha: u32) {
    let below = u32::from(pixel[3]) * (255 - alpha) / 255;
    let all = alpha + below;
    for (value, colour) in pixel.iter_mut().zip(colour) {
        let mixed = (u32::from(colour) * alpha + u32::from(*value) * below) / all.max(1);
        *value = u8::try_from(mixed).unwrap_or(u8::MAX);
    }
    pixel[3] = u8::try_from(all).unwrap_or(u8::MAX);
}

fn moved(path: &[Command], mut to: impl FnMut(Point) -> Point) -> Vec<Command> {
    path.iter()
        .map(|stroke| match *stroke {
            Command::MoveTo(a) => Command::MoveTo(to(a)),
            Command::LineTo(a) => Command::LineTo(to(a)),
            Command::QuadTo(a, b) => Command::QuadTo(to(a), to(b)),
            Command::CurveTo(a, b, c) => Command::CurveTo(to(a), to(b), to(c)),
            Command::Close => Command::Close,
        })
        .collect()
}

fn apply(by: &Transform, point: Point) -> Point {
    Point::new(by.xx * point.x + by.xy * point.y + by.dx, by.yx * point.x + by.yy * point.y + by.dy)
}

/// First `inner`, then `outer`.
fn product(outer: &Transform, inner: &Transform) -> Transform {
    Transform {
        xx: outer.xx * inner.xx + outer.xy * inner.yx,
        yx: outer.yx * inner.xx + outer.yy * inner.yx,
        xy: outer.xx * inner.xy + outer.xy * inner.yy,
        yy: outer.yx * inner.xy + outer.yy * inner.yy,
        dx: outer.xx * inner.dx + outer.xy * inner.dy + outer.dx,
        dy: outer.yx * inner.dx + outer.yy * inner.dy + outer.dy,
    }
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "the cast saturates")]
fn byte(value: f32) -> u8 {
    value.round() as u8
}

/// A picture in colours, brought to the tile's size by the mean of the pixels that fall on each.
pub(super) fn shrunk(rgba: &[u8], (width, height): (usize, usize), tile: GlyphTile) -> Vec<u8> {
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
    out
}
