//! The verdict of a benchmark as the file has it: who was ahead, and whether that is a claim.
//! Without a claim nobody has won: the outcome is then `too_close`, however far apart the medians are.

use crate::bench::BenchmarkSummary;
use crate::bench::analysis::{MetricComparison, ResultsAnalysis};
use crate::bench::saved::{CategoryRecord, CloseLead, OutcomeRecord, VerdictRecord};
use speed_kings_core::race::verdict::Metric;

/// The verdict on `summary`, which `analysis` makes a claim or not.
pub(super) fn record(summary: &BenchmarkSummary, analysis: &ResultsAnalysis) -> VerdictRecord {
    let ahead = ahead(summary, analysis);
    let claim = ahead.is_some_and(|(_, _, claim)| claim);
    let pair = ahead.and_then(|(first, second, _)| analysis.pair(first, second, Metric::Total));
    let note = if claim {
        "a claim: the interval of the paired ratio of total times leaves 1 out"
    } else {
        "a result, not a claim: no interval that leaves 1 out"
    };
    VerdictRecord {
        basis: "medians".to_owned(),
        claim,
        note: note.to_owned(),
        effect: pair.map(|pair| effect(summary, &pair)),
        runs: summary.counted.clone(),
        failed: summary.failed.clone(),
        outcome: outcome_of(summary, ahead),
        provisional: summary.is_provisional(),
        categories: summary.categories.iter().map(CategoryRecord::from).collect(),
        badges: summary.badges.clone(),
    }
}

/// The first and the next by total time, and whether it is a claim that the first is ahead of everybody: then it alone has
/// the first rank, and nobody is without one.
fn ahead(summary: &BenchmarkSummary, analysis: &ResultsAnalysis) -> Option<(usize, usize, bool)> {
    let totals = &summary.categories.iter().find(|category| category.metric == Metric::Total)?.values;
    let mut order: Vec<(usize, f64)> =
        totals.iter().enumerate().map(|(lane, ms)| Some((lane, (*ms)?))).collect::<Option<_>>()?;
    order.sort_by(|(_, a), (_, b)| a.total_cmp(b));
    let firsts: Vec<usize> =
        (0..).zip(&analysis.ranks).filter(|(_, rank)| **rank == Some(1)).map(|(lane, _)| lane).collect();
    let sole = match firsts.as_slice() {
        [sole] if analysis.ranks.iter().all(Option::is_some) => Some(*sole),
        _ => None,
    };
    let first = sole.or_else(|| order.first().map(|(lane, _)| *lane))?;
    let second = order.iter().map(|(lane, _)| *lane).find(|lane| *lane != first)?;
    Some((first, second, sole.is_some()))
}

fn effect(summary: &BenchmarkSummary, pair: &MetricComparison) -> String {
    let weight = if summary.is_provisional() { "provisional: " } else { "" };
    format!("{weight}{}", pair.effect())
}

/// Who won, where that is a claim; else that it is too close to call, with the medians as they are. Nothing for places
/// that no lane has.
fn outcome_of(summary: &BenchmarkSummary, ahead: Option<(usize, usize, bool)>) -> Option<OutcomeRecord> {
    let total = |lane: usize| {
        let totals = summary.categories.iter().find(|category| category.metric == Metric::Total)?;
        totals.values.get(lane).copied().flatten()
    };
    let Some((first, second, claim)) = ahead else { return Some(OutcomeRecord::TooClose { lead: None }) };
    let (best, next) = (total(first), total(second));
    let ratio = best.zip(next).map(|(best, next)| next / best).filter(|ratio| ratio.is_finite());
    let by_us = best.zip(next).map(|(best, next)| ((next - best) * 1e3).round());
    let (first, second) = (u8::try_from(first).ok()?, u8::try_from(second).ok()?);
    Some(if claim {
        OutcomeRecord::Won { winner: first, second, ratio, by_us }
    } else {
        OutcomeRecord::TooClose { lead: Some(CloseLead { ahead: first, behind: second, ratio, by_us }) }
    })
}

#[cfg(test)]
mod tests {
    use crate::bench::document::file;
    use crate::fixture::results;

    fn outcome(a: &[&[i64]], b: &[&[i64]]) -> (String, bool) {
        let document = file(&results([a, b]), false).json();
        let verdict = &document["verdict"];
        let kind = verdict["outcome"]["kind"].as_str().unwrap().to_owned();
        (kind, verdict["claim"].as_bool().unwrap())
    }

    #[test]
    fn nobody_has_won_without_a_claim() {
        let quick: [&[i64]; 5] = [&[50, 100], &[50, 101], &[50, 102], &[50, 101], &[50, 100]];
        let slow: [&[i64]; 5] = [&[50, 200], &[50, 201], &[50, 205], &[50, 201], &[50, 199]];
        let mixed: [&[i64]; 5] = [&[50, 90], &[50, 300], &[50, 80], &[50, 310], &[50, 300]];
        assert_eq!(outcome(&quick, &slow), ("won".into(), true));
        assert_eq!(outcome(&slow, &quick), ("won".into(), true));
        assert_eq!(outcome(&quick, &quick), ("too_close".into(), false));
        assert_eq!(outcome(&quick, &mixed), ("too_close".into(), false), "the medians are three times apart");
        assert_eq!(outcome(&quick[..4], &slow[..4]), ("too_close".into(), false), "a claim needs five runs of each");
    }

    #[test]
    fn a_small_claim_is_one_though_one_run_would_be_a_dead_heat() {
        let near = |by: i64| -> Vec<Vec<i64>> { (0..9).map(|run| vec![50, 1_000 + run % 3 + by]).collect() };
        let (a, b) = (near(0), near(6));
        let refs = |runs: &'static [Vec<i64>]| runs.iter().map(Vec::as_slice).collect::<Vec<_>>();
        let (a, b) = (refs(a.leak()), refs(b.leak()));
        assert_eq!(outcome(&a, &b), ("won".into(), true));
    }
}
