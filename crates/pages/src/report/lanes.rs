//! Every run as a lane of its own: how long it waited, reasoned and answered, all on one clock.

use std::fmt::Write as _;

use maud::{Markup, html};

use crate::drawing::{DrawingText, WIDTH, figure, short_name};
use speed_kings_chart::{AxisScale, ChartAxis, ChartInk, label, px};
use speed_kings_core::format;
use speed_kings_core::race::verdict::Metric;
use speed_kings_results::benchmark_report::ReportTable;
use speed_kings_session::bench::saved::{BenchmarkFile, LaneResult, RunResult};

/// The room at the left for names and at the right, and above and below the lanes.
const SIDES: (f64, f64) = (190.0, 40.0);
const ENDS: (f64, f64) = (30.0, 46.0);
/// Room between the lanes of two contestants, in pixels.
const APART: f64 = 14.0;
/// A lane is at least and at most so high, and the lanes of a contestant together no higher than that where they can.
const HIGH: (f64, f64, f64) = (1.0, 10.0, 600.0);
/// Up to so many runs each lane tells its figures where it is pointed at; beyond them they stand in the table of runs alone.
const TOLD: usize = 500;
/// What a run was doing, with its colour, and how one that failed is drawn.
const PARTS: [(&str, &str); 3] = [("waiting", "var(--p0)"), ("reasoning", "var(--p1)"), ("answering", "var(--p2)")];
const FAILED: (&str, &str) = ("failed", "var(--bad)");
/// How wide a failed run is drawn, for it has no end.
const MARK: f64 = 6.0;

/// The lanes of all runs; nothing where there are fewer than two, which other drawings show.
pub(super) fn drawing(saved: &BenchmarkFile) -> Markup {
    let runs: usize = saved.lanes.iter().map(|lane| lane.runs.len()).sum();
    let ends = saved.lanes.iter().flat_map(|lane| &lane.runs).filter_map(|run| spans(run)?.into_iter().last());
    let longest = ends.map(|(from, ms)| from + ms).fold(0.0, f64::max);
    if runs < 2 || longest <= 0.0 {
        return html! {};
    }
    let axis = ChartAxis::over(0.0, longest, AxisScale::Straight);
    let width = WIDTH - SIDES.0 - SIDES.1;
    let across = |ms: f64| width * axis.share(ms);
    let mut top = ENDS.0;
    let blocks: Vec<(f64, f64, &LaneResult)> = saved
        .lanes
        .iter()
        .map(|lane| {
            let (at, high) = (top, lane_height(lane.runs.len()));
            top += high * real(lane.runs.len()) + APART;
            (at, high, lane)
        })
        .collect();
    let bottom = top - APART;
    let drawn = html! {
        (legend())
        (ticks(&axis, width, bottom))
        @for (at, high, lane) in &blocks {
            text x=(px(SIDES.0 - 10.0)) y=(px(at + 11.0)) text-anchor="end" fill=(ChartInk::PAGE.text) { (short_name(&lane.identity.name)) }
            @if runs <= TOLD {
                @for (place, run) in lane.runs.iter().enumerate() {
                    g data-tip=(told(lane, run, place)) { (bars(std::iter::once((place, run)), (*at, *high), &across)) }
                }
            } @else {
                (bars(lane.runs.iter().enumerate(), (*at, *high), &across))
            }
        }
    };
    let text = DrawingText {
        title: "Every run on one clock".into(),
        told: format!(
            "A lane for each of {runs} runs, in the order in which they were made, from the request to the last text."
        ),
    };
    let drawn = figure(&text, bottom + ENDS.1, &drawn, &ReportTable::default());
    html! { @if bottom > HIGH.2 * 1.5 { div class="tall" role="region" aria-label="Every run on one clock" tabindex="0" { (drawn) } } @else { (drawn) } }
}

/// What the colours are.
fn legend() -> Markup {
    html! {
        @for ((name, colour), x) in PARTS.iter().chain([&FAILED]).zip([0.0, 90.0, 190.0, 290.0]) {
            rect x=(px(SIDES.0 + x)) y="4" width="12" height="12" fill=(colour) {}
            text x=(px(SIDES.0 + x + 18.0)) y="14" fill=(ChartInk::PAGE.text) { (name) }
        }
    }
}

/// The clock of all lanes, which end at `bottom`.
fn ticks(axis: &ChartAxis, width: f64, bottom: f64) -> Markup {
    let ink = ChartInk::PAGE;
    html! {
        @for tick in &axis.ticks {
            @let x = SIDES.0 + width * axis.share(*tick);
            line x1=(px(x)) x2=(px(x)) y1=(px(ENDS.0)) y2=(px(bottom)) stroke=(ink.grid) {}
            text x=(px(x)) y=(px(bottom + 16.0)) text-anchor="middle" fill=(ink.text) { (label(*tick)) }
        }
        text x=(px(SIDES.0 + width / 2.0)) y=(px(bottom + 36.0)) text-anchor="middle" fill=(ink.note) { "milliseconds from the request" }
    }
}

