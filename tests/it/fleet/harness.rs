//! A bus and runners on it, which can be killed and come back.

use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;

use tempfile::TempDir;

use crate::help::wait_until;
use crate::program::{Home, signal};

/// A nats-server with `JetStream`.
pub(super) struct BusServer {
    port: u16,
    dir: TempDir,
    config: Option<PathBuf>,
    child: Option<Child>,
}

/// The passwords of the users in the shipped configuration.
const PASSWORDS: [(&str, &str); 4] = [
    ("DIRECTOR_PASSWORD", "director-pw"),
    ("RUNNER_M3_PASSWORD", "m3-pw"),
    ("RUNNER_RTX_PASSWORD", "rtx-pw"),
    ("VIEWER_PASSWORD", "viewer-pw"),
];

fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

impl BusServer {
    /// One that lets everybody do everything.
    pub(super) fn start() -> Self {
        let mut server = Self { port: free_port(), dir: tempfile::tempdir().unwrap(), config: None, child: None };
        server.revive();
        server
    }

    /// One with the users and rights of the shipped configuration, without its TLS.
    pub(super) fn with_rights() -> Self {
        let mut server = Self { port: free_port(), dir: tempfile::tempdir().unwrap(), config: None, child: None };
        let shipped = fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/fleet-server.conf")).unwrap();
        let (begin, end) = (shipped.find("tls {").unwrap(), shipped.find("# Keeps races").unwrap());
        let text = format!("{}{}", &shipped[..begin], &shipped[end..]);
        let text = text.replace("0.0.0.0:4222", &format!("127.0.0.1:{}", server.port));
        let text = text.replace("\"jetstream\"", &format!("\"{}\"", server.dir.path().join("js").display()));
        let config = server.dir.path().join("server.conf");
        fs::write(&config, text).unwrap();
        server.config = Some(config);
        server.revive();
        server
    }

    pub(super) const fn port(&self) -> u16 {
        self.port
    }

    pub(super) fn url(&self) -> String {
        format!("nats://127.0.0.1:{}", self.port)
    }

    pub(super) fn url_with(&self, user: &str, password: &str) -> String {
        format!("nats://{user}:{password}@127.0.0.1:{}", self.port)
    }

    pub(super) fn url_of(&self, user: &str) -> String {
        self.url_with(user, &format!("{user}-pw"))
    }

    /// Ends it without a word.
    pub(super) fn kill(&mut self) {
        if let Some(mut child) = self.child.take() {
            child.kill().unwrap();
            child.wait().unwrap();
        }
    }

    /// Starts it anew at the same place.
    pub(super) fn revive(&mut self) {
        let mut command = Command::new("nats-server");
        match &self.config {
            Some(config) => command.arg("-c").arg(config).envs(PASSWORDS),
            None => command
                .args(["-a", "127.0.0.1", "-p", &self.port.to_string(), "-js", "-sd"])
                .arg(self.dir.path().join("js")),
        };
        let log = fs::File::create(self.dir.path().join("log")).unwrap();
        let child = command.stdout(Stdio::null()).stderr(log).spawn();
        self.child = Some(child.unwrap_or_else(|error| panic!("this step needs nats-server: {error}")));
        wait_until("nats-server", || TcpStream::connect(("127.0.0.1", self.port)).is_ok());
    }
}

impl Drop for BusServer {
    fn drop(&mut self) {
        self.kill();
    }
}

/// A runner in a home of its own.
pub(super) struct FleetRunner {
    pub(super) name: String,
    home: Home,
    args: Vec<String>,
    child: Option<Child>,
}

impl FleetRunner {
    /// One that offers `contestants`, with a clock that is wrong by `ahead` µs.
    pub(super) fn start(name: &str, port: u16, contestants: &[&str], ahead: i64) -> Self {
        Self::start_with(name, port, contestants, &[&format!("--clock-ahead={ahead}")])
    }

    pub(super) fn start_with(name: &str, port: u16, contestants: &[&str], more: &[&str]) -> Self {
        Self::begin(Home::new(), name, &format!("nats://127.0.0.1:{port}"), contestants, more)
    }

    /// One with more in its environment, whose programs are released.
    pub(super) fn with_env(name: &str, port: u16, contestants: &[&str], env: &[(&str, &str)]) -> Self {
        Self::limited(name, port, contestants, env, &[])
    }

    /// The same, with flags of its own.
    pub(super) fn limited(name: &str, port: u16, contestants: &[&str], env: &[(&str, &str)], more: &[&str]) -> Self {
        let path = std::env::var("PATH").unwrap_or_default();
        let home = env.iter().fold(Home::new().with("PATH", path), |home, (name, value)| home.with(name, *value));
        let programs = contestants.iter().filter_map(|one| one.split_once("=exec:")).map(|(name, _)| name);
        let released: Vec<&str> = programs.flat_map(|name| ["--allow-remote", name]).collect();
        Self::begin(home, name, &format!("nats://127.0.0.1:{port}"), contestants, &[&released, more].concat())
    }

