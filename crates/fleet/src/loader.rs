//! Load that runners offer: a contestant that several of them have is loaded by all of them together, level by level as planned here.

use std::pin::Pin;

use speed_kings_core::race::event::LaneId;
use speed_kings_core::race::setup::{Contestant, LaneRunner, RaceSetup};
use speed_kings_core::text::printable;
use speed_kings_core::time::Period;
use speed_kings_session::bench::SpendingBudget;
use speed_kings_session::config::ResolvedRace;
use speed_kings_session::load::{LevelElsewhere, LevelPlan, RemoteLoader};
use speed_kings_session::source::live::StartError;

use crate::director::{DirectorError, RemoteLane, RemoteOrder, level, survey};

/// Has contestants of runners loaded.
#[derive(Clone, Debug)]
pub struct RunnerLoader {
    order: RemoteOrder,
    /// The lanes of each contestant: those that load it together.
    teams: Vec<Vec<RemoteLane>>,
}

impl RunnerLoader {
    /// For the lanes of `order`, with what they load, as a race whose clients are elsewhere: lanes of one contestant are one there.
    ///
    /// # Errors
    /// When a runner can't be reached, or refuses, or is named twice for one contestant, and when lanes of one contestant are of
    /// different models.
    pub fn of(order: RemoteOrder) -> Result<(Self, ResolvedRace), DirectorError> {
        let teams = teams(&order.lanes)?;
        let setup = survey(&order)?;
        let lanes = || order.lanes.iter().zip(&setup.contestants);
        let mut contestants = Vec::new();
        let mut notes = Vec::new();
        for team in &teams {
            let of_team = lanes().filter(|(lane, _)| team.contains(lane)).collect::<Vec<_>>();
            let one = together(&of_team)?;
            if let (true, [first, _, ..]) = (one.local, team.as_slice()) {
                let name = printable(&first.contestant);
                notes.push(format!(
                    "{name} is what each runner has on its own hardware: figures are of all of these together"
                ));
            }
            notes.extend(of_one_machine(&of_team));
            contestants.push(one);
        }
        let setup = RaceSetup { contestants, ..setup };
        let resolved = ResolvedRace { setup, clients: Vec::new(), engines: Vec::new(), simulation: None, notes };
        Ok((Self { order, teams }, resolved))
    }
}

/// The lanes by contestant and model, in their order.
fn teams(lanes: &[RemoteLane]) -> Result<Vec<Vec<RemoteLane>>, DirectorError> {
    let mut teams: Vec<Vec<RemoteLane>> = Vec::new();
    for lane in lanes {
        let same = |team: &&mut Vec<RemoteLane>| {
            team.first().is_some_and(|first| first.contestant == lane.contestant && first.model == lane.model)
        };
        match teams.iter_mut().find(same) {
            Some(team) if team.contains(lane) => return Err(DirectorError::Twice(lane.runner.clone())),
            Some(team) => team.push(lane.clone()),
            None => teams.push(vec![lane.clone()]),
        }
    }
    Ok(teams)
}

/// The contestant that the lanes of a team load together.
fn together(lanes: &[(&RemoteLane, &Contestant)]) -> Result<Contestant, DirectorError> {
    let Some((first, others)) = lanes.split_first() else { return Err(DirectorError::LaneCount) };
    let what = |one: &Contestant| format!("{}{}", if one.simulated { "SIM " } else { "" }, printable(&one.model));
    if let Some(other) = others.iter().find(|(_, other)| what(other) != what(first.1)) {
        let at = |(lane, one): &(&RemoteLane, &Contestant)| format!("{} at {}", what(one), lane.runner);
        let contestant = first.0.contestant.clone();
        return Err(DirectorError::Unlike { contestant, one: at(first), other: at(other) });
    }
    let names: Vec<&str> = lanes.iter().map(|(lane, _)| lane.runner.as_str()).collect();
    let names = names.join("+");
    let own = format!(" @ {}", first.0.runner);
    let bound = |one: &Contestant| one.runner.as_ref().map(|runner| runner.bound);
    let regions: Vec<_> = lanes.iter().map(|(_, one)| one.runner.as_ref().and_then(|on| on.region.clone())).collect();
    let region =
        regions.first().cloned().flatten().filter(|one| regions.iter().all(|other| other.as_ref() == Some(one)));
    Ok(Contestant {
        name: format!("{} @ {names}", first.1.name.strip_suffix(&own).unwrap_or(&first.1.name)),
        runner: Some(Box::new(LaneRunner {
            name: names,
            region,
            bound: lanes.iter().filter_map(|(_, one)| bound(one)).max().unwrap_or(Period::ZERO),
            ..LaneRunner::default()
        })),
        // Servers of several places have none in common.
        endpoint: first
            .1
            .endpoint
            .clone()
            .filter(|one| others.iter().all(|(_, other)| other.endpoint.as_ref() == Some(one))),
        ..first.1.clone()
    })
}

