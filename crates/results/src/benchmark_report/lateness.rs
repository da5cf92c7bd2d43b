//! How late the program itself took in what contestants sent: beside their figures, so that a reader sees that it is small.

use speed_kings_core::stats::median;
use speed_kings_core::time::Period;
use speed_kings_session::bench::saved::{LaneResult, LatenessFigures};

/// Of the reads of `lane`, over all of its runs; nothing where the system doesn't tell when bytes arrive.
pub(super) fn note(lane: &LaneResult) -> Option<String> {
    let runs: Vec<LatenessFigures> = lane.runs.iter().filter_map(|run| run.figures.lateness_ms).collect();
    let [p50, p99] =
        [|run: &LatenessFigures| run.p50, |run: &LatenessFigures| run.p99].map(|of| median(runs.iter().map(of)));
    let max = runs.iter().map(|run| run.max).reduce(f64::max);
    let shown = |ms: f64| Period::from_secs_f64(ms / 1e3);
    let (p50, p99, max, count) = (shown(p50?), shown(p99?), shown(max?), runs.len());
    let of = if count == 1 { "1 run".to_owned() } else { format!("{count} runs, medians") };
    let name = &lane.identity.name;
    Some(format!("{name}: reads taken in {p50} (p50) and {p99} (p99, of {of}) after they arrived, {max} at the most"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::benchmark_report::tests::report;

    #[test]
    fn the_middle_of_the_runs_and_the_most_of_all() {
        let mut report = report();
        let lane = &mut report.saved.lanes[0];
        assert_eq!(note(lane), None, "a recording of another system");
        for (run, late) in lane.runs.iter_mut().zip([1.0, 2.0, 9.0]) {
            run.figures.lateness_ms = Some(LatenessFigures { reads: 20, p50: late / 10.0, p99: late, max: late * 2.0 });
        }
        let told = "A: reads taken in 0.20 ms (p50) and 2.00 ms (p99, of 3 runs, medians) after they arrived, 18.0 ms at the most";
        assert_eq!(note(lane).as_deref(), Some(told));
    }
}
