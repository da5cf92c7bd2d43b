//! Log-probabilities of a prompt's own tokens out of one answer to `/v1/completions`: in the form of vLLM (`prompt_logprobs`)
//! and in that of the older API of `OpenAI` (`echo` with `logprobs`). A server that knows neither ignores both, so each is told
//! by the answer. Pure: answers are handed in.

use serde_json::Value;

/// What an answer tells of a text: the sum of the negative log-likelihoods, and the tokens that it is over.
#[derive(Clone, Copy, PartialEq, Debug, Default)]
pub(super) struct PromptScore {
    /// Sum of the negative log-likelihoods, natural logarithm.
    pub(super) nll: f64,
    /// Tokens that it is over.
    pub(super) tokens: u64,
    /// Tokens that were not told.
    pub(super) missed: u64,
}

impl PromptScore {
    fn take(&mut self, log: Option<f64>) {
        match log.filter(|log| log.is_finite() && *log <= 0.0) {
            Some(log) => {
                self.nll -= log;
                self.tokens += 1;
            }
            None => self.missed += 1,
        }
    }

    /// Nothing where no token was told: then it is no such answer.
    fn told(self) -> Option<Self> {
        (self.tokens > 0).then_some(self)
    }
}

/// Reads `prompt_logprobs`: for each token of the prompt an object of token ids with their log-probabilities, null for the
/// first, which has nothing before it. `ids` are the prompt's own tokens where they are known.
pub(super) fn of_prompt(answer: &Value, ids: Option<&[u64]>) -> Option<PromptScore> {
    let places = answer.get("choices")?.get(0)?.get("prompt_logprobs")?.as_array()?;
    let ids = ids.filter(|ids| ids.len() == places.len());
    let mut score = PromptScore::default();
    for (at, place) in places.iter().enumerate() {
        if at == 0 && place.is_null() {
            continue;
        }
        score.take(match ids.and_then(|ids| ids.get(at)) {
            Some(id) => place.get(id.to_string()).and_then(logprob),
            None => own(place),
        });
    }
    score.told()
}

/// The log-probability of the prompt's own token, where its id is not known: it is told whether it is likely or not, beside the
/// one likeliest that was asked for, so that of two it is the less likely one.
fn own(place: &Value) -> Option<f64> {
    let told = place.as_object().filter(|told| told.len() <= 2)?;
    told.values().map(logprob).collect::<Option<Vec<f64>>>()?.into_iter().reduce(f64::min)
}

/// `{"logprob": -1.5, …}`, or the bare number of older versions.
fn logprob(told: &Value) -> Option<f64> {
    told.get("logprob").unwrap_or(told).as_f64()
}

/// Reads the answer to `echo`: the tokens of `text` with their log-probabilities, and the one behind it that was asked for.
pub(super) fn of_echo(answer: &Value, text: &str) -> Option<PromptScore> {
    let choice = answer.get("choices")?.get(0)?;
    if !choice.get("text")?.as_str()?.starts_with(text) {
        return None;
    }
    let told = choice.get("logprobs")?;
    let logs = told.get("token_logprobs")?.as_array()?;
    let mut score = PromptScore::default();
    for (at, log) in logs.iter().take(prompt_tokens(answer, told, text, logs.len())).enumerate() {
        if at > 0 || !log.is_null() {
            score.take(log.as_f64());
        }
    }
    score.told()
}

