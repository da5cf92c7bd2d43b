//! One counted request as a file has it: how it went, what was counted, when its text came, and what the text was found
//! to be.

use jiff::Timestamp;
use serde::{Deserialize, Serialize, Serializer};
use serde_json::Value;

use super::counts::CountFigure;
use super::figures::{LaneRun, RunFigures};
use super::lenient::{as_milli, figure, is_figure, list, moment, readable};
use super::parts::{AnswerFindings, SpeedNote};
use super::turn::TurnRecord;
#[cfg(feature = "schema")]
use super::words;
use crate::lengths::{CountedLengths, PlannedLengths};
use speed_kings_core::race::speed::SpeedWithheld;
use speed_kings_core::race::verdict::{FEWEST_TOKENS, Metric};
use speed_kings_core::time::Period;

/// One counted request of a benchmark.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default)]
pub struct RunResult {
    /// Which of its contestant's runs, from 1; older files leave it out.
    pub round: Option<u32>,
    /// Which prompt of a set it asked, by its id; left out where there was one for all.
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "readable")]
    pub prompt_row: Option<String>,
    /// Which turn of a conversation it is; left out where it is none.
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "readable")]
    pub turn: Option<TurnRecord>,
    /// How long it was to be; left out where no lengths were given.
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "readable")]
    pub planned: Option<PlannedLengths>,
    /// The wall clock at its beginning, UTC.
    #[serde(deserialize_with = "moment", serialize_with = "as_milli")]
    pub started_at: Option<Timestamp>,
    /// What is special about it: `cold_start`, `after_idle`.
    #[cfg_attr(feature = "schema", schemars(extend("items" = serde_json::json!({"enum": words::FLAGS}))))]
    pub flags: Vec<String>,
    /// What was answered; nothing when no stream came.
    #[serde(deserialize_with = "readable")]
    pub answer: Option<String>,
    /// What was reasoned ahead of it; nothing when no stream came.
    pub reasoning: Option<String>,
    /// Requests after the first one.
    pub retries: u32,
    /// When each read that carried text came, ms after the request.
    #[serde(deserialize_with = "list")]
    pub offsets_ms: Vec<f64>,
    /// Characters of text that each of those reads brought, reasoning before the answer; none in runs beyond the first 500 of a
    /// contestant, and where reasoning came after the answer had begun. Older files leave it out.
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "readable")]
    pub read_characters: Option<Vec<u32>>,
    /// What the text was found to be; nothing without an answer.
    pub text: Option<AnswerFindings>,
    /// Tokens per second of all requests of its run together, in a load run.
    #[serde(deserialize_with = "figure")]
    pub load_tok_s: Option<f64>,
    /// What it came to, beside its text.
    #[serde(flatten)]
    pub figures: RunFigures,
    /// The run as an earlier session's file has it: it is written again unchanged, with whatever another version put there.
    #[serde(skip)]
    pub(in crate::bench) carried: Option<Box<Value>>,
}

/// Writes runs; one of an earlier session as its file has it.
pub(super) fn as_written<S: Serializer>(runs: &[RunResult], to: S) -> Result<S::Ok, S::Error> {
    to.collect_seq(runs.iter().map(WrittenRun))
}

/// A run on its way into a file.
struct WrittenRun<'a>(&'a RunResult);

impl Serialize for WrittenRun<'_> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        match &self.0.carried {
            Some(carried) => carried.serialize(to),
            None => self.0.serialize(to),
        }
    }
}

impl RunResult {
    /// A run of an earlier session, which is written again as it stands in its file.
    pub(in crate::bench) fn carried_over(run: &Value) -> Result<Self, serde_json::Error> {
        Ok(Self { carried: Some(Box::new(run.clone())), ..Self::deserialize(run)? })
    }

    /// A probe of a watch, which began `at`, as a run.
    #[must_use]
    pub fn of_probe(round: u32, at: Timestamp, figures: RunFigures) -> Self {
        Self { round: Some(round), started_at: Some(at), figures, ..Self::default() }
    }

