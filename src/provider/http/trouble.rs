//! Turns what goes wrong on a connection into a failure that names its cause and the next step.
//! Addresses are cut to host and port: a path or a query never reaches a text that is kept.

use std::error::Error as _;
use std::io;

use super::Entrant;
use crate::provider::timeouts::late;
use crate::race::event::{Failure, FailureKind};

/// The failure behind a client error; `otherwise` when the error itself doesn't tell.
pub(super) fn of(error: &reqwest::Error, otherwise: FailureKind, entrant: &Entrant) -> Failure {
    let place = place(entrant);
    let cause = innermost(error);
    if error.is_timeout() && error.is_connect() {
        return late(FailureKind::ConnectTimeout, entrant.timeouts.connect);
    }
    if error.is_connect() {
        let tls = ["certificate", "tls", "handshake"].iter().any(|word| cause.to_lowercase().contains(word));
        let kind = if tls { FailureKind::Tls } else { FailureKind::Connect };
        return explain(Failure::new(kind, format!("{place}: {cause}")), entrant);
    }
    match io_kind(error) {
        Some(io::ErrorKind::ConnectionReset | io::ErrorKind::BrokenPipe | io::ErrorKind::ConnectionAborted) => {
            Failure::new(FailureKind::Reset, format!("{place} reset the connection"))
        }
        Some(io::ErrorKind::UnexpectedEof) => {
            Failure::new(FailureKind::Truncated, format!("{place} closed the connection in the middle"))
        }
        _ if closed_early(error) => {
            Failure::new(FailureKind::Truncated, format!("{place} closed the connection in the middle"))
        }
        _ => Failure::new(otherwise, format!("{place}: {cause}")),
    }
}

/// The same failure with the next step, where one is known and none is given.
pub(super) fn explain(mut failure: Failure, entrant: &Entrant) -> Failure {
    if failure.hint.is_some() {
        return failure;
    }
    let variable = entrant.key_variable.as_deref();
    failure.hint = match failure.kind {
        FailureKind::Auth => Some(match (variable, &entrant.key) {
            (Some(variable), Some(_)) => {
                format!("{variable} was refused: check that it is current and belongs to this provider")
            }
            (Some(variable), None) => format!("set {variable}, or race with --sim"),
            (None, _) => "this server wants a key".into(),
        }),
        FailureKind::Payment => Some("the balance is empty: top it up at the provider, or race with --sim".into()),
        FailureKind::NotFound => Some(entrant.retired.clone().unwrap_or_else(|| {
            format!("is '{}' still served there? Choose another model with --model", entrant.request.model)
        })),
        FailureKind::RateLimited => Some(match failure.retry_after {
            Some(wait) => format!("try again in {wait}, or with a smaller --max-tokens"),
            None => "try again in a minute, or with a smaller --max-tokens".into(),
        }),
        FailureKind::Connect | FailureKind::ConnectTimeout => {
            Some(format!("is anything listening at {}?", place(entrant)))
        }
        FailureKind::TooLarge => Some("use a shorter prompt".into()),
        FailureKind::Server => Some("the trouble is on the server's side: try again".into()),
        _ => None,
    }
    .map(Into::into);
    failure
}

/// Host and port.
fn place(entrant: &Entrant) -> String {
    crate::provider::host(&entrant.base_url)
}

fn innermost(error: &reqwest::Error) -> String {
    let mut cause: &dyn std::error::Error = error;
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

fn io_kind(error: &reqwest::Error) -> Option<io::ErrorKind> {
    let mut cause = error.source();
    let mut found = None;
    while let Some(source) = cause {
        found = source.downcast_ref::<io::Error>().map(io::Error::kind).or(found);
        cause = source.source();
    }
    found
}

/// Whether the peer closed before it had sent everything: the client has no error kind for it, only words.
fn closed_early(error: &reqwest::Error) -> bool {
    let text = innermost(error);
    ["end of file", "unexpected EOF", "before message completed", "error reading a body"]
        .iter()
        .any(|words| text.contains(words))
}
