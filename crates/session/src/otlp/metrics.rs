//! What requests come to, added up since the start for every combination of attributes.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::instrument::{self, InstrumentKind, OtlpInstrument};
use super::place::OtlpPlace;
use super::wire::{
    AttributeValue, CUMULATIVE, ExportRequest, HistogramPoint, InstrumentationScope, KeyValue, MetricData, NumberPoint,
    OtlpMetric, OtlpResource, ResourceMetrics, ScopeMetrics,
};
use crate::watch::ProbeSample;
use speed_kings_core::race::lane::Lane;
use speed_kings_core::race::timing::LaneTiming;
use speed_kings_core::time::{Offset, Period, Rate};

/// Combinations of attributes for each instrument; what is beyond is added up under [`OVERFLOW`], as the SDKs do it.
const MOST: usize = 1_000;
const OVERFLOW: &str = "otel.metric.overflow";

/// What a series is told apart by.
type Attributes = Vec<(&'static str, AttributeValue)>;

/// What one combination of attributes came to.
#[derive(Clone, PartialEq, Debug, Default)]
struct MetricSeries {
    /// The newest value of a gauge, or the sum of all.
    value: f64,
    /// When the newest came.
    at: Timestamp,
    count: u64,
    buckets: Vec<u64>,
    min: f64,
    max: f64,
}

/// All metrics since the start.
#[derive(Clone, PartialEq, Debug)]
pub struct OtlpMetrics {
    start: Timestamp,
    resource: Attributes,
    /// In the order in which they came.
    instruments: Vec<(OtlpInstrument, BTreeMap<Attributes, MetricSeries>)>,
}

impl OtlpMetrics {
    /// None yet, from `start` on.
    #[must_use]
    pub fn new(start: Timestamp) -> Self {
        let text = |text: &str| AttributeValue::Text(text.to_owned());
        let resource =
            vec![("service.name", text("speed-kings")), ("service.version", text(env!("CARGO_PKG_VERSION")))];
        Self { start, resource, instruments: Vec::new() }
    }

    /// Takes in what a request at `place` came to, whose `sample` and `lane` are given.
    pub fn take(&mut self, place: &OtlpPlace, simulated: bool, sample: &ProbeSample, lane: &Lane) {
        let at = sample.at;
        // Each request replaces what the last one said of itself, whoever answered it.
        let own = place.attributes(None, simulated);
        let answered = place.attributes(lane.model.as_deref(), simulated);
        let seconds = |from: Option<Offset>, to: Option<Offset>| Some(to?.since(from?).as_secs_f64());
        let marks = &lane.marks;
        let error = sample.failure.as_ref().map(|(kind, _)| ("error.type", AttributeValue::Text(kind.as_str().into())));
        let with_error: Attributes = answered.iter().cloned().chain(error.clone()).collect();
        self.add(&instrument::DURATION, &with_error, at, seconds(marks.sent, marks.over));
        self.add(&instrument::FIRST_CHUNK, &answered, at, seconds(marks.sent, marks.first_byte));
        for (before, after) in lane.reads().pairs() {
            self.add(&instrument::OUTPUT_CHUNK, &answered, at, seconds(Some(before.at), Some(after.at)));
        }
        self.take_tokens(&answered, at, lane);
        self.add(&instrument::REQUESTS, &own, at, Some(1.0));
        let failed: Attributes = own.iter().cloned().chain(error).collect();
        self.add(&instrument::FAILURES, &failed, at, sample.failure.is_some().then_some(1.0));
        let timing = if sample.ok() { sample.timing } else { LaneTiming::default() };
        self.set(&instrument::UP, &own, at, Some(f64::from(u8::from(sample.ok()))));
        self.set(&instrument::TTFT, &own, at, timing.ttft.map(Period::as_secs_f64));
        self.set(&instrument::TTFA, &own, at, timing.ttfa.map(Period::as_secs_f64));
        self.set(&instrument::TOTAL, &own, at, timing.total.map(Period::as_secs_f64));
        self.set(&instrument::TOKEN_LATENCY, &own, at, timing.token_latency.map(Period::as_secs_f64));
        self.set(&instrument::OUTPUT_SPEED, &own, at, timing.output_speed.map(Rate::value));
        self.add(&instrument::COST, &own, at, sample.cost_usd);
    }

    /// The server's own counts; an estimate is none. Without any a zero is reported, of a kind that is not known.
    fn take_tokens(&mut self, answered: &Attributes, at: Timestamp, lane: &Lane) {
        let kind = |kind: &str| {
            let modality = ("gen_ai.token.modality", AttributeValue::Text(kind.to_owned()));
            answered.iter().cloned().chain([modality]).collect::<Attributes>()
        };
        let Some(usage) = lane.usage else {
            self.add(&instrument::INPUT_USED, &kind("unknown"), at, Some(0.0));
            self.add(&instrument::OUTPUT_USED, &kind("unknown"), at, Some(0.0));
            return;
        };
        #[expect(clippy::cast_precision_loss, reason = "nobody uses 2^52 tokens")]
        let count = |count: Option<u64>| count.map(|count| count as f64);
        let apart = if usage.apart { usage.reasoning.unwrap_or(0) } else { 0 };
        let output = count(usage.output.map(|output| output.saturating_add(apart)));
        let text = kind("text");
        self.add(&instrument::INPUT_USED, &text, at, count(usage.input));
        self.add(&instrument::OUTPUT_USED, &text, at, output);
        self.add(&instrument::CACHE_READ, &text, at, count(usage.cached));
        self.add(&instrument::REASONING, &text, at, count(usage.reasoning));
        self.add(&instrument::INPUT_EACH, answered, at, count(usage.input));
        self.add(&instrument::OUTPUT_EACH, answered, at, output);
    }

    /// Replaces what a gauge says, or takes it away.
    fn set(&mut self, instrument: &OtlpInstrument, attributes: &Attributes, at: Timestamp, value: Option<f64>) {
        match value {
            Some(value) => {
                let series = self.series(instrument, attributes);
                (series.value, series.at) = (value, at);
            }
            None => {
                if let Some((_, all)) = self.instruments.iter_mut().find(|(known, _)| known == instrument) {
                    all.remove(attributes);
                }
            }
        }
    }

    /// Adds a value to a sum or to a distribution, if there is one.
    fn add(&mut self, instrument: &OtlpInstrument, attributes: &Attributes, at: Timestamp, value: Option<f64>) {
        let Some(value) = value.filter(|value| value.is_finite() && *value >= 0.0) else { return };
        let series = self.series(instrument, attributes);
        if let InstrumentKind::Histogram(bounds) = instrument.kind {
            series.buckets.resize(bounds.len() + 1, 0);
            // A bound belongs to the bucket below it.
            let place = bounds.partition_point(|bound| *bound < value);
            if let Some(bucket) = series.buckets.get_mut(place) {
                *bucket += 1;
            }
            series.min = if series.count == 0 { value } else { series.min.min(value) };
            series.max = series.max.max(value);
        }
        series.value += value;
        series.count += 1;
        series.at = at;
    }

    fn series(&mut self, instrument: &OtlpInstrument, attributes: &Attributes) -> &mut MetricSeries {
        let place = self.instruments.iter().position(|(known, _)| known == instrument).unwrap_or_else(|| {
            self.instruments.push((*instrument, BTreeMap::new()));
            self.instruments.len() - 1
        });
        #[expect(clippy::indexing_slicing, reason = "it was found, or pushed just now")]
        let all = &mut self.instruments[place].1;
        let room = all.len() < MOST || all.contains_key(attributes);
        let key = if room { attributes.clone() } else { vec![(OVERFLOW, AttributeValue::Flag(true))] };
        all.entry(key).or_default()
    }

    /// Whether there is anything to send.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.instruments.is_empty()
    }

    /// All of it as the body of a request.
    #[must_use]
    pub fn body(&self, now: Timestamp) -> Vec<u8> {
        let metrics = self.instruments.iter().map(|(instrument, all)| self.metric(instrument, all, now)).collect();
        let scope = InstrumentationScope { name: "speed-kings", version: env!("CARGO_PKG_VERSION") };
        let resource = OtlpResource { attributes: key_values(&self.resource) };
        let scopes = [ScopeMetrics { scope, metrics }];
        let request = ExportRequest { resource_metrics: [ResourceMetrics { resource, scope_metrics: scopes }] };
        // Nothing in it can't be written.
        serde_json::to_vec(&request).unwrap_or_default()
    }

    fn metric<'a>(
        &self,
        instrument: &'a OtlpInstrument,
        all: &'a BTreeMap<Attributes, MetricSeries>,
        now: Timestamp,
    ) -> OtlpMetric<'a> {
        let number = |(attributes, series): (&'a Attributes, &MetricSeries)| NumberPoint {
            attributes: key_values(attributes),
            start_time_unix_nano: (instrument.kind != InstrumentKind::Gauge).then(|| nanos(self.start)),
            // A gauge is as old as the request that it is from.
            time_unix_nano: nanos(if instrument.kind == InstrumentKind::Gauge { series.at } else { now }),
            as_double: series.value,
        };
        let data = match instrument.kind {
            InstrumentKind::Gauge => MetricData::Gauge { data_points: all.iter().map(number).collect() },
            InstrumentKind::Counter => MetricData::Sum {
                data_points: all.iter().map(number).collect(),
                aggregation_temporality: CUMULATIVE,
                is_monotonic: true,
            },
            InstrumentKind::Histogram(bounds) => {
                let point = |(attributes, series): (&'a Attributes, &MetricSeries)| HistogramPoint {
                    attributes: key_values(attributes),
                    start_time_unix_nano: nanos(self.start),
                    time_unix_nano: nanos(now),
                    count: series.count.to_string(),
                    sum: series.value,
                    bucket_counts: series.buckets.iter().map(u64::to_string).collect(),
                    explicit_bounds: bounds,
                    min: series.min,
                    max: series.max,
                };
                MetricData::Histogram {
                    data_points: all.iter().map(point).collect(),
                    aggregation_temporality: CUMULATIVE,
                }
            }
        };
        OtlpMetric { name: instrument.name, description: instrument.description, unit: instrument.unit, data }
    }
}

