//! Two contestants on one model, with all runs that they made side by side, from whichever files.
//! Only runs that stand beside each other in one file are pairs: what the network did that day is in both.

use super::evidence::{Evidence, LaneEvidence, Round, name_of};
use crate::catalog::{Catalog, Hardware, Phase};
use crate::race::grid::ANY_MODEL;
use crate::race::verdict::Metric;
use crate::stats::compare::Comparison;

/// Draws the resamples: a finding is the same however often it is made.
const SEED: u64 = 1;

/// Two contestants on one model.
#[derive(Clone, PartialEq, Debug)]
pub struct Duel {
    /// The first one's provider id.
    pub first: String,
    /// The second one's.
    pub second: String,
    /// What people call the two.
    pub names: [String; 2],
    /// The model.
    pub model: String,
    /// Parameters of the model in billions.
    pub billions: Option<f64>,
    /// What both run on, where the catalogue knows it.
    pub hardware: Option<(Hardware, Hardware)>,
    /// The rounds in which both brought figures.
    pub pairs: Vec<(Round, Round)>,
    /// Runs of either that brought none.
    pub failed: usize,
    /// The evidence that it comes from, by number.
    pub evidence: Vec<usize>,
}

impl Duel {
    /// Whether it is the one that `phase` plans.
    #[must_use]
    pub fn is_phase(&self, phase: &Phase) -> bool {
        let [a, b] = phase.contestants.as_slice() else { return false };
        let both = (a == &self.first && b == &self.second) || (b == &self.first && a == &self.second);
        both && phase.model == self.model
    }

    /// Whether a phase of this group plans it.
    #[must_use]
    pub fn is_of(&self, catalog: &Catalog, group: &str) -> bool {
        catalog.phases.iter().any(|phase| phase.group == group && self.is_phase(phase))
    }

    /// By what factor the first is ahead in `metric`: faster, sooner, cheaper. Nothing without a pair that has it.
    #[must_use]
    pub fn lead(&self, metric: Metric) -> Option<Comparison> {
        let both = |(a, b): &(Round, Round)| a.figure(metric).zip(b.figure(metric));
        let pairs: Vec<(f64, f64)> = self.pairs.iter().filter_map(both).collect();
        let comparison = Comparison::of(&pairs, SEED)?;
        Some(if metric.more_is_better() { comparison } else { comparison.turned() })
    }

    /// The same as seen by whichever side has its hardware in `of`, against the other with its in `over`.
    #[must_use]
    pub fn lead_of(&self, of: &[Hardware], over: &[Hardware], metric: Metric) -> Option<Comparison> {
        let (first, second) = self.hardware?;
        if of.contains(&first) && over.contains(&second) {
            self.lead(metric)
        } else if of.contains(&second) && over.contains(&first) {
            self.lead(metric).map(Comparison::turned)
        } else {
            None
        }
    }
}

/// Everybody who ran beside somebody else on the same model, in the order of the evidence.
#[must_use]
pub fn duels(catalog: &Catalog, evidence: &[Evidence]) -> Vec<Duel> {
    let mut duels: Vec<Duel> = Vec::new();
    for (number, file) in evidence.iter().enumerate() {
        for (index, a) in file.lanes.iter().enumerate() {
            for b in file.lanes.iter().skip(index + 1).filter(|b| are_two(a, b)) {
                let known = duels.iter().position(|duel| duel.is_between(a, b));
                let place = known.unwrap_or_else(|| {
                    duels.push(Duel::new(catalog, a, b));
                    duels.len() - 1
                });
                if let Some(duel) = duels.get_mut(place) {
                    duel.take(number, a, b);
                }
            }
        }
    }
    duels
}

/// Whether they can be held against each other: the same model of two providers, and not of one server. A model that
/// nobody named may be any.
fn are_two(a: &LaneEvidence, b: &LaneEvidence) -> bool {
    let one_server = a.endpoint.is_some() && a.endpoint == b.endpoint;
    a.model == b.model && a.model != ANY_MODEL && a.provider != b.provider && !one_server
}

impl Duel {
    fn new(catalog: &Catalog, a: &LaneEvidence, b: &LaneEvidence) -> Self {
        let hardware = |id: &str| catalog.provider(id).map(|provider| provider.hardware).ok();
        Self {
            first: a.provider.clone(),
            second: b.provider.clone(),
            names: [a, b].map(|lane| name_of(catalog, &lane.provider, &lane.name)),
            model: a.model.clone(),
            billions: catalog.model(&a.model).ok().and_then(|model| model.billions),
            hardware: hardware(&a.provider).zip(hardware(&b.provider)),
            pairs: Vec::new(),
            failed: 0,
            evidence: Vec::new(),
        }
    }

    fn is_between(&self, a: &LaneEvidence, b: &LaneEvidence) -> bool {
        let names = [self.first.as_str(), self.second.as_str()];
        self.model == a.model && (names == [&a.provider, &b.provider] || names == [&b.provider, &a.provider])
    }

    fn take(&mut self, number: usize, a: &LaneEvidence, b: &LaneEvidence) {
        let (a, b) = if a.provider == self.first { (a, b) } else { (b, a) };
        self.evidence.push(number);
        self.failed += a.failed + b.failed;
        let beside = |of_a: &Round| b.rounds.iter().find(|of_b| of_b.number == of_a.number);
        self.pairs.extend(a.rounds.iter().filter_map(|of_a| Some((of_a.clone(), beside(of_a)?.clone()))));
    }
}
