//! A load as rows for a spreadsheet.

use std::io;

use super::file::LoadFile;

/// A row for each request.
///
/// # Errors
/// When it can't be written.
pub fn csv(file: &LoadFile) -> io::Result<String> {
    let mut out = csv::WriterBuilder::new().from_writer(Vec::new());
    out.write_record([
        "contestant",
        "model",
        "concurrency",
        "rate_per_s",
        "due_ms",
        "late_ms",
        "steady",
        "ok",
        "error",
        "ttft_ms",
        "total_ms",
        "output_tok_s",
        "tokens",
        "input_tokens",
        "cached_tokens",
        "planned_input_tokens",
        "planned_output_tokens",
        "runner",
        "prompt_row",
    ])?;
    let shown = |value: Option<f64>| value.map(|value| value.to_string()).unwrap_or_default();
    for level in &file.levels {
        let who = file.contestants.get(level.contestant).cloned().unwrap_or_default();
        for request in &level.requests {
            out.write_record([
                speed_kings_core::text::spreadsheet_cell(&who.name),
                speed_kings_core::text::spreadsheet_cell(&who.model),
                level.concurrency.map(|askers| askers.to_string()).unwrap_or_default(),
                shown(level.rate_per_s),
                request.due_ms.to_string(),
                shown(request.late_ms),
                request.steady.to_string(),
                request.ok.to_string(),
                request.error.clone().unwrap_or_default(),
                shown(request.ttft_ms),
                shown(request.total_ms),
                shown(request.output_tok_s),
                shown(request.tokens),
                shown(request.input_tokens),
                shown(request.cached_tokens),
                shown(request.planned.and_then(|planned| planned.input_tokens).map(f64::from)),
                shown(request.planned.and_then(|planned| planned.output_tokens).map(f64::from)),
                request.runner.clone().unwrap_or_default(),
                speed_kings_core::text::spreadsheet_cell(request.prompt_row.as_deref().unwrap_or_default()),
            ])?;
        }
    }
    let bytes = out.into_inner().map_err(|error| io::Error::other(error.to_string()))?;
    String::from_utf8(bytes).map_err(io::Error::other)
}
