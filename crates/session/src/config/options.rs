//! What was asked for, before it is held against the catalogue and the environment.

use std::path::{Path, PathBuf};

use speed_kings_catalog::CatalogPrompt;
use speed_kings_client::provider::RequestTimeouts;
use speed_kings_client::provider::http::RejectedParams;
use speed_kings_client::provider::http::transport::TransportOptions;

/// What was asked for.
#[derive(Clone, PartialEq, Debug, Default)]
#[expect(clippy::struct_excessive_bools, reason = "each is a wish of its own")]
pub struct RaceOptions {
    /// A phase of the catalogue.
    pub phase: Option<String>,
    /// Contestants: ids of providers, `NAME=URL`, `exec:COMMAND` or `NAME=exec:COMMAND`.
    pub providers: Vec<String>,
    /// Models: one for all, or one for each contestant.
    pub models: Vec<String>,
    /// What is set for one contestant alone, each as `NAME.KEY=VALUE`.
    pub set: Vec<String>,
    /// How connections are made, where that is not as usual: certificates, for all contestants alike.
    pub transport: TransportOptions,
    /// A prompt of the user's own.
    pub prompt: Option<String>,
    /// What that prompt is called, where it has a name.
    pub prompt_name: Option<String>,
    /// A prompt of the catalogue.
    pub size: Option<String>,
    /// A prompt that is at hand already, instead of one of the catalogue.
    pub asked: Option<CatalogPrompt>,
    /// The cap on output tokens, reasoning included; nothing for the prompt's own.
    pub max_tokens: Option<u32>,
    /// The sampling temperature; nothing for the prompt's own, else 0.
    pub temperature: Option<f64>,
    /// The sampling seed, and the simulator's.
    pub seed: Option<u64>,
    /// One contestant is enough: there is nobody to beat.
    pub alone: bool,
    /// Every lane is fed by the simulator.
    pub simulate: bool,
    /// The prompt goes out without a nonce.
    pub allow_cache: bool,
    /// How long to wait for what.
    pub timeouts: RequestTimeouts,
    /// Reasoning is switched off where there is a switch.
    pub no_reasoning: bool,
    /// A rate limit is not waited out.
    pub no_retry: bool,
    /// The folder in which the logs of engines are kept that are started for the race; nothing to keep none.
    pub engine_logs: Option<PathBuf>,
    /// What servers have refused before.
    pub rejected: RejectedParams,
}

/// The folder beside recordings and results that holds the logs of engines.
const ENGINE_LOGS: &str = "engine-logs";

impl RaceOptions {
    /// The same, with the logs of engines kept beside what `folder` holds; nowhere where nothing is kept.
    #[must_use]
    pub fn logging_beside(self, folder: Option<&Path>) -> Self {
        Self { engine_logs: folder.map(|folder| folder.join(ENGINE_LOGS)), ..self }
    }
}
