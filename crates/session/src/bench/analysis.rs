//! What many runs come to: each contestant described, every two of them compared, all of them ranked.
//! It works on saved results alone, so a report from a file says what the run itself said.

use std::collections::BTreeMap;

use crate::bench::saved::{BenchmarkFile, LaneResult, RunResult, TurnFigures};
use speed_kings_core::race::verdict::{Metric, one_model, sizes_differ};
use speed_kings_core::stats::compare::{
    Comparison, ComparisonCall, ConfidenceInterval, IntervalMethod, MIN_PAIRS, RANKS_FROM, holm, is_level,
};
use speed_kings_core::stats::describe::SampleDescription;

/// The significance that a rank needs, after Holm's correction for all pairs.
const ALPHA: f64 = 0.05;
/// No number of runs beyond this is looked for.
const MOST_RANKED: usize = 64;

/// One contestant over its runs.
#[derive(Clone, PartialEq, Debug)]
pub struct LaneStatistics {
    /// Runs that brought figures.
    pub good: usize,
    /// Runs that didn't, by the kind of their failure.
    pub failures: BTreeMap<String, usize>,
    /// Requests that were sent again.
    pub retries: u32,
    /// Runs that nothing had warmed up.
    pub cold: usize,
    /// Runs after a long rest.
    pub after_idle: usize,
    /// Each metric that at least one run has.
    pub metrics: Vec<(Metric, MetricSummary)>,
    /// Some of its good runs have tokens that nobody counted, so that its speeds are estimates.
    pub estimated: bool,
    /// The middle one of the sizes of its tokens, in characters, where the server counted them.
    pub chars_per_token: Option<f64>,
    /// Why some of its good runs have no output speed: the codes, and how many runs.
    pub withheld: BTreeMap<String, usize>,
    /// Tokens per second of all requests of a load run together; its places are rounds, not runs.
    pub load: Option<MetricSummary>,
    /// What each turn of its conversations comes to; empty where there are none.
    pub turns: Vec<TurnFigures>,
}

/// One metric over the runs.
#[derive(Clone, PartialEq, Debug)]
pub struct MetricSummary {
    /// The distribution of the metric over the good runs.
    pub description: SampleDescription,
    /// The places of the outliers among all runs of the contestant, from 0.
    pub outliers: Vec<usize>,
}

/// Two contestants on one metric.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct MetricComparison {
    /// The first one's place.
    pub a: usize,
    /// The second one's place among the contestants, from 0.
    pub b: usize,
    /// The metric that is compared.
    pub metric: Metric,
    /// By what factor the first is better: over 1 it is ahead.
    pub comparison: Comparison,
}

impl MetricComparison {
    /// Who is better, if that may be said.
    #[must_use]
    pub const fn winner(&self) -> Option<usize> {
        match self.comparison.call {
            ComparisonCall::Larger => Some(self.a),
            ComparisonCall::Smaller => Some(self.b),
            ComparisonCall::TooFew | ComparisonCall::TooClose => None,
        }
    }

    /// The same with the better one first, or as it is when neither is.
    #[must_use]
    pub fn leader_first(&self) -> Self {
        if self.comparison.ratio >= 1.0 {
            return *self;
        }
        Self { a: self.b, b: self.a, metric: self.metric, comparison: self.comparison.turned() }
    }

    /// `2.41× faster (2.31–2.52)`, with the leader's factor; `too close to call` when neither leads.
    #[must_use]
    pub fn effect(&self) -> String {
        let lead = self.leader_first().comparison;
        let level = is_level(lead.ratio);
        match lead.call {
            ComparisonCall::TooFew => {
                let pairs = if lead.pairs == 1 { "pair" } else { "pairs" };
                let ahead = if level { "level".to_owned() } else { format!("{lead} {}", word(self.metric)) };
                format!("{ahead} in {} {pairs}; a claim needs {MIN_PAIRS}", lead.pairs)
            }
            ComparisonCall::TooClose => match lead.interval {
                Some(ConfidenceInterval { low, high }) if low.to_bits() == high.to_bits() => "the same".into(),
                Some(_) => {
                    let text = lead.to_string();
                    let (factor, interval) = text.split_once(" (").unwrap_or((&text, ""));
                    let better = if level { "level".into() } else { format!("{factor} {}", word(self.metric)) };
                    format!("too close to call ({better}, {interval}")
                }
                None => "too close to call".into(),
            },
            ComparisonCall::Larger | ComparisonCall::Smaller => {
                let text = lead.to_string();
                let (factor, interval) = text.split_once(' ').unwrap_or((&text, ""));
                format!("{factor} {} {interval}", word(self.metric)).trim_end().to_owned()
            }
        }
    }
}

