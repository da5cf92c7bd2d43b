//! What a sweep shows: how speed falls with size, what threads bring, and what offloading saves and costs.
//! Exponents are slopes in double logarithms with Student's t interval; everything else is a ratio of two measured medians.

use std::collections::BTreeMap;

use speed_kings_core::stats::median;
use speed_kings_core::stats::power_law::{ScalingFit, slope};

use crate::sweep::{SweepFile, SweepPoint};
use crate::visit::SweepVisit;

/// Settings that move weights between devices.
const OFFLOADING: [&str; 4] = ["cpu_moe", "n_cpu_moe", "gpu_layers", "override_tensor"];

/// The medians of one point.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct PointFigures {
    /// Visits that the medians rest on.
    pub visits: usize,
    /// Visits that were disturbed, of all.
    pub disturbed: usize,
    /// Visits that failed, of all.
    pub failed: usize,
    /// Start to ready, ms.
    pub ready_ms: Option<f64>,
    /// Time to first token, ms.
    pub ttft_ms: Option<f64>,
    /// Prompt tokens a second.
    pub prompt_tok_s: Option<f64>,
    /// The least that is known of that, where the engine tells no time of its own.
    pub prompt_tok_s_at_least: Option<f64>,
    /// Output tokens a second; of several requests at a time the median of one.
    pub output_tok_s: Option<f64>,
    /// Output tokens a second of all requests together, where there were several.
    pub load_tok_s: Option<f64>,
    /// Output tokens a second for each thread that it was given.
    pub tok_s_per_core: Option<f64>,
    /// The same for each GHz of the processor's frequency as the system names it.
    pub tok_s_per_ghz_core: Option<f64>,
    /// CPU seconds of one token.
    pub cpu_s_per_token: Option<f64>,
    /// Processor cycles of one token: CPU seconds times that frequency, not counted by hardware.
    pub cycles_per_token: Option<f64>,
    /// Joules of one token, the whole machine.
    pub joules_per_token: Option<f64>,
    /// Peak of memory that no file backs, bytes.
    pub anonymous_bytes: Option<f64>,
    /// Peak of resident pages of files, bytes.
    pub file_bytes: Option<f64>,
}

impl PointFigures {
    /// Output tokens a second of everything that it was asked at the same time.
    #[must_use]
    pub fn speed(&self) -> Option<f64> {
        self.load_tok_s.or(self.output_tok_s)
    }
}

/// What more threads bring against the fewest.
#[derive(Clone, PartialEq, Debug)]
pub struct ThreadScaling {
    /// The point in the file.
    pub point: usize,
    /// Threads that it was given.
    pub threads: u32,
    /// Its speed over the speed with the fewest threads.
    pub speed_up: f64,
    /// The speed-up for each thread more: 1 is all that there is to gain.
    pub efficiency: f64,
}

/// What more requests at the same time bring against the fewest.
#[derive(Clone, PartialEq, Debug)]
pub struct LoadScaling {
    /// The point in the file.
    pub point: usize,
    /// Requests at the same time.
    pub concurrency: u32,
    /// Output tokens a second of all together.
    pub load_tok_s: f64,
    /// Output tokens a second that one request gets.
    pub request_tok_s: Option<f64>,
    /// Time to first token, ms.
    pub ttft_ms: Option<f64>,
    /// The speed of all over the speed with the fewest.
    pub speed_up: f64,
}

/// Two points that differ in where weights lie, and in nothing else.
#[derive(Clone, PartialEq, Debug)]
pub struct OffloadPair {
    /// The point without the setting.
    pub without: usize,
    /// The point with it.
    pub with: usize,
    /// The setting, with its value.
    pub setting: String,
    /// Share of the accelerator's memory that is saved; nothing where nothing lies there.
    pub saved: Option<f64>,
    /// Speed with it over speed without.
    pub speed: Option<f64>,
    /// Tensors that the log says were moved.
    pub overrides: u32,
}

