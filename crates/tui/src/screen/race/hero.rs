//! The head of the race screen: who meets whom, and by how much the first leads, in large digits.
//! The gap is what a viewer wants to know, so nothing on the screen is larger; figures of one lane stand in its pane.

use ratatui::buffer::Buffer;
use ratatui::layout::{Alignment, Constraint, Layout, Rect};
use ratatui::style::Style;
use ratatui::text::{Line, Span};
use ratatui::widgets::Widget;

use super::context::FrameContext;
use crate::app::RaceView;
use crate::screen::banner::lines_of;
use crate::screen::race::lead;
use crate::screen::{cut_line, number};
use crate::widget::bigtext::{BigText, PixelScale};
use speed_kings_core::format;
use speed_kings_core::race::event::LaneId;
use speed_kings_core::race::lane::LaneState;
use speed_kings_core::race::leader::RaceLeader;
use speed_kings_core::race::verdict::RaceOutcome;
use speed_kings_core::race::{Race, RaceStage};
use speed_kings_core::text::printable;
use speed_kings_core::time::Offset;

/// A screen with fewer rows has the words about the lead and no large digits.
const LOW: u16 = 22;
/// From these columns and rows on, the names are in large letters, too.
const ROOMY: (u16, u16) = (110, 38);
/// From these rows on a screen is a high one.
const HIGH: u16 = 52;
/// The most lines of a name in large letters.
const LINES: usize = 2;
/// Rows of a figure in letters of the smallest size.
const SMALL: u16 = 3;

/// How the head is laid out.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum HeroForm {
    /// The words about the lead, in one row.
    Words,
    /// The gap in digits between the names, the words below.
    Digits,
    /// Names in large letters at the sides, the gap in larger ones between them.
    Wide,
    /// Names in large letters above the gap.
    Tall,
}

impl HeroForm {
    /// The form that suits a screen of this size.
    pub(super) const fn of(screen: Rect) -> Self {
        if screen.height < LOW {
            Self::Words
        } else if screen.width >= ROOMY.0 && screen.height >= ROOMY.1 {
            Self::Wide
        } else if screen.height >= HIGH {
            Self::Tall
        } else {
            Self::Digits
        }
    }

    /// How many rows it takes.
    pub(super) const fn rows(self) -> u16 {
        match self {
            Self::Words => 1,
            Self::Digits => SMALL + 1,
            Self::Wide => 8,
            Self::Tall => 2 * SMALL + 6,
        }
    }
}

/// Draws the head into `area`.
pub(super) fn draw(
    shared: &FrameContext<'_>,
    race_view: &RaceView,
    form: HeroForm,
    more: usize,
    area: Rect,
    buf: &mut Buffer,
) {
    let [main, words] = Layout::vertical([Constraint::Fill(1), Constraint::Length(1)]).areas(area);
    lead::draw(shared, race_view, more, words, buf);
    let pair = pair(&race_view.race, shared.leader, race_view);
    match form {
        HeroForm::Words => {}
        HeroForm::Digits => {
            let side = (main.width / 3).min(28);
            let [left, middle, right] =
                Layout::horizontal([Constraint::Length(side), Constraint::Fill(1), Constraint::Length(side)])
                    .areas(main);
            draw_gap(shared, race_view, middle, buf);
            for (lane, area, alignment) in sides(pair, left, right) {
                draw_plain(shared, race_view, lane, alignment, area, buf);
            }
        }
        HeroForm::Wide => {
            let gap = BigText::size("00.00s", PixelScale::Large).0.min(main.width / 2);
            let [left, middle, right] =
                Layout::horizontal([Constraint::Fill(1), Constraint::Length(gap), Constraint::Fill(1)]).areas(main);
            draw_gap(shared, race_view, Rect { height: middle.height.min(6), ..middle }, buf);
            for (lane, area, alignment) in sides(pair, left, right) {
                draw_large(shared, race_view, lane, alignment, area, buf);
            }
        }
        HeroForm::Tall => {
            let [names, _, gap] =
                Layout::vertical([Constraint::Length(SMALL + 1), Constraint::Length(1), Constraint::Fill(1)])
                    .areas(main);
            draw_gap(shared, race_view, gap, buf);
            // Each as wide as its own letters; one name in large letters beside one in small ones would say who matters.
            let wide = |lane: Option<LaneId>| {
                let name = lane.map(|lane| printable(race_view.race.name(lane)).to_uppercase()).unwrap_or_default();
                if BigText::knows(&name) { BigText::size(&name, PixelScale::Small).0 } else { u16::MAX }
            };
            let [first, second] = pair.map(wide);
            let large = first.saturating_add(second).saturating_add(2) <= names.width;
            let left = if large { Constraint::Length(first) } else { Constraint::Fill(1) };
            let [left, right] = Layout::horizontal([left, Constraint::Fill(1)]).spacing(2).areas(names);
            for (lane, area, alignment) in sides(pair, left, right) {
                let draw_name = if large { draw_large } else { draw_plain };
                draw_name(shared, race_view, lane, alignment, area, buf);
            }
        }
    }
}

/// Who is spoken of: both of two lanes as they stand, of more the first two.
fn pair(race: &Race, leader: Option<RaceLeader>, race_view: &RaceView) -> [Option<LaneId>; 2] {
    let standing = || [0, 1].map(|index| race.entries().nth(index).map(|(id, ..)| id));
    if race.lanes().len() <= 2 {
        return standing();
    }
    match (race_view.verdict.as_ref().map(|verdict| &verdict.outcome), leader) {
        (Some(RaceOutcome::Won { winner, second, .. }), _) => [Some(*winner), Some(*second)],
        (_, Some(leader)) => [Some(leader.leader), Some(leader.chaser)],
        _ => standing(),
    }
}

