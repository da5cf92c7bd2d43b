//! Arrivals out of a file: when requests came to somebody's service once, to be asked again at the same times.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;

use speed_kings_core::text::without_bom;
use speed_kings_system::input::{self, LARGEST_PROMPT};

/// The most arrivals of one trace.
const MOST_ARRIVALS: usize = 100_000;
/// The longest time from the first arrival to the last.
const LONGEST: Duration = Duration::from_secs(24 * 60 * 60);

/// When requests came, counted from the first of them, and how long that went on.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ArrivalTrace {
    /// The arrivals in order, the first at zero.
    pub arrivals: Arc<[Duration]>,
    /// From the first to the last, and one mean gap more: the time that they stand for.
    pub span: Duration,
}

/// Why a file is no trace of arrivals.
#[derive(Debug, thiserror::Error)]
pub enum TraceError {
    /// It can't be read.
    #[error("cannot read the arrivals in {}: {source}", path.display())]
    Read {
        /// Path of the file that can't be read.
        path: PathBuf,
        /// Why it can't be read, as the system says.
        source: std::io::Error,
    },
    /// What it holds is no trace.
    #[error("{}: {why}", path.display())]
    Form {
        /// Path of the file that is something else.
        path: PathBuf,
        /// What is wrong with it, in words.
        why: String,
    },
}

impl ArrivalTrace {
    /// The arrivals in the file at `path`: a line each, seconds or moments such as `2026-11-30T07:00:00.250Z`, in any order.
    ///
    /// # Errors
    /// When it can't be read, or holds anything else, or fewer than two.
    pub fn read(path: &Path) -> Result<Self, TraceError> {
        let text = input::read_text(path, LARGEST_PROMPT)
            .map_err(|source| TraceError::Read { path: path.to_owned(), source })?;
        Self::of(without_bom(&text)).map_err(|why| TraceError::Form { path: path.to_owned(), why })
    }

    fn of(text: &str) -> Result<Self, String> {
        let lines =
            (1..).zip(text.lines().map(str::trim)).filter(|(_, line)| !line.is_empty() && !line.starts_with('#'));
        let mut seconds: Vec<f64> = lines.map(|(number, line)| second(number, line)).collect::<Result<_, String>>()?;
        seconds.sort_by(f64::total_cmp);
        let (Some(first), Some(last)) = (seconds.first().copied(), seconds.last().copied()) else {
            return Err("it holds no arrival".into());
        };
        if seconds.len() < 2 || last <= first {
            return Err("a trace takes two arrivals at least that are not at the same time".into());
        }
        if seconds.len() > MOST_ARRIVALS || last - first > LONGEST.as_secs_f64() {
            return Err(format!("more than {MOST_ARRIVALS} arrivals, or more than a day from the first to the last"));
        }
        let arrivals: Arc<[Duration]> = seconds.iter().map(|at| Duration::from_secs_f64(at - first)).collect();
        #[expect(clippy::cast_precision_loss, reason = "a trace has few arrivals")]
        let span = Duration::from_secs_f64((last - first) * (1.0 + 1.0 / (arrivals.len() - 1) as f64));
        Ok(Self { arrivals, span })
    }

    /// Arrivals a second on average.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "a trace has few arrivals")]
    pub fn rate(&self) -> f64 {
        self.arrivals.len() as f64 / self.span.as_secs_f64()
    }
}

/// The seconds that a line says.
fn second(number: usize, line: &str) -> Result<f64, String> {
    let moment = || line.parse::<Timestamp>().ok().map(|at| at.as_duration().as_secs_f64());
    let seconds = line.parse::<f64>().ok().filter(|seconds| seconds.is_finite()).or_else(moment);
    seconds.ok_or_else(|| {
        format!("line {number}: expected seconds such as 12.25, or a moment such as 2026-11-30T07:00:00.250Z")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arrivals_are_read_in_any_order_and_count_from_the_first() {
        let told = ArrivalTrace::of("# from the log\n12.5\n10\n\n11.0\n").unwrap();
        assert_eq!(told.arrivals.to_vec(), [0, 1_000, 2_500].map(Duration::from_millis));
        assert_eq!(told.span, Duration::from_millis(3_750));
        assert!((told.rate() - 0.8).abs() < 1e-12);
        let moments = ArrivalTrace::of("2026-11-30T07:00:00Z\n2026-11-30T08:00:00.250+01:00\n").unwrap();
        assert_eq!(moments.arrivals.last(), Some(&Duration::from_millis(250)));
    }

    #[test]
    fn what_is_no_trace_is_told() {
        for (text, why) in [
            ("", "it holds no arrival"),
            ("5", "two arrivals at least"),
            ("5\n5", "not at the same time"),
            ("1\nsoon", "line 2: expected seconds such as"),
            ("1\nNaN", "line 2: expected seconds"),
            ("0\n1e9", "more than a day"),
        ] {
            assert!(ArrivalTrace::of(text).unwrap_err().contains(why), "{text}");
        }
    }
}
