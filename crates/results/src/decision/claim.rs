//! What others publish of the offers that were measured: shown beside the measurement with its day and source, and part of no decision.

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Value, json};

use super::fit::OfferDecision;
use crate::benchmark_report::{ReportBlock, ReportTable};
use speed_kings_core::date;
use speed_kings_core::format;
use speed_kings_core::race::verdict::Metric;
use speed_kings_core::stats::median;

/// Endpoints of one answer that are read: a server could name any number.
const MOST: usize = 200;

/// What `OpenRouter` says of one host of a model, by the requests that went over it.
#[derive(Clone, PartialEq, Debug)]
pub struct RouterClaim {
    /// The model, by the catalogue's id.
    pub model: String,
    /// The host, as `OpenRouter` calls it.
    pub host: String,
    /// The share of its requests of the last 30 minutes that were answered, from 0 to 1.
    pub uptime: Option<f64>,
    /// Median time to first token of the last 30 minutes, in ms.
    pub ttft_ms: Option<f64>,
    /// The 90th percentile of the same.
    pub ttft_p90_ms: Option<f64>,
    /// Median output speed of the last 30 minutes, in tokens per second.
    pub tok_s: Option<f64>,
    /// When it was asked.
    pub at: Timestamp,
}

/// The answer, as far as it is read.
#[derive(Deserialize)]
struct EndpointsAnswer {
    data: EndpointsData,
}

#[derive(Deserialize)]
struct EndpointsData {
    #[serde(default)]
    endpoints: Vec<EndpointEntry>,
}

#[derive(Deserialize)]
struct EndpointEntry {
    #[serde(default)]
    provider_name: String,
    /// The share of its requests that were answered, in percent.
    #[serde(default)]
    uptime_last_30m: Option<f64>,
    /// In ms; only for whoever has a key.
    #[serde(default)]
    latency_last_30m: Option<EndpointPercentiles>,
    #[serde(default)]
    throughput_last_30m: Option<EndpointPercentiles>,
}

#[derive(Deserialize, Default)]
struct EndpointPercentiles {
    #[serde(default)]
    p50: Option<f64>,
    #[serde(default)]
    p90: Option<f64>,
}

impl RouterClaim {
    /// What the answer to a question for the hosts of `model` says, which was asked `at`.
    ///
    /// # Errors
    /// When it is another form than the one that is known.
    pub fn read(model: &str, answer: &[u8], at: Timestamp) -> Result<Vec<Self>, String> {
        let answer: EndpointsAnswer =
            serde_json::from_slice(answer).map_err(|error| format!("its answer is of another form: {error}"))?;
        let sound = |figure: Option<f64>| figure.filter(|figure| figure.is_finite() && *figure > 0.0);
        let one = |entry: EndpointEntry| {
            let latency = entry.latency_last_30m.unwrap_or_default();
            Self {
                model: model.to_owned(),
                host: entry.provider_name,
                uptime: entry.uptime_last_30m.filter(|share| (0.0..=100.0).contains(share)).map(|share| share / 100.0),
                ttft_ms: sound(latency.p50),
                ttft_p90_ms: sound(latency.p90),
                tok_s: sound(entry.throughput_last_30m.unwrap_or_default().p50),
                at,
            }
        };
        Ok(answer.data.endpoints.into_iter().take(MOST).map(one).collect())
    }

    /// Whether it is about this offer: the same model at a provider of the same name.
    fn is_of(&self, offer: &OfferDecision) -> bool {
        let letters = |name: &str| {
            name.chars().filter(|letter| letter.is_alphanumeric()).flat_map(char::to_lowercase).collect::<String>()
        };
        self.model == offer.offer.id.1 && letters(&self.host) == letters(&offer.offer.provider)
    }
}

