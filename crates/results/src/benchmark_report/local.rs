//! What engines on this machine took beside their time: memory, processor time, energy; medians over the good runs.

use speed_kings_core::format::{self, ABSENT};
use speed_kings_core::stats::median;
use speed_kings_core::time::Period;
use speed_kings_session::bench::saved::{LaneResult, ResourceFigures};

use super::block::ReportTable;
use super::measured::BenchmarkReport;

/// A row for each contestant of which something is known; nothing where that is nobody.
pub(super) fn resources(report: &BenchmarkReport) -> Option<ReportTable> {
    let known = |lane: &&LaneResult| {
        lane.runs.iter().any(|run| run.figures.resources.is_some() || run.figures.engine.is_some())
    };
    let mut rows: Vec<Vec<String>> = report.saved.lanes.iter().filter(known).map(row).collect();
    // A column in which nobody has a figure is empty, and empty columns are left out.
    let columns = rows.first().map_or(0, Vec::len);
    for column in (0..columns)
        .filter(|column| rows.iter().all(|row| row.get(*column).is_some_and(|cell| cell == ABSENT)))
        .collect::<Vec<_>>()
    {
        rows.iter_mut().filter_map(|row| row.get_mut(column)).for_each(String::clear);
    }
    let header = ["on this machine", "page cache", "ready", "peak memory", "own", "of files", "threads"];
    let header = header.into_iter().chain(["CPU ms/token", "tokens per CPU s", "GPU memory", "J/token"]);
    (!rows.is_empty()).then(|| ReportTable {
        header: header.map(str::to_owned).collect(),
        rows,
        right_from: 2,
        left_from: usize::MAX,
    })
}

fn row(lane: &LaneResult) -> Vec<String> {
    let good = || lane.runs.iter().map(|run| &run.figures).filter(|figures| figures.ok);
    let median =
        |of: fn(&ResourceFigures) -> Option<f64>| median(good().filter_map(|figures| of(figures.resources.as_ref()?)));
    let memory = |of| median(of).map_or_else(|| ABSENT.to_owned(), |bytes| format::bytes(whole(bytes)));
    // The engine is started once; every run tells of that start.
    let start = lane.runs.iter().find_map(|run| run.figures.engine.as_ref());
    let ready = format::span(start.map(|start| Period::from_secs_f64(start.ready_ms / 1e3)));
    vec![
        lane.identity.name.clone(),
        start.and_then(|start| start.page_cache.clone()).unwrap_or_else(|| ABSENT.into()),
        ready,
        memory(|used| used.resident_bytes.map(amount)),
        memory(|used| used.own_bytes.map(amount)),
        memory(|used| used.file_bytes.map(amount)),
        format::number(median(|used| used.threads.map(f64::from)), 0),
        format::number(median(|used| Some(1e3 / used.tokens_per_cpu_s?)), 2),
        format::number(median(|used| used.tokens_per_cpu_s), 1),
        memory(|used| used.gpu_bytes.map(amount)),
        format::number(median(|used| used.joules_per_token), 2),
    ]
}

#[expect(clippy::cast_precision_loss, reason = "sizes of memory stay below 2^53")]
const fn amount(bytes: u64) -> f64 {
    bytes as f64
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a median of sizes in bytes")]
const fn whole(bytes: f64) -> u64 {
    bytes as u64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::benchmark_report::tests::report;
    use speed_kings_session::bench::saved::EngineRecord;

    #[test]
    fn local_engines_have_a_table_of_what_they_used() {
        let mut report = report();
        assert_eq!(resources(&report), None, "nobody ran here");
        for (run, own) in report.saved.lanes[0].runs.iter_mut().zip([1_u64, 3, 2, 2, 9, 2]) {
            let used = ResourceFigures {
                own_bytes: Some(own << 20),
                resident_bytes: Some(own << 21),
                tokens_per_cpu_s: Some(40.0),
                ..ResourceFigures::default()
            };
            run.figures.resources = Some(used);
            run.figures.engine = Some(EngineRecord { ready_ms: 812.4, ..EngineRecord::default() });
        }
        let table = resources(&report).unwrap();
        assert_eq!(table.rows.len(), 1);
        let expected = ["A", "", "812.4 ms", "4 MiB", "2 MiB", "", "", "25.00", "40.0", "", ""];
        assert_eq!(table.rows[0], expected);
        assert_eq!(table.header.len(), expected.len());
    }
}
