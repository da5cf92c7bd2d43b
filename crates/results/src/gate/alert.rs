//! Alerts: conditions that are looked at again and again, over the newest results each time. One fires once, when it is shown, and
//! is over once, when its figure keeps to the limit again; in between lies what is told of neither.

use super::condition::{GateCondition, WrongFigure};
use super::finding::{GateCall, GateCheck, GateFinding, GateReport};

/// An alert that has just fired, or is just over.
#[derive(Clone, PartialEq, Debug)]
pub struct AlertChange {
    /// What was found of it just now.
    pub check: GateCheck,
    /// It fires; otherwise it is over.
    pub fires: bool,
}

/// Which alerts fire, from one look to the next.
#[derive(Clone, PartialEq, Debug)]
pub struct AlertStates {
    conditions: Vec<GateCondition>,
    /// Those that fire, with what was found of them last.
    firing: Vec<GateCheck>,
}

impl AlertStates {
    /// The alerts of `conditions`, none of which fires yet.
    #[must_use]
    pub const fn new(conditions: Vec<GateCondition>) -> Self {
        Self { conditions, firing: Vec::new() }
    }

    /// The conditions as they were typed.
    #[must_use]
    pub fn conditions(&self) -> &[GateCondition] {
        &self.conditions
    }

    /// Those that fire, with what was found of them last.
    #[must_use]
    pub fn firing(&self) -> &[GateCheck] {
        &self.firing
    }

    /// Whether this condition fires for this contestant.
    #[must_use]
    pub fn fires(&self, condition: &str, lane: usize) -> bool {
        self.firing.iter().any(|check| check.condition == condition && check.lane == lane)
    }

    /// Takes in what the conditions came to on one file of results, and tells what has changed since the last look.
    pub fn look(&mut self, report: &GateReport) -> Vec<AlertChange> {
        report.checks.iter().filter_map(|check| self.look_at(check)).collect()
    }

    fn look_at(&mut self, check: &GateCheck) -> Option<AlertChange> {
        let same = |other: &GateCheck| other.condition == check.condition && other.lane == check.lane;
        let place = self.firing.iter().position(same);
        let keeps = || {
            let condition = self.conditions.iter().find(|condition| condition.to_string() == check.condition);
            condition.is_some_and(|condition| condition.keeps(&check.finding))
        };
        let fires = match (place, check.finding.call) {
            (None, GateCall::Failed) => {
                self.firing.push(check.clone());
                true
            }
            (Some(place), call) if call == GateCall::Passed || call == GateCall::Undecided && keeps() => {
                self.firing.remove(place);
                false
            }
            (Some(place), _) => {
                if let Some(last) = self.firing.get_mut(place) {
                    *last = check.clone();
                }
                return None;
            }
            (None, _) => return None,
        };
        Some(AlertChange { check: check.clone(), fires })
    }
}

impl GateCondition {
    /// Whether the figure itself is on the right side of the limit, shown or not. Where there is none, it is not.
    fn keeps(&self, finding: &GateFinding) -> bool {
        let Some(figure) = finding.figure else { return false };
        match self.wrong {
            WrongFigure::Under(limit) if limit.inclusive => figure > limit.limit,
            WrongFigure::Under(limit) => figure >= limit.limit,
            WrongFigure::Over(limit) if limit.inclusive => figure < limit.limit,
            WrongFigure::Over(limit) => figure <= limit.limit,
            WrongFigure::Worse(margin) if self.figure.more_is_better() => figure >= 1.0 - margin,
            WrongFigure::Worse(margin) => figure <= 1.0 + margin,
        }
    }
}