/// How high each of so many lanes is.
fn lane_height(runs: usize) -> f64 {
    let (least, most, all) = HIGH;
    (all / real(runs.max(1))).clamp(least, most)
}

/// Where each part of a run begins and how long it is, ms; nothing of a failed one.
fn spans(run: &RunResult) -> Option<[(f64, f64); 3]> {
    let figure = |metric| run.figure(metric).filter(|_| run.figures.ok);
    let (total, ttft) = (figure(Metric::Total)?, figure(Metric::Ttft)?);
    let answer = figure(Metric::Ttfa).unwrap_or(total).clamp(ttft, total.max(ttft));
    Some([(0.0, ttft), (ttft, answer - ttft), (answer, (total - answer).max(0.0))])
}

/// The bars of these runs, which belong to lanes of this height from a place on: a path for each part, so that thousands take little.
fn bars<'a>(
    runs: impl Iterator<Item = (usize, &'a RunResult)>,
    (top, high): (f64, f64),
    across: &impl Fn(f64) -> f64,
) -> Markup {
    let mut paths: [String; 4] = std::array::from_fn(|_| String::new());
    let bar = if high > 3.0 { high - 1.0 } else { high };
    for (place, run) in runs {
        let y = top + high * real(place);
        let mut put = |part: usize, x: f64, width: f64| {
            if let Some(path) = paths.get_mut(part).filter(|_| width > 0.0) {
                // Nothing that is written to memory fails.
                let _ = write!(path, "M{:.1} {y:.1}h{width:.1}v{bar:.1}h-{width:.1}z", SIDES.0 + x);
            }
        };
        match spans(run) {
            Some(parts) => {
                for (part, (from, ms)) in parts.into_iter().enumerate() {
                    put(part, across(from), across(ms));
                }
            }
            None => put(PARTS.len(), 0.0, MARK),
        }
    }
    let colours = PARTS.iter().chain([&FAILED]).map(|(_, colour)| *colour);
    html! { @for (path, colour) in paths.iter().zip(colours).filter(|(path, _)| !path.is_empty()) { path d=(path) fill=(colour) {} } }
}

/// A run in words.
fn told(lane: &LaneResult, run: &RunResult, place: usize) -> String {
    let name = short_name(&lane.identity.name);
    let turn = run.turn.as_ref().map_or_else(String::new, |turn| format!(", turn {}", turn.number));
    let round = run.round.map_or_else(|| (place + 1).to_string(), |round| round.to_string());
    let Some(parts) = spans(run) else { return format!("{name}, run {round}{turn}: failed") };
    let parts = parts.iter().zip(PARTS).filter(|((_, ms), _)| *ms > 0.0);
    let words = parts.map(|((_, ms), (part, _))| format!("{part} {}", format::metric(Metric::Ttft, Some(*ms))));
    format!("{name}, run {round}{turn}: {}", words.collect::<Vec<_>>().join(", "))
}

#[expect(clippy::cast_precision_loss, reason = "runs of one benchmark are few")]
fn real(runs: usize) -> f64 {
    runs as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::tests::{report, saved_run};

    #[test]
    fn every_run_has_its_lane_and_a_failed_one_is_seen() {
        let mut saved = report().saved;
        let drawn = drawing(&saved).into_string();
        assert_eq!(drawn.matches("data-tip").count(), 12);
        assert!(
            drawn.contains("A, run 1: waiting 50.0 ms, answering 50.0 ms") && drawn.contains("B, run 6: failed"),
            "{drawn}"
        );
        assert_eq!(drawn.matches(r#"fill="var(--bad)"></path>"#).count(), 1);
        // Its parts are as long as they were: the longest run of 203 ms ends where the axis has it.
        saved.lanes.truncate(1);
        saved.lanes[0].runs.truncate(1);
        assert!(drawing(&saved).into_string().is_empty(), "one run has drawings of its own");
    }

    #[test]
    fn thousands_of_runs_are_drawn_in_a_few_paths() {
        let mut saved = report().saved;
        saved.lanes.truncate(1);
        let run = r#"{"ok": true, "ttft_ms": 120, "total_ms": 900, "ttfa_ms": 300}"#;
        saved.lanes[0].runs = vec![saved_run(run); 10_000];
        let drawn = drawing(&saved).into_string();
        assert_eq!((drawn.matches("<path").count(), drawn.matches("data-tip").count()), (3, 0));
        assert!(drawn.len() < 1_500_000 && drawn.contains("class=\"tall\""), "{} bytes", drawn.len());
        assert_eq!(drawn.matches('M').count(), 30_000, "a bar for each part of each run");
    }
}
