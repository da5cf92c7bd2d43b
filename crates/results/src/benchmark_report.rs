//! Results as people read them: titles, sentences and tables, which a printer then sets as plain text or Markdown.
//! It knows saved results alone, so what a run prints and what its file says later are the same.

mod block;
pub mod change;
pub mod claims;
pub mod csv;
pub mod document;
mod lateness;
pub mod lengths;
mod local;
pub mod markdown;
mod measured;
mod notes;
pub(crate) mod origin;
pub mod overview;
mod tags;
mod turns;

pub use self::block::{ReportBlock, ReportTable};
pub use self::measured::BenchmarkReport;
use self::measured::{SHOWN, answers_at_once};
use speed_kings_core::format;
use speed_kings_core::race::verdict::Metric;
use speed_kings_core::stats::compare::{ComparisonCall, MIN_PAIRS};
use speed_kings_session::bench::analysis::{LaneStatistics, MetricComparison, MetricSummary, counts_tokens};

/// What opens a headline that can't stand alone: a badge is broken, or runs failed.
const PROVISIONAL: &str = "provisional: ";

/// The whole report on one file.
#[must_use]
pub fn blocks(report: &BenchmarkReport) -> Vec<ReportBlock> {
    let mut blocks = vec![
        ReportBlock::Title(report.title()),
        ReportBlock::Text(headline(report)),
        ReportBlock::Table(medians(report)),
    ];
    if report.saved.lanes.len() > 2 {
        blocks.push(ReportBlock::Text("Every two by total time, the faster one first:".into()));
        blocks.push(ReportBlock::Table(pairs(report)));
    }
    if let Some(table) = tags::by_tag(report) {
        blocks.push(ReportBlock::Text("By tag of the prompts, medians:".into()));
        blocks.push(ReportBlock::Table(without_empty_columns(table)));
    }
    if let Some(table) = lengths::against_plan(report) {
        blocks.push(ReportBlock::Text("Lengths, medians in tokens:".into()));
        blocks.push(ReportBlock::Table(without_empty_columns(table)));
    }
    if let Some(table) = turns::by_turn(report) {
        blocks.push(ReportBlock::Text("By turn of the conversations, medians:".into()));
        blocks.push(ReportBlock::Table(without_empty_columns(table)));
    }
    blocks.extend(local::resources(report).map(|table| ReportBlock::Table(without_empty_columns(table))));
    blocks.extend((0..report.saved.lanes.len()).flat_map(|lane| spread(report, lane)));
    blocks.push(ReportBlock::Notes(notes::all(report)));
    blocks
}

/// Who is faster, in a sentence.
#[must_use]
pub fn headline(report: &BenchmarkReport) -> String {
    let lanes = &report.analysis.lanes;
    let weight = if report.saved.is_provisional() { PROVISIONAL } else { "" };
    let out: Vec<&str> =
        (0..).zip(lanes).filter(|(_, told)| told.good == 0).map(|(lane, _)| report.name(lane)).collect();
    match report.analysis.pair(0, 1, Metric::Total).map(|pair| pair.leader_first()) {
        _ if lanes.len() < 2 => "one contestant: nothing to compare it with".into(),
        Some(pair) if lanes.len() == 2 => format!("{weight}{}", versus(report, &pair)),
        _ if lanes.len() - out.len() < 2 => format!("no verdict: {} brought no figures", out.join(", ")),
        _ if lanes.len() == 2 => "no verdict: no two runs stood beside each other".into(),
        _ => format!("{weight}{}", ranking(report)),
    }
}

fn versus(report: &BenchmarkReport, pair: &MetricComparison) -> String {
    let (a, b, effect) = (report.name(pair.a), report.name(pair.b), pair.effect());
    match pair.comparison.call {
        ComparisonCall::TooFew if format::is_level(pair.comparison.ratio) => format!("{a} and {b}: {effect}"),
        ComparisonCall::Larger | ComparisonCall::Smaller => format!("{a} is {effect} than {b} by total time"),
        ComparisonCall::TooClose => format!("{a} and {b}: {effect} by total time"),
        ComparisonCall::TooFew => format!("{a} was ahead of {b}: {effect}"),
    }
}

