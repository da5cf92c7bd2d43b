//! The way to the collector: where it is, what it wants to be shown, how long it is waited for, and what it said.

use std::time::Duration;

use reqwest::Url;
use serde::Deserialize;

use speed_kings_client::provider::http::web::WebClient;
use speed_kings_client::provider::secret::Secret;
use speed_kings_core::text::printable;

/// Where metrics are below the address of a collector.
const PATH: &str = "/v1/metrics";
/// Headers for every signal, and for metrics alone, which go first.
const HEADERS: [&str; 2] = ["OTEL_EXPORTER_OTLP_METRICS_HEADERS", "OTEL_EXPORTER_OTLP_HEADERS"];
/// How long an export may take, in ms.
const TIMEOUTS: [&str; 2] = ["OTEL_EXPORTER_OTLP_METRICS_TIMEOUT", "OTEL_EXPORTER_OTLP_TIMEOUT"];
/// The same where nobody says.
const PATIENCE: Duration = Duration::from_secs(10);
/// The most that anybody may wait.
const MOST_PATIENCE: Duration = Duration::from_secs(60);
/// The most of an answer's words that are told, in characters.
const MAX_SAID: usize = 200;

/// Why there is no way to a collector.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum OtlpError {
    /// The address can't be one.
    #[error("--otlp {0}: {1}; expected the address of a collector such as http://127.0.0.1:4318")]
    Address(String, &'static str),
    /// A variable can't be understood. What it holds may be a key, and is not repeated.
    #[error("{0}: {1}")]
    Variable(&'static str, String),
    /// There is no client for it.
    #[error("--otlp: {0}")]
    Client(String),
}

/// Where a collector is and how it is asked.
#[derive(Clone, Debug)]
pub struct OtlpSettings {
    url: Url,
    headers: Vec<(String, Secret)>,
    patience: Duration,
}

impl OtlpSettings {
    /// Those for the collector at `address`, with what the standard variables say.
    ///
    /// # Errors
    /// When the address or a variable can't be understood.
    pub fn read(address: &str, variable: impl Fn(&str) -> Option<String>) -> Result<Self, OtlpError> {
        let set = |names: [&'static str; 2]| names.into_iter().find_map(|name| Some((name, variable(name)?)));
        let headers = set(HEADERS).map_or(Ok(Vec::new()), |(name, text)| headers(name, &text))?;
        let patience = set(TIMEOUTS).map_or(Ok(PATIENCE), |(name, text)| patience(name, &text))?;
        Ok(Self { url: metrics_url(address)?, headers, patience })
    }
}

/// The address of the metrics of a collector.
fn metrics_url(address: &str) -> Result<Url, OtlpError> {
    let wrong = |why| {
        // What stands ahead of an @ may be a key.
        let shown = address.rsplit('@').next().unwrap_or_default();
        OtlpError::Address(printable(shown).into_owned(), why)
    };
    let mut url = Url::parse(address).map_err(|_| wrong("it is no address"))?;
    if !matches!(url.scheme(), "http" | "https") || url.host_str().is_none() {
        return Err(wrong("only http and https lead to a collector"));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(wrong("a user or a key has no place in it: set OTEL_EXPORTER_OTLP_HEADERS"));
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err(wrong("it ends in a query"));
    }
    let path = url.path().trim_end_matches('/').to_owned();
    if !path.ends_with(PATH) {
        url.set_path(&format!("{path}{PATH}"));
    }
    Ok(url)
}

/// `name=value,name=value`, the values with percent escapes as in W3C Baggage.
fn headers(variable: &'static str, text: &str) -> Result<Vec<(String, Secret)>, OtlpError> {
    let one = |(number, pair): (usize, &str)| {
        let wrong = |why: &str| OtlpError::Variable(variable, format!("entry {number} {why}"));
        let (name, value) = pair.split_once('=').ok_or_else(|| wrong("has no '='; expected name=value,name=value"))?;
        let value = unescaped(value.trim()).ok_or_else(|| wrong("has a percent escape that is none"))?;
        let name = name.trim().to_ascii_lowercase();
        let is_name =
            !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte));
        if !is_name || !value.chars().all(|letter| letter == ' ' || letter.is_ascii_graphic()) {
            return Err(wrong("can't be sent as a header"));
        }
        Ok(Secret::new(&value).map(|value| (name, value)))
    };
    let pairs = (1..).zip(text.split(',')).filter(|(_, pair)| !pair.trim().is_empty());
    pairs.map(one).filter_map(Result::transpose).collect()
}

