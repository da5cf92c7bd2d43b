//! The watch from the command line: the same probe on a schedule, until somebody ends it or its money is spent.
//! At a terminal it is a board; for everybody else each probe is a line of JSON.

use std::cell::{Cell, RefCell};
use std::fs::File;
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use jiff::Timestamp;

use crate::atomic_file;
use crate::bench::estimate::{CostEstimate, sum_usd};
use crate::bench::{OrderRule, RoundOrder, alone, only_lane};
use crate::benchmark_report::BenchmarkReport;
use crate::cli::args::{WatchArgs, WatchForm};
use crate::cli::benchmark::free_of_charge;
use crate::cli::benchmark::job::expected_output;
use crate::cli::context::{CommandContext, DataOutput};
use crate::cli::earlier::EarlierResults;
use crate::cli::error::{CliError, ErrorContext as _};
use crate::cli::event_loop::runtime;
use crate::cli::exit::ExitStatus;
use crate::cli::gate::CommandGates;
use crate::cli::output::OutputKind;
use crate::cli::simulation;
use crate::config::{self, ResolvedRace};
use crate::console::OutputReader;
use crate::date;
use crate::format;
use crate::input;
use crate::interrupt::InterruptListener;
use crate::race::event::LaneId;
use crate::race::is_simulated;
use crate::source::headless::follow;
use crate::source::live::LiveRace;
use crate::text::{inert, printable};
use crate::ui::screen::board::BoardStatus;
use crate::ui::{UiEnd, board};
use crate::watch::endpoint::{MetricsEndpoint, PATH};
use crate::watch::line::line;
use crate::watch::{ProbeSample, WatchBoard, results};

/// The folder that a benchmark keeps its results in, unless told otherwise.
const RESULTS: &str = "results";
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// Why a watch was over.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum WatchEnd {
    /// Its rounds were made.
    Rounds,
    /// Its money was spent.
    Money,
    /// The viewer left, or whoever reads the lines.
    Left,
    /// A signal ended it.
    Interrupted,
    /// Its terminal is gone.
    HungUp,
}

impl From<UiEnd> for WatchEnd {
    fn from(ended: UiEnd) -> Self {
        match ended {
            UiEnd::Left => Self::Left,
            UiEnd::Interrupted => Self::Interrupted,
            UiEnd::HungUp => Self::HungUp,
        }
    }
}

/// Watches until the end.
///
/// # Errors
/// When it can't be worked out or begun, may not spend, or can't write what it finds.
pub(super) fn run(context: &CommandContext<'_>, args: &WatchArgs) -> Result<ExitStatus, CliError> {
    let (catalog, err) = (context.catalog()?, &context.err);
    let logs = args.log.as_deref().map(|log| log.parent().unwrap_or_else(|| Path::new("")));
    let options = config::settle(catalog, args.options())?.logging_beside(logs);
    let mut resolved = config::plan(catalog, &context.env, &options)?;
    err.say_once(&resolved.notes);
    // Before anything is asked or sent: a wrong theme is wrong without a terminal, too.
    let mut app = context.app()?;
    free_of_charge(args.max_cost, &resolved.setup.contestants)?;
    let setup = resolved.setup.clone();
    let names: Vec<(&str, &str)> =
        setup.contestants.iter().map(|one| (one.name.as_str(), one.provider.as_str())).collect();
    let earlier = EarlierResults::read(args.baseline_run.as_ref(), vec![PathBuf::from(RESULTS)])?;
    let gates = CommandGates::new(&context.env, &args.gates, &earlier, &names)?;
    let output = expected_output(catalog, &options, &resolved.setup)?;
    err.status(&preview(&resolved, args, output));
    if let Some(rounds) = args.rounds {
        gates.warn(err, rounds, false, &names);
    }
    if !options.simulate && !args.yes && !context.agreed()? {
        err.status("nothing was sent");
        return Ok(ExitStatus::Failed);
    }
    let log = args.log.as_ref().map(|path| {
        let opened = open_log(path).context(|| format!("cannot write to {}", path.display()));
        opened.map(|file| (file, path.as_path()))
    });
    let simulator = simulation::start(&mut resolved)?;
    let boarded = args.output != Some(WatchForm::Json) && context.interactive();
    let watch = WatchSession {
        board: RefCell::new(WatchBoard::new(&resolved.setup)),
        probing: Cell::new(None),
        next: Cell::new(None),
        log: log.transpose()?,
        lines: (!boarded).then_some(&context.out),
        args,
    };
    let over = runtime()?.block_on(async {
        let mut interrupts = InterruptListener::new()?;
        let endpoint = match args.metrics {
            Some(addr) => Some(MetricsEndpoint::bind(addr).await?),
            None => None,
        };
        let metrics = endpoint.as_ref().map(MetricsEndpoint::addr).transpose()?;
        if let Some(addr) = metrics.filter(|_| !boarded) {
            err.status(&format!("metrics at http://{addr}{PATH}"));
        }
        tokio::select! {
            biased;
            () = interrupts.next() => Ok(WatchEnd::Interrupted),
            shown = board::run(&mut app, &watch.board, || watch.status(metrics)), if boarded => {
                shown.map(WatchEnd::from).context(|| "cannot use the terminal".into())
            }
            () = serve(endpoint, &watch.board) => Ok(WatchEnd::Left),
            over = watch.rounds(&mut resolved) => over,
        }
    })?;
    drop(simulator);
    err.status(&watch.sum(over));
    let reports = [BenchmarkReport::new(results(&watch.board.borrow(), &setup))];
    let judged = gates.judge(&reports, &earlier);
    gates.tell(context, judged.as_ref(), &reports, true)?;
    let ended = match over {
        WatchEnd::Interrupted => ExitStatus::Interrupted,
        WatchEnd::HungUp => ExitStatus::HungUp,
        _ if watch.board.borrow().rows.iter().all(|row| row.successes == 0) => ExitStatus::NoVerdict,
        _ => ExitStatus::Done,
    };
    Ok(gates.exit(judged.as_ref(), &reports, ended))
}

