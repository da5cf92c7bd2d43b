//! Results on disk as evidence: saved benchmarks and recorded races, read with mercy.
//! A file that is no result is named, never guessed at; what is absent stays absent.

mod again;
mod copies;
mod file;
mod rounds;

use std::path::{Path, PathBuf};

pub use self::again::ContestantFlags;
use self::again::is_listed_at;
pub use self::copies::once;
pub use self::file::{EvidenceFile, LaneEvidence, QuestionKey, RoundFigures};
use self::rounds::{only, round_of, rounds_of, without_tokens};
use super::model::LaneModel;
use super::money::{newest, newest_of};
use speed_kings_catalog::{Catalog, Hardware, Provider};
use speed_kings_core::date;
use speed_kings_core::race::event::LaneId;
use speed_kings_core::race::is_simulated;
use speed_kings_core::race::machine::is_one_server;
use speed_kings_core::race::setup::Contestant;
use speed_kings_core::race::verdict::{Badge, BadgeKind, BadgeState, Metric, Verdict};
use speed_kings_recording::Recording;
use speed_kings_recording::reader::read_file;
use speed_kings_session::bench::saved::{BenchmarkFile, LaneResult, names_its_kind};

/// How deep folders are looked through: one for each phase, and one for those who sort further.
const DEPTH: usize = 3;

impl RoundFigures {
    /// One figure in the metric's unit; nothing where the round has none.
    #[must_use]
    pub fn figure(&self, metric: Metric) -> Option<f64> {
        self.figures.iter().find(|(of, _)| *of == metric).map(|(_, value)| *value)
    }
}

impl EvidenceFile {
    /// Whether any of its lanes was simulated.
    #[must_use]
    pub fn is_simulated(&self) -> bool {
        self.lanes.iter().any(|lane| lane.simulated)
    }

    /// The UTC day of it.
    #[must_use]
    pub fn day(&self) -> Option<String> {
        self.at.map(date::day)
    }

    /// The evidence in a saved benchmark, under the name `file`.
    #[must_use]
    pub fn of_saved(catalog: &Catalog, file: &str, saved: &BenchmarkFile) -> Self {
        let mut left_out = Vec::new();
        let lane = |lane: &LaneResult| {
            let asked = LaneModel {
                phase: saved.phase.as_deref(),
                provider: &lane.identity.provider,
                name: &lane.identity.name,
                model: &lane.identity.model,
                same_as: lane.identity.same_as.as_deref(),
            };
            let named: Vec<Option<&str>> = lane.runs.iter().map(|run| run.figures.served.model.as_deref()).collect();
            let verified = asked.verified(catalog, &named);
            left_out.extend(verified.left_out);
            LaneEvidence {
                provider: match &lane.identity.runner {
                    // Another machine, in another place, on another line.
                    Some(_) => lane.identity.name.clone(),
                    None => {
                        who(catalog, &lane.identity.provider, &lane.identity.name, lane.identity.endpoint.as_deref())
                    }
                },
                name: lane.identity.name.clone(),
                endpoint: lane.identity.endpoint.clone(),
                here: lane.identity.here,
                model: verified.model,
                simulated: lane.identity.simulated,
                price: newest_of(catalog, lane),
                rounds: rounds_of(&only(lane, &verified.fits), newest_of(catalog, lane).as_ref()),
                failed: lane.runs.iter().filter(|run| !run.figures.ok).count(),
                not_alike: None,
                again: ContestantFlags::of(
                    catalog,
                    &lane.identity.provider,
                    &lane.identity.name,
                    lane.identity.endpoint.as_deref(),
                    &lane.identity.model,
                )
                .filter(|_| lane.identity.runner.is_none() && lane.identity.settings.is_empty()),
            }
        };
        let mut lanes: Vec<LaneEvidence> = saved.lanes.iter().map(lane).collect();
        let mut told = saved.verdict.iter().flat_map(|verdict| &verdict.badges);
        let apart = |kind: &str, holds| kind == BadgeKind::SameTokens.as_str() && holds == Some(false);
        if let Some(badge) = told.find(|badge| apart(&badge.badge, badge.holds)) {
            without_tokens(&mut lanes, &badge.detail);
        }
        let asked = QuestionKey {
            name: saved.prompt.name.clone(),
            text: saved.prompt.text.clone(),
            max_tokens: saved.settings.asked.max_tokens,
            no_reasoning: saved.settings.asked.reasoning.as_deref() == Some("off"),
        };
        let badges = saved.verdict.iter().flat_map(|verdict| &verdict.badges);
        let broken = badges.filter(|badge| badge.holds == Some(false) && badge.badge != BadgeKind::Real.as_str());
        let unfair = broken.map(|badge| badge.badge.replace('_', " ")).collect();
        Self {
            file: file.to_owned(),
            at: saved.started_at,
            asked,
            unfair,
            phase: saved.phase.clone(),
            left_out,
            lanes: told_apart(&lanes),
        }
    }

