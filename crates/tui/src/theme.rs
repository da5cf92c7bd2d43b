//! Themes: the style of every place on screen, so that no widget names a colour.
//! A theme is data; what a terminal can't show is taken out once, when the theme is chosen, and never while drawing.

mod colour;
mod error;
mod level;
mod set;
mod sheet;
#[cfg(test)]
mod tests;

use ratatui::style::Style;
use serde::Deserialize;

use self::colour::SrgbColour;
pub use self::error::{FilePosition, ThemeError};
pub use self::level::ColourLevel;
pub use self::set::ThemeSet;
use self::sheet::{SlotPaint, StylePainter, ThemeSheet, ThemeSource};

/// Declares each slot once and makes of the list the theme, its form in a file, and the ways over all slots.
macro_rules! slots {
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

        /// The slots as a file gives them.
        #[derive(Clone, PartialEq, Debug, Default, Deserialize)]
        #[serde(default, deny_unknown_fields)]
        struct Slots { $($slot: Option<SlotPaint>,)+ }

        impl Slots {
            fn over(self, base: &Self) -> Self {
                Self { $($slot: self.$slot.or_else(|| base.$slot.clone()),)+ }
            }
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
                let lanes_dim = theme.lanes.iter().map(|lane| theme.fade(*lane, DIMMED)).collect();
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

slots! {
    /// The whole screen, and the text on it unless something else is said.
    background,
    /// The inside of a pane.
    surface,
    /// The frame of a pane.
    border,
    /// The frame of the pane that has the focus.
    border_active,
    /// Running text that nothing else is said about.
    text,
    /// Labels, units, and what may be overlooked.
    muted,
    /// Titles of panes and windows, and sentences of the same weight.
    heading,
    /// What should catch the eye and belongs to no lane.
    accent,
    /// What a model thinks before it answers.
    reasoning,
    /// The stopwatch until the first token.
    stopwatch_running,
    /// The stopwatch from then on.
    stopwatch_stamped,
    /// The speed of a lane, in tokens per second.
    speed,
    /// The bars of a sparkline.
    spark,
    /// A sparkline's bucket in which nothing came.
    spark_zero,
    /// A sparkline's bucket about which nothing is known.
    spark_absent,
    /// The race track that the lanes run on.
    track,
    /// Whoever wins or leads, and the best figures.
    win,
    /// The one who did not win.
    lose,
    /// A dead heat, or too close to call.
    heat,
    /// A warning that the viewer should read.
    warn,
    /// A failure, and the lane that is out.
    error,
    /// The badge on everything simulated.
    sim,
    /// The light that says a recording is being made.
    rec,
    /// A fairness badge that holds.
    badge_ok,
    /// A fairness badge that is broken.
    badge_broken,
    /// A fairness badge nobody can answer for.
    badge_unknown,
    /// The chosen row of a list.
    selection,
    /// A key in a key hint.
    key,
    /// A box over the screen.
    overlay,
    /// What lies behind such a box.
    dim,
}

/// How far a dimmed lane colour goes towards the background.
const DIMMED: f64 = 0.55;

impl Theme {
    /// Reads a theme from the text of a file called `origin`; `base` looks up the theme it inherits from.
    ///
    /// # Errors
    /// When the text is no theme, with the place and what may stand there.
    pub fn parse<'a>(text: &str, origin: &str, base: impl Fn(&str) -> Option<&'a Self>) -> Result<Self, ThemeError> {
        sheet::read(text, origin, base)
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
