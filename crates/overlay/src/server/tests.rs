//! Pages over plain HTTP, as a browser asks for them.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;

use super::*;
use crate::feed::FeedKind;

const ANY_PORT: OverlayPlace =
    OverlayPlace { addr: SocketAddr::new(IpAddr::V4(std::net::Ipv4Addr::LOCALHOST), 0), network: false };

fn serving() -> OverlayServer {
    OverlayServer::start(ANY_PORT, Arc::new(OverlayFeed::new()), b"font").unwrap()
}

fn send(server: &OverlayServer, request: &str) -> TcpStream {
    let mut stream = TcpStream::connect(server.addr).unwrap();
    stream.write_all(request.as_bytes()).unwrap();
    stream
}

/// The whole answer to `GET path` with further header lines.
fn get(server: &OverlayServer, path: &str, host: &str) -> String {
    let mut answer = String::new();
    send(server, &format!("GET {path} HTTP/1.1\r\n{host}\r\n")).read_to_string(&mut answer).unwrap();
    answer
}

/// A page that reads the events as they come.
struct EventPage(BufReader<TcpStream>);

impl EventPage {
    fn open(server: &OverlayServer, asked: &str) -> Self {
        Self(BufReader::new(send(server, &format!("GET /events HTTP/1.1\r\nHost: 127.0.0.1\r\n{asked}\r\n"))))
    }

    /// The id, the kind and the data of the next event; nothing at the end.
    fn next(&mut self) -> Option<[String; 3]> {
        let (mut line, mut event) = (String::new(), [const { String::new() }; 3]);
        while self.0.read_line(&mut line).unwrap() > 0 {
            for (field, name) in event.iter_mut().zip(["id: ", "event: ", "data: "]) {
                if let Some(value) = line.trim_end().strip_prefix(name) {
                    value.clone_into(field);
                }
            }
            if !event[2].is_empty() && line.trim().is_empty() {
                return Some(event);
            }
            line.clear();
        }
        None
    }

    fn take(&mut self, count: usize) -> Vec<[String; 3]> {
        (0..count).map(|_| self.next().unwrap()).collect()
    }
}

fn frames(server: &OverlayServer, numbers: std::ops::Range<u32>) {
    numbers.for_each(|number| server.feed().publish(FeedKind::Frame, &number.to_string()));
}

fn said(events: &[[String; 3]]) -> Vec<&str> {
    events.iter().map(|[_, _, data]| data.as_str()).collect()
}

#[test]
fn the_page_is_served_to_its_own_address_alone_and_may_load_nothing_else() {
    let server = serving();
    for (path, kind) in
        [("/", "text/html"), ("/?show=gap", "text/html"), ("/page.js", "text/javascript"), ("/page.css", "text/css")]
    {
        let answer = get(&server, path, "Host: 127.0.0.1:8099\r\n");
        let head = answer.split_once("\r\n\r\n").unwrap().0;
        assert!(head.starts_with("HTTP/1.1 200") && head.contains(&format!("content-type: {kind}")), "{head}");
        for header in [
            "cache-control: no-store",
            "content-security-policy: default-src 'none'; script-src 'self'",
            "frame-ancestors 'none'",
            "x-content-type-options: nosniff",
            "referrer-policy: no-referrer",
            "cross-origin-resource-policy: same-origin",
        ] {
            assert!(head.contains(header), "{header}: {head}");
        }
        assert!(!head.contains("access-control") && !head.contains("unsafe"));
    }
    assert!(get(&server, "/font.ttf", "Host: localhost\r\n").ends_with("\r\n\r\nfont"));
    for host in ["127.0.0.1", "127.0.0.1:80", "[::1]", "[::1]:80", "192.0.2.7:80", "localhost", "LOCALHOST:80"] {
        assert!(get(&server, "/", &format!("Host: {host}\r\n")).starts_with("HTTP/1.1 200"), "{host}");
    }
    for host in [
        "Host: evil.example\r\n",
        "Host: 127.0.0.1.evil.example:80\r\n",
        "Host: localhost.evil.example\r\n",
        "Host:\r\n",
        "",
    ] {
        for path in ["/", "/events"] {
            assert!(get(&server, path, host).starts_with("HTTP/1.1 403"), "{host}");
        }
    }
    assert!(get(&server, "/etc/passwd", "Host: localhost\r\n").starts_with("HTTP/1.1 404"));
    let mut refused = String::new();
    send(&server, "POST /events HTTP/1.1\r\nHost: localhost\r\n\r\n").read_to_string(&mut refused).unwrap();
    assert!(refused.starts_with("HTTP/1.1 405") && refused.contains("allow: GET"), "{refused}");
}