    /// A recorded race: one run of each lane.
    #[must_use]
    pub fn of_recording(catalog: &Catalog, file: &str, recording: &Recording) -> Self {
        let race = recording.race();
        let header = &recording.header;
        let phase = header.setup.phase.as_ref().map(|phase| phase.id.as_str());
        let mut left_out = Vec::new();
        let lanes = (0..).map(LaneId).zip(&header.setup.contestants).filter_map(|(id, contestant)| {
            let lane = race.lane(id)?;
            let elsewhere = contestant.endpoint.is_some();
            let paid = contestant.price.clone();
            let price = newest(catalog, &contestant.provider, &contestant.model, elsewhere, paid);
            let round = round_of(&Contestant { price: price.clone(), ..contestant.clone() }, lane);
            let asked = LaneModel {
                phase,
                provider: &contestant.provider,
                name: &contestant.name,
                model: &contestant.model,
                same_as: contestant.same_as.as_deref(),
            };
            let verified = asked.verified(catalog, &[lane.model.as_deref()]);
            left_out.extend(verified.left_out);
            let (endpoint, here) = contestant.place().unzip();
            Some(LaneEvidence {
                provider: match &contestant.runner {
                    Some(_) => contestant.name.clone(),
                    None => who(catalog, &contestant.provider, &contestant.name, endpoint.as_deref()),
                },
                name: contestant.name.clone(),
                again: ContestantFlags::of(
                    catalog,
                    &contestant.provider,
                    &contestant.name,
                    contestant.endpoint.as_deref(),
                    &contestant.model,
                )
                .filter(|_| contestant.runner.is_none() && contestant.settings.is_empty()),
                endpoint,
                here: here.unwrap_or(contestant.here),
                model: verified.model,
                simulated: contestant.simulated || is_simulated(contestant, lane),
                price,
                failed: usize::from(round.is_none()),
                rounds: round.filter(|_| verified.fits == [true]).into_iter().collect(),
                not_alike: None,
            })
        });
        let mut lanes: Vec<LaneEvidence> = lanes.collect();
        let badges = Verdict::of(&race).badges;
        let apart = |one: &&Badge| one.kind == BadgeKind::SameTokens && one.state == BadgeState::Broken;
        if let Some(badge) = badges.iter().find(apart) {
            without_tokens(&mut lanes, &badge.detail);
        }
        let broken = badges.iter().filter(|one| one.state == BadgeState::Broken && one.kind != BadgeKind::Real);
        Self {
            asked: QuestionKey {
                name: header.setup.prompt.name.clone(),
                text: header.setup.prompt.text.clone(),
                max_tokens: header.setup.settings.max_tokens,
                no_reasoning: header.setup.settings.no_reasoning,
            },
            unfair: broken.map(|badge| badge.kind.as_str().replace('_', " ")).collect(),
            file: file.to_owned(),
            at: header.recorded_at,
            phase: phase.map(str::to_owned),
            left_out,
            lanes: told_apart(&lanes),
        }
    }
}

/// Whom a lane speaks for: the provider of the catalogue, unless it was somewhere else than the provider's own endpoint.
/// Such a one stands for itself alone, and nothing that the catalogue knows of hardware, prices and claims is its own. A
/// machine of the catalogue is that machine at whatever address it answers, whoever a phase names is meant by that name at the
/// address that the catalogue has, and a command is what people call it.
pub(super) fn who(catalog: &Catalog, provider: &str, name: &str, endpoint: Option<&str>) -> String {
    let known = catalog.provider(provider).ok();
    let machine = known.is_some_and(|known| known.local && known.hardware != Hardware::Local);
    // Where no phase names it, `localhost` of two machines would be one contestant.
    let planned = |known: &Provider| catalog.phases.iter().any(|phase| phase.has(&known.id));
    let own = |endpoint: &str| known.is_some_and(|known| is_listed_at(known, endpoint) && planned(known));
    match endpoint {
        Some(endpoint) if !machine && !own(endpoint) => format!("{name} @ {endpoint}"),
        // A command, or a provider of another catalogue.
        None if known.is_none() && !name.is_empty() => name.to_owned(),
        _ => provider.to_owned(),
    }
}

