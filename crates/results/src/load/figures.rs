//! What the requests of one level come to. Only those that were due in the steady part count, and none during which the
//! program itself stood still.

use serde::{Deserialize, Serialize};

use super::slo::{HELD_SHARE, ServiceLevel};
use speed_kings_core::format::{self, counted};
use speed_kings_core::stats::bounds::share_bounds;
use speed_kings_core::stats::{percentile, quantile};
use speed_kings_core::time::Period;
use speed_kings_session::lengths::PlanFigures;
use speed_kings_session::load::{ClientShare, LoadRequest};

/// Requests may leave so much later than they were due, ms, or a tenth of the median TTFT if that is more.
const LATE_MS: f64 = 10.0;
/// A thread that uses more than this of a core may be late in reading.
const BUSY: f64 = 0.8;
/// More requests than one in so many without a free connection are the program's doing.
const UNCONNECTED: usize = 20;
/// Each end of the interval of a share is wrong in at most this part of cases.
const ERROR: f64 = 0.025;

/// The percentiles of a figure, where there are enough values for them.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default)]
pub struct SpreadFigures {
    /// How many values there are.
    pub n: usize,
    /// Median of the values.
    pub p50: Option<f64>,
    /// 95th percentile; null under 20 values.
    pub p95: Option<f64>,
    /// 99th percentile; null under 100 values.
    pub p99: Option<f64>,
    /// The largest of the values.
    pub max: Option<f64>,
}

/// How many requests meet the objective.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default)]
pub struct SloFigures {
    /// Requests that meet it.
    pub met: usize,
    /// Requests of which that is known, failed ones among them.
    pub of: usize,
    /// Requests with a figure that decides and is not known.
    pub unknown: usize,
    /// The share that meets it, 0 to 1; null where none is known.
    pub share: Option<f64>,
    /// The 95 % interval of that share.
    pub interval: [f64; 2],
    /// Requests that meet it, each second: the goodput.
    pub goodput_per_s: f64,
    /// Whether enough of them do; null where none is known.
    pub holds: Option<bool>,
}

/// What one level comes to.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default)]
pub struct LevelFigures {
    /// Requests that were due in the steady part.
    pub requests: usize,
    /// Of them, those that brought figures.
    pub good: usize,
    /// Of them, those that the server put off for a rate limit.
    pub rate_limited: usize,
    /// Of them, those that failed otherwise.
    pub failed: usize,
    /// Of them, those that count for nothing because the program itself stood still.
    pub held_up: usize,
    /// Output tokens a second of all requests together: those that came in the steady part.
    pub load_tok_s: f64,
    /// Good requests a second.
    pub requests_per_s: f64,
    /// From the moment at which a request was due to its first text, ms.
    pub ttft_ms: SpreadFigures,
    /// From the moment at which a request was due to its last text, ms.
    pub total_ms: SpreadFigures,
    /// The gaps between reads of all good requests together, ms.
    pub gaps_ms: SpreadFigures,
    /// Tokens a second that a single request gets.
    pub output_tok_s: SpreadFigures,
    /// How much later than they were due requests left, ms.
    pub late_ms: SpreadFigures,
    /// The objective; null where there is none.
    pub slo: Option<SloFigures>,
    /// Why these figures may be those of this program and not of the server: the badge is broken. Null where it holds.
    pub client_limit: Option<String>,
    /// What was planned of lengths and what was counted; left out where none were given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub plan: Option<PlanFigures>,
}

impl SpreadFigures {
    /// The spread of `values`, in any order.
    #[must_use]
    pub fn of(values: impl IntoIterator<Item = f64>) -> Self {
        let mut sorted: Vec<f64> = values.into_iter().collect();
        sorted.sort_by(f64::total_cmp);
        Self {
            n: sorted.len(),
            p50: quantile(&sorted, 0.5),
            p95: percentile(&sorted, 95.0),
            p99: percentile(&sorted, 99.0),
            max: sorted.last().copied(),
        }
    }
}

