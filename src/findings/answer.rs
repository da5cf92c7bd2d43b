//! What the evidence says to a question: yes, no, or not enough to tell, with the factor and what it rests on.
//! Nothing is answered by a point estimate: an interval decides, and one that spans the line leaves a question open.

use super::duel::Duel;
use super::standings::of_providers;
use crate::catalog::{Ask, Catalog, Hardware};
use crate::figure;
use crate::race::verdict::Metric;
use crate::stats::compare::{Comparison, Interval};
use crate::stats::meta::{Effect, Estimate, Point, together, trend};

/// Whether what was expected is so.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Holds {
    /// It is.
    Yes,
    /// It is not.
    No,
    /// Nobody can tell yet.
    Open,
}

/// An answer.
#[derive(Clone, PartialEq, Debug)]
pub struct Answer {
    /// Whether what was expected is so.
    pub holds: Holds,
    /// The factors, in words.
    pub words: String,
    /// The duels that it rests on, by number.
    pub duels: Vec<usize>,
}

impl Answer {
    fn open(words: impl Into<String>) -> Self {
        Self { holds: Holds::Open, words: words.into(), duels: Vec::new() }
    }
}

/// What is said where nothing was measured often enough.
const NOTHING: &str = "no comparison with enough pairs yet";

/// What `duels` say to `ask`, among those that a phase of `group` plans, or all of them. Growth needs models of several
/// sizes, so it always looks at all.
#[must_use]
pub fn answer(catalog: &Catalog, duels: &[Duel], ask: &Ask, group: Option<&str>) -> Answer {
    let scope = Scope { catalog, duels, group };
    match ask {
        Ask::Lead { of, over, by, between } => lead(&scope, of, over, *by, *between),
        Ask::Order { of, by } => order(&scope, of, *by),
        Ask::Growth { of, over, by } => growth(&Scope { group: None, ..scope }, of, over, *by),
        Ask::Best { by } => best(&scope, *by),
    }
}

/// The duels that count.
struct Scope<'a> {
    catalog: &'a Catalog,
    duels: &'a [Duel],
    group: Option<&'a str>,
}

impl Scope<'_> {
    fn holds(&self, duel: &Duel) -> bool {
        self.group.is_none_or(|group| duel.is_of(self.catalog, group))
    }

    /// What was measured of two sides, in words: the kinds that really met, and on how much that rests.
    fn measured(&self, found: &[(usize, Comparison)], of: &[Hardware]) -> (String, String) {
        let duels: Vec<&Duel> = found.iter().filter_map(|(number, _)| self.duels.get(*number)).collect();
        let sides: Vec<(Hardware, Hardware)> = duels
            .iter()
            .filter_map(|duel| duel.hardware)
            .map(|(a, b)| if of.contains(&a) { (a, b) } else { (b, a) })
            .collect();
        let met = |side: fn(&(Hardware, Hardware)) -> Hardware| {
            let met: Vec<Hardware> = sides.iter().map(side).collect();
            let met: Vec<Hardware> = Hardware::ALL.into_iter().filter(|kind| met.contains(kind)).collect();
            kinds(&met)
        };
        let mut models: Vec<&str> = duels.iter().map(|duel| duel.model.as_str()).collect();
        models.sort_unstable();
        models.dedup();
        let model = |id: &str| self.catalog.model(id).map_or_else(|_| id.to_owned(), |model| model.name.clone());
        let on = match (duels.as_slice(), models.as_slice()) {
            ([only], _) => format!("{} on {} alone", only.names.join(" against "), model(&only.model)),
            (_, [one]) => format!("{} comparisons on {} alone", duels.len(), model(one)),
            _ => format!("{} comparisons on {} models", duels.len(), models.len()),
        };
        (format!("{} over {}", met(|(first, _)| *first), met(|(_, second)| *second)), on)
    }

    /// The leads of one side over the other that have an interval, with the numbers of their duels.
    fn leads(&self, of: &[Hardware], over: &[Hardware], by: Metric) -> Vec<(usize, Comparison)> {
        let duels = self.duels.iter().enumerate().filter(|(_, duel)| self.holds(duel));
        let leads = duels.filter_map(|(number, duel)| Some((number, duel.lead_of(of, over, by)?)));
        leads.filter(|(_, lead)| lead.interval.is_some()).collect()
    }
}

fn lead(scope: &Scope<'_>, of: &[Hardware], over: &[Hardware], by: Metric, between: Option<(f64, f64)>) -> Answer {
    let found = scope.leads(of, over, by);
    let leads: Vec<Comparison> = found.iter().map(|(_, lead)| *lead).collect();
    let Some(estimate) = together(&leads) else { return Answer::open(NOTHING) };
    let holds = |range: Interval| match between {
        None if range.low > 1.0 => Holds::Yes,
        None if range.high < 1.0 => Holds::No,
        Some((from, to)) if range.low >= from && range.high <= to => Holds::Yes,
        Some((from, to)) if range.high < from || range.low > to => Holds::No,
        _ => Holds::Open,
    };
    let (sides, on) = scope.measured(&found, of);
    let words = format!("{sides}: {}, {on}", told(&estimate, by));
    let duels = found.into_iter().map(|(number, _)| number).collect();
    Answer { holds: holds(estimate.interval), words, duels }
}

