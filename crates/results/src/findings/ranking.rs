//! Who stands where, out of all comparisons of two together: providers, and the kinds of hardware that they run on.
//! Those who were never compared with the others, directly or by way of somebody, stand in a table of their own; of those
//! who beat each other in a circle nobody has a place.

mod circle;

use std::collections::BTreeSet;

use self::circle::circles;
use super::matchup::{ContestantMatchup, MeasuredLead, together};
use speed_kings_catalog::Hardware;
use speed_kings_core::format;
use speed_kings_core::race::verdict::Metric;
use speed_kings_core::stats::compare::{COMPUTED_LEVEL, ComparisonCall};
use speed_kings_core::stats::days::{self, DayFactors, over_days};
use speed_kings_core::stats::meta::{FactorEstimate, LogEffect};
use speed_kings_core::stats::network::{ComparisonEdge, NetworkComponent, fit};

/// One place of a ranking.
#[derive(Clone, PartialEq, Debug)]
pub struct RankedPlace {
    /// One more than the number of those that are shown to be ahead of it, by all comparisons together or each time that
    /// the two met; nothing for one of a circle.
    pub rank: Option<usize>,
    /// Who stands there, as people call it.
    pub name: String,
    /// By what factor the first is ahead of it; nothing for the first, and where nobody is first.
    pub behind: Option<FactorEstimate>,
}

/// Those that can be compared with each other, whoever is ahead first.
#[derive(Clone, PartialEq, Debug)]
pub struct ModelRanking {
    /// The places in order, whoever is ahead first.
    pub places: Vec<RankedPlace>,
    /// Those who beat each other in a circle, in words: `A is ahead of B, B of C, C of A`.
    pub circles: Vec<String>,
    /// On how many days they were compared.
    pub days: usize,
    /// The comparisons that they rest on.
    pub comparisons: usize,
    /// Pairs of runs behind those.
    pub pairs: usize,
    /// The evidence that they come from, by number.
    pub evidence: BTreeSet<usize>,
}

impl RankedPlace {
    /// The place in words; the mark of what is absent for one of a circle.
    #[must_use]
    pub fn place(&self) -> String {
        self.rank.map_or_else(|| format::ABSENT.to_owned(), |rank| rank.to_string())
    }

    /// How far behind the first, in words.
    #[must_use]
    pub fn is_behind(&self) -> String {
        match (&self.behind, self.rank) {
            (Some(behind), _) => format::estimate(behind),
            (None, Some(1)) => "first".to_owned(),
            _ => format::ABSENT.to_owned(),
        }
    }
}

impl ModelRanking {
    /// What is said of circles, as a sentence each; nothing where there is none.
    #[must_use]
    pub fn in_circles(&self) -> String {
        let told = |circle: &String| format!(" No order: {circle}; none of them has a place.");
        self.circles.iter().map(told).collect()
    }
}

/// Providers, over all models.
#[must_use]
pub fn of_providers(matchups: &[ContestantMatchup], by: Metric) -> Vec<ModelRanking> {
    let name = |(id, name): (&String, &String)| (id.clone(), name.clone());
    rank(matchups, by, |matchup| {
        let [first, second] = &matchup.names;
        Some((name((&matchup.first, first)), name((&matchup.second, second))))
    })
}

/// Kinds of hardware, over all models and providers.
#[must_use]
pub fn of_hardware(matchups: &[ContestantMatchup], by: Metric) -> Vec<ModelRanking> {
    let title = |hardware: Hardware| (hardware.title().to_owned(), hardware.title().to_owned());
    rank(matchups, by, |matchup| matchup.hardware.map(|(first, second)| (title(first), title(second))))
}

/// Two that are compared, each by its id and its name.
type NamedPair = ((String, String), (String, String));

