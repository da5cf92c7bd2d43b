//! What a response's head tells: status, region, limits, and timings that some servers put there.

use reqwest::header::{HeaderMap, SERVER};

use super::reply::LaneReply;
use crate::provider::excerpt::shortened;
use crate::provider::{CompletionRequest, SIMULATOR};
use speed_kings_core::race::event::{ResponseHead, ServerTiming, UpstreamFacts};
use speed_kings_core::race::lane::BYTES_PER_TOKEN;
use speed_kings_core::text::printable;
use speed_kings_core::time::ReportedPeriod;

/// Headers of a kind that are kept at the most.
const MAX_KEPT: usize = 24;
/// The longest value of one that is kept.
const MAX_VALUE: usize = 100;

/// The head of `reply`; the region is in `region_header`.
pub(super) fn of(reply: &LaneReply, region_header: Option<&str>) -> ResponseHead {
    let headers = reply.headers();
    ResponseHead {
        status: reply.status().as_u16(),
        version: format!("{:?}", reply.version()).into(),
        region: region_header.and_then(|name| text(headers, name)).map(Into::into),
        simulated: text(headers, SERVER.as_str()).is_some_and(|server| server.starts_with(SIMULATOR)),
        written: None,
        limits: kept(headers, is_limit),
    }
}

fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

/// The headers whose names are `wanted`, in the server's own words.
fn kept(headers: &HeaderMap, wanted: impl Fn(&str) -> bool) -> Box<[(Box<str>, Box<str>)]> {
    let named = headers.iter().filter(|(name, _)| wanted(name.as_str()));
    let named = named.filter_map(|(name, value)| Some((name.as_str().into(), value.to_str().ok()?)));
    named.take(MAX_KEPT).map(|(name, value)| (name, shortened(&printable(value), MAX_VALUE))).collect()
}

/// Whether a header speaks of limits.
fn is_limit(name: &str) -> bool {
    name.contains("ratelimit") || name.contains("tokenlimit")
}

/// Parts of the names of headers that tell who answered behind a router or a gateway, for example `x-inference-provider`,
/// `x-litellm-model-id`, `x-portkey-provider`, `x-openrouter-provider`, `cf-aig-provider` and `x-upstream-model`.
const UPSTREAM: &[&str] = &[
    "upstream",
    "inference-provider",
    "litellm-model",
    "portkey-provider",
    "portkey-model",
    "openrouter-provider",
    "openrouter-model",
    "aig-provider",
    "aig-model",
    "model-provider",
    "model-deployment",
    "azureml-model",
    "served-model",
    "routed-",
    "x-provider",
    "x-model",
];
/// Names of such headers that end so hold a time.
const TIMES: &[&str] = &["time", "ms", "duration", "latency", "seconds"];

/// The headers that name who answered, in the server's own words; nothing where there are none.
pub(super) fn upstream(headers: &HeaderMap) -> Option<UpstreamFacts> {
    let tells =
        |name: &str| UPSTREAM.iter().any(|part| name.contains(part)) && !TIMES.iter().any(|end| name.ends_with(end));
    let told = kept(headers, tells);
    (!told.is_empty()).then(|| UpstreamFacts { headers: told, ..UpstreamFacts::default() })
}

/// Timings that stand in the head: `OpenAI`'s milliseconds, Fireworks' seconds.
pub(super) fn timing(headers: &HeaderMap) -> Option<ServerTiming> {
    let number = |name| text(headers, name).and_then(|value| value.trim().parse::<f64>().ok());
    let total = number("openai-processing-ms").and_then(|ms| ReportedPeriod::from_secs(ms / 1e3));
    let first_token = number("fireworks-server-time-to-first-token").and_then(ReportedPeriod::from_secs);
    let timing = ServerTiming { total, first_token, ..ServerTiming::default() };
    (!timing.is_empty()).then_some(timing)
}

/// What to tell when no request is left of a limit, or the output cap can't fit into what is left of one on tokens.
#[expect(clippy::cast_precision_loss, reason = "prompts are far below 2^52 bytes")]
pub(super) fn limit_warning(headers: &HeaderMap, request: &CompletionRequest) -> Option<String> {
    let least = |of: &str| {
        let left = headers.iter().filter(|(name, _)| name.as_str().contains("remaining") && name.as_str().contains(of));
        left.filter_map(|(_, value)| value.to_str().ok()?.trim().parse::<f64>().ok()).reduce(f64::min)
    };
    if least("requests").is_some_and(|left| left < 1.0) {
        return Some("no request is left of the rate limit: this one will be refused or has to wait".into());
    }
    let wanted = f64::from(request.max_tokens?) + request.prompt.len() as f64 / BYTES_PER_TOKEN;
    let left = least("tokens")?;
    (left < wanted).then(|| {
        format!("{left:.0} tokens are left of the rate limit and this race may need {wanted:.0}: a smaller --max-tokens fits")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        pairs.iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap())).collect()
    }

    #[test]
    fn limits_are_kept_in_the_servers_words() {
        let headers =
            headers(&[("x-ratelimit-reset-tokens", "6.239s"), ("x-request-id", "req_1"), ("x-tokenlimit-limit", "9")]);
        let limits = kept(&headers, is_limit);
        assert_eq!(limits.len(), 2);
        assert!(limits.iter().any(|(name, value)| &**name == "x-ratelimit-reset-tokens" && &**value == "6.239s"));
    }

    #[test]
    fn whoever_answers_behind_a_router_is_kept() {
        let told = upstream(&headers(&[
            ("x-inference-provider", "novita"),
            ("x-litellm-model-id", "abc"),
            ("x-portkey-provider", "azure-openai"),
            ("x-envoy-upstream-service-time", "12"),
            ("x-upstream-latency-ms", "3"),
            ("server", "envoy"),
            ("x-request-id", "req_1"),
        ]));
        let names: Vec<String> = told.unwrap().headers.iter().map(|(name, _)| name.to_string()).collect();
        assert_eq!(names, ["x-inference-provider", "x-litellm-model-id", "x-portkey-provider"]);
        assert_eq!(upstream(&headers(&[("server", "envoy")])), None);
    }

    #[test]
    fn a_cap_that_cannot_fit_is_told() {
        let request =
            CompletionRequest { max_tokens: Some(700), prompt: "x".repeat(400), ..CompletionRequest::default() };
        let told = limit_warning(&headers(&[("x-ratelimit-remaining-tokens", "500")]), &request).unwrap();
        assert!(told.contains("500") && told.contains("800"), "{told}");
        assert_eq!(limit_warning(&headers(&[("x-ratelimit-remaining-tokens-minute", "5000")]), &request), None);
        assert_eq!(limit_warning(&headers(&[("x-ratelimit-remaining-requests", "1")]), &request), None);
        let told =
            limit_warning(&headers(&[("x-ratelimit-remaining-requests-day", "0")]), &CompletionRequest::default())
                .unwrap();
        assert!(told.starts_with("no request is left"), "{told}");
    }

    #[test]
    fn timings_in_the_head() {
        let timing = timing(&headers(&[("openai-processing-ms", "421")])).unwrap();
        assert_eq!(timing.total, ReportedPeriod::from_secs(0.421));
        assert_eq!(super::timing(&headers(&[("openai-processing-ms", "soon")])), None);
    }
}
