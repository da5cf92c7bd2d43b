//! The event: the one timed fact that screen, recording, replay and benchmark are made of.
//! A lane's source writes events, the reducer reads them, and nothing else travels between the two.

mod upstream;

pub use upstream::UpstreamFacts;

mod failure;
mod finish;

use compact_str::CompactString;

use crate::race::engine::{EngineStart, ResourceSample};
pub use crate::race::event::failure::{FailureKind, LaneFailure};
pub use crate::race::event::finish::{FinishMeaning, FinishReason};
use crate::time::{Offset, Period, Rate, ReportedPeriod};

/// Which lane of the race, from 0 in the order of the setup.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct LaneId(pub u8);

impl LaneId {
    /// As an index into the race's lanes.
    #[must_use]
    pub const fn index(self) -> usize {
        self.0 as usize
    }
}

/// One fact at one moment. `lane` is `None` when it concerns the race as a whole.
#[derive(Clone, PartialEq, Debug)]
pub struct Event {
    /// When, on the race clock. Facts out of one socket read share it.
    pub at: Offset,
    /// Whose it is; `None` when it concerns the race as a whole.
    pub lane: Option<LaneId>,
    /// What happened at that moment.
    pub kind: EventKind,
}

/// What happened, with the facts that belong to it. Nearly all events are text, so everything larger lies elsewhere.
#[derive(Clone, PartialEq, Debug)]
pub enum EventKind {
    // -- the race as a whole --
    /// The start sequence runs; the green light is at offset 0.
    Countdown,
    /// The green light: the requests leave now.
    Green,
    /// Somebody ended the race before its lanes did.
    Stopped,
    /// The program itself stood still until now: nothing that came meanwhile was read when it came.
    Standstill(Standstill),

    /// What processes and devices use: of one lane's processes, or, without a lane, of the whole machine.
    Resources(Box<ResourceSample>),

    // -- one lane, in the order in which they usually come --
    /// The engine that was started for it can answer.
    EngineReady(Box<EngineStart>),
    /// A connection is up: warm when it is before the request, cold when it had to be made for it.
    Connected(Box<ConnectionFacts>),
    /// The request was handed to the connection.
    Sent,
    /// All of the request had been written to the socket.
    Written,
    /// The response's head arrived.
    Headers(Box<ResponseHead>),
    /// The first byte of the body arrived.
    FirstByte,
    /// A comment line or another sign of life that carries no text.
    KeepAlive,
    /// A piece of text, never empty.
    Text {
        /// What kind of text.
        channel: TextChannel,
        /// The text as the server sent it: untrusted, to be made printable before it is drawn. A token's fits where the event lies.
        text: CompactString,
    },
    /// All answer text so far was reasoning: a tag closed it that the model's template had opened, unseen.
    WasReasoning,
    /// The model that the server says it runs.
    Model(Box<str>),
    /// Who answered behind the address that was asked; later fields replace earlier ones.
    Upstream(Box<UpstreamFacts>),
    /// The server's token counts; later fields replace or add to earlier ones, and nothing erases one.
    Usage(Box<TokenUsage>),
    /// The server's own timings; later fields replace earlier ones.
    Server(Box<ServerTiming>),
    /// Why the model stopped; the last one stands.
    Finish(FinishReason),
    /// What a contestant's own process used, and how it ended.
    Process(Box<ProcessFacts>),
    /// The end marker of the stream (`[DONE]`).
    Done,
    /// The body ended and nothing is missing.
    Closed,
    /// The lane is out. Its text so far stays.
    Failed(Box<LaneFailure>),
    /// One damaged piece of the stream was passed over.
    Malformed(Box<str>),
    /// The server asked us to wait this long; the request leaves anew afterwards.
    Waiting(Period),
    /// Something the viewer should know, for example a retry without a refused field.
    Notice(Box<str>),
    /// How long after their arrival at this machine the lane's latest reads were taken in, in order.
    Lateness(Box<[Period]>),
    /// Our own queue was full for this long, so the lane's later stamps may be late.
    Tainted(Period),
}

/// A time in which the program itself did nothing: it was stopped, the machine was suspended, or too busy to run it.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Standstill {
    /// How long, on the race clock. It ends with its event.
    pub length: Period,
    /// How long the machine was suspended meanwhile, which the race clock doesn't count; nothing where nobody knows.
    pub suspended: Option<Period>,
}

/// What a piece of text is.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum TextChannel {
    /// The answer that the user asked for.
    Answer,
    /// What the model thinks before it answers.
    Reasoning,
    /// Arguments of a tool call.
    Tool,
    /// A refusal in its own field.
    Refusal,
}