    /// One that is known to the bus by the password in `url`.
    pub(super) fn as_user(name: &str, url: &str, contestants: &[&str]) -> Self {
        Self::begin(Home::new(), name, url, contestants, &[])
    }

    fn begin(home: Home, name: &str, url: &str, contestants: &[&str], more: &[&str]) -> Self {
        let mut args: Vec<String> = ["runner", "--bus", url, "--name", name].map(str::to_owned).into();
        for contestant in contestants {
            args.extend(["--providers".to_owned(), (*contestant).to_owned()]);
        }
        args.extend(more.iter().map(|arg| (*arg).to_owned()));
        let mut runner = Self { name: name.to_owned(), home, args, child: None };
        runner.revive();
        runner
    }

    pub(super) fn kill(&mut self) {
        if let Some(mut child) = self.child.take() {
            child.kill().unwrap();
            child.wait().unwrap();
        }
    }

    pub(super) fn signal(&self, name: &str) {
        signal(name, self.child.as_ref().unwrap().id());
    }

    /// Starts it, and waits until it has registered.
    pub(super) fn revive(&mut self) {
        let args: Vec<&str> = self.args.iter().map(String::as_str).collect();
        self.child = Some(self.home.start(&args));
        let said = self.home.path().join("stderr");
        wait_until("a runner", || fs::read_to_string(&said).is_ok_and(|said| said.contains("registered")));
    }

    /// Its own tapes, the oldest first.
    pub(super) fn tapes(&self) -> Vec<PathBuf> {
        let folders = fs::read_dir(self.home.path().join("recordings/fleet")).into_iter().flatten().flatten();
        let files = folders.flat_map(|folder| fs::read_dir(folder.path()).into_iter().flatten().flatten());
        let mut tapes: Vec<_> = files.map(|file| (file.metadata().unwrap().modified().unwrap(), file.path())).collect();
        tapes.sort();
        tapes.into_iter().map(|(_, path)| path).collect()
    }
}

impl Drop for FleetRunner {
    fn drop(&mut self) {
        self.kill();
    }
}

/// Everything that goes over a bus, as somebody with all rights hears it.
pub(super) struct Overheard {
    stream: TcpStream,
    heard: Arc<Mutex<Vec<u8>>>,
    thread: JoinHandle<()>,
}

impl Overheard {
    pub(super) fn begin(port: u16) -> Self {
        let mut stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
        stream.write_all(b"CONNECT {\"verbose\":false,\"headers\":true}\r\nSUB > 1\r\nPING\r\n").unwrap();
        let heard = Arc::new(Mutex::new(Vec::new()));
        let thread = std::thread::spawn({
            let (mut stream, heard) = (stream.try_clone().unwrap(), Arc::clone(&heard));
            move || {
                let mut buffer = vec![0; 65_536];
                while let Ok(read @ 1..) = stream.read(&mut buffer) {
                    heard.lock().unwrap().extend_from_slice(&buffer[..read]);
                    if buffer[..read].windows(6).any(|part| part == b"PING\r\n") {
                        let _ = stream.write_all(b"PONG\r\n");
                    }
                }
            }
        });
        wait_until("the bus to listen to us", || heard.lock().unwrap().windows(4).any(|part| part == b"PONG"));
        Self { stream, heard, thread }
    }

    /// The same, answering every question at `subject`.
    pub(super) fn answering(port: u16, subject: &str, answer: impl Fn(&str) -> String + Send + 'static) -> Self {
        let mut stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
        let hello = format!("CONNECT {{\"verbose\":false,\"headers\":true}}\r\nSUB {subject} 1\r\nPING\r\n");
        stream.write_all(hello.as_bytes()).unwrap();
        let heard = Arc::new(Mutex::new(Vec::new()));
        let thread = std::thread::spawn({
            let (stream, heard) = (stream.try_clone().unwrap(), Arc::clone(&heard));
            move || {
                let mut out = stream.try_clone().unwrap();
                for line in BufReader::new(stream).lines().map_while(Result::ok) {
                    heard.lock().unwrap().extend_from_slice(line.as_bytes());
                    let words: Vec<&str> = line.split_whitespace().collect();
                    if let ["MSG" | "HMSG", asked, _, reply, ..] = words.as_slice() {
                        let answer = answer(asked);
                        let _ = write!(out, "PUB {reply} {}\r\n{answer}\r\n", answer.len());
                    }
                    if line == "PING" {
                        let _ = out.write_all(b"PONG\r\n");
                    }
                }
            }
        });
        wait_until("the bus to listen to us", || heard.lock().unwrap().windows(4).any(|part| part == b"PONG"));
        Self { stream, heard, thread }
    }

    pub(super) fn end(self) -> Vec<u8> {
        let _ = self.stream.shutdown(std::net::Shutdown::Both);
        self.thread.join().unwrap();
        std::mem::take(&mut self.heard.lock().unwrap())
    }
}
