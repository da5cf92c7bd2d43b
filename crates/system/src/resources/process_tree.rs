//! A process and everything that it started, seen from outside: memory, processor time, threads, and who listens on a port.
//! On Linux out of `/proc`, below a root that a test can replace: `sysinfo` tells neither what of the memory is backed by
//! files nor who listens on a port. Elsewhere `sysinfo` tells what it can; the rest is unknown there, and nothing is made up.

mod line;
#[cfg(any(test, not(target_os = "linux")))]
mod portable;

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use speed_kings_core::race::engine::ResourceSample;
use speed_kings_core::time::Period;

use self::line::ProcessLine;

/// The largest environment of a process that is searched for a tag, in bytes.
#[cfg(target_os = "linux")]
const MAX_ENVIRONMENT: usize = 128 * 1024;
/// More than `stat`, `status` or `io` of a process has, in bytes.
const LONGEST: usize = 8 * 1024;
/// The state of a listening socket in the kernel's tables.
const LISTENING: &str = "0A";

/// The processes of one contestant. Whoever was once among them stays, although its parents end.
#[derive(Clone, Debug)]
pub struct ProcessTree {
    root: PathBuf,
    leader: u32,
    /// An environment entry that all of them inherit, for example `SPEED_KINGS_ENGINE=7f3a`.
    tag: Option<String>,
    /// All that were ever seen, each with its start, which a process that gets its number later has not.
    known: BTreeMap<u32, u64>,
    /// Processor time of those that have ended, in the system's ticks.
    ended: u64,
    last: BTreeMap<u32, u64>,
}

impl ProcessTree {
    /// The tree below process `leader`; `tag` finds those that left it.
    #[must_use]
    pub fn of(leader: u32, tag: Option<String>) -> Self {
        Self::below(PathBuf::from("/"), leader, tag)
    }

    /// The same with the system's files below `root`.
    #[must_use]
    pub fn below(root: PathBuf, leader: u32, tag: Option<String>) -> Self {
        Self { root, leader, tag, known: BTreeMap::new(), ended: 0, last: BTreeMap::new() }
    }

    /// The numbers of all processes that are alive now, the leader among them.
    pub fn processes(&mut self) -> Vec<u32> {
        let lines = self.lines();
        self.members(&lines)
    }

    /// What all of them use now. Processor time counts those that have ended, as far as they were seen.
    pub fn sample(&mut self) -> ResourceSample {
        self.look().1
    }

    /// The numbers of all processes that are alive now, and what they use, out of one reading of the system's tables.
    pub fn look(&mut self) -> (Vec<u32>, ResourceSample) {
        let lines = self.lines();
        let members = self.members(&lines);
        let (mut anonymous, mut file, mut undivided, mut threads) = (None, None, None, None);
        let mut now = BTreeMap::new();
        for process in members.iter().copied() {
            let Some(line) = lines.get(&process) else { continue };
            now.insert(process, line.ticks);
            add(&mut threads, line.threads.map(u64::from));
            add(&mut undivided, line.undivided_bytes);
            let Some(status) = self.read(process, "status") else { continue };
            let bytes = |field: &str| kilobytes(&status, field);
            add(&mut anonymous, bytes("RssAnon:"));
            add(&mut anonymous, bytes("RssShmem:"));
            add(&mut file, bytes("RssFile:"));
        }
        let gone = self.last.iter().filter(|(process, _)| !now.contains_key(process)).map(|(_, ticks)| ticks);
        self.ended += gone.sum::<u64>();
        let ticks = self.ended + now.values().sum::<u64>();
        self.last = now;
        let seen = !self.last.is_empty() || self.ended > 0;
        let sample = ResourceSample {
            anonymous_bytes: anonymous,
            file_bytes: file,
            undivided_bytes: undivided,
            threads: threads.and_then(|threads| u32::try_from(threads).ok()),
            cpu: seen.then(|| ticks_as_time(ticks)),
            ..ResourceSample::default()
        };
        (members, sample)
    }

    /// Bytes that all of them have had read from storage; nothing where the system does not say.
    pub fn storage_bytes(&mut self) -> Option<u64> {
        let mut bytes = None;
        for process in self.processes() {
            let told = self.read(process, "io");
            add(&mut bytes, told.as_deref().and_then(|told| field(told, "read_bytes:")?.parse().ok()));
        }
        bytes
    }

