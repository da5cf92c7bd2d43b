//! What all dialects keep of a reply while it comes in, and the verdict on it at its end.
//! It turns the facts that a dialect finds into events and holds no bytes but those of a tag that is still open.

mod outcome;

use crate::provider::escape_halves::{self, EscapeHalves};
use crate::provider::excerpt::excerpt;
use crate::provider::stream::outcome::ReplySoFar;
use crate::provider::think_tags::ThinkSplitter;
use speed_kings_core::race::event::{
    EventKind, FailureKind, FinishMeaning, FinishReason, LaneFailure, ServerTiming, TextChannel, TokenUsage,
    UpstreamFacts,
};

/// Characters shown of a damaged piece.
const PIECE: usize = 80;

/// What stands for half a character whose other half never came.
const LOST: &str = "\u{FFFD}";

type Out = Vec<EventKind>;

/// What shows that the reply is complete, apart from a finish reason.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum EndMark {
    /// Nothing has shown the end so far.
    Open,
    /// A usage came behind all text: the end of a stream that names no reason for it.
    Settled,
    /// The end marker came.
    Marked,
}

#[derive(Debug)]
#[expect(clippy::struct_excessive_bools, reason = "one independent yes or no each, of the reply and of its event")]
pub(super) struct ReplyStream {
    think: ThinkSplitter,
    halves: EscapeHalves,
    said: ReplySoFar,
    model: Option<Box<str>>,
    upstream: UpstreamFacts,
    finish: Option<FinishReason>,
    failure: Option<LaneFailure>,
    /// What the finish reason tells of an error, in case nothing says more.
    broken: Option<LaneFailure>,
    end: EndMark,
    any_event: bool,
    any_text: bool,
    /// The current event carried text.
    text_in_event: bool,
    /// The current event was repaired: halves of characters may be in it.
    repaired: bool,
    /// The first damaged piece.
    damaged: Option<Box<str>>,
}

impl ReplyStream {
    pub(super) fn new(think_tags: bool) -> Self {
        Self {
            think: ThinkSplitter::new(think_tags),
            halves: EscapeHalves::new(),
            said: ReplySoFar::new(),
            model: None,
            upstream: UpstreamFacts::default(),
            finish: None,
            failure: None,
            broken: None,
            end: EndMark::Open,
            any_event: false,
            any_text: false,
            text_in_event: false,
            repaired: false,
            damaged: None,
        }
    }

    /// A readable event begins.
    pub(super) const fn event(&mut self) {
        self.any_event = true;
        self.text_in_event = false;
        self.repaired = false;
    }

    /// The event had to be repaired before it could be read.
    pub(super) const fn repaired(&mut self) {
        self.repaired = true;
    }

    /// Whether a readable event came.
    pub(super) const fn has_events(&self) -> bool {
        self.any_event
    }

    /// Whether the reply said anything: text, an end, an error.
    pub(super) const fn has_substance(&self) -> bool {
        self.any_text || self.finish.is_some() || self.failure.is_some()
    }

    /// Whether an error came.
    pub(super) const fn has_failed(&self) -> bool {
        self.failure.is_some()
    }

    /// Text of the answer, which may hold thinking between tags.
    pub(super) fn content(&mut self, text: &str, out: &mut Out) {
        self.text(TextChannel::Answer, text, out);
    }

    /// Text that came in a field of its own; on the channel of the answer, it is [`Self::content`].
    pub(super) fn text(&mut self, channel: TextChannel, text: &str, out: &mut Out) {
        if text.is_empty() {
            return;
        }
        if let Some(channel) = self.halves.give_up_unless(channel) {
            self.whole_text(channel, LOST, out);
        }
        let text = self.halves.join(channel, text, self.repaired);
        self.whole_text(channel, &text, out);
    }

    /// Takes in text in which no half of a character is left.
    fn whole_text(&mut self, channel: TextChannel, text: &str, out: &mut Out) {
        if text.is_empty() {
            return;
        }
        self.mark_text();
        let before = out.len();
        if channel == TextChannel::Answer {
            self.think.feed(text, out);
        } else {
            if channel == TextChannel::Reasoning {
                self.think.comes_apart();
            }
            self.think.flush(out);
            out.push(EventKind::Text { channel, text: text.into() });
        }
        self.said.note(out.get(before..).unwrap_or_default());
    }

    /// The model's name, told once and again only when it changes.
    pub(super) fn model(&mut self, name: &str, out: &mut Out) {
        if !name.is_empty() && self.model.as_deref() != Some(name) {
            self.model = Some(name.into());
            let shown = if self.repaired { escape_halves::plain(name) } else { name.to_owned() };
            out.push(EventKind::Model(shown.into()));
        }
    }

