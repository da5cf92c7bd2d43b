//! One contestant's side of the race: a small state machine with its marks, its text and its counts.
//! It only ever learns from events, so a replayed lane is the same lane to the last digit.

mod bursts;
mod count;
mod lateness;
mod merge;
mod own_delay;
mod point;
mod rice;
mod series;
mod text_reads;
mod text_size;
mod token_count;

pub use bursts::ReadBursts;
pub use lateness::{LatenessSummary, ReadLateness};
pub use point::LanePoint;
pub use series::{BUCKET, TextSeries, bucket_of};
pub use text_reads::{TextRead, TextReadIter, TextReads};
pub use token_count::{BYTES_PER_TOKEN, FEWEST_SPARE, MOST_CHARS_PER_TOKEN, TokenCount, TokenCounter, UnseenTokens};

use crate::race::engine::{EngineStart, ResourceUse};
use crate::race::event::{
    ConnectionFacts, EventKind, FinishReason, LaneFailure, ProcessFacts, ResponseHead, ServerTiming, TextChannel,
    TokenUsage, UpstreamFacts,
};
use crate::race::lane::merge::UsageMerge;
use crate::race::lane::text_size::TextSizes;
use crate::race::standstill::RaceStandstill;
use crate::race::transcript::Transcript;
use crate::time::{Offset, Period};

/// Where a lane stands.
#[derive(Clone, PartialEq, Debug, Default)]
pub enum LaneState {
    /// No request has left, and no connection is up yet.
    #[default]
    Waiting,
    /// Connected, before the green light.
    Ready,
    /// The request has left; no text yet.
    Requested,
    /// The server asked us to wait; the request leaves anew then.
    Holding {
        /// When the request leaves again, on the race clock.
        until: Offset,
    },
    /// The first text has come, and more may follow.
    Streaming,
    /// The reply has arrived in full.
    Finished,
    /// Out, with its text so far.
    Failed(LaneFailure),
    /// Ended by the viewer, with its text so far.
    Stopped,
}

impl LaneState {
    /// Whether nothing more can come.
    #[must_use]
    pub const fn is_over(&self) -> bool {
        matches!(self, Self::Finished | Self::Failed(_) | Self::Stopped)
    }

    /// The failure, if it is one.
    #[must_use]
    pub const fn failure(&self) -> Option<&LaneFailure> {
        if let Self::Failed(failure) = self { Some(failure) } else { None }
    }
}

/// The moments of a lane.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct LaneMarks {
    /// The request was handed to the connection.
    pub sent: Option<Offset>,
    /// All of the request had been written to the socket; nothing where nobody knows.
    pub written: Option<Offset>,
    /// The response's head arrived.
    pub headers: Option<Offset>,
    /// The first byte of the body arrived.
    pub first_byte: Option<Offset>,
    /// The first text of any kind arrived.
    pub first_text: Option<Offset>,
    /// The first answer text arrived.
    pub first_answer: Option<Offset>,
    /// The last text so far arrived.
    pub last_text: Option<Offset>,
    /// The last finish reason so far arrived.
    pub finish: Option<Offset>,
    /// The last usage so far arrived.
    pub usage: Option<Offset>,
    /// The end marker `[DONE]` arrived.
    pub done: Option<Offset>,
    /// The lane was over: finished, failed or stopped.
    pub over: Option<Offset>,
}

/// Reads this close together are counted as one, which our own buffer or the network has cut.
const ONE_READ: Period = Period::from_millis(2);
/// What comes within this is one burst.
const BURST: Period = Period::from_millis(5);

/// How the text was bunched, at both spans that matter.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct BunchedText {
    reads: ReadBursts,
    bursts: ReadBursts,
}

impl Default for BunchedText {
    fn default() -> Self {
        Self { reads: ReadBursts::within(ONE_READ), bursts: ReadBursts::within(BURST) }
    }
}

impl BunchedText {
    fn add(&mut self, at: Offset, bytes: usize) {
        self.reads.add(at, bytes);
        self.bursts.add(at, bytes);
    }
}

