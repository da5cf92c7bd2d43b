//! The connection to the bus: where it is, who we are there, and what becomes of it. Passwords and tokens are never shown.

use std::fmt;
use std::net::IpAddr;
use std::path::PathBuf;
use std::str::FromStr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_nats::{
    Client, ConnectOptions, Event, HeaderMap, Message, RequestErrorKind, ServerAddr, ServerError, Subscriber,
};
use bytes::Bytes;
use speed_kings_core::text::printable;
use tokio::sync::watch;

use crate::tape::{PieceFacts, TapeEnd};
use crate::wire::LARGEST_PIECE;

/// How long the first connection may take.
const CONNECT: Duration = Duration::from_secs(5);
/// How often a silent connection is looked at: two answers missing, and it is taken for broken.
const PING: Duration = Duration::from_secs(2);
/// Between two tries to reach a bus that is gone, at the most.
const LONGEST_PAUSE: Duration = Duration::from_secs(1);
/// Messages that a subscription may lag behind.
const SUBSCRIPTION: usize = 65_536;
/// Notices of the bus that are kept.
const MOST_NOTICES: usize = 32;
/// What a token or a password may be named in the environment.
pub const BUS_VARIABLES: [&str; 4] =
    ["SPEED_KINGS_BUS", "SPEED_KINGS_BUS_USER", "SPEED_KINGS_BUS_PASSWORD", "SPEED_KINGS_BUS_TOKEN"];

const HEADER_AT: &str = "Sk-At";
const HEADER_CLOCK: &str = "Sk-Clock";
const HEADER_LENGTH: &str = "Sk-Length";
const HEADER_HASH: &str = "Sk-Hash";

/// Why the bus can't be used.
#[derive(Debug, thiserror::Error)]
pub enum BusError {
    /// What is no address of a bus.
    #[error("invalid bus '{0}': expected nats://HOST:PORT or tls://HOST:PORT, for example nats://127.0.0.1:4222")]
    Address(String),
    /// There is no connection.
    #[error("cannot reach the bus at {address}: {why}; is nats-server running there?")]
    Connect {
        /// Host and port of the bus.
        address: String,
        /// What the system or the server said.
        why: String,
    },
    /// It is not the server that it says it is, as far as anybody trusted knows.
    #[error(
        "the certificate of the bus at {address} is not trusted: {why}; name its file, or that of its authority, with --bus-ca"
    )]
    Untrusted {
        /// Host and port of the bus.
        address: String,
        /// What the system or the server said.
        why: String,
    },
    /// Whoever is on the way could read along.
    #[error(
        "the bus at {0} speaks no TLS, which is required anywhere but on this machine; docs/fleet.md shows how to give it a certificate, or how to reach it through ssh"
    )]
    Plain(String),
    /// The bus does not let us in.
    #[error(
        "the bus at {address} refused us: {why}; user and password belong into the address or into SPEED_KINGS_BUS_USER and \
         SPEED_KINGS_BUS_PASSWORD"
    )]
    Refused {
        /// Host and port of the bus.
        address: String,
        /// What the system or the server said.
        why: String,
    },
    /// Nobody listens at that subject.
    #[error("nobody answers at {0}")]
    Nobody(String),
    /// No answer in time.
    #[error("no answer from {0} in time")]
    TimedOut(String),
    /// The bus does not let us ask there.
    #[error("the bus does not allow it: {0}")]
    Forbidden(String),
    /// The answer is none.
    #[error("what {0} answered cannot be read")]
    Unreadable(String),
    /// The bus failed otherwise.
    #[error("the bus failed: {0}")]
    Failed(String),
}

/// Where the bus is, and who we are there.
#[derive(Clone)]
pub struct BusPlace {
    address: ServerAddr,
    credentials: BusCredentials,
    /// Certificates that are trusted instead of the system's.
    pub certificates: Option<PathBuf>,
}

/// Who we are on the bus.
#[derive(Clone)]
enum BusCredentials {
    Nobody,
    Password { user: String, password: String },
    Token(String),
}

impl fmt::Debug for BusPlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "BusPlace({self})")
    }
}

impl fmt::Display for BusPlace {
    /// Host and port, without whoever we are there.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", printable(self.address.host()), self.address.port())
    }
}

impl FromStr for BusPlace {
    type Err = BusError;

    fn from_str(text: &str) -> Result<Self, BusError> {
        // The text may hold a password: only what is certainly none is repeated.
        let shown = || text.rsplit('@').next().unwrap_or_default().chars().take(80).collect();
        let address: ServerAddr = text.parse().map_err(|_| BusError::Address(shown()))?;
        if address.is_websocket() || address.host().is_empty() {
            return Err(BusError::Address(shown()));
        }
        let credentials = match (address.username(), address.password()) {
            (Some(user), Some(password)) => {
                BusCredentials::Password { user: user.to_owned(), password: password.to_owned() }
            }
            (Some(token), None) => BusCredentials::Token(token.to_owned()),
            _ => BusCredentials::Nobody,
        };
        Ok(Self { address, credentials, certificates: None })
    }
}

