//! The writer of the screen bench: a process of its own that sends tokens at an even pace and keeps when it began each write.
//! It is told by variables where to keep that, and ends when it is killed.

use std::fmt::Write as _;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// Names the folder of the logs, and with that says that this process is the writer.
const LOGS: &str = "SPEED_KINGS_BENCH_LOGS";
const HEAD: &[u8] = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n";
const MODELS: &[u8] = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 11\r\n\r\n{\"data\":[]}";
const LAST: &str = "data: {\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}\n\ndata: [DONE]\n\n";

/// Where this process is to keep its logs, if it is the writer.
pub(crate) fn asked() -> Option<PathBuf> {
    std::env::var_os(LOGS).map(PathBuf::from)
}

/// A writer in a process of its own. It ends when it is dropped.
pub(crate) struct Writer {
    process: Child,
    /// Where it listens.
    pub(crate) address: String,
}

impl Writer {
    /// Starts one that keeps its logs in `folder`.
    pub(crate) fn start(folder: &Path) -> Self {
        let own = std::env::current_exe().expect("this program");
        let mut process = Command::new(own).env(LOGS, folder).stdout(Stdio::piped()).spawn().expect("a process");
        let mut address = String::new();
        BufReader::new(process.stdout.take().expect("its output")).read_line(&mut address).expect("its address");
        Self { process, address: address.trim().to_owned() }
    }

    /// When it began to write each token to `lane`, in µs since its request was read. The log is used up.
    pub(crate) fn log(folder: &Path, lane: &str) -> Vec<f64> {
        let path = folder.join(lane);
        let text = std::fs::read_to_string(&path).expect("the writer's log");
        std::fs::remove_file(path).expect("a log that goes");
        text.lines().map(|line| line.parse().expect("a number")).collect()
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        // One that has ended by itself needs no end.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Answers until it is killed.
pub(crate) fn serve(folder: &Path) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    println!("{}", listener.local_addr().expect("its address"));
    for connection in listener.incoming().flatten() {
        let folder = folder.to_owned();
        // Whoever goes away early is none of the writer's business.
        std::thread::spawn(move || answer(connection, &folder));
    }
}

fn answer(mut connection: TcpStream, folder: &Path) -> std::io::Result<()> {
    connection.set_nodelay(true)?;
    let mut input = BufReader::new(connection.try_clone()?);
    loop {
        let (mut head, mut length, mut asked_for) = (String::new(), 0, None);
        while input.read_line(&mut head)? > 2 {
            if let Some(path) = head.strip_prefix("POST /") {
                asked_for = path.split('/').next().map(str::to_owned);
            }
            if let Some(value) = head.to_ascii_lowercase().strip_prefix("content-length:") {
                length = value.trim().parse().unwrap_or(0);
            }
            head.clear();
        }
        if head.is_empty() {
            return Ok(());
        }
        std::io::copy(&mut input.by_ref().take(length), &mut std::io::sink())?;
        let Some(lane) = asked_for else {
            connection.write_all(MODELS)?;
            continue;
        };
        let asked = Instant::now();
        connection.write_all(HEAD)?;
        let token =
            chunk("data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\" token\"},\"finish_reason\":null}]}\n\n");
        let mut log = String::new();
        for number in 0..super::TOKENS {
            let due = super::TTFT + Duration::from_secs_f64(f64::from(number) / super::TOK_S);
            std::thread::sleep(due.saturating_sub(asked.elapsed()));
            writeln!(log, "{}", asked.elapsed().as_secs_f64() * 1e6).expect("room for a line");
            connection.write_all(&token)?;
        }
        // Before its end, so that the log is there once the answer is.
        std::fs::write(folder.join(lane), log)?;
        connection.write_all(&chunk(LAST))?;
        connection.write_all(b"0\r\n\r\n")?;
    }
}

fn chunk(body: &str) -> Vec<u8> {
    format!("{:x}\r\n{body}\r\n", body.len()).into_bytes()
}
