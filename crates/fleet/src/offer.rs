//! What a runner offers: contestants of its own catalogue and of its owner's choice, by id. What an id stands for never leaves
//! the machine.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use speed_kings_catalog::{Catalog, CatalogPrompt, Provider};
use speed_kings_client::provider::RequestTimeouts;
use speed_kings_core::format;
use speed_kings_core::text::printable;
use speed_kings_session::bench::estimate::{CostEstimate, sum_usd};
use speed_kings_session::config::{
    self, ConfigError, ProcessEnv, RaceOptions, ResolvedProvider, ResolvedRace, default_model,
};

use crate::asks::PlannedAsks;
use crate::wire::{OfferedContestant, RacePlan, Refusal, RefusalKind, RunnerLimits};

/// Why a runner can't offer what its owner named.
#[derive(Debug, thiserror::Error)]
pub enum OfferError {
    /// The contestant can't be worked out.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// It has no id that a plan could name.
    #[error("'{0}' needs a name that directors can call it by: NAME={0}")]
    Nameless(String),
    /// It starts a program, which its owner has to release.
    #[error("'{0}' starts a program on this machine: add --allow-remote {0} if directors may have it started")]
    NotReleased(String),
    /// Released, and not there.
    #[error("--allow-remote {0}: no contestant is called so")]
    ReleasedNobody(String),
}

/// What stands behind an id.
#[derive(Clone, Debug)]
struct OfferedSpec {
    /// As it is written in `--providers`.
    spec: String,
    facts: OfferedContestant,
}

/// The contestants of a runner.
#[derive(Debug)]
pub struct RunnerOffer {
    specs: BTreeMap<String, OfferedSpec>,
    /// All of it is simulated.
    pub simulated: bool,
    /// Where the logs of engines are kept.
    pub engine_logs: Option<PathBuf>,
}

impl RunnerOffer {
    /// What `named` stands for, as in `--providers`; all of the catalogue that can be known to be there when nobody is named.
    /// Programs have to be `released` by their names.
    ///
    /// # Errors
    /// When a name leads nowhere, or to a program that is not released.
    pub fn of(
        catalog: &Catalog,
        env: &ProcessEnv<'_>,
        named: &[String],
        released: &[String],
        simulated: bool,
    ) -> Result<Self, OfferError> {
        let all: Vec<OfferedSpec> = if named.is_empty() {
            let allowed = |provider: &&Provider| provider.command.is_none() || released.contains(&provider.id);
            catalog
                .providers
                .iter()
                .filter(allowed)
                .filter_map(|one| of_catalogue(catalog, env, one, simulated))
                .collect()
        } else {
            named.iter().map(|spec| of_spec(catalog, env, spec, released, simulated)).collect::<Result<_, _>>()?
        };
        let specs: BTreeMap<String, OfferedSpec> = all.into_iter().map(|one| (one.facts.id.clone(), one)).collect();
        match released.iter().find(|id| !specs.contains_key(*id)) {
            Some(nobody) => Err(OfferError::ReleasedNobody(nobody.clone())),
            None => Ok(Self { specs, simulated, engine_logs: None }),
        }
    }

    /// What directors are told of them.
    #[must_use]
    pub fn facts(&self) -> Vec<OfferedContestant> {
        self.specs.values().map(|one| one.facts.clone()).collect()
    }