/// What being better is called.
const fn word(metric: Metric) -> &'static str {
    match metric {
        Metric::Cost => "cheaper",
        Metric::GapsP95 | Metric::Stalls => "steadier",
        _ => "faster",
    }
}

/// All that can be said of one file's runs.
#[derive(Clone, PartialEq, Debug)]
pub struct ResultsAnalysis {
    /// The statistics of each contestant, in the order of the lanes.
    pub lanes: Vec<LaneStatistics>,
    /// Every two of them on each metric. What rests on tokens is only compared where both have
    /// them counted in the same way.
    pub pairs: Vec<MetricComparison>,
    /// The same on the tokens per second of all requests of a load run together; empty when it was none.
    pub loads: Vec<MetricComparison>,
    /// The contestants' ranks by total time, from 1: one more than the number of those that are shown to be faster. Nothing
    /// for a contestant that has too few runs beside each of the others.
    pub ranks: Vec<Option<usize>>,
    /// Runs that each needs at least, where there are too few for the correction over all pairs ever to show anybody ahead.
    pub ranks_need: Option<usize>,
}

impl ResultsAnalysis {
    /// Works it out. `resampled` is whether bootstrap and permutation are drawn too, which takes most of the time.
    #[must_use]
    pub fn of(saved: &BenchmarkFile, resampled: bool) -> Self {
        let seed = saved.settings.order_seed;
        let lanes: Vec<LaneStatistics> = saved.lanes.iter().map(LaneStatistics::of).collect();
        let alike = |a: usize, b: usize, metric: Metric| {
            let estimated = |lane: usize| lanes.get(lane).is_some_and(|lane| lane.estimated);
            let one_is_estimated = counts_tokens(metric) && estimated(a) != estimated(b);
            !(one_is_estimated || (metric.rests_on_tokens() && counted_differently(saved, &lanes, (a, b))))
        };
        // A benchmark that was gone on with on another day has no pairs across the days.
        let days: Vec<BTreeMap<u32, String>> = saved.lanes.iter().map(LaneResult::days_by_round).collect();
        let all_pairs = |metric: Metric, rounds: &[BTreeMap<u32, f64>]| -> Vec<MetricComparison> {
            let mut pairs = Vec::new();
            for (a, of_a) in rounds.iter().enumerate() {
                let others = rounds.iter().enumerate().skip(a + 1);
                for (b, of_b) in others.filter(|(b, _)| alike(a, *b, metric)) {
                    let same_day = |round: &u32| match (days.get(a), days.get(b)) {
                        (Some(a), Some(b)) => a.get(round) == b.get(round),
                        _ => true,
                    };
                    let of_a =
                        of_a.iter().filter(|(round, _)| same_day(round)).map(|(round, of)| (*round, *of)).collect();
                    let both = matched(&of_a, of_b, metric.more_is_better());
                    let told = if resampled { Comparison::of(&both, seed) } else { Comparison::judge(&both) };
                    pairs.extend(told.map(|comparison| MetricComparison { a, b, metric, comparison }));
                }
            }
            pairs
        };
        let rounds = |of: &dyn Fn(&LaneResult) -> BTreeMap<u32, f64>| saved.lanes.iter().map(of).collect::<Vec<_>>();
        let compared = Metric::ALL.into_iter().filter(|metric| *metric != Metric::Stalls);
        let pairs: Vec<MetricComparison> =
            compared.flat_map(|metric| all_pairs(metric, &rounds(&|lane| lane.by_round(metric)))).collect();
        let loads = all_pairs(Metric::OutputSpeed, &rounds(&LaneResult::load_by_round));
        let (ranks, ranks_need) = (ranks(lanes.len(), &pairs), ranks_need(&pairs));
        Self { lanes, pairs, loads, ranks, ranks_need }
    }

