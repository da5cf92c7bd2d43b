//! How long a server asks to wait, where it says so in the body: in words, or in a field.
//! A time of day needs a clock and is handed on as it is.

use serde_json::Value;

use speed_kings_core::time::Period;

/// Fields that hold a wait, without case and punctuation, and the seconds in one of their units.
const FIELDS: &[(&str, f64)] = &[
    ("retryafterms", 0.001),
    ("retryafter", 1.0),
    ("retryafterseconds", 1.0),
    ("retryaftersecs", 1.0),
    ("retrydelay", 1.0),
    ("resetafter", 1.0),
];
/// The field that holds the moment at which a limit is reset.
const RESET: &str = "xratelimitreset";
/// What stands before a wait in a message. The last is common, so it counts only where there is talk of another try.
const MARKERS: &[&str] = &[
    "try again in ",
    "retry in ",
    "retry after ",
    "retry-after: ",
    "wait ",
    "reset in ",
    "resets in ",
    "reset after ",
    " in ",
];
/// What may stand between the marker and the number.
const FILLERS: &[&str] = &["for ", "about ", "another ", "at least ", "approximately ", "the next "];
/// How deep a body is looked into.
const DEPTH: usize = 8;

/// What a body says about waiting.
#[derive(Clone, PartialEq, Debug, Default)]
pub(super) struct WaitAdvice {
    /// How long the server asks to wait, where it says so.
    pub(super) wait: Option<Period>,
    /// The moment of a reset, in the server's own form.
    pub(super) reset: Option<String>,
}

/// Reads the fields of a body.
pub(super) fn in_json(value: &Value) -> WaitAdvice {
    let mut told = WaitAdvice::default();
    collect(value, DEPTH, &mut told);
    told
}

fn collect(value: &Value, depth: usize, told: &mut WaitAdvice) {
    match value {
        Value::Object(fields) if depth > 0 => {
            for (name, value) in fields {
                let name: String = name.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_lowercase();
                if let Some((_, unit)) = FIELDS.iter().find(|(field, _)| *field == name) {
                    told.wait = told.wait.or_else(|| field(value, *unit));
                } else if name == RESET {
                    told.reset = told.reset.take().or_else(|| super::words::scalar(value));
                }
                collect(value, depth - 1, told);
            }
        }
        Value::Array(list) if depth > 0 => list.iter().for_each(|value| collect(value, depth - 1, told)),
        _ => {}
    }
}

fn field(value: &Value, unit: f64) -> Option<Period> {
    let number = value.as_f64().or_else(|| value.as_str()?.trim().parse().ok());
    match number {
        Some(number) => seconds(number * unit),
        None => duration(value.as_str()?),
    }
}

/// The wait that a message asks for.
pub(super) fn in_text(message: &str) -> Option<Period> {
    let message = message.to_lowercase();
    MARKERS.iter().find_map(|marker| {
        message.match_indices(marker).find_map(|(at, _)| {
            let before = message.get(..at)?;
            let sentence = before.rsplit(". ").next().unwrap_or(before);
            if *marker == " in " && !["again", "retry", "retries"].iter().any(|word| sentence.contains(word)) {
                return None;
            }
            let rest = message.get(at + marker.len()..)?;
            duration(FILLERS.iter().find_map(|filler| rest.strip_prefix(filler)).unwrap_or(rest))
        })
    })
}

