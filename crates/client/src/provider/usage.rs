//! Token counts as the servers report them, under all the names that they use.
//! A count that is not there stays absent: it is never zero.

use serde_json::Value;

use speed_kings_core::race::event::TokenUsage;

/// Reads a usage object; nothing where it holds nothing that counts. Servers that do not count send zeros.
pub(super) fn usage(object: &Value) -> Option<TokenUsage> {
    let first = |paths: &[&str]| paths.iter().find_map(|path| count(object, path));
    let prompt = first(&["/prompt_tokens", "/input_tokens"]);
    let output = first(&["/completion_tokens", "/output_tokens"]);
    let reasoning = first(&[
        "/completion_tokens_details/reasoning_tokens",
        "/output_tokens_details/reasoning_tokens",
        "/reasoning_tokens",
    ]);
    let within = first(&[
        "/prompt_tokens_details/cached_tokens",
        "/input_tokens_details/cached_tokens",
        "/prompt_cache_hit_tokens",
        "/cached_tokens",
    ]);
    let read = count(object, "/cache_read_input_tokens");
    let (input, cached) = match (prompt, within.or(read)) {
        // More than the whole prompt can't be a part of it: Anthropic counts what a cache held beside the prompt.
        (Some(prompt), Some(beside)) if within.is_none() && beside > prompt => {
            let made = count(object, "/cache_creation_input_tokens").unwrap_or(0);
            (Some(prompt.saturating_add(beside).saturating_add(made)), Some(beside))
        }
        counts => counts,
    };
    let cost_usd = ["/cost", "/cost/total_cost"]
        .into_iter()
        .find_map(|path| number(object, path))
        .filter(|cost| cost.is_finite() && *cost >= 0.0);
    let total = count(object, "/total_tokens");
    let apart = counts_apart(prompt, output, reasoning, total);
    let counted = [input, output, reasoning, cached].iter().flatten().any(|count| *count > 0);
    let charged = cost_usd.is_some_and(|cost| cost > 0.0);
    (counted || charged).then_some(TokenUsage { input, cached, output, reasoning, total, apart, cost_usd })
}

/// The counts in the last line of Ollama's own dialect.
pub(super) fn ollama(line: &Value) -> Option<TokenUsage> {
    let (input, output) = (count(line, "/prompt_eval_count"), count(line, "/eval_count"));
    (input.is_some() || output.is_some()).then_some(TokenUsage { input, output, ..TokenUsage::default() })
}

/// Output counts include reasoning, but xAI leaves it out. Its total gives that away.
fn counts_apart(input: Option<u64>, output: Option<u64>, reasoning: Option<u64>, total: Option<u64>) -> bool {
    let sum = || input?.checked_add(output?)?.checked_add(reasoning?);
    reasoning.is_some_and(|tokens| tokens > 0) && total.is_some() && total == sum()
}

/// The counts of Gemini's chunks, in which what was thought stands beside what was answered.
pub(super) fn gemini(usage: &Value) -> Option<TokenUsage> {
    let of = |camel: &str, snake: &str| count(usage, camel).or_else(|| count(usage, snake));
    let sum = |parts: [Option<u64>; 2]| parts.into_iter().flatten().reduce(u64::saturating_add);
    let thoughts = of("/thoughtsTokenCount", "/thoughts_token_count");
    let answer = of("/candidatesTokenCount", "/candidates_token_count")
        .or_else(|| of("/responseTokenCount", "/response_token_count"));
    let prompt = of("/promptTokenCount", "/prompt_token_count");
    let input = sum([prompt, of("/toolUsePromptTokenCount", "/tool_use_prompt_token_count")]);
    let total = of("/totalTokenCount", "/total_token_count");
    // Where the total leaves no room for thoughts beside the answer, they are part of it.
    let within = total.is_some() && total == sum([input, answer]) && answer >= thoughts;
    let output = if within { answer } else { sum([answer, thoughts]) };
    let counted = [input, output].iter().flatten().any(|count| *count > 0);
    counted.then(|| TokenUsage {
        input,
        cached: of("/cachedContentTokenCount", "/cached_content_token_count"),
        output,
        reasoning: thoughts,
        total,
        ..TokenUsage::default()
    })
}

/// What Anthropic's events have counted so far. Each of them counts anew, none of them counts less, and the prompt is told
/// without what a cache held of it.
#[derive(Debug, Default)]
pub(super) struct AnthropicCounts {
    input: Option<u64>,
    cache_read: Option<u64>,
    cache_made: Option<u64>,
    output: Option<u64>,
    reasoning: Option<u64>,
}

impl AnthropicCounts {
    /// Takes one more usage in, its output only where it is one; gives all counts, where there is any.
    pub(super) fn take(&mut self, usage: &Value, output: bool) -> Option<TokenUsage> {
        let most = |slot: &mut Option<u64>, paths: &[&str]| {
            *slot = (*slot).max(paths.iter().find_map(|path| count(usage, path)));
        };
        most(&mut self.input, &["/input_tokens", "/prompt_tokens"]);
        most(&mut self.cache_read, &["/cache_read_input_tokens"]);
        most(&mut self.cache_made, &["/cache_creation_input_tokens"]);
        if output {
            most(&mut self.output, &["/output_tokens", "/completion_tokens"]);
            let hidden = ["/output_tokens_details/thinking_tokens", "/output_tokens_details/reasoning_tokens"];
            most(&mut self.reasoning, &hidden);
        }
        let parts = [self.input, self.cache_read, self.cache_made];
        let input = parts.iter().flatten().copied().reduce(u64::saturating_add);
        let counted = [input, self.output].iter().flatten().any(|count| *count > 0);
        counted.then_some(TokenUsage {
            input,
            cached: self.cache_read,
            output: self.output,
            reasoning: self.reasoning,
            ..TokenUsage::default()
        })
    }
}

