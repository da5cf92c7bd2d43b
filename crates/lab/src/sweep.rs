//! A sweep: every combination of what is varied, visited in rounds of random order, and the file that keeps the visits.
//! A fixed order would take what happens over time (heat, a neighbour's job) for the effect of a setting.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use speed_kings_catalog::engine::{EngineRequest, model_stem, setting_name};
use speed_kings_engine::gguf::GgufHeader;
use speed_kings_system::environment::MachineEnvironment;

use crate::visit::SweepVisit;

/// The version of the file.
pub const VERSION: u32 = 1;
/// The word by which the file says what it is, and the name of the folder that sweeps are kept in.
pub const KIND: &str = "sweep";
/// The most points of one sweep.
const MAX_POINTS: usize = 1_000;
/// The most values of one range.
const MAX_VALUES: usize = 200;
/// What is varied by this name is no setting of the engine, but how many requests it is asked at the same time.
pub const CONCURRENCY: &str = "concurrency";
/// The most requests at the same time.
const MAX_CONCURRENCY: u32 = 64;

/// One combination of what is varied.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
pub struct SweepPoint {
    /// The catalogue's id of the engine.
    pub engine: String,
    /// The model, as the engine takes it.
    pub model: String,
    /// The settings, by name.
    pub settings: BTreeMap<String, String>,
    /// Requests that it is asked at the same time.
    #[serde(default = "one", skip_serializing_if = "is_one")]
    pub concurrency: u32,
    /// The runner that visits it, by its name on the bus; nothing where that is this machine. The engine is the runner's sweep then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub runner: Option<String>,
}

/// One request at a time, as in files from before there could be more.
const fn one() -> u32 {
    1
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands a reference")]
const fn is_one(requests: &u32) -> bool {
    *requests == 1
}

/// What the header of a point's model file says.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
pub struct ModelSize {
    /// The model's name without its folder.
    pub name: String,
    /// Size of the file, bytes; absent when it is no file.
    pub file_bytes: Option<u64>,
    /// Weights of the model; absent when the file does not say.
    pub parameters: Option<u64>,
    /// Weights that one token passes through.
    pub active_parameters: Option<u64>,
    /// The quantisation by its usual name.
    pub quantization: Option<String>,
    /// Experts of each layer, and those that a token uses.
    pub experts: Option<(u64, u64)>,
}

/// A sweep as its file keeps it.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct SweepFile {
    /// The version of this form.
    pub version: u32,
    /// What kind of file this is.
    pub kind: String,
    /// When the sweep began, UTC.
    pub started_at: Timestamp,
    /// What it ran on.
    pub environment: MachineEnvironment,
    /// What every engine was asked.
    pub prompt: String,
    /// The cap on output tokens of each run.
    pub max_tokens: u32,
    /// Draws the order of each round.
    pub seed: u64,
    /// Visits of each point.
    pub rounds: u32,
    /// Seconds between two visits.
    pub cool_down_s: f64,
    /// The combinations that are compared.
    pub points: Vec<SweepPoint>,
    /// The model of each point.
    pub models: Vec<ModelSize>,
    /// The machines of its runners, by their names on the bus.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub machines: BTreeMap<String, MachineEnvironment>,
    /// What was measured so far.
    pub visits: Vec<SweepVisit>,
}

/// Why a sweep can't be laid out.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum SweepError {
    /// What is varied has no form.
    #[error("invalid --vary '{0}': expected NAME=VALUE,VALUE or NAME=FIRST..LAST, for example threads=1,2,4")]
    Vary(String),
    /// A range without values, or with too many.
    #[error("invalid range '{0}': expected FIRST..LAST or FIRST..LAST:STEP with at most {MAX_VALUES} values")]
    Range(String),
    /// Requests at the same time that are none, or too many.
    #[error("invalid concurrency '{0}': expected 1 to {MAX_CONCURRENCY} requests at the same time")]
    Concurrency(String),
    /// More than anybody waits for.
    #[error("{0} points are more than the {MAX_POINTS} that one sweep takes: vary less at once")]
    TooMany(usize),
}

