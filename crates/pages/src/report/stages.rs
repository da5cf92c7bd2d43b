//! One run of each contestant taken apart: what passed before its first text, and what it was doing all along.
//! It is the run in the middle of its contestant's, so that the parts add up to a figure that was measured.

use maud::{Markup, html};

use crate::drawing::{DrawingText, WIDTH, figure, short_name};
use speed_kings_chart::{AxisScale, ChartAxis, ChartInk, label, px};
use speed_kings_core::format;
use speed_kings_core::race::verdict::Metric;
use speed_kings_results::benchmark_report::ReportTable;
use speed_kings_session::bench::saved::{BenchmarkFile, LaneResult, RunResult};

/// The room at the left for names, and a row's height and its bar's.
const LEFT: f64 = 190.0;
const ROW: (f64, f64) = (34.0, 20.0);
/// From the last bar to the lower edge, and what the legend takes above.
const BELOW: f64 = 46.0;
const ABOVE: f64 = 30.0;
/// The colours of the parts.
const PARTS: [&str; 4] = ["var(--p0)", "var(--p1)", "var(--p2)", "var(--p3)"];

/// A bar of parts, one after the other, in milliseconds.
struct StageRow {
    name: String,
    parts: Vec<f64>,
}

/// The time to the first token, taken apart where the marks of the response are known.
pub(super) fn time_to_first_token(saved: &BenchmarkFile) -> Markup {
    let rows = saved.lanes.iter().filter_map(|lane| {
        let run = middle(lane, Metric::Ttft)?;
        let (ttft, transport) = (run.figure(Metric::Ttft)?, &run.figures.transport);
        let headers = transport.headers_ms.filter(|headers| *headers <= ttft)?;
        let body = transport.first_byte_ms.filter(|body| (headers..=ttft).contains(body)).unwrap_or(headers);
        Some(StageRow { name: lane.identity.name.clone(), parts: vec![headers, body - headers, ttft - body] })
    });
    let names = ["request to response headers", "to the first byte of the body", "to the first text"];
    let text = DrawingText {
        title: "TTFT taken apart".into(),
        told: "The run with the middle TTFT of each contestant. Connections were up before the request unless a badge says otherwise, so that what \
               passes before the headers is the network's way there and back, the queue and the reading of the prompt."
            .into(),
    };
    stacked(&text, &names, &rows.collect::<Vec<_>>())
}

/// What each contestant was doing when: waiting, reasoning, answering.
pub(super) fn lanes(saved: &BenchmarkFile) -> Markup {
    let rows = saved.lanes.iter().filter_map(|lane| {
        let run = middle(lane, Metric::Total)?;
        let (total, ttft) = (run.figure(Metric::Total)?, run.figure(Metric::Ttft)?);
        let answer = run.figure(Metric::Ttfa).unwrap_or(total).clamp(ttft, total.max(ttft));
        Some(StageRow { name: lane.identity.name.clone(), parts: vec![ttft, answer - ttft, (total - answer).max(0.0)] })
    });
    let text = DrawingText {
        title: "One run on one clock".into(),
        told: "The run with the middle total time of each contestant, from the request to the last text.".into(),
    };
    stacked(&text, &["waiting", "reasoning", "answering"], &rows.collect::<Vec<_>>())
}

/// The run whose figure is the middle one; the lower one of two.
fn middle(lane: &LaneResult, metric: Metric) -> Option<&RunResult> {
    let mut runs: Vec<(f64, &RunResult)> =
        lane.runs.iter().filter(|run| run.figures.ok).filter_map(|run| Some((run.figure(metric)?, run))).collect();
    runs.sort_by(|a, b| a.0.total_cmp(&b.0));
    runs.get(runs.len().saturating_sub(1) / 2).map(|(_, run)| *run)
}

