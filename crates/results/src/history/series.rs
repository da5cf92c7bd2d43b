//! One contestant on one workload over time: a point for each file, and where it changed.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::changes::{self, LastingChange};
use super::entry::{HistoryEntry, HistoryWorkload};
use super::point::{HistoryPoint, HistoryShift};
use speed_kings_core::race::verdict::Metric;

/// What of the history is looked at.
#[derive(Clone, PartialEq, Debug)]
pub struct HistoryFilter {
    /// The metric that is followed.
    pub metric: Metric,
    /// Contestants and models whose name holds this, whatever its case; empty for all.
    pub contestant: String,
    /// The phase; empty for all.
    pub phase: String,
    /// Nothing that was begun before.
    pub since: Option<Timestamp>,
    /// Whether simulated results count, too.
    pub simulated: bool,
}

/// One contestant on one workload.
#[derive(Clone, PartialEq, Debug)]
pub struct HistorySeries {
    /// What people call it.
    pub name: String,
    /// Its model's id on the wire.
    pub model: String,
    /// Host and port, where it is not the provider's own.
    pub endpoint: Option<String>,
    /// Its figures say nothing about the provider.
    pub simulated: bool,
    /// What it was asked.
    pub workload: HistoryWorkload,
    /// A point for each file, the oldest first.
    pub points: Vec<HistoryPoint>,
    /// The changes that lasted, the oldest first.
    pub lasting: Vec<LastingChange>,
}

impl HistorySeries {
    /// The series in `entries` that `filter` lets through, by workload and then by name.
    #[must_use]
    pub fn all(entries: &[HistoryEntry], filter: &HistoryFilter) -> Vec<Self> {
        let wanted = filter.contestant.to_lowercase();
        let mut series: BTreeMap<SeriesKey<'_>, Vec<HistoryPoint>> = BTreeMap::new();
        for entry in entries {
            let early = filter.since.is_some_and(|since| entry.begun.is_none_or(|begun| begun < since));
            if early || !filter.phase.is_empty() && !entry.workload.phase.eq_ignore_ascii_case(&filter.phase) {
                continue;
            }
            for lane in &entry.lanes {
                let named = || [&lane.name, &lane.model].iter().any(|name| name.to_lowercase().contains(&wanted));
                let Some(figures) = lane.figures.get(filter.metric.as_str()) else { continue };
                if (lane.simulated && !filter.simulated) || !(wanted.is_empty() || named()) {
                    continue;
                }
                let key = (&entry.workload, lane.name.as_str(), lane.model.as_str(), &lane.endpoint, lane.simulated);
                series.entry(key).or_default().push(HistoryPoint {
                    begun: entry.begun,
                    file: entry.file.clone(),
                    figures: figures.clone(),
                    failed: lane.failed,
                    change: None,
                });
            }
        }
        let one = |((workload, name, model, endpoint, simulated), mut points): (SeriesKey<'_>, Vec<HistoryPoint>)| {
            points.sort_by(|a, b| (a.begun, &a.file).cmp(&(b.begun, &b.file)));
            // A copy of a file is no point of its own.
            points.dedup_by(|copy, first| copy.begun.is_some() && copy.measured() == first.measured());
            let lasting = changes::mark(&mut points);
            Self {
                name: name.to_owned(),
                model: model.to_owned(),
                endpoint: endpoint.clone(),
                simulated,
                workload: workload.clone(),
                points,
                lasting,
            }
        };
        series.into_iter().map(one).collect()
    }

    /// The newest change that lasted, with its first point.
    #[must_use]
    pub fn last_lasting(&self) -> Option<(&HistoryPoint, &LastingChange)> {
        let lasting = self.lasting.last()?;
        Some((self.points.get(lasting.point)?, lasting))
    }

    /// The newest change from one file to the next that is shown, with its point; nothing where what lasted since says more.
    #[must_use]
    pub fn last_step(&self) -> Option<(&HistoryPoint, HistoryShift)> {
        let since = self.lasting.last().map_or(0, |lasting| lasting.point + 1);
        self.points.iter().skip(since).rev().find_map(|point| Some((point, point.change?)))
    }
}

/// What makes a series: the workload, the name, the model, the endpoint, and whether it was simulated.
type SeriesKey<'a> = (&'a HistoryWorkload, &'a str, &'a str, &'a Option<String>, bool);

#[cfg(test)]
mod tests {
    use super::super::entry::HistoryLane;
    use super::*;

    fn filter() -> HistoryFilter {
        HistoryFilter {
            metric: Metric::Total,
            contestant: String::new(),
            phase: String::new(),
            since: None,
            simulated: false,
        }
    }

    fn entry(day: i64, name: &str, ms: [f64; 8]) -> HistoryEntry {
        let figures = [("total_ms".to_owned(), ms.to_vec())].into();
        HistoryEntry {
            file: format!("{day}-{name}.json"),
            begun: Timestamp::from_second(day * 86_400).ok(),
            workload: HistoryWorkload {
                phase: "A1".into(),
                prompt: "short".into(),
                at_once: 1,
                ..HistoryWorkload::default()
            },
            lanes: vec![HistoryLane { name: name.into(), model: "m".into(), figures, ..HistoryLane::default() }],
            ..HistoryEntry::default()
        }
    }

    const QUICK: [f64; 8] = [100.0, 101.0, 102.0, 103.0, 104.0, 105.0, 106.0, 107.0];

    #[test]
    fn a_change_is_shown_where_it_was_and_nowhere_else() {
        let slow = QUICK.map(|ms| ms * 1.5);
        let mut entries: Vec<HistoryEntry> =
            (0..6).map(|day| entry(day, "A", if day < 3 { QUICK } else { slow })).collect();
        entries.reverse();
        entries.push(entry(2, "B", slow));
        let all = HistorySeries::all(&entries, &filter());
        assert_eq!(
            all.iter().map(|one| (one.name.as_str(), one.points.len())).collect::<Vec<_>>(),
            [("A", 6), ("B", 1)]
        );
        let changed: Vec<usize> = (0..6).filter(|day| all[0].points[*day].change.is_some()).collect();
        assert_eq!(changed, [3]);
        let (point, change) = all[0].last_step().unwrap();
        assert!((change.ratio - 1.5).abs() < 1e-9 && change.p_value <= changes::ALPHA && point.file == "3-A.json");
    }

    #[test]
    fn filters_leave_what_was_asked_for() {
        let mut simulated = entry(9, "Sim", QUICK);
        simulated.lanes[0].simulated = true;
        let entries = [entry(0, "Alpha", QUICK), entry(5, "Beta", QUICK), simulated];
        let names = |filter: HistoryFilter| {
            HistorySeries::all(&entries, &filter).into_iter().map(|one| one.name).collect::<Vec<_>>()
        };
        assert_eq!(names(filter()), ["Alpha", "Beta"]);
        assert_eq!(names(HistoryFilter { contestant: "ALP".into(), ..filter() }), ["Alpha"]);
        assert_eq!(names(HistoryFilter { since: Timestamp::from_second(86_400).ok(), ..filter() }), ["Beta"]);
        assert_eq!(names(HistoryFilter { simulated: true, ..filter() }).len(), 3);
        assert!(names(HistoryFilter { phase: "B1".into(), ..filter() }).is_empty());
        assert!(names(HistoryFilter { metric: Metric::Cost, ..filter() }).is_empty());
    }
}