/// Opens what probes are appended to: a new file, or one that a watch has begun.
fn open_log(path: &Path) -> io::Result<File> {
    let refused = |why: &str| Err(io::Error::other(why.to_owned()));
    if input::is_named_pipe(path) {
        // To open it would wait for a reader.
        return refused("a named pipe, not a file");
    }
    let file = path.is_file();
    if file && path.metadata()?.len() > 0 && !OutputKind::Log.is_at(path) {
        return refused("it is there already, and no log that a watch has begun; name another file");
    }
    let mut log = atomic_file::options().create(true).append(true).open(path)?;
    // A full disk or a killed program may have left half a line.
    if file && !ends_with_a_line(path)? {
        log.write_all(b"\n")?;
    }
    Ok(log)
}

/// Whether what is at `path` ends where a line does.
pub(super) fn ends_with_a_line(path: &Path) -> io::Result<bool> {
    let mut file = File::open(path)?;
    let mut last = [b'\n'];
    if file.metadata()?.len() > 0 {
        file.seek(SeekFrom::End(-1))?;
        file.read_exact(&mut last)?;
    }
    Ok(last == [b'\n'])
}

/// Serves the board's metrics; without an endpoint it waits for ever.
async fn serve(endpoint: Option<MetricsEndpoint>, board: &RefCell<WatchBoard>) {
    match endpoint {
        Some(endpoint) => endpoint.serve(|| crate::watch::prometheus::text(&board.borrow())).await,
        None => std::future::pending().await,
    }
}

/// A watch that runs.
struct WatchSession<'a> {
    board: RefCell<WatchBoard>,
    probing: Cell<Option<LaneId>>,
    /// When the next round begins, while none runs.
    next: Cell<Option<Instant>>,
    /// What each probe is appended to, and where it is.
    log: Option<(File, &'a Path)>,
    /// Where each probe is a line, if it is one.
    lines: Option<&'a DataOutput>,
    args: &'a WatchArgs,
}

impl WatchSession<'_> {
    fn status(&self, metrics: Option<SocketAddr>) -> BoardStatus {
        BoardStatus {
            every: self.args.every,
            next: self.next.get().map(|next| next.saturating_duration_since(Instant::now())),
            probing: self.probing.get(),
            metrics,
        }
    }

    /// Round after round, each contestant by itself. A round that took too long is not caught up with.
    async fn rounds(&self, resolved: &mut ResolvedRace) -> Result<WatchEnd, CliError> {
        let order = RoundOrder::new(resolved.setup.contestants.len(), 0, OrderRule::Blocks);
        let mut due = Instant::now();
        for round in 0_u32.. {
            for lane in order.round(round) {
                // Whom nobody listens to need not spend.
                if self.probe(resolved, lane).await? == OutputReader::Left {
                    return Ok(WatchEnd::Left);
                }
                if !resolved.setup.simulated() && self.board.borrow().spent_usd() >= self.args.max_cost {
                    return Ok(WatchEnd::Money);
                }
            }
            if self.args.rounds.is_some_and(|rounds| round + 1 >= rounds) {
                break;
            }
            let now = Instant::now();
            while due <= now {
                due += self.args.every;
            }
            self.next.set(Some(due));
            tokio::time::sleep_until(due.into()).await;
            self.next.set(None);
        }
        Ok(WatchEnd::Rounds)
    }

    async fn probe(&self, resolved: &mut ResolvedRace, lane: LaneId) -> Result<OutputReader, CliError> {
        resolved.renew();
        let (Some(start), Some(contestant)) = (alone(resolved, lane), resolved.setup.contestants.get(lane.index()))
        else {
            return Ok(OutputReader::Reads);
        };
        self.probing.set(Some(lane));
        let at = Timestamp::now();
        let mut live = LiveRace::start(start)?;
        let run = follow(&mut live, std::pin::pin!(std::future::pending())).await;
        self.probing.set(None);
        if let Some(found) = only_lane(&run.race) {
            let simulated = is_simulated(contestant, found);
            self.board.borrow_mut().take(lane, ProbeSample::of(at, contestant, &resolved.setup, found), simulated);
            return self.print_probe(lane);
        }
        Ok(OutputReader::Reads)
    }

    /// Tells the newest probe of `lane`.
    fn print_probe(&self, lane: LaneId) -> Result<OutputReader, CliError> {
        let board = self.board.borrow();
        let Some(probe) = board.rows.get(lane.index()).and_then(line) else { return Ok(OutputReader::Reads) };
        let probe = inert(&format!("{}\n", serde_json::to_string(&probe).map_err(io::Error::from)?)).into_owned();
        if let Some((log, path)) = &self.log {
            let mut log = log;
            let written = log.write_all(probe.as_bytes());
            written.context(|| format!("cannot write to {}", path.display()))?;
        }
        self.lines.map_or(Ok(OutputReader::Reads), |out| out.print(&probe))
    }

    /// What it came to, contestant by contestant.
    fn sum(&self, over: WatchEnd) -> String {
        let mut told: Vec<String> = Vec::new();
        for row in &self.board.borrow().rows {
            let share = row.availability().map_or_else(|| format::ABSENT.into(), format::share);
            told.push(format!(
                "{}: {} of {} probes ({share}), {}",
                printable(&row.contestant.name),
                row.successes,
                row.probes,
                match row.spent() {
                    _ if row.contestant.simulated => "simulated".to_owned(),
                    Some(usd) => format!("spent {}", format::usd(Some(usd))),
                    None => "cost not known".to_owned(),
                }
            ));
        }
        if over == WatchEnd::Money {
            told.push(format!("ended: the {} of --max-cost are spent", format::usd(Some(self.args.max_cost))));
        }
        told.join("\n")
    }
}

