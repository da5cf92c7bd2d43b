//! From what was asked for to what is raced: flags over environment over catalogue, merged in this one place.
//! Out comes a setup without secrets and, beside it, the clients with them.

mod contestant_overrides;
mod contestant_spec;
mod env;
mod env_file;
mod error;
mod full_length;
mod key;
mod lane_client;
mod options;
mod place;
mod resolved_lane;
mod resolved_provider;
mod set_option;

pub use contestant_spec::{ANY_PROVIDER, split_names};
pub use env::{ProcessEnv, process_env};
pub use env_file::EnvFile;
pub use error::ConfigError;
pub use options::RaceOptions;
pub use place::base_url_of;
pub use resolved_provider::{ResolvedProvider, default_model};

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::config::resolved_lane::ResolvedLane;
use crate::engine_slot::EngineSlot;
use speed_kings_catalog::profile::StreamProfile;
use speed_kings_catalog::{Catalog, CatalogPrompt};
use speed_kings_client::provider::ContestantClient;
use speed_kings_client::provider::http::transport::{TransportOptions, certificates};
use speed_kings_core::race::setup::{PhaseRef, RacePrompt, RaceSettings, RaceSetup};
use speed_kings_core::text::{printable, without_bom};
use speed_kings_system::input::{self, LARGEST_CATALOG, LARGEST_PROMPT};

/// Names a file that is laid over the built-in catalogue.
pub const CATALOG_VARIABLE: &str = "SPEED_KINGS_CATALOG";
/// The prompt size when none is chosen.
pub const DEFAULT_SIZE: &str = "long";

/// What a prompt without a name is called.
const CUSTOM: &str = "custom";

/// A race that can begin.
#[derive(Clone, Debug)]
pub struct ResolvedRace {
    /// Who races whom on what.
    pub setup: RaceSetup,
    /// One for each contestant, with its key.
    pub clients: Vec<ContestantClient>,
    /// The engines that contestants bring along, by contestant; none when everything is simulated.
    pub engines: Vec<Option<EngineSlot>>,
    /// The profiles that the simulator plays, by client, when it does.
    pub simulation: Option<BTreeMap<String, StreamProfile>>,
    /// What the user should know about where the keys go.
    pub notes: Vec<String>,
}

/// The catalogue with the user's own file laid over it: the one named in the environment, else the one in the
/// configuration folder, if there is any.
///
/// # Errors
/// When a file can't be read or is wrong.
pub fn load_catalog(env: &ProcessEnv<'_>) -> Result<Catalog, ConfigError> {
    let builtin = Catalog::builtin()?;
    let named = env.get(CATALOG_VARIABLE).is_some();
    let Some(path) = own_catalog(env).filter(|path| named || path.exists()) else { return Ok(builtin) };
    read_catalog(&path)
}

/// Where the user's own catalogue is, or would be: named in the environment, else in the configuration folder; nothing where
/// neither is known.
#[must_use]
pub fn own_catalog(env: &ProcessEnv<'_>) -> Option<PathBuf> {
    let usual = || env.config_dir().map(|dir| dir.join("phases.ron"));
    env.get(CATALOG_VARIABLE).map(PathBuf::from).or_else(usual)
}

/// The built-in catalogue with the file at `path` laid over it.
///
/// # Errors
/// When the file can't be read or is wrong.
pub fn read_catalog(path: &Path) -> Result<Catalog, ConfigError> {
    let path = path.to_owned();
    let builtin = Catalog::builtin()?;
    let text = input::read_text(&path, LARGEST_CATALOG)
        .map_err(|source| ConfigError::Catalog { path: path.clone(), source })?;
    Ok(builtin.overlay(without_bom(&text), &path.display().to_string())?)
}

