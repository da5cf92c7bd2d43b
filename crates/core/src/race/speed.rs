//! Whether the speed of a stream could be seen from here, and if not, why not.
//! What arrives in one piece, or was never shown, has a time in all but no speed of its own.

use crate::race::lane::{Lane, UnseenTokens};
use crate::time::Period;

/// An output speed needs at least so many reads that carried text.
pub const FEWEST_READS: usize = 10;
/// They must be spread over at least this long.
pub const SHORTEST_SPAN: Period = Period::from_millis(50);
/// No single read may hold more than one part in so many of the text.
const LARGEST_READ_PARTS: usize = 2;

/// Why there is no output speed.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum SpeedWithheld {
    /// All text came in one read.
    OneRead,
    /// Fewer than [`FEWEST_READS`] reads carried text.
    FewReads(usize),
    /// The reads were spread over less than [`SHORTEST_SPAN`].
    ShortSpan(Period),
    /// More than half of the text came in one read, or in reads that came as one.
    OneBurst,
    /// Reasoning was counted, but its text did not come, or far less of it than was counted.
    ReasoningHidden,
    /// More tokens were counted than the text can hold.
    TokensUnseen,
    /// This program stood still while the text came.
    Standstill,
}

impl SpeedWithheld {
    /// Why `lane` has no output speed; nothing when it has one, or no text at all.
    #[must_use]
    pub fn of(lane: &Lane) -> Option<Self> {
        let (first, last) = (lane.marks.first_text?, lane.marks.last_text?);
        let (reads, burst) = (lane.read_bursts().count, lane.text_bursts().largest);
        let text = lane.transcript().text().len();
        let span = last.since(first);
        match lane.unseen() {
            _ if lane.stood_still_in_text() => Some(Self::Standstill),
            Some(UnseenTokens::Reasoning) => Some(Self::ReasoningHidden),
            Some(UnseenTokens::Other) => Some(Self::TokensUnseen),
            None => Self::of_reads(reads, span)
                .or_else(|| (burst.saturating_mul(LARGEST_READ_PARTS) > text).then_some(Self::OneBurst)),
        }
    }

    /// The same by the number of `reads` that carried text and the `span` from the first to the last of them alone.
    #[must_use]
    pub fn of_reads(reads: usize, span: Period) -> Option<Self> {
        match reads {
            0 => None,
            1 => Some(Self::OneRead),
            few if few < FEWEST_READS => Some(Self::FewReads(few)),
            _ => (span < SHORTEST_SPAN).then_some(Self::ShortSpan(span)),
        }
    }

    /// Whether the reads are at fault, so that the gaps between them say nothing about the server either.
    #[must_use]
    pub const fn is_about_reads(self) -> bool {
        !matches!(self, Self::ReasoningHidden | Self::TokensUnseen | Self::Standstill)
    }

    /// The same of a code of [`Self::as_str`]; an unknown one says nothing for the gaps.
    #[must_use]
    pub fn code_is_about_reads(code: &str) -> bool {
        ![Self::ReasoningHidden, Self::TokensUnseen, Self::Standstill].iter().any(|other| other.as_str() == code)
    }

    /// The code in recordings, results and JSON.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::OneRead => "one_read",
            Self::FewReads(_) => "few_reads",
            Self::ShortSpan(_) => "short_span",
            Self::OneBurst => "one_burst",
            Self::ReasoningHidden => "reasoning_hidden",
            Self::TokensUnseen => "tokens_unseen",
            Self::Standstill => "standstill",
        }
    }

    /// The reason in words.
    #[must_use]
    pub fn words(self) -> String {
        match self {
            Self::OneRead => "arrived in 1 read".into(),
            Self::FewReads(reads) => format!("only {reads} reads carried text"),
            Self::ShortSpan(span) => format!("arrived within {span}"),
            Self::OneBurst => "most of the text in one read: buffered on the way".into(),
            Self::ReasoningHidden => "reasoning hidden".into(),
            Self::TokensUnseen => "counted tokens whose text was not shown".into(),
            Self::Standstill => "this program stood still meanwhile".into(),
        }
    }

    /// What a code of [`Self::as_str`] means where no more than the code is known; the code itself for an unknown one.
    #[must_use]
    pub fn words_of(code: &str) -> &str {
        match code {
            "one_read" => "arrived in 1 read",
            "few_reads" => "fewer than 10 reads carried text",
            "short_span" => "arrived within 50 ms",
            "one_burst" => "most of the text in one read: buffered on the way",
            "reasoning_hidden" => "reasoning hidden",
            "tokens_unseen" => "counted tokens whose text was not shown",
            "standstill" => "this program stood still meanwhile",
            other => other,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_reason_has_words_and_is_explained_to_readers() {
        let page = include_str!("../../../../docs/measuring.md");
        let reasons = [
            SpeedWithheld::OneRead,
            SpeedWithheld::FewReads(4),
            SpeedWithheld::ShortSpan(Period::from_millis(7)),
            SpeedWithheld::OneBurst,
            SpeedWithheld::ReasoningHidden,
            SpeedWithheld::TokensUnseen,
            SpeedWithheld::Standstill,
        ];
        for reason in reasons {
            let code = reason.as_str();
            assert_ne!(SpeedWithheld::words_of(code), code, "no words for it");
            assert_eq!(page.matches(&format!("| `{code}` | ")).count(), 1, "docs/measuring.md has no row for {code}");
        }
    }
}
