//! What has changed since older results of the same contestants under the same conditions.
//! Runs of different days are no pairs, so they are compared by their medians, with a test for two samples.

use crate::benchmark_report::document::{ChangeRecord, FileChanges};
use crate::benchmark_report::{BenchmarkReport, ReportBlock, ReportTable};
use speed_kings_core::format;
use speed_kings_core::race::verdict::Metric;
use speed_kings_core::stats::compare::holm;
use speed_kings_core::stats::samples::{SampleShift, runs_needed, shift};
use speed_kings_session::bench::saved::{BenchmarkFile, LaneResult};

/// The metrics that are compared.
const SHOWN: [Metric; 3] = [Metric::Total, Metric::Ttft, Metric::OutputSpeed];
/// The p-value up to which a change is shown.
const ALPHA: f64 = 0.05;

/// One metric of one contestant, then and now.
#[derive(Clone, PartialEq, Debug)]
pub struct MetricChange {
    /// The contestant's name, as people call it.
    pub name: String,
    /// Its model's id on the wire.
    pub model: String,
    /// The metric that is compared with itself.
    pub metric: Metric,
    /// How far, now over then.
    pub shift: SampleShift,
    /// Runs then and now.
    pub runs: (usize, usize),
    /// The shift's p-value, corrected after Holm for all changes that are looked at together; nothing where no change,
    /// however large, could be shown with so few runs.
    pub p_value: Option<f64>,
    /// Runs that each of the two files needs at least, where there are too few to show any change.
    pub needed: Option<usize>,
}

/// Each contestant of `new` against itself in `old`.
///
/// # Errors
/// What makes the two different things, when none of them can be compared.
pub fn changes(new: &BenchmarkFile, old: &BenchmarkFile) -> Result<Vec<MetricChange>, String> {
    if let Some(what) = difference(new, old) {
        return Err(what);
    }
    let mut found = Vec::new();
    let mut reasons = Vec::new();
    for lane in &new.lanes {
        match before(lane, old) {
            Ok(then) => found.extend(SHOWN.into_iter().filter_map(|metric| change(lane, then, metric))),
            Err(why) => reasons.push(why),
        }
    }
    match (found.is_empty(), reasons.is_empty()) {
        (false, _) => Ok(corrected(found)),
        (true, true) => Err("no run of both brought figures".into()),
        (true, false) => Err(reasons.join("; ")),
    }
}

fn corrected(mut found: Vec<MetricChange>) -> Vec<MetricChange> {
    let raw = |of: fn(&SampleShift) -> f64| holm(&found.iter().map(|change| of(&change.shift)).collect::<Vec<f64>>());
    let (p_values, least) = (raw(|shift| shift.p_value), raw(|shift| shift.least_p));
    let needed = runs_needed(found.len(), ALPHA);
    for (change, (p, least)) in found.iter_mut().zip(p_values.into_iter().zip(least)) {
        let possible = least <= ALPHA;
        (change.p_value, change.needed) = (possible.then_some(p), (!possible).then_some(needed));
    }
    found
}

/// What was asked differently, if anything.
pub(crate) fn difference(new: &BenchmarkFile, old: &BenchmarkFile) -> Option<String> {
    let (now, then) = (&new.settings, &old.settings);
    let or_none = |cap: Option<u32>| cap.map_or_else(|| "none".to_owned(), |cap| cap.to_string());
    let facts = [
        (
            new.prompt.text == old.prompt.text,
            format!("prompts differ: {} then, {} now", old.prompt.name, new.prompt.name),
        ),
        (
            now.asked.max_tokens == then.asked.max_tokens,
            format!(
                "caps on output tokens differ: {} then, {} now",
                or_none(then.asked.max_tokens),
                or_none(now.asked.max_tokens)
            ),
        ),
        (
            new.concurrency() == old.concurrency(),
            format!("requests at a time differ: {} then, {} now", old.concurrency(), new.concurrency()),
        ),
        (now.asked.temperature == then.asked.temperature, "temperatures differ".into()),
        (now.asked.reasoning == then.asked.reasoning, "reasoning is not set alike".into()),
        (now.asked.allow_cache == then.asked.allow_cache, "the prompt cache is not set alike".into()),
    ];
    facts.into_iter().find(|(same, _)| !same).map(|(_, what)| what)
}

