//! A window around the picture: room at every side, a shadow, round corners, and a bar with three dots.
//! All of it is measured in cells, so that it looks the same at any size, and drawn once, as what the cells are put on.

use std::str::FromStr;

use ratatui::style::Color;

use crate::raster::colour::{GroundColours, RgbBytes, blend};
use crate::raster::plane::PixelPlane;

/// The dots, and what the bar, the edge and the ground behind the window have of the letters' colour, of 255.
const DOTS: [RgbBytes; 3] = [[255, 95, 87], [254, 188, 46], [40, 200, 64]];
const BAR: u8 = 26;
const EDGE: u8 = 56;
const BEHIND: u8 = 64;
/// How dark the shadow is where it is darkest.
const SHADOW: f32 = 0.45;

/// What is behind a window, all around it.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum WindowBackdrop {
    /// The theme's background with some of its letters' colour in it.
    #[default]
    Theme,
    /// This colour, whatever the theme.
    Colour(RgbBytes),
}

impl FromStr for WindowBackdrop {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.parse() {
            Ok(Color::Rgb(red, green, blue)) => Ok(Self::Colour([red, green, blue])),
            _ if text == "theme" => Ok(Self::Theme),
            _ => Err("expected theme, or a colour as six hexadecimal digits, e.g. #674eff"),
        }
    }
}

/// The measures of a window in pixels, all of them even.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct WindowMargins {
    /// From the picture's edge to the window's.
    outside: u32,
    /// From the window's edge to the cells.
    inside: u32,
    /// The bar above the cells.
    bar: u32,
}

impl WindowMargins {
    /// Around cells of such a width and height, whose letters are as large as the smaller one allows.
    pub(super) fn of((width, height): (u32, u32)) -> Self {
        let unit = height.min(width * 2);
        Self { outside: unit * 2, inside: (unit / 4) * 2, bar: unit * 2 }
    }

    /// What it takes of a picture's width and height.
    pub(super) const fn room(self) -> (u32, u32) {
        (2 * (self.outside + self.inside), 2 * self.outside + self.bar + self.inside)
    }

    /// What of that lies to the left and above.
    pub(super) const fn before(self) -> (u32, u32) {
        (self.outside + self.inside, self.outside + self.bar)
    }
}

/// The plain colours of a window: behind it, its bar, its edge and its dots.
pub(crate) fn colours(ground: GroundColours, backdrop: WindowBackdrop) -> [RgbBytes; 6] {
    let share = |share| blend(ground.bg, ground.fg, share);
    let [red, yellow, green] = DOTS;
    let behind = match backdrop {
        WindowBackdrop::Theme => share(BEHIND),
        WindowBackdrop::Colour(colour) => colour,
    };
    [behind, share(BAR), share(EDGE), red, yellow, green]
}

/// Draws the window on `plane`, a picture of pixels of 3 bytes, or of 4 with nothing behind the window, for cells of so many
/// pixels across and down.
pub(super) fn draw(
    plane: &mut PixelPlane,
    channels: usize,
    cell: (u32, u32),
    ground: GroundColours,
    backdrop: WindowBackdrop,
) {
    let shape = WindowShape::of(plane, channels, cell);
    let [behind, bar, edge, ..] = colours(ground, backdrop);
    let (stride, mut y) = (plane.stride.max(1), 0.5);
    for row in plane.bytes.chunks_exact_mut(stride) {
        let mut x = 0.5;
        for pixel in row.chunks_exact_mut(channels) {
            let (seen, shadow) = (shape.covers(x, y), shape.shadow(x, y));
            let plain = if y < shape.top + shape.bar { bar } else { ground.bg };
            let within = shape.dots(x, y, blend(plain, edge, shape.edge(x, y)));
            if let [r, g, b, alpha] = pixel {
                // Black of the shadow under the window's own colour.
                let under = part(f32::from(shadow) * (255.0 - f32::from(seen)) / 255.0);
                *alpha = seen.saturating_add(under);
                let own = if *alpha == 0 { 0 } else { part(f32::from(seen) * 255.0 / f32::from(*alpha)) };
                [*r, *g, *b] = blend([0; 3], within, own);
            } else {
                pixel.copy_from_slice(&blend(blend(behind, [0; 3], shadow), within, seen));
            }
            x += 1.0;
        }
        y += 1.0;
    }
}

/// Where the window is, in pixels.
struct WindowShape {
    left: f32,
    top: f32,
    right: f32,
    bottom: f32,
    bar: f32,
    /// The height of a line of such letters, which everything is measured in.
    unit: f32,
}

impl WindowShape {
    fn of(plane: &PixelPlane, channels: usize, cell: (u32, u32)) -> Self {
        let margins = WindowMargins::of(cell);
        let side = |length: usize| pixels(u32::try_from(length).unwrap_or(u32::MAX));
        let (width, height) = (side(plane.stride / channels), side(plane.bytes.len() / plane.stride.max(1)));
        let (outside, bar) = (pixels(margins.outside), pixels(margins.bar));
        // What is left over beside the cells is the window's.
        Self { left: outside, top: outside, right: width - outside, bottom: height - outside, bar, unit: bar / 2.0 }
    }

