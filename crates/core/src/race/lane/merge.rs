//! The usages of one stream, merged field by field: what a later one lacks never erases what an earlier one told.
//! Counts that only grow replace each other; counts that restart are those of one piece each, and add up.

use super::token_count::{FEWEST_SPARE, MOST_TOKENS};
use crate::race::event::TokenUsage;

/// The most that one answer can be charged, in USD: beyond it the charge is a mistake.
const MOST_USD: f64 = 10_000.0;

/// One count over a stream.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
struct StreamCount {
    told: bool,
    latest: u64,
    /// All of them together.
    sum: u64,
    /// One was smaller than the one before it.
    restarted: bool,
}

impl StreamCount {
    fn take(&mut self, newer: Option<u64>) {
        self.told |= newer.is_some();
        let Some(newer) = newer.filter(|newer| *newer > 0) else { return };
        self.restarted |= newer < self.latest;
        // The sum itself, told at the end, is no further piece.
        if !(self.restarted && newer == self.sum) {
            self.sum = self.sum.saturating_add(newer);
        }
        self.latest = newer;
    }

    fn value(self, pieces: bool) -> Option<u64> {
        self.told.then_some(if pieces { self.sum } else { self.latest })
    }
}

/// All usages of one request so far.
#[derive(Clone, Copy, PartialEq, Debug, Default)]
pub(super) struct UsageMerge {
    output: StreamCount,
    reasoning: StreamCount,
    others: TokenUsage,
}

impl UsageMerge {
    /// Takes one more and gives what all of them come to, beside `bytes` of text.
    pub(super) fn take(&mut self, newer: &TokenUsage, bytes: usize) -> TokenUsage {
        self.output.take(newer.output);
        self.reasoning.take(newer.reasoning.filter(|count| *count <= MOST_TOKENS));
        let others = &mut self.others;
        let later = |newer: Option<u64>, known: Option<u64>| match newer.filter(|count| *count <= MOST_TOKENS) {
            Some(0) => known.or(Some(0)),
            newer => newer.or(known),
        };
        // A prompt is read once: it is never told in pieces.
        others.input = later(newer.input, others.input).max(others.input);
        others.cached = later(newer.cached, others.cached).max(others.cached);
        others.total = later(newer.total, others.total);
        others.apart |= newer.apart;
        others.cost_usd = match newer.cost_usd.filter(|cost| (0.0..=MOST_USD).contains(cost)) {
            Some(cost) if cost > 0.0 => Some(cost),
            cost => others.cost_usd.or(cost),
        };
        self.merged(bytes)
    }

    fn merged(&self, bytes: usize) -> TokenUsage {
        // A running count may be mended downwards in the end: then its sum is more than the text can hold.
        let shown = self.output.sum.saturating_sub(self.reasoning.sum);
        let room = u64::try_from(bytes).unwrap_or(u64::MAX).saturating_add(FEWEST_SPARE);
        let pieces = self.output.restarted && shown <= room;
        let (output, reasoning) = (self.output.value(pieces), self.reasoning.value(pieces));
        TokenUsage { output, reasoning, ..self.others }.with_form()
    }
}

