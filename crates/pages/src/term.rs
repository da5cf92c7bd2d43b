//! What the words of the tables mean, where they stand: whoever a page is forwarded to has read nothing else.

use maud::{Markup, html};

/// Each term as a table has it, and what it is.
const TERMS: [(&str, &str); 27] = [
    ("Total time", "Seconds from the request to the last text. Less is better."),
    (
        "TTFT",
        "Time to first token: from the request to the first text of any kind, reasoning included. Less is better.",
    ),
    (
        "TTFA",
        "Time to first answer: from the request to the first text of the answer itself, after any reasoning. Less is better.",
    ),
    (
        "Output speed",
        "Tokens per second while text came: tokens after the first read, over the time from the first text to the last. \
         Only where that was seen. More is better.",
    ),
    ("End-to-end", "All output tokens over the time from the request to the last text. More is better."),
    ("Gaps p95", "Of 100 times between two pieces of text, 95 are shorter than this. Less is steadier."),
    ("Stalls", "How often the text stood still for long against its other gaps."),
    ("Cost", "US dollars for one request: the server's own figure, or tokens times the dated prices below."),
    ("Load speed", "Tokens per second of all requests together, while several are under way."),
    ("Good runs", "Runs that ended well and with text. The others are counted as failed, and why is said below."),
    ("good runs", "Runs that ended well and with text, of all."),
    ("n", "How many runs are behind the figure."),
    ("median", "The middle one of the runs: half of them are less, half are more."),
    ("mean", "The sum over the number of runs."),
    ("std", "Standard deviation: how far runs are from their mean, typically."),
    ("min", "The smallest of the runs."),
    ("max", "The largest of the runs."),
    ("p90", "Of 10 runs, 9 are at most this; only from 10 runs on."),
    ("p95", "Of 20 runs, 19 are at most this; only from 20 runs on."),
    ("p99", "Of 100 runs, 99 are at most this; only from 100 runs on."),
    ("MAD", "Median absolute deviation: the middle distance of runs from their median."),
    ("CV", "Coefficient of variation: standard deviation over mean. Over 5 % is said to vary."),
    ("outliers", "Runs far from the others, by their number; they count all the same."),
    (
        "difference",
        "By what factor one is better, from runs of the same round as pairs, with its 95 % interval. Too close to call: the \
         interval holds 1.",
    ),
    ("p", "How often chance alone would show a difference at least as large, if there were none."),
    ("pairs", "Rounds in which both brought figures."),
    ("provisional", "A condition of a fair comparison does not hold, or is not known to; the badges say which."),
];

/// What `term` means; nothing for a word that explains itself.
fn meaning(term: &str) -> Option<&'static str> {
    TERMS.iter().find(|(name, _)| *name == term).map(|(_, meaning)| *meaning)
}

/// A question mark that opens what `term` means; nothing for a word that explains itself.
pub(crate) fn question(term: &str) -> Markup {
    html! {
        @if let Some(meaning) = meaning(term) {
            details class="term" { summary aria-label={ "What is " (term) "?" } { "?" } span { (meaning) } }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use speed_kings_core::race::verdict::Metric;

    #[test]
    fn every_metric_is_explained_once() {
        for metric in Metric::ALL {
            assert!(meaning(metric.title()).is_some(), "{}", metric.title());
        }
        let mut names: Vec<&str> = TERMS.iter().map(|(name, _)| *name).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), TERMS.len());
        assert!(question("contestant").into_string().is_empty());
    }
}
