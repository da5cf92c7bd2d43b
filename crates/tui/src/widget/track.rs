//! The track: a bar for each lane on one scale, as far as its tokens have taken it, one row high or nearly two.
//! Who leads must be plain from across the room, without reading a number.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::widgets::Widget;
use unicode_width::UnicodeWidthStr as _;

use super::bar;
use crate::screen::cut;

/// One runner on the track.
#[derive(Clone, Debug)]
pub struct TrackRunner {
    /// Its lane's number as a mark: ①, ②.
    pub number: String,
    /// Its name, made printable.
    pub name: String,
    /// How far it is, as a share of the track.
    pub share: f64,
    /// What stands behind it: its tokens, its end.
    pub note: String,
    /// The style of its lane.
    pub style: Style,
    /// It leads the race.
    pub leads: bool,
    /// What sweeps through its bar, and how far that is, from 0 to 1.
    pub sweep: Option<(BarSweep, f64)>,
    /// Its lane has failed.
    pub failed: bool,
    /// Its lane has finished.
    pub finished: bool,
}

/// What can sweep through a bar.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum BarSweep {
    /// A light: the lane has taken the lead.
    Light,
    /// A chequered flag: the lane has won.
    Flag,
}

/// Columns of a sweep.
const SWEEP: u16 = 8;

/// The track with all of its runners.
#[derive(Clone, Debug)]
pub struct RaceTrack<'a> {
    /// The runners in the order of the lanes.
    pub runners: &'a [TrackRunner],
    /// Tokens from the start to the finish.
    pub length: f64,
    /// Of the part still to run.
    pub road: Style,
    /// Of names and notes that don't lead.
    pub quiet: Style,
    /// Of the scale below the bars.
    pub scale: Style,
    /// Of what sweeps through a bar.
    pub light: Style,
    /// How much of the time until the next screen is over, from 0 to 1: a line in place of the scale.
    pub wait: Option<f64>,
}

/// Where the parts of each row lie: names, road, notes.
#[derive(Clone, Copy)]
struct TrackColumns {
    names: u16,
    road: u16,
    notes: u16,
}

impl Widget for RaceTrack<'_> {
    fn render(self, area: Rect, buf: &mut Buffer) {
        let columns = self.columns(area.width);
        let count = u16::try_from(self.runners.len()).unwrap_or(u16::MAX);
        let each = if area.height >= count.saturating_mul(2) { 2 } else { 1 };
        let shown = self.shown(area.height.into());
        let mut y = area.top();
        for runner in &shown {
            let rows = Rect { y, height: each, ..area }.intersection(area);
            self.draw_runner(runner, rows, columns, buf);
            y = y.saturating_add(each);
        }
        let rest = Rect { y, height: 1, ..area }.intersection(area);
        if rest.is_empty() {
            return;
        }
        if shown.len() < self.runners.len() {
            let more = format!("+{} more", self.runners.len() - shown.len());
            buf.set_stringn(rest.left(), rest.top(), &more, rest.width.into(), self.quiet);
        } else if let Some(wait) = self.wait {
            let road = Rect { x: rest.x + columns.names, width: columns.road, ..rest }.intersection(rest);
            buf.set_stringn(road.x, road.y, bar::text(wait, road.width), road.width.into(), self.scale);
        } else {
            self.draw_scale(rest, columns, buf);
        }
    }
}

