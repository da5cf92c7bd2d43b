//! A board out of lines that watches on other machines wrote: each contestant of each of them is a row of its own.

use jiff::Timestamp;
use serde::Deserialize;

use super::{BoardRow, ProbeSample, WatchBoard};
use crate::bench::saved::{LaneIdentity, RunFigures, RunResult};
use speed_kings_core::race::event::FailureKind;
use speed_kings_core::race::hardware::Hardware;
use speed_kings_core::race::setup::{Contestant, LaneRunner};
use speed_kings_core::race::timing::LaneTiming;
use speed_kings_core::race::verdict::Metric;
use speed_kings_core::time::{Period, Rate};

/// Rows that are kept at the most: lines are untrusted.
const MOST_ROWS: usize = 256;

/// A line of a watch, as far as a board needs it.
#[derive(Deserialize)]
struct CollectedLine {
    started_at: Timestamp,
    #[serde(flatten)]
    lane: LaneIdentity,
    #[serde(flatten)]
    figures: RunFigures,
}

impl WatchBoard {
    /// Takes in a line that the watch of `runner` wrote: nothing where it is none, or is no newer than the last of its
    /// contestant. Gives which row it went into.
    pub fn collect(&mut self, runner: &str, written: &[u8]) -> Option<usize> {
        let probe: CollectedLine = serde_json::from_slice(written).ok()?;
        // Who wrote it is what the bus says, not what the line does.
        let lane = LaneIdentity { runner: Some(runner.to_owned()), ..probe.lane };
        let of = |row: &BoardRow| {
            let on = row.contestant.runner.as_ref().map(|on| on.name.as_str());
            on == Some(runner) && row.contestant.name == lane.name && row.contestant.model == lane.model
        };
        let found = self.rows.iter().position(of);
        let index = match found {
            Some(index) => index,
            None if self.rows.len() < MOST_ROWS => {
                self.rows.push(BoardRow::new(contestant(lane)));
                self.rows.len() - 1
            }
            None => return None,
        };
        let row = self.rows.get_mut(index)?;
        if row.last().is_some_and(|last| last.at >= probe.started_at) {
            return None;
        }
        row.take(sample(probe.started_at, probe.figures));
        Some(index)
    }
}

/// Whom a line is about.
fn contestant(lane: LaneIdentity) -> Contestant {
    let runner = LaneRunner { name: lane.runner.unwrap_or_default(), region: lane.region, ..LaneRunner::default() };
    Contestant {
        name: lane.name,
        provider: lane.provider,
        model: lane.model,
        same_as: lane.same_as,
        also_answers: Vec::new(),
        hardware: lane.hardware.as_deref().and_then(Hardware::parse).unwrap_or(Hardware::Untold),
        simulated: lane.simulated,
        endpoint: lane.endpoint,
        local: false,
        here: lane.here,
        price: None,
        claims: Vec::new(),
        settings: lane.settings,
        ghost: None,
        runner: Some(Box::new(runner)),
    }
}

fn sample(at: Timestamp, figures: RunFigures) -> ProbeSample {
    // The figures of a probe count under the conditions of every run.
    let run = RunResult::of_probe(1, at, figures.clone());
    let ms = |metric| run.figure(metric).map(|ms| Period::from_secs_f64(ms / 1e3));
    let timing = LaneTiming {
        ttft: ms(Metric::Ttft),
        ttfa: ms(Metric::Ttfa),
        total: ms(Metric::Total),
        output_speed: run.figure(Metric::OutputSpeed).map(Rate::per_second),
        end_to_end: run.figure(Metric::EndToEnd).map(Rate::per_second),
        ..LaneTiming::default()
    };
    let failure = figures.error.as_ref().map(|error| (FailureKind::parse(&error.kind), error.message.clone()));
    let failure = failure.or_else(|| (!figures.ok).then(|| (FailureKind::Truncated, "it brought no figures".into())));
    ProbeSample { at, failure, timing, cost_usd: run.figure(Metric::Cost), figures }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::watch::line::line;
    use crate::watch::tests::board;

    #[test]
    fn what_one_watch_writes_another_machine_shows() {
        let there = board();
        let mut written = serde_json::to_value(line(&there.rows[0])).unwrap();
        // As the line of a real probe says it: nothing speaks against its speed.
        written["speed_withheld"] = serde_json::Value::Null;
        written["output_tok_s"] = there.rows[0].last().and_then(ProbeSample::tok_s).into();
        let text = serde_json::to_vec(&written).unwrap();
        let mut here = WatchBoard { rows: Vec::new() };
        assert_eq!(here.collect("eu", &text), Some(0));
        assert_eq!(here.collect("eu", &text), None, "it came twice");
        assert_eq!(here.collect("us", &text), Some(1), "another region is another row");
        assert_eq!(here.collect("eu", b"{\"started_at\":3}"), None);
        let (row, last) = (&here.rows[0], there.rows[0].last().unwrap());
        assert_eq!((row.probes, row.successes), (1, u64::from(last.ok())));
        let shown = row.last().unwrap();
        assert_eq!((shown.at, shown.ttft_ms(), shown.tok_s()), (last.at, last.ttft_ms(), last.tok_s()));
        assert_eq!(row.contestant.runner.as_ref().unwrap().name, "eu");
    }
}
