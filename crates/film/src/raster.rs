//! The raster: a frame's cells as pixels, each cell a finished tile that is only put in place.
//! Whatever must meet its neighbour without a seam is drawn here as geometry; letters come out of fonts.

pub mod atlas;
pub mod canvas;
mod colour;
mod font;
mod geometry;
mod mask;
mod plane;
mod shape;
#[cfg(test)]
mod tests;
mod window;

pub use self::colour::{GroundColours, RgbBytes};
pub(crate) use self::colour::{blend, indexed};
pub use self::font::{BOLD_FACE, FontDamage, FontError, Fonts, folders};
pub use self::geometry::{GeometryError, PictureGeometry, RequestedSize};
pub use self::window::WindowBackdrop;
pub(crate) use self::window::colours as window_colours;
