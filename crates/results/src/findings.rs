//! What all results so far say: each question of the plan answered, or said to be open, with what the answer rests on.
//! Evidence comes in as data and findings go out as data; only [`evidence::read`] touches files.

pub mod answer;
pub mod evidence;
pub mod markdown;
pub mod matchup;
mod model;
pub mod money;
pub mod plan;
pub mod planted;
pub mod price_performance;
pub mod ranking;
pub mod recommend;
pub mod scaling;
pub mod watched;

use std::time::Duration;

use jiff::Timestamp;

use self::answer::{HypothesisResult, NO_SIZES, NOT_COVERED, QuestionAnswer, answer};
use self::evidence::EvidenceFile;
use self::matchup::{ContestantMatchup, matchups};
use self::plan::{BuiltinPlan, PlanPart};
use self::price_performance::{PricePerformance, offers};
use self::ranking::{ModelRanking, of_hardware, of_providers};
use self::scaling::{ProviderScaling, scaling};
use self::watched::WatchedOffer;
use speed_kings_catalog::{Catalog, Phase, Question, QuestionKind};
use speed_kings_core::race::verdict::Metric;

/// What counts as evidence, and how old it may be.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct FindingsOptions {
    /// Simulated results count too, and everything says so.
    pub simulated: bool,
    /// Results older than this are marked.
    pub max_age: Duration,
    /// The wall clock, from which age is counted.
    pub now: Timestamp,
}

/// A question with its answer.
#[derive(Clone, PartialEq, Debug)]
pub struct AnsweredQuestion {
    /// The group that asks, by its name; nothing for a pattern of the whole plan.
    pub group: Option<String>,
    /// The question in words, as the catalogue has it.
    pub question: String,
    /// It asks whether, so that yes or no is an answer.
    pub asks_whether: bool,
    /// It is of the plan that was compiled in, and not of a catalogue of one's own.
    pub built_in: bool,
    /// What the evidence says.
    pub answer: QuestionAnswer,
}

impl AnsweredQuestion {
    /// Whether nothing was measured on it yet.
    #[must_use]
    pub fn is_untouched(&self) -> bool {
        // An order is told step by step.
        let nothing = |step: &str| step.ends_with(NOT_COVERED) || step == NO_SIZES;
        self.answer.holds == HypothesisResult::Open && self.answer.words.split("; ").all(nothing)
    }
}

/// All findings, with the evidence that they rest on.
#[derive(Clone, PartialEq, Debug)]
pub struct Findings {
    /// What it was made with.
    pub options: FindingsOptions,
    /// The plan that was compiled in.
    pub plan: BuiltinPlan,
    /// What it rests on.
    pub evidence: Vec<EvidenceFile>,
    /// Simulated results that were left out.
    pub left_out: usize,
    /// Everybody who was compared, two at a time.
    pub matchups: Vec<ContestantMatchup>,
    /// The patterns that the whole plan expects.
    pub patterns: Vec<AnsweredQuestion>,
    /// The questions of the groups.
    pub questions: Vec<AnsweredQuestion>,
    /// Providers in order, by output speed.
    pub providers: Vec<ModelRanking>,
    /// Kinds of hardware in order, by output speed.
    pub hardware: Vec<ModelRanking>,
    /// How providers' speed goes with the size of their models.
    pub scaling: Vec<ProviderScaling>,
    /// Speed beside cost beside claims.
    pub offers: Vec<PricePerformance>,
    /// How often offers were up, by the logs of watches.
    pub watched: Vec<WatchedOffer>,
    /// The tool's own error in words, as it was measured last, for each way by which answers come; none when it never was.
    pub own_errors: Vec<String>,
}