/// Whether both ran at the same address of the same machine, under whatever name, or both at no address of their own.
#[must_use]
pub fn is_at_one_server(a: &LaneEvidence, b: &LaneEvidence) -> bool {
    match (&a.endpoint, &b.endpoint) {
        (Some(at_a), Some(at_b)) => is_one_server((at_a, a.here), (at_b, b.here)),
        (at_a, at_b) => at_a == at_b,
    }
}

/// Two names for one model of one server are evidence of no machine: both speak for themselves.
fn told_apart(lanes: &[LaneEvidence]) -> Vec<LaneEvidence> {
    let own = |lane: &LaneEvidence| {
        let same = |other: &&LaneEvidence| is_at_one_server(other, lane) && other.model == lane.model;
        let endpoint = lane.endpoint.as_deref().filter(|_| lanes.iter().filter(same).count() > 1);
        let provider = endpoint.map_or_else(|| lane.provider.clone(), |endpoint| format!("{} @ {endpoint}", lane.name));
        LaneEvidence { provider, ..lane.clone() }
    };
    lanes.iter().map(own).collect()
}

/// What people call whoever is meant by `id`: as the catalogue does, or as its own files do.
#[must_use]
pub fn name_of(catalog: &Catalog, id: &str, name: &str) -> String {
    match catalog.provider(id) {
        Ok(known) => known.name.clone(),
        // Whoever stands for itself has its name in its id.
        Err(_) if id.starts_with(name) || name.is_empty() => id.to_owned(),
        Err(_) => name.to_owned(),
    }
}

/// All results under `dir`, in the order of their paths, and what is wrong with the files that are none. A folder that
/// is not there holds no results.
#[must_use]
pub fn read(catalog: &Catalog, dir: &Path) -> (Vec<EvidenceFile>, Vec<String>) {
    let mut paths = Vec::new();
    collect(dir, &is_result, &mut paths);
    paths.sort();
    let (mut evidence, mut problems) = (Vec::new(), Vec::new());
    for path in paths {
        match read_one(catalog, &path) {
            Ok(one) => {
                problems.extend(one.left_out.iter().map(|why| format!("{}: {why}", one.file)));
                evidence.push(one);
            }
            // Sweeps, protocols and other files of the lab lie in the same folder, and are no evidence about providers.
            Err(_) if names_its_kind(&path) => {}
            Err(why) => problems.push(named(&path, why)),
        }
    }
    let (evidence, again) = once(evidence);
    problems.extend(again);
    (evidence, problems)
}

/// `why` with the path ahead of it, unless it has it already.
fn named(path: &Path, why: String) -> String {
    let path = path.display().to_string();
    if why.contains(&path) { why } else { format!("{path}: {why}") }
}

/// The files in `dir` and the folders within that are `wanted`.
pub(super) fn collect(dir: &Path, wanted: &dyn Fn(&Path) -> bool, into: &mut Vec<PathBuf>) {
    collect_within(dir, DEPTH, wanted, into);
}

fn collect_within(dir: &Path, depth: usize, wanted: &dyn Fn(&Path) -> bool, into: &mut Vec<PathBuf>) {
    for path in std::fs::read_dir(dir).into_iter().flatten().flatten().map(|entry| entry.path()) {
        if path.is_dir() {
            if depth > 1 {
                collect_within(&path, depth - 1, wanted, into);
            }
        } else if wanted(&path) {
            into.push(path);
        }
    }
}

fn is_result(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    [".json", ".race", ".race.zst"].iter().any(|ending| name.ends_with(ending))
}

