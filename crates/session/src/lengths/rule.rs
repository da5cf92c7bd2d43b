//! How many tokens something is to have, as it is typed: `1000`, `500..1500`, `1000±200`, `normal(1000,200)`.

use std::fmt;
use std::str::FromStr;

use fastrand::Rng;
use serde::{Deserialize, Serialize};

/// The most tokens that can be asked for.
const MOST: u32 = 1_000_000;
/// Draws so many standard deviations from the mean are drawn again: a length is neither negative nor without bound.
const FARTHEST: f64 = 3.0;

/// How many tokens something is to have.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct LengthRule {
    spread: LengthSpread,
    text: String,
}

/// How lengths are spread.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum LengthSpread {
    /// Always the same number of tokens.
    Exactly(u32),
    /// Any number from the first to the second, each as often.
    Between(u32, u32),
    /// Normally distributed: mean and standard deviation.
    Around(u32, u32),
}

/// Why a length can't be understood.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum LengthError {
    /// It has none of the forms.
    #[error("expected a number of tokens such as 1000, or a spread of them: 500..1500, 1000±200 or normal(1000,200)")]
    Form,
    /// A number that can't be one.
    #[error("'{0}' can't be a number of tokens: from 1 to {MOST}")]
    Number(String),
    /// A range that is none.
    #[error("{0}..{1} is no range: the first number is the smaller one")]
    Range(u32, u32),
    /// So wide a spread that lengths would be cut at zero.
    #[error(
        "a standard deviation of {1} is too large for a mean of {0}: at most a third of it, for no length is below 1"
    )]
    Wide(u32, u32),
}

impl LengthRule {
    /// The next length, in tokens.
    #[must_use]
    pub fn draw(&self, rng: &mut Rng) -> u32 {
        match self.spread {
            LengthSpread::Exactly(tokens) => tokens,
            LengthSpread::Between(least, most) => rng.u32(least..=most),
            LengthSpread::Around(mean, deviation) => around(f64::from(mean), f64::from(deviation), rng),
        }
    }

    /// The mean of all lengths.
    #[must_use]
    pub const fn mean(&self) -> u32 {
        match self.spread {
            LengthSpread::Exactly(tokens) | LengthSpread::Around(tokens, _) => tokens,
            LengthSpread::Between(least, most) => least.midpoint(most),
        }
    }

    /// No length is below this.
    #[must_use]
    pub const fn least(&self) -> u32 {
        match self.spread {
            LengthSpread::Exactly(tokens) => tokens,
            LengthSpread::Between(least, _) => least,
            LengthSpread::Around(mean, deviation) => match mean.saturating_sub(deviation.saturating_mul(3)) {
                0 => 1,
                least => least,
            },
        }
    }

    /// No length is over this.
    #[must_use]
    pub const fn most(&self) -> u32 {
        match self.spread {
            LengthSpread::Exactly(tokens) => tokens,
            LengthSpread::Between(_, most) => most,
            LengthSpread::Around(mean, deviation) => mean.saturating_add(deviation.saturating_mul(3)),
        }
    }
}

/// A normal draw by the method of Box and Muller, drawn again where it lies too far out.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 1 and a few million")]
fn around(mean: f64, deviation: f64, rng: &mut Rng) -> u32 {
    loop {
        // Never the logarithm of zero: `f64` is below one.
        let radius = (-2.0 * (1.0 - rng.f64()).ln()).sqrt();
        let far = radius * (std::f64::consts::TAU * rng.f64()).cos();
        if far.abs() <= FARTHEST {
            return (mean + far * deviation).round().max(1.0) as u32;
        }
    }
}

/// As it was typed.
impl fmt::Display for LengthRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl From<LengthRule> for String {
    fn from(rule: LengthRule) -> Self {
        rule.text
    }
}

impl TryFrom<String> for LengthRule {
    type Error = LengthError;

    fn try_from(text: String) -> Result<Self, LengthError> {
        text.parse()
    }
}

impl FromStr for LengthRule {
    type Err = LengthError;

