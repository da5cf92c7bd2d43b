//! One visit of a sweep: an engine started, asked and ended, with its figures and what it took.
//! A machine that others kept busy meanwhile is marked, since its figures say more of the neighbours.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use speed_kings_core::race::Race;
use speed_kings_core::race::engine::{EngineStart, PageCache};
use speed_kings_core::race::lane::{Lane, LaneState};
use speed_kings_core::race::timing::{LaneTiming, load_speed};
use speed_kings_core::stats::median;
use speed_kings_core::time::{Period, Rate, ReportedPeriod};

/// Processors that others may have kept busy during a visit before it counts as disturbed.
pub const DISTURBED: f64 = 0.25;

/// One visit as the file keeps it. What is not known is absent.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct SweepVisit {
    /// Which point, from 0.
    pub point: usize,
    /// Which round, from 1.
    pub round: u32,
    /// When the visit began, UTC.
    pub started_at: Option<Timestamp>,
    /// Why there are no figures.
    pub failure: Option<String>,
    /// The runner that was to make it did not, so that it is still to be made.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub lost: bool,
    /// From the start of the engine until it could answer, ms.
    pub ready_ms: Option<f64>,
    /// Whether the model file came from storage: `cold` or `warm`.
    pub page_cache: Option<String>,
    /// Time to first token, ms.
    pub ttft_ms: Option<f64>,
    /// Prompt tokens a second, by the engine's own count and time.
    pub prompt_tok_s: Option<f64>,
    /// Prompt tokens over the time to first token, where the engine tells no time of its own: it read them that fast at least.
    pub prompt_tok_s_at_least: Option<f64>,
    /// Output tokens a second, as defined for races; of several requests the median.
    pub output_tok_s: Option<f64>,
    /// Output tokens a second of all requests together, where there were several.
    pub load_tok_s: Option<f64>,
    /// Output tokens a second over the total time.
    pub end_to_end_tok_s: Option<f64>,
    /// Output tokens of the run.
    pub tokens: Option<f64>,
    /// Time on the processors during the run, seconds.
    pub cpu_s: Option<f64>,
    /// Peak of memory that no file backs, bytes.
    pub anonymous_bytes: Option<u64>,
    /// Peak of resident pages of files, bytes.
    pub file_bytes: Option<u64>,
    /// Threads of all its processes.
    pub threads: Option<u32>,
    /// Bytes of buffers on an accelerator, by its log.
    pub accelerator_bytes: Option<u64>,
    /// Bytes of buffers in main memory, by its log.
    pub host_bytes: Option<u64>,
    /// Tensors that its log says were put elsewhere than their layer.
    pub overrides: u32,
    /// Settings that it accepted without an effect that the log shows.
    pub without_effect: Vec<String>,
    /// Peak of memory on graphics devices, bytes.
    pub gpu_bytes: Option<u64>,
    /// Energy of the processor package during the run, joules; the whole machine.
    pub package_joules: Option<f64>,
    /// Energy of graphics devices during the run, joules; the whole machine.
    pub gpu_joules: Option<f64>,
    /// Processors that others kept busy meanwhile, for example 0.1.
    pub others_cores: Option<f64>,
    /// Whether that was too much for the figures to be trusted.
    pub disturbed: bool,
}

impl SweepVisit {
    /// A visit that brought nothing.
    #[must_use]
    pub fn failed(point: usize, round: u32, why: &str) -> Self {
        Self { point, round, failure: Some(why.to_owned()), ..Self::default() }
    }

