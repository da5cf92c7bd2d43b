//! What is set for one contestant alone, by `--set NAME.KEY=VALUE`: it stands over flags for all, environment and catalogue.
//! Values are not repeated in errors: one may be a secret.

use serde_json::{Value, json};

use super::ConfigError;
use super::contestant_spec::ContestantSpec;
use speed_kings_catalog::{Dialect, is_reserved};
use speed_kings_client::provider::merge;

/// What can be set, as a message lists it.
const KNOWN: &str = "model, dialect, key_env, path, models_path, key_header, header.NAME, query.NAME, body.FIELD, http2, ignore_eos, \
    min_tokens, num_ctx and provider.FIELD";
/// Fields of `OpenRouter`'s `provider` that are lists.
const LISTS: [&str; 4] = ["order", "only", "ignore", "quantizations"];

/// Makes the settings `given`, each as `NAME.KEY=VALUE`, at those of `picks` that they name.
///
/// # Errors
/// When one names nobody, nothing that can be set, or a value that it can't have.
pub(super) fn apply(given: &[String], picks: &mut [ContestantSpec<'_>]) -> Result<(), ConfigError> {
    let settings = given.iter().map(|text| ContestantSetting::read(text)).collect::<Result<Vec<_>, _>>()?;
    // Some mean another thing in another dialect.
    let is_dialect = |setting: &&ContestantSetting<'_>| setting.place.ends_with(".dialect");
    let (first, rest): (Vec<_>, Vec<_>) = settings.iter().partition(is_dialect);
    for setting in first.into_iter().chain(rest) {
        if setting.make(picks)? == 0 {
            let names: Vec<&str> = picks.iter().map(ContestantSpec::name).collect();
            let names = names.join(", ");
            return Err(ConfigError::NoContestant { setting: setting.place.to_owned(), names });
        }
    }
    for pick in picks.iter_mut() {
        let problems = pick.provider.endpoint.problems();
        if !pick.set.told.is_empty() && !problems.is_empty() {
            return Err(ConfigError::Setting { setting: pick.name().to_owned(), why: problems.join("; ") });
        }
    }
    Ok(())
}

/// One setting as it was given.
struct ContestantSetting<'a> {
    /// Whose it is and what, `a.header.x-title`.
    place: &'a str,
    value: &'a str,
}

impl<'a> ContestantSetting<'a> {
    fn read(text: &'a str) -> Result<Self, ConfigError> {
        let (place, value) = text.split_once('=').ok_or_else(|| ConfigError::Setting {
            setting: text.to_owned(),
            why: "expected NAME.KEY=VALUE, for example a.body.reasoning_effort=low".into(),
        })?;
        Ok(Self { place: place.trim(), value: value.trim() })
    }

