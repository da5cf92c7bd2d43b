//! How well engines foresee a text, one after the other, with the text's hash: a figure over another text is another figure.

use std::fmt::Write as _;
use std::io::Read as _;
use std::path::Path;
use std::pin::{Pin, pin};

use serde::Serialize;

use crate::catalog::Catalog;
use crate::catalog::engine::model_stem;
use crate::cli::args::{ListForm, PerplexityArgs};
use crate::cli::context::CommandContext;
use crate::cli::error::CliError;
use crate::cli::event_loop::runtime;
use crate::cli::exit::ExitStatus;
use crate::cli::status_line::StatusLine;
use crate::cli::table::TextTable;
use crate::engine::launch::{EngineFailure, EngineLaunch};
use crate::format::ABSENT;
use crate::input;
use crate::interrupt::InterruptListener;
use crate::lab::llama_perplexity::PerplexityOutput;
use crate::lab::quality::{TextLikelihood, text_hash};
use crate::lab::scoring::{OWN_TEXT, likelihood};

/// The largest text that is read, bytes.
const LARGEST: u64 = 4 * 1024 * 1024;
/// Version of the JSON list.
const VERSION: u32 = 1;

/// Measures every engine of `args`.
///
/// # Errors
/// When the text can't be read, an engine is not known, or stdout can't be written.
pub(super) fn run(context: &CommandContext<'_>, args: &PerplexityArgs) -> Result<ExitStatus, CliError> {
    let catalog = context.catalog()?;
    let text = text(args.text.as_deref())?;
    let mut read = Vec::new();
    for path in &args.from {
        read.push(PerplexityRow::read(&output(path)?, path)?);
    }
    let line = StatusLine::new(&context.err);
    let rows = runtime()?.block_on(async {
        let mut interrupts = InterruptListener::new()?;
        let mut stop = pin!(interrupts.next());
        let mut rows = read;
        for engine in &args.engines {
            let measured = measure(catalog, engine, &text, &line);
            let Some(row) = before(measured, stop.as_mut()).await else { return Ok(None) };
            rows.push(row?);
        }
        Ok::<_, CliError>(Some(rows))
    });
    drop(line);
    let Some(rows) = rows? else { return Ok(ExitStatus::Interrupted) };
    let hash = text_hash(&text);
    context.out.print(&match args.list.output {
        ListForm::Json => {
            let list = PerplexityList { version: VERSION, text_fnv1a64: hash, text_bytes: text.len(), engines: &rows };
            let text = serde_json::to_string(&list).map_err(|error| CliError::internal(error.to_string()))?;
            format!("{text}\n")
        }
        ListForm::Table => {
            let mut printed = table(&rows, context.out.columns());
            if !args.engines.is_empty() {
                let _ = write!(
                    printed,
                    "\nOver a text of {} bytes with the FNV-1a hash {hash}. Perplexity compares models of one tokenizer \
                     alone,\nbits per byte all. With missed tokens both are lower bounds.\n",
                    text.len()
                );
            }
            if !args.from.is_empty() {
                printed += UNKNOWN_TEXT;
            }
            printed
        }
    })?;
    Ok(if rows.iter().any(|row| row.failure.is_some()) { ExitStatus::NoVerdict } else { ExitStatus::Done })
}

/// Said of figures that `llama-perplexity` printed.
const UNKNOWN_TEXT: &str = "\nWhat llama-perplexity printed is over a text that it does not name, of unknown hash and size: no bits \
     per byte, and\ncomparable only with its own figures over that text. ± is the standard error that it gives.\n";

/// The text that is to be foreseen.
///
/// # Errors
/// When it can't be read.
pub(super) fn text(path: Option<&Path>) -> Result<String, CliError> {
    let Some(path) = path else { return Ok(OWN_TEXT.to_owned()) };
    let read = input::read_text(path, LARGEST);
    read.map_err(|error| CliError::failed(format!("cannot read the text {}: {error}", path.display())))
}

/// What `llama-perplexity` printed into the file at `path`, or into this program's input.
fn output(path: &Path) -> Result<String, CliError> {
    let read = if path == Path::new("-") {
        let mut bytes = Vec::new();
        std::io::stdin().lock().take(LARGEST).read_to_end(&mut bytes).map(|_| bytes)
    } else {
        input::read_bytes(path, LARGEST)
    };
    let bytes = read.map_err(|error| CliError::failed(format!("cannot read {}: {error}", path.display())))?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// `work`, unless `stop` comes first.
pub(super) async fn before<T>(work: impl Future<Output = T>, stop: Pin<&mut impl Future<Output = ()>>) -> Option<T> {
    tokio::select! {
        biased;
        () = stop => None,
        done = work => Some(done),
    }
}

/// The figures of all engines as JSON.
#[derive(Serialize)]
struct PerplexityList<'a> {
    version: u32,
    text_fnv1a64: String,
    text_bytes: usize,
    engines: &'a [PerplexityRow],
}

