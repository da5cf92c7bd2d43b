//! The machine of a runner, as it is told to directors.

use jiff::Timestamp;
use speed_kings_core::text::fingerprint;
use speed_kings_system::environment::MachineEnvironment;

use crate::wire::RunnerMachine;

/// The machine that this program runs on.
pub(super) fn machine() -> RunnerMachine {
    let MachineEnvironment { os, cpu, cores, memory_bytes, gpus, .. } = MachineEnvironment::probe(Timestamp::now());
    RunnerMachine { id: machine_id(), os, cpu, cores, memory_bytes, gpus }
}

/// What this machine is known by since it was started: a hash of what Linux calls its boot, which says nothing else of it.
fn machine_id() -> Option<String> {
    let boot = std::fs::read_to_string("/proc/sys/kernel/random/boot_id").ok()?;
    Some(fingerprint(boot.trim()))
}
