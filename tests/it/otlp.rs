//! Metrics for a collector: what arrives is what OTLP's messages allow, and whatever the collector does the watch measures on.

use std::collections::BTreeMap;
use std::net::TcpListener;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use serde::Deserialize;
use serde_json::Value;
use speed_kings::sim::{CUSTOM, Options, Simulator};

use crate::peer::{reply, witness};
use crate::program::Home;

/// The messages as `metrics.proto` and its mapping to JSON have them, with every field that may come; anything else is refused.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct ExportMessage {
    resource_metrics: Vec<ResourceMessage>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct ResourceMessage {
    resource: AttributesMessage,
    scope_metrics: Vec<ScopeMessage>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AttributesMessage {
    attributes: Vec<AttributeMessage>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AttributeMessage {
    key: String,
    value: AnyValue,
}

#[derive(Deserialize, Clone, PartialEq, Debug)]
#[serde(deny_unknown_fields)]
enum AnyValue {
    #[serde(rename = "stringValue")]
    String(String),
    #[serde(rename = "boolValue")]
    Bool(bool),
    /// 64-bit numbers are text.
    #[serde(rename = "intValue")]
    Int(String),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ScopeMessage {
    scope: BTreeMap<String, String>,
    metrics: Vec<MetricMessage>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct MetricMessage {
    name: String,
    description: String,
    unit: String,
    gauge: Option<PointsMessage>,
    sum: Option<PointsMessage>,
    histogram: Option<PointsMessage>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct PointsMessage {
    data_points: Vec<PointMessage>,
    aggregation_temporality: Option<u8>,
    is_monotonic: Option<bool>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct PointMessage {
    attributes: Vec<AttributeMessage>,
    start_time_unix_nano: Option<String>,
    time_unix_nano: String,
    as_double: Option<f64>,
    count: Option<String>,
    sum: Option<f64>,
    bucket_counts: Option<Vec<String>>,
    explicit_bounds: Option<Vec<f64>>,
    min: Option<f64>,
    max: Option<f64>,
}

impl PointMessage {
    /// Times in order, and buckets that add up.
    fn check(&self, name: &str) {
        let whole = |text: &String| text.parse::<u64>().unwrap();
        let time = whole(&self.time_unix_nano);
        assert!(self.start_time_unix_nano.as_ref().is_none_or(|start| whole(start) <= time), "{name}");
        if let Some(counts) = &self.bucket_counts {
            assert_eq!(counts.len(), self.explicit_bounds.as_ref().unwrap().len() + 1, "{name}");
            assert_eq!(counts.iter().map(whole).sum::<u64>(), whole(self.count.as_ref().unwrap()), "{name}");
            assert!(self.min <= self.max && self.max <= self.sum, "{name}");
        } else {
            assert!(self.as_double.is_some(), "{name}");
        }
    }

    fn attribute(&self, key: &str) -> Option<&AnyValue> {
        self.attributes.iter().find(|attribute| attribute.key == key).map(|attribute| &attribute.value)
    }
}

/// The points of each metric in the body of a request.
fn points(body: &str) -> BTreeMap<String, Vec<PointMessage>> {
    let message: ExportMessage = serde_json::from_str(body).unwrap_or_else(|error| panic!("{error}: {body}"));
    let [resource] = <[ResourceMessage; 1]>::try_from(message.resource_metrics).ok().unwrap();
    assert!(resource.resource.attributes.iter().any(|attribute| attribute.key == "service.name"));
    let mut all = BTreeMap::new();
    for scope in resource.scope_metrics {
        assert_eq!(scope.scope["name"], "speed-kings");
        for metric in scope.metrics {
            assert!(!metric.description.is_empty() && !metric.unit.is_empty(), "{}", metric.name);
            let cumulative = [&metric.sum, &metric.histogram];
            assert!(cumulative.into_iter().flatten().all(|points| points.aggregation_temporality == Some(2)));
            assert!(metric.sum.as_ref().is_none_or(|points| points.is_monotonic == Some(true)));
            let data = [metric.gauge, metric.sum, metric.histogram].into_iter().flatten();
            let points: Vec<PointMessage> = data.flat_map(|points| points.data_points).collect();
            for point in &points {
                point.check(&metric.name);
            }
            assert!(all.insert(metric.name, points).is_none(), "each metric once");
        }
    }
    all
}

/// How many requests the contestants made together.
fn requests(points: &BTreeMap<String, Vec<PointMessage>>) -> Option<f64> {
    points["speed_kings.requests"].iter().map(|point| point.as_double).sum()
}

/// The head and the body of each request.
type Received = Arc<Mutex<Vec<(String, String)>>>;

/// A collector that keeps what it gets, and answers by `answer` with the number of the request.
fn collector(answer: impl Fn(usize) -> String + Send + Sync + 'static) -> (String, Received) {
    let got: Received = Arc::default();
    let (kept, number) = (Arc::clone(&got), AtomicUsize::new(0));
    let url = witness(move |request| {
        if !request.head.starts_with("POST") {
            return reply(404, "text/plain", "");
        }
        kept.lock().unwrap().push((request.head.clone(), request.body.clone()));
        answer(number.fetch_add(1, Ordering::Relaxed))
    });
    (url, got)
}

/// A home in which Groq answers and Cerebras doesn't.
fn watched() -> (Home, [Simulator; 1]) {
    let simulator = Simulator::start(Options::default()).unwrap();
    let home = Home::new()
        .with("GROQ_BASE_URL", simulator.base_url_with(CUSTOM, "ttft_ms:20,tok_s:500,tokens:30,jitter:0"))
        .with("CEREBRAS_BASE_URL", simulator.base_url_with(CUSTOM, "status:500"));
    (home, [simulator])
}

const WATCH: [&str; 9] =
    ["watch", "--providers", "groq,cerebras", "--yes", "--no-retry", "--every", "1s", "--rounds", "2"];

fn run(home: &Home, url: &str) -> crate::program::Ended {
    home.run(&[&WATCH[..], &["--otlp", url]].concat())
}

#[test]
fn a_collector_gets_the_requests_of_every_level() {
    let (home, _simulator) = watched();
    let (url, got) = collector(|_| reply(200, "application/json", "{}"));
    let levels = ["--concurrency", "1,2", "--ramp", "100ms", "--steady", "400ms", "--no-save", "--yes", "--otlp", &url];
    home.run(&[&["benchmark", "--providers", "groq"], &levels[..]].concat()).says(0, &["--otlp: 2 exports delivered"]);
    let got = got.lock().unwrap();
    let told: Vec<f64> = got.iter().map(|(_, body)| requests(&points(body)).unwrap()).collect();
    assert!(matches!(told[..], [one, both] if one > 1.0 && both > 2.0 * one), "a sum that grows: {told:?}");
}

#[test]
fn a_collector_gets_all_requests_by_the_names_of_the_conventions() {
    let (home, _simulator) = watched();
    let home = home.with("OTEL_EXPORTER_OTLP_HEADERS", "api-key=s3cret%2Fcollector%2Fkey");
    let (url, got) = collector(|_| reply(200, "application/json", "{}"));
    let ended = run(&home, &url);
    ended.says(0, &["--otlp: ", "delivered"]);
    let got = got.lock().unwrap();
    let (head, body) = got.last().unwrap();
    let head = head.to_lowercase();
    assert!(head.starts_with("post /v1/metrics http/1.1") && head.contains("content-type: application/json"), "{head}");
    assert!(head.contains("api-key: s3cret/collector/key"), "{head}");
    let points = points(body);
    let text = |text: &str| AnyValue::String(text.to_owned());
    let durations = &points["gen_ai.client.inference.duration"];
    assert_eq!(durations.len(), 2);
    for point in durations {
        let failed = point.attribute("gen_ai.provider.name") == Some(&text("cerebras"));
        assert_eq!(point.count.as_deref(), Some("2"));
        assert_eq!(point.attribute("error.type"), failed.then(|| text("server")).as_ref());
        assert_eq!(point.attribute("gen_ai.operation.name"), Some(&text("chat")));
        assert_eq!(point.attribute("server.address"), Some(&text("127.0.0.1")));
        assert!(matches!(point.attribute("server.port"), Some(AnyValue::Int(_))));
        assert_eq!(point.attribute("speed_kings.simulated"), Some(&AnyValue::Bool(true)));
    }
    let [first] = points["gen_ai.client.inference.time_to_first_chunk"].as_slice() else { panic!("{body}") };
    assert!(first.count.as_deref() == Some("2") && first.min.unwrap() >= 0.0, "{body}");
    assert!(points["gen_ai.client.inference.time_per_output_chunk"][0].max.unwrap() > 0.0);
    let used = &points["gen_ai.client.inference.usage.output_tokens"];
    let used = used.iter().find(|point| point.attribute("gen_ai.token.modality") == Some(&text("text"))).unwrap();
    assert_eq!(used.as_double, Some(60.0));
    assert_eq!(requests(&points), Some(4.0));
    // The server may have begun while the client's call to write was still at work.
    assert!(points["speed_kings.ttft"][0].as_double.unwrap() >= 0.0195, "{body}");
    assert_eq!(points["speed_kings.ttft"].len(), 1, "who failed has no figure");
    let everything = format!("{}{}", ended.out, std::fs::read_to_string(home.path().join("stderr")).unwrap());
    assert!(!everything.contains("s3cret"), "{everything}");
}

#[test]
fn a_collector_that_is_down_or_refuses_holds_nothing_up() {
    let (home, _simulator) = watched();
    let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    run(&home, &format!("http://{free}")).says(
        0,
        &[
            "--otlp: not delivered: ",
            "the next export holds it as well",
            "4 requests never reached the collector",
            "Groq: 2 of 2 probes",
        ],
    );
    // One that takes the connection and never answers.
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let home = home.with("OTEL_EXPORTER_OTLP_TIMEOUT", "200");
    run(&home, &format!("http://{}", silent.local_addr().unwrap()))
        .says(0, &["no answer within 200 ms", "Groq: 2 of 2"]);
    let lines: Vec<Value> = home
        .run(&[&WATCH[..], &["--otlp", "http://127.0.0.1:1"]].concat())
        .out
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(lines.len(), 4);
}

#[test]
fn what_was_not_delivered_comes_with_the_next_export() {
    let (home, _simulator) = watched();
    let (url, got) = collector(|number| match number {
        0 => reply(503, "text/plain", "busy \u{1b}[2J"),
        _ => {
            reply(200, "application/json", r#"{"partialSuccess":{"rejectedDataPoints":"3","errorMessage":"too old"}}"#)
        }
    });
    let ended = run(&home, &url);
    ended.says(
        0,
        &[
            "--otlp: not delivered: it answers 503: busy",
            "--otlp: delivered again, with what 1 failed exports held",
            "it rejected 3 data points: too old",
            "a later one brought their counts",
        ],
    );
    let (_, body) = got.lock().unwrap().last().unwrap().clone();
    assert_eq!(requests(&points(&body)), Some(4.0));
}

#[test]
fn what_leads_to_no_collector_is_refused_before_anything_is_sent() {
    let (home, _simulator) = watched();
    run(&home, "collector:4317").says(2, &["--otlp", "only http and https"]);
    let home = home.with("OTEL_EXPORTER_OTLP_HEADERS", "s3cret-alone");
    let ended = run(&home, "http://127.0.0.1:4318");
    ended.says(2, &["OTEL_EXPORTER_OTLP_HEADERS: entry 1 has no '='"]);
    assert!(!std::fs::read_to_string(home.path().join("stderr")).unwrap().contains("s3cret"));
}
