//! Two machines that are not this one: network namespaces, each at the end of a cable of its own, and a bus between them that
//! speaks TLS.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use tempfile::TempDir;

use crate::help::wait_until;

/// The namespaces with their cables, which are gone afterwards.
pub(super) struct Namespaces {
    names: Vec<String>,
}

fn ip(args: &str) -> bool {
    Command::new("ip").args(args.split(' ')).stderr(Stdio::null()).status().is_ok_and(|status| status.success())
}

impl Namespaces {
    /// So many of them, the n-th at 10.77.n.2 with the host at 10.77.n.1; nothing where the system does not allow it.
    pub(super) fn new(count: u8) -> Option<Self> {
        let mut made = Self { names: Vec::new() };
        for number in 1..=count {
            let name = format!("sk{}n{number}", std::process::id());
            let (here, there) = (format!("skh{number}"), format!("skt{number}"));
            made.names.push(name.clone());
            let steps = [
                format!("netns add {name}"),
                format!("link add {here} type veth peer name {there} netns {name}"),
                format!("addr add 10.77.{number}.1/24 dev {here}"),
                format!("link set {here} up"),
                format!("-n {name} addr add 10.77.{number}.2/24 dev {there}"),
                format!("-n {name} link set {there} up"),
                format!("-n {name} link set lo up"),
                format!("-n {name} route add default via 10.77.{number}.1"),
            ];
            if !steps.iter().all(|step| ip(step)) {
                return None;
            }
        }
        Some(made)
    }

    /// The program with `args` in namespace `number`, in a home of its own below `dir`.
    pub(super) fn start(&self, number: usize, dir: &Path, args: &[&str]) -> Child {
        let name = &self.names[number];
        let home = dir.join(name);
        fs::create_dir_all(&home).unwrap();
        Command::new("ip")
            .args(["netns", "exec", name, env!("CARGO_BIN_EXE_speed-kings")])
            .args(args)
            .env_clear()
            .env("PATH", std::env::var("PATH").unwrap_or_default())
            .env("XDG_CONFIG_HOME", home.join("config"))
            .current_dir(&home)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(fs::File::create(home.join("said")).unwrap())
            .spawn()
            .unwrap()
    }

    /// Waits until the runner in namespace `number` has registered.
    pub(super) fn registered(&self, number: usize, dir: &Path) {
        let said = dir.join(&self.names[number]).join("said");
        wait_until("a runner", || fs::read_to_string(&said).is_ok_and(|said| said.contains("registered")));
    }
}

impl Drop for Namespaces {
    fn drop(&mut self) {
        for name in &self.names {
            ip(&format!("netns del {name}"));
        }
    }
}

/// A bus that other machines reach, with a certificate of its own.
pub(super) struct SecureBus {
    child: Child,
    dir: TempDir,
    pub(super) port: u16,
}

impl SecureBus {
    pub(super) fn start() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let made = Command::new("openssl")
            .args("req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=bus -keyout key.pem -out cert.pem".split(' '))
            .args(["-addext", "basicConstraints=critical,CA:FALSE"])
            .args(["-addext", "subjectAltName=IP:10.77.1.1,IP:10.77.2.1"])
            .current_dir(dir.path())
            .stderr(Stdio::null())
            .status();
        assert!(made.is_ok_and(|status| status.success()), "openssl makes the certificate");
        let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let child = Command::new("nats-server")
            .args(["-a", "0.0.0.0", "-p", &port.to_string(), "--tls", "--tlscert", "cert.pem", "--tlskey", "key.pem"])
            .current_dir(dir.path())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        wait_until("nats-server", || std::net::TcpStream::connect(("127.0.0.1", port)).is_ok());
        Self { child, dir, port }
    }

    pub(super) fn certificate(&self) -> PathBuf {
        self.dir.path().join("cert.pem")
    }

    pub(super) fn dir(&self) -> &Path {
        self.dir.path()
    }
}

impl Drop for SecureBus {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
