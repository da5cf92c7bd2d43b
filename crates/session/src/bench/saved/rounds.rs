//! The runs of a contestant by their rounds: runs of the same round stand beside each other.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::lenient::is_figure;
use super::{CountFigure, LaneResult, RunResult};
use speed_kings_core::date;
use speed_kings_core::race::verdict::Metric;
use speed_kings_core::stats::{mean, percentile, quantile};

impl LaneResult {
    /// Its figure in each of its rounds: of a load run's requests the median, for they are not independent.
    #[must_use]
    pub fn by_round(&self, metric: Metric) -> BTreeMap<u32, f64> {
        self.rounds(|run| run.figure(metric))
    }

    /// Prompt tokens, those of them out of a cache, and output tokens in each of its rounds in which prompt and output
    /// were counted.
    #[must_use]
    pub fn tokens_by_round(&self) -> BTreeMap<u32, [f64; 3]> {
        let estimated = |run: &RunResult| run.figures.tokens.counted_by.as_deref() == Some("estimate");
        let figure = |count: Option<CountFigure>| count.and_then(CountFigure::value);
        let both = |run: &RunResult| {
            figure(run.figures.tokens.input).zip(run.figures.tokens.written()).filter(|_| !estimated(run))
        };
        let input = self.rounds(|run| Some(both(run)?.0));
        let cached = self.rounds(|run| both(run).map(|_| figure(run.figures.tokens.cached).unwrap_or(0.0)));
        let output = self.rounds(|run| Some(both(run)?.1));
        let parts = input.into_iter().zip(cached.into_values().zip(output.into_values()));
        parts.map(|((round, input), (cached, output))| (round, [input, cached, output])).collect()
    }

    /// The UTC day on which each of its rounds began, where that is known.
    #[must_use]
    pub fn days_by_round(&self) -> BTreeMap<u32, String> {
        self.began_by_round().into_iter().map(|(round, at)| (round, date::day(at))).collect()
    }

    /// The moment at which each of its rounds began, where that is known.
    #[must_use]
    pub fn began_by_round(&self) -> BTreeMap<u32, Timestamp> {
        let runs = self
            .runs
            .iter()
            .zip(1_u32..)
            .filter_map(|(run, place)| Some((run.round.unwrap_or(place), run.started_at?)));
        runs.collect()
    }

    /// Tokens per second of all requests together in each round of a load run; empty when it was none.
    #[must_use]
    pub fn load_by_round(&self) -> BTreeMap<u32, f64> {
        self.rounds(|run| run.load_tok_s.filter(|figure| is_figure(*figure)))
    }

    /// A percentile (0 to 100) of its figure over the requests of each round of a load run, where there are enough of them for it.
    #[must_use]
    pub fn percentile_by_round(&self, metric: Metric, percent: f64) -> BTreeMap<u32, f64> {
        self.over_rounds(|run| run.figure(metric), |sorted| percentile(sorted, percent))
    }

    /// The share of requests in each of its rounds that brought no figures.
    #[must_use]
    pub fn error_rate_by_round(&self) -> BTreeMap<u32, f64> {
        let mut rounds: BTreeMap<u32, Vec<f64>> = BTreeMap::new();
        for (run, place) in self.runs.iter().zip(1_u32..) {
            let failed = if run.figures.ok { 0.0 } else { 1.0 };
            rounds.entry(run.round.unwrap_or(place)).or_default().push(failed);
        }
        rounds.into_iter().filter_map(|(round, failed)| Some((round, mean(&failed)?))).collect()
    }

    /// How many of its rounds were made, well or not.
    #[must_use]
    pub fn rounds_made(&self) -> usize {
        let numbers = self.runs.iter().zip(1_u32..).map(|(run, place)| run.round.unwrap_or(place));
        numbers.collect::<std::collections::BTreeSet<_>>().len()
    }

    fn rounds(&self, figure: impl Fn(&RunResult) -> Option<f64>) -> BTreeMap<u32, f64> {
        self.over_rounds(figure, |sorted| quantile(sorted, 0.5))
    }

    fn over_rounds(
        &self,
        figure: impl Fn(&RunResult) -> Option<f64>,
        of_round: impl Fn(&[f64]) -> Option<f64>,
    ) -> BTreeMap<u32, f64> {
        let mut rounds: BTreeMap<u32, Vec<f64>> = BTreeMap::new();
        // A conversation that broke off is short of its later turns, which are the slow ones, and one with a turn that lacks the figure
        // is short of that one: neither stands beside others.
        let mut turns: BTreeMap<u32, usize> = BTreeMap::new();
        for (run, place) in self.runs.iter().zip(1_u32..).filter(|(run, _)| run.figures.ok) {
            let round = run.round.unwrap_or(place);
            if let Some(figure) = figure(run) {
                rounds.entry(round).or_default().push(figure);
            }
            if let Some(of) = run.turn.as_ref().and_then(|turn| usize::try_from(turn.of).ok()) {
                turns.insert(round, of);
            }
        }
        rounds.retain(|round, figures| turns.get(round).is_none_or(|of| figures.len() == *of));
        let one = |mut figures: Vec<f64>| {
            figures.sort_by(f64::total_cmp);
            of_round(&figures)
        };
        rounds.into_iter().filter_map(|(round, figures)| Some((round, one(figures)?))).collect()
    }
}
