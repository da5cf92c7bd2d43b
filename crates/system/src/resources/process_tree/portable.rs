//! The processes of any system out of `sysinfo`: parents, processor time, resident memory and environment.
//! It counts no threads outside Linux, and nowhere what of the memory is backed by files: that stays unknown.

use std::collections::BTreeMap;
use std::ffi::OsStr;

use sysinfo::{ProcessRefreshKind, ProcessesToUpdate, System, UpdateKind};

use super::line::ProcessLine;

/// Processor time is told in milliseconds.
#[cfg(not(target_os = "linux"))]
pub(super) const TICKS_PER_SECOND: u64 = 1_000;

/// All processes that this user may look at, by number; `tag` is an environment entry to look for.
pub(super) fn lines(tag: Option<&str>) -> BTreeMap<u32, ProcessLine> {
    let facts = ProcessRefreshKind::nothing().with_memory().with_cpu();
    let facts = if tag.is_some() { facts.with_environ(UpdateKind::Always) } else { facts };
    let mut system = System::new();
    system.refresh_processes_specifics(ProcessesToUpdate::All, true, facts);
    let line = |process: &sysinfo::Process| ProcessLine {
        parent: process.parent().map_or(0, sysinfo::Pid::as_u32),
        ticks: process.accumulated_cpu_time(),
        threads: None,
        started: process.start_time(),
        undivided_bytes: Some(process.memory()).filter(|bytes| *bytes > 0),
        tagged: tag.is_some_and(|tag| process.environ().iter().any(|entry| entry == OsStr::new(tag))),
    };
    system.processes().iter().map(|(number, process)| (number.as_u32(), line(process))).collect()
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn a_child_is_found_by_its_parent_and_by_its_tag() {
        let tag = "PORTABLE_TREE_TEST=x7";
        let mut child = std::process::Command::new("sleep").arg("60").env("PORTABLE_TREE_TEST", "x7").spawn().unwrap();
        let lines = lines(Some(tag));
        child.kill().unwrap();
        child.wait().unwrap();
        let (line, own) = (&lines[&child.id()], &lines[&std::process::id()]);
        assert_eq!((line.parent, line.tagged, own.tagged), (std::process::id(), true, false));
        assert!(own.undivided_bytes.is_some_and(|bytes| bytes > 0) && own.started > 0);
    }
}
