//! From what was asked for to what is raced: flags over environment over catalogue, merged in this one place.
//! Out comes a grid without secrets and, beside it, the entrants with them.

mod error;
mod solo;

pub use error::ConfigError;
pub use solo::{Solo, default_model};

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use reqwest::Url;

use crate::catalog::profile::Profile;
use crate::catalog::{self, Catalog, Fields, Hardware, Offer, Provider};
use crate::provider::http::{Entrant, Timeouts, is_loopback};
use crate::provider::secret::Secret;
use crate::provider::{Quirks, Request};
use crate::race::grid::{Contestant, Grid, PhaseRef, Prompt, Settings};

/// Names a file that is laid over the built-in catalogue.
pub const CATALOG_VARIABLE: &str = "SPEED_KINGS_CATALOG";
/// The prompt size when none is chosen.
pub const DEFAULT_SIZE: &str = "long";
/// The provider that a contestant given as `NAME=URL` is taken to be.
const ANY_PROVIDER: &str = "openai-compatible";

/// The environment, behind a function so that tests can have their own.
pub struct Env<'a>(pub &'a dyn Fn(&str) -> Option<String>);

impl Env<'_> {
    /// A variable that is set to something.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<String> {
        (self.0)(name).filter(|value| !value.trim().is_empty())
    }

    /// The folder of the user's own themes and catalogue.
    #[must_use]
    pub fn config_dir(&self) -> Option<PathBuf> {
        let base = self.get("XDG_CONFIG_HOME").map(PathBuf::from);
        let base = base.or_else(|| self.get("HOME").map(|home| Path::new(&home).join(".config")));
        let base = base.or_else(|| self.get("APPDATA").map(PathBuf::from));
        base.map(|base| base.join("speed-kings"))
    }
}

/// The process environment.
#[must_use]
pub fn process_env(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

/// What was asked for.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Wish {
    /// A phase of the catalogue.
    pub phase: Option<String>,
    /// Contestants: ids of providers, or `NAME=URL`.
    pub providers: Vec<String>,
    /// Models: one for all, or one for each contestant.
    pub models: Vec<String>,
    /// A prompt of the user's own.
    pub prompt: Option<String>,
    /// A prompt of the catalogue.
    pub size: Option<String>,
    /// The output cap.
    pub max_tokens: Option<u32>,
    /// The sampling temperature.
    pub temperature: Option<f64>,
    /// The sampling seed, and the simulator's.
    pub seed: Option<u64>,
    /// Every lane is fed by the simulator.
    pub simulate: bool,
    /// The prompt goes out without a nonce.
    pub allow_cache: bool,
    /// A request that a server puts off is not tried again.
    pub no_retry: bool,
    /// How long to wait for what.
    pub timeouts: Timeouts,
}

/// A race that can begin.
#[derive(Clone, Debug)]
pub struct Plan {
    /// Who races whom on what.
    pub grid: Grid,
    /// One for each contestant, with its key.
    pub entrants: Vec<Entrant>,
    /// The profiles that the simulator plays, by entrant, when it does.
    pub simulation: Option<BTreeMap<String, Profile>>,
}

/// The catalogue with the user's own file laid over it: the one named in the environment, else the one in the
/// configuration folder, if there is any.
///
/// # Errors
/// When a file can't be read or is wrong.
pub fn load_catalog(env: &Env<'_>) -> Result<Catalog, ConfigError> {
    let builtin = Catalog::builtin()?;
    let named = env.get(CATALOG_VARIABLE).map(PathBuf::from);
    let usual = || env.config_dir().map(|dir| dir.join("phases.ron")).filter(|path| path.exists());
    let Some(path) = named.or_else(usual) else { return Ok(builtin) };
    let text = std::fs::read_to_string(&path).map_err(|source| ConfigError::Catalog { path: path.clone(), source })?;
    Ok(builtin.overlay(&text, &path.display().to_string())?)
}

