//! Does anything grow? Two thousand recorded races in one process, against simulators in others.
//! Prints resident memory and open files after a tenth of them and at the end; `scripts/soak.py` runs it with the rest.

#![expect(clippy::expect_used, clippy::print_stdout, reason = "a line is all it is for")]

mod common;

use std::time::Duration;

use reqwest::Url;
use speed_kings::config::ResolvedRace;
use speed_kings::race::lane::LaneState;

/// Between two looks at a race.
const STEP: Duration = Duration::from_millis(1);

fn main() {
    // The address of the servers and the number of races; without them there is nothing to do.
    let mut arguments = std::env::args().skip(1).filter(|argument| !argument.starts_with("--"));
    let (Some(address), Some(races)) = (arguments.next(), arguments.next().and_then(|races| races.parse().ok())) else {
        return println!(
            "usage: cargo bench --bench soak -- URL RACES; scripts/soak.py does it with a server of its own"
        );
    };
    let address = Url::parse(&address).expect("an address");
    let mut early = footprint();
    for number in 0..races {
        if number == races / 10 {
            early = footprint();
        }
        race(&address);
    }
    let late = footprint();
    println!("{races} races: {:.1} -> {:.1} MiB, {} -> {} open files", early.0, late.0, early.1, late.1);
}

/// One race with its recording, which is thrown away.
fn race(address: &Url) {
    let ResolvedRace { setup, mut clients, .. } = common::plan();
    for client in &mut clients {
        *client = client.simulated(address.clone());
    }
    let folder = tempfile::tempdir().expect("a folder for the recording");
    let race = common::listen(common::live(setup, clients, STEP, Some(folder.path())), STEP);
    assert!(race.lanes().iter().all(|lane| lane.state == LaneState::Finished), "a lane is out");
}

/// Resident memory in MiB and the number of open files of this process; zeros where the system doesn't tell.
fn footprint() -> (f64, usize) {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let resident =
        status.lines().find_map(|line| line.strip_prefix("VmRSS:")?.trim().strip_suffix(" kB")?.parse().ok());
    let files = std::fs::read_dir("/proc/self/fd").map(Iterator::count).unwrap_or_default();
    (resident.map_or(0.0, |kib: f64| kib / 1024.0), files)
}