impl BusPlace {
    /// The bus at `address`, else at the one that the environment names, with the credentials of the environment where the
    /// address has none; nothing where neither names one.
    ///
    /// # Errors
    /// When the address is none.
    pub fn of(address: Option<&str>, env: &dyn Fn(&str) -> Option<String>) -> Result<Option<Self>, BusError> {
        let [bus, user, password, token] = BUS_VARIABLES;
        let Some(address) = address.map(str::to_owned).or_else(|| env(bus)) else { return Ok(None) };
        let mut place: Self = address.parse()?;
        if let BusCredentials::Nobody = place.credentials {
            place.credentials = match (env(user), env(password), env(token)) {
                (Some(user), Some(password), _) => BusCredentials::Password { user, password },
                (_, _, Some(token)) => BusCredentials::Token(token),
                _ => BusCredentials::Nobody,
            };
        }
        Ok(Some(place))
    }

    /// Whether it is on this machine, so that nobody can listen on the way.
    #[must_use]
    pub fn is_loopback(&self) -> bool {
        let host = self.address.host().trim_matches(['[', ']']);
        host == "localhost" || host.parse::<IpAddr>().is_ok_and(|addr| addr.is_loopback())
    }
}

/// What has become of the connection.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct BusState {
    /// The connection is up now.
    pub up: bool,
    /// How often it was lost.
    pub lost: u32,
}

/// A connection to the bus, which comes back by itself.
#[derive(Clone, Debug)]
pub struct Bus {
    client: Client,
    state: watch::Receiver<BusState>,
    notices: Arc<Mutex<Vec<String>>>,
}

impl Bus {
    /// Connects. TLS is required wherever somebody could listen.
    ///
    /// # Errors
    /// When there is no connection, or we are not let in.
    pub async fn connect(place: &BusPlace, name: &str) -> Result<Self, BusError> {
        let (told, state) = watch::channel(BusState { up: true, lost: 0 });
        let notices: Arc<Mutex<Vec<String>>> = Arc::default();
        let told = Arc::new(told);
        let heard = Arc::clone(&notices);
        let mut options = ConnectOptions::new()
            .name(format!("speed-kings {name}"))
            .connection_timeout(CONNECT)
            .ping_interval(PING)
            .subscription_capacity(SUBSCRIPTION)
            .reconnect_delay_callback(|tries| {
                LONGEST_PAUSE.min(Duration::from_millis(50).saturating_mul(u32::try_from(tries).unwrap_or(u32::MAX)))
            })
            .require_tls(!place.is_loopback())
            .event_callback(move |event| {
                note(&event, &told, &heard);
                std::future::ready(())
            });
        options = match &place.credentials {
            BusCredentials::Nobody => options,
            BusCredentials::Password { user, password } => options.user_and_password(user.clone(), password.clone()),
            BusCredentials::Token(token) => options.token(token.clone()),
        };
        if let Some(certificates) = &place.certificates {
            options = options.add_root_certificates(certificates.clone());
        }
        let address = place.to_string();
        match options.connect(place.address.clone()).await {
            Ok(client) => Ok(Self { client, state, notices }),
            Err(error) if error.kind() == async_nats::ConnectErrorKind::AuthorizationViolation => {
                Err(BusError::Refused { address, why: "wrong user, password or token".into() })
            }
            Err(error) => {
                let mut why = error.kind().to_string();
                let causes = std::iter::successors(std::error::Error::source(&error), |cause| cause.source());
                if let Some(cause) = causes.last() {
                    why = format!("{why}: {cause}");
                }
                let why = printable(&why).into_owned();
                Err(if why.contains("InvalidContentType") {
                    BusError::Plain(address)
                } else if why.contains("certificate") {
                    BusError::Untrusted { address, why }
                } else {
                    BusError::Connect { address, why }
                })
            }
        }
    }

    /// Whether the connection is up.
    #[must_use]
    pub fn state(&self) -> BusState {
        *self.state.borrow()
    }

