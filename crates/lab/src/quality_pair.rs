//! Two engines beside each other: which is faster, and whether it is worse. Speeds are paired prompt by prompt; what is called
//! a difference has a threshold or a test behind it, and a difference that chance alone could make is called none.

use std::fmt::Write as _;

use serde::Serialize;

use speed_kings_core::format;
use speed_kings_core::race::quality::QualityCall;
use speed_kings_core::stats::compare::{Comparison, ComparisonCall};
use speed_kings_core::stats::repetition::AnswerRepetition;

use crate::protocol::ProtocolAnswer;
use crate::quality_file::{QualityEngine, QualityFile};

/// Counts that differ are called different from this two-sided p-value of the sign test down.
const P_VALUE: f64 = 0.05;

/// Two engines of one file, the faster one first; in the order of the file where neither is.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct QualityPair {
    /// The faster of the two, by its place in the file, from 0.
    pub faster: usize,
    /// The slower of the two, by its place in the file, from 0.
    pub slower: usize,
    /// Prompts that have a speed of both.
    pub prompts: usize,
    /// By which factor the faster one's output speed is that of the slower one; absent without a speed of both.
    pub speed_ratio: Option<f64>,
    /// The 95 % interval of that factor, under five prompts absent.
    pub speed_interval: Option<[f64; 2]>,
    /// Whether the interval leaves 1 out.
    pub is_faster: bool,
    /// What the faster one's bits per byte are against those of the slower one.
    #[serde(skip)]
    pub call: Option<QualityCall>,
    /// Both bits per byte, where both are known.
    pub bits_per_byte: Option<[f64; 2]>,
    /// Degenerate answers of each, to the prompts that both answered at length.
    pub degenerate: CountedPair,
    /// Passed checks of each, of those that both were put to.
    pub checks: CountedPair,
    /// Answers of both together during which others kept the machine busy: such speeds say more of the neighbours.
    pub disturbed: usize,
    /// Whether both name the same model.
    pub one_model: bool,
    /// The whole in a sentence.
    pub sentence: String,
}

/// What two engines have of something that was looked for in the same places.
#[derive(Clone, Copy, PartialEq, Debug, Default, Serialize)]
pub struct CountedPair {
    /// What the first one has.
    pub one: usize,
    /// What the second one has.
    pub two: usize,
    /// How many places there are.
    pub of: usize,
    /// Two-sided p-value of the exact sign test over the places where they differ.
    pub p_value: Option<f64>,
}

impl CountedPair {
    /// Counts what holds in pairs.
    #[must_use]
    pub fn of(pairs: &[(bool, bool)]) -> Self {
        let count = |holds: &dyn Fn(&(bool, bool)) -> bool| pairs.iter().filter(|pair| holds(pair)).count();
        let (only_one, only_two) = (count(&|(one, two)| *one && !two), count(&|(one, two)| *two && !one));
        Self {
            one: count(&|(one, _)| *one),
            two: count(&|(_, two)| *two),
            of: pairs.len(),
            p_value: sign_test(only_one, only_two),
        }
    }

    /// Whether the two differ by more than chance.
    #[must_use]
    pub fn differs(&self) -> bool {
        self.p_value.is_some_and(|p| p < P_VALUE)
    }
}

/// The two-sided p-value of `one` against `two` of a coin that is even; nothing without a throw.
fn sign_test(one: usize, two: usize) -> Option<f64> {
    let (all, few) = (one + two, one.min(two));
    if all == 0 {
        return None;
    }
    // The chances of 0, 1, 2 … of all, each out of the one before.
    let mut chance = 0.5_f64.powi(i32::try_from(all).unwrap_or(i32::MAX));
    let mut tail = chance;
    for k in 1..=few {
        chance *= number(all - k + 1) / number(k);
        tail += chance;
    }
    Some((2.0 * tail).min(1.0))
}

impl QualityPair {
    /// Engines `one` and `two` of `file` beside each other; nothing where one was not measured.
    #[must_use]
    pub fn of(file: &QualityFile, one: usize, two: usize) -> Option<Self> {
        let (first, second) = (file.engines.get(one)?, file.engines.get(two)?);
        let measured = |engine: &QualityEngine| engine.likelihood.is_some() || !engine.answers.is_empty();
        if !measured(first) || !measured(second) {
            return None;
        }
        let pairs: Vec<(f64, f64)> =
            both(first, second).filter_map(|(a, b)| a.figures.output_tok_s.zip(b.figures.output_tok_s)).collect();
        let speed = Comparison::judge(&pairs);
        if speed.is_some_and(|speed| speed.ratio < 1.0 && speed.call != ComparisonCall::TooClose) {
            return Some(Self::sorted(file, (two, second), (one, first), speed.map(Comparison::turned)));
        }
        Some(Self::sorted(file, (one, first), (two, second), speed))
    }

