//! Of many files the later ones: a line each, so that a page of hundreds stays one that a browser opens.

use maud::{Markup, html};

use crate::block;
use speed_kings_core::date;
use speed_kings_core::format;
use speed_kings_core::race::verdict::Metric;
use speed_kings_results::benchmark_report::{BenchmarkReport, ReportTable, headline};

/// Files that have a part of their own with drawings and every run.
const WHOLE: usize = 12;

/// How many of so many files have a part of their own; the others have a line each.
#[must_use]
pub fn whole_files(files: usize) -> usize {
    files.min(WHOLE)
}

/// The lines of these files.
pub(super) fn lines(reports: &[BenchmarkReport]) -> Markup {
    let header = ["begun, UTC", "what", "good runs", "Total time, medians", "verdict"].map(str::to_owned).to_vec();
    let table = ReportTable { header, rows: reports.iter().map(line).collect(), right_from: 2, left_from: 4 };
    html! {
        p {
            "A line for each file beyond the first " (WHOLE) ", which have parts of their own above. The whole part of one, with its drawings and every run, is a page by itself: "
            code { "speed-kings report FILE --out page.html" }
            "; files are named after the time at which they were begun."
        }
        (block::table(&table))
    }
}

fn line(report: &BenchmarkReport) -> Vec<String> {
    let lanes = &report.analysis.lanes;
    let (good, failed) = lanes.iter().fold((0, 0), |(good, failed), lane| (good + lane.good, failed + lane.failed()));
    let median = |metric| {
        let shown = lanes.iter().map(|lane| format::metric(metric, lane.metric(metric).map(|told| told.median)));
        shown.collect::<Vec<String>>().join(" / ")
    };
    vec![
        report.saved.started_at.map_or_else(|| format::ABSENT.to_owned(), date::to_minute),
        report.title(),
        format!("{good} of {}", good + failed),
        median(Metric::Total),
        headline(report),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::page;
    use crate::report::tests::report;

    #[test]
    fn later_files_are_a_line_each_and_a_page_of_many_stays_small() {
        let page = |files: usize| page(&vec![report(); files], &[], "speed-kings 0.1.0");
        let (few, many) = (page(WHOLE), page(400));
        assert!(few.contains("id=\"results-12\"") && !few.contains("id=\"folded\""));
        assert!(many.contains("id=\"results-12\"") && !many.contains("id=\"results-13\""));
        assert!(many.contains("388 more files") && many.contains("speed-kings report FILE --out page.html"));
        let lines = many.split("id=\"folded\"").nth(1).unwrap();
        let line = lines.split("<tr>").nth(2).unwrap();
        for said in ["A vs B", "11 of 12", "101.0 ms / 201.0 ms", "A is 1.99× faster"] {
            assert!(line.contains(said), "{said} in {line}");
        }
        // A line is a hundredth of a part.
        assert!((many.len() - few.len()) / 388 < 2_000, "{} and {} bytes", few.len(), many.len());
    }
}
