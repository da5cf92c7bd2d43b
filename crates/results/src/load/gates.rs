//! Gates on the levels of a load: a condition held against every level that it is about, by values of parts of its steady time.

use super::file::{LoadFile, LoadLevel};
use super::offered::offered;
use super::parts::{LevelParts, fewest};
use super::search::highest;
use super::slo::{HELD_SHARE, ServiceLevel};
use crate::gate::{
    FigureLimit, GateCall, GateCheck, GateCondition, GateFinding, GateReport, LimitedFigure, WrongFigure, call,
    error_of, needs, range, stat_name,
};
use speed_kings_core::format;
use speed_kings_core::race::verdict::Metric;
use speed_kings_core::stats::bounds::{clustered_share_bounds, quantile_bounds};
use speed_kings_core::stats::interval::ConfidenceInterval;
use speed_kings_core::stats::quantile;
use speed_kings_core::time::Period;
use speed_kings_session::load::LoadRequest;

/// Why a condition can't be about the levels of a load.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum LevelGateError {
    /// It compares with earlier results.
    #[error(
        "'{0}': loads by levels are not compared with earlier ones; give the figure a limit, for example 'ttft_ms.p95@8>400'"
    )]
    Baseline(String),
    /// A figure that requests of a load don't have.
    #[error(
        "'{0}': {1} is not kept of the requests of a load; there are ttft_ms, total_ms, output_tok_s, gaps_p95_ms, cost_usd, load_tok_s, \
         error_rate, and with --slo goodput, objective and max_load"
    )]
    Figure(String, &'static str),
    /// A figure that needs an objective.
    #[error("'{0}' needs an objective: add --slo, for example --slo 'ttft<500ms,tok_s>30'")]
    NoObjective(String),
    /// The highest load is of all levels.
    #[error("'{0}': the highest load is of all levels, so it has no @{1}")]
    OfAll(String, String),
    /// A level that nobody asked for.
    #[error("'{0}': there is no level {1}; there are {2}")]
    NoLevel(String, String, String),
}

/// Whether `condition` can be held against a load of these `levels`, with an objective or without.
///
/// # Errors
/// When it can't.
pub fn check_level_gate(condition: &GateCondition, levels: &[f64], objective: bool) -> Result<(), LevelGateError> {
    let text = || condition.to_string();
    if condition.wants_baseline() {
        return Err(LevelGateError::Baseline(text()));
    }
    match condition.figure {
        LimitedFigure::Run(Metric::Ttft | Metric::Total | Metric::OutputSpeed | Metric::GapsP95 | Metric::Cost)
        | LimitedFigure::LoadSpeed
        | LimitedFigure::ErrorRate => {}
        LimitedFigure::Run(metric) => return Err(LevelGateError::Figure(text(), metric.title())),
        _ if !objective => return Err(LevelGateError::NoObjective(text())),
        _ => {}
    }
    let Some(level) = condition.level else { return Ok(()) };
    if condition.figure == LimitedFigure::MaxLoad {
        return Err(LevelGateError::OfAll(text(), format::amount(level)));
    }
    if levels.iter().any(|one| is_level(*one, level)) {
        return Ok(());
    }
    let there = levels.iter().map(|level| format::amount(*level)).collect::<Vec<_>>().join(", ");
    Err(LevelGateError::NoLevel(text(), format::amount(level), there))
}

/// Holds `conditions` against the levels of `file`.
#[must_use]
pub fn judge_levels(conditions: &[GateCondition], file: &LoadFile) -> GateReport {
    let about: Vec<_> = conditions.iter().flat_map(|condition| subjects(condition, file)).collect();
    let error = error_of(about.len());
    let checks = about.into_iter().map(|subject| subject.check(file, error)).collect();
    GateReport { error, checks }
}

/// A condition with what it is held against: one level of a contestant, or all of them.
struct GateSubject<'a> {
    condition: &'a GateCondition,
    contestant: usize,
    level: Option<&'a LoadLevel>,
}