/// `text` without percent escapes; nothing where one is broken.
fn unescaped(text: &str) -> Option<String> {
    let mut bytes = text.bytes();
    let mut plain = Vec::new();
    while let Some(byte) = bytes.next() {
        if byte == b'%' {
            let digit = |byte: Option<u8>| char::from(byte?).to_digit(16);
            let (high, low) = (digit(bytes.next())?, digit(bytes.next())?);
            plain.push(u8::try_from(high * 16 + low).ok()?);
        } else {
            plain.push(byte);
        }
    }
    String::from_utf8(plain).ok()
}

fn patience(variable: &'static str, text: &str) -> Result<Duration, OtlpError> {
    let ms = text.trim().parse().ok().filter(|ms| *ms > 0).map(Duration::from_millis);
    let patience = ms.filter(|ms| *ms <= MOST_PATIENCE);
    let most = MOST_PATIENCE.as_millis();
    patience.ok_or_else(|| OtlpError::Variable(variable, format!("expected milliseconds from 1 to {most}")))
}

/// What a collector answers where it takes only some of what it was sent.
#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct ExportAnswer {
    partial_success: PartialSuccess,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct PartialSuccess {
    /// A 64-bit number, which comes as text, or from some as a number.
    rejected_data_points: serde_json::Value,
    error_message: String,
}

/// Sends metrics to a collector.
#[derive(Clone, Debug)]
pub struct OtlpExporter {
    client: WebClient,
    patience: Duration,
}

impl OtlpExporter {
    /// A way to the collector of `settings`; nothing is sent yet.
    ///
    /// # Errors
    /// When there is no client for it, or its headers would go there unprotected.
    pub fn new(settings: OtlpSettings) -> Result<Self, OtlpError> {
        let OtlpSettings { url, headers, patience } = settings;
        let client = WebClient::new(url, headers).map_err(OtlpError::Client)?;
        Ok(Self { client, patience })
    }

    /// Sends `body`; what comes back is what the collector says beside having taken it.
    ///
    /// # Errors
    /// Why it was not delivered, in words without any key.
    pub async fn send(&self, body: Vec<u8>) -> Result<Option<String>, String> {
        let answer = self.client.post(body, self.patience).await?;
        let said = || {
            let text = String::from_utf8_lossy(&answer.body);
            let text: String = printable(text.trim()).chars().take(MAX_SAID).collect();
            if text.is_empty() { String::new() } else { format!(": {}", self.client.mask(&text)) }
        };
        match answer.status {
            200..=299 => Ok(self.rejected(&answer.body)),
            301 | 302 | 307 | 308 => {
                Err(format!("it answers {}: no redirect is followed; give the address itself", answer.status))
            }
            404 => Err(format!("it answers 404: there is no OTLP over HTTP at that address{}", said())),
            415 => Err(format!("it answers 415: it takes no JSON{}", said())),
            status => Err(format!("it answers {status}{}", said())),
        }
    }

