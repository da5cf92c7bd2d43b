//! What is asked of results, as it is typed: `output_tok_s<500`, `groq.ttft_ms.p95>400`, `slower than baseline by 10%`.
//! Each says what would be wrong; it fails where that is shown.

use std::fmt;
use std::str::FromStr;

use speed_kings_core::format;
use speed_kings_core::race::verdict::Metric;
use speed_kings_session::bench::saved::LaneIdentity;

use super::figure::LimitedFigure;

/// What opens the part of a condition that names earlier results.
const BASELINE: &str = "than baseline";

/// What would be wrong with a contestant.
#[derive(Clone, PartialEq, Debug)]
pub struct GateCondition {
    /// The name or id of the contestant it is about; nothing where it is about all of them.
    pub contestant: Option<String>,
    /// The figure that decides.
    pub figure: LimitedFigure,
    /// The level of a load that it is about, by its askers or requests a second; nothing where it is about all of them.
    pub level: Option<f64>,
    /// What would be wrong with that.
    pub wrong: WrongFigure,
    text: String,
}

/// What would be wrong with a figure.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum WrongFigure {
    /// A quantile of it is under a limit.
    Under(FigureLimit),
    /// A quantile of it is over a limit.
    Over(FigureLimit),
    /// It is worse than in earlier results by more than this share, 0 or more.
    Worse(f64),
}

/// A limit of one quantile of a figure.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct FigureLimit {
    /// Which quantile, as a share: 0.5 is the median. A rate has none, and this says nothing there.
    pub share: f64,
    /// The limit in the figure's unit.
    pub limit: f64,
    /// Whether the limit itself is wrong, too.
    pub inclusive: bool,
}

/// Why a condition can't be understood.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum ConditionError {
    /// It has no sign and no word that says what would be wrong.
    #[error(
        "expected a figure with a limit such as 'output_tok_s<500', 'groq.ttft_ms.p95>400' or 'error_rate>5%', or 'slower than \
         baseline by 10%'"
    )]
    Form,
    /// Its figure is none that is known.
    #[error("unknown figure '{0}'; known are {names}", names = LimitedFigure::names())]
    Figure(String),
    /// Its limit can't be one.
    #[error("'{0}' is no limit for {1}: {2}")]
    Limit(String, &'static str, String),
    /// A level that can't be one.
    #[error("'@{0}' is no level of load: expected askers, or requests a second, such as ttft_ms.p95@8>400")]
    Level(String),
    /// Earlier results of a level of load.
    #[error(
        "levels of load (@{0}) are not compared with earlier results; give the figure a limit, for example 'ttft_ms.p95@8>400'"
    )]
    NoLevels(String),
    /// A part of the runs of a figure that has no such parts.
    #[error("{0} has no percentiles; write it without .{1}")]
    NoPercentiles(&'static str, String),
    /// Earlier results of a figure that can't be compared with any.
    #[error("{0} can't be compared with earlier results; give it a limit, for example '{1}'")]
    NoBaseline(&'static str, &'static str),
    /// A margin that can't be one.
    #[error(
        "'{0}' is no margin: expected 'by' and a share such as 'by 10%', up to 1000 % for times and costs and under 100 % for speeds"
    )]
    Margin(String),
}

impl GateCondition {
    /// Whether it is about this contestant.
    #[must_use]
    pub fn is_about(&self, name: &str, provider: &str) -> bool {
        let same = |wanted: &String| wanted.eq_ignore_ascii_case(name) || wanted.eq_ignore_ascii_case(provider);
        self.contestant.as_ref().is_none_or(same)
    }

    /// Whether it is about this contestant of saved results.
    #[must_use]
    pub fn is_of(&self, lane: &LaneIdentity) -> bool {
        self.is_about(&lane.name, &lane.provider)
    }

    /// Whether it compares with earlier results.
    #[must_use]
    pub const fn wants_baseline(&self) -> bool {
        matches!(self.wrong, WrongFigure::Worse(_))
    }
}

/// As it was typed.
impl fmt::Display for GateCondition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl FromStr for GateCondition {
    type Err = ConditionError;

    fn from_str(text: &str) -> Result<Self, ConditionError> {
        let text = text.trim();
        if let Some((ahead, margin)) = text.split_once(BASELINE) {
            return against_baseline(text, ahead.trim(), margin.trim());
        }
        let at = text.find(['<', '>']).ok_or(ConditionError::Form)?;
        let (name, rest) = text.split_at(at);
        let under = rest.starts_with('<');
        let limit = rest.get(1..).unwrap_or_default();
        let (inclusive, limit) = limit.strip_prefix('=').map_or((false, limit), |limit| (true, limit));
        let NamedFigure { contestant, figure, share, level } = NamedFigure::read(name.trim())?;
        let limit = limit.trim();
        let read = figure.read_limit(limit);
        let limit = read.map_err(|why| ConditionError::Limit(limit.to_owned(), figure.title(), why))?;
        let limit = FigureLimit { share: share.unwrap_or(0.5), limit, inclusive };
        let wrong = if under { WrongFigure::Under(limit) } else { WrongFigure::Over(limit) };
        Ok(Self { contestant, figure, level, wrong, text: text.to_owned() })
    }
}