/// Reads `NAME=VALUE,VALUE` or `NAME=FIRST..LAST[:STEP]`.
///
/// # Errors
/// When it has another form.
pub fn varied(text: &str) -> Result<(String, Vec<String>), SweepError> {
    let wrong = || SweepError::Vary(text.to_owned());
    let (name, values) = text.split_once('=').ok_or_else(wrong)?;
    let mut all: Vec<String> = Vec::new();
    for value in values.split(',').map(str::trim) {
        match value.split_once("..") {
            Some(range) => all.extend(range_of(range, value)?),
            None if value.is_empty() => return Err(wrong()),
            None => all.push(value.to_owned()),
        }
    }
    let mut seen = BTreeSet::new();
    all.retain(|value| seen.insert(value.clone()));
    let name = setting_name(name);
    if name.is_empty() { Err(wrong()) } else { Ok((name, all)) }
}

fn range_of((first, rest): (&str, &str), whole: &str) -> Result<Vec<String>, SweepError> {
    let wrong = || SweepError::Range(whole.to_owned());
    let (last, step) = rest.split_once(':').unwrap_or((rest, "1"));
    let number = |text: &str| text.trim().parse::<u64>().map_err(|_| wrong());
    let (first, last, step) = (number(first)?, number(last)?, number(step)?);
    let step = usize::try_from(step).ok().filter(|step| *step > 0).ok_or_else(wrong)?;
    let values: Vec<String> = (first..=last).step_by(step).take(MAX_VALUES + 1).map(|n| n.to_string()).collect();
    if values.is_empty() || values.len() > MAX_VALUES { Err(wrong()) } else { Ok(values) }
}

/// Every combination of the engines with the values of what is varied, each once, in the order in which they were named.
///
/// # Errors
/// When they are too many, or a concurrency is none.
pub fn points(
    engines: &[(String, EngineRequest)],
    varied: &[(String, Vec<String>)],
) -> Result<Vec<SweepPoint>, SweepError> {
    let sizes = varied.iter().map(|(_, values)| values.len());
    let count = sizes.fold(engines.len(), usize::saturating_mul);
    if count > MAX_POINTS {
        return Err(SweepError::TooMany(count));
    }
    let base = engines.iter().map(|(engine, request)| SweepPoint {
        engine: engine.clone(),
        model: request.model.clone(),
        settings: request.settings.clone(),
        concurrency: 1,
        runner: None,
    });
    let mut all: Vec<SweepPoint> = base.collect();
    for (name, values) in varied {
        let with = |point: SweepPoint| values.iter().map(move |value| point.with(name, value));
        all = all.into_iter().flat_map(with).collect::<Result<_, _>>()?;
    }
    let mut seen = BTreeSet::new();
    all.retain(|point| seen.insert(point.clone()));
    Ok(all)
}

impl SweepPoint {
    /// The contestant that races for it: `engine:ID@MODEL,NAME=VALUE`.
    #[must_use]
    pub fn contestant(&self) -> String {
        let escaped = |text: &str| text.replace(',', "\\,");
        let settings = self.settings.iter().map(|(name, value)| format!(",{name}={}", escaped(value)));
        format!("engine:{}@{}{}", self.engine, escaped(&self.model), settings.collect::<String>())
    }

    /// The same with `name` set to `value`.
    ///
    /// # Errors
    /// When a concurrency is none.
    pub fn with(&self, name: &str, value: &str) -> Result<Self, SweepError> {
        let mut point = self.clone();
        if name == CONCURRENCY {
            let requests = value.parse().ok().filter(|requests| (1..=MAX_CONCURRENCY).contains(requests));
            point.concurrency = requests.ok_or_else(|| SweepError::Concurrency(value.to_owned()))?;
        } else {
            point.settings.insert(name.to_owned(), value.to_owned());
        }
        Ok(point)
    }

    /// The value of the setting of this name.
    #[must_use]
    pub fn setting(&self, name: &str) -> Option<&str> {
        self.settings.get(name).map(String::as_str)
    }

    /// The same without the setting of this name: what is equal apart from it.
    #[must_use]
    pub fn without(&self, name: &str) -> Self {
        let mut point = self.clone();
        point.settings.remove(name);
        point
    }
}

impl ModelSize {
    /// What the model at `path` says of its size: by its header where it has one, else its name and the size of its file.
    #[must_use]
    pub fn read(path: &str) -> Self {
        let name = model_stem(path);
        if let Ok(header) = GgufHeader::read(path.as_ref()) {
            return Self::of(name, &header);
        }
        let file = std::fs::metadata(path).ok().filter(std::fs::Metadata::is_file);
        Self { name: name.to_owned(), file_bytes: file.map(|file| file.len()), ..Self::default() }
    }

