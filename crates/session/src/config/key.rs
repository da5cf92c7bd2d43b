//! Which key a contestant may have: each is for one host, and none follows an address elsewhere unprotected.
//! Where a key goes to another place than its provider's own, that is told.

use reqwest::Url;

use super::env::ProcessEnv;
use super::resolved_lane::ResolvedLane;
use super::{ConfigError, place};
use crate::config::ANY_PROVIDER;
use speed_kings_catalog::{Catalog, Provider};
use speed_kings_client::provider::host;
use speed_kings_client::provider::http::is_here;
use speed_kings_client::provider::secret::Secret;

/// The variable that holds a key, the key, and what the user should know about it.
#[derive(Default)]
pub(super) struct ProviderKey {
    pub(super) variable: Option<String>,
    pub(super) secret: Option<Secret>,
    pub(super) note: Option<String>,
}

impl ResolvedLane<'_> {
    /// The key for `url`, which is `own` when the user says where that is. At a place of the user's own a contestant may do
    /// without.
    pub(super) fn key_for(
        &self,
        catalog: &Catalog,
        env: &ProcessEnv<'_>,
        url: &Url,
        own: bool,
    ) -> Result<ProviderKey, ConfigError> {
        let Some(variable) = self.key_variable(catalog) else { return Ok(ProviderKey::default()) };
        let secret = read(env, &variable)?;
        // Whoever names a variable wants what it holds.
        let wanted = self.set.key_env.is_some() || !own && !self.provider.local;
        if secret.is_none() && wanted {
            return Err(ConfigError::NoKey { provider: self.name().to_owned(), variable });
        }
        let note = match (&secret, self.owner(catalog, &variable)) {
            (None, _) => self.no_longer(catalog, env, &variable),
            (Some(_), Some(owner)) if own => moved(env, owner, &variable, url, self.own.is_some())?,
            _ => None,
        };
        let secret = secret.filter(|_| note.as_ref().is_none_or(|note| note.sent));
        Ok(ProviderKey { variable: Some(variable), secret, note: note.map(|note| note.text) })
    }

    /// The one that was set for it; else `NAME_API_KEY` for `NAME=URL`, unless the catalogue has an entry of that name; otherwise the provider's.
    pub(super) fn key_variable(&self, catalog: &Catalog) -> Option<String> {
        if let Some(variable) = &self.set.key_env {
            return Some(variable.clone());
        }
        let Some((name, _)) = self.own else { return self.provider.key.clone() };
        let listed = catalog.providers.iter().find(|provider| provider.id.eq_ignore_ascii_case(name));
        listed.and_then(|provider| provider.key.clone()).or_else(|| {
            let prefix = name.to_ascii_uppercase().replace(|letter: char| !letter.is_ascii_alphanumeric(), "_");
            Some(format!("{prefix}_API_KEY"))
        })
    }

    /// The provider whose key `variable` holds, where it has a place of its own. A local server is wherever the user says.
    fn owner<'c>(&self, catalog: &'c Catalog, variable: &str) -> Option<&'c Provider> {
        let owners = catalog.providers.iter().filter(|provider| provider.key.as_deref() == Some(variable));
        owners
            .filter(|provider| !provider.local && provider.command.is_none())
            .find(|provider| self.own.is_some() || provider.id == self.provider.id)
    }

    /// That the key of all servers is not one for each of them, where it is set and would once have been sent.
    fn no_longer(&self, catalog: &Catalog, env: &ProcessEnv<'_>, variable: &str) -> Option<KeyNote> {
        self.own?;
        let common = catalog.provider(ANY_PROVIDER).ok()?.key.clone()?;
        env.get(&common)?;
        let text = format!("{common} is no longer sent to NAME=URL contestants; set {variable}");
        Some(KeyNote { text, sent: true })
    }
}

/// What is told of a key.
struct KeyNote {
    text: String,
    /// Whether the key is sent.
    sent: bool,
}

/// The key in `variable`; nothing when it is not set.
///
/// # Errors
/// When what it holds can't be a key.
pub(super) fn read(env: &ProcessEnv<'_>, variable: &str) -> Result<Option<Secret>, ConfigError> {
    let Some(text) = env.get(variable) else { return Ok(None) };
    Secret::read(&text).map_err(|_| ConfigError::BadKey { variable: variable.to_owned() })
}

/// What to tell when the key of `owner` would go to `url`; nothing when that is its own host.
fn moved(
    env: &ProcessEnv<'_>,
    owner: &Provider,
    variable: &str,
    url: &Url,
    named: bool,
) -> Result<Option<KeyNote>, ConfigError> {
    // Where the address is each user's own, any that is given is it.
    let own = if owner.needs_address() { url.clone() } else { place::address(&owner.id, &owner.base_url)? };
    if own.host_str() == url.host_str() && url.scheme() == "https" {
        return Ok(None);
    }
    let (there, here) = (host(url), host(&own));
    let by = place::variable(owner, env).filter(|_| !named).map(|(name, _)| format!(" ({name})")).unwrap_or_default();
    let sent = url.scheme() == "https" || is_here(url);
    let text = if sent {
        let instead = if here == there { String::new() } else { format!(", not to {here}") };
        format!("{variable} is sent to {there}{by}{instead}")
    } else {
        format!(
            "{variable} is not sent to {there}{by}: that is neither https nor this machine. Give an https address, or race it as NAME=URL with NAME_API_KEY"
        )
    };
    Ok(Some(KeyNote { text, sent }))
}
