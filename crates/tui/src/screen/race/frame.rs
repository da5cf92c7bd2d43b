//! The frame of a lane: in its title who runs there, on what, and what must never be overlooked about it.
//! Where the title is too long, what can be read elsewhere goes first; the SIM and GHOST badges never do.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};
use ratatui::widgets::{Block, BorderType, Padding, Widget};

use super::context::FrameContext;
use crate::app::RaceView;
use crate::screen::{cut, ghost, number, sim};
use speed_kings_core::date;
use speed_kings_core::race::event::LaneId;
use speed_kings_core::race::is_simulated;
use speed_kings_core::race::lane::{Lane, LaneState};
use speed_kings_core::race::setup::Contestant;
use speed_kings_core::race::verdict::RaceOutcome;
use speed_kings_core::text::printable;

/// How long the frame flashes at the first token, in seconds.
const FLASH: f64 = 0.35;

/// Draws it; gives the room inside.
pub(super) fn draw(
    shared: &FrameContext<'_>,
    race_view: &RaceView,
    (id, contestant, lane): (LaneId, &Contestant, &Lane),
    area: Rect,
    buf: &mut Buffer,
) -> Rect {
    let theme = &shared.app.theme;
    let room = area.width.saturating_sub(2);
    let (title, mark) = fitted(&title(shared, id, contestant, lane), marks(shared, race_view, id, lane), room);
    let leads = shared.leader.is_some_and(|leader| leader.leader == id);
    let focus = race_view.race.lanes().len() > 1 && race_view.focus == id.index();
    let flashes = lane.marks.first_text.is_some_and(|first| shared.show.effect(first, FLASH).is_some());
    // Lanes differ by their frame too, for those who can't tell the colours apart.
    let border = if id.index() % 2 == 0 { BorderType::Thick } else { BorderType::Double };
    let foot = if focus && !shared.app.is_filmed() {
        Line::styled(" ↑↓ scroll ", theme.muted).right_aligned()
    } else {
        Line::default()
    };
    let block = Block::bordered()
        .border_type(border)
        .border_style(if flashes {
            theme.heading
        } else if leads {
            theme.lane(id.index())
        } else {
            theme.lane_dim(id.index())
        })
        .style(theme.surface)
        .title(title)
        .title(Line::from(mark).right_aligned())
        .title_bottom(foot)
        .padding(Padding::horizontal(1));
    let inner = block.inner(area);
    block.render(area, buf);
    inner
}

/// What a title is made of: the number, the name, then what stands beside it.
struct FrameTitle {
    number: Span<'static>,
    name: Span<'static>,
    hardware: Span<'static>,
    badges: Vec<Span<'static>>,
    day: Option<Span<'static>>,
}

fn title(shared: &FrameContext<'_>, id: LaneId, contestant: &Contestant, lane: &Lane) -> FrameTitle {
    let theme = &shared.app.theme;
    let style = theme.lane(id.index()).patch(Style::new().bold());
    let mut badges = Vec::new();
    if is_simulated(contestant, lane) {
        badges.push(sim(shared.app));
    }
    // The day is enough to know a ghost by; the minute stands in what `inspect` says.
    let day = contestant.ghost.as_deref().map(|ran_at| date::day_of(&printable(ran_at)));
    if day.is_some() {
        badges.push(ghost(shared.app));
    }
    FrameTitle {
        number: Span::styled(format!(" {} ", number(id.index())), style),
        name: Span::styled(printable(&contestant.name).to_uppercase(), style),
        hardware: Span::styled(format!(" {} ", contestant.hardware.badge()), theme.selection),
        badges,
        day: day.map(|day| Span::styled(format!(" {day} "), theme.muted)),
    }
}

/// How the lane stands, in a word and without one.
fn marks(shared: &FrameContext<'_>, race_view: &RaceView, id: LaneId, lane: &Lane) -> [Span<'static>; 2] {
    let theme = &shared.app.theme;
    let leads = shared.leader.is_some_and(|leader| leader.leader == id);
    let (word, sign, style) = match (&lane.state, leads) {
        (LaneState::Failed(_), _) => (" OUT ", " ✗ ", theme.error),
        (LaneState::Finished, true) if won(race_view, id) => (" ⚑ FIRST ", " ⚑1 ", theme.win),
        (LaneState::Finished, _) => (" ⚑ ", " ⚑ ", theme.muted),
        (_, true) => (" ▲ LEADS ", " ▲ ", theme.win),
        _ => return [Span::default(), Span::default()],
    };
    [word, sign].map(|mark| Span::styled(mark, style))
}

