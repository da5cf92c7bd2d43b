//! Figures as people read them: the same on every screen and in every printed report.
//! An absent figure is `N/A`, an estimate carries ≈, and units are never left out.

mod local;
mod quality;

pub use local::{engine, machine, resources, resources_now};
pub use quality::{against, call_words, measured_quality, quality, quality_short, repeated};

use crate::race::event::ProcessFacts;
use crate::race::lane::{Lane, LatenessSummary, TokenCount, TokenCounter};
use crate::race::setup::Contestant;
use crate::race::timing::{cached_in_full, cost_usd};
use crate::race::verdict::Metric;
use crate::stats::compare::{self, ConfidenceInterval};
use crate::stats::meta::FactorEstimate;
pub use crate::text::counted;
pub use crate::time::clock;
use crate::time::{Period, Rate};

/// Behind a cost that a cached price may lower.
pub const CACHED_IN_FULL: &str = " (cached tokens billed in full: no cached price is known)";

/// What stands for a figure that can't be known.
pub const ABSENT: &str = "N/A";
/// The shortest lead that isn't shown as 0.00 ms.
const LEAST_LEAD_US: u64 = 5;

/// Tokens: `500`, or `≈412` when nobody has counted them.
#[must_use]
pub fn tokens(tokens: Option<TokenCount>) -> String {
    match tokens {
        Some(TokenCount { count, counted_by: TokenCounter::Usage, .. }) => format!("{count:.0}"),
        Some(TokenCount { count, counted_by: TokenCounter::Estimate, .. }) => format!("≈{count:.0}"),
        None => ABSENT.into(),
    }
}

/// A span: `87.3 ms`, `1.204 s`.
#[must_use]
pub fn span(period: Option<Period>) -> String {
    period.map_or_else(|| ABSENT.into(), |period| period.to_string())
}

/// A figure with so many digits behind the point; what is a division by nothing is as unknown as what was not measured.
#[must_use]
pub fn number(value: Option<f64>, digits: usize) -> String {
    value.filter(|value| value.is_finite()).map_or_else(|| ABSENT.into(), |value| format!("{value:.digits$}"))
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
        // What would round to nothing is not free.
        Some(usd) if usd > 0.0 && usd < 0.000_000_5 => "<$0.000001".into(),
        Some(usd) if usd < 0.009_999_5 => format!("${usd:.6}"),
        Some(usd) if usd < 0.999_95 => format!("${usd:.4}"),
        Some(usd) => format!("${usd:.2}"),
        None => ABSENT.into(),
    }
}

/// A price per million tokens, to the cent, or with as many digits as it has: `$0.35`, `$0.075`, `$12.00`.
#[must_use]
pub fn price(usd: f64) -> String {
    let digits = format!("{usd:.4}");
    let shortened = digits.strip_suffix("00").or_else(|| digits.strip_suffix('0')).unwrap_or(&digits);
    format!("${shortened}")
}

/// Dollars that are planned for, to the cent; less than half of one with more digits: `$0.04`, `$0.0031`.
#[must_use]
pub fn planned_usd(planned: f64) -> String {
    if planned > 0.0 && planned < 0.005 { usd(Some(planned)) } else { format!("${planned:.2}") }
}

/// A share with as many digits as keep it off a limit that it is over: `5.02 %`, `12.3 %`, `140 %`.
#[must_use]
pub fn percent(share: f64) -> String {
    let percent = share * 100.0;
    let digits = if percent < 9.995 { 2 } else { usize::from(percent < 99.95) };
    format!("{percent:.digits$} %")
}

/// An amount of memory: `512 KiB`, `231 MiB`, `4.7 GiB`.
#[must_use]
#[expect(clippy::cast_precision_loss, reason = "three digits are shown")]
pub fn bytes(bytes: u64) -> String {
    const KIB: f64 = 1024.0;
    let bytes = bytes as f64;
    // What would round to 1024 of a unit is one of the next.
    if bytes < (KIB - 0.5) * KIB {
        format!("{:.0} KiB", bytes / KIB)
    } else if bytes < (KIB - 0.5) * KIB * KIB {
        format!("{:.0} MiB", bytes / KIB / KIB)
    } else {
        format!("{:.1} GiB", bytes / KIB / KIB / KIB)
    }
}