/// That two of the lanes are offered from one machine, where that is so: it has one processor for both.
fn of_one_machine(lanes: &[(&RemoteLane, &Contestant)]) -> Option<String> {
    let machine = |one: &Contestant| one.runner.as_ref().and_then(|runner| runner.machine.clone());
    let pairs =
        lanes.iter().enumerate().flat_map(|(place, one)| lanes.iter().skip(place + 1).map(move |two| (one, two)));
    let same = pairs.filter(|(one, two)| machine(one.1).is_some_and(|known| machine(two.1) == Some(known)));
    let (one, two) = same.map(|(one, two)| (&one.0.runner, &two.0.runner)).next()?;
    Some(format!("runners {one} and {two} are on one machine, whose processor they share"))
}

impl RemoteLoader for RunnerLoader {
    fn level<'a>(
        &'a self,
        resolved: &'a ResolvedRace,
        id: LaneId,
        plan: LevelPlan,
        budget: &'a mut SpendingBudget,
        stop: Pin<&'a mut dyn Future<Output = ()>>,
    ) -> LevelElsewhere<'a> {
        Box::pin(async move {
            let setup = &resolved.setup;
            let order = self.order.measured(self.teams.get(id.index()).cloned().unwrap_or_default(), setup);
            let model = setup.contestants.get(id.index()).map_or("", |one| one.model.as_str());
            level(&order, plan, model, budget, stop).await.map_err(|error| StartError::Elsewhere(error.to_string()))
        })
    }
}

#[cfg(test)]
mod tests {
    use speed_kings_core::fixture::contestant;

    use super::*;

    fn lane(text: &str) -> RemoteLane {
        text.parse().unwrap()
    }

    #[test]
    fn lanes_of_one_contestant_are_a_team() {
        let lanes = ["m3:groq", "m3:own", "rtx:groq"].map(lane);
        let of = teams(&lanes).unwrap();
        assert_eq!(of, [vec![lane("m3:groq"), lane("rtx:groq")], vec![lane("m3:own")]]);
        let twice = teams(&["m3:groq", "m3:groq"].map(lane)).unwrap_err().to_string();
        assert!(twice.contains("m3"), "{twice}");
        let other = RemoteLane { model: Some("other".into()), ..lane("rtx:groq") };
        assert_eq!(teams(&[lane("m3:groq"), other]).unwrap().len(), 2, "another model is another contestant");
    }

    #[test]
    fn runners_of_one_machine_are_told() {
        let on = |machine: Option<&str>| {
            let on = LaneRunner { machine: machine.map(str::to_owned), ..LaneRunner::default() };
            Contestant { runner: Some(Box::new(on)), ..contestant("A") }
        };
        let lanes = ["m3:x", "rtx:x", "far:x"].map(lane);
        let told = |machines: [Option<&str>; 3]| {
            let contestants = machines.map(on);
            of_one_machine(&lanes.iter().zip(&contestants).collect::<Vec<_>>())
        };
        assert!(told([Some("a"), Some("b"), Some("a")]).unwrap().contains("m3 and far are on one machine"));
        assert_eq!((told([Some("a"), Some("b"), Some("c")]), told([None, None, Some("a")])), (None, None));
    }

    #[test]
    fn a_team_has_one_name_and_one_model() {
        let on = |runner: &str, region: &str, model: &str| {
            let on = LaneRunner { name: runner.into(), region: Some(region.into()), ..LaneRunner::default() };
            Contestant {
                name: format!("Groq @ {runner}"),
                model: model.into(),
                runner: Some(Box::new(on)),
                ..contestant("A")
            }
        };
        let (a, b) = (lane("m3:groq"), lane("rtx:groq"));
        let one = together(&[(&a, &on("m3", "eu", "x")), (&b, &on("rtx", "us", "x"))]).unwrap();
        let runner = one.runner.unwrap();
        assert_eq!((one.name.as_str(), runner.name.as_str(), runner.region), ("Groq @ m3+rtx", "m3+rtx", None));
        let same = together(&[(&a, &on("m3", "eu", "x")), (&b, &on("rtx", "eu", "x"))]).unwrap();
        assert_eq!(same.runner.unwrap().region.as_deref(), Some("eu"));
        let unlike = together(&[(&a, &on("m3", "eu", "x")), (&b, &on("rtx", "eu", "y"))]).unwrap_err().to_string();
        assert!(unlike.contains("m3") && unlike.contains("rtx") && unlike.contains("--model"), "{unlike}");
        let played = Contestant { simulated: true, ..on("rtx", "eu", "x") };
        assert!(together(&[(&a, &on("m3", "eu", "x")), (&b, &played)]).is_err(), "SIM and real are never added up");
    }
}
