//! Times the making of connections: how often one was dialled, and how long its name and its handshakes took.
//! It wraps the client's own connector and resolver, so what is timed is what really happened.

use std::future::Future;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use tower_layer::Layer;
use tower_service::Service;

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
            let asked = Instant::now();
            // Not every system knows the names below it, and they are this machine by definition.
            let name = if is_here(name.as_str()) { "localhost" } else { name.as_str() };
            // The port is the caller's: 0 stands for the one of the address.
            let found: Vec<SocketAddr> = tokio::net::lookup_host((name, 0)).await?.collect();
            dials.with(|log| log.dns = Some(asked.elapsed()));
            let addresses: Addrs = Box::new(found.into_iter());
            Ok(addresses)
        })
    }
}
