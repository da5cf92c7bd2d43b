//! Memory and processor time of a command and its children, looked at now and then on a thread of its own.
//! Only Linux tells: elsewhere nothing is known, and nothing is made up.

use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::time::Duration;

use tokio::task::JoinHandle;

use speed_kings_core::race::event::ProcessFacts;
use speed_kings_core::time::Period;

/// The time between two looks at the processes.
const EVERY: Duration = Duration::from_millis(250);
/// Nothing is ever sent to the sampler: that its channel closes is the sign to stop.
const NO_MESSAGES: usize = 0;

/// Looks at a process group until it is told to stop.
#[derive(Debug)]
pub(super) struct ProcessSampler {
    /// Its end is the sign to stop.
    running: SyncSender<()>,
    facts: JoinHandle<ProcessFacts>,
}

impl ProcessSampler {
    /// Begins to look at the group that process `leader` leads.
    pub(super) fn start(leader: Option<u32>) -> Self {
        let (running, stop) = sync_channel(NO_MESSAGES);
        Self { running, facts: tokio::task::spawn_blocking(move || watch(leader, &stop)) }
    }

    /// Looks a last time, while the processes can still be seen. How it ended is not known here.
    pub(super) async fn finish(self) -> ProcessFacts {
        drop(self.running);
        self.facts.await.unwrap_or_default()
    }
}

fn watch(leader: Option<u32>, stop: &Receiver<()>) -> ProcessFacts {
    let mut facts = ProcessFacts::default();
    let Some(leader) = leader.filter(|_| cfg!(target_os = "linux")) else { return facts };
    loop {
        let last = stop.recv_timeout(EVERY) != Err(RecvTimeoutError::Timeout);
        let (memory, cpu) = look(leader);
        facts.peak_rss_bytes = facts.peak_rss_bytes.max(memory);
        facts.cpu = facts.cpu.max(cpu);
        if last {
            return facts;
        }
    }
}

/// Peak memory and processor time of the group as it is now, each process with its children that have ended.
#[cfg(target_os = "linux")]
fn look(leader: u32) -> (Option<u64>, Option<Period>) {
    let (mut memory, mut ticks) = (None, None);
    for entry in std::fs::read_dir("/proc").into_iter().flatten().flatten() {
        let name = entry.file_name();
        if !name.as_encoded_bytes().first().is_some_and(u8::is_ascii_digit) {
            continue;
        }
        let read = |file| std::fs::read_to_string(entry.path().join(file)).ok();
        let Some((group, time)) = read("stat").as_deref().and_then(stat) else { continue };
        if group == leader {
            ticks = Some(ticks.unwrap_or(0) + time);
            // A process that has ended has no memory any more.
            let peak = read("status").as_deref().and_then(high_water);
            memory = peak.map(|peak| memory.unwrap_or(0) + peak).or(memory);
        }
    }
    let per_second = rustix::param::clock_ticks_per_second().max(1);
    let cpu = ticks.map(|ticks| Period::from_micros(ticks.saturating_mul(1_000_000) / per_second));
    (memory, cpu)
}

#[cfg(not(target_os = "linux"))]
const fn look(_leader: u32) -> (Option<u64>, Option<Period>) {
    (None, None)
}

/// The process group and the clock ticks out of `/proc/…/stat`.
#[cfg(any(target_os = "linux", test))]
fn stat(text: &str) -> Option<(u32, u64)> {
    // The program's name is in brackets and may hold anything.
    let fields: Vec<&str> = text.rsplit_once(')')?.1.split_whitespace().collect();
    let number = |index: usize| fields.get(index)?.parse::<u64>().ok();
    let ticks = (11..=14).map(number).sum::<Option<u64>>()?;
    Some((u32::try_from(number(2)?).ok()?, ticks))
}

/// The most memory that a process held, in bytes, out of `/proc/…/status`.
#[cfg(any(target_os = "linux", test))]
fn high_water(text: &str) -> Option<u64> {
    let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok()?.checked_mul(1024)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_kernels_lines_are_read() {
        let line = "7 (a) b (c)) S 1 42 42 0 -1 4194304 9 8 0 0 100 20 3 4 20 0 1 0 5 6 7";
        assert_eq!(stat(line), Some((42, 127)));
        assert_eq!(stat("7 (cut"), None);
        assert_eq!(high_water("Name:\tx\nVmHWM:\t    1024 kB\nVmRSS:\t 9 kB\n"), Some(1 << 20));
        assert_eq!(high_water("Name:\tzombie\n"), None);
    }
}
