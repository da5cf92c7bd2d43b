//! Sweeps that a runner offers: engines of its owner's choice, each with the settings that may be varied and the values that are permitted.
//! What a director orders is one of these values for each, and how the engine is started never leaves the machine.

use std::collections::BTreeMap;
use std::path::PathBuf;

use speed_kings_catalog::Catalog;
use speed_kings_catalog::engine::EngineRequest;
use speed_kings_core::text::printable;
use speed_kings_lab::sweep::{self, CONCURRENCY, ModelSize, SweepError, SweepPoint};
use speed_kings_session::config::{self, ProcessEnv, RaceOptions, ResolvedRace};

use crate::name::{NameError, RunnerName};
use crate::settings::SweepSetting;
use crate::wire::{OfferedSweep, Refusal, RefusalKind, RunnerLimits, VisitPlan};

/// Why a runner can't offer a sweep of its owner.
#[derive(Debug, thiserror::Error)]
pub enum SweepOfferError {
    /// Its name is none.
    #[error("a sweep's name: {0}")]
    Name(#[from] NameError),
    /// Two have one name.
    #[error("two sweeps are called '{0}': directors could not tell them apart")]
    Twice(String),
    /// It starts a program, which its owner has to release.
    #[error(
        "sweep '{0}' starts an engine on this machine: say `allow_remote: true` beside it if directors may have it started"
    )]
    NotReleased(String),
    /// There is no such engine.
    #[error("sweep '{id}': {why}")]
    Engine {
        /// What directors would call it.
        id: String,
        /// What is wrong with it.
        why: String,
    },
    /// What may be varied is wrong.
    #[error("sweep '{id}': {why}")]
    Vary {
        /// What directors would call it.
        id: String,
        /// What is wrong with it.
        why: SweepError,
    },
    /// Directors are told the values, and paths never leave the machine.
    #[error(
        "sweep '{id}': {setting}={value} would tell directors a path of this machine: offer a sweep for each instead"
    )]
    Path {
        /// What directors would call it.
        id: String,
        /// The setting that has it.
        setting: String,
        /// The value that is one.
        value: String,
    },
    /// The engine can't be started so.
    #[error("sweep '{id}': {why}")]
    Start {
        /// What directors would call it.
        id: String,
        /// What is wrong with it.
        why: String,
    },
}

/// What stands behind a name.
#[derive(Clone, Debug)]
struct OwnSweep {
    base: SweepPoint,
    facts: OfferedSweep,
}

/// The sweeps of a runner.
#[derive(Clone, Debug, Default)]
pub struct SweepOffer {
    all: BTreeMap<String, OwnSweep>,
    /// Where the logs of engines are kept.
    pub engine_logs: Option<PathBuf>,
}

/// A visit that its runner makes.
#[derive(Debug)]
pub(crate) struct AllowedVisit {
    /// The one engine, and what it is asked.
    pub(crate) race: ResolvedRace,
    /// Requests at the same time.
    pub(crate) requests: u32,
    /// What its director ordered of it.
    pub(crate) plan: VisitPlan,
}

impl SweepOffer {
    /// What `settings` name, each value tried for whether the engine could be started with it.
    ///
    /// # Errors
    /// When one of them can't be, or is not released.
    pub fn of(catalog: &Catalog, env: &ProcessEnv<'_>, settings: &[SweepSetting]) -> Result<Self, SweepOfferError> {
        let mut all = BTreeMap::new();
        for setting in settings {
            let id = setting.id.clone();
            let _word: RunnerName = id.parse()?;
            if !setting.allow_remote {
                return Err(SweepOfferError::NotReleased(id));
            }
            if all.insert(id.clone(), own(catalog, env, setting)?).is_some() {
                return Err(SweepOfferError::Twice(id));
            }
        }
        Ok(Self { all, engine_logs: None })
    }

    /// What directors are told of them.
    #[must_use]
    pub fn facts(&self) -> Vec<OfferedSweep> {
        self.all.values().map(|one| one.facts.clone()).collect()
    }

