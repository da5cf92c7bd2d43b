//! A small HTTP endpoint on loopback for whoever scrapes the board, several at once.
//! It takes one kind of request, answers and closes; nothing that a client sends can make it grow or the others wait.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use hyper::body::Incoming;
use hyper::header::{ALLOW, CONTENT_TYPE as KIND, HeaderValue};
use hyper::{Method, Request, Response, StatusCode};

use super::prometheus::CONTENT_TYPE;
use crate::local_server::{EndpointError, LocalServer, ServerLimits};

/// Where the metrics are.
pub const PATH: &str = "/metrics";
/// The most clients at once; one more waits until one of them has its answer, or has used up its time.
const MAX_CLIENTS: usize = 64;
/// How long one exchange may take.
const PATIENCE: Duration = Duration::from_secs(5);
/// The board is nobody else's business.
const WHY_LOOPBACK: &str = "metrics are served to this machine alone; write for example 127.0.0.1:9464";

/// An endpoint that listens on loopback and serves the metrics.
#[derive(Debug)]
pub struct MetricsEndpoint(LocalServer);

impl MetricsEndpoint {
    /// Listens on `addr`, which must be on loopback.
    ///
    /// # Errors
    /// When it isn't, or can't be had.
    pub async fn bind(addr: SocketAddr) -> Result<Self, EndpointError> {
        LocalServer::on_loopback(addr, WHY_LOOPBACK).await.map(Self)
    }

    /// Where it listens.
    ///
    /// # Errors
    /// When the system doesn't say.
    pub fn addr(&self) -> io::Result<SocketAddr> {
        self.0.addr()
    }

    /// Serves what `metrics` gives at that moment, until it is dropped.
    pub async fn serve(self, metrics: impl Fn() -> String) {
        self.serve_within(PATIENCE, metrics).await;
    }

    /// As [`Self::serve`], with `patience` for each exchange.
    async fn serve_within(self, patience: Duration, metrics: impl Fn() -> String) {
        let limits = ServerLimits { clients: MAX_CLIENTS, head: patience, exchange: Some(patience), stalled: patience };
        self.0.serve(limits, std::future::pending(), |request| reply(request, &metrics)).await;
    }
}

fn reply(request: &Request<Incoming>, metrics: &impl Fn() -> String) -> Response<String> {
    const PLAIN: &str = "text/plain; charset=utf-8";
    let (status, kind, body) = match (request.method(), request.uri().path()) {
        (&Method::GET, PATH) => (StatusCode::OK, CONTENT_TYPE, metrics()),
        (_, PATH) => (StatusCode::METHOD_NOT_ALLOWED, PLAIN, "only GET\n".to_owned()),
        _ => (StatusCode::NOT_FOUND, PLAIN, format!("the metrics are at {PATH}\n")),
    };
    let mut response = Response::new(body);
    *response.status_mut() = status;
    response.headers_mut().insert(KIND, HeaderValue::from_static(kind));
    if status == StatusCode::METHOD_NOT_ALLOWED {
        response.headers_mut().insert(ALLOW, HeaderValue::from_static("GET"));
    }
    response
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::net::TcpStream;

    use super::*;
    use crate::local_server::MAX_HEAD;

    /// What `clients` find at an endpoint that serves meanwhile, with `patience`.
    fn serving<T>(patience: Duration, clients: impl AsyncFnOnce(SocketAddr) -> T) -> T {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let endpoint = MetricsEndpoint::bind(SocketAddr::from(([127, 0, 0, 1], 0))).await.unwrap();
            let addr = endpoint.addr().unwrap();
            tokio::select! {
                found = clients(addr) => found,
                () = endpoint.serve_within(patience, || "up 1\n".to_owned()) => unreachable!("it serves for ever"),
            }
        })
    }

    async fn send(addr: SocketAddr, request: &[u8]) -> TcpStream {
        let mut stream = TcpStream::connect(addr).await.unwrap();
        stream.write_all(request).await.unwrap();
        stream
    }

    async fn answer_of(mut stream: TcpStream) -> String {
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        answer
    }

    fn ask(requests: &[&[u8]]) -> Vec<String> {
        serving(LONG, async |addr| {
            let mut answers = Vec::new();
            for request in requests {
                answers.push(answer_of(send(addr, request).await).await);
            }
            answers
        })
    }

    /// More than any of these tests takes.
    const LONG: Duration = Duration::from_secs(600);
    const REQUEST: &[u8] = b"GET /metrics HTTP/1.1\r\nhost: a\r\n\r\n";

    #[test]
    fn a_client_that_says_nothing_holds_nobody_up() {
        serving(LONG, async |addr| {
            let mut silent = Vec::new();
            for said in [&b""[..], b"GET /metr", b"GET /metrics HTTP/1.1\r\nhost: a\r\n"] {
                silent.push(send(addr, said).await);
            }
            for _ in 0..2 {
                let answer = answer_of(send(addr, REQUEST).await).await;
                assert!(answer.ends_with("up 1\n"), "{answer:?}");
            }
            // They are still waited for: nobody had to give up for the others to be answered.
            let [_, _, mut last] = <[TcpStream; 3]>::try_from(silent).unwrap();
            last.write_all(b"\r\n").await.unwrap();
            assert!(answer_of(last).await.ends_with("up 1\n"));
        });
    }

    #[test]
    fn however_many_say_nothing_their_time_runs_out() {
        let answer = serving(Duration::from_millis(20), async |addr| {
            let mut silent = Vec::new();
            for _ in 0..MAX_CLIENTS {
                silent.push(send(addr, b"GET").await);
            }
            answer_of(send(addr, REQUEST).await).await
        });
        assert!(answer.ends_with("up 1\n"), "{answer}");
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
        let starts = ["HTTP/1.1 200", "HTTP/1.1 404", "HTTP/1.1 405", "HTTP/1.1 400", "HTTP/1.1 431"];
        for (answer, start) in answers.iter().zip(starts) {
            assert!(answer.starts_with(start), "{answer}");
        }
        assert!(answers[0].contains(CONTENT_TYPE) && answers[0].ends_with("\r\n\r\nup 1\n"));
    }

    #[test]
    fn only_this_machine_is_served() {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let error = runtime.block_on(MetricsEndpoint::bind(SocketAddr::from(([0, 0, 0, 0], 0)))).unwrap_err();
        assert!(error.to_string().contains("loopback"), "{error}");
    }
}