    /// How far a point is from the window's edge in pixels, `down` further down; negative within.
    fn distance(&self, x: f32, y: f32, down: f32) -> f32 {
        let radius = self.unit * 0.6;
        let (middle_x, middle_y) = (f32::midpoint(self.left, self.right), f32::midpoint(self.top, self.bottom) + down);
        let (half_x, half_y) = ((self.right - self.left) / 2.0 - radius, (self.bottom - self.top) / 2.0 - radius);
        let (far_x, far_y) = ((x - middle_x).abs() - half_x, (y - middle_y).abs() - half_y);
        length(far_x.max(0.0), far_y.max(0.0)) + far_x.max(far_y).min(0.0) - radius
    }

    fn covers(&self, x: f32, y: f32) -> u8 {
        part((0.5 - self.distance(x, y, 0.0)) * 255.0)
    }

    fn shadow(&self, x: f32, y: f32) -> u8 {
        let blur = self.unit * 1.2;
        let far = (self.distance(x, y, self.unit * 0.5) / blur).clamp(-1.0, 1.0) / 2.0 + 0.5;
        part((1.0 - far * far * (3.0 - 2.0 * far)) * SHADOW * 255.0)
    }

    /// How much of a pixel the line along the edge covers.
    fn edge(&self, x: f32, y: f32) -> u8 {
        let thick = (self.unit / 16.0).max(1.0);
        part((self.distance(x, y, 0.0) + thick + 0.5) * 255.0)
    }

    fn dots(&self, x: f32, y: f32, under: RgbBytes) -> RgbBytes {
        let (radius, middle) = (self.unit * 0.27, self.top + self.bar / 2.0);
        if (y - middle).abs() > radius + 1.0 {
            return under;
        }
        let mut at = self.left + self.unit * 1.1;
        let mut colour = under;
        for dot in DOTS {
            let away = length(x - at, y - middle) - radius;
            colour = blend(colour, dot, part((0.5 - away) * 255.0));
            at += self.unit * 0.95;
        }
        colour
    }
}

/// Not `hypot`, which each system's own library rounds as it likes.
fn length(x: f32, y: f32) -> f32 {
    (x * x + y * y).sqrt()
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "the value is clamped")]
fn part(value: f32) -> u8 {
    value.round().clamp(0.0, 255.0) as u8
}

#[expect(clippy::cast_precision_loss, reason = "pictures are small beside 2^24")]
const fn pixels(count: u32) -> f32 {
    count as f32
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::raster::{PictureGeometry, RequestedSize};

    const GROUND: GroundColours = GroundColours { fg: [230, 230, 230], bg: [10, 12, 14] };

    #[test]
    fn a_window_has_corners_a_bar_and_a_shadow() {
        let colour = WindowBackdrop::Colour([103, 78, 255]);
        for (clear, backdrop) in [(false, WindowBackdrop::Theme), (true, WindowBackdrop::Theme), (false, colour)] {
            let sizes = RequestedSize {
                cells: Some((40, 12)),
                font: Some(20.0),
                window: Some(backdrop),
                ..RequestedSize::default()
            };
            let geometry = PictureGeometry { clear, ..PictureGeometry::new(sizes, (640, 360)).unwrap() };
            let channels = if clear { 4 } else { 3 };
            let (width, height) = (geometry.size.0 as usize, geometry.size.1 as usize);
            let mut plane = PixelPlane::filled(width * channels, height, &vec![0; channels]);
            draw(&mut plane, channels, geometry.cell, GROUND, backdrop);
            let at = |x: usize, y: usize| &plane.bytes[(y * width + x) * channels..][..channels];
            let [behind, bar, ..] = colours(GROUND, backdrop);
            let (side, unit) = (geometry.cell.1 as usize * 2, geometry.cell.1 as usize);
            let full = |colour: RgbBytes| [&colour[..], &[255]].concat()[..channels].to_vec();
            assert_eq!(at(width / 2, side + unit), full(bar));
            assert_eq!(at(width / 2, height / 2), full(GROUND.bg));
            assert_eq!(at(side + unit * 11 / 10, side + unit), full(DOTS[0]));
            assert_eq!(at(0, 0), if clear { &[0; 4][..] } else { &behind }, "no shadow comes as far");
            // The corner is cut off, and the shadow is darker below the window than above it.
            assert_ne!(at(side, side), full(bar));
            let dark =
                |y: usize| if clear { 255 - u32::from(at(width / 2, y)[3]) } else { u32::from(at(width / 2, y)[0]) };
            assert!(dark(height - side + 4) < dark(side - 5), "{} {}", dark(height - side + 4), dark(side - 5));
            assert_eq!((geometry.margin.0 % 2, geometry.margin.1 % 2), (0, 0));
        }
    }

    #[test]
    fn cells_find_their_room_in_any_picture() {
        for picture in [(640, 360), (1_920, 1_080), (1_080, 1_920), (400, 400)] {
            for cells in [None, Some((30, 8))] {
                let sizes = RequestedSize {
                    picture: Some(picture),
                    cells,
                    window: Some(WindowBackdrop::Colour([1, 2, 3])),
                    ..RequestedSize::default()
                };
                let geometry = PictureGeometry::new(sizes, picture).unwrap();
                let across = u32::from(geometry.cells.width) * geometry.cell.0;
                let down = u32::from(geometry.cells.height) * geometry.cell.1;
                let (before, room) =
                    (WindowMargins::of(geometry.cell).before(), WindowMargins::of(geometry.cell).room());
                assert!(geometry.margin.0 >= before.0 && geometry.margin.1 >= before.1, "{geometry:?}");
                assert!(across + room.0 <= picture.0 && down + room.1 <= picture.1, "{geometry:?}");
            }
        }
    }
}
