//! One counted request as it is read back: how it went, what was counted, and what its text was found to be.

use serde::{Deserialize, Deserializer};

use super::figure;
use crate::race::speed::SpeedWithheld;
use crate::race::verdict::{FEWEST_TOKENS, Metric};
use crate::time::Period;

/// One counted request with its figures, each absent where the file has none that can be one.
#[derive(Clone, PartialEq, Debug, Default, Deserialize)]
#[serde(default)]
pub struct RunResult {
    /// Whether it went well and brought figures.
    pub ok: bool,
    /// Which of its contestant's runs, from 1; older files leave it out.
    pub round: Option<u32>,
    /// The wall clock at its beginning, UTC.
    pub started_at: Option<String>,
    /// What was special about it: `cold_start`, `after_idle`; usually empty.
    pub flags: Vec<String>,
    /// Why it brought none.
    pub error: Option<RunFailure>,
    /// Why the model stopped.
    pub finish_reason: Option<String>,
    /// Requests after the first one.
    pub retries: u32,
    /// Who answered; older files leave it out.
    pub served: ServedRecord,
    /// How many tokens were counted of which kind.
    pub tokens: TokenCounts,
    /// TTFT less loading the model, where the server loaded it inside the request.
    #[serde(deserialize_with = "figure")]
    pub ttft_without_load_ms: Option<f64>,
    #[serde(deserialize_with = "figure")]
    ttft_ms: Option<f64>,
    #[serde(deserialize_with = "figure")]
    ttfa_ms: Option<f64>,
    #[serde(deserialize_with = "figure")]
    output_tok_s: Option<f64>,
    /// Why there is no output speed, as far as the file says.
    #[serde(deserialize_with = "told")]
    speed_withheld: SpeedNote,
    #[serde(deserialize_with = "reads", rename = "offsets_ms")]
    reads: ReadSpan,
    #[serde(deserialize_with = "length", rename = "reasoning")]
    reasoning_chars: Option<usize>,
    #[serde(deserialize_with = "figure")]
    end_to_end_tok_s: Option<f64>,
    #[serde(deserialize_with = "figure")]
    total_ms: Option<f64>,
    gaps_ms: GapFigures,
    #[serde(deserialize_with = "figure")]
    stalls: Option<f64>,
    /// When the program itself stood still during it; older files leave it out.
    standstills: Vec<serde_json::Value>,
    #[serde(deserialize_with = "figure")]
    cost_usd: Option<f64>,
    /// What the text was found to be.
    pub text: Option<AnswerFindings>,
    /// Tokens per second of all requests of its run together, in a load run.
    #[serde(deserialize_with = "figure")]
    pub load_tok_s: Option<f64>,
}

/// Why a run brought no figures.
#[derive(Clone, PartialEq, Eq, Debug, Default, Deserialize)]
#[serde(default)]
pub struct RunFailure {
    /// The kind of failure, for example `rate_limited`.
    pub kind: String,
    /// The HTTP status, where the server gave one.
    pub status: Option<u16>,
    /// In the server's words.
    pub message: String,
}

/// Which model answered, as far as the server named it.
#[derive(Clone, PartialEq, Eq, Debug, Default, Deserialize)]
#[serde(default)]
pub struct ServedRecord {
    /// The model that the server named.
    pub model: Option<String>,
    /// Whether it is the one that was asked for, where that can be said.
    pub as_asked: Option<bool>,
}

/// Token counts of one request, each absent where it is not known.
#[derive(Clone, PartialEq, Debug, Default, Deserialize)]
#[serde(default)]
pub struct TokenCounts {
    /// Prompt tokens, cached ones included.
    #[serde(deserialize_with = "figure")]
    pub input: Option<f64>,
    /// Out of a cache.
    #[serde(deserialize_with = "figure")]
    pub cached: Option<f64>,
    /// Output tokens; reasoning tokens are among them unless they are counted apart.
    #[serde(deserialize_with = "figure")]
    pub output: Option<f64>,
    /// Reasoning tokens, where they were counted.
    #[serde(deserialize_with = "figure")]
    pub reasoning: Option<f64>,
    /// Reasoning tokens are counted beside the output, not within it.
    pub reasoning_apart: bool,
    /// What counted the output: `usage` or `estimate`.
    pub counted_by: Option<String>,
    /// The server's own count, where it can't be true.
    #[serde(deserialize_with = "figure")]
    pub refused: Option<f64>,
    /// Characters of text that it is for; older files leave it out.
    #[serde(deserialize_with = "figure")]
    pub characters: Option<f64>,
}