/// Works out the race that `wish` asks for.
///
/// # Errors
/// When a name leads nowhere, a key is missing, or the wish contradicts itself.
pub fn plan(catalog: &Catalog, env: &Env<'_>, wish: &Wish) -> Result<Plan, ConfigError> {
    let phase = wish.phase.as_deref().map(|id| catalog.phase(id)).transpose()?;
    let names: Vec<String> = match (phase, wish.providers.as_slice()) {
        (Some(_), [_, ..]) => return Err(ConfigError::PhaseAndProviders),
        (Some(phase), []) => phase.contestants.clone(),
        (None, names) if names.len() >= 2 => names.to_vec(),
        (None, _) => return Err(ConfigError::TooFew),
    };
    if names.len() > usize::from(u8::MAX) {
        return Err(ConfigError::TooMany);
    }
    let mut lanes = names.iter().map(|name| Lane::resolve(catalog, name)).collect::<Result<Vec<_>, _>>()?;
    let shared = match phase {
        Some(phase) => Some(phase.model.clone()),
        None => common_model(catalog, &lanes),
    };
    for (index, lane) in lanes.iter_mut().enumerate() {
        lane.choose_model(catalog, env, &wish.models, index, shared.as_deref())?;
    }
    let size = catalog.prompt(wish.size.as_deref().unwrap_or(DEFAULT_SIZE))?;
    let expected = size.expected_tokens;
    let prompt = prompt(size, wish)?;
    let settings = settings(wish, size.max_tokens);
    let phase = phase.map(|phase| PhaseRef {
        id: phase.id.clone(),
        title: phase.title(catalog),
        model: catalog.model(&phase.model).map_or_else(|_| phase.model.clone(), |model| model.name.clone()),
        question: phase.question.clone().or_else(|| catalog.group(&phase.group)?.questions.first().cloned()),
    });
    let mut grid = Grid { phase, contestants: Vec::new(), prompt, settings };
    let mut entrants = Vec::new();
    for lane in &lanes {
        let entrant = lane.entrant(env, wish, &grid)?;
        grid.contestants.push(lane.contestant(wish.simulate, &entrant));
        entrants.push(entrant);
    }
    let simulation = wish.simulate.then(|| simulation(&mut entrants, &lanes, expected));
    Ok(Plan { grid, entrants, simulation })
}

impl Plan {
    /// Makes it ready to be raced once more: with a fresh nonce, if it has one.
    pub fn renew(&mut self) {
        if let Some(nonce) = &mut self.grid.settings.nonce {
            *nonce = fresh_nonce();
        }
        for entrant in &mut self.entrants {
            entrant.request.prompt = self.grid.prompt_text();
        }
    }
}

/// Where `provider` is, and whether the environment says so.
///
/// # Errors
/// When the environment names something that is no address.
pub fn base_url_of(provider: &Provider, env: &Env<'_>) -> Result<(Url, bool), ConfigError> {
    let variable = format!("{}_BASE_URL", provider.env_prefix());
    match env.get(&variable).or_else(|| env.get("OLLAMA_URL").filter(|_| provider.id == "ollama")) {
        Some(url) => Ok((address(&variable, &url)?, true)),
        None => Ok((address(&provider.id, &provider.base_url)?, false)),
    }
}

fn fresh_nonce() -> String {
    format!("{:06x}", fastrand::u32(..0x0100_0000))
}

/// The output cap and the rest, the same for all.
fn settings(wish: &Wish, cap: u32) -> Settings {
    let nonce = (!wish.allow_cache).then(fresh_nonce);
    Settings {
        max_tokens: Some(wish.max_tokens.unwrap_or(cap)),
        temperature: Some(wish.temperature.unwrap_or(0.0)),
        seed: wish.seed,
        nonce,
        warm: true,
    }
}

/// What is asked: the user's own words, else those of the catalogue.
fn prompt(size: &catalog::Prompt, wish: &Wish) -> Result<Prompt, ConfigError> {
    match &wish.prompt {
        Some(text) if text.trim().is_empty() => Err(ConfigError::EmptyPrompt),
        Some(text) => Ok(Prompt { name: "custom".into(), text: text.clone() }),
        None => Ok(Prompt { name: size.id.clone(), text: size.text.clone() }),
    }
}

