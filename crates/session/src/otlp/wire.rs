//! The messages of OTLP in JSON: names in lower camel case, 64-bit whole numbers as text, enumerations as numbers.
//! <https://github.com/open-telemetry/opentelemetry-proto/blob/main/opentelemetry/proto/metrics/v1/metrics.proto>

use serde::{Serialize, Serializer};

/// Sums and distributions since the start.
pub(super) const CUMULATIVE: u8 = 2;

/// What an attribute says.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) enum AttributeValue {
    Text(String),
    Whole(i64),
    Flag(bool),
}

impl Serialize for AttributeValue {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        use serde::ser::SerializeMap as _;
        let mut map = to.serialize_map(Some(1))?;
        match self {
            Self::Text(text) => map.serialize_entry("stringValue", text)?,
            Self::Whole(number) => map.serialize_entry("intValue", &number.to_string())?,
            Self::Flag(flag) => map.serialize_entry("boolValue", flag)?,
        }
        map.end()
    }
}

#[derive(Serialize)]
pub(super) struct KeyValue<'a> {
    pub(super) key: &'a str,
    pub(super) value: &'a AttributeValue,
}

/// Everything that one request brings.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ExportRequest<'a> {
    pub(super) resource_metrics: [ResourceMetrics<'a>; 1],
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ResourceMetrics<'a> {
    pub(super) resource: OtlpResource<'a>,
    pub(super) scope_metrics: [ScopeMetrics<'a>; 1],
}

#[derive(Serialize)]
pub(super) struct OtlpResource<'a> {
    pub(super) attributes: Vec<KeyValue<'a>>,
}

#[derive(Serialize)]
pub(super) struct ScopeMetrics<'a> {
    pub(super) scope: InstrumentationScope<'a>,
    pub(super) metrics: Vec<OtlpMetric<'a>>,
}

#[derive(Serialize)]
pub(super) struct InstrumentationScope<'a> {
    pub(super) name: &'a str,
    pub(super) version: &'a str,
}

#[derive(Serialize)]
pub(super) struct OtlpMetric<'a> {
    pub(super) name: &'a str,
    pub(super) description: &'a str,
    pub(super) unit: &'a str,
    #[serde(flatten)]
    pub(super) data: MetricData<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase", rename_all_fields = "camelCase")]
pub(super) enum MetricData<'a> {
    Gauge { data_points: Vec<NumberPoint<'a>> },
    Sum { data_points: Vec<NumberPoint<'a>>, aggregation_temporality: u8, is_monotonic: bool },
    Histogram { data_points: Vec<HistogramPoint<'a>>, aggregation_temporality: u8 },
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct NumberPoint<'a> {
    pub(super) attributes: Vec<KeyValue<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) start_time_unix_nano: Option<String>,
    pub(super) time_unix_nano: String,
    pub(super) as_double: f64,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct HistogramPoint<'a> {
    pub(super) attributes: Vec<KeyValue<'a>>,
    pub(super) start_time_unix_nano: String,
    pub(super) time_unix_nano: String,
    pub(super) count: String,
    pub(super) sum: f64,
    pub(super) bucket_counts: Vec<String>,
    pub(super) explicit_bounds: &'a [f64],
    pub(super) min: f64,
    pub(super) max: f64,
}