fn stacked(text: &DrawingText, names: &[&str], rows: &[StageRow]) -> Markup {
    if rows.is_empty() {
        return html! {};
    }
    let longest = rows.iter().map(|row| row.parts.iter().sum::<f64>()).fold(0.0, f64::max);
    let axis = ChartAxis::over(0.0, longest, AxisScale::Straight);
    let width = WIDTH - LEFT - 40.0;
    let ink = ChartInk::PAGE;
    let bottom = ABOVE + ROW.0 * f64::from(u32::try_from(rows.len()).unwrap_or(u32::MAX));
    // Parts that nobody has are not named.
    let used: Vec<usize> = (0..names.len())
        .filter(|part| rows.iter().any(|row| row.parts.get(*part).is_some_and(|ms| *ms > 0.0)))
        .collect();
    let mut legend_x = LEFT;
    let legend: Vec<(usize, f64)> = used
        .iter()
        .map(|part| {
            let at = legend_x;
            legend_x +=
                30.0 + 7.0 * f64::from(u32::try_from(names.get(*part).map_or(0, |name| name.len())).unwrap_or(0));
            (*part, at)
        })
        .collect();
    let drawn = html! {
        @for (part, x) in &legend {
            rect x=(px(*x)) y="4" width="12" height="12" fill=(colour(*part)) {}
            text x=(px(x + 18.0)) y="14" fill=(ink.text) { (names.get(*part).copied().unwrap_or_default()) }
        }
        @for tick in &axis.ticks {
            @let x = LEFT + width * axis.share(*tick);
            line x1=(px(x)) x2=(px(x)) y1=(px(ABOVE)) y2=(px(bottom)) stroke=(ink.grid) {}
            text x=(px(x)) y=(px(bottom + 16.0)) text-anchor="middle" fill=(ink.text) { (label(*tick)) }
        }
        text x=(px(LEFT + width / 2.0)) y=(px(bottom + 36.0)) text-anchor="middle" fill=(ink.note) { "milliseconds from the request" }
        @for (row, number) in rows.iter().zip(0_u32..) {
            @let y = ABOVE + ROW.0 * f64::from(number) + (ROW.0 - ROW.1) / 2.0;
            text x=(px(LEFT - 10.0)) y=(px(y + 14.0)) text-anchor="end" fill=(ink.text) { (short_name(&row.name)) }
            @for (part, from, ms) in spans(&row.parts) {
                @let name = names.get(part).copied().unwrap_or_default();
                rect x=(px(LEFT + width * axis.share(from))) y=(px(y)) width=(px(width * axis.share(ms))) height=(px(ROW.1))
                    fill=(colour(part)) data-tip={ (short_name(&row.name)) ", " (name) ": " (shown(ms)) } {}
            }
        }
    };
    let mut header = vec!["contestant".to_owned()];
    header.extend(used.iter().filter_map(|part| names.get(*part)).map(|name| (*name).to_owned()));
    header.push("in all".into());
    let same = rows.iter().map(|row| {
        let parts = used.iter().map(|part| shown(row.parts.get(*part).copied().unwrap_or(0.0)));
        std::iter::once(row.name.clone()).chain(parts).chain([shown(row.parts.iter().sum())]).collect()
    });
    let same = ReportTable { header, rows: same.collect(), right_from: 1, left_from: usize::MAX };
    figure(text, bottom + BELOW, &drawn, &same)
}

/// Where each part of a bar begins and how long it is; empty ones are left out.
fn spans(parts: &[f64]) -> impl Iterator<Item = (usize, f64, f64)> {
    let mut from = 0.0;
    parts.iter().enumerate().filter_map(move |(part, ms)| {
        let begins = from;
        from += ms;
        (*ms > 0.0).then_some((part, begins, *ms))
    })
}

fn colour(part: usize) -> &'static str {
    PARTS.get(part % PARTS.len()).copied().unwrap_or("var(--axis)")
}

fn shown(ms: f64) -> String {
    format::metric(Metric::Ttft, Some(ms))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::tests::{report, saved_run};

    #[test]
    fn the_parts_of_a_bar_are_its_figure() {
        let mut saved = report().saved;
        saved.lanes.truncate(1);
        saved.lanes[0].runs = vec![saved_run(
            r#"{"ok": true, "ttft_ms": 120, "total_ms": 900, "ttfa_ms": 300,
            "transport": {"headers_ms": 80, "first_byte_ms": 95}}"#,
        )];
        let drawn = time_to_first_token(&saved).into_string();
        for part in ["80.0 ms", "15.0 ms", "25.0 ms", "120.0 ms"] {
            assert!(drawn.contains(part), "{part}: {drawn}");
        }
        let drawn = lanes(&saved).into_string();
        for part in ["waiting: 120.0 ms", "reasoning: 180.0 ms", "answering: 600.0 ms"] {
            assert!(drawn.contains(part), "{part}: {drawn}");
        }
        // What can't be taken apart is not drawn, and neither is a mark that comes after the text.
        saved.lanes[0].runs =
            vec![saved_run(r#"{"ok": true, "ttft_ms": 120, "total_ms": 900, "transport": {"headers_ms": 121}}"#)];
        assert!(time_to_first_token(&saved).into_string().is_empty());
    }

    #[test]
    fn the_middle_run_is_one_that_was() {
        let mut lane = report().saved.lanes.remove(0);
        lane.runs = [5, 1, 9, 3].map(|ms| saved_run(&format!(r#"{{"ok": true, "total_ms": {ms}}}"#))).to_vec();
        assert_eq!(middle(&lane, Metric::Total).and_then(|run| run.figure(Metric::Total)), Some(3.0));
        lane.runs.clear();
        assert!(middle(&lane, Metric::Total).is_none());
    }
}
