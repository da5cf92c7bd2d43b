//! The probes of a watch as results of a benchmark, so that what is asked of those can be asked of these: each probe is a run.

use super::{BoardRow, KEPT, WatchBoard};
use crate::bench::BenchmarkFile;
use crate::bench::saved::{
    AskedSettings, LaneIdentity, LaneResult, PriceRecord, PromptRecord, RunResult, RunSettings, VERSION,
};
use speed_kings_core::race::setup::RaceSetup;

/// The kept probes of `board`, which were asked as in `setup`.
#[must_use]
pub fn results(board: &WatchBoard, setup: &RaceSetup) -> BenchmarkFile {
    newest_results(board, setup, KEPT)
}

/// The newest `window` probes of each contestant of `board`, or as many as there are.
#[must_use]
pub fn newest_results(board: &WatchBoard, setup: &RaceSetup, window: usize) -> BenchmarkFile {
    let first = |row: &BoardRow| row.samples.len().saturating_sub(window);
    let begun = board.rows.iter().filter_map(|row| row.samples.get(first(row))).map(|probe| probe.at).min();
    let rounds = board.rows.iter().map(|row| row.samples.len().min(window)).max().unwrap_or(0);
    BenchmarkFile {
        version: VERSION,
        phase: setup.phase.as_ref().map(|phase| phase.id.clone()),
        prompt: PromptRecord::from(&setup.prompt),
        settings: RunSettings {
            asked: AskedSettings::from(&setup.settings),
            iterations: u32::try_from(rounds).unwrap_or(u32::MAX),
            concurrency: Some(1),
            ..RunSettings::default()
        },
        lanes: board.rows.iter().map(|row| lane(row, first(row))).collect(),
        started_at: begun,
        ended: Some("complete".to_owned()),
        ..BenchmarkFile::default()
    }
}

fn lane(row: &BoardRow, first: usize) -> LaneResult {
    LaneResult {
        identity: LaneIdentity::from(&row.contestant),
        price: row.contestant.price.as_ref().map(PriceRecord::from),
        runs: (1..)
            .zip(row.samples.iter().skip(first))
            .map(|(round, probe)| RunResult::of_probe(round, probe.at, probe.figures.clone()))
            .collect(),
        ..LaneResult::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::watch::tests::board;
    use speed_kings_core::race::verdict::Metric;

    #[test]
    fn each_probe_is_a_run() {
        let board = board();
        let setup = RaceSetup {
            contestants: board.rows.iter().map(|row| row.contestant.clone()).collect(),
            ..RaceSetup::default()
        };
        let file = results(&board, &setup);
        assert_eq!((file.lanes.len(), file.settings.iterations, file.concurrency()), (2, 3, 1));
        assert_eq!(file.lanes[0].by_round(Metric::Ttft), [(1, 40.0), (3, 60.0)].into());
        assert_eq!(file.lanes[0].runs.iter().filter(|run| !run.figures.ok).count(), 1);
        assert_eq!(file.started_at, Some(board.rows[0].samples[0].at));
        assert!(file.lanes[1].runs.is_empty());
        let newest = newest_results(&board, &setup, 2);
        assert_eq!((newest.settings.iterations, newest.lanes[0].runs.len()), (2, 2));
        assert_eq!(newest.started_at, Some(board.rows[0].samples[1].at));
        assert_eq!(newest.lanes[0].runs.iter().filter(|run| run.figures.ok).count(), 1);
    }
}
