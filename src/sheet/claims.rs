//! Measured speed against what was published: who keeps the promise, and by how much not.
//! Simulated results are left out: they would hold the catalogue against itself.

use crate::figure;
use crate::race::verdict::Metric;
use crate::sheet::{Block, Grid, Sheet};
use crate::time::Rate;

/// Every claim of every contestant against its median output speed; nothing when there is no claim to hold it against.
#[must_use]
pub fn block(sheets: &[Sheet]) -> Option<Block> {
    let mut rows = Vec::new();
    for sheet in sheets {
        let lanes = sheet.saved.lanes.iter().zip(&sheet.analysis.lanes);
        for (lane, told) in lanes.filter(|(lane, _)| !lane.simulated) {
            let measured = told.metric(Metric::OutputSpeed).map(|told| told.median);
            for claim in &lane.claims {
                let rate = |value: Option<f64>| figure::rate(value.map(Rate::per_second));
                let share = measured.map(|speed| format!("{:.0} %", 100.0 * speed / claim.tok_s));
                rows.push(vec![
                    lane.name.clone(),
                    lane.model.clone(),
                    rate(Some(claim.tok_s)),
                    rate(measured),
                    share.unwrap_or_else(|| figure::ABSENT.into()),
                    told.good.to_string(),
                    format!("{}, {}", claim.as_of, claim.source),
                ]);
            }
        }
    }
    let header = ["contestant", "model", "claimed tok/s", "measured tok/s", "kept", "runs", "claimed by"];
    let grid = Grid { header: header.map(str::to_owned).to_vec(), rows, right_from: 2, left_from: 6 };
    (!grid.rows.is_empty()).then_some(Block::Table(grid))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bench::saved::SavedClaim;
    use crate::sheet::tests::sheet;

    #[test]
    fn a_claim_is_held_against_the_median() {
        let mut sheet = sheet();
        assert_eq!(block(std::slice::from_ref(&sheet)), None);
        let claim = SavedClaim { tok_s: 196.0, as_of: "2026".into(), source: "its page".into(), measured: false };
        sheet.saved.lanes[0].claims = vec![claim];
        let Some(Block::Table(grid)) = block(std::slice::from_ref(&sheet)) else { panic!("no table") };
        // Five tokens after the first read in 51 ms.
        assert_eq!(grid.rows, [["A", "llama-test", "196", "98.0", "50 %", "6", "2026, its page"]]);
        sheet.saved.lanes[0].simulated = true;
        assert_eq!(block(&[sheet]), None);
    }
}
