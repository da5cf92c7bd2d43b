//! The headline of a verdict: who won in large letters, the sentence under them, and what one run is worth.

use ratatui::buffer::Buffer;
use ratatui::layout::{Alignment, Rect};
use ratatui::text::{Line, Span, Text};
use ratatui::widgets::Widget;
use unicode_width::UnicodeWidthStr as _;

use crate::app::App;
use crate::screen::banner::BannerText;
use crate::screen::{number, prose};
use speed_kings_core::format;
use speed_kings_core::race::Race;
use speed_kings_core::race::event::LaneId;
use speed_kings_core::race::verdict::{NotComparable, RaceOutcome, Verdict};
use speed_kings_core::text::printable;

/// What one run is worth.
pub(in crate::screen) const ONE_RUN: &str = "one run: a result, not a claim";

/// Draws who won in large words, and the sentence about it below.
pub(super) fn draw(app: &App, race: &Race, verdict: &Verdict, area: Rect, buf: &mut Buffer) {
    let (banner, said) = headline(app, race, verdict);
    let words = banner.draw(Rect { height: area.height.saturating_sub(2), ..area }, buf);
    // Where the words are small, the sentence has more than a row.
    let room = area.bottom().saturating_sub(words.bottom() + 1);
    let rows = |said: &Text<'_>| prose::rows(said, Alignment::Center, area.width);
    let mut said = Text::from(Line::from(said));
    for shorter in shorter_tails(race, &verdict.outcome) {
        if rows(&said) <= room {
            break;
        }
        if let Some(tail) = said.lines.first_mut().and_then(|line| line.spans.last_mut()) {
            *tail = Span::styled(shorter, app.theme.heading);
        }
    }
    let rows = rows(&said).min(room);
    let below = Rect { y: words.bottom(), height: rows, ..area };
    prose::draw(said, Alignment::Center, below, buf);
    let width = usize::from(area.width);
    let note = match quality(race, verdict, width) {
        Some((said, true)) => Line::styled(said, app.theme.warn),
        Some((said, false)) => Line::styled(said, app.theme.muted),
        None => Line::styled(note(race, verdict, width), app.theme.muted),
    };
    note.alignment(Alignment::Center).render(Rect { y: below.bottom(), height: 1, ..area }, buf);
}

/// What may stand after the winner's name where the whole sentence has no room, the longest first. The note below says that
/// it is one run, and the table how far ahead.
fn shorter_tails(race: &Race, outcome: &RaceOutcome) -> Vec<String> {
    let RaceOutcome::Won { second, ratio, by, .. } = outcome else { return Vec::new() };
    let faster = format!(" won: {} as fast as {}", format::ratio(*ratio), printable(race.name(*second)));
    vec![format!("{faster}, {by} ahead"), faster]
}

/// What the result is worth, as much of it as fits into `width` columns.
fn note(race: &Race, verdict: &Verdict, width: usize) -> String {
    let weight = if verdict.is_provisional() { "not every badge holds · " } else { "" };
    let split = engine_split(race, verdict).map(|split| format!(" · {split}")).unwrap_or_default();
    let longest = format!("{weight}{ONE_RUN}{split}");
    [longest, format!("{weight}{ONE_RUN}")]
        .into_iter()
        .find(|note| note.width() <= width)
        .unwrap_or_else(|| ONE_RUN.to_owned())
}

/// What the lead is worth in quality, as much of it as fits into `width` columns, and whether the faster one is worse.
fn quality(race: &Race, verdict: &Verdict, width: usize) -> Option<(String, bool)> {
    let finding = verdict.quality.first()?;
    let (long, short) = (format::quality(race, finding), format::quality_short(finding));
    let said = [format!("{long} · {ONE_RUN}"), long, format!("{short} · {ONE_RUN}"), short];
    let said = said.into_iter().find(|said| said.width() <= width)?;
    Some((said, finding.is_regression()))
}

/// The large words, and the sentence under them.
pub(in crate::screen) fn headline(app: &App, race: &Race, verdict: &Verdict) -> (BannerText, Vec<Span<'static>>) {
    let name = |id: LaneId| printable(race.name(id)).into_owned();
    let heading = app.theme.heading;
    match &verdict.outcome {
        RaceOutcome::Won { winner, second, ratio, by } => {
            let style = app.theme.lane(winner.index());
            let said = vec![
                Span::styled(verdict.weight(), app.theme.warn),
                Span::styled(format!("{} {}", number(winner.index()), name(*winner)), style),
                Span::styled(
                    format!(" won this run: {} as fast as {}, {by} ahead", format::ratio(*ratio), name(*second)),
                    heading,
                ),
            ];
            (BannerText::won(&name(*winner), style), said)
        }
        RaceOutcome::DeadHeat { by } => (
            BannerText::new("Dead heat", app.theme.heat),
            vec![
                Span::styled(verdict.weight(), app.theme.warn),
                Span::styled(format!("{}: too close for one run to tell", format::apart(*by)), heading),
            ],
        ),
        RaceOutcome::None { missing } => {
            let reasons: Vec<String> = missing
                .iter()
                .map(|(id, why)| {
                    let why = match why {
                        NotComparable::Failed => {
                            race.lane(*id).and_then(|lane| lane.state.failure()).map_or("failed", |f| f.kind.title())
                        }
                        NotComparable::Unfinished if race.stopped => "was stopped",
                        NotComparable::Unfinished => "did not finish",
                        NotComparable::Silent => "said nothing",
                    };
                    format!("{} {}: {why}", number(id.index()), name(*id))
                })
                .collect();
            (BannerText::new("No verdict", app.theme.warn), vec![Span::styled(reasons.join(" · "), heading)])
        }
    }
}

/// How much of the winner's lead is the engine, and how much queue and network; nothing unless both servers tell.
fn engine_split(race: &Race, verdict: &Verdict) -> Option<String> {
    let RaceOutcome::Won { winner, second, by, .. } = &verdict.outcome else { return None };
    let engine = |id: LaneId| {
        let timing = &race.lane(id)?.server;
        Some(timing.prompt?.as_millis() + timing.completion?.as_millis())
    };
    let engines = engine(*second)? - engine(*winner)?;
    let rest = by.as_millis_f64() - engines;
    let (engines, rest) = (format::signed_ms(engines), format::signed_ms(rest));
    Some(format!("of the lead {engines} engine, {rest} queue and network"))
}
