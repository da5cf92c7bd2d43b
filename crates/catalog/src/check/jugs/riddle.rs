//! The riddle of the two jugs, and the patterns that answers are searched for.

use regex_lite::Regex;

/// The riddle: two jugs without marks, and an amount that only the large one can hold.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct JugRiddle {
    /// What the small jug holds.
    pub small: u32,
    /// What the large jug holds.
    pub large: u32,
    /// How much the large one must hold in the end.
    pub goal: u32,
}

impl JugRiddle {
    /// What is wrong with the riddle, if anything.
    #[must_use]
    pub fn problem(&self) -> Option<&'static str> {
        if self.small == 0 || self.small >= self.goal || self.goal >= self.large {
            return Some("the goal must be more than the small jug holds and less than the large one does");
        }
        // What can be measured is what the greatest common divisor measures.
        let (mut divisor, mut rest) = (self.large, self.small);
        while rest > 0 {
            (divisor, rest) = (rest, divisor % rest);
        }
        (!self.goal.is_multiple_of(divisor)).then_some("no pouring reaches the goal")
    }
}

pub(super) fn found(pattern: &str, text: &str) -> bool {
    compiled(pattern).is_some_and(|regex| regex.is_match(text))
}

/// The patterns here are fixed but for three numbers, and the tests use each.
pub(super) fn compiled(pattern: &str) -> Option<Regex> {
    Regex::new(pattern).ok()
}
