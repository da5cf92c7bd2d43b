//! Turns what goes wrong on a connection into a failure that names its cause and the next step.
//! Addresses are cut to host and port, with the path where that is what is wrong; a query never reaches a text that is kept.

use std::error::Error;
use std::io;

use super::contestant::HttpContestant;
use super::proxy::ProxyRoute;
use super::trust;
use crate::provider::timeouts::late;
use speed_kings_core::race::event::{FailureKind, LaneFailure};

/// What went wrong with a connection.
#[derive(Debug)]
pub(super) struct WireError {
    phase: WirePhase,
    cause: Box<dyn Error + Send + Sync>,
}

/// When it went wrong.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum WirePhase {
    /// While the connection was being made.
    Connect,
    /// While it was being made for too long.
    ConnectTimeout,
    /// Once the connection had come up.
    Exchange,
}

impl WireError {
    /// No connection came up because of `cause`.
    pub(super) fn connect(cause: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        let cause = cause.into();
        let late = innermost(&*cause).contains("timed out");
        Self { phase: if late { WirePhase::ConnectTimeout } else { WirePhase::Connect }, cause }
    }

    /// No connection came up in time.
    pub(super) fn late() -> Self {
        Self { phase: WirePhase::ConnectTimeout, cause: "no connection in time".into() }
    }

    /// TLS did not come up because of `cause`.
    pub(super) fn handshake(cause: io::Error) -> Self {
        Self::connect(match cause.kind() {
            io::ErrorKind::UnexpectedEof => io::Error::new(cause.kind(), "tls handshake eof"),
            _ => cause,
        })
    }

    /// It went wrong once the connection was up.
    pub(super) fn exchange(cause: hyper::Error) -> Self {
        Self { phase: WirePhase::Exchange, cause: cause.into() }
    }

    /// Whether no connection came up.
    pub(super) fn is_connect(&self) -> bool {
        self.phase != WirePhase::Exchange
    }