    /// Whether one of them listens on TCP `port`; nothing where the system does not say.
    pub fn listens_on(&mut self, port: u16) -> Option<bool> {
        let sockets = listening_sockets(&self.root, port)?;
        Some(self.processes().into_iter().any(|process| held(&self.root, process, &sockets).is_some()))
    }

    #[cfg(target_os = "linux")]
    fn lines(&self) -> BTreeMap<u32, ProcessLine> {
        let line = |number| {
            let line = process_line(&self.read(number, "stat")?)?;
            let tagged = self.tag.as_deref().is_some_and(|tag| self.has_tag(number, tag));
            Some((number, ProcessLine { tagged, ..line }))
        };
        process_numbers(&self.root).filter_map(line).collect()
    }

    #[cfg(not(target_os = "linux"))]
    fn lines(&self) -> BTreeMap<u32, ProcessLine> {
        portable::lines(self.tag.as_deref())
    }

    fn members(&mut self, lines: &BTreeMap<u32, ProcessLine>) -> Vec<u32> {
        self.known.retain(|number, started| lines.get(number).is_some_and(|line| line.started == *started));
        if let Some(line) = lines.get(&self.leader) {
            self.known.entry(self.leader).or_insert(line.started);
        }
        let tagged = lines.iter().filter(|(_, line)| line.tagged);
        self.known.extend(tagged.map(|(number, line)| (*number, line.started)));
        // Children have higher levels than their parents, but not always higher numbers.
        loop {
            let fresh = lines
                .iter()
                .filter(|(number, line)| !self.known.contains_key(number) && self.known.contains_key(&line.parent));
            let fresh: Vec<_> = fresh.map(|(number, line)| (*number, line.started)).collect();
            if fresh.is_empty() {
                break;
            }
            self.known.extend(fresh);
        }
        self.known.keys().copied().collect()
    }

    #[cfg(target_os = "linux")]
    fn has_tag(&self, process: u32, tag: &str) -> bool {
        let Ok(environment) = fs::read(self.root.join(format!("proc/{process}/environ"))) else { return false };
        let environment = environment.get(..MAX_ENVIRONMENT).unwrap_or(&environment);
        environment.split(|byte| *byte == 0).any(|entry| entry == tag.as_bytes())
    }

    /// What the system says of `process` in `file`. It is short and comes whole, so that one read is enough: a look reads hundreds.
    fn read(&self, process: u32, file: &str) -> Option<String> {
        let mut text = vec![0; LONGEST];
        let read = File::open(self.root.join(format!("proc/{process}/{file}"))).ok()?.read(&mut text).ok()?;
        text.truncate(read);
        String::from_utf8(text).ok()
    }
}

/// The process that listens on TCP `port` of this machine; nothing where nobody does or the system does not say.
#[must_use]
pub fn listener_of(port: u16) -> Option<u32> {
    /// Who was found last at each port, and by which socket. While that process has that socket, it is the one: reading the system's
    /// tables of sockets takes a thousand times as long as looking there.
    static FOUND: Mutex<BTreeMap<u16, (u32, BTreeSet<String>)>> = Mutex::new(BTreeMap::new());
    let root = Path::new("/");
    let mut found = FOUND.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some((process, socket)) = found.get(&port)
        && held(root, *process, socket).is_some()
    {
        return Some(*process);
    }
    let sockets = listening_sockets(root, port)?;
    let (process, socket) =
        process_numbers(root).find_map(|process| Some((process, held(root, process, &sockets)?)))?;
    found.insert(port, (process, BTreeSet::from([socket])));
    Some(process)
}

/// The TCP ports at which processes of this user listen, in order; empty where the system does not say.
#[must_use]
pub fn listening_ports() -> Vec<u16> {
    let root = Path::new("/");
    let tables =
        ["proc/net/tcp", "proc/net/tcp6"].map(|table| fs::read_to_string(root.join(table)).unwrap_or_default());
    let own = fs::metadata(root.join("proc/self")).ok().as_ref().map(owner);
    let port = |line: &str| {
        let fields: Vec<&str> = line.split_whitespace().collect();
        let ours = own.is_some() && fields.get(7)?.parse().ok() == own;
        let (_, port) = fields.get(1)?.rsplit_once(':')?;
        (*fields.get(3)? == LISTENING && ours).then(|| u16::from_str_radix(port, 16).ok()).flatten()
    };
    let ports: BTreeSet<u16> = tables.iter().flat_map(|table| table.lines()).filter_map(port).collect();
    ports.into_iter().collect()
}

