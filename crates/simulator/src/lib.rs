//! The simulator: a real HTTP server on loopback that streams chat completions at the pace of a [`StreamProfile`], over HTTP/1.1
//! with TLS or without, or over HTTP/2.
//! What it writes is decided before it is written, by a seed; when it is written is known afterwards, from its log.
//!
//! `POST /ENTRANT/v1/chat/completions` and `GET /ENTRANT/v1/models` are there for each entrant and for one named
//! [`CUSTOM`], and so are the paths of the other dialects: `/ENTRANT/v1/responses`, `completions` and `messages`, as Ollama
//! has them `/ENTRANT/api/chat` and `/ENTRANT/api/tags`, and as Google does `/ENTRANT/v1beta/models` and what stands below
//! it. `GET /health` is there once.
//! Behind the entrant there may be [`SimulatorSettings`]: another pace, or a fault to suffer.
//! A thread per connection with blocking sockets, because no scheduler comes between a deadline and its write.

mod answer_wire;
mod chat_request;
mod connection;
mod exchange;
mod http;
mod http1;
mod http2;
mod identity;
mod keys;
mod log;
mod pace;
mod prompts;
mod response_plan;
mod route;
mod script;
mod settings;
mod shared;
mod slots;
mod socket;
mod text;
mod timing;
mod transport;
mod wire;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::io::{self, Read as _, Write as _};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use socket2::SockRef;

use self::exchange::ConnectionEnd;
use self::identity::ServerIdentity;
use self::log::{DeliveryLog, lock};
use self::prompts::RememberedPrompts;
use self::shared::Shared;
use self::slots::AnswerSlots;
use speed_kings_catalog::Dialect;
use speed_kings_catalog::profile::StreamProfile;

pub use self::log::{AnswerDelivery, MAX_DELIVERIES, SocketWrite};
pub use self::response_plan::MAX_TOKENS;
pub use self::route::CUSTOM;
pub use self::settings::{
    ErrorBody, ErrorShape, FaultKind, FinishForm, KeepAliveKind, LineEnd, PaceSettings, ReasoningForm, ReplySettings,
    SettingsError, SimulatorSettings, StreamFault, StreamSettings, UsageForm, setting_keys,
};
pub use self::shared::{SERVER, TOKEN_HEADER};
pub use self::transport::ServedTransport;

/// Connections at one time; each has a thread. Whoever comes beyond them is told 503.
pub const MAX_CONNECTIONS: usize = 256;

/// How long a turned-away client has to send its request, and the accept loop waits for it.
const TURN_AWAY_TIME: Duration = Duration::from_millis(100);

/// How long the call that wakes the accept loop may take.
const WAKE_TIME: Duration = Duration::from_secs(1);

/// What a simulator is started with.
#[derive(Clone, PartialEq, Debug)]
pub struct Options {
    /// Where to listen; port 0 takes any that is free.
    pub addr: SocketAddr,
    /// Who can be raced against, by name.
    pub entrants: BTreeMap<String, StreamProfile>,
    /// Chooses the texts and the jitter.
    pub seed: u64,
    /// The way by which answers go.
    pub transport: ServedTransport,
    /// What passes between the note of each write and the write itself. It is none; where it is some, that is an error of known
    /// size in all that is held against the log.
    pub lag: Duration,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            addr: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            entrants: BTreeMap::new(),
            seed: 0,
            transport: ServedTransport::default(),
            lag: Duration::ZERO,
        }
    }
}

/// A running simulator; dropping it ends its connections and frees its port.
#[derive(Debug)]
pub struct Simulator {
    addr: SocketAddr,
    shared: Arc<Shared>,
    accept: Option<JoinHandle<()>>,
}

impl Simulator {
    /// Listens and begins to serve.
    ///
    /// # Errors
    ///
    /// When the address can't be listened on, no certificate can be made, or no thread can be had.
    pub fn start(options: Options) -> io::Result<Self> {
        let listener = TcpListener::bind(options.addr)?;
        let addr = listener.local_addr()?;
        let identity = |protocol| ServerIdentity::new(reachable(addr).ip(), protocol);
        let shared = Arc::new(Shared {
            entrants: options.entrants,
            seed: options.seed,
            transport: options.transport,
            identity: options.transport.alpn().map(identity).transpose()?,
            lag: options.lag,
            log: DeliveryLog::default(),
            slots: AnswerSlots::default(),
            prompts: RememberedPrompts::default(),
            stop: AtomicBool::new(false),
            open: Mutex::default(),
        });
        let ours = Arc::clone(&shared);
        let accept = thread::Builder::new().name("sim-accept".into()).spawn(move || accept(&listener, &ours))?;
        Ok(Self { addr, shared, accept: Some(accept) })
    }