/// The same contestant in older results, or why there is none.
pub(crate) fn before<'a>(lane: &LaneResult, old: &'a BenchmarkFile) -> Result<&'a LaneResult, String> {
    let name = &lane.identity.name;
    let mut known = old
        .lanes
        .iter()
        .filter(|one| one.identity.provider == lane.identity.provider && one.identity.name == *name)
        .peekable();
    let first = known.peek().copied().ok_or_else(|| format!("{name} is not among the older ones"))?;
    let same = |one: &&LaneResult| {
        one.identity.model == lane.identity.model
            && one.identity.simulated == lane.identity.simulated
            && one.identity.endpoint == lane.identity.endpoint
    };
    known.find(same).ok_or_else(|| {
        if first.identity.model != lane.identity.model {
            format!("{name} ran {} then and {} now", first.identity.model, lane.identity.model)
        } else if first.identity.simulated == lane.identity.simulated {
            format!("{name} was at another endpoint then")
        } else {
            format!("{name} is simulated in one of them")
        }
    })
}

fn change(now: &LaneResult, then: &LaneResult, metric: Metric) -> Option<MetricChange> {
    // A load run's requests are not independent: each round counts once.
    let figures = |lane: &LaneResult| lane.by_round(metric).into_values().collect::<Vec<f64>>();
    let (then, now_figures) = (figures(then), figures(now));
    let (shift, runs) = (shift(&now_figures, &then)?, (then.len(), now_figures.len()));
    Some(MetricChange {
        name: now.identity.name.clone(),
        model: now.identity.model.clone(),
        metric,
        shift,
        runs,
        p_value: None,
        needed: None,
    })
}

/// What has changed in `new`, as a table, or why nothing can be said.
#[must_use]
pub fn block(new: &BenchmarkReport, old: &BenchmarkFile) -> ReportBlock {
    let changes = match changes(&new.saved, old) {
        Ok(changes) => changes,
        Err(why) => return ReportBlock::Text(format!("{}: nothing to compare: {why}", new.title())),
    };
    let header = ["contestant", "metric", "then", "now", "change, p after Holm"].map(str::to_owned).to_vec();
    let row = |change: MetricChange| {
        let shown = |value| format::metric(change.metric, Some(value));
        let (now, then) = change.shift.medians;
        vec![change.name.clone(), change.metric.title().to_owned(), shown(then), shown(now), said(&change)]
    };
    ReportBlock::Table(ReportTable {
        header,
        rows: changes.into_iter().map(row).collect(),
        right_from: 2,
        left_from: 4,
    })
}

/// The same for scripts: a list of changes, or why there is none.
#[must_use]
pub fn record(new: &BenchmarkFile, old: &BenchmarkFile) -> FileChanges {
    let one = |change: MetricChange| {
        let (now, then) = change.shift.medians;
        let call = call(&change).to_owned();
        ChangeRecord {
            name: change.name,
            model: change.model,
            metric: change.metric.as_str().to_owned(),
            then,
            now,
            ratio: change.shift.ratio,
            p_value: change.p_value,
            runs: [change.runs.0, change.runs.1],
            runs_needed: change.needed,
            call,
        }
    };
    match changes(new, old) {
        Ok(changes) => {
            FileChanges { since: old.started_at, why_not: None, metrics: changes.into_iter().map(one).collect() }
        }
        Err(why) => FileChanges { since: old.started_at, ..FileChanges::none(why) },
    }
}

/// Whether a change is shown, and for whom.
fn call(change: &MetricChange) -> &'static str {
    match change.p_value {
        None => "too_few",
        Some(p) if p > ALPHA => "no_change_shown",
        Some(_) if (change.shift.ratio > 1.0) == change.metric.more_is_better() => "better",
        Some(_) => "worse",
    }
}

