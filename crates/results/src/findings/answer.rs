//! What the evidence says to a question: yes, no, or not enough to tell, with the factor and what it rests on.
//! Nothing is answered by a point estimate or by a single day: an interval over three days or more decides, and one that
//! spans the line leaves a question open.

mod growth;
mod hypothesis;
mod result;
mod scope;
mod tally;
mod words;

use self::growth::growth;
pub use self::hypothesis::HypothesisResult;
pub use self::result::QuestionAnswer;
use self::scope::MatchupScope;
pub use self::tally::ExpectationTally;
pub(super) use self::words::{NO_SIZES, NOT_COVERED};
use self::words::{in_words, kinds, more_days, told};
use super::matchup::{ContestantMatchup, MeasuredLead, on_days, together, weighted};
use super::ranking::of_providers;
use speed_kings_catalog::{Catalog, Hardware, QuestionKind};
use speed_kings_core::format;
use speed_kings_core::race::verdict::Metric;
use speed_kings_core::stats::compare::{COMPUTED_LEVEL, ConfidenceInterval, MIN_PAIRS};
use speed_kings_core::stats::days::{self, FEWEST_DAYS, over_days};
use speed_kings_core::stats::meta::{FactorEstimate, LogEffect};

/// What `matchups` say to `ask`, among those that a phase of `group` plans, or all of them. Growth needs models of several
/// sizes, so it always looks at all.
#[must_use]
pub fn answer(
    catalog: &Catalog,
    matchups: &[ContestantMatchup],
    ask: &QuestionKind,
    group: Option<&str>,
) -> QuestionAnswer {
    let scope = MatchupScope { catalog, matchups, group };
    match ask {
        QuestionKind::Lead { of, over, by, between } => {
            lead(&scope, of, over, &LeadQuestion { by: *by, between: *between, among: 1 })
        }
        QuestionKind::Order { of, by } => order(&scope, of, *by),
        QuestionKind::Growth { of, over, by } => growth(&MatchupScope { group: None, ..scope }, of, over, *by),
        QuestionKind::Best { by } => best(&scope, *by),
    }
}

/// What is asked of a lead.
struct LeadQuestion {
    /// The metric in which somebody leads.
    by: Metric,
    /// From what factor to what other one; any lead will do without it.
    between: Option<(f64, f64)>,
    /// One of so many leads, each of which alone can refute what is asked.
    among: u32,
}

impl LeadQuestion {
    fn holds(&self, range: ConfidenceInterval) -> HypothesisResult {
        match self.between {
            None if range.low > 1.0 => HypothesisResult::Yes,
            None if range.high < 1.0 => HypothesisResult::No,
            Some((from, to)) if range.low >= from && range.high <= to => HypothesisResult::Yes,
            Some((from, to)) if range.high < from || range.low > to => HypothesisResult::No,
            _ => HypothesisResult::Open,
        }
    }

    /// What `leads` show over their days at a level that leaves one false claim among so many tests as rare as in one.
    fn among(&self, leads: &[&MeasuredLead], tests: u32) -> HypothesisResult {
        let level = 1.0 - (1.0 - COMPUTED_LEVEL) / f64::from(tests.max(1));
        over_days(&weighted(leads), level).map_or(HypothesisResult::Open, |over| self.holds(over.interval))
    }
}

fn lead(scope: &MatchupScope<'_>, of: &[Hardware], over: &[Hardware], asked: &LeadQuestion) -> QuestionAnswer {
    let found = scope.leads(of, over, asked.by);
    let leads: Vec<&MeasuredLead> = found.iter().map(|(_, lead)| lead).collect();
    let Some(estimate) = together(&leads) else { return QuestionAnswer::open(scope.nothing(of, over, asked.by)) };
    let days = days::count(leads.iter().flat_map(|lead| &lead.series));
    let (sides, on) = scope.measured(&found, of);
    let words = |told: String| format!("{sides}: {told}, {on}, {}", on_days(days));
    let numbers: Vec<usize> = found.iter().map(|(number, _)| *number).collect();
    if days < FEWEST_DAYS {
        let words = words(told(&estimate, asked.by));
        return QuestionAnswer {
            words: format!("{words}; {}", more_days(days)),
            matchups: numbers,
            ..QuestionAnswer::open("")
        };
    }
    let each: Vec<(String, HypothesisResult, usize)> =
        found.iter().map(|(number, lead)| (scope.named(*number, of), side(asked, lead), lead.days())).collect();
    let holds = match asked.holds(estimate.interval) {
        HypothesisResult::No if asked.among > 1 && asked.among(&leads, asked.among) != HypothesisResult::No => {
            HypothesisResult::Open
        }
        HypothesisResult::Open if is_mixed(asked, &leads) => HypothesisResult::Mixed,
        holds => holds,
    };
    let tally = ExpectationTally::of(holds, &each);
    let why = if holds == HypothesisResult::Open { unclear(asked, &leads, &estimate) } else { "" };
    let words = words(match holds {
        // It is not close, only not the same for all.
        HypothesisResult::Mixed => format!("{} in {} in the mean", format::estimate(&estimate), in_words(asked.by)),
        _ => told(&estimate, asked.by),
    });
    QuestionAnswer { holds, tally, words: format!("{words}{why}"), matchups: numbers }
}

/// What a single lead shows.
fn side(asked: &LeadQuestion, lead: &MeasuredLead) -> HypothesisResult {
    lead.comparison.interval.map_or(HypothesisResult::Open, |interval| asked.holds(interval))
}

/// Whether some of `leads` clearly are as asked and others clearly are not, even among so many.
fn is_mixed(asked: &LeadQuestion, leads: &[&MeasuredLead]) -> bool {
    let tests = u32::try_from(leads.len()).unwrap_or(u32::MAX);
    let clear = |side: HypothesisResult| {
        leads.iter().any(|lead| lead.days() >= FEWEST_DAYS && asked.among(&[lead], tests) == side)
    };
    clear(HypothesisResult::Yes) && clear(HypothesisResult::No)
}

