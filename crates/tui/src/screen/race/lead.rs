//! The sentence about who leads, by how many tokens and by how much time; at the end what the verdict says.

use ratatui::buffer::Buffer;
use ratatui::layout::{Alignment, Rect};
use ratatui::text::{Line, Span};
use ratatui::widgets::Widget;

use super::context::FrameContext;
use crate::app::RaceView;
use crate::screen::{cut_line, number};
use speed_kings_core::format;
use speed_kings_core::race::RaceStage;
use speed_kings_core::race::event::LaneId;
use speed_kings_core::race::leader::RaceLeader;
use speed_kings_core::race::standstill;
use speed_kings_core::race::verdict::{RaceOutcome, Verdict};
use speed_kings_core::text::printable;

/// By how much the first leads; nothing where that would be shown as nothing.
fn lead(leader: RaceLeader) -> Option<String> {
    let tokens = (leader.tokens >= 1.0).then(|| {
        let count = format!("{:.0}", leader.tokens);
        if count == "1" { "1 token".to_owned() } else { format!("{count} tokens") }
    });
    let parts: Vec<String> = [tokens, format::lead(leader.time)].into_iter().flatten().collect();
    (!parts.is_empty()).then(|| parts.join(" and "))
}

/// Draws the sentence in the middle of a row, and how many lanes have no place at its end.
pub(super) fn draw(shared: &FrameContext<'_>, race_view: &RaceView, more: usize, area: Rect, buf: &mut Buffer) {
    let app = shared.app;
    let keys = if app.is_filmed() { "" } else { " (Tab)" };
    let more = if more > 0 { Line::styled(format!("+{more} more{keys} "), app.theme.muted) } else { Line::default() };
    let kept = u16::try_from(more.width()).unwrap_or(u16::MAX).saturating_mul(2);
    let line = sentence(shared, race_view, race_view.trouble.as_deref());
    cut_line(line, area.width.saturating_sub(kept)).alignment(Alignment::Center).render(area, buf);
    more.right_aligned().render(area, buf);
}

/// The sentence; `trouble` beside the race, if it is to be told, comes before it.
pub(super) fn sentence(shared: &FrameContext<'_>, race_view: &RaceView, trouble: Option<&str>) -> Line<'static> {
    let (app, race) = (shared.app, &race_view.race);
    let of = |lane: LaneId, words: String| {
        let name = format!("{} {} ", number(lane.index()), printable(race.name(lane)));
        Line::from(vec![Span::styled(name, app.theme.lane(lane.index())), Span::styled(words, app.theme.heading)])
    };
    let outcome = race_view.verdict.as_ref().map(|verdict| &verdict.outcome);
    let weight = if race_view.verdict.as_ref().is_some_and(Verdict::is_provisional) { " (provisional)" } else { "" };
    let held =
        standstill::words(&race.standstills()).map(|told| format!("the program itself {told}: no stall of theirs"));
    let out = race.entries().find(|(_, _, lane)| lane.state.failure().is_some());
    match (trouble, race.stage, outcome, shared.leader) {
        (Some(trouble), ..) => Line::styled(printable(trouble).into_owned(), app.theme.warn),
        (None, RaceStage::Running, ..) if held.is_some() => Line::styled(held.unwrap_or_default(), app.theme.warn),
        (None, RaceStage::Warming, None, _) => Line::styled("warming the connections", app.theme.muted),
        (None, RaceStage::Countdown, None, _) => Line::styled("on your marks", app.theme.muted),
        // At the end the verdict speaks: two screens must not name two winners, or two margins.
        (None, _, Some(RaceOutcome::Won { winner, by, .. }), _) => of(*winner, format!("won by {by}{weight}")),
        (None, _, Some(RaceOutcome::DeadHeat { by }), _) => {
            Line::styled(format!("dead heat: {}{weight}", format::apart(*by)), app.theme.heat)
        }
        (None, _, Some(RaceOutcome::None { .. }), _) => Line::styled("no verdict", app.theme.muted),
        (None, _, None, Some(leader)) => match lead(leader) {
            Some(by) => of(leader.leader, format!("leads by {by}")),
            None => Line::styled("level", app.theme.muted),
        },
        (None, _, None, None) => match out {
            Some((lane, ..)) => of(lane, "is out".into()),
            None => Line::styled("neck and neck", app.theme.muted),
        },
    }
}
