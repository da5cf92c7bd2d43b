//! Given lengths: what was planned, what the servers counted, and who did not keep to it.

use crate::benchmark_report::{BenchmarkReport, ReportTable};
use speed_kings_core::format;
use speed_kings_core::race::prompt::thousands;
use speed_kings_session::bench::saved::BenchmarkFile;
use speed_kings_session::lengths::{GivenLengths, PlanFigures};

/// A row for each contestant; nothing where no lengths were given.
pub(super) fn against_plan(report: &BenchmarkReport) -> Option<ReportTable> {
    let lanes = report.saved.lanes.iter();
    let rows: Vec<Vec<String>> =
        lanes.filter_map(|lane| Some(row(&lane.identity.name, &lane.against_plan()?))).collect();
    let header = ["contestant", "prompt planned", "counted", "of plan", "answer planned", "came", "of plan", "short"];
    let header = header.map(str::to_owned).to_vec();
    (!rows.is_empty()).then_some(ReportTable { header, rows, right_from: 1, left_from: usize::MAX })
}

fn row(name: &str, plan: &PlanFigures) -> Vec<String> {
    let tokens = |count: Option<f64>| count.map_or_else(String::new, whole);
    let counted = |planned: Option<f64>, count: Option<f64>| {
        planned.map_or_else(String::new, |_| count.map_or_else(|| "not told".to_owned(), whole))
    };
    let share = |ratio: Option<f64>| ratio.map_or_else(String::new, format::whole_percent);
    vec![
        name.to_owned(),
        tokens(plan.input_planned),
        counted(plan.input_planned, plan.input_counted),
        share(plan.input_ratio),
        tokens(plan.output_planned),
        counted(plan.output_planned, plan.output_counted),
        share(plan.output_ratio),
        if plan.of > 0 { format!("{} of {}", plan.short, plan.of) } else { String::new() },
    ]
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "counts of tokens, which are small")]
fn whole(tokens: f64) -> String {
    thousands(tokens.max(0.0).round() as u64)
}

/// What the lengths were, and who did not keep to them: a verdict has a badge of it, and a single contestant has no verdict.
pub(super) fn notes(saved: &BenchmarkFile) -> Vec<String> {
    let Some(given) = &saved.settings.lengths else { return Vec::new() };
    let off = saved.lanes.iter().filter_map(|lane| {
        let off = lane.against_plan()?.off()?;
        Some(format!("{}: {off}", lane.identity.name))
    });
    std::iter::once(words(given, saved.settings.order_seed)).chain(off).collect()
}

/// The lengths in words, with what the texts are.
#[must_use]
pub fn words(given: &GivenLengths, seed: u64) -> String {
    let words = given.words();
    if given.input.is_none() {
        return format!("given lengths: {words}");
    }
    format!(
        "given lengths: {words}; texts of common words, drawn by seed {seed}, each another from its first words on; chat templates \
         are counted with the prompt"
    )
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::benchmark_report::tests::report;

    #[test]
    fn what_was_planned_stands_beside_what_was_counted() {
        let mut saved = report().saved;
        saved.settings.lengths = serde_json::from_value(json!({"input": "1000", "output": "200"})).unwrap();
        saved.lanes.truncate(1);
        saved.lanes[0].runs = [190, 70]
            .map(|output| {
                let tokens = json!({"input": 1_180, "output": output, "counted_by": "usage"});
                let planned = json!({"input_tokens": 1_000, "output_tokens": 200});
                serde_json::from_value(json!({"ok": true, "tokens": tokens, "planned": planned})).unwrap()
            })
            .to_vec();
        let report = BenchmarkReport::new(saved);
        let table = against_plan(&report).unwrap();
        assert_eq!(table.rows[0], ["A", "1,000", "1,180", "118 %", "200", "130", "65 %", "1 of 2"]);
        let told = notes(&report.saved).join("\n");
        for said in
            ["prompts of 1000 tokens, answers of 200 tokens", "A: prompts have 118 %", "1 of 2 answers came shorter"]
        {
            assert!(told.contains(said), "{said}: {told}");
        }
        assert!(against_plan(&super::super::tests::report()).is_none());
    }
}