    fn from_str(text: &str) -> Result<Self, LengthError> {
        let text = text.trim();
        let normal =
            text.strip_prefix("normal(").and_then(|rest| rest.strip_suffix(')')).map(|pair| pair.split_once(','));
        let spread = if let Some(pair) = normal {
            let (mean, deviation) = pair.ok_or(LengthError::Form)?;
            spread_around(mean, deviation)?
        } else if let Some((mean, deviation)) = text.split_once('±').or_else(|| text.split_once("+-")) {
            spread_around(mean, deviation)?
        } else if let Some((least, most)) = text.split_once("..") {
            match (tokens(least)?, tokens(most.trim_start_matches('='))?) {
                (least, most) if least <= most => LengthSpread::Between(least, most),
                (least, most) => return Err(LengthError::Range(least, most)),
            }
        } else {
            LengthSpread::Exactly(tokens(text)?)
        };
        Ok(Self { spread, text: text.to_owned() })
    }
}

fn spread_around(mean: &str, deviation: &str) -> Result<LengthSpread, LengthError> {
    let (mean, deviation) = (tokens(mean)?, tokens(deviation)?);
    if deviation > mean / 3 {
        Err(LengthError::Wide(mean, deviation))
    } else {
        Ok(LengthSpread::Around(mean, deviation))
    }
}

fn tokens(text: &str) -> Result<u32, LengthError> {
    let text = text.trim();
    if !text.starts_with(|first: char| first.is_ascii_digit() || first == '-') {
        return Err(LengthError::Form);
    }
    let number = text.parse().ok().filter(|tokens| (1..=MOST).contains(tokens));
    number.ok_or_else(|| LengthError::Number(text.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn draws(text: &str) -> Vec<f64> {
        let (rule, mut rng) = (text.parse::<LengthRule>().unwrap(), Rng::with_seed(5));
        let drawn: Vec<u32> = (0..4_000).map(|_| rule.draw(&mut rng)).collect();
        assert!(drawn.iter().all(|one| (rule.least()..=rule.most()).contains(one)), "{text}");
        drawn.into_iter().map(f64::from).collect()
    }

    fn mean_and_deviation(drawn: &[f64]) -> (f64, f64) {
        let n = f64::from(u32::try_from(drawn.len()).unwrap());
        let mean = drawn.iter().sum::<f64>() / n;
        (mean, (drawn.iter().map(|one| (one - mean).powi(2)).sum::<f64>() / n).sqrt())
    }

    #[test]
    fn lengths_are_spread_as_they_are_typed() {
        assert!(draws("1000").iter().all(|one| (one - 1_000.0).abs() < 1e-9));
        let (mean, deviation) = mean_and_deviation(&draws("500..1500"));
        // 1000 and 289 are expected, with standard errors of 4.6 and 2.1.
        assert!((mean - 1_000.0).abs() < 20.0 && (deviation - 288.8).abs() < 10.0, "{mean} {deviation}");
        for text in ["1000±200", "1000+-200", "normal(1000, 200)"] {
            let (mean, deviation) = mean_and_deviation(&draws(text));
            // Cut at three deviations the spread is 1.3 % smaller: 197.
            assert!((mean - 1_000.0).abs() < 14.0 && (deviation - 197.3).abs() < 10.0, "{text}: {mean} {deviation}");
            assert_eq!(text.parse::<LengthRule>().unwrap().to_string(), text);
        }
        assert_eq!("10..21".parse::<LengthRule>().unwrap().mean(), 15);
    }

    #[test]
    fn what_is_no_length_is_said() {
        for (text, said) in [
            ("many", "expected a number of tokens such as 1000"),
            ("", "expected a number"),
            ("normal(5)", "expected a number"),
            ("0", "'0' can't be a number of tokens"),
            ("-5", "'-5' can't be a number of tokens"),
            ("2000000", "'2000000' can't be"),
            ("9..5", "9..5 is no range"),
            ("100±50", "a standard deviation of 50 is too large for a mean of 100"),
        ] {
            let told = text.parse::<LengthRule>().unwrap_err().to_string();
            assert!(told.starts_with(said), "{text}: {told}");
        }
    }
}
