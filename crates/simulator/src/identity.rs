//! Who a simulator is over TLS: a certificate for loopback, made anew with each simulator. Its key is in memory alone, and
//! whoever is to trust it has to be given the certificate.

use std::io;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rcgen::{CertificateParams, DnType, ExtendedKeyUsagePurpose, KeyPair};
use rustls::ServerConfig;
use rustls::crypto::ring;
use rustls::pki_types::PrivateKeyDer;

/// For how long it is good, before it is made as after: clocks differ, and no simulator needs to be one for longer.
const GOOD_FOR: Duration = Duration::from_secs(7 * 24 * 3_600);

/// Bytes of the certificate in a line of PEM.
const PEM_LINE: usize = 48;

/// What a simulator shows to whoever connects to it by TLS.
#[derive(Clone, Debug)]
pub(super) struct ServerIdentity {
    pub(super) config: Arc<ServerConfig>,
    /// The certificate in PEM.
    pub(super) certificate: String,
}

impl ServerIdentity {
    /// One for `localhost` and `address` that offers `protocol` alone.
    pub(super) fn new(address: IpAddr, protocol: &[u8]) -> io::Result<Self> {
        let key = KeyPair::generate().map_err(io::Error::other)?;
        let names = ["localhost".to_owned(), address.to_string()];
        let mut params = CertificateParams::new(names).map_err(io::Error::other)?;
        params.distinguished_name.push(DnType::CommonName, "speed-kings simulator");
        params.extended_key_usages.push(ExtendedKeyUsagePurpose::ServerAuth);
        let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).map_err(io::Error::other)?;
        let moment = |since: Duration| rcgen::date_time_ymd(1970, 1, 1) + since;
        (params.not_before, params.not_after) = (moment(now.saturating_sub(GOOD_FOR)), moment(now + GOOD_FOR));
        let certificate = params.self_signed(&key).map_err(io::Error::other)?;
        let secret = PrivateKeyDer::try_from(key.serialize_der()).map_err(io::Error::other)?;
        let mut config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .and_then(|builder| builder.with_no_client_auth().with_single_cert(vec![certificate.der().clone()], secret))
            .map_err(io::Error::other)?;
        config.alpn_protocols = vec![protocol.to_vec()];
        Ok(Self { config: Arc::new(config), certificate: pem(certificate.der()) })
    }
}

/// A certificate as files have it.
fn pem(der: &[u8]) -> String {
    let lines: String = der.chunks(PEM_LINE).map(|line| STANDARD.encode(line) + "\n").collect();
    format!("-----BEGIN CERTIFICATE-----\n{lines}-----END CERTIFICATE-----\n")
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use rustls::pki_types::CertificateDer;
    use rustls::pki_types::pem::PemObject as _;

    use super::*;

    #[test]
    fn a_certificate_is_read_back_and_no_two_are_alike() {
        let made = || ServerIdentity::new(Ipv4Addr::LOCALHOST.into(), b"h2").unwrap();
        let read = |of: &ServerIdentity| CertificateDer::from_pem_slice(of.certificate.as_bytes()).unwrap();
        let (first, second) = (made(), made());
        assert_ne!(read(&first), read(&second));
        assert_eq!(first.config.alpn_protocols, [b"h2"]);
    }
}
