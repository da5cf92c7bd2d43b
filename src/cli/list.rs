//! The providers: what they run on, whether their key is set, where they are, and which model they race with.
//! A key is only ever looked at for being there. Engines that answer on this machine stand behind the providers.

use reqwest::Url;
use serde_json::{Value, json};

use crate::catalog::engine::EngineSpec;
use crate::catalog::{Catalog, Hardware, Provider};
use crate::cli::args::ListForm;
use crate::cli::context::CommandContext;
use crate::cli::discover;
use crate::cli::error::CliError;
use crate::cli::exit::ExitStatus;
use crate::cli::table::{TextTable, yes_no};
use crate::config::{ConfigError, ProcessEnv, base_url_of, default_model};
use crate::engine::discover::DiscoveredEngine;
use crate::format::ABSENT;
use crate::provider::exec;

/// Prints the providers.
///
/// # Errors
/// When stdout can't be written.
pub(super) fn run(context: &CommandContext<'_>, output: ListForm) -> Result<ExitStatus, CliError> {
    let (catalog, env) = (context.catalog()?, &context.env);
    let rows: Vec<ProviderRow<'_>> =
        catalog.providers.iter().map(|provider| ProviderRow::of(catalog, env, provider)).collect();
    let known: Vec<Url> = catalog.providers.iter().filter_map(|one| Some(base_url_of(one, env).ok()?.0)).collect();
    let here = discover::on_this_machine(&known)?;
    context.out.print(&match output {
        ListForm::Table => table(&rows, &here, context.out.columns()),
        ListForm::Json => {
            let all = rows.iter().map(ProviderRow::json).chain(here.iter().map(engine_here_json));
            format!("{}\n", all.collect::<Value>())
        }
    })?;
    Ok(ExitStatus::Done)
}

/// An engine that answers on this machine as an entry among the providers.
fn engine_here_json(engine: &DiscoveredEngine) -> Value {
    json!({
        "provider": engine.contestant(),
        "name": engine.facts.kind.title(),
        "hardware": Hardware::Local.as_str(),
        "local": true,
        "key": "not needed",
        "key_variable": null,
        "base_url": engine.base_url,
        "base_url_overridden": false,
        "problem": null,
        "model": engine.facts.models.first(),
        "note": "answers on this machine now",
    })
}

/// Prints the engines that can be started.
///
/// # Errors
/// When stdout can't be written.
pub(super) fn engines(context: &CommandContext<'_>, output: ListForm) -> Result<ExitStatus, CliError> {
    let engines = &context.catalog()?.engines;
    context.out.print(&match output {
        ListForm::Table => {
            let mut table = TextTable::new(&["engine", "is", "program", "installed", "model", "settings"]);
            for engine in engines {
                table.row([
                    engine.id.clone(),
                    engine.name.clone(),
                    engine.command.program().to_owned(),
                    yes_no(Some(exec::is_there(&engine.command))).into(),
                    engine.model.as_str().into(),
                    engine.options.keys().cloned().collect::<Vec<_>>().join(" "),
                ]);
            }
            table.fitted(context.out.columns())
        }
        ListForm::Json => format!("{}\n", engines.iter().map(engine_json).collect::<Value>()),
    })?;
    if output == ListForm::Table {
        context.err.status("race one: speed-kings race --providers 'engine:llama-server@model.gguf,threads=4,groq'");
    }
    Ok(ExitStatus::Done)
}

fn engine_json(engine: &EngineSpec) -> Value {
    json!({
        "engine": engine.id,
        "name": engine.name,
        "program": engine.command.program(),
        "installed": exec::is_there(&engine.command),
        "model": engine.model.as_str(),
        "serves": engine.serves(),
        "settings": engine.options.keys().collect::<Vec<_>>(),
        "defaults": engine.defaults,
        "note": engine.note,
    })
}

struct ProviderRow<'a> {
    provider: &'a Provider,
    key: &'static str,
    /// Where it is, or what is wrong with the address in the environment.
    base_url: Result<String, String>,
    overridden: bool,
    /// Only the user knows its address, and has not said it.
    unset: bool,
    model: Option<String>,
}