/// How the connection came to be. Absent means not known, never zero.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct ConnectionFacts {
    /// How long the name lookup took.
    pub dns: Option<Period>,
    /// How long the TCP handshake took.
    pub tcp: Option<Period>,
    /// How long the TLS handshake took.
    pub tls: Option<Period>,
    /// The whole of it, from asking to a connection that could carry a request.
    pub total: Option<Period>,
}

/// The head of the response.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct ResponseHead {
    /// The HTTP status code, for example 200.
    pub status: u16,
    /// The HTTP version, for example `HTTP/1.1`.
    pub version: Box<str>,
    /// The serving region, where a header names one.
    pub region: Option<Box<str>>,
    /// Whether the server says that it is a simulator.
    pub simulated: bool,
    /// From the start of the request until the connection had taken all of it.
    pub written: Option<Period>,
    /// The headers that speak of limits, in the server's own words.
    pub limits: Box<[(Box<str>, Box<str>)]>,
}

/// Token counts as the server reports them.
#[derive(Clone, Copy, PartialEq, Debug, Default)]
pub struct TokenUsage {
    /// Tokens of the prompt, as the server counts them.
    pub input: Option<u64>,
    /// Those of them that came out of a cache.
    pub cached: Option<u64>,
    /// Completion tokens as the server gives them: reasoning included, unless it is counted [apart](Self::apart).
    pub output: Option<u64>,
    /// Reasoning tokens, as the server counts them.
    pub reasoning: Option<u64>,
    /// Prompt and completion together, as the server gives them.
    pub total: Option<u64>,
    /// The server's total shows that it counts reasoning beside the output, not within it.
    pub apart: bool,
    /// The charge in USD, where the server says it.
    pub cost_usd: Option<f64>,
}

impl TokenUsage {
    /// All tokens that were written, reasoning included.
    #[must_use]
    pub fn written(&self) -> Option<u64> {
        let beside = if self.apart { self.reasoning.unwrap_or(0) } else { 0 };
        self.output.map(|output| output.saturating_add(beside))
    }
}

/// Timings as the server reports them, in its own words and never corrected.
#[derive(Clone, Copy, PartialEq, Debug, Default)]
pub struct ServerTiming {
    /// Waiting for a slot.
    pub queue: Option<ReportedPeriod>,
    /// Time for loading the model.
    pub load: Option<ReportedPeriod>,
    /// Time for reading the prompt.
    pub prompt: Option<ReportedPeriod>,
    /// Time for writing the completion.
    pub completion: Option<ReportedPeriod>,
    /// Time for all of it together.
    pub total: Option<ReportedPeriod>,
    /// Time to first token as the server sees it.
    pub first_token: Option<ReportedPeriod>,
    /// Output tokens per second as the server sees them.
    pub rate: Option<Rate>,
}

impl ServerTiming {
    /// Takes every field that `newer` has.
    pub fn merge(&mut self, newer: &Self) {
        self.queue = newer.queue.or(self.queue);
        self.load = newer.load.or(self.load);
        self.prompt = newer.prompt.or(self.prompt);
        self.completion = newer.completion.or(self.completion);
        self.total = newer.total.or(self.total);
        self.first_token = newer.first_token.or(self.first_token);
        self.rate = newer.rate.or(self.rate);
    }

    /// Whether the server said anything.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// What is known of a process that ran as a contestant, its children included. Absent means not known, never zero.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct ProcessFacts {
    /// Its exit code; nothing when a signal ended it.
    pub exit_code: Option<i32>,
    /// The most memory that its processes held, each at its own peak.
    pub peak_rss_bytes: Option<u64>,
    /// Time on the processors, user and system.
    pub cpu: Option<Period>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_million_events_fit_into_48_megabytes() {
        assert!(size_of::<Event>() <= 48, "{}", size_of::<Event>());
    }

    #[test]
    fn failure_names_read_back() {
        for kind in FailureKind::ALL {
            assert_eq!(FailureKind::parse(kind.as_str()), kind);
        }
        assert_eq!(FailureKind::parse("from_the_future"), FailureKind::Protocol);
    }

    #[test]
    fn server_timings_merge_by_field() {
        let mut timing = ServerTiming { queue: ReportedPeriod::from_secs(0.1), ..Default::default() };
        timing.merge(&ServerTiming { prompt: ReportedPeriod::from_secs(0.2), ..Default::default() });
        assert_eq!(timing.queue, ReportedPeriod::from_secs(0.1));
        assert_eq!(timing.prompt, ReportedPeriod::from_secs(0.2));
        assert!(!timing.is_empty());
    }
}
