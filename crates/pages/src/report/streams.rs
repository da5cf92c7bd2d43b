//! How text came in each run: tokens over time, a line a run.

use maud::{Markup, html};

use crate::drawing::{DrawingText, panel, short_name};
use speed_kings_chart::{AxisScale, ChartPanel, ChartSeries, SeriesForm};
use speed_kings_core::format;
use speed_kings_core::race::verdict::Metric;
use speed_kings_results::benchmark_report::ReportTable;
use speed_kings_session::bench::saved::{BenchmarkFile, CountFigure, RunResult};

/// Runs of a contestant that are drawn, and points of a line, at most.
const RUNS: usize = 12;
const POINTS: usize = 120;

/// Tokens over time of some of the runs of each contestant.
pub(super) fn drawing(saved: &BenchmarkFile) -> Markup {
    let mut series = Vec::new();
    for (number, lane) in saved.lanes.iter().enumerate() {
        let good: Vec<(usize, &RunResult)> =
            lane.runs.iter().enumerate().filter(|(_, run)| run.figures.ok && run.offsets_ms.len() > 1).collect();
        let every = good.len().div_ceil(RUNS).max(1);
        let mut name = Some(short_name(&lane.identity.name));
        for (place, run) in good.into_iter().step_by(every) {
            let Some(points) = points(run) else { continue };
            let total = format::metric(Metric::Total, run.figure(Metric::Total));
            let told = format!("{}, run {}: {total}", lane.identity.name, place + 1);
            series.push(ChartSeries { name: name.take().unwrap_or_default(), number, told, points });
        }
    }
    if series.is_empty() {
        return html! {};
    }
    let chart = ChartPanel {
        title: "",
        x: "seconds from the request",
        y: "tokens",
        scales: (AxisScale::Straight, AxisScale::Straight),
        form: SeriesForm::Plain,
        series,
    };
    let text = DrawingText {
        title: "Tokens over time".into(),
        told: format!(
            "A line for each run, up to {RUNS} of each contestant. A server counts its tokens once, at the end: within a run they are spread evenly over \
             the reads that carried text."
        ),
    };
    panel(&text, &chart, &ReportTable::default())
}

/// The tokens that had come by each read; nothing where nobody counted them.
#[expect(clippy::cast_precision_loss, reason = "reads of one answer are few")]
fn points(run: &RunResult) -> Option<Vec<(f64, f64)>> {
    let tokens = run.figures.tokens.seen.or(run.figures.tokens.output).and_then(CountFigure::value)?;
    let reads = run.offsets_ms.len();
    let first = run.figures.tokens.first_read.and_then(CountFigure::value).filter(|first| *first <= tokens);
    let first = first.unwrap_or(tokens / reads as f64);
    let by = |index: usize| first + (tokens - first) * index as f64 / (reads - 1).max(1) as f64;
    let every = reads.div_ceil(POINTS).max(1);
    let drawn = run.offsets_ms.iter().enumerate().filter(|(index, _)| index % every == 0 || index + 1 == reads);
    Some(drawn.map(|(index, ms)| (ms / 1_000.0, by(index))).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::tests::saved_run;

    #[test]
    fn a_line_ends_at_its_last_read_with_all_tokens() {
        let offsets: Vec<String> = (0..1_000).map(|index| (100 + index).to_string()).collect();
        let run = saved_run(&format!(
            r#"{{"ok": true, "tokens": {{"output": 5000, "first_read": 10}}, "offsets_ms": [{}]}}"#,
            offsets.join(",")
        ));
        let points = points(&run).unwrap();
        assert_eq!((points[0], *points.last().unwrap()), ((0.1, 10.0), (1.099, 5_000.0)));
        assert!(points.len() <= POINTS + 1 && points.is_sorted_by(|a, b| a.1 < b.1));
        assert!(super::points(&saved_run(r#"{"ok": true, "offsets_ms": [1, 2]}"#)).is_none());
    }
}
