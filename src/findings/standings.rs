//! Who stands where, out of all comparisons of two together: providers, and the kinds of hardware that they run on.
//! Those who were never compared with the others, directly or by way of somebody, stand in a table of their own.

use std::collections::BTreeSet;

use super::duel::Duel;
use crate::catalog::Hardware;
use crate::race::verdict::Metric;
use crate::stats::compare::{Call, Comparison};
use crate::stats::meta::{Effect, Estimate, together};
use crate::stats::network::{Component, Edge, fit};

/// One place.
#[derive(Clone, PartialEq, Debug)]
pub struct Place {
    /// One more than the number of those that are shown to be ahead of it, by all comparisons together or each time that
    /// the two met.
    pub rank: usize,
    /// Whose.
    pub name: String,
    /// By what factor the first is ahead of it; nothing for the first.
    pub behind: Option<Estimate>,
}

/// Those that can be compared with each other, whoever is ahead first.
#[derive(Clone, PartialEq, Debug)]
pub struct Standings {
    /// In order.
    pub places: Vec<Place>,
    /// The comparisons that they rest on.
    pub comparisons: usize,
    /// Pairs of runs behind those.
    pub pairs: usize,
    /// The evidence that they come from, by number.
    pub evidence: BTreeSet<usize>,
}

/// Providers, over all models.
#[must_use]
pub fn of_providers(duels: &[Duel], by: Metric) -> Vec<Standings> {
    let name = |(id, name): (&String, &String)| (id.clone(), name.clone());
    rank(duels, by, |duel| {
        let [first, second] = &duel.names;
        Some((name((&duel.first, first)), name((&duel.second, second))))
    })
}

/// Kinds of hardware, over all models and providers.
#[must_use]
pub fn of_hardware(duels: &[Duel], by: Metric) -> Vec<Standings> {
    let title = |hardware: Hardware| (hardware.title().to_owned(), hardware.title().to_owned());
    rank(duels, by, |duel| duel.hardware.map(|(first, second)| (title(first), title(second))))
}

/// Ids with names.
type Two = ((String, String), (String, String));

fn rank(duels: &[Duel], by: Metric, who: impl Fn(&Duel) -> Option<Two>) -> Vec<Standings> {
    let mut known: Vec<(String, String)> = Vec::new();
    let mut number = |who: (String, String)| {
        known.iter().position(|(id, _)| *id == who.0).unwrap_or_else(|| {
            known.push(who);
            known.len() - 1
        })
    };
    let (mut edges, mut leads, mut sources) = (Vec::new(), Vec::new(), Vec::new());
    for duel in duels {
        let lead = duel.lead(by);
        let effect = lead.as_ref().and_then(Effect::of);
        let (Some(lead), Some(effect), Some((first, second))) = (lead, effect, who(duel)) else { continue };
        edges.push(Edge { first: number(first), second: number(second), effect });
        leads.push(lead);
        sources.push(duel);
    }
    let components = fit(known.len(), &edges);
    let of = |component: &Component| {
        let inside = |edge: &Edge| component.members.contains(&edge.first);
        let own: Vec<&Duel> =
            edges.iter().zip(&sources).filter(|(edge, _)| inside(edge)).map(|(_, duel)| *duel).collect();
        Standings {
            pairs: own.iter().map(|duel| duel.pairs()).sum(),
            evidence: own.iter().flat_map(|duel| duel.evidence.iter().copied()).collect(),
            ..standings(component, &known, &edges, &leads)
        }
    };
    components.iter().map(of).collect()
}

fn standings(component: &Component, known: &[(String, String)], edges: &[Edge], leads: &[Comparison]) -> Standings {
    let lead = |place: usize, other: usize| {
        // Where all their own comparisons agree, or are all there are, they say it; else all comparisons together do.
        let direct = direct(component, edges, leads, place, other);
        let call = direct.first().map(|lead| lead.call);
        let shown =
            matches!(call, Some(Call::Larger | Call::Smaller)) && direct.iter().all(|lead| Some(lead.call) == call);
        let own = if shown || direct.len() == component.comparisons { together(&direct) } else { None };
        own.or_else(|| component.lead(place, other))
    };
    let places = component.members.iter().enumerate().filter_map(|(place, member)| {
        let ahead = |other: usize| lead(other, place).is_some_and(|lead| lead.interval.low > 1.0);
        Some(Place {
            rank: 1 + (0..component.members.len()).filter(|other| *other != place && ahead(*other)).count(),
            name: known.get(*member)?.1.clone(),
            behind: if place == 0 { None } else { lead(0, place) },
        })
    });
    Standings { places: places.collect(), comparisons: component.comparisons, pairs: 0, evidence: BTreeSet::new() }
}

/// The comparisons of two members with each other, seen from the first.
fn direct(component: &Component, edges: &[Edge], leads: &[Comparison], first: usize, second: usize) -> Vec<Comparison> {
    let (Some(a), Some(b)) = (component.members.get(first), component.members.get(second)) else { return Vec::new() };
    let own = edges.iter().zip(leads).filter_map(|(edge, lead)| match (edge.first, edge.second) {
        (first, second) if (first, second) == (*a, *b) => Some(*lead),
        (first, second) if (first, second) == (*b, *a) => Some(lead.turned()),
        _ => None,
    });
    own.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::findings::duel::Bout;
    use crate::findings::evidence::{Asked, Round};

    /// Output speeds of two in six rounds.
    fn duel(first: &str, second: &str, speeds: [f64; 2]) -> Duel {
        let round = |number: u32, tok_s: f64| Round {
            number,
            figures: vec![(Metric::OutputSpeed, tok_s * [1.0, 1.04, 0.97, 1.01, 0.98, 1.03][number as usize % 6])],
            day: None,
            tokens: None,
        };
        Duel {
            first: first.into(),
            second: second.into(),
            names: [first, second].map(str::to_uppercase),
            model: "m".into(),
            billions: None,
            hardware: None,
            bouts: vec![Bout {
                asked: Asked::default(),
                day: None,
                pairs: (0..6).map(|number| (round(number, speeds[0]), round(number * 5 + 1, speeds[1]))).collect(),
            }],
            failed: 0,
            evidence: vec![0],
        }
    }

    #[test]
    fn who_can_not_be_told_apart_shares_a_place() {
        let duels = [duel("a", "b", [100.0, 100.0]), duel("b", "c", [100.0, 50.0]), duel("a", "c", [100.0, 50.0])];
        let found = of_providers(&duels, Metric::OutputSpeed);
        let mut ranks: Vec<(&str, usize)> =
            found[0].places.iter().map(|place| (place.name.as_str(), place.rank)).collect();
        ranks.sort_unstable();
        assert_eq!(ranks, [("A", 1), ("B", 1), ("C", 3)]);
    }

    #[test]
    fn a_single_comparison_keeps_its_own_interval() {
        let duels = [duel("a", "b", [50.0, 100.0])];
        let found = of_providers(&duels, Metric::OutputSpeed);
        let behind = found[0].places[1].behind.unwrap();
        let lead = duels[0].lead(Metric::OutputSpeed).unwrap().turned();
        assert_eq!((behind.ratio, Some(behind.interval)), (lead.ratio, lead.interval));
        assert_eq!((found[0].places[0].name.as_str(), found[0].places[1].rank), ("B", 2));
    }
}
