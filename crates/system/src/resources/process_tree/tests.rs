//! Trees of made-up processes below a folder of their own, and real ones of this machine.

use super::*;
use std::process::{Command, Stdio};

/// A made-up system in a folder of its own.
struct FakeProc(tempfile::TempDir);

impl FakeProc {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn put(&self, path: &str, text: &str) {
        let path = self.0.path().join("proc").join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    fn process(&self, number: u32, parent: u32, ticks: u64, kilobytes: u64) {
        let stat = format!(
            "{number} (a ) b) S {parent} 1 1 0 -1 0 0 0 0 0 {ticks} 0 0 0 20 0 3 0 {} 0 0",
            u64::from(number) * 10
        );
        self.put(&format!("{number}/stat"), &stat);
        let status = format!("Name:\ta\nRssAnon:\t{kilobytes} kB\nRssFile:\t  7 kB\nRssShmem:\t0 kB\n");
        self.put(&format!("{number}/status"), &status);
        self.put(&format!("{number}/io"), &format!("rchar: 9\nread_bytes: {}\n", kilobytes * 1000));
    }

    fn end(&self, number: u32) {
        fs::remove_dir_all(self.0.path().join(format!("proc/{number}"))).unwrap();
    }

    fn tree(&self, leader: u32, tag: Option<&str>) -> ProcessTree {
        ProcessTree::below(self.0.path().to_owned(), leader, tag.map(str::to_owned))
    }
}

#[test]
fn a_tree_is_summed_and_the_ended_still_count() {
    let system = FakeProc::new();
    system.process(10, 1, 100, 1000);
    system.process(5, 10, 50, 200);
    system.process(6, 5, 25, 30);
    system.process(7, 1, 900, 900);
    let mut tree = system.tree(10, None);
    let sample = tree.sample();
    assert_eq!(sample.anonymous_bytes, Some(1230 * 1024));
    assert_eq!(sample.file_bytes, Some(21 * 1024));
    assert_eq!(sample.threads, Some(9));
    assert_eq!(sample.cpu, Some(ticks_as_time(175)));
    assert_eq!(tree.storage_bytes(), Some(1_230_000));
    // The middle one ends, its child goes to the first process of the machine and stays one of ours.
    system.end(5);
    system.process(6, 1, 30, 30);
    let sample = tree.sample();
    assert_eq!((sample.cpu, sample.threads), (Some(ticks_as_time(180)), Some(6)));
    // A number that is given to somebody else is not ours.
    system.put("6/stat", "6 (b) S 1 1 1 0 -1 0 0 0 0 0 5000 0 0 0 20 0 3 0 99999 0 0");
    assert_eq!(tree.processes(), [10]);
    system.end(10);
    assert_eq!(tree.sample().anonymous_bytes, None);
    assert_eq!(tree.sample().cpu, Some(ticks_as_time(180)));
}

#[test]
fn who_left_the_tree_is_found_by_its_tag() {
    let system = FakeProc::new();
    system.process(10, 1, 1, 1);
    system.process(20, 1, 1, 1);
    system.process(30, 1, 1, 1);
    system.put("20/environ", "A=1\0ENGINE=x7\0");
    system.put("30/environ", "A=1\0ENGINE=x70\0");
    assert_eq!(system.tree(10, Some("ENGINE=x7")).processes(), [10, 20]);
}

#[test]
fn a_listening_socket_leads_to_its_process() {
    let system = FakeProc::new();
    system.process(10, 1, 1, 1);
    system.put(
        "net/tcp",
        "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n\
         0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000 0 0 4242 1\n\
         1: 0100007F:1F91 00000000:0000 01 00000000:00000000 00:00000000 00000000 0 0 4343 1\n",
    );
    fs::create_dir_all(system.0.path().join("proc/10/fd")).unwrap();
    std::os::unix::fs::symlink("socket:[4242]", system.0.path().join("proc/10/fd/3")).unwrap();
    let mut tree = system.tree(10, None);
    assert_eq!(tree.listens_on(8080), Some(true));
    assert_eq!(tree.listens_on(8081), Some(false), "a connection is no listener");
    assert_eq!(ProcessTree::below("/nowhere".into(), 1, None).listens_on(8080), None);
}

#[test]
fn real_processes_are_seen_until_they_end() {
    let mut child = Command::new("sh").args(["-c", "sleep 60 & wait"]).env("TREE_TEST", "yes").spawn().unwrap();
    let mut tree = ProcessTree::of(child.id(), None);
    let until = std::time::Instant::now() + std::time::Duration::from_secs(20);
    while tree.processes().len() < 2 {
        assert!(std::time::Instant::now() < until, "its child was never seen");
        std::thread::yield_now();
    }
    let sample = tree.sample();
    assert!(sample.resident_bytes().unwrap() > 0 && sample.threads == Some(2), "{sample:?}");
    let members = tree.processes();
    for process in members.iter().rev() {
        let _ = Command::new("kill").args(["-9", &process.to_string()]).stderr(Stdio::null()).status();
    }
    child.wait().unwrap();
}

#[test]
fn this_process_is_found_behind_its_port() {
    let socket = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = socket.local_addr().unwrap().port();
    for _ in 0..2 {
        assert_eq!(listener_of(port), Some(std::process::id()));
    }
    assert!(listening_ports().contains(&port));
    assert_eq!(ProcessTree::of(std::process::id(), None).listens_on(port), Some(true));
    // Once it listens no more, nobody is found, and whoever comes next is.
    drop(socket);
    assert_eq!(listener_of(port), None);
    let again = std::net::TcpListener::bind(("127.0.0.1", port)).unwrap();
    assert_eq!(listener_of(port), Some(std::process::id()));
    drop(again);
}
