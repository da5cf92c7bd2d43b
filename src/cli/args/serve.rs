//! What the simulator takes, and what a request can ask of it by its URL.

use clap::Args;

/// All settings, as the long help lists them.
const SETTINGS: &str = "\
Settings stand in the URL behind the entrant, any number of them with commas between:
  http://127.0.0.1:8090/custom/ttft_ms:50,tok_s:900,tokens:300/v1
  http://127.0.0.1:8090/groq%2Fgpt-oss-120b/reset_after:20/v1
Among --providers a comma ends a contestant: write it as \\, there, or put the URL in quotes
  --providers 'a=http://127.0.0.1:8090/custom/tok_s:900\\,tokens:300/v1,groq'

Pace
  ttft_ms:N  tok_s:N  tokens:N  tokens_per_chunk:N  jitter:SHARE  reasoning:SHARE  text:WORDS
The prompt: read at so many tokens a second on top of ttft_ms, remembered from one request to the next, refused when longer
  prefill_tok_s:N  cache  context:TOKENS
So many answers at a time, and a queue in front of them
  slots:N
Answers that are no stream
  status:429  retry_after:S  hang  header_delay_ms:N  dribble_ms:N
  error_body:openai|flat|string|detail|object|plain|html
Streams of other forms
  no_done  crlf  comments  split:BYTES  empty_first  think_tags  think_close_only  no_usage  refusal  halves  linger
  reasoning_field:reasoning|reasoning_content|reasoning_text|thinking  usage:none|finish|empty|choice|x_groq
  finish:stop|length|eos|content_filter|refusal|none
Streams that break after so many chunks
  reset_after:N  close_after:N  garbage_after:N  truncated_json
  stall_after:N  stall_ms:N  comments_after:N  empty_after:N
  error_after:N  error_shape:groq|openrouter|cerebras|string|field|base_resp";

/// What the simulator takes.
#[derive(Clone, Debug, Args)]
#[command(after_long_help = SETTINGS)]
pub struct ServeArgs {
    /// Port; 0 takes any that is free
    #[arg(long, default_value = "8090")]
    pub port: u16,
    /// Seed of texts and jitter
    #[arg(long, default_value = "0")]
    pub seed: u64,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_setting_is_listed() {
        for key in crate::sim::setting_keys() {
            let listed = SETTINGS.split_whitespace().any(|word| word.split(':').next() == Some(key));
            assert!(listed, "{key}");
        }
    }
}