/// How late the program took a lane's reads in: `12 µs (p50), 80 µs (p99), 1.20 ms (most)`; nothing where nobody knows.
#[must_use]
pub fn lateness(lane: &Lane) -> Option<String> {
    let LatenessSummary { p50, p99, max, .. } = lane.lateness().summary()?;
    Some(format!("reads taken in {p50} (p50), {p99} (p99), {max} (most) after they arrived"))
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
    format!("{}×", compare::decimal(ratio, 2))
}

/// A factor with its interval: `2.41× (2.31–2.52)`.
#[must_use]
pub fn factor(ratio: f64, interval: Option<ConfidenceInterval>) -> String {
    compare::factor(ratio, interval)
}

/// An estimated factor with its interval: `2.41× (2.31–2.52)`.
#[must_use]
pub fn estimate(estimate: &FactorEstimate) -> String {
    factor(estimate.ratio, Some(estimate.interval))
}

/// Whether a ratio would be shown as 1: then nobody is ahead.
#[must_use]
pub fn is_level(ratio: f64) -> bool {
    compare::is_level(ratio)
}

/// How far one is from another; nothing where the difference would be shown as nothing.
#[must_use]
pub fn lead(by: Period) -> Option<String> {
    (by.as_micros() >= LEAST_LEAD_US).then(|| by.to_string())
}

/// How far two are apart: `3.20 ms apart`, or `level` where that would be shown as nothing.
#[must_use]
pub fn apart(by: Period) -> String {
    lead(by).map_or_else(|| "level".into(), |by| format!("{by} apart"))
}

/// A difference of times with its sign, in the digits of [`span`]: `+7.247 s`, `−12.3 ms`.
#[must_use]
pub fn signed_ms(ms: f64) -> String {
    let sign = if ms < 0.0 { '−' } else { '+' };
    format!("{sign}{}", Period::from_secs_f64(ms.abs() / 1e3))
}

/// A change as its share of what was: `+12.3 %`; `no difference` where it would be shown as nothing.
#[must_use]
pub fn change(ratio: f64) -> String {
    let percent = (ratio - 1.0) * 100.0;
    if percent.abs() < 0.05 { "no difference".into() } else { format!("{percent:+.1} %") }
}

/// A share of a whole: `97.3 %`.
#[must_use]
pub fn share(share: f64) -> String {
    format!("{:.1} %", share * 100.0)
}

/// A share where its tenths say nothing: `97 %`.
#[must_use]
pub fn whole_percent(share: f64) -> String {
    format!("{:.0} %", share * 100.0)
}

/// A p-value: `0.0079`, `<0.0001`.
#[must_use]
pub fn p_value(p: f64) -> String {
    if p < 0.000_1 { "<0.0001".into() } else { format!("{p:.4}") }
}

/// A number of tokens as people write large ones: `300M`, `1.5B`, `12k`.
#[must_use]
pub fn amount(tokens: f64) -> String {
    let (value, unit) = match tokens {
        tokens if tokens >= 1e9 => (tokens / 1e9, "B"),
        tokens if tokens >= 1e6 => (tokens / 1e6, "M"),
        tokens if tokens >= 1e3 => (tokens / 1e3, "k"),
        tokens => (tokens, ""),
    };
    let text = format!("{value:.2}");
    format!("{}{unit}", text.trim_end_matches('0').trim_end_matches('.'))
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
    // Rounded as everywhere else: 679.96 ms is 680 here and 680.0 ms in the verdict.
    let (ms, secs) = (period.as_millis_f64(), period.as_secs_f64());
    match period.as_micros() {
        0..999_500 => (format!("{ms:.0}"), "ms"),
        999_500..9_995_000 => (format!("{secs:.2}"), "s"),
        9_995_000..99_950_000 => (format!("{secs:.1}"), "s"),
        _ => (format!("{secs:.0}"), "s"),
    }
}

