//! Where a contestant is: the address of the environment over the one of the catalogue, in the forms that people write.
//! What is written without a scheme is taken as the other tools take it: `localhost:11434` is an address.

use reqwest::Url;

use super::ConfigError;
use super::env::ProcessEnv;
use speed_kings_catalog::{Dialect, Provider};
use speed_kings_core::race::machine::{callable, is_home};
use speed_kings_core::text::without_bom;

/// The address of Ollama, in Ollama's own form.
const OLLAMA_VARIABLE: &str = "OLLAMA_URL";
/// Ollama's port, where none is written.
const OLLAMA_PORT: u16 = 11_434;

/// Where `provider` is, and whether the environment says so.
///
/// # Errors
/// When the environment names something that is no address.
pub fn base_url_of(provider: &Provider, env: &ProcessEnv<'_>) -> Result<(Url, bool), ConfigError> {
    let Some((variable, text)) = variable(provider, env) else {
        if provider.needs_address() {
            let (provider, variable, form) = (provider.name.clone(), own_variable(provider), provider.base_url.clone());
            return Err(ConfigError::NoAddress { provider, variable, form });
        }
        return Ok((address(&provider.id, &provider.base_url)?, false));
    };
    // Ollama takes a port alone for one at home.
    let of_port = provider.dialect == Dialect::Ollama && text.starts_with(':');
    let text = if of_port { format!("127.0.0.1{text}") } else { text };
    let mut url = address(&variable, &text)?;
    if provider.dialect == Dialect::Ollama {
        if url.port().is_none() && !text.contains("://") {
            // It can't fail: the address has a host.
            let _ = url.set_port(Some(OLLAMA_PORT));
            let _ = url.set_scheme("http");
        }
        // The address of one of its APIs, which many have set for other tools.
        let path = url.path().trim_end_matches('/');
        let root = ["/v1", "/api"].into_iter().find_map(|end| path.strip_suffix(end));
        if let Some(root) = root.map(str::to_owned) {
            url.set_path(&root);
        }
    }
    Ok((url, true))
}

/// The variable that is there for every provider.
fn own_variable(provider: &Provider) -> String {
    format!("{}_BASE_URL", provider.env_prefix())
}

/// The variable that says where `provider` is, and what it says.
pub(super) fn variable(provider: &Provider, env: &ProcessEnv<'_>) -> Option<(String, String)> {
    let names = [
        Some(own_variable(provider)),
        Some(OLLAMA_VARIABLE.to_owned()).filter(|_| provider.dialect == Dialect::Ollama),
    ];
    names.into_iter().flatten().find_map(|name| env.get(&name).map(|text| (name, text)))
}

/// An http or https address, without the user name and password that it may carry: keys have a variable of their own.
pub(super) fn address(place: &str, text: &str) -> Result<Url, ConfigError> {
    let bad = |why: &str| ConfigError::Address { place: place.to_owned(), why: why.to_owned() };
    let text = without_bom(text).trim();
    // A file of settings doesn't take off the quotes that a shell would.
    let text = ['"', '\''].into_iter().find_map(|quote| text.strip_prefix(quote)?.strip_suffix(quote)).unwrap_or(text);
    let url = if text.contains("://") {
        Url::parse(text)
    } else {
        parse_bare(text).ok_or_else(|| bad("it has no host and port"))?
    };
    let mut url = url.map_err(|error| bad(&error.to_string()))?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err(bad("only http and https can be raced"));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(bad("it holds a user name or a password; use the key's variable instead"));
    }
    // Servers write where they listen; every address of the machine is none to go to.
    if let Some(host) = url.host_str().and_then(callable) {
        url.set_host(Some(host)).map_err(|error| bad(&error.to_string()))?;
    }
    url.set_fragment(None);
    Ok(url)
}

