//! A bad network between a runner and its bus: each way takes longer, and messages are lost.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;
use std::time::{Duration, Instant};

/// What is wrong with the network.
#[derive(Clone, Copy)]
pub(super) struct Faults {
    /// How long each way takes.
    pub(super) delay: Duration,
    /// Each so-manieth piece of a tape is lost.
    pub(super) drop_every: Option<usize>,
}

/// The way to a bus.
pub(super) struct BusProxy {
    port: u16,
    dropped: Arc<AtomicUsize>,
}

impl BusProxy {
    /// Leads to the bus at `port`. It ends with the process.
    pub(super) fn start(port: u16, faults: &Faults) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let proxy = Self { port: listener.local_addr().unwrap().port(), dropped: Arc::default() };
        let (faults, dropped) = (*faults, Arc::clone(&proxy.dropped));
        thread::spawn(move || {
            for runner in listener.incoming().flatten() {
                let Ok(bus) = TcpStream::connect(("127.0.0.1", port)) else { continue };
                let (to_bus, to_runner) =
                    (late(bus.try_clone().unwrap(), faults), late(runner.try_clone().unwrap(), faults));
                let dropped = Arc::clone(&dropped);
                thread::spawn(move || up(runner, &to_bus, faults, &dropped));
                thread::spawn(move || down(bus, &to_runner));
            }
        });
        proxy
    }

    pub(super) const fn port(&self) -> u16 {
        self.port
    }

    /// Messages that were lost.
    pub(super) fn dropped(&self) -> usize {
        self.dropped.load(Ordering::Relaxed)
    }
}

/// Writes what it is handed to `stream`, so much later.
fn late(mut stream: TcpStream, faults: Faults) -> SyncSender<(Instant, Vec<u8>)> {
    let (sender, due): (_, Receiver<(Instant, Vec<u8>)>) = sync_channel(65_536);
    thread::spawn(move || {
        for (came, bytes) in due {
            thread::sleep((came + faults.delay).saturating_duration_since(Instant::now()));
            if stream.write_all(&bytes).is_err() {
                return;
            }
        }
        let _ = stream.shutdown(std::net::Shutdown::Both);
    });
    sender
}

fn down(mut bus: TcpStream, to_runner: &SyncSender<(Instant, Vec<u8>)>) {
    let mut buffer = vec![0; 65_536];
    while let Ok(read @ 1..) = bus.read(&mut buffer) {
        if to_runner.send((Instant::now(), buffer[..read].to_vec())).is_err() {
            return;
        }
    }
}

/// Takes the runner's messages apart: a line, and for a message the bytes that it announces.
fn up(runner: TcpStream, to_bus: &SyncSender<(Instant, Vec<u8>)>, faults: Faults, dropped: &AtomicUsize) {
    let (mut runner, mut pieces) = (BufReader::new(runner), 0);
    loop {
        let mut message = Vec::new();
        if !matches!(runner.read_until(b'\n', &mut message), Ok(1..)) {
            return;
        }
        let line = String::from_utf8_lossy(&message).into_owned();
        let words: Vec<&str> = line.split_whitespace().collect();
        if let [word, subject, .., bytes] = words.as_slice()
            && matches!(word.to_ascii_uppercase().as_str(), "PUB" | "HPUB")
        {
            let mut body = vec![0; bytes.parse::<usize>().unwrap() + 2];
            if runner.read_exact(&mut body).is_err() {
                return;
            }
            message.extend(body);
            if subject.contains(".tape.") {
                pieces += 1;
                if faults.drop_every.is_some_and(|every| pieces % every == 0) {
                    dropped.fetch_add(1, Ordering::Relaxed);
                    continue;
                }
            }
        }
        if to_bus.send((Instant::now(), message)).is_err() {
            return;
        }
    }
}