fn read_one(catalog: &Catalog, path: &Path) -> Result<EvidenceFile, String> {
    let name = path.display().to_string();
    if path.extension().is_none_or(|ending| ending != "json") {
        let recording = read_file(path).map_err(|error| error.to_string())?;
        return match copies::is_made_up(&recording) {
            Some(why) => Err(why.to_owned()),
            None => Ok(EvidenceFile::of_recording(catalog, &name, &recording)),
        };
    }
    let saved = BenchmarkFile::read(path).map_err(|error| error.to_string())?;
    if saved.concurrency() > 1 {
        return Err(format!(
            "a load run of {} requests at a time: findings rest on single requests",
            saved.concurrency()
        ));
    }
    if saved.verdict.iter().flat_map(|verdict| &verdict.badges).any(|badge| badge.badge == BadgeKind::OneRace.as_str())
    {
        return Err(copies::GHOST.to_owned());
    }
    Ok(EvidenceFile::of_saved(catalog, &name, &saved))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_is_no_result_is_named_once() {
        let dir = tempfile::tempdir().unwrap();
        for name in ["a.json", "b.json", "c.race"] {
            std::fs::write(dir.path().join(name), "{").unwrap();
        }
        std::fs::write(dir.path().join("b.json"), r#"{"version": 1, "lanes": [{}], "settings": {"concurrency": 4}}"#)
            .unwrap();
        // Of another kind, and nobody's problem here.
        std::fs::write(dir.path().join("d.json"), r#"{"version": 1, "kind": "sweep"}"#).unwrap();
        let (_, problems) = read(&Catalog::builtin().unwrap(), dir.path());
        assert_eq!(problems.len(), 3);
        for (problem, name) in problems.iter().zip(["a.json", "b.json", "c.race"]) {
            let path = dir.path().join(name).display().to_string();
            assert_eq!(problem.matches(&path).count(), 1, "{problem}");
        }
    }

    #[test]
    fn whoever_answers_elsewhere_speaks_for_itself() {
        let catalog = Catalog::builtin().unwrap();
        let who = |provider, name, endpoint| who(&catalog, provider, name, endpoint);
        assert_eq!(who("groq", "Groq", None), "groq");
        assert_eq!(who("groq", "Groq", Some("127.0.0.1:8090")), "Groq @ 127.0.0.1:8090");
        assert_ne!(who("openai-compatible", "a", Some("x:1")), who("openai-compatible", "b", Some("x:1")));
        assert_ne!(who("exec", "mine", None), who("exec", "yours", None));
        assert_eq!(who("local-m3", "M3", Some("192.0.2.7:11434")), "local-m3", "the machine, wherever it answers");
        assert_eq!(who("ollama", "Ollama", Some("localhost:11434")), "Ollama @ localhost:11434", "of any machine");
    }

    #[test]
    fn whoever_a_phase_names_is_meant_by_it_on_every_kind_of_hardware() {
        for hardware in Hardware::ALL {
            let own = OWN.replace("HARDWARE", hardware.as_str());
            let catalog = Catalog::builtin().unwrap().overlay(&own, "own.ron").unwrap();
            let who = |endpoint| who(&catalog, "one", "One", Some(endpoint));
            assert_eq!(who("127.0.0.1:18303"), "one", "{hardware:?}");
            assert_eq!(who("localhost:18303"), "one", "{hardware:?}: another name of this machine");
            let elsewhere = if hardware == Hardware::Local { "One @ 192.0.2.7:18303" } else { "one" };
            assert_eq!(who("192.0.2.7:18303"), elsewhere, "{hardware:?}");
        }
    }

    /// A catalogue of somebody's own, with a phase of its own.
    const OWN: &str = r#"(
        models: [(id: "m1", name: "M1")],
        providers: [
            (id: "one", name: "One", hardware: "HARDWARE", base_url: "http://127.0.0.1:18303/v1", local: true, offers: [(model: "m1", id: "m1")]),
            (id: "two", name: "Two", hardware: "gpu_cloud", base_url: "https://two.example.org/v1", local: true, offers: [(model: "m1", id: "m1")]),
        ],
        groups: [(id: "X", name: "Mine")],
        phases: [(id: "X1", group: "X", contestants: ["one", "two"], model: "m1", priority: 1, cost_usd: 0)],
    )"#;

    #[test]
    fn tokens_that_are_not_counted_alike_are_no_evidence() {
        let catalog = Catalog::builtin().unwrap();
        let metrics = |holds: bool| {
            let run = serde_json::json!({
                "ok": true, "total_ms": 100.0, "output_tok_s": 90.0, "end_to_end_tok_s": 80.0, "cost_usd": 0.1,
                "tokens": {"input": 10, "output": 20},
            });
            let file = serde_json::json!({
                "version": 1, "lanes": [{"name": "A", "runs": [run]}],
                "verdict": {"badges": [{"badge": "same_tokens", "holds": holds, "detail": ""}]},
            });
            let evidence = EvidenceFile::of_saved(&catalog, "a.json", &BenchmarkFile::of(&file).unwrap());
            let round = &evidence.lanes[0].rounds[0];
            (round.figures.iter().map(|(metric, _)| *metric).collect::<Vec<_>>(), round.tokens.is_some())
        };
        let all = vec![Metric::OutputSpeed, Metric::EndToEnd, Metric::Total, Metric::Cost];
        assert_eq!(metrics(true), (all, true));
        assert_eq!(metrics(false), (vec![Metric::Total], false));
    }
}
