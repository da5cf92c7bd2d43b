//! Results as CSV (RFC 4180): a row for each run, for spreadsheets and for statistics of one's own.
//! An absent figure is an empty cell.

use speed_kings_core::date;
use speed_kings_core::race::verdict::Metric;
use speed_kings_core::text::spreadsheet_cell;
use speed_kings_session::bench::saved::{BenchmarkFile, CountFigure, LaneResult, RunResult, TurnRecord};
use speed_kings_session::lengths::PlannedLengths;

const COLUMNS: [&str; 45] = [
    "phase",
    "prompt",
    "provider",
    "name",
    "model",
    "simulated",
    "round",
    "started_at",
    "ok",
    "error_kind",
    "error_status",
    "finish_reason",
    "retries",
    "flags",
    "tokens_input",
    "tokens_cached",
    "tokens_output",
    "tokens_reasoning",
    "tokens_refused",
    "counted_by",
    "ttft_ms",
    "ttfa_ms",
    "output_tok_s",
    "speed_withheld",
    "end_to_end_tok_s",
    "total_ms",
    "gaps_p95_ms",
    "stalls",
    "cost_usd",
    "concurrency",
    "load_tok_s",
    "repetition",
    "ready_ms",
    "resident_bytes",
    "own_bytes",
    "file_bytes",
    "cpu_ms",
    "joules_per_token",
    "prompt_row",
    "turn",
    "turns",
    "turn_history",
    "turns_not_run",
    "planned_input_tokens",
    "planned_output_tokens",
];

/// All runs of `files` under one header.
#[must_use]
pub fn text<'a>(files: impl IntoIterator<Item = &'a BenchmarkFile>) -> String {
    let mut out = Vec::new();
    // Nothing that is written to memory fails.
    let _ = write(files, &mut out);
    String::from_utf8_lossy(&out).into_owned()
}

fn write<'a>(files: impl IntoIterator<Item = &'a BenchmarkFile>, out: &mut Vec<u8>) -> csv::Result<()> {
    let mut writer = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(out);
    writer.write_record(COLUMNS)?;
    for saved in files {
        for lane in &saved.lanes {
            for (run, place) in lane.runs.iter().zip(1..) {
                writer.write_record(row(saved, lane, run, place).map(|cell| spreadsheet_cell(&cell)))?;
            }
        }
    }
    Ok(writer.flush()?)
}

fn row(saved: &BenchmarkFile, lane: &LaneResult, run: &RunResult, place: u32) -> [String; COLUMNS.len()] {
    let figure = |metric| number(run.figure(metric));
    let count = |count: Option<CountFigure>| number(count.and_then(CountFigure::value));
    let error = run.figures.error.as_ref();
    let used = run.figures.resources.unwrap_or_default();
    let planned = |of: fn(PlannedLengths) -> Option<u32>| {
        run.planned.and_then(of).map(|tokens| tokens.to_string()).unwrap_or_default()
    };
    let of_turn = |cell: fn(&TurnRecord) -> String| run.turn.as_ref().map(cell).unwrap_or_default();
    let whole = |count: Option<u64>| count.map(|count| count.to_string()).unwrap_or_default();
    [
        saved.phase.clone().unwrap_or_default(),
        saved.prompt.name.clone(),
        lane.identity.provider.clone(),
        lane.identity.name.clone(),
        lane.identity.model.clone(),
        lane.identity.simulated.to_string(),
        run.round.unwrap_or(place).to_string(),
        run.started_at.map(date::to_milli).unwrap_or_default(),
        run.figures.ok.to_string(),
        error.map(|error| error.kind.clone()).unwrap_or_default(),
        error.and_then(|error| error.status).map(|status| status.to_string()).unwrap_or_default(),
        run.figures.finish_reason.clone().unwrap_or_default(),
        run.retries.to_string(),
        run.flags.join(" "),
        count(run.figures.tokens.input),
        count(run.figures.tokens.cached),
        count(run.figures.tokens.output),
        count(run.figures.tokens.reasoning),
        count(run.figures.tokens.refused),
        run.figures.tokens.counted_by.clone().unwrap_or_default(),
        figure(Metric::Ttft),
        figure(Metric::Ttfa),
        figure(Metric::OutputSpeed),
        run.speed_withheld().unwrap_or_default().to_owned(),
        figure(Metric::EndToEnd),
        figure(Metric::Total),
        figure(Metric::GapsP95),
        figure(Metric::Stalls),
        figure(Metric::Cost),
        saved.concurrency().to_string(),
        number(run.load_tok_s),
        number(run.text.as_ref().and_then(|text| text.repetition)),
        number(run.figures.engine.as_ref().map(|engine| engine.ready_ms)),
        whole(used.resident_bytes),
        whole(used.own_bytes),
        whole(used.file_bytes),
        number(used.cpu_ms),
        number(used.joules_per_token),
        run.prompt_row.clone().unwrap_or_default(),
        of_turn(|turn| turn.number.to_string()),
        of_turn(|turn| turn.of.to_string()),
        of_turn(|turn| turn.history.clone()),
        of_turn(|turn| turn.not_run.to_string()),
        planned(|planned| planned.input_tokens),
        planned(|planned| planned.output_tokens),
    ]
}

fn number(value: Option<f64>) -> String {
    value.map(|value| value.to_string()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::benchmark_report::tests::report;

    #[test]
    fn a_row_for_each_run() {
        let report = report();
        let text = text([&report.saved]);
        let rows: Vec<&str> = text.split_terminator("\r\n").collect();
        assert_eq!(rows.len(), 13);
        assert!(rows.iter().all(|row| row.split(',').count() == COLUMNS.len()));
        assert!(
            rows[1].starts_with(
                ",,a,A,llama-test,false,1,1970-01-01T00:00:00.000Z,true,,,stop,0,cold_start,100,0,10,,,usage,50,50,"
            ),
            "{}",
            rows[1]
        );
        assert!(rows[12].contains(",false,server,500,"), "{}", rows[12]);
    }

    #[test]
    fn cells_are_quoted_where_they_must_be_and_no_formulas() {
        let mut saved = report().saved;
        saved.lanes[0].identity.name = "=1+1, \"b\"".into();
        let text = text([&saved]);
        assert!(text.contains(",\"'=1+1, \"\"b\"\"\","), "{text}");
        let mut reader = csv::Reader::from_reader(text.as_bytes());
        assert_eq!(&reader.records().next().unwrap().unwrap()[3], "'=1+1, \"b\"");
    }

    #[test]
    fn a_cell_is_one_line_that_drives_no_terminal() {
        assert_eq!(spreadsheet_cell("Evil\u{1b}]0;x\u{7}\r\n- y\u{9b}2J"), "Evil␛]0;x␇  - y\u{FFFD}2J");
        assert_eq!(spreadsheet_cell("\t=1+1"), "' =1+1");
    }
}
