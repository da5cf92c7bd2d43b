//! One provider by itself, as it would enter a race: for lists, and for a look at whether it is there.
//! It goes through the same merge as a race, so what is shown is what would be raced.

use super::contestant_spec::ContestantSpec;
use super::resolved_lane::ResolvedLane;
use super::{ConfigError, ProcessEnv, RaceOptions, check_certificates, common_model, set_option};
use speed_kings_catalog::{Catalog, Dialect, Provider};
use speed_kings_client::provider::ContestantClient;
use speed_kings_client::provider::http::transport::TransportOptions;
use speed_kings_core::race::setup::RaceSetup;

/// One provider that can be asked something.
#[derive(Clone, Debug)]
pub struct ResolvedProvider {
    /// What a person calls it.
    pub name: String,
    /// The provider's id in the catalogue.
    pub provider: String,
    /// The model that it would race with, as it goes over the wire; nothing when nobody has named one.
    pub model: Option<String>,
    /// The client that asks it, with its key if it has one.
    pub client: ContestantClient,
    /// What the user should know about where the key goes.
    pub note: Option<String>,
}

impl ResolvedProvider {
    /// The provider of this id, a server of the user's own given as `NAME=URL`, or a command.
    ///
    /// # Errors
    /// When the name leads nowhere, its address is none, or its key is missing.
    pub fn of(catalog: &Catalog, env: &ProcessEnv<'_>, name: &str) -> Result<Self, ConfigError> {
        Self::alone(catalog, env, ContestantSpec::read(catalog, name)?, &TransportOptions::default())
    }

    fn alone(
        catalog: &Catalog,
        env: &ProcessEnv<'_>,
        mut pick: ContestantSpec<'_>,
        transport: &TransportOptions,
    ) -> Result<Self, ConfigError> {
        pick.prepare(catalog, None)?;
        let mut lane = ResolvedLane::of(&pick);
        let model = lane.model_alone(catalog, env)?;
        let options = RaceOptions { transport: transport.clone(), ..RaceOptions::default() };
        let (client, note) = lane.client(catalog, env, &options, &RaceSetup::default())?;
        Ok(Self { name: lane.name().to_owned(), provider: lane.provider.id.clone(), model, client, note })
    }

    /// All that `names` stand for, with what is set for each of them as `NAME.KEY=VALUE`. What is wrong with one alone is
    /// told in its place.
    ///
    /// # Errors
    /// When a name leads nowhere, or a setting is wrong.
    pub fn all(
        catalog: &Catalog,
        env: &ProcessEnv<'_>,
        names: &[String],
        set: &[String],
        transport: &TransportOptions,
    ) -> Result<Vec<Result<Self, ConfigError>>, ConfigError> {
        let mut picks = names.iter().map(|name| ContestantSpec::read(catalog, name)).collect::<Result<Vec<_>, _>>()?;
        set_option::apply(set, &mut picks)?;
        check_certificates(transport)?;
        Ok(picks.into_iter().map(|pick| Self::alone(catalog, env, pick, transport)).collect())
    }

    /// How to get a model that is not there, where that is up to the user.
    #[must_use]
    pub fn advice(&self, model: &str) -> Option<String> {
        matches!(&self.client, ContestantClient::Http(api) if api.dialect == Dialect::Ollama)
            .then(|| format!("ollama pull {model}"))
    }
}

/// The model that `provider` races with when nobody names one.
#[must_use]
pub fn default_model(catalog: &Catalog, env: &ProcessEnv<'_>, provider: &Provider) -> Option<String> {
    let pick = ContestantSpec::read(catalog, &provider.id).ok()?;
    ResolvedLane::of(&pick).model_alone(catalog, env).ok().flatten()
}

impl ResolvedLane<'_> {
    fn model_alone(&mut self, catalog: &Catalog, env: &ProcessEnv<'_>) -> Result<Option<String>, ConfigError> {
        let shared = common_model(catalog, std::slice::from_ref(self));
        match self.choose_model(catalog, env, &[], 0, shared.as_deref()) {
            // A server of one's own takes any name, and this one is made up.
            Ok(()) if self.own.is_some() && env.get(&self.variable("MODEL")).is_none() => Ok(None),
            Ok(()) => Ok(Some(self.model.clone())),
            Err(ConfigError::NoModel { .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn env(name: &str) -> Option<String> {
        let vars = [("GROQ_API_KEY", "gsk-canary"), ("SAMBANOVA_MODEL", "mine")];
        vars.into_iter().find(|(known, _)| *known == name).map(|(_, value)| value.to_owned())
    }

    #[test]
    fn a_provider_alone_has_a_model_that_it_still_serves() {
        let catalog = Catalog::builtin().unwrap();
        let of = |name: &str| ResolvedProvider::of(&catalog, &ProcessEnv(&env), name);
        let model = |id: &str| default_model(&catalog, &ProcessEnv(&env), catalog.provider(id).unwrap());
        assert_eq!(of("groq").unwrap().model.as_deref(), Some("llama-3.1-8b-instant"));
        assert_eq!(model("cerebras").as_deref(), Some("gpt-oss-120b"), "the others are retired there");
        assert_eq!(model("sambanova").as_deref(), Some("mine"));
        assert_eq!(model("openai-compatible"), None);
        assert_eq!(of("rack=http://127.0.0.1:9/v1").unwrap().model, None);
        assert!(matches!(of("exec:cat").unwrap().client, ContestantClient::Exec(_)));
        assert!(matches!(of("cerebras"), Err(ConfigError::NoKey { .. })));
        assert!(!format!("{:?}", of("groq").unwrap()).contains("canary"));
    }
}