    /// The race that `plan` asks for, within `limits`.
    ///
    /// # Errors
    /// Why this runner does not run it.
    pub fn race(
        &self,
        catalog: &Catalog,
        env: &ProcessEnv<'_>,
        plan: &RacePlan,
        limits: &RunnerLimits,
    ) -> Result<ResolvedRace, Refusal> {
        if plan.lanes.is_empty() {
            return Err(RefusalKind::Unknown.because("the plan has no lane for this runner"));
        }
        limits.take_tokens(plan.max_tokens)?;
        let specs = plan.lanes.iter().map(|lane| match self.specs.get(&lane.contestant) {
            Some(offered) => Ok(offered.spec.clone()),
            None => Err(RefusalKind::Unknown.because(format!(
                "no contestant '{}' here: this runner offers {}",
                printable(&lane.contestant),
                self.specs.keys().map(String::as_str).collect::<Vec<_>>().join(", ")
            ))),
        });
        let providers = specs.collect::<Result<Vec<_>, _>>()?;
        // A model is named for each lane or for none: what nobody named is what the runner told of it.
        let models = plan.lanes.iter().map(|lane| {
            let usual = self.specs.get(&lane.contestant).and_then(|offered| offered.facts.model.clone());
            lane.model.clone().or(usual)
        });
        let models: Option<Vec<String>> = models.collect();
        let options = RaceOptions {
            providers,
            models: models.unwrap_or_default(),
            prompt: Some(plan.prompt.clone()),
            prompt_name: Some(plan.prompt_name.clone()),
            asked: Some(CatalogPrompt {
                id: plan.prompt_name.clone(),
                name: String::new(),
                text: plan.prompt.clone(),
                max_tokens: plan.max_tokens,
                expected_tokens: plan.expected_tokens.min(plan.max_tokens),
                temperature: plan.temperature,
                checks: Vec::new(),
            }),
            max_tokens: Some(plan.max_tokens),
            temperature: plan.temperature,
            seed: plan.seed,
            alone: true,
            simulate: self.simulated,
            allow_cache: plan.nonce.is_none(),
            timeouts: timeouts(plan.timeouts_ms, limits),
            no_reasoning: plan.no_reasoning,
            no_retry: plan.no_retry,
            engine_logs: self.engine_logs.clone(),
            ..RaceOptions::default()
        };
        let mut race = config::plan(catalog, env, &options).map_err(|error| refused(&error))?;
        race.setup.phase = plan.phase.clone().map(Into::into);
        race.setup.settings.nonce.clone_from(&plan.nonce);
        race.ask_anew();
        self.within_cost(&race, &PlannedAsks::default(), 1, limits)?;
        Ok(race)
    }

    /// Whether so many `requests` of each contestant of `race`, which ask that or what `asks` says, stay within the limit of cost.
    ///
    /// # Errors
    /// When they may not, or nobody knows.
    pub(crate) fn within_cost(
        &self,
        race: &ResolvedRace,
        asks: &PlannedAsks,
        requests: u32,
        limits: &RunnerLimits,
    ) -> Result<(), Refusal> {
        if self.simulated {
            return Ok(());
        }
        let cap = race.setup.settings.max_tokens.unwrap_or(limits.tokens);
        let (bytes, tokens) = asks.mean(race.setup.prompt_text().len(), cap);
        let costs = race
            .setup
            .contestants
            .iter()
            .map(|one| CostEstimate::sized(bytes, tokens, requests, one.price.as_ref()).asked_of(one).cost_usd);
        // Without a price nobody can say that it is within the limit.
        match sum_usd(costs) {
            Some(cost) if cost <= limits.cost_usd => Ok(()),
            Some(cost) => Err(RefusalKind::Limit.because(format!(
                "it may cost {}, and this runner's limit is {}",
                format::usd(Some(cost)),
                format::usd(Some(limits.cost_usd))
            ))),
            None => Err(RefusalKind::Limit.because(
                "this runner knows no price for a contestant, so that it can't hold its limit of cost; its catalogue can name one",
            )),
        }
    }
}

/// What a director is told of `error`: all of it where it is about keys, models and the prompt, which are its business, and nothing
/// but that it failed where a path, an address or a command could stand in it.
fn refused(error: &ConfigError) -> Refusal {
    match error {
        ConfigError::NoKey { .. }
        | ConfigError::BadKey { .. }
        | ConfigError::NoModel { .. }
        | ConfigError::NotOffered { .. }
        | ConfigError::NoAddress { .. }
        | ConfigError::EmptyPrompt => RefusalKind::Unknown.because(error.to_string()),
        _ => Refusal::failed(error),
    }
}