fn order(scope: &Scope<'_>, of: &[Hardware], by: Metric) -> Answer {
    let steps: Vec<Answer> = of
        .windows(2)
        .filter_map(|pair| pair.split_first())
        .map(|(first, rest)| {
            let step = lead(scope, std::slice::from_ref(first), rest, by, None);
            if step.duels.is_empty() {
                return Answer::open(format!("{} over {}: {NOTHING}", first.badge(), kinds(rest)));
            }
            step
        })
        .collect();
    let holds = if steps.iter().any(|step| step.holds == Holds::No) {
        Holds::No
    } else if !steps.is_empty() && steps.iter().all(|step| step.holds == Holds::Yes) {
        Holds::Yes
    } else {
        Holds::Open
    };
    let words: Vec<&str> = steps.iter().map(|step| step.words.as_str()).collect();
    Answer { holds, words: words.join("; "), duels: steps.iter().flat_map(|step| step.duels.clone()).collect() }
}

/// Pairs of providers are the blocks: what sets two providers apart at every size is not growth.
fn growth(scope: &Scope<'_>, of: &[Hardware], over: &[Hardware], by: Metric) -> Answer {
    let mut blocks: Vec<[&str; 2]> = Vec::new();
    let mut points = Vec::new();
    let mut numbers = Vec::new();
    for (number, lead) in scope.leads(of, over, by) {
        let Some(effect) = Effect::of(&lead) else { continue };
        let Some((duel, billions)) = scope.duels.get(number).and_then(|duel| Some((duel, duel.billions?))) else {
            continue;
        };
        let mut block = [duel.first.as_str(), duel.second.as_str()];
        block.sort_unstable();
        let known = blocks.iter().position(|known| *known == block);
        let place = known.unwrap_or_else(|| {
            blocks.push(block);
            blocks.len() - 1
        });
        points.push(Point { x: billions.log2(), effect, block: place });
        numbers.push((number, place));
    }
    let Some(estimate) = trend(&points) else {
        return Answer::open("no two contestants have been compared on models of two sizes often enough yet");
    };
    let holds = match estimate.interval {
        range if range.low > 1.0 => Holds::Yes,
        range if range.high < 1.0 => Holds::No,
        _ => Holds::Open,
    };
    // A pair on one size says nothing of growth.
    let sizes = |block: usize| {
        let of = || points.iter().filter(|point| point.block == block);
        of().any(|point| of().any(|other| (other.x - point.x).abs() > f64::EPSILON))
    };
    let duels: Vec<usize> = numbers.into_iter().filter(|(_, block)| sizes(*block)).map(|(number, _)| number).collect();
    let mut models: Vec<&str> =
        duels.iter().filter_map(|number| scope.duels.get(*number)).map(|duel| duel.model.as_str()).collect();
    models.sort_unstable();
    models.dedup();
    let words = format!(
        "each doubling of the model changes the lead by {}, {} comparisons on {} models{}",
        told(&estimate, by),
        duels.len(),
        models.len(),
        if duels.len() == 2 { " alone, which leave no room for how models differ otherwise" } else { "" }
    );
    Answer { holds, words, duels }
}

fn best(scope: &Scope<'_>, by: Metric) -> Answer {
    let inside: Vec<(usize, &Duel)> =
        scope.duels.iter().enumerate().filter(|(_, duel)| scope.holds(duel) && duel.lead(by).is_some()).collect();
    let duels: Vec<Duel> = inside.iter().map(|(_, duel)| (*duel).clone()).collect();
    let standings = of_providers(&duels, by);
    let [first, second, ..] = standings.first().map(|part| part.places.as_slice()).unwrap_or_default() else {
        return Answer::open(NOTHING);
    };
    let Some(behind) = second.behind else { return Answer::open(NOTHING) };
    let clear = behind.interval.low > 1.0;
    let words = if clear {
        format!("{}, {} ahead of {}", first.name, factor(&behind), second.name)
    } else {
        format!("{} or {}: too close to call, {}", first.name, second.name, factor(&behind))
    };
    let numbers = inside.iter().filter(|(_, duel)| Effect::of_duel(duel, by)).map(|(number, _)| *number).collect();
    Answer { holds: if clear { Holds::Yes } else { Holds::Open }, words, duels: numbers }
}

impl Effect {
    /// Whether `duel` has one.
    fn of_duel(duel: &Duel, by: Metric) -> bool {
        duel.lead(by).is_some_and(|lead| Self::of(&lead).is_some())
    }
}

/// `WSE, LPU`.
fn kinds(of: &[Hardware]) -> String {
    of.iter().map(|hardware| hardware.badge()).collect::<Vec<_>>().join(", ")
}

/// A factor with its interval, and what can be said of it.
fn told(estimate: &Estimate, by: Metric) -> String {
    let close = if estimate.interval.holds(1.0) { ", too close to call" } else { "" };
    format!("{} in {}{close}", factor(estimate), by.title().to_lowercase().replace("ttf", "TTF"))
}

/// `2.41× (2.31–2.52)`.
#[must_use]
pub fn factor(estimate: &Estimate) -> String {
    figure::factor(estimate.ratio, Some(estimate.interval))
}
