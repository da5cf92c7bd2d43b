//! The way from a lane to its server: a connection of its own, or, behind a proxy, a client that knows those.

use std::sync::Arc;
use std::time::{Duration, Instant};

use rustls::ClientConfig;
use tokio::time::timeout;

use super::dial::DialRecord;
use super::direct::{DirectConnection, Unanswered};
use super::pooled::PooledClient;
use super::proxy::ProxyRoute;
use super::reply::LaneReply;
use super::request::WireRequest;
use super::trouble::WireError;
use super::{HttpContestant, tls};
use crate::provider::lane_emitter::LaneEmitter;
use speed_kings_core::race::event::{ConnectionFacts, EventKind, FailureKind, LaneFailure};

/// How long after a request the end of a kept connection can still be older than the request.
const CROSSING: Duration = Duration::from_secs(1);
/// What is told then.
const CROSSED: &str =
    "the server had closed the connection that was kept up: the request was sent again over a new one";

/// The way from a lane to its server.
pub(super) enum LaneRoute {
    /// A connection of its own.
    Direct(DirectRoute),
    /// A client that knows proxies.
    Pooled(PooledClient),
}

/// Connections of one's own, one at a time.
pub(super) struct DirectRoute {
    tls: Arc<ClientConfig>,
    /// One that nothing goes over just now.
    idle: Option<DirectConnection>,
    /// How the newest one came up.
    dialled: Option<ConnectionFacts>,
}

impl LaneRoute {
    /// The way to `contestant`; nothing is dialled yet.
    ///
    /// # Errors
    /// When no secure client can be set up on this machine, or a proxy is in the way that can't be used.
    pub(super) fn prepare(contestant: &HttpContestant) -> Result<Self, LaneFailure> {
        if ProxyRoute::before(&contestant.base_url).is_some() {
            return PooledClient::prepare(contestant).map(Self::Pooled);
        }
        let secure = contestant.base_url.scheme() == "https";
        let tls = tls::config(secure, &contestant.transport, &DialRecord::default())
            .map_err(|why| LaneFailure::new(FailureKind::Tls, why))?;
        Ok(Self::Direct(DirectRoute { tls: Arc::new(tls), idle: None, dialled: None }))
    }

    /// How the newest connection came up.
    pub(super) fn dialled(&self) -> Option<ConnectionFacts> {
        match self {
            Self::Direct(route) => route.dialled.clone(),
            Self::Pooled(client) => client.dials.last(),
        }
    }

    /// Sends `request` and waits for the head of the answer. `out` is told of a connection that had to be made for it, and of
    /// when the request had been written.
    ///
    /// # Errors
    /// Why there is no answer.
    pub(super) async fn exchange(
        &mut self,
        contestant: &HttpContestant,
        request: &WireRequest,
        out: Option<&LaneEmitter<'_>>,
    ) -> Result<LaneReply, WireError> {
        match self {
            Self::Direct(route) => route.exchange(contestant, request, out).await,
            Self::Pooled(client) => {
                let dialled = client.dials.count();
                let (request, taken) = request.pooled(&client.client)?;
                let response = client.client.execute(request).await?;
                if let Some(out) = out
                    && let Some(facts) = client.dials.last().filter(|_| client.dials.count() > dialled)
                {
                    out.send(Instant::now(), EventKind::Connected(Box::new(facts))).await;
                }
                Ok(LaneReply::Pooled(response, taken.get().copied()))
            }
        }
    }

    /// Keeps the connection of `reply` for whatever is asked next.
    pub(super) fn keep(&mut self, reply: LaneReply) {
        if let (Self::Direct(route), Some(connection)) = (self, reply.into_connection()) {
            route.idle = Some(connection);
        }
    }
}

impl DirectRoute {
    async fn exchange(
        &mut self,
        contestant: &HttpContestant,
        request: &WireRequest,
        out: Option<&LaneEmitter<'_>>,
    ) -> Result<LaneReply, WireError> {
        let mut tried = false;
        loop {
            let (connection, kept) = match self.idle().await {
                Some(connection) => (connection, true),
                None => (self.dial(contestant, out).await?, false),
            };
            let request = request.direct(connection.is_http2())?;
            let (mut sent, begun) = (connection.send(request), Instant::now());
            if let (Some(written), Some(out)) = (sent.written().await, out) {
                out.send(written, EventKind::Written).await;
            }
            let Unanswered { error, unsent, silent } = match sent.answered().await {
                Ok(response) => return Ok(LaneReply::Direct(Box::new(response))),
                Err(unanswered) => unanswered,
            };
            // The server closed the connection while nothing went over it, and the request crossed that on its way: a server that
            // had taken it would take longer to give up.
            let crossed = kept && silent && begun.elapsed() < CROSSING;
            if std::mem::replace(&mut tried, true) || !(unsent || crossed) {
                return Err(error);
            }
            if let Some(out) = out.filter(|_| !unsent) {
                out.send(Instant::now(), EventKind::Notice(CROSSED.into())).await;
            }
        }
    }

    /// The connection that is up, unless it has ended meanwhile.
    async fn idle(&mut self) -> Option<DirectConnection> {
        let mut connection = self.idle.take()?;
        connection.look().await;
        connection.is_open().then_some(connection)
    }

    async fn dial(
        &mut self,
        contestant: &HttpContestant,
        out: Option<&LaneEmitter<'_>>,
    ) -> Result<DirectConnection, WireError> {
        let dialling = DirectConnection::dial(contestant, &self.tls);
        let connection = timeout(contestant.timeouts.connect, dialling).await.map_err(|_| WireError::late())??;
        self.dialled = Some(connection.facts.clone());
        if let Some(out) = out {
            out.send(Instant::now(), EventKind::Connected(Box::new(connection.facts.clone()))).await;
        }
        Ok(connection)
    }
}