fn subjects<'a>(condition: &'a GateCondition, file: &'a LoadFile) -> Vec<GateSubject<'a>> {
    let contestants = file.contestants.iter().enumerate().filter(|(_, one)| condition.is_of(one));
    let subjects = contestants.flat_map(|(contestant, _)| {
        let subject = |level| GateSubject { condition, contestant, level };
        if condition.figure == LimitedFigure::MaxLoad {
            return vec![subject(None)];
        }
        let wanted = |level: &&LoadLevel| condition.level.is_none_or(|wanted| is_level(level.amount(), wanted));
        let levels: Vec<_> =
            file.levels_of(contestant).into_iter().filter(wanted).map(|one| subject(Some(one))).collect();
        // A level that was not come to leaves the gate undecided, and never out.
        if levels.is_empty() { vec![subject(None)] } else { levels }
    });
    subjects.collect()
}

fn is_level(level: f64, wanted: f64) -> bool {
    (level - wanted).abs() < 1e-9
}

impl GateSubject<'_> {
    fn check(&self, file: &LoadFile, error: f64) -> GateCheck {
        let who = file.contestants.get(self.contestant).cloned().unwrap_or_default();
        let finding = match (self.condition.wrong, self.level) {
            (WrongFigure::Worse(_), _) => GateFinding::without("loads are not compared with earlier ones"),
            (WrongFigure::Under(limit), level) => self.finding(file, level, limit, true, error),
            (WrongFigure::Over(limit), level) => self.finding(file, level, limit, false, error),
        };
        GateCheck {
            results: file.title(),
            lane: self.contestant,
            contestant: who.name,
            provider: who.provider,
            model: who.model,
            simulated: who.simulated,
            level: self.level.map(|level| offered(level.load())),
            condition: self.condition.to_string(),
            finding,
        }
    }

    fn finding(
        &self,
        file: &LoadFile,
        level: Option<&LoadLevel>,
        limit: FigureLimit,
        under: bool,
        error: f64,
    ) -> GateFinding {
        let figure = self.condition.figure;
        if figure == LimitedFigure::MaxLoad {
            return max_load(file, self.contestant, limit, under, error);
        }
        let Some(level) = level else { return GateFinding::without("that level was not run") };
        if let Some(why) = level.incomplete() {
            return GateFinding::without(format!("that level is incomplete: {why}"));
        }
        if let Some(why) = &level.figures.client_limit {
            return GateFinding::without(format!("this program was the limit there, and not the server: {why}"));
        }
        let slo = file.slo.as_ref().and_then(|slo| slo.parse::<ServiceLevel>().ok());
        let per_part = if matches!(figure, LimitedFigure::Run(_)) { fewest(limit.share) } else { 1 };
        let parts = match LevelParts::of(file, level, per_part) {
            Ok(parts) => parts,
            Err(why) => return GateFinding::without(format!("too short a level to tell: {why}")),
        };
        let met = |request: &LoadRequest| slo.as_ref().and_then(|slo| slo.met(request));
        match figure {
            LimitedFigure::ErrorRate => share(&parts.shares(|one| Some(!one.ok)), figure, limit, under, error),
            LimitedFigure::Availability => share(&parts.shares(|one| Some(one.ok)), figure, limit, under, error),
            LimitedFigure::Objective => share(&parts.shares(met), figure, limit, under, error),
            LimitedFigure::Goodput => {
                of_parts(&parts, &parts.rates(|one| met(one) == Some(true)), figure, limit, under, error)
            }
            LimitedFigure::LoadSpeed => of_parts(&parts, &parts.speeds(level), figure, limit, under, error),
            LimitedFigure::Run(metric) => of_parts(
                &parts,
                &parts.quantiles(limit.share, |one| of_request(one, metric)),
                figure,
                limit,
                under,
                error,
            ),
            LimitedFigure::MaxLoad => GateFinding::without("it is of all levels"),
        }
    }
}

fn of_request(request: &LoadRequest, metric: Metric) -> Option<f64> {
    let figure = match metric {
        Metric::Ttft => request.ttft_ms,
        Metric::Total => request.total_ms,
        Metric::OutputSpeed => request.output_tok_s,
        Metric::GapsP95 => request.gaps_p95_ms,
        Metric::Cost => request.cost_usd,
        _ => None,
    };
    figure.filter(|_| request.ok)
}