    fn rejected(&self, body: &[u8]) -> Option<String> {
        let PartialSuccess { rejected_data_points, error_message } =
            serde_json::from_slice::<ExportAnswer>(body).unwrap_or_default().partial_success;
        let rejected = match &rejected_data_points {
            serde_json::Value::String(text) => text.parse().unwrap_or(0),
            number => number.as_u64().unwrap_or(0),
        };
        let words: String = printable(&error_message).chars().take(MAX_SAID).collect();
        let words = self.client.mask(&words);
        match (rejected, words.is_empty()) {
            (0, true) => None,
            (0, false) => Some(format!("it says: {words}")),
            (rejected, _) => Some(format!("it rejected {rejected} data points: {words}")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(address: &str, variables: &[(&str, &str)]) -> Result<OtlpSettings, String> {
        let variable =
            |name: &str| variables.iter().find(|(known, _)| *known == name).map(|(_, text)| (*text).to_owned());
        OtlpSettings::read(address, variable).map_err(|error| error.to_string())
    }

    #[test]
    fn the_path_of_the_metrics_is_put_behind_an_address_once() {
        for (address, url) in [
            ("http://127.0.0.1:4318", "http://127.0.0.1:4318/v1/metrics"),
            ("http://127.0.0.1:4318/", "http://127.0.0.1:4318/v1/metrics"),
            ("https://otlp.example.org/otlp", "https://otlp.example.org/otlp/v1/metrics"),
            ("https://otlp.example.org/x/v1/metrics", "https://otlp.example.org/x/v1/metrics"),
        ] {
            assert_eq!(read(address, &[]).unwrap().url.as_str(), url);
        }
        for (address, why) in [
            ("collector", "it is no address"),
            ("grpc://a:4317", "only http and https"),
            ("http://me:hunter2hunter2@a:4318", "set OTEL_EXPORTER_OTLP_HEADERS"),
            ("http://a:4318/?key=1", "it ends in a query"),
        ] {
            let told = read(address, &[]).unwrap_err();
            assert!(told.contains(why) && !told.contains("hunter2"), "{told}");
        }
    }

    #[test]
    fn headers_come_from_the_standard_variables_and_are_never_shown() {
        let both = [
            ("OTEL_EXPORTER_OTLP_HEADERS", "a=1"),
            ("OTEL_EXPORTER_OTLP_METRICS_HEADERS", "Authorization=Bearer%20s3cret0value, x-scope = team%2C1,,"),
            ("OTEL_EXPORTER_OTLP_TIMEOUT", "2500"),
        ];
        let settings = read("http://127.0.0.1:4318", &both).unwrap();
        let told: Vec<(&str, &str)> =
            settings.headers.iter().map(|(name, value)| (name.as_str(), value.expose())).collect();
        assert_eq!(told, [("authorization", "Bearer s3cret0value"), ("x-scope", "team,1")]);
        assert_eq!(settings.patience, Duration::from_millis(2_500));
        assert!(!format!("{settings:?}").contains("s3cret"));
        for wrong in ["s3cret0value", "a=b,s3cret0value", "a=s3cret%2", "a=s3cret%0a", "=s3cret0value"] {
            let told = read("http://127.0.0.1:4318", &[("OTEL_EXPORTER_OTLP_HEADERS", wrong)]).unwrap_err();
            assert!(told.starts_with("OTEL_EXPORTER_OTLP_HEADERS: entry ") && !told.contains("s3cret"), "{told}");
        }
        assert!(read("http://a:1", &[("OTEL_EXPORTER_OTLP_TIMEOUT", "soon")]).unwrap_err().contains("milliseconds"));
    }

    #[test]
    fn keys_do_not_cross_a_network_in_the_open() {
        let header = [("OTEL_EXPORTER_OTLP_HEADERS", "api-key=s3cret0value")];
        let told = OtlpExporter::new(read("http://192.0.2.7:4318", &header).unwrap()).unwrap_err().to_string();
        assert!(told.contains("neither https nor this machine") && !told.contains("s3cret"), "{told}");
        assert!(OtlpExporter::new(read("http://127.0.0.1:4318", &header).unwrap()).is_ok());
        assert!(OtlpExporter::new(read("http://192.0.2.7:4318", &[]).unwrap()).is_ok());
    }
}
