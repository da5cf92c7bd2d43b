//! One contestant on one workload over time: a point for each file, and where it changed.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::entry::{HistoryEntry, HistoryWorkload};
use speed_kings_core::race::verdict::Metric;
use speed_kings_core::stats::compare::holm;
use speed_kings_core::stats::median;
use speed_kings_core::stats::samples::{SampleShift, shift};

/// The p-value up to which a change is shown.
const ALPHA: f64 = 0.05;

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
}

/// What one file has of a series.
#[derive(Clone, PartialEq, Debug)]
pub struct HistoryPoint {
    /// When it was begun.
    pub begun: Option<Timestamp>,
    /// The file, below the folder of results.
    pub file: String,
    /// The figure of each round, in the metric's unit.
    pub figures: Vec<f64>,
    /// Runs that brought no figures.
    pub failed: usize,
    /// How far it lies from the point before, where that is shown: with Holm's correction for all steps of the series.
    pub change: Option<HistoryShift>,
}

/// A change from one point to the next.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct HistoryShift {
    /// The newer median over the older one.
    pub ratio: f64,
    /// The p-value after Holm's correction.
    pub p_value: f64,
}

impl HistoryPoint {
    /// The middle one of its figures.
    #[must_use]
    pub fn median(&self) -> Option<f64> {
        median(self.figures.iter().copied())
    }

    /// By what the same runs are known again, whatever the file is called.
    fn measured(&self) -> (Option<Timestamp>, &[f64], usize) {
        (self.begun, &self.figures, self.failed)
    }
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
            mark_changes(&mut points);
            Self {
                name: name.to_owned(),
                model: model.to_owned(),
                endpoint: endpoint.clone(),
                simulated,
                workload: workload.clone(),
                points,
            }
        };
        series.into_iter().map(one).collect()
    }

    /// The newest change that is shown, with its point.
    #[must_use]
    pub fn last_change(&self) -> Option<(&HistoryPoint, HistoryShift)> {
        self.points.iter().rev().find_map(|point| Some((point, point.change?)))
    }
}

/// What makes a series: the workload, the name, the model, the endpoint, and whether it was simulated.
type SeriesKey<'a> = (&'a HistoryWorkload, &'a str, &'a str, &'a Option<String>, bool);

/// Marks the points that differ from those before them, as far as that is shown.
fn mark_changes(points: &mut [HistoryPoint]) {
    let steps: Vec<Option<SampleShift>> = points
        .windows(2)
        .map(|pair| match pair {
            [before, after] => shift(&after.figures, &before.figures),
            _ => None,
        })
        .collect();
    // Steps that too few runs could never show take nothing from the others.
    let able: Vec<SampleShift> = steps.iter().flatten().copied().filter(|step| step.least_p <= ALPHA).collect();
    let mut corrected = holm(&able.iter().map(|step| step.p_value).collect::<Vec<f64>>()).into_iter();
    for (point, step) in points.iter_mut().skip(1).zip(steps) {
        let Some(step) = step.filter(|step| step.least_p <= ALPHA) else { continue };
        let p_value = corrected.next().unwrap_or(1.0);
        point.change = (p_value <= ALPHA).then_some(HistoryShift { ratio: step.ratio, p_value });
    }
}

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
        let (point, change) = all[0].last_change().unwrap();
        assert!((change.ratio - 1.5).abs() < 1e-9 && change.p_value <= ALPHA && point.file == "3-A.json");
    }

    #[test]
    fn few_runs_show_no_change_and_cost_the_others_nothing() {
        let mut points: Vec<HistoryPoint> = (0..40)
            .map(|day| HistoryPoint {
                begun: None,
                file: day.to_string(),
                figures: if day == 39 { vec![900.0] } else { vec![100.0; 2] },
                failed: 0,
                change: None,
            })
            .collect();
        points.push(HistoryPoint { figures: QUICK.to_vec(), ..points[0].clone() });
        points.push(HistoryPoint { figures: QUICK.map(|ms| ms * 3.0).to_vec(), ..points[0].clone() });
        mark_changes(&mut points);
        assert_eq!(points.iter().filter(|point| point.change.is_some()).count(), 1);
        assert!(points[41].change.is_some());
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