/// How many of the `all` tokens are those of the text: as the server counts them, else those that begin inside of it.
fn prompt_tokens(answer: &Value, told: &Value, text: &str, all: usize) -> usize {
    let counted = answer.get("usage").and_then(|usage| usage.get("prompt_tokens")?.as_u64());
    let counted = counted.and_then(|count| usize::try_from(count).ok()).filter(|count| (1..=all).contains(count));
    let letters = u64::try_from(text.chars().count()).unwrap_or(u64::MAX);
    let inside = || {
        let offsets = told.get("text_offset").and_then(Value::as_array);
        let inside = |offsets: &Vec<Value>| {
            offsets.iter().take_while(|offset| offset.as_u64().is_some_and(|at| at < letters)).count()
        };
        offsets.map_or(all.saturating_sub(1), inside)
    };
    counted.unwrap_or_else(inside)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn close(one: f64, two: f64) -> bool {
        (one - two).abs() < 1e-9
    }

    /// The form of vLLM's answer: the own token, and the likeliest where that is another.
    fn vllm() -> Value {
        let one =
            |logprob: f64, rank: u32, token: &str| json!({"logprob": logprob, "rank": rank, "decoded_token": token});
        json!({"choices": [{"index": 0, "text": ".", "prompt_logprobs": [
            null,
            {"15043": one(-7.58, 230, "Hello"), "917": one(-2.51, 1, "The")},
            {"29892": one(-1.5, 1, ",")},
        ]}], "usage": {"prompt_tokens": 3, "completion_tokens": 1}})
    }

    #[test]
    fn the_own_token_is_told_from_the_likeliest() {
        let score = of_prompt(&vllm(), None).unwrap();
        assert!(close(score.nll, 9.08) && (score.tokens, score.missed) == (2, 0), "{score:?}");
        let score = of_prompt(&vllm(), Some(&[1, 917, 29892])).unwrap();
        assert!(close(score.nll, 4.01), "its ids say which is its own: {score:?}");
        let older = json!({"choices": [{"prompt_logprobs": [null, {"15043": -7.5, "917": -2.5}, {"29892": -1.5}]}]});
        assert!(close(of_prompt(&older, None).unwrap().nll, 9.0));
    }

    #[test]
    fn a_token_that_is_not_told_is_missed() {
        let mut answer = vllm();
        answer["choices"][0]["prompt_logprobs"][2] = json!({});
        assert_eq!(of_prompt(&answer, None).map(|score| (score.tokens, score.missed)), Some((1, 1)));
        assert_eq!(of_prompt(&vllm(), Some(&[1, 2, 29892])).map(|score| (score.tokens, score.missed)), Some((1, 1)));
        let three = json!({"choices": [{"prompt_logprobs": [null, {"1": -1.0, "2": -2.0, "3": -3.0}, {"4": -1.0}]}]});
        assert_eq!(
            of_prompt(&three, None).map(|score| (score.tokens, score.missed)),
            Some((1, 1)),
            "which is its own?"
        );
    }

    #[test]
    fn other_answers_are_none_of_this_form() {
        for answer in [
            json!({}),
            json!({"choices": [{"text": "x", "logprobs": null}]}),
            json!({"choices": [{"prompt_logprobs": null}]}),
        ] {
            assert_eq!(of_prompt(&answer, None), None);
            assert_eq!(of_echo(&answer, "x"), None);
        }
        assert_eq!(of_prompt(&json!({"choices": [{"prompt_logprobs": [null]}]}), None), None, "one token");
        // llama.cpp's server ignores echo: what it tells is of the token behind the prompt.
        let ignored = json!({"choices": [{"text": " the", "logprobs": {"content": [{"id": 260, "logprob": -1.97}]}}]});
        assert_eq!(of_echo(&ignored, "The capital of"), None);
    }

    #[test]
    fn an_echo_is_read_up_to_the_end_of_the_text() {
        let text = "The step of boiling water is: ";
        let mut answer = json!({"choices": [{"text": "The step of boiling water is: 1", "logprobs": {
            "text_offset": [0, 3, 8, 11, 19, 25, 28, 29, 30],
            "token_logprobs": [null, -8.0, -1.0, -13.0, -2.0, -2.0, -8.5, -1.5, -0.5],
            "tokens": ["The", " step", " of", " boiling", " water", " is", ":", " ", "1"]}}]});
        let score = of_echo(&answer, text).unwrap();
        assert!(close(score.nll, 36.0) && (score.tokens, score.missed) == (7, 0), "{score:?}");
        answer["usage"] = json!({"prompt_tokens": 8, "completion_tokens": 1});
        assert_eq!(of_echo(&answer, text).unwrap().tokens, 7);
        answer["choices"][0]["logprobs"]["token_logprobs"][3] = Value::Null;
        assert_eq!(of_echo(&answer, text).map(|score| (score.tokens, score.missed)), Some((6, 1)));
        assert_eq!(of_echo(&answer, "Another text"), None);
    }
}