/// One contestant's side of the race.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Lane {
    /// Where the lane stands now.
    pub state: LaneState,
    /// The moments that it has reached so far.
    pub marks: LaneMarks,
    /// How its connection came to be.
    pub transport: Option<ConnectionFacts>,
    /// Whether that connection was up before the request left.
    pub warm: bool,
    /// The head of its response.
    pub head: Option<ResponseHead>,
    /// The model that the server names with its text. A name that comes behind all text is that of a later frame, and some
    /// servers put the asked one there whoever answered: it counts where there is no other.
    pub model: Option<Box<str>>,
    /// Who answered behind the address that was asked.
    pub upstream: UpstreamFacts,
    /// The most output tokens that were asked for; nothing when that is not known.
    pub cap: Option<u32>,
    /// The server's token counts, all usages of its stream merged.
    pub usage: Option<TokenUsage>,
    /// The server's own timings.
    pub server: ServerTiming,
    /// What its process used, when it is a command.
    pub process: Option<ProcessFacts>,
    /// How the engine behind it came up, when it was started for the race.
    pub engine: Option<Box<EngineStart>>,
    /// What the processes behind it use, when they run on this machine and the system tells.
    pub resources: ResourceUse,
    /// Why the model stopped.
    pub finish: Option<FinishReason>,
    /// What the viewer was told, oldest first.
    pub notices: Vec<Box<str>>,
    /// Damaged pieces that were passed over.
    pub malformed: u32,
    /// Requests after the first one.
    pub retries: u32,
    /// Signs of life without text.
    pub keep_alives: u32,
    /// How long our own queue held this lane up: its stamps may be that late.
    pub tainted: Period,
    stills: Vec<RaceStandstill>,
    /// The newest name of the model, until text comes under it.
    renamed: Option<Box<str>>,
    usages: UsageMerge,
    sizes: TextSizes,
    largest_read: usize,
    longest_gap: Period,
    bunched: BunchedText,
    transcript: Transcript,
    reads: TextReads,
    lateness: ReadLateness,
}

impl Lane {
    /// A lane that was asked for at most `cap` output tokens, as far as that is known.
    #[must_use]
    pub fn capped(cap: Option<u32>) -> Self {
        Self { cap, ..Self::default() }
    }

    /// Takes in one event of this lane. A lane that is over takes in nothing more but what held it up before.
    pub fn apply(&mut self, at: Offset, kind: &EventKind) {
        if let EventKind::Standstill(standstill) = kind {
            let still = RaceStandstill::ended(at, standstill);
            self.stills.extend(self.marks.over.is_none_or(|over| still.from < over).then_some(still));
        }
        if let EventKind::Resources(look) = kind {
            // The look that comes behind the end is the one that saw all of it.
            self.resources.take(at, **look, self.marks.sent.is_some());
        }
        if self.state.is_over() {
            return;
        }
        match kind {
            EventKind::Connected(transport) => {
                self.transport = Some((**transport).clone());
                self.warm = self.marks.sent.is_none();
                if self.warm {
                    self.state = LaneState::Ready;
                }
            }
            EventKind::Sent => {
                // A second request is a new sample: nothing of the first one counts.
                self.retries += u32::from(self.marks.sent.is_some());
                self.marks = LaneMarks { sent: Some(at), ..LaneMarks::default() };
                (self.model, self.renamed, self.upstream) = (None, None, UpstreamFacts::default());
                (self.usage, self.usages) = (None, UsageMerge::default());
                self.state = LaneState::Requested;
            }
            EventKind::Written => self.marks.written = Some(at),
            EventKind::Waiting(wait) => self.state = LaneState::Holding { until: at.plus(*wait) },
            EventKind::Headers(head) => {
                self.marks.headers = Some(at);
                self.head = Some((**head).clone());
            }
            EventKind::FirstByte => self.marks.first_byte = self.marks.first_byte.or(Some(at)),
            EventKind::KeepAlive => self.keep_alives += 1,
            EventKind::Text { channel, text } => self.text(at, *channel, text),
            EventKind::Model(model) if self.model.is_none() || self.transcript.text().is_empty() => {
                self.model = Some(model.clone());
            }
            EventKind::Model(model) => self.renamed = Some(model.clone()),
            EventKind::Upstream(upstream) => self.upstream.merge(upstream),
            EventKind::WasReasoning => {
                self.marks.first_answer = None;
                self.transcript.was_reasoning();
                self.sizes.was_reasoning();
            }
            EventKind::Usage(usage) => {
                self.marks.usage = Some(at);
                self.usage = Some(self.usages.take(usage, self.transcript.text().len()));
            }
            EventKind::Server(timing) => self.server.merge(timing),
            EventKind::Process(facts) => self.process = Some(**facts),
            EventKind::EngineReady(start) => self.engine = Some(start.clone()),
            EventKind::Finish(reason) => {
                self.marks.finish = Some(at);
                self.finish = Some(reason.clone());
            }
            EventKind::Done => self.marks.done = Some(at),
            EventKind::Closed => self.end(at, LaneState::Finished),
            EventKind::Failed(failure) => self.end(at, LaneState::Failed((**failure).clone())),
            EventKind::Stopped => self.end(at, LaneState::Stopped),
            EventKind::Malformed(_) => self.malformed += 1,
            EventKind::Notice(text) => self.notices.push(text.clone()),
            EventKind::Lateness(reads) => self.lateness.extend(reads),
            EventKind::Tainted(wait) => self.tainted = Period::from_micros(self.tainted.as_micros() + wait.as_micros()),
            EventKind::Standstill(_) | EventKind::Resources(_) | EventKind::Countdown | EventKind::Green => {}
        }
    }