impl TokenCounts {
    /// All output tokens, reasoning included.
    #[must_use]
    pub fn written(&self) -> Option<f64> {
        let beside = if self.reasoning_apart { self.reasoning.unwrap_or(0.0) } else { 0.0 };
        self.output.map(|output| output + beside)
    }
}

/// The reads that carried text.
#[derive(Clone, Copy, PartialEq, Debug, Default)]
struct ReadSpan {
    count: usize,
    span_ms: f64,
}

fn reads<'de, D: Deserializer<'de>>(from: D) -> Result<ReadSpan, D::Error> {
    let offsets: Vec<f64> = Option::deserialize(from)?.unwrap_or_default();
    let span = offsets.first().zip(offsets.last()).map_or(0.0, |(first, last)| last - first);
    Ok(ReadSpan { count: offsets.len(), span_ms: span })
}

fn length<'de, D: Deserializer<'de>>(from: D) -> Result<Option<usize>, D::Error> {
    let text: Option<String> = Option::deserialize(from)?;
    Ok(text.map(|text| text.chars().count()))
}

/// What a file says of an output speed.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
enum SpeedNote {
    /// Nothing: it is older than the reasons.
    #[default]
    Nothing,
    /// That it was seen.
    Seen,
    /// Why it was not, by its code.
    Withheld(String),
}

fn told<'de, D: Deserializer<'de>>(from: D) -> Result<SpeedNote, D::Error> {
    Ok(Option::deserialize(from)?.map_or(SpeedNote::Seen, SpeedNote::Withheld))
}

#[derive(Clone, PartialEq, Debug, Default, Deserialize)]
#[serde(default)]
struct GapFigures {
    #[serde(deserialize_with = "figure")]
    p95: Option<f64>,
}

/// What the text was found to be.
#[derive(Clone, PartialEq, Debug, Default, Deserialize)]
#[serde(default)]
pub struct AnswerFindings {
    /// Share of repeated n-grams, 0 none to 1 all.
    #[serde(deserialize_with = "figure")]
    pub repetition: Option<f64>,
    /// The prompt's checks, each with its outcome.
    pub checks: Vec<CheckResult>,
}

/// One check of an answer.
#[derive(Clone, PartialEq, Eq, Debug, Default, Deserialize)]
#[serde(default)]
pub struct CheckResult {
    /// What was checked, by the check's name.
    pub check: String,
    /// Whether the answer passed the check.
    pub passed: bool,
}

impl RunResult {
    /// Whether the program itself stood still during it: then it is no sample of anything but its cost.
    #[must_use]
    pub const fn was_held_up(&self) -> bool {
        !self.standstills.is_empty()
    }

    /// A figure in the metric's unit.
    #[must_use]
    pub fn figure(&self, metric: Metric) -> Option<f64> {
        match metric {
            Metric::Cost => self.cost_usd,
            _ if self.was_held_up() => None,
            Metric::Ttft => self.ttft_ms,
            Metric::Ttfa => self.ttfa_ms,
            Metric::OutputSpeed => self.output_tok_s.filter(|_| self.speed_withheld().is_none()),
            Metric::EndToEnd => self.end_to_end_tok_s,
            Metric::Total => self.total_ms,
            Metric::GapsP95 => self.gaps_ms.p95.filter(|_| self.gaps_were_seen()),
            Metric::Stalls => self.stalls.filter(|_| self.gaps_were_seen()),
        }
    }

