//! Conversations by turn: how long each takes to its first text while the history grows, and how much of that came out of a cache.

use std::collections::BTreeMap;

use crate::benchmark_report::ReportTable;
use crate::benchmark_report::measured::BenchmarkReport;
use speed_kings_core::format;
use speed_kings_core::race::prompt::thousands;
use speed_kings_core::race::verdict::Metric;
use speed_kings_session::bench::analysis::counts_tokens;
use speed_kings_session::bench::saved::{BenchmarkFile, LaneResult, RunResult, TurnFigures};

/// A row for each turn and contestant; nothing where nothing of it was a conversation.
pub(super) fn by_turn(report: &BenchmarkReport) -> Option<ReportTable> {
    let lanes = || report.saved.lanes.iter().zip(&report.analysis.lanes);
    let turns = lanes().flat_map(|(_, told)| &told.turns).map(|turn| turn.number).max()?;
    let header = ["turn", "contestant", "good", "not run", "TTFT", "total", "tok/s", "prompt tokens", "cached"];
    let mut rows = Vec::new();
    for number in 1..=turns {
        for (lane, told) in lanes() {
            let Some(turn) = told.turns.iter().find(|turn| turn.number == number) else { continue };
            rows.push(row(&lane.identity.name, turn, told.estimated));
        }
    }
    Some(ReportTable { header: header.map(str::to_owned).to_vec(), rows, right_from: 2, left_from: usize::MAX })
}

fn row(name: &str, turn: &TurnFigures, estimated: bool) -> Vec<String> {
    let shown = |metric: Metric, value: Option<f64>| {
        let sign = if estimated && counts_tokens(metric) && value.is_some() { "≈" } else { "" };
        format!("{sign}{}", format::metric(metric, value))
    };
    let cached = turn.cached_tokens.map_or_else(
        || "not told".to_owned(),
        |cached| {
            let share = turn.input_tokens.filter(|input| *input > 0.0).map(|input| (cached / input).min(1.0));
            let share = share.map_or_else(String::new, |share| format!(" ({})", format::whole_percent(share)));
            format!("{}{share}", whole(cached))
        },
    );
    vec![
        turn.number.to_string(),
        name.to_owned(),
        format!("{} of {}", turn.good, turn.asked),
        if turn.not_run > 0 { turn.not_run.to_string() } else { String::new() },
        shown(Metric::Ttft, turn.ttft_ms),
        shown(Metric::Total, turn.total_ms),
        shown(Metric::OutputSpeed, turn.output_tok_s),
        turn.input_tokens.map_or_else(|| "not told".to_owned(), whole),
        cached,
    ]
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "counts of tokens, which are small")]
fn whole(tokens: f64) -> String {
    thousands(tokens.max(0.0).round() as u64)
}

/// What conversations were, whose answers stood in them, and which of them broke off.
pub(super) fn notes(saved: &BenchmarkFile) -> Vec<String> {
    if !saved.holds_conversations() {
        return Vec::new();
    }
    let histories = |of: &str| {
        let turns = saved.lanes.iter().flat_map(|lane| &lane.runs).filter_map(|run| run.turn.as_ref());
        turns.filter(|turn| turn.history == of).count()
    };
    let history = match (histories("recorded"), histories("own"), histories("mixed")) {
        (_, 0, 0) => "the answers of the file stand in it, the same for all contestants".to_owned(),
        (0, _, 0) => {
            "each contestant's own answers stand in it, so that later prompts differ from one to the other".to_owned()
        }
        (recorded, own, mixed) => format!(
            "the answers of the file stand in it in {recorded} requests, the contestant's own in {own}, some of both in {mixed}"
        ),
    };
    let mut notes = vec![format!(
        "conversations: each turn is a request with all that was said before; {history}; contestants are compared by the median \
         over the turns of each conversation that came to its end"
    )];
    notes.extend(saved.lanes.iter().flat_map(broken_off));
    notes
}

/// Why conversations of a contestant ended before their last turn, each reason once.
fn broken_off(lane: &LaneResult) -> Vec<String> {
    let mut reasons: BTreeMap<String, (usize, u32)> = BTreeMap::new();
    for (run, turn) in lane.runs.iter().filter_map(|run| Some((run, run.turn.as_ref()?))) {
        if turn.not_run > 0 {
            let (times, turns) = reasons.entry(why(run, turn.number)).or_default();
            (*times, *turns) = (*times + 1, *turns + turn.not_run);
        }
    }
    let name = &lane.identity.name;
    let told = |(why, (times, turns)): (String, (usize, u32))| {
        let conversations = if times == 1 { "conversation" } else { "conversations" };
        let were = if turns == 1 { "turn was" } else { "turns were" };
        format!("{name}: {times} {conversations} ended early, and {turns} {were} not run: {why}")
    };
    reasons.into_iter().map(told).collect()
}

fn why(run: &RunResult, turn: u32) -> String {
    match &run.figures.error {
        Some(error) => format!("turn {turn} failed ({}: {})", error.kind, error.message),
        None if run.figures.ok => format!("turn {turn} had no answer to go on with, only reasoning"),
        None => format!("turn {turn} failed"),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::benchmark_report::tests::report;

    /// Two conversations of two turns, of which the second broke off.
    fn talks() -> BenchmarkReport {
        let mut saved = report().saved;
        saved.lanes.truncate(1);
        let run = |round: u32, number: u32, not_run: u32, ok: bool, cached: u64| {
            let error = if ok { json!(null) } else { json!({"kind": "server", "status": 500, "message": "on fire"}) };
            serde_json::from_value(json!({
                "ok": ok, "round": round, "ttft_ms": 30.0 * f64::from(number), "error": error,
                "tokens": {"input": 1_000 * number, "cached": cached},
                "turn": {"number": number, "of": 2, "history": if number == 1 { "none" } else { "own" }, "not_run": not_run},
            }))
            .unwrap()
        };
        saved.lanes[0].runs = vec![run(1, 1, 0, true, 0), run(1, 2, 0, true, 1_500), run(2, 1, 1, false, 0)];
        BenchmarkReport::new(saved)
    }

    #[test]
    fn each_turn_has_its_first_token_and_what_came_out_of_a_cache() {
        let report = talks();
        let table = by_turn(&report).unwrap();
        assert_eq!(table.rows[0], ["1", "A", "1 of 2", "", "30.0 ms", "N/A", "N/A", "1,000", "0 (0 %)"]);
        assert_eq!(table.rows[1], ["2", "A", "1 of 1", "1", "60.0 ms", "N/A", "N/A", "2,000", "1,500 (75 %)"]);
        assert!(by_turn(&super::super::tests::report()).is_none());
    }

    #[test]
    fn whose_answers_and_what_broke_off_is_said() {
        let told = notes(&talks().saved).join("\n");
        for said in [
            "each contestant's own answers",
            "A: 1 conversation ended early, and 1 turn was not run: turn 1 failed (server: on fire)",
        ] {
            assert!(told.contains(said), "{said}: {told}");
        }
        assert!(notes(&report().saved).is_empty());
    }
}