fn key_values(attributes: &Attributes) -> Vec<KeyValue<'_>> {
    attributes.iter().map(|(key, value)| KeyValue { key, value }).collect()
}

fn nanos(at: Timestamp) -> String {
    at.as_nanosecond().max(0).to_string()
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use speed_kings_client::provider::ContestantClient;
    use speed_kings_core::fixture::contestant;
    use speed_kings_core::race::Race;
    use speed_kings_core::race::event::{Event, EventKind, FailureKind, LaneFailure, LaneId, TextChannel, TokenUsage};
    use speed_kings_core::race::setup::{Contestant, RaceSetup};

    /// A race of one in which these events come, each so many ms after the green light.
    fn race(one: &Contestant, events: &[(i64, EventKind)]) -> Race {
        let mut race = Race::new(RaceSetup { contestants: vec![one.clone()], ..RaceSetup::default() });
        for (ms, kind) in events {
            race.apply(&Event { at: Offset::from_micros(ms * 1_000), lane: Some(LaneId(0)), kind: kind.clone() });
        }
        race
    }

    fn text(text: &str) -> EventKind {
        EventKind::Text { channel: TextChannel::Answer, text: text.into() }
    }

    fn good(one: &Contestant) -> Race {
        let usage = TokenUsage { input: Some(40), cached: Some(8), output: Some(20), ..TokenUsage::default() };
        race(
            one,
            &[
                (5, EventKind::Sent),
                (25, EventKind::FirstByte),
                (105, text("one two three four")),
                (135, text(" five six seven")),
                (145, text(" eight nine ten")),
                (150, EventKind::Usage(Box::new(usage))),
                (155, EventKind::Closed),
            ],
        )
    }

    fn failed(one: &Contestant) -> Race {
        let failure = LaneFailure::new(FailureKind::Server, "on fire");
        race(one, &[(5, EventKind::Sent), (45, EventKind::Failed(Box::new(failure)))])
    }

    fn place(one: &Contestant) -> OtlpPlace {
        let command = speed_kings_client::provider::exec::CommandContestant {
            command: speed_kings_catalog::command::CommandSpec::default(),
            request: speed_kings_client::provider::CompletionRequest::default(),
            key: None,
            withheld: Vec::new(),
            think_tags: false,
            timeouts: speed_kings_client::provider::RequestTimeouts::default(),
        };
        OtlpPlace::of(one, &ContestantClient::Exec(Box::new(command)))
    }

    fn at(secs: i64) -> Timestamp {
        Timestamp::from_second(secs).unwrap()
    }

    /// What is sent after these races.
    fn sent(one: &Contestant, races: &[Race]) -> Value {
        let mut metrics = OtlpMetrics::new(at(100));
        for (race, secs) in races.iter().zip(200..) {
            let lane = race.lane(LaneId(0)).unwrap();
            let sample = ProbeSample::of(at(secs), one, &race.setup, lane);
            metrics.take(&place(one), false, &sample, lane);
        }
        serde_json::from_slice(&metrics.body(at(300))).unwrap()
    }

    /// The points of a metric.
    fn points<'a>(sent: &'a Value, name: &str) -> Vec<&'a Value> {
        let metrics = sent["resourceMetrics"][0]["scopeMetrics"][0]["metrics"].as_array().unwrap();
        let named = metrics.iter().filter(|metric| metric["name"] == name);
        let data = named.flat_map(|metric| ["gauge", "sum", "histogram"].map(|kind| &metric[kind]["dataPoints"]));
        data.filter_map(Value::as_array).flatten().collect()
    }

    fn attribute<'a>(point: &'a Value, key: &str) -> Option<&'a Value> {
        let all = point["attributes"].as_array().unwrap();
        all.iter().find(|attribute| attribute["key"] == key).map(|attribute| &attribute["value"])
    }

    #[test]
    fn requests_are_counted_by_the_names_of_the_conventions() {
        let one = contestant("A");
        let sent = sent(&one, &[good(&one), good(&one), failed(&one)]);
        let durations = points(&sent, "gen_ai.client.inference.duration");
        assert_eq!(durations.len(), 2, "those that failed are apart");
        let (bad, ok) = (durations[0], durations[1]);
        let (bad, ok) = if attribute(bad, "error.type").is_some() { (bad, ok) } else { (ok, bad) };
        assert_eq!(attribute(bad, "error.type"), Some(&json!({"stringValue": "server"})));
        assert_eq!((&ok["count"], &ok["min"], &ok["max"]), (&json!("2"), &json!(0.15), &json!(0.15)));
        assert_eq!((&ok["startTimeUnixNano"], &ok["timeUnixNano"]), (&json!("100000000000"), &json!("300000000000")));
        // 150 ms lie in the bucket from 80 to 160 ms, the fifth.
        assert_eq!((&ok["bucketCounts"][4], ok["bucketCounts"].as_array().unwrap().len()), (&json!("2"), 15));
        let first = points(&sent, "gen_ai.client.inference.time_to_first_chunk");
        assert_eq!((first.len(), &first[0]["sum"]), (1, &json!(0.04)));
        let chunks = points(&sent, "gen_ai.client.inference.time_per_output_chunk");
        assert_eq!((&chunks[0]["count"], &chunks[0]["bucketCounts"][2]), (&json!("4"), &json!("2")), "30 ms");
        // A bound is in the bucket below it.
        assert_eq!(chunks[0]["bucketCounts"][0], json!("2"), "10 ms");
        let input = points(&sent, "gen_ai.client.inference.usage.input_tokens");
        let of = |modality: &str| {
            let wanted = json!({"stringValue": modality});
            input.iter().find(|point| attribute(point, "gen_ai.token.modality") == Some(&wanted)).unwrap()["asDouble"]
                .clone()
        };
        assert_eq!((of("text"), of("unknown")), (json!(80.0), json!(0.0)));
        assert_eq!(points(&sent, "gen_ai.client.inference.usage.cache_read.input_tokens")[0]["asDouble"], json!(16.0));
        assert_eq!(points(&sent, "gen_ai.client.inference.operation.output_tokens")[0]["count"], json!("2"));
    }

    #[test]
    fn our_own_figures_are_those_of_the_last_request_alone() {
        let one = contestant("A");
        let up = sent(&one, &[failed(&one), good(&one)]);
        let ttft = points(&up, "speed_kings.ttft");
        assert_eq!(
            (ttft.len(), &ttft[0]["asDouble"], &ttft[0]["timeUnixNano"]),
            (1, &json!(0.1), &json!("201000000000"))
        );
        assert!(ttft[0].get("startTimeUnixNano").is_none());
        assert_eq!(points(&up, "speed_kings.requests")[0]["asDouble"], json!(2.0));
        assert_eq!(points(&up, "speed_kings.request.failures")[0]["asDouble"], json!(1.0));
        let down = sent(&one, &[good(&one), failed(&one)]);
        assert!(points(&down, "speed_kings.ttft").is_empty() && points(&down, "speed_kings.output_speed").is_empty());
        assert_eq!(points(&down, "speed_kings.up")[0]["asDouble"], json!(0.0));
    }

    #[test]
    fn what_a_server_names_can_not_grow_without_end() {
        let one = contestant("A");
        let mut metrics = OtlpMetrics::new(at(100));
        let wanted: Vec<Attributes> = (0..1_500)
            .map(|number| vec![("gen_ai.response.model", AttributeValue::Text(format!("m{number}")))])
            .collect();
        for attributes in &wanted {
            metrics.add(&instrument::COST, attributes, at(200), Some(1.0));
        }
        let sent: Value = serde_json::from_slice(&metrics.body(at(300))).unwrap();
        let costs = points(&sent, "speed_kings.cost");
        assert_eq!(costs.len(), MOST + 1);
        let rest = costs.iter().find(|point| attribute(point, OVERFLOW).is_some()).unwrap();
        assert_eq!(rest["asDouble"], json!(500.0));
        let long = place(&one).attributes(Some(&"\u{1b}[2J".repeat(500)), false);
        let AttributeValue::Text(named) = &long[3].1 else { panic!("{long:?}") };
        assert!(named.chars().count() <= 200 && !named.contains('\u{1b}'));
    }

    #[test]
    fn names_are_given_once() {
        let names: std::collections::BTreeSet<&str> = instrument::ALL.iter().map(|one| one.name).collect();
        assert_eq!(names.len(), instrument::ALL.len());
        assert!(
            names.iter().all(|name| name.starts_with("gen_ai.client.inference.") || name.starts_with("speed_kings."))
        );
    }
}
