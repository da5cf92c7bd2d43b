//! How a contestant of some results is called on the command line, so that what was measured can be measured again.

use speed_kings_catalog::{Catalog, Provider};
use speed_kings_core::race::machine::is_one_server;
use speed_kings_core::race::setup::ANY_MODEL;

/// The provider that one given as `NAME=URL` is taken to be.
const ANY_PROVIDER: &str = "openai-compatible";

/// What a contestant and its model are called on the command line.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ContestantFlags {
    /// For `--providers`: an id of the catalogue, or `NAME=ADDRESS`.
    pub provider: String,
    /// For `--model`; nothing where no certain one was asked for.
    pub model: Option<String>,
}

impl ContestantFlags {
    /// Those of whoever was asked for `model` at `endpoint`. Nothing where results don't hold enough for it: of a command they
    /// keep the name alone.
    pub(super) fn of(catalog: &Catalog, id: &str, name: &str, endpoint: Option<&str>, model: &str) -> Option<Self> {
        let known = catalog.provider(id).ok();
        let named = |known: &Provider| name.is_empty() || name == known.name || name == known.id;
        let there = |known: &Provider| endpoint.is_none_or(|endpoint| is_listed_at(known, endpoint) && named(known));
        let listed = known.filter(|known| there(known));
        let model = (model != ANY_MODEL).then(|| model.to_owned());
        if let Some(listed) = listed {
            let offer = listed.offers.iter().find(|offer| Some(&offer.id) == model.as_ref());
            return Some(Self { provider: listed.id.clone(), model: offer.map(|offer| offer.model.clone()).or(model) });
        }
        // One of the catalogue that was somewhere else was sent there by the environment, which is not kept.
        let endpoint = endpoint
            .filter(|_| id == ANY_PROVIDER && !name.is_empty() && !name.contains([',', '=', ':', '"', '\'']))?;
        // Where an API begins is not kept: nearly everybody's does at /v1, and another one says so at once.
        let path = if endpoint.starts_with("unix:") { "" } else { "/v1" };
        Some(Self { provider: format!("{name}={endpoint}{path}"), model })
    }
}

/// Whether `endpoint` is the address that the catalogue has of `provider`.
pub(super) fn is_listed_at(provider: &Provider, endpoint: &str) -> bool {
    let listed = provider.base_url.split_once("://").map_or(provider.base_url.as_str(), |(_, rest)| rest);
    let listed = listed.split(['/', '?']).next().unwrap_or_default();
    !listed.is_empty() && is_one_server((listed, false), (endpoint, false))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_was_measured_is_called_as_it_was() {
        let catalog = Catalog::builtin().unwrap();
        let told = |id: &str, name: &str, endpoint: Option<&str>, model: &str| {
            ContestantFlags::of(&catalog, id, name, endpoint, model).map(|flags| (flags.provider, flags.model))
        };
        let some = |provider: &str, model: Option<&str>| Some((provider.to_owned(), model.map(str::to_owned)));
        assert_eq!(told("groq", "Groq", None, "openai/gpt-oss-120b"), some("groq", Some("gpt-oss-120b")));
        assert_eq!(told("groq", "Groq", None, "new-one"), some("groq", Some("new-one")));
        assert_eq!(told("ollama", "Ollama", Some("127.0.0.1:11434"), "default"), some("ollama", None));
        assert_eq!(
            told("openai-compatible", "up", Some("127.0.0.1:8080"), "m"),
            some("up=127.0.0.1:8080/v1", Some("m"))
        );
        assert_eq!(
            told("openai-compatible", "up", Some("unix:/run/e.sock"), "m"),
            some("up=unix:/run/e.sock", Some("m"))
        );
        // The environment moved it, its name is a list, or it is a command.
        assert_eq!(told("groq", "Groq", Some("10.0.0.5:80"), "m"), None);
        assert_eq!(told("openai-compatible", "a,b", Some("10.0.0.5:80"), "m"), None);
        assert_eq!(told("exec", "mine", None, "m"), None);
    }
}
