//! What is to be found out, in words and as something that results can settle.
//! The words are for people; the findings answer what is asked behind them.

use super::Hardware;
use super::file::{AskEntry, QuestionEntry};
use speed_kings_core::race::verdict::Metric;

/// Something to be found out.
#[derive(Clone, PartialEq, Debug)]
pub struct Question {
    /// The question in words, for people.
    pub text: String,
    /// What settles it; nothing where only a person can.
    pub ask: Option<QuestionKind>,
}

/// What results are asked. Being ahead is always meant in the metric's own sense: faster, sooner, cheaper.
#[derive(Clone, PartialEq, Debug)]
pub enum QuestionKind {
    /// Is one side ahead of the other, and by how much?
    Lead {
        /// The side that is expected ahead.
        of: Vec<Hardware>,
        /// The side that is expected to be behind.
        over: Vec<Hardware>,
        /// The metric in which it is ahead.
        by: Metric,
        /// The factor that is expected, from and to; any lead will do without it.
        between: Option<(f64, f64)>,
    },
    /// Do they stand in this order, each ahead of the next?
    Order {
        /// Expected first to last.
        of: Vec<Hardware>,
        /// The metric in which they are ahead.
        by: Metric,
    },
    /// Does the lead of one side over the other grow with the size of the model?
    Growth {
        /// The side whose lead it is.
        of: Vec<Hardware>,
        /// The side over which it leads.
        over: Vec<Hardware>,
        /// The metric in which it leads.
        by: Metric,
    },
    /// Who is ahead of all others?
    Best {
        /// The metric in which somebody is ahead.
        by: Metric,
    },
}

impl QuestionEntry {
    /// Reads the words of a question of `place`. One that names nothing is reported in `problems`.
    pub(super) fn question(self, place: &str, problems: &mut Vec<String>) -> Question {
        let Self { text, ask } = self;
        let mut words = QuestionWords { place: format!("{place}, \"{text}\""), problems };
        let ask = ask.map(|ask| match ask {
            AskEntry::Lead { of, over, by, between } => {
                let between = words.factor(between);
                QuestionKind::Lead {
                    of: words.hardware(&of),
                    over: words.hardware(&over),
                    by: words.metric(&by),
                    between,
                }
            }
            AskEntry::Order { of, by } => QuestionKind::Order { of: words.hardware(&of), by: words.metric(&by) },
            AskEntry::Growth { of, over, by } => {
                QuestionKind::Growth { of: words.hardware(&of), over: words.hardware(&over), by: words.metric(&by) }
            }
            AskEntry::Best { by } => QuestionKind::Best { by: words.metric(&by) },
        });
        Question { text, ask }
    }
}

/// Reads words and says which of them name nothing.
struct QuestionWords<'a> {
    place: String,
    problems: &'a mut Vec<String>,
}

impl QuestionWords<'_> {
    fn hardware(&mut self, names: &[String]) -> Vec<Hardware> {
        if names.is_empty() {
            self.problems.push(format!("{}: name at least one kind of hardware", self.place));
        }
        let known = || Hardware::ALL.map(Hardware::as_str).join(", ");
        let read = names.iter().filter_map(|name| {
            let hardware = Hardware::parse(name);
            if hardware.is_none() {
                self.problems.push(format!("{}: unknown hardware '{name}'; known: {}", self.place, known()));
            }
            hardware
        });
        read.collect()
    }

    fn metric(&mut self, name: &str) -> Metric {
        Metric::parse(name).unwrap_or_else(|| {
            let known = Metric::ALL.map(Metric::as_str).join(", ");
            self.problems.push(format!("{}: unknown metric '{name}'; known: {known}", self.place));
            Metric::Total
        })
    }

    fn factor(&mut self, between: Option<(f64, f64)>) -> Option<(f64, f64)> {
        if between.is_some_and(|(from, to)| !(from > 0.0 && from < to && to.is_finite())) {
            self.problems.push(format!("{}: between wants two factors, the smaller first", self.place));
        }
        between
    }
}
