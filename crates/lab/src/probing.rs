//! The tokens at which two answers part, with their probabilities, out of a server of llama.cpp: it lays out the chat as it
//! does for a request, cuts both answers into tokens, and tells the likeliest next ones behind what they have in common.

use std::time::Duration;

use serde_json::{Value, json};

use speed_kings_client::provider::http::local::LocalClient;

use crate::divergence::{TokenChance, TokenDivergence};

/// Next tokens that are asked for.
const CANDIDATES: u32 = 200;
/// How long one answer may take.
const ANSWER: Duration = Duration::from_secs(120);

/// One text in tokens, each with its letters.
type TextTokens = Vec<(u64, String)>;

/// Where the answers `one` and `other` to `prompt` part, as the engine at `root`, number `told_by`, sees it. Nothing where it
/// has no way to tell.
pub async fn token_divergence(
    root: &str,
    told_by: usize,
    prompt: &str,
    (one, other): (&str, &str),
) -> Option<TokenDivergence> {
    let client = LocalClient::new().ok()?;
    let chat = json!({"messages": [{"role": "user", "content": prompt}]});
    let laid_out = post(&client, &format!("{root}/apply-template"), &chat).await?;
    let laid_out = laid_out.get("prompt")?.as_str()?;
    let before = tokens(&client, root, laid_out).await?.len();
    let one = tokens(&client, root, &format!("{laid_out}{one}")).await?;
    let other = tokens(&client, root, &format!("{laid_out}{other}")).await?;
    let ids = |text: &TextTokens| text.iter().map(|(id, _)| *id).collect::<Vec<u64>>();
    let (ids_of_one, ids_of_other) = (ids(&one), ids(&other));
    let place = TokenDivergence::place(&ids_of_one, &ids_of_other, before)?;
    let question = json!({"prompt": ids_of_one.get(..place)?, "n_predict": 1, "n_probs": CANDIDATES, "temperature": 0,
        "cache_prompt": true});
    let answer = post(&client, &format!("{root}/completion"), &question).await?;
    let told = answer.get("completion_probabilities")?.get(0)?.get("top_logprobs")?.as_array()?;
    let chance = |text: &TextTokens| {
        let (id, letters) = text.get(place)?;
        let same = told.iter().find(|one| one.get("id").and_then(Value::as_u64) == Some(*id));
        let logprob = same.and_then(|one| one.get("logprob")?.as_f64()).filter(|log| log.is_finite());
        Some(TokenChance { text: letters.clone(), logprob })
    };
    Some(TokenDivergence { told_by, common_tokens: place - before, one: chance(&one), other: chance(&other) })
}

/// `text` in tokens, the marks of a chat included.
async fn tokens(client: &LocalClient, root: &str, text: &str) -> Option<TextTokens> {
    let question = json!({"content": text, "add_special": true, "parse_special": true, "with_pieces": true});
    let answer = post(client, &format!("{root}/tokenize"), &question).await?;
    let token = |token: &Value| {
        let letters = token.get("piece").and_then(Value::as_str).unwrap_or_default();
        Some((token.get("id")?.as_u64()?, letters.to_owned()))
    };
    answer.get("tokens")?.as_array()?.iter().map(token).collect()
}

async fn post(client: &LocalClient, url: &str, body: &Value) -> Option<Value> {
    client.post(url, body, ANSWER).await.ok()?.json()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scoring::tests::{run, server};

    /// A server of llama.cpp whose tokens are words: their ids are their lengths.
    fn llama(path: &str, body: &Value) -> Option<Value> {
        match path {
            "/apply-template" => {
                Some(json!({"prompt": format!("<user>{} ", body["messages"][0]["content"].as_str()?)}))
            }
            "/tokenize" => {
                let words = body["content"].as_str()?.split_inclusive(' ');
                Some(json!({"tokens": words.map(|word| json!({"id": word.len(), "piece": word})).collect::<Vec<_>>()}))
            }
            "/completion" => Some(json!({"completion_probabilities": [{"top_logprobs": [
                {"id": 6, "logprob": -0.5}, {"id": 8, "logprob": -0.625}]}]})),
            _ => None,
        }
    }

    #[test]
    fn the_place_is_told_with_both_probabilities() {
        let root = server(llama);
        let of = |one: &str, other: &str| run(token_divergence(&root, 1, "Where?", (one, other)));
        let found = of("It is Paris.", "It is Brussels").unwrap();
        assert_eq!((found.told_by, found.common_tokens), (1, 2));
        assert!((found.gap().unwrap() - 0.125).abs() < 1e-9, "{found:?}");
        assert_eq!(found.one.unwrap().text, "Paris.");
        let ended = of("It is ", "It is Paris.").unwrap();
        assert_eq!((ended.one, ended.other.and_then(|chance| chance.logprob)), (None, Some(-0.5)));
        let unlikely = of("It is Paris.", "It is Constantinople").unwrap();
        assert_eq!((unlikely.gap(), unlikely.other.unwrap().logprob), (None, None));
        assert_eq!(of("It is", "It is"), None);
    }

    #[test]
    fn whoever_tells_nothing_is_not_asked_further() {
        let root = server(|path, body| llama(path, body).filter(|_| path != "/apply-template"));
        assert_eq!(run(token_divergence(&root, 0, "Where?", ("a", "b"))), None);
    }
}
