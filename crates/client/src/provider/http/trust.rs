//! What is wrong with a secure connection, in words, and what can be done about it.
//! The library's own names for it help nobody who runs a server at home.

use rustls::{CertificateError, Error, InvalidMessage};

/// What to do about a certificate that nobody here trusts.
const TRUST: &str =
    "if you trust it, name a file with its certificate or its authority's: --cacert FILE, or SSL_CERT_FILE";

/// A certificate that says it may sign others, shown as a server's own: what `openssl req -x509` makes.
pub(super) fn is_own_authority(error: &CertificateError) -> bool {
    matches!(error, CertificateError::Other(other) if format!("{other:?}").contains("CaUsedAsEndEntity"))
}

/// Cause and next step.
pub(super) fn words(error: &Error) -> (String, Option<&'static str>) {
    match error {
        Error::InvalidCertificate(certificate) => of_certificate(certificate),
        Error::InvalidMessage(InvalidMessage::InvalidContentType) => {
            ("it doesn't speak TLS".into(), Some("write http:// instead of https://, or name the port that speaks TLS"))
        }
        Error::AlertReceived(alert) => (
            format!("it ended the TLS handshake: {alert:?}"),
            Some("the host name in the address may be wrong, or the server requires a client certificate"),
        ),
        Error::PeerIncompatible(why) => (format!("no TLS version or cipher in common: {why:?}"), None),
        other => (format!("the TLS handshake failed: {other}"), None),
    }
}

fn of_certificate(error: &CertificateError) -> (String, Option<&'static str>) {
    use CertificateError as E;
    let told = match error {
        E::Expired | E::ExpiredContext { .. } => {
            return ("its certificate has expired".into(), Some("renew it at the server, or set this machine's clock"));
        }
        E::NotValidYet | E::NotValidYetContext { .. } => {
            return ("its certificate is not valid yet".into(), Some("is this machine's clock right?"));
        }
        E::NotValidForName | E::NotValidForNameContext { .. } => {
            return (
                "its certificate is for another host name".into(),
                Some("use the name in the certificate; one without a subjectAltName is for none"),
            );
        }
        E::Revoked => return ("its certificate was revoked".into(), None),
        E::UnknownIssuer => "its certificate is self-signed, or its authority is unknown, and not trusted here",
        error if is_own_authority(error) => "its certificate is self-signed and not trusted here",
        E::BadSignature => "its certificate is not signed by the authority that it names",
        E::BadEncoding => return ("its certificate can't be read".into(), None),
        other => return (format!("its certificate is not accepted: {other}"), Some(TRUST)),
    };
    (told.into(), Some(TRUST))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_refusal_has_words_and_a_step() {
        for (error, told) in [
            (CertificateError::Expired, "has expired"),
            (CertificateError::NotValidYet, "not valid yet"),
            (CertificateError::NotValidForName, "another host name"),
            (CertificateError::UnknownIssuer, "self-signed, or its authority is unknown"),
        ] {
            let (words, hint) = words(&Error::InvalidCertificate(error));
            assert!(words.contains(told) && hint.is_some(), "{words}");
        }
        let (words, hint) = words(&Error::InvalidMessage(InvalidMessage::InvalidContentType));
        assert!(words.contains("doesn't speak TLS") && hint.unwrap().contains("http://"), "{words}");
    }
}