    /// All pairs of `file`, in the order of its engines.
    #[must_use]
    pub fn all(file: &QualityFile) -> Vec<Self> {
        let count = file.engines.len();
        let pairs = (0..count).flat_map(|one| (one + 1..count).map(move |two| (one, two)));
        pairs.filter_map(|(one, two)| Self::of(file, one, two)).collect()
    }

    fn sorted(
        file: &QualityFile,
        (faster, one): (usize, &QualityEngine),
        (slower, two): (usize, &QualityEngine),
        speed: Option<Comparison>,
    ) -> Self {
        let sure = |engine: &QualityEngine| {
            engine.likelihood.filter(|found| found.missed == 0).and_then(|found| found.bits_per_byte())
        };
        let bits = sure(one).zip(sure(two)).map(|(one, two)| [one, two]);
        let degenerate = |answer: &ProtocolAnswer| AnswerRepetition::of(&answer.answer).map(|one| one.is_degenerate());
        let loops: Vec<(bool, bool)> = both(one, two).filter_map(|(a, b)| degenerate(a).zip(degenerate(b))).collect();
        let passed = both(one, two).flat_map(|(a, b)| a.checks.iter().zip(&b.checks));
        let passed: Vec<(bool, bool)> = passed.map(|(a, b)| (a.passed, b.passed)).collect();
        let mut pair = Self {
            faster,
            slower,
            prompts: speed.map_or(0, |speed| speed.pairs),
            speed_ratio: speed.map(|speed| speed.ratio),
            speed_interval: speed.and_then(|speed| speed.interval).map(|interval| [interval.low, interval.high]),
            is_faster: speed.is_some_and(|speed| speed.call == ComparisonCall::Larger),
            call: bits.and_then(|[one, two]| QualityCall::of(one, two)),
            bits_per_byte: bits,
            degenerate: CountedPair::of(&loops),
            checks: CountedPair::of(&passed),
            disturbed: one.answers.iter().chain(&two.answers).filter(|answer| answer.figures.disturbed).count(),
            one_model: one.size.name == two.size.name,
            sentence: String::new(),
        };
        pair.sentence = pair.told(file, speed.as_ref());
        pair
    }

    /// Whether the faster one is worse in anything that more than chance tells.
    #[must_use]
    pub fn is_regression(&self) -> bool {
        matches!(self.call, Some(QualityCall::Worse(_)))
            || self.degenerate.differs() && self.degenerate.one > self.degenerate.two
            || self.checks.differs() && self.checks.one < self.checks.two
    }

    fn told(&self, file: &QualityFile, speed: Option<&Comparison>) -> String {
        let fast = match speed {
            None => "is of unknown speed against".to_owned(),
            Some(speed) if speed.call == ComparisonCall::TooClose => {
                format!("is about as fast as ({speed})")
            }
            Some(speed) => format!("is {speed} as fast as"),
        };
        let bits = match (self.call, self.bits_per_byte) {
            (Some(call), Some([one, two])) => format!("{} ({})", format::call_words(call), format::against(one, two)),
            _ => "with no bits per byte of both to compare".to_owned(),
        };
        let mut said = format!("{} {fast} {}, {bits}", file.label(self.faster), file.label(self.slower));
        let CountedPair { one, two, of, .. } = self.degenerate;
        if self.degenerate.differs() {
            let call = if one > two { "worse" } else { "better" };
            let _ = write!(said, "; {call}: {one} of {of} answers repeat themselves, against {two}");
        }
        let CountedPair { one, two, of, .. } = self.checks;
        if self.checks.differs() {
            let call = if one < two { "worse" } else { "better" };
            let _ = write!(said, "; {call}: {one} of {of} checks passed, against {two}");
        }
        if speed.is_some_and(|speed| speed.call == ComparisonCall::TooFew) {
            let _ = write!(said, "; speeds of {} prompts, too few for an interval", self.prompts);
        }
        if self.disturbed > 0 {
            let _ = write!(said, "; others kept the machine busy during {} of their answers", self.disturbed);
        }
        if !self.one_model {
            said += "; not one model by their names";
        }
        said
    }
}

/// The whole answers of two engines to the same prompts.
fn both<'a>(
    one: &'a QualityEngine,
    two: &'a QualityEngine,
) -> impl Iterator<Item = (&'a ProtocolAnswer, &'a ProtocolAnswer)> {
    one.answers.iter().filter_map(|answer| Some((one.answer(&answer.prompt)?, two.answer(&answer.prompt)?)))
}

