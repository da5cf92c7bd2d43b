//! How much was sent, as an estimate of tokens, and what a server's count of it proves.
//! A count far below what was sent is a prompt that was cut; cached tokens that leave room for it cached nothing of it.

use crate::race::event::TokenUsage;

/// Tokens for a character: about right for English prose.
const TOKENS_PER_CHAR: f64 = 0.25;
/// The same for characters that are words by themselves: Chinese, Japanese and Korean.
const TOKENS_PER_WIDE: f64 = 0.6;
/// A count under this share of the estimate was cut.
const CUT: f64 = 0.5;
/// A word of up to this many characters can be one token.
const LONG_WORD: usize = 16;

/// A text as it was sent.
#[derive(Clone, Copy, PartialEq, Debug, Default)]
pub struct SentText {
    /// How many characters it has.
    pub chars: usize,
    /// The estimate of its tokens.
    pub tokens: f64,
    /// Fewer tokens than this it can't be: tokens end where words do.
    pub least: f64,
}

impl SentText {
    /// Estimates `text`. White space in a row and one character over and over are packed into few tokens, and count once.
    #[must_use]
    pub fn of(text: &str) -> Self {
        let mut sent = Self::default();
        let mut last = [' '; 2];
        let mut word = 0;
        for c in text.chars() {
            sent.chars += 1;
            let again = last == [c; 2] || (c.is_whitespace() && last.iter().all(|last| last.is_whitespace()));
            last = [last[1], c];
            if again {
                continue;
            }
            if is_wide(c) {
                word = 0;
                sent.tokens += TOKENS_PER_WIDE;
                sent.least += TOKENS_PER_WIDE * CUT;
                continue;
            }
            sent.tokens += TOKENS_PER_CHAR;
            word = if c.is_whitespace() { 0 } else { word + 1 };
            if word % LONG_WORD == 1 {
                sent.least += 1.0;
            }
        }
        sent
    }

    /// Whether `counted` tokens are too few for all of it to have been read.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "token counts are far below 2^52")]
    pub fn is_cut(&self, counted: u64) -> bool {
        (counted as f64) < (self.tokens * CUT).min(self.least)
    }

    /// Whether what was cached of a prompt can be nothing but what stands before this text: the template and the system prompt,
    /// the same in every run. `fresh` is whether the text begins with something that no cache can know.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "token counts are far below 2^52")]
    pub fn is_uncached(&self, usage: &TokenUsage, fresh: bool) -> bool {
        let (cached, Some(input)) = (usage.cached.unwrap_or(0), usage.input) else { return usage.cached == Some(0) };
        // A beginning that no cache knows leaves all of the text to be read, so even its least count settles it.
        let room = if fresh { (self.tokens * CUT).max(self.least.min(self.tokens)) } else { self.tokens };
        cached == 0 || input.checked_sub(cached).is_some_and(|read| read as f64 >= room)
    }
}

/// The prompt tokens of `usage`, those out of a cache among them: some servers count these beside the others.
#[must_use]
pub fn counted(usage: &TokenUsage) -> Option<u64> {
    let input = usage.input.filter(|input| *input > 0)?;
    let beside = usage.cached.filter(|cached| *cached > input).unwrap_or(0);
    Some(input.saturating_add(beside))
}

/// A number of tokens for a sentence: two digits that count, and its thousands apart.
#[must_use]
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "an estimate of a text in memory")]
pub fn about(tokens: f64) -> String {
    let whole = tokens.max(0.0).round() as u64;
    let step = 10_u64.pow(whole.checked_ilog10().unwrap_or(0).saturating_sub(1));
    thousands((whole + step / 2) / step * step)
}

/// A number with a comma after each three digits, for example `17,000`.
#[must_use]
pub fn thousands(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

const fn is_wide(c: char) -> bool {
    matches!(c, '\u{1100}'..='\u{11FF}' | '\u{2E80}'..='\u{9FFF}' | '\u{A960}'..='\u{A97F}' | '\u{AC00}'..='\u{D7FF}'
        | '\u{F900}'..='\u{FAFF}' | '\u{FF66}'..='\u{FFDC}' | '\u{20000}'..='\u{3FFFF}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_prompt_that_was_read_in_part_was_cut() {
        let sent = SentText::of(&"The quick brown fox jumps over the lazy dog. ".repeat(1_500));
        assert_eq!((sent.chars, about(sent.tokens).as_str()), (67_500, "17,000"));
        assert!(sent.is_cut(2_050) && sent.is_cut(8_000) && !sent.is_cut(9_000) && !sent.is_cut(15_000));
    }

    #[test]
    fn text_that_packs_well_is_not_cut() {
        // Counts of common tokenizers: long words are one token each, white space and lines of dashes nearly none.
        for (text, counted) in [
            ("information ".repeat(1_000), 1_001),
            (" ".repeat(8_000), 63),
            ("-".repeat(8_000), 125),
            ("internationalization ".repeat(100), 201),
            ("\n\n    \n".repeat(500), 501),
            ("мир во всём мире ".repeat(100), 500),
            ("नमस्ते दुनिया ".repeat(100), 500),
        ] {
            assert!(!SentText::of(&text).is_cut(counted), "{:?} of {counted}", SentText::of(&text));
        }
    }

    #[test]
    fn characters_that_are_words_count_as_such() {
        let sent = SentText::of(&"世界和平".repeat(250));
        assert!((sent.tokens - 600.0).abs() < 1e-6);
        assert!(sent.is_cut(250) && !sent.is_cut(400));
        assert!(SentText::of(&"안녕하세요 세계 ".repeat(200)).is_cut(200));
    }

    #[test]
    fn only_what_opens_every_prompt_may_be_cached() {
        let usage = |cached, input| TokenUsage { cached: Some(cached), input: Some(input), ..TokenUsage::default() };
        let sent = SentText::of("[a1b2c3] Write a short story about a lighthouse keeper who finds a letter.");
        for (cached, input, fine) in [(0, 30, true), (24, 44, true), (679, 700, true), (43, 44, false), (30, 36, false)]
        {
            assert_eq!(sent.is_uncached(&usage(cached, input), true), fine, "{cached} of {input}");
        }
        assert!(!sent.is_uncached(&usage(50, 44), true), "counts beside each other");
        assert!(
            !sent.is_uncached(&TokenUsage { cached: Some(3), ..TokenUsage::default() }, true),
            "of nobody knows how many"
        );
    }

    #[test]
    fn counts_beside_each_other_are_added() {
        let usage = |cached, input| TokenUsage { input, cached, ..TokenUsage::default() };
        assert_eq!(counted(&usage(Some(5_000), Some(5))), Some(5_005));
        assert_eq!(counted(&usage(Some(3), Some(5))), Some(5));
        assert_eq!((counted(&usage(None, Some(0))), counted(&usage(None, None))), (None, None));
    }

    #[test]
    fn numbers_read_well() {
        assert_eq!(
            [0.0, 7.4, 96.0, 104.0, 16_875.0, 1_234_567.0].map(about),
            ["0", "7", "96", "100", "17,000", "1,200,000"]
        );
        assert_eq!(thousands(2_050), "2,050");
    }
}