    /// The figures of the one lane of `race`.
    #[must_use]
    pub fn of(point: usize, round: u32, race: &Race, others_cores: Option<f64>) -> Self {
        let (lanes, several) = (race.lanes(), race.lanes().len() > 1);
        let Some(lane) = lanes.first() else { return Self::failed(point, round, "nothing ran") };
        // All requests go to one engine: what it used stands at each of them.
        let (used, start) = (&lane.resources, lane.engine.as_deref());
        let split = start.and_then(EngineStart::split);
        let median = |get: &dyn Fn(&Lane) -> Option<f64>| median(lanes.iter().filter_map(get));
        let tokens = lanes.iter().filter_map(|lane| LaneTiming::of(lane).tokens).map(|tokens| tokens.count);
        let tokens = tokens.reduce(|one, other| one + other);
        Self {
            point,
            round,
            started_at: None,
            failure: lanes.iter().find_map(failure),
            lost: false,
            ready_ms: start.map(|start| start.ready.as_millis_f64()),
            page_cache: start.and_then(EngineStart::page_cache).map(PageCache::as_str).map(str::to_owned),
            ttft_ms: median(&|lane| LaneTiming::of(lane).ttft.map(Period::as_millis_f64)),
            prompt_tok_s: median(&prompt_speed),
            prompt_tok_s_at_least: median(&least_prompt_speed),
            output_tok_s: median(&|lane| LaneTiming::of(lane).output_speed.map(Rate::value)),
            load_tok_s: load_speed(lanes).filter(|_| several).map(Rate::value),
            end_to_end_tok_s: median(&|lane| LaneTiming::of(lane).end_to_end.map(Rate::value)),
            tokens,
            cpu_s: used.cpu().map(Period::as_secs_f64),
            anonymous_bytes: used.peak.anonymous_bytes,
            file_bytes: used.peak.file_bytes,
            threads: used.peak.threads,
            accelerator_bytes: split.map(|(accelerator, _)| accelerator),
            host_bytes: split.map(|(_, host)| host),
            overrides: start.map_or(0, |start| start.overrides),
            without_effect: start
                .map(|start| start.without_effect.iter().map(ToString::to_string).collect())
                .unwrap_or_default(),
            gpu_bytes: used.peak.gpu_bytes,
            package_joules: race.machine.package_joules(),
            gpu_joules: race.machine.gpu_joules(),
            others_cores,
            disturbed: others_cores.is_some_and(|cores| cores > DISTURBED),
        }
    }

    /// CPU seconds of one token.
    #[must_use]
    pub fn cpu_s_per_token(&self) -> Option<f64> {
        let tokens = self.tokens.filter(|tokens| *tokens > 0.0)?;
        self.cpu_s.map(|cpu| cpu / tokens)
    }

    /// Memory altogether at its peak, bytes.
    #[must_use]
    pub fn resident_bytes(&self) -> Option<u64> {
        match (self.anonymous_bytes, self.file_bytes) {
            (None, None) => None,
            (own, file) => Some(own.unwrap_or(0).saturating_add(file.unwrap_or(0))),
        }
    }

    /// Joules of one token, package and graphics devices together.
    #[must_use]
    pub fn joules_per_token(&self) -> Option<f64> {
        let tokens = self.tokens.filter(|tokens| *tokens > 0.0)?;
        let joules = match (self.package_joules, self.gpu_joules) {
            (None, None) => return None,
            (package, gpu) => package.unwrap_or(0.0) + gpu.unwrap_or(0.0),
        };
        Some(joules / tokens)
    }
}

/// Why a request brought no figures; nothing when it did.
fn failure(lane: &Lane) -> Option<String> {
    match &lane.state {
        LaneState::Finished => None,
        LaneState::Failed(failure) => Some(format!("{}: {}", failure.kind.title(), failure.message)),
        _ => Some("stopped".to_owned()),
    }
}

/// Tokens of the prompt that were read, and not found in a cache.
fn prompt_tokens(lane: &Lane) -> Option<f64> {
    let usage = lane.usage?;
    Some(usage.input?.saturating_sub(usage.cached.unwrap_or(0))).filter(|tokens| *tokens > 0).map(tokens_f64)
}

fn prompt_speed(lane: &Lane) -> Option<f64> {
    let time = lane.server.prompt.map(ReportedPeriod::as_secs).filter(|time| *time > 0.0)?;
    Some(prompt_tokens(lane)? / time)
}

