//! One contestant on its way through the merge: which model, which address, which key, which quirks.
//! What has been settled stays settled: a flag is never overruled by the environment, nor that by the catalogue.

use reqwest::Url;

use super::contestant_spec::ContestantSpec;
use super::key::{self, ProviderKey};
use super::{ConfigError, ProcessEnv, RaceOptions, base_url_of};
use speed_kings_catalog::template::TemplateField;
use speed_kings_catalog::{Catalog, ExtraFields, Hardware, ModelOffer, Provider};
use speed_kings_client::provider::machine::is_this_machine;
use speed_kings_client::provider::secret::Secret;
use speed_kings_client::provider::{CompletionRequest, ContestantClient, ProviderQuirks, exec, http};
use speed_kings_core::race::machine::is_home;
use speed_kings_core::race::setup::{ANY_MODEL, Contestant, RaceSetup};

/// One contestant, with its provider and the model that it races with.
pub(super) struct ResolvedLane<'a> {
    pub(super) provider: &'a Provider,
    /// Of the user's own making, with `NAME=URL`.
    pub(super) own: Option<&'a (String, Url)>,
    pub(super) model: String,
    pub(super) same_as: Option<String>,
    pub(super) offer: Option<&'a ModelOffer>,
}

impl<'a> ResolvedLane<'a> {
    pub(super) fn of(pick: &'a ContestantSpec<'_>) -> Self {
        Self { provider: &pick.provider, own: pick.own.as_ref(), model: String::new(), same_as: None, offer: None }
    }

    pub(super) fn variable(&self, what: &str) -> String {
        format!("{}_{what}", self.provider.env_prefix())
    }

    pub(super) fn name(&self) -> &str {
        self.own.map_or(&self.provider.name, |(name, _)| name)
    }

    /// Flags over environment over phase over whatever it offers first.
    pub(super) fn choose_model(
        &mut self,
        catalog: &Catalog,
        env: &ProcessEnv<'_>,
        flags: &[String],
        index: usize,
        shared: Option<&str>,
    ) -> Result<(), ConfigError> {
        let flag = if flags.len() == 1 { flags.first() } else { flags.get(index) };
        if flags.len() > 1 && flag.is_none() {
            return Err(ConfigError::ModelCount { given: flags.len() });
        }
        let variable = self.variable("MODEL");
        let wanted = flag.cloned().or_else(|| env.get(&variable));
        let Some(wanted) = wanted else {
            let offer = shared.and_then(|model| self.provider.offer(model)).or_else(|| self.provider.offers.first());
            match offer {
                Some(offer) => self.take(offer),
                None if self.has_any_model() => self.model = ANY_MODEL.into(),
                None => return Err(ConfigError::NoModel { provider: self.name().to_owned(), variable }),
            }
            return Ok(());
        };
        // A model of the catalogue by its own name, or by the provider's name for it; anything else goes out as it is.
        let known =
            self.provider.offer(&wanted).or_else(|| self.provider.offers.iter().find(|offer| offer.id == wanted));
        if let Some(offer) = known {
            self.take(offer);
        } else if self.own.is_none()
            && !self.provider.offers.is_empty()
            && flags.len() == 1
            && catalog.model(&wanted).is_ok()
        {
            return Err(ConfigError::NotOffered { provider: self.name().to_owned(), model: wanted });
        } else {
            self.model = wanted;
        }
        Ok(())
    }

    /// Whether it needs no name for its model: a server of one's own usually has one and takes any name for it, and
    /// many a command has its model among its arguments.
    fn has_any_model(&self) -> bool {
        self.own.is_some() || self.provider.command.as_ref().is_some_and(|command| !command.takes(TemplateField::Model))
    }

    fn take(&mut self, offer: &'a ModelOffer) {
        self.offer = Some(offer);
        self.model.clone_from(&offer.id);
        self.same_as = Some(offer.model.clone());
    }

    fn base_url(&self, env: &ProcessEnv<'_>) -> Result<(Url, bool), ConfigError> {
        match self.own {
            Some((_, url)) => Ok((url.clone(), true)),
            None => base_url_of(self.provider, env),
        }
    }

