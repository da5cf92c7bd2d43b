//! A contestant as somebody names it: an id of the catalogue, a server of one's own, or a command.
//! Whatever it is, it is a provider from here on.

use std::borrow::Cow;
use std::path::{Path, PathBuf};

use reqwest::Url;

use super::ConfigError;
use super::contestant_overrides::ContestantOverrides;
use super::place::address;
use crate::engine_slot::EngineSlot;
use speed_kings_catalog::command::CommandSpec;
use speed_kings_catalog::engine::{EngineRequest, EngineSpec, model_stem};
use speed_kings_catalog::{Catalog, Provider};
use speed_kings_engine::launch::{EngineFailure, EngineLaunch};

/// The provider that a contestant given as `NAME=URL` is taken to be.
pub const ANY_PROVIDER: &str = "openai-compatible";
/// What a command begins with.
const COMMAND: &str = "exec:";

/// What the address of a socket in a file begins with.
const SOCKET: &str = "unix:";
/// What an engine that is to be started begins with.
const ENGINE: &str = "engine:";

/// A contestant that was named.
pub(super) struct ContestantSpec<'a> {
    pub(super) provider: Cow<'a, Provider>,
    /// Its name and its address, with `NAME=URL`.
    pub(super) own: Option<(String, Url)>,
    /// The socket file that it listens at, with `NAME=unix:FILE`.
    pub(super) socket: Option<PathBuf>,
    /// What was set for it alone.
    pub(super) set: ContestantOverrides,
    /// The engine that is to be started for it.
    engine: Option<(&'a EngineSpec, EngineRequest)>,
}

impl<'a> ContestantSpec<'a> {
    /// Reads `ID`, `NAME=URL`, `NAME=unix:FILE`, `exec:COMMAND`, `engine:ID@MODEL,SETTING=VALUE`, or one of the last two behind `NAME=`.
    pub(super) fn read(catalog: &'a Catalog, text: &str) -> Result<Self, ConfigError> {
        let text = unquoted(text.trim());
        if let Some(line) = text.strip_prefix(COMMAND) {
            return Ok(Self::of(Cow::Owned(command(None, line)?)));
        }
        if let Some(line) = text.strip_prefix(ENGINE) {
            return Self::engine(catalog, None, line);
        }
        let Some((name, place)) = text.split_once('=') else {
            return Ok(Self::of(Cow::Borrowed(catalog.provider(text)?)));
        };
        if let Some(line) = place.trim().strip_prefix(COMMAND) {
            return Ok(Self::of(Cow::Owned(command(Some(name.trim()), line)?)));
        }
        if let Some(line) = place.trim().strip_prefix(ENGINE) {
            return Self::engine(catalog, Some(name.trim()), line);
        }
        // A comma in an address is quoted or escaped, or it would have ended it.
        let place = unquoted(place.trim()).replace("\\,", ",");
        if let Some(socket) = place.strip_prefix(SOCKET) {
            return Self::at_socket(catalog, name.trim(), socket);
        }
        let own = Some((name.trim().to_owned(), address(name, &place)?));
        Ok(Self { own, ..Self::of(Cow::Borrowed(catalog.provider(ANY_PROVIDER)?)) })
    }

    /// Reads `FILE` or `FILE:/PATH`, of which the path is where the API begins.
    fn at_socket(catalog: &'a Catalog, name: &str, text: &str) -> Result<Self, ConfigError> {
        let bad = |why: &str| ConfigError::Address { place: name.to_owned(), why: why.to_owned() };
        if !cfg!(unix) {
            return Err(bad("this system has no sockets in files"));
        }
        let (file, path) = text.trim().rsplit_once(":/").unwrap_or((text.trim(), "v1"));
        if file.is_empty() {
            return Err(bad("it names no socket; write for example unix:/run/engine.sock"));
        }
        // The host is never looked up, and says where it is.
        let url = address(name, &format!("http://localhost/{path}"))?;
        let of = Self::of(Cow::Borrowed(catalog.provider(ANY_PROVIDER)?));
        Ok(Self { own: Some((name.to_owned(), url)), socket: Some(PathBuf::from(file)), ..of })
    }

    fn of(provider: Cow<'a, Provider>) -> Self {
        Self { provider, own: None, socket: None, set: ContestantOverrides::default(), engine: None }
    }

    /// Reads `ID@MODEL,SETTING=VALUE`. What is wrong with the settings is told when the engine is prepared.
    fn engine(catalog: &'a Catalog, name: Option<&str>, line: &str) -> Result<Self, ConfigError> {
        let (engine, request) = catalog.engine_request(line)?;
        let shown = name.map_or_else(|| engine.label(&request), str::to_owned);
        let provider = Cow::Owned(engine.provider(&shown, &request));
        Ok(Self { engine: Some((engine, request)), ..Self::of(provider) })
    }

