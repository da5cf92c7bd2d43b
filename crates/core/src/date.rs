//! Dates and spans of time as files and people write them: `2026-01-02T03:04:05Z`, `2026-07`, `1h 30m`.
//! Nothing here reads a clock.

use std::time::Duration;

use jiff::civil::{Date, DateTime};
use jiff::fmt::friendly::{Designator, Spacing, SpanParser, SpanPrinter};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, SpanRelativeTo, Timestamp};

/// Seconds in a day.
const DAY_S: u64 = 24 * 60 * 60;
/// Seconds in a mean year of the Gregorian calendar's four-year cycle: 365.25 days.
const YEAR_S: i64 = 31_557_600;
/// Seconds in a mean month: 30.44 days.
const MONTH_S: i64 = 2_630_016;
/// The years that a date of a source can have.
const SOURCE_YEARS: std::ops::RangeInclusive<i16> = 2000..=2999;

/// A moment to the second, in UTC: `2026-01-02T03:04:05Z`.
#[must_use]
pub fn to_second(at: Timestamp) -> String {
    format!("{at:.0}")
}

/// A moment to the millisecond, in UTC: `2026-01-02T03:04:05.000Z`.
#[must_use]
pub fn to_milli(at: Timestamp) -> String {
    format!("{at:.3}")
}

/// The UTC day of a moment: `2026-01-02`.
#[must_use]
pub fn day(at: Timestamp) -> String {
    TimeZone::UTC.to_datetime(at).date().to_string()
}

/// A moment to the minute, in UTC, for a table: `2026-01-02 03:04`.
#[must_use]
pub fn to_minute(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d %H:%M").to_string()
}

/// The UTC day of a moment that a file holds as text; a text that is no moment is given as it is.
#[must_use]
pub fn day_of(text: &str) -> String {
    moment(text).map_or_else(|| text.to_owned(), day)
}

/// Reads a moment in RFC 3339; one that names no zone is in UTC.
#[must_use]
pub fn moment(text: &str) -> Option<Timestamp> {
    let unzoned = || text.parse::<DateTime>().ok()?.to_zoned(TimeZone::UTC).ok().map(|at| at.timestamp());
    text.parse().ok().or_else(unzoned)
}

/// The first day of a source's date: `2026`, `2026-07` or `2026-07-24`. Nothing where it is none of them, or no day that
/// there is.
#[must_use]
pub fn first_day(as_of: &str) -> Option<Date> {
    let rest = match as_of.len() {
        4 => "-01-01",
        7 => "-01",
        10 => "",
        _ => return None,
    };
    let whole = format!("{as_of}{rest}");
    let day: Date = whole.parse().ok()?;
    (day.to_string() == whole && SOURCE_YEARS.contains(&day.year())).then_some(day)
}

/// Reads a span of time: `15s`, `1h 30m`, `500ms`, `30days`. A month is 30.44 days long and a year 365.25.
///
/// # Errors
/// What is wrong with it, for a person.
pub fn read_span(text: &str) -> Result<Duration, String> {
    let span = SpanParser::new().parse_span(text.trim()).map_err(|_| WRONG.to_owned())?;
    let long = i64::from(span.get_years()) * YEAR_S + i64::from(span.get_months()) * MONTH_S;
    let rest = span.years(0).months(0).to_duration(SpanRelativeTo::days_are_24_hours()).ok();
    let all = rest.and_then(|rest| rest.checked_add(SignedDuration::from_secs(long)));
    all.and_then(|all| Duration::try_from(all).ok()).ok_or_else(|| WRONG.to_owned())
}

const WRONG: &str = "a time with its unit, for example 15s, 5m, 1h 30m or 30days";

/// A span of time as [`read_span`] reads it, in units up to days: `1day 1h 30m`.
#[must_use]
pub fn span_text(span: Duration) -> String {
    let printer = SpanPrinter::new().designator(Designator::HumanTime).spacing(Spacing::BetweenUnits);
    let days = span.as_secs() / DAY_S;
    let rest = span.saturating_sub(Duration::from_secs(days * DAY_S));
    let rest = (days == 0 || !rest.is_zero()).then(|| printer.unsigned_duration_to_string(&rest));
    let days = (days > 0).then(|| format!("{days}{}", if days == 1 { "day" } else { "days" }));
    days.into_iter().chain(rest).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_written_and_read() {
        let at = moment("2026-01-02T03:04:05.678Z").unwrap();
        assert_eq!((to_second(at).as_str(), day(at).as_str()), ("2026-01-02T03:04:05Z", "2026-01-02"));
        assert_eq!(to_milli(at), "2026-01-02T03:04:05.678Z");
        assert_eq!(to_milli(Timestamp::UNIX_EPOCH), "1970-01-01T00:00:00.000Z");
        for same in ["2026-01-02T04:04:05.678+01:00", "2026-01-02 03:04:05.678", "2026-01-02T03:04:05.678"] {
            assert_eq!(moment(same), Some(at), "{same}");
        }
        for wrong in ["", "now", "2026-13-01T00:00:00Z", "12:00"] {
            assert_eq!(moment(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_source_has_a_year_a_month_or_a_day() {
        let day = |text: &str| first_day(text).map(|day| day.to_string());
        assert_eq!(day("2026").as_deref(), Some("2026-01-01"));
        assert_eq!(day("2026-07").as_deref(), Some("2026-07-01"));
        assert_eq!(day("2024-02-29").as_deref(), Some("2024-02-29"));
        for wrong in ["", "26", "July", "2026-7", "2026-13", "2026-00", "2026-02-29", "1999", "2026/07", "2026-07-1T"] {
            assert_eq!(day(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn spans_are_read_as_people_write_them() {
        for (text, millis) in [
            ("15s", 15_000),
            ("90s", 90_000),
            ("500ms", 500),
            ("2m", 120_000),
            ("5min", 300_000),
            ("1h 30m", 5_400_000),
            ("1h30m", 5_400_000),
            ("1day", 86_400_000),
            ("1 day 2 hours", 93_600_000),
            ("7days", 604_800_000),
            ("2weeks", 1_209_600_000),
            ("1month", 2_630_016_000),
            ("1y", 31_557_600_000),
            ("0s", 0),
        ] {
            assert_eq!(read_span(text), Ok(Duration::from_millis(millis)), "{text}");
        }
        for wrong in ["", "5", "-5s", "5s ago", "soon", "5 apples", "9999999999999y"] {
            assert!(read_span(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn spans_are_written_as_they_are_read() {
        for text in ["0s", "500ms", "15s", "1m 30s", "1h 30m", "1day", "7days", "1day 2h", "40days"] {
            assert_eq!(span_text(read_span(text).unwrap()), text);
        }
        assert!(span_text(Duration::MAX).starts_with("213503982334601days"));
    }
}
