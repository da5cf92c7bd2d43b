//! Who stands where, out of all comparisons of two together: providers, and the kinds of hardware that they run on.
//! Those who were never compared with the others, directly or by way of somebody, stand in a table of their own.

use super::duel::Duel;
use crate::catalog::{Catalog, Hardware};
use crate::race::verdict::Metric;
use crate::stats::meta::{Effect, Estimate};
use crate::stats::network::{Edge, fit};

/// One place.
#[derive(Clone, PartialEq, Debug)]
pub struct Place {
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
}

/// Providers, over all models.
#[must_use]
pub fn of_providers(catalog: &Catalog, duels: &[Duel], by: Metric) -> Vec<Standings> {
    let name = |id: &str| catalog.provider(id).map_or_else(|_| id.to_owned(), |provider| provider.name.clone());
    rank(duels, by, |duel| Some((name(&duel.first), name(&duel.second))))
}

/// Kinds of hardware, over all models and providers.
#[must_use]
pub fn of_hardware(duels: &[Duel], by: Metric) -> Vec<Standings> {
    let title = |hardware: Hardware| hardware.title().to_owned();
    rank(duels, by, |duel| duel.hardware.map(|(first, second)| (title(first), title(second))))
}

fn rank(duels: &[Duel], by: Metric, names: impl Fn(&Duel) -> Option<(String, String)>) -> Vec<Standings> {
    let mut known: Vec<String> = Vec::new();
    let mut number = |name: String| {
        known.iter().position(|other| *other == name).unwrap_or_else(|| {
            known.push(name);
            known.len() - 1
        })
    };
    let mut edges = Vec::new();
    for duel in duels {
        let effect = duel.lead(by).as_ref().and_then(Effect::of);
        let (Some(effect), Some((first, second))) = (effect, names(duel)) else { continue };
        edges.push(Edge { first: number(first), second: number(second), effect });
    }
    let components = fit(known.len(), &edges);
    let standings = components.iter().map(|component| {
        let places = component.members.iter().enumerate().filter_map(|(place, member)| {
            let behind = if place == 0 { None } else { component.lead(0, place) };
            Some(Place { name: known.get(*member)?.clone(), behind })
        });
        Standings { places: places.collect(), comparisons: component.comparisons }
    });
    standings.collect()
}
