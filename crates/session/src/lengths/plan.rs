//! How long requests were to be, and how long they were by the servers' own counts.

use serde::{Deserialize, Serialize};

use speed_kings_core::format;
use speed_kings_core::stats::median;

/// A count may differ from the plan by this share.
const OFF: f64 = 0.1;

/// How long one request was to be.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default)]
pub struct PlannedLengths {
    /// Tokens of the prompt, a shared beginning and the nonce included; null where that was not given.
    pub input_tokens: Option<u32>,
    /// Tokens of the answer; null where that was not given.
    pub output_tokens: Option<u32>,
}

/// How long one request was to be, and how long it was.
#[derive(Clone, Copy, PartialEq, Debug, Default)]
pub struct CountedLengths {
    /// How long it was to be.
    pub planned: PlannedLengths,
    /// Tokens of the prompt, as the server counted them.
    pub input: Option<f64>,
    /// Tokens of the answer.
    pub output: Option<f64>,
}

/// What was planned and what was counted, over many requests.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default)]
pub struct PlanFigures {
    /// Median of the tokens that prompts were to have.
    pub input_planned: Option<f64>,
    /// Median of those that the server counted; null where it counts none.
    pub input_counted: Option<f64>,
    /// Median of counted over planned, request by request.
    pub input_ratio: Option<f64>,
    /// Median of the tokens that answers were to have.
    pub output_planned: Option<f64>,
    /// Median of those that they had.
    pub output_counted: Option<f64>,
    /// Median of counted over planned, request by request.
    pub output_ratio: Option<f64>,
    /// Answers with under 90 % of the tokens that were planned.
    pub short: usize,
    /// Answers of which that is known.
    pub of: usize,
}

impl PlanFigures {
    /// What `requests` come to; nothing where none of them had a length given.
    #[must_use]
    pub fn of(requests: &[CountedLengths]) -> Option<Self> {
        let input = |one: &CountedLengths| one.planned.input_tokens.map(f64::from);
        let output = |one: &CountedLengths| one.planned.output_tokens.map(f64::from);
        let given = requests.iter().any(|one| input(one).is_some() || output(one).is_some());
        let middle = |of: &dyn Fn(&CountedLengths) -> Option<f64>| median(requests.iter().filter_map(of));
        let ratio = |counted: Option<f64>, planned: Option<f64>| Some(counted? / planned?);
        let written: Vec<f64> = requests.iter().filter_map(|one| ratio(one.output, output(one))).collect();
        given.then(|| Self {
            input_planned: middle(&input),
            input_counted: middle(&|one| one.input.filter(|_| input(one).is_some())),
            input_ratio: middle(&|one| ratio(one.input, input(one))),
            output_planned: middle(&output),
            output_counted: middle(&|one| one.output.filter(|_| output(one).is_some())),
            output_ratio: middle(&|one| ratio(one.output, output(one))),
            short: written.iter().filter(|ratio| **ratio < 1.0 - OFF).count(),
            of: written.len(),
        })
    }

    /// What is not as it was planned, in words; nothing where all of it is.
    #[must_use]
    pub fn off(&self) -> Option<String> {
        let (most, all) = (1.0 + OFF, 1.0 - OFF..=1.0 + OFF);
        let prompt = self
            .input_ratio
            .filter(|ratio| !all.contains(ratio))
            .map(|ratio| format!("prompts have {} of the tokens that were planned", format::whole_percent(ratio)));
        let longer = self
            .output_ratio
            .filter(|ratio| *ratio > most)
            .map(|ratio| format!("answers have {} of the tokens that were planned", format::whole_percent(ratio)));
        let short = (self.short > 0).then(|| {
            let answers = if self.of == 1 { "answer" } else { "answers" };
            let middle = self.output_ratio.map(|ratio| format!(" (median {})", format::whole_percent(ratio)));
            format!("{} of {} {answers} came shorter than planned{}", self.short, self.of, middle.unwrap_or_default())
        });
        let told: Vec<String> = [prompt, longer, short].into_iter().flatten().collect();
        (!told.is_empty()).then(|| told.join(", "))
    }

    /// Whether something was planned that nobody counted.
    #[must_use]
    pub const fn is_unknown(&self) -> bool {
        self.input_planned.is_some() && self.input_ratio.is_none()
            || self.output_planned.is_some() && self.output_ratio.is_none()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counted(input: Option<f64>, output: Option<f64>) -> CountedLengths {
        let planned = PlannedLengths { input_tokens: Some(1_000), output_tokens: Some(100) };
        CountedLengths { planned, input, output }
    }

    #[test]
    fn what_is_off_by_more_than_a_tenth_is_told() {
        let told = |requests: &[(f64, f64)]| {
            let all: Vec<_> = requests.iter().map(|(input, output)| counted(Some(*input), Some(*output))).collect();
            PlanFigures::of(&all).unwrap().off()
        };
        assert_eq!(told(&[(1_099.0, 91.0), (901.0, 109.0)]), None);
        assert_eq!(told(&[(1_180.0, 100.0)]).as_deref(), Some("prompts have 118 % of the tokens that were planned"));
        assert_eq!(
            told(&[(1_000.0, 100.0), (1_000.0, 12.0), (1_000.0, 100.0)]).as_deref(),
            Some("1 of 3 answers came shorter than planned (median 100 %)")
        );
        let both = told(&[(700.0, 120.0)]).unwrap();
        assert!(both.starts_with("prompts have 70 %") && both.contains("answers have 120 %"), "{both}");
    }

    #[test]
    fn what_nobody_counts_is_not_known_and_nothing_given_is_no_plan() {
        let silent = PlanFigures::of(&[counted(None, Some(100.0))]).unwrap();
        assert!(silent.is_unknown() && silent.off().is_none());
        assert!(!PlanFigures::of(&[counted(Some(1.0), Some(100.0))]).unwrap().is_unknown());
        assert_eq!(PlanFigures::of(&[CountedLengths { input: Some(5.0), ..CountedLengths::default() }]), None);
    }
}
