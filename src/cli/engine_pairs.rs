//! The engines that answer on this machine, two by two, as rows of the picker: what can be raced here and now comes first.

use crate::catalog::Hardware;
use crate::config::RaceOptions;
use crate::engine::discover::{DiscoveredEngine, EngineKind};
use crate::text::printable;
use crate::ui::app::{ContestantReadiness, PhaseContestant, PhaseRow};

/// The letter of the rows' group, which no group of the catalogue has.
const GROUP: &str = "@";
/// Engines that are paired with each other; `discover` lists all.
const PAIRED: usize = 4;

/// Pairs of engines, each a race that can begin at once.
#[derive(Debug, Default)]
pub(super) struct EnginePairs(Vec<[DiscoveredEngine; 2]>);

impl EnginePairs {
    /// Every two of the first engines in `found` that have a model. The program's own simulator is none.
    pub(super) fn of(found: Vec<DiscoveredEngine>) -> Self {
        let ready = found.into_iter().filter(|engine| !engine.facts.models.is_empty() && !is_simulator(engine));
        let ready: Vec<DiscoveredEngine> = ready.take(PAIRED).collect();
        let pairs = ready
            .iter()
            .enumerate()
            .flat_map(|(place, first)| ready.iter().skip(place + 1).map(|second| [first.clone(), second.clone()]));
        Self(pairs.collect())
    }

    /// The pairs as rows of the picker.
    pub(super) fn rows(&self) -> impl Iterator<Item = PhaseRow> {
        (1..).zip(&self.0).map(|(number, pair)| row(number, pair))
    }

    /// The row `id` as a race, if it is one of these: its contestants, each with the first model that it serves.
    pub(super) fn options(&self, id: &str) -> Option<RaceOptions> {
        let number: usize = id.strip_prefix(GROUP)?.parse().ok()?;
        let pair = self.0.get(number.checked_sub(1)?)?;
        Some(RaceOptions {
            providers: pair.iter().map(DiscoveredEngine::contestant).collect(),
            models: pair.iter().filter_map(|engine| engine.facts.models.first().cloned()).collect(),
            ..RaceOptions::default()
        })
    }
}

/// Whether it is this program's own, which is raced with `--sim`.
pub(super) fn is_simulator(engine: &DiscoveredEngine) -> bool {
    engine.facts.kind == EngineKind::Simulator
}

fn row(number: usize, pair: &[DiscoveredEngine; 2]) -> PhaseRow {
    let model = |engine: &DiscoveredEngine| {
        engine.facts.models.first().map(|model| printable(model).into_owned()).unwrap_or_default()
    };
    let contestant = |engine: &DiscoveredEngine| PhaseContestant {
        name: engine.facts.kind.title().to_owned(),
        badge: Hardware::Local.badge().to_owned(),
        hardware: Hardware::Local.title().to_owned(),
        model: model(engine),
        readiness: ContestantReadiness::Reachable(engine.place.clone()),
    };
    let [first, second] = pair.each_ref().map(model);
    PhaseRow {
        id: format!("{GROUP}{number}"),
        group: GROUP.to_owned(),
        group_name: "Engines that answer on this machine".into(),
        questions: vec!["Which of the engines that run here is faster?".into()],
        model: if first == second { first } else { format!("{first} against {second}") },
        contestants: pair.each_ref().map(contestant).to_vec(),
        priority: 1,
        ..PhaseRow::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::discover::EngineFacts;

    fn engine(kind: EngineKind, port: u16, models: &[&str]) -> DiscoveredEngine {
        let models = models.iter().map(ToString::to_string).collect();
        DiscoveredEngine {
            place: format!("127.0.0.1:{port}"),
            base_url: format!("http://127.0.0.1:{port}/v1"),
            facts: EngineFacts { kind, version: None, models, context: None, slots: None },
            process: None,
        }
    }

    #[test]
    fn every_two_engines_with_a_model_are_a_race() {
        let found = vec![
            engine(EngineKind::LlamaServer, 1, &["m"]),
            engine(EngineKind::Simulator, 2, &["m"]),
            engine(EngineKind::Vllm, 3, &[]),
            engine(EngineKind::MistralRs, 4, &["m"]),
            engine(EngineKind::LlamaServer, 5, &["other\u{1b}[2J"]),
        ];
        let pairs = EnginePairs::of(found);
        let rows: Vec<PhaseRow> = pairs.rows().collect();
        let models: Vec<&str> = rows.iter().map(|row| row.model.as_str()).collect();
        assert_eq!(rows.len(), 3);
        assert!(models[0] == "m" && models[1].starts_with("m against other") && !models[1].contains('\u{1b}'));
        assert!(rows.iter().all(PhaseRow::is_ready));
        let named = ["llama-server=http://127.0.0.1:1/v1", "mistralrs=http://127.0.0.1:4/v1"].map(str::to_owned);
        let options = pairs.options(&rows[0].id).unwrap();
        assert_eq!((options.providers, options.models), (named.to_vec(), vec!["m".to_owned(); 2]));
        assert_eq!([pairs.options("A1"), pairs.options("@9"), pairs.options("@0")], [None, None, None]);
    }
}