impl TokenUsage {
    /// The same with what its total gives away: reasoning that is counted beside the output, or not named at all.
    fn with_form(self) -> Self {
        let (Some(output), reasoning) = (self.output, self.reasoning.unwrap_or(0)) else { return self };
        let beside = self
            .input
            .zip(self.total)
            .and_then(|(input, total)| total.checked_sub(input)?.checked_sub(output).filter(|beside| *beside > 0));
        match beside {
            Some(beside) if reasoning == 0 => Self { reasoning: Some(beside), apart: true, ..self },
            Some(beside) if beside == reasoning => Self { apart: true, ..self },
            // More than all of the output can't be within it.
            _ => Self { apart: self.apart || reasoning > output, ..self },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn merged(usages: &[TokenUsage]) -> TokenUsage {
        let mut all = UsageMerge::default();
        usages.iter().fold(TokenUsage::default(), |_, usage| all.take(usage, 100))
    }

    fn outputs(outputs: &[Option<u64>]) -> Option<u64> {
        let usages: Vec<TokenUsage> =
            outputs.iter().map(|output| TokenUsage { output: *output, ..TokenUsage::default() }).collect();
        merged(&usages).output
    }

    #[test]
    fn nothing_later_erases_what_was_told() {
        let first = TokenUsage {
            input: Some(10),
            cached: Some(4),
            output: Some(20),
            reasoning: Some(5),
            cost_usd: Some(0.5),
            ..TokenUsage::default()
        };
        let zeros = TokenUsage {
            input: Some(0),
            cached: Some(0),
            output: Some(0),
            reasoning: Some(0),
            cost_usd: Some(0.0),
            ..TokenUsage::default()
        };
        for later in [TokenUsage::default(), zeros] {
            assert_eq!(merged(&[first, later]), first);
            assert_eq!(merged(&[later, first, later, first]), first);
        }
        let parts = [
            TokenUsage { input: Some(10), ..TokenUsage::default() },
            TokenUsage { output: Some(20), reasoning: Some(5), ..TokenUsage::default() },
            TokenUsage { cached: Some(4), cost_usd: Some(0.5), ..TokenUsage::default() },
        ];
        assert_eq!(merged(&parts), first);
        assert_eq!(merged(&[zeros]), zeros, "a zero that is all that was told stands");
    }

    #[test]
    fn growing_counts_replace_and_restarting_ones_add_up() {
        for (told, expected) in [
            (vec![Some(1), Some(2), None, Some(3), Some(3)], 3),
            (vec![Some(1), Some(1), Some(1)], 1),
            (vec![Some(5), Some(3), Some(7)], 15),
            (vec![Some(5), Some(3), Some(0), None, Some(3)], 11),
            (vec![Some(5), Some(3), Some(8), Some(8)], 8),
        ] {
            assert_eq!(outputs(&told), Some(expected), "{told:?}");
        }
        let running: Vec<Option<u64>> = (1..=30).chain([28]).map(Some).collect();
        assert_eq!(outputs(&running), Some(28), "a running count that was mended in the end");
        let pieces = [(5, 2), (3, 3), (7, 0)].map(|(output, reasoning)| TokenUsage {
            output: Some(output),
            reasoning: Some(reasoning),
            ..TokenUsage::default()
        });
        assert_eq!((merged(&pieces).output, merged(&pieces).reasoning), (Some(15), Some(5)));
    }

    #[test]
    fn counts_beyond_all_measure_are_none() {
        let absurd = TokenUsage {
            input: Some(u64::MAX),
            cached: Some(u64::MAX),
            output: Some(u64::MAX),
            reasoning: Some(u64::MAX),
            total: Some(u64::MAX),
            cost_usd: Some(1e308),
            ..TokenUsage::default()
        };
        let told = TokenUsage { output: Some(u64::MAX), ..TokenUsage::default() };
        assert_eq!(merged(&[absurd, absurd]), told, "the output is kept to be refused where it is seen");
        let good = TokenUsage { input: Some(3), cost_usd: Some(0.1), ..TokenUsage::default() };
        assert_eq!((merged(&[good, absurd]).input, merged(&[good, absurd]).cost_usd), (Some(3), Some(0.1)));
        for cost in [-1.0, f64::NAN, f64::INFINITY] {
            assert_eq!(merged(&[TokenUsage { cost_usd: Some(cost), ..TokenUsage::default() }]).cost_usd, None);
        }
    }

    #[test]
    fn the_total_gives_the_form_away() {
        let plain = TokenUsage { input: Some(10), output: Some(20), ..TokenUsage::default() };
        let form = |reasoning, total| {
            let merged = merged(&[TokenUsage { reasoning, total, ..plain }]);
            (merged.reasoning, merged.apart, merged.written())
        };
        assert_eq!(form(Some(5), Some(30)), (Some(5), false, Some(20)), "within");
        assert_eq!(form(Some(5), Some(35)), (Some(5), true, Some(25)), "beside");
        assert_eq!(form(None, Some(350)), (Some(320), true, Some(340)), "not named");
        assert_eq!(form(Some(200), None), (Some(200), true, Some(220)), "more than all of the output");
        assert_eq!(form(None, Some(30)), (None, false, Some(20)));
        let split = [
            TokenUsage { input: Some(10), ..TokenUsage::default() },
            TokenUsage { output: Some(20), reasoning: Some(5), total: Some(35), ..TokenUsage::default() },
        ];
        assert!(merged(&split).apart, "the prompt was told in another one");
    }
}
