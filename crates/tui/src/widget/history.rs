//! A row of bars for a figure over time, the newest at the right: how the probes of a watch went.
//! A probe without the figure is a cross, so that an outage never looks like a small number.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::widgets::Widget;

use super::spark::{EIGHTHS, level};

/// What stands for a probe that has no figure.
const MISSING: &str = "×";

/// The figures of one row.
#[derive(Clone, Copy, Debug)]
pub struct RowHistory<'a> {
    /// Oldest first; nothing where a probe brought none.
    pub values: &'a [Option<f64>],
    /// The style of the bars.
    pub bar: Style,
    /// Of what is missing.
    pub missing: Style,
}

impl Widget for RowHistory<'_> {
    fn render(self, area: Rect, buf: &mut Buffer) {
        let newest = self.values.get(self.values.len().saturating_sub(area.width.into())..).unwrap_or_default();
        let top = newest.iter().flatten().copied().fold(0.0, f64::max);
        for (column, value) in (area.left()..area.right()).rev().zip(newest.iter().rev()) {
            let (symbol, style) = match value {
                Some(value) => {
                    let eighths = usize::from(level(*value, top, 1));
                    (EIGHTHS.get(eighths).copied().unwrap_or("█"), self.bar)
                }
                None => (MISSING, self.missing),
            };
            if let Some(cell) = buf.cell_mut((column, area.top())) {
                cell.set_symbol(symbol).set_style(style);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_stand_at_the_right_and_gaps_are_crosses() {
        let values = [Some(9.0), Some(1.0), None, Some(8.0), Some(4.0)];
        let drawn = |width: u16| {
            let area = Rect::new(0, 0, width, 1);
            let mut buf = Buffer::empty(area);
            RowHistory { values: &values, bar: Style::new(), missing: Style::new() }.render(area, &mut buf);
            buf.content().iter().map(ratatui::buffer::Cell::symbol).collect::<String>()
        };
        assert_eq!(drawn(4), "▁×█▄");
        assert_eq!(drawn(7), "  █▁×▇▄");
        assert_eq!(drawn(0), "");
    }
}