/// The figures of one engine; what is not known is null.
#[derive(Serialize)]
struct PerplexityRow {
    engine: String,
    model: Option<String>,
    perplexity: Option<f64>,
    /// The standard error, where whoever measured it gives one.
    perplexity_error: Option<f64>,
    bits_per_byte: Option<f64>,
    nll: Option<f64>,
    tokens: Option<u64>,
    missed: Option<u64>,
    /// Whether it is over the text of this list, whose hash is told; else nobody knows over which.
    text_known: bool,
    failure: Option<String>,
}

impl PerplexityRow {
    fn of(engine: &str, model: Option<String>, found: Result<TextLikelihood, String>) -> Self {
        let (found, failure) = match found {
            Ok(found) => (found, None),
            Err(failure) => (TextLikelihood::default(), Some(failure)),
        };
        Self {
            engine: engine.to_owned(),
            model,
            perplexity: found.perplexity(),
            perplexity_error: None,
            bits_per_byte: found.bits_per_byte(),
            nll: (found.tokens > 0).then_some(found.nll),
            tokens: Some(found.tokens),
            missed: Some(found.missed),
            text_known: true,
            failure,
        }
    }

    /// The row of what `llama-perplexity` printed.
    fn read(text: &str, path: &Path) -> Result<Self, CliError> {
        let read = PerplexityOutput::read(text);
        let found = read.map_err(|error| CliError::failed(format!("{}: {error}", path.display())))?;
        let chunks = found.chunks.zip(found.context);
        let chunks = chunks.map(|(chunks, context)| format!(" ({chunks} chunks of {context} tokens)"));
        Ok(Self {
            engine: format!("llama-perplexity{}", chunks.unwrap_or_default()),
            model: found.model,
            perplexity: Some(found.perplexity),
            perplexity_error: found.error,
            bits_per_byte: None,
            nll: None,
            tokens: None,
            missed: None,
            text_known: false,
            failure: None,
        })
    }
}

/// Starts `named` if it is an engine, and asks it; a place that serves is asked as it is.
async fn measure(catalog: &Catalog, named: &str, text: &str, line: &StatusLine<'_>) -> Result<PerplexityRow, CliError> {
    let named = named.trim_start_matches("engine:");
    let progress = |at: usize, all: usize| line.draw(|_| format!("{named}: token {at} of {all}"));
    if !named.contains('@') {
        let root = format!("http://{}", named.trim_start_matches("http://").trim_end_matches('/'));
        let found = likelihood(&root, text, progress).await.map_err(|error| error.to_string());
        return Ok(PerplexityRow::of(named, None, found));
    }
    let (engine, request) = catalog.engine_request(named)?;
    let withheld = catalog.providers.iter().filter_map(|provider| provider.key.clone()).collect();
    let told = |failure: EngineFailure| match failure.hint {
        Some(hint) => format!("{}; {hint}", failure.message),
        None => failure.message,
    };
    let model = Some(model_stem(&request.model).to_owned());
    line.draw(|_| format!("{named}: starting"));
    let started = match EngineLaunch::prepare(engine, &request, withheld) {
        Ok(launch) => launch.start().await,
        Err(failure) => Err(failure),
    };
    let label = engine.label(&request);
    let running = match started {
        Ok(running) => running,
        Err(failure) => return Ok(PerplexityRow::of(&label, model, Err(told(failure)))),
    };
    let root = running.base_url.origin().ascii_serialization();
    let found = likelihood(&root, text, progress).await.map_err(|error| error.to_string());
    running.end().await;
    Ok(PerplexityRow::of(&label, model, found))
}

fn table(rows: &[PerplexityRow], columns: Option<usize>) -> String {
    let mut table = TextTable::new(&["engine", "model", "perplexity", "bits per byte", "tokens", "missed"]).right(2..6);
    let number = |value: Option<f64>| crate::format::number(value, 4);
    let count = |value: Option<u64>| value.map_or_else(|| ABSENT.to_owned(), |value| value.to_string());
    for row in rows {
        let model = row.model.clone().unwrap_or_else(|| ABSENT.into());
        let error = row.perplexity_error.map(|error| format!(" ± {error:.4}")).unwrap_or_default();
        let perplexity = format!("{}{error}", number(row.perplexity));
        let figures = match &row.failure {
            Some(failure) => [failure.clone(), String::new(), String::new(), String::new()],
            None => [perplexity, number(row.bits_per_byte), count(row.tokens), count(row.missed)],
        };
        table.row([row.engine.clone(), model].into_iter().chain(figures));
    }
    table.fitted(columns)
}
