//! The tables of a sweep: each combination's figures, how speed goes with size, what threads and requests at a time bring,
//! what offloading saves.

use std::collections::BTreeSet;

use super::model::weights;
use crate::cli::table::TextTable;
use crate::date;
use crate::environment::MachineEnvironment;
use crate::format::{self, ABSENT};
use crate::lab::scaling::{PointFigures, by_concurrency, by_size, by_threads, figures, offloading};
use crate::lab::sweep::SweepFile;
use crate::text::printable;
use crate::ui::widget::bar;

/// The widest bar of speeds, in columns.
const BAR: u16 = 30;

/// What the tables are made with besides the file.
pub(super) struct TableSettings {
    /// The processor's frequency as the system names it, GHz.
    ghz: Option<f64>,
    /// What electricity costs, USD per kWh.
    price_per_kwh: Option<f64>,
}

impl TableSettings {
    /// The settings for `file` at this price of electricity.
    pub(super) fn of(file: &SweepFile, price_per_kwh: Option<f64>) -> Self {
        let environment = &file.environment;
        Self { ghz: environment.max_mhz.or(environment.now_mhz).map(|mhz| mhz / 1e3), price_per_kwh }
    }
}

/// All tables; those without rows have nothing to show.
pub(super) fn all(file: &SweepFile, settings: &TableSettings) -> Vec<TextTable> {
    let told: Vec<PointFigures> = (0..file.points.len()).map(|point| figures(file, point, settings.ghz)).collect();
    vec![speed(file, &told), bars(file, &told), cost(file, &told, settings), threads(file), load(file), moved(file)]
}

fn speed(file: &SweepFile, all: &[PointFigures]) -> TextTable {
    let head =
        ["combination", "parameters", "file", "n", "ready ms", "TTFT ms", "prompt tok/s", "tok/s", "tok/s per core"];
    let mut table = TextTable::new(&head).right(1..9);
    for (index, point) in all.iter().enumerate() {
        let model = file.models.get(index);
        let parameters = model.and_then(|model| {
            let (all, active) = (model.parameters?, model.active_parameters?);
            Some(if all == active { weights(all) } else { format!("{} of {}", weights(active), weights(all)) })
        });
        let mark = match (point.failed, point.disturbed) {
            (0, 0) => String::new(),
            (0, disturbed) => format!(" ({disturbed} disturbed)"),
            (failed, 0) => format!(" ({failed} failed)"),
            (failed, disturbed) => format!(" ({failed} failed, {disturbed} disturbed)"),
        };
        let prompt = match point.prompt_tok_s {
            None if point.prompt_tok_s_at_least.is_some() => {
                format!("≥{}", format::number(point.prompt_tok_s_at_least, 0))
            }
            told => format::number(told, 0),
        };
        table.row([
            file.label(index),
            parameters.unwrap_or_else(|| ABSENT.into()),
            model.and_then(|model| model.file_bytes).map_or_else(|| ABSENT.into(), format::bytes),
            format!("{}{mark}", point.visits),
            format::number(point.ready_ms, 0),
            format::number(point.ttft_ms, 0),
            prompt,
            format::number(point.speed(), 1),
            format::number(point.tok_s_per_core, 1),
        ]);
    }
    table
}

/// The speeds as bars on one scale from zero.
fn bars(file: &SweepFile, all: &[PointFigures]) -> TextTable {
    let mut table = TextTable::new(&["combination", "tok/s", ""]).right([1]);
    let most = all.iter().filter_map(PointFigures::speed).fold(0.0, f64::max);
    for (index, speed) in all.iter().enumerate().filter_map(|(index, point)| Some((index, point.speed()?))) {
        table.row([file.label(index), format::number(Some(speed), 1), bar(speed / most)]);
    }
    table
}

/// A bar over `share`, 0 to 1, of the widest.
pub(super) fn bar(share: f64) -> String {
    bar::text(share, BAR)
}

