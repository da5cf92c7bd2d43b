//! The history as people and scripts read it: a line for each contestant and workload, each of its files where there are few, and
//! what watches say.

use super::point::HistoryPoint;
use super::series::{HistoryFilter, HistorySeries};
use super::summary::summary;
use super::told::{changed, changed_on, day, levels, named};
use super::uptime::{UptimeCount, UptimeSeries};
use crate::benchmark_report::{ReportBlock, ReportTable};
use speed_kings_core::date;
use speed_kings_core::format::{self, counted};
use speed_kings_core::race::verdict::Metric;

/// Series up to which each file is listed.
const DETAILED: usize = 3;
/// Points of a line of blocks at most.
const SPARKS: usize = 24;
const EIGHTHS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
/// What stands over what watches say.
const WATCHED: &str = "Up and down, by watches";
const WEEKDAYS: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];

/// What it is about, in a line.
#[must_use]
pub fn title(series: &[HistorySeries], watched: &[UptimeSeries], filter: &HistoryFilter) -> String {
    if series.is_empty() && !watched.is_empty() {
        let probes: usize = watched.iter().map(|one| one.total().all).sum();
        let days: std::collections::BTreeSet<&String> = watched.iter().flat_map(|one| one.days.keys()).collect();
        let days = if days.len() == 1 { "one day".to_owned() } else { format!("{} days", days.len()) };
        return format!("{WATCHED}: {probes} probes of {} contestants on {days}", watched.len());
    }
    let files: std::collections::BTreeSet<&str> =
        series.iter().flat_map(|one| &one.points).map(|point| point.file.as_str()).collect();
    let runs: usize = series.iter().flat_map(|one| &one.points).map(|point| point.figures.len() + point.failed).sum();
    let (runs, files) = (counted(runs, "run", "runs"), counted(files.len(), "file", "files"));
    format!("{} over time: {runs} in {files}", filter.metric.title())
}

/// The history in pieces of a report.
#[must_use]
pub fn blocks(series: &[HistorySeries], watched: &[UptimeSeries], filter: &HistoryFilter) -> Vec<ReportBlock> {
    let mut blocks: Vec<ReportBlock> =
        summary(series, watched, filter.metric).map(ReportBlock::Text).into_iter().collect();
    if series.is_empty() && watched.is_empty() {
        blocks.push(ReportBlock::Text(format!(
            "No result has the figure that was asked for ({}).",
            filter.metric.title()
        )));
    } else if !series.is_empty() {
        blocks.push(ReportBlock::Table(overview(series, filter.metric)));
        blocks.push(ReportBlock::Notes(notes(series)));
    }
    if series.len() <= DETAILED {
        for one in series {
            blocks.push(ReportBlock::Title(named(one)));
            blocks.push(ReportBlock::Table(points(one, filter.metric)));
        }
    }
    if !watched.is_empty() {
        if !series.is_empty() {
            blocks.push(ReportBlock::Title(WATCHED.into()));
        }
        blocks.push(ReportBlock::Table(uptime(watched)));
        blocks.push(ReportBlock::Table(by_hour(watched)));
        let weekday = |day: i8| {
            let place = usize::try_from(day).unwrap_or(0).saturating_sub(1);
            WEEKDAYS.get(place).copied().unwrap_or_default().to_owned()
        };
        blocks.push(ReportBlock::Table(by(watched, "day, UTC", 1..8, weekday, |one| &one.weekdays)));
    }
    blocks
}

/// The share of probes that found each of them up, by the hour of the day.
#[must_use]
pub fn by_hour(watched: &[UptimeSeries]) -> ReportTable {
    by(watched, "hour, UTC", 0..24, |hour| format!("{hour}:00"), |one| &one.hours)
}

fn overview(series: &[HistorySeries], metric: Metric) -> ReportTable {
    let header = [
        "contestant",
        "model",
        "workload",
        "files",
        "runs",
        "median then",
        "now",
        "over time",
        "last change",
        "first",
        "last",
    ];
    let row = |one: &HistorySeries| {
        let (first, last) = (one.points.first(), one.points.last());
        let median = |point: Option<&HistoryPoint>| format::metric(metric, point.and_then(HistoryPoint::median));
        let sim = if one.simulated { "SIM " } else { "" };
        let lasting = one.last_lasting().map(|(point, change)| changed_on(metric, point, change));
        let step =
            one.last_step().map(|(point, step)| format!("{} in one step on {}", changed(metric, step), day(point)));
        let changes: Vec<String> = lasting.into_iter().chain(step).collect();
        let change = if changes.is_empty() { "none shown".to_owned() } else { changes.join("; ") };
        vec![
            format!("{sim}{}", one.name),
            one.model.clone(),
            one.workload.words(),
            one.points.len().to_string(),
            one.points.iter().map(|point| point.figures.len()).sum::<usize>().to_string(),
            median(first),
            median(last),
            spark(&one.points),
            change,
            first.map(day).unwrap_or_default(),
            last.map(day).unwrap_or_default(),
        ]
    };
    let rows = series.iter().map(row).collect();
    ReportTable { header: header.map(str::to_owned).to_vec(), rows, right_from: 3, left_from: 7 }
}

