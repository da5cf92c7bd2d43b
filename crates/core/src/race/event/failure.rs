//! Why a lane is out: the class of the trouble, what was said, and what the viewer can do about it.

use crate::time::Period;

/// Why a lane is out.
#[derive(Clone, PartialEq, Debug)]
pub struct LaneFailure {
    /// The class of the trouble.
    pub kind: FailureKind,
    /// What was said, in the provider's own words where there are any: untrusted.
    pub message: Box<str>,
    /// HTTP status, where one came.
    pub status: Option<u16>,
    /// How long the server asked us to wait.
    pub retry_after: Option<Period>,
    /// What the viewer can do about it.
    pub hint: Option<Box<str>>,
}

impl LaneFailure {
    /// A failure with nothing but its class and its words.
    #[must_use]
    pub fn new(kind: FailureKind, message: impl Into<Box<str>>) -> Self {
        Self { kind, message: message.into(), status: None, retry_after: None, hint: None }
    }

    /// The same with a hint.
    #[must_use]
    pub fn with_hint(mut self, hint: impl Into<Box<str>>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}

/// Classes of trouble: what code may branch on.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum FailureKind {
    /// No connection: name, route, refusal.
    Connect,
    /// No secure connection could be made.
    Tls,
    /// The key is missing or refused (401).
    Auth,
    /// The balance is empty (402).
    Payment,
    /// The key may not do this (403).
    Forbidden,
    /// No such model or path (404).
    NotFound,
    /// The request is wrong (400, 422).
    BadRequest,
    /// The prompt is too long (413).
    TooLarge,
    /// Too many requests or tokens (429).
    RateLimited,
    /// The server is at fault or overloaded (5xx).
    Server,
    /// No connection within its time-out.
    ConnectTimeout,
    /// No first token within its time-out.
    FirstTokenTimeout,
    /// Nothing more within the time-out between reads.
    IdleTimeout,
    /// The whole run took too long.
    RunTimeout,
    /// The connection broke or was reset.
    Reset,
    /// The body ended too early.
    Truncated,
    /// The server reported an error inside the stream.
    StreamError,
    /// What came is not what this API sends.
    Protocol,
    /// A contestant's command could not run or ended badly.
    Process,
    /// The model refused to answer.
    Refusal,
    /// A content filter stopped the answer or refused the prompt.
    ContentFilter,
    /// The output cap was spent before any text came.
    NoAnswer,
    /// More came than the cap on its tokens can explain.
    PastCap,
    /// The runner that races it on another machine is out of reach, or gave the race up.
    Runner,
}

impl FailureKind {
    /// All classes, for tables and tests.
    pub const ALL: [Self; 24] = [
        Self::Connect,
        Self::Tls,
        Self::Auth,
        Self::Payment,
        Self::Forbidden,
        Self::NotFound,
        Self::BadRequest,
        Self::TooLarge,
        Self::RateLimited,
        Self::Server,
        Self::ConnectTimeout,
        Self::FirstTokenTimeout,
        Self::IdleTimeout,
        Self::RunTimeout,
        Self::Reset,
        Self::Truncated,
        Self::StreamError,
        Self::Protocol,
        Self::Process,
        Self::Refusal,
        Self::ContentFilter,
        Self::NoAnswer,
        Self::PastCap,
        Self::Runner,
    ];

    /// The name in recordings and JSON.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Connect => "connect",
            Self::Tls => "tls",
            Self::Auth => "auth",
            Self::Payment => "payment",
            Self::Forbidden => "forbidden",
            Self::NotFound => "not_found",
            Self::BadRequest => "bad_request",
            Self::TooLarge => "too_large",
            Self::RateLimited => "rate_limited",
            Self::Server => "server",
            Self::ConnectTimeout => "connect_timeout",
            Self::FirstTokenTimeout => "first_token_timeout",
            Self::IdleTimeout => "idle_timeout",
            Self::RunTimeout => "run_timeout",
            Self::Reset => "reset",
            Self::Truncated => "truncated",
            Self::StreamError => "stream_error",
            Self::Protocol => "protocol",
            Self::Process => "process",
            Self::Refusal => "refusal",
            Self::ContentFilter => "content_filter",
            Self::NoAnswer => "no_answer",
            Self::PastCap => "past_cap",
            Self::Runner => "runner",
        }
    }

    /// Reads the name back; an unknown one from a newer recording is a protocol failure.
    #[must_use]
    pub fn parse(name: &str) -> Self {
        Self::ALL.into_iter().find(|kind| kind.as_str() == name).unwrap_or(Self::Protocol)
    }

    /// What a person calls it.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::Connect => "no connection",
            Self::Tls => "no secure connection",
            Self::Auth => "key refused",
            Self::Payment => "balance empty",
            Self::Forbidden => "not allowed",
            Self::NotFound => "not found",
            Self::BadRequest => "request refused",
            Self::TooLarge => "prompt too long",
            Self::RateLimited => "rate limited",
            Self::Server => "server error",
            Self::ConnectTimeout => "connect time-out",
            Self::FirstTokenTimeout => "no first token",
            Self::IdleTimeout => "stream stalled",
            Self::RunTimeout => "run time-out",
            Self::Reset => "connection reset",
            Self::Truncated => "stream cut short",
            Self::StreamError => "error in the stream",
            Self::Protocol => "unexpected reply",
            Self::Process => "command failed",
            Self::Refusal => "refused to answer",
            Self::ContentFilter => "content filtered",
            Self::NoAnswer => "no answer",
            Self::PastCap => "wrote past its cap",
            Self::Runner => "lost its runner",
        }
    }
}
