//! What the header of a model file says: one row for each file.

use serde_json::{Value, json};

use crate::cli::args::{ListForm, ModelArgs};
use crate::cli::context::CommandContext;
use crate::cli::error::CliError;
use crate::cli::exit::ExitStatus;
use crate::cli::table::TextTable;
use crate::engine::gguf::GgufHeader;
use crate::format::{self, ABSENT};
use crate::text::printable;

/// Prints the headers of the files.
///
/// # Errors
/// When a file is not there or is no model, or stdout can't be written.
pub(super) fn run(context: &CommandContext<'_>, args: &ModelArgs) -> Result<ExitStatus, CliError> {
    let mut headers = Vec::new();
    for file in &args.files {
        let header =
            GgufHeader::read(file).map_err(|error| CliError::failed(format!("{}: {error}", file.display())))?;
        headers.push((file.file_name().unwrap_or_default().to_string_lossy().into_owned(), header));
    }
    context.out.print(&match args.list.output {
        ListForm::Json => {
            format!("{}\n", headers.iter().map(|(name, header)| json_of(name, header)).collect::<Value>())
        }
        ListForm::Table => {
            let head = [
                "file",
                "size",
                "architecture",
                "parameters",
                "active",
                "experts",
                "quantisation",
                "layers",
                "context",
            ];
            let mut table = TextTable::new(&head).right([1, 3, 4, 7, 8]);
            for (name, header) in &headers {
                table.row(row(name, header));
            }
            table.fitted(context.out.columns())
        }
    })?;
    Ok(ExitStatus::Done)
}

fn row(name: &str, header: &GgufHeader) -> [String; 9] {
    let text =
        |text: &Option<String>| text.as_deref().map_or_else(|| ABSENT.to_owned(), |text| printable(text).into_owned());
    let number = |number: Option<u64>| number.map_or_else(|| ABSENT.to_owned(), |number| number.to_string());
    let experts = header.experts.zip(header.experts_used).map(|(all, used)| format!("{used} of {all}"));
    [
        printable(name).into_owned(),
        format::bytes(header.file_bytes),
        text(&header.architecture),
        weights(header.parameters),
        weights(header.active_parameters),
        experts.unwrap_or_else(|| "none".into()),
        text(&header.quantization),
        number(header.layers),
        number(header.context),
    ]
}

/// Weights as people say them: `135M`, `8.03B`.
pub(super) fn weights(count: u64) -> String {
    #[expect(clippy::cast_precision_loss, reason = "three digits are shown")]
    let millions = count as f64 / 1e6;
    if millions >= 1_000.0 { format!("{:.2}B", millions / 1e3) } else { format!("{millions:.0}M") }
}

fn json_of(name: &str, header: &GgufHeader) -> Value {
    json!({
        "file": name,
        "file_bytes": header.file_bytes,
        "name": header.name,
        "architecture": header.architecture,
        "parameters": header.parameters,
        "active_parameters": header.active_parameters,
        "experts": header.experts,
        "experts_used": header.experts_used,
        "quantization": header.quantization,
        "layers": header.layers,
        "context_tokens": header.context,
        "embedding": header.embedding,
    })
}
