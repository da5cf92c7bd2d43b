//! Short questions to servers on this machine: one request, one small answer, a bounded time, no proxy in between.
//! Nothing here is measured; what is measured goes through the client.

use std::time::Duration;

use reqwest::header::{HeaderName, HeaderValue};
use reqwest::redirect::Policy;
use serde_json::Value;
use tokio::time::timeout;

use super::dial::DialRecord;
use super::transport::TransportOptions;

/// The most of an answer that is read where nobody says otherwise, in bytes.
const MAX_BODY: usize = 1024 * 1024;

/// Asks servers on this machine.
#[derive(Clone, Debug)]
pub struct LocalClient {
    client: reqwest::Client,
    largest: usize,
}

/// What a server answered.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct LocalAnswer {
    /// The HTTP status code.
    pub status: u16,
    /// The headers, their names in small letters; those that are no text are left out.
    pub headers: Vec<(String, String)>,
    /// The body, or its beginning.
    pub body: Vec<u8>,
}

impl LocalAnswer {
    /// The header of this name, in small letters.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// The body as JSON, where the answer is a good one.
    #[must_use]
    pub fn json(&self) -> Option<Value> {
        (self.status == 200).then(|| serde_json::from_slice(&self.body).ok())?
    }
}

impl LocalClient {
    /// A client that follows no redirect and keeps no connection.
    ///
    /// # Errors
    /// When the system has no resources for one.
    pub fn new() -> Result<Self, String> {
        let tls = super::tls::config(false, &TransportOptions::default(), &DialRecord::default())?;
        let builder = reqwest::Client::builder().tls_backend_preconfigured(tls).no_proxy().redirect(Policy::none());
        let builder = builder.pool_max_idle_per_host(0);
        let client = builder.build().map_err(|error| format!("no HTTP client can be made: {error}"))?;
        Ok(Self { client, largest: MAX_BODY })
    }

    /// The same, reading answers of up to `bytes`.
    #[must_use]
    pub fn with_largest(self, bytes: usize) -> Self {
        Self { largest: bytes, ..self }
    }

    /// The answer to `GET url` within `limit`.
    ///
    /// # Errors
    /// Why there was none.
    pub async fn get(&self, url: &str, limit: Duration) -> Result<LocalAnswer, String> {
        answer(self.client.get(url), limit, self.largest).await
    }

    /// The answer to `POST url` with a body of JSON within `limit`.
    ///
    /// # Errors
    /// Why there was none.
    pub async fn post(&self, url: &str, body: &Value, limit: Duration) -> Result<LocalAnswer, String> {
        let request = self.client.post(url).header("content-type", "application/json").body(body.to_string());
        answer(request, limit, self.largest).await
    }
}

pub(super) async fn answer(
    request: reqwest::RequestBuilder,
    limit: Duration,
    largest: usize,
) -> Result<LocalAnswer, String> {
    let asking = async {
        let mut response = request.send().await.map_err(|error| plain(&error))?;
        let text =
            |(name, value): (&HeaderName, &HeaderValue)| Some((name.to_string(), value.to_str().ok()?.to_owned()));
        let headers = response.headers().iter().filter_map(text).collect();
        let mut answer = LocalAnswer { status: response.status().as_u16(), headers, body: Vec::new() };
        while answer.body.len() < largest {
            match response.chunk().await.map_err(|error| plain(&error))? {
                Some(bytes) => answer.body.extend_from_slice(&bytes),
                None => break,
            }
        }
        answer.body.truncate(largest);
        Ok(answer)
    };
    timeout(limit, asking).await.unwrap_or_else(|_| Err(format!("no answer within {} ms", limit.as_millis())))
}

/// The innermost cause, which is the one that helps.
fn plain(error: &reqwest::Error) -> String {
    let mut cause: &dyn std::error::Error = error;
    while let Some(inner) = cause.source() {
        cause = inner;
    }
    cause.to_string()
}

/// The names in a list of models: `{"data":[{"id"}]}`, a bare list of such, or Ollama's `{"models":[{"name"}]}`. Nothing where
/// it is no list.
#[must_use]
pub fn model_names(list: &Value) -> Option<Vec<String>> {
    let entries = ["data", "models"].into_iter().find_map(|field| list.get(field)?.as_array()).or(list.as_array())?;
    let name = |entry: &Value| {
        let name = ["id", "name", "model"].into_iter().find_map(|field| entry.get(field)?.as_str());
        name.or(entry.as_str()).map(str::to_owned)
    };
    Some(entries.iter().filter_map(name).collect())
}
