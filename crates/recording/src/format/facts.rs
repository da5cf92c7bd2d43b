//! What events carry, as the recording has it: facts of a connection, a response, an upstream, and of how a lane ended.
//! Times are whole microseconds, and those of a server seconds as it reported them; what isn't known is left out.

use serde::{Deserialize, Serialize};

use super::lenient::{HeaderPair, pairs, readable};
use speed_kings_core::race::event::{
    ConnectionFacts, FailureKind, LaneFailure, ProcessFacts, ResponseHead, Standstill, UpstreamFacts,
};
use speed_kings_core::time::Period;

/// How long the program itself stood still.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default)]
pub(super) struct StandstillFields {
    /// How long, µs on the race clock.
    #[serde(deserialize_with = "readable")]
    us: u64,
    /// How long the machine was suspended meanwhile, µs; the race clock doesn't count that.
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "readable")]
    suspended_us: Option<u64>,
}

/// How a connection came to be.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default)]
#[expect(clippy::struct_field_names, reason = "each field has its unit")]
pub(super) struct ConnectionFields {
    /// How long the name lookup took, µs.
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "readable")]
    dns_us: Option<u64>,
    /// How long the TCP handshake took, µs.
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "readable")]
    tcp_us: Option<u64>,
    /// How long the TLS handshake took, µs.
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "readable")]
    tls_us: Option<u64>,
    /// From asking to a connection that could carry a request, µs.
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "readable")]
    total_us: Option<u64>,
}

/// The head of a response.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default)]
pub(super) struct HeadFields {
    /// The HTTP status code, for example 200.
    #[serde(deserialize_with = "readable")]
    status: u16,
    /// The HTTP version, for example `HTTP/1.1`.
    #[serde(deserialize_with = "readable")]
    version: Box<str>,
    /// The serving region, where a header names one.
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "readable")]
    region: Option<Box<str>>,
    /// The server says that it is a simulator; left out where it doesn't.
    #[serde(skip_serializing_if = "std::ops::Not::not", deserialize_with = "readable")]
    simulated: bool,
    /// Until the connection had taken the whole request, µs from its start.
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "readable")]
    written_us: Option<u64>,
    /// The headers that speak of limits, each with its value.
    #[serde(skip_serializing_if = "Vec::is_empty", deserialize_with = "pairs")]
    limits: Vec<HeaderPair>,
}

/// Who answered behind the address that was asked.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default)]
pub(super) struct UpstreamFields {
    /// The provider that a router passed the request on to.
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "readable")]
    provider: Option<Box<str>>,
    /// The server's `system_fingerprint`: which build and weights it says it ran.
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "readable")]
    fingerprint: Option<Box<str>>,
    /// The headers that name an upstream, each with its value.
    #[serde(skip_serializing_if = "Vec::is_empty", deserialize_with = "pairs")]
    headers: Vec<HeaderPair>,
}

/// What a contestant's own process used, and how it ended.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default)]
pub(super) struct ProcessFields {
    /// Its exit code; left out when a signal ended it.
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "readable")]
    exit_code: Option<i32>,
    /// The most memory that its processes held, each at its own peak, bytes.
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "readable")]
    peak_rss_bytes: Option<u64>,
    /// Time on the processors, user and system, µs.
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "readable")]
    cpu_us: Option<u64>,
}

/// Why a lane is out.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default)]
pub(super) struct FailureFields {
    /// The class of the trouble; one that a reader doesn't know counts as `protocol`.
    #[cfg_attr(feature = "schema", schemars(extend("enum" = FailureKind::ALL.map(FailureKind::as_str))))]
    #[serde(deserialize_with = "readable")]
    kind: Box<str>,
    /// What was said, in the provider's own words where there are any.
    #[serde(deserialize_with = "readable")]
    message: Box<str>,
    /// The HTTP status code, where one came.
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "readable")]
    status: Option<u16>,
    /// How long the server asked to wait, µs.
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "readable")]
    retry_after_us: Option<u64>,
    /// What the viewer can do about it.
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "readable")]
    hint: Option<Box<str>>,
}

impl From<Standstill> for StandstillFields {
    fn from(standstill: Standstill) -> Self {
        Self { us: standstill.length.as_micros(), suspended_us: standstill.suspended.map(Period::as_micros) }
    }
}

impl From<StandstillFields> for Standstill {
    fn from(fields: StandstillFields) -> Self {
        Self { length: Period::from_micros(fields.us), suspended: fields.suspended_us.map(Period::from_micros) }
    }
}

impl From<&ConnectionFacts> for ConnectionFields {
    fn from(facts: &ConnectionFacts) -> Self {
        Self {
            dns_us: facts.dns.map(Period::as_micros),
            tcp_us: facts.tcp.map(Period::as_micros),
            tls_us: facts.tls.map(Period::as_micros),
            total_us: facts.total.map(Period::as_micros),
        }
    }
}

impl From<ConnectionFields> for ConnectionFacts {
    fn from(fields: ConnectionFields) -> Self {
        Self {
            dns: fields.dns_us.map(Period::from_micros),
            tcp: fields.tcp_us.map(Period::from_micros),
            tls: fields.tls_us.map(Period::from_micros),
            total: fields.total_us.map(Period::from_micros),
        }
    }
}

impl From<&ResponseHead> for HeadFields {
    fn from(head: &ResponseHead) -> Self {
        Self {
            status: head.status,
            version: head.version.clone(),
            region: head.region.clone(),
            simulated: head.simulated,
            written_us: head.written.map(Period::as_micros),
            limits: head.limits.to_vec(),
        }
    }
}

impl From<HeadFields> for ResponseHead {
    fn from(fields: HeadFields) -> Self {
        Self {
            status: fields.status,
            version: fields.version,
            region: fields.region,
            simulated: fields.simulated,
            written: fields.written_us.map(Period::from_micros),
            limits: fields.limits.into(),
        }
    }
}

impl From<&UpstreamFacts> for UpstreamFields {
    fn from(facts: &UpstreamFacts) -> Self {
        Self {
            provider: facts.provider.clone(),
            fingerprint: facts.fingerprint.clone(),
            headers: facts.headers.to_vec(),
        }
    }
}

impl From<UpstreamFields> for UpstreamFacts {
    fn from(fields: UpstreamFields) -> Self {
        Self { provider: fields.provider, fingerprint: fields.fingerprint, headers: fields.headers.into() }
    }
}

impl From<ProcessFacts> for ProcessFields {
    fn from(facts: ProcessFacts) -> Self {
        Self {
            exit_code: facts.exit_code,
            peak_rss_bytes: facts.peak_rss_bytes,
            cpu_us: facts.cpu.map(Period::as_micros),
        }
    }
}

impl From<ProcessFields> for ProcessFacts {
    fn from(fields: ProcessFields) -> Self {
        Self {
            exit_code: fields.exit_code,
            peak_rss_bytes: fields.peak_rss_bytes,
            cpu: fields.cpu_us.map(Period::from_micros),
        }
    }
}

impl From<&LaneFailure> for FailureFields {
    fn from(failure: &LaneFailure) -> Self {
        Self {
            kind: failure.kind.as_str().into(),
            message: failure.message.clone(),
            status: failure.status,
            retry_after_us: failure.retry_after.map(Period::as_micros),
            hint: failure.hint.clone(),
        }
    }
}

impl From<FailureFields> for LaneFailure {
    fn from(fields: FailureFields) -> Self {
        Self {
            kind: FailureKind::parse(&fields.kind),
            message: fields.message,
            status: fields.status,
            retry_after: fields.retry_after_us.map(Period::from_micros),
            hint: fields.hint,
        }
    }
}
