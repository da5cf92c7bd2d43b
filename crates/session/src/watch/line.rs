//! One probe as one line of JSON, for scripts that read along.
//! Its figures are those of a run of a benchmark, by the same names and in the same units; absent is null.

use jiff::Timestamp;
use serde::Serialize;

use super::{BoardRow, ProbeSample};
use crate::bench::saved::{LaneIdentity, RunFigures, as_milli};

/// The version of the form of the lines. Those before it had none, and `at` in the place of `started_at`.
pub const VERSION: u64 = 1;

/// One probe, and what the probes of its contestant have come to.
#[derive(Clone, PartialEq, Debug, Serialize)]
#[cfg_attr(
    feature = "schema",
    derive(schemars::JsonSchema),
    schemars(title = "A line of speed-kings watch, version 1")
)]
pub struct ProbeLine<'a> {
    /// The version of the form.
    #[cfg_attr(feature = "schema", schemars(extend("enum" = [VERSION])))]
    pub version: u64,
    /// The wall clock at the beginning of the probe, UTC.
    #[serde(serialize_with = "as_milli")]
    pub started_at: Option<Timestamp>,
    /// Who was probed, and on what.
    #[serde(flatten)]
    pub lane: LaneIdentity,
    /// What the probe came to.
    #[serde(flatten)]
    pub figures: &'a RunFigures,
    /// Probes of this contestant so far, this one included.
    pub probes: u64,
    /// Of them, those that brought figures.
    pub successes: u64,
    /// USD that they cost; null when it is not known of one of them.
    pub spent_usd: Option<f64>,
    /// USD that they cost as far as it is known.
    pub spent_at_least_usd: f64,
}

/// The newest probe of `row`, with what all of them have come to; nothing before the first.
#[must_use]
pub fn line(row: &BoardRow) -> Option<ProbeLine<'_>> {
    let ProbeSample { at, figures, .. } = row.last()?;
    Some(ProbeLine {
        version: VERSION,
        started_at: Some(*at),
        lane: LaneIdentity::from(&row.contestant),
        figures,
        probes: row.probes,
        successes: row.successes,
        spent_usd: row.spent(),
        spent_at_least_usd: row.spent_usd,
    })
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::watch::tests::{board, sample};

    #[test]
    fn a_line_tells_the_newest_probe_and_the_sums() {
        let mut board = board();
        let last = json!(line(&board.rows[0]));
        assert_eq!((&last["version"], &last["started_at"]), (&json!(1), &json!("1970-01-01T00:18:40.000Z")));
        assert_eq!((&last["ok"], &last["error"], &last["total_ms"]), (&json!(true), &Value::Null, &Value::Null));
        assert_eq!((&last["probes"], &last["successes"], &last["ttft_ms"]), (&json!(3), &json!(2), &json!(60.0)));
        board.take(speed_kings_core::race::event::LaneId(0), sample(1_180, None), false);
        let failed = json!(line(&board.rows[0]));
        assert_eq!(
            (&failed["error"]["kind"], &failed["error"]["message"]),
            (&json!("server"), &json!("on \"fire\"\n"))
        );
        assert_eq!((&failed["ok"], &failed["ttft_ms"]), (&json!(false), &Value::Null));
        assert_eq!(line(&board.rows[1]), None);
    }
}
