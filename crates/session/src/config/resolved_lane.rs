//! One contestant on its way through the merge: which model, which address, which key, which quirks.
//! What has been settled stays settled: a flag is never overruled by the environment, nor that by the catalogue.

use std::path::PathBuf;

use reqwest::Url;

use super::ConfigError;
use super::contestant_overrides::ContestantOverrides;
use super::contestant_spec::ContestantSpec;
use super::env::ProcessEnv;
use speed_kings_catalog::template::TemplateField;
use speed_kings_catalog::{Catalog, Hardware, ModelOffer, Provider};
use speed_kings_client::provider::ContestantClient;
use speed_kings_client::provider::machine::is_this_machine;
use speed_kings_core::race::machine::is_home;
use speed_kings_core::race::setup::{ANY_MODEL, Contestant, UNCHECKED};

/// One contestant, with its provider and the model that it races with.
pub(super) struct ResolvedLane<'a> {
    pub(super) provider: &'a Provider,
    /// Of the user's own making, with `NAME=URL`.
    pub(super) own: Option<&'a (String, Url)>,
    pub(super) model: String,
    pub(super) same_as: Option<String>,
    pub(super) offer: Option<&'a ModelOffer>,
    /// The socket file that it listens at, in place of a host and a port.
    pub(super) socket: Option<&'a PathBuf>,
    /// What was set for it alone.
    pub(super) set: &'a ContestantOverrides,
}

impl<'a> ResolvedLane<'a> {
    pub(super) fn of(pick: &'a ContestantSpec<'_>) -> Self {
        Self {
            provider: &pick.provider,
            own: pick.own.as_ref(),
            model: String::new(),
            same_as: None,
            offer: None,
            socket: pick.socket.as_ref(),
            set: &pick.set,
        }
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
        let wanted = self.set.model.clone().or_else(|| flag.cloned()).or_else(|| env.get(&variable));
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
            && self.set.model.is_none()
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

    /// What was set for it alone, and that nobody checks who answers.
    fn settings(&self, client: &ContestantClient) -> Vec<String> {
        let unchecked = match client {
            ContestantClient::Http(api) => api.transport.insecure && api.base_url.scheme() == "https",
            ContestantClient::Exec(_) => false,
        };
        self.set.told.iter().cloned().chain(unchecked.then(|| UNCHECKED.to_owned())).collect()
    }

    pub(super) fn contestant(&self, simulated: bool, client: &ContestantClient) -> Contestant {
        let url = client.base_url();
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
            endpoint: url.filter(|_| moved).and(client.place()),
            local: local && !simulated,
            here: here && !simulated,
            price: priced.and_then(|offer| offer.price.clone()),
            claims: priced.map(|offer| offer.claims.clone()).unwrap_or_default(),
            settings: if simulated { Vec::new() } else { self.settings(client) },
            ghost: None,
            runner: None,
        }
    }
}