/// Works out the race that `options` asks for.
///
/// # Errors
/// When a name leads nowhere, a key is missing, or the wish contradicts itself.
pub fn plan(catalog: &Catalog, env: &ProcessEnv<'_>, options: &RaceOptions) -> Result<ResolvedRace, ConfigError> {
    let phase = options.phase.as_deref().map(|id| catalog.phase(id)).transpose()?;
    let names: Vec<String> = match (phase, options.providers.as_slice()) {
        (Some(_), [_, ..]) => return Err(ConfigError::PhaseAndProviders),
        (Some(phase), []) => phase.contestants.clone(),
        (None, names) if names.len() >= if options.alone { 1 } else { 2 } => names.to_vec(),
        (None, []) if options.alone => return Err(ConfigError::Nobody),
        (None, _) => return Err(ConfigError::TooFew),
    };
    check_certificates(&options.transport)?;
    if names.len() > usize::from(u8::MAX) {
        return Err(ConfigError::TooMany);
    }
    let mut picks = contestant_spec::read_all(catalog, &names)?;
    let mut engines = Vec::new();
    for pick in &mut picks {
        engines.push(if options.simulate { None } else { pick.prepare(catalog, options.engine_logs.as_deref())? });
    }
    set_option::apply(&options.set, &mut picks)?;
    let mut lanes: Vec<ResolvedLane<'_>> = picks.iter().map(ResolvedLane::of).collect();
    let shared = match phase {
        Some(phase) => Some(phase.model.clone()),
        None => common_model(catalog, &lanes),
    };
    for (index, lane) in lanes.iter_mut().enumerate() {
        lane.choose_model(catalog, env, &options.models, index, shared.as_deref())?;
    }
    let RaceTerms { phase, prompt, settings, expected_tokens } = terms(catalog, options)?;
    let mut setup = RaceSetup { phase, contestants: Vec::new(), prompt, settings, ..RaceSetup::default() };
    let (mut clients, mut notes) = (Vec::new(), Vec::new());
    for lane in &lanes {
        let (client, note) = lane.client(catalog, env, options, &setup)?;
        notes.extend(note.filter(|note| !notes.contains(note)));
        setup.contestants.push(lane.contestant(options.simulate, &client));
        clients.push(client);
    }
    let simulation = options.simulate.then(|| simulation(&lanes, expected_tokens));
    Ok(ResolvedRace { setup, clients, engines, simulation, notes })
}

/// What is asked and how, whoever answers.
#[derive(Clone, PartialEq, Debug)]
pub struct RaceTerms {
    /// The phase of the catalogue, when it is one.
    pub phase: Option<PhaseRef>,
    /// The prompt, with its name.
    pub prompt: RacePrompt,
    /// How it is asked.
    pub settings: RaceSettings,
    /// Tokens that an answer usually has.
    pub expected_tokens: u32,
}

impl RaceTerms {
    /// Makes them ready for one more race: with a fresh nonce, if there is one.
    pub fn renew(&mut self) {
        if let Some(nonce) = &mut self.settings.nonce {
            *nonce = fresh_nonce();
        }
    }
}

/// Works out what `options` asks for, and how.
///
/// # Errors
/// When the phase or the prompt leads nowhere.
pub fn terms(catalog: &Catalog, options: &RaceOptions) -> Result<RaceTerms, ConfigError> {
    let phase = options.phase.as_deref().map(|id| catalog.phase(id)).transpose()?;
    let size = asked(catalog, options)?;
    let phase = phase.map(|phase| PhaseRef {
        id: phase.id.clone(),
        title: phase.title(catalog),
        model: catalog.model(&phase.model).map_or_else(|_| phase.model.clone(), |model| model.name.clone()),
        question: phase.question.clone().or_else(|| Some(catalog.group(&phase.group)?.questions.first()?.text.clone())),
    });
    let (prompt, settings) = (prompt(size, options)?, settings(options, size));
    Ok(RaceTerms { phase, prompt, settings, expected_tokens: size.expected_tokens })
}

/// Whether the certificates that were named can be had.
///
/// # Errors
/// When their file can't be read, or holds none.
pub fn check_certificates(transport: &TransportOptions) -> Result<(), ConfigError> {
    let Some(path) = &transport.cacert else { return Ok(()) };
    certificates(path).map(drop).map_err(|why| ConfigError::Certificates { path: path.clone(), why })
}

impl ResolvedRace {
    /// Makes it ready to be raced once more: with a fresh nonce, if it has one.
    pub fn renew(&mut self) {
        if let Some(nonce) = &mut self.setup.settings.nonce {
            *nonce = fresh_nonce();
        }
        self.ask_anew();
    }

    /// Tells the clients what the setup says is asked: the prompt behind its nonce.
    pub fn ask_anew(&mut self) {
        for client in &mut self.clients {
            client.ask(self.setup.prompt_text());
        }
    }
}

impl ResolvedRace {
    /// The same race with another prompt, system message and, if it has one, cap on output tokens. A contestant whose system message or cap
    /// is its own keeps that.
    #[must_use]
    pub fn asking(&self, text: &str, system: Option<&str>, max_tokens: Option<u32>) -> Self {
        let mut race = self.clone();
        text.clone_into(&mut race.setup.prompt.text);
        let usual = self.setup.settings.max_tokens;
        race.setup.settings.max_tokens = max_tokens.or(usual);
        for client in &mut race.clients {
            let request = client.request_mut();
            request.system = request.system.take().or_else(|| system.map(str::to_owned));
            if request.max_tokens == usual {
                request.max_tokens = max_tokens.or(usual);
            }
        }
        race
    }
}

