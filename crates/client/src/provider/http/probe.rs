//! A look at whether a contestant could race: the list of its models, which costs nothing anywhere.
//! A list that comes without the key as well proves nothing about the key, so that is tried too.

use std::time::{Duration, Instant};

use reqwest::Url;
use tokio::time::timeout;

use super::decode::DecodedReply;
use super::local::model_names;
use super::pooled::PooledClient;
use super::reply::LaneReply;
use super::{HttpContestant, path, refusal, trouble};
use crate::bus::ThreadPulse;
use crate::provider::deadline::Deadline;
use crate::provider::timeouts::late;
use speed_kings_core::race::event::{FailureKind, LaneFailure};
use speed_kings_core::time::Period;

/// The most of a list that is read; an aggregator's is long.
const MAX_LIST: usize = 2 * 1024 * 1024;

/// What a look found. Absent means not known.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct EndpointProbe {
    /// The HTTP status of the answer; absent when none came.
    pub status: Option<u16>,
    /// How long the connection took: name, TCP and TLS together.
    pub connect: Option<Period>,
    /// From asking to the first byte of the answer, the connection included.
    pub first_byte: Option<Period>,
    /// Whether the key is taken; not known when there is none, or when the list is open to everybody.
    pub key_accepted: Option<bool>,
    /// The ids of the models that are listed, where there is a list.
    pub models: Option<Vec<String>>,
    /// Another address at the same host that has the list which this one lacks.
    pub better: Option<Url>,
    /// What went wrong on the way, or what the server refused.
    pub failure: Option<LaneFailure>,
}

impl EndpointProbe {
    /// Whether `model` is listed; not known without a list, or with an empty one.
    #[must_use]
    pub fn lists(&self, model: &str) -> Option<bool> {
        let models = self.models.as_ref().filter(|models| !models.is_empty())?;
        // Ollama lists what was asked for without a tag under its usual one.
        // Google lists what is asked for by its name under a step of the path.
        let bare = |name: &'_ str| name.strip_prefix("models/").unwrap_or(name).to_owned();
        let named = |listed: &str| listed == model || listed.strip_suffix(":latest") == Some(model);
        Some(models.iter().any(|listed| named(listed) || bare(listed) == bare(model)))
    }

    /// Whether there was an answer, only not to this question: some servers have no list of models.
    #[must_use]
    pub const fn has_no_list(&self) -> bool {
        matches!(self.status, Some(404 | 405)) && self.better.is_none()
    }
}

/// Asks for the list of models, within `limit`.
pub async fn probe(contestant: HttpContestant, limit: Duration) -> EndpointProbe {
    let mut probe = EndpointProbe::default();
    let asked = match PooledClient::prepare(&contestant) {
        Ok(client) => match timeout(limit, client.look(&contestant, &mut probe, limit)).await {
            Ok(asked) => asked,
            Err(_) if client.dials.count() == 0 => Err(late(FailureKind::ConnectTimeout, limit)),
            Err(_) => Err(late(FailureKind::RunTimeout, limit)),
        },
        Err(failure) => Err(failure),
    };
    probe.failure = asked.err().map(|failure| masked(trouble::explain(failure, &contestant), &contestant));
    probe
}

impl PooledClient {
    async fn look(
        &self,
        contestant: &HttpContestant,
        probe: &mut EndpointProbe,
        limit: Duration,
    ) -> Result<(), LaneFailure> {
        let url = contestant.models_url(&contestant.base_url);
        let asked = Instant::now();
        let sent = self.client.get(url.clone()).headers(contestant.headers()?).send().await;
        let response = sent.map_err(|error| trouble::of(&error.into(), FailureKind::Reset, contestant))?;
        probe.connect = self.dials.last().and_then(|transport| transport.total);
        probe.status = Some(response.status().as_u16());
        if !response.status().is_success() {
            probe.first_byte = Some(asked.elapsed().into());
            // So that the status is told even when the error's body never ends.
            let until = Deadline::new(Instant::now(), FailureKind::RunTimeout, limit / 2, &ThreadPulse::default());
            let mut reply = DecodedReply::new(LaneReply::Pooled(response, None));
            let refused = refusal::read(contestant, &mut reply, &url, until, &ThreadPulse::default()).await.failure;
            if contestant.key.is_some() && matches!(refused.kind, FailureKind::Auth | FailureKind::Forbidden) {
                probe.key_accepted = Some(false);
            }
            if matches!(probe.status, Some(404 | 405)) {
                probe.better = self.better(contestant).await;
            }
            return Err(match &probe.better {
                Some(url) => refused.with_hint(format!("{} answers: use that address", path::shown(url))),
                None => refused,
            });
        }
        if path::is_endpoint(contestant) {
            let path = contestant.endpoint.template(contestant.dialect);
            let told = format!("the address ends in /{path}, which is put behind it");
            return Err(LaneFailure::new(FailureKind::NotFound, told).with_hint(path::advice(contestant)));
        }
        let mut reply = DecodedReply::new(LaneReply::Pooled(response, None));
        let (mut body, mut pieces) = (Vec::new(), Vec::new());
        let begun = reply.read(&mut pieces, contestant).await;
        probe.first_byte = Some(asked.elapsed().into());
        for bytes in &pieces {
            body.extend_from_slice(bytes);
        }
        if begun?.is_some() {
            reply.all(&mut body, MAX_LIST, contestant).await?;
        }
        if body.len() > MAX_LIST {
            return Err(LaneFailure::new(FailureKind::Protocol, "the list of models has no end"));
        }
        probe.models = ids(&body);
        if contestant.key.is_some() {
            let open = self.client.get(url).headers(contestant.open_headers()?).send().await;
            probe.key_accepted = open.is_ok_and(|response| !response.status().is_success()).then_some(true);
        }
        Ok(())
    }