    /// Makes it at each contestant of its name; gives how many those are.
    fn make(&self, picks: &mut [ContestantSpec<'_>]) -> Result<usize, ConfigError> {
        // Names may have dots in them: the longest that fits is meant.
        let fits = |name: &str| {
            let rest = self.place.get(name.len()..).and_then(|rest| rest.strip_prefix('.'));
            rest.filter(|_| self.place.get(..name.len()).is_some_and(|start| start.eq_ignore_ascii_case(name)))
        };
        let meant = picks.iter().flat_map(ContestantSpec::names).filter(|name| fits(name).is_some());
        let Some(name) = meant.max_by_key(|name| name.len()).map(str::to_owned) else { return Ok(0) };
        let key = fits(&name).unwrap_or_default();
        let mut made = 0;
        for pick in picks.iter_mut().filter(|pick| pick.names().any(|known| known.eq_ignore_ascii_case(&name))) {
            self.set(key, pick)?;
            made += 1;
        }
        Ok(made)
    }

    fn set(&self, key: &str, pick: &mut ContestantSpec<'_>) -> Result<(), ConfigError> {
        let (group, name) = key.split_once('.').unwrap_or((key, ""));
        let text = || self.value.to_owned();
        if pick.provider.command.is_some() && group != "model" {
            return Err(self.bad(format!("{} is a command, for which only its model can be set", pick.name())));
        }
        let mut told = format!("{key}={}", self.value);
        match (group, name) {
            ("model" | "key_env" | "path" | "models_path" | "key_header" | "dialect", "") if self.value.is_empty() => {
                return Err(self.bad("it is given no value".into()));
            }
            ("model", "") => {
                pick.set.model = Some(text());
                return Ok(());
            }
            ("key_env", "") if !is_variable(self.value) => {
                return Err(self.bad(
                    "expected the name of an environment variable, for example MY_API_KEY; never a key itself".into(),
                ));
            }
            ("key_env", "") => {
                pick.set.key_env = Some(text());
                return Ok(());
            }
            ("dialect", "") => {
                let known = Dialect::ALL.map(Dialect::as_str).join(", ");
                let dialect = Dialect::parse(self.value);
                pick.provider.to_mut().dialect = dialect.ok_or_else(|| self.bad(format!("expected one of {known}")))?;
            }
            ("path", "") => pick.provider.to_mut().endpoint.path = Some(text()),
            ("models_path", "") => pick.provider.to_mut().endpoint.models_path = Some(text()),
            ("key_header", "") => pick.provider.to_mut().endpoint.key_header = Some(text()),
            ("header", name) if !name.is_empty() => {
                pick.provider.to_mut().endpoint.headers.insert(name.to_ascii_lowercase(), text());
                told = format!("header.{}", name.to_ascii_lowercase());
            }
            ("query", name) if !name.is_empty() => {
                pick.provider.to_mut().endpoint.query.insert(name.to_owned(), text());
                // It may be a key, as a header's value may.
                told = format!("query.{name}");
            }
            ("body", path) if !path.is_empty() => self.field(path, json_or_text(self.value), pick)?,
            ("provider", field) if !field.is_empty() => {
                let list = || self.value.split(',').map(|item| json!(item.trim())).collect::<Value>();
                let value = if LISTS.contains(&field) { list() } else { json_or_text(self.value) };
                self.field(&format!("provider.{field}"), value, pick)?;
                told = format!("body.{told}");
            }
            ("http2", "") => {
                pick.set.http2 = self.value.parse().map_err(|_| self.bad("expected true or false".into()))?;
            }
            ("ignore_eos", "") => {
                let value = self.value.parse::<bool>().map_err(|_| self.bad("expected true or false".into()))?;
                self.field(key, json!(value), pick)?;
                told = format!("body.{told}");
            }
            ("min_tokens", "") => {
                self.field(key, json!(self.count()?), pick)?;
                told = format!("body.{told}");
            }
            ("num_ctx", "") if pick.provider.dialect == Dialect::Ollama => {
                self.field("options.num_ctx", json!(self.count()?), pick)?;
                told = format!("body.options.num_ctx={}", self.value);
            }
            ("num_ctx", "") => {
                let why =
                    "only Ollama takes it with a request; other servers are started with their context (llama.cpp: -c)";
                return Err(self.bad(why.into()));
            }
            _ => return Err(self.bad(format!("unknown setting '{key}'; there are {KNOWN}"))),
        }
        pick.set.told.push(told);
        pick.set.told.sort_unstable();
        Ok(())
    }

    /// Sets a field of the request, by the way that leads to it.
    fn field(&self, path: &str, value: Value, pick: &mut ContestantSpec<'_>) -> Result<(), ConfigError> {
        let steps: Vec<&str> = path.split('.').collect();
        if steps.iter().any(|step| step.is_empty()) {
            return Err(self.bad("a field has no name between its dots".into()));
        }
        if let Some(first) = steps.first().filter(|first| is_reserved(first)) {
            return Err(
                self.bad(format!("'{first}' is the same for all contestants: it has a flag of its own, or none"))
            );
        }
        let nested = steps.iter().rev().fold(value, |inner, step| json!({ *step: inner }));
        if let Value::Object(fields) = nested {
            merge(&mut pick.set.body, &fields);
        }
        Ok(())
    }

    fn count(&self) -> Result<u64, ConfigError> {
        self.value.parse().map_err(|_| self.bad("expected a whole number, for example 8192".into()))
    }

    fn bad(&self, why: String) -> ConfigError {
        ConfigError::Setting { setting: self.place.to_owned(), why }
    }
}

/// A value as it is meant: JSON where it is some, else a text.
fn json_or_text(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|_| Value::from(text))
}