    /// Makes everything of its engine that can be made before it is started: its port, which is its address from here
    /// on, or its command when it does not serve. Gives the place that the engine will be in. Its log is
    /// kept in the folder `logs`.
    ///
    /// # Errors
    /// When its model or program is not there, or a setting is wrong.
    pub(super) fn prepare(
        &mut self,
        catalog: &Catalog,
        logs: Option<&Path>,
    ) -> Result<Option<EngineSlot>, ConfigError> {
        let Some((engine, request)) = self.engine.take() else { return Ok(None) };
        let bad = |why: String| ConfigError::Engine { engine: format!("{}@{}", engine.id, request.model), why };
        if !engine.serves() {
            let filled = engine.fill(&request, 0).map_err(bad)?;
            self.provider.to_mut().command = Some(filled.command);
            return Ok(None);
        }
        // Whatever runs beside the race has no business with the keys of those who are in it.
        let withheld = catalog.providers.iter().filter_map(|provider| provider.key.clone()).collect();
        let told = |failure: EngineFailure| {
            bad(failure.hint.map_or_else(|| failure.message.clone(), |hint| format!("{}; {hint}", failure.message)))
        };
        let launch = EngineLaunch::prepare(engine, &request, withheld).map_err(told)?;
        let launch = if let Some(folder) = logs { launch.with_log_in(folder) } else { launch };
        let url = launch.base_url().map_err(told)?;
        self.own = Some((self.provider.name.clone(), url));
        Ok(Some(EngineSlot::new(launch)))
    }

    /// What people call it.
    pub(super) fn name(&self) -> &str {
        self.own.as_ref().map_or(&self.provider.name, |(name, _)| name)
    }

    /// All names that a setting may call it by.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        // The entry that stands for all servers of one's own names none of them.
        let id = Some(self.provider.id.as_str()).filter(|_| self.own.is_none());
        id.into_iter().chain([self.name()])
    }
}

/// `text` without the quotes around all of it, if it has them.
fn unquoted(text: &str) -> &str {
    let within = |quote: char| text.strip_prefix(quote)?.strip_suffix(quote).filter(|within| !within.contains(quote));
    within('\'').or_else(|| within('"')).map_or(text, str::trim)
}

/// Whether `text` is an address with a name, in which a comma has to be told from one that ends it.
fn is_address(text: &str) -> bool {
    let place = unquoted(text.trim()).split_once('=').map(|(_, place)| place.trim());
    place.is_some_and(|place| !place.starts_with(COMMAND))
}

/// All that `names` stand for, in order.
pub(super) fn read_all<'a>(catalog: &'a Catalog, names: &[String]) -> Result<Vec<ContestantSpec<'a>>, ConfigError> {
    let before = std::iter::once(None).chain(names.iter().map(Some));
    let picks = names.iter().zip(before).map(|(name, before)| {
        ContestantSpec::read(catalog, name).map_err(|error| match error {
            ConfigError::Unknown(unknown) if before.is_some_and(|before| is_address(before)) => {
                ConfigError::Comma(unknown)
            }
            error => error,
        })
    });
    let mut picks = picks.collect::<Result<Vec<_>, _>>()?;
    tell_apart(&mut picks);
    Ok(picks)
}

