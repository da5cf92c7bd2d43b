//! What a simulator speaks: HTTP/1.1 as it is or over TLS, or HTTP/2.

/// The way by which a simulator's answers go.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum ServedTransport {
    /// HTTP/1.1 over TCP alone.
    #[default]
    Plain,
    /// HTTP/1.1, its bytes over TLS.
    Tls,
    /// HTTP/2, its frames over TLS.
    Http2,
}

impl ServedTransport {
    /// The protocol that is agreed upon over TLS, by its name there; nothing without TLS.
    pub(super) const fn alpn(self) -> Option<&'static [u8]> {
        match self {
            Self::Plain => None,
            Self::Tls => Some(b"http/1.1"),
            Self::Http2 => Some(b"h2"),
        }
    }
}