/// A span of time at the beginning of `text`: `6.239s`, `1m2s`, `20 seconds`, `1 minute and 5 seconds`; a number
/// without a unit is seconds.
pub(crate) fn duration(text: &str) -> Option<Period> {
    let (mut rest, mut total, mut parts) = (text.trim_start(), 0.0, 0);
    loop {
        let end = rest.find(|letter: char| !letter.is_ascii_digit() && letter != '.').unwrap_or(rest.len());
        let Some(number) = rest.get(..end).and_then(|number| number.trim_end_matches('.').parse::<f64>().ok()) else {
            break;
        };
        let after = rest.get(end..).unwrap_or_default();
        let unit_at = after.trim_start();
        let end = unit_at.find(|letter: char| !letter.is_ascii_alphabetic()).unwrap_or(unit_at.len());
        match unit(unit_at.get(..end).unwrap_or_default()) {
            Some(unit) => total += number * unit,
            None if parts > 0 => break,
            None if end == 0 => return seconds(number),
            // The number of something else.
            None => return None,
        }
        parts += 1;
        rest = unit_at.get(end..).unwrap_or_default().trim_start_matches([' ', ',']);
        rest = rest.strip_prefix("and ").unwrap_or(rest);
    }
    if parts > 0 { seconds(total) } else { None }
}

/// The seconds in a unit.
fn unit(name: &str) -> Option<f64> {
    Some(match name {
        "ms" | "msec" | "msecs" | "millisecond" | "milliseconds" => 0.001,
        "s" | "sec" | "secs" | "second" | "seconds" => 1.0,
        "m" | "min" | "mins" | "minute" | "minutes" => 60.0,
        "h" | "hr" | "hrs" | "hour" | "hours" => 3_600.0,
        "d" | "day" | "days" => 86_400.0,
        _ => return None,
    })
}

fn seconds(seconds: f64) -> Option<Period> {
    (seconds.is_finite() && seconds >= 0.0).then(|| Period::from_secs_f64(seconds.min(1e6)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[expect(clippy::unnecessary_wraps, reason = "as it is compared")]
    fn millis(millis: u64) -> Option<Period> {
        Some(Period::from_millis(millis))
    }

    #[test]
    fn spans_of_time() {
        for (text, expected) in [
            ("6.239s", millis(6_239)),
            ("300ms", millis(300)),
            ("1m2s", millis(62_000)),
            ("7m12.5s. Need more?", millis(432_500)),
            ("2h3m", millis(7_380_000)),
            ("20 seconds", millis(20_000)),
            ("1 minute and 5 seconds", millis(65_000)),
            ("1 minute, 5 seconds", millis(65_000)),
            ("30.", millis(30_000)),
            ("12", millis(12_000)),
            ("0s", millis(0)),
            ("20 requests", None),
            ("3x", None),
            ("soon", None),
            ("", None),
            ("-5s", None),
        ] {
            assert_eq!(duration(text), expected, "{text}");
        }
    }

    #[test]
    fn a_wait_in_words() {
        for (text, expected) in [
            (
                "Rate limit reached: Limit 6000, Used 5900, Requested 300. Please try again in 6.239s. Need more?",
                millis(6_239),
            ),
            ("Please retry after 26 seconds.", millis(26_000)),
            ("You exceeded your quota. Please retry in 37.4s.", millis(37_400)),
            ("slow down: retry your request in 20 seconds", millis(20_000)),
            ("Try again in about 2 minutes", millis(120_000)),
            ("please wait 3 seconds", millis(3_000)),
            ("20 requests in 60 seconds are allowed", None),
            ("You may retry. 20 requests in 60 seconds are allowed", None),
            ("Please wait and retry", None),
        ] {
            assert_eq!(in_text(text), expected, "{text}");
        }
    }

    #[test]
    fn a_wait_in_a_field() {
        let wait = |value: &Value| in_json(value).wait;
        assert_eq!(wait(&json!({"error": {"details": [{"@type": "x"}, {"retryDelay": "12s"}]}})), millis(12_000));
        assert_eq!(wait(&json!({"retry_after": 1.5})), millis(1_500));
        assert_eq!(wait(&json!({"metadata": {"headers": {"Retry-After": "3"}}})), millis(3_000));
        assert_eq!(wait(&json!({"retry_after_ms": 250})), millis(250));
        assert_eq!(wait(&json!({"retry_after": "soon", "x": -1})), None);
        let reset = json!({"metadata": {"headers": {"X-RateLimit-Reset": "1759845420000"}}});
        assert_eq!(in_json(&reset), WaitAdvice { wait: None, reset: Some("1759845420000".into()) });
    }
}
