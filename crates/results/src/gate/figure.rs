//! The figures that can have a limit: by which names they go, in which units their limits are given, how they are shown.

use speed_kings_core::format;
use speed_kings_core::race::verdict::Metric;

/// A figure of one contestant that can have a limit.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum LimitedFigure {
    /// A metric of its runs.
    Run(Metric),
    /// Tokens per second of all requests of a load run together.
    LoadSpeed,
    /// The share of its runs that brought no figures, 0 to 1.
    ErrorRate,
    /// The share of its runs that brought figures, 0 to 1: what the error rate leaves.
    Availability,
    /// Requests of a level of load that meet the objective, each second.
    Goodput,
    /// The share of requests of a level of load that meet the objective, 0 to 1.
    Objective,
    /// The highest load that holds the objective.
    MaxLoad,
}

/// The names that figures go by beside those of their metrics.
const SHORT: [(&str, LimitedFigure); 11] = [
    ("ttft", LimitedFigure::Run(Metric::Ttft)),
    ("ttfa", LimitedFigure::Run(Metric::Ttfa)),
    ("tok_s", LimitedFigure::Run(Metric::OutputSpeed)),
    ("total", LimitedFigure::Run(Metric::Total)),
    ("cost", LimitedFigure::Run(Metric::Cost)),
    ("load_tok_s", LimitedFigure::LoadSpeed),
    ("error_rate", LimitedFigure::ErrorRate),
    ("availability", LimitedFigure::Availability),
    ("goodput", LimitedFigure::Goodput),
    ("objective", LimitedFigure::Objective),
    ("max_load", LimitedFigure::MaxLoad),
];

impl LimitedFigure {
    /// The figure of this name: that of a metric in files, or a shorter one.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        let short = SHORT.iter().find(|(short, _)| *short == name).map(|(_, figure)| *figure);
        short.or_else(|| Metric::parse(name).map(Self::Run))
    }

    /// All names, as a message lists them.
    #[must_use]
    pub fn names() -> String {
        let metrics = Metric::ALL.iter().map(|metric| metric.as_str());
        metrics
            .chain(["load_tok_s", "error_rate", "availability", "goodput", "objective", "max_load"])
            .collect::<Vec<_>>()
            .join(", ")
    }

    /// Whether it is a share of all runs or requests, which has no percentiles.
    #[must_use]
    pub const fn is_share(self) -> bool {
        matches!(self, Self::ErrorRate | Self::Availability | Self::Objective)
    }

    /// Whether only a load by levels has it.
    #[must_use]
    pub const fn is_of_levels(self) -> bool {
        matches!(self, Self::Goodput | Self::Objective | Self::MaxLoad)
    }

    /// Whether more of it is better.
    #[must_use]
    pub const fn more_is_better(self) -> bool {
        match self {
            Self::Run(metric) => metric.more_is_better(),
            Self::LoadSpeed | Self::Availability | Self::Goodput | Self::Objective | Self::MaxLoad => true,
            Self::ErrorRate => false,
        }
    }

    /// What a person calls it.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::Run(metric) => metric.title(),
            Self::LoadSpeed => "Load speed",
            Self::ErrorRate => "Error rate",
            Self::Availability => "Availability",
            Self::Goodput => "Goodput",
            Self::Objective => "Objective met",
            Self::MaxLoad => "Highest load",
        }
    }

    /// A value with its unit.
    #[must_use]
    pub fn shown(self, value: f64) -> String {
        match self {
            Self::Run(Metric::Cost) if value == 0.0 => "$0".to_owned(),
            Self::Run(Metric::Stalls) if value.fract() != 0.0 => value.to_string(),
            Self::Run(metric) => format::metric(metric, Some(value)),
            Self::LoadSpeed => format::metric(Metric::OutputSpeed, Some(value)),
            Self::ErrorRate | Self::Availability | Self::Objective => format::percent(value),
            Self::Goodput => format!("{} requests/s", format::amount((value * 100.0).round() / 100.0)),
            Self::MaxLoad => format::amount((value * 100.0).round() / 100.0),
        }
    }

    /// Reads a limit: a number in the figure's unit, or one with a unit behind or, for dollars, ahead of it.
    ///
    /// # Errors
    /// What would have been a limit, in words.
    pub fn read_limit(self, text: &str) -> Result<f64, String> {
        let (units, example): (&[(&str, f64)], &str) = match self {
            Self::Run(Metric::Ttft | Metric::Ttfa | Metric::Total | Metric::GapsP95) => {
                (&[("ms", 1.0), ("s", 1e3)], "a time in ms such as 400, 400ms or 0.4s")
            }
            Self::Run(Metric::OutputSpeed | Metric::EndToEnd) | Self::LoadSpeed => {
                (&[("tok/s", 1.0)], "tokens per second such as 500 or 500tok/s")
            }
            Self::Run(Metric::Cost) => (&[("usd", 1.0)], "US dollars such as 0.01 or $0.01"),
            Self::Run(Metric::Stalls) => (&[], "a number such as 0 or 2"),
            Self::ErrorRate | Self::Availability | Self::Objective => (&[("%", 0.01)], "a share such as 0.05 or 5%"),
            Self::Goodput => (&[("/s", 1.0)], "requests per second such as 12 or 12/s"),
            Self::MaxLoad => (&[], "askers, or requests a second, such as 8"),
        };
        let text = text.trim().to_ascii_lowercase();
        let dollars = text.strip_prefix('$').filter(|_| self == Self::Run(Metric::Cost)).unwrap_or(&text);
        let split = units.iter().find_map(|(unit, factor)| Some((dollars.strip_suffix(unit)?.trim_end(), *factor)));
        let (number, factor) = split.unwrap_or((dollars, 1.0));
        let limit = number.parse::<f64>().ok().map(|number| number * factor).filter(|limit| limit.is_finite());
        let most = if self.is_share() { 1.0 } else { f64::MAX };
        limit.filter(|limit| (0.0..=most).contains(limit)).ok_or_else(|| format!("expected {example}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_are_read_in_the_units_of_their_figures() {
        let read = |name: &str, text: &str| LimitedFigure::parse(name).unwrap().read_limit(text);
        for (name, text, limit) in [
            ("ttft_ms", "400", 400.0),
            ("ttft", "0.4s", 400.0),
            ("total_ms", " 400 ms", 400.0),
            ("output_tok_s", "500tok/s", 500.0),
            ("tok_s", "5e2", 500.0),
            ("cost_usd", "$0.01", 0.01),
            ("cost", "0.01 USD", 0.01),
            ("error_rate", "5%", 0.05),
            ("error_rate", "0.05", 0.05),
            ("availability", "99.9%", 0.999),
            ("stalls", "0", 0.0),
            ("load_tok_s", "1200", 1200.0),
            ("goodput", "12/s", 12.0),
            ("objective", "95%", 0.95),
            ("max_load", "8", 8.0),
        ] {
            assert!((read(name, text).unwrap() - limit).abs() < 1e-12, "{name} {text}");
        }
        for (name, text) in [
            ("ttft", "fast"),
            ("ttft", "400 tok/s"),
            ("ttft", "-1"),
            ("tok_s", "$5"),
            ("error_rate", "5"),
            ("availability", "99"),
            ("cost", "inf"),
        ] {
            assert!(read(name, text).unwrap_err().starts_with("expected "), "{name} {text}");
        }
        assert_eq!(LimitedFigure::parse("speed"), None);
    }

    #[test]
    fn every_name_that_is_listed_is_known() {
        for name in LimitedFigure::names().split(", ") {
            assert!(LimitedFigure::parse(name).is_some(), "{name}");
        }
    }
}
