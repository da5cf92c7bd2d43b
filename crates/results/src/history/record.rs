//! The history for programs: as one document, and a row for each file of each series.

use serde_json::{Value, json};

use super::changes::LastingChange;
use super::point::HistoryPoint;
use super::series::{HistoryFilter, HistorySeries};
use super::uptime::{UptimeCount, UptimeSeries};
use speed_kings_core::date;
use speed_kings_core::race::verdict::Metric;

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
    let lasting = |one: &HistorySeries, change: &LastingChange| {
        let point = one.points.get(change.point);
        json!({
            "begun": point.and_then(|point| point.begun).map(date::to_milli),
            "file": point.map(|point| &point.file),
            "from": change.medians.0,
            "to": change.medians.1,
            "ratio": change.ratio(),
            "p_value": change.p_value,
            "sample": if change.by_day { "day" } else { "file" },
            "samples": [change.samples.0, change.samples.1],
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
            "lasting": one.lasting.iter().map(|change| lasting(one, change)).collect::<Vec<Value>>(),
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
        "level_before",
        "level_from_here",
        "level_p_value",
    ];
    // Nothing that is written to memory fails.
    let _ = out.write_record(header);
    for one in series {
        for (place, point) in one.points.iter().enumerate() {
            let lasting = one.lasting.iter().find(|change| change.point == place);
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
                number(lasting.map(|change| change.medians.0)),
                number(lasting.map(|change| change.medians.1)),
                number(lasting.map(|change| change.p_value)),
            ]);
        }
    }
    String::from_utf8(out.into_inner().unwrap_or_default()).unwrap_or_default()
}
