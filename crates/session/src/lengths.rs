//! Prompts and answers of given lengths: how long each is to be, a text of that length, and who keeps to it.

mod plan;
mod rule;
mod text;

pub use self::plan::{CountedLengths, PlanFigures, PlannedLengths};
pub use self::rule::{LengthError, LengthRule};

use fastrand::Rng;
use serde::{Deserialize, Serialize};

/// How many tokens a nonce ahead of a prompt is about, which leave so many fewer for the text.
const NONCE_TOKENS: u32 = 6;

/// The lengths that requests are to have.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default)]
pub struct GivenLengths {
    /// Tokens of the prompt, for example `1000` or `500..1500`; null leaves the prompt as it is.
    #[cfg_attr(feature = "schema", schemars(with = "Option<String>"))]
    pub input: Option<LengthRule>,
    /// Tokens of the answer; null leaves it to the prompt's own cap.
    #[cfg_attr(feature = "schema", schemars(with = "Option<String>"))]
    pub output: Option<LengthRule>,
    /// Tokens of a system message that is the same in all requests; none with 0.
    pub shared_prefix: u32,
}

/// What one request is to be.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct LengthDraw {
    /// The text that is asked, where its length is given.
    pub text: Option<String>,
    /// How long it is to be.
    pub planned: PlannedLengths,
}

impl GivenLengths {
    /// What request `number` of a benchmark with this `seed` is to be: always the same, and another than its neighbours from its
    /// first words on. `nonce` is whether one will be put ahead of it.
    #[must_use]
    pub fn draw(&self, seed: u64, number: u64, nonce: bool) -> LengthDraw {
        let mut rng = Rng::with_seed(mixed(seed, number));
        let input_tokens = self.input.as_ref().map(|rule| rule.draw(&mut rng));
        let output_tokens = self.output.as_ref().map(|rule| rule.draw(&mut rng));
        let nonce = if nonce { NONCE_TOKENS } else { 0 };
        let own = |input: u32| input.saturating_sub(self.shared_prefix + nonce).max(1);
        LengthDraw {
            text: input_tokens.map(|input| text::asking(own(input), &mut rng)),
            planned: PlannedLengths { input_tokens, output_tokens },
        }
    }

    /// The text of the system message that all requests with this `seed` share.
    #[must_use]
    pub fn prefix(&self, seed: u64) -> Option<String> {
        let mut rng = Rng::with_seed(mixed(seed, u64::MAX));
        (self.shared_prefix > 0).then(|| text::plain(self.shared_prefix, &mut rng))
    }

    /// What stands for the prompt of all requests, which differ: the lengths, in words.
    #[must_use]
    pub fn words(&self) -> String {
        let input = self.input.as_ref().map(|rule| format!("prompts of {rule} tokens"));
        let prefix = (self.shared_prefix > 0).then(|| format!("the first {} the same in all", self.shared_prefix));
        let output = self.output.as_ref().map(|rule| format!("answers of {rule} tokens"));
        [input, prefix, output].into_iter().flatten().collect::<Vec<_>>().join(", ")
    }
}

/// One seed out of two numbers.
const fn mixed(seed: u64, number: u64) -> u64 {
    // The increment and the first multiplier of SplitMix64: neighbours come out far apart.
    let word = seed ^ number.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    (word ^ (word >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lengths(input: &str, shared_prefix: u32) -> GivenLengths {
        GivenLengths { input: Some(input.parse().unwrap()), output: Some("30".parse().unwrap()), shared_prefix }
    }

    #[test]
    fn each_request_has_its_own_text_and_always_the_same_one() {
        let given = lengths("100", 0);
        let [one, two] = [1, 2].map(|number| given.draw(7, number, true));
        assert_eq!(one, given.draw(7, 1, true));
        assert_eq!(one.planned, PlannedLengths { input_tokens: Some(100), output_tokens: Some(30) });
        let head = |draw: &LengthDraw| draw.text.as_ref().unwrap().split(' ').take(8).collect::<Vec<_>>().join(" ");
        assert_ne!(head(&one), head(&two), "they part in their first words");
        assert_ne!(head(&one), head(&given.draw(8, 1, true)), "another seed is another text");
        assert_eq!((given.prefix(7), given.words().as_str()), (None, "prompts of 100 tokens, answers of 30 tokens"));
    }

    #[test]
    fn what_is_shared_and_the_nonce_are_part_of_the_length() {
        let given = lengths("100", 60);
        assert_eq!(text::tokens_of(&given.prefix(7).unwrap()), 60);
        assert_eq!(given.prefix(7), given.prefix(7));
        assert_eq!(text::tokens_of(&given.draw(7, 1, false).text.unwrap()), 40);
        assert_eq!(text::tokens_of(&given.draw(7, 1, true).text.unwrap()), 34);
        assert_eq!(given.words(), "prompts of 100 tokens, the first 60 the same in all, answers of 30 tokens");
    }
}
