//! The socket of one connection, with TLS over it or without. It notes when each stretch was given to the system: over TLS
//! that is after it was encrypted.

use std::cell::RefCell;
use std::io::{self, Read as _, Write as _};
use std::net::{Shutdown, TcpStream};
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use rustls::ServerConnection;

use super::identity::ServerIdentity;

/// Plain text of one record of TLS, at most.
const RECORD: usize = 16 * 1_024;

/// How long, and for how many bytes, a client is listened to behind the last word, so that it can read that.
const LINGER_TIME: Duration = Duration::from_millis(500);
const LINGER_BYTES: usize = 32 * 1_024 * 1_024;

/// A connection's socket, blocking.
#[derive(Debug)]
pub(super) struct ServerSocket {
    tcp: Arc<TcpStream>,
    tls: Option<RefCell<ServerConnection>>,
    /// What passes between the note of a write and the write.
    lag: Duration,
}

impl ServerSocket {
    pub(super) fn new(tcp: Arc<TcpStream>, identity: Option<&ServerIdentity>, lag: Duration) -> io::Result<Self> {
        let connection = |of: &ServerIdentity| ServerConnection::new(Arc::clone(&of.config)).map_err(io::Error::other);
        let tls = identity.map(connection).transpose()?.map(RefCell::new);
        Ok(Self { tcp, tls, lag })
    }

    /// What lies below: for time-outs, and to see whether the client is there.
    pub(super) fn tcp(&self) -> &TcpStream {
        &self.tcp
    }

    /// The same, to be kept beside this.
    pub(super) fn shared_tcp(&self) -> Arc<TcpStream> {
        Arc::clone(&self.tcp)
    }

    /// Takes what has come, waiting for it as long as the socket's time-out says.
    pub(super) fn read(&self, into: &mut [u8]) -> io::Result<usize> {
        let Some(tls) = &self.tls else { return (&*self.tcp).read(into) };
        let mut tls = tls.borrow_mut();
        loop {
            match tls.reader().read(into) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                read => return read,
            }
            tls.read_tls(&mut &*self.tcp)?;
            let understood = tls.process_new_packets();
            // Its side of the handshake, or why there is none.
            while tls.wants_write() {
                tls.write_tls(&mut &*self.tcp)?;
            }
            understood.map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))?;
        }
    }

    /// Takes what is there already, and waits for nothing.
    pub(super) fn read_now(&self, into: &mut [u8]) -> io::Result<usize> {
        self.tcp.set_nonblocking(true)?;
        let read = self.read(into);
        self.tcp.set_nonblocking(false)?;
        read
    }

    /// What was read from the network already and not handed out yet.
    pub(super) fn read_ahead(&self, into: &mut [u8]) -> io::Result<usize> {
        let Some(tls) = &self.tls else { return Err(io::ErrorKind::WouldBlock.into()) };
        tls.borrow_mut().reader().read(into)
    }

    /// Gives `bytes` away. When that was: before, since whoever waits for them may run before the call is back.
    pub(super) fn write(&self, bytes: &[u8]) -> io::Result<Instant> {
        let Some(tls) = &self.tls else {
            let at = self.noted();
            return (&*self.tcp).write_all(bytes).map(|()| at);
        };
        let (mut tls, mut first) = (tls.borrow_mut(), None);
        for record in bytes.chunks(RECORD) {
            tls.writer().write_all(record)?;
            first = first.or_else(|| Some(self.noted()));
            while tls.wants_write() {
                tls.write_tls(&mut &*self.tcp)?;
            }
        }
        Ok(first.unwrap_or_else(Instant::now))
    }

    fn noted(&self) -> Instant {
        let at = Instant::now();
        if !self.lag.is_zero() {
            thread::sleep(self.lag);
        }
        at
    }

    /// Says that nothing more comes, and takes what the client still sends: closing over unread bytes resets the
    /// connection, which could take the response away from a client that hasn't read it yet.
    pub(super) fn close_gently(&self) {
        if let Some(tls) = &self.tls {
            let mut tls = tls.borrow_mut();
            tls.send_close_notify();
            // Who isn't there any more needs no goodbye.
            let _ = tls.write_tls(&mut &*self.tcp);
        }
        let deadline = Instant::now() + LINGER_TIME;
        if self.tcp.shutdown(Shutdown::Write).is_err() || self.tcp.set_read_timeout(Some(LINGER_TIME)).is_err() {
            return;
        }
        let (mut bytes, mut total) = ([0; 8 * 1_024], 0);
        while total < LINGER_BYTES && Instant::now() < deadline {
            match (&*self.tcp).read(&mut bytes) {
                Ok(0) | Err(_) => return,
                Ok(read) => total += read,
            }
        }
    }
}
