//! Whether words are still good: how well a model foresees a text. Pure: log-probabilities are handed in.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

use speed_kings_core::race::quality::MeasuredQuality;

/// How well a text was foreseen, token by token, the text itself as context.
#[derive(Clone, Copy, PartialEq, Debug, Default, Serialize, Deserialize)]
pub struct TextLikelihood {
    /// Sum of the negative log-likelihoods, natural logarithm.
    pub nll: f64,
    /// Tokens that it is over.
    pub tokens: u64,
    /// Tokens whose probability the engine did not tell; the figures are lower bounds then.
    pub missed: u64,
    /// Bytes of the text.
    pub bytes: u64,
}

impl TextLikelihood {
    /// Perplexity: e to the mean negative log-likelihood of a token. Comparable only under one tokenizer.
    #[must_use]
    pub fn perplexity(&self) -> Option<f64> {
        (self.tokens > 0).then(|| (self.nll / number(self.tokens)).exp())
    }

    /// Bits of information for each byte of the text, comparable across tokenizers.
    #[must_use]
    pub fn bits_per_byte(&self) -> Option<f64> {
        (self.bytes > 0 && self.tokens > 0).then(|| self.nll / std::f64::consts::LN_2 / number(self.bytes))
    }

    /// It as a figure that was measured at `at` over the text with this hash; nothing where it is none.
    #[must_use]
    pub fn measured(&self, text_hash: &str, at: Timestamp) -> Option<MeasuredQuality> {
        Some(MeasuredQuality {
            bits_per_byte: self.bits_per_byte().filter(|bits| bits.is_finite() && *bits > 0.0)?,
            perplexity: self.perplexity(),
            missed: self.missed,
            text_hash: text_hash.into(),
            day: at.to_zoned(TimeZone::UTC).date().to_string().into(),
        })
    }
}

/// The hash that names a text: FNV-1a, 64 bits, hexadecimal. It protects nothing.
#[must_use]
pub fn text_hash(text: &str) -> String {
    let fold = |hash: u64, byte: u8| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    format!("{:016x}", text.bytes().fold(0xcbf2_9ce4_8422_2325, fold))
}

#[expect(clippy::cast_precision_loss, reason = "counts of tokens and bytes stay below 2^53")]
fn number(count: u64) -> f64 {
    count as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn close(one: f64, two: f64) -> bool {
        (one - two).abs() < 1e-9
    }

    #[test]
    fn perplexity_is_the_size_of_an_even_choice() {
        let even = TextLikelihood { nll: 100.0 * 8.0_f64.ln(), tokens: 100, missed: 0, bytes: 300 };
        assert!(close(even.perplexity().unwrap(), 8.0));
        assert!(close(even.bits_per_byte().unwrap(), 1.0), "3 bits a token of 3 bytes");
        assert_eq!((TextLikelihood::default().perplexity(), TextLikelihood::default().bits_per_byte()), (None, None));
    }

    #[test]
    fn a_figure_has_its_day_and_its_text() {
        let even = TextLikelihood { nll: 100.0 * 8.0_f64.ln(), tokens: 100, missed: 3, bytes: 300 };
        let measured = even.measured("e3", "2026-11-29T23:59:59Z".parse().unwrap()).unwrap();
        assert_eq!((&*measured.text_hash, &*measured.day, measured.missed), ("e3", "2026-11-29", 3));
        assert!(close(measured.bits_per_byte, 1.0) && measured.perplexity.is_some_and(|value| close(value, 8.0)));
        assert_eq!(TextLikelihood::default().measured("e3", Timestamp::UNIX_EPOCH), None);
        // The offset basis of FNV-1a and the hash of "a", as its authors publish them.
        assert_eq!((text_hash("").as_str(), text_hash("a").as_str()), ("cbf29ce484222325", "af63dc4c8601ec8c"));
    }
}