    /// What went wrong, and each of its causes.
    fn chain(&self) -> impl Iterator<Item = &(dyn Error + 'static)> {
        let outermost: &(dyn Error + 'static) = &*self.cause;
        std::iter::successors(Some(outermost), |&error| error.source())
    }
}

impl From<reqwest::Error> for WireError {
    fn from(error: reqwest::Error) -> Self {
        let phase = match (error.is_connect(), error.is_timeout()) {
            (true, true) => WirePhase::ConnectTimeout,
            (true, false) => WirePhase::Connect,
            (false, _) => WirePhase::Exchange,
        };
        Self { phase, cause: error.into() }
    }
}

/// The failure behind `error`; `otherwise` when the error itself doesn't tell.
pub(super) fn of(error: &WireError, otherwise: FailureKind, contestant: &HttpContestant) -> LaneFailure {
    let place = place(contestant);
    let cause = innermost(&*error.cause);
    if let Some(tls) = tls(error) {
        let (told, hint) = trust::words(tls);
        let failure = LaneFailure::new(FailureKind::Tls, format!("{place}: {told}"));
        return LaneFailure { hint: hint.map(Into::into), ..failure };
    }
    if error.is_connect() && cause.contains("tls handshake") {
        let told = format!("{place} closed the connection during the TLS handshake");
        let hint = "does that port speak TLS? If not, write http:// instead of https://";
        return LaneFailure::new(FailureKind::Tls, told).with_hint(hint);
    }
    let proxy = ProxyRoute::before(&contestant.base_url).filter(|_| error.is_connect());
    if error.phase == WirePhase::ConnectTimeout {
        let failure = late(FailureKind::ConnectTimeout, contestant.timeouts.connect);
        return match proxy {
            Some(proxy) => LaneFailure { kind: failure.kind, ..proxy.failed(&failure.message) },
            None => failure,
        };
    }
    if let Some(proxy) = proxy {
        return proxy.failed(&cause);
    }
    if error.is_connect() {
        return explain(LaneFailure::new(FailureKind::Connect, format!("{place}: {cause}")), contestant);
    }
    // What speaks HTTP/2 alone says so before it is asked, or answers HTTP/1 in frames.
    let early = cause.contains("unexpected message");
    if early || is_malformed(error) {
        let told = if early { "spoke before it was asked" } else { "broke the rules of HTTP" };
        let failure = LaneFailure::new(FailureKind::Protocol, format!("{place} {told}: {cause}"));
        return failure.with_hint(if (early || cause.contains("HTTP version")) && !contestant.transport.http2 {
            "if that server speaks HTTP/2 alone, set http2 for it, e.g. --set mine.http2=true; else check the address"
        } else {
            "check the address: what listens there may be no API, or something in between garbles it"
        });
    }
    match io_kind(error) {
        Some(io::ErrorKind::ConnectionReset | io::ErrorKind::BrokenPipe | io::ErrorKind::ConnectionAborted) => {
            LaneFailure::new(FailureKind::Reset, format!("{place} reset the connection"))
        }
        Some(io::ErrorKind::UnexpectedEof) => {
            LaneFailure::new(FailureKind::Truncated, format!("{place} closed the connection in the middle"))
        }
        _ if closed_early(error) => {
            LaneFailure::new(FailureKind::Truncated, format!("{place} closed the connection in the middle"))
        }
        _ => LaneFailure::new(otherwise, format!("{place}: {cause}")),
    }
}

/// The same failure with the next step, where one is known and none is given.
pub(super) fn explain(mut failure: LaneFailure, contestant: &HttpContestant) -> LaneFailure {
    if failure.hint.is_some() {
        return failure;
    }
    let variable = contestant.key_variable.as_deref();
    failure.hint = match failure.kind {
        FailureKind::Auth => Some(match (variable, &contestant.key) {
            (Some(variable), Some(_)) => {
                format!("{variable} was refused: check that it is current and belongs to this provider")
            }
            (Some(variable), None) => format!("set {variable}, or race with --sim"),
            (None, _) => "this server requires a key".into(),
        }),
        FailureKind::Payment => Some("the balance is empty: top it up at the provider, or race with --sim".into()),
        FailureKind::NotFound => Some(contestant.retired.clone().unwrap_or_else(|| {
            format!("is '{}' still served there? Choose another model with --model", contestant.request.model)
        })),
        FailureKind::RateLimited => Some(match failure.retry_after {
            Some(wait) => format!("try again in {wait}, or with a smaller --max-tokens"),
            None => "try again in a minute, or with a smaller --max-tokens".into(),
        }),
        FailureKind::Connect | FailureKind::ConnectTimeout => {
            Some(format!("is anything listening at {}?", place(contestant)))
        }
        FailureKind::TooLarge => {
            Some("use a shorter prompt, a smaller --max-tokens, or a larger context at the server".into())
        }
        FailureKind::ContentFilter => {
            Some("the provider's filter, not this program, stopped it: try another prompt".into())
        }
        FailureKind::Server => Some("the trouble is on the server's side: try again".into()),
        _ => None,
    }
    .map(Into::into);
    failure
}

/// Host and port of the contestant's base URL, as messages name it.
fn place(contestant: &HttpContestant) -> String {
    contestant.place()
}

fn innermost(error: &(dyn Error + 'static)) -> String {
    let mut cause = error;
    while let Some(source) = cause.source() {
        cause = source;
    }
    let mut text = cause.to_string();
    // The operating system's number helps nobody.
    if let Some(cut) = text.find(" (os error") {
        text.truncate(cut);
    }
    text
}

/// What is wrong with the secure connection, if that is what is wrong. It stands inside an I/O error, which hides it.
fn tls(error: &WireError) -> Option<&rustls::Error> {
    error.chain().find_map(|error| {
        let mut error = error;
        loop {
            if let Some(found) = error.downcast_ref::<rustls::Error>() {
                return Some(found);
            }
            error = error.downcast_ref::<io::Error>()?.get_ref()?;
        }
    })
}

/// Whether what came is no HTTP, or breaks its rules: a head or a chunk that can't be read, a head without an end.
fn is_malformed(error: &WireError) -> bool {
    error.chain().any(|cause| {
        let io = cause.downcast_ref::<io::Error>().map(io::Error::kind);
        // How the reader of bodies says that their framing is wrong.
        let framing = matches!(io, Some(io::ErrorKind::InvalidData | io::ErrorKind::InvalidInput));
        (framing || cause.downcast_ref::<hyper::Error>().is_some_and(hyper::Error::is_parse)) && tls(error).is_none()
    })
}

fn io_kind(error: &WireError) -> Option<io::ErrorKind> {
    error.chain().filter_map(|cause| cause.downcast_ref::<io::Error>()).map(io::Error::kind).last()
}

/// Whether the peer closed before it had sent everything: the client has no error kind for it, only words.
fn closed_early(error: &WireError) -> bool {
    let text = innermost(&*error.cause);
    ["end of file", "unexpected EOF", "before message completed", "error reading a body"]
        .iter()
        .any(|words| text.contains(words))
}