/// `options` with the prompt out of a file, where it names one instead of a size.
///
/// # Errors
/// When it can't be read.
pub fn settle(catalog: &Catalog, options: RaceOptions) -> Result<RaceOptions, ConfigError> {
    let Some(path) = options.size.as_deref().filter(|size| catalog.prompt(size).is_err()).map(PathBuf::from) else {
        return Ok(options);
    };
    // What is written as a file is meant as one, even when it is not there.
    let meant = path.is_file() || options.size.as_deref().is_some_and(|size| size.contains(['.', '/', '\\']));
    if options.prompt.is_some() || !meant {
        return Ok(options);
    }
    let read = input::read_text(&path, LARGEST_PROMPT);
    let text = read.map_err(|source| ConfigError::PromptFile { path: path.clone(), source })?;
    Ok(RaceOptions { prompt: Some(text), prompt_name: name_of_file(catalog, &path), size: None, ..options })
}

/// What the prompt in the file at `path` is called: as the file is, without its ending where no prompt of the catalogue
/// has that name already.
fn name_of_file(catalog: &Catalog, path: &Path) -> Option<String> {
    let names = [path.file_stem(), path.file_name()].into_iter().flatten();
    let names = names.map(|name| printable(&name.to_string_lossy()).trim().to_owned());
    let listed = |name: &str| {
        let in_sets = catalog.prompt_sets.iter().flat_map(|set| &set.prompts);
        catalog.prompts.iter().chain(in_sets).any(|prompt| prompt.id == name)
    };
    names.into_iter().find(|name| !name.is_empty() && !listed(name))
}

/// The prompt of the catalogue behind `options`: what its own words take their cap from.
///
/// # Errors
/// When it leads nowhere.
pub fn asked<'a>(catalog: &'a Catalog, options: &'a RaceOptions) -> Result<&'a CatalogPrompt, ConfigError> {
    match &options.asked {
        Some(prompt) => Ok(prompt),
        None => Ok(catalog.prompt(options.size.as_deref().unwrap_or(DEFAULT_SIZE))?),
    }
}

fn fresh_nonce() -> String {
    format!("{:06x}", fastrand::u32(..0x0100_0000))
}

/// The output cap and the rest, the same for all.
fn settings(options: &RaceOptions, size: &CatalogPrompt) -> RaceSettings {
    let nonce = (!options.allow_cache).then(fresh_nonce);
    RaceSettings {
        max_tokens: Some(options.max_tokens.unwrap_or(size.max_tokens)),
        temperature: Some(options.temperature.or(size.temperature).unwrap_or(0.0)),
        seed: options.seed,
        nonce,
        warm: true,
        no_reasoning: options.no_reasoning,
    }
}

/// What is asked: the user's own words, else those of the catalogue.
fn prompt(size: &CatalogPrompt, options: &RaceOptions) -> Result<RacePrompt, ConfigError> {
    match &options.prompt {
        Some(text) if text.trim().is_empty() => Err(ConfigError::EmptyPrompt),
        Some(text) => {
            let name = options.prompt_name.clone().unwrap_or_else(|| CUSTOM.into());
            Ok(RacePrompt { name, text: without_bom(text).to_owned() })
        }
        None => Ok(RacePrompt { name: size.id.clone(), text: size.text.clone() }),
    }
}

/// The model that every contestant offers, the first of the catalogue that is not retired anywhere; else the first
/// that all of them ever offered.
fn common_model(catalog: &Catalog, lanes: &[ResolvedLane<'_>]) -> Option<String> {
    let offered = |lane: &ResolvedLane<'_>, model: &str, live: bool| {
        lane.provider.offer(model).is_some_and(|offer| !live || offer.retired.is_none())
    };
    let fixed = lanes.iter().filter(|lane| !lane.provider.offers.is_empty()).collect::<Vec<_>>();
    let all = |model: &str, live: bool| !fixed.is_empty() && fixed.iter().all(|lane| offered(lane, model, live));
    let models = || catalog.models.iter().map(|model| model.id.as_str());
    models().find(|model| all(model, true)).or_else(|| models().find(|model| all(model, false))).map(str::to_owned)
}

/// Gives each lane a name at the simulator, and how it is played there.
fn simulation(lanes: &[ResolvedLane<'_>], tokens: u32) -> BTreeMap<String, StreamProfile> {
    let mut profiles = BTreeMap::new();
    for (index, lane) in lanes.iter().enumerate() {
        // All lanes say as much as the prompt asks for, so that the race is about speed alone.
        let profile =
            StreamProfile { tokens, ..lane.offer.and_then(|offer| offer.profile.clone()).unwrap_or_default() };
        profiles.insert(simulated_name(index, &lane.provider.id), profile);
    }
    profiles
}

/// What the simulator calls lane `index`.
#[must_use]
pub fn simulated_name(index: usize, provider: &str) -> String {
    format!("{}-{provider}", index + 1)
}

#[cfg(test)]
mod tests;
