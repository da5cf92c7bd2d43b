//! What all connections of one simulator share, and the headers that every response has.

use std::collections::BTreeMap;
use std::net::TcpStream;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use super::identity::ServerIdentity;
use super::log::DeliveryLog;
use super::prompts::RememberedPrompts;
use super::slots::AnswerSlots;
use super::transport::ServedTransport;
use speed_kings_catalog::profile::StreamProfile;

/// The `server` header of every response: whatever has it is simulated.
pub const SERVER: &str = concat!("speed-kings-sim/", env!("CARGO_PKG_VERSION"));

/// The header with the number of output tokens that an answer has if nothing goes wrong.
pub const TOKEN_HEADER: &str = "x-sim-tokens";

/// What the connections share.
#[derive(Debug)]
pub(super) struct Shared {
    pub(super) entrants: BTreeMap<String, StreamProfile>,
    pub(super) seed: u64,
    pub(super) transport: ServedTransport,
    /// Who it is over TLS; nothing without.
    pub(super) identity: Option<ServerIdentity>,
    /// What passes between the note of a write and the write.
    pub(super) lag: Duration,
    pub(super) log: DeliveryLog,
    pub(super) slots: AnswerSlots,
    pub(super) prompts: RememberedPrompts,
    pub(super) stop: AtomicBool,
    /// The open connections, by number, so that they can be ended from outside.
    pub(super) open: Mutex<BTreeMap<u64, Arc<TcpStream>>>,
}
