//! Values of flags: numbers within their bounds, and spans of time in seconds.

use std::time::Duration;

pub(super) fn seconds(text: &str) -> Result<Duration, String> {
    let secs: f64 = text.parse().map_err(|_| "not a number of seconds".to_owned())?;
    let span = Duration::try_from_secs_f64(secs).map_err(|error| error.to_string())?;
    if span.is_zero() || secs > 86_400.0 { Err("more than 0 and up to 86400 seconds".into()) } else { Ok(span) }
}

/// As [`seconds`], or none at all.
pub(super) fn pause(text: &str) -> Result<Duration, String> {
    if text.parse() == Ok(0.0) { Ok(Duration::ZERO) } else { seconds(text) }
}

pub(super) fn temperature(text: &str) -> Result<f64, String> {
    between(text, 0.0, 2.0)
}

pub(super) fn between(text: &str, least: f64, most: f64) -> Result<f64, String> {
    let value: f64 = text.parse().map_err(|_| "not a number".to_owned())?;
    if (least..=most).contains(&value) { Ok(value) } else { Err(format!("between {least} and {most}")) }
}

pub(super) fn dollars(text: &str) -> Result<f64, String> {
    between(text.trim_start_matches('$'), 0.0, 1e6)
}