    /// The visit that `plan` orders, within `limits`.
    ///
    /// # Errors
    /// Why this runner does not make it.
    pub(crate) fn visit(
        &self,
        catalog: &Catalog,
        env: &ProcessEnv<'_>,
        plan: VisitPlan,
        limits: &RunnerLimits,
    ) -> Result<AllowedVisit, Refusal> {
        limits.take_tokens(plan.max_tokens)?;
        let own = self.all.get(&plan.sweep);
        let own = own.ok_or_else(|| RefusalKind::Unknown.because(unknown(&plan.sweep, self.all.keys())))?;
        own.facts.permits(&plan.settings).map_err(|why| RefusalKind::Forbidden.because(why))?;
        let mut point = own.base.clone();
        for (name, value) in &plan.settings {
            point = point.with(name, value).map_err(|error| RefusalKind::Unknown.because(error.to_string()))?;
        }
        let options = RaceOptions {
            prompt: Some(plan.prompt.clone()),
            max_tokens: Some(plan.max_tokens),
            engine_logs: self.engine_logs.clone(),
            ..options(&plan.sweep, &point)
        };
        let race = config::plan(catalog, env, &options).map_err(|error| Refusal::failed(&error))?;
        Ok(AllowedVisit { race, requests: point.concurrency, plan })
    }
}

impl OfferedSweep {
    /// Whether each of `settings` may be varied and has a value that is permitted.
    ///
    /// # Errors
    /// Which is not, with what is permitted.
    pub fn permits(&self, settings: &BTreeMap<String, String>) -> Result<(), String> {
        let shown = |text: &str| printable(text).chars().take(80).collect::<String>();
        let id = shown(&self.id);
        for (name, value) in settings {
            let Some(values) = self.settings.get(name) else {
                let names: Vec<String> = self.settings.keys().map(|name| shown(name)).collect();
                let may = if names.is_empty() { "nothing of it".to_owned() } else { names.join(", ") };
                return Err(format!("'{}' may not be varied in sweep '{id}': its owner permits {may}", shown(name)));
            };
            if !values.contains(value) {
                let values = values.iter().map(|value| shown(value)).collect::<Vec<_>>().join(", ");
                let (name, value) = (shown(name), shown(value));
                return Err(format!("{name}={value} is not permitted in sweep '{id}': its owner permits {values}"));
            }
        }
        Ok(())
    }
}

/// That nothing is called `id`, and what is there.
pub(crate) fn unknown<'a>(id: &str, offered: impl Iterator<Item = &'a String>) -> String {
    let offered: Vec<_> = offered.map(|one| printable(one)).collect();
    let what =
        if offered.is_empty() { "none; its owner lists them in runner.ron".to_owned() } else { offered.join(", ") };
    format!("no sweep '{}' here: this runner offers {what}", printable(id))
}

fn own(catalog: &Catalog, env: &ProcessEnv<'_>, setting: &SweepSetting) -> Result<OwnSweep, SweepOfferError> {
    let id = setting.id.clone();
    let (engine, request) = catalog
        .engine_request(&setting.engine)
        .map_err(|why| SweepOfferError::Engine { id: id.clone(), why: why.to_string() })?;
    let wrong = |why| SweepOfferError::Vary { id: id.clone(), why };
    let varied = setting.vary.iter().map(|text| sweep::varied(text)).collect::<Result<Vec<_>, _>>().map_err(wrong)?;
    for (setting, values) in &varied {
        if let Some(value) = values.iter().find(|value| value.contains(['/', '\\'])) {
            return Err(SweepOfferError::Path { id, setting: setting.clone(), value: value.clone() });
        }
    }
    let one: (String, EngineRequest) = (engine.id.clone(), request);
    let points = sweep::points(std::slice::from_ref(&one), &varied).map_err(wrong)?;
    for point in &points {
        let options = RaceOptions { prompt: Some("Hi".into()), max_tokens: Some(1), ..options(&id, point) };
        config::plan(catalog, env, &options)
            .map_err(|why| SweepOfferError::Start { id: id.clone(), why: why.to_string() })?;
    }
    let (engine, EngineRequest { model, settings, .. }) = one;
    let facts = OfferedSweep { id, model: ModelSize::read(&model), settings: varied.into_iter().collect() };
    Ok(OwnSweep { base: SweepPoint { engine, model, settings, concurrency: 1, runner: None }, facts })
}

