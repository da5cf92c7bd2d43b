//! What a protocol comes to for each engine: medians over its answers, peaks of memory, checks and scores.
//! Each prompt is asked once, so disturbed answers count as well; how many they are is told.

use speed_kings_core::stats::{mean, median};

use crate::protocol::{ProtocolAnswer, ProtocolFile, ProtocolStart};
use crate::rating::{RatingMean, mean_score};
use crate::visit::SweepVisit;

/// One engine's protocol in figures; what nobody told is absent.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct ProtocolSummary {
    /// Answers that came whole.
    pub answers: usize,
    /// Answers that did not.
    pub failed: usize,
    /// Whole answers during which others kept the machine busy.
    pub disturbed: usize,
    /// Start to ready with the model file read from storage, ms; median.
    pub cold_ready_ms: Option<f64>,
    /// Start to ready with the file in memory already, ms; median.
    pub warm_ready_ms: Option<f64>,
    /// Start to ready where nobody knows where the file came from, ms; median.
    pub unknown_ready_ms: Option<f64>,
    /// Time to first token, ms; median.
    pub ttft_ms: Option<f64>,
    /// Output tokens a second; median.
    pub output_tok_s: Option<f64>,
    /// Prompt tokens a second, by the engine's own count and time; median.
    pub prompt_tok_s: Option<f64>,
    /// CPU seconds of one token; median.
    pub cpu_s_per_token: Option<f64>,
    /// Joules of one token, the whole machine; median.
    pub joules_per_token: Option<f64>,
    /// Peak of memory that no file backs, bytes.
    pub anonymous_bytes: Option<u64>,
    /// Peak of resident pages of files, bytes.
    pub file_bytes: Option<u64>,
    /// Peak of memory on graphics devices, bytes.
    pub gpu_bytes: Option<u64>,
    /// Automatic checks that were passed, and all that were made.
    pub checks: (usize, usize),
    /// Answers that repeat themselves so much that they are none any more, and all that were long enough to tell.
    pub degenerate: (usize, usize),
    /// The mean share of repeated four-word sequences.
    pub repetition: Option<f64>,
    /// What people think of the answers.
    pub rating: Option<RatingMean>,
}

impl ProtocolSummary {
    /// What engine `engine` of `file` comes to.
    #[must_use]
    pub fn of(file: &ProtocolFile, engine: usize) -> Self {
        let all: Vec<&ProtocolAnswer> = file.answers_of(engine).collect();
        let whole: Vec<&ProtocolAnswer> =
            all.iter().filter(|answer| answer.figures.failure.is_none()).copied().collect();
        let middle =
            |get: &dyn Fn(&SweepVisit) -> Option<f64>| median(whole.iter().filter_map(|answer| get(&answer.figures)));
        let peak = |get: fn(&SweepVisit) -> Option<u64>| all.iter().filter_map(|answer| get(&answer.figures)).max();
        let starts = file.engines.get(engine).map_or(&[][..], |engine| &engine.starts);
        let ready = |of: &dyn Fn(&ProtocolStart) -> bool| {
            median(starts.iter().filter(|start| of(start)).map(|start| start.ready_ms))
        };
        let checks = || whole.iter().flat_map(|answer| &answer.checks);
        let repetition: Vec<f64> = whole.iter().filter_map(|answer| answer.repetition).collect();
        Self {
            answers: whole.len(),
            failed: all.len() - whole.len(),
            disturbed: whole.iter().filter(|answer| answer.figures.disturbed).count(),
            cold_ready_ms: ready(&ProtocolStart::is_cold),
            warm_ready_ms: ready(&|start| start.page_cache.is_some() && !start.is_cold()),
            unknown_ready_ms: ready(&|start| start.page_cache.is_none()),
            ttft_ms: middle(&|figures| figures.ttft_ms),
            output_tok_s: middle(&|figures| figures.output_tok_s),
            prompt_tok_s: middle(&|figures| figures.prompt_tok_s),
            cpu_s_per_token: middle(&SweepVisit::cpu_s_per_token),
            joules_per_token: middle(&SweepVisit::joules_per_token),
            anonymous_bytes: peak(|figures| figures.anonymous_bytes),
            file_bytes: peak(|figures| figures.file_bytes),
            gpu_bytes: peak(|figures| figures.gpu_bytes),
            checks: (checks().filter(|check| check.passed).count(), checks().count()),
            degenerate: (
                whole.iter().filter(|answer| answer.degenerate == Some(true)).count(),
                whole.iter().filter(|answer| answer.degenerate.is_some()).count(),
            ),
            repetition: mean(&repetition),
            rating: mean_score(&file.ratings, engine),
        }
    }
}