    /// What `name`, a model with this header, says of its size.
    #[must_use]
    pub fn of(name: &str, header: &GgufHeader) -> Self {
        Self {
            name: name.to_owned(),
            file_bytes: Some(header.file_bytes),
            parameters: Some(header.parameters),
            active_parameters: Some(header.active_parameters),
            quantization: header.quantization.clone(),
            experts: header.experts.zip(header.experts_used),
        }
    }
}

impl SweepFile {
    /// The visits that are still to be made: round by round, each in an order of its own, by round and point. One that was lost with its
    /// runner is among them.
    #[must_use]
    pub fn left(&self) -> Vec<(u32, usize)> {
        let made = self.visits.iter().filter(|visit| !visit.lost).map(|visit| (visit.round, visit.point));
        let made: BTreeSet<(u32, usize)> = made.collect();
        let mut rng = fastrand::Rng::with_seed(self.seed);
        let mut left = Vec::new();
        for round in 1..=self.rounds {
            let mut order: Vec<usize> = (0..self.points.len()).collect();
            rng.shuffle(&mut order);
            left.extend(order.into_iter().map(|point| (round, point)).filter(|visit| !made.contains(visit)));
        }
        left
    }

    /// Keeps `visit`, in the place of one that was lost.
    pub fn keep(&mut self, visit: SweepVisit) {
        self.visits.retain(|other| !other.lost || (other.round, other.point) != (visit.round, visit.point));
        self.visits.push(visit);
    }

    /// What a point is called in tables: what tells it from the others.
    #[must_use]
    pub fn label(&self, point: usize) -> String {
        let points: Vec<&SweepPoint> = self.points.iter().collect();
        let names: Vec<&str> = self.models.iter().map(|model| model.name.as_str()).collect();
        point_label(&points, &names, point)
    }

    /// The visits of one point that brought figures: the undisturbed ones, or all when there are no others.
    #[must_use]
    pub fn figures(&self, point: usize) -> Vec<&SweepVisit> {
        let good: Vec<&SweepVisit> =
            self.visits.iter().filter(|visit| visit.point == point && visit.failure.is_none()).collect();
        let quiet: Vec<&SweepVisit> = good.iter().filter(|visit| !visit.disturbed).copied().collect();
        if quiet.is_empty() { good } else { quiet }
    }
}

