//! The watch from the command line: the same probe on a schedule, until somebody ends it or its money is spent.
//! At a terminal it is a board; for everybody else each probe is a line of JSON.

mod alert_command;
mod alerts;
mod ending;
pub(super) mod log;
mod notices;
mod preview;
#[cfg(feature = "fleet")]
mod publishing;
#[cfg(feature = "fleet")]
mod regions;

use std::cell::{Cell, RefCell};
use std::fs::File;
use std::io::{self, Write as _};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Instant;

use jiff::Timestamp;

use self::alerts::{AlertRunner, WatchAlerts, last_alerts};
use self::ending::WatchEnd;
use self::log::open_log;
use self::notices::WatchNotices;
use self::preview::preview;
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
use crate::cli::gate::usage::GateUsage;
use crate::cli::otlp::OtlpFeed;
use crate::config::{self, ResolvedRace};
use crate::console::OutputReader;
#[cfg(feature = "fleet")]
use crate::fleet::lines::LinePublisher;
use crate::format;
use crate::interrupt::InterruptListener;
use crate::race::event::LaneId;
use crate::race::is_simulated;
use crate::simulation;
use crate::source::headless::follow;
use crate::source::live::LiveRace;
use crate::text::{inert, printable};
use crate::ui::app::App;
use crate::ui::board;
use crate::ui::screen::board::BoardStatus;
use crate::watch::endpoint::{MetricsEndpoint, PATH};
use crate::watch::line::line;
use crate::watch::{ProbeSample, WatchBoard, WatchMoment, prometheus, results};

/// The folder that a benchmark keeps its results in, unless told otherwise.
const RESULTS: &str = "results";

/// Watches until the end.
///
/// # Errors
/// When it can't be worked out or begun, may not spend, or can't write what it finds.
pub(super) fn run(context: &CommandContext<'_>, args: &WatchArgs) -> Result<ExitStatus, CliError> {
    #[cfg(feature = "fleet")]
    if args.fleet.regions {
        return regions::run(context, args);
    }
    let (catalog, err) = (context.catalog()?, &context.err);
    let logs = args.log.as_deref().map(|log| log.parent().unwrap_or_else(|| Path::new("")));
    let options = config::settle(catalog, args.options())?.logging_beside(logs);
    let mut resolved = config::plan(catalog, &context.env, &options)?;
    err.say_once(&resolved.notes);
    // Before anything is asked or sent: a wrong theme is wrong without a terminal, too.
    let app = context.app()?;
    free_of_charge(args.max_cost, &resolved.setup.contestants)?;
    let setup = resolved.setup.clone();
    let names: Vec<(&str, &str)> =
        setup.contestants.iter().map(|one| (one.name.as_str(), one.provider.as_str())).collect();
    if args.baseline_run.is_some() && args.gates.fail_if.is_empty() && args.alert.is_empty() {
        return Err(GateUsage::BaselineAlone.into());
    }
    let earlier = EarlierResults::read(args.baseline_run.as_ref(), vec![PathBuf::from(RESULTS)])?;
    let gates = CommandGates::new(&context.env, &args.gates, &earlier, &names)?;
    let boarded = args.output != Some(WatchForm::Json) && context.interactive();
    let notices = WatchNotices::new(err, boarded);
    let otlp = args.otlp.as_deref().map(|address| OtlpFeed::new(&context.env, address)).transpose()?;
    let (alerts, runner) = WatchAlerts::new(catalog, args, &earlier, &names, &notices)?;
    let output = expected_output(catalog, &options, &resolved.setup)?;
    err.status(&preview(&resolved, args, output));
    if let Some(rounds) = args.rounds {
        gates.warn(err, rounds, false, &names);
    }
    if !options.simulate && !args.yes && !context.agreed()? {
        err.status("nothing was sent");
        return Ok(ExitStatus::Failed);
    }
    #[cfg(feature = "fleet")]
    let publisher = publishing::publisher(context, &args.fleet, &mut resolved)?;
    let log = args.log.as_ref().map(|path| {
        let opened = open_log(path).context(|| format!("cannot write to {}", path.display()));
        opened.map(|file| (file, path.as_path()))
    });
    let simulator = simulation::start(&mut resolved)?;
    let watch = WatchSession {
        board: RefCell::new(WatchBoard::new(&resolved.setup)),
        probing: Cell::new(None),
        next: Cell::new(None),
        log: log.transpose()?,
        lines: (!boarded).then_some(&context.out),
        alerts,
        notices: &notices,
        otlp,
        #[cfg(feature = "fleet")]
        publisher: publisher.as_ref(),
        args,
    };
    let over = runtime()?.block_on(watch.until_over(&mut resolved, runner, boarded.then_some(app)))?;
    drop(simulator);
    notices.say_all();
    err.status(&watch.sum(over));
    let reports = [BenchmarkReport::new(results(&watch.board.borrow(), &setup))];
    let judged = gates.judge(&reports, &earlier);
    gates.tell(context, judged.as_ref(), &reports, true)?;
    let exit = gates.exit(judged.as_ref(), &reports, watch.exit(over));
    #[cfg(feature = "fleet")]
    publishing::finish(context, publisher);
    Ok(exit)
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
    alerts: WatchAlerts<'a>,
    notices: &'a WatchNotices<'a>,
    otlp: Option<OtlpFeed>,
    /// Puts each probe on the bus.
    #[cfg(feature = "fleet")]
    publisher: Option<&'a LinePublisher>,
    args: &'a WatchArgs,
}