/// Whether lane `id` is first for good: nobody is in a dead heat.
fn won(race_view: &RaceView, id: LaneId) -> bool {
    match race_view.verdict.as_ref().map(|verdict| &verdict.outcome) {
        Some(RaceOutcome::Won { winner, .. }) => *winner == id,
        Some(_) => false,
        None => true,
    }
}

/// As much of `title` as there is `room` for beside a mark, and the mark: the day goes first, then the hardware, then the
/// mark's word, and of the name no more than it takes.
fn fitted(title: &FrameTitle, [word, sign]: [Span<'static>; 2], room: u16) -> (Line<'static>, Span<'static>) {
    let after = |hardware: bool, day: bool| {
        let mut spans = vec![Span::raw(" ")];
        if hardware {
            spans.extend([title.hardware.clone(), Span::raw(" ")]);
        }
        for badge in &title.badges {
            spans.extend([badge.clone(), Span::raw(" ")]);
        }
        if let (true, Some(day), Some(last)) = (day, &title.day, spans.last_mut()) {
            *last = day.clone();
        }
        spans
    };
    let width = |spans: &[Span<'_>]| spans.iter().map(Span::width).sum::<usize>();
    let ways = [(true, true, &word), (true, false, &word), (false, false, &word), (false, false, &sign)];
    let ways = ways.map(|(hardware, day, mark)| (after(hardware, day), mark));
    let taken = |spans: &[Span<'_>], mark: &Span<'_>| title.number.width() + width(spans) + mark.width();
    let whole =
        |(spans, mark): &(Vec<Span<'_>>, &Span<'_>)| taken(spans, mark) + title.name.width() <= usize::from(room);
    let [.., last] = &ways;
    let (spans, mark) = ways.iter().find(|way| whole(way)).unwrap_or(last);
    let left = usize::from(room).saturating_sub(taken(spans, mark));
    let name = cut(&title.name.content, u16::try_from(left).unwrap_or(u16::MAX)).into_owned();
    let mut line = vec![title.number.clone(), Span::styled(name, title.name.style)];
    line.extend(spans.iter().cloned());
    (Line::from(line), (*mark).clone())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(name: &str, badges: &[&'static str], day: bool, room: u16) -> String {
        let title = FrameTitle {
            number: Span::raw(" ① "),
            name: Span::raw(name.to_owned()),
            hardware: Span::raw(" WSE "),
            badges: badges.iter().map(|badge| Span::raw(*badge)).collect(),
            day: day.then(|| Span::raw(" 2026-07-01 ")),
        };
        let (title, mark) = fitted(&title, [Span::raw(" ⚑ FIRST "), Span::raw(" ⚑1 ")], room);
        assert!(title.width() + mark.width() <= usize::from(room), "{title}{mark} in {room}");
        format!("{title}|{mark}")
    }

    #[test]
    fn badges_stay_and_nothing_lies_over_them() {
        let (sim, ghost) = (" SIM ", " GHOST ");
        let shown = |room| shown("CEREBRAS", &[sim, ghost], true, room);
        assert_eq!(shown(60), " ① CEREBRAS  WSE   SIM   GHOST  2026-07-01 | ⚑ FIRST ");
        assert_eq!(shown(42), " ① CEREBRAS  WSE   SIM   GHOST  | ⚑ FIRST ");
        assert_eq!(shown(36), " ① CEREBRAS  SIM   GHOST  | ⚑ FIRST ");
        assert_eq!(shown(31), " ① CEREBRAS  SIM   GHOST  | ⚑1 ");
        assert_eq!(shown(26), " ① CER…  SIM   GHOST  | ⚑1 ");
        assert_eq!(super::tests::shown("GROQ", &[], false, 23), " ① GROQ  WSE  | ⚑ FIRST ");
    }
}