/// A gap in seconds, as wide for every gap of up to a hundred: `0.412s`, `12.34s`, `104.2s`.
#[must_use]
pub fn gap(period: Period) -> String {
    let secs = period.as_secs_f64();
    match period.as_micros() {
        0..9_999_500 => format!("{secs:.3}s"),
        9_999_500..99_995_000 => format!("{secs:.2}s"),
        _ => format!("{secs:.1}s"),
    }
}

/// A lane's TTFT, output speed and total time in words that need no knowledge, as many as fit into `width` columns:
/// `first word after 0.26 s, then 1,700 tokens a second, done after 0.55 s`.
#[must_use]
pub fn in_words(ttft: Option<Period>, speed: Option<Rate>, total: Option<Period>, width: usize) -> String {
    let secs = |period: Period| format!("{:.2} s", period.as_secs_f64());
    let parts = [
        ttft.map(|ttft| format!("first word after {}", secs(ttft))),
        speed.map(|speed| format!("then {} tokens a second", grouped(speed))),
        total.map(|total| format!("done after {}", secs(total))),
    ];
    let parts: Vec<String> = parts.into_iter().flatten().collect();
    let fitting = (0..=parts.len()).rev().filter_map(|count| parts.get(..count)).map(|parts| parts.join(", "));
    fitting.into_iter().find(|words| words.len() <= width).unwrap_or_default()
}

/// A rate in the digits of [`rate()`], with thousands set apart: `26.9`, `1,801`.
fn grouped(speed: Rate) -> String {
    let digits = rate(Some(speed));
    match digits.len().checked_sub(3) {
        Some(at @ 1..) if !digits.contains('.') => format!("{},{}", &digits[..at], &digits[at..]),
        _ => digits,
    }
}

