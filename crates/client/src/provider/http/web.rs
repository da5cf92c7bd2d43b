//! Short questions to servers anywhere that are no contestants: one request, one small answer, a bounded time, over the proxy and
//! with the certificates that requests of contestants have. No redirect is followed, and no key is shown.

use std::time::Duration;

use reqwest::Url;
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use reqwest::redirect::Policy;

use super::dial::DialRecord;
use super::local::{LocalAnswer, answer};
use super::proxy::ProxyRoute;
use super::transport::TransportOptions;
use super::{is_here, tls};
use crate::provider::secret::Secret;

/// The most of an answer that is read, in bytes.
const MAX_BODY: usize = 4 * 1024 * 1024;

/// Asks one server, with the headers that it wants.
#[derive(Clone, Debug)]
pub struct WebClient {
    client: reqwest::Client,
    url: Url,
    /// What may stand in no text: the headers' values, and what stands behind a word such as `Bearer` in them.
    hidden: Vec<Secret>,
}

impl WebClient {
    /// A client for the server of `url`, which gets `headers` with every request.
    ///
    /// # Errors
    /// When no client can be made, or a header can't be sent, or would go over a network without protection.
    pub fn new(url: Url, headers: Vec<(String, Secret)>) -> Result<Self, String> {
        if let Some(failure) = ProxyRoute::before(&url).and_then(|proxy| proxy.unusable()) {
            return Err(failure.message.to_string());
        }
        let secure = url.scheme() == "https";
        if !(secure || is_here(&url) || headers.is_empty()) {
            let host = url.host_str().unwrap_or_default();
            return Err(format!(
                "its headers are not sent to {host}: that is neither https nor this machine; give an https address"
            ));
        }
        let tls = tls::config(secure, &TransportOptions::default(), &DialRecord::default())?;
        let mut builder = reqwest::Client::builder()
            .user_agent(concat!("speed-kings/", env!("CARGO_PKG_VERSION")))
            .tls_backend_preconfigured(tls)
            .redirect(Policy::none())
            .default_headers(header_map(&headers)?);
        if is_here(&url) {
            builder = builder.no_proxy();
        }
        let client = builder.build().map_err(|error| format!("no HTTP client can be made: {error}"))?;
        let last = |value: &Secret| value.expose().rsplit_once(' ').and_then(|(_, key)| Secret::new(key));
        let hidden = headers.into_iter().flat_map(|(_, value)| [last(&value), Some(value)]).flatten().collect();
        Ok(Self { client, url, hidden })
    }

    /// The answer to `GET` at `path` below its address, or at the address itself where that is empty, within `limit`.
    ///
    /// # Errors
    /// Why there was none.
    pub async fn get(&self, path: &str, limit: Duration) -> Result<LocalAnswer, String> {
        let url = format!("{}{path}", self.url.as_str().trim_end_matches('/'));
        self.masked(answer(self.client.get(url), limit, MAX_BODY).await)
    }

    /// The answer to `POST` of `body`, which is JSON, within `limit`.
    ///
    /// # Errors
    /// Why there was none.
    pub async fn post(&self, body: Vec<u8>, limit: Duration) -> Result<LocalAnswer, String> {
        let request = self.client.post(self.url.clone()).header("content-type", "application/json").body(body);
        self.masked(answer(request, limit, MAX_BODY).await)
    }

    /// `text` without any of the headers' values.
    #[must_use]
    pub fn mask(&self, text: &str) -> String {
        self.hidden.iter().fold(text.to_owned(), |text, key| key.mask(&text).into_owned())
    }

    fn masked(&self, answer: Result<LocalAnswer, String>) -> Result<LocalAnswer, String> {
        answer.map_err(|why| self.mask(&why))
    }
}

fn header_map(headers: &[(String, Secret)]) -> Result<HeaderMap, String> {
    let one = |(name, value): &(String, Secret)| {
        let known = HeaderName::from_bytes(name.as_bytes()).map_err(|_| format!("'{name}' is no name of a header"))?;
        let mut value =
            HeaderValue::from_str(value.expose()).map_err(|_| format!("the value of {name} can't be sent"))?;
        value.set_sensitive(true);
        Ok((known, value))
    };
    headers.iter().map(one).collect()
}
