//! What is known about the phases before anybody races: keys, reachable servers, last results.
//! What takes time is found out on a thread of its own, so that the picker is on screen at once.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::time::Duration;

use futures::future::{join_all, join3};

use crate::bench::estimate::{CostEstimate, sum_usd};
use crate::catalog::{Catalog, CatalogPrompt, Hardware, Phase, Provider};
use crate::cli::engine_pairs::EnginePairs;
use crate::cli::event_loop::runtime;
#[cfg(feature = "fleet")]
use crate::cli::fleet::phases::{OfferingRunner, RemotePhases, offering};
use crate::cli::phase_results::phase_results;
use crate::config::{ProcessEnv, RaceOptions, ResolvedProvider, base_url_of};
use crate::engine::discover::{DiscoveredEngine, discover, usual_places};
#[cfg(feature = "fleet")]
use crate::fleet::{bus::BusPlace, director::RemoteLane};
use crate::provider::http::probe::probe;
use crate::provider::machine::is_this_machine;
use crate::provider::{ContestantClient, exec, http};
use crate::race::machine::{host_of, is_one_server};
use crate::ui::app::{ContestantReadiness, PhaseContestant, PhaseResult, PhaseRow};

/// How long a local server may take to list its models before it counts as not there.
const REACH: Duration = Duration::from_millis(1_500);

/// What a look around found.
enum ServerNews {
    /// Whether a server of models answers for a provider.
    Server(String, ContestantReadiness),
    /// The engines that answer on this machine.
    Engines(Vec<DiscoveredEngine>),
    /// The runners on the bus, where one is named in the environment.
    #[cfg(feature = "fleet")]
    Runners(Vec<OfferingRunner>),
    /// What was measured of each phase, the newest first.
    Results(BTreeMap<String, Vec<PhaseResult>>),
}

/// The phases and all that is known about them so far.
pub(super) struct PhaseReadiness {
    rows: Vec<PhaseRow>,
    /// The provider of each contender, by phase and lane.
    providers: Vec<Vec<String>>,
    /// Pairs of engines that answer on this machine.
    pairs: EnginePairs,
    /// Phases that runners race.
    #[cfg(feature = "fleet")]
    remote: RemotePhases,
    found: Receiver<ServerNews>,
}

impl PhaseReadiness {
    /// Lists the phases of `catalog` and begins to look around.
    pub(super) fn open(catalog: &Catalog, env: &ProcessEnv<'_>, recordings: Option<&Path>) -> Self {
        let rows = catalog.phases.iter().map(|phase| row(catalog, env, phase)).collect();
        let providers = catalog.phases.iter().map(|phase| phase.contestants.clone()).collect();
        let mut servers = BTreeMap::new();
        for provider in
            catalog.phases.iter().flat_map(|phase| &phase.contestants).filter_map(|id| catalog.provider(id).ok())
        {
            if let (true, Ok(ResolvedProvider { client: ContestantClient::Http(api), .. })) =
                (needs_server(provider, env), ResolvedProvider::of(catalog, env, &provider.id))
            {
                servers.insert(provider.id.clone(), *api);
            }
        }
        // One message of each server, of the engines, the runners and the recordings: no look waits for the screen.
        let most_news = servers.len() + 3;
        // A bus that is wrong is told by whoever asks for it by name.
        #[cfg(feature = "fleet")]
        let bus = BusPlace::of(None, &|name| env.get(name)).ok().flatten();
        let (tell, found) = sync_channel(most_news);
        let recordings = recordings.map(Path::to_owned);
        // Nobody waits for this thread: it ends by itself, and what it finds after the screen is gone is of no use.
        std::thread::spawn(move || {
            if let Ok(runtime) = runtime() {
                let looks = servers.into_iter().map(|(provider, api)| look(provider, api, &tell));
                let engines = async {
                    let found = discover(usual_places()).await.unwrap_or_default();
                    let _ = tell.send(ServerNews::Engines(found));
                };
                let runners = async {
                    #[cfg(feature = "fleet")]
                    if let Some(place) = &bus {
                        let _ = tell.send(ServerNews::Runners(offering(place).await));
                    }
                };
                runtime.block_on(join3(engines, runners, join_all(looks)));
                // A name that is still being looked up would hold the end back.
                runtime.shutdown_background();
            }
            let _ = tell.send(ServerNews::Results(recordings.map(|dir| phase_results(&dir)).unwrap_or_default()));
        });
        Self {
            rows,
            providers,
            pairs: EnginePairs::default(),
            #[cfg(feature = "fleet")]
            remote: RemotePhases::default(),
            found,
        }
    }

