//! How much a lane may say: bytes and events in proportion to what it was asked for, whatever a server or a command sends.
//! What goes beyond ends the lane with its text kept, so that no answer fills the memory.

use speed_kings_core::race::event::{EventKind, FailureKind, FinishReason, LaneFailure, UpstreamFacts};

/// Bytes of text for each token of the cap: more than any tokenizer's longest usual token.
const BYTES_PER_TOKEN: usize = 64;
/// Events for each token of the cap: text, and what some servers send along with every piece of it.
const EVENTS_PER_TOKEN: usize = 8;
/// What any lane may say, for some servers count no reasoning against the cap: bytes and events.
const LEAST: (usize, usize) = (256 << 10, 16_384);
/// What no lane may say more than, also without a cap: bytes and events.
const MOST: (usize, usize) = (4 << 20, 400_000);
/// Bytes on the wire for each byte of text: what stands around each piece of it.
const WIRE_PER_BYTE: usize = 64;
/// The longest name of a model or of a reason that is kept, in bytes.
const LONGEST_NAME: usize = 512;

/// What is left of it for one lane.
#[derive(Debug)]
pub(super) struct OutputAllowance {
    cap: Option<u32>,
    bytes: usize,
    events: usize,
    wire: usize,
    spent: bool,
}

impl OutputAllowance {
    /// What an answer of up to `cap` tokens may take.
    pub(super) fn new(cap: Option<u32>) -> Self {
        let tokens = cap.map(|cap| usize::try_from(cap).unwrap_or(usize::MAX));
        let of = |each: usize, least: usize, most: usize| {
            tokens.map_or(most, |tokens| tokens.saturating_mul(each).clamp(least, most))
        };
        let bytes = of(BYTES_PER_TOKEN, LEAST.0, MOST.0);
        let events = of(EVENTS_PER_TOKEN, LEAST.1, MOST.1);
        Self { cap, bytes, events, wire: bytes.saturating_mul(WIRE_PER_BYTE), spent: false }
    }

    /// So many bytes have come, whatever they mean.
    pub(super) const fn read(&mut self, bytes: usize) {
        self.spent |= bytes > self.wire;
        self.wire = self.wire.saturating_sub(bytes);
    }

    /// What of `kind` may pass; how a lane ends always may.
    pub(super) fn pass(&mut self, kind: EventKind) -> Option<EventKind> {
        if matches!(kind, EventKind::Closed | EventKind::Failed(_) | EventKind::Process(_)) {
            return Some(kind);
        }
        self.spent |= self.events == 0;
        if self.spent {
            return None;
        }
        self.events -= 1;
        match kind {
            EventKind::Text { channel, text } => {
                self.spent = text.len() > self.bytes;
                let kept = start(&text, self.bytes);
                self.bytes -= kept.len();
                let text = if kept.len() == text.len() { text } else { kept.into() };
                (!text.is_empty()).then_some(EventKind::Text { channel, text })
            }
            EventKind::Model(name) => Some(EventKind::Model(short(name))),
            EventKind::Finish(FinishReason::Other(reason)) => {
                Some(EventKind::Finish(FinishReason::Other(short(reason))))
            }
            EventKind::Upstream(upstream) => Some(EventKind::Upstream(Box::new(UpstreamFacts {
                provider: upstream.provider.map(short),
                fingerprint: upstream.fingerprint.map(short),
                ..*upstream
            }))),
            kind => Some(kind),
        }
    }

    /// The failure that the lane ends with, if it has said more than it may.
    pub(super) fn failure(&self) -> Option<LaneFailure> {
        let cap = match self.cap {
            Some(cap) => format!("many times the {cap} tokens that were asked for"),
            None => format!("{} MiB, more than any answer", MOST.0 >> 20),
        };
        let failure =
            LaneFailure::new(FailureKind::PastCap, format!("it wrote {cap}, so it was ended; its text so far is kept"));
        self.spent.then(|| failure.with_hint("does it respect the cap? --max-tokens sets it"))
    }
}

fn short(name: Box<str>) -> Box<str> {
    if name.len() > LONGEST_NAME { format!("{}…", start(&name, LONGEST_NAME)).into() } else { name }
}

/// As many whole characters at the beginning of `text` as `bytes` hold.
fn start(text: &str, bytes: usize) -> &str {
    let end = (0..=bytes.min(text.len())).rev().find(|end| text.is_char_boundary(*end)).unwrap_or(0);
    text.get(..end).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use speed_kings_core::race::event::TextChannel;

    fn text(text: String) -> EventKind {
        EventKind::Text { channel: TextChannel::Answer, text: text.into() }
    }

    #[test]
    fn what_fits_passes_and_the_rest_is_cut_at_a_character() {
        let mut allowance = OutputAllowance::new(Some(50));
        assert_eq!(allowance.pass(text("ü".into())), Some(text("ü".into())));
        let Some(EventKind::Text { text: kept, .. }) = allowance.pass(text("ü".repeat(1 << 20))) else { panic!() };
        assert_eq!(kept.len(), LEAST.0 - 2, "to the last whole letter");
        assert_eq!(allowance.pass(text("more".into())), None);
        let failure = allowance.failure().unwrap();
        assert_eq!(failure.kind, FailureKind::PastCap);
        assert!(failure.message.contains("the 50 tokens that were asked for"), "{}", failure.message);
        assert_eq!(allowance.pass(EventKind::Closed), Some(EventKind::Closed));
    }

    #[test]
    fn it_grows_with_the_cap_and_has_an_end() {
        let bytes = |cap| OutputAllowance::new(cap).bytes;
        assert_eq!(
            [bytes(Some(0)), bytes(Some(16_000)), bytes(Some(u32::MAX)), bytes(None)],
            [LEAST.0, 16_000 * BYTES_PER_TOKEN, MOST.0, MOST.0]
        );
    }

    #[test]
    fn events_without_text_have_an_end_too() {
        let mut allowance = OutputAllowance::new(Some(1));
        let passed = (0..LEAST.1 + 10).filter(|_| allowance.pass(EventKind::KeepAlive).is_some()).count();
        assert_eq!(passed, LEAST.1);
        assert!(allowance.failure().is_some());
        let mut silent = OutputAllowance::new(Some(1));
        (0..WIRE_PER_BYTE).for_each(|_| silent.read(LEAST.0));
        assert_eq!(silent.failure(), None);
        silent.read(1);
        assert!(silent.failure().is_some());
        assert!(allowance.pass(EventKind::Failed(Box::new(allowance.failure().unwrap()))).is_some());
    }

    #[test]
    fn names_are_cut() {
        let Some(EventKind::Model(name)) =
            OutputAllowance::new(None).pass(EventKind::Model("é".repeat(1 << 20).into()))
        else {
            panic!("no name")
        };
        assert_eq!(name.len(), LONGEST_NAME + "…".len());
    }
}
