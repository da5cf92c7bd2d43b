//! What people think of answers: one score from 1 to 5 of one person for one answer, and the mean of many.
//! Whoever rated it and when is kept with each score; an answer that was skipped has none.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use speed_kings_core::stats::distribution::t_quantile;
use speed_kings_core::stats::interval::ConfidenceInterval;
use speed_kings_core::stats::{deviation, mean};

/// The lowest and the highest score.
pub const SCORES: (u8, u8) = (1, 5);
/// The level of the interval, two-sided.
const LEVEL: f64 = 0.95;

/// What one person thinks of one answer.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct AnswerRating {
    /// Which engine answered, from 0.
    pub engine: usize,
    /// The id of the prompt.
    pub prompt: String,
    /// From 1, useless, to 5, as good as can be; nothing when it was skipped.
    pub score: Option<u8>,
    /// Who rated it, by name.
    pub rater: String,
    /// When it was rated, UTC.
    pub at: Timestamp,
}

/// The mean of the scores of one engine.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct RatingMean {
    /// The mean over prompts of the mean score of each.
    pub mean: f64,
    /// Its 95 % interval, Student's t over prompts within 1 to 5; nothing for one prompt.
    pub interval: Option<ConfidenceInterval>,
    /// Prompts that were rated.
    pub prompts: usize,
    /// Scores that were given.
    pub scores: usize,
}

/// Puts `rating` among `ratings`, in the place of what the same person thought of the same answer before.
pub fn keep(ratings: &mut Vec<AnswerRating>, rating: AnswerRating) {
    take_back(ratings, &rating);
    ratings.push(rating);
}

/// Takes out what the rater of `rating` thought of its answer.
pub fn take_back(ratings: &mut Vec<AnswerRating>, rating: &AnswerRating) {
    ratings.retain(|old| (old.engine, &old.prompt, &old.rater) != (rating.engine, &rating.prompt, &rating.rater));
}

/// The mean score of engine `engine`. Scores of one prompt are no samples of their own: people rate the same words.
#[must_use]
pub fn mean_score(ratings: &[AnswerRating], engine: usize) -> Option<RatingMean> {
    let mut prompts: BTreeMap<&str, Vec<f64>> = BTreeMap::new();
    for rating in ratings.iter().filter(|rating| rating.engine == engine) {
        if let Some(score) = rating.score {
            prompts.entry(&rating.prompt).or_default().push(f64::from(score));
        }
    }
    let scores = prompts.values().map(Vec::len).sum();
    let means: Vec<f64> = prompts.values().filter_map(|scores| mean(scores)).collect();
    let centre = mean(&means)?;
    let freedom = u32::try_from(means.len() - 1).ok().filter(|freedom| *freedom > 0);
    let interval = freedom.zip(deviation(&means)).map(|(freedom, deviation)| {
        let error = t_quantile(f64::midpoint(1.0, LEVEL), freedom) * deviation / f64::from(freedom + 1).sqrt();
        let within = |value: f64| value.clamp(f64::from(SCORES.0), f64::from(SCORES.1));
        ConfidenceInterval { low: within(centre - error), high: within(centre + error) }
    });
    Some(RatingMean { mean: centre, interval, prompts: means.len(), scores })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rating(engine: usize, prompt: &str, score: Option<u8>, rater: &str) -> AnswerRating {
        AnswerRating { engine, prompt: prompt.into(), score, rater: rater.into(), at: Timestamp::UNIX_EPOCH }
    }

    #[test]
    fn the_mean_is_over_prompts_and_its_interval_students() {
        let ratings = [
            rating(0, "a", Some(4), "ann"),
            rating(0, "a", Some(2), "ben"),
            rating(0, "b", Some(4), "ann"),
            rating(0, "c", Some(5), "ann"),
            rating(0, "d", None, "ann"),
            rating(1, "a", Some(1), "ann"),
        ];
        let told = mean_score(&ratings, 0).unwrap();
        // Means of prompts 3, 4, 5: mean 4, deviation 1, t with 2 degrees of freedom 4.3027: 4 ± 2.4841, at most 5.
        assert_eq!((told.mean.to_string().as_str(), told.prompts, told.scores), ("4", 3, 4));
        let interval = told.interval.unwrap();
        assert!((interval.low - 1.515_862).abs() < 1e-5 && (interval.high - 5.0).abs() < 1e-12, "{interval:?}");
        assert_eq!(mean_score(&ratings, 1).unwrap().interval, None, "one prompt has no spread");
        assert_eq!(mean_score(&ratings, 2), None);
    }

    #[test]
    fn a_person_has_one_opinion_of_an_answer() {
        let mut ratings = vec![rating(0, "a", Some(4), "ann"), rating(0, "a", Some(2), "ben")];
        keep(&mut ratings, rating(0, "a", Some(5), "ann"));
        assert_eq!(ratings.iter().map(|rating| rating.score).collect::<Vec<_>>(), [Some(2), Some(5)]);
        take_back(&mut ratings, &rating(0, "a", None, "ben"));
        assert_eq!(ratings.len(), 1);
    }
}
