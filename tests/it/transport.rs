//! Ways to a server that are not the usual one: sockets in files, IPv6, proxies of SOCKS, HTTP/2 without TLS, certificates of
//! one's own. Each is gone to its end, by the built program or by its client.

use std::convert::Infallible;
use std::io::{Read as _, Write as _};
use std::net::{Ipv6Addr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};
use speed_kings::provider::http::HttpContestant;
use speed_kings::provider::http::transport::TransportOptions;
use speed_kings::race::event::{FailureKind, TextChannel};
use speed_kings::race::lane::LaneState;
use speed_kings::sim::{Options, ServedTransport, Simulator};

use crate::help::{Run, http_contestant};
use crate::peer::{Asked, reply, serve, stream, witness};
use crate::program::Home;

fn answer(asked: &Asked) -> Vec<u8> {
    if asked.body.is_empty() { reply(404, "text/plain", "none") } else { stream("fine") }.into_bytes()
}

/// Serves on a thread of its own each connection that `accept` gives.
fn served<S: std::io::Read + std::io::Write + Send + 'static>(accept: impl Fn() -> Option<S> + Send + 'static) {
    std::thread::spawn(move || {
        while let Some(connection) = accept() {
            std::thread::spawn(move || serve(connection, &answer));
        }
    });
}

/// A race of two contestants without a recording, and more flags.
fn race(home: &Home, providers: &str, more: &[&str]) -> crate::program::Ended {
    let args = ["race", "--providers", providers, "--models", "m", "--prompt", "hi", "--no-retry"];
    home.run(&[&args[..], more].concat())
}

#[cfg(unix)]
#[test]
fn a_socket_in_a_file_is_raced_by_its_path() {
    let home = Home::new();
    let path = home.path().join("engine.sock");
    let listener = std::os::unix::net::UnixListener::bind(&path).unwrap();
    served(move || listener.accept().ok().map(|(connection, _)| connection));
    let place = format!("unix:{}", path.display());
    race(&home, &format!("a={place},b={place}:/openai/v1"), &[]).says(0, &["a vs b"]);
    let recording = std::fs::read_to_string(&home.recordings()[0]).unwrap();
    assert!(recording.contains(&format!("\"endpoint\":\"{place}\"")), "{recording}");
    let gone = home.path().join("gone.sock");
    home.run(&["check", &format!("a=unix:{}", gone.display())])
        .says(1, &[&format!("listening at unix:{}?", gone.display())]);
    home.run(&["check", "a=unix:"]).says(2, &["unix:/run/engine.sock"]);
}

#[test]
fn an_address_of_ipv6_and_a_name_with_two_addresses_are_reached() {
    let home = Home::new();
    let four = witness(|asked| String::from_utf8(answer(asked)).unwrap());
    let port = four.rsplit(':').next().unwrap().to_owned();
    // Where the name stands for ::1 first, nobody listens there.
    let mut providers = format!("a=http://localhost:{port}/v1,b={four}/v1");
    if let Ok(listener) = TcpListener::bind((Ipv6Addr::LOCALHOST, 0)) {
        let six = listener.local_addr().unwrap();
        served(move || listener.accept().ok().map(|(connection, _)| connection));
        providers = format!("{providers},c=http://{six}/v1");
    }
    race(&home, &providers, &[]).says(0, &["a vs b"]);
}

/// A proxy that speaks SOCKS 5 and leads every name to `target`; gives its address and the names that it was asked for.
fn socks(target: String) -> (String, Arc<Mutex<Vec<String>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let place = listener.local_addr().unwrap().to_string();
    let asked = Arc::new(Mutex::new(Vec::new()));
    let names = Arc::clone(&asked);
    std::thread::spawn(move || {
        for connection in listener.incoming().flatten() {
            let (target, names) = (target.clone(), Arc::clone(&names));
            std::thread::spawn(move || pass_on(connection, &target, &names));
        }
    });
    (place, asked)
}

fn pass_on(mut client: TcpStream, target: &str, names: &Mutex<Vec<String>>) -> std::io::Result<()> {
    let mut greeting = [0; 2];
    client.read_exact(&mut greeting)?;
    client.read_exact(&mut vec![0; usize::from(greeting[1])])?;
    client.write_all(&[5, 0])?;
    let mut head = [0; 5];
    client.read_exact(&mut head)?;
    assert_eq!(head[3], 3, "a name, which the proxy looks up");
    let mut name = vec![0; usize::from(head[4]) + 2];
    client.read_exact(&mut name)?;
    name.truncate(usize::from(head[4]));
    names.lock().unwrap().push(String::from_utf8(name).unwrap());
    client.write_all(&[5, 0, 0, 1, 127, 0, 0, 1, 0, 0])?;
    let server = TcpStream::connect(target)?;
    let (mut from, mut to) = (server.try_clone()?, client.try_clone()?);
    std::thread::spawn(move || std::io::copy(&mut from, &mut to));
    std::io::copy(&mut client, &mut &server).map(drop)
}

#[test]
fn a_socks_proxy_is_asked_for_the_name() {
    let server = witness(|asked| String::from_utf8(answer(asked)).unwrap());
    let (proxy, names) = socks(server.trim_start_matches("http://").to_owned());
    let home = Home::new().with("ALL_PROXY", format!("socks5h://{proxy}"));
    race(&home, "a=http://engine.test/v1,b=http://other.test:8000/v1", &[]).says(0, &["a vs b"]);
    let names = names.lock().unwrap();
    assert!(["engine.test", "other.test"].iter().all(|name| names.iter().any(|known| known == name)), "{names:?}");
}