fn rank(
    matchups: &[ContestantMatchup],
    by: Metric,
    who: impl Fn(&ContestantMatchup) -> Option<NamedPair>,
) -> Vec<ModelRanking> {
    let mut known: Vec<(String, String)> = Vec::new();
    let mut number = |who: (String, String)| {
        known.iter().position(|(id, _)| *id == who.0).unwrap_or_else(|| {
            known.push(who);
            known.len() - 1
        })
    };
    let (mut edges, mut leads, mut sources) = (Vec::new(), Vec::new(), Vec::new());
    for matchup in matchups {
        let lead = matchup.lead_by_days(by);
        let effect = lead.as_ref().and_then(|lead| LogEffect::of(&lead.comparison));
        let (Some(lead), Some(effect), Some((first, second))) = (lead, effect, who(matchup)) else { continue };
        edges.push(ComparisonEdge { first: number(first), second: number(second), effect });
        leads.push(lead);
        sources.push(matchup);
    }
    let components = fit(known.len(), &edges);
    let of = |component: &NetworkComponent| {
        let inside = |edge: &ComparisonEdge| component.members.contains(&edge.first);
        let own: Vec<(&ContestantMatchup, &MeasuredLead)> = edges
            .iter()
            .zip(sources.iter().copied().zip(&leads))
            .filter(|(edge, _)| inside(edge))
            .map(|(_, own)| own)
            .collect();
        ModelRanking {
            pairs: own.iter().map(|(matchup, _)| matchup.pairs()).sum(),
            evidence: own.iter().flat_map(|(matchup, _)| matchup.evidence.iter().copied()).collect(),
            days: days::count(own.iter().flat_map(|(_, lead)| &lead.series)),
            ..standings(component, &known, &edges, &leads)
        }
    };
    components.iter().map(of).collect()
}

fn standings(
    component: &NetworkComponent,
    known: &[(String, String)],
    edges: &[ComparisonEdge],
    leads: &[MeasuredLead],
) -> ModelRanking {
    let lead = |place: usize, other: usize| {
        // Where all their own comparisons agree, or are all there are, they say it; else all comparisons together do.
        let direct = direct(component, edges, leads, place, other);
        let call = direct.first().map(|lead| lead.comparison.call);
        let shown = matches!(call, Some(ComparisonCall::Larger | ComparisonCall::Smaller))
            && direct.iter().all(|lead| Some(lead.comparison.call) == call);
        let own = if shown || direct.len() == component.comparisons {
            together(&direct.iter().collect::<Vec<_>>())
        } else {
            None
        };
        own.or_else(|| roundabout(component, leads, place, other))
    };
    let count = component.members.len();
    let name = |place: usize| component.members.get(place).and_then(|member| known.get(*member)).map(|(_, name)| name);
    let ahead: Vec<Vec<bool>> = (0..count)
        .map(|a| (0..count).map(|b| a != b && lead(a, b).is_some_and(|lead| lead.interval.low > 1.0)).collect())
        .collect();
    let is_ahead = |a: usize, b: usize| ahead.get(a).and_then(|row| row.get(b)).copied().unwrap_or(false);
    let circles = circles(&ahead);
    let in_circle = |place: usize| circles.iter().any(|circle| circle.contains(&place));
    let places = (0..count).filter_map(|place| {
        // Whoever is behind one of a circle is behind all of it.
        let circle = |other: usize| circles.iter().find(|circle| circle.contains(&other) && !circle.contains(&place));
        let ahead = |other: usize| {
            circle(other).map_or(is_ahead(other, place), |of| of.iter().any(|one| is_ahead(*one, place)))
        };
        let before = (0..count).filter(|other| ahead(*other)).count();
        Some(RankedPlace {
            // Whoever can't be told from a circle that nobody is ahead of is no first either.
            rank: (!in_circle(place) && (before > 0 || !in_circle(0))).then_some(before + 1),
            name: name(place)?.clone(),
            behind: if place == 0 || in_circle(0) { None } else { lead(0, place) },
        })
    });
    let told = |circle: &Vec<usize>| circle::told(&circle.iter().filter_map(|place| name(*place)).collect::<Vec<_>>());
    ModelRanking {
        places: places.collect(),
        circles: circles.iter().map(told).collect(),
        days: 0,
        comparisons: component.comparisons,
        pairs: 0,
        evidence: BTreeSet::new(),
    }
}

/// By what factor one is ahead of another by all comparisons together, with what differs between them and between days.
fn roundabout(
    component: &NetworkComponent,
    leads: &[MeasuredLead],
    place: usize,
    other: usize,
) -> Option<FactorEstimate> {
    let all = component.lead(place, other)?;
    let turned: Vec<(MeasuredLead, f64)> = component
        .shares(place, other)
        .into_iter()
        .filter(|(_, share)| share.abs() > f64::EPSILON)
        .filter_map(|(number, share)| {
            let lead = leads.get(number)?.clone();
            Some((if share < 0.0 { lead.turned() } else { lead }, share.abs()))
        })
        .collect();
    let series: Vec<(&DayFactors, f64)> = turned.iter().flat_map(|(lead, share)| weighted(lead, *share)).collect();
    let days = over_days(&series, COMPUTED_LEVEL);
    let interval = days.map_or(all.interval, |days| all.interval.hull(days.interval));
    Some(FactorEstimate { interval, ..all })
}