fn points(one: &HistorySeries, metric: Metric) -> ReportTable {
    let header = ["begun, UTC", "file", "runs", "failed", "median", "change"].map(str::to_owned).to_vec();
    let row = |(place, point): (usize, &HistoryPoint)| {
        let lasting = one.lasting.iter().filter(|change| change.point == place).map(|change| levels(metric, change));
        let changes: Vec<String> = lasting.chain(point.change.map(|change| changed(metric, change))).collect();
        vec![
            point.begun.map(date::to_minute).unwrap_or_default(),
            point.file.clone(),
            point.figures.len().to_string(),
            point.failed.to_string(),
            format::metric(metric, point.median()),
            changes.join("; "),
        ]
    };
    ReportTable { header, rows: one.points.iter().enumerate().map(row).collect(), right_from: 2, left_from: 5 }
}

/// How changes are found, as far as the series have any.
fn notes(series: &[HistorySeries]) -> Vec<String> {
    let mut notes = vec![
        "a change that lasted parts a line into levels, each day a sample however many runs it has: the best split by ranks, its p-value \
         (Mann and Whitney) corrected for all splits, and each part again; at least 4 days lie on either side"
            .to_owned(),
        "a step is from one file to the next, by the same test with Holm's correction for all steps of a line that could be shown"
            .to_owned(),
    ];
    if series.iter().flat_map(|one| &one.lasting).any(|change| !change.by_day) {
        notes.push(
            "where results are of fewer than 8 days each file is a sample: a change is one between these files"
                .to_owned(),
        );
    }
    notes
}

/// The medians as blocks, each as high as it is between the least and the most of them.
fn spark(points: &[HistoryPoint]) -> String {
    let medians: Vec<f64> = points.iter().filter_map(HistoryPoint::median).collect();
    let shown = medians.get(medians.len().saturating_sub(SPARKS)..).unwrap_or_default();
    let (low, high) = shown.iter().fold((f64::INFINITY, 0.0_f64), |(low, high), one| (low.min(*one), high.max(*one)));
    let block = |median: &f64| {
        let share = if high > low { (median - low) / (high - low) } else { 0.5 };
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a share of seven steps")]
        let step = (share * 7.0).round() as usize;
        EIGHTHS.get(step).copied().unwrap_or('█')
    };
    shown.iter().map(block).collect()
}

fn uptime(watched: &[UptimeSeries]) -> ReportTable {
    let header =
        ["contestant", "model", "probes", "days", "up", "95 % interval", "from", "to"].map(str::to_owned).to_vec();
    let row = |one: &UptimeSeries| {
        let (total, span) = (one.total(), one.span);
        let (share, within) = total.share().map_or_else(Default::default, |(share, within)| {
            (format::percent(share), format!("{} to {}", format::percent(within.low), format::percent(within.high)))
        });
        let [from, to] =
            [span.map(|(from, _)| from), span.map(|(_, to)| to)].map(|at| at.map(date::day).unwrap_or_default());
        vec![one.label(), one.model.clone(), total.all.to_string(), one.days.len().to_string(), share, within, from, to]
    };
    ReportTable { header, rows: watched.iter().map(row).collect(), right_from: 2, left_from: 6 }
}

/// The share of probes that found each of them up, a row for each key that anybody has.
fn by(
    watched: &[UptimeSeries],
    title: &str,
    keys: std::ops::Range<i8>,
    name: impl Fn(i8) -> String,
    of: impl Fn(&UptimeSeries) -> &std::collections::BTreeMap<i8, UptimeCount>,
) -> ReportTable {
    let mut header = vec![title.to_owned()];
    header.extend(watched.iter().map(UptimeSeries::label));
    let rows = keys.filter(|key| watched.iter().any(|one| of(one).contains_key(key))).map(|key| {
        let cell = |one: &UptimeSeries| {
            let count = of(one).get(&key).copied().unwrap_or_default();
            count.share().map_or_else(String::new, |(share, _)| format!("{} of {}", format::percent(share), count.all))
        };
        std::iter::once(name(key)).chain(watched.iter().map(cell)).collect()
    });
    ReportTable { header, rows: rows.collect(), right_from: 1, left_from: usize::MAX }
}
