//! Servers and commands that never stop: each lane ends at a bound in proportion to its cap, with its text kept.
//! The program's memory stays small whatever they send, in pieces of any size.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};

use speed_kings::race::event::FailureKind;
use speed_kings::record::reader::read_file;

use crate::program::Home;

/// The most memory that the program may ever hold.
const MOST_MEMORY: u64 = 64 << 20;

/// Serves a head and then `piece` for ever; gives the base URL.
fn flood(kind: &'static str, piece: String) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/v1", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let piece = piece.clone();
            std::thread::spawn(move || pour(&stream, kind, &piece));
        }
    });
    url
}

fn pour(mut stream: &TcpStream, kind: &str, piece: &str) -> Option<()> {
    let mut reader = BufReader::new(stream);
    loop {
        let (mut head, mut line) = (String::new(), String::new());
        while reader.read_line(&mut line).ok()? > 2 {
            head.push_str(&line.to_lowercase());
            line.clear();
        }
        if head.starts_with("get ") {
            stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}").ok()?;
            continue;
        }
        let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")?.parse().ok()).unwrap_or(0);
        reader.read_exact(&mut vec![0; length]).ok()?;
        write!(stream, "HTTP/1.1 200 OK\r\ncontent-type: {kind}\r\nconnection: close\r\n\r\n").ok()?;
        loop {
            stream.write_all(piece.as_bytes()).ok()?;
        }
    }
}

fn event(delta: &str) -> String {
    format!("data: {{\"model\":\"m\",\"choices\":[{{\"index\":0,\"delta\":{delta}}}]}}\n\n")
}

/// The most memory that `process` has held, in bytes, as long as it is there.
fn peak(process: u32) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let kib: u64 =
        status.lines().find_map(|line| line.strip_prefix("VmHWM:")?.trim().strip_suffix(" kB")?.parse().ok())?;
    Some(kib << 10)
}

#[cfg(target_os = "linux")]
#[test]
fn nothing_that_is_sent_fills_the_memory() {
    let (sse, big) = ("text/event-stream", "x".repeat(900_000));
    let names: String =
        ["a", "b"].map(|name| format!("data: {{\"model\":\"{}\",\"choices\":[]}}\n\n", name.repeat(900_000))).concat();
    let cases = [
        ("large texts", flood(sse, event(&format!("{{\"content\":\"{big}\"}}")))),
        ("large reasoning", flood(sse, event(&format!("{{\"reasoning\":\"{big}\"}}")))),
        ("small texts", flood(sse, event("{\"content\":\"x\"}").repeat(1_000))),
        ("comments", flood(sse, ": hm\n".repeat(10_000))),
        ("damaged events", flood(sse, format!("data: {{{big}\n\n"))),
        ("names", flood(sse, names)),
    ];
    let commands = [("yes", "/usr/bin/yes"), ("one line", "/bin/cat /dev/zero")];
    let cases = cases.map(|(name, url)| (name, format!("a={url}"))).into_iter();
    let commands = commands.map(|(name, command)| (name, format!("a=exec:{command}")));
    for (name, contestant) in cases.chain(commands) {
        let home = Home::new();
        let args = ["race", "--providers", &contestant, "--providers", "b=exec:/bin/echo hello", "--model", "m"];
        let child = home.start(&[&args as &[&str], &["--max-tokens", "50"]].concat());
        let mut most = 0;
        let ended = home.end_while(child, |process| most = peak(process).unwrap_or(0).max(most));
        ended.says(3, &["wrote past its cap", "50 tokens"]);
        assert!(most > 0 && most < MOST_MEMORY, "{name}: {} MiB", most >> 20);
        let recording = read_file(&home.recordings()[0]).unwrap();
        assert!(recording.is_complete() && recording.problems.is_empty(), "{name}: {:?}", recording.problems);
        let race = recording.race();
        let lane = &race.lanes()[0];
        assert_eq!(lane.state.failure().map(|failure| failure.kind), Some(FailureKind::PastCap), "{name}");
        let says = !["comments", "damaged events", "names"].contains(&name);
        assert_eq!(says, !lane.transcript().text().is_empty(), "{name}: what it said is kept");
    }
}
