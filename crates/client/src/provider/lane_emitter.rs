//! The way out for one lane: every event passes here, and no key does.

use std::borrow::Cow;
use std::cell::RefCell;
use std::time::Instant;

use crate::bus::EventEmitter;
use crate::provider::allowance::OutputAllowance;
use crate::provider::key_redactor::KeyRedactor;
use crate::provider::secret::Secret;
use speed_kings_core::race::event::{EventKind, FinishReason, LaneFailure, LaneId, ResponseHead, UpstreamFacts};
use speed_kings_core::time::Period;

/// Latenesses that are told at a time: a lane that is cut off loses no more.
const LATENESSES: usize = 256;

/// The way out for one lane, with its key taken out of everything that passes.
pub(super) struct LaneEmitter<'a> {
    lane: LaneId,
    emitter: &'a EventEmitter,
    key: Option<&'a Secret>,
    state: RefCell<PassState<'a>>,
}

/// What has passed so far, as far as what comes depends on it.
struct PassState<'a> {
    redactor: Option<KeyRedactor<'a>>,
    allowance: OutputAllowance,
    lateness: Vec<Period>,
    /// What may go out.
    passed: Vec<EventKind>,
}

impl<'a> LaneEmitter<'a> {
    /// The way out for an answer of up to `cap` tokens.
    pub(super) fn new(lane: LaneId, emitter: &'a EventEmitter, key: Option<&'a Secret>, cap: Option<u32>) -> Self {
        let (redactor, allowance) = (key.map(KeyRedactor::new), OutputAllowance::new(cap));
        let state = PassState { redactor, allowance, lateness: Vec::new(), passed: Vec::new() };
        Self { lane, emitter, key, state: RefCell::new(state) }
    }

    /// So many bytes have come for this lane.
    pub(super) fn read(&self, bytes: usize) {
        self.state.borrow_mut().allowance.read(bytes);
    }

    /// A read was taken in so long after its arrival, where that is known.
    pub(super) fn late(&self, late: Option<Period>) {
        self.state.borrow_mut().lateness.extend(late);
    }

    /// The failure that the lane is to end with because more came than it may say.
    pub(super) fn past_cap(&self) -> Option<LaneFailure> {
        self.state.borrow().allowance.failure()
    }

    pub(super) async fn send(&self, at: Instant, kind: EventKind) {
        self.send_all(at, [kind]).await;
    }

    /// Sends all that happened `at` one moment.
    pub(super) async fn send_all(&self, at: Instant, kinds: impl IntoIterator<Item = EventKind>) {
        let mut passed = self.state.borrow_mut().pass(kinds, self.key);
        if !passed.is_empty() {
            self.emitter.send_all(at, Some(self.lane), &mut passed).await;
        }
        self.state.borrow_mut().passed = passed;
    }
}

impl PassState<'_> {
    /// What of `kinds` may go out.
    fn pass(&mut self, kinds: impl IntoIterator<Item = EventKind>, key: Option<&Secret>) -> Vec<EventKind> {
        let mut passed = std::mem::take(&mut self.passed);
        for kind in kinds {
            if matches!(kind, EventKind::Closed | EventKind::Failed(_)) {
                self.tell_lateness(&mut passed);
            }
            // Masked before it may be cut: half a key would not be known for one.
            let kind = match key {
                Some(key) => masked(kind, key),
                None => kind,
            };
            let Some(kind) = self.allowance.pass(kind) else { continue };
            match &mut self.redactor {
                Some(redactor) => redactor.pass(kind, &mut passed),
                None => passed.push(kind),
            }
        }
        if self.lateness.len() >= LATENESSES {
            self.tell_lateness(&mut passed);
        }
        passed
    }

    fn tell_lateness(&mut self, passed: &mut Vec<EventKind>) {
        if !self.lateness.is_empty() {
            passed.push(EventKind::Lateness(self.lateness.drain(..).collect()));
        }
    }
}

/// `kind` without the key, should a server have sent it back to us.
fn masked(kind: EventKind, key: &Secret) -> EventKind {
    let mask = |text: Box<str>| -> Box<str> {
        match key.mask(&text) {
            Cow::Borrowed(_) => text,
            Cow::Owned(masked) => masked.into(),
        }
    };
    let values =
        |pairs: Box<[(Box<str>, Box<str>)]>| pairs.into_iter().map(|(name, value)| (mask(name), mask(value))).collect();
    match kind {
        EventKind::Model(model) => EventKind::Model(mask(model)),
        EventKind::Headers(head) => {
            let head = *head;
            let (region, version) = (head.region.map(mask), mask(head.version));
            EventKind::Headers(Box::new(ResponseHead { region, version, limits: values(head.limits), ..head }))
        }
        EventKind::Upstream(upstream) => EventKind::Upstream(Box::new(UpstreamFacts {
            provider: upstream.provider.map(mask),
            fingerprint: upstream.fingerprint.map(mask),
            headers: values(upstream.headers),
        })),
        EventKind::Finish(FinishReason::Other(reason)) => EventKind::Finish(FinishReason::Other(mask(reason))),
        EventKind::Malformed(what) => EventKind::Malformed(mask(what)),
        EventKind::Notice(text) => EventKind::Notice(mask(text)),
        EventKind::Failed(failure) => {
            let failure = *failure;
            EventKind::Failed(Box::new(LaneFailure {
                message: mask(failure.message),
                hint: failure.hint.map(mask),
                ..failure
            }))
        }
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use speed_kings_core::race::event::FailureKind;

    #[test]
    fn an_echoed_key_is_taken_out() {
        let key = Secret::new("csk-canary-value").unwrap();
        let failed = EventKind::Failed(Box::new(
            LaneFailure::new(FailureKind::Auth, "bad csk-canary-value").with_hint("not csk-canary-value"),
        ));
        let limits: Box<[(Box<str>, Box<str>)]> =
            Box::new([("x-ratelimit-csk-canary-value".into(), "csk-canary-value".into())]);
        let head = ResponseHead { region: Some("eulav-yranac-ksc".into()), limits, ..ResponseHead::default() };
        let upstream = UpstreamFacts {
            provider: Some("csk-canary-value".into()),
            fingerprint: Some("csk-canary-value".into()),
            headers: [("x-upstream-csk-canary-value".into(), "csk-canary-value".into())].into(),
        };
        for kind in [
            failed,
            EventKind::Upstream(Box::new(upstream)),
            EventKind::Malformed("csk-canary-value".into()),
            EventKind::Model("Y3NrLWNhbmFyeS12YWx1ZQ==".into()),
            EventKind::Headers(Box::new(head)),
        ] {
            let shown = format!("{:?}", masked(kind, &key));
            assert!(!["canary", "yranac", "NhbmFyeS"].iter().any(|key| shown.contains(key)), "{shown}");
        }
    }
}
