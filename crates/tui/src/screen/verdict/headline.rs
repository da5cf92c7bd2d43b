//! The headline of a verdict: who won in large letters, the sentence under them, and what one run is worth.

use ratatui::buffer::Buffer;
use ratatui::layout::{Alignment, Constraint, Layout, Rect};
use ratatui::text::{Line, Span, Text};
use ratatui::widgets::Widget;
use unicode_width::UnicodeWidthStr as _;

use super::stage::VerdictStage;
use crate::app::App;
use crate::screen::banner::BannerText;
use crate::screen::{number, prose};
use crate::view::inset;
use crate::widget::bigtext::{BigText, PixelScale};
use speed_kings_core::format;
use speed_kings_core::race::Race;
use speed_kings_core::race::event::LaneId;
use speed_kings_core::race::verdict::{Metric, NotComparable, RaceOutcome, Verdict};
use speed_kings_core::text::printable;
use speed_kings_core::time::{Period, Rate};

/// What one run is worth.
pub(in crate::screen) const ONE_RUN: &str = "one run: a result, not a claim";

/// From these columns and rows on, both contestants stand in large letters beside the ratio.
const WIDE: (u16, u16) = (110, 34);
/// From this height a picture that is not wide is a high one.
const HIGH: u16 = 52;
/// Rows of a line of letters of the smallest size.
const SMALL: u16 = 3;
/// Rows between the large words and the end of the headline: the sentence and the note.
const BELOW: u16 = 2;

/// How many rows the headline of a screen gets.
pub(super) const fn rows(screen: Rect) -> u16 {
    if screen.height >= HIGH && screen.width < WIDE.0 {
        15
    } else if screen.height >= WIDE.1 {
        if screen.width >= WIDE.0 { 2 * SMALL + 2 + BELOW } else { 8 }
    } else {
        SMALL + BELOW
    }
}

/// The headline of one verdict, as far as its staging is.
pub(super) struct VerdictHeadline<'a> {
    pub(super) app: &'a App,
    pub(super) race: &'a Race,
    pub(super) verdict: &'a Verdict,
    pub(super) stage: VerdictStage,
}

impl VerdictHeadline<'_> {
    /// Draws who won and by how much in large words, and the sentence about it below.
    pub(super) fn draw(&self, area: Rect, buf: &mut Buffer) {
        let (banner, said) = headline(self.app, self.race, self.verdict);
        let large = Rect { height: area.height.saturating_sub(BELOW), ..area };
        let words = match &self.verdict.outcome {
            RaceOutcome::Won { winner, second, ratio, .. } => {
                let ratio = format::ratio(self.stage.ratio(*ratio));
                self.draw_won(&banner, (*winner, *second), &ratio, large, buf)
            }
            _ => banner.draw(large, buf),
        };
        // What the figures are worth is said once the ratio has come to rest.
        if self.stage.is_told() {
            self.draw_words(said, words, area, buf);
        }
    }

    /// The winner, the ratio, and where there is room the second, each in words; gives the rows that they took.
    fn draw_won(
        &self,
        banner: &BannerText,
        (winner, second): (LaneId, LaneId),
        ratio: &str,
        area: Rect,
        buf: &mut Buffer,
    ) -> Rect {
        let style = self.app.theme.lane(winner.index());
        if area.height > area.width / 8 {
            let [upper, lower] = Layout::vertical([Constraint::Fill(1); 2]).spacing(1).areas(area);
            banner.draw(upper, buf);
            banner.with(ratio).draw(lower, buf);
            return area;
        }
        let scale = if area.height >= 2 * SMALL { PixelScale::Large } else { PixelScale::Small };
        let width = (BigText::size("00.00×", scale).0 + 2).min(area.width / 2);
        let [left, right] = Layout::horizontal([Constraint::Fill(1), Constraint::Length(width)]).spacing(1).areas(area);
        let right = inset(right);
        BigText::new(ratio, scale).style(style).alignment(Alignment::Right).render(right, buf);
        if area.height < 2 * SMALL + 2 {
            banner.draw(left, buf);
            return area;
        }
        let label = Line::styled("as fast", self.app.theme.muted).right_aligned();
        label.render(Rect { y: right.y + 2 * SMALL, height: 1, ..right }, buf);
        let half = Rect { height: SMALL + 1, ..left };
        self.draw_contestant(banner, winner, half, buf);
        let name = printable(self.race.name(second)).into_owned();
        let loser = BannerText::new(&name, self.app.theme.lane(second.index()));
        self.draw_contestant(&loser, second, Rect { y: half.bottom(), ..half }, buf);
        area
    }

    /// A contestant in large letters, and its figures in words that need no knowledge.
    fn draw_contestant(&self, banner: &BannerText, lane: LaneId, area: Rect, buf: &mut Buffer) {
        let [large, words] =
            Layout::vertical([Constraint::Fill(1), Constraint::Length(1)]).areas(area.intersection(buf.area));
        banner.left().draw(inset(large), buf);
        let words = inset(words);
        // Out of the verdict: to work them out anew takes the longer the more was said.
        let figure = |metric| {
            let category = self.verdict.categories.iter().find(|category| category.metric == metric);
            category.and_then(|category| category.values.get(lane.index()).copied().flatten())
        };
        let span = |metric| figure(metric).map(|ms| Period::from_secs_f64(ms / 1e3));
        let speed = figure(Metric::OutputSpeed).map(Rate::per_second);
        let said = format::in_words(span(Metric::Ttft), speed, span(Metric::Total), words.width.into());
        Line::styled(said, self.app.theme.text).render(words, buf);
    }

    /// The sentence under the large `words`, and the note under it.
    fn draw_words(&self, said: Vec<Span<'static>>, words: Rect, area: Rect, buf: &mut Buffer) {
        let Self { app, race, verdict, .. } = self;
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
