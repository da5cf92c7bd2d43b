//! The board in the text format that Prometheus scrapes, version 0.0.4.
//! <https://prometheus.io/docs/instrumenting/exposition_formats/>

use std::fmt::Write as _;

use super::{BoardRow, WatchBoard, WatchMoment};
use speed_kings_core::text::printable;
use speed_kings_core::time::{Period, Rate};

/// The content type of the format.
pub const CONTENT_TYPE: &str = "text/plain; version=0.0.4; charset=utf-8";

/// One metric: its name, type, help, and its value for a contestant, if it has one.
type PrometheusMetric = (&'static str, &'static str, &'static str, fn(&BoardRow, &WatchMoment) -> Option<f64>);

const METRICS: [PrometheusMetric; 11] = [
    ("speed_kings_probes_total", "counter", "Probes made.", |row, _| Some(count(row.probes))),
    ("speed_kings_probe_failures_total", "counter", "Probes that brought no figures.", |row, _| {
        Some(count(row.probes - row.successes))
    }),
    ("speed_kings_up", "gauge", "Whether the last probe brought figures.", |row, _| {
        row.last().map(|sample| f64::from(u8::from(sample.ok())))
    }),
    ("speed_kings_ttft_seconds", "gauge", "Time to first token of the last probe.", |row, _| {
        good(row)?.timing.ttft.map(Period::as_secs_f64)
    }),
    ("speed_kings_ttfa_seconds", "gauge", "Time to first answer text of the last probe.", |row, _| {
        good(row)?.timing.ttfa.map(Period::as_secs_f64)
    }),
    ("speed_kings_total_seconds", "gauge", "From request to last text in the last probe.", |row, _| {
        good(row)?.timing.total.map(Period::as_secs_f64)
    }),
    (
        "speed_kings_output_tokens_per_second",
        "gauge",
        "Output speed of the last probe, without its time to first token.",
        |row, _| good(row)?.timing.output_speed.map(Rate::value),
    ),
    ("speed_kings_cost_usd_total", "counter", "What the probes cost, as far as it is known.", |row, _| {
        (row.unpriced < row.probes || row.probes == 0).then_some(row.spent_usd)
    }),
    ("speed_kings_last_probe_timestamp_seconds", "gauge", "When the last probe began.", |row, _| {
        Some(row.last()?.at.as_duration().as_secs_f64())
    }),
    (
        "speed_kings_probe_interval_seconds",
        "gauge",
        "Time between the beginnings of two rounds of probes.",
        |_, moment| Some(moment.every.as_secs_f64()),
    ),
    (
        "speed_kings_stale",
        "gauge",
        "Whether the last probe is so old that its figures say nothing of now: two rounds should have followed, and 30 s are over.",
        |row, moment| row.last().map(|_| f64::from(u8::from(row.is_stale(moment.now, moment.every)))),
    ),
];

/// Whether an alert fires; each has its condition as a label.
const ALERTS: &str = "speed_kings_alert_firing";

/// The last probe, if it brought figures.
fn good(row: &BoardRow) -> Option<&super::ProbeSample> {
    row.last().filter(|sample| sample.ok())
}

#[expect(clippy::cast_precision_loss, reason = "nobody probes 2^52 times")]
fn count(count: u64) -> f64 {
    count as f64
}

/// All of `board` at this moment. A figure that a contestant lacks is left out.
#[must_use]
pub fn text(board: &WatchBoard, moment: &WatchMoment) -> String {
    let mut out = String::new();
    for (name, kind, help, value) in METRICS {
        let _ = writeln!(out, "# HELP {name} {help}\n# TYPE {name} {kind}");
        for row in &board.rows {
            if let Some(value) = value(row, moment) {
                let _ = writeln!(out, "{name}{{{}}} {value}", labels(row));
            }
        }
    }
    alerts(board, moment, &mut out);
    out
}

/// A line for each alert and everybody whom it is about; nothing at all without an alert.
fn alerts(board: &WatchBoard, moment: &WatchMoment, out: &mut String) {
    if !moment.alerts.is_empty() {
        let _ = writeln!(out, "# HELP {ALERTS} Whether an alert of the watch fires.\n# TYPE {ALERTS} gauge");
    }
    for alert in &moment.alerts {
        let Some(row) = board.rows.get(alert.lane.index()) else { continue };
        let (labels, condition) = (labels(row), escaped(&alert.condition));
        let _ = writeln!(out, "{ALERTS}{{{labels},alert=\"{condition}\"}} {}", u8::from(alert.fires.is_some()));
    }
}

fn labels(row: &BoardRow) -> String {
    let contestant = &row.contestant;
    let label = |name: &str, value: &str| format!("{name}=\"{}\"", escaped(value));
    let mut labels = vec![
        label("name", &contestant.name),
        label("provider", &contestant.provider),
        label("model", &contestant.model),
        label("simulated", if contestant.simulated { "true" } else { "false" }),
    ];
    if let Some(runner) = &contestant.runner {
        labels.push(label("runner", &runner.name));
        labels.extend(runner.region.as_ref().map(|region| label("region", region)));
    }
    labels.join(",")
}

/// A label's value as the format wants it.
fn escaped(value: &str) -> String {
    printable(&value.replace('\\', r"\\").replace('"', "\\\"").replace('\n', r"\n")).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::watch::tests::{board, sample};
    use crate::watch::{BoardAlert, WatchMoment};
    use std::time::Duration;

    use jiff::Timestamp;
    use speed_kings_core::race::event::LaneId;

    fn moment(secs: i64) -> WatchMoment {
        let now = Timestamp::from_second(secs).unwrap();
        WatchMoment { now, every: Duration::from_secs(60), alerts: Vec::new() }
    }

    #[test]
    fn old_figures_say_so_and_alerts_have_a_line_each() {
        let stale = |secs| {
            let text = text(&board(), &moment(secs));
            let line = text.lines().find(|line| line.starts_with("speed_kings_stale{")).unwrap();
            line.ends_with(" 1")
        };
        assert!(!stale(1_240) && stale(1_241));
        let quiet = text(&board(), &moment(1_130));
        assert!(quiet.contains("speed_kings_probe_interval_seconds{") && !quiet.contains(ALERTS));
        assert_eq!(quiet.matches("speed_kings_stale{").count(), 1, "whom nobody has looked at is not stale");
        let alert = |lane, fires: Option<&str>| BoardAlert {
            lane: LaneId(lane),
            condition: "a \"1\".ttft>1".into(),
            fires: fires.map(str::to_owned),
        };
        let moment = WatchMoment { alerts: vec![alert(0, Some("5 runs")), alert(1, None)], ..moment(1_130) };
        let text = text(&board(), &moment);
        let told: Vec<&str> = text.lines().filter(|line| line.starts_with("speed_kings_alert_firing{")).collect();
        let end = |line: &str| line.split_once(",alert=").unwrap().1.to_owned();
        assert_eq!(
            told.iter().map(|line| end(line)).collect::<Vec<_>>(),
            ["\"a \\\"1\\\".ttft>1\"} 1", "\"a \\\"1\\\".ttft>1\"} 0"]
        );
    }

    #[test]
    fn figures_stand_under_their_names_with_escaped_labels() {
        let text = text(&board(), &moment(1_130));
        let labels = r#"name="A \"1\"",provider="a \"1\"",model="llama-test",simulated="false""#;
        for line in [
            "# TYPE speed_kings_probes_total counter".to_owned(),
            format!("speed_kings_probes_total{{{labels}}} 3"),
            format!("speed_kings_probe_failures_total{{{labels}}} 1"),
            format!("speed_kings_up{{{labels}}} 1"),
            format!("speed_kings_ttft_seconds{{{labels}}} 0.06"),
            format!("speed_kings_output_tokens_per_second{{{labels}}} 120"),
            format!("speed_kings_last_probe_timestamp_seconds{{{labels}}} 1120"),
        ] {
            assert!(text.lines().any(|given| given == line), "{line} is not in\n{text}");
        }
        assert!(!text.contains("speed_kings_total_seconds{"), "nobody knows it");
    }

    #[test]
    fn the_dashboard_asks_for_what_there_is() {
        let dashboard = include_str!("../../../../docs/grafana-watch.json");
        let asked: std::collections::BTreeSet<&str> = dashboard
            .split(|letter: char| !(letter.is_ascii_lowercase() || letter == '_'))
            .filter(|word| word.starts_with("speed_kings_"))
            .collect();
        let there: std::collections::BTreeSet<&str> = METRICS.iter().map(|(name, ..)| *name).chain([ALERTS]).collect();
        assert_eq!(asked, there, "each metric has its panel, and no panel one that is not there");
        let parsed: serde_json::Value = serde_json::from_str(dashboard).unwrap();
        assert_eq!(parsed["panels"].as_array().unwrap().len(), 11);
    }

    #[test]
    fn a_failed_probe_is_down_and_has_no_figures() {
        let mut board = board();
        board.take(speed_kings_core::race::event::LaneId(0), sample(1_180, None), false);
        let text = text(&board, &moment(1_200));
        assert!(text.contains("speed_kings_up{") && !text.contains("speed_kings_ttft_seconds{"));
    }
}
