//! The race itself, to be played: one round of the benchmark, each answer as it came.

use std::collections::BTreeMap;

use maud::{Markup, PreEscaped, html};
use serde_json::json;

use speed_kings_core::format;
use speed_kings_core::race::verdict::Metric;
use speed_kings_core::text::printable;
use speed_kings_results::benchmark_report::BenchmarkReport;
use speed_kings_session::bench::saved::{BenchmarkFile, RunResult};

/// Characters of an answer, and reads, that a page holds at most.
const CHARACTERS: usize = 40_000;
const READS: usize = 20_000;

/// The round whose runs are in the middle of all, with a way to play it; without a script the answers stand there whole.
pub(super) fn race(report: &BenchmarkReport) -> Markup {
    let saved = &report.saved;
    let Some((round, runs)) = middle_round(saved) else { return html! {} };
    let end = runs.iter().filter_map(|run| run.offsets_ms.last()).fold(0.0, |end: f64, ms| end.max(*ms));
    let lanes: Vec<serde_json::Value> = runs
        .iter()
        .map(|run| json!({ "reads": run.offsets_ms, "thought": thought(run), "letters": letters(run) }))
        .collect();
    let exact = runs.iter().all(|run| letters(run).is_some());
    // No text is in it, and no number can end a script; this holds even if that changes.
    let data = json!({ "end": end, "lanes": lanes }).to_string().replace('<', "\\u003c");
    html! {
        p {
            "Round " (round) ", the middle one by total time. "
            @if exact { "Each read brings the text that it brought then." } @else {
                "The moments are those of each read; how much text each brought was not kept, so that it is spread evenly over them."
            }
        }
        div class="race" {
            div class="bar" hidden {
                button type="button" { "Play" }
                input type="range" min="0" step="any" value="0" aria-label="Time in the race";
                label { "Speed " select {
                    @for (value, name) in [("0.1", "×0.1"), ("0.25", "×0.25"), ("0.5", "×0.5"), ("1", "×1"), ("2", "×2"), ("4", "×4")] {
                        option value=(value) selected[value == "1"] { (name) }
                    }
                } }
                output {}
            }
            div class="lanes" {
                @for (lane, run) in saved.lanes.iter().zip(&runs) {
                    div class="lane" {
                        h3 { (printable(&lane.identity.name)) @if lane.identity.simulated { " SIM" } }
                        p { (figures(run)) }
                        progress value="1" max="1" aria-label={ "Text of " (printable(&lane.identity.name)) " that has come" } {}
                        pre tabindex="0" aria-label={ "Answer of " (printable(&lane.identity.name)) } {
                            i { (text(run.reasoning.as_deref())) }
                            b { (text(run.answer.as_deref())) }
                        }
                    }
                }
            }
            script type="application/json" { (PreEscaped(data)) }
        }
    }
}

/// What a run came to.
fn figures(run: &RunResult) -> String {
    let figure = |metric: Metric| format!("{} {}", metric.title(), format::metric(metric, run.figure(metric)));
    [Metric::Ttft, Metric::OutputSpeed, Metric::Total].map(figure).join(" · ")
}

/// The text, printable, and not longer than a page holds.
fn text(text: Option<&str>) -> String {
    let shown = printable(text.unwrap_or_default());
    shown.chars().take(CHARACTERS).collect()
}

/// How many letters each read brought, where that was kept and the page shows the text letter by letter as it came.
fn letters(run: &RunResult) -> Option<&[u32]> {
    let shown = |whole: Option<&String>| whole.map_or(0, |whole| text(Some(whole)).chars().count());
    let count = |whole: Option<&String>| whole.map_or(0, |whole| whole.chars().count());
    let sizes = run.read_characters();
    let all: u64 = sizes.iter().copied().map(u64::from).sum();
    let whole = [run.reasoning.as_ref(), run.answer.as_ref()];
    let there: usize = whole.iter().map(|text| shown(*text)).sum();
    let same = whole.iter().all(|text| shown(*text) == count(*text)) && u64::try_from(there) == Ok(all);
    (same && sizes.len() == run.offsets_ms.len()).then_some(sizes)
}

/// The reads that brought reasoning, as a share of the text has it.
fn thought(run: &RunResult) -> usize {
    let length = |text: Option<&String>| text.map_or(0, |text| text.chars().count());
    let (reasoning, answer) = (length(run.reasoning.as_ref()), length(run.answer.as_ref()));
    run.offsets_ms.len() * reasoning / (reasoning + answer).max(1)
}

/// The round that all contestants ended well, and whose slowest is the middle one.
fn middle_round(saved: &BenchmarkFile) -> Option<(u32, Vec<&RunResult>)> {
    // The same turn of the same conversation, where it is one.
    let mut rounds: BTreeMap<(u32, Option<u32>), Vec<&RunResult>> = BTreeMap::new();
    for lane in &saved.lanes {
        for (run, place) in lane.runs.iter().zip(1_u32..) {
            let fits = run.figures.ok && run.answer.is_some() && (1..=READS).contains(&run.offsets_ms.len());
            if fits {
                let turn = run.turn.as_ref().map(|turn| turn.number);
                rounds.entry((run.round.unwrap_or(place), turn)).or_default().push(run);
            }
        }
    }
    let whole = rounds.into_iter().filter(|(_, runs)| runs.len() == saved.lanes.len());
    let slowest = |runs: &[&RunResult]| runs.iter().filter_map(|run| run.figure(Metric::Total)).fold(0.0, f64::max);
    let mut rounds: Vec<(f64, u32, Vec<&RunResult>)> =
        whole.map(|((round, _), runs)| (slowest(&runs), round, runs)).collect();
    rounds.sort_by(|a, b| a.0.total_cmp(&b.0));
    let middle = rounds.len().saturating_sub(1) / 2;
    rounds.into_iter().nth(middle).map(|(_, round, runs)| (round, runs))
}
