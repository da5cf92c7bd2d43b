//! The secure side of a connection: the system's certificates, and the moment at which its handshake begins.

use std::sync::Arc;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::verify_server_name;
use rustls::client::{
    ClientSessionMemoryCache, ClientSessionStore, Resumption, Tls12ClientSessionValue, Tls13ClientSessionValue,
};
use rustls::crypto::CryptoProvider;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::{ClientConfig, DigitallySignedStruct, Error, NamedGroup, RootCertStore, SignatureScheme};
use rustls_platform_verifier::Verifier;

use super::dial::DialRecord;
use super::transport::{TransportOptions, certificates};
use super::trust::is_own_authority;

/// Names a file with certificates that are trusted beside the system's.
const OWN_CERTIFICATES: &str = "SSL_CERT_FILE";
/// Sessions that a lane can resume; it only ever has one server.
const SESSIONS: usize = 4;

/// The TLS configuration of one lane. Without `secure` it trusts nobody and costs nothing: loading the system's
/// certificates takes longer than a fast provider's first token.
///
/// # Errors
/// Why this machine has no secure connections.
pub(super) fn config(secure: bool, transport: &TransportOptions, dials: &DialRecord) -> Result<ClientConfig, String> {
    let provider: Arc<CryptoProvider> = rustls::crypto::ring::default_provider().into();
    let builder = ClientConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()
        .map_err(|error| error.to_string())?;
    if !secure {
        return Ok(builder.with_root_certificates(RootCertStore::empty()).with_no_client_auth());
    }
    let given = transport.cacert.as_deref().map(certificates).transpose()?.unwrap_or_default();
    let system = Verifier::new_with_extra_roots(given.iter().cloned(), provider)
        .map_err(|error| format!("no certificates on this system: {error}"))?;
    let own = own_certificates().into_iter().chain(given).collect();
    let trust = CertificateTrust { system, own, unchecked: transport.insecure };
    let mut config = builder.dangerous().with_custom_certificate_verifier(Arc::new(trust)).with_no_client_auth();
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    let cache = ClientSessionMemoryCache::new(SESSIONS);
    config.resumption = Resumption::store(Arc::new(NotedSessions { cache, dials: dials.clone() }));
    Ok(config)
}

/// The certificates in the file that the user names.
fn own_certificates() -> Vec<CertificateDer<'static>> {
    let Some(path) = std::env::var_os(OWN_CERTIFICATES) else { return Vec::new() };
    CertificateDer::pem_file_iter(path).into_iter().flatten().flatten().collect()
}

/// The system's judgement, and one exception: a certificate that the user's own file holds to the letter is trusted for
/// the names that it bears, even if it is made as an authority's. Such a one is what `openssl req -x509` makes.
#[derive(Debug)]
struct CertificateTrust {
    system: Verifier,
    own: Vec<CertificateDer<'static>>,
    /// Whoever answers is taken for the server.
    unchecked: bool,
}

impl ServerCertVerifier for CertificateTrust {
    fn verify_server_cert(
        &self,
        certificate: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        ocsp: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        if self.unchecked {
            return Ok(ServerCertVerified::assertion());
        }
        match self.system.verify_server_cert(certificate, intermediates, name, ocsp, now) {
            // Its dates have been checked by then; nothing but its purpose is wrong.
            Err(Error::InvalidCertificate(error))
                if is_own_authority(&error) && self.own.iter().any(|own| own == certificate) =>
            {
                verify_server_name(&ParsedCertificate::try_from(certificate)?, name)?;
                Ok(ServerCertVerified::assertion())
            }
            judged => judged,
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.system.verify_tls12_signature(message, certificate, signature)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.system.verify_tls13_signature(message, certificate, signature)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.system.supported_verify_schemes()
    }
}

/// A session store that is asked at the beginning of each handshake, and notes it: by then TCP is up.
#[derive(Debug)]
struct NotedSessions {
    cache: ClientSessionMemoryCache,
    dials: DialRecord,
}

impl ClientSessionStore for NotedSessions {
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