    /// Whether two contestants of one model in `saved`, which this is of, have tokens of so different a size that one of them is
    /// not counted as the other is.
    #[must_use]
    pub fn counted_differently(&self, saved: &BenchmarkFile, a: usize, b: usize) -> bool {
        counted_differently(saved, &self.lanes, (a, b))
    }

    /// Two contestants on one metric, seen from `a`.
    #[must_use]
    pub fn pair(&self, a: usize, b: usize, metric: Metric) -> Option<MetricComparison> {
        let pair = self
            .pairs
            .iter()
            .find(|pair| pair.metric == metric && (pair.a == a && pair.b == b || pair.a == b && pair.b == a))?;
        Some(if pair.a == a { *pair } else { MetricComparison { a, b, metric, comparison: pair.comparison.turned() } })
    }
}

/// Whether a metric is only as good as the count of tokens behind it.
#[must_use]
pub const fn counts_tokens(metric: Metric) -> bool {
    matches!(metric, Metric::OutputSpeed | Metric::EndToEnd)
}

fn counted_differently(saved: &BenchmarkFile, lanes: &[LaneStatistics], (a, b): (usize, usize)) -> bool {
    let model = |lane: usize| {
        saved.lanes.get(lane).map(|lane| (lane.identity.same_as.as_deref(), lane.identity.model.as_str()))
    };
    let size = |lane: usize| lanes.get(lane).and_then(|lane| lane.chars_per_token);
    model(a).zip(model(b)).is_some_and(|(a, b)| one_model(a, b))
        && size(a).zip(size(b)).is_some_and(|(a, b)| sizes_differ(a, b))
}

impl LaneStatistics {
    fn of(lane: &LaneResult) -> Self {
        let flagged = |flag: &str| lane.runs.iter().filter(|run| run.flags.iter().any(|one| one == flag)).count();
        let good = || lane.runs.iter().filter(|run| run.figures.ok);
        let mut failures = BTreeMap::new();
        for run in lane.runs.iter().filter(|run| !run.figures.ok) {
            let kind = run.figures.error.as_ref().map_or_else(|| "unknown".to_owned(), |error| error.kind.clone());
            *failures.entry(kind).or_insert(0) += 1;
        }
        Self {
            good: good().count(),
            failures,
            retries: lane.runs.iter().map(|run| run.retries).sum(),
            cold: flagged("cold_start"),
            after_idle: flagged("after_idle"),
            metrics: Metric::ALL.into_iter().filter_map(|metric| Some((metric, described(lane, metric)?))).collect(),
            estimated: good().any(|run| run.figures.tokens.counted_by.as_deref() == Some("estimate")),
            chars_per_token: {
                let sizes: Vec<f64> = good().filter_map(RunResult::chars_per_token).collect();
                SampleDescription::of(&sizes).map(|sizes| sizes.median)
            },
            withheld: good().filter_map(RunResult::speed_withheld).fold(BTreeMap::new(), |mut withheld, code| {
                *withheld.entry(code.to_owned()).or_insert(0) += 1;
                withheld
            }),
            load: SampleDescription::of(&lane.load_by_round().into_values().collect::<Vec<_>>())
                .map(|description| MetricSummary { outliers: description.outliers.clone(), description }),
            turns: lane.by_turn(),
        }
    }

    /// Runs that brought no figures.
    #[must_use]
    pub fn failed(&self) -> usize {
        self.failures.values().sum()
    }

    /// The distribution of one metric; nothing where no run has it.
    #[must_use]
    pub fn metric(&self, metric: Metric) -> Option<&SampleDescription> {
        self.metrics.iter().find(|(one, _)| *one == metric).map(|(_, described)| &described.description)
    }
}

fn described(lane: &LaneResult, metric: Metric) -> Option<MetricSummary> {
    let runs = lane.runs.iter().enumerate().filter(|(_, run)| run.figures.ok);
    let (places, values): (Vec<usize>, Vec<f64>) =
        runs.filter_map(|(place, run)| Some((place, run.figure(metric)?))).unzip();
    let description = SampleDescription::of(&values)?;
    let outliers = description.outliers.iter().filter_map(|place| places.get(*place).copied()).collect();
    Some(MetricSummary { description, outliers })
}

