//! How well an engine foresees a text: its probabilities of the text's own tokens, asked for in the way that it has.
//! llama.cpp's server tells the likeliest next tokens: where the text's own is not among the first, it is asked for all of
//! them. What is not told even then is counted as missed, and the sum is a lower bound. Engines behind this program's own
//! scripts tell the exact sum; vLLM, and whatever honours `echo`, tell every token in one answer.

mod prompt_logprobs;

use std::time::Duration;

use serde_json::{Value, json};

use self::prompt_logprobs::{PromptScore, of_echo, of_prompt};
use speed_kings_client::provider::http::local::{LocalClient, model_names};

use crate::quality::TextLikelihood;

/// The text that is used where none is given: our own prose, 2 kB.
pub const OWN_TEXT: &str = include_str!("../../../texts/lighthouse.txt");
/// Next tokens that llama.cpp is asked for at each place.
const CANDIDATES: u32 = 200;
/// Next tokens that it is asked for where the text's own is not among those: more than any vocabulary has.
const EVERY: u32 = 1_000_000;
/// The largest answer, bytes: a vocabulary with its probabilities.
const LARGEST: usize = 128 * 1024 * 1024;
/// How long one answer may take.
const ANSWER: Duration = Duration::from_secs(600);

/// Why a text has no likelihood.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum ScoringError {
    /// The engine has no way to be asked.
    #[error(
        "this engine tells no probabilities of a given text: it knows neither /score nor /tokenize with /completion, and \
         its /v1/completions neither prompt_logprobs nor echo"
    )]
    NoWay,
    /// An answer did not come or is none.
    #[error("cannot score the text: {0}")]
    Failed(String),
    /// The text has nothing to foresee.
    #[error("the text is too short: it has fewer than two tokens")]
    TooShort,
}

/// The likelihood of `text` under the engine at `root`, for example `http://127.0.0.1:8080`. `progress` hears of each
/// token with the number of all.
///
/// # Errors
/// When the engine can't be asked, or stops answering.
pub async fn likelihood(
    root: &str,
    text: &str,
    mut progress: impl FnMut(usize, usize),
) -> Result<TextLikelihood, ScoringError> {
    let client = LocalClient::new().map_err(ScoringError::Failed)?.with_largest(LARGEST);
    let bytes = text.len() as u64;
    let scored = post(&client, &format!("{root}/score"), &json!({"text": text})).await;
    if let Some((nll, tokens)) = scored.ok().as_ref().and_then(whole_score) {
        return Ok(TextLikelihood { nll, tokens, missed: 0, bytes });
    }
    let tokenized = post(&client, &format!("{root}/tokenize"), &json!({"content": text})).await;
    let by_token = match tokenized.ok().as_ref().and_then(token_ids) {
        Some(tokens) => token_by_token(&client, root, &tokens, bytes, &mut progress).await,
        None => Err(ScoringError::NoWay),
    };
    match by_token {
        Err(ScoringError::TooShort) | Ok(_) => by_token,
        Err(other) => {
            let score = at_once(&client, root, text).await.ok_or(other)?;
            Ok(TextLikelihood { nll: score.nll, tokens: score.tokens, missed: score.missed, bytes })
        }
    }
}

/// Asks a server of llama.cpp for the next token behind every beginning of the text.
async fn token_by_token(
    client: &LocalClient,
    root: &str,
    tokens: &[u64],
    bytes: u64,
    progress: &mut impl FnMut(usize, usize),
) -> Result<TextLikelihood, ScoringError> {
    if tokens.len() < 2 {
        return Err(ScoringError::TooShort);
    }
    let mut found = TextLikelihood { bytes, ..TextLikelihood::default() };
    for at in 1..tokens.len() {
        progress(at, tokens.len());
        let (Some(before), Some(next)) = (tokens.get(..at), tokens.get(at)) else { break };
        let mut log = next_token(client, root, before, *next, CANDIDATES).await?;
        if log.is_none() {
            log = next_token(client, root, before, *next, EVERY).await?;
        }
        match log {
            Some(log) => {
                found.nll -= log;
                found.tokens += 1;
            }
            None => found.missed += 1,
        }
    }
    Ok(found)
}

/// Asks for the log-probabilities of the whole text in one answer; nothing where no form of it is known.
async fn at_once(client: &LocalClient, root: &str, text: &str) -> Option<PromptScore> {
    let models = client.get(&format!("{root}/v1/models"), ANSWER).await.ok().and_then(|answer| answer.json());
    let model = models.as_ref().and_then(model_names).and_then(|names| names.into_iter().next()).unwrap_or_default();
    let url = format!("{root}/v1/completions");
    let prompted = json!({"model": model, "prompt": text, "max_tokens": 1, "temperature": 0, "prompt_logprobs": 1});
    if let Ok(answer) = post(client, &url, &prompted).await {
        let told = post(client, &format!("{root}/tokenize"), &json!({"model": model, "prompt": text})).await;
        let ids = told.ok().as_ref().and_then(token_ids);
        if let Some(score) = of_prompt(&answer, ids.as_deref()) {
            return Some(score);
        }
    }
    let echoed =
        json!({"model": model, "prompt": text, "max_tokens": 1, "temperature": 0, "echo": true, "logprobs": 1});
    of_echo(&post(client, &url, &echoed).await.ok()?, text)
}

/// The log-probability of `next` behind `before`, if it is among the `candidates` likeliest.
async fn next_token(
    client: &LocalClient,
    root: &str,
    before: &[u64],
    next: u64,
    candidates: u32,
) -> Result<Option<f64>, ScoringError> {
    let question =
        json!({"prompt": before, "n_predict": 1, "n_probs": candidates, "temperature": 0, "cache_prompt": true});
    let answer = post(client, &format!("{root}/completion"), &question).await.map_err(ScoringError::Failed)?;
    Ok(candidate(told(&answer).ok_or(ScoringError::NoWay)?, next))
}

async fn post(client: &LocalClient, url: &str, body: &Value) -> Result<Value, String> {
    let answer = client.post(url, body, ANSWER).await?;
    answer.json().ok_or_else(|| format!("the server answers {} to {url}", answer.status))
}

/// The sum and the number of tokens of an engine that scores whole texts.
fn whole_score(answer: &Value) -> Option<(f64, u64)> {
    let nll = answer.get("nll")?.as_f64().filter(|nll| nll.is_finite())?;
    Some((nll, answer.get("tokens")?.as_u64().filter(|tokens| *tokens > 0)?))
}

fn token_ids(answer: &Value) -> Option<Vec<u64>> {
    answer.get("tokens")?.as_array()?.iter().map(Value::as_u64).collect()
}

/// The next tokens that an answer tells with their log-probabilities.
fn told(answer: &Value) -> Option<&Vec<Value>> {
    answer.get("completion_probabilities")?.get(0)?.get("top_logprobs")?.as_array()
}

/// The log-probability of token `next` among them, if it is there.
fn candidate(told: &[Value], next: u64) -> Option<f64> {
    let of = |one: &Value| (one.get("id")?.as_u64()? == next).then(|| one.get("logprob")?.as_f64())?;
    told.iter().find_map(of).filter(|log| log.is_finite() && *log <= 0.0)
}

#[cfg(test)]
pub(crate) mod tests;