/// Why an interval says neither: how much the days differ, how much the comparisons do, or nothing in particular.
fn unclear(asked: &LeadQuestion, leads: &[&MeasuredLead], all: &FactorEstimate) -> &'static str {
    let days = asked.among(leads, 1);
    match (days, all.comparisons) {
        (HypothesisResult::Yes | HypothesisResult::No, 2..) => "; the comparisons differ too much",
        (HypothesisResult::Open, _) if every_day(asked, leads) => "; the days differ too much",
        _ => "",
    }
}

/// Whether each day of each lead lies on the same side.
fn every_day(asked: &LeadQuestion, leads: &[&MeasuredLead]) -> bool {
    let of_day = |log: &f64| asked.holds(ConfidenceInterval { low: log.exp(), high: log.exp() });
    let days: Vec<HypothesisResult> =
        leads.iter().flat_map(|lead| &lead.series).flat_map(|days| days.values().map(of_day)).collect();
    days.windows(2).all(|two| matches!(two, [a, b] if a == b))
}

fn order(scope: &MatchupScope<'_>, of: &[Hardware], by: Metric) -> QuestionAnswer {
    let among = u32::try_from(of.len().saturating_sub(1)).unwrap_or(u32::MAX);
    let steps: Vec<(String, QuestionAnswer)> = of
        .windows(2)
        .filter_map(|pair| pair.split_first())
        .map(|(first, rest)| {
            let name = format!("{} over {}", first.badge(), kinds(rest));
            let step = lead(scope, std::slice::from_ref(first), rest, &LeadQuestion { by, between: None, among });
            (name, step)
        })
        .collect();
    let all = |wanted: HypothesisResult| !steps.is_empty() && steps.iter().all(|(_, step)| step.holds == wanted);
    let any = |wanted: HypothesisResult| steps.iter().any(|(_, step)| step.holds == wanted);
    let holds = match () {
        () if any(HypothesisResult::No) => HypothesisResult::No,
        () if all(HypothesisResult::Yes) => HypothesisResult::Yes,
        () if any(HypothesisResult::Mixed) => HypothesisResult::Mixed,
        () => HypothesisResult::Open,
    };
    let words: Vec<String> = steps
        .iter()
        .map(|(name, step)| {
            let words = match step.matchups.as_slice() {
                [] => format!("{name}: {}", step.words),
                _ => step.words.clone(),
            };
            step.tally.as_ref().map_or(words.clone(), |tally| format!("{words}, {}", tally.words("so", "not so")))
        })
        .collect();
    let each: Vec<(String, HypothesisResult, usize)> =
        steps.iter().map(|(name, step)| (name.clone(), step.holds, FEWEST_DAYS)).collect();
    QuestionAnswer {
        holds,
        // A single step that is the other way round refutes an order, whatever the others are.
        tally: ExpectationTally::of(
            if holds == HypothesisResult::No { HypothesisResult::Mixed } else { HypothesisResult::Open },
            &each,
        ),
        words: words.join("; "),
        matchups: steps.iter().flat_map(|(_, step)| step.matchups.clone()).collect(),
    }
}

fn best(scope: &MatchupScope<'_>, by: Metric) -> QuestionAnswer {
    let inside: Vec<(usize, &ContestantMatchup)> = scope
        .matchups
        .iter()
        .enumerate()
        .filter(|(_, matchup)| scope.holds(matchup) && matchup.lead(by).is_some())
        .collect();
    let matchups: Vec<ContestantMatchup> = inside.iter().map(|(_, matchup)| (*matchup).clone()).collect();
    let numbers = inside.iter().filter(|(_, matchup)| of_duel(matchup, by)).map(|(number, _)| *number).collect();
    let standings = of_providers(&matchups, by);
    let Some(part) = standings.first() else {
        let most = matchups.iter().map(ContestantMatchup::pairs).max();
        return QuestionAnswer::open(most.map_or_else(
            || NOT_COVERED.to_owned(),
            |pairs| format!("too few runs: {pairs} of {MIN_PAIRS} pairs at most"),
        ));
    };
    let on = on_days(part.days);
    let words = match (part.places.as_slice(), part.circles.first()) {
        ([first, ..], Some(circle)) if first.rank.is_none() => format!("no one is first: {circle}, {on}"),
        ([first, second, ..], _) => match second.behind {
            Some(behind) if behind.interval.low > 1.0 => {
                format!("{}, {} ahead of {}, {on}", first.name, format::estimate(&behind), second.name)
            }
            Some(behind) => {
                format!("{} or {}: too close to call, {}, {on}", first.name, second.name, format::estimate(&behind))
            }
            None => return QuestionAnswer::open(NOT_COVERED),
        },
        _ => return QuestionAnswer::open(NOT_COVERED),
    };
    let clear = part.places.get(1).and_then(|second| second.behind).is_some_and(|behind| behind.interval.low > 1.0);
    let first = part.places.first().is_some_and(|first| first.rank.is_some());
    let (holds, words) = match part.days {
        days if days < FEWEST_DAYS => (HypothesisResult::Open, format!("{words}; {}", more_days(days))),
        _ if clear && first => (HypothesisResult::Yes, words),
        _ => (HypothesisResult::Open, words),
    };
    QuestionAnswer { holds, tally: None, words, matchups: numbers }
}

/// Whether `matchup` has one.
fn of_duel(matchup: &ContestantMatchup, by: Metric) -> bool {
    matchup.lead(by).is_some_and(|lead| LogEffect::of(&lead).is_some())
}
