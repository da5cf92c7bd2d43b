//! What answers are checked for. A check is data; it says what must be so in any good answer, and nothing about style.

pub mod jugs;
pub mod python;

use regex_lite::Regex;

use self::jugs::JugRiddle;
use speed_kings_core::stats::text::words;

/// One thing that an answer is checked for.
#[derive(Clone, PartialEq, Debug)]
pub struct AnswerCheck {
    /// For people: `reaches 4 gallons`.
    pub name: String,
    /// What must be so.
    pub rule: CheckRule,
}

/// What must be so of an answer.
#[derive(Clone, PartialEq, Debug)]
pub enum CheckRule {
    /// Each of these patterns is found in it, whatever the case.
    Patterns(Vec<String>),
    /// Its code could be read by Python.
    Python,
    /// It arrives at the goal of the riddle of the two jugs.
    Jugs(JugRiddle),
    /// It has so many words at least.
    Words(usize),
}

impl AnswerCheck {
    /// Whether `answer` passes. A pattern that is none, which a read catalogue can't hold, is never found.
    #[must_use]
    pub fn holds(&self, answer: &str) -> bool {
        match &self.rule {
            CheckRule::Patterns(patterns) => {
                patterns.iter().all(|pattern| compiled(pattern).is_ok_and(|regex| regex.is_match(answer)))
            }
            CheckRule::Python => python::check(answer).is_ok(),
            CheckRule::Jugs(riddle) => riddle.reached(answer),
            CheckRule::Words(least) => words(answer).len() >= *least,
        }
    }

    /// What is wrong with it, if anything.
    #[must_use]
    pub fn problem(&self) -> Option<String> {
        let patterns = match &self.rule {
            CheckRule::Patterns(patterns) => patterns,
            CheckRule::Jugs(riddle) => {
                return riddle.problem().map(|problem| format!("the check '{}': {problem}", self.name));
            }
            CheckRule::Python | CheckRule::Words(_) => return None,
        };
        if patterns.is_empty() {
            return Some(format!("the check '{}' needs one of contains, python, jugs or words", self.name));
        }
        let bad = patterns.iter().find_map(|pattern| Some((pattern, compiled(pattern).err()?)));
        bad.map(|(pattern, error)| {
            format!("the pattern '{pattern}' of the check '{}' is not a regular expression: {error}", self.name)
        })
    }
}

fn compiled(pattern: &str) -> Result<Regex, regex_lite::Error> {
    regex_lite::RegexBuilder::new(pattern).case_insensitive(true).build()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(rule: CheckRule) -> AnswerCheck {
        AnswerCheck { name: "it".into(), rule }
    }

    #[test]
    fn rules_hold_or_not() {
        let gallons = check(CheckRule::Patterns(vec![r"\b(4|four)[ -]gallons?\b".into(), "fill".into()]));
        assert!(gallons.holds("Fill the big one … and there are FOUR gallons left."));
        assert!(!gallons.holds("Fill it: 14 gallons."));
        assert!(check(CheckRule::Python).holds("```\ndef f():\n    pass\n```"));
        assert!(!check(CheckRule::Python).holds("def f(\n"));
        let riddle = check(CheckRule::Jugs(JugRiddle { small: 3, large: 5, goal: 4 }));
        assert!(riddle.holds("You now have 4 gallons.") && !riddle.holds("To measure exactly 4 gallons, pour."));
        assert!(
            check(CheckRule::Words(3)).holds("one, two - three!")
                && !check(CheckRule::Words(4)).holds("one, two - three!")
        );
    }

    #[test]
    fn bad_patterns_are_told() {
        assert_eq!(check(CheckRule::Python).problem(), None);
        let riddle = check(CheckRule::Jugs(JugRiddle { small: 3, large: 5, goal: 6 }));
        assert!(riddle.problem().unwrap().starts_with("the check 'it': the goal must be"));
        assert!(check(CheckRule::Patterns(vec!["(".into()])).problem().unwrap().contains("'('"));
        assert!(check(CheckRule::Patterns(vec![])).problem().unwrap().contains("needs one of"));
    }
}
