//! Who races in a race on the bus, for those who only watch.

use serde::{Deserialize, Serialize};
use speed_kings_core::race::event::LaneId;
use speed_kings_core::race::setup::RaceSetup;
use speed_kings_recording::RecordingHeader;
use speed_kings_recording::format::{read_header, write_header};

use crate::name::RunnerName;

/// The grid of a race: its setup, as a recording has it, and which runner has which lanes.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct RaceGrid {
    header: String,
    runners: Vec<GridRunner>,
}

/// A runner on the grid.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct GridRunner {
    /// Its name on the bus.
    pub name: RunnerName,
    /// Its lanes in the race, in the order of its own.
    pub lanes: Vec<u8>,
}

impl RaceGrid {
    /// That of the race of `setup`, whose lanes these `runners` have.
    #[must_use]
    pub fn of<'a>(setup: &RaceSetup, runners: impl Iterator<Item = (&'a RunnerName, &'a Vec<LaneId>)>) -> Self {
        let header = RecordingHeader { setup: setup.clone(), ..RecordingHeader::default() };
        let runner = |(name, lanes): (&RunnerName, &Vec<LaneId>)| GridRunner {
            name: name.clone(),
            lanes: lanes.iter().map(|lane| lane.0).collect(),
        };
        Self { header: write_header(&header), runners: runners.map(runner).collect() }
    }

    /// As it goes over the bus.
    #[must_use]
    pub fn message(&self) -> Vec<u8> {
        // Names and numbers are always JSON.
        serde_json::to_vec(self).unwrap_or_default()
    }

    /// Reads it back; nothing where it is no grid.
    #[must_use]
    pub fn read(message: &[u8]) -> Option<(RaceSetup, Vec<GridRunner>)> {
        let grid: Self = serde_json::from_slice(message).ok()?;
        let setup = read_header(&grid.header).ok()?.setup;
        let lanes = setup.contestants.len();
        let sound = grid.runners.iter().all(|runner| runner.lanes.iter().all(|lane| usize::from(*lane) < lanes));
        sound.then_some((setup, grid.runners))
    }
}

/// What became of a race, for those who only watch.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct RaceEnd {
    /// The lanes that were lost, and why: untrusted.
    pub lost: Vec<(u8, String)>,
}

impl RaceEnd {
    /// As it goes over the bus.
    #[must_use]
    pub fn message(&self) -> Vec<u8> {
        // Numbers and texts are always JSON.
        serde_json::to_vec(self).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use speed_kings_core::fixture::contestant;

    #[test]
    fn a_grid_reads_back_and_names_no_lane_that_is_none() {
        let setup = RaceSetup { contestants: vec![contestant("A"), contestant("B")], ..RaceSetup::default() };
        let name: RunnerName = "m3".parse().unwrap();
        let lanes = |ids: &[u8]| ids.iter().map(|id| LaneId(*id)).collect::<Vec<_>>();
        let (good, bad) = (lanes(&[1, 0]), lanes(&[2]));
        let grid = RaceGrid::of(&setup, [(&name, &good)].into_iter());
        let (back, runners) = RaceGrid::read(&grid.message()).unwrap();
        assert_eq!((back, runners[0].lanes.as_slice()), (setup.clone(), [1, 0].as_slice()));
        assert!(RaceGrid::read(&RaceGrid::of(&setup, [(&name, &bad)].into_iter()).message()).is_none());
    }
}