/// The medians of `point`; `ghz` is the processor's frequency, where the system names it.
#[must_use]
pub fn figures(file: &SweepFile, point: usize, ghz: Option<f64>) -> PointFigures {
    let all: Vec<&SweepVisit> = file.visits.iter().filter(|visit| visit.point == point).collect();
    let good = file.figures(point);
    let median = |get: &dyn Fn(&SweepVisit) -> Option<f64>| median(good.iter().filter_map(|visit| get(visit)));
    let (output_tok_s, load_tok_s) = (median(&|visit| visit.output_tok_s), median(&|visit| visit.load_tok_s));
    let threads = file.points.get(point).and_then(|point| point.setting("threads")?.parse::<u32>().ok());
    let per_core = load_tok_s
        .or(output_tok_s)
        .zip(threads.filter(|threads| *threads > 0))
        .map(|(speed, threads)| speed / f64::from(threads));
    let cpu_s_per_token = median(&SweepVisit::cpu_s_per_token);
    PointFigures {
        visits: good.len(),
        disturbed: all.iter().filter(|visit| visit.disturbed).count(),
        failed: all.iter().filter(|visit| visit.failure.is_some()).count(),
        ready_ms: median(&|visit| visit.ready_ms),
        ttft_ms: median(&|visit| visit.ttft_ms),
        prompt_tok_s: median(&|visit| visit.prompt_tok_s),
        prompt_tok_s_at_least: median(&|visit| visit.prompt_tok_s_at_least),
        output_tok_s,
        load_tok_s,
        tok_s_per_core: per_core,
        tok_s_per_ghz_core: per_core.zip(ghz).map(|(speed, ghz)| speed / ghz),
        cpu_s_per_token,
        cycles_per_token: cpu_s_per_token.zip(ghz).map(|(seconds, ghz)| seconds * ghz * 1e9),
        joules_per_token: median(&SweepVisit::joules_per_token),
        anonymous_bytes: median(&|visit| visit.anonymous_bytes.map(bytes)),
        file_bytes: median(&|visit| visit.file_bytes.map(bytes)),
    }
}

/// How output speed goes with the weights that a token passes through, for each group of points that differ in their model
/// alone; nothing for groups of fewer than two sizes.
#[must_use]
pub fn by_size(file: &SweepFile) -> Vec<(SweepPoint, ScalingFit)> {
    let mut groups: BTreeMap<SweepPoint, Vec<(f64, f64)>> = BTreeMap::new();
    for (index, point) in file.points.iter().enumerate() {
        let size = file.models.get(index).and_then(|model| model.active_parameters).filter(|size| *size > 0);
        let speed = figures(file, index, None).speed().filter(|speed| *speed > 0.0);
        if let (Some(size), Some(speed)) = (size, speed) {
            let group = SweepPoint { model: String::new(), ..point.clone() };
            groups.entry(group).or_default().push((bytes(size).ln(), speed.ln()));
        }
    }
    groups.into_iter().filter_map(|(group, sizes)| Some((group, slope(&sizes)?))).collect()
}

/// What threads bring, for each group of points that differ in them alone.
#[must_use]
pub fn by_threads(file: &SweepFile) -> Vec<ThreadScaling> {
    let mut groups: BTreeMap<SweepPoint, Vec<(u32, usize, f64)>> = BTreeMap::new();
    for (index, point) in file.points.iter().enumerate() {
        let threads = point.setting("threads").and_then(|threads| threads.parse::<u32>().ok()).filter(|n| *n > 0);
        let speed = figures(file, index, None).speed().filter(|speed| *speed > 0.0);
        if let (Some(threads), Some(speed)) = (threads, speed) {
            groups.entry(point.without("threads")).or_default().push((threads, index, speed));
        }
    }
    let mut all = Vec::new();
    for mut group in groups.into_values().filter(|group| group.len() > 1) {
        group.sort_by_key(|(threads, ..)| *threads);
        let Some((fewest, _, base)) = group.first().copied() else { continue };
        all.extend(group.into_iter().map(|(threads, point, speed)| {
            let speed_up = speed / base;
            ThreadScaling { point, threads, speed_up, efficiency: speed_up * f64::from(fewest) / f64::from(threads) }
        }));
    }
    all
}