/// `1. Cerebras · 2. Groq and SambaNova · not ranked: Together (4 pairs, 5 needed)`.
fn ranking(report: &BenchmarkReport) -> String {
    let mut ranks: Vec<usize> = report.analysis.ranks.iter().flatten().copied().collect();
    ranks.sort_unstable();
    ranks.dedup();
    let at = |rank: usize| {
        let held = report.analysis.ranks.iter().enumerate().filter(|(_, held)| **held == Some(rank));
        let names: Vec<&str> = held.map(|(lane, _)| report.name(lane)).collect();
        format!("{rank}. {}", names.join(" and "))
    };
    let out = (0..report.analysis.ranks.len()).filter(|lane| report.analysis.ranks.get(*lane) == Some(&None));
    let out: Vec<String> = out.map(|lane| format!("{} ({})", report.name(lane), too_few(report, lane))).collect();
    let mut parts: Vec<String> = ranks.iter().copied().map(at).collect();
    if !out.is_empty() {
        parts.push(format!("not ranked: {}", out.join(", ")));
    }
    let how = match report.analysis.ranks_need {
        _ if ranks.is_empty() => String::new(),
        Some(needed) => format!(
            " (too few runs to show anybody ahead of {} others after Holm's correction: {needed} of each needed)",
            report.analysis.lanes.len() - 1
        ),
        None => " (ranks are shared where no test tells two apart; p-values corrected after Holm)".to_owned(),
    };
    format!("by total time: {}{how}", parts.join(" · "))
}

/// Why a contestant has no rank.
fn too_few(report: &BenchmarkReport, lane: usize) -> String {
    let of = |pair: &&MetricComparison| pair.metric == Metric::Total && (pair.a == lane || pair.b == lane);
    match report.analysis.pairs.iter().filter(of).map(|pair| pair.comparison.pairs).max() {
        Some(1) => format!("1 pair, {MIN_PAIRS} needed"),
        Some(pairs) => format!("{pairs} pairs, {MIN_PAIRS} needed"),
        None => "no figures".into(),
    }
}

/// Medians side by side; with two contestants, what they come to beside them.
fn medians(report: &BenchmarkReport) -> ReportTable {
    let lanes = &report.analysis.lanes;
    let mut header = vec!["median".to_owned()];
    header.extend((0..lanes.len()).map(|lane| report.name(lane).to_owned()));
    let matchup = lanes.len() == 2;
    if matchup {
        header.extend(["difference".to_owned(), "p".to_owned()]);
    }
    let row = |metric: Metric| {
        let figure = |lane: &LaneStatistics| shown(lane, metric, lane.metric(metric).map(|told| told.median));
        let mut row = vec![metric.title().to_owned()];
        row.extend(lanes.iter().map(figure));
        if matchup {
            row.extend(difference(report, metric));
        }
        row
    };
    let at_once = lanes.iter().all(answers_at_once);
    let anybody = |metric: Metric| lanes.iter().any(|lane| lane.metric(metric).is_some());
    let shown = SHOWN.into_iter().filter(|metric| (*metric != Metric::Ttfa || !at_once) && anybody(*metric));
    let mut rows: Vec<Vec<String>> = shown.map(row).collect();
    rows.extend(load(report, matchup));
    let mut runs = vec!["Good runs".to_owned()];
    runs.extend(lanes.iter().map(|lane| format!("{} of {}", lane.good, lane.good + lane.failed())));
    runs.resize(header.len(), String::new());
    rows.push(runs);
    ReportTable { left_from: lanes.len() + 1, right_from: 1, header, rows }
}

