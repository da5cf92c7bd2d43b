//! Server timings: what each provider calls them, and in which unit.
//! The names do not collide, so one table serves every object that carries them; numbers are taken over, never derived.

use serde_json::Value;

use speed_kings_core::race::event::ServerTiming;
use speed_kings_core::time::{Rate, ReportedPeriod};

const SECONDS: f64 = 1.0;
const MILLIS: f64 = 1e3;
const NANOS: f64 = 1e9;

#[derive(Clone, Copy)]
enum TimingSlot {
    Queue,
    Load,
    Prompt,
    Completion,
    Total,
    FirstToken,
    Rate,
}

/// Field, meaning, units per second. Where two fields mean the same, the later one stands.
const FIELDS: [(&str, TimingSlot, f64); 28] = [
    // Cerebras `time_info`, Groq usage
    ("queue_time", TimingSlot::Queue, SECONDS),
    ("prompt_time", TimingSlot::Prompt, SECONDS),
    ("completion_time", TimingSlot::Completion, SECONDS),
    ("total_time", TimingSlot::Total, SECONDS),
    // SambaNova usage; the speed after the first token is the one that leaves the wait for it out
    ("time_to_first_token", TimingSlot::FirstToken, SECONDS),
    ("total_latency", TimingSlot::Total, SECONDS),
    ("completion_tokens_per_sec", TimingSlot::Rate, SECONDS),
    ("completion_tokens_after_first_per_sec", TimingSlot::Rate, SECONDS),
    // llama.cpp `timings`
    ("prompt_ms", TimingSlot::Prompt, MILLIS),
    ("predicted_ms", TimingSlot::Completion, MILLIS),
    ("predicted_per_second", TimingSlot::Rate, SECONDS),
    // mistral.rs usage
    ("total_prompt_time_sec", TimingSlot::Prompt, SECONDS),
    ("total_completion_time_sec", TimingSlot::Completion, SECONDS),
    ("total_time_sec", TimingSlot::Total, SECONDS),
    ("avg_compl_tok_per_sec", TimingSlot::Rate, SECONDS),
    // GPUStack usage; LM Studio `stats`
    ("time_to_first_token_ms", TimingSlot::FirstToken, MILLIS),
    ("tokens_per_second", TimingSlot::Rate, SECONDS),
    ("generation_time", TimingSlot::Completion, SECONDS),
    // Fireworks `perf_metrics`
    ("queue-duration", TimingSlot::Queue, SECONDS),
    ("prefill-queue-duration", TimingSlot::Queue, SECONDS),
    ("prefill-duration", TimingSlot::Prompt, SECONDS),
    ("generation-duration", TimingSlot::Completion, SECONDS),
    ("server-processing-time", TimingSlot::Total, SECONDS),
    ("server-time-to-first-token", TimingSlot::FirstToken, SECONDS),
    // Ollama's last line
    ("load_duration", TimingSlot::Load, NANOS),
    ("prompt_eval_duration", TimingSlot::Prompt, NANOS),
    ("eval_duration", TimingSlot::Completion, NANOS),
    ("total_duration", TimingSlot::Total, NANOS),
];

/// The timings that `object` carries, whatever it is called.
pub(super) fn timing(object: &Value) -> ServerTiming {
    let mut timing = ServerTiming::default();
    for (field, slot, per_second) in FIELDS {
        let Some(number) = object.get(field).and_then(number) else { continue };
        let span = ReportedPeriod::from_secs(number / per_second);
        match slot {
            TimingSlot::Queue => timing.queue = span,
            TimingSlot::Load => timing.load = span,
            TimingSlot::Prompt => timing.prompt = span,
            TimingSlot::Completion => timing.completion = span,
            TimingSlot::Total => timing.total = span,
            TimingSlot::FirstToken => timing.first_token = span,
            TimingSlot::Rate => timing.rate = (number.is_finite() && number > 0.0).then(|| Rate::per_second(number)),
        }
    }
    timing
}

/// Ollama's last line: its speed is by its own definition the count over the duration.
pub(super) fn ollama(line: &Value) -> ServerTiming {
    let number = |field| line.get(field).and_then(Value::as_f64);
    let rate = number("eval_count").zip(number("eval_duration").filter(|nanos| *nanos > 0.0));
    ServerTiming { rate: rate.map(|(count, nanos)| Rate::per_second(count / nanos * NANOS)), ..timing(line) }
}

/// Some servers send numbers as strings.
fn number(value: &Value) -> Option<f64> {
    value.as_f64().or_else(|| value.as_str()?.trim().parse().ok())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn seconds(timing: &ServerTiming) -> [Option<f64>; 7] {
        let secs = |span: Option<ReportedPeriod>| span.map(ReportedPeriod::as_secs);
        [
            secs(timing.queue),
            secs(timing.load),
            secs(timing.prompt),
            secs(timing.completion),
            secs(timing.total),
            secs(timing.first_token),
            timing.rate.map(Rate::value),
        ]
    }

    #[test]
    fn every_provider_in_its_own_words() {
        let none = None;
        for (object, expected) in [
            (
                json!({ "queue_time": 0.1, "prompt_time": 0.2, "completion_time": 0.3, "total_time": 0.5, "created": 9 }),
                [Some(0.1), none, Some(0.2), Some(0.3), Some(0.5), none, none],
            ),
            (
                json!({
                    "time_to_first_token": 0.25, "total_latency": 0.5,
                    "completion_tokens_per_sec": 80.0, "completion_tokens_after_first_per_sec": 120.0,
                }),
                [none, none, none, none, Some(0.5), Some(0.25), Some(120.0)],
            ),
            (
                json!({ "prompt_ms": 12.5, "predicted_ms": 500, "predicted_per_second": 40.0 }),
                [none, none, Some(0.0125), Some(0.5), none, none, Some(40.0)],
            ),
            (
                json!({
                    "total_prompt_time_sec": 1.5, "total_completion_time_sec": 13.0, "total_time_sec": 14.5,
                    "avg_compl_tok_per_sec": 15.5, "avg_tok_per_sec": 16.5,
                }),
                [none, none, Some(1.5), Some(13.0), Some(14.5), none, Some(15.5)],
            ),
            (
                json!({ "time_to_first_token_ms": 50.0, "tokens_per_second": 60.0, "prompt_tokens_per_second": 388.0 }),
                [none, none, none, none, none, Some(0.05), Some(60.0)],
            ),
            (
                json!({ "server-time-to-first-token": "0.125", "server-processing-time": 1.5 }),
                [none, none, none, none, Some(1.5), Some(0.125), none],
            ),
            (json!({ "queue_time": -1.0, "prompt_time": "soon", "tokens_per_second": 0 }), [none; 7]),
            (json!("not an object"), [none; 7]),
        ] {
            assert_eq!(seconds(&timing(&object)), expected, "{object}");
        }
    }

    #[test]
    fn ollama_counts_in_nanoseconds() {
        let line = json!({
            "total_duration": 3_500_000_000_u64, "load_duration": 500_000_000, "prompt_eval_duration": 1_000_000_000,
            "eval_count": 100, "eval_duration": 2_000_000_000_u64,
        });
        let expected = [None, Some(0.5), Some(1.0), Some(2.0), Some(3.5), None, Some(50.0)];
        assert_eq!(seconds(&ollama(&line)), expected);
        assert_eq!(ollama(&json!({ "eval_count": 5, "eval_duration": 0 })).rate, None);
    }
}
