//! What only a frame can know, kept for the next one: how texts wrapped, how tall panes were, what lies where.
//! All of it can be thrown away at any time; it is a cache, never a state.

use ratatui::layout::{Margin, Position, Rect};

use crate::app::{BlindView, RaceView};
use crate::layout::AnswerForm;
use crate::message::UiMessage;
use crate::widget::transcript::{ScrollState, TextPage, TranscriptLayout};

/// Smaller than this, a screen says so instead of drawing a mess.
pub const SMALLEST: (u16, u16) = (60, 16);

/// Whether `area` is smaller than a screen takes.
#[must_use]
pub const fn is_cramped(area: Rect) -> bool {
    area.width < SMALLEST.0 || area.height < SMALLEST.1
}

/// What frames leave behind for the next one and for the mouse.
#[derive(Default)]
pub struct ViewState {
    /// How each lane's text wrapped.
    pub layouts: Vec<TranscriptLayout>,
    /// How tall each lane's text was.
    pub heights: Vec<u16>,
    /// How the texts that are judged blind wrapped, and on which page they stand.
    pub judged: (usize, Vec<TranscriptLayout>),
    /// How tall the room for each of them was.
    pub judged_heights: Vec<u16>,
    /// Where the timeline of a replay lies, if there is one.
    pub timeline: Option<Rect>,
    /// What a click means where.
    pub targets: Vec<(Rect, UiMessage)>,
}

impl ViewState {
    /// What a click at `position` means.
    #[must_use]
    pub fn target(&self, position: Position) -> Option<UiMessage> {
        self.targets.iter().rev().find(|(area, _)| area.contains(position)).map(|(_, msg)| msg.clone())
    }

    /// Brings the layouts up to date for panes of `width` columns.
    pub fn lay_out(&mut self, race_view: &RaceView, answers: AnswerForm, width: u16) {
        self.layouts.resize_with(race_view.race.lanes().len(), TranscriptLayout::default);
        self.heights.resize(race_view.race.lanes().len(), 0);
        let scrolls = race_view.scroll.iter().copied().chain(std::iter::repeat(ScrollState::Follow));
        for ((layout, lane), scroll) in self.layouts.iter_mut().zip(race_view.race.lanes()).zip(scrolls) {
            let (ended, whole) = (lane.state.is_over(), scroll != ScrollState::Follow);
            let page = TextPage { width, rendered: answers == AnswerForm::Markdown, ended, whole };
            layout.update(lane.transcript(), page);
        }
    }

    /// Works out what `race_view` is scrolled to after what the viewer has asked for since the last frame.
    pub fn settle_scroll(&mut self, race_view: &mut RaceView) {
        let rows = std::mem::take(&mut race_view.pending_scroll);
        let focused = self.layouts.get_mut(race_view.focus).zip(race_view.race.lanes().get(race_view.focus));
        if let Some((layout, lane)) = focused.filter(|_| rows != 0) {
            layout.complete(lane.transcript());
        }
        let total = self.layouts.get(race_view.focus).map_or(0, |layout| layout.lines().len());
        let height = self.heights.get(race_view.focus).copied().unwrap_or(0);
        if let Some(scroll) = race_view.scroll.get_mut(race_view.focus).filter(|_| rows != 0) {
            *scroll = scroll.by(rows, total, height);
        }
    }

    /// Works out what `blind` is scrolled to after what the viewer has asked for since the last frame.
    pub fn settle_blind(&self, blind: &mut BlindView) {
        let rows = std::mem::take(&mut blind.pending_scroll);
        // After the last page its lines are all there is.
        let place = if blind.revealed().is_some() { 0 } else { blind.focus };
        let total = match blind.revealed() {
            Some(lines) => lines.len(),
            None => self.judged.1.get(place).map_or(0, |layout| layout.lines().len()),
        };
        let height = self.judged_heights.get(place).copied().unwrap_or(0);
        if let Some(scroll) = blind.scroll.get_mut(place).filter(|_| rows != 0) {
            // Texts that are read do not grow: their end is a place, and nothing to follow.
            let top = scroll.by(rows, total, height).top(total, height);
            *scroll = ScrollState::Top(top);
        }
    }

    /// How lane `index` is scrolled.
    #[must_use]
    pub fn scroll(&self, race_view: &RaceView, index: usize) -> ScrollState {
        race_view.scroll.get(index).copied().unwrap_or_default()
    }
}

/// `area` without a column on each side.
#[must_use]
pub fn inset(area: Rect) -> Rect {
    area.inner(Margin::new(1, 0))
}
