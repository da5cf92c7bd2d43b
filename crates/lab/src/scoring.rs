//! How well an engine foresees a text: its probabilities of the text's own tokens, asked for in the way that it has.
//! llama.cpp's server tells the likeliest next tokens: where the text's own is not among the first, it is asked for all of
//! them. What is not told even then is counted as missed, and the sum is a lower bound. Engines behind this program's own
//! scripts tell the exact sum.

use std::time::Duration;

use serde_json::{Value, json};

use speed_kings_client::provider::http::local::LocalClient;

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
        "this engine tells no probabilities of a given text: it knows neither /score nor /tokenize with /completion"
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
    let tokens = tokenized.ok().as_ref().and_then(token_ids).ok_or(ScoringError::NoWay)?;
    if tokens.len() < 2 {
        return Err(ScoringError::TooShort);
    }
    let mut found = TextLikelihood { bytes, ..TextLikelihood::default() };
    for at in 1..tokens.len() {
        progress(at, tokens.len());
        let (Some(before), Some(next)) = (tokens.get(..at), tokens.get(at)) else { break };
        let mut log = next_token(&client, root, before, *next, CANDIDATES).await?;
        if log.is_none() {
            log = next_token(&client, root, before, *next, EVERY).await?;
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
mod tests {
    use super::*;

    #[test]
    fn answers_are_read_in_both_forms() {
        assert_eq!(whole_score(&json!({"nll": 12.5, "tokens": 10})), Some((12.5, 10)));
        assert_eq!(whole_score(&json!({"nll": null, "tokens": 10})), None);
        assert_eq!(token_ids(&json!({"tokens": [1, 504, 2]})), Some(vec![1, 504, 2]));
        assert_eq!(token_ids(&json!({"tokens": ["a"]})), None);
        let answer = json!({"completion_probabilities": [{"top_logprobs": [
            {"id": 7, "logprob": -0.25}, {"id": 9, "logprob": -3.0}]}]});
        let next = told(&answer).unwrap();
        assert_eq!(candidate(next, 9), Some(-3.0));
        assert_eq!(candidate(next, 8), None, "outside of what is told");
        assert_eq!(told(&json!({"content": "x"})), None);
    }

    #[test]
    fn the_own_text_is_prose_of_two_thousand_bytes() {
        assert!((1_800..2_600).contains(&OWN_TEXT.len()) && OWN_TEXT.is_ascii(), "{}", OWN_TEXT.len());
    }
}