/// The rounds that both have, turned so that the first over the second is by what factor the first is better.
fn matched(a: &BTreeMap<u32, f64>, b: &BTreeMap<u32, f64>, more_is_better: bool) -> Vec<(f64, f64)> {
    let both = a.iter().filter_map(|(round, of_a)| Some((*of_a, *b.get(round)?)));
    both.map(|(a, b)| if more_is_better { (a, b) } else { (b, a) }).collect()
}

/// Runs that ranks need, where those at hand could show nothing: the p-value of signed ranks can't be under 2^(1−n), and
/// the correction multiplies it.
fn ranks_need(pairs: &[MetricComparison]) -> Option<usize> {
    let totals: Vec<&Comparison> = pairs
        .iter()
        .filter(|pair| pair.metric == Metric::Total && pair.comparison.call != ComparisonCall::TooFew)
        .map(|pair| &pair.comparison)
        .collect();
    let least = |pairs: usize| 0.5_f64.powi(i32::try_from(pairs.saturating_sub(1)).unwrap_or(i32::MAX));
    let least_of = |told: &&Comparison| if told.method == IntervalMethod::T { 0.0 } else { least(told.pairs) };
    let corrected = holm(&totals.iter().map(least_of).collect::<Vec<f64>>());
    let hopeless = totals.len() > 1 && corrected.iter().all(|p| *p > ALPHA);
    let enough = |pairs: &usize| holm(&vec![least(*pairs); totals.len()]).iter().all(|p| *p <= ALPHA);
    (RANKS_FROM..MOST_RANKED).find(enough).filter(|_| hopeless)
}

