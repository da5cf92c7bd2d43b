//! What is known about the phases before anybody races: keys, reachable servers, last results.
//! What takes time is found out on a thread of its own, so that the picker is on screen at once.

use std::collections::BTreeMap;
use std::net::{TcpStream, ToSocketAddrs as _};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use crate::catalog::{Catalog, Phase, Provider};
use crate::config::{Env, base_url_of};
use crate::figure;
use crate::provider::exec;
use crate::race::verdict::{Outcome, Verdict};
use crate::record::reader::read_file;
use crate::text::printable;
use crate::ui::app::{Contender, PhaseRow, Readiness};

/// How long a local server may take to answer before it counts as not there.
const REACH: Duration = Duration::from_millis(400);
/// Recordings that are looked through for last results, newest first.
const RECORDINGS_READ: usize = 200;

/// What a look around found.
enum Found {
    /// Whether something answers for a provider.
    Server(String, bool),
    /// The last result of each phase.
    Last(BTreeMap<String, String>),
}

/// The phases and all that is known about them so far.
pub(super) struct Lobby {
    rows: Vec<PhaseRow>,
    /// The provider of each contender, by phase and lane.
    providers: Vec<Vec<String>>,
    found: Receiver<Found>,
}

impl Lobby {
    /// Lists the phases of `catalog` and begins to look around.
    pub(super) fn open(catalog: &Catalog, env: &Env<'_>, recordings: Option<&Path>) -> Self {
        let rows = catalog.phases.iter().map(|phase| row(catalog, env, phase)).collect();
        let providers = catalog.phases.iter().map(|phase| phase.contestants.clone()).collect();
        let mut places = BTreeMap::new();
        for provider in
            catalog.phases.iter().flat_map(|phase| &phase.contestants).filter_map(|id| catalog.provider(id).ok())
        {
            if let (true, Some(place)) = (needs_server(provider, env), place_of(provider, env)) {
                places.insert(provider.id.clone(), place);
            }
        }
        let (tell, found) = channel();
        let recordings = recordings.map(Path::to_owned);
        // Nobody waits for this thread: it ends by itself, and what it finds after the screen is gone is of no use.
        std::thread::spawn(move || {
            for (provider, place) in places {
                let _ = tell.send(Found::Server(provider, answers(&place)));
            }
            let _ = tell.send(Found::Last(recordings.map(|dir| last_results(&dir)).unwrap_or_default()));
        });
        Self { rows, providers, found }
    }

    /// The phases as far as is known.
    pub(super) fn rows(&self) -> Vec<PhaseRow> {
        self.rows.clone()
    }

    /// The phases anew, if anything was found since the last call.
    pub(super) fn news(&mut self) -> Option<Vec<PhaseRow>> {
        let found: Vec<Found> = self.found.try_iter().collect();
        if found.is_empty() {
            return None;
        }
        for found in found {
            self.learn(found);
        }
        Some(self.rows())
    }

    /// Waits until everything is found.
    pub(super) fn settle(&mut self) {
        while let Ok(found) = self.found.recv() {
            self.learn(found);
        }
    }

    fn learn(&mut self, found: Found) {
        match found {
            Found::Server(id, answers) => {
                let contenders = self.rows.iter_mut().flat_map(|row| &mut row.contenders);
                for (contender, provider) in contenders.zip(self.providers.iter().flatten()) {
                    if let (true, Readiness::Looking(place)) = (*provider == id, &contender.readiness) {
                        let place = place.clone();
                        contender.readiness =
                            if answers { Readiness::Reachable(place) } else { Readiness::Unreachable(place) };
                    }
                }
            }
            Found::Last(mut last) => {
                for row in &mut self.rows {
                    row.last = last.remove(&row.id);
                }
            }
        }
    }
}

fn row(catalog: &Catalog, env: &Env<'_>, phase: &Phase) -> PhaseRow {
    let group = catalog.group(&phase.group);
    PhaseRow {
        id: phase.id.clone(),
        group: phase.group.clone(),
        group_name: group.map(|group| group.name.clone()).unwrap_or_default(),
        questions: group.iter().flat_map(|group| &group.questions).map(|question| question.text.clone()).collect(),
        question: phase.question.clone(),
        model: catalog.model(&phase.model).map_or_else(|_| phase.model.clone(), |model| model.name.clone()),
        contenders: phase.contestants.iter().filter_map(|id| contender(catalog, env, phase, id)).collect(),
        priority: phase.priority,
        cost_usd: phase.cost_usd,
        last: None,
    }
}

