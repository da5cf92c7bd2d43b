//! A lane's tokens: what the server counted, whether that can be true, and how much of it was seen.
//! A count that can't be true is refused and kept beside the estimate; one of unseen tokens is billed but has no speed.

use super::Lane;
use super::text_size::TextSize;
use super::token_count::{
    BYTES_PER_TOKEN, FEWEST_SPARE, MOST_CHARS_PER_TOKEN, MOST_TOKENS, TokenCount, TokenCounter, UnseenTokens,
};
use crate::time::Offset;

/// Up to this many tokens for each piece of text, a piece is taken to be one token.
const SINGLE_TOKEN_PIECES: f64 = 1.5;

impl Lane {
    /// Reasoning tokens that the server counted but did not show: none of their text came, or less than a character of it
    /// for each.
    #[must_use]
    pub fn hidden_reasoning(&self) -> Option<u64> {
        let reasoning = self.usage?.reasoning.filter(|tokens| *tokens > 0)?;
        (count(self.sizes.reasoning.chars) < reasoning).then_some(reasoning)
    }

    /// The count of the answer and of the reasoning that was shown, and the text that it is for.
    fn shown(&self) -> Option<(u64, TextSize)> {
        let written = self.usage?.written()?;
        Some(match self.hidden_reasoning() {
            Some(hidden) => (written.saturating_sub(hidden), self.sizes.unlike_reasoning()),
            None => (written, self.sizes.all()),
        })
    }

    /// The server's count of output tokens, where it can't be true: fewer tokens than the text needs, half as many again as
    /// the cap that was asked for, or beyond all measure.
    #[must_use]
    pub fn refused_count(&self) -> Option<u64> {
        let written = self.usage?.written().filter(|written| *written > 0)?;
        let (shown, text) = self.shown()?;
        let too_few = shown.saturating_mul(MOST_CHARS_PER_TOKEN) < count(text.chars);
        let over_cap = self.cap.is_some_and(|cap| shown.saturating_mul(2) > u64::from(cap).saturating_mul(3));
        (too_few || over_cap || written > MOST_TOKENS).then_some(written)
    }

    /// Whether tokens were counted whose text nobody saw.
    #[must_use]
    pub fn unseen(&self) -> Option<UnseenTokens> {
        if self.hidden_reasoning().is_some() {
            return Some(UnseenTokens::Reasoning);
        }
        let (shown, text) = self.shown().filter(|_| self.refused_count().is_none())?;
        (shown > count(text.bytes).saturating_add(FEWEST_SPARE)).then_some(UnseenTokens::Other)
    }

    /// All output tokens, reasoning included: the server's count where it can be true, otherwise an estimate.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "token counts are far below 2^52")]
    pub fn tokens(&self) -> Option<TokenCount> {
        let refused = self.refused_count();
        let written = self.usage.and_then(|usage| usage.written()).filter(|_| refused.is_none());
        match (written, self.estimate()) {
            (Some(count), estimate) if count > 0 || estimate.is_none() => {
                Some(TokenCount { count: count as f64, counted_by: TokenCounter::Usage, refused: None })
            }
            (_, estimate) => Some(TokenCount { count: estimate?, counted_by: TokenCounter::Estimate, refused }),
        }
    }

    /// The tokens by the length of the text; nothing without text.
    #[expect(clippy::cast_precision_loss, reason = "texts are far below 2^52 bytes")]
    fn estimate(&self) -> Option<f64> {
        let bytes = self.transcript.text().len();
        (bytes > 0).then(|| bytes as f64 / BYTES_PER_TOKEN)
    }

    /// The tokens whose text was seen: all but hidden reasoning, and an estimate where the server counted more than it showed.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "token counts are far below 2^52")]
    pub fn seen_tokens(&self) -> Option<f64> {
        let tokens = self.tokens()?;
        let summary = self.sizes.reasoning.bytes as f64 / BYTES_PER_TOKEN;
        Some(match (tokens.counted_by, self.unseen()) {
            (TokenCounter::Usage, Some(UnseenTokens::Reasoning)) => {
                (tokens.count - self.hidden_reasoning().unwrap_or(0) as f64).max(0.0) + summary
            }
            (TokenCounter::Usage, Some(UnseenTokens::Other)) => self.estimate()?,
            _ => tokens.count,
        })
    }

    /// Characters of text for each token that the server counted, where all of them were seen.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "texts and counts are far below 2^52")]
    pub fn chars_per_token(&self) -> Option<f64> {
        let tokens = self.tokens().filter(|tokens| tokens.counted_by == TokenCounter::Usage && tokens.count > 0.0)?;
        let chars = self.characters();
        (self.unseen().is_none() && chars > 0).then(|| chars as f64 / tokens.count)
    }

    /// Characters of all text.
    #[must_use]
    pub fn characters(&self) -> usize {
        self.sizes.all().chars
    }

    /// How many tokens a byte of its text stands for: the scale of [`Self::series`].
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "texts are far below 2^52 bytes")]
    pub fn tokens_per_byte(&self) -> f64 {
        let bytes = self.transcript.text().len();
        match self.seen_tokens() {
            Some(tokens) if bytes > 0 => tokens / bytes as f64,
            _ => 1.0 / BYTES_PER_TOKEN,
        }
    }

    /// Tokens seen up to and including `at`.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "texts are far below 2^52 bytes")]
    pub fn tokens_by(&self, at: Offset) -> f64 {
        let bytes = self.reads.split(|read| read.at <= at).0.map_or(0, |read| read.bytes);
        bytes as f64 * self.tokens_per_byte()
    }

    /// When the first `tokens` tokens had come; nothing when they have not yet.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "texts are far below 2^52 bytes")]
    pub fn time_of(&self, tokens: f64) -> Option<Offset> {
        let scale = self.tokens_per_byte();
        self.reads.split(|read| (read.bytes as f64 * scale) < tokens).1.map(|read| read.at)
    }

    /// Tokens that came in the first read. Where the stream carries about a token in each piece, its pieces; otherwise
    /// its share of the bytes: chunks are never counted as tokens.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "texts are far below 2^52 bytes")]
    pub fn first_read_tokens(&self) -> f64 {
        let (Some(first), Some(last), Some(tokens)) = (self.reads.first(), self.reads.last(), self.seen_tokens())
        else {
            return 0.0;
        };
        let each = tokens / f64::from(last.pieces);
        if each <= SINGLE_TOKEN_PIECES && self.tokens().is_some_and(|t| t.counted_by == TokenCounter::Usage) {
            f64::from(first.pieces) * each
        } else {
            first.bytes as f64 * self.tokens_per_byte()
        }
    }
}

fn count(size: usize) -> u64 {
    u64::try_from(size).unwrap_or(u64::MAX)
}
