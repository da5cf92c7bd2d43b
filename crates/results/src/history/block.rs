//! The history as people and scripts read it: a line for each contestant and workload, each of its files where there are few, and
//! what watches say.

use serde_json::{Value, json};

use super::series::{HistoryFilter, HistoryPoint, HistorySeries, HistoryShift};
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
const WEEKDAYS: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];

/// What it is about, in a line.
#[must_use]
pub fn title(series: &[HistorySeries], filter: &HistoryFilter) -> String {
    let files: std::collections::BTreeSet<&str> =
        series.iter().flat_map(|one| &one.points).map(|point| point.file.as_str()).collect();
    let runs: usize = series.iter().flat_map(|one| &one.points).map(|point| point.figures.len() + point.failed).sum();
    let (runs, files) = (counted(runs, "run", "runs"), counted(files.len(), "file", "files"));
    format!("{} over time: {runs} in {files}", filter.metric.title())
}

/// The history in pieces of a report.
#[must_use]
pub fn blocks(series: &[HistorySeries], watched: &[UptimeSeries], filter: &HistoryFilter) -> Vec<ReportBlock> {
    let mut blocks = Vec::new();
    if series.is_empty() {
        blocks.push(ReportBlock::Text(format!(
            "No result has the figure that was asked for ({}).",
            filter.metric.title()
        )));
    } else {
        blocks.push(ReportBlock::Table(overview(series, filter.metric)));
        blocks.push(ReportBlock::Notes(vec![
            "a change is from one file to the next, by the test of Mann and Whitney with Holm's correction for all steps of a line; \
             fewer runs than it takes to show any are passed over"
                .into(),
        ]));
    }
    if series.len() <= DETAILED {
        for one in series {
            blocks.push(ReportBlock::Title(named(one)));
            blocks.push(ReportBlock::Table(points(one, filter.metric)));
        }
    }
    if !watched.is_empty() {
        blocks.push(ReportBlock::Title("Up and down, by watches".into()));
        blocks.push(ReportBlock::Table(uptime(watched)));
        blocks.push(ReportBlock::Table(by(watched, "hour, UTC", 0..24, |hour| format!("{hour}:00"), |one| &one.hours)));
        let weekday = |day: i8| {
            let place = usize::try_from(day).unwrap_or(0).saturating_sub(1);
            WEEKDAYS.get(place).copied().unwrap_or_default().to_owned()
        };
        blocks.push(ReportBlock::Table(by(watched, "day, UTC", 1..8, weekday, |one| &one.weekdays)));
    }
    blocks
}

fn named(one: &HistorySeries) -> String {
    let sim = if one.simulated { "SIM " } else { "" };
    let at = one.endpoint.as_ref().map(|endpoint| format!(" at {endpoint}")).unwrap_or_default();
    format!("{sim}{} ({}){at} · {}", one.name, one.model, one.workload.words())
}

fn overview(series: &[HistorySeries], metric: Metric) -> ReportTable {
    let header = [
        "contestant",
        "model",
        "workload",
        "files",
        "runs",
        "first",
        "last",
        "median then",
        "now",
        "over time",
        "last change",
    ];
    let row = |one: &HistorySeries| {
        let (first, last) = (one.points.first(), one.points.last());
        let median = |point: Option<&HistoryPoint>| format::metric(metric, point.and_then(HistoryPoint::median));
        let sim = if one.simulated { "SIM " } else { "" };
        let change = one.last_change().map_or_else(
            || "none shown".to_owned(),
            |(point, change)| format!("{} on {}", changed(metric, change), day(point)),
        );
        vec![
            format!("{sim}{}", one.name),
            one.model.clone(),
            one.workload.words(),
            one.points.len().to_string(),
            one.points.iter().map(|point| point.figures.len()).sum::<usize>().to_string(),
            first.map(day).unwrap_or_default(),
            last.map(day).unwrap_or_default(),
            median(first),
            median(last),
            spark(&one.points),
            change,
        ]
    };
    let rows = series.iter().map(row).collect();
    ReportTable { header: header.map(str::to_owned).to_vec(), rows, right_from: 3, left_from: 9 }
}

fn points(one: &HistorySeries, metric: Metric) -> ReportTable {
    let header = ["begun, UTC", "file", "runs", "failed", "median", "change"].map(str::to_owned).to_vec();
    let row = |point: &HistoryPoint| {
        vec![
            point.begun.map(date::to_minute).unwrap_or_default(),
            point.file.clone(),
            point.figures.len().to_string(),
            point.failed.to_string(),
            format::metric(metric, point.median()),
            point.change.map(|change| changed(metric, change)).unwrap_or_default(),
        ]
    };
    ReportTable { header, rows: one.points.iter().map(row).collect(), right_from: 2, left_from: 5 }
}

