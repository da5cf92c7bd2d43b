//! One connection, in whichever way the simulator speaks.

use std::net::TcpStream;
use std::sync::Arc;
use std::time::Duration;

use super::exchange::ConnectionEnd;
use super::shared::Shared;
use super::socket::ServerSocket;
use super::transport::ServedTransport;
use super::{http1, http2};

/// How long a client may leave our bytes unread.
const WRITE_TIME: Duration = Duration::from_secs(60);

/// Serves `stream` until it ends.
pub(super) fn serve(stream: &Arc<TcpStream>, shared: &Shared) -> ConnectionEnd {
    // Without these the connection still works, only with less exact timing.
    let _ = stream.set_nodelay(true);
    let _ = stream.set_write_timeout(Some(WRITE_TIME));
    let Ok(socket) = ServerSocket::new(Arc::clone(stream), shared.identity.as_ref(), shared.lag) else {
        return ConnectionEnd::Close;
    };
    match shared.transport {
        ServedTransport::Plain | ServedTransport::Tls => http1::serve(&socket, shared),
        ServedTransport::Http2 => http2::serve(socket, shared),
    }
}