    /// Why there is no output speed, by its code. Where an older file doesn't say so it is worked out from what it has, as far
    /// as that goes.
    #[must_use]
    pub fn speed_withheld(&self) -> Option<&str> {
        match &self.speed_withheld {
            SpeedNote::Withheld(code) => Some(code),
            SpeedNote::Seen => None,
            SpeedNote::Nothing if self.reasoning_was_hidden() => Some(SpeedWithheld::ReasoningHidden.as_str()),
            SpeedNote::Nothing => {
                let span = Period::from_secs_f64(self.reads.span_ms / 1e3);
                SpeedWithheld::of_reads(self.reads.count, span).map(SpeedWithheld::as_str)
            }
        }
    }

    #[expect(clippy::cast_precision_loss, reason = "texts are far below 2^52")]
    fn reasoning_was_hidden(&self) -> bool {
        let counted = self.tokens.reasoning.unwrap_or(0.0);
        counted > 0.0 && self.reasoning_chars.is_some_and(|chars| (chars as f64) < counted)
    }

    fn gaps_were_seen(&self) -> bool {
        !self.speed_withheld().is_some_and(SpeedWithheld::code_is_about_reads)
    }

    /// Characters of text for each token that the server counted, where all of them were seen and there are enough of them.
    #[must_use]
    pub fn chars_per_token(&self) -> Option<f64> {
        let counted = self.tokens.counted_by.as_deref() == Some("usage");
        let written = self.tokens.written().filter(|written| counted && *written >= FEWEST_TOKENS)?;
        let seen = self.speed_withheld().is_none_or(SpeedWithheld::code_is_about_reads);
        self.tokens.characters.filter(|_| seen).map(|characters| characters / written)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn run(more: &Value) -> RunResult {
        let offsets: Vec<f64> = (0..40).map(|read| f64::from(read) * 10.0).collect();
        let mut run = json!({
            "ok": true, "output_tok_s": 90.0, "end_to_end_tok_s": 50.0, "stalls": 0, "gaps_ms": {"p95": 10.0},
            "offsets_ms": offsets, "reasoning": "", "tokens": {"output": 50, "counted_by": "usage"},
        });
        run.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        RunResult::deserialize(run).unwrap()
    }

    #[test]
    fn an_older_file_is_judged_by_what_it_has() {
        for (more, withheld, gaps) in [
            (json!({}), None, true),
            (json!({"offsets_ms": [50.0]}), Some("one_read"), false),
            (json!({"offsets_ms": [50.0, 900.0]}), Some("few_reads"), false),
            (json!({"offsets_ms": [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]}), Some("short_span"), false),
            (json!({"offsets_ms": []}), None, true),
            (json!({"tokens": {"output": 50, "reasoning": 30}}), Some("reasoning_hidden"), true),
            (json!({"tokens": {"output": 50, "reasoning": 30}, "reasoning": null}), None, true),
            (json!({"speed_withheld": "one_burst"}), Some("one_burst"), false),
            (json!({"speed_withheld": "tokens_unseen"}), Some("tokens_unseen"), true),
            (json!({"speed_withheld": null, "offsets_ms": [50.0]}), None, true),
        ] {
            let run = run(&more);
            assert_eq!(run.speed_withheld(), withheld, "{more}");
            assert_eq!(run.figure(Metric::OutputSpeed).is_some(), withheld.is_none(), "{more}");
            assert_eq!(run.figure(Metric::GapsP95).is_some(), gaps, "{more}");
            assert_eq!(run.figure(Metric::Stalls).is_some(), gaps, "{more}");
            assert!(run.figure(Metric::EndToEnd).is_some(), "it stays");
        }
    }

    #[test]
    fn reasoning_beside_the_output_is_written_too() {
        let tokens = |apart| json!({"tokens": {"output": 50, "reasoning": 30, "reasoning_apart": apart}});
        assert_eq!(run(&tokens(false)).tokens.written(), Some(50.0));
        assert_eq!(run(&tokens(true)).tokens.written(), Some(80.0));
    }
}