/// Whose `file` is, by number.
#[cfg(unix)]
fn owner(file: &fs::Metadata) -> u32 {
    std::os::unix::fs::MetadataExt::uid(file)
}

/// Nobody's: where there are no such tables there is nothing to compare.
#[cfg(not(unix))]
fn owner(_: &fs::Metadata) -> u32 {
    u32::MAX
}

fn process_numbers(root: &Path) -> impl Iterator<Item = u32> {
    let entries = fs::read_dir(root.join("proc")).into_iter().flatten().flatten();
    entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok())
}

/// The inodes of the sockets that listen on `port`; nothing where there are no such tables.
fn listening_sockets(root: &Path, port: u16) -> Option<BTreeSet<String>> {
    let tables = ["proc/net/tcp", "proc/net/tcp6"].map(|table| fs::read_to_string(root.join(table)).ok());
    let tables: Vec<String> = tables.into_iter().flatten().collect();
    let ending = format!(":{port:04X}");
    let inode = |line: &str| {
        let fields: Vec<&str> = line.split_whitespace().collect();
        let listens = fields.get(1)?.ends_with(&ending) && *fields.get(3)? == LISTENING;
        listens.then(|| fields.get(9).map(|inode| format!("socket:[{inode}]"))).flatten()
    };
    (!tables.is_empty()).then(|| tables.iter().flat_map(|table| table.lines().filter_map(inode)).collect())
}

/// The one of `sockets` that `process` has open.
fn held(root: &Path, process: u32, sockets: &BTreeSet<String>) -> Option<String> {
    if sockets.is_empty() {
        return None;
    }
    let files = fs::read_dir(root.join(format!("proc/{process}/fd"))).into_iter().flatten().flatten();
    let links = files.filter_map(|file| fs::read_link(file.path()).ok()?.into_os_string().into_string().ok());
    links.into_iter().find(|link| sockets.contains(link))
}

/// Reads `/proc/PID/stat`. The name in the second field may hold anything, so what counts begins behind its last bracket.
#[cfg(target_os = "linux")]
fn process_line(stat: &str) -> Option<ProcessLine> {
    let (_, rest) = stat.rsplit_once(") ")?;
    let fields: Vec<&str> = rest.split_whitespace().collect();
    let number = |index: usize| fields.get(index)?.parse::<u64>().ok();
    let state = fields.first()?;
    // A zombie has no threads and no memory any more; its time still counts.
    let threads = if *state == "Z" { 0 } else { u32::try_from(number(17)?).ok()? };
    let parent = u32::try_from(number(1)?).ok()?;
    let ticks = number(11)? + number(12)?;
    let started = number(19)?;
    Some(ProcessLine { parent, ticks, threads: Some(threads), started, undivided_bytes: None, tagged: false })
}

fn field<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    text.lines().find_map(|line| line.strip_prefix(name)).map(str::trim)
}

fn kilobytes(status: &str, name: &str) -> Option<u64> {
    let amount = field(status, name)?.strip_suffix("kB")?.trim();
    amount.parse::<u64>().ok()?.checked_mul(1024)
}

fn add(sum: &mut Option<u64>, more: Option<u64>) {
    *sum = match (*sum, more) {
        (Some(sum), Some(more)) => Some(sum.saturating_add(more)),
        (sum, more) => sum.or(more),
    };
}

/// The system's ticks as time.
pub(super) fn ticks_as_time(ticks: u64) -> Period {
    #[cfg(target_os = "linux")]
    let per_second = rustix::param::clock_ticks_per_second().max(1);
    #[cfg(not(target_os = "linux"))]
    let per_second = portable::TICKS_PER_SECOND;
    Period::from_micros(ticks.saturating_mul(1_000_000) / per_second)
}

#[cfg(test)]
#[cfg(target_os = "linux")]
mod tests;
