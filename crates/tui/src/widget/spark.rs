//! A sparkline of the token rate on a scale that all lanes share: 10, 20 or 50 ms to a cell while a race is under way,
//! all of it once it is over. Silence is drawn, absence is not: a lane that has not begun leaves its cells empty.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::widgets::Widget;

use speed_kings_core::race::lane::Lane;
use speed_kings_core::race::lane::bucket_of;
use speed_kings_core::time::Offset;

/// Buckets to a cell while a race is under way, finest first: 10, 20 and 50 ms.
const GRAINS: [usize; 3] = [1, 2, COARSEST];
/// The last of them: with more to a cell a race would seem to stand still.
const COARSEST: usize = 5;
/// A cell shows the mean over this many buckets that end in it: 100 ms, or the pulse of single reads would hide the rate.
const WINDOW: usize = 10;
pub(super) const EIGHTHS: [&str; 9] = [" ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"];

/// The stretch of time that a row of cells covers.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct SparkWindow {
    /// So many buckets to so many cells.
    grain: (usize, usize),
    /// The bucket of the first cell.
    from: usize,
    /// The last bucket that has begun.
    last: usize,
}

impl SparkWindow {
    /// The finest window of `cells` cells that shows the race from its green light to `now`, or its newest part.
    #[must_use]
    pub fn new(now: Offset, cells: u16) -> Self {
        let (last, cells) = (bucket_of(now), usize::from(cells.max(1)));
        let grain = GRAINS.into_iter().find(|grain| last < grain * cells).unwrap_or(COARSEST);
        let cell = last / grain;
        Self { grain: (grain, 1), from: (cell + 1).saturating_sub(cells) * grain, last }
    }

    /// A window of `cells` cells that shows the whole race from its green light to `end`, however long it was.
    #[must_use]
    pub fn whole(end: Offset, cells: u16) -> Self {
        let last = bucket_of(end);
        Self { grain: (last + 1, usize::from(cells.max(1))), from: 0, last }
    }

    /// The same for `lane`, of which it shows so many cells: one that is over stays where its stream ended, and doesn't leave its
    /// chart empty while others run on.
    fn held(self, lane: &Lane, cells: u16) -> Self {
        let Some(last) = lane.series().last().filter(|_| lane.state.is_over()) else { return self };
        let (buckets, per) = self.grain;
        let from = (last * per / buckets.max(1) + 1).saturating_sub(usize::from(cells)) * buckets / per.max(1);
        Self { from: self.from.min(from), ..self }
    }

    /// The first bucket of cell `index` and its last; several cells share a bucket where there are more of them.
    const fn buckets(self, index: usize) -> (usize, usize) {
        let (buckets, cells) = self.grain;
        let first = self.from + index.saturating_mul(buckets) / cells;
        let after = self.from + (index + 1).saturating_mul(buckets).div_ceil(cells);
        (first, after - 1)
    }

    /// The rate of `lane` in each of so many cells, in tokens per second.
    fn rates(self, lane: &Lane, cells: u16) -> impl Iterator<Item = Option<f64>> {
        let end = if lane.state.is_over() { lane.series().last() } else { Some(self.last) };
        let mut rates = end.map(|end| (lane.series().rates(end), end));
        let per_byte = lane.tokens_per_byte();
        (0..usize::from(cells)).map(move |index| {
            let (rates, end) = rates.as_mut()?;
            let (first, last) = self.buckets(index);
            // A cell counts when any of its buckets lies within the stream, and none of them is left out.
            let mean = WINDOW.max(last + 1 - first);
            (first <= *end).then(|| rates.rate(last.min(*end), mean))?.map(|rate| rate * per_byte)
        })
    }
}

/// The highest rate that any of `lanes` shows in `window`: the top of the common scale.
#[must_use]
pub fn peak<'a>(lanes: impl IntoIterator<Item = &'a Lane>, window: SparkWindow, cells: u16) -> f64 {
    let rates = lanes.into_iter().flat_map(|lane| window.held(lane, cells).rates(lane, cells));
    rates.flatten().fold(0.0, f64::max)
}

/// The sparkline of one lane.
#[derive(Clone, Copy, Debug)]
pub struct SparkLine<'a> {
    /// The lane whose rate is drawn.
    pub lane: &'a Lane,
    /// The stretch of time that the cells cover.
    pub window: SparkWindow,
    /// The rate that fills the whole height, in tokens per second.
    pub top: f64,
    /// The style of the bars.
    pub bar: Style,
    /// The style of a cell in which nothing came.
    pub zero: Style,
}

impl Widget for SparkLine<'_> {
    fn render(self, area: Rect, buf: &mut Buffer) {
        let (rows, window) = (area.height, self.window.held(self.lane, area.width));
        for (column, rate) in (area.left()..area.right()).zip(window.rates(self.lane, area.width)) {
            let Some(rate) = rate else { continue };
            let eighths = level(rate, self.top, rows);
            for (row, above) in (area.top()..area.bottom()).rev().zip(0u16..) {
                let fill = eighths.saturating_sub(above * 8).min(8);
                let (symbol, style) = match (eighths, above, fill) {
                    (0, 0, _) => ("·", self.zero),
                    (_, _, 0) => continue,
                    (_, _, fill) => (EIGHTHS.get(usize::from(fill)).copied().unwrap_or("█"), self.bar),
                };
                if let Some(cell) = buf.cell_mut((column, row)) {
                    cell.set_symbol(symbol).set_style(style);
                }
            }
        }
    }
}

