//! Which dialects a server answers in: each is asked with an empty request, which no server can answer with tokens.
//! A refusal of what was asked is an answer; that there is nothing to be asked is none.

use std::time::Duration;

use futures::future::join_all;
use reqwest::Url;
use reqwest::header::CONTENT_TYPE;
use tokio::time::timeout;

use super::pooled::PooledClient;
use super::{HttpContestant, path};
use crate::provider::Dialect;

/// A path that no API has. A server that answers there, too, answers everywhere and tells nothing.
const NOWHERE: &str = "speed-kings/is/anybody/here";
/// What is asked: a request without anything in it.
const EMPTY: &str = "{}";

/// The dialects that something answers in at the host of `contestant`, each with the address to race it by; none where that
/// can't be told.
pub async fn dialects(contestant: &HttpContestant, limit: Duration) -> Vec<(Dialect, Url)> {
    let Ok(client) = PooledClient::prepare(contestant) else { return Vec::new() };
    let mut nowhere = contestant.clone();
    nowhere.endpoint.path = Some(NOWHERE.to_owned());
    for root in [contestant.base_url.clone(), path::root_of(&contestant.base_url, Dialect::OpenAi)] {
        nowhere.base_url = root;
        if answers(&client, &nowhere, limit).await {
            return Vec::new();
        }
    }
    let asked = Dialect::ALL.map(|dialect| {
        let mut other = contestant.clone();
        other.dialect = dialect;
        if dialect != contestant.dialect {
            other.base_url = path::root_of(&contestant.base_url, dialect);
            other.endpoint.path = None;
        }
        other
    });
    let answers = join_all(asked.iter().map(|other| answers(&client, other, limit))).await;
    let spoken = asked.into_iter().zip(answers).filter(|(_, answers)| *answers);
    spoken.map(|(other, _)| (other.dialect, other.base_url)).collect()
}

/// Whether anything answers where `contestant` would be asked.
async fn answers(client: &PooledClient, contestant: &HttpContestant, limit: Duration) -> bool {
    let Ok(headers) = contestant.headers() else { return false };
    let request = client.client.post(contestant.answer_url()).headers(headers);
    let asking = request.header(CONTENT_TYPE, "application/json").body(EMPTY).send();
    match timeout(limit, asking).await {
        Ok(Ok(response)) if response.status().is_success() => {
            let kind = response.headers().get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
            kind.contains("json") || kind.contains("event-stream")
        }
        Ok(Ok(response)) => {
            !response.status().is_redirection() && !matches!(response.status().as_u16(), 404 | 405 | 501)
        }
        _ => false,
    }
}