fn cost(file: &SweepFile, all: &[PointFigures], settings: &TableSettings) -> TextTable {
    let mut head = vec!["combination", "memory", "own", "of files", "CPU ms/token", "tokens per CPU s"];
    head.extend(["Mcycles/token", "tok/s per GHz·core", "J/token"]);
    head.extend(settings.price_per_kwh.map(|_| "USD per million tokens"));
    let mut table = TextTable::new(&head).right(1..head.len());
    let memory = |size: Option<f64>| size.map_or_else(|| ABSENT.to_owned(), |size| format::bytes(whole(size)));
    for (index, point) in all.iter().enumerate() {
        let both = point.anonymous_bytes.zip(point.file_bytes).map(|(own, file)| own + file);
        let price = |usd_per_kwh: f64| point.joules_per_token.map(|joules| million_tokens_usd(joules, usd_per_kwh));
        let energy = settings.price_per_kwh.map(|usd_per_kwh| format::usd(price(usd_per_kwh)));
        let cells = [
            file.label(index),
            memory(both),
            memory(point.anonymous_bytes),
            memory(point.file_bytes),
            format::number(point.cpu_s_per_token.map(|seconds| seconds * 1e3), 2),
            format::number(point.cpu_s_per_token.map(|seconds| 1.0 / seconds), 1),
            format::number(point.cycles_per_token.map(|cycles| cycles / 1e6), 1),
            format::number(point.tok_s_per_ghz_core, 1),
            format::number(point.joules_per_token, 2),
        ];
        table.row(cells.into_iter().chain(energy));
    }
    table
}