/// All requests of a load run together.
fn load(report: &BenchmarkReport, matchup: bool) -> Option<Vec<String>> {
    let lanes = &report.analysis.lanes;
    lanes.iter().any(|lane| lane.load.is_some()).then_some(())?;
    let mut row = vec!["Load speed".to_owned()];
    let together = |lane: &LaneStatistics| lane.load.as_ref().map(|load| load.description.median);
    row.extend(lanes.iter().map(|lane| shown(lane, Metric::OutputSpeed, together(lane))));
    if matchup {
        row.extend(told(report, report.analysis.loads.first().copied()));
    }
    Some(row)
}

fn difference(report: &BenchmarkReport, metric: Metric) -> [String; 2] {
    let apart = report.analysis.lanes.iter().map(|lane| lane.estimated).collect::<Vec<_>>();
    if counts_tokens(metric) && apart.first() != apart.get(1) {
        return ["not comparable: one counted, one estimated".into(), String::new()];
    }
    if metric.rests_on_tokens() && report.analysis.counted_differently(&report.saved, 0, 1) {
        return ["not comparable: tokens not counted alike".into(), String::new()];
    }
    told(report, report.analysis.pair(0, 1, metric))
}

/// A figure of a contestant, with ≈ where nobody has counted its tokens.
fn shown(lane: &LaneStatistics, metric: Metric, value: Option<f64>) -> String {
    let sign = if lane.estimated && counts_tokens(metric) && value.is_some() { "≈" } else { "" };
    format!("{sign}{}", format::metric(metric, value))
}

/// What a pair comes to, whoever leads first, and its p-value.
fn told(report: &BenchmarkReport, pair: Option<MetricComparison>) -> [String; 2] {
    let Some(pair) = pair.map(|pair| pair.leader_first()) else {
        return [String::new(), String::new()];
    };
    let p = pair.comparison.p_value.map(format::p_value).unwrap_or_default();
    let effect = pair.effect();
    let nobody = match pair.comparison.call {
        ComparisonCall::TooClose => true,
        ComparisonCall::TooFew => format::is_level(pair.comparison.ratio),
        ComparisonCall::Larger | ComparisonCall::Smaller => false,
    };
    let who = if nobody { String::new() } else { format!("{} ", report.name(pair.a)) };
    [format!("{who}{effect}"), p]
}

/// Every two contestants by total time.
fn pairs(report: &BenchmarkReport) -> ReportTable {
    let totals =
        report.analysis.pairs.iter().filter(|pair| pair.metric == Metric::Total).map(MetricComparison::leader_first);
    let row = |pair: MetricComparison| {
        let comparison = pair.comparison;
        let p = comparison.p_value.map(format::p_value).unwrap_or_default();
        vec![
            report.name(pair.a).to_owned(),
            report.name(pair.b).to_owned(),
            pair.effect(),
            p,
            comparison.pairs.to_string(),
        ]
    };
    let header = ["first", "second", "difference", "p", "pairs"].map(str::to_owned).to_vec();
    ReportTable { header, rows: totals.map(row).collect(), right_from: 3, left_from: usize::MAX }
}

/// One contestant's distributions: its name and model, and a table with a row for each metric.
fn spread(report: &BenchmarkReport, lane: usize) -> Vec<ReportBlock> {
    let Some(told) = report.analysis.lanes.get(lane).filter(|told| told.good > 0) else { return Vec::new() };
    let header = ["", "n", "mean", "std", "min", "median", "p90", "p95", "p99", "max", "MAD", "CV", "outliers"];
    let shown = told.metrics.iter().filter(|(metric, _)| *metric != Metric::Ttfa || !answers_at_once(told));
    let rows: Vec<Vec<String>> = shown.map(|(metric, described)| spread_row(told, *metric, described)).collect();
    let model = report.saved.lanes.get(lane).map(|lane| format!(" ({})", lane.identity.model)).unwrap_or_default();
    let report_table =
        ReportTable { header: header.map(str::to_owned).to_vec(), rows, right_from: 1, left_from: usize::MAX };
    let report_table = without_empty_columns(report_table);
    vec![ReportBlock::Text(format!("{}{model}", report.name(lane))), ReportBlock::Table(report_table)]
}