#[test]
fn only_this_machine_is_served_unless_that_was_asked_for() {
    let everywhere = OverlayPlace { addr: SocketAddr::from(([0, 0, 0, 0], 0)), network: false };
    let feed = Arc::new(OverlayFeed::new());
    let error = OverlayServer::start(everywhere, Arc::clone(&feed), b"").unwrap_err().to_string();
    assert!(error.contains("not on loopback") && error.contains("--overlay-network"), "{error}");
    assert!(OverlayServer::start(OverlayPlace { network: true, ..everywhere }, feed, b"").is_ok());
    let taken = serving();
    let place = OverlayPlace { addr: taken.addr, network: false };
    let error = OverlayServer::start(place, Arc::new(OverlayFeed::new()), b"").unwrap_err().to_string();
    assert!(error.contains("choose another port"), "{error}");
}

#[test]
fn a_page_opened_late_sees_the_race_from_its_start_and_then_what_comes() {
    let server = serving();
    server.feed().publish(FeedKind::Race, "who");
    frames(&server, 0..3);
    let mut pages = [EventPage::open(&server, ""), EventPage::open(&server, "")];
    for page in &mut pages {
        let events = page.take(4);
        assert_eq!(said(&events), ["who", "0", "1", "2"]);
        assert_eq!((events[0][1].as_str(), events[1][1].as_str()), ("race", "frame"));
    }
    frames(&server, 3..5);
    for page in &mut pages {
        assert_eq!(said(&page.take(2)), ["3", "4"]);
    }
}

#[test]
fn a_page_that_lost_its_line_goes_on_without_loss_or_doubles() {
    let server = serving();
    server.feed().publish(FeedKind::Race, "who");
    frames(&server, 0..3);
    let mut page = EventPage::open(&server, "");
    let [id, ..] = page.take(3).pop().unwrap();
    drop(page);
    frames(&server, 3..6);
    let mut again = EventPage::open(&server, &format!("Last-Event-ID: {id}\r\n"));
    assert_eq!(said(&again.take(4)), ["2", "3", "4", "5"]);
    let asked = send(&server, &format!("GET /events?after={id} HTTP/1.1\r\nHost: localhost\r\n\r\n"));
    assert_eq!(said(&EventPage(BufReader::new(asked)).take(4)), ["2", "3", "4", "5"]);
}

#[test]
fn a_server_that_was_started_anew_tells_all_of_its_race() {
    let first = serving();
    first.feed().publish(FeedKind::Race, "first");
    let [id, ..] = EventPage::open(&first, "").take(1).pop().unwrap();
    let place = OverlayPlace { addr: first.addr, network: false };
    drop(first);
    let again = OverlayServer::start(place, Arc::new(OverlayFeed::new()), b"").unwrap();
    again.feed().publish(FeedKind::Race, "second");
    frames(&again, 0..2);
    let mut page = EventPage::open(&again, &format!("Last-Event-ID: {id}\r\n"));
    assert_eq!(said(&page.take(3)), ["second", "0", "1"]);
}

#[test]
fn pages_that_take_nothing_hold_up_neither_the_race_nor_others() {
    let server = serving();
    server.feed().publish(FeedKind::Race, "who");
    let slow: Vec<EventPage> = (0..8).map(|_| EventPage::open(&server, "")).collect();
    let mut quick = EventPage::open(&server, "");
    assert_eq!(said(&quick.take(1)), ["who"]);
    // More than any socket's buffer holds, and less than is kept.
    let picture = "x".repeat(10_000);
    (0..1_000).for_each(|_| server.feed().publish(FeedKind::Frame, &picture));
    assert!(quick.take(1_000).iter().all(|[_, kind, data]| kind == "frame" && *data == picture));
    // The slow ones missed nothing once they read.
    for mut page in slow {
        let events = page.take(1_001);
        assert_eq!(events[0][2], "who");
        assert!(events.windows(2).all(|pair| pair[0][0] != pair[1][0]));
    }
}

#[test]
fn a_line_on_which_nothing_happens_says_that_it_is_up() {
    let server = serving();
    let page = EventPage::open(&server, "");
    let lines: Vec<String> = page.0.lines().map_while(Result::ok).take_while(|line| line != ":").collect();
    // The last lines before are the length of what comes, and the end of what the page was told on coming.
    assert!(
        lines.iter().any(|line| line == "retry: 500") && !lines.iter().any(|line| line.starts_with("data")),
        "{lines:?}"
    );
}

#[test]
fn the_last_event_reaches_a_page_before_the_end() {
    let server = serving();
    server.feed().publish(FeedKind::Race, "who");
    let mut page = EventPage::open(&server, "");
    assert_eq!(said(&page.take(1)), ["who"]);
    server.feed().publish(FeedKind::Frame, "verdict");
    drop(server);
    assert_eq!(said(&page.take(1)), ["verdict"]);
    assert!(page.next().is_none(), "and then the end");
}