/// What a lane cost, and where the price leaves something out: cached tokens at the full price.
#[must_use]
pub fn cost(lane: &Lane, contestant: &Contestant) -> String {
    let note = if cached_in_full(lane, contestant) { CACHED_IN_FULL } else { "" };
    format!("{}{note}", usd(cost_usd(lane, contestant)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_division_by_nothing_is_no_figure() {
        assert_eq!(
            [Some(1.25), Some(1.0 / 0.0), Some(f64::NAN), None].map(|value| number(value, 1)),
            ["1.2", "N/A", "N/A", "N/A"]
        );
    }

    #[test]
    fn estimates_and_absence_show() {
        assert_eq!(
            tokens(Some(TokenCount { count: 411.6, counted_by: TokenCounter::Estimate, refused: None })),
            "≈412"
        );
        assert_eq!(tokens(Some(TokenCount { count: 500.0, counted_by: TokenCounter::Usage, refused: None })), "500");
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
    fn a_gap_keeps_its_width() {
        let gaps = [0, 412_000, 9_999_499, 9_999_500, 12_340_000, 99_995_000].map(|us| gap(Period::from_micros(us)));
        assert_eq!(gaps, ["0.000s", "0.412s", "9.999s", "10.00s", "12.34s", "100.0s"]);
    }

    #[test]
    fn figures_in_words() {
        let [ttft, total] = [260, 554].map(|ms| Some(Period::from_millis(ms)));
        let speed = Some(Rate::per_second(1_700.4));
        let said = "first word after 0.26 s, then 1,700 tokens a second, done after 0.55 s";
        assert_eq!(in_words(ttft, speed, total, 90), said);
        assert_eq!(in_words(ttft, speed, total, 52), "first word after 0.26 s, then 1,700 tokens a second");
        assert_eq!(in_words(None, Some(Rate::per_second(26.9)), None, 90), "then 26.9 tokens a second");
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
        assert_eq!(usd(Some(1e-9)), "<$0.000001");
        assert_eq!([0.35, 0.075, 12.0, 0.0, 0.1234].map(price), ["$0.35", "$0.075", "$12.00", "$0.00", "$0.1234"]);
        assert_eq!([0.0031, 0.042, 1.0].map(planned_usd), ["$0.003100", "$0.04", "$1.00"]);
        assert_eq!([300e6, 1.5e9, 12_000.0, 999.0].map(amount), ["300M", "1.5B", "12k", "999"]);
    }

    #[test]
    fn what_would_round_to_the_next_width_has_it() {
        assert_eq!([9.994, 9.996, 99.94, 99.96].map(ratio), ["9.99×", "10.0×", "99.9×", "100×"]);
        assert_eq!([0.009_999_6, 0.999_96].map(|dollars| usd(Some(dollars))), ["$0.0100", "$1.00"]);
        assert_eq!([0.099_949, 0.099_96, 0.999_6].map(percent), ["9.99 %", "10.0 %", "100 %"]);
        assert_eq!(bytes(1024 * 1024 - 100), "1 MiB");
        let text = |us: u64| Period::from_micros(us).to_string();
        assert_eq!([9_994, 9_996, 999_940, 999_960].map(text), ["9.99 ms", "10.0 ms", "999.9 ms", "1.000 s"]);
    }

    #[test]
    fn nothing_is_no_lead() {
        assert_eq!((lead(Period::from_micros(4)), lead(Period::from_micros(5)).as_deref()), (None, Some("0.01 ms")));
        assert_eq!([7_246.6, -12.34, 0.0].map(signed_ms), ["+7.247 s", "−12.3 ms", "+0.00 ms"]);
        assert_eq!([1.123, 0.9, 1.000_4].map(change), ["+12.3 %", "-10.0 %", "no difference"]);
        assert!([1.004, 0.996, 1.0].into_iter().all(is_level) && !is_level(1.006) && !is_level(0.99));
    }

    /// The number that a text begins with and half of its last digit, both in the smallest of its units.
    fn read(text: &str) -> (f64, f64) {
        let number: String = text.chars().filter(|c| c.is_ascii_digit() || *c == '.').collect();
        let unit = if text.ends_with(" s") { 1_000.0 } else { 1.0 };
        let decimals = number.split_once('.').map_or(0, |(_, decimals)| decimals.len());
        let half = 0.5 * 0.1_f64.powi(i32::try_from(decimals).unwrap());
        (number.parse::<f64>().unwrap() * unit, half * unit)
    }

    /// Spans of every width: as many of a few digits as of many.
    fn micros() -> impl proptest::strategy::Strategy<Value = u64> {
        use proptest::strategy::Strategy as _;
        (0_u32..28, 0.5_f64..1.0).prop_map(|(bits, share)| {
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                clippy::cast_precision_loss,
                reason = "under 2^28"
            )]
            let us = ((1_u64 << bits) as f64 * share) as u64;
            us
        })
    }

    proptest::proptest! {
        /// Of two values the larger one never has the smaller text, and a text is never further off than its last digit.
        #[test]
        fn texts_keep_the_order_of_values(a in micros(), b in micros()) {
            let (low, high) = (a.min(b), a.max(b));
            let watch = |period: Period| { let (value, unit) = stopwatch(period); format!("{value} {unit}") };
            // The stopwatch is what the verdict says, with fewer digits.
            for shown in [|period: Period| period.to_string(), watch] {
                let [(less, half), (more, _)] = [low, high].map(|us| read(&shown(Period::from_micros(us))));
                assert!(less <= more, "{less} {more}");
                let ms = Period::from_micros(low).as_millis_f64();
                assert!((less - ms).abs() <= half * 1.000_001, "{less} for {ms} ms");
            }
            #[expect(clippy::cast_precision_loss, reason = "small numbers")]
            let shares = [low as f64 / 1e5, high as f64 / 1e5];
            for shown in [ratio as fn(f64) -> String, percent, |rate_of| rate(Some(Rate::per_second(rate_of)))] {
                let [(low, _), (high, _)] = shares.map(|value| read(&shown(value)));
                assert!(low <= high, "{low} {high}");
            }
        }
    }
}
