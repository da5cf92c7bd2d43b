//! When what a lane reads is taken to have come, by a server whose writes are known; and what becomes of its connection.

use std::io::{BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use speed_kings::bus::{EventEmitter, RaceEpoch, ReadClock, taps};
use speed_kings::provider::http::{HttpContestant, LaneConnection};
use speed_kings::race::event::{Event, EventKind, FailureKind, LaneId};
use tokio::sync::oneshot;

use crate::help::http_contestant;
use crate::peer::{next_asked, reply};

const HEAD: &[u8] = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n";

/// One event with this text, in a chunk of its own.
fn piece(text: &str) -> Vec<u8> {
    let event = format!("data: {{\"choices\":[{{\"index\":0,\"delta\":{{\"content\":\"{text}\"}}}}]}}\n\n");
    format!("{:x}\r\n{event}\r\n", event.len()).into_bytes()
}

/// A server of one connection that answers what warms it and leaves the rest to `answer`; gives its address.
fn server(answer: impl FnOnce(&mut TcpStream) + Send + 'static) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/v1", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        let mut reader = BufReader::new(listener.accept().unwrap().0);
        reader.get_ref().set_nodelay(true).unwrap();
        while next_asked(&mut reader).unwrap().body.is_empty() {
            reader.get_mut().write_all(reply(200, "application/json", "{}").as_bytes()).unwrap();
        }
        answer(reader.get_mut());
    });
    url
}

/// Runs one lane against `contestant`, with something else on its thread; gives its events, its clock and its connection.
async fn lane(contestant: HttpContestant, beside: impl Future<Output = ()>) -> (Vec<Event>, RaceEpoch, LaneConnection) {
    let mut connection = LaneConnection::prepare(contestant).unwrap();
    connection.warm().await.unwrap();
    let prepared = connection.prepare_request().unwrap();
    let (senders, mut receivers) = taps(1);
    let epoch = RaceEpoch::new(Instant::now());
    let (emitter, clock) = (EventEmitter::new(senders, epoch), ReadClock::default());
    futures::join!(connection.run(prepared, LaneId(0), &emitter, &clock), beside);
    drop(emitter);
    let mut events = Vec::new();
    while let Some(event) = receivers[0].recv().await {
        events.push(event);
    }
    (events, epoch, connection)
}

fn block_on<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(future)
}

#[cfg(target_os = "linux")]
#[test]
fn what_came_while_the_thread_was_busy_has_the_time_at_which_it_came() {
    const BUSY: Duration = Duration::from_millis(400);
    let (begun, busy) = oneshot::channel();
    let (wrote, written) = mpsc::sync_channel(1);
    let url = server(move |connection| {
        connection.write_all(HEAD).unwrap();
        connection.write_all(&piece("one ")).unwrap();
        begun.send(()).unwrap();
        std::thread::sleep(BUSY / 4);
        connection.write_all(&piece("two ")).unwrap();
        wrote.send(Instant::now()).unwrap();
        std::thread::sleep(BUSY * 2);
        connection.write_all(&piece("three")).unwrap();
        let end = "data: {\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}\n\ndata: [DONE]\n\n";
        write!(connection, "{:x}\r\n{end}\r\n0\r\n\r\n", end.len()).unwrap();
    });
    let (events, epoch, _connection) = block_on(lane(http_contestant(&url), async {
        busy.await.unwrap();
        std::thread::sleep(BUSY);
    }));
    let second = |event: &&Event| matches!(&event.kind, EventKind::Text { text, .. } if &**text == "two ");
    let told = epoch.offset(written.recv().unwrap()).as_micros();
    let at = events.iter().find(second).unwrap().at.as_micros();
    assert!((at - told).abs() < 100_000, "written at {told} µs and stamped at {at} µs");
    let late = events.iter().filter_map(|event| match &event.kind {
        EventKind::Lateness(reads) => Some(reads.iter().map(|late| late.as_micros()).max().unwrap_or(0)),
        _ => None,
    });
    assert!(late.max().unwrap() > 150_000, "{events:?}");
    let place = |kind: &EventKind| events.iter().position(|event| event.kind == *kind).unwrap();
    assert!(place(&EventKind::Sent) < place(&EventKind::Written), "{events:?}");
}

#[test]
fn a_server_whose_answer_is_given_up_loses_its_listener() {
    let (gone, seen) = mpsc::sync_channel(1);
    let url = server(move |connection| {
        connection.write_all(HEAD).unwrap();
        connection.write_all(&piece("one ")).unwrap();
        // An end, or a reset where something was on its way.
        gone.send(connection.read(&mut [0]).unwrap_or(0)).unwrap();
    });
    let mut contestant = http_contestant(&url);
    contestant.timeouts.idle = Duration::from_millis(100);
    let (events, _, connection) = block_on(lane(contestant, async {}));
    let failed =
        |event: &Event| matches!(&event.kind, EventKind::Failed(failure) if failure.kind == FailureKind::IdleTimeout);
    assert!(events.iter().any(failed), "{events:?}");
    assert_eq!(seen.recv_timeout(Duration::from_secs(20)), Ok(0), "while the lane still has {connection:?}");
}