impl WatchSession<'_> {
    /// Everything at once until one of it is over: the rounds, the board with `app`, the metrics, the command for alerts.
    async fn until_over(
        &self,
        resolved: &mut ResolvedRace,
        runner: Option<AlertRunner<'_>>,
        app: Option<App>,
    ) -> Result<WatchEnd, CliError> {
        let mut interrupts = InterruptListener::new()?;
        let endpoint = match self.args.metrics {
            Some(addr) => Some(MetricsEndpoint::bind(addr).await?),
            None => None,
        };
        let metrics = endpoint.as_ref().map(MetricsEndpoint::addr).transpose()?;
        if let Some(addr) = metrics.filter(|_| app.is_none()) {
            self.notices.tell(&format!("metrics at http://{addr}{PATH}"));
        }
        // Without a command there is nothing to wait for.
        let runs = runner.is_some();
        let mut running = std::pin::pin!(async {
            match runner {
                Some(mut runner) => runner.run().await,
                None => std::future::pending().await,
            }
        });
        let tell = |text: &str| self.notices.tell(text);
        let exports = async {
            match &self.otlp {
                Some(otlp) => otlp.run(tell).await,
                None => std::future::pending().await,
            }
        };
        let over = tokio::select! {
            biased;
            () = interrupts.next() => Ok(WatchEnd::Interrupted),
            shown = self.show(app, metrics) => shown,
            () = self.serve(endpoint) => Ok(WatchEnd::Left),
            () = running.as_mut() => Ok(WatchEnd::Left),
            () = exports => Ok(WatchEnd::Left),
            over = self.rounds(resolved) => over,
        };
        if let Ok(WatchEnd::Rounds | WatchEnd::Money) = over {
            self.alerts.close();
            if runs {
                last_alerts(running, self.notices).await;
            }
        }
        if let Some(otlp) = &self.otlp {
            otlp.finish(tell).await;
        }
        over
    }

    /// Shows the board; without an app it waits for ever.
    async fn show(&self, app: Option<App>, metrics: Option<SocketAddr>) -> Result<WatchEnd, CliError> {
        let Some(mut app) = app else { return std::future::pending().await };
        let shown = board::run(&mut app, &self.board, || self.status(metrics)).await;
        shown.map(WatchEnd::from).context(|| "cannot use the terminal".into())
    }

    /// Serves the board's metrics; without an endpoint it waits for ever.
    async fn serve(&self, endpoint: Option<MetricsEndpoint>) {
        match endpoint {
            Some(endpoint) => endpoint.serve(|| prometheus::text(&self.board.borrow(), &self.moment())).await,
            None => std::future::pending().await,
        }
    }

    fn status(&self, metrics: Option<SocketAddr>) -> BoardStatus {
        BoardStatus {
            moment: self.moment(),
            next: self.next.get().map(|next| next.saturating_duration_since(Instant::now())),
            probing: self.probing.get(),
            collects: false,
            metrics,
            notice: self.notices.newest(),
        }
    }

    fn moment(&self) -> WatchMoment {
        let alerts = self.alerts.told(&self.board.borrow());
        WatchMoment { now: Timestamp::now(), every: self.args.every, alerts }
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
            let sample = ProbeSample::of(at, contestant, &resolved.setup, found);
            if let (Some(otlp), Some(client)) = (&self.otlp, resolved.clients.get(lane.index())) {
                otlp.take(contestant, client, simulated, &sample, found);
            }
            self.board.borrow_mut().take(lane, sample, simulated);
            let printed = self.print_probe(lane);
            self.alerts.look(&self.board.borrow(), &resolved.setup, Timestamp::now());
            return printed;
        }
        Ok(OutputReader::Reads)
    }

    /// Tells the newest probe of `lane`.
    fn print_probe(&self, lane: LaneId) -> Result<OutputReader, CliError> {
        let board = self.board.borrow();
        let Some(probe) = board.rows.get(lane.index()).and_then(line) else { return Ok(OutputReader::Reads) };
        let probe = inert(&format!("{}\n", serde_json::to_string(&probe).map_err(io::Error::from)?)).into_owned();
        #[cfg(feature = "fleet")]
        if let Some(publisher) = self.publisher {
            publisher.publish(probe.trim_end());
        }
        if let Some((log, path)) = &self.log {
            let mut log = log;
            let written = log.write_all(probe.as_bytes());
            written.context(|| format!("cannot write to {}", path.display()))?;
        }
        self.lines.map_or(Ok(OutputReader::Reads), |out| out.print(&probe))
    }

    fn exit(&self, over: WatchEnd) -> ExitStatus {
        match over {
            WatchEnd::Interrupted => ExitStatus::Interrupted,
            WatchEnd::HungUp => ExitStatus::HungUp,
            _ if self.board.borrow().rows.iter().all(|row| row.successes == 0) => ExitStatus::NoVerdict,
            _ => ExitStatus::Done,
        }
    }

    /// What it came to, contestant by contestant.
    fn sum(&self, over: WatchEnd) -> String {
        let mut told: Vec<String> = Vec::new();
        for row in &self.board.borrow().rows {
            let share = row.availability().map_or_else(|| format::ABSENT.into(), format::share);
            let within = row.availability_within();
            let within = format!("{} to {}", format::percent(within.low), format::percent(within.high));
            let cost = match row.spent() {
                _ if row.contestant.simulated => "simulated".to_owned(),
                Some(usd) => format!("spent {}", format::usd(Some(usd))),
                None => "cost not known".to_owned(),
            };
            let (name, up, all) = (printable(&row.contestant.name), row.successes, row.probes);
            told.push(format!("{name}: {up} of {all} probes ({share}), 95 % interval {within}, {cost}"));
        }
        told.extend(self.otlp.as_ref().map(OtlpFeed::sum));
        if over == WatchEnd::Money {
            told.push(format!("ended: the {} of --max-cost are spent", format::usd(Some(self.args.max_cost))));
        }
        told.join("\n")
    }
}