impl LevelFigures {
    /// What `requests` come to, of a level whose steady part took `steady_s` seconds; `gaps_ms` are those between their reads.
    #[must_use]
    pub fn of(
        requests: &[LoadRequest],
        gaps_ms: &[f64],
        client: &ClientShare,
        steady_s: f64,
        slo: Option<&ServiceLevel>,
    ) -> Self {
        let steady: Vec<&LoadRequest> = requests.iter().filter(|request| request.steady).collect();
        let counted: Vec<&LoadRequest> = steady.iter().copied().filter(|request| !request.held_up).collect();
        let spread = |of: fn(&LoadRequest) -> Option<f64>| SpreadFigures::of(counted.iter().filter_map(|one| of(one)));
        let kind = |limited: bool| {
            steady.iter().filter(|one| !one.ok && (one.error.as_deref() == Some("rate_limited")) == limited).count()
        };
        let good = steady.iter().filter(|request| request.ok).count();
        let mut figures = Self {
            requests: steady.len(),
            good,
            rate_limited: kind(true),
            failed: kind(false),
            held_up: steady.len() - counted.len(),
            // The sum of nothing has a sign of its own.
            load_tok_s: requests.iter().fold(0.0, |all, request| all + request.steady_tokens) / steady_s,
            requests_per_s: real(good) / steady_s,
            ttft_ms: spread(|request| request.ttft_ms),
            total_ms: spread(|request| request.total_ms),
            gaps_ms: SpreadFigures::of(gaps_ms.iter().copied()),
            output_tok_s: spread(|request| request.output_tok_s),
            late_ms: spread(|request| request.late_ms),
            slo: slo.map(|slo| SloFigures::of(&counted, slo, steady_s)),
            client_limit: None,
            plan: PlanFigures::of(&counted.iter().filter_map(|one| one.against_plan()).collect::<Vec<_>>()),
        };
        figures.client_limit = figures.limit(client);
        figures
    }

    /// Why the program itself may be what is measured.
    fn limit(&self, client: &ClientShare) -> Option<String> {
        let late = self.late_ms.p99.or(self.late_ms.max).unwrap_or(0.0);
        let allowed = self.ttft_ms.p50.map_or(LATE_MS, |ttft| (ttft / 10.0).max(LATE_MS));
        let reasons = [
            (late > allowed)
                .then(|| format!("requests left up to {} after they were due", Period::from_secs_f64(late / 1e3))),
            client
                .cpu
                .filter(|cpu| *cpu > BUSY)
                .map(|cpu| format!("its busiest network thread used {} of a core", format::whole_percent(cpu))),
            (client.unconnected * UNCONNECTED > self.requests.max(1))
                .then(|| format!("{} found no connection free", counted(client.unconnected, "request", "requests"))),
            (client.standstills > 0)
                .then(|| format!("it stood still {}", counted(client.standstills, "time", "times"))),
        ];
        let reasons: Vec<String> = reasons.into_iter().flatten().collect();
        (!reasons.is_empty()).then(|| reasons.join("; "))
    }

    /// Whether the objective holds; nothing without one, or where that is not known.
    #[must_use]
    pub fn holds(&self) -> Option<bool> {
        self.slo.as_ref()?.holds
    }
}

impl SloFigures {
    fn of(counted: &[&LoadRequest], slo: &ServiceLevel, steady_s: f64) -> Self {
        let told: Vec<Option<bool>> = counted.iter().map(|request| slo.met(request)).collect();
        let met = told.iter().filter(|met| **met == Some(true)).count();
        let of = told.iter().flatten().count();
        let bounds = share_bounds(met, of, ERROR);
        let share = (of > 0).then(|| real(met) / real(of));
        Self {
            met,
            of,
            unknown: told.len() - of,
            share,
            interval: [bounds.low, bounds.high],
            goodput_per_s: real(met) / steady_s,
            holds: share.map(|share| share >= HELD_SHARE),
        }
    }
}

#[expect(clippy::cast_precision_loss, reason = "nobody makes 2^52 requests")]
fn real(count: usize) -> f64 {
    count as f64
}
