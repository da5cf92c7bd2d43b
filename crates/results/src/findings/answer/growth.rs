//! Whether a lead grows with the size of the model.
//! Pairs of providers are the blocks: what sets two providers apart at every size is not growth.

use super::hypothesis::HypothesisResult;
use super::result::QuestionAnswer;
use super::scope::MatchupScope;
use super::words::{NO_SIZES, more_days, told};
use crate::findings::matchup::{MeasuredLead, on_days};
use speed_kings_catalog::Hardware;
use speed_kings_core::race::verdict::Metric;
use speed_kings_core::stats::compare::COMPUTED_LEVEL;
use speed_kings_core::stats::days::{self, DayFactors, FEWEST_DAYS, over_days};
use speed_kings_core::stats::meta::{EffectPoint, FactorEstimate, LogEffect, trend, trend_weights};

/// One lead at one size.
struct SizedLead {
    number: usize,
    point: EffectPoint,
    lead: MeasuredLead,
}

pub(super) fn growth(scope: &MatchupScope<'_>, of: &[Hardware], over: &[Hardware], by: Metric) -> QuestionAnswer {
    let sized = sized(scope, of, over, by);
    let points: Vec<EffectPoint> = sized.iter().map(|one| one.point).collect();
    let (Some(estimate), Some(weights)) = (trend(&points), trend_weights(&points)) else {
        return QuestionAnswer::open(NO_SIZES);
    };
    // A pair on one size says nothing of growth.
    let counts: Vec<(&SizedLead, f64)> = sized.iter().zip(weights).filter(|(_, weight)| *weight != 0.0).collect();
    let days = days::count(counts.iter().flat_map(|(one, _)| &one.lead.series));
    let spread = over_days(&series(&counts), COMPUTED_LEVEL);
    let interval = spread.map_or(estimate.interval, |spread| spread.interval.hull(estimate.interval));
    let estimate = FactorEstimate { interval, ..estimate };
    let matchups: Vec<usize> = counts.iter().map(|(one, _)| one.number).collect();
    let mut models: Vec<&str> = matchups
        .iter()
        .filter_map(|number| scope.matchups.get(*number))
        .map(|matchup| matchup.model.as_str())
        .collect();
    models.sort_unstable();
    models.dedup();
    let words = format!(
        "each doubling of the model changes the lead by {}, {} comparisons on {} models{}, {}",
        told(&estimate, by),
        matchups.len(),
        models.len(),
        if matchups.len() == 2 { " alone, which leave no room for how models differ otherwise" } else { "" },
        on_days(days),
    );
    let (holds, why) = match interval {
        _ if days < FEWEST_DAYS => (HypothesisResult::Open, format!("; {}", more_days(days))),
        _ if spread.is_none() => (
            HypothesisResult::Open,
            "; each size was measured on a day of its own, so sizes can't be told from days".to_owned(),
        ),
        range if range.low > 1.0 => (HypothesisResult::Yes, String::new()),
        range if range.high < 1.0 => (HypothesisResult::No, String::new()),
        _ => (HypothesisResult::Open, String::new()),
    };
    QuestionAnswer { holds, tally: None, words: format!("{words}{why}"), matchups }
}

fn sized(scope: &MatchupScope<'_>, of: &[Hardware], over: &[Hardware], by: Metric) -> Vec<SizedLead> {
    let mut blocks: Vec<[&str; 2]> = Vec::new();
    let mut sized = Vec::new();
    for (number, lead) in scope.leads(of, over, by) {
        let Some(effect) = LogEffect::of(&lead.comparison) else { continue };
        let Some((matchup, billions)) =
            scope.matchups.get(number).and_then(|matchup| Some((matchup, matchup.billions?)))
        else {
            continue;
        };
        let mut two = [matchup.first.as_str(), matchup.second.as_str()];
        two.sort_unstable();
        let known = blocks.iter().position(|known| *known == two);
        let block = known.unwrap_or_else(|| {
            blocks.push(two);
            blocks.len() - 1
        });
        sized.push(SizedLead { number, point: EffectPoint { x: billions.log2(), effect, block }, lead });
    }
    sized
}

/// The days of each lead, each with its share in the trend.
#[expect(clippy::cast_precision_loss, reason = "a lead has few questions")]
fn series<'a>(counts: &[(&'a SizedLead, f64)]) -> Vec<(&'a DayFactors, f64)> {
    let of = |(one, weight): &(&'a SizedLead, f64)| {
        let share = weight / one.lead.series.len() as f64;
        one.lead.series.iter().map(move |days| (days, share)).collect::<Vec<_>>()
    };
    counts.iter().flat_map(of).collect()
}
