//! Measured speed against what was published: who keeps the promise, and by how much not.
//! Simulated results are left out: they would hold the catalogue against itself.

use crate::benchmark_report::document::ClaimCheckRecord;
use crate::benchmark_report::{BenchmarkReport, ReportBlock, ReportTable};
use speed_kings_core::format;
use speed_kings_core::race::verdict::Metric;
use speed_kings_core::time::Rate;
use speed_kings_session::bench::saved::{ClaimRecord, LaneResult};

/// A claim and what was measured.
#[derive(Clone, PartialEq, Debug)]
pub struct CheckedClaim {
    /// The contestant's name, as people call it.
    pub name: String,
    /// Its model's id on the wire.
    pub model: String,
    /// The published speed, with its date and source.
    pub claim: ClaimRecord,
    /// Median output speed in tokens per second.
    pub tok_s: Option<f64>,
    /// Good runs behind it.
    pub runs: usize,
}

impl CheckedClaim {
    /// The measured speed over the claimed one; nothing without a measured one.
    #[must_use]
    pub fn share(&self) -> Option<f64> {
        Some(self.tok_s? / self.claim.tok_s)
    }
}

/// Every claim of every contestant that was really measured, one request at a time; `claims_of` says what was claimed.
#[must_use]
pub fn held(reports: &[BenchmarkReport], claims_of: &dyn Fn(&LaneResult) -> Vec<ClaimRecord>) -> Vec<CheckedClaim> {
    let single = reports.iter().filter(|report| report.saved.concurrency() == 1);
    let lanes = single.flat_map(|report| report.saved.lanes.iter().zip(&report.analysis.lanes));
    let real = lanes.filter(|(lane, _)| !lane.identity.simulated);
    let of_lane = real.flat_map(|(lane, told)| {
        claims_of(lane).into_iter().map(|claim| CheckedClaim {
            name: lane.identity.name.clone(),
            model: lane.identity.model.clone(),
            claim,
            tok_s: told.metric(Metric::OutputSpeed).map(|told| told.median),
            runs: told.good,
        })
    });
    of_lane.collect()
}

/// The claims as a table, or that there are none.
#[must_use]
pub fn block(held: &[CheckedClaim]) -> ReportBlock {
    if held.is_empty() {
        return ReportBlock::Text(
            "there is no published speed of a contestant that was really measured, one request at a time".into(),
        );
    }
    let rate = |tok_s: Option<f64>| format::rate(tok_s.map(Rate::per_second));
    let row = |held: &CheckedClaim| {
        let by = if held.claim.measured { "measured by" } else { "claimed by" };
        vec![
            held.name.clone(),
            held.model.clone(),
            rate(Some(held.claim.tok_s)),
            rate(held.tok_s),
            held.share().map_or_else(|| format::ABSENT.into(), format::share),
            held.runs.to_string(),
            format!("{by} {}, {}", held.claim.source, held.claim.as_of),
        ]
    };
    let header = ["contestant", "model", "published tok/s", "measured tok/s", "kept", "runs", "source"];
    ReportBlock::Table(ReportTable {
        header: header.map(str::to_owned).to_vec(),
        rows: held.iter().map(row).collect(),
        right_from: 2,
        left_from: 6,
    })
}

/// The same for scripts.
#[must_use]
pub fn records(held: &[CheckedClaim]) -> Vec<ClaimCheckRecord> {
    let one = |held: &CheckedClaim| ClaimCheckRecord {
        name: held.name.clone(),
        model: held.model.clone(),
        published_tok_s: held.claim.tok_s,
        measured_tok_s: held.tok_s,
        share: held.share(),
        runs: held.runs,
        as_of: held.claim.as_of.clone(),
        source: held.claim.source.clone(),
        independent: held.claim.measured,
    };
    held.iter().map(one).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::benchmark_report::tests::report;

    #[test]
    fn a_claim_is_held_against_the_median() {
        let mut report = report();
        let recorded = |lane: &LaneResult| lane.claims.clone();
        assert_eq!(held(std::slice::from_ref(&report), &recorded), []);
        let claim = ClaimRecord { tok_s: 196.0, as_of: "2026".into(), source: "its page".into(), measured: false };
        report.saved.lanes[0].claims = vec![claim];
        let found = held(std::slice::from_ref(&report), &recorded);
        let ReportBlock::Table(report_table) = block(&found) else { panic!("no table") };
        // Ten tokens in thirteen reads, of which twelve took 51 ms.
        assert_eq!(report_table.rows, [["A", "llama-test", "196", "181", "92.3 %", "6", "claimed by its page, 2026"]]);
        assert!((records(&found)[0].published_tok_s - 196.0).abs() < f64::EPSILON);
        report.saved.settings.concurrency = Some(2);
        assert_eq!(held(std::slice::from_ref(&report), &recorded), [], "a busy server is no single stream");
        report.saved.settings.concurrency = None;
        report.saved.lanes[0].identity.simulated = true;
        assert_eq!(held(&[report], &recorded), []);
    }
}