/// `slower` or `METRIC worse` ahead of `than baseline`, and `by 10%` or nothing behind it.
fn against_baseline(text: &str, ahead: &str, margin: &str) -> Result<GateCondition, ConditionError> {
    let last = |word: &str| {
        let rest = ahead.strip_suffix(word)?;
        (rest.is_empty() || rest.ends_with(' ')).then(|| rest.trim())
    };
    let (contestant, figure) = match (last("slower"), last("worse")) {
        (Some(who), _) => ((!who.is_empty()).then(|| who.to_owned()), LimitedFigure::Run(Metric::Total)),
        (None, Some(name)) => {
            let NamedFigure { contestant, figure, share, level } = NamedFigure::read(name)?;
            if let Some(level) = level {
                return Err(ConditionError::NoLevels(format::amount(level)));
            }
            if let Some(share) = share {
                return Err(ConditionError::NoPercentiles("a comparison with earlier results", stat_name(share)));
            }
            (contestant, figure)
        }
        (None, None) => return Err(ConditionError::Form),
    };
    match figure {
        LimitedFigure::ErrorRate => return Err(ConditionError::NoBaseline("the error rate", "error_rate>5%")),
        LimitedFigure::Availability => return Err(ConditionError::NoBaseline("the availability", "availability<99%")),
        _ => {}
    }
    if figure.is_of_levels() {
        return Err(ConditionError::NoLevels("LEVEL".to_owned()));
    }
    if figure == LimitedFigure::Run(Metric::Stalls) {
        return Err(ConditionError::NoBaseline("the number of stalls", "stalls>5"));
    }
    let share = match margin.strip_prefix("by ") {
        None if margin.is_empty() => Some(0.0),
        None => None,
        Some(by) => {
            by.trim().strip_suffix('%').and_then(|percent| percent.trim().parse::<f64>().ok()).map(|by| by / 100.0)
        }
    };
    // No speed falls by all of itself and more.
    let falls = figure.more_is_better();
    let share = share.filter(|share| if falls { (0.0..1.0).contains(share) } else { (0.0..=10.0).contains(share) });
    let margin = share.ok_or_else(|| ConditionError::Margin(margin.to_owned()))?;
    Ok(GateCondition { contestant, figure, level: None, wrong: WrongFigure::Worse(margin), text: text.to_owned() })
}

/// A figure, whose it is, and which quantile of it: `groq.ttft_ms.p95`.
struct NamedFigure {
    contestant: Option<String>,
    figure: LimitedFigure,
    share: Option<f64>,
    level: Option<f64>,
}

impl NamedFigure {
    fn read(name: &str) -> Result<Self, ConditionError> {
        let (name, level) = match name.rsplit_once('@') {
            Some((ahead, level)) => {
                let amount = level.trim().parse::<f64>().ok().filter(|amount| *amount > 0.0 && amount.is_finite());
                (ahead.trim_end(), Some(amount.ok_or_else(|| ConditionError::Level(level.trim().to_owned()))?))
            }
            None => (name, None),
        };
        // From its end, for the names of contestants have points in them, too.
        let (name, share) = match name.rsplit_once('.') {
            Some((ahead, last)) if quantile_share(last).is_some() => (ahead, quantile_share(last)),
            _ => (name, None),
        };
        let (contestant, last) = name.rsplit_once('.').map_or((None, name), |(who, last)| (Some(who), last));
        let figure = LimitedFigure::parse(last).ok_or_else(|| ConditionError::Figure(last.to_owned()))?;
        match (figure, share) {
            (LimitedFigure::ErrorRate, Some(share)) => {
                Err(ConditionError::NoPercentiles("the error rate", stat_name(share)))
            }
            (LimitedFigure::Availability, Some(share)) => {
                Err(ConditionError::NoPercentiles("the availability", stat_name(share)))
            }
            (figure, Some(share)) if figure.is_of_levels() => {
                Err(ConditionError::NoPercentiles(figure.title(), stat_name(share)))
            }
            _ => Ok(Self { contestant: contestant.map(|who| who.trim().to_owned()), figure, share, level }),
        }
    }
}

/// The share of `median`, `p95`, `p99.9`.
fn quantile_share(name: &str) -> Option<f64> {
    let percent = match name {
        "median" => 50.0,
        name => name.strip_prefix('p')?.parse::<f64>().ok()?,
    };
    (percent > 0.0 && percent < 100.0).then_some(percent / 100.0)
}

