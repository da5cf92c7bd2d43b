//! Addresses that lead past the API: too short, too long, or moved.
//! Each is told with what was asked and with the address that should work, without its query, which may hold a secret.

use reqwest::Url;

use super::HttpContestant;
use speed_kings_catalog::Dialect;
use speed_kings_core::race::event::{FailureKind, LaneFailure};

/// What people copy along with an address.
const ENDPOINTS: [&str; 8] = [
    "/chat/completions",
    "/completions",
    "/responses",
    "/messages",
    "/models",
    "/api/chat",
    "/api/generate",
    "/api/tags",
];

/// What an address may lack at its end.
const fn roots(dialect: Dialect) -> &'static [&'static str] {
    match dialect {
        Dialect::Anthropic => &["/v1", "/anthropic/v1"],
        Dialect::Gemini => &["/v1beta", "/v1"],
        Dialect::Ollama => &[""],
        Dialect::OpenAi | Dialect::Responses | Dialect::Completions => &["/v1", "/openai/v1", "/api/v1"],
    }
}

/// The addresses that may be meant by `base`, the likeliest first; none when it looks right.
pub(super) fn meant(base: &Url, dialect: Dialect) -> Vec<Url> {
    let path = base.path().trim_end_matches('/');
    // Google's address goes on behind the list with the name of a model.
    let path_of_model = || path.split_once("/models/").map(|(root, _)| root);
    let root = ENDPOINTS.iter().find_map(|end| path.strip_suffix(end)).or_else(path_of_model).unwrap_or(path);
    let with = |path: &str| {
        let mut url = base.clone();
        url.set_path(path);
        url.set_query(None);
        url
    };
    let paths = match dialect {
        Dialect::Ollama => vec![root.trim_end_matches("/v1").trim_end_matches("/api").to_owned()],
        _ if root.ends_with("/v1/v1") => vec![root.trim_end_matches("/v1").to_owned() + "/v1"],
        _ if has_version(root) => vec![root.to_owned()],
        _ => roots(dialect).iter().map(|end| format!("{root}{end}")).collect(),
    };
    let is_other = |url: &Url| url.path().trim_end_matches('/') != path;
    paths.iter().map(|path| with(path)).filter(is_other).collect()
}

/// The address of the API of `dialect` at the place of `base`, as servers that have several arrange them.
pub(super) fn root_of(base: &Url, dialect: Dialect) -> Url {
    let path = base.path().trim_end_matches('/');
    let root = ["/v1", "/v1beta", "/api"].iter().find_map(|end| path.strip_suffix(end)).unwrap_or(path);
    let end = roots(dialect).first().copied().unwrap_or_default();
    let mut url = base.clone();
    url.set_path(&format!("{root}{end}"));
    url
}

/// Whether the address already names what is put behind it.
pub(super) fn is_endpoint(contestant: &HttpContestant) -> bool {
    let behind = format!("/{}", contestant.endpoint.template(contestant.dialect));
    contestant.base_url.path().trim_end_matches('/').ends_with(&behind)
}

/// Whether one step of the path is a version, such as `v1` or `v1beta`.
fn has_version(path: &str) -> bool {
    path.split('/').any(|step| {
        let mut letters = step.chars();
        letters.next() == Some('v') && letters.next().is_some_and(|letter| letter.is_ascii_digit())
    })
}

/// Where an address should end.
pub(super) fn advice(contestant: &HttpContestant) -> String {
    let behind = contestant.endpoint.template(contestant.dialect);
    if contestant.endpoint.path.is_some() {
        return format!("/{behind} is put behind the address, as the contestant's path says: check both");
    }
    let usual = match contestant.dialect {
        Dialect::Ollama => "; Ollama's is without /v1",
        Dialect::Gemini => ", usually in /v1beta",
        _ => ", usually in /v1",
    };
    let rule = format!("the address should end before /{behind}{usual}");
    match meant(&contestant.base_url, contestant.dialect).first() {
        Some(url) => format!("{rule}: try {}", shown(url)),
        None => rule,
    }
}

/// The failure of an address that has moved. `asked` is what was asked for.
pub(super) fn moved(status: u16, asked: &Url, location: Option<&str>) -> LaneFailure {
    let Some(to) = location.and_then(|location| asked.join(location.trim()).ok()) else {
        return LaneFailure::new(FailureKind::Protocol, format!("HTTP {status} without an address to go to"));
    };
    let mut base = to.clone();
    let path = to.path().trim_end_matches('/');
    if let Some(root) = ENDPOINTS.iter().find_map(|end| path.strip_suffix(end)) {
        base.set_path(root);
    }
    let failure = LaneFailure::new(FailureKind::Protocol, format!("HTTP {status}: moved to {}", shown(&to)));
    LaneFailure { status: Some(status), ..failure.with_hint(format!("use that address: {}", shown(&base))) }
}

/// An address without what may be secret in it.
pub(super) fn shown(url: &Url) -> String {
    let host = crate::provider::host(url);
    format!("{}://{host}{}", url.scheme(), url.path().trim_end_matches('/'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn first(base: &str, dialect: Dialect) -> Option<String> {
        meant(&Url::parse(base).unwrap(), dialect).first().map(shown)
    }

    #[test]
    fn the_address_that_was_meant() {
        for (base, meant) in [
            ("http://h:1", Some("http://h:1/v1")),
            ("http://h:1/ok/", Some("http://h:1/ok/v1")),
            ("http://h:1/ok/v1/chat/completions", Some("http://h:1/ok/v1")),
            ("http://h:1/chat/completions?key=canary", Some("http://h:1/v1")),
            ("http://h:1/v1/v1", Some("http://h:1/v1")),
            ("http://h:1/v1/models", Some("http://h:1/v1")),
            ("http://h:1/v1", None),
            ("http://h:1/api/paas/v4/", None),
            ("http://h:1/v1beta/openai", None),
        ] {
            assert_eq!(first(base, Dialect::OpenAi).as_deref(), meant, "{base}");
        }
        for (base, meant) in [
            ("http://h:1/v1", Some("http://h:1")),
            ("http://h:1/api/chat", Some("http://h:1")),
            ("http://h:1/api", Some("http://h:1")),
            ("http://h:1", None),
        ] {
            assert_eq!(first(base, Dialect::Ollama).as_deref(), meant, "{base}");
        }
    }

    #[test]
    fn each_api_has_its_place_at_a_server() {
        for (base, dialect, root) in [
            ("http://h:1/v1", Dialect::Ollama, "http://h:1"),
            ("http://h:1/a/v1", Dialect::Gemini, "http://h:1/a/v1beta"),
            ("http://h:1/v1beta", Dialect::Anthropic, "http://h:1/v1"),
            ("http://h:1", Dialect::Responses, "http://h:1/v1"),
        ] {
            assert_eq!(shown(&root_of(&Url::parse(base).unwrap(), dialect)), root, "{base}");
        }
    }

    #[test]
    fn what_moved_says_where() {
        let asked = Url::parse("http://h:1/old/v1/chat/completions").unwrap();
        let told = moved(307, &asked, Some("https://new.example/v1/chat/completions?token=canary"));
        assert_eq!(&*told.message, "HTTP 307: moved to https://new.example/v1/chat/completions");
        assert_eq!(told.hint.as_deref(), Some("use that address: https://new.example/v1"));
        let relative = moved(301, &asked, Some("/v2/chat/completions"));
        assert_eq!(relative.hint.as_deref(), Some("use that address: http://h:1/v2"));
        assert!(moved(302, &asked, None).message.contains("without an address"));
    }
}
