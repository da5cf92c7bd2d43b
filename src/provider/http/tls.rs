//! The secure side of a connection: the system's certificates, and the moment at which its handshake begins.

use std::sync::Arc;

use rustls::client::{
    ClientSessionMemoryCache, ClientSessionStore, Resumption, Tls12ClientSessionValue, Tls13ClientSessionValue,
};
use rustls::crypto::CryptoProvider;
use rustls::pki_types::ServerName;
use rustls::{ClientConfig, NamedGroup, RootCertStore};
use rustls_platform_verifier::BuilderVerifierExt as _;

use super::dial::Dials;

/// Sessions that a lane can resume; it only ever has one server.
const SESSIONS: usize = 4;

/// The TLS configuration of one lane. Without `secure` it trusts nobody and costs nothing: loading the system's
/// certificates takes longer than a fast provider's first token.
///
/// # Errors
/// Why this machine has no secure connections.
pub(super) fn config(secure: bool, dials: &Dials) -> Result<ClientConfig, String> {
    let provider: Arc<CryptoProvider> = rustls::crypto::ring::default_provider().into();
    let builder = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| error.to_string())?;
    if !secure {
        return Ok(builder.with_root_certificates(RootCertStore::empty()).with_no_client_auth());
    }
    let builder =
        builder.with_platform_verifier().map_err(|error| format!("no certificates on this system: {error}"))?;
    let mut config = builder.with_no_client_auth();
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    let cache = ClientSessionMemoryCache::new(SESSIONS);
    config.resumption = Resumption::store(Arc::new(Noted { cache, dials: dials.clone() }));
    Ok(config)
}

/// A session store that is asked at the beginning of each handshake, and notes it: by then TCP is up.
#[derive(Debug)]
struct Noted {
    cache: ClientSessionMemoryCache,
    dials: Dials,
}

impl ClientSessionStore for Noted {
    fn set_kx_hint(&self, server: ServerName<'static>, group: NamedGroup) {
        self.cache.set_kx_hint(server, group);
    }

    fn kx_hint(&self, server: &ServerName<'_>) -> Option<NamedGroup> {
        self.dials.tls_begins();
        self.cache.kx_hint(server)
    }

    fn set_tls12_session(&self, server: ServerName<'static>, value: Tls12ClientSessionValue) {
        self.cache.set_tls12_session(server, value);
    }

    fn tls12_session(&self, server: &ServerName<'_>) -> Option<Tls12ClientSessionValue> {
        self.cache.tls12_session(server)
    }

    fn remove_tls12_session(&self, server: &ServerName<'static>) {
        self.cache.remove_tls12_session(server);
    }

    fn insert_tls13_ticket(&self, server: ServerName<'static>, value: Tls13ClientSessionValue) {
        self.cache.insert_tls13_ticket(server, value);
    }

    fn take_tls13_ticket(&self, server: &ServerName<'static>) -> Option<Tls13ClientSessionValue> {
        self.cache.take_tls13_ticket(server)
    }
}
