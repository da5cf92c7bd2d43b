//! Whether everything that is set up works: each provider is asked for its list of models, all at once.
//! That costs nothing, and it tells a wrong key, a model that is gone and a server that is off apart. Of a command only
//! its program is looked for. Without names the engines that answer on this machine are asked, too.

use std::collections::BTreeMap;
use std::time::Duration;

use futures::future::join_all;
use reqwest::Url;
use serde_json::{Value, json};

use crate::catalog::{Catalog, Dialect, Provider};
use crate::cli::args::{CheckArgs, ListForm};
use crate::cli::context::CommandContext;
use crate::cli::discover;
use crate::cli::error::CliError;
use crate::cli::event_loop::runtime;
use crate::cli::exit::ExitStatus;
use crate::cli::list::{key_state, shown};
use crate::cli::table::{TextTable, yes_no};
use crate::config::{ANY_PROVIDER, ConfigError, ProcessEnv, ResolvedProvider, base_url_of};
use crate::format;
use crate::provider::http::probe::{EndpointProbe, probe};
use crate::provider::http::spoken::dialects;
use crate::provider::http::transport::TransportOptions;
use crate::provider::{ContestantClient, exec};
use crate::race::event::{FailureKind, LaneFailure};
use crate::time::Period;

/// Checks what `args` names, or whatever is set up.
///
/// # Errors
/// When a name leads nowhere, or stdout can't be written.
pub(super) fn run(context: &CommandContext<'_>, args: &CheckArgs) -> Result<ExitStatus, CliError> {
    let mut lanes = lanes(context.catalog()?, &context.env, &args.providers, (&args.set, &args.trust.options()))?;
    if args.providers.is_empty() {
        let known: Vec<Url> = lanes.iter().filter_map(CheckTarget::base_url).collect();
        for engine in discover::on_this_machine(&known)? {
            lanes.extend(self::lanes(
                context.catalog()?,
                &context.env,
                &[engine.contestant()],
                (&[], &TransportOptions::default()),
            )?);
        }
    }
    context.err.say_once(lanes.iter().filter_map(|lane| lane.solo.as_ref().ok()?.note.as_ref()));
    if lanes.is_empty() {
        context.err.status("nothing is set up: set a key or a base URL (`speed-kings list` names the variables)");
    }
    let runtime = runtime()?;
    let rows = runtime.block_on(join_all(lanes.into_iter().map(|lane| lane.look(args.timeout))));
    // A name that is still being looked up would hold the end back.
    runtime.shutdown_background();
    context.out.print(&match args.list.output {
        ListForm::Table => table(&rows, context.out.columns()),
        ListForm::Json => format!("{}\n", rows.iter().map(CheckRow::json).collect::<Value>()),
    })?;
    Ok(if rows.iter().any(|row| row.ok == Some(false)) { ExitStatus::Failed } else { ExitStatus::Done })
}

/// What is to be looked at.
struct CheckTarget {
    name: String,
    key: &'static str,
    /// Somebody named it or gave it an address; otherwise it is no failure when nobody is there.
    asked_for: bool,
    solo: Result<ResolvedProvider, ConfigError>,
}

fn lanes(
    catalog: &Catalog,
    env: &ProcessEnv<'_>,
    asked: &[String],
    (set, transport): (&[String], &TransportOptions),
) -> Result<Vec<CheckTarget>, ConfigError> {
    let set_up = |provider: &&Provider| is_set_up(provider, env);
    let ids = || catalog.providers.iter().filter(set_up).map(|provider| provider.id.clone()).collect();
    let names: Vec<String> = if asked.is_empty() { ids() } else { asked.to_vec() };
    let solos = ResolvedProvider::all(catalog, env, &names, set, transport)?;
    Ok(names
        .iter()
        .zip(solos)
        .map(|(name, solo)| CheckTarget::of(catalog, env, (name, !asked.is_empty()), solo))
        .collect())
}

fn is_set_up(provider: &Provider, env: &ProcessEnv<'_>) -> bool {
    provider.local || key_state(provider, env) == "set" || has_own_address(provider, env)
}

/// Whether the environment gives it an address, right or wrong.
fn has_own_address(provider: &Provider, env: &ProcessEnv<'_>) -> bool {
    match base_url_of(provider, env) {
        Ok((_, overridden)) => overridden,
        Err(error) => !matches!(error, ConfigError::NoAddress { .. }),
    }
}

