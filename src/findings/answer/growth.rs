//! Whether a lead grows with the size of the model.
//! Pairs of providers are the blocks: what sets two providers apart at every size is not growth.

use super::{Answer, Holds, Scope, more_days, told};
use crate::catalog::Hardware;
use crate::findings::duel::{Lead, on_days};
use crate::race::verdict::Metric;
use crate::stats::compare::COMPUTED_LEVEL;
use crate::stats::days::{self, Days, FEWEST_DAYS, over_days};
use crate::stats::meta::{Effect, Estimate, Point, trend, trend_weights};

/// One lead at one size.
struct Sized {
    number: usize,
    point: Point,
    lead: Lead,
}

pub(super) fn growth(scope: &Scope<'_>, of: &[Hardware], over: &[Hardware], by: Metric) -> Answer {
    let sized = sized(scope, of, over, by);
    let points: Vec<Point> = sized.iter().map(|one| one.point).collect();
    let (Some(estimate), Some(weights)) = (trend(&points), trend_weights(&points)) else {
        return Answer::open("no two contestants have been compared on models of two sizes often enough yet");
    };
    // A pair on one size says nothing of growth.
    let counts: Vec<(&Sized, f64)> = sized.iter().zip(weights).filter(|(_, weight)| *weight != 0.0).collect();
    let days = days::count(counts.iter().flat_map(|(one, _)| &one.lead.series));
    let spread = over_days(&series(&counts), COMPUTED_LEVEL);
    let interval = spread.map_or(estimate.interval, |spread| spread.interval.hull(estimate.interval));
    let estimate = Estimate { interval, ..estimate };
    let duels: Vec<usize> = counts.iter().map(|(one, _)| one.number).collect();
    let mut models: Vec<&str> =
        duels.iter().filter_map(|number| scope.duels.get(*number)).map(|duel| duel.model.as_str()).collect();
    models.sort_unstable();
    models.dedup();
    let words = format!(
        "each doubling of the model changes the lead by {}, {} comparisons on {} models{}, {}",
        told(&estimate, by),
        duels.len(),
        models.len(),
        if duels.len() == 2 { " alone, which leave no room for how models differ otherwise" } else { "" },
        on_days(days),
    );
    let (holds, why) = match interval {
        _ if days < FEWEST_DAYS => (Holds::Open, format!("; {}", more_days(days))),
        _ if spread.is_none() => {
            (Holds::Open, "; each size was measured on a day of its own, so sizes can't be told from days".to_owned())
        }
        range if range.low > 1.0 => (Holds::Yes, String::new()),
        range if range.high < 1.0 => (Holds::No, String::new()),
        _ => (Holds::Open, String::new()),
    };
    Answer { holds, tally: None, words: format!("{words}{why}"), duels }
}

fn sized(scope: &Scope<'_>, of: &[Hardware], over: &[Hardware], by: Metric) -> Vec<Sized> {
    let mut blocks: Vec<[&str; 2]> = Vec::new();
    let mut sized = Vec::new();
    for (number, lead) in scope.leads(of, over, by) {
        let Some(effect) = Effect::of(&lead.comparison) else { continue };
        let Some((duel, billions)) = scope.duels.get(number).and_then(|duel| Some((duel, duel.billions?))) else {
            continue;
        };
        let mut two = [duel.first.as_str(), duel.second.as_str()];
        two.sort_unstable();
        let known = blocks.iter().position(|known| *known == two);
        let block = known.unwrap_or_else(|| {
            blocks.push(two);
            blocks.len() - 1
        });
        sized.push(Sized { number, point: Point { x: billions.log2(), effect, block }, lead });
    }
    sized
}

/// The days of each lead, each with its share in the trend.
#[expect(clippy::cast_precision_loss, reason = "a lead has few questions")]
fn series<'a>(counts: &[(&'a Sized, f64)]) -> Vec<(&'a Days, f64)> {
    let of = |(one, weight): &(&'a Sized, f64)| {
        let share = weight / one.lead.series.len() as f64;
        one.lead.series.iter().map(move |days| (days, share)).collect::<Vec<_>>()
    };
    counts.iter().flat_map(of).collect()
}