    /// Characters of text that each of its reads brought; none where that was not kept.
    #[must_use]
    pub fn read_characters(&self) -> &[u32] {
        self.read_characters.as_deref().unwrap_or_default()
    }

    /// The run without what tells of it among others.
    #[must_use]
    pub fn alone(&self) -> LaneRun<'_> {
        LaneRun {
            answer: self.answer.as_deref(),
            reasoning: self.reasoning.as_deref(),
            offsets_ms: &self.offsets_ms,
            figures: &self.figures,
        }
    }

    /// Whether the program itself stood still during it: then it is no sample of anything but its cost.
    #[must_use]
    pub const fn was_held_up(&self) -> bool {
        !self.figures.standstills.is_empty()
    }

    /// A figure in the metric's unit, where it can be one.
    #[must_use]
    pub fn figure(&self, metric: Metric) -> Option<f64> {
        let figure = match metric {
            Metric::Cost => self.figures.cost_usd,
            _ if self.was_held_up() => None,
            Metric::Ttft => self.figures.ttft_ms,
            Metric::Ttfa => self.figures.ttfa_ms,
            Metric::OutputSpeed => self.figures.output_tok_s.filter(|_| self.speed_withheld().is_none()),
            Metric::EndToEnd => self.figures.end_to_end_tok_s,
            Metric::Total => self.figures.total_ms,
            Metric::GapsP95 => self.figures.gaps_ms.p95.filter(|_| self.gaps_were_seen()),
            Metric::Stalls => self.figures.stalls.and_then(CountFigure::value).filter(|_| self.gaps_were_seen()),
        };
        figure.filter(|figure| is_figure(*figure))
    }

    /// Why there is no output speed, by its code. Where an older file doesn't say so it is worked out from what it has, as far
    /// as that goes.
    #[must_use]
    pub fn speed_withheld(&self) -> Option<&str> {
        match &self.figures.speed_withheld {
            SpeedNote::Withheld(code) => Some(code),
            SpeedNote::Seen => None,
            SpeedNote::Absent if self.reasoning_was_hidden() => Some(SpeedWithheld::ReasoningHidden.as_str()),
            SpeedNote::Absent => {
                let reads = &self.offsets_ms;
                let span_ms = reads.first().zip(reads.last()).map_or(0.0, |(first, last)| last - first);
                SpeedWithheld::of_reads(reads.len(), Period::from_secs_f64(span_ms / 1e3)).map(SpeedWithheld::as_str)
            }
        }
    }

    #[expect(clippy::cast_precision_loss, reason = "texts are far below 2^52")]
    fn reasoning_was_hidden(&self) -> bool {
        let counted = self.figures.tokens.reasoning.and_then(CountFigure::value).unwrap_or(0.0);
        counted > 0.0 && self.reasoning.as_ref().is_some_and(|text| (text.chars().count() as f64) < counted)
    }

    /// How long it was to be, and how long it was; nothing where that was not given, or where it brought no figures.
    #[must_use]
    pub fn against_plan(&self) -> Option<CountedLengths> {
        let planned = self.planned.filter(|_| self.figures.ok)?;
        let tokens = &self.figures.tokens;
        Some(CountedLengths { planned, input: tokens.input.and_then(CountFigure::value), output: tokens.written() })
    }

    fn gaps_were_seen(&self) -> bool {
        !self.speed_withheld().is_some_and(SpeedWithheld::code_is_about_reads)
    }

    /// Characters of text for each token that the server counted, where all of them were seen and there are enough of them.
    #[must_use]
    pub fn chars_per_token(&self) -> Option<f64> {
        let counted = self.figures.tokens.counted_by.as_deref() == Some("usage");
        let written = self.figures.tokens.written().filter(|written| counted && *written >= FEWEST_TOKENS)?;
        let seen = self.speed_withheld().is_none_or(SpeedWithheld::code_is_about_reads);
        let characters = self.figures.tokens.characters.and_then(CountFigure::value);
        characters.filter(|_| seen).map(|characters| characters / written)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

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
        assert_eq!(run(&tokens(false)).figures.tokens.written(), Some(50.0));
        assert_eq!(run(&tokens(true)).figures.tokens.written(), Some(80.0));
    }
}
