//! How fast a provider is on models of several sizes: the exponent of its speed against their parameters, day by day.
//! Only answers to one question are held against each other, and a day is one sample, as everywhere here.

use std::collections::{BTreeMap, BTreeSet};

use super::evidence::{EvidenceFile, QuestionKey, name_of};
use speed_kings_catalog::Catalog;
use speed_kings_core::race::verdict::Metric;
use speed_kings_core::stats::days::FEWEST_DAYS;
use speed_kings_core::stats::interval::ConfidenceInterval;
use speed_kings_core::stats::median;
use speed_kings_core::stats::power_law::{over_days, slope};

/// How the speed of one provider goes with the size of its models.
#[derive(Clone, PartialEq, Debug)]
pub struct ProviderScaling {
    /// What people call the provider.
    pub name: String,
    /// The name of the prompt that all models were asked.
    pub prompt: String,
    /// Each model with its parameters in billions and its median speed over all days, in tokens per second.
    pub models: Vec<(String, f64, f64)>,
    /// Speed goes with parameters to this power; −1 halves the speed at twice the size.
    pub exponent: f64,
    /// Its 95 % interval: over days from three on, else over sizes from three on.
    pub interval: Option<ConfidenceInterval>,
    /// Days on which at least two sizes were measured.
    pub days: usize,
}

impl ProviderScaling {
    /// Whether it was measured on days enough to say something of other days.
    #[must_use]
    pub const fn is_over_days(&self) -> bool {
        self.days >= FEWEST_DAYS
    }
}

/// Speeds of one provider under one question: by day, by model, of each round.
type SpeedsByDay = BTreeMap<Option<String>, BTreeMap<String, Vec<f64>>>;

/// Every provider that was measured on models of two sizes on one day, under one question.
#[must_use]
pub fn scaling(catalog: &Catalog, evidence: &[EvidenceFile]) -> Vec<ProviderScaling> {
    let mut all: BTreeMap<(&str, &QuestionKey), (&str, SpeedsByDay)> = BTreeMap::new();
    for file in evidence {
        for lane in file.lanes.iter().filter(|lane| billions(catalog, &lane.model).is_some()) {
            let (_, days) =
                all.entry((&lane.provider, &file.asked)).or_insert_with(|| (&lane.name, SpeedsByDay::new()));
            for round in &lane.rounds {
                let day = round.day.clone().or_else(|| file.day());
                let speed = round.figure(Metric::OutputSpeed).filter(|speed| *speed > 0.0);
                days.entry(day).or_default().entry(lane.model.clone()).or_default().extend(speed);
            }
        }
    }
    let told = all
        .into_iter()
        .filter_map(|((id, asked), (name, days))| of_days(catalog, &name_of(catalog, id, name), &asked.name, &days));
    told.collect()
}

fn of_days(catalog: &Catalog, name: &str, prompt: &str, days: &SpeedsByDay) -> Option<ProviderScaling> {
    let of_day = |models: &BTreeMap<String, Vec<f64>>| slope(&points(catalog, models)).map(|fit| fit.exponent);
    let exponents: Vec<f64> = days.values().filter_map(of_day).collect();
    let mut together: BTreeMap<String, Vec<f64>> = BTreeMap::new();
    for (model, speeds) in days.values().filter(|models| of_day(models).is_some()).flatten() {
        together.entry(model.clone()).or_default().extend(speeds);
    }
    let whole = slope(&points(catalog, &together))?;
    let (exponent, interval) = match over_days(&exponents)? {
        (mean, interval @ Some(_)) => (mean, interval),
        // Too few days for an interval of theirs: that of the sizes, which speaks for these days alone.
        (mean, None) if exponents.len() > 1 => (mean, None),
        _ => (whole.exponent, whole.interval),
    };
    let models = together.iter().filter_map(|(model, speeds)| {
        let known = catalog.model(model).ok()?;
        Some((known.name.clone(), known.billions?, median(speeds.iter().copied())?))
    });
    let mut models: Vec<(String, f64, f64)> = models.collect();
    models.sort_by(|one, other| one.1.total_cmp(&other.1));
    Some(ProviderScaling {
        name: name.to_owned(),
        prompt: prompt.to_owned(),
        models,
        exponent,
        interval,
        days: exponents.len(),
    })
}

/// The logarithms of size and speed, a point for each size.
fn points(catalog: &Catalog, models: &BTreeMap<String, Vec<f64>>) -> Vec<(f64, f64)> {
    let point = |(model, speeds): (&String, &Vec<f64>)| {
        Some((billions(catalog, model)?.ln(), median(speeds.iter().copied()).filter(|speed| *speed > 0.0)?.ln()))
    };
    let points: Vec<(f64, f64)> = models.iter().filter_map(point).collect();
    // Two models of one size are one size.
    let sizes: BTreeSet<u64> = points.iter().map(|point| point.0.to_bits()).collect();
    if sizes.len() > 1 { points } else { Vec::new() }
}

fn billions(catalog: &Catalog, model: &str) -> Option<f64> {
    catalog.model(model).ok()?.billions.filter(|billions| *billions > 0.0)
}
