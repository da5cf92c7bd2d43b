//! For how many of the comparisons behind an answer something is so, and for whom it clearly is not.
//! An answer for all of them that hides an exception would be a wrong one.

use super::hypothesis::HypothesisResult;
use crate::findings::matchup::on_days;
use speed_kings_core::stats::days::FEWEST_DAYS;

/// How what was expected went, comparison by comparison.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ExpectationTally {
    /// What most of them show: as expected, or not.
    pub most: HypothesisResult,
    /// How many of them do.
    pub agree: usize,
    /// The number of all comparisons.
    pub all: usize,
    /// Who clearly shows the opposite.
    pub against: Vec<String>,
    /// Who shows neither the one nor the other.
    pub open: Vec<String>,
}

impl ExpectationTally {
    /// The tally of an answer that `holds`, of names with what each shows on how many days; nothing without a clear
    /// exception.
    #[must_use]
    pub(super) fn of(holds: HypothesisResult, each: &[(String, HypothesisResult, usize)]) -> Option<Self> {
        let count = |side: HypothesisResult| each.iter().filter(|(_, shows, _)| *shows == side).count();
        let most = match holds {
            HypothesisResult::Yes | HypothesisResult::No => holds,
            HypothesisResult::Mixed if count(HypothesisResult::Yes) < count(HypothesisResult::No) => {
                HypothesisResult::No
            }
            HypothesisResult::Mixed => HypothesisResult::Yes,
            HypothesisResult::Open => return None,
        };
        let names = |wanted: &dyn Fn(HypothesisResult) -> bool| -> Vec<String> {
            let of = each.iter().filter(|(_, shows, _)| wanted(*shows));
            // On fewer days it is what was seen and no more, and is said to be.
            let name = |(name, _, days): &(String, HypothesisResult, usize)| match days {
                few if *few < FEWEST_DAYS => format!("{name} ({})", on_days(*few)),
                _ => name.clone(),
            };
            of.map(name).collect()
        };
        let against = names(&|shows| matches!(shows, HypothesisResult::Yes | HypothesisResult::No) && shows != most);
        let open = names(&|shows| matches!(shows, HypothesisResult::Open | HypothesisResult::Mixed));
        (!against.is_empty()).then(|| Self { most, agree: count(most), all: each.len(), against, open })
    }

    /// In words, where what was expected is `yes` and its opposite `no`: `supported in 5 of 6, refuted for A against B`.
    #[must_use]
    pub fn words(&self, yes: &str, no: &str) -> String {
        let (most, other) = if self.most == HypothesisResult::No { (no, yes) } else { (yes, no) };
        let open = match self.open.as_slice() {
            [] => String::new(),
            open => format!(", open for {}", open.join(", ")),
        };
        format!("{most} in {} of {}, {other} for {}{open}", self.agree, self.all, self.against.join(", "))
    }
}
