//! Evidence that nobody measured, of providers whose true speeds are known: what the findings are calibrated on.
//! Each day has its effect on each provider, the same in all of the day's runs, and each run its noise.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::Timestamp;

use super::answer::{HypothesisResult, answer};
use super::evidence::{EvidenceFile, LaneEvidence, QuestionKey, RoundFigures};
use super::matchup::matchups;
use speed_kings_catalog::{Catalog, Phase, Provider};
use speed_kings_core::race::verdict::Metric;
use speed_kings_core::stats::simulate::{RunNoise, normal};

/// The length of a day in seconds.
const DAY: u64 = 24 * 60 * 60;
/// The day from which everything is counted: 2024-10-04.
const FIRST: u64 = 20_000;
/// TTFT of everybody in ms.
const TTFT: f64 = 200.0;

/// The true output speed of a provider on a model of so many billions of parameters.
pub type TrueSpeed = fn(&Provider, f64) -> f64;

/// Results of every phase of a plan, on several days.
#[derive(Clone, Copy, Debug)]
pub struct PlantedWorld<'a> {
    /// The catalogue whose plan is run.
    pub catalog: &'a Catalog,
    /// On how many days each phase is run.
    pub days: u32,
    /// How often each contestant runs on each of them.
    pub runs: u32,
    /// The standard deviation of a day's effect on the logarithm of a provider's figures: half of its variance is common to
    /// all models of the provider on that day, and half is each model's own.
    pub effect: f64,
    /// The output speed that each provider truly has.
    pub truth: TrueSpeed,
}

/// What a day does to somebody, by name and day.
type DayEffects = BTreeMap<(String, u32), f64>;

impl PlantedWorld<'_> {
    /// What would have been measured.
    #[must_use]
    pub fn evidence(&self, rng: &mut fastrand::Rng) -> Vec<EvidenceFile> {
        let mut effects = DayEffects::new();
        let phases: Vec<&Phase> = self.catalog.phases.iter().collect();
        let mut all = Vec::new();
        for day in 0..self.days {
            all.extend(phases.iter().filter_map(|phase| self.file(phase, day, &mut effects, rng)));
        }
        all
    }

    /// What the patterns of the plan come to on such evidence.
    #[must_use]
    pub fn patterns(&self, rng: &mut fastrand::Rng) -> Vec<HypothesisResult> {
        let matchups = matchups(self.catalog, &self.evidence(rng));
        let asks = self.catalog.patterns.iter().filter_map(|pattern| pattern.ask.as_ref());
        asks.map(|ask| answer(self.catalog, &matchups, ask, None).holds).collect()
    }

    fn file(&self, phase: &Phase, day: u32, effects: &mut DayEffects, rng: &mut fastrand::Rng) -> Option<EvidenceFile> {
        let billions = self.catalog.model(&phase.model).ok()?.billions?;
        let providers = phase.contestants.iter().map(|id| self.catalog.provider(id).ok());
        let lanes = providers.collect::<Option<Vec<_>>>()?.into_iter().map(|provider| {
            let mut effect = |what: &str, whose: String| {
                let half = self.effect * 0.5_f64.sqrt();
                *effects.entry((format!("{what} {whose}"), day)).or_insert_with(|| half * normal(rng))
            };
            let own = format!("{} {}", provider.id, phase.model);
            let speed = effect("speed", provider.id.clone()) + effect("speed", own.clone());
            let ttft = effect("ttft", provider.id.clone()) + effect("ttft", own);
            let truth = (self.truth)(provider, billions);
            LaneEvidence {
                provider: provider.id.clone(),
                name: provider.name.clone(),
                endpoint: None,
                model: phase.model.clone(),
                simulated: false,
                rounds: (1..=self.runs).map(|number| round(number, truth, [speed, ttft], rng)).collect(),
                failed: 0,
                not_alike: None,
                again: None,
                here: false,
                price: None,
            }
        });
        let lanes = lanes.collect();
        Some(EvidenceFile {
            file: format!("{}/{day}.json", phase.id),
            at: Some(Timestamp::UNIX_EPOCH + Duration::from_secs((FIRST + u64::from(day)) * DAY)),
            asked: QuestionKey::default(),
            unfair: Vec::new(),
            left_out: Vec::new(),
            phase: Some(phase.id.clone()),
            lanes,
        })
    }
}

fn round(number: u32, truth: f64, [speed, ttft]: [f64; 2], rng: &mut fastrand::Rng) -> RoundFigures {
    let tok_s = truth * (speed + RunNoise::Calm.draw(rng)).exp();
    let ttft = TTFT * (ttft + RunNoise::Calm.draw(rng)).exp();
    let figures = vec![(Metric::OutputSpeed, tok_s), (Metric::Ttft, ttft), (Metric::Total, ttft + 5e5 / tok_s)];
    RoundFigures { number, figures, ..RoundFigures::default() }
}