#[expect(clippy::cast_precision_loss, reason = "a lead has few questions")]
fn weighted(lead: &MeasuredLead, share: f64) -> impl Iterator<Item = (&DayFactors, f64)> {
    lead.series.iter().map(move |days| (days, share / lead.series.len() as f64))
}

/// The comparisons of two members with each other, seen from the first.
fn direct(
    component: &NetworkComponent,
    edges: &[ComparisonEdge],
    leads: &[MeasuredLead],
    first: usize,
    second: usize,
) -> Vec<MeasuredLead> {
    let (Some(a), Some(b)) = (component.members.get(first), component.members.get(second)) else { return Vec::new() };
    let own = edges.iter().zip(leads).filter_map(|(edge, lead)| match (edge.first, edge.second) {
        (first, second) if (first, second) == (*a, *b) => Some(lead.clone()),
        (first, second) if (first, second) == (*b, *a) => Some(lead.clone().turned()),
        _ => None,
    });
    own.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::findings::evidence::{QuestionKey, RoundFigures};
    use crate::findings::matchup::MatchupSession;

    /// Output speeds of two in six rounds.
    fn matchup(first: &str, second: &str, speeds: [f64; 2]) -> ContestantMatchup {
        let round = |number: u32, tok_s: f64| RoundFigures {
            number,
            figures: vec![(Metric::OutputSpeed, tok_s * [1.0, 1.04, 0.97, 1.01, 0.98, 1.03][number as usize % 6])],
            ..RoundFigures::default()
        };
        ContestantMatchup {
            first: first.into(),
            second: second.into(),
            names: [first, second].map(str::to_uppercase),
            model: "m".into(),
            billions: None,
            hardware: None,
            sessions: vec![MatchupSession {
                asked: QuestionKey::default(),
                day: None,
                pairs: (0..6).map(|number| (round(number, speeds[0]), round(number * 5 + 1, speeds[1]))).collect(),
            }],
            failed: 0,
            evidence: vec![0],
        }
    }

    #[test]
    fn who_can_not_be_told_apart_shares_a_place() {
        let matchups =
            [matchup("a", "b", [100.0, 100.0]), matchup("b", "c", [100.0, 50.0]), matchup("a", "c", [100.0, 50.0])];
        let found = of_providers(&matchups, Metric::OutputSpeed);
        let mut ranks: Vec<(&str, Option<usize>)> =
            found[0].places.iter().map(|place| (place.name.as_str(), place.rank)).collect();
        ranks.sort_unstable();
        assert_eq!(ranks, [("A", Some(1)), ("B", Some(1)), ("C", Some(3))]);
    }

    #[test]
    fn of_a_circle_nobody_is_first() {
        let mut matchups = vec![
            matchup("a", "b", [120.0, 100.0]),
            matchup("b", "c", [120.0, 100.0]),
            matchup("c", "a", [120.0, 100.0]),
        ];
        matchups.push(matchup("a", "d", [300.0, 100.0]));
        let found = of_providers(&matchups, Metric::OutputSpeed);
        let circle = &found[0].circles[0];
        for part in
            ["A is ahead of B, B of C, C of A", "B is ahead of C, C of A, A of B", "C is ahead of A, A of B, B of C"]
        {
            if circle == part {
                let ranks: Vec<Option<usize>> = found[0].places.iter().map(|place| place.rank).collect();
                assert_eq!(ranks, [None, None, None, Some(4)]);
                assert!(found[0].places.iter().all(|place| place.behind.is_none()), "there is no first to be behind");
                return;
            }
        }
        panic!("{circle}");
    }

    #[test]
    fn a_single_comparison_keeps_its_own_interval() {
        let matchups = [matchup("a", "b", [50.0, 100.0])];
        let found = of_providers(&matchups, Metric::OutputSpeed);
        let behind = found[0].places[1].behind.unwrap();
        let lead = matchups[0].lead(Metric::OutputSpeed).unwrap().turned();
        assert_eq!((behind.ratio, Some(behind.interval)), (lead.ratio, lead.interval));
        assert_eq!((found[0].places[0].name.as_str(), found[0].places[1].rank), ("B", Some(2)));
    }
}
