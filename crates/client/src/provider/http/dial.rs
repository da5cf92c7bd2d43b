//! Times the making of connections: how long the name and the handshakes took.
//! The pooled client's own connector and resolver are wrapped, so what is timed is what really happened.

use std::future::{Future, Ready, ready};
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};
use std::{io, vec};

use hyper::Uri;
use hyper_util::client::legacy::connect::{HttpConnector, dns};
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
#[cfg(unix)]
use tokio::net::UnixStream;
use tower_layer::Layer;
use tower_service::Service;

use super::HttpContestant;
use super::socket::{NotedSocket, SocketLog};
use super::trouble::WireError;
use speed_kings_core::race::event::ConnectionFacts;
use speed_kings_core::race::machine::is_here;

/// What has been dialled so far.
#[derive(Clone, Debug, Default)]
pub(super) struct DialRecord(Arc<Mutex<DialEntries>>);

#[derive(Debug, Default)]
struct DialEntries {
    count: usize,
    dns: Option<Duration>,
    tls_from: Option<Instant>,
    last: Option<ConnectionFacts>,
}

impl DialRecord {
    fn with<T>(&self, change: impl FnOnce(&mut DialEntries) -> T) -> T {
        change(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// A TLS handshake begins now.
    pub(super) fn tls_begins(&self) {
        self.with(|log| log.tls_from = Some(Instant::now()));
    }

    /// How many connections have come up.
    pub(super) fn count(&self) -> usize {
        self.with(|log| log.count)
    }

    /// How the newest connection came up.
    pub(super) fn last(&self) -> Option<ConnectionFacts> {
        self.with(|log| log.last.clone())
    }
}

/// Wraps the client's connector in a [`TimedConnector`].
#[derive(Clone, Debug)]
pub(super) struct TimedLayer(DialRecord);

impl TimedLayer {
    pub(super) const fn new(dials: DialRecord) -> Self {
        Self(dials)
    }
}

impl<S> Layer<S> for TimedLayer {
    type Service = TimedConnector<S>;
    fn layer(&self, inner: S) -> TimedConnector<S> {
        TimedConnector { inner, dials: self.0.clone() }
    }
}

/// A connector that notes how long it took.
#[derive(Clone, Debug)]
pub(super) struct TimedConnector<S> {
    inner: S,
    dials: DialRecord,
}

impl<S, R> Service<R> for TimedConnector<S>
where
    S: Service<R>,
    S::Future: Send + 'static,
    S::Response: 'static,
    S::Error: 'static,
{
    type Response = S::Response;
    type Error = S::Error;
    type Future = Pin<Box<dyn Future<Output = Result<S::Response, S::Error>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, target: R) -> Self::Future {
        let dials = self.dials.clone();
        let asked = Instant::now();
        let connecting = self.inner.call(target);
        Box::pin(async move {
            let connection = connecting.await?;
            dials.with(|log| {
                log.count += 1;
                let (up, dns, tls_from) = (Instant::now(), log.dns.take(), log.tls_from.take());
                // What is neither the name nor TLS is TCP; a proxy's greeting counts with it.
                let tcp =
                    tls_from.unwrap_or(up).saturating_duration_since(asked).saturating_sub(dns.unwrap_or_default());
                log.last = Some(ConnectionFacts {
                    dns: dns.map(Into::into),
                    tcp: Some(tcp.into()),
                    tls: tls_from.map(|from| up.saturating_duration_since(from).into()),
                    total: Some(up.saturating_duration_since(asked).into()),
                });
            });
            Ok(connection)
        })
    }
}

/// The system's resolver, timed.
#[derive(Clone, Debug)]
pub(super) struct TimedResolver(DialRecord);

impl TimedResolver {
    pub(super) const fn new(dials: DialRecord) -> Self {
        Self(dials)
    }
}

impl Resolve for TimedResolver {
    fn resolve(&self, name: Name) -> Resolving {
        let dials = self.0.clone();
        Box::pin(async move {
            let (found, dns) = look_up(name.as_str()).await?;
            dials.with(|log| log.dns = Some(dns));
            let addresses: Addrs = Box::new(found.into_iter());
            Ok(addresses)
        })
    }
}

/// The addresses of `host`, and how long it took to learn them. The port is the caller's.
async fn look_up(host: &str) -> io::Result<(Vec<SocketAddr>, Duration)> {
    let asked = Instant::now();
    // Not every system knows the names below it, and they are this machine by definition.
    let host = if is_here(host) { "localhost" } else { host };
    let found = tokio::net::lookup_host((host, 0)).await?.collect();
    Ok((found, asked.elapsed()))
}

/// A socket that has just been connected.
pub(super) struct DialedSocket {
    pub(super) socket: NotedSocket,
    /// How long its name took, where it has one.
    pub(super) dns: Option<Duration>,
}

/// Connects to where `contestant` is; what the socket does is kept in `log`.
///
/// # Errors
/// Why nobody was reached.
pub(super) async fn dial(contestant: &HttpContestant, log: &SocketLog) -> Result<DialedSocket, WireError> {
    #[cfg(unix)]
    if let Some(path) = &contestant.transport.unix_socket {
        let stream = UnixStream::connect(path).await.map_err(WireError::connect)?;
        return Ok(DialedSocket { socket: NotedSocket::unix(stream, log.clone()), dns: None });
    }
    let url = &contestant.base_url;
    let (addresses, dns) = match url.domain() {
        Some(name) => {
            let (found, dns) = look_up(name).await.map_err(WireError::connect)?;
            (found, Some(dns))
        }
        None => (Vec::new(), None),
    };
    // Several addresses are tried as browsers do it: the other family gets its turn when the first one is slow.
    let mut connector = HttpConnector::new_with_resolver(KnownAddresses(addresses));
    connector.enforce_http(false);
    connector.set_nodelay(true);
    connector.set_connect_timeout(Some(contestant.timeouts.connect));
    let place = format!("{}:{}", url.host_str().unwrap_or_default(), url.port_or_known_default().unwrap_or_default());
    let target = Uri::builder().scheme("http").authority(place).path_and_query("/").build();
    let connected = connector.call(target.map_err(WireError::connect)?).await.map_err(WireError::connect)?;
    Ok(DialedSocket { socket: NotedSocket::tcp(connected.into_inner(), log.clone()), dns })
}

/// A resolver that has the answer already.
#[derive(Clone, Debug)]
struct KnownAddresses(Vec<SocketAddr>);

impl Service<dns::Name> for KnownAddresses {
    type Response = vec::IntoIter<SocketAddr>;
    type Error = io::Error;
    type Future = Ready<io::Result<Self::Response>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, _: dns::Name) -> Self::Future {
        ready(Ok(self.0.clone().into_iter()))
    }
}
