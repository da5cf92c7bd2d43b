//! Themes: the style of every place on screen, so that no widget names a colour.
//! A theme is data; what a terminal can't show is taken out once, when the theme is chosen, and never while drawing.

mod colour;
mod error;
mod level;
pub mod palette;
mod set;
mod sheet;
mod slots;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod vision;

use ratatui::style::Style;

use self::colour::SrgbColour;
pub use self::error::{FilePosition, ThemeError};
pub use self::level::ColourLevel;
pub use self::set::ThemeSet;
use self::sheet::{StylePainter, ThemeSheet, ThemeSource};
use self::slots::every_slot;

/// Makes of the list of slots the theme and the ways over all slots.
macro_rules! theme_of_slots {
    ($($(#[$doc:meta])+ $slot:ident,)+) => {
        /// The style of every place on screen.
        #[derive(Clone, PartialEq, Debug)]
        pub struct Theme {
            /// What a user calls it.
            pub name: String,
            $($(#[$doc])+ pub $slot: Style,)+
            /// What belongs to a lane: its name, its bar, its border while it leads. See [`Theme::lane`].
            pub lanes: Vec<Style>,
            lanes_dim: Vec<Style>,
            sheet: ThemeSheet,
        }

        impl Theme {
            fn painted(name: String, sheet: &ThemeSheet, source: ThemeSource<'_>) -> Result<Self, ThemeError> {
                let painter = StylePainter::new(sheet, source)?;
                let theme = Self {
                    name,
                    $($slot: painter.slot(stringify!($slot), sheet.slots.$slot.as_ref())?,)+
                    lanes: painter.lanes()?,
                    lanes_dim: Vec::new(),
                    sheet: sheet.clone(),
                };
                let lanes_dim = theme.lanes.iter().map(|lane| theme.dimmed(*lane)).collect();
                Ok(Self { lanes_dim, ..theme })
            }

            /// A copy with every style changed; lanes go by the name `lanes`.
            fn map(&self, change: impl Fn(&str, Style) -> Style) -> Self {
                let lanes = |styles: &[Style]| styles.iter().map(|style| change("lanes", *style)).collect();
                Self {
                    name: self.name.clone(),
                    $($slot: change(stringify!($slot), self.$slot),)+
                    lanes: lanes(&self.lanes),
                    lanes_dim: lanes(&self.lanes_dim),
                    sheet: self.sheet.clone(),
                }
            }

            /// Every slot with its name, without the lanes.
            pub fn slots(&self) -> impl Iterator<Item = (&'static str, Style)> {
                [$((stringify!($slot), self.$slot),)+].into_iter()
            }
        }
    };
}

every_slot!(theme_of_slots);

/// How far a dimmed lane colour goes towards the background at the most, and the contrast with it that stays: it is the frame
/// of a lane.
const DIMMED: (f64, f64) = (0.55, 3.0);

impl Theme {
    /// Reads a theme from the text of a file called `origin`; `base` looks up the theme it inherits from.
    ///
    /// # Errors
    /// When the text is no theme, with the place and what may stand there.
    pub fn parse<'a>(text: &str, origin: &str, base: impl Fn(&str) -> Option<&'a Self>) -> Result<Self, ThemeError> {
        let (name, sheet) = sheet::read(text, origin, |name| base(name).map(|theme| &theme.sheet))?;
        Self::painted(name, &sheet, ThemeSource { text, origin })
    }

    /// The style of lane `index`; the colours come round again when there are more lanes than colours.
    #[must_use]
    pub fn lane(&self, index: usize) -> Style {
        self.lanes.iter().cycle().nth(index % self.lanes.len().max(1)).copied().unwrap_or(self.text)
    }

    /// The same for what stands back: the empty part of a bar, a lane that has failed.
    #[must_use]
    pub fn lane_dim(&self, index: usize) -> Style {
        self.lanes_dim.iter().cycle().nth(index % self.lanes_dim.len().max(1)).copied().unwrap_or(self.muted)
    }

    /// `style` faded as far as its contrast allows.
    fn dimmed(&self, style: Style) -> Style {
        let grounds = || [self.background, self.surface].into_iter().filter_map(|ground| SrgbColour::of(ground.bg?));
        let reads = |style: &Style| {
            let fg = style.fg.and_then(SrgbColour::of);
            fg.is_none_or(|fg| grounds().all(|ground| fg.contrast(ground) >= DIMMED.1))
        };
        let steps = (0..=11u32).rev().map(|step| self.fade(style, DIMMED.0 * f64::from(step) / 11.0));
        steps.into_iter().find(reads).unwrap_or(style)
    }

    /// `style` with its foreground `amount` (0 to 1) of the way into the background, for glows and trails.
    /// Below 24-bit colour there are no steps between, and the style stays as it is.
    #[must_use]
    pub fn fade(&self, style: Style, amount: f64) -> Style {
        let ground = self.surface.bg.or(self.background.bg).and_then(SrgbColour::of);
        match (style.fg.and_then(SrgbColour::of), ground) {
            (Some(fg), Some(ground)) => style.fg(fg.mix(ground, amount).colour()),
            _ => style,
        }
    }
}