    fn end(&mut self, at: Offset, state: LaneState) {
        self.marks.over = Some(at);
        self.state = state;
    }

    fn text(&mut self, at: Offset, channel: TextChannel, text: &str) {
        if text.is_empty() {
            return;
        }
        self.state = LaneState::Streaming;
        self.model = self.renamed.take().or(self.model.take());
        self.marks.first_text = self.marks.first_text.or(Some(at));
        self.marks.last_text = Some(at);
        if channel == TextChannel::Answer {
            self.marks.first_answer = self.marks.first_answer.or(Some(at));
        }
        self.transcript.push(channel, text);
        self.sizes.add(channel, text);
        let gap = self.reads.last().map_or(Period::ZERO, |last| at.since(last.at));
        self.longest_gap = self.longest_gap.max(gap);
        let read = self.reads.add(at, self.transcript.text().len());
        self.largest_read = self.largest_read.max(read);
        self.bunched.add(at, text.len());
    }

    /// From when the lane is timed: from its request being written, or, where nobody knows or a connection had to be made for
    /// it, from its leaving.
    #[must_use]
    pub fn asked(&self) -> Option<Offset> {
        self.marks.written.filter(|_| self.warm).or(self.marks.sent)
    }

    /// How long it took to write its request; where only that is known, until a client with a pool had taken it.
    #[must_use]
    pub fn written_after(&self) -> Option<Period> {
        let written = self.marks.written.zip(self.marks.sent).map(|(written, sent)| written.since(sent));
        written.or(self.head.as_ref()?.written)
    }

    /// Keeps how late reads were taken in so that it can be gone back. It must not know of any yet.
    pub(super) fn keep_lateness_in_order(&mut self) {
        self.lateness = ReadLateness::in_order();
    }

    /// How late its reads were taken in.
    #[must_use]
    pub const fn lateness(&self) -> &ReadLateness {
        &self.lateness
    }

    /// All text that the lane has received, with its channels.
    #[must_use]
    pub const fn transcript(&self) -> &Transcript {
        &self.transcript
    }

