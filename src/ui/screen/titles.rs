//! The titles of a film: before it who meets whom and over what, after it how it ended and how fair it was.
//! They stand still, so everything on them has time to be read.

use ratatui::buffer::Buffer;
use ratatui::layout::{Alignment, Constraint, Layout, Rect};
use ratatui::style::Style;
use ratatui::text::{Line, Span, Text};
use ratatui::widgets::{Paragraph, Widget, Wrap};

use crate::race::is_simulated;
use crate::race::verdict::{BadgeKind, Standing};
use crate::text::printable;
use crate::ui::app::{App, Heat};
use crate::ui::screen::card::{big, matchup};
use crate::ui::screen::verdict::{ONE_RUN, headline};
use crate::ui::screen::{number, sim};

/// The widest that running text gets.
const MEASURE: u16 = 90;

/// Draws the title before a film.
pub fn intro(app: &App, heat: &Heat, area: Rect, buf: &mut Buffer) {
    let grid = &heat.race.grid;
    let mut text = Text::default();
    text.push_line(Line::styled(matchup(heat), app.theme.heading));
    text.push_line(Line::default());
    for (id, contestant, lane) in heat.race.entries() {
        let mut line = vec![
            Span::styled(format!("{} {}", number(id.index()), printable(&contestant.name)), app.theme.lane(id.index())),
            Span::styled(
                format!("   {}   {}", contestant.hardware.title(), printable(&contestant.model)),
                app.theme.text,
            ),
        ];
        if is_simulated(contestant, lane) {
            line.extend([Span::raw("  "), sim(app)]);
        }
        text.push_line(Line::from(line));
        text.push_line(Line::default());
    }
    if let Some(question) = grid.phase.as_ref().and_then(|phase| phase.question.as_deref()) {
        text.push_line(Line::styled(printable(question).into_owned(), app.theme.accent));
    }
    frame(app, ("SPEED KINGS", app.theme.accent), text, Alignment::Center, area, buf);
}

/// Draws the title after a film.
pub fn outro(app: &App, heat: &Heat, area: Rect, buf: &mut Buffer) {
    let Some(verdict) = &heat.verdict else { return };
    let (words, style, said) = headline(app, &heat.race, verdict);
    let mut text = Text::default();
    text.push_line(Line::from(said));
    text.push_line(Line::styled(ONE_RUN, app.theme.muted));
    text.push_line(Line::default());
    for badge in &verdict.badges {
        let (mark, style) = match badge.standing {
            Standing::Met => ("✓", app.theme.badge_ok),
            Standing::Broken => ("✗", app.theme.badge_broken),
            Standing::Unknown => ("?", app.theme.badge_unknown),
        };
        text.push_line(Line::from(vec![
            Span::styled(format!("{mark} {}", badge.kind.title()), style),
            Span::styled(format!("  {}", printable(&badge.detail)), app.theme.muted),
        ]));
    }
    text.push_line(Line::default());
    // What the program itself may have added to the figures, as far as this race can tell.
    let own = verdict.badges.iter().filter(|badge| matches!(badge.kind, BadgeKind::Start | BadgeKind::Clean));
    let own: Vec<_> = own.map(|badge| printable(&badge.detail).into_owned()).collect();
    text.push_line(Line::styled(format!("our own share: requests left {}", own.join("; ")), app.theme.text));
    if heat.race.simulated() {
        text.push_line(Line::from(vec![sim(app), Span::styled(" these figures are the simulator's", app.theme.warn)]));
    }
    // Last, so that a picture without room for all of it lacks nothing else.
    if let Some(calibration) = &app.credits.calibration {
        let told = format!("the tool's own error: {}", printable(calibration));
        text.push_line(Line::styled(told, app.theme.text));
    }
    frame(app, (&words, style), text, Alignment::Left, area, buf);
}

fn foot(app: &App) -> Line<'static> {
    let parts = [app.credits.day.as_str(), app.credits.tool.as_str()].map(printable);
    let parts: Vec<_> = parts.iter().filter(|part| !part.is_empty()).map(AsRef::as_ref).collect();
    Line::styled(parts.join(" · "), app.theme.muted)
}

/// Big words, then `text` in the middle with its lines aligned as said; the credits in the last row.
fn frame(
    app: &App,
    (words, style): (&str, Style),
    text: Text<'static>,
    alignment: Alignment,
    area: Rect,
    buf: &mut Buffer,
) {
    let widest = u16::try_from(text.width()).unwrap_or(u16::MAX);
    let width = widest.min(MEASURE).min(area.width.saturating_sub(2));
    let wrapped = |line: &Line<'_>| line.width().div_ceil(usize::from(width.max(1))).max(1);
    let rows: usize = text.lines.iter().map(wrapped).sum();
    let rows = u16::try_from(rows).unwrap_or(u16::MAX).saturating_add(2);
    let head = (area.height.saturating_sub(rows + 2)).clamp(3, 12);
    let [_, top, main, _, bottom] = Layout::vertical([
        Constraint::Fill(1),
        Constraint::Length(head),
        Constraint::Length(rows),
        Constraint::Fill(1),
        Constraint::Length(1),
    ])
    .areas(area);
    big(words, style, top, buf);
    let measure =
        Rect { x: main.x + (main.width - width) / 2, width, y: main.y + 1, height: main.height.saturating_sub(1) };
    let text = Paragraph::new(text).style(app.theme.text).alignment(alignment).wrap(Wrap { trim: false });
    text.render(measure, buf);
    foot(app).alignment(Alignment::Center).render(bottom, buf);
}
