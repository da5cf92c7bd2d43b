//! Where one API differs from others of its dialect in how it is addressed: paths, query, headers.
//! It is data, so that a gateway with a header of its own or a version in its query needs no code.

use std::collections::BTreeMap;
use std::fmt;

use super::Dialect;

/// What stands for the model's id in a path.
const MODEL: &str = "{model}";
/// Headers that the client writes itself, in small letters.
const WRITTEN: [&str; 8] =
    ["host", "content-length", "content-type", "transfer-encoding", "connection", "accept-encoding", "te", "upgrade"];

/// What differs from the dialect; what is empty is as usual.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct EndpointFields {
    /// The path of the answer below the base URL, in which `{model}` stands for the model's id.
    pub path: Option<String>,
    /// The path of the list of models below the base URL.
    pub models_path: Option<String>,
    /// Query parameters of every request.
    pub query: BTreeMap<String, String>,
    /// Headers of every request.
    pub headers: BTreeMap<String, String>,
    /// The header that the key goes into.
    pub key_header: Option<String>,
}

impl EndpointFields {
    /// The path of an answer by `model` below the base URL.
    #[must_use]
    pub fn path(&self, dialect: Dialect, model: &str) -> String {
        let template = self.template(dialect);
        // Google's lists name their models with the step of the path before them.
        let listed = template.contains("models/{model}").then(|| model.strip_prefix("models/")).flatten();
        template.replace(MODEL, listed.unwrap_or(model))
    }

    /// The same with `{model}` still in it.
    #[must_use]
    pub fn template(&self, dialect: Dialect) -> &str {
        self.path.as_deref().unwrap_or(dialect.path())
    }

    /// The path of the list of models below the base URL.
    #[must_use]
    pub fn models_path(&self, dialect: Dialect) -> &str {
        self.models_path.as_deref().unwrap_or(dialect.models_path())
    }

    /// The header that the key goes into.
    #[must_use]
    pub fn key_header(&self, dialect: Dialect) -> &str {
        self.key_header.as_deref().unwrap_or(dialect.key_header())
    }

    /// The headers of a request, those of the dialect before those that take their place.
    pub fn headers(&self, dialect: Dialect) -> impl Iterator<Item = (&str, &str)> {
        let own = self.headers.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        dialect.headers().iter().copied().chain(own)
    }

    /// The query parameters of a request for an answer; those that are given stand over those of the dialect.
    pub fn answer_query(&self, dialect: Dialect) -> impl Iterator<Item = (&str, &str)> {
        self.over(dialect.query())
    }

    /// The same of a request for the list of models.
    pub fn models_query(&self, dialect: Dialect) -> impl Iterator<Item = (&str, &str)> {
        self.over(dialect.models_query())
    }

    fn over(&self, usual: &'static [(&'static str, &'static str)]) -> impl Iterator<Item = (&str, &str)> {
        let usual = usual.iter().copied().filter(|(name, _)| !self.query.contains_key(*name));
        usual.chain(self.query.iter().map(|(name, value)| (name.as_str(), value.as_str())))
    }

    /// What can't be sent as it is, in words.
    #[must_use]
    pub fn problems(&self) -> Vec<String> {
        let mut problems = Vec::new();
        for (what, path) in [("path", &self.path), ("models_path", &self.models_path)] {
            if let Some(path) = path.as_deref().filter(|path| !is_path(path)) {
                problems.push(format!(
                    "{what} '{path}' must be a path without a scheme, a query or a space, for example \"chat/completions\""
                ));
            }
        }
        for name in self.headers.keys().chain(&self.key_header) {
            if !is_token(name) {
                problems.push(format!("'{name}' is no name of a header: letters, digits and '-' only"));
            } else if WRITTEN.contains(&name.to_ascii_lowercase().as_str()) {
                problems.push(format!("the header {name} is written by the program itself"));
            }
        }
        for name in self.headers.keys().filter(|name| is_secret(name)) {
            problems.push(format!(
                "the header {name} is one for a key, which must not stand in a file or on a command line: name the variable that \
                 holds it (key, --set NAME.key_env) and the header (key_header)"
            ));
        }
        // The values are not repeated: one may be a secret.
        for (name, value) in &self.headers {
            if value.chars().any(|letter| !(' '..='~').contains(&letter)) {
                problems.push(format!("the header {name} holds a letter outside printable ASCII"));
            }
        }
        problems
    }
}