/// How long is waited for what: as the director asks, and no longer than the limit in all.
fn timeouts([connect, first_token, idle, run]: [u64; 4], limits: &RunnerLimits) -> RequestTimeouts {
    let longest = Duration::from_secs(limits.seconds);
    let within = |ms: u64| Duration::from_millis(ms.max(1)).min(longest);
    RequestTimeouts { connect: within(connect), first_token: within(first_token), idle: within(idle), run: within(run) }
}

/// A provider of the catalogue, where its address is known.
fn of_catalogue(catalog: &Catalog, env: &ProcessEnv<'_>, provider: &Provider, simulated: bool) -> Option<OfferedSpec> {
    let played = provider.offers.iter().any(|offer| offer.profile.is_some());
    let there =
        if simulated { played } else { config::base_url_of(provider, env).is_ok() || provider.command.is_some() };
    let key = provider.key.as_ref().filter(|_| !provider.local && !simulated);
    there.then(|| OfferedSpec {
        spec: provider.id.clone(),
        facts: OfferedContestant {
            id: provider.id.clone(),
            name: provider.name.clone(),
            model: default_model(catalog, env, provider),
            key: key.map(|variable| env.get(variable).is_some()),
            local: provider.local,
            started: provider.command.is_some(),
        },
    })
}