    /// Another address at the same host that lists models, out of those that may be meant.
    async fn better(&self, contestant: &HttpContestant) -> Option<Url> {
        for url in path::meant(&contestant.base_url, contestant.dialect) {
            let list = contestant.models_url(&url);
            let answer = self.client.get(list).headers(contestant.headers().ok()?).send().await;
            let answer = answer.ok().filter(|answer| answer.status().is_success())?;
            let mut body = Vec::new();
            // A list that breaks off is none.
            let _ = DecodedReply::new(LaneReply::Pooled(answer, None)).all(&mut body, MAX_LIST, contestant).await;
            if ids(&body).is_some() {
                return Some(url);
            }
        }
        None
    }
}

/// A server may say the key that it refuses.
fn masked(failure: LaneFailure, contestant: &HttpContestant) -> LaneFailure {
    let Some(key) = &contestant.key else { return failure };
    let mask = |text: Box<str>| -> Box<str> { key.mask(&text).into() };
    LaneFailure { message: mask(failure.message), hint: failure.hint.map(mask), ..failure }
}

/// The ids in a list of models; nothing where it is no list.
fn ids(body: &[u8]) -> Option<Vec<String>> {
    model_names(&serde_json::from_slice(body).ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::provider::http::transport::TransportOptions;
    use crate::provider::http::{RejectedParams, RequestTimeouts};
    use crate::provider::secret::Secret;
    use crate::provider::{CompletionRequest, ProviderQuirks};
    use speed_kings_catalog::{Dialect, EndpointFields};
    use speed_kings_simulator::{Options, Simulator};

    fn look(url: &str) -> EndpointProbe {
        let contestant = HttpContestant {
            base_url: Url::parse(url).unwrap(),
            key: Secret::new("canary0value0of0a0key"),
            key_variable: Some("SOME_API_KEY".into()),
            dialect: Dialect::OpenAi,
            endpoint: EndpointFields::default(),
            transport: TransportOptions::default(),
            quirks: ProviderQuirks::default(),
            request: CompletionRequest::default(),
            region_header: None,
            retired: None,
            timeouts: RequestTimeouts::default(),
            wait: false,
            rejected: RejectedParams::default(),
        };
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(probe(contestant, Duration::from_secs(20)))
    }

    #[test]
    fn lists_of_every_shape_are_read() {
        for list in [
            r#"{"object":"list","data":[{"id":"a"},{"id":"b"}]}"#,
            r#"[{"id":"a","object":"model"},{"id":"b"}]"#,
            r#"{"models":[{"name":"a","model":"a"},{"model":"b"}]}"#,
            r#"["a","b"]"#,
        ] {
            assert_eq!(ids(list.as_bytes()), Some(vec!["a".to_owned(), "b".to_owned()]), "{list}");
        }
        for none in ["", "{}", "<html>", r#"{"data":null}"#] {
            assert_eq!(ids(none.as_bytes()), None, "{none}");
        }
    }

    #[test]
    fn an_unlisted_model_is_told_from_an_unknown_one() {
        let models = |ids: &[&str]| EndpointProbe {
            models: Some(ids.iter().map(|id| (*id).to_owned()).collect()),
            ..EndpointProbe::default()
        };
        assert_eq!(models(&["a:latest"]).lists("a"), Some(true));
        assert_eq!(models(&["models/a"]).lists("a"), Some(true));
        assert_eq!(models(&["a:1b"]).lists("a"), Some(false));
        assert_eq!(models(&[]).lists("a"), None);
        assert_eq!(EndpointProbe::default().lists("a"), None);
    }

    #[test]
    fn a_server_is_looked_at_and_a_refusal_keeps_its_words() {
        let simulator = Simulator::start(Options::default()).unwrap();
        let found = look(&simulator.base_url("custom"));
        assert_eq!((found.status, found.lists("custom"), found.failure.clone()), (Some(200), Some(true), None));
        assert!(found.first_byte >= found.connect && found.connect.is_some(), "{found:?}");
        assert_eq!(found.key_accepted, None, "it would have answered anybody");
        let refused = look(&simulator.base_url("nobody"));
        let failure = refused.failure.clone().unwrap();
        assert_eq!((refused.status, failure.kind), (Some(404), FailureKind::NotFound));
        assert!(refused.has_no_list() && failure.message.contains("no entrant"), "{failure:?}");
    }

    #[test]
    fn nobody_there_is_a_failure_with_a_next_step() {
        let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let failure = look(&format!("http://{free}/v1")).failure.unwrap();
        assert_eq!(failure.kind, FailureKind::Connect);
        assert!(failure.hint.unwrap().contains("listening"));
    }
}