/// Bytes of the buffers of `start` that hold `kind`, on an accelerator or not; nothing where the log tells none.
#[must_use]
pub fn buffered(start: &ProtocolStart, holds: impl Fn(&str) -> bool, accelerator: Option<bool>) -> Option<u64> {
    let of = start.buffers.iter().filter(|buffer| holds(&buffer.holds));
    let of = of.filter(|buffer| accelerator.is_none_or(|on| buffer.accelerator == on));
    (!start.buffers.is_empty()).then(|| of.map(|buffer| buffer.bytes).sum())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::tests::file;
    use crate::protocol::{CheckOutcome, MemoryBuffer};
    use crate::rating::AnswerRating;

    fn start(ready_ms: f64, page_cache: Option<&str>) -> ProtocolStart {
        let buffer = |holds: &str, bytes, accelerator| MemoryBuffer {
            name: "b".into(),
            holds: holds.into(),
            bytes,
            accelerator,
        };
        let buffers = vec![buffer("model", 70, true), buffer("model", 30, false), buffer("kv", 5, true)];
        ProtocolStart { ready_ms, page_cache: page_cache.map(Into::into), buffers }
    }

    #[test]
    fn an_engine_is_summed_up() {
        let mut file = file(&["a", "b"]);
        file.engines[0].starts =
            vec![start(900.0, Some("cold")), start(300.0, Some("warm")), start(500.0, Some("warm"))];
        let answer = |prompt: &str, ttft, passed, own| {
            let mut answer = ProtocolAnswer::failed((0, 0), prompt, "");
            answer.figures.failure = None;
            answer.figures.ttft_ms = Some(ttft);
            answer.figures.anonymous_bytes = Some(own);
            answer.repetition = Some(ttft / 1000.0);
            answer.degenerate = Some(passed);
            answer.checks =
                vec![CheckOutcome { name: "x".into(), passed }, CheckOutcome { name: "y".into(), passed: true }];
            answer
        };
        file.answers = vec![answer("greeting", 100.0, false, 9), answer("jugs", 300.0, true, 7)];
        file.answers.push(ProtocolAnswer::failed((1, 0), "greeting", "no memory"));
        file.ratings.push(AnswerRating {
            engine: 0,
            prompt: "jugs".into(),
            score: Some(4),
            rater: "ann".into(),
            at: jiff::Timestamp::UNIX_EPOCH,
        });
        let one = ProtocolSummary::of(&file, 0);
        assert_eq!((one.answers, one.failed, one.checks, one.degenerate), (2, 0, (3, 4), (1, 2)));
        assert_eq!((one.cold_ready_ms, one.warm_ready_ms, one.unknown_ready_ms), (Some(900.0), Some(400.0), None));
        assert_eq!((one.ttft_ms, one.anonymous_bytes, one.file_bytes), (Some(200.0), Some(9), None));
        assert!((one.repetition.unwrap() - 0.2).abs() < 1e-12 && one.rating.is_some());
        let other = ProtocolSummary::of(&file, 1);
        assert_eq!((other.answers, other.failed, other.checks, other.rating), (0, 1, (0, 0), None));
    }

    #[test]
    fn memory_is_split_by_what_it_holds_and_where() {
        let start = start(1.0, None);
        assert_eq!(buffered(&start, |kind| kind == "model", None), Some(100));
        assert_eq!(buffered(&start, |_| true, Some(true)), Some(75));
        assert_eq!(buffered(&start, |kind| kind == "rs", None), Some(0));
        assert_eq!(buffered(&ProtocolStart::default(), |_| true, None), None, "no log is no zero");
    }
}
