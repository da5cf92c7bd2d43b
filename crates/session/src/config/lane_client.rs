//! The client of a contestant: its address, its key, and how it is asked.

use reqwest::Url;

use super::ConfigError;
use super::env::ProcessEnv;
use super::key::{self, ProviderKey};
use super::options::RaceOptions;
use super::place::{self, base_url_of};
use super::resolved_lane::ResolvedLane;
use speed_kings_catalog::{Catalog, ExtraFields};
use speed_kings_client::provider::http::transport::TransportOptions;
use speed_kings_client::provider::secret::Secret;
use speed_kings_client::provider::{CompletionRequest, ContestantClient, ProviderQuirks, exec, http, merge};
use speed_kings_core::race::setup::RaceSetup;

impl ResolvedLane<'_> {
    fn base_url(&self, env: &ProcessEnv<'_>, simulate: bool) -> Result<(Url, bool), ConfigError> {
        match self.own {
            Some((_, url)) => Ok((url.clone(), true)),
            None => match base_url_of(self.provider, env) {
                // Nobody is asked there, so the form of an address does.
                Err(ConfigError::NoAddress { form, .. }) if simulate => {
                    Ok((place::address(&self.provider.id, &form.replace(['{', '}'], ""))?, false))
                }
                found => found,
            },
        }
    }

    pub(super) fn client(
        &self,
        catalog: &Catalog,
        env: &ProcessEnv<'_>,
        options: &RaceOptions,
        setup: &RaceSetup,
    ) -> Result<(ContestantClient, Option<String>), ConfigError> {
        let (provider, request, timeouts) = (self.provider, self.request(setup), options.timeouts);
        if let Some(command) = provider.command.clone() {
            let key = if options.simulate { None } else { self.key_of_command(env)? };
            // Whatever runs beside the race has no business with the keys of those who are in it.
            let withheld = catalog.providers.iter().filter_map(|provider| provider.key.clone()).collect();
            let think_tags = provider.think_tags;
            return Ok((
                exec::CommandContestant { command, request, key, withheld, think_tags, timeouts }.into(),
                None,
            ));
        }
        let (base_url, overridden) = self.base_url(env, options.simulate)?;
        let key = if options.simulate {
            ProviderKey { variable: self.key_variable(catalog), ..ProviderKey::default() }
        } else {
            self.key_for(catalog, env, &base_url, overridden)?
        };
        let client = http::HttpContestant {
            base_url,
            key: key.secret,
            key_variable: key.variable,
            dialect: provider.dialect,
            endpoint: provider.endpoint.clone(),
            transport: TransportOptions {
                unix_socket: self.socket.cloned(),
                http2: self.set.http2,
                ..options.transport.clone()
            },
            quirks: self.quirks(options.no_reasoning),
            request,
            region_header: provider.region_header.clone(),
            retired: self.offer.and_then(|offer| offer.retired.clone()),
            timeouts,
            wait: !options.no_retry,
            rejected: options.rejected.clone(),
        };
        Ok((client.into(), key.note))
    }

    /// The key of a command, which it finds in its environment.
    fn key_of_command(&self, env: &ProcessEnv<'_>) -> Result<Option<(String, Secret)>, ConfigError> {
        let Some(variable) = self.provider.key.clone() else { return Ok(None) };
        match key::read(env, &variable)? {
            None if !self.provider.local => Err(ConfigError::NoKey { provider: self.name().to_owned(), variable }),
            key => Ok(key.map(|key| (variable, key))),
        }
    }

    fn request(&self, setup: &RaceSetup) -> CompletionRequest {
        let settings = &setup.settings;
        CompletionRequest {
            model: self.model.clone(),
            prompt: setup.prompt_text(),
            history: setup.history.clone(),
            system: None,
            max_tokens: settings.max_tokens,
            temperature: settings.temperature,
            seed: settings.seed,
        }
    }

    fn quirks(&self, no_reasoning: bool) -> ProviderQuirks {
        let provider = self.provider;
        let mut extra: ExtraFields = provider.extra.clone();
        extra.extend(self.offer.iter().flat_map(|offer| offer.extra.clone()));
        if no_reasoning {
            let model = self.same_as.as_deref().unwrap_or_default();
            extra.extend(provider.reasoning_off_for(model).cloned().unwrap_or_default());
        }
        merge(&mut extra, &self.set.body);
        ProviderQuirks {
            token_limit: provider.token_limit,
            stream_options: provider.stream_options,
            temperature: provider.temperature,
            seed: provider.seed,
            think_tags: provider.think_tags,
            extra,
        }
    }
}
