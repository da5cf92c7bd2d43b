//! What a contestant brought in each of its rounds, out of a saved benchmark or a recorded race.
//! Costs are those of today, and what rests on tokens is left out where they are not counted alike.

use std::collections::BTreeMap;

use super::file::{LaneEvidence, RoundFigures};
use crate::findings::money::TokenMix;
use speed_kings_catalog::Price;
use speed_kings_core::race::lane::Lane;
use speed_kings_core::race::setup::Contestant;
use speed_kings_core::race::timing::{LaneTiming, cost_usd, counted};
use speed_kings_core::race::verdict::Metric;
use speed_kings_session::bench::is_ok;
use speed_kings_session::bench::saved::LaneResult;

/// `lane` with figures only in the runs that are `fits`.
pub(super) fn only(lane: &LaneResult, fits: &[bool]) -> LaneResult {
    let mut lane = lane.clone();
    lane.runs.iter_mut().zip(fits).for_each(|(run, fits)| run.figures.ok &= fits);
    lane
}

pub(super) fn rounds_of(lane: &LaneResult, price: Option<&Price>) -> Vec<RoundFigures> {
    let mut rounds: BTreeMap<u32, RoundFigures> = BTreeMap::new();
    for metric in Metric::ALL {
        for (number, value) in lane.by_round(metric) {
            rounds.entry(number).or_default().figures.push((metric, value));
        }
    }
    let tokens = lane.tokens_by_round();
    let days = lane.days_by_round();
    let began = lane.began_by_round();
    let round = |(number, mut round): (u32, RoundFigures)| {
        let tokens = tokens.get(&number).map(|[input, cached, output]| TokenMix {
            input: *input,
            cached: *cached,
            output: *output,
        });
        // What was paid then is not what it costs now.
        if let Some((mix, price)) = tokens.zip(price) {
            round.figures.retain(|(metric, _)| *metric != Metric::Cost);
            round.figures.push((Metric::Cost, mix.cost(price)));
        }
        RoundFigures { number, tokens, day: days.get(&number).cloned(), began: began.get(&number).copied(), ..round }
    };
    rounds.into_iter().map(round).collect()
}

/// The one round of a recorded race, if it brought figures.
pub(super) fn round_of(contestant: &Contestant, lane: &Lane) -> Option<RoundFigures> {
    let (timing, cost) = (LaneTiming::of(lane), cost_usd(lane, contestant));
    #[expect(clippy::cast_precision_loss, reason = "token counts are far below 2^52")]
    let tokens = counted(lane).map(|(input, output)| TokenMix {
        input: input as f64,
        cached: lane.usage.and_then(|usage| usage.cached).unwrap_or(0) as f64,
        output: output as f64,
    });
    let figure = |metric: Metric| Some((metric, metric.figure(&timing, cost)?));
    is_ok(lane).then(|| RoundFigures {
        number: 1,
        day: None,
        began: None,
        figures: Metric::ALL.into_iter().filter_map(figure).collect(),
        tokens,
    })
}

/// Takes out what rests on tokens where they are not counted alike, for this reason.
pub(super) fn without_tokens(lanes: &mut [LaneEvidence], why: &str) {
    for lane in lanes.iter_mut() {
        let why = if why.is_empty() { "not counted alike" } else { why };
        lane.not_alike = Some(why.to_owned());
    }
    for round in lanes.iter_mut().flat_map(|lane| &mut lane.rounds) {
        round.figures.retain(|(metric, _)| !metric.rests_on_tokens());
        round.tokens = None;
    }
}
