//! The runners as a list.

use serde_json::{Value, json};

use crate::cli::table::TextTable;
use crate::fleet::call::ListedRunner;
use crate::fleet::wire::{OfferedContestant, RunnerFacts};
use crate::format::ABSENT;
use crate::text::printable;

/// Contestants that a line of the table names.
const NAMED: usize = 6;

/// The list for people.
pub(super) fn table(runners: &[ListedRunner], columns: Option<usize>) -> String {
    let mut table = TextTable::new(&["runner", "region", "machine", "contestants", "state"]);
    for runner in runners {
        let absent = || ABSENT.to_owned();
        table.row(match runner {
            ListedRunner::Ready(facts) => [
                shown(&facts.name),
                facts.region.as_deref().map_or_else(absent, shown),
                machine(facts),
                contestants(facts),
                state(facts),
            ],
            ListedRunner::Newer { name, version } => [
                name.to_string(),
                absent(),
                absent(),
                absent(),
                format!("needs speed-kings {} or newer here", shown(version)),
            ],
        });
    }
    table.fitted(columns)
}

fn shown(text: &str) -> String {
    printable(text).into_owned()
}

fn machine(facts: &RunnerFacts) -> String {
    let machine = &facts.machine;
    let parts = [
        machine.gpus.first().cloned().or_else(|| machine.cpu.clone()),
        machine.cores.map(|cores| format!("{cores} cores")),
        machine.memory_bytes.map(|bytes| format!("{} GiB", bytes.div_ceil(1 << 30))),
    ];
    shown(&parts.into_iter().flatten().collect::<Vec<_>>().join(", "))
}

/// Those that can race now, the others counted.
fn contestants(facts: &RunnerFacts) -> String {
    let (ready, rest): (Vec<&OfferedContestant>, Vec<_>) = facts.contestants.iter().partition(|one| is_ready(one));
    let mut named: Vec<String> = ready.iter().take(NAMED).map(|one| shown(&one.id)).collect();
    if ready.len() > NAMED {
        named.push(format!("{} more", ready.len() - NAMED));
    }
    named.extend(facts.sweeps.iter().flatten().take(NAMED).map(|sweep| format!("{} (sweep)", shown(&sweep.id))));
    if !rest.is_empty() {
        named.push(format!("{} without a key", rest.len()));
    }
    named.join(", ")
}

fn is_ready(one: &OfferedContestant) -> bool {
    one.key != Some(false)
}

fn state(facts: &RunnerFacts) -> String {
    let simulated = if facts.simulated { "SIM, " } else { "" };
    match &facts.busy {
        Some(race) => format!("{simulated}busy with race {race}"),
        None => format!("{simulated}ready"),
    }
}

/// One runner for scripts.
pub(super) fn json(runner: &ListedRunner) -> Value {
    match runner {
        ListedRunner::Ready(facts) => json!(facts),
        ListedRunner::Newer { name, version } => json!({"name": name, "version": version, "usable": false}),
    }
}

/// What can be raced on it, as `--lanes` takes it.
pub(super) fn first_lane(runner: &ListedRunner) -> Option<String> {
    let ListedRunner::Ready(facts) = runner else { return None };
    let local = facts.contestants.iter().find(|one| is_ready(one) && one.local);
    let one = local.or_else(|| facts.contestants.iter().find(|one| is_ready(one)))?;
    Some(format!("{}:{}", shown(&facts.name), shown(&one.id)))
}