#[expect(clippy::cast_precision_loss, reason = "counts of prompts and checks stay below 2^53")]
fn number(count: usize) -> f64 {
    count as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::quality_file::tests::{PLAIN, file};

    #[test]
    fn faster_and_worse_is_told_in_one_sentence() {
        let plain = [PLAIN; 6];
        let file = file(&[("a", 1.114_1, 40.0, &plain), ("a", 1.207_9, 84.0, &plain)]);
        let pair = QualityPair::of(&file, 0, 1).unwrap();
        assert_eq!((pair.faster, pair.slower, pair.is_faster, pair.prompts), (1, 0, true, 6));
        assert!(pair.is_regression() && pair.one_model);
        assert!(pair.sentence.contains("is 2.10× (2.10–2.10) as fast as"), "{}", pair.sentence);
        assert!(
            pair.sentence.ends_with("and worse by 8.4 % bits per byte (1.2079 against 1.1141)"),
            "{}",
            pair.sentence
        );
        assert_eq!(QualityPair::all(&file).len(), 1);
    }

    #[test]
    fn equal_quality_is_told_as_such_and_so_is_equal_speed() {
        let plain = [PLAIN; 6];
        let file = file(&[("a", 1.114_1, 40.0, &plain), ("b", 1.112_7, 40.0, &plain)]);
        let pair = QualityPair::of(&file, 0, 1).unwrap();
        assert!(!pair.is_regression() && !pair.is_faster);
        assert!(pair.sentence.contains("and equally good within 1 % (1.1141 against 1.1127)"), "{}", pair.sentence);
        assert!(pair.sentence.ends_with("; not one model by their names"), "{}", pair.sentence);
    }

    #[test]
    fn answers_that_go_round_in_circles_are_told_when_chance_does_not_explain_them() {
        let junk = "and on ".repeat(30);
        let (plain, loops) = ([PLAIN; 6], [junk.as_str(); 6]);
        let all = file(&[("a", 1.0, 40.0, &plain), ("a", 1.0, 90.0, &loops)]);
        let pair = QualityPair::of(&all, 0, 1).unwrap();
        assert_eq!((pair.degenerate.one, pair.degenerate.two, pair.degenerate.of), (6, 0, 6));
        assert!(pair.sentence.contains("; worse: 6 of 6 answers repeat themselves, against 0"), "{}", pair.sentence);
        assert!(pair.is_regression());
        let one = file(&[("a", 1.0, 40.0, &plain), ("a", 1.0, 90.0, &[&junk, PLAIN, PLAIN, PLAIN, PLAIN, PLAIN])]);
        let pair = QualityPair::of(&one, 0, 1).unwrap();
        assert!(!pair.sentence.contains("repeat") && !pair.is_regression(), "{}", pair.sentence);
    }

    #[test]
    fn a_lower_bound_is_not_compared() {
        let mut file = file(&[("a", 1.0, 40.0, &[PLAIN]), ("a", 2.0, 90.0, &[PLAIN])]);
        if let Some(found) = &mut file.engines[1].likelihood {
            found.missed = 1;
        }
        let pair = QualityPair::of(&file, 0, 1).unwrap();
        assert_eq!((pair.call, pair.bits_per_byte, pair.speed_interval), (None, None, None));
        assert!(pair.sentence.contains("2.25× as fast as") && pair.sentence.contains("no bits per byte of both"));
        file.engines[1].answers.clear();
        file.engines[1].likelihood = None;
        assert_eq!(QualityPair::of(&file, 0, 1), None, "nothing was measured");
    }

    #[test]
    fn a_speed_that_says_little_says_so() {
        let mut file = file(&[("a", 1.0, 40.0, &[PLAIN; 3]), ("a", 1.0, 90.0, &[PLAIN; 3])]);
        file.engines[0].answers[1].figures.disturbed = true;
        let said = QualityPair::of(&file, 0, 1).unwrap().sentence;
        assert!(
            said.ends_with(
                "; speeds of 3 prompts, too few for an interval; others kept the machine busy during 1 of their answers"
            ),
            "{said}"
        );
    }

    #[test]
    fn the_sign_test_is_exact() {
        // Chances of a coin: six of six 2/64, five of six 14/64, one of one 1.
        for (one, two, p) in [(6, 0, 0.031_25), (1, 5, 0.218_75), (1, 0, 1.0), (3, 3, 1.0)] {
            assert!((sign_test(one, two).unwrap() - p).abs() < 1e-12, "{one} {two} {:?}", sign_test(one, two));
        }
        assert_eq!(sign_test(0, 0), None);
        let counted = CountedPair::of(&[(true, false), (true, true), (false, false)]);
        assert_eq!((counted.one, counted.two, counted.of, counted.differs()), (2, 1, 3, false));
    }
}
