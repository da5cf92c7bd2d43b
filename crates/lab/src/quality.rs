//! Whether words are still good: how well a model foresees a text. Pure: log-probabilities are handed in.

/// How well a text was foreseen, token by token, the text itself as context.
#[derive(Clone, Copy, PartialEq, Debug, Default)]
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
}
