//! How good an engine's words are, by the probability that it gives to a text: a figure that was measured before the race, and
//! what two such figures say of each other.

/// Bits per byte that differ by no more than this share are equally good. One set of weights in llama.cpp, transformers and
/// double precision differs by 0.15 %, its copy quantised anew to four bits by 8 %: what lies below is arithmetic.
pub const EQUAL_WITHIN: f64 = 0.01;

/// How well an engine with its model foresaw a text, measured before the race.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct MeasuredQuality {
    /// Bits of information for each byte of the text; comparable across tokenizers.
    pub bits_per_byte: f64,
    /// e to the mean negative log-likelihood of a token.
    pub perplexity: Option<f64>,
    /// Tokens whose probability the engine did not tell; the figures are lower bounds then.
    pub missed: u64,
    /// The hash of the text (FNV-1a, 64 bits, hexadecimal): a figure over another text is another figure.
    pub text_hash: Box<str>,
    /// The day on which it was measured, UTC, for example `2026-11-29`.
    pub day: Box<str>,
}

/// What one figure of quality is against another.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum QualityCall {
    /// More bits per byte, by this share of the other's.
    Worse(f64),
    /// Apart by no more than [`EQUAL_WITHIN`].
    Equal,
    /// Fewer bits per byte, by this share of the other's.
    Better(f64),
}

impl QualityCall {
    /// What `bits` a byte are against `others`; nothing where one is no figure.
    #[must_use]
    pub fn of(bits: f64, others: f64) -> Option<Self> {
        let sound = |value: f64| value.is_finite() && value > 0.0;
        let share = bits / others - 1.0;
        (sound(bits) && sound(others)).then_some(if share.abs() <= EQUAL_WITHIN {
            Self::Equal
        } else if share > 0.0 {
            Self::Worse(share)
        } else {
            Self::Better(-share)
        })
    }
}

impl MeasuredQuality {
    /// What it is against `other`; nothing where the two are over different texts, or one is a lower bound only.
    #[must_use]
    pub fn against(&self, other: &Self) -> Option<QualityCall> {
        let comparable = self.text_hash == other.text_hash && self.missed == 0 && other.missed == 0;
        QualityCall::of(self.bits_per_byte, other.bits_per_byte).filter(|_| comparable)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn measured(bits_per_byte: f64) -> MeasuredQuality {
        MeasuredQuality { bits_per_byte, text_hash: "e3".into(), ..MeasuredQuality::default() }
    }

    #[test]
    fn figures_within_one_per_cent_are_equally_good() {
        let call = |one, two| measured(one).against(&measured(two)).unwrap();
        assert_eq!((call(1.1141, 1.1127), call(1.1127, 1.1141)), (QualityCall::Equal, QualityCall::Equal));
        assert!(matches!(call(1.2079, 1.1141), QualityCall::Worse(share) if (share - 0.0842).abs() < 1e-4));
        assert!(matches!(call(1.1141, 1.2079), QualityCall::Better(share) if (share - 0.0777).abs() < 1e-4));
        assert!(matches!(call(1.02, 1.0), QualityCall::Worse(_)) && matches!(call(0.98, 1.0), QualityCall::Better(_)));
    }

    #[test]
    fn what_can_t_be_compared_is_not() {
        let other = MeasuredQuality { text_hash: "ff".into(), ..measured(1.0) };
        assert_eq!(measured(2.0).against(&other), None, "another text");
        let bound = MeasuredQuality { missed: 1, ..measured(1.0) };
        assert_eq!((measured(2.0).against(&bound), bound.against(&measured(2.0))), (None, None));
        assert_eq!((QualityCall::of(0.0, 1.0), QualityCall::of(f64::NAN, 1.0)), (None, None));
    }
}
