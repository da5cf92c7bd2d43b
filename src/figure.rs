//! Figures as people read them: the same on every screen and in every printed report.
//! An absent figure is `N/A`, an estimate carries ≈, and units are never left out.

use crate::race::event::ProcessFacts;
use crate::race::lane::{Counter, Tokens};
use crate::race::verdict::Metric;
use crate::time::{Period, Rate};

/// What stands for a figure that can't be known.
pub const ABSENT: &str = "N/A";

/// Tokens: `500`, or `≈412` when nobody has counted them.
#[must_use]
pub fn tokens(tokens: Option<Tokens>) -> String {
    match tokens {
        Some(Tokens { count, counted_by: Counter::Usage }) => format!("{count:.0}"),
        Some(Tokens { count, counted_by: Counter::Estimate }) => format!("≈{count:.0}"),
        None => ABSENT.into(),
    }
}

/// A span: `87.3 ms`, `1.204 s`.
#[must_use]
pub fn span(period: Option<Period>) -> String {
    period.map_or_else(|| ABSENT.into(), |period| period.to_string())
}

/// A rate without its unit, as wide as needed for four digits: `12.3`, `1812`.
#[must_use]
pub fn rate(rate: Option<Rate>) -> String {
    match rate.map(Rate::value) {
        Some(value) if value < 99.95 => format!("{value:.1}"),
        Some(value) => format!("{value:.0}"),
        None => ABSENT.into(),
    }
}

/// Dollars with enough digits to tell two cheap runs apart: `$0.000342`, `$1.25`.
#[must_use]
pub fn usd(usd: Option<f64>) -> String {
    match usd {
        Some(0.0) => "free".into(),
        Some(usd) if usd < 0.01 => format!("${usd:.6}"),
        Some(usd) if usd < 1.0 => format!("${usd:.4}"),
        Some(usd) => format!("${usd:.2}"),
        None => ABSENT.into(),
    }
}

/// A share with as many digits as keep it off a limit that it is over: `5.02 %`, `12.3 %`, `140 %`.
#[must_use]
pub fn percent(share: f64) -> String {
    let percent = share * 100.0;
    let digits = if percent < 10.0 { 2 } else { usize::from(percent < 100.0) };
    format!("{percent:.digits$} %")
}

/// An amount of memory: `512 KiB`, `231 MiB`, `4.7 GiB`.
#[must_use]
#[expect(clippy::cast_precision_loss, reason = "three digits are shown")]
pub fn bytes(bytes: u64) -> String {
    const KIB: f64 = 1024.0;
    let bytes = bytes as f64;
    if bytes < KIB * KIB {
        format!("{:.0} KiB", bytes / KIB)
    } else if bytes < KIB * KIB * KIB {
        format!("{:.0} MiB", bytes / KIB / KIB)
    } else {
        format!("{:.1} GiB", bytes / KIB / KIB / KIB)
    }
}

/// What a contestant's own process used, as far as it is known.
#[must_use]
pub fn process(facts: ProcessFacts) -> Vec<String> {
    let code = facts.exit_code.map(|code| format!("exit code {code}"));
    let memory = facts.peak_rss_bytes.map(|peak| format!("peak memory {}", bytes(peak)));
    let cpu = facts.cpu.map(|cpu| format!("CPU {cpu}"));
    [code, memory, cpu].into_iter().flatten().collect()
}

/// How many times better: `2.41×`, `12.4×`, `310×`.
#[must_use]
pub fn ratio(ratio: f64) -> String {
    if ratio < 10.0 {
        format!("{ratio:.2}×")
    } else if ratio < 100.0 {
        format!("{ratio:.1}×")
    } else {
        format!("{ratio:.0}×")
    }
}

/// A category's figure with its unit.
#[must_use]
pub fn metric(metric: Metric, value: Option<f64>) -> String {
    let Some(value) = value else { return ABSENT.into() };
    match metric {
        Metric::Ttft | Metric::Ttfa | Metric::Total | Metric::GapsP95 => Period::from_secs_f64(value / 1e3).to_string(),
        Metric::OutputSpeed | Metric::EndToEnd => format!("{} tok/s", rate(Some(Rate::per_second(value)))),
        Metric::Stalls => format!("{value:.0}"),
        Metric::Cost => usd(Some(value)),
    }
}

/// A stopwatch in at most four characters, with its unit: `("87", "ms")`, `("1.20", "s")`, `("12.3", "s")`.
#[must_use]
pub fn stopwatch(period: Period) -> (String, &'static str) {
    let (ms, secs) = (period.as_micros() / 1_000, period.as_secs_f64());
    match ms {
        0..1_000 => (ms.to_string(), "ms"),
        1_000..9_995 => (format!("{secs:.2}"), "s"),
        9_995..99_950 => (format!("{secs:.1}"), "s"),
        _ => (format!("{secs:.0}"), "s"),
    }
}

/// A race clock: `+1.204 s`, `−3.0 s` before the green light.
#[must_use]
pub fn clock(at: crate::time::Offset) -> String {
    let secs = at.as_secs_f64();
    if secs < 0.0 { format!("T−{:.1} s", -secs) } else { format!("T+{secs:.3} s") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn estimates_and_absence_show() {
        assert_eq!(tokens(Some(Tokens { count: 411.6, counted_by: Counter::Estimate })), "≈412");
        assert_eq!(tokens(Some(Tokens { count: 500.0, counted_by: Counter::Usage })), "500");
        assert_eq!(tokens(None), "N/A");
        assert_eq!(metric(Metric::GapsP95, None), "N/A");
        assert_eq!(metric(Metric::Stalls, Some(0.0)), "0");
    }

    #[test]
    fn four_digits_fit() {
        assert_eq!(rate(Some(Rate::per_second(2_648.4))), "2648");
        assert_eq!(rate(Some(Rate::per_second(28.44))), "28.4");
        for (ms, text, unit) in
            [(0, "0", "ms"), (999, "999", "ms"), (1_204, "1.20", "s"), (12_340, "12.3", "s"), (600_000, "600", "s")]
        {
            assert_eq!(stopwatch(Period::from_millis(ms)), (text.to_owned(), unit));
        }
        assert!((0..200_000).step_by(7).all(|ms| stopwatch(Period::from_millis(ms)).0.len() <= 4));
    }

    #[test]
    fn memory_has_its_unit() {
        for (amount, text) in [(4_096, "4 KiB"), (242_221_056, "231 MiB"), (5_046_586_573, "4.7 GiB")] {
            assert_eq!(bytes(amount), text);
        }
    }

    #[test]
    fn money_and_ratios() {
        assert_eq!(usd(Some(0.000_342)), "$0.000342");
        assert_eq!(usd(Some(0.0)), "free");
        assert_eq!(usd(Some(1.249)), "$1.25");
        assert_eq!(ratio(2.414), "2.41×");
        assert_eq!(ratio(57.04), "57.0×");
    }
}
