//! One contestant behind an API: where it is, how it is asked, and what is waited for.

use reqwest::Url;
use reqwest::header::{AUTHORIZATION, HeaderMap, HeaderName, HeaderValue};

use super::address::address;
use super::rejected_params::RejectedParams;
use super::transport::TransportOptions;
use crate::provider::quirks::OptionalField;
use crate::provider::secret::Secret;
use crate::provider::{CompletionRequest, Dialect, ProviderQuirks, RequestTimeouts};
use speed_kings_catalog::EndpointFields;
use speed_kings_core::race::event::{FailureKind, LaneFailure};

/// Everything it takes to put one contestant on the track.
#[derive(Clone, Debug)]
pub struct HttpContestant {
    /// The API's base address, for example `https://api.groq.com/openai/v1`.
    pub base_url: Url,
    /// The key, where the API wants one.
    pub key: Option<Secret>,
    /// The environment variable that the key came from or should come from.
    pub key_variable: Option<String>,
    /// The dialect that the API speaks.
    pub dialect: Dialect,
    /// Where it differs from the dialect in paths, query and headers.
    pub endpoint: EndpointFields,
    /// How the connection is made, where that is not as usual.
    pub transport: TransportOptions,
    /// What this API wants different.
    pub quirks: ProviderQuirks,
    /// The model, the prompt and the settings to ask for.
    pub request: CompletionRequest,
    /// The response header that names the serving region.
    pub region_header: Option<String>,
    /// What to say when the model is not there.
    pub retired: Option<String>,
    /// How long to wait for what.
    pub timeouts: RequestTimeouts,
    /// Whether a rate limit is waited out.
    pub wait: bool,
    /// What servers have refused before.
    pub rejected: RejectedParams,
}

impl HttpContestant {
    /// Where it is asked for an answer.
    pub(super) fn answer_url(&self) -> Url {
        let url = address(&self.base_url, &self.endpoint.path(self.dialect, &self.request.model));
        with_query(url, self.endpoint.answer_query(self.dialect))
    }

    /// Where the API under `base` is asked for its models.
    pub(super) fn models_url(&self, base: &Url) -> Url {
        let url = address(base, self.endpoint.models_path(self.dialect));
        with_query(url, self.endpoint.models_query(self.dialect))
    }

    /// The headers of each request, with the key if it has one.
    ///
    /// # Errors
    /// When the key or a header can't be sent.
    pub(super) fn headers(&self) -> Result<HeaderMap, LaneFailure> {
        let mut headers = self.open_headers()?;
        if let Some(key) = &self.key {
            let name = header_name(self.endpoint.key_header(self.dialect))?;
            let text = if name == AUTHORIZATION { format!("Bearer {}", key.expose()) } else { key.expose().to_owned() };
            let mut value = HeaderValue::from_str(&text).map_err(|_| {
                let variable = self.key_variable.as_deref().unwrap_or("the key");
                LaneFailure::new(FailureKind::Auth, format!("{variable} holds characters that no key can have"))
            })?;
            value.set_sensitive(true);
            headers.insert(name, value);
        }
        Ok(headers)
    }

    /// The same without the key.
    ///
    /// # Errors
    /// When a header can't be sent.
    pub(super) fn open_headers(&self) -> Result<HeaderMap, LaneFailure> {
        let mut headers = HeaderMap::new();
        for (name, text) in self.endpoint.headers(self.dialect) {
            let mut value = HeaderValue::from_str(text).map_err(|_| {
                LaneFailure::new(
                    FailureKind::Protocol,
                    format!("the header {name} holds a value that no header can have"),
                )
            })?;
            value.set_sensitive(true);
            headers.insert(header_name(name)?, value);
        }
        Ok(headers)
    }

    /// How to ask it, after all that its server has refused so far.
    pub(super) fn accepted_quirks(&self) -> ProviderQuirks {
        self.rejected.quirks(&self.server_and_model(), &self.quirks)
    }

    /// Remembers that its server takes no `field`.
    pub(super) fn reject(&self, field: OptionalField) {
        self.rejected.learn(self.server_and_model(), field);
    }

    /// Models of one server can differ in what they take.
    fn server_and_model(&self) -> String {
        format!("{} {} {}", self.place(), self.base_url, self.request.model)
    }

    /// Where it is, as messages and results name it: host and port, or the file of its socket.
    #[must_use]
    pub fn place(&self) -> String {
        match &self.transport.unix_socket {
            Some(path) => format!("unix:{}", path.display()),
            None => crate::provider::host(&self.base_url),
        }
    }
}

fn header_name(name: &str) -> Result<HeaderName, LaneFailure> {
    name.parse().map_err(|_| LaneFailure::new(FailureKind::Protocol, format!("'{name}' is no name of a header")))
}

/// `url` with those of `pairs` that its own query lacks.
fn with_query<'a>(mut url: Url, pairs: impl Iterator<Item = (&'a str, &'a str)>) -> Url {
    let known: Vec<String> = url.query_pairs().map(|(name, _)| name.into_owned()).collect();
    let missing: Vec<_> = pairs.filter(|(name, _)| !known.iter().any(|known| known == name)).collect();
    if !missing.is_empty() {
        url.query_pairs_mut().extend_pairs(missing);
    }
    url
}