/// What is asked of a point that is called `id`: no nonce, as in any sweep.
fn options(id: &str, point: &SweepPoint) -> RaceOptions {
    RaceOptions { providers: vec![format!("{id}={}", point.contestant())], alone: true, ..RaceOptions::default() }
}

/// The values that a visit of `point` names.
#[must_use]
pub fn named_values(point: &SweepPoint) -> BTreeMap<String, String> {
    let requests = (point.concurrency != 1).then(|| (CONCURRENCY.to_owned(), point.concurrency.to_string()));
    point.settings.clone().into_iter().chain(requests).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::name::RaceId;

    fn setting(vary: &[&str]) -> SweepSetting {
        let vary = vary.iter().map(|one| (*one).to_owned()).collect();
        SweepSetting { id: "q".into(), engine: "llama-server@m.gguf".into(), vary, allow_remote: true }
    }

    fn offer(setting: SweepSetting) -> Result<SweepOffer, SweepOfferError> {
        SweepOffer::of(&Catalog::builtin().unwrap(), &ProcessEnv(&|_| None), &[setting])
    }

    #[test]
    fn what_its_owner_does_not_release_is_not_offered() {
        let refused = |setting| offer(setting).unwrap_err().to_string();
        let held = refused(SweepSetting { allow_remote: false, ..setting(&[]) });
        assert!(held.contains("sweep 'q'") && held.contains("allow_remote: true"), "{held}");
        let path = refused(setting(&["threads=1,/opt/secret"]));
        assert!(path.contains("threads=/opt/secret would tell directors a path"), "{path}");
        assert!(refused(SweepSetting { id: "a.b".into(), ..setting(&[]) }).contains("name"));
        assert!(refused(SweepSetting { engine: "nobody@m.gguf".into(), ..setting(&[]) }).contains("nobody"));
        assert!(refused(setting(&["threads"])).contains("expected NAME=VALUE"));
    }

    #[test]
    fn only_values_of_the_list_are_obeyed() {
        let model = ModelSize { name: "m".into(), ..ModelSize::default() };
        let permitted = |values: &[&str]| values.iter().map(|one| (*one).to_owned()).collect::<Vec<_>>();
        let settings: BTreeMap<_, _> =
            [("concurrency".to_owned(), permitted(&["1", "4"])), ("threads".to_owned(), permitted(&["1", "2"]))].into();
        let facts = OfferedSweep { id: "q".into(), model, settings };
        let base = SweepPoint {
            engine: "llama-server".into(),
            model: "m.gguf".into(),
            settings: BTreeMap::new(),
            concurrency: 1,
            runner: None,
        };
        let here = SweepOffer { all: [("q".to_owned(), OwnSweep { base, facts })].into(), engine_logs: None };
        let catalog = Catalog::builtin().unwrap();
        let refused = |sweep: &str, name: &str, value: &str, max_tokens| {
            let plan = VisitPlan {
                race: RaceId::fresh(),
                sweep: sweep.into(),
                settings: [(name.to_owned(), value.to_owned())].into(),
                prompt: "Hi".into(),
                max_tokens,
            };
            let limits = RunnerLimits { tokens: 100, ..RunnerLimits::default() };
            here.visit(&catalog, &ProcessEnv(&|_| None), plan, &limits).unwrap_err()
        };
        let value = refused("q", "threads", "3", 9);
        assert_eq!(value.kind, RefusalKind::Forbidden);
        assert_eq!(value.why, "threads=3 is not permitted in sweep 'q': its owner permits 1, 2");
        let name = refused("q", "program", "/bin/sh", 9);
        assert_eq!(name.why, "'program' may not be varied in sweep 'q': its owner permits concurrency, threads");
        assert_eq!(refused("z", "threads", "1", 9).why, "no sweep 'z' here: this runner offers q");
        assert_eq!(refused("q", "threads", "1", 101).kind, RefusalKind::Limit);
    }
}