/// A value of each part: the middle one of them decides.
fn of_parts(
    parts: &LevelParts<'_>,
    values: &[f64],
    figure: LimitedFigure,
    limit: FigureLimit,
    under: bool,
    error: f64,
) -> GateFinding {
    let (all, needed) = (parts.requests.len(), needs(0.5, error, under));
    let each = format!("parts of {}", Period::from_secs_f64(parts.each_s));
    if values.len() < needed {
        let said = format!(
            "too few parts to tell: {needed} {each} are needed at least, and {} of {all} have the figure",
            values.len()
        );
        return GateFinding { runs: values.len(), needed: Some(needed), said, ..GateFinding::without("") };
    }
    let bounds = quantile_bounds(values, 0.5, error);
    let value = quantile(values, 0.5);
    let call = call(bounds, limit, under);
    let name = match figure {
        LimitedFigure::Run(_) => format!("{} of {}", stat_name(limit.share), figure.title()),
        figure => figure.title().to_owned(),
    };
    let shown = value.map(|value| figure.shown(value)).unwrap_or_default();
    let few = if call == GateCall::Undecided { "too few parts to tell: " } else { "" };
    let said = format!("{few}{name} {shown}, {} (median of {} {each})", range(figure, bounds), values.len());
    GateFinding { call, figure: value, bounds: Some(bounds), runs: values.len(), needed: None, said }
}

/// A share of requests, with an interval that is as wide as its parts differ.
fn share(parts: &[(usize, usize)], figure: LimitedFigure, limit: FigureLimit, under: bool, error: f64) -> GateFinding {
    let (hits, all) = parts.iter().fold((0, 0), |(hits, all), part| (hits + part.0, all + part.1));
    if all == 0 {
        return GateFinding::without("of no request it is known");
    }
    let bounds = clustered_share_bounds(parts, error);
    let call = call(bounds, limit, under);
    #[expect(clippy::cast_precision_loss, reason = "nobody makes 2^52 requests")]
    let value = hits as f64 / all as f64;
    let few = if call == GateCall::Undecided { "too few requests to tell: " } else { "" };
    let said = format!(
        "{few}{} {}, {} ({hits} of {all} requests)",
        figure.title(),
        figure.shown(value),
        range(figure, bounds)
    );
    GateFinding { call, figure: Some(value), bounds: Some(bounds), runs: all, needed: None, said }
}

/// The highest load that holds the objective: beyond the limit where a level there is shown to hold it, within where all of
/// those that were run there are shown not to.
fn max_load(file: &LoadFile, contestant: usize, limit: FigureLimit, under: bool, error: f64) -> GateFinding {
    let levels = file.levels_of(contestant);
    let done: Vec<_> = levels.iter().map(|level| level.done()).collect();
    let held = highest(&done).map(speed_kings_session::load::OfferedLoad::amount);
    let slo = file.slo.as_ref().and_then(|slo| slo.parse::<ServiceLevel>().ok());
    let beyond = |level: &&&LoadLevel| match (under, limit.inclusive) {
        (true, false) | (false, true) => level.amount() >= limit.limit,
        (true, true) | (false, false) => level.amount() > limit.limit,
    };
    let holds = |level: &LoadLevel| {
        let parts = LevelParts::of(file, level, 1).ok().filter(|_| level.incomplete().is_none())?;
        let own = level.figures.client_limit.is_some();
        let ConfidenceInterval { low, high } =
            clustered_share_bounds(&parts.shares(|one| slo.as_ref().and_then(|slo| slo.met(one))), error);
        let shown = if low >= HELD_SHARE { Some(true) } else { (high < HELD_SHARE).then_some(false) };
        // What this program kept from a server is not the server's.
        shown.filter(|shown| *shown || !own)
    };
    let told: Vec<Option<bool>> = levels.iter().filter(beyond).map(|level| holds(level)).collect();
    let reached = told.contains(&Some(true));
    let short = !told.is_empty() && told.iter().all(|held| *held == Some(false));
    let call = match (under, reached, short) {
        (true, true, _) | (false, _, true) => GateCall::Passed,
        (true, _, true) | (false, true, _) => GateCall::Failed,
        _ => GateCall::Undecided,
    };
    let figure = LimitedFigure::MaxLoad;
    let held_words = held.map_or_else(
        || "the objective holds at no level".to_owned(),
        |load| format!("the objective holds up to {}", figure.shown(load)),
    );
    let why = match (call, told.is_empty()) {
        (GateCall::Undecided, true) => {
            format!("no figure: no level of {} or more was run; ", figure.shown(limit.limit))
        }
        (GateCall::Undecided, false) => "too few requests to tell: ".to_owned(),
        _ => String::new(),
    };
    GateFinding { call, figure: held, bounds: None, runs: told.len(), needed: None, said: format!("{why}{held_words}") }
}