    /// What the bus has forbidden, in its own words: untrusted.
    #[must_use]
    pub fn notices(&self) -> Vec<String> {
        self.notices.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The connection itself, for services and streams.
    #[must_use]
    pub const fn client(&self) -> &Client {
        &self.client
    }

    /// Listens to `subject`.
    ///
    /// # Errors
    /// When the connection has ended.
    pub async fn subscribe(&self, subject: String) -> Result<Subscriber, BusError> {
        self.client.subscribe(subject).await.map_err(|error| BusError::Failed(error.to_string()))
    }

    /// Asks at `subject` and waits for the one answer.
    ///
    /// # Errors
    /// When nobody is there, or no answer comes within `wait`.
    pub async fn ask(&self, subject: String, question: Vec<u8>, wait: Duration) -> Result<Message, BusError> {
        let request = async_nats::Request::new().payload(question.into()).timeout(Some(wait));
        self.client.send_request(subject.clone(), request).await.map_err(|error| match error.kind() {
            RequestErrorKind::NoResponders => BusError::Nobody(subject),
            // That something is forbidden is told beside it, and never as an answer.
            RequestErrorKind::TimedOut => match self.notices().into_iter().find(|said| said.contains(&subject)) {
                Some(said) => BusError::Forbidden(said),
                None => BusError::TimedOut(subject),
            },
            _ => BusError::Failed(printable(&error.to_string()).into_owned()),
        })
    }

    /// Publishes `piece` of a tape. Where the connection is down nothing is sent: it is fetched later.
    pub async fn publish_piece(&self, subject: String, facts: &PieceFacts, piece: Bytes) {
        if self.state().up {
            let _ = self.client.publish_with_headers(subject, headers_of(facts), piece).await;
        }
    }

    /// Publishes one message, for whoever listens.
    pub async fn publish(&self, subject: String, message: Vec<u8>) {
        let _ = self.client.publish(subject, message.into()).await;
    }

    /// Waits until all that was published has left.
    pub async fn flush(&self) {
        let _ = tokio::time::timeout(CONNECT, self.client.flush()).await;
    }
}

fn note(event: &Event, told: &watch::Sender<BusState>, heard: &Mutex<Vec<String>>) {
    match event {
        Event::Connected => told.send_modify(|state| state.up = true),
        Event::Disconnected => told.send_modify(|state| {
            *state = BusState { up: false, lost: state.lost.saturating_add(1) };
        }),
        Event::ServerError(ServerError::Other(said)) if said.to_lowercase().contains("permissions") => {
            let mut heard = heard.lock().unwrap_or_else(PoisonError::into_inner);
            let said = printable(said).into_owned();
            if heard.len() < MOST_NOTICES && !heard.contains(&said) {
                heard.push(said);
            }
        }
        _ => {}
    }
}

/// The headers of a piece.
#[must_use]
pub fn headers_of(facts: &PieceFacts) -> HeaderMap {
    let mut headers = HeaderMap::new();
    headers.insert(HEADER_AT, facts.at.to_string().as_str());
    if let Some(clock) = facts.clock {
        headers.insert(HEADER_CLOCK, clock.to_string().as_str());
    }
    if let Some(end) = &facts.end {
        headers.insert(HEADER_LENGTH, end.length.to_string().as_str());
        headers.insert(HEADER_HASH, end.hash.as_str());
    }
    headers
}

/// The piece of a tape that `message` is; nothing where it is none, or a larger one than there are.
#[must_use]
pub fn piece_of(message: &Message) -> Option<(PieceFacts, Bytes)> {
    let facts = piece_facts(message)?;
    (message.payload.len() <= LARGEST_PIECE).then(|| (facts, message.payload.clone()))
}

fn piece_facts(message: &Message) -> Option<PieceFacts> {
    let headers = message.headers.as_ref()?;
    let text = |name: &str| headers.get(name).map(async_nats::HeaderValue::as_str);
    let length = text(HEADER_LENGTH).and_then(|length| length.parse().ok());
    let hash = text(HEADER_HASH).filter(|hash| hash.len() == 64).map(str::to_owned);
    Some(PieceFacts {
        at: text(HEADER_AT)?.parse().ok()?,
        clock: text(HEADER_CLOCK).and_then(|clock| clock.parse().ok()),
        end: length.zip(hash).map(|(length, hash)| TapeEnd { length, hash }),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_shows_no_secret_and_knows_whether_it_is_here() {
        let nobody = |_: &str| None;
        let of = |text: &str| BusPlace::of(Some(text), &nobody).unwrap().unwrap();
        let secret = of("nats://me:hunter2@example.org:4222");
        assert_eq!(format!("{secret} {secret:?}"), "example.org:4222 BusPlace(example.org:4222)");
        for here in ["nats://127.0.0.1", "nats://localhost:5", "nats://[::1]:4222", "127.0.0.9:4222"] {
            assert!(of(here).is_loopback(), "{here}");
        }
        for away in ["nats://10.0.0.1", "tls://bus.example.org", "nats://localhost.example.org"] {
            assert!(!of(away).is_loopback(), "{away}");
        }
        for bad in ["http://me:hunter2@x", "ws://x:80", "nats://me:hunter2@:x"] {
            let error = BusPlace::of(Some(bad), &nobody).unwrap_err().to_string();
            assert!(error.starts_with("invalid bus") && !error.contains("hunter2"), "{error}");
        }
        assert!(BusPlace::of(None, &nobody).unwrap().is_none());
        let env = |name: &str| {
            Some(match name {
                "SPEED_KINGS_BUS" => "nats://h:1".into(),
                name => format!("{name}-value"),
            })
        };
        let from_env = BusPlace::of(None, &env).unwrap().unwrap();
        assert!(matches!(from_env.credentials, BusCredentials::Password { .. }));
    }
}
