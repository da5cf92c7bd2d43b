//! A contestant's runs by the turn of their conversation, and against the lengths that they were to have.

use std::collections::BTreeMap;

use super::{CountFigure, LaneResult, RunResult, TurnFigures};
use crate::lengths::PlanFigures;
use speed_kings_core::race::verdict::Metric;
use speed_kings_core::stats::median;

impl LaneResult {
    /// What was planned and what was counted; nothing where no lengths were given.
    #[must_use]
    pub fn against_plan(&self) -> Option<PlanFigures> {
        PlanFigures::of(&self.runs.iter().filter_map(RunResult::against_plan).collect::<Vec<_>>())
    }

    /// What each turn comes to; empty where nothing of it was a conversation.
    #[must_use]
    pub fn by_turn(&self) -> Vec<TurnFigures> {
        let mut turns: BTreeMap<u32, Vec<&RunResult>> = BTreeMap::new();
        let mut left_out: BTreeMap<u32, usize> = BTreeMap::new();
        for (run, turn) in self.runs.iter().filter_map(|run| Some((run, run.turn.as_ref()?))) {
            turns.entry(turn.number).or_default().push(run);
            for number in turn.number + 1..=turn.number.saturating_add(turn.not_run).min(turn.of) {
                *left_out.entry(number).or_insert(0) += 1;
            }
        }
        let numbers: std::collections::BTreeSet<u32> = turns.keys().chain(left_out.keys()).copied().collect();
        let one = |number: u32| {
            let asked = turns.get(&number).map_or(&[][..], Vec::as_slice);
            let good = || asked.iter().filter(|run| run.figures.ok);
            let figure = |metric: Metric| median(good().filter_map(|run| run.figure(metric)));
            let count = |of: fn(&RunResult) -> Option<CountFigure>| {
                median(good().filter_map(|run| of(run).and_then(CountFigure::value)))
            };
            TurnFigures {
                number,
                asked: asked.len(),
                good: good().count(),
                not_run: left_out.get(&number).copied().unwrap_or(0),
                ttft_ms: figure(Metric::Ttft),
                total_ms: figure(Metric::Total),
                output_tok_s: figure(Metric::OutputSpeed),
                input_tokens: count(|run| run.figures.tokens.input),
                cached_tokens: count(|run| run.figures.tokens.cached),
            }
        };
        numbers.into_iter().map(one).collect()
    }

    /// Whether any of its runs is a turn of a conversation.
    #[must_use]
    pub fn holds_conversations(&self) -> bool {
        self.runs.iter().any(|run| run.turn.is_some())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn turns_are_told_by_their_place_and_those_not_run_are_counted() {
        let run = |number: u32, not_run: u32, ok: bool, ttft: f64, cached: u64| {
            json!({"ok": ok, "ttft_ms": ttft, "tokens": {"input": 100 * number, "cached": cached},
                   "turn": {"number": number, "of": 3, "history": "own", "not_run": not_run}})
        };
        let runs = [
            run(1, 0, true, 10.0, 0),
            run(2, 0, true, 20.0, 80),
            run(3, 0, true, 30.0, 160),
            run(1, 0, true, 12.0, 0),
            run(2, 1, false, 99.0, 0),
        ];
        let lane: LaneResult = serde_json::from_value(json!({ "runs": runs })).unwrap();
        let turns = lane.by_turn();
        let told: Vec<_> = turns.iter().map(|turn| (turn.number, turn.asked, turn.good, turn.not_run)).collect();
        assert_eq!(told, [(1, 2, 2, 0), (2, 2, 1, 0), (3, 1, 1, 1)]);
        assert_eq!((turns[0].ttft_ms, turns[1].ttft_ms, turns[2].cached_tokens), (Some(11.0), Some(20.0), Some(160.0)));
        assert!(lane.holds_conversations() && LaneResult::default().by_turn().is_empty());
    }

    #[test]
    fn a_conversation_that_broke_off_is_no_round() {
        let run = |round: u32, number: u32, ok: bool| {
            json!({"ok": ok, "round": round, "ttft_ms": 10.0 * f64::from(number),
                   "turn": {"number": number, "of": 2, "history": "own", "not_run": 0}})
        };
        let runs = [run(1, 1, true), run(1, 2, true), run(2, 1, true), run(2, 2, false), run(3, 1, true)];
        let lane: LaneResult = serde_json::from_value(json!({ "runs": runs })).unwrap();
        assert_eq!(lane.by_round(Metric::Ttft).into_iter().collect::<Vec<_>>(), [(1, 15.0)]);
    }
}
