//! What is told of a load by levels: the plan ahead, a line after each level, and in the end the whole, in the form that is asked for.

use std::time::Duration;

use crate::atomic_file;
use crate::cli::args::{BenchmarkArgs, LoadArgs, ReportForm};
use crate::cli::calibrate;
use crate::cli::context::CommandContext;
use crate::cli::error::{CliError, ErrorContext as _};
use crate::cli::load_report;
use crate::date;
use crate::format;
use crate::gate::GateReport;
use crate::load::{self, LoadFile, LoadLevel, OfferedLoad};
use crate::race::setup::RaceSetup;
use crate::race::verdict::Metric;
use crate::text::printable;
use crate::time::Rate;

/// A level as a line of the log.
pub(super) fn told(name: &str, level: &LoadLevel) -> String {
    let figures = &level.figures;
    let rate = |value: Option<f64>| format::rate(value.map(Rate::per_second));
    let ttft = format::metric(Metric::Ttft, figures.ttft_ms.p50);
    let objective = match figures.slo.as_ref().and_then(|slo| slo.share) {
        Some(share) => format!(", objective met by {}", format::share(share)),
        None => String::new(),
    };
    format!(
        "{name}, {}: {} tok/s of all, {} of one, TTFT {ttft}, {} of {} requests good{objective}",
        amount(level.load()),
        rate(Some(figures.load_tok_s)),
        rate(figures.output_tok_s.p50),
        figures.good,
        figures.requests,
    )
}

pub(super) fn amount(load: OfferedLoad) -> String {
    match load {
        OfferedLoad::Concurrency(askers) => format!("{askers} at a time"),
        OfferedLoad::Rate(rate) => format!("{} a second", format::amount(rate)),
    }
}

/// What will be done, and what that may take.
pub(super) fn preview(
    setup: &RaceSetup,
    args: &BenchmarkArgs,
    levels: &[OfferedLoad],
    (ramp, steady): (Duration, Duration),
) -> String {
    let listed: Vec<String> = levels.iter().map(|load| format::amount(load.amount())).collect();
    let open = levels.iter().any(|load| load.is_open());
    let unit = if open { "requests a second" } else { "requests at a time" };
    let more = match (args.load.until_plateau, &args.load.slo) {
        (true, _) => ", and on until more brings no more",
        (false, Some(_)) => ", and between them for the highest that holds the objective",
        (false, None) => "",
    };
    let free = setup.contestants.iter().all(|one| one.simulated || one.local);
    let cost = if free {
        "nothing of it costs money".to_owned()
    } else {
        let most = format::usd(Some(args.max_cost));
        format!("what it costs depends on how fast the answers are; it ends when {most} are spent (--max-cost)")
    };
    let load = match &args.load.arrivals {
        Some(path) => format!(
            "load of the arrivals in {}, {} a second on average over {}",
            printable(&path.display().to_string()),
            listed.join(", "),
            date::span_text(Duration::from_millis(u64::try_from(steady.as_millis()).unwrap_or(u64::MAX))),
        ),
        None => format!(
            "load by levels of {} {unit}{more}; each {} and {} that count",
            listed.join(", "),
            date::span_text(ramp),
            date::span_text(steady),
        ),
    };
    format!(
        "{} · {load}, contestants in turn · prompt {} · {cost}",
        printable(&setup.title()),
        printable(&setup.prompt.name),
    )
}

/// Prints `file` as it is asked for, and draws it where that is.
pub(super) fn put(
    context: &CommandContext<'_>,
    file: &LoadFile,
    gates: Option<&GateReport>,
    args: &LoadArgs,
    form: ReportForm,
) -> Result<(), CliError> {
    let calibration = calibrate::known(&context.env);
    context.out.print(&load_report::printed(file, gates, calibration.as_ref(), form, context.out.columns())?)?;
    if let Some(path) = &args.chart {
        let drawn = atomic_file::replace(path, load::svg(file).as_bytes());
        drawn.context(|| format!("cannot write {}", path.display()))?;
        context.err.status(&format!("drawn into {}", path.display()));
    }
    Ok(())
}