    /// The address on which it listens, with the port that it got.
    #[must_use]
    pub fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// The certificate by which it is known over TLS, in PEM; nothing without TLS.
    #[must_use]
    pub fn certificate(&self) -> Option<&str> {
        self.shared.identity.as_ref().map(|identity| identity.certificate.as_str())
    }

    /// Where it is reached, with the scheme.
    fn origin(&self) -> String {
        let scheme = if self.shared.identity.is_some() { "https" } else { "http" };
        format!("{scheme}://{}", reachable(self.addr))
    }

    /// The base URL of an entrant's API: append `/chat/completions` or `/models`.
    #[must_use]
    pub fn base_url(&self, entrant: &str) -> String {
        format!("{}/{}/v1", self.origin(), http::percent_encode(entrant))
    }

    /// The same with a settings segment, for example `ttft_ms:50,reset_after:20`.
    #[must_use]
    pub fn base_url_with(&self, entrant: &str, settings: &str) -> String {
        format!("{}/{}/{settings}/v1", self.origin(), http::percent_encode(entrant))
    }

    /// The base URL of the same entrant in `dialect`: append the dialect's path.
    #[must_use]
    pub fn url_with(&self, dialect: Dialect, entrant: &str, settings: &str) -> String {
        match dialect {
            Dialect::Ollama => format!("{}/{}/{settings}", self.origin(), http::percent_encode(entrant)),
            Dialect::Gemini => self.base_url_with(entrant, settings) + "beta",
            _ => self.base_url_with(entrant, settings),
        }
    }

    /// What was written and when, of the last [`MAX_DELIVERIES`] answers. Whoever has read a stream to its end finds
    /// all of its text here.
    #[must_use]
    pub fn log(&self) -> Vec<AnswerDelivery> {
        self.shared.log.copy()
    }
}

impl Drop for Simulator {
    fn drop(&mut self) {
        self.shared.stop.store(true, Ordering::Release);
        // Nothing else wakes a blocked accept on all systems.
        let woken = TcpStream::connect_timeout(&reachable(self.addr), WAKE_TIME).is_ok();
        if let Some(accept) = self.accept.take().filter(|_| woken) {
            // A panic over there has been reported already.
            let _ = accept.join();
        }
        for stream in lock(&self.shared.open).values() {
            let _ = stream.shutdown(Shutdown::Both);
        }
    }
}

/// `addr` as one can connect to it: a server that listens everywhere is also here.
fn reachable(addr: SocketAddr) -> SocketAddr {
    let ip = match addr.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        ip => ip,
    };
    SocketAddr::new(ip, addr.port())
}

/// Takes connections until the simulator stops.
fn accept(listener: &TcpListener, shared: &Arc<Shared>) {
    for number in 0.. {
        let accepted = listener.accept();
        if shared.stop.load(Ordering::Acquire) {
            return;
        }
        match accepted {
            Ok((stream, _)) if lock(&shared.open).len() < MAX_CONNECTIONS => admit(number, stream, shared),
            Ok((stream, _)) => turn_away(&stream, shared),
            // Out of descriptors, most likely: they come back when connections end.
            Err(_) => thread::sleep(TURN_AWAY_TIME),
        }
    }
}

/// Serves `stream` on a thread of its own.
fn admit(number: u64, stream: TcpStream, shared: &Arc<Shared>) {
    let stream = Arc::new(stream);
    lock(&shared.open).insert(number, Arc::clone(&stream));
    let ours = Arc::clone(shared);
    let thread = thread::Builder::new().name(format!("sim-{number}")).spawn(move || {
        let ending = connection::serve(&stream, &ours);
        if ending == ConnectionEnd::Reset {
            let _ = SockRef::from(&*stream).set_linger(Some(Duration::ZERO));
        }
        // The socket closes with its last owner, which is this thread from here on.
        lock(&ours.open).remove(&number);
    });
    if thread.is_err() {
        lock(&shared.open).remove(&number);
    }
}

/// Says that there is no room. The request is read first, for closing over it would take the answer away.
fn turn_away(stream: &TcpStream, shared: &Shared) {
    let mut stream = stream;
    // Over TLS only a handshake could say it.
    if shared.identity.is_some() {
        return;
    }
    let _ = stream.set_read_timeout(Some(TURN_AWAY_TIME));
    let _ = stream.read(&mut [0; 8 * 1_024]);
    let refusal = route::refusal(503, "too many connections");
    let _ = stream.write_all(&http::response_bytes(&refusal, false));
}
