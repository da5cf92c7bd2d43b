//! A service-level objective for single requests, as it is typed: `ttft<500ms,tok_s>30`. A request meets it where it meets all of
//! its parts; a failed one never does.

use std::fmt;
use std::str::FromStr;

use crate::gate::LimitedFigure;
use speed_kings_core::race::verdict::Metric;
use speed_kings_session::load::LoadRequest;

/// The share of requests that have to meet an objective for a load to hold it.
pub const HELD_SHARE: f64 = 0.95;

/// A service-level objective for single requests.
#[derive(Clone, PartialEq, Debug)]
pub struct ServiceLevel {
    parts: Vec<SloPart>,
    text: String,
}

/// One limit that a request has to keep to.
#[derive(Clone, Copy, PartialEq, Debug)]
struct SloPart {
    metric: Metric,
    under: bool,
    limit: f64,
}

/// Why an objective can't be understood.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum SloError {
    /// A part without a sign, or of a figure that a request of a load doesn't have.
    #[error(
        "'{0}': expected limits with commas between such as ttft<500ms,tok_s>30; figures are ttft, total, tok_s and gaps_p95_ms"
    )]
    Form(String),
    /// A limit that can't be one.
    #[error("'{0}': {1}")]
    Limit(String, String),
}

impl FromStr for ServiceLevel {
    type Err = SloError;

    fn from_str(text: &str) -> Result<Self, SloError> {
        let part = |part: &str| {
            let form = || SloError::Form(part.trim().to_owned());
            let at = part.find(['<', '>']).ok_or_else(form)?;
            let (name, limit) = part.split_at(at);
            let figure = LimitedFigure::parse(name.trim()).ok_or_else(form)?;
            let LimitedFigure::Run(metric @ (Metric::Ttft | Metric::Total | Metric::OutputSpeed | Metric::GapsP95)) =
                figure
            else {
                return Err(form());
            };
            let number = limit.get(1..).unwrap_or_default().trim_start_matches('=');
            let limit_of = figure.read_limit(number).map_err(|why| SloError::Limit(part.trim().to_owned(), why))?;
            Ok(SloPart { metric, under: limit.starts_with('<'), limit: limit_of })
        };
        let parts = text.split(',').map(part).collect::<Result<_, _>>()?;
        Ok(Self { parts, text: text.trim().to_owned() })
    }
}

/// As it was typed.
impl fmt::Display for ServiceLevel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl ServiceLevel {
    /// Whether `request` meets it; nothing where a figure that decides is not known.
    #[must_use]
    pub fn met(&self, request: &LoadRequest) -> Option<bool> {
        if !request.ok {
            return Some(false);
        }
        let parts: Vec<Option<bool>> = self.parts.iter().map(|part| part.met(request)).collect();
        if parts.contains(&Some(false)) { Some(false) } else { parts.iter().all(Option::is_some).then_some(true) }
    }
}

impl SloPart {
    fn met(&self, request: &LoadRequest) -> Option<bool> {
        let figure = match self.metric {
            Metric::Ttft => request.ttft_ms,
            Metric::Total => request.total_ms,
            Metric::OutputSpeed => request.output_tok_s,
            _ => request.gaps_p95_ms,
        }?;
        Some(if self.under { figure <= self.limit } else { figure >= self.limit })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_meets_all_parts_or_none() {
        let slo: ServiceLevel = "ttft<500ms, tok_s>30".parse().unwrap();
        let request = |ttft: f64, tok_s: Option<f64>, ok| LoadRequest {
            ok,
            ttft_ms: Some(ttft),
            output_tok_s: tok_s,
            ..LoadRequest::default()
        };
        assert_eq!(slo.met(&request(499.0, Some(31.0), true)), Some(true));
        assert_eq!(slo.met(&request(501.0, Some(31.0), true)), Some(false));
        assert_eq!(slo.met(&request(499.0, Some(29.0), true)), Some(false));
        assert_eq!(slo.met(&request(499.0, Some(31.0), false)), Some(false));
        assert_eq!(slo.met(&request(499.0, None, true)), None, "its speed was not seen");
        assert_eq!(slo.met(&request(501.0, None, true)), Some(false));
        assert_eq!(slo.to_string(), "ttft<500ms, tok_s>30");
    }

    #[test]
    fn what_is_no_objective_is_said() {
        for (text, said) in [
            ("fast", "'fast': expected limits with commas between"),
            ("ttft<500ms,", "'': expected limits"),
            ("cost<1", "'cost<1': expected limits"),
            ("error_rate<1%", "'error_rate<1%': expected limits"),
            ("ttft<soon", "'ttft<soon': expected a time in ms"),
        ] {
            let told = text.parse::<ServiceLevel>().unwrap_err().to_string();
            assert!(told.starts_with(said), "{text}: {told}");
        }
    }
}