fn ranks(lanes: usize, pairs: &[MetricComparison]) -> Vec<Option<usize>> {
    let totals: Vec<&MetricComparison> = pairs
        .iter()
        .filter(|pair| pair.metric == Metric::Total && pair.comparison.call != ComparisonCall::TooFew)
        .collect();
    let raw: Vec<f64> = totals.iter().map(|pair| pair.comparison.p_value.unwrap_or(1.0)).collect();
    let corrected = holm(&raw);
    // Two contestants are one question, and its interval answers it.
    let shown = |(pair, p): (&&MetricComparison, &f64)| pair.winner().filter(|_| totals.len() <= 1 || *p <= ALPHA);
    let lost: Vec<usize> = totals
        .iter()
        .zip(&corrected)
        .filter_map(|(pair, p)| shown((pair, p)).map(|winner| if winner == pair.a { pair.b } else { pair.a }))
        .collect();
    let rank = |lane: usize| {
        let judged = totals.iter().any(|pair| pair.a == lane || pair.b == lane);
        judged.then(|| 1 + lost.iter().filter(|loser| **loser == lane).count())
    };
    (0..lanes).map(rank).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::bench::saved::CountFigure;

    /// A file of contestants with these total times in ms, a run each; nothing for a failed one.
    pub(crate) fn saved(lanes: &[&[Option<f64>]]) -> BenchmarkFile {
        let run = |(round, total): (u32, &Option<f64>)| match total {
            Some(ms) => json!({"ok": true, "round": round, "total_ms": ms, "output_tok_s": 1e5 / ms}),
            None => json!({"ok": false, "round": round, "error": {"kind": "server"}}),
        };
        let lane = |(place, totals): (usize, &&[Option<f64>])| {
            let runs: Vec<_> = (1..).zip(totals.iter()).map(run).collect();
            json!({"name": format!("L{place}"), "runs": runs})
        };
        let lanes: Vec<_> = lanes.iter().enumerate().map(lane).collect();
        BenchmarkFile::of(&json!({"version": 1, "lanes": lanes})).unwrap()
    }

    fn around(ms: f64) -> Vec<Option<f64>> {
        (0..8).map(|k| Some(ms * (1.0 + 0.002 * f64::from(k * k % 5)))).collect()
    }

    #[test]
    fn a_lead_is_told_from_both_sides() {
        let told = ResultsAnalysis::of(&saved(&[&around(100.0), &around(240.0)]), true);
        let total = told.pair(0, 1, Metric::Total).unwrap();
        assert_eq!((total.winner(), total.effect().as_str()), (Some(0), "2.40× faster (2.40–2.40)"));
        let back = told.pair(1, 0, Metric::Total).unwrap();
        assert_eq!((back.winner(), back.effect()), (Some(0), total.effect()));
        let speed = told.pair(0, 1, Metric::OutputSpeed).unwrap();
        assert!((speed.comparison.ratio - total.comparison.ratio).abs() < 1e-9, "either way round, faster is over 1");
        assert_eq!(told.ranks, [Some(1), Some(2)]);
        assert!(total.comparison.bootstrap.is_some() && total.comparison.permutation_p.is_some());
    }

    #[test]
    fn ranks_are_shared_where_nobody_is_shown_to_be_faster() {
        let near: Vec<Option<f64>> = around(100.0).into_iter().rev().collect();
        let told = ResultsAnalysis::of(&saved(&[&around(300.0), &around(100.0), &near, &[None]]), false);
        assert_eq!(told.ranks, [Some(3), Some(1), Some(1), None]);
        assert!(told.pair(1, 2, Metric::Total).unwrap().effect().starts_with("too close to call (level, "));
    }

    #[test]
    fn a_failed_run_takes_its_partner_out_and_is_counted() {
        let mut broken = around(100.0);
        broken[3] = None;
        let told = ResultsAnalysis::of(&saved(&[&broken, &around(200.0)]), false);
        assert_eq!(told.pair(0, 1, Metric::Total).unwrap().comparison.pairs, 7);
        assert_eq!((told.lanes[0].good, told.lanes[0].failed()), (7, 1));
        assert_eq!(told.lanes[0].failures.get("server"), Some(&1));
    }

    #[test]
    fn few_runs_have_a_factor_and_no_claim() {
        let told = ResultsAnalysis::of(&saved(&[&around(100.0)[..3], &around(200.0)[..3]]), true);
        let pair = told.pair(0, 1, Metric::Total).unwrap();
        assert_eq!((pair.winner(), pair.comparison.interval), (None, None));
        assert_eq!(pair.effect(), "2.00× faster in 3 pairs; a claim needs 5");
        assert_eq!(told.ranks, [None, None], "neither is shown to be anything");
    }

    #[test]
    fn who_ran_too_seldom_beside_the_others_is_not_ranked() {
        let told = ResultsAnalysis::of(&saved(&[&around(300.0), &around(100.0), &around(50.0)[..4]]), false);
        assert_eq!(told.ranks, [Some(2), Some(1), None]);
    }

    #[test]
    fn a_load_run_is_compared_by_all_its_requests_together() {
        let mut file = saved(&[&around(100.0), &around(100.0)]);
        for (lane, tok_s) in file.lanes.iter_mut().zip([900.0, 300.0]) {
            for run in &mut lane.runs {
                let round = run.round.unwrap().div_ceil(2);
                (run.round, run.load_tok_s) = (Some(round), Some(tok_s + f64::from(round % 3)));
            }
        }
        let told = ResultsAnalysis::of(&file, false);
        assert_eq!(told.lanes[0].load.as_ref().unwrap().description.n, 4, "a sample for each round");
        assert!((told.loads[0].comparison.ratio - 3.0).abs() < 0.02 && told.loads[0].comparison.pairs == 4);
        assert_eq!(ResultsAnalysis::of(&saved(&[&around(1.0), &around(1.0)]), false).loads, []);
    }

    #[test]
    fn speeds_of_tokens_counted_differently_are_not_compared() {
        let mut file = saved(&[&around(100.0), &around(200.0)]);
        file.lanes[1].runs[3].figures.tokens.counted_by = Some("estimate".into());
        let told = ResultsAnalysis::of(&file, false);
        assert!(told.lanes[1].estimated && !told.lanes[0].estimated);
        assert_eq!((told.pair(0, 1, Metric::OutputSpeed), told.ranks.clone()), (None, vec![Some(1), Some(2)]));
        file.lanes[0].runs[0].figures.tokens.counted_by = Some("estimate".into());
        assert!(
            ResultsAnalysis::of(&file, false).pair(0, 1, Metric::OutputSpeed).is_some(),
            "the same way on both sides"
        );
    }

    #[test]
    fn nothing_that_rests_on_tokens_is_compared_where_one_model_has_two_sizes_of_them() {
        let compared = |output: f64, model: &str| {
            let mut file = saved(&[&around(100.0), &around(200.0)]);
            file.lanes[1].identity.model = model.into();
            for (lane, output) in file.lanes.iter_mut().zip([100.0, output]) {
                for run in &mut lane.runs {
                    run.figures.tokens.counted_by = Some("usage".into());
                    run.figures.tokens.output = Some(CountFigure::Estimate(output));
                    run.figures.tokens.characters = Some(CountFigure::Whole(400));
                }
            }
            let told = ResultsAnalysis::of(&file, false);
            assert!(told.pair(0, 1, Metric::Total).is_some(), "time rests on no tokens");
            told.pair(0, 1, Metric::OutputSpeed).is_some()
        };
        assert!(compared(100.0, "") && compared(125.0, "") && compared(126.0, "another"));
        assert!(!compared(126.0, "") && !compared(79.0, ""));
    }

    #[test]
    fn a_speed_that_was_not_seen_is_in_no_pair() {
        let mut runs: Vec<serde_json::Value> = Vec::new();
        for (round, withheld) in (1..).zip([json!(null), json!("one_read"), json!("reasoning_hidden")]) {
            runs.push(
                json!({"ok": true, "round": round, "total_ms": 100.0, "output_tok_s": 5e5, "speed_withheld": withheld,
                "end_to_end_tok_s": 90.0, "gaps_ms": {"p95": 9.0}}),
            );
        }
        let file = json!({"version": 1, "lanes": [{"name": "A", "runs": runs}, {"name": "B", "runs": runs}]});
        let told = ResultsAnalysis::of(&BenchmarkFile::of(&file).unwrap(), false);
        let pairs = |metric| told.pair(0, 1, metric).unwrap().comparison.pairs;
        assert_eq!((pairs(Metric::Total), pairs(Metric::EndToEnd)), (3, 3));
        assert_eq!((pairs(Metric::OutputSpeed), pairs(Metric::GapsP95)), (1, 2));
        assert_eq!(
            told.lanes[0].withheld.iter().map(|(code, n)| (code.as_str(), *n)).collect::<Vec<_>>(),
            [("one_read", 1), ("reasoning_hidden", 1)]
        );
    }

    #[test]
    fn runs_of_different_days_are_no_pairs() {
        let mut file = saved(&[&around(100.0), &around(200.0)]);
        let days = [
            ["2026-08-01"; 8],
            [
                "2026-08-01",
                "2026-08-01",
                "2026-08-01",
                "2026-11-01",
                "2026-08-01",
                "2026-08-01",
                "2026-08-01",
                "2026-08-01",
            ],
        ];
        for (lane, days) in file.lanes.iter_mut().zip(days) {
            for (run, day) in lane.runs.iter_mut().zip(days) {
                run.started_at = speed_kings_core::date::moment(&format!("{day}T10:00:00Z"));
            }
        }
        let told = ResultsAnalysis::of(&file, false);
        assert_eq!(told.pair(0, 1, Metric::Total).unwrap().comparison.pairs, 7);
    }

    #[test]
    fn requests_of_one_load_run_are_one_sample() {
        let mut file = saved(&[&around(100.0)]);
        file.lanes[0].runs.iter_mut().for_each(|run| run.round = Some(run.round.unwrap().div_ceil(4)));
        let rounds = file.lanes[0].by_round(Metric::Total);
        assert_eq!(rounds.len(), 2);
        assert_eq!(LaneStatistics::of(&file.lanes[0]).metric(Metric::Total).unwrap().n, 8);
    }

    #[test]
    fn outliers_are_counted_among_all_runs() {
        let mut totals = around(100.0);
        totals[0] = None;
        totals[5] = Some(900.0);
        let told = ResultsAnalysis::of(&saved(&[&totals]), false);
        let (_, total) = told.lanes[0].metrics.iter().find(|(metric, _)| *metric == Metric::Total).unwrap();
        assert_eq!(total.outliers, [5]);
    }

    #[test]
    fn ten_thousand_runs_are_summed_up() {
        let many: Vec<Option<f64>> =
            (0..5_000_u32).map(|k| Some(100.0 + f64::from(k * 7_919 % 1_000) / 50.0)).collect();
        let told = ResultsAnalysis::of(&saved(&[&many, &around(300.0).repeat(625)]), false);
        assert_eq!(told.pair(0, 1, Metric::Total).unwrap().comparison.pairs, 5_000);
        assert_eq!(told.ranks, [Some(1), Some(2)]);
    }
}