/// Puts its model behind the name of each engine that has the name of another contestant.
fn tell_apart(picks: &mut [ContestantSpec<'_>]) {
    let names: Vec<String> = picks.iter().map(|pick| pick.provider.name.clone()).collect();
    for (pick, name) in picks.iter_mut().zip(&names) {
        if let Some((_, request)) = &pick.engine
            && names.iter().filter(|other| *other == name).count() > 1
        {
            pick.provider.to_mut().name = format!("{name} {}", model_stem(&request.model));
        }
    }
}

fn command(name: Option<&str>, line: &str) -> Result<Provider, ConfigError> {
    let bad = |why: String| ConfigError::Command { line: line.trim().to_owned(), why };
    let command = CommandSpec::split(line).ok_or_else(|| bad("a quote is not closed".into()))?;
    let problems = command.problems();
    if !problems.is_empty() {
        return Err(bad(problems.join("; ")));
    }
    let name = name.filter(|name| !name.is_empty()).unwrap_or(command.program()).to_owned();
    Ok(Provider::of_command(&name, command))
}

/// Puts the settings behind an engine back to it: what has the form `name=value`, unless it is a contestant of its own.
fn settings_joined(names: Vec<String>) -> Vec<String> {
    let is_contestant = |value: &str| {
        let starts = [COMMAND, ENGINE, "http://", "https://", "unix:"];
        let port =
            |text: &str| text.rsplit_once(':').is_some_and(|(_, port)| port.starts_with(|c: char| c.is_ascii_digit()));
        starts.iter().any(|start| value.trim_start_matches(['\'', '"']).starts_with(start)) || port(value)
    };
    let mut joined: Vec<String> = Vec::new();
    for name in names {
        let setting = name.split_once('=').is_some_and(|(_, value)| !is_contestant(value));
        match joined.last_mut().filter(|last| setting && is_engine(last)) {
            Some(engine) => *engine = format!("{engine},{name}"),
            None => joined.push(name),
        }
    }
    joined
}

/// Whether `text` is an engine that is to be started, with or without a name.
fn is_engine(text: &str) -> bool {
    let text = text.trim().trim_start_matches(['\'', '"']);
    text.starts_with(ENGINE) || text.split_once('=').is_some_and(|(_, place)| place.trim().starts_with(ENGINE))
}

/// The contestants of a list: they stand between commas, and a comma in quotes or behind a backslash separates nothing.
#[must_use]
pub fn split_names(list: &str) -> Vec<String> {
    let (mut names, mut name, mut quote, mut escaped) = (Vec::new(), String::new(), None, false);
    for letter in list.chars() {
        match (letter, quote) {
            (',', None) if !escaped => {
                names.push(std::mem::take(&mut name));
                continue;
            }
            ('\'' | '"', None) if !escaped => quote = Some(letter),
            (letter, Some(open)) if letter == open && !escaped => quote = None,
            _ => {}
        }
        escaped = letter == '\\' && !escaped && quote != Some('\'');
        name.push(letter);
    }
    names.push(name);
    let names = settings_joined(names);
    names.into_iter().map(|name| name.trim().to_owned()).filter(|name| !name.is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_may_hold_a_comma() {
        let catalog = Catalog::builtin().unwrap();
        for text in [
            r"a=http://127.0.0.1:8090/custom/tok_s:9\,split:1/v1",
            "a='http://127.0.0.1:8090/custom/tok_s:9,split:1/v1'",
            "'a=http://127.0.0.1:8090/custom/tok_s:9,split:1/v1'",
            "\" a = http://127.0.0.1:8090/custom/tok_s:9,split:1/v1 \"",
            #[cfg(unix)]
            r"a=unix:/run/engine.sock:/custom/tok_s:9\,split:1/v1",
        ] {
            let names = split_names(&format!("{text},groq"));
            assert_eq!(names, [text, "groq"]);
            let (name, url) = ContestantSpec::read(&catalog, &names[0]).unwrap().own.unwrap();
            assert_eq!((name.as_str(), url.path()), ("a", "/custom/tok_s:9,split:1/v1"));
        }
    }

    #[test]
    fn quotes_around_a_whole_item_are_no_part_of_it() {
        let catalog = Catalog::builtin().unwrap();
        assert_eq!(ContestantSpec::read(&catalog, "'groq'").unwrap().provider.id, "groq");
        assert_eq!(ContestantSpec::read(&catalog, r#""mine=exec:cat 'a b'""#).unwrap().provider.name, "mine");
        assert_eq!(unquoted("'a' 'b'"), "'a' 'b'", "those are two");
        assert_eq!(unquoted("'"), "'");
    }

    #[test]
    fn a_comma_that_cut_an_address_is_told() {
        let catalog = Catalog::builtin().unwrap();
        let error = |list: &str| read_all(&catalog, &split_names(list)).err().unwrap().to_string();
        let cut = error("a=http://127.0.0.1:8090/custom/ttft_ms:5,tok_s:1800,split:1/v1,groq");
        assert!(cut.contains("unknown provider 'tok_s:1800'") && cut.contains(r"write it as \,"), "{cut}");
        for other in ["groq,grok", "exec:cat,grok", "a=exec:cat,grok"] {
            assert!(!error(other).contains("comma"), "{other}");
        }
    }

    #[test]
    fn commas_in_quotes_stay() {
        for (list, expected) in [
            ("cerebras,groq", &["cerebras", "groq"] as &[&str]),
            (" a , ,b,", &["a", "b"]),
            ("exec:x 'a,b' \"c,d\",groq", &["exec:x 'a,b' \"c,d\"", "groq"]),
            (r"exec:x a\,b,groq", &[r"exec:x a\,b", "groq"]),
            (r"exec:x '\',groq", &[r"exec:x '\'", "groq"]),
            ("exec:x 'open,groq", &["exec:x 'open,groq"]),
        ] {
            assert_eq!(split_names(list), expected, "{list}");
        }
    }
}
