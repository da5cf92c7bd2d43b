//! A board of what watches on other machines found, out of the lines that they put on the bus.

use std::cell::RefCell;
use std::fs::File;
use std::io::Write as _;
use std::path::Path;
use std::pin::pin;

use futures::StreamExt as _;
use jiff::Timestamp;
use serde_json::Value;

use super::ending::WatchEnd;
use super::log::open_log;
use crate::cli::args::{WatchArgs, WatchForm};
use crate::cli::context::CommandContext;
use crate::cli::error::{CliError, ErrorContext as _};
use crate::cli::event_loop::runtime;
use crate::cli::exit::ExitStatus;
use crate::cli::fleet::place::place;
use crate::console::OutputReader;
use crate::fleet::bus::Bus;
use crate::fleet::lines::{HeardLine, heard};
use crate::interrupt::InterruptListener;
use crate::text::inert;
use crate::ui::app::App;
use crate::ui::board;
use crate::ui::screen::board::BoardStatus;
use crate::watch::endpoint::{MetricsEndpoint, PATH};
use crate::watch::{WatchBoard, WatchMoment, prometheus};

/// Shows, prints, logs and serves what the watches on the bus have found and find, until somebody ends it.
///
/// # Errors
/// When the bus keeps no lines, or what is found can't be written.
pub(super) fn run(context: &CommandContext<'_>, args: &WatchArgs) -> Result<ExitStatus, CliError> {
    let place = place(context, &args.fleet.bus)?;
    let app = context.app()?;
    let boarded = args.output != Some(WatchForm::Json) && context.interactive();
    let log = args.log.as_ref().map(|path| {
        let opened = open_log(path).context(|| format!("cannot write to {}", path.display()));
        opened.map(|file| (file, path.as_path()))
    });
    let log = log.transpose()?;
    let board = RefCell::new(WatchBoard { rows: Vec::new() });
    let over = runtime()?.block_on(async {
        let mut interrupts = InterruptListener::new()?;
        let bus = Bus::connect(&place, "regions").await?;
        let mut lines = pin!(heard(&bus).await?);
        let endpoint = match args.metrics {
            Some(addr) => Some(MetricsEndpoint::bind(addr).await?),
            None => None,
        };
        let metrics = endpoint.as_ref().map(MetricsEndpoint::addr).transpose()?;
        if let Some(addr) = metrics.filter(|_| !boarded) {
            context.err.status(&format!("metrics at http://{addr}{PATH}"));
        }
        let moment = || WatchMoment { now: Timestamp::now(), every: args.every, alerts: Vec::new() };
        let status = || BoardStatus {
            moment: moment(),
            next: None,
            probing: None,
            collects: true,
            metrics,
            notice: (!bus.state().up)
                .then(|| "the bus is down: what is published meanwhile comes when it is back".into()),
        };
        let shown = async {
            if !boarded {
                return std::future::pending().await;
            }
            let mut app: App = app;
            board::run(&mut app, &board, status).await.map(WatchEnd::from).context(|| "cannot use the terminal".into())
        };
        let served = async {
            match endpoint {
                Some(endpoint) => endpoint.serve(|| prometheus::text(&board.borrow(), &moment())).await,
                None => std::future::pending().await,
            }
        };
        let collected = async {
            while let Some(line) = lines.next().await {
                if take(context, &board, &line, log.as_ref(), boarded)? == OutputReader::Left {
                    break;
                }
            }
            Ok(WatchEnd::Left)
        };
        tokio::select! {
            biased;
            () = interrupts.next() => Ok(WatchEnd::Interrupted),
            shown = shown => shown,
            () = served => Ok(WatchEnd::Left),
            collected = collected => collected,
        }
    })?;
    Ok(match over {
        WatchEnd::Interrupted => ExitStatus::Interrupted,
        WatchEnd::HungUp => ExitStatus::HungUp,
        _ => ExitStatus::Done,
    })
}

/// Puts one line where it belongs: on the board, into the log, and out.
fn take(
    context: &CommandContext<'_>,
    board: &RefCell<WatchBoard>,
    (runner, line): &HeardLine,
    log: Option<&(File, &Path)>,
    boarded: bool,
) -> Result<OutputReader, CliError> {
    if board.borrow_mut().collect(runner.as_str(), line).is_none() {
        return Ok(OutputReader::Reads);
    }
    let Ok(Value::Object(mut fields)) = serde_json::from_slice(line) else { return Ok(OutputReader::Reads) };
    fields.insert("runner".into(), runner.as_str().into());
    let line = inert(&format!("{}\n", Value::Object(fields))).into_owned();
    if let Some((log, path)) = log {
        let mut log = log;
        log.write_all(line.as_bytes()).context(|| format!("cannot write to {}", path.display()))?;
    }
    if boarded { Ok(OutputReader::Reads) } else { context.out.print(&line) }
}