    /// Its text over time.
    #[must_use]
    pub const fn series(&self) -> TextSeries<'_> {
        TextSeries(&self.reads)
    }

    /// The reads that carried text, in order.
    #[must_use]
    pub const fn reads(&self) -> &TextReads {
        &self.reads
    }

    /// Those that count as one read each: our own buffer or the network has cut them.
    #[must_use]
    pub const fn read_bursts(&self) -> ReadBursts {
        self.bunched.reads
    }

    /// Those that came in one burst each.
    #[must_use]
    pub const fn text_bursts(&self) -> ReadBursts {
        self.bunched.bursts
    }

    /// The longest gap between two of them, whatever the program itself did meanwhile.
    #[must_use]
    pub const fn longest_gap(&self) -> Period {
        self.longest_gap
    }

    /// Bytes of text in the largest of them.
    #[must_use]
    pub const fn largest_read(&self) -> usize {
        self.largest_read
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::race::event::FailureKind;

    fn ms(ms: i64) -> Offset {
        Offset::from_micros(ms * 1_000)
    }

    fn text(text: &str) -> EventKind {
        EventKind::Text { channel: TextChannel::Answer, text: text.into() }
    }

    fn streaming() -> Lane {
        let mut lane = Lane::default();
        for (at, kind) in
            [(0, EventKind::Sent), (100, text("Hello ")), (100, text("big ")), (200, text("world, here I am"))]
        {
            lane.apply(ms(at), &kind);
        }
        lane
    }

    #[test]
    fn pieces_of_one_read_share_it() {
        let lane = streaming();
        assert_eq!(lane.reads().len(), 2);
        assert_eq!(lane.reads().first().unwrap(), TextRead { at: ms(100), bytes: 10, pieces: 2 });
        assert_eq!(lane.marks.first_text, Some(ms(100)));
        assert_eq!(lane.marks.last_text, Some(ms(200)));
    }

    #[test]
    fn usage_rescales_the_estimate() {
        let mut lane = streaming();
        assert_eq!(lane.tokens(), Some(TokenCount { count: 6.5, counted_by: TokenCounter::Estimate, refused: None }));
        lane.apply(ms(300), &EventKind::Usage(Box::new(TokenUsage { output: Some(13), ..TokenUsage::default() })));
        assert_eq!(lane.tokens(), Some(TokenCount { count: 13.0, counted_by: TokenCounter::Usage, refused: None }));
        assert!((lane.tokens_by(ms(150)) - 5.0).abs() < 1e-9);
        assert_eq!(lane.time_of(5.0), Some(ms(100)));
        assert_eq!(lane.time_of(5.5), Some(ms(200)));
        assert_eq!(lane.time_of(14.0), None);
    }

    #[test]
    fn hidden_reasoning_is_not_part_of_what_was_seen() {
        let mut lane = streaming();
        lane.apply(
            ms(300),
            &EventKind::Usage(Box::new(TokenUsage {
                output: Some(113),
                reasoning: Some(100),
                ..TokenUsage::default()
            })),
        );
        assert_eq!(lane.hidden_reasoning(), Some(100));
        assert_eq!(lane.seen_tokens(), Some(13.0));
        assert_eq!(lane.tokens().map(|t| t.count), Some(113.0));
    }

    #[test]
    fn the_model_is_the_one_that_the_text_came_under() {
        let mut lane = Lane::default();
        let named = |name: &str| EventKind::Model(name.into());
        lane.apply(ms(0), &EventKind::Sent);
        for (kind, model) in [
            (named("a"), "a"),
            (text("one "), "a"),
            (named("asked"), "a"),
            (EventKind::Usage(Box::default()), "a"),
            (named("b"), "a"),
            (text("two"), "b"),
            (named("asked"), "b"),
        ] {
            lane.apply(ms(1), &kind);
            assert_eq!(lane.model.as_deref(), Some(model), "{kind:?}");
        }
    }

    #[test]
    fn a_model_that_is_named_only_behind_the_text_is_the_one() {
        let mut lane = streaming();
        lane.apply(ms(300), &EventKind::Model("tiny".into()));
        lane.apply(ms(300), &EventKind::Model("asked".into()));
        assert_eq!(lane.model.as_deref(), Some("tiny"));
    }

    #[test]
    fn a_wrong_usage_of_zero_is_not_believed() {
        let mut lane = streaming();
        lane.apply(ms(300), &EventKind::Usage(Box::new(TokenUsage { output: Some(0), ..TokenUsage::default() })));
        assert_eq!(lane.tokens().map(|t| t.counted_by), Some(TokenCounter::Estimate));
    }

    #[test]
    fn a_lane_that_is_over_stays_as_it_is() {
        let mut lane = streaming();
        lane.apply(ms(300), &EventKind::Failed(Box::new(LaneFailure::new(FailureKind::Reset, "gone"))));
        let over = lane.clone();
        for kind in [text("late"), EventKind::Closed, EventKind::Stopped, EventKind::Sent] {
            lane.apply(ms(400), &kind);
        }
        assert_eq!(lane, over);
        assert_eq!(lane.transcript().text(), "Hello big world, here I am");
    }
}
