//! Which request means what: the path taken apart into entrant, settings and endpoint.
//! Pure: a method and a path in, a route or a refusal out.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::answer_wire::HttpResponse;
use super::chat_request::PathRequest;
use super::http::percent_decode;
use super::settings::{ErrorBody, SimulatorSettings};
use super::wire::{JSON, error_body};
use speed_kings_catalog::Dialect;
use speed_kings_catalog::profile::StreamProfile;

/// The entrant that is always there: a default profile, to be changed by settings.
pub const CUSTOM: &str = "custom";

/// What a request for an unknown path is told: the paths that there are.
const NO_PATH: &str = "no such path; there are /health, and for each ENTRANT /ENTRANT/v1/models and \
    /ENTRANT/v1/chat/completions, completions, responses or messages, as Ollama has them /ENTRANT/api/chat and \
    /ENTRANT/api/tags, and as Google does /ENTRANT/v1beta/models and /ENTRANT/v1beta/models/MODEL:streamGenerateContent";

/// What a request asks for.
#[derive(Clone, PartialEq, Debug)]
pub(super) enum RequestRoute {
    /// Whether the simulator is there.
    Health,
    /// What it offers, under these settings.
    Models { dialect: Dialect, names: Vec<String>, settings: SimulatorSettings },
    /// An answer of this entrant.
    Chat { dialect: Dialect, path: PathRequest, entrant: String, profile: StreamProfile, settings: SimulatorSettings },
}

/// Finds the route of `method` and `path`.
pub(super) fn find(
    method: &str,
    path: &str,
    entrants: &BTreeMap<String, StreamProfile>,
) -> Result<RequestRoute, HttpResponse> {
    let (path, query) = path.split_once('?').unwrap_or((path, ""));
    let path = path.split('#').next().unwrap_or_default();
    let segments: Vec<&str> = path.split('/').filter(|segment| !segment.is_empty()).collect();
    match segments.as_slice() {
        [] | ["health"] => only("GET", method).map(|()| RequestRoute::Health),
        ["v1", "models"] => {
            only("GET", method)?;
            let names = entrants.keys().cloned().collect();
            Ok(RequestRoute::Models { dialect: Dialect::OpenAi, names, settings: SimulatorSettings::default() })
        }
        [who @ .., "v1", "models"] => models_of(Dialect::OpenAi, method, who, entrants),
        [who @ .., "api", "tags"] => models_of(Dialect::Ollama, method, who, entrants),
        [who @ .., "v1", "chat", "completions"] => chat(Dialect::OpenAi, method, who, entrants),
        [who @ .., "v1", "responses"] => chat(Dialect::Responses, method, who, entrants),
        [who @ .., "v1", "completions"] => chat(Dialect::Completions, method, who, entrants),
        [who @ .., "v1beta", "models"] => models_of(Dialect::Gemini, method, who, entrants),
        [who @ .., "v1beta", "models", asked] => gemini(asked, query, chat(Dialect::Gemini, method, who, entrants)?),
        [who @ .., "v1", "messages"] => chat(Dialect::Anthropic, method, who, entrants),
        [who @ .., "api", "chat"] => chat(Dialect::Ollama, method, who, entrants),
        _ => Err(refusal(404, NO_PATH)),
    }
}

fn models_of(
    dialect: Dialect,
    method: &str,
    who: &[&str],
    entrants: &BTreeMap<String, StreamProfile>,
) -> Result<RequestRoute, HttpResponse> {
    only("GET", method)?;
    let (entrant, _, settings) = entrant(who, entrants)?;
    Ok(RequestRoute::Models { dialect, names: vec![entrant], settings })
}

fn chat(
    dialect: Dialect,
    method: &str,
    who: &[&str],
    entrants: &BTreeMap<String, StreamProfile>,
) -> Result<RequestRoute, HttpResponse> {
    only("POST", method)?;
    let (entrant, profile, settings) = entrant(who, entrants)?;
    Ok(RequestRoute::Chat { dialect, path: PathRequest::default(), entrant, profile, settings })
}

/// What Google's path says behind the list of models: `MODEL:streamGenerateContent` or `MODEL:generateContent`, and in its
/// query whether a stream is one of events.
fn gemini(asked: &str, query: &str, route: RequestRoute) -> Result<RequestRoute, HttpResponse> {
    let stream = match asked.rsplit_once(':') {
        Some((model, "streamGenerateContent")) => Some((model, true)),
        Some((model, "generateContent")) => Some((model, false)),
        _ => None,
    };
    let (Some((model, stream)), RequestRoute::Chat { dialect, entrant, profile, settings, .. }) = (stream, route)
    else {
        return Err(refusal(404, NO_PATH));
    };
    let list = !query.split('&').any(|pair| pair == "alt=sse");
    let path = PathRequest { model: Some(percent_decode(model)), stream: Some(stream), list };
    Ok(RequestRoute::Chat { dialect, path, entrant, profile, settings })
}

/// Who is meant by the segments before `v1` or `api`: an entrant, or an entrant and settings.
fn entrant(
    who: &[&str],
    entrants: &BTreeMap<String, StreamProfile>,
) -> Result<(String, StreamProfile, SimulatorSettings), HttpResponse> {
    // A name may have slashes in it that nobody encoded, so all segments together are tried as a name first.
    let known = |segments: &[&str]| {
        let name = segments.iter().map(|segment| percent_decode(segment)).collect::<Vec<_>>().join("/");
        let profile = entrants.get(&name).cloned();
        let profile = profile.or_else(|| (name == CUSTOM).then(StreamProfile::default))?;
        Some((name, profile))
    };
    if let Some((name, profile)) = known(who) {
        return Ok((name, profile, SimulatorSettings::default()));
    }
    if let Some((segment, name)) = who.split_last()
        && let Some((name, profile)) = known(name)
    {
        let settings = SimulatorSettings::parse(segment).map_err(|error| refusal(400, &error.to_string()))?;
        return Ok((name, profile, settings));
    }
    let mut names: Vec<&str> = entrants.keys().map(String::as_str).collect();
    names.push(CUSTOM);
    let name = who.first().map(|segment| percent_decode(segment)).unwrap_or_default();
    Err(refusal(404, &format!("no entrant `{name}`; known entrants: {}", names.join(", "))))
}

