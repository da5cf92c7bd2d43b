//! What others say of the offers, asked for where somebody wishes it: a question a model, answered or passed over.

use std::time::Duration;

use jiff::Timestamp;
use reqwest::Url;

use crate::catalog::Catalog;
use crate::cli::context::CommandContext;
use crate::cli::error::CliError;
use crate::cli::event_loop::runtime;
use crate::decision::{OfferDecision, RouterClaim};
use crate::provider::http::web::WebClient;
use crate::provider::secret::Secret;
use crate::text::printable;

/// Whose claims these are, by its id in the catalogue.
const ROUTER: &str = "openrouter";
/// The variable that names another address.
const ADDRESS: &str = "OPENROUTER_BASE_URL";
/// The variable with the key; without it only how often hosts were up is told.
const KEY: &str = "OPENROUTER_API_KEY";
/// How long each answer may take.
const PATIENCE: Duration = Duration::from_secs(10);
/// The most of an error that is told, in characters.
const MAX_SAID: usize = 120;

/// What `OpenRouter` says of the hosts of every model in `decisions`. What can't be had is told and passed over.
///
/// # Errors
/// When it can't be asked at all.
pub(super) fn of_router(
    context: &CommandContext<'_>,
    catalog: &Catalog,
    decisions: &[OfferDecision],
) -> Result<Vec<RouterClaim>, CliError> {
    let provider = catalog.provider(ROUTER)?;
    let address = context.env.get(ADDRESS).unwrap_or_else(|| provider.base_url.clone());
    let url = Url::parse(&address).map_err(|_| CliError::failed(format!("{ADDRESS} is no address")))?;
    let key = match context.env.get(KEY).map(|text| Secret::read(&text)) {
        Some(Ok(key)) => key,
        Some(Err(_)) => return Err(CliError::failed(format!("{KEY} holds what no key can"))),
        None => None,
    };
    let bearer = key.as_ref().and_then(|key| Secret::new(&format!("Bearer {}", key.expose())));
    let host = url.host_str().unwrap_or_default().to_owned();
    let with =
        if bearer.is_some() { format!("with {KEY}") } else { format!("without {KEY}: only how often hosts were up") };
    let headers = bearer.map(|bearer| ("authorization".to_owned(), bearer)).into_iter().collect();
    let client = WebClient::new(url, headers).map_err(|why| CliError::failed(format!("--claims openrouter: {why}")))?;
    let mut models: Vec<&str> = decisions.iter().map(|one| one.offer.id.1.as_str()).collect();
    models.sort_unstable();
    models.dedup();
    let count = if models.len() == 1 { "1 model".to_owned() } else { format!("{} models", models.len()) };
    context.err.status(&format!("asking {host} about {count}, {with}"));
    let asked = async {
        let mut claims = Vec::new();
        for model in models {
            let id = provider.offer(model).map(|offer| offer.id.as_str()).or(model.contains('/').then_some(model));
            let answer = match id.filter(|id| is_slug(id)) {
                Some(id) => ask(&client, model, id).await,
                None => Err(format!("the catalogue's {ROUTER} has no id for it")),
            };
            match answer {
                Ok(found) => claims.extend(found),
                Err(why) => context.err.status(&format!("no claims for {}: {why}", printable(model))),
            }
        }
        claims
    };
    Ok(runtime()?.block_on(asked))
}

async fn ask(client: &WebClient, model: &str, id: &str) -> Result<Vec<RouterClaim>, String> {
    let answer = client.get(&format!("/models/{id}/endpoints"), PATIENCE).await?;
    if answer.status != 200 {
        let said: String = printable(String::from_utf8_lossy(&answer.body).trim()).chars().take(MAX_SAID).collect();
        return Err(client.mask(&format!("it answers {} for {id}: {said}", answer.status)));
    }
    RouterClaim::read(model, &answer.body, Timestamp::now()).map_err(|why: String| client.mask(&why))
}

/// Whether it can be a part of a path as it stands: an author, and a name.
fn is_slug(id: &str) -> bool {
    let is_part = |part: &str| {
        !part.is_empty()
            && part != ".."
            && part.chars().all(|letter| letter.is_ascii_alphanumeric() || "-_.:".contains(letter))
    };
    id.split_once('/').is_some_and(|(author, name)| is_part(author) && is_part(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_an_author_and_a_name_go_into_a_path() {
        assert!(is_slug("meta-llama/llama-3.1-8b-instruct") && is_slug("a/b:free"));
        for id in ["llama", "a/../b", "../a", "a/b/c", "a/b?x=1", "a/b#", "/b", "a/"] {
            assert!(!is_slug(id), "{id}");
        }
    }
}