/// The model that every contestant offers, the first of the catalogue that is not retired anywhere; else the first
/// that all of them ever offered.
fn common_model(catalog: &Catalog, lanes: &[Lane<'_>]) -> Option<String> {
    let offered = |lane: &Lane<'_>, model: &str, live: bool| {
        lane.provider.offer(model).is_some_and(|offer| !live || offer.retired.is_none())
    };
    let fixed = lanes.iter().filter(|lane| !lane.provider.offers.is_empty()).collect::<Vec<_>>();
    let all = |model: &str, live: bool| !fixed.is_empty() && fixed.iter().all(|lane| offered(lane, model, live));
    let models = || catalog.models.iter().map(|model| model.id.as_str());
    models().find(|model| all(model, true)).or_else(|| models().find(|model| all(model, false))).map(str::to_owned)
}

/// Takes the real addresses and keys out of `entrants` and gives each lane a name at the simulator.
fn simulation(entrants: &mut [Entrant], lanes: &[Lane<'_>], tokens: u32) -> BTreeMap<String, Profile> {
    let mut profiles = BTreeMap::new();
    for (index, (entrant, lane)) in entrants.iter_mut().zip(lanes).enumerate() {
        entrant.key = None;
        // The simulator speaks one dialect and wants nothing special.
        entrant.dialect = crate::provider::Dialect::OpenAi;
        entrant.quirks = Quirks::default();
        // All lanes say as much as the prompt asks for, so that the race is about speed alone.
        let profile = Profile { tokens, ..lane.offer.and_then(|offer| offer.profile.clone()).unwrap_or_default() };
        profiles.insert(simulated_name(index, &lane.provider.id), profile);
    }
    profiles
}

/// What the simulator calls lane `index`.
#[must_use]
pub fn simulated_name(index: usize, provider: &str) -> String {
    format!("{}-{provider}", index + 1)
}

/// One contestant on its way through the merge.
struct Lane<'a> {
    provider: &'a Provider,
    /// Of the user's own making, with `NAME=URL`.
    own: Option<(String, Url)>,
    model: String,
    same_as: Option<String>,
    offer: Option<&'a Offer>,
}

impl<'a> Lane<'a> {
    fn resolve(catalog: &'a Catalog, name: &str) -> Result<Self, ConfigError> {
        let (provider, own) = match name.split_once('=') {
            Some((name, url)) => (catalog.provider(ANY_PROVIDER)?, Some((name.trim().to_owned(), address(name, url)?))),
            None => (catalog.provider(name.trim())?, None),
        };
        Ok(Self { provider, own, model: String::new(), same_as: None, offer: None })
    }

    fn variable(&self, what: &str) -> String {
        format!("{}_{what}", self.provider.env_prefix())
    }

    fn name(&self) -> &str {
        self.own.as_ref().map_or(&self.provider.name, |(name, _)| name)
    }

    /// Flags over environment over phase over whatever it offers first.
    fn choose_model(
        &mut self,
        catalog: &Catalog,
        env: &Env<'_>,
        flags: &[String],
        index: usize,
        shared: Option<&str>,
    ) -> Result<(), ConfigError> {
        let flag = if flags.len() == 1 { flags.first() } else { flags.get(index) };
        if flags.len() > 1 && flag.is_none() {
            return Err(ConfigError::ModelCount { given: flags.len() });
        }
        let variable = self.variable("MODEL");
        let wanted = flag.cloned().or_else(|| env.get(&variable));
        let Some(wanted) = wanted else {
            let offer = shared.and_then(|model| self.provider.offer(model)).or_else(|| self.provider.offers.first());
            match (offer, &self.own) {
                (Some(offer), _) => self.take(offer),
                // A server of one's own usually has one model and takes any name for it.
                (None, Some(_)) => {
                    self.model = "default".into();
                    self.same_as = None;
                }
                (None, None) => return Err(ConfigError::NoModel { provider: self.name().to_owned(), variable }),
            }
            return Ok(());
        };
        // A model of the catalogue by its own name, or by the provider's name for it; anything else goes out as it is.
        let known =
            self.provider.offer(&wanted).or_else(|| self.provider.offers.iter().find(|offer| offer.id == wanted));
        if let Some(offer) = known {
            self.take(offer);
        } else if self.own.is_none()
            && !self.provider.offers.is_empty()
            && flags.len() == 1
            && catalog.model(&wanted).is_ok()
        {
            return Err(ConfigError::NotOffered { provider: self.name().to_owned(), model: wanted });
        } else {
            self.model = wanted;
        }
        Ok(())
    }