    /// Who answered, told once and again only when it changes. Empty names are none.
    pub(super) fn upstream(&mut self, provider: Option<&str>, fingerprint: Option<&str>, out: &mut Out) {
        let newer = |known: &Option<Box<str>>, told: Option<&str>| {
            told.filter(|told| known.as_deref() != Some(told)).map(Box::<str>::from)
        };
        let told = UpstreamFacts {
            provider: newer(&self.upstream.provider, provider),
            fingerprint: newer(&self.upstream.fingerprint, fingerprint),
            headers: Box::new([]),
        };
        if !told.is_empty() {
            self.upstream.merge(&told);
            out.push(EventKind::Upstream(Box::new(told)));
        }
    }

    /// The reason for the end, told once and again only when it changes.
    pub(super) fn finish(&mut self, wire: &str, out: &mut Out) {
        let reason = FinishReason::parse(wire);
        self.flush(out);
        if reason.meaning() == FinishMeaning::Error {
            self.broken.get_or_insert_with(|| outcome::broken_off(wire));
        }
        if self.finish.as_ref() != Some(&reason) {
            self.finish = Some(reason.clone());
            out.push(EventKind::Finish(reason));
        }
    }

    pub(super) fn usage(&mut self, usage: Option<TokenUsage>, out: &mut Out) {
        if let Some(usage) = usage {
            self.said.usage(usage);
            // Beside text it is a running count, as some servers send with every chunk, and proves no end.
            if self.any_text && !self.text_in_event {
                self.settle();
            }
            out.push(EventKind::Usage(Box::new(usage)));
        }
    }

    pub(super) fn server(timing: ServerTiming, out: &mut Out) {
        if !timing.is_empty() {
            out.push(EventKind::Server(Box::new(timing)));
        }
    }

    pub(super) fn done(&mut self, out: &mut Out) {
        self.any_event = true;
        if std::mem::replace(&mut self.end, EndMark::Marked) != EndMark::Marked {
            self.flush(out);
            out.push(EventKind::Done);
        }
    }

    /// Nothing is missing unless more text comes.
    pub(super) fn settle(&mut self) {
        if self.end == EndMark::Open {
            self.end = EndMark::Settled;
        }
    }

    pub(super) fn malformed(&mut self, piece: &str, out: &mut Out) {
        let piece = excerpt(piece, PIECE);
        self.damaged.get_or_insert_with(|| piece.clone());
        out.push(EventKind::Malformed(piece));
    }

    /// Remembers an error until the end, so that text behind it is kept. The first one is the cause.
    pub(super) fn fail(&mut self, failure: LaneFailure) {
        self.failure.get_or_insert(failure);
    }

    /// A filter stopped the answer, as something other than the finish reason says.
    pub(super) fn filtered(&mut self, by: &str) {
        self.said.filtered(by);
    }

    /// The finish reason as an upstream told it to a router: taken where it says more than the router's own.
    pub(super) fn native_finish(&mut self, wire: &str) {
        self.said.native_finish(wire);
    }

    /// The body is over.
    pub(super) fn end(mut self, out: &mut Out) {
        self.flush(out);
        let told = self.failure.take().or(self.broken.take());
        let outcome = told.or_else(|| self.said.outcome(self.finish.as_ref()));
        if outcome.is_none() {
            out.extend(self.said.spent_on_reasoning(self.finish.as_ref()).map(EventKind::Notice));
        }
        out.push(match outcome {
            Some(failure) => EventKind::Failed(Box::new(failure)),
            None if self.end != EndMark::Open || self.finish.is_some() => EventKind::Closed,
            None => EventKind::Failed(Box::new(self.missing_end())),
        });
    }

    /// The body will not go on because of `failure`, unless the stream told an earlier one.
    pub(super) fn abort(mut self, failure: LaneFailure, out: &mut Out) {
        self.flush(out);
        out.push(EventKind::Failed(Box::new(self.failure.take().or(self.broken.take()).unwrap_or(failure))));
    }

    fn missing_end(&self) -> LaneFailure {
        if self.any_event {
            return LaneFailure::new(
                FailureKind::Truncated,
                "the reply stopped without a finish reason or an end marker",
            );
        }
        match &self.damaged {
            Some(piece) => LaneFailure::new(FailureKind::Protocol, format!("unreadable reply: {piece}")),
            None => LaneFailure::new(FailureKind::Protocol, "empty reply"),
        }
    }

    fn mark_text(&mut self) {
        self.any_text = true;
        self.text_in_event = true;
        if self.end == EndMark::Settled {
            self.end = EndMark::Open;
        }
    }

    fn flush(&mut self, out: &mut Out) {
        if let Some(channel) = self.halves.give_up() {
            self.whole_text(channel, LOST, out);
        }
        let before = out.len();
        self.think.flush(out);
        self.said.note(out.get(before..).unwrap_or_default());
    }
}
