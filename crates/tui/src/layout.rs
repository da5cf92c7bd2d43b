//! The layouts of the race screen: what of a race gets the room, and how its answers are shown.

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