/// What a million tokens cost in electricity, USD.
fn million_tokens_usd(joules_per_token: f64, usd_per_kwh: f64) -> f64 {
    joules_per_token * 1e6 / 3.6e6 * usd_per_kwh
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a median of sizes in bytes")]
fn whole(size: f64) -> u64 {
    size.max(0.0) as u64
}

fn threads(file: &SweepFile) -> TextTable {
    let mut table = TextTable::new(&["threads", "speed-up", "efficiency"]).right([1, 2]);
    for one in by_threads(file) {
        table.row([file.label(one.point), format::ratio(one.speed_up), format::whole_percent(one.efficiency)]);
    }
    table
}

fn load(file: &SweepFile) -> TextTable {
    let head = ["requests at a time", "n", "tok/s together", "tok/s each", "TTFT ms", "speed-up"];
    let mut table = TextTable::new(&head).right(1..6);
    for one in by_concurrency(file) {
        table.row([
            file.label(one.point),
            one.concurrency.to_string(),
            format::number(Some(one.load_tok_s), 1),
            format::number(one.request_tok_s, 1),
            format::number(one.ttft_ms, 0),
            format::ratio(one.speed_up),
        ]);
    }
    table
}

fn moved(file: &SweepFile) -> TextTable {
    let head = ["offloading", "accelerator memory saved", "speed", "tensors moved"];
    let mut table = TextTable::new(&head).right([1, 2, 3]);
    for pair in offloading(file) {
        table.row([
            format!("{} against {}", file.label(pair.with), file.label(pair.without)),
            pair.saved.map_or_else(|| ABSENT.into(), format::whole_percent),
            pair.speed.map_or_else(|| ABSENT.into(), format::ratio),
            pair.overrides.to_string(),
        ]);
    }
    table
}

/// Every visit as it was, a row each.
pub(super) fn visits(file: &SweepFile) -> TextTable {
    let mut head =
        vec!["combination", "engine", "model", "round", "started_at", "failure", "disturbed", "others_cores"];
    head.extend([
        "page_cache",
        "ready_ms",
        "ttft_ms",
        "prompt_tok_s",
        "output_tok_s",
        "load_tok_s",
        "end_to_end_tok_s",
    ]);
    head.extend(["tokens", "cpu_s", "own_bytes", "file_bytes", "threads", "accelerator_bytes", "host_bytes"]);
    head.extend(["gpu_bytes", "overrides", "without_effect", "package_joules", "gpu_joules", "runner"]);
    let mut table = TextTable::new(&head);
    let (figure, count) = (
        |value: Option<f64>| value.map(|value| value.to_string()).unwrap_or_default(),
        |value: Option<u64>| value.map(|value| value.to_string()).unwrap_or_default(),
    );
    for visit in &file.visits {
        let point = file.points.get(visit.point);
        let identity = [
            file.label(visit.point),
            point.map(|point| point.engine.clone()).unwrap_or_default(),
            file.models.get(visit.point).map(|model| model.name.clone()).unwrap_or_default(),
            visit.round.to_string(),
            visit.started_at.map(date::to_milli).unwrap_or_default(),
            visit.failure.clone().unwrap_or_default(),
            visit.disturbed.to_string(),
            figure(visit.others_cores),
            visit.page_cache.clone().unwrap_or_default(),
        ];
        let speeds = [visit.ready_ms, visit.ttft_ms, visit.prompt_tok_s, visit.output_tok_s, visit.load_tok_s];
        let sums = [visit.end_to_end_tok_s, visit.tokens, visit.cpu_s];
        let sizes = [visit.anonymous_bytes, visit.file_bytes, visit.threads.map(u64::from), visit.accelerator_bytes];
        let rest = [visit.host_bytes, visit.gpu_bytes, Some(u64::from(visit.overrides))];
        let cells = identity.into_iter().chain(speeds.into_iter().chain(sums).map(figure));
        let cells = cells.chain(sizes.into_iter().chain(rest).map(count));
        let energy = [visit.package_joules, visit.gpu_joules].map(figure);
        let runner = point.and_then(|point| point.runner.clone()).unwrap_or_default();
        table.row(cells.chain([visit.without_effect.join(" ")]).chain(energy).chain([runner]));
    }
    table
}

/// What has to be said beside the tables: the fits, what figures rest on, what had no effect.
pub(super) fn notes(file: &SweepFile, settings: &TableSettings) -> Vec<String> {
    let mut notes = fits(file);
    notes.push(format!(
        "Medians of n visits; prompt of {} characters, up to {} tokens out.",
        file.prompt.chars().count(),
        file.max_tokens
    ));
    notes.extend(settings.ghz.map(|ghz| {
        format!("Cycles are CPU time × {ghz:.2} GHz, the frequency that the system names, not counted by hardware.")
    }));
    if file.visits.iter().any(|visit| visit.prompt_tok_s_at_least.is_some()) {
        notes.push("≥: the engine tells no time for the prompt; its tokens over the time to first token.".into());
    }
    if settings.price_per_kwh.is_some() {
        notes.push("USD per million tokens: electricity alone, of the whole machine.".into());
    }
    notes.extend(file.machines.iter().map(|(name, machine)| told(name, machine)));
    let effects = file.visits.iter().flat_map(|visit| visit.without_effect.iter().map(move |name| (visit.point, name)));
    let effects: BTreeSet<(usize, &String)> = effects.collect();
    notes.extend(
        effects.into_iter().map(|(point, name)| {
            format!("{}: '{name}' was accepted and shows no effect in the log.", file.label(point))
        }),
    );
    if file.visits.iter().any(|visit| visit.disturbed) {
        notes.push(
            "Disturbed: others kept more than a quarter of a processor busy meanwhile; such visits count only where there are \
             no others."
                .into(),
        );
    }
    notes
}

/// What runner `name` runs on, as it said of itself.
fn told(name: &str, machine: &MachineEnvironment) -> String {
    let MachineEnvironment { os, cpu, cores, memory_bytes, gpus, tool, .. } = machine;
    let cores = cores.map(|cores| format!("{cores} cores"));
    let known = [os.clone(), cpu.clone(), cores, memory_bytes.map(format::bytes)];
    let parts = known.into_iter().flatten().chain(gpus.iter().cloned()).chain([tool.clone()]);
    printable(&format!("Runner {name}: {}.", parts.collect::<Vec<_>>().join(", "))).into_owned()
}

/// How speed goes with size, a sentence for each group of combinations.
fn fits(file: &SweepFile) -> Vec<String> {
    let told = by_size(file).into_iter().map(|(point, fit)| {
        let settings = point.settings.iter().filter(|(name, _)| *name != "program");
        let settings = settings.map(|(name, value)| format!(" {name}={value}")).collect::<Vec<_>>().concat();
        let runner = point.runner.as_ref().map(|runner| format!(" @ {runner}")).unwrap_or_default();
        let interval = fit.interval.map_or_else(
            || "no interval from two sizes".to_owned(),
            |interval| format!("95 % {:.2} to {:.2}, t on {} sizes", interval.low, interval.high, fit.sizes),
        );
        format!(
            "{}{settings}{runner}: speed goes with active parameters to the power of {:.2} ({interval})",
            point.engine, fit.exponent
        )
    });
    told.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn electricity_is_priced_by_the_joule() {
        // 1 J a token at 0.30 USD per kWh: a million tokens are 0.278 kWh.
        assert!((million_tokens_usd(1.0, 0.3) - 0.083_333).abs() < 1e-5);
    }
}