impl fmt::Debug for EndpointFields {
    /// Headers by name only: a value may be a secret.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EndpointFields")
            .field("path", &self.path)
            .field("models_path", &self.models_path)
            .field("query", &self.query.keys())
            .field("headers", &self.headers.keys())
            .field("key_header", &self.key_header)
            .finish()
    }
}

/// Whether a header of this name holds a key, as a rule.
fn is_secret(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    let held = ["authorization", "cookie", "secret"].iter().any(|word| name.contains(word));
    held || ["-key", "-auth", "token"].iter().any(|end| name.ends_with(end))
}

fn is_path(path: &str) -> bool {
    let odd = |letter: char| letter.is_whitespace() || letter.is_control() || matches!(letter, '?' | '#' | '\\');
    !path.is_empty() && !path.contains("://") && !path.contains(odd)
}

fn is_token(name: &str) -> bool {
    !name.is_empty() && name.chars().all(|letter| letter.is_ascii_alphanumeric() || "-_.".contains(letter))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn azure() -> EndpointFields {
        let pairs = |name: &str, value: &str| BTreeMap::from([(name.to_owned(), value.to_owned())]);
        EndpointFields {
            path: Some("openai/deployments/{model}/chat/completions".into()),
            query: pairs("api-version", "2024-10-21"),
            headers: pairs("x-team", "canary"),
            key_header: Some("api-key".into()),
            ..EndpointFields::default()
        }
    }

    #[test]
    fn what_is_not_given_is_as_in_the_dialect() {
        let usual = EndpointFields::default();
        assert_eq!(usual.path(Dialect::OpenAi, "m"), "chat/completions");
        assert_eq!(usual.key_header(Dialect::Anthropic), "x-api-key");
        assert_eq!(usual.headers(Dialect::Anthropic).next(), Some(("anthropic-version", "2023-06-01")));
        assert_eq!(usual.path(Dialect::Gemini, "models/g"), "models/g:streamGenerateContent");
        assert_eq!(usual.answer_query(Dialect::Gemini).next(), Some(("alt", "sse")));
        assert_eq!(azure().path(Dialect::OpenAi, "mine"), "openai/deployments/mine/chat/completions");
        assert_eq!(azure().key_header(Dialect::OpenAi), "api-key");
        assert_eq!(azure().answer_query(Dialect::OpenAi).collect::<Vec<_>>(), [("api-version", "2024-10-21")]);
        assert!(azure().problems().is_empty() && !format!("{:?}", azure()).contains("canary"));
    }

    #[test]
    fn what_cannot_be_sent_is_told_by_name_alone() {
        let bad = |change: &dyn Fn(&mut EndpointFields)| {
            let mut fields = azure();
            change(&mut fields);
            fields.problems().join("; ")
        };
        assert!(bad(&|fields| fields.path = Some("http://h/x".into())).contains("a path without a scheme"));
        assert!(bad(&|fields| fields.models_path = Some("a?b".into())).contains("models_path 'a?b'"));
        assert!(bad(&|fields| fields.key_header = Some("my key".into())).contains("'my key' is no name"));
        let told = bad(&|fields| drop(fields.headers.insert("Host".into(), "x".into())));
        assert!(told.contains("Host is written by the program"), "{told}");
        for name in ["Authorization", "x-api-key", "Helicone-Auth", "x-session-token"] {
            let told = bad(&|fields| drop(fields.headers.insert(name.into(), "canary".into())));
            assert!(told.contains("is one for a key") && !told.contains("canary"), "{told}");
        }
        let told = bad(&|fields| drop(fields.headers.insert("x-a".into(), "canary\n".into())));
        assert!(told.contains("x-a holds") && !told.contains("canary"), "{told}");
    }
}
