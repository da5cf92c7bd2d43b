//! What an earlier session left in its file, for a benchmark that goes on with it.
//! Its runs are carried over as they stand there, with whatever an older or newer version put into them.

use std::path::Path;

use jiff::Timestamp;
use serde_json::Value;

use super::{BadgeRecord, BenchmarkFile, ResultsError, RunResult, beside, form, read};
use speed_kings_core::race::event::LaneId;

/// What an earlier session left: its runs as they stand in the file, to be carried over unchanged.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct EarlierRuns {
    /// The runs of each lane.
    pub runs: Vec<Vec<RunResult>>,
    /// Which lanes were simulated.
    pub simulated: Vec<bool>,
    /// The fairness badges of its verdict; empty when it had none.
    pub badges: Vec<BadgeRecord>,
    /// When it began, UTC.
    pub started_at: Option<Timestamp>,
    /// USD that it spent, as far as prices are known.
    pub spent_usd: f64,
    /// Some of it at prices that nobody knows.
    pub spent_unknown: bool,
}

impl EarlierRuns {
    /// Reads a file to go on with, with what it says.
    ///
    /// # Errors
    /// As for [`BenchmarkFile::read`].
    pub fn read(path: &Path) -> Result<(Self, BenchmarkFile), ResultsError> {
        let damaged = |error: serde_json::Error| form(path, error.to_string());
        let text = read(path)?;
        let document = match beside::folded(path, &text).map_err(damaged)? {
            Some(document) => document,
            None => serde_json::from_str(&text).map_err(damaged)?,
        };
        let saved = BenchmarkFile::of(&document).map_err(|error| form(path, error.to_string()))?.checked(path)?;
        let lanes = document.get("lanes").and_then(Value::as_array).into_iter().flatten();
        let runs = lanes.map(|lane| {
            let runs = lane.get("runs").and_then(Value::as_array).into_iter().flatten();
            runs.map(RunResult::carried_over).collect::<Result<Vec<_>, _>>()
        });
        let earlier = Self {
            runs: runs.collect::<Result<_, _>>().map_err(|error| form(path, error.to_string()))?,
            simulated: saved.lanes.iter().map(|lane| lane.identity.simulated).collect(),
            badges: saved.verdict.clone().unwrap_or_default().badges,
            started_at: saved.started_at,
            spent_usd: saved.spent_at_least_usd.or(saved.spent_usd).unwrap_or(0.0),
            spent_unknown: saved.spent_usd.is_none(),
        };
        Ok((earlier, saved))
    }

    /// Whether it has this run of this lane.
    #[must_use]
    pub fn has(&self, lane: LaneId, round: u32) -> bool {
        let runs = self.runs.get(lane.index()).into_iter().flatten();
        runs.zip(1_u32..).any(|(run, place)| run.round.unwrap_or(place) == round)
    }

    /// Whether one of its runs brought no figures.
    #[must_use]
    pub fn any_failed(&self) -> bool {
        self.runs.iter().flatten().any(|run| !run.figures.ok)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::bench::saved::LaneResult;
    use speed_kings_core::race::verdict::Metric;

    #[test]
    fn an_earlier_session_says_which_runs_it_has() {
        let run = |run: Value| RunResult::carried_over(&run).unwrap();
        let runs = vec![vec![run(json!({"ok": true, "round": 1})), run(json!({"ok": true, "round": 3}))], vec![]];
        let mut earlier = EarlierRuns { runs, ..EarlierRuns::default() };
        assert!(earlier.has(LaneId(0), 1) && earlier.has(LaneId(0), 3));
        assert!(!earlier.has(LaneId(0), 2) && !earlier.has(LaneId(1), 1) && !earlier.any_failed());
        earlier.runs[1].push(run(json!({"ok": false})));
        assert!(earlier.has(LaneId(1), 1), "older files number runs by their place");
        assert!(earlier.any_failed());
    }

    #[test]
    fn a_run_that_is_carried_over_keeps_what_another_version_put_there() {
        let run = json!({"ok": true, "total_ms": -5.0, "of_tomorrow": [1, {"deep": null}]});
        let lane = LaneResult { runs: vec![RunResult::carried_over(&run).unwrap()], ..LaneResult::default() };
        assert_eq!(lane.runs[0].figure(Metric::Total), None);
        assert_eq!(json!(lane)["runs"], json!([run]), "no key more and none less");
    }
}