/// What more requests at the same time bring, for each group of points that differ in their number alone.
#[must_use]
pub fn by_concurrency(file: &SweepFile) -> Vec<LoadScaling> {
    let mut groups: BTreeMap<SweepPoint, Vec<LoadScaling>> = BTreeMap::new();
    for (index, point) in file.points.iter().enumerate() {
        let told = figures(file, index, None);
        let Some(load_tok_s) = told.speed().filter(|speed| *speed > 0.0) else { continue };
        groups.entry(SweepPoint { concurrency: 1, ..point.clone() }).or_default().push(LoadScaling {
            point: index,
            concurrency: point.concurrency,
            load_tok_s,
            request_tok_s: told.output_tok_s,
            ttft_ms: told.ttft_ms,
            speed_up: 1.0,
        });
    }
    let mut all = Vec::new();
    for mut group in groups.into_values().filter(|group| group.len() > 1) {
        group.sort_by_key(|one| one.concurrency);
        let Some(base) = group.first().map(|one| one.load_tok_s) else { continue };
        all.extend(group.into_iter().map(|one| LoadScaling { speed_up: one.load_tok_s / base, ..one }));
    }
    all
}

/// Pairs of points that differ in one setting that moves weights, where one has it and the other hasn't.
#[must_use]
pub fn offloading(file: &SweepFile) -> Vec<OffloadPair> {
    let mut pairs = Vec::new();
    for (with, point) in file.points.iter().enumerate() {
        for name in OFFLOADING {
            let Some(value) = point.setting(name).filter(|value| !is_off(value)) else { continue };
            let bare = |other: &SweepPoint| {
                other.setting(name).is_none_or(is_off) && other.without(name) == point.without(name)
            };
            let Some(without) = file.points.iter().position(bare) else { continue };
            pairs.push(pair(file, without, with, format!("{name}={value}")));
        }
    }
    pairs
}

fn is_off(value: &str) -> bool {
    matches!(value, "off" | "false" | "no" | "0")
}

fn pair(file: &SweepFile, without: usize, with: usize, setting: String) -> OffloadPair {
    let memory = |point: usize| {
        let told =
            file.figures(point).into_iter().filter_map(|visit| visit.gpu_bytes.or(visit.accelerator_bytes)).max();
        told.map(bytes)
    };
    let saved = memory(without)
        .zip(memory(with))
        .filter(|(before, _)| *before > 0.0)
        .map(|(before, after)| 1.0 - after / before);
    let speed = |point: usize| figures(file, point, None).speed();
    OffloadPair {
        without,
        with,
        setting,
        saved,
        speed: speed(with).zip(speed(without)).map(|(with, without)| with / without),
        overrides: file.figures(with).iter().map(|visit| visit.overrides).max().unwrap_or(0),
    }
}

