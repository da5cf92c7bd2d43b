//! The track: one row for each lane, as far as its tokens have taken it.
//! Who leads must be plain from across the room, without reading a number.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::widgets::Widget;
use unicode_width::UnicodeWidthStr as _;

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
    /// Its lane has failed.
    pub failed: bool,
    /// Its lane has finished.
    pub finished: bool,
}

/// The track with all of its runners.
#[derive(Clone, Debug)]
pub struct RaceTrack<'a> {
    /// The runners in the order of the lanes, one row each.
    pub runners: &'a [TrackRunner],
    /// Of the part still to run.
    pub road: Style,
    /// Of names and notes that don't lead.
    pub quiet: Style,
}

impl Widget for RaceTrack<'_> {
    fn render(self, area: Rect, buf: &mut Buffer) {
        let name_width = self.runners.iter().map(|runner| runner.name.width()).max().unwrap_or(0).min(18);
        let note_width = self.runners.iter().map(|runner| runner.note.width()).max().unwrap_or(0).max(12);
        let mut rows = area.rows();
        let shown = self.shown(area.height.into());
        for (runner, row) in shown.iter().zip(&mut rows) {
            self.row(runner, row, (name_width, note_width), buf);
        }
        if let Some(row) = rows.next().filter(|_| shown.len() < self.runners.len()) {
            let more = format!("+{} more", self.runners.len() - shown.len());
            buf.set_stringn(row.left(), row.top(), &more, row.width.into(), self.quiet);
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

    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_precision_loss,
        clippy::cast_sign_loss,
        reason = "bounded by the terminal's width"
    )]
    fn row(&self, runner: &TrackRunner, area: Rect, (names, notes): (usize, usize), buf: &mut Buffer) {
        let width = usize::from(area.width);
        let (name_style, note_style) =
            if runner.leads { (runner.style, runner.style) } else { (self.quiet, self.quiet) };
        let name = cut(&runner.name, names as u16);
        buf.set_stringn(area.left(), area.top(), format!("{} {name}", runner.number), width, name_style);
        let taken = (runner.number.width() + names + 2).min(width);
        let x = area.left() + taken as u16;
        let road = width.saturating_sub(taken).saturating_sub(notes + 2);
        let run = ((runner.share.clamp(0.0, 1.0) * road as f64).round() as usize).min(road);
        let head = match (runner.failed, runner.finished) {
            (true, _) => "✗",
            (_, true) => "⚑",
            _ => "▶",
        };
        let trail = "━".repeat(run.saturating_sub(1));
        let (x, _) = buf.set_stringn(x, area.top(), &trail, road, runner.style);
        let (x, _) =
            if run > 0 || runner.failed { buf.set_stringn(x, area.top(), head, 1, runner.style) } else { (x, 0) };
        let ahead = road.saturating_sub(run.max(usize::from(runner.failed)));
        let (x, _) = buf.set_stringn(x, area.top(), "─".repeat(ahead), road, self.road);
        buf.set_stringn(x + 1, area.top(), &runner.note, notes + 1, note_style);
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
            failed: false,
            finished: false,
        }
    }

    fn draw(runners: &[TrackRunner], width: u16) -> Vec<String> {
        let height = u16::try_from(runners.len()).unwrap();
        let area = Rect::new(0, 0, width, height);
        let mut buf = Buffer::empty(area);
        RaceTrack { runners, road: Style::default(), quiet: Style::default() }.render(area, &mut buf);
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
        let runners = [runner("Cerebras", 1.0), runner("Groq", 0.5), TrackRunner { failed: true, ..runner("X", 0.0) }];
        assert_eq!(
            draw(&runners, 40),
            [
                "1 Cerebras ━━━━━━━━━━━━━━▶ ≈12 tok",
                "1 Groq     ━━━━━━━▶─────── ≈12 tok",
                "1 X        ✗────────────── ≈12 tok"
            ]
        );
    }

    #[test]
    fn names_of_any_width_keep_their_column() {
        let runners = [runner("計算機", 0.5), runner("a name of much more than 18 columns", 0.5)];
        assert_eq!(
            draw(&runners, 46),
            ["1 計算機             ━━━━━▶───── ≈12 tok", "1 a name of much mo… ━━━━━▶───── ≈12 tok"]
        );
    }

    #[test]
    fn who_has_no_row_is_counted_unless_it_leads() {
        let mut runners: Vec<_> = ["A", "B", "C", "D", "E"].map(|name| runner(name, 0.5)).into();
        runners[4].leads = true;
        let names = |rows: u16| {
            let area = Rect::new(0, 0, 40, rows);
            let mut buf = Buffer::empty(area);
            RaceTrack { runners: &runners, road: Style::default(), quiet: Style::default() }.render(area, &mut buf);
            let row = |y| (0..8).map(|x| buf[(x, y)].symbol().to_owned()).collect::<String>();
            (0..rows).map(|y| row(y).trim_end_matches(['━', '▶', ' ']).to_owned()).collect::<Vec<_>>()
        };
        assert_eq!(names(5), ["1 A", "1 B", "1 C", "1 D", "1 E"]);
        assert_eq!(names(4), ["1 A", "1 B", "1 E", "+2 more"]);
        assert_eq!(names(1), ["+5 more"]);
    }

    #[test]
    fn too_narrow_is_cut_not_fatal() {
        for width in 0..20 {
            let _ = draw(&[runner("Cerebras", 0.7)], width.max(1));
        }
    }
}
