//! How long a server asks to wait before the next try: in `retry-after` or one of its kin, or by the reset of a limit.
//! What it says in the body comes between the two, because it is about this request.

use std::time::Duration;

use jiff::civil::DateTime;
use jiff::fmt::rfc2822;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use reqwest::header::HeaderMap;

use crate::provider::error::duration;
use speed_kings_core::date;
use speed_kings_core::time::Period;

/// The headers that hold a wait in milliseconds.
const MILLIS: [&str; 3] = ["retry-after-ms", "x-ms-retry-after-ms", "x-retry-after-ms"];
/// The longest wait that a header is believed.
const LONGEST: Period = Period::from_millis(3_600_000);
/// The dates of RFC 850 and of `asctime`.
const OBSOLETE_DATES: [&str; 2] = ["%A, %d-%b-%y %H:%M:%S GMT", "%a %b %e %H:%M:%S %Y"];
/// A number from this on is a date in seconds since 1970, and a thousand times that one in milliseconds.
const DATES: f64 = 1e9;

/// The wait in the `retry-after` headers.
pub(super) fn asked(headers: &HeaderMap, now: Timestamp) -> Option<Period> {
    let text = |name: &str| headers.get(name)?.to_str().ok().map(str::trim);
    let millis = MILLIS.into_iter().find_map(|name| text(name)?.parse::<f64>().ok());
    let wait = millis.and_then(|millis| seconds(millis / 1e3)).or_else(|| moment(text("retry-after")?, now));
    wait.map(|wait| wait.min(LONGEST))
}

/// The wait until a limit is reset: of the limit that is used up, or of the only one there is.
pub(super) fn reset(headers: &HeaderMap, now: Timestamp) -> Option<Period> {
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
pub(super) fn moment(value: &str, now: Timestamp) -> Option<Period> {
    let value = value.trim();
    let until = |at: Timestamp| Duration::try_from(at.duration_since(now)).unwrap_or_default().into();
    match value.parse::<f64>() {
        Ok(number) if number >= DATES => {
            let secs = if number >= DATES * 1e3 { number / 1e3 } else { number };
            let since = SignedDuration::try_from_secs_f64(secs).ok()?;
            Timestamp::from_duration(since).ok().map(until)
        }
        Ok(number) => seconds(number),
        Err(_) => http_date(value).or_else(|| date::moment(value)).map(until).or_else(|| duration(value)),
    }
}

/// A date as HTTP has it, and in the two obsolete forms that a recipient must accept.
fn http_date(value: &str) -> Option<Timestamp> {
    let obsolete = |form| DateTime::strptime(form, value).ok()?.to_zoned(TimeZone::UTC).ok();
    let read = rfc2822::parse(value).ok().or_else(|| OBSOLETE_DATES.into_iter().find_map(obsolete));
    read.map(|date| date.timestamp())
}

fn seconds(seconds: f64) -> Option<Period> {
    (seconds.is_finite() && seconds >= 0.0).then(|| Period::from_secs_f64(seconds.min(1e6)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn now() -> Timestamp {
        Timestamp::from_second(1_800_000_000).unwrap()
    }

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        pairs.iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap())).collect()
    }

    #[expect(clippy::unnecessary_wraps, reason = "as it is compared")]
    fn millis(millis: u64) -> Option<Period> {
        Some(Period::from_millis(millis))
    }

    #[test]
    fn every_form_of_a_wait_is_read_and_bounded() {
        let asked = |value: &'static str| super::asked(&headers(&[("retry-after", value)]), now());
        assert_eq!(asked("2"), millis(2_000));
        assert_eq!(asked(" 0.5 "), millis(500));
        assert_eq!(asked("1m2s"), millis(62_000));
        assert_eq!(asked("999999999"), Some(LONGEST));
        assert_eq!(asked("Wed, 21 Oct 2015 07:28:00 GMT"), Some(Period::ZERO), "a date in the past");
        for bad in ["", "-1", "NaN", "soon", "inf"] {
            assert_eq!(asked(bad), None, "{bad}");
        }
        assert_eq!(super::asked(&headers(&[("x-ms-retry-after-ms", "400")]), Timestamp::UNIX_EPOCH), millis(400));
        let both = headers(&[("retry-after-ms", "300"), ("retry-after", "5")]);
        assert_eq!(super::asked(&both, Timestamp::UNIX_EPOCH), millis(300));
        assert_eq!(
            super::asked(&headers(&[("retry-after-ms", "soon"), ("retry-after", "5")]), Timestamp::UNIX_EPOCH),
            millis(5_000)
        );
    }

    #[test]
    fn moments_are_told_from_spans() {
        let now = now();
        for (value, expected) in [
            ("1800000012", millis(12_000)),
            ("1800000012500", millis(12_500)),
            ("1700000000", Some(Period::ZERO)),
            ("6m0s", millis(360_000)),
            ("300ms", millis(300)),
            ("2027-01-15T08:00:30Z", millis(30_000)),
            ("Fri, 15 Jan 2027 08:00:30 GMT", millis(30_000)),
            ("Friday, 15-Jan-27 08:00:30 GMT", millis(30_000)),
            ("Fri Jan 15 08:00:30 2027", millis(30_000)),
            ("33011.382867", millis(33_011_383)),
            ("tomorrow", None),
        ] {
            let told = moment(value, now).map(Period::as_millis_f64);
            assert_eq!(told.map(f64::round), expected.map(Period::as_millis_f64), "{value}");
        }
    }

    #[test]
    fn the_limit_that_is_used_up_says_when_it_is_reset() {
        let reset = |pairs: &[_]| super::reset(&headers(pairs), Timestamp::UNIX_EPOCH);
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