impl CheckTarget {
    /// What is asked for by this name, which somebody wrote if so it says.
    fn of(
        catalog: &Catalog,
        env: &ProcessEnv<'_>,
        (name, named): (&str, bool),
        solo: Result<ResolvedProvider, ConfigError>,
    ) -> Self {
        let own_key =
            solo.as_ref().is_ok_and(|solo| matches!(&solo.client, ContestantClient::Http(api) if api.key.is_some()));
        let set = |otherwise| if own_key { "set" } else { otherwise };
        if let Ok(provider) = catalog.provider(name.trim()) {
            let asked_for = named || !provider.local || has_own_address(provider, env);
            return Self { name: provider.id.clone(), key: set(key_state(provider, env)), asked_for, solo };
        }
        let name = solo.as_ref().map_or(name, |solo| &solo.name).to_owned();
        Self { name, key: set("not needed"), asked_for: true, solo }
    }

    fn base_url(&self) -> Option<Url> {
        self.solo.as_ref().ok()?.client.base_url().cloned()
    }

    async fn look(self, limit: Duration) -> CheckRow {
        let blank = CheckRow {
            name: self.name,
            key: self.key,
            base_url: None,
            model: None,
            listed: None,
            spoken: Vec::new(),
            found: EndpointProbe::default(),
            ok: Some(false),
        };
        let solo = match self.solo {
            Ok(solo) => solo,
            Err(error) => {
                let kind =
                    if matches!(error, ConfigError::NoKey { .. }) { FailureKind::Auth } else { FailureKind::Protocol };
                let failure = Some(LaneFailure::new(kind, error.to_string()));
                return CheckRow { found: EndpointProbe { failure, ..EndpointProbe::default() }, ..blank };
            }
        };
        let base_url = solo.client.base_url().cloned().map(shown);
        let mut found = match &solo.client {
            ContestantClient::Http(api) => probe((**api).clone(), limit).await,
            ContestantClient::Exec(command) => {
                EndpointProbe { failure: exec::missing(&command.command), ..EndpointProbe::default() }
            }
        };
        let listed = solo.model.as_deref().and_then(|model| found.lists(model));
        if let (Some(false), Some(model)) = (listed, &solo.model) {
            found.failure = Some(missing(&solo, model));
        }
        let mut spoken = Vec::new();
        // What a provider speaks is in the catalogue; nobody has said it of a server of one's own.
        if let ContestantClient::Http(api) = &solo.client
            && solo.provider == ANY_PROVIDER
            && found.status.is_some()
        {
            spoken = dialects(api, limit).await;
        }
        if found.better.is_none() {
            found.failure = unspoken(&solo, &spoken).or(found.failure);
        }
        let ok = judged(&found, self.asked_for);
        CheckRow { base_url, model: solo.model, listed, spoken, found, ok, ..blank }
    }
}

/// The failure of a model that is not there.
fn missing(solo: &ResolvedProvider, model: &str) -> LaneFailure {
    let failure = LaneFailure::new(FailureKind::NotFound, format!("the model '{model}' is not listed there"));
    let retired = match &solo.client {
        ContestantClient::Http(api) => api.retired.clone(),
        ContestantClient::Exec(_) => None,
    };
    let hint = solo.advice(model).or(retired);
    failure.with_hint(hint.unwrap_or_else(|| "choose another with --model or the provider's _MODEL variable".into()))
}

/// The failure of a server that answers, but not in the dialect that it would be asked in.
fn unspoken(solo: &ResolvedProvider, spoken: &[(Dialect, Url)]) -> Option<LaneFailure> {
    let ContestantClient::Http(api) = &solo.client else { return None };
    let (name, dialect) = (&solo.name, api.dialect);
    let (other, url) = spoken.first().filter(|_| spoken.iter().all(|(known, _)| *known != dialect))?;
    let told = format!("it does not answer as {} but as {}", dialect.title(), titles(spoken));
    let hint = format!("race it as {name}={} --set {name}.dialect={}", shown(url.clone()), other.as_str());
    Some(LaneFailure::new(FailureKind::NotFound, told).with_hint(hint))
}

fn titles(spoken: &[(Dialect, Url)]) -> String {
    spoken.iter().map(|(dialect, _)| dialect.title()).collect::<Vec<_>>().join(", ")
}

/// Whether all is well; nothing when that can't be told.
fn judged(found: &EndpointProbe, asked_for: bool) -> Option<bool> {
    let nobody = |failure: &LaneFailure| matches!(failure.kind, FailureKind::Connect | FailureKind::ConnectTimeout);
    match &found.failure {
        None => Some(true),
        Some(_) if found.has_no_list() => None,
        Some(failure) if nobody(failure) && !asked_for => None,
        Some(_) => Some(false),
    }
}

struct CheckRow {
    name: String,
    key: &'static str,
    base_url: Option<String>,
    model: Option<String>,
    listed: Option<bool>,
    /// The dialects that it answers in, where that was looked for.
    spoken: Vec<(Dialect, Url)>,
    found: EndpointProbe,
    ok: Option<bool>,
}