    pub(super) fn entrant(
        &self,
        catalog: &Catalog,
        env: &ProcessEnv<'_>,
        wish: &RaceOptions,
        grid: &RaceSetup,
    ) -> Result<(ContestantClient, Option<String>), ConfigError> {
        let (provider, request, timeouts) = (self.provider, self.request(grid), wish.timeouts);
        if let Some(command) = provider.command.clone() {
            let key = if wish.simulate { None } else { self.key_of_command(env)? };
            // Whatever runs beside the race has no business with the keys of those who are in it.
            let withheld = catalog.providers.iter().filter_map(|provider| provider.key.clone()).collect();
            let think_tags = provider.think_tags;
            return Ok((
                exec::CommandContestant { command, request, key, withheld, think_tags, timeouts }.into(),
                None,
            ));
        }
        let (base_url, overridden) = self.base_url(env)?;
        let key = if wish.simulate {
            ProviderKey { variable: self.key_variable(catalog), ..ProviderKey::default() }
        } else {
            self.key_for(catalog, env, &base_url, overridden)?
        };
        let entrant = http::HttpContestant {
            base_url,
            key: key.secret,
            key_variable: key.variable,
            dialect: provider.dialect,
            quirks: self.quirks(wish.no_reasoning),
            request,
            region_header: provider.region_header.clone(),
            retired: self.offer.and_then(|offer| offer.retired.clone()),
            timeouts,
            wait: !wish.no_retry,
            memory: wish.memory.clone(),
        };
        Ok((entrant.into(), key.note))
    }

    /// The key of a command, which it finds in its environment.
    fn key_of_command(&self, env: &ProcessEnv<'_>) -> Result<Option<(String, Secret)>, ConfigError> {
        let Some(variable) = self.provider.key.clone() else { return Ok(None) };
        match key::read(env, &variable)? {
            None if !self.provider.local => Err(ConfigError::NoKey { provider: self.name().to_owned(), variable }),
            key => Ok(key.map(|key| (variable, key))),
        }
    }

    fn request(&self, grid: &RaceSetup) -> CompletionRequest {
        let settings = &grid.settings;
        CompletionRequest {
            model: self.model.clone(),
            prompt: grid.prompt_text(),
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
        ProviderQuirks {
            token_limit: provider.token_limit,
            stream_options: provider.stream_options,
            temperature: provider.temperature,
            seed: provider.seed,
            think_tags: provider.think_tags,
            extra,
        }
    }

    pub(super) fn contestant(&self, simulated: bool, entrant: &ContestantClient) -> Contestant {
        let url = entrant.base_url();
        let listed = self.provider.base_url.trim_end_matches('/');
        let own_place = url.is_some_and(|url| url.as_str().trim_end_matches('/') != listed);
        let moved = (own_place || self.provider.local) && !simulated;
        // Where an address of one's own leads says the address alone.
        let host = url.and_then(Url::host_str);
        let here = host.is_some_and(is_this_machine);
        let local = here || if self.own.is_some() { host.is_some_and(is_home) } else { self.provider.local };
        // An endpoint of one's own is not the provider's hardware.
        let hardware =
            if own_place && local && !self.provider.local { Hardware::Local } else { self.provider.hardware };
        let priced = self.offer.filter(|_| simulated || !own_place);
        Contestant {
            name: self.name().to_owned(),
            provider: self.provider.id.clone(),
            model: self.model.clone(),
            same_as: self.same_as.clone(),
            also_answers: self.offer.map(|offer| offer.also_answers.clone()).unwrap_or_default(),
            hardware: if simulated { self.provider.hardware } else { hardware },
            simulated,
            endpoint: url.filter(|_| moved).map(speed_kings_client::provider::host),
            local: local && !simulated,
            here: here && !simulated,
            price: priced.and_then(|offer| offer.price.clone()),
            claims: priced.map(|offer| offer.claims.clone()).unwrap_or_default(),
            ghost: None,
        }
    }
}
