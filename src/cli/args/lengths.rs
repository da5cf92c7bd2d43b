//! Prompts and answers of given lengths.

use clap::Args;

use crate::lengths::{GivenLengths, LengthRule};

const INPUT_TOKENS: &str = "\
Ask texts of so many tokens instead of a prompt: 1000, or a spread of lengths: 500..1500 (each as often), 1000±200 or \
normal(1000,200) (mean and standard deviation).

The texts are common English words, each of them one token in every vocabulary in use. They are drawn by the seed and part in their \
first words, so that no prompt cache knows them. Every run says how many tokens were planned and how many the server counted; \
a badge breaks where that differs by over 10 %.";

const OUTPUT_TOKENS: &str = "\
Ask for answers of so many tokens, in the forms of --input-tokens. It is the cap of each request; servers of your own are also asked \
not to stop before it (ignore_eos), unless --set says otherwise. Answers that come shorter are told.";

/// Prompts and answers of given lengths.
#[derive(Clone, Debug, Default, Args)]
pub struct LengthArgs {
    /// Ask texts of so many tokens: 1000, 500..1500, 1000±200
    #[arg(long, value_name = "N", long_help = INPUT_TOKENS, conflicts_with_all = ["prompt", "size", "prompts"])]
    pub input_tokens: Option<LengthRule>,
    /// Ask for answers of so many tokens: 300, 100..500, 300±50
    #[arg(long, value_name = "N", long_help = OUTPUT_TOKENS, conflicts_with_all = ["max_tokens", "prompts"])]
    pub output_tokens: Option<LengthRule>,
    /// Of --input-tokens, so many are the same in all requests, as a system message, so that a prompt cache can know them
    #[arg(long, value_name = "N", requires = "input_tokens", value_parser = clap::value_parser!(u32).range(1..1_000_000))]
    pub shared_prefix: Option<u32>,
}

/// Why lengths can't be kept to.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum LengthUsage {
    /// Nothing would be left that is not shared.
    #[error(
        "--shared-prefix {prefix} leaves nothing of --input-tokens {input} to be asked: at most {most}, so that each request has words of its own"
    )]
    AllShared {
        /// Tokens that were to be shared.
        prefix: u32,
        /// Tokens of prompts, as they were asked for.
        input: String,
        /// The most that can be shared.
        most: u32,
    },
}

/// Fewest tokens of a prompt that are not shared, the nonce among them.
const OWN: u32 = 16;

impl LengthArgs {
    /// The lengths that are asked for; nothing where none are.
    ///
    /// # Errors
    /// When they leave nothing to be asked.
    pub fn given(&self) -> Result<Option<GivenLengths>, LengthUsage> {
        let (input, output) = (self.input_tokens.clone(), self.output_tokens.clone());
        let shared_prefix = self.shared_prefix.unwrap_or(0);
        if let Some(rule) = input.as_ref().filter(|rule| shared_prefix > 0 && rule.least() < shared_prefix + OWN) {
            let most = rule.least().saturating_sub(OWN);
            return Err(LengthUsage::AllShared { prefix: shared_prefix, input: rule.to_string(), most });
        }
        Ok((input.is_some() || output.is_some()).then_some(GivenLengths { input, output, shared_prefix }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_prefix_leaves_room_for_words_of_ones_own() {
        let args = |input: &str, prefix: u32| LengthArgs {
            input_tokens: Some(input.parse().unwrap()),
            shared_prefix: Some(prefix),
            ..LengthArgs::default()
        };
        let told = args("500..900", 490).given().unwrap_err().to_string();
        assert!(
            told.starts_with("--shared-prefix 490 leaves nothing of --input-tokens 500..900")
                && told.contains("most 484")
        );
        assert_eq!(args("500..900", 484).given().unwrap().unwrap().shared_prefix, 484);
        assert_eq!(LengthArgs::default().given(), Ok(None));
    }
}
