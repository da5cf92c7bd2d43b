//! The alerts of a watch: what they come to after each probe, who is told, and the command that is run for each.

use std::cell::RefCell;

use jiff::Timestamp;
use tokio::sync::mpsc::{self, Receiver, Sender, error::TrySendError};
use tokio::time::timeout;

use super::alert_command::{AlertHook, PATIENCE};
use super::notices::WatchNotices;
use crate::benchmark_report::BenchmarkReport;
use crate::catalog::Catalog;
use crate::cli::args::WatchArgs;
use crate::cli::earlier::EarlierResults;
use crate::cli::error::CliError;
use crate::cli::gate::held;
use crate::cli::gate::usage::GateUsage;
use crate::gate::{AlertChange, AlertMessage, AlertStates, judge, runs_needed};
use crate::race::event::LaneId;
use crate::race::setup::RaceSetup;
use crate::watch::{BoardAlert, WatchBoard, newest_results};

/// Alerts that may wait for the command at once.
const WAITING: usize = 32;

/// The alerts of a watch.
pub(super) struct WatchAlerts<'a> {
    states: RefCell<AlertStates>,
    window: usize,
    earlier: &'a EarlierResults,
    notices: &'a WatchNotices<'a>,
    /// Where changes go for the command; nothing without one.
    to_command: RefCell<Option<Sender<AlertMessage>>>,
}

/// The command for alerts, with those that wait for it.
pub(super) struct AlertRunner<'a> {
    hook: AlertHook,
    waiting: Receiver<AlertMessage>,
    notices: &'a WatchNotices<'a>,
}

impl<'a> WatchAlerts<'a> {
    /// The alerts of `args` on these contestants, each by name and id, and what runs the command, if there is one.
    ///
    /// # Errors
    /// When one is about nobody, could never fire, or lacks earlier results.
    pub(super) fn new(
        catalog: &Catalog,
        args: &WatchArgs,
        earlier: &'a EarlierResults,
        contestants: &[(&str, &str)],
        notices: &'a WatchNotices<'a>,
    ) -> Result<(Self, Option<AlertRunner<'a>>), CliError> {
        held("--alert", &args.alert, earlier, contestants)?;
        for (alert, needed) in runs_needed(&args.alert, contestants, false) {
            if needed > args.window {
                return Err(GateUsage::Window(alert, args.window, needed).into());
            }
        }
        let (to_command, waiting) = mpsc::channel(WAITING);
        let runner = args.run.clone().map(|command| {
            let withheld = catalog.providers.iter().filter_map(|provider| provider.key.clone()).collect();
            AlertRunner { hook: AlertHook { command, withheld }, waiting, notices }
        });
        let alerts = Self {
            states: RefCell::new(AlertStates::new(args.alert.clone())),
            window: args.window,
            earlier,
            notices,
            to_command: RefCell::new(runner.is_some().then_some(to_command)),
        };
        Ok((alerts, runner))
    }

    /// Looks at the newest probes of `board`, which were asked as in `setup`, and tells what has changed.
    pub(super) fn look(&self, board: &WatchBoard, setup: &RaceSetup, at: Timestamp) {
        let mut states = self.states.borrow_mut();
        if states.conditions().is_empty() {
            return;
        }
        let report = [BenchmarkReport::without_resampling(newest_results(board, setup, self.window))];
        let judged = judge(states.conditions(), &report, &|report| self.earlier.of(report));
        for change in states.look(&judged) {
            self.notices.tell(&words(&change, self.window));
            self.hand_over(AlertMessage::new(&change, at, self.window));
        }
    }

    fn hand_over(&self, message: AlertMessage) {
        let sender = self.to_command.borrow();
        let Some(sender) = sender.as_ref() else { return };
        if let Err(TrySendError::Full(message) | TrySendError::Closed(message)) = sender.try_send(message) {
            let condition = &message.check.condition;
            self.notices.tell(&format!("--run was not told of '{condition}': {WAITING} alerts wait for it already"));
        }
    }

    /// Every alert with everybody whom it is about.
    pub(super) fn told(&self, board: &WatchBoard) -> Vec<BoardAlert> {
        let states = self.states.borrow();
        let of = |condition: &crate::gate::GateCondition| {
            let about = (0..).map(LaneId).zip(&board.rows);
            let about = about.filter(|(_, row)| condition.is_about(&row.contestant.name, &row.contestant.provider));
            let condition = condition.to_string();
            let alert = |(lane, _): (LaneId, _)| {
                let firing = states.firing().iter();
                let mut firing = firing.filter(|check| check.lane == lane.index() && check.condition == condition);
                let fires = firing.next().map(|check| check.finding.said.clone());
                BoardAlert { lane, condition: condition.clone(), fires }
            };
            about.map(alert).collect::<Vec<_>>()
        };
        states.conditions().iter().flat_map(of).collect()
    }

    /// No more are told to the command.
    pub(super) fn close(&self) {
        self.to_command.borrow_mut().take();
    }
}

impl AlertRunner<'_> {
    /// Runs the command for each alert, one after the other, until no more come.
    pub(super) async fn run(&mut self) {
        while let Some(message) = self.waiting.recv().await {
            if let Err(why) = self.hook.run(&message).await {
                self.notices.tell(&format!("--run for '{}': {why}", message.check.condition));
            }
        }
    }
}

/// Waits for the alerts that are still to be told, for a while.
pub(super) async fn last_alerts(running: impl Future<Output = ()>, notices: &WatchNotices<'_>) {
    if timeout(PATIENCE, running).await.is_err() {
        notices.tell(&format!("--run was not told of all alerts: it is not done after {} s", PATIENCE.as_secs()));
    }
}

/// What has become of an alert, in words.
fn words(change: &AlertChange, window: usize) -> String {
    let check = &change.check;
    let state = if change.fires { "ALERT" } else { "alert over:" };
    let sim = if check.simulated { "SIM " } else { "" };
    let (condition, name, model, said) = (&check.condition, &check.contestant, &check.model, &check.finding.said);
    format!("{state} {condition} · {sim}{name} ({model}): {said}; window: its newest {window} probes")
}
