//! How busy the machine's processors are, and how much of that is this program with all that it started.
//! On Linux out of `/proc/stat`; elsewhere nothing is known.

use std::fs;
use std::time::{Duration, Instant};

use speed_kings_core::time::Period;

use super::process_tree::{ProcessTree, ticks_as_time};

/// The processors' time since the machine came up, looked at from one moment on.
#[derive(Debug)]
pub struct MachineLoad {
    tree: ProcessTree,
    begun: Instant,
    busy: Option<Period>,
    own: Option<Period>,
}

impl MachineLoad {
    /// Looks a first time.
    #[must_use]
    pub fn begin(now: Instant) -> Self {
        let mut tree = ProcessTree::of(std::process::id(), None);
        let own = tree.sample().cpu;
        Self { tree, begun: now, busy: busy(), own }
    }

    /// Processors that others kept busy since then, for example 0.4; nothing where the system does not tell, or too little
    /// time has gone by to say.
    pub fn others_cores(&mut self, now: Instant) -> Option<f64> {
        let elapsed = now.saturating_duration_since(self.begun);
        let busy = busy()?.minus(self.busy?);
        let own = self.tree.sample().cpu?.minus(self.own?);
        (elapsed >= LEAST).then(|| busy.minus(own).as_secs_f64() / elapsed.as_secs_f64())
    }
}

/// The kernel counts in hundredths of a second: less than this says nothing.
const LEAST: Duration = Duration::from_millis(200);

/// Time that all processors were busy: everything but idling and waiting for disks. A neighbour of a virtual machine that
/// takes the processor away counts as busy, too.
fn busy() -> Option<Period> {
    let stat = fs::read_to_string("/proc/stat").ok()?;
    let fields = stat.lines().next()?.strip_prefix("cpu ")?.split_whitespace().map(|field| field.parse::<u64>().ok());
    let ticks: Vec<u64> = fields.collect::<Option<_>>()?;
    // user nice system idle iowait irq softirq steal; what guests take is within user and nice.
    let idle = [3, 4];
    let busy = ticks.iter().take(8).enumerate().filter(|(index, _)| !idle.contains(index)).map(|(_, ticks)| ticks);
    Some(ticks_as_time(busy.sum()))
}

#[cfg(target_os = "linux")]
#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_this_program_does_is_not_what_others_do() {
        let now = Instant::now();
        let mut load = MachineLoad::begin(now);
        assert_eq!(load.others_cores(now + Duration::from_millis(10)), None, "too short");
        let others = load.others_cores(now + Duration::from_secs(1)).unwrap();
        assert!(others >= 0.0 && busy().is_some(), "{others}");
    }
}