/// The height of `rate` in eighths of a row; something is never drawn as nothing.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "bounded by the rows of a terminal")]
pub(super) fn level(rate: f64, top: f64, rows: u16) -> u16 {
    if rate <= 0.0 || top <= 0.0 {
        return 0;
    }
    let full = f64::from(rows) * 8.0;
    ((rate / top).min(1.0) * full).round().max(1.0) as u16
}

#[cfg(test)]
mod tests {
    use super::*;
    use speed_kings_core::race::event::{EventKind, TextChannel};

    fn ms(ms: i64) -> Offset {
        Offset::from_micros(ms * 1_000)
    }

    fn lane(texts: impl IntoIterator<Item = i64>) -> Lane {
        let mut lane = Lane::default();
        for at in texts {
            lane.apply(ms(at), &EventKind::Text { channel: TextChannel::Answer, text: "word".into() });
        }
        lane
    }

    fn draw(lane: &Lane, now: i64, width: u16, height: u16) -> Vec<String> {
        let area = Rect::new(0, 0, width, height);
        let mut buf = Buffer::empty(area);
        let window = SparkWindow::new(ms(now), width);
        let top = peak([lane], window, width);
        SparkLine { lane, window, top, bar: Style::default(), zero: Style::default() }.render(area, &mut buf);
        (0..height).map(|y| (0..width).map(|x| buf[(x, y)].symbol().to_owned()).collect()).collect()
    }

    #[test]
    fn absent_differs_from_zero() {
        // Text from 30 to 60 ms, then silence until now.
        let row = &draw(&lane([30, 40, 50, 60]), 250, 26, 1)[0];
        assert!(row.starts_with("   █"), "before its first text a lane leaves cells empty: {row}");
        assert!(row.ends_with("···"), "silence is drawn: {row}");
    }

    #[test]
    fn a_finished_lane_ends_where_it_ended() {
        let mut lane = lane([0, 10, 20]);
        lane.apply(ms(30), &EventKind::Closed);
        assert!(draw(&lane, 100, 20, 1)[0].trim_end().chars().count() == 3);
    }

    #[test]
    fn a_finished_lane_keeps_its_chart_while_others_run_on() {
        let mut lane = lane((0..40).map(|read| read * 10));
        lane.apply(ms(400), &EventKind::Closed);
        let ended = draw(&lane, 400, 20, 2);
        assert!(ended.iter().any(|row| row.contains('█')), "{ended:?}");
        // The grain is 20, and then 50 ms to a cell; it is all there as long as that.
        for now in [500, 2_000, 60_000] {
            let later = draw(&lane, now, 20, 2);
            assert!(later.iter().any(|row| row.matches('█').count() >= 8), "{now}: {later:?}");
        }
    }

    #[test]
    fn a_cell_never_covers_more_than_50_ms_while_a_race_is_under_way() {
        for seconds in [0, 1, 5, 60, 600] {
            let window = SparkWindow::new(ms(seconds * 1_000), 60);
            assert!((0..60).all(|cell| window.buckets(cell).1 - window.buckets(cell).0 < COARSEST));
        }
        assert_eq!(SparkWindow::new(ms(300), 60).buckets(7), (7, 7));
    }

    #[test]
    fn a_whole_race_leaves_nothing_out() {
        for (end, cells) in [(0, 1), (70, 40), (7_528, 60), (600_000, 128), (i64::MAX / 1_000, 300)] {
            let window = SparkWindow::whole(ms(end), cells);
            let parts: Vec<_> = (0..usize::from(cells)).map(|cell| window.buckets(cell)).collect();
            assert_eq!(parts.first().unwrap().0, 0, "{end}");
            assert_eq!(parts.last().unwrap().1, bucket_of(ms(end)), "{end}");
            assert!(parts.windows(2).all(|pair| pair[1].0 <= pair[0].1 + 1), "{end}: {parts:?}");
        }
        // A lane that was home after 0.2 s of 60 is still there, and so is the pace of the other.
        let (mut quick, slow) = (lane((0..20).map(|i| i * 10)), lane((0..600).map(|i| i * 100)));
        quick.apply(ms(200), &EventKind::Closed);
        let window = SparkWindow::whole(ms(60_000), 50);
        let rates = |lane: &Lane| window.rates(lane, 50).flatten().collect::<Vec<_>>();
        assert_eq!(rates(&quick), [100.0]);
        let slow = rates(&slow);
        assert!(slow.len() == 50 && slow.iter().all(|rate| (8.0..12.0).contains(rate)), "{slow:?}");
    }

    #[test]
    fn tall_ones_stack() {
        let rows = draw(&lane((0..20).map(|i| i * 10)), 190, 20, 3);
        assert!(rows.iter().all(|row| row.ends_with('█')), "{rows:?}");
    }

    #[test]
    fn no_area_no_panic() {
        assert!(draw(&lane([5]), 10, 0, 0).is_empty());
    }
}