fn contender(catalog: &Catalog, env: &Env<'_>, phase: &Phase, id: &str) -> Option<Contender> {
    let provider = catalog.provider(id).ok()?;
    let offer = provider.offer(&phase.model);
    let override_ = env.get(&format!("{}_MODEL", provider.env_prefix()));
    Some(Contender {
        name: provider.name.clone(),
        badge: provider.hardware.badge().to_owned(),
        hardware: provider.hardware.title().to_owned(),
        model: override_.clone().or_else(|| Some(offer?.id.clone())).unwrap_or_default(),
        // A model that the user names is the user's business, retired or not.
        readiness: readiness(
            provider,
            env,
            offer.and_then(|offer| offer.retired.clone()).filter(|_| override_.is_none()),
        ),
    })
}

fn readiness(provider: &Provider, env: &Env<'_>, retired: Option<String>) -> Readiness {
    if let Some(command) = &provider.command {
        let program = command.program().to_owned();
        return if exec::is_there(command) { Readiness::Installed(program) } else { Readiness::NotInstalled(program) };
    }
    if needs_server(provider, env) {
        return Readiness::Looking(place_of(provider, env).unwrap_or_default());
    }
    match (retired, &provider.key) {
        (Some(why), _) => Readiness::Retired(why),
        (None, Some(variable)) if env.get(variable).is_none() => Readiness::NoKey(variable.clone()),
        (None, _) => Readiness::KeySet,
    }
}

/// Whether a server of the user's own must be running for it.
fn needs_server(provider: &Provider, env: &Env<'_>) -> bool {
    let moved = || env.get(&format!("{}_BASE_URL", provider.env_prefix())).is_some();
    provider.command.is_none() && (provider.local || moved())
}

fn place_of(provider: &Provider, env: &Env<'_>) -> Option<String> {
    base_url_of(provider, env).ok().map(|(url, _)| crate::provider::host(&url))
}

fn answers(place: &str) -> bool {
    let addresses = place.to_socket_addrs().into_iter().flatten();
    addresses.take(4).any(|address| TcpStream::connect_timeout(&address, REACH).is_ok())
}

/// The newest result of each phase among the recordings in `dir`.
fn last_results(dir: &Path) -> BTreeMap<String, String> {
    let mut files: Vec<PathBuf> =
        std::fs::read_dir(dir).into_iter().flatten().flatten().map(|entry| entry.path()).collect();
    files.retain(|path| path.extension().is_some_and(|ending| ending == "race"));
    // The names begin with the time.
    files.sort();
    let mut last = BTreeMap::new();
    for path in files.iter().rev().take(RECORDINGS_READ) {
        let Ok(recording) = read_file(path) else { continue };
        let Some(phase) = recording.header.grid.phase.clone() else { continue };
        last.entry(phase.id).or_insert_with(|| {
            let race = recording.race();
            let day = recording.header.recorded_at.get(..10).unwrap_or_default();
            let sim = if race.simulated() { "SIM, " } else { "" };
            format!("{} ({sim}{})", result(&race), printable(day))
        });
    }
    last
}

fn result(race: &crate::race::Race) -> String {
    let verdict = Verdict::of(race);
    let weight = verdict.weight();
    match verdict.outcome {
        Outcome::Won { winner, ratio, by, .. } => {
            format!("{weight}{} won, {}, {by} ahead", printable(race.name(winner)), figure::ratio(ratio))
        }
        Outcome::DeadHeat { by } => format!("{weight}dead heat, {}", figure::apart(by)),
        Outcome::None { .. } => "no verdict".into(),
    }
}

/// Why a contender can't be raced; nothing when it can.
pub(super) fn not_ready(readiness: &Readiness) -> Option<String> {
    match readiness {
        Readiness::KeySet | Readiness::Reachable(_) | Readiness::Installed(_) => None,
        Readiness::NoKey(variable) => Some(format!("{variable} is not set")),
        Readiness::Looking(place) | Readiness::Unreachable(place) => Some(format!("nothing answers at {place}")),
        Readiness::NotInstalled(program) => Some(format!("{program} is not installed")),
        Readiness::Retired(why) => Some(why.clone()),
    }
}