/// Some servers write counts as floats, some as text. What is negative or broken is none.
fn count(object: &Value, path: &str) -> Option<u64> {
    let value = object.pointer(path)?;
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "checked to be whole and not negative")]
    let from_float = |float: f64| (float >= 0.0 && float.fract() == 0.0).then_some(float as u64);
    value.as_u64().or_else(|| number(object, path).and_then(from_float))
}

fn number(object: &Value, path: &str) -> Option<f64> {
    let value = object.pointer(path)?;
    value.as_f64().or_else(|| value.as_str()?.trim().parse().ok())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn counts_under_every_name() {
        let full = TokenUsage {
            input: Some(10),
            cached: Some(4),
            output: Some(20),
            reasoning: Some(5),
            total: None,
            apart: false,
            cost_usd: Some(0.5),
        };
        let total = |total| TokenUsage { total: Some(total), ..full };
        let plain = TokenUsage { input: Some(10), output: Some(20), ..TokenUsage::default() };
        for (object, expected) in [
            (
                json!({
                    "prompt_tokens": 10, "completion_tokens": 20, "total_tokens": 30, "cost": 0.5,
                    "prompt_tokens_details": { "cached_tokens": 4 },
                    "completion_tokens_details": { "reasoning_tokens": 5 },
                }),
                Some(total(30)),
            ),
            (
                json!({
                    "prompt_tokens": 10.0, "completion_tokens": 20, "prompt_cache_hit_tokens": 4, "reasoning_tokens": 5,
                    "cost": { "total_cost": 0.5 },
                }),
                Some(full),
            ),
            (
                json!({ "input_tokens": 10, "output_tokens": 20, "cached_tokens": 4 }),
                Some(TokenUsage { cached: Some(4), ..plain }),
            ),
            (
                json!({ "prompt_tokens": 10, "completion_tokens": 20, "prompt_tokens_details": null, "cost": -1 }),
                Some(plain),
            ),
            (
                json!({
                    "prompt_tokens": 10, "completion_tokens": 20, "total_tokens": 35,
                    "completion_tokens_details": { "reasoning_tokens": 5 },
                }),
                Some(TokenUsage { reasoning: Some(5), total: Some(35), apart: true, ..plain }),
            ),
            (json!({ "prompt_tokens": 0, "completion_tokens": 0, "total_tokens": 0 }), None),
            (
                json!({ "prompt_tokens": "10", "completion_tokens": " 20 ", "cost": "0.5" }),
                Some(TokenUsage { cost_usd: Some(0.5), ..plain }),
            ),
            (json!({ "prompt_tokens": "10.0", "completion_tokens": -2 }), Some(TokenUsage { output: None, ..plain })),
            (json!({ "prompt_tokens": "ten", "completion_tokens": "-20", "total_tokens": "NaN" }), None),
            (
                json!({ "completion_tokens": u64::MAX }),
                Some(TokenUsage { output: Some(u64::MAX), ..TokenUsage::default() }),
            ),
            (
                json!({ "completion_tokens": 1e308, "cost": "inf" }),
                Some(TokenUsage { output: Some(u64::MAX), ..TokenUsage::default() }),
            ),
            (
                json!({ "prompt_tokens": 0, "completion_tokens": 0, "cost": 0.5 }),
                Some(TokenUsage { input: Some(0), output: Some(0), cost_usd: Some(0.5), ..TokenUsage::default() }),
            ),
            (
                json!({ "prompt_tokens": 10, "completion_tokens": 20, "cache_read_input_tokens": 90, "cache_creation_input_tokens": 5 }),
                Some(TokenUsage { input: Some(105), cached: Some(90), ..plain }),
            ),
            (
                json!({ "prompt_tokens": 10, "completion_tokens": 20, "cache_read_input_tokens": 9 }),
                Some(TokenUsage { cached: Some(9), ..plain }),
            ),
            (json!([]), None),
        ] {
            assert_eq!(usage(&object), expected, "{object}");
        }
    }

    #[test]
    fn thoughts_of_gemini_stand_beside_the_answer_unless_the_total_says_otherwise() {
        let of = |total: u64| {
            let object = json!({ "promptTokenCount": 7, "candidatesTokenCount": 9, "thoughtsTokenCount": 5, "totalTokenCount": total });
            gemini(&object).map(|usage| (usage.output, usage.reasoning))
        };
        assert_eq!(of(21), Some((Some(14), Some(5))));
        assert_eq!(of(16), Some((Some(9), Some(5))));
        assert_eq!(gemini(&json!({ "promptTokenCount": 0 })), None);
    }

    #[test]
    fn ollama_leaves_out_a_cached_prompt() {
        assert_eq!(ollama(&json!({ "eval_count": 3 })), Some(TokenUsage { output: Some(3), ..TokenUsage::default() }));
        assert_eq!(ollama(&json!({ "done": true })), None);
    }
}
