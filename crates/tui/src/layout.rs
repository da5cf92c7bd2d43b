//! The layouts of the race screen: what of a race gets the room, how its answers are shown, and what stays free around it.

use ratatui::layout::Rect;

/// What stays free at the left, the top, the right and the bottom, in percent: the usual title-safe area, and in an upright
/// picture the lower fifth and the right eighth, where platforms put their buttons and the film's own title.
const SAFE: [u16; 4] = [5, 5, 5, 5];
const SAFE_UPRIGHT: [u16; 4] = [5, 8, 12, 20];

/// The part of `area` that no screen cuts off and no platform puts a button on.
#[must_use]
pub fn safe_area(area: Rect, upright: bool) -> Rect {
    let share = |side: u16, percent: u16| u16::try_from(u32::from(side) * u32::from(percent) / 100).unwrap_or(side);
    let [left, top, right, bottom] = if upright { SAFE_UPRIGHT } else { SAFE };
    let Rect { x, y, width, height } = area;
    let (left, top) = (share(width, left), share(height, top));
    Rect::new(x + left, y + top, width - left - share(width, right), height - top - share(height, bottom))
}

/// Whom the screen is for.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum ScreenAudience {
    /// Whoever sits at the keyboard: keys are named, and a replay has its timeline.
    #[default]
    Driver,
    /// A camera: nothing but the race, clear of the edges.
    Camera,
}

impl ScreenAudience {
    /// The audience that is not this one.
    #[must_use]
    pub const fn other(self) -> Self {
        match self {
            Self::Driver => Self::Camera,
            Self::Camera => Self::Driver,
        }
    }
}

/// What of a race gets the room.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum RaceLayout {
    /// Head, bars, and a pane with figures and text for each lane.
    #[default]
    Split,
    /// The same with large figures, a tall chart of the rate and three lines of text.
    Broadcast,
    /// Nothing but the texts.
    Text,
    /// The timing tower: every lane in the order in which they stand.
    Tower,
}

impl RaceLayout {
    /// All layouts, in the order in which the key walks through them.
    pub const ALL: [Self; 4] = [Self::Split, Self::Broadcast, Self::Text, Self::Tower];

    /// The layout after this one, and after the last the first.
    #[must_use]
    pub fn next(self) -> Self {
        Self::ALL.into_iter().skip_while(|layout| *layout != self).nth(1).unwrap_or_default()
    }
}

/// How answers are shown.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum AnswerForm {
    /// As the Markdown that they are.
    #[default]
    Markdown,
    /// Letter by letter as they were said.
    Raw,
}

impl AnswerForm {
    /// The form that is not this one.
    #[must_use]
    pub const fn other(self) -> Self {
        match self {
            Self::Markdown => Self::Raw,
            Self::Raw => Self::Markdown,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_key_comes_round() {
        let round = RaceLayout::ALL.into_iter().fold(RaceLayout::default(), |layout, _| layout.next());
        assert_eq!(round, RaceLayout::default());
        assert_eq!(RaceLayout::Tower.next(), RaceLayout::Split);
    }
}