/// A server that speaks HTTP/2 from its first byte, and nothing else.
fn http2_alone() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/v1", listener.local_addr().unwrap());
    listener.set_nonblocking(true).unwrap();
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async move {
            let listener = tokio::net::TcpListener::from_std(listener).unwrap();
            while let Ok((connection, _)) = listener.accept().await {
                let service = service_fn(|request: hyper::Request<Incoming>| async move {
                    let text = stream("fine");
                    let events = text.split_once("\r\n\r\n").unwrap().1.to_owned();
                    let body = if request.method() == "GET" { "{}".to_owned() } else { events };
                    Ok::<_, Infallible>(hyper::Response::new(body))
                });
                let serving = hyper::server::conn::http2::Builder::new(TokioExecutor::new());
                drop(serving.serve_connection(TokioIo::new(connection), service).await);
            }
        });
    });
    url
}

#[test]
fn http2_is_spoken_without_tls_where_that_is_set() {
    let url = http2_alone();
    let mut asked = http_contestant(&url);
    asked.transport.http2 = true;
    let run = Run::of(vec![asked]);
    let lane = &run.race.lanes()[0];
    assert_eq!((&lane.state, &*lane.transcript().of(TextChannel::Answer)), (&LaneState::Finished, "fine"));
    assert_eq!(lane.head.as_ref().map(|head| &*head.version), Some("HTTP/2.0"));
    let plain = Run::of(vec![http_contestant(&url)]);
    let failure = plain.race.lanes()[0].state.failure().expect("it speaks nothing else");
    assert!(failure.hint.as_deref().is_some_and(|hint| hint.contains("--set mine.http2=true")), "{failure:?}");
    let home = Home::new();
    home.run(&["check", &format!("a={url}"), "--set", "a.http2=true"]).says(0, &["a "]);
}

/// A server with a certificate of its own; gives its address by name.
fn secure() -> String {
    let file = |name: &str| format!("{}/tests/data/tls/{name}", env!("CARGO_MANIFEST_DIR"));
    let certificate = CertificateDer::from_pem_file(file("server.pem")).unwrap();
    let key = PrivateKeyDer::from_pem_file(file("server.key")).unwrap();
    let config = ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate], key)
        .unwrap();
    let (config, listener) = (Arc::new(config), TcpListener::bind("127.0.0.1:0").unwrap());
    let port = listener.local_addr().unwrap().port();
    served(move || {
        let (connection, _) = listener.accept().ok()?;
        Some(StreamOwned::new(ServerConnection::new(Arc::clone(&config)).unwrap(), connection))
    });
    format!("https://localhost:{port}/v1")
}

#[test]
fn a_certificate_of_ones_own_is_trusted_by_name_or_not_at_all() {
    let (url, home) = (secure(), Home::new());
    let providers = format!("a={url},b={url}");
    let authority = format!("{}/tests/data/tls/ca.pem", env!("CARGO_MANIFEST_DIR"));
    race(&home, &providers, &[]).says(3, &["not trusted here", "--cacert FILE"]);
    let trusted = race(&home, &providers, &["--cacert", &authority]);
    trusted.says(0, &["a vs b"]);
    assert!(!trusted.out.contains("servers known"), "{}", trusted.out);
    let open = race(&home, &providers, &["--insecure"]);
    open.says(0, &["servers known", "certificates not checked (--insecure): a, b"]);
    home.run(&["check", &format!("a={url}"), "--cacert", &authority]).says(0, &["a "]);
    home.file("empty.pem", "nothing");
    race(&home, &providers, &["--cacert", "empty.pem"]).says(2, &["--cacert empty.pem: it holds no certificate"]);
    race(&home, &providers, &["--cacert", "none.pem"]).says(2, &["--cacert none.pem"]);
}

/// What the simulator says by each way in which it can be asked, and that its faults come through.
#[test]
fn the_simulator_is_raced_over_tls_and_in_http2() {
    const PACE: &str = "ttft_ms:0,tok_s:1000000,jitter:0";
    for (transport, version) in [(ServedTransport::Tls, "HTTP/1.1"), (ServedTransport::Http2, "HTTP/2.0")] {
        let simulator = Simulator::start(Options { transport, ..Options::default() }).unwrap();
        let mut certificate = tempfile::NamedTempFile::new().unwrap();
        certificate.write_all(simulator.certificate().unwrap().as_bytes()).unwrap();
        let asked = |settings: &str| {
            let mut asked = http_contestant(&simulator.base_url_with("custom", &format!("{PACE},{settings}")));
            asked.transport.cacert = Some(certificate.path().to_owned());
            asked.request.max_tokens = None;
            asked
        };
        // More than any window of HTTP/2 holds that is not opened again meanwhile.
        let long = Run::of(vec![asked("tokens:20000")]);
        long.check_recording(version);
        let lane = &long.race.lanes()[0];
        assert_eq!(lane.state, LaneState::Finished, "{version}");
        assert_eq!(lane.head.as_ref().map(|head| &*head.version), Some(version));
        assert_eq!(lane.reads().last().map(|read| read.pieces), Some(20_000), "{version}");
        let deliveries = simulator.log();
        let written = deliveries.last().unwrap();
        assert_eq!(written.tokens(), 20_000, "{version}");
        assert!(written.writes.is_sorted_by_key(|write| write.at), "{version}");
        for fault in ["reset_after:20", "close_after:20", "status:500"] {
            let cut = Run::of(vec![asked(&format!("tokens:40,{fault}"))]);
            assert!(cut.race.lanes()[0].state.failure().is_some(), "{fault} over {version}");
        }
        let stranger = HttpContestant { transport: TransportOptions::default(), ..asked("tokens:40") };
        let failure = Run::of(vec![stranger]).race.lanes()[0].state.failure().cloned();
        assert_eq!(failure.map(|failure| failure.kind), Some(FailureKind::Tls), "{version}");
    }
}
