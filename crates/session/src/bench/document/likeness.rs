//! How alike the answers of two contestants were: the same model on other hardware should say much the same.
//! Answers of the same round are compared, and the middle one of those figures is told.

use std::collections::BTreeMap;

use crate::bench::saved::AnswerLikeness;
use crate::bench::{BenchmarkResults, is_ok, only_lane};
use speed_kings_core::race::event::{LaneId, TextChannel};
use speed_kings_core::stats::quantile;
use speed_kings_core::stats::text::similarity;

/// Every two contestants of this session.
pub(super) fn all(results: &BenchmarkResults) -> Vec<AnswerLikeness> {
    let answers: Vec<BTreeMap<u32, String>> =
        (0..).zip(&results.setup.contestants).map(|(id, _)| answers(results, LaneId(id))).collect();
    let mut all = Vec::new();
    for (a, of_a) in answers.iter().enumerate() {
        for (b, of_b) in answers.iter().enumerate().skip(a + 1) {
            let both = of_a.iter().filter_map(|(round, answer)| similarity(answer, of_b.get(round)?));
            let mut both: Vec<f64> = both.collect();
            both.sort_by(f64::total_cmp);
            all.push(AnswerLikeness { a, b, n: both.len(), median: quantile(&both, 0.5) });
        }
    }
    all
}

/// A contestant's answer in each round; of a load run the first one.
fn answers(results: &BenchmarkResults, id: LaneId) -> BTreeMap<u32, String> {
    let mut answers = BTreeMap::new();
    for made in results.runs.get(id.index()).into_iter().flatten() {
        if let Some(lane) = only_lane(&made.race).filter(|lane| is_ok(lane)) {
            answers.entry(made.round).or_insert_with(|| lane.transcript().of(TextChannel::Answer).clone());
        }
    }
    answers
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::results;

    #[test]
    fn answers_of_the_same_round_are_compared() {
        let told = all(&results([&[&[50, 100], &[50, 100], &[]], &[&[60, 90, 95], &[]]]));
        // "wordword" against "wordwordword", in the one round that both finished.
        assert_eq!(told, [AnswerLikeness { a: 0, b: 1, n: 1, median: Some(0.0) }]);
        assert_eq!(all(&results([&[&[5, 9]], &[&[5, 9]]]))[0].median, Some(1.0));
    }
}