fn is_variable(text: &str) -> bool {
    text.starts_with(|letter: char| letter.is_ascii_alphabetic() || letter == '_')
        && text.chars().all(|letter| letter.is_ascii_alphanumeric() || letter == '_')
        && !text.chars().any(|letter| letter.is_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{ProcessEnv, RaceOptions, ResolvedRace, plan};
    use speed_kings_catalog::Catalog;
    use speed_kings_client::provider::ContestantClient;
    use speed_kings_client::provider::http::HttpContestant;
    use speed_kings_client::provider::secret::Secret;

    fn env(name: &str) -> Option<String> {
        let vars = [("GROQ_API_KEY", "gsk-canary"), ("MY_KEY", "mine-canary"), ("OPENROUTER_API_KEY", "or-canary")];
        vars.into_iter().find(|(known, _)| *known == name).map(|(_, value)| value.to_owned())
    }

    fn race(providers: &[&str], set: &[&str]) -> Result<ResolvedRace, ConfigError> {
        let own = |list: &[&str]| list.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>();
        let options = RaceOptions { providers: own(providers), set: own(set), ..RaceOptions::default() };
        plan(&Catalog::builtin().unwrap(), &ProcessEnv(&env), &options)
    }

    fn http(race: &ResolvedRace, lane: usize) -> &HttpContestant {
        match &race.clients[lane] {
            ContestantClient::Http(client) => client,
            ContestantClient::Exec(_) => panic!("a command"),
        }
    }

    const A: &str = "llama.cpp=http://127.0.0.1:1/v1";

    #[test]
    fn each_contestant_has_its_own() {
        let set = [
            "llama.cpp.model=small",
            "llama.cpp.body.chat_template_kwargs.enable_thinking=false",
            "llama.cpp.body.reasoning_effort=low",
            "llama.cpp.body.chat_template_kwargs.style=\"1\"",
            "LLAMA.CPP.header.X-Title=My canary",
            "llama.cpp.query.v=2",
            "llama.cpp.key_env=MY_KEY",
            "llama.cpp.ignore_eos=true",
            "groq.min_tokens=20",
        ];
        let race = race(&[A, "groq"], &set).unwrap();
        let (a, groq) = (http(&race, 0), http(&race, 1));
        let expected = json!({
            "chat_template_kwargs": { "enable_thinking": false, "style": "1" }, "reasoning_effort": "low", "ignore_eos": true,
        });
        assert_eq!(Value::Object(a.quirks.extra.clone()), expected);
        assert_eq!((a.request.model.as_str(), a.key.as_ref().map(Secret::expose)), ("small", Some("mine-canary")));
        assert_eq!(a.endpoint.headers.get("x-title").map(String::as_str), Some("My canary"));
        assert_eq!(groq.quirks.extra.get("min_tokens"), Some(&json!(20)));
        let told = [
            "body.chat_template_kwargs.enable_thinking=false",
            "body.chat_template_kwargs.style=\"1\"",
            "body.ignore_eos=true",
            "body.reasoning_effort=low",
            "header.x-title",
            "query.v",
        ];
        assert_eq!(race.setup.contestants[0].settings, told);
        assert_eq!(race.setup.contestants[1].settings, ["body.min_tokens=20"]);
        assert!(!format!("{race:?}").contains("canary"), "neither a key nor a header's value");
    }

    #[test]
    fn one_id_may_stand_for_several() {
        let race = race(&["groq", "groq", "ollama"], &["groq.body.a=1", "ollama.num_ctx=8192"]).unwrap();
        assert_eq!(http(&race, 0).quirks.extra.get("a"), http(&race, 1).quirks.extra.get("a"));
        assert_eq!(http(&race, 2).quirks.extra.get("options"), Some(&json!({ "num_ctx": 8192 })));
    }

    #[test]
    fn a_router_is_told_whom_to_ask_and_a_server_what_it_speaks() {
        let set = ["openrouter.provider.order=Groq, Cerebras", "openrouter.provider.allow_fallbacks=false"];
        let routed = race(&["openrouter", "groq"], &set).unwrap();
        let provider = json!({ "order": ["Groq", "Cerebras"], "allow_fallbacks": false });
        assert_eq!(http(&routed, 0).quirks.extra.get("provider"), Some(&provider));
        let spoken =
            race(&["a=http://127.0.0.1:1/v1", "groq"], &["a.key_header=x-key", "a.dialect=anthropic"]).unwrap();
        assert_eq!(http(&spoken, 0).dialect, Dialect::Anthropic);
        assert_eq!(http(&spoken, 0).endpoint.key_header.as_deref(), Some("x-key"));
    }

    #[test]
    fn what_cannot_be_set_says_what_can() {
        for (set, words) in [
            ("c.model=m", "no contestant of that name; the contestants are llama.cpp, Groq"),
            ("groq", "expected NAME.KEY=VALUE"),
            ("groq.modle=m", "unknown setting 'modle'; there are model, dialect"),
            ("groq.body.temperature=canary", "'temperature' is the same for all contestants"),
            ("groq.body..x=1", "no name between its dots"),
            ("groq.header.=canary", "unknown setting"),
            ("groq.header.my key=canary", "no name of a header"),
            ("groq.header.host=canary", "written by the program"),
            ("groq.key_env=gsk-canary", "never a key itself"),
            ("groq.dialect=canary", "expected one of openai, ollama"),
            ("groq.num_ctx=9", "only Ollama takes it"),
            ("groq.min_tokens=canary", "a whole number"),
            ("groq.ignore_eos=canary", "true or false"),
            ("groq.model=", "no value"),
        ] {
            let error = race(&[A, "groq"], &[set]).unwrap_err().to_string();
            assert!(error.contains(words) && !error.contains("canary"), "{set}: {error}");
        }
        let error = race(&["mine=exec:cat", "groq"], &["mine.body.a=1"]).unwrap_err().to_string();
        assert!(error.contains("mine is a command"), "{error}");
    }
}