#[expect(clippy::cast_precision_loss, reason = "sizes and counts of weights stay below 2^53")]
fn bytes(size: u64) -> f64 {
    size as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sweep::tests::{file, grid};

    fn visit(point: usize, speed: f64) -> SweepVisit {
        SweepVisit {
            point,
            round: 1,
            output_tok_s: Some(speed),
            tokens: Some(100.0),
            cpu_s: Some(2.0),
            ..SweepVisit::default()
        }
    }

    #[test]
    fn threads_are_judged_against_the_fewest() {
        let mut file = file(grid());
        file.visits = vec![visit(0, 60.0), visit(1, 90.0), visit(2, 30.0), visit(3, 30.0)];
        let threads = by_threads(&file);
        let found: Vec<(usize, u32)> = threads.iter().map(|one| (one.point, one.threads)).collect();
        assert_eq!(found, [(0, 1), (1, 2), (2, 1), (3, 2)]);
        assert!((threads[1].speed_up - 1.5).abs() < 1e-9 && (threads[1].efficiency - 0.75).abs() < 1e-9);
        let figures = figures(&file, 1, Some(2.5));
        assert!((figures.tok_s_per_core.unwrap() - 45.0).abs() < 1e-9);
        assert!((figures.tok_s_per_ghz_core.unwrap() - 18.0).abs() < 1e-9);
        assert!((figures.cycles_per_token.unwrap() - 5e7).abs() < 1.0);
    }

    #[test]
    fn more_requests_are_judged_against_the_fewest() {
        let engines = [("e".to_owned(), speed_kings_catalog::engine::EngineRequest::parse("a.gguf"))];
        let varied = crate::sweep::varied("concurrency=1,4").unwrap();
        let mut file = file(crate::sweep::points(&engines, &[varied]).unwrap());
        file.visits = vec![visit(0, 60.0), SweepVisit { load_tok_s: Some(90.0), ..visit(1, 25.0) }];
        let load = by_concurrency(&file);
        let told: Vec<_> = load.iter().map(|one| (one.concurrency, one.load_tok_s, one.request_tok_s)).collect();
        assert_eq!(told, [(1, 60.0, Some(60.0)), (4, 90.0, Some(25.0))]);
        assert!((load[1].speed_up - 1.5).abs() < 1e-9);
        assert_eq!(figures(&file, 1, None).speed(), Some(90.0));
    }

    #[test]
    fn offloading_is_what_was_measured_with_and_without() {
        let point = |value: Option<&str>| SweepPoint {
            engine: "e".into(),
            model: "m".into(),
            settings: value.map(|value| ("cpu_moe".to_owned(), value.to_owned())).into_iter().collect(),
            concurrency: 1,
            runner: None,
        };
        let mut file = file(vec![point(Some("off")), point(Some("on"))]);
        let with = |speed, accelerator, overrides, point| SweepVisit {
            accelerator_bytes: accelerator,
            overrides,
            ..visit(point, speed)
        };
        file.visits = vec![with(40.0, Some(1000), 0, 0), with(10.0, Some(285), 90, 1)];
        let pairs = offloading(&file);
        let [pair] = pairs.as_slice() else { panic!("{pairs:?}") };
        assert_eq!((pair.without, pair.with, pair.setting.as_str(), pair.overrides), (0, 1, "cpu_moe=on", 90));
        assert!((pair.saved.unwrap() - 0.715).abs() < 1e-9 && (pair.speed.unwrap() - 0.25).abs() < 1e-9);
        file.visits = vec![with(40.0, Some(0), 0, 0), with(39.0, Some(0), 90, 1)];
        assert_eq!(offloading(&file)[0].saved, None, "nothing lay there");
    }

    #[test]
    fn disturbed_visits_stand_back_behind_quiet_ones() {
        let mut file = file(grid());
        file.visits =
            vec![visit(0, 60.0), SweepVisit { disturbed: true, ..visit(0, 6.0) }, SweepVisit::failed(0, 3, "x")];
        let point = figures(&file, 0, None);
        assert_eq!((point.visits, point.disturbed, point.failed, point.output_tok_s), (1, 1, 1, Some(60.0)));
        file.visits.remove(0);
        assert_eq!(figures(&file, 0, None).output_tok_s, Some(6.0), "better than nothing, and marked");
    }

    #[test]
    fn sizes_are_fitted_within_what_is_the_same() {
        let mut file = file(grid());
        for (model, size) in file.models.iter_mut().zip([1_000_000, 1_000_000, 4_000_000, 4_000_000]) {
            model.active_parameters = Some(size);
        }
        file.visits = vec![visit(0, 80.0), visit(1, 90.0), visit(2, 20.0), visit(3, 45.0)];
        let fits = by_size(&file);
        assert_eq!(fits.len(), 2, "one for each number of threads");
        assert!((fits[0].1.exponent + 1.0).abs() < 1e-9 && (fits[1].1.exponent + 0.5).abs() < 1e-9);
    }
}
