//! A load by levels as a page: who held what up to where, the curves, the levels, how fair it was.

use maud::{Markup, html};
use serde_json::Value;

use crate::block::{blocks, remarks};
use crate::data::PageData;
use crate::drawing::{DrawingText, panel, short_name};
use crate::facts::{asked, when, who};
use crate::fairness;
use crate::page::Page;
use speed_kings_chart::ChartPanel;
use speed_kings_core::format;
use speed_kings_core::race::verdict::Metric;
use speed_kings_results::benchmark_report::{ReportBlock, ReportTable};
use speed_kings_results::load::{LoadFile, LoadLevel, badges, lead, narrow_tables, offered, panels};

/// The page of `file`, with what its gates came to, the program's own error where it is known, and the file itself as `json`.
#[must_use]
pub fn page(file: &LoadFile, gates: &[ReportBlock], calibration: Option<&Value>, json: Vec<u8>, tool: &str) -> String {
    let mut page = Page {
        title: file.title(),
        lead: lead(file),
        simulated: file.simulated(),
        facts: facts(file),
        data: vec![PageData {
            name: "load.json".into(),
            what: "everything: settings, levels, a row for each request".into(),
            bytes: json,
        }],
        tool: tool.to_owned(),
        ..Page::default()
    };
    let [came, waits] = narrow_tables(file).map(ReportBlock::Table);
    let titles = ["What came of each load", "How long requests waited"].map(|title| ReportBlock::Title(title.into()));
    let [of_load, of_waits] = titles;
    page.add("figures", "Figures", blocks(&[of_load, came, of_waits, waits]));
    page.add("gates", "Gates", blocks(gates));
    page.add("drawings", "Drawings", drawings(file));
    page.add("fairness", "How fair", fairness::list(&badges(file)));
    let notes = speed_kings_results::load::blocks(file, calibration).into_iter().filter_map(|block| match block {
        ReportBlock::Notes(notes) => Some(notes),
        _ => None,
    });
    page.add("notes", "Method, prices, environment", remarks(&notes.flatten().collect::<Vec<String>>()));
    page.html()
}

fn facts(file: &LoadFile) -> Vec<(String, String)> {
    let requests: usize = file.levels.iter().map(|level| level.figures.requests).sum();
    let failed: usize = file.levels.iter().map(|level| level.figures.failed).sum();
    let failed = if failed == 0 { "none failed".to_owned() } else { format!("{failed} failed") };
    let mut facts = vec![
        who(file.contestants.iter()),
        asked(&file.prompt),
        ("Requests".to_owned(), format!("{requests} that count at {} levels, {failed}", file.levels.len())),
        when(file.started_at),
    ];
    facts.extend(file.slo.clone().map(|slo| ("Objective".to_owned(), slo)));
    facts
}

fn drawings(file: &LoadFile) -> Markup {
    let [throughput, waiting] = panels(file);
    let speed = |value: Option<f64>| format::metric(Metric::OutputSpeed, value);
    html! {
        (drawn(
            throughput,
            "To the right each request is faster, upwards all of them together are; a line runs through the levels of a contestant.",
            &same(file, ["tok/s of one, median", "tok/s of all"], |level| {
                [speed(level.figures.output_tok_s.p50), speed(Some(level.figures.load_tok_s))]
            }),
        ))
        (drawn(
            waiting,
            "The median of the requests of each level. Where a line goes up, requests wait in front of the server.",
            &same(file, ["TTFT, median"], |level| [format::metric(Metric::Ttft, level.figures.ttft_ms.p50)]),
        ))
    }
}

/// A panel with its title in the words above it, where nothing of the axes is in its way.
fn drawn(chart: ChartPanel, told: &str, same: &ReportTable) -> Markup {
    let text = DrawingText { title: chart.title.to_owned(), told: told.to_owned() };
    let mut series = chart.series;
    for one in &mut series {
        one.told.clone_from(&one.name);
        one.name = short_name(&one.name);
    }
    panel(&text, &ChartPanel { title: "", series, ..chart }, same)
}

/// The points of a drawing as a table: a row for each whole level.
fn same<const N: usize>(file: &LoadFile, titles: [&str; N], cells: impl Fn(&LoadLevel) -> [String; N]) -> ReportTable {
    let header = ["contestant", "load"].into_iter().chain(titles).map(str::to_owned).collect();
    let rows = file.contestants.iter().enumerate().flat_map(|(number, one)| {
        let whole = file.levels_of(number).into_iter().filter(|level| level.incomplete().is_none());
        let row =
            |level: &LoadLevel| [one.name.clone(), offered(level.load())].into_iter().chain(cells(level)).collect();
        whole.map(row).collect::<Vec<Vec<String>>>()
    });
    ReportTable { rows: rows.collect(), header, right_from: 1, left_from: usize::MAX }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_load_has_all_that_a_page_of_results_has() {
        let level = |askers: u32| {
            let mut level = LoadLevel { concurrency: Some(askers), ..LoadLevel::default() };
            (level.figures.requests, level.figures.load_tok_s) = (20, f64::from(askers) * 100.0);
            (level.figures.output_tok_s.p50, level.figures.ttft_ms.p50) = (Some(90.0), Some(50.0));
            level
        };
        let text = r#"{"version":1,"kind":"load","started_at":"2026-11-30T12:00:00Z","ended":"complete","phase":null,"prompt":{},
            "settings":{},"slo":null,"ramp_s":1,"steady_s":5,"seed":1,"environment":{},"spent_usd":null,
            "contestants":[{"name":"A<b","model":"m"}],"levels":[]}"#;
        let mut file: LoadFile = serde_json::from_str(text).unwrap();
        file.levels = vec![level(1), level(4)];
        file.levels[1].figures.client_limit = Some("late".into());
        let page = page(&file, &[], None, b"{}".to_vec(), "speed-kings 0.1.0");
        for said in [
            "<dt>Who</dt>",
            "2026-11-30 12:00 UTC",
            "A&lt;b: at most 400",
            "id=\"fairness\"",
            "A&lt;b at 4 at a time: late",
            "Method, prices, environment",
            "own error",
            "load.json",
        ] {
            assert!(page.contains(said), "{said}");
        }
        assert_eq!((page.matches("The same as a table").count(), page.matches("<polyline").count()), (2, 2));
        // No table is wider than its page, and no title of a drawing stands where an axis has its words.
        let widest = page.split("<tr>").map(|row| row.matches("<th scope=\"col\"").count()).max();
        assert!(widest <= Some(10), "{widest:?}");
        assert!(!page.contains("font-size=\"15\""));
    }
}
