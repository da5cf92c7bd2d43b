//! The track: one row for each lane, as far as its tokens have taken it.
//! Who leads must be plain from across the room, without reading a number.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::widgets::Widget;

/// One runner on the track.
#[derive(Clone, Debug)]
pub struct Runner {
    /// Its number.
    pub number: String,
    /// Its name.
    pub name: String,
    /// How far it is, as a share of the track.
    pub share: f64,
    /// What stands behind it: its tokens, its end.
    pub note: String,
    /// Its colour.
    pub style: Style,
    /// It leads.
    pub leads: bool,
    /// It is out.
    pub failed: bool,
    /// It is home.
    pub finished: bool,
}

/// All runners.
#[derive(Clone, Debug)]
pub struct Track<'a> {
    /// One row each.
    pub runners: &'a [Runner],
    /// Of the part still to run.
    pub road: Style,
    /// Of names and notes that don't lead.
    pub quiet: Style,
}

impl Widget for Track<'_> {
    fn render(self, area: Rect, buf: &mut Buffer) {
        let name_width = self.runners.iter().map(|runner| runner.name.chars().count()).max().unwrap_or(0).min(18);
        let note_width = self.runners.iter().map(|runner| runner.note.chars().count()).max().unwrap_or(0).max(12);
        for (row, runner) in (area.top()..area.bottom()).zip(self.runners) {
            self.row(runner, Rect::new(area.left(), row, area.width, 1), (name_width, note_width), buf);
        }
    }
}

impl Track<'_> {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_precision_loss,
        clippy::cast_sign_loss,
        reason = "bounded by the terminal's width"
    )]
    fn row(&self, runner: &Runner, area: Rect, (names, notes): (usize, usize), buf: &mut Buffer) {
        let width = usize::from(area.width);
        let name = format!("{} {:<names$.names$} ", runner.number, runner.name);
        let (name_style, note_style) =
            if runner.leads { (runner.style, runner.style) } else { (self.quiet, self.quiet) };
        let (x, _) = buf.set_stringn(area.left(), area.top(), &name, width, name_style);
        let road = width.saturating_sub(usize::from(x - area.left())).saturating_sub(notes + 2);
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

    fn runner(name: &str, share: f64) -> Runner {
        Runner {
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

    fn draw(runners: &[Runner], width: u16) -> Vec<String> {
        let height = u16::try_from(runners.len()).unwrap();
        let area = Rect::new(0, 0, width, height);
        let mut buf = Buffer::empty(area);
        Track { runners, road: Style::default(), quiet: Style::default() }.render(area, &mut buf);
        (0..height)
            .map(|y| (0..width).map(|x| buf[(x, y)].symbol().to_owned()).collect::<String>().trim_end().to_owned())
            .collect()
    }

    #[test]
    fn runners_are_where_they_are() {
        let runners = [runner("Cerebras", 1.0), runner("Groq", 0.5), Runner { failed: true, ..runner("X", 0.0) }];
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
    fn too_narrow_is_cut_not_fatal() {
        for width in 0..20 {
            let _ = draw(&[runner("Cerebras", 0.7)], width.max(1));
        }
    }
}