/// The claims as a part of a report; nothing without any.
pub(super) fn blocks(claims: &[RouterClaim], decisions: &[OfferDecision]) -> Vec<ReportBlock> {
    if claims.is_empty() {
        return Vec::new();
    }
    let header = [
        "model",
        "host",
        "up",
        "TTFT median",
        "p90",
        "output speed",
        "said on, UTC",
        "measured here: TTFT",
        "output speed",
        "answered",
    ];
    let row = |claim: &RouterClaim| {
        let own = decisions.iter().find(|one| claim.is_of(one));
        let answered = own.filter(|one| one.requests.0 > 0).map(|one| {
            let within = one.answered_within();
            format!("{} to {}", format::percent(within.low), format::percent(within.high))
        });
        let absent = || format::ABSENT.to_owned();
        vec![
            claim.model.clone(),
            claim.host.clone(),
            claim.uptime.map_or_else(absent, format::percent),
            format::metric(Metric::Ttft, claim.ttft_ms),
            format::metric(Metric::Ttft, claim.ttft_p90_ms),
            format::metric(Metric::OutputSpeed, claim.tok_s),
            date::to_minute(claim.at),
            format::metric(Metric::Ttft, own.and_then(|one| median(one.ttfts.iter().copied()))),
            format::metric(Metric::OutputSpeed, own.and_then(|one| one.offer.tok_s)),
            answered.unwrap_or_else(absent),
        ]
    };
    let rows = claims.iter().map(row).collect();
    let table = ReportTable { header: header.map(str::to_owned).to_vec(), rows, right_from: 2, left_from: 6 };
    vec![
        ReportBlock::Title("What OpenRouter says".into()),
        ReportBlock::Table(table),
        ReportBlock::Notes(vec![
            "claims of openrouter.ai about the last 30 minutes of other people's requests, over its own way and with prompts that nobody \
             knows; none of them is part of the decision"
                .into(),
        ]),
    ]
}

/// The same for scripts.
pub(super) fn record(claims: &[RouterClaim]) -> Vec<Value> {
    let one = |claim: &RouterClaim| {
        json!({
            "source": "openrouter",
            "at": date::to_milli(claim.at),
            "model": claim.model,
            "host": claim.host,
            "uptime_30m": claim.uptime,
            "ttft_ms": claim.ttft_ms,
            "ttft_p90_ms": claim.ttft_p90_ms,
            "output_tok_s": claim.tok_s,
        })
    };
    claims.iter().map(one).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_read_as_far_as_it_can_be_true() {
        let answer = br#"{"data": {"id": "a/b", "endpoints": [
            {"provider_name": "Groq", "uptime_last_30m": 99.5, "latency_last_30m": {"p50": 210, "p90": 480, "p99": 900},
             "throughput_last_30m": {"p50": 512.5}, "pricing": {"prompt": "0.1"}},
            {"provider_name": "Other", "uptime_last_30m": null, "latency_last_30m": null, "throughput_last_30m": null},
            {"provider_name": "Broken", "uptime_last_30m": 120, "latency_last_30m": {"p50": -1}}
        ]}}"#;
        let at = Timestamp::UNIX_EPOCH;
        let all = RouterClaim::read("m", answer, at).unwrap();
        let groq = RouterClaim {
            model: "m".into(),
            host: "Groq".into(),
            uptime: Some(0.995),
            ttft_ms: Some(210.0),
            ttft_p90_ms: Some(480.0),
            tok_s: Some(512.5),
            at,
        };
        assert_eq!(all[0], groq);
        let blank = |host: &str| RouterClaim {
            host: host.into(),
            uptime: None,
            ttft_ms: None,
            ttft_p90_ms: None,
            tok_s: None,
            ..groq.clone()
        };
        assert_eq!(all[1..], [blank("Other"), blank("Broken")]);
        let told = RouterClaim::read("m", b"{\"error\": 1}", at).unwrap_err();
        assert!(told.starts_with("its answer is of another form: missing field `data`"), "{told}");
    }
}
