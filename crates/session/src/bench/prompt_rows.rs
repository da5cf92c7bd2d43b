//! A set of prompts out of a file: each round asks one of them, the same for all contestants, so that runs of one round are pairs.

use serde::{Deserialize, Serialize};

use speed_kings_catalog::{AnswerCheck, CheckRule};
use speed_kings_core::text::fingerprint;

/// What the check is called that an answer says what its row expects.
pub const EXPECTED: &str = "expected answer";

/// One prompt of a set.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default)]
pub struct PromptRow {
    /// Its name: that of the file, or `row 3`.
    pub id: String,
    /// The text of the user's message.
    pub text: String,
    /// The text of the system message, if it has one.
    pub system: Option<String>,
    /// Its own cap on output tokens.
    pub max_tokens: Option<u32>,
    /// What a right answer says somewhere, in any case.
    pub expected: Option<String>,
    /// What it is filed under, for whoever reads the results.
    pub tags: Vec<String>,
    /// The further turns of a conversation, in order; left out where it is one prompt.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub turns: Vec<PromptTurn>,
}

/// A further turn of a conversation.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default)]
pub struct PromptTurn {
    /// What was answered ahead of it, as the file has it; null where the contestant's own answer stands there.
    pub answer: Option<String>,
    /// The text of the user's message.
    pub text: String,
}

impl PromptRow {
    /// How many requests it takes: one for each turn.
    #[must_use]
    pub fn requests(&self) -> usize {
        1 + self.turns.len()
    }

    /// What its last answer is checked for.
    #[must_use]
    pub fn checks(&self) -> Vec<AnswerCheck> {
        let check = |expected: &String| AnswerCheck {
            name: EXPECTED.to_owned(),
            rule: CheckRule::Patterns(vec![literally(expected)]),
        };
        self.expected.iter().map(check).collect()
    }
}

/// A pattern that finds `text` as it stands, with white space of any kind and length where it has some.
fn literally(text: &str) -> String {
    let word = |word: &str| {
        word.chars().fold(String::new(), |mut pattern, letter| {
            if !letter.is_alphanumeric() && letter != '_' {
                pattern.push('\\');
            }
            pattern.push(letter);
            pattern
        })
    };
    text.split_whitespace().map(word).collect::<Vec<_>>().join("\\s+")
}

/// The row that a round asks, counted from 1: in order, and from the beginning again where there are more rounds than rows.
#[must_use]
pub fn row_of(rows: &[PromptRow], round: u32) -> Option<&PromptRow> {
    let place = usize::try_from(round.saturating_sub(1)).ok()?.checked_rem(rows.len())?;
    rows.get(place)
}

/// `count` of `rows`, drawn from `seed` without putting any back, in the order in which they were drawn.
#[must_use]
pub fn sampled(mut rows: Vec<PromptRow>, count: usize, seed: u64) -> Vec<PromptRow> {
    fastrand::Rng::with_seed(seed).shuffle(&mut rows);
    rows.truncate(count);
    rows
}

/// What stands for the prompt of a whole set: how many there are, and a fingerprint of all of them, their order included.
#[must_use]
pub fn set_text(rows: &[PromptRow]) -> String {
    let all = serde_json::to_string(rows).unwrap_or_default();
    format!("{} prompts, one a round, fingerprint {}", rows.len(), fingerprint(&all))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(count: u32) -> Vec<PromptRow> {
        (1..=count).map(|row| PromptRow { id: format!("row {row}"), ..PromptRow::default() }).collect()
    }

    #[test]
    fn each_round_asks_the_next_row_and_then_from_the_beginning() {
        let rows = rows(3);
        let asked: Vec<&str> = (1..=5).map(|round| row_of(&rows, round).unwrap().id.as_str()).collect();
        assert_eq!(asked, ["row 1", "row 2", "row 3", "row 1", "row 2"]);
        assert_eq!(row_of(&[], 1), None);
    }

    #[test]
    fn a_sample_is_drawn_by_its_seed_and_a_set_is_known_by_its_rows() {
        let all = rows(50);
        let some = sampled(all.clone(), 10, 7);
        assert_eq!((some.len(), &some), (10, &sampled(all.clone(), 10, 7)));
        assert_ne!(some, sampled(all.clone(), 10, 8));
        let mut ids: Vec<&str> = some.iter().map(|row| row.id.as_str()).collect();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), 10, "none twice");
        assert_eq!(sampled(all.clone(), 99, 7).len(), 50);
        assert_ne!(set_text(&all), set_text(&all[1..]));
        assert!(set_text(&all).starts_with("50 prompts, one a round, fingerprint "));
    }

    #[test]
    fn what_is_expected_is_found_as_it_stands_in_any_case() {
        let row = PromptRow { expected: Some("a+b (C)".into()), ..PromptRow::default() };
        let checks = row.checks();
        assert!(checks[0].holds("It is A+B (c), of course") && !checks[0].holds("aab c"));
        assert!(PromptRow::default().checks().is_empty());
    }
}
