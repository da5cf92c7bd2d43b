//! Races and contestants for tests, here and in the crates above.

use crate::race::Race;
use crate::race::engine::{EngineMemory, EngineStart, MemoryKind, ResourceSample};
use crate::race::event::{
    ConnectionFacts, Event, EventKind, FailureKind, FinishReason, LaneFailure, LaneId, ProcessFacts, ResponseHead,
    ServerTiming, Standstill, TextChannel, TokenUsage, UpstreamFacts,
};
use crate::race::hardware::Hardware;
use crate::race::price::Price;
use crate::race::quality::MeasuredQuality;
use crate::race::setup::{Contestant, RaceSettings, RaceSetup};
use crate::time::{Offset, Period, Rate, ReportedPeriod};

/// A contestant with a price and nothing special about it.
#[must_use]
pub fn contestant(name: &str) -> Contestant {
    Contestant {
        name: name.into(),
        provider: name.to_lowercase(),
        model: "llama-test".into(),
        same_as: Some("llama-3.1-8b".into()),
        also_answers: Vec::new(),
        settings: Vec::new(),
        hardware: Hardware::GpuCloud,
        simulated: false,
        endpoint: None,
        local: false,
        here: false,
        price: Some(Price {
            input: 1.0,
            output: 2.0,
            cached: None,
            as_of: "2026-07-02".into(),
            source: "a test".into(),
        }),
        claims: Vec::new(),
        ghost: None,
        runner: None,
    }
}

/// The same times with others evenly between them, as many as an output speed takes; fewer than two as they are.
#[must_use]
pub fn enough(times: &[i64]) -> Vec<i64> {
    let (Some(first), Some(last)) = (times.first(), times.last()) else { return Vec::new() };
    let mut all = times.to_vec();
    if (2..12).contains(&times.len()) {
        all.extend((1..12).map(|step| first + (last - first) * step / 12));
        all.sort_unstable();
    }
    all
}

/// A race of two lanes whose texts come at the given milliseconds, and at others between them, ten tokens each.
#[must_use]
pub fn race(lanes: [&[i64]; 2]) -> Race {
    let settings = RaceSettings { warm: true, ..RaceSettings::default() };
    let mut race =
        Race::new(RaceSetup { contestants: vec![contestant("A"), contestant("B")], settings, ..RaceSetup::default() });
    for (id, texts) in (0..).zip(lanes) {
        let mut put = |ms: i64, kind| {
            race.apply(&Event { at: Offset::from_micros(ms * 1_000), lane: Some(LaneId(id)), kind });
        };
        put(-100, EventKind::Connected(Box::default()));
        put(0, EventKind::Sent);
        for ms in enough(texts) {
            put(ms, EventKind::Text { channel: TextChannel::Answer, text: "word".into() });
        }
        let end = texts.last().copied().unwrap_or(0);
        put(end, EventKind::Finish(FinishReason::Stop));
        let usage = TokenUsage {
            input: Some(100),
            cached: Some(0),
            output: Some(10),
            reasoning: Some(0),
            ..TokenUsage::default()
        };
        put(end, EventKind::Usage(Box::new(usage)));
        put(end, EventKind::Closed);
    }
    race
}

/// An engine that has told everything of itself.
fn engine_start() -> EngineStart {
    EngineStart {
        engine: "llama-server".into(),
        ready: Period::from_millis(366),
        cached: Some(0.25),
        storage_bytes: Some(4_096),
        model_bytes: Some(98_362_432),
        memory: [EngineMemory { buffer: "CPU_Mapped".into(), kind: MemoryKind::Model, bytes: 96_576_768 }].into(),
        layers: Some((22, 33)),
        overrides: 90,
        settings: [("threads".into(), "1".into())].into(),
        without_effect: ["gpu_layers".into()].into(),
        quality: Some(Box::new(MeasuredQuality {
            bits_per_byte: 1.114_1,
            perplexity: Some(29.940_8),
            missed: 2,
            text_hash: "0123456789abcdef".into(),
            day: "2026-11-29".into(),
        })),
    }
}