    fn take(&mut self, offer: &'a Offer) {
        self.offer = Some(offer);
        self.model.clone_from(&offer.id);
        self.same_as = Some(offer.model.clone());
    }

    fn base_url(&self, env: &Env<'_>) -> Result<(Url, bool), ConfigError> {
        match &self.own {
            Some((_, url)) => Ok((url.clone(), true)),
            None => base_url_of(self.provider, env),
        }
    }

    fn entrant(&self, env: &Env<'_>, wish: &Wish, grid: &Grid) -> Result<Entrant, ConfigError> {
        let (base_url, overridden) = self.base_url(env)?;
        let key_variable = self.provider.key.clone();
        let key = key_variable.as_deref().and_then(|variable| env.get(variable)).and_then(|key| Secret::new(&key));
        if let (Some(variable), None, false) = (&key_variable, &key, overridden || self.provider.local || wish.simulate)
        {
            return Err(ConfigError::NoKey { provider: self.name().to_owned(), variable: variable.clone() });
        }
        let settings = &grid.settings;
        let request = Request {
            model: self.model.clone(),
            prompt: grid.prompt_text(),
            system: None,
            max_tokens: settings.max_tokens,
            temperature: settings.temperature,
            seed: settings.seed,
        };
        Ok(Entrant {
            base_url,
            key,
            key_variable,
            dialect: self.provider.dialect,
            quirks: self.quirks(),
            request,
            region_header: self.provider.region_header.clone(),
            retired: self.offer.and_then(|offer| offer.retired.clone()),
            timeouts: wish.timeouts,
        })
    }

    fn quirks(&self) -> Quirks {
        let provider = self.provider;
        let mut extra: Fields = provider.extra.clone();
        extra.extend(self.offer.iter().flat_map(|offer| offer.extra.clone()));
        Quirks {
            token_limit: provider.token_limit,
            stream_options: provider.stream_options,
            temperature: provider.temperature,
            seed: provider.seed,
            think_tags: provider.think_tags,
            extra,
        }
    }

    fn contestant(&self, simulated: bool, entrant: &Entrant) -> Contestant {
        let own_place = entrant.base_url.as_str().trim_end_matches('/') != self.provider.base_url.trim_end_matches('/');
        let moved = (own_place || self.provider.local) && !simulated;
        let local = self.provider.local || is_loopback(&entrant.base_url);
        // An endpoint of one's own is not the provider's hardware.
        let hardware =
            if own_place && local && !self.provider.local { Hardware::Local } else { self.provider.hardware };
        let priced = self.offer.filter(|_| simulated || !own_place);
        Contestant {
            name: self.name().to_owned(),
            provider: self.provider.id.clone(),
            model: self.model.clone(),
            same_as: self.same_as.clone(),
            hardware: if simulated { self.provider.hardware } else { hardware },
            simulated,
            endpoint: moved.then(|| crate::provider::host(&entrant.base_url)),
            local: local && !simulated,
            price: priced.and_then(|offer| offer.price.clone()),
            claims: priced.map(|offer| offer.claims.clone()).unwrap_or_default(),
        }
    }
}

/// An http or https address, without the user name and password that it may carry: keys have a variable of their own.
fn address(place: &str, text: &str) -> Result<Url, ConfigError> {
    let bad = |why: &str| ConfigError::Address { place: place.to_owned(), why: why.to_owned() };
    let mut url = Url::parse(text.trim()).map_err(|error| bad(&error.to_string()))?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err(bad("only http and https can be raced"));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(bad("it holds a user name or a password; use the key's variable instead"));
    }
    url.set_fragment(None);
    Ok(url)
}

#[cfg(test)]
mod tests;