fn of_spec(
    catalog: &Catalog,
    env: &ProcessEnv<'_>,
    spec: &str,
    released: &[String],
    simulated: bool,
) -> Result<OfferedSpec, OfferError> {
    if let Ok(provider) = catalog.provider(spec) {
        if provider.command.is_some() && !released.contains(&provider.id) {
            return Err(OfferError::NotReleased(provider.id.clone()));
        }
        return of_catalogue(catalog, env, provider, simulated).ok_or_else(|| {
            // What keeps it away says why.
            match ResolvedProvider::of(catalog, env, spec) {
                Err(error) => error.into(),
                Ok(_) => OfferError::Nameless(spec.to_owned()),
            }
        });
    }
    let starts = |text: &str| ["exec:", "engine:"].iter().any(|start| text.trim().starts_with(start));
    let Some((name, place)) = spec.split_once('=').filter(|_| !starts(spec)) else {
        return match ResolvedProvider::of(catalog, env, spec) {
            Err(error) => Err(error.into()),
            Ok(_) => Err(OfferError::Nameless(spec.to_owned())),
        };
    };
    let id = name.trim().to_owned();
    if starts(place) && !released.contains(&id) {
        return Err(OfferError::NotReleased(id));
    }
    let resolved = ResolvedProvider::of(catalog, env, spec)?;
    Ok(OfferedSpec {
        spec: spec.to_owned(),
        facts: OfferedContestant {
            id,
            name: resolved.name,
            model: resolved.model,
            key: None,
            local: true,
            started: starts(place),
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::name::RaceId;
    use crate::wire::PlannedLane;

    const KEYED: &str = "GROQ_API_KEY";

    fn offer(named: &[&str], released: &[&str]) -> Result<RunnerOffer, OfferError> {
        let env = |name: &str| (name == KEYED).then(|| "gsk-canary".to_owned());
        let texts = |list: &[&str]| list.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>();
        let catalog = Catalog::builtin().unwrap();
        RunnerOffer::of(&catalog, &ProcessEnv(&env), &texts(named), &texts(released), false)
    }

    fn plan(contestant: &str, max_tokens: u32) -> RacePlan {
        RacePlan {
            race: RaceId::fresh(),
            lanes: vec![PlannedLane { contestant: contestant.into(), model: None }],
            phase: None,
            prompt_name: "short".into(),
            prompt: "Hi".into(),
            expected_tokens: 20,
            max_tokens,
            temperature: Some(0.0),
            seed: None,
            nonce: Some("abc123".into()),
            no_reasoning: false,
            no_retry: false,
            timeouts_ms: [1_000; 4],
        }
    }

    #[test]
    fn only_ids_and_models_are_told() {
        let here = offer(&["groq", "rack=http://10.9.8.7:8000/v1?token=s3cret"], &[]).unwrap();
        let told = serde_json::to_string(&here.facts()).unwrap();
        assert!(told.contains("\"groq\"") && told.contains("\"rack\"") && told.contains("\"key\":true"), "{told}");
        assert!(!told.contains("canary") && !told.contains("10.9.8.7") && !told.contains("s3cret"), "{told}");
        let all = serde_json::to_string(&offer(&[], &[]).unwrap().facts()).unwrap();
        assert!(all.contains("\"cerebras\"") && all.contains("\"key\":false") && !all.contains("canary"), "{all}");
    }

    #[test]
    fn a_program_has_to_be_released() {
        let refused = offer(&["tool=exec:cat"], &[]).unwrap_err().to_string();
        assert!(refused.contains("--allow-remote tool"), "{refused}");
        assert!(offer(&["tool=exec:cat"], &["tool"]).unwrap().facts()[0].started);
        assert!(matches!(offer(&["exec:cat"], &[]), Err(OfferError::Nameless(_))));
        assert!(matches!(offer(&["groq"], &["tool"]), Err(OfferError::ReleasedNobody(_))));
    }

    #[test]
    fn what_is_wrong_at_the_runner_is_told_to_its_owner_alone() {
        let engine = || "llama-server@/home/me/models/q.gguf".to_owned();
        let (why, line) = ("no such file".to_owned(), "/opt/secret/tool --fast".to_owned());
        let errors = [
            ConfigError::Engine { engine: engine(), why: why.clone() },
            ConfigError::Command { line, why: why.clone() },
            ConfigError::Address { place: "http://me:pw@10.0.0.3/v1".into(), why },
        ];
        for error in errors {
            let refusal = refused(&error);
            let told = serde_json::to_string(&refusal).unwrap();
            assert!(!["/home", "/opt", "10.0.0.3"].iter().any(|secret| told.contains(secret)), "{told}");
            assert_eq!(refusal.own, Some(error.to_string()));
        }
        let key = ConfigError::NoKey { provider: "Groq".into(), variable: KEYED.into() };
        assert!(refused(&key).why.contains(KEYED));
    }

    #[test]
    fn a_plan_is_held_against_the_limits() {
        let (catalog, env) =
            (Catalog::builtin().unwrap(), |name: &str| (name == KEYED).then(|| "gsk-canary".to_owned()));
        let here = offer(&["groq", "rack=http://127.0.0.1:9/v1"], &[]).unwrap();
        let limits = RunnerLimits { tokens: 1_000, cost_usd: 0.001, ..RunnerLimits::default() };
        let race = |plan: &RacePlan, limits: &RunnerLimits| here.race(&catalog, &ProcessEnv(&env), plan, limits);
        let planned = race(&plan("groq", 100), &limits).unwrap();
        assert_eq!(planned.setup.settings.nonce.as_deref(), Some("abc123"));
        assert!(!format!("{planned:?}").contains("canary"));
        let kind = |plan: &RacePlan, limits: &RunnerLimits| race(plan, limits).unwrap_err().kind;
        assert_eq!(kind(&plan("groq", 1_001), &limits), RefusalKind::Limit);
        assert_eq!(kind(&plan("groq", 1_000), &RunnerLimits { cost_usd: 1e-9, ..limits }), RefusalKind::Limit);
        assert_eq!(kind(&plan("exec:cat", 100), &limits), RefusalKind::Unknown, "a spec is no id");
        assert_eq!(kind(&plan("evil=http://10.0.0.1", 100), &limits), RefusalKind::Unknown);
        assert!(race(&plan("rack", 100), &limits).is_ok(), "what is local costs nothing");
    }
}
