//! How quality beside speed is told: in whole sentences, and in a few words where there is no room for names.

use super::{ratio, share, whole_percent};
use crate::race::Race;
use crate::race::event::LaneId;
use crate::race::quality::{EQUAL_WITHIN, MeasuredQuality, QualityCall};
use crate::race::verdict::{QualityDifference, QualityFinding};
use crate::stats::repetition::AnswerRepetition;
use crate::text::printable;

/// A finding of the verdict in a sentence, printable: `A is 1.90× as fast as B, and worse by 8.4 % bits per byte (…)`.
#[must_use]
pub fn quality(race: &Race, finding: &QualityFinding) -> String {
    let name = |id: LaneId| printable(race.name(id));
    let (faster, slower) = (name(finding.faster), name(finding.slower));
    let fast = finding.speed.map_or_else(|| "as fast as".to_owned(), |speed| format!("{} as fast as", ratio(speed)));
    let rest = match &finding.difference {
        QualityDifference::Repeats { lane, repetition } if *lane == finding.faster => {
            format!("and worse: its answer repeats itself ({})", repeated(repetition))
        }
        QualityDifference::Repeats { repetition, .. } => {
            format!("and better: the answer of {slower} repeats itself ({})", repeated(repetition))
        }
        QualityDifference::Measured { call, figures, one_model } => {
            let [one, two] = &**figures;
            let bits = against(one.bits_per_byte, two.bits_per_byte);
            let days = if one.day == two.day { one.day.to_string() } else { format!("{} and {}", one.day, two.day) };
            let models = if *one_model { "" } else { "; not one model by their names" };
            format!("{} ({bits}, measured {}{models})", call_words(*call), printable(&days))
        }
    };
    format!("{faster} is {fast} {slower}, {rest}")
}

/// The same in a few words: `faster, and worse by 8.4 % bits per byte (measured 2026-11-29)`.
#[must_use]
pub fn quality_short(finding: &QualityFinding) -> String {
    let fast = if finding.speed.is_some() { "faster" } else { "as fast" };
    match &finding.difference {
        QualityDifference::Repeats { lane, .. } if *lane == finding.faster => {
            format!("{fast}, and worse: its answer repeats itself")
        }
        QualityDifference::Repeats { .. } => format!("{fast}, and better: the other answer repeats itself"),
        QualityDifference::Measured { call, figures, .. } => {
            let [one, _] = &**figures;
            format!("{fast}, {} (measured {})", call_words(*call), printable(&one.day))
        }
    }
}

/// What one figure of quality is against another, in words: `and worse by 8.4 % bits per byte`.
#[must_use]
pub fn call_words(call: QualityCall) -> String {
    match call {
        QualityCall::Worse(by) => format!("and worse by {} bits per byte", share(by)),
        QualityCall::Better(by) => format!("and better by {} bits per byte", share(by)),
        QualityCall::Equal => format!("and equally good within {}", whole_percent(EQUAL_WITHIN)),
    }
}

/// Two figures beside each other: `1.2079 against 1.1141`.
#[must_use]
pub fn against(bits: f64, others: f64) -> String {
    format!("{bits:.4} against {others:.4}")
}

/// How an answer repeats itself, in words.
#[must_use]
pub fn repeated(repetition: &AnswerRepetition) -> String {
    if repetition.looping_words > 0 {
        format!("its last {} words go round in a loop", repetition.looping_words)
    } else {
        format!("{} of its four-word sequences were there before", whole_percent(repetition.repeated))
    }
}

/// A figure that was measured before the race: `1.1141 bits per byte, perplexity 29.94, measured 2026-11-29`.
#[must_use]
pub fn measured_quality(quality: &MeasuredQuality) -> String {
    let perplexity = quality.perplexity.map(|value| format!(", perplexity {value:.2}")).unwrap_or_default();
    let bound = match quality.missed {
        0 => String::new(),
        missed => format!(", lower bounds: {missed} tokens missed"),
    };
    format!("{:.4} bits per byte{perplexity}{bound}, measured {}", quality.bits_per_byte, printable(&quality.day))
}
