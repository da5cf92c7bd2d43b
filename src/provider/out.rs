//! The way out for one lane: every event passes here, and no key does.

use std::borrow::Cow;
use std::cell::RefCell;
use std::time::Instant;

use crate::bus::Emitter;
use crate::provider::secret::Secret;
use crate::provider::veil::Veil;
use crate::race::event::{EventKind, Failure, FinishReason, Head, LaneId, Upstream};

/// The way out for one lane, with its key taken out of everything that passes.
pub(super) struct Out<'a> {
    lane: LaneId,
    emitter: &'a Emitter,
    veil: Option<(&'a Secret, RefCell<Veil<'a>>)>,
}

impl<'a> Out<'a> {
    pub(super) fn new(lane: LaneId, emitter: &'a Emitter, key: Option<&'a Secret>) -> Self {
        Self { lane, emitter, veil: key.map(|key| (key, RefCell::new(Veil::new(key)))) }
    }

    pub(super) async fn send(&self, at: Instant, kind: EventKind) {
        let kinds = match &self.veil {
            Some((key, veil)) => veil.borrow_mut().pass(masked(kind, key)),
            None => [None, Some(kind)],
        };
        for kind in kinds.into_iter().flatten() {
            self.emitter.send(at, Some(self.lane), kind).await;
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
        |pairs: Box<[(Box<str>, Box<str>)]>| pairs.into_iter().map(|(name, value)| (name, mask(value))).collect();
    match kind {
        EventKind::Model(model) => EventKind::Model(mask(model)),
        EventKind::Headers(head) => {
            EventKind::Headers(Head { region: head.region.map(mask), limits: values(head.limits), ..head })
        }
        EventKind::Upstream(upstream) => EventKind::Upstream(Upstream {
            provider: upstream.provider.map(mask),
            fingerprint: upstream.fingerprint.map(mask),
            headers: values(upstream.headers),
        }),
        EventKind::Finish(FinishReason::Other(reason)) => EventKind::Finish(FinishReason::Other(mask(reason))),
        EventKind::Malformed(what) => EventKind::Malformed(mask(what)),
        EventKind::Notice(text) => EventKind::Notice(mask(text)),
        EventKind::Failed(failure) => {
            EventKind::Failed(Failure { message: mask(failure.message), hint: failure.hint.map(mask), ..failure })
        }
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::race::event::FailureKind;

    #[test]
    fn an_echoed_key_is_taken_out() {
        let key = Secret::new("csk-canary-value").unwrap();
        let failed = EventKind::Failed(
            Failure::new(FailureKind::Auth, "bad csk-canary-value").with_hint("not csk-canary-value"),
        );
        let upstream = Upstream {
            provider: Some("csk-canary-value".into()),
            fingerprint: Some("csk-canary-value".into()),
            headers: [("x-upstream".into(), "csk-canary-value".into())].into(),
        };
        for kind in [
            failed,
            EventKind::Malformed("csk-canary-value".into()),
            EventKind::Model("csk-canary-value".into()),
            EventKind::Upstream(upstream),
        ] {
            assert!(!format!("{:?}", masked(kind, &key)).contains("canary"));
        }
    }
}