impl Findings {
    /// What `evidence` says about the plan of `catalog`.
    #[must_use]
    pub fn of(catalog: &Catalog, evidence: Vec<EvidenceFile>, options: FindingsOptions) -> Self {
        let before = evidence.len();
        let evidence: Vec<EvidenceFile> =
            evidence.into_iter().filter(|evidence| options.simulated || !evidence.is_simulated()).collect();
        let matchups = matchups(catalog, &evidence);
        let plan = BuiltinPlan::read();
        let ask = |question: &Question, group: Option<(&str, &str)>, built_in: bool| {
            Some(AnsweredQuestion {
                group: group.map(|(_, name)| name.to_owned()),
                question: question.text.clone(),
                asks_whether: asks_whether(question),
                built_in,
                answer: answer(catalog, &matchups, question.ask.as_ref()?, group.map(|(id, _)| id)),
            })
        };
        let patterns =
            catalog.patterns.iter().filter_map(|pattern| ask(pattern, None, plan.has_pattern(pattern))).collect();
        let of_group = |group: &'_ speed_kings_catalog::PhaseGroup| {
            let (id, built_in) = ((group.id.as_str(), group.name.as_str()), plan.has_group(group));
            group.questions.iter().filter_map(|question| ask(question, Some(id), built_in)).collect::<Vec<_>>()
        };
        let questions = catalog.groups.iter().flat_map(of_group).collect();
        Self {
            options,
            plan,
            left_out: before - evidence.len(),
            patterns,
            questions,
            providers: of_providers(&matchups, Metric::OutputSpeed),
            hardware: of_hardware(&matchups, Metric::OutputSpeed),
            scaling: scaling(catalog, &evidence),
            offers: offers(catalog, &evidence, &matchups),
            matchups,
            evidence,
            watched: Vec::new(),
            own_errors: Vec::new(),
        }
    }

    /// Whether anything in it was simulated.
    #[must_use]
    pub fn is_simulated(&self) -> bool {
        self.evidence.iter().any(EvidenceFile::is_simulated) || self.watched.iter().any(|one| one.uptime.simulated)
    }

    /// How often an offer was up, by the logs of watches; of a simulation only where its evidence is simulated, too.
    #[must_use]
    pub fn watched_of(&self, id: &(String, String), simulated: bool) -> Option<&WatchedOffer> {
        self.watched.iter().find(|one| one.id == *id && one.uptime.simulated == simulated)
    }

    /// Whether `evidence` is older than it may be.
    #[must_use]
    pub fn is_stale(&self, evidence: &EvidenceFile) -> bool {
        let age = evidence.at.and_then(|at| Duration::try_from(self.options.now.duration_since(at)).ok());
        age.is_some_and(|age| age > self.options.max_age)
    }

    /// Whether `phase` has enough comparable runs of both contestants for a claim.
    #[must_use]
    pub fn is_complete(&self, phase: &Phase) -> bool {
        let enough =
            |matchup: &ContestantMatchup| matchup.lead(Metric::Total).is_some_and(|lead| lead.interval.is_some());
        self.matchups.iter().any(|matchup| matchup.is_phase(phase) && enough(matchup))
    }
}

impl Findings {
    /// Whether any of it is of a planned phase, or there is nothing at all to go by, neither results nor a plan of one's own: what
    /// was run otherwise is no part of a plan.
    #[must_use]
    pub fn is_of_plan(&self, catalog: &Catalog) -> bool {
        let part = |phase: &Phase| self.plan.part(phase);
        let planned = |id: &str| catalog.phase(id).is_ok_and(|phase| part(phase) == PlanPart::Planned);
        let nothing = self.evidence.is_empty() && self.watched.is_empty();
        nothing && !catalog.phases.iter().any(|phase| part(phase) == PlanPart::Own)
            || self.evidence.iter().any(|file| file.phase.as_deref().is_some_and(planned))
    }

    /// Whether somebody wants to know of `phase` that nothing was measured on it.
    #[must_use]
    pub fn is_expected(&self, catalog: &Catalog, phase: &Phase) -> bool {
        self.plan.part(phase) == PlanPart::Own || self.is_of_plan(catalog)
    }

    /// Those of `all` that say something, or would be missed: the plan's own only where the plan is what was run.
    #[must_use]
    pub fn shown<'a>(&self, catalog: &Catalog, all: &'a [AnsweredQuestion]) -> Vec<&'a AnsweredQuestion> {
        let of_plan = self.is_of_plan(catalog);
        all.iter().filter(|one| of_plan || !one.built_in || !one.is_untouched()).collect()
    }

    /// The phases that are complete, and all of them, of one part.
    #[must_use]
    pub fn progress(&self, catalog: &Catalog, part: PlanPart) -> (usize, usize) {
        let phases = catalog.phases.iter().filter(|phase| self.plan.part(phase) == part);
        phases.fold((0, 0), |(done, all), phase| (done + usize::from(self.is_complete(phase)), all + 1))
    }
}

/// Whether yes or no answers `question`, by its last clause: `Cloud against local: is the cloud faster?`.
fn asks_whether(question: &Question) -> bool {
    const WHETHER: [&str; 7] = ["is", "are", "does", "do", "can", "has", "will"];
    let clause = question.text.rsplit(':').next().unwrap_or_default();
    let first = clause.split_whitespace().next().unwrap_or_default().to_lowercase();
    !matches!(question.ask, Some(QuestionKind::Best { .. })) && WHETHER.contains(&first.as_str())
}

#[cfg(test)]
mod tests;