impl RaceTrack<'_> {
    /// The runners that there are `rows` for, and for how many more there are: the first, and always the leader.
    fn shown(&self, rows: usize) -> Vec<&TrackRunner> {
        if self.runners.len() <= rows {
            return self.runners.iter().collect();
        }
        let room = rows.saturating_sub(1);
        let mut shown: Vec<&TrackRunner> = self.runners.iter().take(room).collect();
        let behind = self.runners.iter().skip(room).find(|runner| runner.leads);
        if let (Some(last), Some(leader)) = (shown.last_mut(), behind) {
            *last = leader;
        }
        shown
    }

    fn columns(&self, width: u16) -> TrackColumns {
        let widest = |text: fn(&TrackRunner) -> &str| {
            let widths = self.runners.iter().map(|runner| text(runner).width());
            u16::try_from(widths.max().unwrap_or(0)).unwrap_or(u16::MAX)
        };
        let number = widest(|runner| &runner.number);
        let names = (widest(|runner| &runner.name).min(18) + number + 2).min(width);
        let notes = widest(|runner| &runner.note).max(12) + 2;
        TrackColumns { names, road: width.saturating_sub(names).saturating_sub(notes), notes }
    }

    fn draw_runner(&self, runner: &TrackRunner, area: Rect, columns: TrackColumns, buf: &mut Buffer) {
        let note_style = if runner.leads { runner.style } else { self.quiet };
        let (left, top, width) = (area.left(), area.top(), usize::from(area.width));
        let room = columns.names.saturating_sub(u16::try_from(runner.number.width()).unwrap_or(0) + 2);
        let name = cut(&runner.name, room);
        buf.set_stringn(left, top, format!("{} {name}", runner.number), width, runner.style);
        let (start, end) = (left + columns.names, left + columns.names + columns.road);
        let road = usize::from(columns.road);
        buf.set_stringn(start, top, "─".repeat(road), road, self.road);
        let run = bar::text(runner.share, columns.road);
        let (head, _) = buf.set_stringn(start, top, &run, road, runner.style);
        if area.height > 1 {
            buf.set_stringn(start, top + 1, bar::lower_half(runner.share, columns.road), road, runner.style);
        }
        let mark = match (runner.failed, runner.finished) {
            (true, _) => "✗",
            (_, true) => "⚑",
            _ if runner.share > 0.0 => runner.number.as_str(),
            _ => "",
        };
        // At the finish there is a column left for it before the note.
        if columns.road > 0 && !mark.is_empty() {
            buf.set_stringn(head.min(end), top, mark, 1, runner.style);
        }
        if let Some(sweep) = runner.sweep {
            draw_sweep(sweep, self.light, Rect { x: start, width: head.saturating_sub(start), ..area }, buf);
        }
        let note = usize::from(area.right().saturating_sub(end + 2).min(columns.notes));
        buf.set_stringn(end + 2, top, &runner.note, note, note_style);
    }

    /// The scale in tokens: the ends, then the middle and the quarters where there is room.
    fn draw_scale(&self, area: Rect, columns: TrackColumns, buf: &mut Buffer) {
        let start = area.left() + columns.names;
        let mut taken: Vec<(u16, u16)> = Vec::new();
        for quarter in [0u16, 4, 2, 1, 3] {
            let tokens = format!("{:.0}", self.length * f64::from(quarter) / 4.0);
            let text = if quarter == 4 { format!("finish {tokens}") } else { tokens };
            let width = u16::try_from(text.width()).unwrap_or(0);
            let x = start + columns.road * quarter / 4;
            let from = match quarter {
                0 => x,
                4 => x.saturating_sub(width),
                _ => x.saturating_sub(width / 2),
            };
            let to = from.saturating_add(width);
            let free = taken.iter().all(|(first, after)| to + 1 < *first || from > after + 1);
            if free && from >= start && to <= area.right() {
                buf.set_stringn(from, area.top(), &text, usize::from(width), self.scale);
                taken.push((from, to));
            } else if quarter == 2 {
                // The quarters alone would be no scale.
                break;
            }
        }
    }
}

