//! How a connection is made where that is not as usual: over a socket in a file, in HTTP/2 from its first byte, with
//! certificates of one's own, or with none checked.

use std::path::{Path, PathBuf};

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;

/// What differs from the usual way; nothing by default.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct TransportOptions {
    /// The socket file that the server listens at, in place of a host and a port.
    pub unix_socket: Option<PathBuf>,
    /// HTTP/2 is spoken without asking whether the server does: for servers that speak it without TLS.
    pub http2: bool,
    /// A file with certificates that are trusted beside the system's, in PEM.
    pub cacert: Option<PathBuf>,
    /// No certificate is checked: whoever answers is taken for the server.
    pub insecure: bool,
}

/// The certificates in the file at `path`.
///
/// # Errors
/// Why it can't be read, or that it holds none.
pub fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, String> {
    let read = CertificateDer::pem_file_iter(path).map_err(|error| error.to_string())?;
    let found: Vec<CertificateDer<'static>> = read.collect::<Result<_, _>>().map_err(|error| error.to_string())?;
    if found.is_empty() {
        Err("it holds no certificate: expected PEM, which begins with -----BEGIN CERTIFICATE-----".into())
    } else {
        Ok(found)
    }
}
