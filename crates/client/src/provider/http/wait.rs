//! How long a server asks to wait before the next try: in `retry-after` or one of its kin, or by the reset of a limit.
//! What it says in the body comes between the two, because it is about this request.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use reqwest::header::HeaderMap;

use crate::provider::error::duration;
use speed_kings_core::time::Period;

/// The headers that hold a wait in milliseconds.
const MILLIS: [&str; 3] = ["retry-after-ms", "x-ms-retry-after-ms", "x-retry-after-ms"];
/// The longest wait that a header is believed.
const LONGEST: Period = Period::from_millis(3_600_000);
/// A number from this on is a date in seconds since 1970, and a thousand times that one in milliseconds.
const DATES: f64 = 1e9;

/// The wait in the `retry-after` headers.
pub(super) fn asked(headers: &HeaderMap, now: SystemTime) -> Option<Period> {
    let text = |name: &str| headers.get(name)?.to_str().ok().map(str::trim);
    let millis = MILLIS.into_iter().find_map(|name| text(name)?.parse::<f64>().ok());
    let wait = millis.and_then(|millis| seconds(millis / 1e3)).or_else(|| moment(text("retry-after")?, now));
    wait.map(|wait| wait.min(LONGEST))
}

/// The wait until a limit is reset: of the limit that is used up, or of the only one there is.
pub(super) fn reset(headers: &HeaderMap, now: SystemTime) -> Option<Period> {
    let limits = headers.iter().filter(|(name, _)| name.as_str().contains("ratelimit"));
    let resets: Vec<_> = limits
        .filter_map(|(name, value)| {
            let left = headers.get(name.as_str().replace("reset", "remaining"));
            let spent = left.and_then(|left| left.to_str().ok()?.trim().parse::<f64>().ok()).map(|left| left <= 0.0);
            name.as_str().contains("reset").then_some((spent, moment(value.to_str().ok()?, now)?))
        })
        .collect();
    let spent = resets.iter().filter(|(spent, _)| *spent == Some(true)).map(|(_, wait)| *wait).max();
    let only = match resets.as_slice() {
        [(None, wait)] => Some(*wait),
        _ => None,
    };
    spent.or(only).map(|wait| wait.min(LONGEST))
}

/// A span of time, a number of seconds, or a moment in any of the usual forms.
pub(super) fn moment(value: &str, now: SystemTime) -> Option<Period> {
    let value = value.trim();
    let until = |at: SystemTime| at.duration_since(now).unwrap_or_default().into();
    match value.parse::<f64>() {
        Ok(number) if number >= DATES => {
            let secs = if number >= DATES * 1e3 { number / 1e3 } else { number };
            let since = Duration::try_from_secs_f64(secs).ok()?;
            UNIX_EPOCH.checked_add(since).map(until)
        }
        Ok(number) => seconds(number),
        Err(_) => {
            let date = httpdate::parse_http_date(value).ok().or_else(|| humantime::parse_rfc3339_weak(value).ok());
            date.map(until).or_else(|| duration(value))
        }
    }
}

fn seconds(seconds: f64) -> Option<Period> {
    (seconds.is_finite() && seconds >= 0.0).then(|| Period::from_secs_f64(seconds.min(1e6)))
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Duration = Duration::from_secs(1_800_000_000);

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        pairs.iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap())).collect()
    }

    #[expect(clippy::unnecessary_wraps, reason = "as it is compared")]
    fn millis(millis: u64) -> Option<Period> {
        Some(Period::from_millis(millis))
    }

    #[test]
    fn every_form_of_a_wait_is_read_and_bounded() {
        let asked = |value: &'static str| super::asked(&headers(&[("retry-after", value)]), UNIX_EPOCH + NOW);
        assert_eq!(asked("2"), millis(2_000));
        assert_eq!(asked(" 0.5 "), millis(500));
        assert_eq!(asked("1m2s"), millis(62_000));
        assert_eq!(asked("999999999"), Some(LONGEST));
        assert_eq!(asked("Wed, 21 Oct 2015 07:28:00 GMT"), Some(Period::ZERO), "a date in the past");
        for bad in ["", "-1", "NaN", "soon", "inf"] {
            assert_eq!(asked(bad), None, "{bad}");
        }
        assert_eq!(super::asked(&headers(&[("x-ms-retry-after-ms", "400")]), UNIX_EPOCH), millis(400));
        let both = headers(&[("retry-after-ms", "300"), ("retry-after", "5")]);
        assert_eq!(super::asked(&both, UNIX_EPOCH), millis(300));
        assert_eq!(
            super::asked(&headers(&[("retry-after-ms", "soon"), ("retry-after", "5")]), UNIX_EPOCH),
            millis(5_000)
        );
    }

    #[test]
    fn moments_are_told_from_spans() {
        let now = UNIX_EPOCH + NOW;
        for (value, expected) in [
            ("1800000012", millis(12_000)),
            ("1800000012500", millis(12_500)),
            ("1700000000", Some(Period::ZERO)),
            ("6m0s", millis(360_000)),
            ("300ms", millis(300)),
            ("2027-01-15T08:00:30Z", millis(30_000)),
            ("33011.382867", millis(33_011_383)),
            ("tomorrow", None),
        ] {
            let told = moment(value, now).map(Period::as_millis_f64);
            assert_eq!(told.map(f64::round), expected.map(Period::as_millis_f64), "{value}");
        }
    }

    #[test]
    fn the_limit_that_is_used_up_says_when_it_is_reset() {
        let reset = |pairs: &[_]| super::reset(&headers(pairs), UNIX_EPOCH);
        assert_eq!(reset(&[("x-ratelimit-reset-tokens", "300ms")]), millis(300));
        let groq = [
            ("x-ratelimit-remaining-requests", "100"),
            ("x-ratelimit-reset-requests", "14m24s"),
            ("x-ratelimit-remaining-tokens", "0"),
            ("x-ratelimit-reset-tokens", "6.239s"),
        ];
        assert_eq!(reset(&groq), millis(6_239));
        assert_eq!(reset(&[("x-ratelimit-reset-tokens", "1s"), ("x-ratelimit-reset-requests", "2s")]), None, "which?");
        assert_eq!(reset(&[("x-ratelimit-remaining-tokens", "5"), ("x-ratelimit-reset-tokens", "1s")]), None);
    }
}