/// Draws what sweeps through the bar that fills `area`, in the style `light`.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "bounded by the terminal's width")]
pub fn draw_sweep((sweep, share): (BarSweep, f64), light: Style, area: Rect, buf: &mut Buffer) {
    // It comes in from the left, and goes out at the right.
    let front = (share * f64::from(area.width + SWEEP)) as u16;
    for x in front.saturating_sub(SWEEP)..front.min(area.width) {
        for y in area.rows().map(|row| row.y) {
            let Some(cell) = buf.cell_mut((area.x + x, y)) else { continue };
            match sweep {
                BarSweep::Light => cell.set_style(light),
                BarSweep::Flag if (x / 2 + y - area.y).is_multiple_of(2) => cell.set_style(light),
                BarSweep::Flag => cell.set_symbol(" "),
            };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn runner(name: &str, share: f64) -> TrackRunner {
        TrackRunner {
            number: "1".into(),
            name: name.into(),
            share,
            note: "≈12 tok".into(),
            style: Style::default(),
            leads: false,
            sweep: None,
            failed: false,
            finished: false,
        }
    }

    fn track(runners: &[TrackRunner]) -> RaceTrack<'_> {
        let plain = Style::default();
        RaceTrack { runners, length: 1_000.0, road: plain, quiet: plain, scale: plain, light: plain, wait: None }
    }

    fn draw(runners: &[TrackRunner], width: u16, height: u16) -> Vec<String> {
        let area = Rect::new(0, 0, width, height);
        let mut buf = Buffer::empty(area);
        track(runners).render(area, &mut buf);
        (0..height)
            .map(|y| {
                let (mut line, mut skip) = (String::new(), 0);
                for x in 0..width {
                    let symbol = buf[(x, y)].symbol();
                    line.push_str(if skip == 0 { symbol } else { "" });
                    skip = if skip == 0 { symbol.width().saturating_sub(1) } else { skip - 1 };
                }
                line.trim_end().to_owned()
            })
            .collect()
    }

    #[test]
    fn runners_are_where_they_are() {
        let home = TrackRunner { finished: true, ..runner("Cerebras", 1.0) };
        let runners = [home, runner("Groq", 0.53), TrackRunner { failed: true, ..runner("X", 0.0) }];
        assert_eq!(
            draw(&runners, 42, 4),
            [
                "1 Cerebras █████████████████⚑ ≈12 tok",
                "1 Groq     █████████▏1──────  ≈12 tok",
                "1 X        ✗────────────────  ≈12 tok",
                "           0     finish 1000",
            ]
        );
        assert_eq!(
            draw(&runners[1..2], 42, 3),
            ["1 Groq ███████████▎1────────  ≈12 tok", "       ▀▀▀▀▀▀▀▀▀▀▀▘", "       0         finish 1000"]
        );
    }

    #[test]
    fn a_flag_runs_through_the_bar_of_the_winner() {
        let at = |share: f64| {
            let runner = TrackRunner { sweep: Some((BarSweep::Flag, share)), finished: true, ..runner("A", 1.0) };
            draw(&[runner], 38, 1).remove(0)
        };
        assert_eq!(at(0.0), "1 A ████████████████████⚑ ≈12 tok");
        assert_eq!(at(0.5), "1 A ██████  ██  ████████⚑ ≈12 tok");
        assert_eq!(at(1.0), "1 A ████████████████████⚑ ≈12 tok");
    }

    #[test]
    fn names_of_any_width_keep_their_column() {
        let runners = [runner("計算機", 0.5), runner("a name of much more than 18 columns", 0.5)];
        assert_eq!(
            draw(&runners, 46, 2),
            ["1 計算機             █████▌1────  ≈12 tok", "1 a name of much mo… █████▌1────  ≈12 tok"]
        );
    }

    #[test]
    fn who_has_no_row_is_counted_unless_it_leads() {
        let mut runners: Vec<_> = ["A", "B", "C", "D", "E"].map(|name| runner(name, 0.5)).into();
        runners[4].leads = true;
        let names = |rows: u16| {
            let area = Rect::new(0, 0, 40, rows);
            let mut buf = Buffer::empty(area);
            track(&runners).render(area, &mut buf);
            let row = |y| (0..8).map(|x| buf[(x, y)].symbol().to_owned()).collect::<String>();
            (0..rows).map(|y| row(y).trim_end_matches(['█', '1', '─', ' ']).to_owned()).collect::<Vec<_>>()
        };
        assert_eq!(names(5), ["1 A", "1 B", "1 C", "1 D", "1 E"]);
        assert_eq!(names(4), ["1 A", "1 B", "1 E", "+2 more"]);
        assert_eq!(names(1), ["+5 more"]);
    }

    #[test]
    fn too_narrow_is_cut_not_fatal() {
        for width in 0..20 {
            for height in 1..4 {
                let _ = draw(&[runner("Cerebras", 0.7)], width.max(1), height);
            }
        }
    }
}