/// `1.50× longer (p 0.002)`.
fn changed(metric: Metric, change: HistoryShift) -> String {
    let better = (change.ratio > 1.0) == metric.more_is_better();
    let word = if better { "better" } else { "worse" };
    format!("{}, {word} (p {})", format::change(change.ratio), format::p_value(change.p_value))
}

fn day(point: &HistoryPoint) -> String {
    point.begun.map_or_else(|| format::ABSENT.to_owned(), date::day)
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
        let sim = if one.simulated { "SIM " } else { "" };
        let (total, span) = (one.total(), one.span);
        let (share, within) = total.share().map_or_else(Default::default, |(share, within)| {
            (format::percent(share), format!("{} to {}", format::percent(within.low), format::percent(within.high)))
        });
        let [from, to] =
            [span.map(|(from, _)| from), span.map(|(_, to)| to)].map(|at| at.map(date::day).unwrap_or_default());
        vec![
            format!("{sim}{}", one.name),
            one.model.clone(),
            total.all.to_string(),
            one.days.len().to_string(),
            share,
            within,
            from,
            to,
        ]
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
    header.extend(watched.iter().map(|one| one.name.clone()));
    let rows = keys.filter(|key| watched.iter().any(|one| of(one).contains_key(key))).map(|key| {
        let cell = |one: &UptimeSeries| {
            let count = of(one).get(&key).copied().unwrap_or_default();
            count.share().map_or_else(String::new, |(share, _)| format!("{} of {}", format::percent(share), count.all))
        };
        std::iter::once(name(key)).chain(watched.iter().map(cell)).collect()
    });
    ReportTable { header, rows: rows.collect(), right_from: 1, left_from: usize::MAX }
}

/// The history as one document.
#[must_use]
pub fn record(series: &[HistorySeries], watched: &[UptimeSeries], filter: &HistoryFilter) -> Value {
    let point = |point: &HistoryPoint| {
        json!({
            "begun": point.begun.map(date::to_milli),
            "file": point.file,
            "runs": point.figures.len(),
            "failed": point.failed,
            "median": point.median(),
            "change": point.change.map(|change| json!({"ratio": change.ratio, "p_value": change.p_value})),
        })
    };
    let one = |one: &HistorySeries| {
        json!({
            "name": one.name,
            "model": one.model,
            "endpoint": one.endpoint,
            "simulated": one.simulated,
            "workload": one.workload,
            "points": one.points.iter().map(point).collect::<Vec<Value>>(),
        })
    };
    let count = |count: &UptimeCount| json!({"up": count.up, "all": count.all});
    let up = |one: &UptimeSeries| {
        let total = one.total();
        let within = total.share().map(|(_, within)| [within.low, within.high]);
        let by = |counts: &std::collections::BTreeMap<i8, UptimeCount>| {
            counts.iter().map(|(key, of)| (key.to_string(), count(of))).collect::<serde_json::Map<String, Value>>()
        };
        json!({
            "name": one.name,
            "provider": one.provider,
            "model": one.model,
            "endpoint": one.endpoint,
            "simulated": one.simulated,
            "up": total.up,
            "all": total.all,
            "interval": within,
            "days": one.days.iter().map(|(day, of)| (day.clone(), count(of))).collect::<serde_json::Map<String, Value>>(),
            "hours": by(&one.hours),
            "weekdays": by(&one.weekdays),
        })
    };
    json!({
        "version": 1,
        "metric": filter.metric.as_str(),
        "series": series.iter().map(one).collect::<Vec<Value>>(),
        "watched": watched.iter().map(up).collect::<Vec<Value>>(),
    })
}

/// A row for each file of each series.
#[must_use]
pub fn csv(series: &[HistorySeries], metric: Metric) -> String {
    let mut out = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(Vec::new());
    let header = [
        "begun",
        "file",
        "name",
        "model",
        "endpoint",
        "simulated",
        "workload",
        "runs",
        "failed",
        metric.as_str(),
        "change",
        "p_value",
    ];
    // Nothing that is written to memory fails.
    let _ = out.write_record(header);
    for one in series {
        for point in &one.points {
            let number = |value: Option<f64>| value.map(|value| value.to_string()).unwrap_or_default();
            let text = |text: &str| speed_kings_core::text::spreadsheet_cell(text);
            let _ = out.write_record([
                point.begun.map(date::to_milli).unwrap_or_default(),
                text(&point.file),
                text(&one.name),
                text(&one.model),
                text(one.endpoint.as_deref().unwrap_or_default()),
                one.simulated.to_string(),
                text(&one.workload.words()),
                point.figures.len().to_string(),
                point.failed.to_string(),
                number(point.median()),
                number(point.change.map(|change| change.ratio)),
                number(point.change.map(|change| change.p_value)),
            ]);
        }
    }
    String::from_utf8(out.into_inner().unwrap_or_default()).unwrap_or_default()
}