/// One event of every kind, with every field set at least once.
#[must_use]
pub fn samples() -> Vec<Event> {
    let reported = |secs| ReportedPeriod::from_secs(secs);
    let mut failure = LaneFailure::new(FailureKind::RateLimited, "slow down \u{1b}[2J").with_hint("wait");
    failure.status = Some(429);
    failure.retry_after = Some(Period::from_millis(1_500));
    let channels = [TextChannel::Answer, TextChannel::Reasoning, TextChannel::Tool, TextChannel::Refusal];
    let channels = channels.map(|channel| EventKind::Text { channel, text: "wörd \"quoted\"\n🏁".into() });
    let kinds = [
        EventKind::Countdown,
        EventKind::Connected(Box::new(ConnectionFacts {
            dns: Some(Period::from_micros(7)),
            ..ConnectionFacts::default()
        })),
        EventKind::Green,
        EventKind::Sent,
        EventKind::Written,
        EventKind::Headers(Box::new(ResponseHead {
            status: 200,
            version: "HTTP/2.0".into(),
            region: Some("msp".into()),
            simulated: true,
            written: Some(Period::from_micros(41)),
            limits: [("x-ratelimit-limit".into(), "9".into())].into(),
        })),
        EventKind::FirstByte,
        EventKind::KeepAlive,
        EventKind::Model("m".into()),
        EventKind::Usage(Box::new(TokenUsage {
            input: Some(1),
            cached: Some(2),
            output: Some(3),
            reasoning: None,
            total: Some(6),
            apart: true,
            cost_usd: Some(0.1 + 0.2),
        })),
        EventKind::Server(Box::new(ServerTiming {
            queue: reported(0.000_202_59),
            load: reported(0.1),
            prompt: reported(0.003_302_964),
            completion: reported(0.132_368_815),
            total: reported(0.137_253_761_291_503_9),
            first_token: None,
            rate: Some(Rate::per_second(755.465)),
        })),
        EventKind::Finish(FinishReason::Other("eos".into())),
        EventKind::Resources(Box::new(ResourceSample {
            anonymous_bytes: Some(87_000_000),
            file_bytes: Some(114_000_000),
            undivided_bytes: Some(1_000_000),
            cpu: Some(Period::from_millis(730)),
            threads: Some(4),
            gpu_bytes: Some(1),
            gpu_busy: Some(0.5),
            gpu_watts: Some(120.5),
            package_joules: Some(0.1 + 0.2),
            gpu_joules: Some(7.0),
        })),
        EventKind::EngineReady(Box::new(engine_start())),
        EventKind::Process(Box::new(ProcessFacts {
            exit_code: Some(-1),
            peak_rss_bytes: Some(1 << 40),
            cpu: Some(Period::from_micros(1_230_000)),
        })),
        EventKind::Done,
        EventKind::Malformed("{\"cut".into()),
        EventKind::Waiting(Period::from_millis(1_500)),
        EventKind::Notice("retried".into()),
        EventKind::Lateness([7, 0, 1_200].map(Period::from_micros).into()),
        EventKind::Tainted(Period::from_millis(2)),
        EventKind::Failed(Box::new(failure)),
        EventKind::Closed,
        EventKind::Stopped,
        EventKind::Standstill(Standstill {
            length: Period::from_micros(3_004_211),
            suspended: Some(Period::from_micros(12)),
        }),
        EventKind::Upstream(Box::new(UpstreamFacts {
            provider: Some("secretupstream".into()),
            fingerprint: Some("fp_secret".into()),
            headers: [("x-inference-provider".into(), "secretheader".into())].into(),
        })),
    ];
    let whole = |kind: &EventKind| {
        use EventKind::{Countdown, Green, Standstill, Stopped};
        matches!(kind, Countdown | Green | Stopped | Standstill(_))
    };
    (0..)
        .zip(kinds.into_iter().chain(channels).chain([EventKind::WasReasoning]))
        .map(|(i, kind)| Event {
            at: Offset::from_micros(i * 1_000 - 1_500),
            lane: (!whole(&kind)).then_some(LaneId(1)),
            kind,
        })
        .collect()
}