/// What it will do and take.
fn preview(resolved: &ResolvedRace, args: &WatchArgs, output: u32) -> String {
    let setup = &resolved.setup;
    let every = date::span_text(args.every);
    let rounds = args.rounds.map_or_else(
        || "until it is stopped".to_owned(),
        |rounds| match rounds {
            1 => "once".to_owned(),
            rounds => format!("{rounds} times"),
        },
    );
    let costs = setup.contestants.iter().map(|contestant| {
        let cost = CostEstimate::for_contestant(&setup.prompt.text, output, 1, contestant).cost_usd;
        if contestant.simulated { Some(0.0) } else { cost }
    });
    let cost = match sum_usd(costs) {
        _ if setup.simulated() => "SIM: nothing is spent".to_owned(),
        Some(0.0) => "nothing of it costs money".to_owned(),
        Some(usd) => {
            let daily = usd * DAY.as_secs_f64() / args.every.as_secs_f64();
            let most = format::usd(Some(args.max_cost));
            let all = args.rounds.map_or((daily, "a day"), |rounds| (f64::from(rounds) * usd, "in all"));
            let (usd, (sum, span)) = (format::usd(Some(usd)), all);
            format!("about {usd} a round, {} {span}; it ends at {most}", format::usd(Some(sum)))
        }
        None => "what it costs is not known: a price is missing".to_owned(),
    };
    format!(
        "watching {} every {every}, {rounds} · prompt {} · {cost}",
        printable(&setup.title()),
        printable(&setup.prompt.name)
    )
}

#[cfg(test)]
mod tests {
    use clap::Parser as _;

    use super::*;
    use crate::catalog::Catalog;
    use crate::cli::args::{Cli, CliCommand};
    use crate::config::ProcessEnv;

    fn told(flags: &str) -> String {
        let typed = ["speed-kings", "watch"].into_iter().chain(flags.split_whitespace());
        let Some(CliCommand::Watch(args)) = Cli::try_parse_from(typed).unwrap().command else { panic!("no watch") };
        let catalog = Catalog::builtin().unwrap();
        let key = |name: &str| match name {
            "GROQ_API_KEY" | "CEREBRAS_API_KEY" => Some("key0value".to_owned()),
            "CEREBRAS_BASE_URL" => Some("http://192.0.2.7:9/v1".to_owned()),
            _ => None,
        };
        preview(&config::plan(&catalog, &ProcessEnv(&key), &args.options()).unwrap(), &args, 100)
    }

    #[test]
    fn what_is_local_costs_nothing() {
        let local = told("--providers a=http://127.0.0.1:9/v1,exec:cat");
        assert!(local.contains("nothing of it costs money"), "{local}");
        let mixed = told("--providers a=http://127.0.0.1:9/v1,groq --model gpt-oss-120b");
        assert!(mixed.contains("a round") && mixed.contains("a day"), "{mixed}");
        let unknown = told("--providers cerebras,groq --model gpt-oss-120b");
        assert!(unknown.contains("a price is missing"), "{unknown}");
        assert!(told("--phase A1 --sim").contains("SIM: nothing is spent"));
    }
}