fn sides(
    [left, right]: [Option<LaneId>; 2],
    left_area: Rect,
    right_area: Rect,
) -> impl Iterator<Item = (LaneId, Rect, Alignment)> {
    let left = left.map(|lane| (lane, left_area, Alignment::Left));
    left.into_iter().chain(right.map(|lane| (lane, right_area, Alignment::Right)))
}

/// By how much the first leads, as large as `area` allows; before there is a lead, the race clock.
fn draw_gap(shared: &FrameContext<'_>, race_view: &RaceView, area: Rect, buf: &mut Buffer) {
    let (text, style) = gap(shared, race_view);
    if let Some(scale) = PixelScale::fitting(&text, area) {
        BigText::new(&text, scale).style(style).alignment(Alignment::Center).render(area, buf);
    }
}

/// The gap as it stands in large digits.
pub(super) fn gap(shared: &FrameContext<'_>, race_view: &RaceView) -> (String, Style) {
    let (race, theme) = (&race_view.race, &shared.app.theme);
    match (race_view.verdict.as_ref().map(|verdict| &verdict.outcome), shared.leader) {
        (Some(RaceOutcome::Won { winner, by, .. }), _) => (format::gap(*by), theme.lane(winner.index())),
        (Some(RaceOutcome::DeadHeat { by }), _) => (format::gap(*by), theme.heat),
        (None, Some(leader)) => (format::gap(leader.time), theme.lane(leader.leader.index())),
        (None, None) if race.stage >= RaceStage::Running => {
            (format::gap(shared.now.since(Offset::GREEN)), theme.stopwatch_running)
        }
        (Some(RaceOutcome::None { .. }), _) | (None, None) => (String::new(), theme.muted),
    }
}

/// How the lane stands: its number, its tokens (their figure only when it is not `counted` elsewhere), whether it leads.
fn standing(shared: &FrameContext<'_>, race_view: &RaceView, lane: LaneId, counted: bool) -> Line<'static> {
    let theme = &shared.app.theme;
    let Some(state) = race_view.race.lane(lane) else { return Line::default() };
    let tokens = shared.tokens(state).map_or_else(|| "0".into(), |tokens| format::tokens(Some(tokens)));
    let tokens = if counted { "tokens".to_owned() } else { format!("{tokens} tokens") };
    let mut spans = vec![
        Span::styled(format!("{} ", number(lane.index())), theme.lane(lane.index())),
        Span::styled(tokens, theme.text),
    ];
    let first = shared.leader.is_some_and(|leader| leader.leader == lane);
    let mark = match &state.state {
        LaneState::Failed(_) => Some((" ✗ out", theme.error)),
        LaneState::Finished => Some((" ⚑ finished", if first { theme.win } else { theme.muted })),
        _ if first => Some((" ▲ leads", theme.win)),
        _ => None,
    };
    spans.extend(mark.map(|(words, style)| Span::styled(words, style)));
    Line::from(spans)
}

/// A contestant in plain letters: its name, and how it stands.
fn draw_plain(
    shared: &FrameContext<'_>,
    race_view: &RaceView,
    lane: LaneId,
    alignment: Alignment,
    area: Rect,
    buf: &mut Buffer,
) {
    let style = shared.app.theme.lane(lane.index()).patch(Style::new().bold());
    let name = Line::styled(printable(race_view.race.name(lane)).to_uppercase(), style);
    let rows = [name, standing(shared, race_view, lane, false)];
    for (line, row) in rows.into_iter().zip(area.rows()) {
        cut_line(line, row.width).alignment(alignment).render(row, buf);
    }
}

/// A contestant in large letters where its name fits, with its tokens in large figures below where there is room.
fn draw_large(
    shared: &FrameContext<'_>,
    race_view: &RaceView,
    lane: LaneId,
    alignment: Alignment,
    area: Rect,
    buf: &mut Buffer,
) {
    let style = shared.app.theme.lane(lane.index());
    let name = printable(race_view.race.name(lane)).to_uppercase();
    let lines = lines_of(&name, PixelScale::Small, area.width)
        .filter(|lines| lines.len() <= LINES && rows_of(lines.len()) <= area.height);
    let Some(lines) = lines else {
        draw_plain(shared, race_view, lane, alignment, area, buf);
        return;
    };
    let mut rest = area;
    for line in &lines {
        BigText::new(line, PixelScale::Small).style(style).alignment(alignment).render(rest, buf);
        rest = Rect { y: rest.y + SMALL + 1, height: rest.height.saturating_sub(SMALL + 1), ..rest };
    }
    if lines.len() > 1 {
        return;
    }
    // Between the name and the figure.
    let between = Rect { y: rest.y - 1, height: 1, ..rest }.intersection(area);
    let tokens = race_view.race.lane(lane).and_then(|lane| shared.tokens(lane)).filter(|_| rest.height >= SMALL);
    let stands = standing(shared, race_view, lane, tokens.is_some());
    cut_line(stands, between.width).alignment(alignment).render(between, buf);
    if let Some(tokens) = tokens {
        let tokens = format::tokens(Some(tokens));
        BigText::new(&tokens, PixelScale::Small).style(shared.app.theme.text).alignment(alignment).render(rest, buf);
    }
}

/// How many rows so many lines of large letters take.
fn rows_of(lines: usize) -> u16 {
    u16::try_from(lines).unwrap_or(u16::MAX).saturating_mul(SMALL + 1).saturating_sub(1)
}