/// What a quantile is called: `median`, `p95`.
pub(crate) fn stat_name(share: f64) -> String {
    // Rounded, so that 0.95 × 100 is 95.
    let percent = (share * 1e6).round() / 1e4;
    if (percent - 50.0).abs() < f64::EPSILON { "median".to_owned() } else { format!("p{percent}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> GateCondition {
        text.parse().unwrap()
    }

    #[test]
    fn conditions_are_read_as_people_write_them() {
        let median = |limit| FigureLimit { share: 0.5, limit, inclusive: false };
        let speed = read("output_tok_s<500");
        assert_eq!((speed.contestant.as_ref(), speed.figure), (None, LimitedFigure::Run(Metric::OutputSpeed)));
        assert_eq!(speed.wrong, WrongFigure::Under(median(500.0)));
        assert_eq!(read("cost_usd > 0.01").wrong, WrongFigure::Over(median(0.01)));
        let of_one = read("llama.cpp (Q4_K_M).ttft_ms.p95>=400");
        assert_eq!(of_one.contestant.as_deref(), Some("llama.cpp (Q4_K_M)"));
        assert_eq!(of_one.wrong, WrongFigure::Over(FigureLimit { share: 0.95, limit: 400.0, inclusive: true }));
        assert_eq!(read("groq.error_rate>5%").wrong, WrongFigure::Over(median(0.05)));
        assert_eq!(of_one.to_string(), "llama.cpp (Q4_K_M).ttft_ms.p95>=400");
    }

    #[test]
    fn a_level_of_load_stands_behind_its_figure() {
        let at_eight = read("mine.ttft_ms.p95@8>400");
        assert_eq!((at_eight.contestant.as_deref(), at_eight.level), (Some("mine"), Some(8.0)));
        assert_eq!(at_eight.wrong, WrongFigure::Over(FigureLimit { share: 0.95, limit: 400.0, inclusive: false }));
        assert_eq!((read("goodput@2.5<2").level, read("max_load<8").level), (Some(2.5), None));
        assert_eq!(read("me@home.ttft@1>5").contestant.as_deref(), Some("me@home"));
    }

    #[test]
    fn earlier_results_are_named_in_words() {
        let slower = read("slower than baseline by 10%");
        assert_eq!((slower.figure, slower.wrong), (LimitedFigure::Run(Metric::Total), WrongFigure::Worse(0.1)));
        assert_eq!((slower.contestant.as_ref(), slower.wants_baseline()), (None, true));
        assert_eq!(read("slower than baseline").wrong, WrongFigure::Worse(0.0));
        assert_eq!(read("Together AI slower than baseline").contestant.as_deref(), Some("Together AI"));
        let ttft = read("groq.ttft_ms worse than baseline by 2.5 %");
        assert_eq!((ttft.figure, ttft.wrong), (LimitedFigure::Run(Metric::Ttft), WrongFigure::Worse(0.025)));
        assert!(!read("tok_s<3").wants_baseline());
    }

    #[test]
    fn whose_it_is_is_a_name_or_an_id_in_any_case() {
        let of_one = read("GROQ.ttft<1s");
        assert!(
            of_one.is_about("Groq", "groq")
                && of_one.is_about("mine", "groq")
                && !of_one.is_about("Cerebras", "cerebras")
        );
        assert!(read("ttft<1s").is_about("anybody", "x"));
    }

    #[test]
    fn what_is_wrong_with_a_condition_is_said() {
        for (text, said) in [
            ("fast", "expected a figure with a limit such as"),
            ("", "expected a figure with a limit such as"),
            ("faster than baseline", "expected a figure with a limit such as"),
            ("speed<500", "unknown figure 'speed'; known are ttft_ms, "),
            ("groq.ttft_m<5", "unknown figure 'ttft_m'"),
            ("ttft.p0>5", "unknown figure 'p0'"),
            ("ttft_ms<soon", "'soon' is no limit for TTFT: expected a time in ms"),
            ("ttft_ms<", "'' is no limit for TTFT"),
            ("ttft_ms==400", "expected a figure with a limit"),
            ("error_rate.p95>1%", "the error rate has no percentiles; write it without .p95"),
            ("availability.p95<1%", "the availability has no percentiles; write it without .p95"),
            ("availability worse than baseline", "the availability can't be compared with earlier results"),
            (
                "ttft.p95 worse than baseline",
                "a comparison with earlier results has no percentiles; write it without .p95",
            ),
            ("error_rate worse than baseline", "the error rate can't be compared with earlier results"),
            ("ttft@fast>5", "'@fast' is no level of load"),
            ("ttft@0>5", "'@0' is no level of load"),
            ("goodput.p95@8<5", "Goodput has no percentiles"),
            ("ttft_ms@8 worse than baseline", "levels of load (@8) are not compared"),
            ("goodput worse than baseline", "levels of load (@LEVEL) are not compared"),
            ("slower than baseline by lots", "'by lots' is no margin"),
            ("slower than baseline by 0.1", "'by 0.1' is no margin"),
            ("slower than baseline by -5%", "'by -5%' is no margin"),
            ("tok_s worse than baseline by 100%", "'by 100%' is no margin"),
            ("slower than baseline 5%", "'5%' is no margin"),
        ] {
            let told = text.parse::<GateCondition>().unwrap_err().to_string();
            assert!(told.starts_with(said), "{text}: {told}");
        }
    }
}
