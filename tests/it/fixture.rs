//! A race that is the same every time: its events are written down here, microsecond by microsecond.
//! A scene is that race up to a moment, on a clock that stands still.

use std::time::Instant;

use speed_kings::catalog::{Claim, Hardware, Price};
use speed_kings::race::event::{
    ConnectionFacts, Event, EventKind, FailureKind, FinishReason, LaneFailure, LaneId, ResponseHead, ServerTiming,
    TextChannel, TokenUsage,
};
use speed_kings::race::setup::{Contestant, PhaseRef, RacePrompt, RaceSettings, RaceSetup};
use speed_kings::source::{EventSource, SourceFlow};
use speed_kings::time::{Offset, Period, ReportedPeriod};

/// What both contestants say, more than once: wide characters, a list, and an escape sequence that must stay inert.
const TEXT: &str = "Speed is not one number. The first token tells how long a reader waits, the rest how fast the text \
                    runs.\n\n- a queue in front of the model\n- the prompt being read (日本語 costs more)\n- \
                    the stream itself 🏁\n\nWhoever measures only one of them \u{1b}[31mwill be wrong\u{1b}[0m about \
                    the other. ";

const THOUGHT: &str = "The user asks what speed means. I should part waiting from streaming, then say which matters. ";

/// How one contestant runs.
#[derive(Clone, Copy)]
pub(crate) struct Pace {
    /// To the first token, ms.
    pub(crate) first: i64,
    /// Between two tokens, µs.
    pub(crate) gap: i64,
    /// Tokens, reasoning included.
    pub(crate) tokens: u64,
    /// Those of them that are reasoning.
    pub(crate) thoughts: u64,
    /// When it is out, ms.
    pub(crate) out: Option<i64>,
}

/// The quick one.
pub(crate) const QUICK: Pace = Pace { first: 62, gap: 1_250, tokens: 600, thoughts: 0, out: None };
/// The slow one.
pub(crate) const SLOW: Pace = Pace { first: 148, gap: 2_500, tokens: 600, thoughts: 0, out: None };

/// The events of the lanes, in order.
pub(crate) fn events(lanes: impl IntoIterator<Item = Pace>) -> Vec<Event> {
    let whole = |us, kind| Event { at: Offset::from_micros(us), lane: None, kind };
    let mut events = vec![whole(-3_000_000, EventKind::Countdown), whole(0, EventKind::Green)];
    for (id, pace) in (0..).zip(lanes) {
        let kinds = lane(pace, i64::from(id));
        events.extend(kinds.into_iter().map(|(us, kind)| Event {
            at: Offset::from_micros(us),
            lane: Some(LaneId(id)),
            kind,
        }));
    }
    events.sort_by_key(|event| event.at);
    events
}

fn lane(pace: Pace, id: i64) -> Vec<(i64, EventKind)> {
    let tcp = Some(Period::from_micros(11_400));
    let connected = ConnectionFacts { dns: None, tcp, tls: None, total: Some(Period::from_micros(24_100)) };
    let head =
        ResponseHead { status: 200, version: "HTTP/2.0".into(), region: Some("fra".into()), ..ResponseHead::default() };
    let begun = pace.first * 1_000;
    let mut lane = vec![
        (-3_100_000 + id * 40_000, EventKind::Connected(Box::new(connected))),
        (40 * id, EventKind::Sent),
        (begun - 9_000, EventKind::Headers(Box::new(head))),
        (begun - 9_000, EventKind::FirstByte),
        (begun - 9_000, EventKind::Model("gpt-oss-120b".into())),
    ];
    let (mut words, mut thoughts) = (tokens(TEXT).cycle(), tokens(THOUGHT).cycle());
    let mut at = begun;
    for number in 0..pace.tokens {
        let (channel, text) = if number < pace.thoughts {
            (TextChannel::Reasoning, thoughts.next())
        } else {
            (TextChannel::Answer, words.next())
        };
        at = begun + i64::try_from(number).unwrap() * pace.gap;
        lane.push((at, EventKind::Text { channel, text: text.unwrap().into() }));
    }
    match pace.out {
        Some(ms) => {
            lane.retain(|(us, _)| *us < ms * 1_000);
            let mut failure = LaneFailure::new(
                FailureKind::RateLimited,
                "Tokens per minute limit exceeded - too many tokens processed.",
            )
            .with_hint("try again in 12.0 s, or with a smaller --max-tokens");
            (failure.status, failure.retry_after) = (Some(429), Some(Period::from_millis(12_000)));
            lane.push((ms * 1_000, EventKind::Failed(Box::new(failure))));
        }
        None => lane.extend(ending(pace).map(|kind| (at + 300, kind))),
    }
    lane
}

