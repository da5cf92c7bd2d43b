//! A client with a pool, which knows proxies: for what is asked beside a race, and for lanes behind a proxy.

use super::HttpContestant;
use super::dial::{DialRecord, TimedLayer, TimedResolver};
use super::proxy::ProxyRoute;
use super::request::AGENT;
use super::trouble::WireError;
use super::{is_here, tls, trouble};
use speed_kings_core::race::event::{FailureKind, LaneFailure};

/// A client with a pool, and what it has dialled.
#[derive(Clone, Debug)]
pub(super) struct PooledClient {
    pub(super) client: reqwest::Client,
    pub(super) dials: DialRecord,
}

impl PooledClient {
    /// A client that can reach `contestant`; nothing is sent yet.
    ///
    /// # Errors
    /// When no secure client can be set up on this machine, or a proxy is in the way that can't be used.
    pub(super) fn prepare(contestant: &HttpContestant) -> Result<Self, LaneFailure> {
        if let Some(failure) = ProxyRoute::before(&contestant.base_url).and_then(|proxy| proxy.unusable()) {
            return Err(failure);
        }
        let dials = DialRecord::default();
        let mut builder = reqwest::Client::builder()
            .user_agent(AGENT)
            .connect_timeout(contestant.timeouts.connect)
            .pool_idle_timeout(None)
            .tcp_nodelay(true)
            .redirect(reqwest::redirect::Policy::none())
            .dns_resolver(TimedResolver::new(dials.clone()))
            .connector_layer(TimedLayer::new(dials.clone()));
        let transport = &contestant.transport;
        #[cfg(unix)]
        if let Some(path) = &transport.unix_socket {
            builder = builder.unix_socket(path.as_path());
        }
        if transport.http2 {
            builder = builder.http2_prior_knowledge();
        }
        let secure = contestant.base_url.scheme() == "https";
        builder = builder.tls_backend_preconfigured(
            tls::config(secure, transport, &dials).map_err(|why| LaneFailure::new(FailureKind::Tls, why))?,
        );
        if is_here(&contestant.base_url) {
            builder = builder.no_proxy();
        }
        let client = builder.build().map_err(WireError::from);
        let client = client.map_err(|error| trouble::of(&error, FailureKind::Tls, contestant))?;
        Ok(Self { client, dials })
    }
}