/// The same table without the columns in which no row has anything, for example percentiles of few runs.
fn without_empty_columns(report_table: ReportTable) -> ReportTable {
    let keep: Vec<bool> = (0..report_table.header.len())
        .map(|column| {
            column == 0 || report_table.rows.iter().any(|row| row.get(column).is_some_and(|cell| !cell.is_empty()))
        })
        .collect();
    let kept = |row: Vec<String>| row.into_iter().zip(&keep).filter(|(_, keep)| **keep).map(|(cell, _)| cell).collect();
    ReportTable {
        header: kept(report_table.header),
        rows: report_table.rows.into_iter().map(kept).collect(),
        ..report_table
    }
}

fn spread_row(lane: &LaneStatistics, metric: Metric, described: &MetricSummary) -> Vec<String> {
    let told = &described.description;
    let shown = |value: Option<f64>| value.map_or_else(String::new, |value| shown(lane, metric, Some(value)));
    // A spread of nothing is no price of nothing.
    let spread = |value: Option<f64>| if value == Some(0.0) { "0".into() } else { shown(value) };
    let cv = told.cv.map(format::percent).unwrap_or_default();
    let outliers: Vec<String> = described.outliers.iter().map(|place| format!("#{}", place + 1)).collect();
    vec![
        metric.title().to_owned(),
        told.n.to_string(),
        shown(Some(told.mean)),
        spread(told.std),
        shown(Some(told.min)),
        shown(Some(told.median)),
        shown(told.p90),
        shown(told.p95),
        shown(told.p99),
        shown(Some(told.max)),
        spread(told.std.map(|_| told.mad)),
        cv,
        outliers.join(" "),
    ]
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use speed_kings_session::bench::document::file;
    use speed_kings_session::fixture::{results, twice_as_slow};

    /// Two contestants of which the second takes twice as long; the second one's last run failed.
    pub(crate) fn report() -> BenchmarkReport {
        BenchmarkReport::new(twice_as_slow())
    }

    #[test]
    fn a_duel_has_its_sentence_and_its_table() {
        let report = report();
        let told = headline(&report);
        assert!(
            told.starts_with("provisional: A is 1.99× faster (") && told.ends_with("than B by total time"),
            "{told}"
        );
        let report_table = medians(&report);
        assert_eq!(report_table.header, ["median", "A", "B", "difference", "p"]);
        assert!(report_table.rows.iter().all(|row| row.len() == 5));
        assert_eq!(report_table.rows[0][..3], ["Total time", "101.0 ms", "201.0 ms"]);
        assert_eq!(report_table.rows.last().unwrap()[..3], ["Good runs", "6 of 6", "5 of 6"]);
        assert_eq!(report.title(), "A vs B · prompt ");
    }

    #[test]
    fn every_row_is_as_wide_as_its_header() {
        for block in blocks(&report()) {
            if let ReportBlock::Table(report_table) = block {
                assert!(report_table.rows.iter().all(|row| row.len() == report_table.header.len()), "{report_table:?}");
            }
        }
    }

    #[test]
    fn columns_without_anything_are_left_out() {
        let Some(ReportBlock::Table(report_table)) = spread(&report(), 0).into_iter().nth(1) else {
            panic!("no table")
        };
        assert_eq!(report_table.header, ["", "n", "mean", "std", "min", "median", "max", "MAD", "CV"]);
        assert!(report_table.rows.iter().all(|row| row[0] != "TTFA"), "the same as TTFT");
    }

    #[test]
    fn who_brought_nothing_is_named() {
        let report = BenchmarkReport::new(file(&results([&[&[50, 100]], &[&[]]]), false));
        assert_eq!(headline(&report), "no verdict: B brought no figures");
    }
}
