//! Every run as a row, those that failed as visible as the others.

use maud::{Markup, html};

use crate::block;
use speed_kings_core::date;
use speed_kings_core::format;
use speed_kings_core::race::verdict::Metric;
use speed_kings_results::benchmark_report::ReportTable;
use speed_kings_session::bench::saved::{BenchmarkFile, LaneResult, RunResult};

/// Good runs of a contestant that are shown; all are in the data.
const SHOWN: usize = 500;
/// The figures of a row.
const FIGURES: [Metric; 5] = [Metric::Ttft, Metric::Ttfa, Metric::OutputSpeed, Metric::Total, Metric::Cost];

/// The runs of all contestants.
pub(super) fn table(saved: &BenchmarkFile) -> Markup {
    let mut left_out = 0;
    let mut rows = Vec::new();
    for lane in &saved.lanes {
        let mut good = 0;
        for (run, place) in lane.runs.iter().zip(1..) {
            good += usize::from(run.figures.ok);
            if run.figures.ok && good > SHOWN {
                left_out += 1;
            } else {
                rows.push(row(lane, run, place));
            }
        }
    }
    let mut header = ["contestant", "run", "begun, UTC", "result"].map(str::to_owned).to_vec();
    header.extend(FIGURES.map(|metric| metric.title().to_owned()));
    html! {
        @if left_out > 0 { p { (left_out) " more good runs are in the data below." } }
        @if !rows.is_empty() { (block::table(&ReportTable { header, rows, right_from: 4, left_from: usize::MAX })) }
    }
}

/// Which run it is, with its turn in a conversation.
fn number(run: &RunResult, place: u32) -> String {
    let round = run.round.unwrap_or(place);
    run.turn.as_ref().map_or_else(|| round.to_string(), |turn| format!("{round}, turn {} of {}", turn.number, turn.of))
}

fn row(lane: &LaneResult, run: &RunResult, place: u32) -> Vec<String> {
    let failed = || {
        run.figures.error.as_ref().map_or_else(
            || "failed".to_owned(),
            |error| {
                let status = error.status.map(|status| format!(" {status}")).unwrap_or_default();
                format!("failed: {}{status}: {}", error.kind, error.message)
            },
        )
    };
    let ended = run.figures.finish_reason.clone().unwrap_or_default();
    let mut told = if run.figures.ok { vec![format!("good, {ended}")] } else { vec![failed()] };
    told.extend(run.flags.iter().map(|flag| flag.replace('_', " ")));
    let mut row = vec![
        lane.identity.name.clone(),
        number(run, place),
        run.started_at.map(date::to_milli).unwrap_or_default(),
        told.join("; ").trim_end_matches(", ").to_owned(),
    ];
    row.extend(FIGURES.map(|metric| format::metric(metric, run.figure(metric).filter(|_| run.figures.ok))));
    row
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::tests::{report, saved_run};

    #[test]
    fn a_failed_run_is_there_with_its_reason_whatever_is_left_out() {
        let mut saved = report().saved;
        saved.lanes.truncate(1);
        saved.lanes[0].runs = vec![saved_run(r#"{"ok": true, "total_ms": 5, "finish_reason": "stop"}"#); SHOWN + 7];
        let failed = r#"{"ok": false, "error": {"kind": "server", "status": 503, "message": "<overloaded>"}}"#;
        saved.lanes[0].runs.push(saved_run(failed));
        let drawn = table(&saved).into_string();
        assert!(drawn.contains("7 more good runs") && drawn.contains("good, stop"), "{}", &drawn[..600]);
        assert!(drawn.contains("failed: server 503: &lt;overloaded&gt;"));
        assert_eq!(drawn.matches("<tr>").count(), SHOWN + 2);
    }
}
