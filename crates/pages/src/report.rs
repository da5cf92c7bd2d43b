//! A benchmark as a page: one file of results, or several side by side.

mod cost;
mod distribution;
mod folded;
mod hours;
mod lanes;
mod load;
mod play;
mod runs;
mod stages;
mod streams;

use maud::{Markup, html};

pub use self::folded::whole_files;

use crate::block::{blocks, remarks};
use crate::data::PageData;
use crate::facts::{asked, when, who};
use crate::fairness;
use crate::page::Page;
use speed_kings_core::date;
use speed_kings_core::text::{counted, printable};
use speed_kings_results::benchmark_report::{BenchmarkReport, ReportBlock, csv, headline};
use speed_kings_session::bench::saved::BadgeRecord;
use speed_kings_session::bench::saved::{BenchmarkFile, RunResult};

/// Bytes of results, before they are packed, up to which a page holds texts and the moments of all reads.
const WHOLE: usize = 8 << 20;
/// Characters of a read's moment, and of the size of its text, as a file has them: for knowing beforehand how large it would be.
const READ: usize = 9;
const SIZE: usize = 3;

/// The page of `reports`, with `beside` after them: who stands where over all of them, what has changed, what was claimed.
#[must_use]
pub fn page(reports: &[BenchmarkReport], beside: &[ReportBlock], tool: &str) -> String {
    let mut page = Page { tool: tool.to_owned(), ..Page::default() };
    page.simulated = reports.iter().any(|report| report.saved.simulated());
    match reports {
        [only] => {
            (page.title, page.lead, page.facts) = (only.title(), headline(only), facts(only));
            for (id, title, body) in parts(only) {
                page.add(id, title, body);
            }
        }
        all => {
            page.title = format!("{} results", all.len());
            page.lead = lead(all);
            page.facts = days(all);
        }
    }
    page.add("load", "Under load", load::drawing(reports));
    page.add("beside", "Beside each other", blocks(beside));
    if reports.len() > 1 {
        let (whole, lines) = reports.split_at(whole_files(reports.len()));
        for (report, number) in whole.iter().zip(1..) {
            page.add(format!("results-{number}"), report.title(), of_several(report));
        }
        if !lines.is_empty() {
            page.add("folded", format!("{} more files", lines.len()), folded::lines(lines));
        }
    }
    page.data = data(reports);
    page.html()
}

/// The parts of the page of one file.
fn parts(report: &BenchmarkReport) -> Vec<(&'static str, &'static str, Markup)> {
    let (tables, notes) = tables(report);
    vec![
        ("figures", "Figures", blocks(&tables)),
        ("drawings", "Drawings", drawings(report)),
        ("race", "The race", play::race(report)),
        ("fairness", "How fair", fairness::list(badges(&report.saved))),
        ("runs", "Every run", runs::table(&report.saved)),
        ("notes", "Method, prices, environment", remarks(&notes)),
    ]
}

fn drawings(report: &BenchmarkReport) -> Markup {
    html! {
        (distribution::drawings(report))
        (stages::time_to_first_token(&report.saved))
        (stages::lanes(&report.saved))
        (lanes::drawing(&report.saved))
        (streams::drawing(&report.saved))
        (cost::drawing(report))
        (hours::drawing(&report.saved))
    }
}

/// One file among several: its verdict, and its parts without the large ones.
fn of_several(report: &BenchmarkReport) -> Markup {
    let (tables, notes) = tables(report);
    html! {
        p { strong { (printable(&headline(report))) } }
        (blocks(&tables))
        (drawings(report))
        (fairness::list(badges(&report.saved)))
        (runs::table(&report.saved))
        details { summary { "Method, prices, environment" } (remarks(&notes)) }
    }
}

/// The tables of a report, and its remarks; title and verdict stand at the top of the page.
fn tables(report: &BenchmarkReport) -> (Vec<ReportBlock>, Vec<String>) {
    let (mut tables, mut notes) = (Vec::new(), Vec::new());
    for block in speed_kings_results::benchmark_report::blocks(report).into_iter().skip(2) {
        match block {
            ReportBlock::Notes(all) => notes.extend(all),
            other => tables.push(other),
        }
    }
    (tables, notes)
}

fn badges(saved: &BenchmarkFile) -> &[BadgeRecord] {
    saved.verdict.as_ref().map_or(&[], |verdict| &verdict.badges)
}

/// Who was asked what, and when.
fn facts(report: &BenchmarkReport) -> Vec<(String, String)> {
    let saved = &report.saved;
    let runs: usize = saved.lanes.iter().map(|lane| lane.runs.len()).sum();
    let failed: usize =
        report.analysis.lanes.iter().map(speed_kings_session::bench::analysis::LaneStatistics::failed).sum();
    let mut facts = vec![
        who(saved.lanes.iter().map(|lane| &lane.identity)),
        asked(&saved.prompt),
        (
            "Runs".to_owned(),
            if failed == 0 { format!("{runs}, none failed") } else { format!("{runs}, {failed} failed") },
        ),
    ];
    facts.extend(saved.started_at.map(when));
    facts
}