fn least_prompt_speed(lane: &Lane) -> Option<f64> {
    if lane.server.prompt.is_some() {
        return None;
    }
    let ttft = LaneTiming::of(lane).ttft.map(Period::as_secs_f64).filter(|time| *time > 0.0)?;
    Some(prompt_tokens(lane)? / ttft)
}

#[expect(clippy::cast_precision_loss, reason = "a prompt has far fewer tokens than 2^53")]
fn tokens_f64(tokens: u64) -> f64 {
    tokens as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use speed_kings_core::race::engine::{EngineMemory, MemoryKind, ResourceSample};
    use speed_kings_core::race::event::{Event, EventKind, LaneId, ServerTiming, TextChannel, TokenUsage};
    use speed_kings_core::race::setup::{Contestant, RaceSetup};
    use speed_kings_core::time::{Offset, ReportedPeriod};

    fn race(last: EventKind) -> Race {
        let contestant: Contestant = speed_kings_core::fixture::contestant("A");
        let mut race = Race::new(RaceSetup { contestants: vec![contestant], ..RaceSetup::default() });
        let look = |ms| ResourceSample {
            cpu: Some(Period::from_millis(ms)),
            anonymous_bytes: Some(80),
            file_bytes: Some(20),
            ..ResourceSample::default()
        };
        let memory = EngineMemory { buffer: "CUDA0".into(), kind: MemoryKind::Model, bytes: 7 };
        let start = EngineStart {
            ready: Period::from_millis(300),
            memory: [memory].into(),
            overrides: 3,
            ..EngineStart::default()
        };
        let mut events = vec![
            (0, EventKind::EngineReady(Box::new(start))),
            (0, EventKind::Resources(Box::new(look(100)))),
            (0, EventKind::Sent),
        ];
        events.extend(
            (0..20).map(|n| {
                (100 + n * 10, EventKind::Text { channel: TextChannel::Answer, text: "word and more ".into() })
            }),
        );
        let usage = TokenUsage { input: Some(97), cached: Some(7), output: Some(40), ..TokenUsage::default() };
        events.push((300, EventKind::Usage(Box::new(usage))));
        events.push((
            300,
            EventKind::Server(Box::new(ServerTiming {
                prompt: ReportedPeriod::from_secs(0.5),
                ..ServerTiming::default()
            })),
        ));
        events.push((310, last));
        events.push((320, EventKind::Resources(Box::new(look(1_100)))));
        for (ms, kind) in events {
            race.apply(&Event { at: Offset::from_micros(ms * 1000), lane: Some(LaneId(0)), kind });
        }
        race
    }

    #[test]
    fn a_visit_takes_the_figures_of_its_lane() {
        let visit = SweepVisit::of(1, 2, &race(EventKind::Closed), Some(0.1));
        assert_eq!((visit.point, visit.round, visit.failure.as_ref(), visit.disturbed), (1, 2, None, false));
        assert_eq!((visit.ready_ms, visit.ttft_ms, visit.prompt_tok_s), (Some(300.0), Some(100.0), Some(180.0)));
        assert_eq!((visit.cpu_s, visit.cpu_s_per_token()), (Some(1.0), Some(0.025)));
        assert_eq!((visit.resident_bytes(), visit.accelerator_bytes, visit.overrides), (Some(100), Some(7), 3));
        assert!(visit.output_tok_s.is_some_and(|speed| (speed - 200.0).abs() < 1.0), "{visit:?}");
        assert_eq!(visit.joules_per_token(), None);
        let text = serde_json::to_string(&visit).unwrap();
        assert_eq!(serde_json::from_str::<SweepVisit>(&text).unwrap(), visit);
    }

    #[test]
    fn a_busy_machine_and_a_failure_are_marked() {
        assert!(SweepVisit::of(0, 1, &race(EventKind::Closed), Some(0.6)).disturbed);
        let failed = SweepVisit::of(0, 1, &race(EventKind::Stopped), None);
        assert_eq!(failed.failure.as_deref(), Some("stopped"));
    }
}
