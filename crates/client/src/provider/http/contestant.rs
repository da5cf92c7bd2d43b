//! One contestant behind an API: where it is, how it is asked, and what is waited for.

use reqwest::Url;

use super::rejected_params::RejectedParams;
use crate::provider::quirks::OptionalField;
use crate::provider::secret::Secret;
use crate::provider::{CompletionRequest, Dialect, ProviderQuirks, RequestTimeouts};

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
        format!("{} {}", self.base_url, self.request.model)
    }
}