fn lead(reports: &[BenchmarkReport]) -> String {
    let runs: usize = reports.iter().flat_map(|report| &report.saved.lanes).map(|lane| lane.runs.len()).sum();
    let (files, whole) = (reports.len(), whole_files(reports.len()));
    let by_itself =
        if whole < files { format!("the first {whole} files by themselves") } else { "each file by itself".into() };
    let (runs, files) = (counted(runs, "run", "runs"), counted(files, "file", "files"));
    format!("{runs} in {files}; who stands where, and {by_itself}, stands below.")
}

fn days(reports: &[BenchmarkReport]) -> Vec<(String, String)> {
    let days = || reports.iter().filter_map(|report| report.saved.started_at).map(date::day);
    let (first, last) = (days().min(), days().max());
    let when = first.zip(last).map(|(first, last)| if first == last { first } else { format!("{first} to {last}") });
    when.into_iter().map(|when| ("When".to_owned(), when)).collect()
}

/// The results as they are, where they are not too large, and a row for each run as CSV.
fn data(reports: &[BenchmarkReport]) -> Vec<PageData> {
    let saved = || reports.iter().map(|report| &report.saved);
    let rows = PageData {
        name: "runs.csv".into(),
        what: "a row for each run, for a spreadsheet".into(),
        bytes: csv::text(saved()).into_bytes(),
    };
    let whole = saved().map(size).sum::<usize>() <= WHOLE;
    let file = |saved: &BenchmarkFile| if whole { saved.json() } else { without_texts(saved).json() };
    let json = match reports {
        [only] => file(&only.saved),
        all => serde_json::Value::Array(all.iter().map(|report| file(&report.saved)).collect()),
    };
    let what = if whole {
        "everything: settings, every run with its text and the moment of each read, statistics"
    } else {
        "settings, every run and statistics; texts and the moments of reads are left out, for they are over 8 MiB"
    };
    vec![PageData { name: "results.json".into(), what: what.into(), bytes: json.to_string().into_bytes() }, rows]
}

/// About how many bytes of texts and reads a file has.
fn size(saved: &BenchmarkFile) -> usize {
    let text = |text: &Option<String>| text.as_ref().map_or(0, String::len);
    let runs = saved.lanes.iter().flat_map(|lane| &lane.runs);
    let reads = |run: &RunResult| run.offsets_ms.len() * READ + run.read_characters().len() * SIZE;
    runs.map(|run| text(&run.answer) + text(&run.reasoning) + reads(run)).sum()
}

fn without_texts(saved: &BenchmarkFile) -> BenchmarkFile {
    let mut bare = saved.clone();
    for run in bare.lanes.iter_mut().flat_map(|lane| &mut lane.runs) {
        (run.answer, run.reasoning, run.offsets_ms, run.read_characters) = (None, None, Vec::new(), None);
    }
    bare
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use speed_kings_session::fixture::twice_as_slow;

    /// Two contestants of which the second takes twice as long; the second one's last run failed.
    pub(crate) fn report() -> BenchmarkReport {
        BenchmarkReport::new(twice_as_slow())
    }

    /// A run as a file has it.
    pub(crate) fn saved_run(json: &str) -> RunResult {
        serde_json::from_str(json).unwrap()
    }

    #[test]
    fn a_page_has_its_verdict_its_figures_and_its_data() {
        let report = report();
        let text = page(std::slice::from_ref(&report), &[], "speed-kings 0.1.0");
        assert_eq!(text, page(std::slice::from_ref(&report), &[], "speed-kings 0.1.0"), "the same bytes each time");
        for said in [
            "provisional: A is 1.99× faster (",
            "id=\"figures\"",
            "id=\"runs\"",
            "TTFT: how the runs are spread",
            "failed: server 500",
            "results.json",
            "runs.csv",
            "One run on one clock",
        ] {
            assert!(text.contains(said), "{said}");
        }
        assert!(!text.contains("id=\"load\"") && !text.contains("Simulated:"));
    }

    #[test]
    fn several_files_stand_beside_each_other_and_show_what_load_does() {
        let (one, mut two) = (report(), report());
        two.saved.settings.concurrency = Some(4);
        for lane in &mut two.saved.lanes {
            lane.runs.iter_mut().for_each(|run| run.load_tok_s = Some(400.0));
        }
        let two = BenchmarkReport::new(two.saved);
        let text = page(&[one, two], &[ReportBlock::Title("Side by side".into())], "speed-kings 0.1.0");
        for said in ["2 results", "24 runs in 2 files", "Throughput against load", "id=\"results-2\"", "Side by side"] {
            assert!(text.contains(said), "{said}");
        }
    }

    #[test]
    fn what_is_too_large_goes_without_its_texts_and_says_so() {
        let mut report = report();
        report.saved.lanes[0].runs[0].answer = Some("x".repeat(WHOLE + 1));
        let files = data(std::slice::from_ref(&report));
        assert!(files[0].what.contains("left out") && files[0].bytes.len() < WHOLE);
        report.saved.lanes[0].runs[0].answer = Some("x".repeat(100));
        let files = data(std::slice::from_ref(&report));
        assert!(
            files[0].what.contains("everything") && String::from_utf8_lossy(&files[0].bytes).contains(&"x".repeat(100))
        );
    }
}
