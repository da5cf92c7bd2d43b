//! What has changed since older results of the same contestants on the same prompt.
//! Runs of different days are no pairs, so they are compared by their medians, with a test for two samples.

use crate::bench::saved::SavedLane;
use crate::figure;
use crate::race::verdict::Metric;
use crate::sheet::{Block, Grid, Sheet};
use crate::stats::samples::{Shift, shift};

/// The metrics that are compared.
const SHOWN: [Metric; 3] = [Metric::Total, Metric::Ttft, Metric::OutputSpeed];

/// Each contestant of `new` against itself in `old`; nothing when they have none in common.
#[must_use]
pub fn block(new: &Sheet, old: &Sheet) -> Option<Block> {
    let mut rows = Vec::new();
    for lane in &new.saved.lanes {
        let before =
            old.saved.lanes.iter().find(|one| {
                one.provider == lane.provider && one.model == lane.model && one.simulated == lane.simulated
            });
        if let Some(before) = before.filter(|_| old.saved.prompt.text == new.saved.prompt.text) {
            rows.extend(SHOWN.into_iter().filter_map(|metric| row(lane, before, metric)));
        }
    }
    let header = ["contestant", "metric", "then", "now", "change"].map(str::to_owned).to_vec();
    let grid = Grid { header, rows, right_from: 2, left_from: 4 };
    (!grid.rows.is_empty()).then_some(Block::Table(grid))
}

fn row(now: &SavedLane, then: &SavedLane, metric: Metric) -> Option<Vec<String>> {
    let figures = |lane: &SavedLane| -> Vec<f64> {
        lane.runs.iter().filter(|run| run.ok).filter_map(|run| run.figure(metric)).collect()
    };
    let change = shift(&figures(now), &figures(then))?;
    let shown = |value| figure::metric(metric, Some(value));
    Some(vec![
        now.name.clone(),
        metric.title().to_owned(),
        shown(change.medians.1),
        shown(change.medians.0),
        said(&change, metric.more_is_better()),
    ])
}

fn said(change: &Shift, more_is_better: bool) -> String {
    let percent = (change.ratio - 1.0) * 100.0;
    match change.p_value {
        None => format!("{percent:+.1} %, too few runs to tell"),
        Some(p) if p > 0.05 => format!("{percent:+.1} %, no change shown (p {p:.3})"),
        Some(p) => {
            let better = (change.ratio > 1.0) == more_is_better;
            format!("{percent:+.1} %, {} (p {p:.3})", if better { "better" } else { "worse" })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sheet::tests::sheet;

    #[test]
    fn what_got_slower_is_said() {
        let old = sheet();
        let mut new = old.clone();
        new.saved.lanes[0].runs = old.saved.lanes[1].runs.clone();
        let Some(Block::Table(grid)) = block(&new, &old) else { panic!("no table") };
        assert_eq!(grid.rows[0][..4], ["A", "Total time", "101.0 ms", "201.0 ms"]);
        assert!(grid.rows[0][4].starts_with("+99.0 %, worse (p 0.00"), "{:?}", grid.rows[0]);
        assert!(grid.rows[3][4].starts_with("+0.0 %, no change shown"), "{:?}", grid.rows[3]);
    }

    #[test]
    fn another_prompt_is_no_comparison() {
        let old = sheet();
        let mut new = old.clone();
        new.saved.prompt.text = "something else".into();
        assert_eq!(block(&new, &old), None);
    }
}
