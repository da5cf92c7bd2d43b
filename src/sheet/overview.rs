//! Several results beside each other: a line for each contestant of each file, and who stands where over all of them.

use crate::figure;
use crate::findings::answer::factor;
use crate::findings::standings::Standings;
use crate::race::verdict::Metric;
use crate::sheet::{Grid, Sheet, shown};

/// The metrics that are shown.
const SHOWN: [Metric; 4] = [Metric::Total, Metric::Ttft, Metric::OutputSpeed, Metric::Cost];

/// The medians of every contestant of every file.
#[must_use]
pub fn table(sheets: &[Sheet]) -> Grid {
    let mut header = ["begun", "phase", "prompt", "contestant", "model", "good runs"].map(str::to_owned).to_vec();
    header.extend(SHOWN.map(|metric| metric.title().to_owned()));
    let rows = sheets.iter().flat_map(|sheet| {
        let saved = &sheet.saved;
        let begun: String = saved.started_at.as_deref().unwrap_or(figure::ABSENT).chars().take(16).collect();
        let load = if saved.concurrency() > 1 { format!(" ×{}", saved.concurrency()) } else { String::new() };
        saved.lanes.iter().zip(&sheet.analysis.lanes).map(move |(lane, told)| {
            let sim = if lane.simulated { "SIM " } else { "" };
            let mut row = vec![
                begun.replace('T', " "),
                saved.phase.clone().unwrap_or_default(),
                format!("{}{load}", saved.prompt.name),
                format!("{sim}{}", lane.name),
                lane.model.clone(),
                format!("{} of {}", told.good, told.good + told.failed()),
            ];
            row.extend(SHOWN.map(|metric| shown(told, metric, told.metric(metric).map(|told| told.median))));
            row
        })
    });
    Grid { rows: rows.collect(), header, right_from: 5, left_from: usize::MAX }
}

/// Places with how far each is behind the first; who can't be told from those before shares their place.
#[must_use]
pub fn standings(standings: &Standings) -> Grid {
    let rows = standings.places.iter().map(|of| {
        let behind = of.behind.as_ref().map_or_else(|| "first".to_owned(), factor);
        vec![of.rank.to_string(), of.name.clone(), behind]
    });
    let header = ["place", "who", "behind the first"].map(str::to_owned).to_vec();
    Grid { header, rows: rows.collect(), right_from: usize::MAX, left_from: usize::MAX }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sheet::tests::sheet;

    #[test]
    fn every_contestant_of_every_file_has_a_line() {
        let grid = table(&[sheet(), sheet()]);
        assert_eq!(grid.rows.len(), 4);
        assert_eq!(grid.rows[1][3..7], ["B", "llama-test", "5 of 6", "201.0 ms"]);
        assert!(grid.rows.iter().all(|row| row.len() == grid.header.len()));
    }
}