    /// The lanes of the phase `id`, where runners on the bus race it.
    #[cfg(feature = "fleet")]
    pub(super) fn remote(&self, id: &str) -> Option<&Vec<RemoteLane>> {
        self.remote.lanes(id)
    }

    /// What can be raced, as far as is known: engines of this machine, then the phases.
    pub(super) fn rows(&self) -> Vec<PhaseRow> {
        self.pairs.rows().chain(self.rows.iter().cloned()).collect()
    }

    /// The race of the row `id`, where it is a pair of engines and no phase.
    pub(super) fn pair(&self, id: &str) -> Option<RaceOptions> {
        self.pairs.options(id)
    }

    /// The phases anew, if anything was found since the last call.
    pub(super) fn news(&mut self) -> Option<Vec<PhaseRow>> {
        let found: Vec<ServerNews> = self.found.try_iter().collect();
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

    fn learn(&mut self, found: ServerNews) {
        match found {
            ServerNews::Server(id, readiness) => {
                let contestants = self.rows.iter_mut().flat_map(|row| &mut row.contestants);
                for (contestant, provider) in contestants.zip(self.providers.iter().flatten()) {
                    if *provider == id && matches!(contestant.readiness, ContestantReadiness::Looking(_)) {
                        contestant.readiness = readiness.clone();
                    }
                }
            }
            ServerNews::Engines(found) => self.pairs = EnginePairs::of(found),
            #[cfg(feature = "fleet")]
            ServerNews::Runners(found) => self.remote.learn(found),
            ServerNews::Results(mut results) => {
                for row in &mut self.rows {
                    row.results = results.remove(&row.id).unwrap_or_default();
                }
            }
        }
        #[cfg(feature = "fleet")]
        for (row, ids) in self.rows.iter_mut().zip(&self.providers) {
            self.remote.offer(row, ids);
        }
    }
}

fn row(catalog: &Catalog, env: &ProcessEnv<'_>, phase: &Phase) -> PhaseRow {
    let group = catalog.group(&phase.group);
    let contestant = |(place, id): (usize, &String)| {
        let contestant = contestant(catalog, env, phase, id)?;
        let others = phase.contestants.get(..place).unwrap_or_default();
        let twin = others.iter().find_map(|other| same_machine(catalog, env, other, id));
        Some(match twin {
            Some(why) => PhaseContestant { readiness: ContestantReadiness::SameMachine(why), ..contestant },
            None => contestant,
        })
    };
    PhaseRow {
        id: phase.id.clone(),
        group: phase.group.clone(),
        group_name: group.map(|group| group.name.clone()).unwrap_or_default(),
        questions: group.iter().flat_map(|group| &group.questions).map(|question| question.text.clone()).collect(),
        question: phase.question.clone(),
        model: catalog.model(&phase.model).map_or_else(|_| phase.model.clone(), |model| model.name.clone()),
        contestants: phase.contestants.iter().enumerate().filter_map(contestant).collect(),
        priority: phase.priority,
        planned_usd: phase.cost_usd,
        estimates: estimates(catalog, phase),
        results: Vec::new(),
    }
}

/// What one race of `phase` costs with each prompt of the catalogue, where all its prices are known.
fn estimates(catalog: &Catalog, phase: &Phase) -> BTreeMap<String, f64> {
    let cost = |prompt: &CatalogPrompt, id: &String| {
        let provider = catalog.provider(id).ok()?;
        if provider.local {
            return Some(0.0);
        }
        CostEstimate::once(prompt, provider.offer(&phase.model)?.price.as_ref()).cost_usd
    };
    let race = |prompt| sum_usd(phase.contestants.iter().map(|id| cost(prompt, id)));
    catalog.prompts.iter().filter_map(|prompt| Some((prompt.id.clone(), race(prompt)?))).collect()
}

fn contestant(catalog: &Catalog, env: &ProcessEnv<'_>, phase: &Phase, id: &str) -> Option<PhaseContestant> {
    let provider = catalog.provider(id).ok()?;
    let offer = provider.offer(&phase.model);
    let override_ = env.get(&format!("{}_MODEL", provider.env_prefix()));
    Some(PhaseContestant {
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

fn readiness(provider: &Provider, env: &ProcessEnv<'_>, retired: Option<String>) -> ContestantReadiness {
    if let Some(command) = &provider.command {
        let program = command.program().to_owned();
        return if exec::is_there(command) {
            ContestantReadiness::Installed(program)
        } else {
            ContestantReadiness::NotInstalled(program)
        };
    }
    if needs_server(provider, env) {
        return ContestantReadiness::Looking(place_of(provider, env).unwrap_or_default());
    }
    match (retired, &provider.key) {
        (Some(why), _) => ContestantReadiness::Retired(why),
        (None, Some(variable)) if env.get(variable).is_none() => ContestantReadiness::NoKey(variable.clone()),
        (None, _) => ContestantReadiness::KeySet,
    }
}

/// Whether a server of the user's own must be running for it.
fn needs_server(provider: &Provider, env: &ProcessEnv<'_>) -> bool {
    let moved = || env.get(&format!("{}_BASE_URL", provider.env_prefix())).is_some();
    provider.command.is_none() && (provider.local || moved())
}

fn place_of(provider: &Provider, env: &ProcessEnv<'_>) -> Option<String> {
    base_url_of(provider, env).ok().map(|(url, _)| crate::provider::host(&url))
}

/// Asks for the list of models, as a race would: whatever else answers there is no contestant.
async fn look(provider: String, api: http::HttpContestant, tell: &SyncSender<ServerNews>) {
    let place = crate::provider::host(&api.base_url);
    let found = probe(api, REACH).await;
    let readiness = match (&found.models, found.status, &found.failure) {
        (Some(models), _, _) if !models.is_empty() => ContestantReadiness::Reachable(place),
        (Some(_), _, _) => ContestantReadiness::NoModels(format!("the server at {place} has no models yet")),
        (None, Some(status), Some(_)) => {
            ContestantReadiness::NoModels(format!("what answers at {place} lists no models (HTTP {status})"))
        }
        (None, Some(_), None) => {
            ContestantReadiness::NoModels(format!("what answers at {place} is not a model server"))
        }
        (None, None, _) => ContestantReadiness::Unreachable(place),
    };
    let _ = tell.send(ServerNews::Server(provider, readiness));
}

/// Why `id` can't race `other` where both lead to one server, or are two machines of the catalogue and lead to one.
fn same_machine(catalog: &Catalog, env: &ProcessEnv<'_>, other: &str, id: &str) -> Option<String> {
    let [a, b] = [catalog.provider(other).ok()?, catalog.provider(id).ok()?];
    if !needs_server(a, env) || !needs_server(b, env) {
        return None;
    }
    let at = |provider| {
        let place = place_of(provider, env)?;
        let here = is_this_machine(host_of(&place));
        Some((place, here))
    };
    let ((at_a, a_here), (at_b, b_here)) = (at(a)?, at(b)?);
    let one_server = is_one_server((&at_a, a_here), (&at_b, b_here));
    let machines = [a, b].iter().all(|provider| provider.local && provider.hardware != Hardware::Local);
    let one_machine = is_one_server((host_of(&at_a), a_here), (host_of(&at_b), b_here));
    (one_server || (machines && one_machine)).then(|| {
        let what = if one_server { "server" } else { "machine" };
        format!("{at_b} is the same {what} as {}'s: set {}_BASE_URL", a.name, b.env_prefix())
    })
}

/// Why a contender can't be raced; nothing when it can.
pub(super) fn not_ready(readiness: &ContestantReadiness) -> Option<String> {
    match readiness {
        ContestantReadiness::KeySet
        | ContestantReadiness::Reachable(_)
        | ContestantReadiness::Installed(_)
        | ContestantReadiness::OnRunner(_) => None,
        ContestantReadiness::NoKey(variable) => Some(format!("{variable} is not set")),
        ContestantReadiness::Looking(place) | ContestantReadiness::Unreachable(place) => {
            Some(format!("nothing answers at {place}"))
        }
        ContestantReadiness::NotInstalled(program) => Some(format!("{program} is not installed")),
        ContestantReadiness::Retired(why)
        | ContestantReadiness::NoModels(why)
        | ContestantReadiness::SameMachine(why) => Some(why.clone()),
    }
}

#[cfg(test)]
mod tests {
    use std::io::{Read as _, Write as _};

    use super::*;

    /// Why the phase can't be raced when the two machines are at `places`, or nothing when it can.
    fn f1(places: [&str; 2]) -> Vec<Option<String>> {
        let catalog = Catalog::builtin().unwrap();
        let env = |name: &str| {
            let [m3, rtx] = places;
            match name {
                "LOCAL_M3_BASE_URL" => Some(m3.to_owned()),
                "LOCAL_RTX5060_BASE_URL" => Some(rtx.to_owned()),
                _ => None,
            }
        };
        let mut readiness = PhaseReadiness::open(&catalog, &ProcessEnv(&env), None);
        readiness.settle();
        let rows = readiness.rows();
        let row = rows.iter().find(|row| row.id == "F1").unwrap();
        row.contestants.iter().map(|contestant| not_ready(&contestant.readiness)).collect()
    }

    /// A server that answers `body` to whatever it is asked.
    fn server(head: &'static str, body: &'static str) -> String {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let mut stream = stream;
                let _ = stream.read(&mut [0; 4096]);
                let _ = write!(
                    stream,
                    "HTTP/1.1 {head}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}",
                    body.len()
                );
            }
        });
        format!("http://{address}")
    }

    #[test]
    fn what_lists_no_models_is_no_contestant() {
        let list = server("200 OK", r#"{"models":[{"name":"llama3.1:8b"}]}"#);
        let page = server("404 Not Found", "no such page");
        let empty = server("200 OK", r#"{"models":[]}"#);
        assert_eq!(f1([&list, "http://192.0.2.1"])[0], None);
        assert!(f1([&page, "http://192.0.2.1"])[0].as_ref().unwrap().contains("lists no models (HTTP 404)"));
        assert!(f1([&empty, "http://192.0.2.1"])[0].as_ref().unwrap().contains("no models yet"));
    }

    #[test]
    fn two_machines_are_two() {
        let list = server("200 OK", r#"{"models":[{"name":"llama3.1:8b"}]}"#);
        let any = list.replace("127.0.0.1", "0.0.0.0");
        let why = f1([&list, &any])[1].clone().unwrap();
        assert!(why.contains("the same server as Local M3 Pro's: set LOCAL_RTX5060_BASE_URL"), "{why}");
        let why = f1([&list, "http://localhost:1"])[1].clone().unwrap();
        assert!(why.contains("the same machine as Local M3 Pro's"), "{why}");
        assert!(f1([&list, "http://192.0.2.1:1"])[1].as_ref().unwrap().starts_with("nothing answers"));
    }
}
