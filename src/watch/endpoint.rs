//! A small HTTP endpoint on loopback for whoever scrapes the board.
//! It takes one kind of request, answers and closes; nothing that a client sends can make it wait or grow.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::timeout;

use super::prometheus::CONTENT_TYPE;

/// Where the metrics are.
pub const PATH: &str = "/metrics";
/// The most of a request's head that is read.
const MAX_HEAD: usize = 8 * 1024;
/// How long one exchange may take.
const PATIENCE: Duration = Duration::from_secs(5);
/// How long to wait when no connection can be taken.
const PAUSE: Duration = Duration::from_millis(200);

/// A listening endpoint.
#[derive(Debug)]
pub struct Endpoint(TcpListener);

/// Why there is no endpoint.
#[derive(Debug, thiserror::Error)]
pub enum EndpointError {
    /// The board is nobody else's business.
    #[error("{0} is not on loopback: metrics are served to this machine alone; write for example 127.0.0.1:9464")]
    NotLoopback(SocketAddr),
    /// The address can't be had.
    #[error("cannot listen on {addr}: {source}; choose another port, 0 takes any that is free")]
    Bind {
        /// Which.
        addr: SocketAddr,
        /// Why.
        source: io::Error,
    },
}

impl Endpoint {
    /// Listens on `addr`, which must be on loopback.
    ///
    /// # Errors
    /// When it isn't, or can't be had.
    pub async fn bind(addr: SocketAddr) -> Result<Self, EndpointError> {
        if !addr.ip().is_loopback() {
            return Err(EndpointError::NotLoopback(addr));
        }
        TcpListener::bind(addr).await.map(Self).map_err(|source| EndpointError::Bind { addr, source })
    }

    /// Where it listens.
    ///
    /// # Errors
    /// When the system doesn't say.
    pub fn addr(&self) -> io::Result<SocketAddr> {
        self.0.local_addr()
    }

    /// Serves what `metrics` gives at that moment, one client at a time, until it is dropped.
    pub async fn serve(self, metrics: impl Fn() -> String) {
        loop {
            match self.0.accept().await {
                // A client that leaves or dawdles is no business of the others.
                Ok((stream, _)) => drop(timeout(PATIENCE, answer(stream, &metrics)).await),
                Err(_) => tokio::time::sleep(PAUSE).await,
            }
        }
    }
}

async fn answer(mut stream: TcpStream, metrics: &impl Fn() -> String) -> io::Result<()> {
    let mut head = Vec::new();
    let mut buffer = [0; 1024];
    while !head.windows(4).any(|end| end == b"\r\n\r\n") && head.len() < MAX_HEAD {
        match stream.read(&mut buffer).await? {
            0 => return Ok(()),
            read => head.extend_from_slice(buffer.get(..read).unwrap_or_default()),
        }
    }
    let (status, kind, body) = reply(&head, metrics);
    let head = format!(
        "HTTP/1.1 {status}\r\ncontent-type: {kind}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
        body.len()
    );
    stream.write_all(head.as_bytes()).await?;
    stream.write_all(body.as_bytes()).await?;
    stream.shutdown().await
}

fn reply(head: &[u8], metrics: &impl Fn() -> String) -> (&'static str, &'static str, String) {
    const PLAIN: &str = "text/plain; charset=utf-8";
    let mut fields = [httparse::EMPTY_HEADER; 64];
    let mut request = httparse::Request::new(&mut fields);
    if !request.parse(head).is_ok_and(|status| status.is_complete()) {
        return ("400 Bad Request", PLAIN, "not a request\n".to_owned());
    }
    let path = request.path.unwrap_or_default().split('?').next().unwrap_or_default();
    match (request.method, path) {
        (Some("GET"), PATH) => ("200 OK", CONTENT_TYPE, metrics()),
        (_, PATH) => ("405 Method Not Allowed", PLAIN, "only GET\n".to_owned()),
        _ => ("404 Not Found", PLAIN, format!("the metrics are at {PATH}\n")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ask(requests: &[&[u8]]) -> Vec<String> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let endpoint = Endpoint::bind(SocketAddr::from(([127, 0, 0, 1], 0))).await.unwrap();
            let addr = endpoint.addr().unwrap();
            let clients = async {
                let mut answers = Vec::new();
                for request in requests {
                    let mut stream = TcpStream::connect(addr).await.unwrap();
                    stream.write_all(request).await.unwrap();
                    let mut answer = String::new();
                    stream.read_to_string(&mut answer).await.unwrap();
                    answers.push(answer);
                }
                answers
            };
            tokio::select! {
                answers = clients => answers,
                () = endpoint.serve(|| "up 1\n".to_owned()) => unreachable!("it serves for ever"),
            }
        })
    }

    #[test]
    fn the_metrics_are_served_and_nothing_else_is() {
        let answers = ask(&[
            b"GET /metrics?x=1 HTTP/1.1\r\nhost: a\r\n\r\n",
            b"GET / HTTP/1.1\r\n\r\n",
            b"POST /metrics HTTP/1.1\r\n\r\n",
            b"\x16\x03\x01 nonsense\r\n\r\n",
            &[b'x'; MAX_HEAD],
        ]);
        let starts = ["HTTP/1.1 200", "HTTP/1.1 404", "HTTP/1.1 405", "HTTP/1.1 400", "HTTP/1.1 400"];
        for (answer, start) in answers.iter().zip(starts) {
            assert!(answer.starts_with(start), "{answer}");
        }
        assert!(answers[0].contains(CONTENT_TYPE) && answers[0].ends_with("\r\n\r\nup 1\n"));
    }

    #[test]
    fn only_this_machine_is_served() {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let error = runtime.block_on(Endpoint::bind(SocketAddr::from(([0, 0, 0, 0], 0)))).unwrap_err();
        assert!(error.to_string().contains("loopback"), "{error}");
    }
}
