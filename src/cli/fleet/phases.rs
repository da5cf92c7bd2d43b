//! Phases that runners on the bus can race, for the picker: each contestant on a runner of its own.

use std::collections::BTreeMap;

use crate::fleet::bus::{Bus, BusPlace};
use crate::fleet::call::{ListedRunner, roll_call};
use crate::fleet::director::RemoteLane;
use crate::fleet::name::RunnerName;
use crate::ui::app::{ContestantReadiness, PhaseRow};

/// A runner with the contestants that can race on it now.
pub(in crate::cli) struct OfferingRunner {
    name: RunnerName,
    /// What it offers is simulated.
    simulated: bool,
    contestants: Vec<String>,
}

/// The runners on the bus at `place`; none where it can't be reached.
pub(in crate::cli) async fn offering(place: &BusPlace) -> Vec<OfferingRunner> {
    let Ok(bus) = Bus::connect(place, "picker").await else { return Vec::new() };
    let listed = roll_call(&bus).await.unwrap_or_default();
    let of = |runner: ListedRunner| {
        let ListedRunner::Ready(facts) = runner else { return None };
        let ready = facts.contestants.into_iter().filter(|one| one.key != Some(false)).map(|one| one.id);
        Some(OfferingRunner {
            name: facts.name.parse().ok()?,
            simulated: facts.simulated,
            contestants: ready.collect(),
        })
    };
    listed.into_iter().filter_map(of).collect()
}

/// What is known of phases that runners can race.
#[derive(Default)]
pub(in crate::cli) struct RemotePhases {
    runners: Vec<OfferingRunner>,
    lanes: BTreeMap<String, Vec<RemoteLane>>,
}

impl RemotePhases {
    pub(in crate::cli) fn learn(&mut self, runners: Vec<OfferingRunner>) {
        self.runners = runners;
    }

    /// The lanes of phase `id`, where it is raced by runners.
    pub(in crate::cli) fn lanes(&self, id: &str) -> Option<&Vec<RemoteLane>> {
        self.lanes.get(id)
    }

    /// Lets runners race `row`, whose contestants have these ids, where it can't be raced from here and every contestant is
    /// offered by a runner of its own.
    pub(in crate::cli) fn offer(&mut self, row: &mut PhaseRow, ids: &[String]) {
        let looking = |readiness: &ContestantReadiness| matches!(readiness, ContestantReadiness::Looking(_));
        let undecided = row.contestants.iter().any(|one| looking(&one.readiness));
        if undecided || row.contestants.iter().all(|one| one.readiness.is_ready()) {
            return;
        }
        let Some(lanes) = lanes_of(ids, &self.runners) else { return };
        for (contestant, lane) in row.contestants.iter_mut().zip(&lanes) {
            let simulated = self.runners.iter().any(|runner| runner.name == lane.runner && runner.simulated);
            let name = if simulated { format!("{} (SIM)", lane.runner) } else { lane.runner.to_string() };
            contestant.readiness = ContestantReadiness::OnRunner(name);
        }
        self.lanes.insert(row.id.clone(), lanes);
    }
}

/// One runner for each of `ids`, none of them twice; nothing where that is not to be had.
fn lanes_of(ids: &[String], runners: &[OfferingRunner]) -> Option<Vec<RemoteLane>> {
    let mut taken = Vec::new();
    taken_by(ids, runners, &mut taken).then_some(())?;
    let lane = |(contestant, runner): (&String, &RunnerName)| RemoteLane {
        runner: runner.clone(),
        contestant: contestant.clone(),
        model: None,
    };
    Some(ids.iter().zip(&taken).map(lane).collect())
}

/// Whether runners that are not `taken` can race the rest of `ids`, which are then taken, too.
fn taken_by(ids: &[String], runners: &[OfferingRunner], taken: &mut Vec<RunnerName>) -> bool {
    let Some(next) = ids.get(taken.len()) else { return true };
    runners.iter().any(|runner| {
        if taken.contains(&runner.name) || !runner.contestants.contains(next) {
            return false;
        }
        taken.push(runner.name.clone());
        taken_by(ids, runners, taken) || {
            taken.pop();
            false
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn runner(name: &str, contestants: &[&str]) -> OfferingRunner {
        let contestants = contestants.iter().map(|one| (*one).to_owned()).collect();
        OfferingRunner { name: name.parse().unwrap(), simulated: false, contestants }
    }

    #[test]
    fn each_contestant_has_a_runner_of_its_own() {
        let ids = ["local-m3".to_owned(), "local-rtx5060".to_owned()];
        let told = |runners: &[OfferingRunner]| {
            let lanes = lanes_of(&ids, runners)?;
            Some(lanes.iter().map(|lane| format!("{}:{}", lane.runner, lane.contestant)).collect::<Vec<_>>())
        };
        assert_eq!(told(&[runner("both", &["local-m3", "local-rtx5060"])]), None, "one machine is no race of two");
        let lanes = told(&[runner("both", &["local-m3", "local-rtx5060"]), runner("mac", &["local-m3"])]);
        assert_eq!(lanes.unwrap(), ["mac:local-m3", "both:local-rtx5060"]);
        assert_eq!(told(&[runner("mac", &["local-m3"]), runner("other", &["groq"])]), None);
    }
}