/// What point `at` of `points`, whose models have these names, is called in tables: what tells it from the others.
#[must_use]
pub fn point_label(points: &[&SweepPoint], names: &[&str], at: usize) -> String {
    let Some(of) = points.get(at) else { return String::new() };
    let differs = |get: &dyn Fn(&SweepPoint) -> String| points.iter().any(|other| get(other) != get(of));
    let mut words = Vec::new();
    if differs(&|point| point.engine.clone()) {
        words.push(of.engine.clone());
    }
    if differs(&|point| point.model.clone()) || points.len() == 1 {
        words.extend(names.get(at).map(|name| (*name).to_owned()));
    }
    let settings: BTreeSet<&String> = points.iter().flat_map(|point| point.settings.keys()).collect();
    for name in settings.into_iter().filter(|name| *name != "program") {
        if differs(&|point| point.setting(name).unwrap_or_default().to_owned()) {
            words.push(format!("{name}={}", of.setting(name).unwrap_or("unset")));
        }
    }
    if differs(&|point| point.concurrency.to_string()) {
        words.push(format!("{CONCURRENCY}={}", of.concurrency));
    }
    if differs(&|point| point.runner.clone().unwrap_or_default()) {
        words.extend(of.runner.as_ref().map(|runner| format!("@ {runner}")));
    }
    words.join(" ")
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    pub(crate) fn file(points: Vec<SweepPoint>) -> SweepFile {
        let models = points.iter().map(|point| ModelSize { name: point.model.clone(), ..ModelSize::default() });
        SweepFile {
            version: VERSION,
            kind: "sweep".into(),
            started_at: Timestamp::UNIX_EPOCH,
            environment: MachineEnvironment::default(),
            prompt: "Hi".into(),
            max_tokens: 64,
            seed: 7,
            rounds: 2,
            cool_down_s: 0.0,
            models: models.collect(),
            machines: BTreeMap::new(),
            points,
            visits: Vec::new(),
        }
    }

    pub(crate) fn grid() -> Vec<SweepPoint> {
        let engines = ["a.gguf", "b.gguf"].map(|model| ("e".to_owned(), EngineRequest::parse(model)));
        points(&engines, &[varied("threads=1,2").unwrap(), varied("context=512").unwrap()]).unwrap()
    }

    #[test]
    fn what_is_varied_is_a_list_or_a_range() {
        for (text, values) in [
            ("threads=1,2,4", vec!["1", "2", "4"]),
            ("threads=1..3", vec!["1", "2", "3"]),
            ("gpu-layers=0..20:10,99", vec!["0", "10", "20", "99"]),
            ("cpu_moe=on,off,on", vec!["on", "off"]),
        ] {
            assert_eq!(varied(text).unwrap().1, values, "{text}");
        }
        assert_eq!(varied("gpu-layers=0").unwrap().0, "gpu_layers");
        for wrong in ["threads", "threads=", "=1", "threads=3..1", "threads=1..9:0", "threads=0..100000", "t=a..b"] {
            assert!(varied(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn every_combination_is_there_once() {
        let points = grid();
        assert_eq!(points.len(), 4);
        assert_eq!(points[3].contestant(), "engine:e@b.gguf,context=512,threads=2");
        let file = file(points);
        assert_eq!(file.label(0), "a.gguf threads=1", "what is the same everywhere is not repeated");
        let many = vec![("n".to_owned(), (0..200).map(|n| n.to_string()).collect::<Vec<_>>()); 2];
        assert!(matches!(super::points(&[("e".into(), EngineRequest::default())], &many), Err(SweepError::TooMany(_))));
    }

    #[test]
    fn concurrency_is_varied_beside_the_settings() {
        let engines = [("e".to_owned(), EngineRequest::parse("a.gguf"))];
        let points = points(&engines, &[varied("concurrency=1,4").unwrap()]).unwrap();
        assert_eq!(points.iter().map(|point| point.concurrency).collect::<Vec<_>>(), [1, 4]);
        assert_eq!(
            (points[1].contestant(), file(points.clone()).label(1)),
            ("engine:e@a.gguf".into(), "concurrency=4".into())
        );
        for wrong in ["concurrency=0", "concurrency=65", "concurrency=x"] {
            let found = super::points(&engines, &[varied(wrong).unwrap()]);
            assert!(matches!(found, Err(SweepError::Concurrency(_))), "{wrong}");
        }
        let old: SweepPoint = serde_json::from_str(r#"{"engine":"e","model":"m","settings":{}}"#).unwrap();
        assert_eq!((old.concurrency, serde_json::to_string(&old).unwrap().contains("concurrency")), (1, false));
    }

    #[test]
    fn rounds_have_orders_of_their_own_and_go_on_where_they_stopped() {
        let mut file = file(grid());
        let left = file.left();
        assert_eq!(left.len(), 8);
        assert_eq!(left, file.left(), "by the seed");
        assert!(left[..4].iter().all(|(round, _)| *round == 1));
        let orders: BTreeSet<Vec<usize>> = (0..20)
            .map(|seed| SweepFile { seed, ..file.clone() }.left().iter().take(4).map(|(_, point)| *point).collect())
            .collect();
        assert!(orders.len() > 5, "drawn, not listed");
        file.visits = left[..3].iter().map(|(round, point)| SweepVisit::failed(*point, *round, "x")).collect();
        assert_eq!(file.left(), left[3..]);
        file.visits[1].lost = true;
        assert_eq!(file.left()[0], left[1], "what was lost is made again");
        file.keep(SweepVisit { point: left[1].1, round: left[1].0, ..SweepVisit::default() });
        assert_eq!((file.left(), file.visits.len()), (left[3..].to_vec(), 3));
    }

    #[test]
    fn points_of_several_runners_say_whose_they_are() {
        let mut points = grid();
        points.truncate(1);
        points.push(points[0].clone());
        points[0].runner = Some("m3".into());
        assert!(!file(points[..1].to_vec()).label(0).contains('@'), "one runner is not repeated");
        points[1].runner = Some("rtx".into());
        assert_eq!([0, 1].map(|point| file(points.clone()).label(point)), ["@ m3", "@ rtx"]);
    }
}