fn said(change: &MetricChange) -> String {
    let moved = format::change(change.shift.ratio);
    let (then, now) = change.runs;
    let needed = change.needed.map_or_else(String::new, |needed| format!(": {needed} in each file needed"));
    match (change.p_value.map(format::p_value), call(change)) {
        (None, _) => format!("{moved}, too few runs to show any change ({then} and {now}{needed})"),
        (Some(p), "no_change_shown") => format!("{moved}, no change shown (p {p})"),
        (Some(p), call) => format!("{moved}, {call} (p {p})"),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::benchmark_report::tests::report;

    #[test]
    fn what_got_slower_is_said() {
        let old = report();
        let mut new = old.clone();
        new.saved.lanes[0].runs = old.saved.lanes[1].runs.clone();
        let ReportBlock::Table(report_table) = block(&new, &old.saved) else { panic!("no table") };
        assert_eq!(report_table.rows[0][..4], ["A", "Total time", "101.0 ms", "201.0 ms"]);
        assert!(report_table.rows[0][4].starts_with("+99.0 %, worse (p 0.0"), "{:?}", report_table.rows[0]);
        assert!(report_table.rows[3][4].starts_with("no difference, no change shown"), "{:?}", report_table.rows[3]);
        let told = record(&new.saved, &old.saved);
        assert_eq!((told.metrics[0].call.as_str(), told.why_not), ("worse", None));
    }

    /// The same results with so many runs of each contestant, each `by` times as long as in the report.
    fn of_runs(lanes: usize, runs: usize, by: f64) -> BenchmarkReport {
        let run = |run: usize| {
            #[expect(clippy::cast_precision_loss, reason = "small numbers")]
            let ms = 1_000.0 * by * (1.0 + 0.001 * run as f64);
            json!({"ok": true, "round": run + 1, "total_ms": ms, "ttft_ms": ms / 10.0, "output_tok_s": 901_000.0 / ms})
        };
        let runs: Vec<Value> = (0..runs).map(run).collect();
        let lanes: Vec<Value> = (0..lanes).map(|lane| json!({"name": format!("L{lane}"), "runs": runs})).collect();
        BenchmarkReport::new(BenchmarkFile::of(&json!({"version": 1, "lanes": lanes})).unwrap())
    }

    fn last_column(new: &BenchmarkReport, old: &BenchmarkReport) -> Vec<String> {
        let ReportBlock::Table(report_table) = block(new, &old.saved) else { panic!("no table") };
        report_table.rows.into_iter().filter_map(|mut row| row.pop()).collect()
    }

    #[test]
    fn two_contestants_at_the_default_runs_can_show_a_change() {
        let told = last_column(&of_runs(2, 5, 2.0), &of_runs(2, 5, 1.0));
        // 2 of 252 arrangements, times six rows.
        assert_eq!(told[0], "+100.0 %, worse (p 0.0476)");
        assert_eq!(told[2], "-50.0 %, worse (p 0.0476)");
        assert_eq!(record(&of_runs(2, 5, 2.0).saved, &of_runs(2, 5, 1.0).saved).metrics[2].call, "worse");
    }

    #[test]
    fn a_test_that_could_show_nothing_says_so() {
        let told = last_column(&of_runs(3, 5, 2.0), &of_runs(3, 5, 1.0));
        assert_eq!(told[0], "+100.0 %, too few runs to show any change (5 and 5: 6 in each file needed)");
        assert!(last_column(&of_runs(3, 6, 2.0), &of_runs(3, 6, 1.0))[0].starts_with("+100.0 %, worse (p 0.0"));
        let told = last_column(&of_runs(2, 3, 2.0), &of_runs(2, 5, 1.0));
        assert_eq!(told[0], "+99.8 %, too few runs to show any change (5 and 3: 5 in each file needed)");
        let told = record(&of_runs(1, 2, 2.0).saved, &of_runs(1, 2, 1.0).saved);
        let first = &told.metrics[0];
        assert_eq!((first.call.as_str(), first.p_value, first.runs_needed), ("too_few", None, Some(5)));
    }

    #[test]
    fn what_was_asked_or_run_differently_is_no_comparison_and_says_why() {
        let old = report();
        let why = |change: &dyn Fn(&mut BenchmarkFile)| {
            let mut new = old.saved.clone();
            change(&mut new);
            changes(&new, &old.saved).unwrap_err()
        };
        assert!(why(&|new| new.prompt.text = "something else".into()).starts_with("prompts differ"));
        assert_eq!(
            why(&|new| new.settings.asked.max_tokens = Some(9)),
            "caps on output tokens differ: none then, 9 now"
        );
        assert_eq!(why(&|new| new.settings.concurrency = Some(4)), "requests at a time differ: 1 then, 4 now");
        let told = why(&|new| new.lanes.iter_mut().for_each(|lane| lane.identity.model = "other".into()));
        assert_eq!(told, "A ran llama-test then and other now; B ran llama-test then and other now");
        assert!(
            why(&|new| new.lanes.iter_mut().for_each(|lane| lane.identity.simulated = true))
                .contains("simulated in one")
        );
    }
}
