//! What a runner answers to a command: that it was done, or why it was not.

use serde::{Deserialize, Serialize};

/// What a runner answers to a command.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RunnerReply<T> {
    /// It was done, with this answer.
    Done(T),
    /// It was not, and why.
    Refused(Refusal),
}

/// Why a runner did not do what it was asked for.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, thiserror::Error)]
#[error("{why}")]
pub struct Refusal {
    /// The class of it.
    pub kind: RefusalKind,
    /// The reason, for a person: untrusted.
    pub why: String,
    /// More of it, for the runner's owner alone: it may name paths, addresses and commands, which never leave the machine.
    #[serde(skip)]
    pub own: Option<String>,
}

impl Refusal {
    /// That something went wrong at the runner, where `own` alone says what.
    #[must_use]
    pub fn failed(own: &dyn ToString) -> Self {
        let why = "it went wrong at the runner, whose own output says how".into();
        Self { kind: RefusalKind::Failed, why, own: Some(own.to_string()) }
    }
}

/// Classes of refusals: what a director branches on.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RefusalKind {
    /// The signature is wrong, or the director is not listed.
    Forbidden,
    /// The command is for another start of the runner, or its time has passed.
    Expired,
    /// Another race is under way.
    Busy,
    /// It is beyond a limit of the runner.
    Limit,
    /// No such contestant, race or model.
    Unknown,
    /// The moment is too near, or has passed.
    Late,
    /// The lanes are not ready.
    Cold,
    /// It went wrong at the runner.
    Failed,
    /// A kind of a newer version.
    #[serde(other)]
    Other,
}

impl RefusalKind {
    /// A refusal of this kind.
    #[must_use]
    pub fn because(self, why: impl Into<String>) -> Refusal {
        Refusal { kind: self, why: why.into(), own: None }
    }
}
