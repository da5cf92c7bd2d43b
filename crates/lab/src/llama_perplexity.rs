//! What `llama-perplexity` prints, read as a figure. It scores the second half of each chunk of its text, and says neither the
//! text's name nor its size, so that its figure has no bits per byte and a text that nobody knows.

/// What a run of `llama-perplexity` came to.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct PerplexityOutput {
    /// The model's file without its folder and `.gguf`, where the log names it.
    pub model: Option<String>,
    /// e to the mean negative log-likelihood of a token.
    pub perplexity: f64,
    /// The standard error that it gives.
    pub error: Option<f64>,
    /// Chunks of the text.
    pub chunks: Option<u64>,
    /// Tokens of one chunk.
    pub context: Option<u64>,
}

/// Why an output has no figure.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum OutputError {
    /// It ended before its last line.
    #[error("the output has no line 'Final estimate: PPL = …': the run did not end, or it ran with --ppl-stride; {0}")]
    NoEstimate(&'static str),
}

impl PerplexityOutput {
    /// Reads what the program printed, its log included or not. What stands in brackets is how far it was.
    ///
    /// # Errors
    /// When there is no final estimate.
    pub fn read(text: &str) -> Result<Self, OutputError> {
        let mut found = Self::default();
        let mut estimate = None;
        for line in text.lines() {
            if let Some((_, rest)) = line.split_once("Final estimate: PPL = ") {
                let (value, error) = rest.split_once("+/-").unwrap_or((rest, ""));
                estimate = number(value).map(|value| (value, number(error)));
            } else if let Some((_, rest)) = line.split_once("calculating perplexity over ") {
                found.chunks = rest.split_whitespace().next().and_then(|word| word.parse().ok());
                found.context = rest.split_once("n_ctx=").and_then(|(_, rest)| {
                    rest.split(|c: char| !c.is_ascii_digit()).next().and_then(|digits| digits.parse().ok())
                });
            } else if let Some((_, path)) =
                line.split_once("loaded meta data with ").and_then(|(_, rest)| rest.split_once(" from "))
            {
                let path = path.rsplit_once(" (version").map_or(path, |(path, _)| path);
                found.model = Some(speed_kings_catalog::engine::model_stem(path.trim()).to_owned());
            }
        }
        let begun = if text.contains("[1]") { "its list in brackets is progress" } else { "is it what it printed?" };
        let (perplexity, error) = estimate.ok_or(OutputError::NoEstimate(begun))?;
        Ok(Self { perplexity, error, ..found })
    }
}

/// A positive number at the beginning of `text`.
fn number(text: &str) -> Option<f64> {
    let word = text.split_whitespace().next()?;
    word.parse().ok().filter(|value: &f64| value.is_finite() && *value > 0.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    const OUTPUT: &str = "\
llama_model_loader: loaded meta data with 20 key-value pairs and 291 tensors from /models/My Model.Q4_1.gguf (version GGUF V3 (latest))
perplexity: tokenizing the input ..
perplexity: tokenization took 706.8 ms
perplexity: calculating perplexity over 655 chunks, n_ctx=512, batch_size=2048, n_seq=4
perplexity: 1.05 seconds per pass - ETA 2.87 minutes
[1]4.1671,[2]4.7427,[3]5.6187,
Final estimate: PPL = 6.1234 +/- 0.01234

llama_perf_context_print: total time = 1 ms";

    #[test]
    fn the_last_estimate_is_the_figure() {
        let read = PerplexityOutput::read(OUTPUT).unwrap();
        assert_eq!(
            (read.perplexity, read.error, read.chunks, read.context),
            (6.1234, Some(0.01234), Some(655), Some(512))
        );
        assert_eq!(read.model.as_deref(), Some("My Model.Q4_1"));
        let bare = PerplexityOutput::read("Final estimate: PPL = 5.9").unwrap();
        assert_eq!((bare.perplexity, bare.error, bare.model), (5.9, None, None));
    }

    #[test]
    fn progress_is_no_figure() {
        let cut = OUTPUT.split("Final").next().unwrap();
        let error = PerplexityOutput::read(cut).unwrap_err().to_string();
        assert!(error.contains("Final estimate") && error.contains("progress"), "{error}");
        assert!(
            PerplexityOutput::read("").is_err() && PerplexityOutput::read("Final estimate: PPL = nan +/- nan").is_err()
        );
    }
}