/// A third of a word or so at a time, as a tokenizer would cut it.
fn tokens(text: &'static str) -> impl Iterator<Item = &'static str> + Clone {
    text.split_inclusive([' ', '\n'])
}

fn ending(pace: Pace) -> [EventKind; 5] {
    let usage = TokenUsage {
        input: Some(96),
        cached: Some(0),
        output: Some(pace.tokens),
        reasoning: Some(pace.thoughts),
        ..TokenUsage::default()
    };
    let server = ServerTiming {
        queue: ReportedPeriod::from_secs(0.000_4),
        prompt: ReportedPeriod::from_secs(0.003_1),
        completion: ReportedPeriod::from_secs(0.74),
        ..ServerTiming::default()
    };
    let [finish, done] = [EventKind::Finish(FinishReason::Stop), EventKind::Done];
    [finish, EventKind::Usage(Box::new(usage)), EventKind::Server(Box::new(server)), done, EventKind::Closed]
}

/// Who races whom.
pub(crate) fn setup() -> RaceSetup {
    RaceSetup {
        phase: Some(PhaseRef {
            id: "G1".into(),
            title: "Cerebras vs Groq".into(),
            model: "GPT-OSS 120B".into(),
            question: Some("How far ahead is the wafer?".into()),
        }),
        contestants: vec![contestant("Cerebras", Hardware::Wse, false), contestant("Groq", Hardware::Lpu, true)],
        prompt: RacePrompt { name: "long".into(), text: "What does speed mean?".into() },
        settings: RaceSettings {
            max_tokens: Some(1_000),
            temperature: Some(0.0),
            seed: None,
            nonce: Some("c0ffee".into()),
            no_reasoning: false,
            warm: true,
        },
        mismatches: Vec::new(),
        history: Vec::new(),
    }
}

/// More than two, one of them a ghost, with names of all kinds; the fifth is the quickest.
pub(crate) fn crowd() -> (RaceSetup, Vec<Pace>) {
    let names = ["Cerebras", "Groq", "llama.cpp (Q4_K_M)", "SambaNova", "Cerebras #2", "計算機"];
    let mut setup = RaceSetup { phase: None, ..setup() };
    setup.contestants = names.map(|name| contestant(name, Hardware::GpuCloud, name == "Groq")).into();
    setup.contestants[3].ghost = Some("2026-07-01T12:00:00Z".into());
    let lanes = [100, 80, 60, 40, 0, 20].map(|more| Pace { first: 62 + more, gap: 1_250 + more * 20, ..QUICK });
    (setup, lanes.into())
}

fn contestant(name: &str, hardware: Hardware, simulated: bool) -> Contestant {
    Contestant {
        name: name.into(),
        provider: name.to_lowercase(),
        model: "gpt-oss-120b".into(),
        same_as: Some("gpt-oss-120b".into()),
        also_answers: Vec::new(),
        settings: Vec::new(),
        hardware,
        simulated,
        endpoint: None,
        local: false,
        here: false,
        price: Some(Price {
            input: 0.25,
            output: 0.69,
            cached: None,
            as_of: "2026-07-02".into(),
            source: "its price list".into(),
        }),
        claims: vec![Claim {
            tok_s: 3_000.0,
            as_of: "2026-07-02".into(),
            source: "its own page".into(),
            measured: false,
        }],
        ghost: None,
        runner: None,
    }
}

/// The race up to a moment, as a source.
pub(crate) struct Scene {
    setup: RaceSetup,
    events: Vec<Event>,
    clock: Option<Offset>,
    over: bool,
}

impl Scene {
    /// The race of `lanes` as it is at `ms`; the whole of it without a moment.
    pub(crate) fn at(lanes: [Pace; 2], ms: Option<i64>) -> Box<Self> {
        Self::of(setup(), lanes, ms)
    }

    /// The same of whoever races.
    pub(crate) fn of(setup: RaceSetup, lanes: impl IntoIterator<Item = Pace>, ms: Option<i64>) -> Box<Self> {
        let mut events = events(lanes);
        let end = events.last().map(|event| event.at);
        let clock = ms.map(|ms| Offset::from_micros(ms * 1_000));
        events.retain(|event| clock.is_none_or(|clock| event.at <= clock));
        Box::new(Self { setup, events, clock: clock.or(end), over: ms.is_none() })
    }

    /// Before anything has happened.
    pub(crate) fn warming() -> Box<Self> {
        Box::new(Self { setup: setup(), events: Vec::new(), clock: None, over: false })
    }
}

impl EventSource for Scene {
    fn setup(&self) -> &RaceSetup {
        &self.setup
    }

    fn clock(&self, _now: Instant) -> Option<Offset> {
        self.clock
    }

    fn poll(&mut self, _now: Instant, due: &mut Vec<Event>) -> SourceFlow {
        due.append(&mut self.events);
        if self.over { SourceFlow::Over } else { SourceFlow::Open }
    }

    fn stop(&mut self) {}
}