/// An address without a scheme: plain at home, secure elsewhere. Nothing when it looks like none.
fn parse_bare(text: &str) -> Option<Result<Url, <Url as std::str::FromStr>::Err>> {
    let host = text.split(['/', '?', '#']).next()?;
    let looks_like_one = host == "localhost" || host.contains(['.', ':']);
    if !looks_like_one || host.starts_with(':') || text.contains(char::is_whitespace) {
        return None;
    }
    let plain = Url::parse(&format!("http://{text}"));
    Some(match &plain {
        Ok(url) if !url.host_str().is_some_and(is_home) => Url::parse(&format!("https://{text}")),
        _ => plain,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use speed_kings_catalog::Catalog;

    fn of(id: &str, variable: &str, value: &str) -> Result<String, String> {
        let env = |name: &str| (name == variable).then(|| value.to_owned());
        let catalog = Catalog::builtin().unwrap();
        let url = base_url_of(catalog.provider(id).unwrap(), &ProcessEnv(&env));
        url.map(|(url, own)| format!("{}{}", url.as_str().trim_end_matches('/'), if own { "" } else { " listed" }))
            .map_err(|error| error.to_string())
    }

    #[test]
    fn a_provider_with_an_address_for_each_user_asks_for_it() {
        let unset = of("azure-openai", "NONE", "x").unwrap_err();
        assert!(
            unset.starts_with("AZURE_OPENAI_BASE_URL is not set")
                && unset.ends_with("https://{resource}.openai.azure.com")
        );
        let set = of("azure-openai", "AZURE_OPENAI_BASE_URL", "https://mine.openai.azure.com/");
        assert_eq!(set.as_deref(), Ok("https://mine.openai.azure.com"));
    }

    #[test]
    fn an_address_without_a_scheme_is_one() {
        for (value, url) in [
            ("localhost:11434", "http://localhost:11434"),
            ("127.0.0.1:11434", "http://127.0.0.1:11434"),
            ("0.0.0.0", "http://127.0.0.1:11434"),
            ("0.0.0.0:8080", "http://127.0.0.1:8080"),
            ("[::]:11434", "http://[::1]:11434"),
            ("localhost", "http://localhost:11434"),
            ("http://localhost:11434/v1", "http://localhost:11434"),
            ("localhost:11434/v1/", "http://localhost:11434"),
            ("localhost:11434/api", "http://localhost:11434"),
            (":8080", "http://127.0.0.1:8080"),
            ("\"localhost:11434\"", "http://localhost:11434"),
            ("\u{feff}http://127.0.0.1:1", "http://127.0.0.1:1"),
            ("https://ollama.example.org", "https://ollama.example.org"),
        ] {
            assert_eq!(of("ollama", "OLLAMA_URL", value).as_deref(), Ok(url), "{value}");
            assert_eq!(of("ollama", "OLLAMA_BASE_URL", value).as_deref(), Ok(url), "{value}");
        }
        for (value, url) in [
            ("127.0.0.1:9000/v1", "http://127.0.0.1:9000/v1"),
            ("nas.local:8000/v1", "http://nas.local:8000/v1"),
            ("llm.example.org/openai/v1", "https://llm.example.org/openai/v1"),
            ("llm.example.org:8443/v1", "https://llm.example.org:8443/v1"),
        ] {
            assert_eq!(of("groq", "GROQ_BASE_URL", value).as_deref(), Ok(url), "{value}");
        }
        assert!(of("groq", "OLLAMA_URL", "localhost:1").unwrap().ends_with(" listed"), "that is another's");
    }

    #[test]
    fn an_error_names_the_variable_that_was_set() {
        for (id, variable, value) in [
            ("ollama", "OLLAMA_URL", "nonsense"),
            ("local-m3", "LOCAL_M3_BASE_URL", "ftp://h"),
            ("groq", "GROQ_BASE_URL", "http://me:canary@h/v1"),
            ("groq", "GROQ_BASE_URL", ":8080"),
            ("groq", "GROQ_BASE_URL", "host:port"),
        ] {
            let error = of(id, variable, value).unwrap_err();
            assert!(error.starts_with(variable) && !error.contains("canary"), "{error}");
        }
    }
}