fn only(wanted: &'static str, method: &str) -> Result<(), HttpResponse> {
    if method == wanted {
        return Ok(());
    }
    let mut response = refusal(405, &format!("this path takes {wanted}, not {method}"));
    response.fields.push(("allow", wanted.to_owned()));
    Err(response)
}

/// The simulator's own errors.
pub(super) fn refusal(status: u16, message: &str) -> HttpResponse {
    let (kind, body) = error_body(ErrorBody::OpenAi, status, message);
    HttpResponse { status, kind, fields: Vec::new(), body }
}

/// The list of models.
pub(super) fn models(dialect: Dialect, names: &[String]) -> HttpResponse {
    let list = |entry: fn(&String) -> Value| names.iter().map(entry).collect::<Value>();
    let body = match dialect {
        Dialect::Ollama => json!({ "models": list(|name| json!({ "name": name, "model": name })) }),
        Dialect::Gemini => json!({ "models": list(|name| json!({ "name": format!("models/{name}") })) }),
        _ => {
            let data = list(|name| json!({ "id": name, "object": "model", "owned_by": "simulator" }));
            json!({ "object": "list", "data": data })
        }
    };
    HttpResponse { status: 200, kind: JSON, fields: Vec::new(), body: body.to_string() }
}

/// The sign of life.
pub(super) fn health(entrants: &BTreeMap<String, StreamProfile>) -> HttpResponse {
    let names: Vec<_> = entrants.keys().collect();
    let body = json!({ "status": "ok", "server": super::shared::SERVER, "entrants": names }).to_string();
    HttpResponse { status: 200, kind: JSON, fields: Vec::new(), body }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entrants() -> BTreeMap<String, StreamProfile> {
        let names = ["groq", "cerebras/llama-3.1-8b"];
        names.into_iter().map(|name| (name.to_owned(), StreamProfile::default())).collect()
    }

    fn chat(who: &str) -> Result<(String, SimulatorSettings), HttpResponse> {
        match find("POST", &format!("/{who}/v1/chat/completions?x=1"), &entrants())? {
            RequestRoute::Chat { entrant, settings, .. } => Ok((entrant, settings)),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn an_entrant_is_found_with_or_without_encoding_and_settings() {
        for name in ["cerebras%2Fllama-3.1-8b", "cerebras/llama-3.1-8b", "cerebras/llama-3.1-8b/tok_s:9"] {
            assert_eq!(chat(name).unwrap().0, "cerebras/llama-3.1-8b");
        }
        assert_eq!(chat("custom/tok_s:9").unwrap().1.pace.tok_s, Some(9.0));
    }

    #[test]
    fn refusals_say_what_there_is() {
        let nobody = chat("nobody").unwrap_err();
        assert!(nobody.status == 404 && nobody.body.contains("cerebras/llama-3.1-8b, groq, custom"));
        let settings = chat("groq/warp:9").unwrap_err();
        assert!(settings.status == 400 && settings.body.contains("`warp`") && settings.body.contains("ttft_ms"));
        let method = find("PUT", "/groq/v1/models", &entrants()).unwrap_err();
        assert_eq!((method.status, method.fields), (405, vec![("allow", "GET".to_owned())]));
        assert_eq!(find("GET", "/nowhere", &entrants()).unwrap_err().status, 404);
    }

    #[test]
    fn the_rest_of_the_paths_are_found() {
        assert_eq!(find("GET", "/", &entrants()), Ok(RequestRoute::Health));
        assert_eq!(find("GET", "/health", &entrants()), Ok(RequestRoute::Health));
        let models =
            |dialect, names| Ok(RequestRoute::Models { dialect, names, settings: SimulatorSettings::default() });
        let all = entrants().into_keys().collect();
        assert_eq!(find("GET", "/v1/models", &entrants()), models(Dialect::OpenAi, all));
        let one = vec!["groq".to_owned()];
        assert_eq!(find("GET", "/groq/api/tags", &entrants()), models(Dialect::Ollama, one));
        let asked = find("POST", "/groq/tok_s:9/api/chat", &entrants());
        assert!(matches!(asked, Ok(RequestRoute::Chat { dialect: Dialect::Ollama, .. })), "{asked:?}");
        for (end, wanted) in [
            ("m%2Fx:streamGenerateContent?alt=sse", Some((true, false))),
            ("m%2Fx:streamGenerateContent", Some((true, true))),
            ("m%2Fx:generateContent", Some((false, true))),
            ("m%2Fx:countTokens", None),
            ("m", None),
        ] {
            let found = find("POST", &format!("/groq/tok_s:9/v1beta/models/{end}"), &entrants());
            let path = |(stream, list)| PathRequest { model: Some("m/x".into()), stream: Some(stream), list };
            match found {
                Ok(RequestRoute::Chat { path: found, .. }) => assert_eq!(Some(found), wanted.map(path), "{end}"),
                other => assert!(wanted.is_none(), "{end}: {other:?}"),
            }
        }
    }
}