impl<'a> ProviderRow<'a> {
    fn of(catalog: &Catalog, env: &ProcessEnv<'_>, provider: &'a Provider) -> Self {
        let place = base_url_of(provider, env);
        Self {
            provider,
            key: key_state(provider, env),
            overridden: place.as_ref().is_ok_and(|(_, overridden)| *overridden),
            unset: matches!(place, Err(ConfigError::NoAddress { .. })),
            base_url: place.map(|(url, _)| shown(url)).map_err(|error| error.to_string()),
            model: default_model(catalog, env, provider),
        }
    }

    /// Its address, the form of one that only the user knows, or what is wrong with the one that is set.
    fn place(&self) -> String {
        match &self.base_url {
            Err(_) if self.unset => format!("{} (set {}_BASE_URL)", self.provider.base_url, self.provider.env_prefix()),
            Ok(text) | Err(text) => text.clone(),
        }
    }

    fn json(&self) -> Value {
        let provider = self.provider;
        json!({
            "provider": provider.id,
            "name": provider.name,
            "hardware": provider.hardware.as_str(),
            "local": provider.local,
            "key": self.key,
            "key_variable": provider.key,
            "base_url": self.base_url.as_ref().ok(),
            "base_url_overridden": self.overridden,
            "problem": self.base_url.as_ref().err(),
            "model": self.model,
            "note": provider.note,
        })
    }
}

/// Whether the key is there. Local servers work without one.
pub(super) fn key_state(provider: &Provider, env: &ProcessEnv<'_>) -> &'static str {
    match &provider.key {
        Some(variable) if env.get(variable).is_some() => "set",
        Some(_) if !provider.local => "not set",
        _ => "not needed",
    }
}

/// An address without what may be secret in it.
pub(super) fn shown(mut url: reqwest::Url) -> String {
    url.set_query(None);
    url.set_fragment(None);
    url.as_str().trim_end_matches('/').to_owned()
}

fn table(rows: &[ProviderRow<'_>], here: &[DiscoveredEngine], columns: Option<usize>) -> String {
    let mut table = TextTable::new(&["provider", "hardware", "key", "model", "base URL"]);
    for row in rows {
        let key = match (&row.provider.key, row.key) {
            (Some(variable), state @ ("set" | "not set")) => format!("{variable} {state}"),
            (_, state) => state.to_owned(),
        };
        table.row([
            row.provider.id.clone(),
            row.provider.hardware.title().into(),
            key,
            row.model.clone().unwrap_or_else(|| ABSENT.into()),
            row.place(),
        ]);
    }
    for engine in here {
        table.row([
            engine.contestant(),
            Hardware::Local.title().into(),
            "not needed".into(),
            engine.facts.models.first().cloned().unwrap_or_else(|| ABSENT.into()),
            engine.base_url.clone(),
        ]);
    }
    table.fitted(columns)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_key_itself_is_nowhere() {
        let vars = |name: &str| (name == "GROQ_API_KEY").then(|| "gsk-canary-0123456789".to_owned());
        let (env, catalog) = (ProcessEnv(&vars), Catalog::builtin().unwrap());
        let rows: Vec<ProviderRow<'_>> =
            catalog.providers.iter().map(|provider| ProviderRow::of(&catalog, &env, provider)).collect();
        let (text, json) = (table(&rows, &[], None), rows.iter().map(ProviderRow::json).collect::<Value>());
        assert!(text.contains("GROQ_API_KEY set") && text.contains("CEREBRAS_API_KEY not set"), "{text}");
        assert!(!text.contains("canary") && !json.to_string().contains("canary"));
        let key = |id: &str| rows.iter().find(|row| row.provider.id == id).map(|row| row.key);
        assert_eq!((key("groq"), key("ollama")), (Some("set"), Some("not needed")));
        assert_eq!(key("openai-compatible"), Some("not needed"));
        assert!(text.contains("https://{resource}.openai.azure.com (set AZURE_OPENAI_BASE_URL)"), "{text}");
    }

    #[test]
    fn what_may_be_secret_in_an_address_is_left_out() {
        assert_eq!(shown("https://a.example/v1/?token=canary".parse().unwrap()), "https://a.example/v1");
        let bad = |name: &str| (name == "GROQ_BASE_URL").then(|| "https://me:canary@a.example".to_owned());
        let catalog = Catalog::builtin().unwrap();
        let row = ProviderRow::of(&catalog, &ProcessEnv(&bad), catalog.provider("groq").unwrap()).json();
        assert!(row["base_url"].is_null() && row["problem"].is_string());
        assert!(!row.to_string().contains("canary"));
    }
}