impl CheckRow {
    fn json(&self) -> Value {
        let ms = |period: Option<Period>| period.map(Period::as_millis_f64);
        let failure = self.found.failure.as_ref();
        json!({
            "provider": self.name,
            "ok": self.ok,
            "base_url": self.base_url,
            "key": self.key,
            "key_accepted": self.found.key_accepted,
            "model": self.model,
            "model_listed": self.listed,
            "dialects": self.spoken.iter().map(|(dialect, _)| dialect.as_str()).collect::<Vec<_>>(),
            "dialect_urls": self.spoken.iter().map(|(dialect, url)| (dialect.as_str(), shown(url.clone()))).collect::<BTreeMap<_, _>>(),
            "status": self.found.status,
            "connect_ms": ms(self.found.connect),
            "first_byte_ms": ms(self.found.first_byte),
            "error": failure.map(|failure| json!({
                "kind": failure.kind.as_str(),
                "status": failure.status,
                "message": failure.message,
                "retry_after_s": failure.retry_after.map(Period::as_secs_f64),
                "hint": failure.hint,
            })),
        })
    }

    /// The dialects that it answers in, each with its address where that is another than the one that was asked.
    fn dialects(&self) -> String {
        let elsewhere = |url: &Url| Some(shown(url.clone())).filter(|url| self.base_url.as_ref() != Some(url));
        let each = self.spoken.iter().map(|(dialect, url)| match elsewhere(url) {
            Some(url) => format!("{} at {url}", dialect.title()),
            None => dialect.title().to_owned(),
        });
        each.collect::<Vec<_>>().join(", ")
    }

    /// What a person wants to know about it.
    fn says(&self) -> String {
        let Some(failure) = &self.found.failure else {
            let several = self.spoken.len() > 1;
            return if several { format!("answers as {}", self.dialects()) } else { String::new() };
        };
        let hint = failure.hint.as_ref().map(|hint| format!(" ({hint})")).unwrap_or_default();
        match self.ok {
            None if self.found.has_no_list() => "it has no list of models: only a race can tell".into(),
            None => "not running".into(),
            Some(_) => format!("{}: {}{hint}", failure.kind.title(), failure.message),
        }
    }
}

fn table(rows: &[CheckRow], columns: Option<usize>) -> String {
    let mut table =
        TextTable::new(&["provider", "ok", "key", "model", "listed", "HTTP", "connect", "first byte", ""]).right(5..=7);
    for row in rows {
        let key = match (row.key, row.found.key_accepted) {
            ("set", Some(true)) => "accepted",
            ("set", Some(false)) => "refused",
            ("set", None) => "set",
            (state, _) => state,
        };
        table.row([
            row.name.clone(),
            yes_no(row.ok).into(),
            key.into(),
            row.model.clone().unwrap_or_else(|| format::ABSENT.into()),
            yes_no(row.listed).into(),
            row.found.status.map_or_else(|| format::ABSENT.into(), |status| status.to_string()),
            format::span(row.found.connect),
            format::span(row.found.first_byte),
            row.says(),
        ]);
    }
    table.fitted(columns)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn failed(kind: FailureKind, status: Option<u16>) -> EndpointProbe {
        EndpointProbe { failure: Some(LaneFailure::new(kind, "x")), status, ..EndpointProbe::default() }
    }

    #[test]
    fn a_server_that_nobody_asked_for_may_be_off() {
        assert_eq!(judged(&failed(FailureKind::Connect, None), false), None);
        assert_eq!(judged(&failed(FailureKind::Connect, None), true), Some(false));
        assert_eq!(judged(&failed(FailureKind::NotFound, Some(404)), true), None, "no list to look at");
        assert_eq!(judged(&failed(FailureKind::NotFound, Some(200)), true), Some(false), "the model is gone");
        assert_eq!(judged(&failed(FailureKind::Auth, Some(401)), true), Some(false));
        assert_eq!(judged(&EndpointProbe::default(), true), Some(true));
    }

    #[test]
    fn what_is_set_up_is_what_has_a_key_an_address_or_runs_here() {
        let vars = |name: &str| match name {
            "GROQ_API_KEY" => Some("gsk-canary-0123456789".to_owned()),
            "TOGETHER_BASE_URL" => Some("http://127.0.0.1:9/v1".to_owned()),
            _ => None,
        };
        let catalog = Catalog::builtin().unwrap();
        let lanes = lanes(&catalog, &ProcessEnv(&vars), &[], (&[], &TransportOptions::default())).unwrap();
        let asked: Vec<&str> = lanes.iter().filter(|lane| lane.asked_for).map(|lane| lane.name.as_str()).collect();
        assert_eq!(asked, ["groq", "together"]);
        assert!(lanes.iter().any(|lane| lane.name == "ollama" && !lane.asked_for));
        assert!(!lanes.iter().any(|lane| lane.name == "cerebras"));
    }
}
