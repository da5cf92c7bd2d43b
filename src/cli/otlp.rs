//! Metrics on their way to a collector while something is measured: what comes while one export is under way goes with the next, and
//! whatever the collector does, nobody waits for it.

use std::cell::{Cell, RefCell};

use jiff::Timestamp;
use tokio::sync::Notify;
use tokio::time::timeout;

use crate::bench::{BenchmarkResults, only_lane};
use crate::cli::error::CliError;
use crate::config::{ProcessEnv, ResolvedRace};
use crate::otlp::{OtlpExporter, OtlpMetrics, OtlpPlace, OtlpSettings};
use crate::provider::ContestantClient;
use crate::race::lane::Lane;
use crate::race::setup::Contestant;
use crate::race::{Race, is_simulated};
use crate::text::counted;
use crate::watch::ProbeSample;

/// How long the last export is waited for.
const LAST: std::time::Duration = std::time::Duration::from_secs(5);

/// What is sent to a collector, and how that went.
pub(super) struct OtlpFeed {
    exporter: OtlpExporter,
    metrics: RefCell<OtlpMetrics>,
    changed: Notify,
    /// Requests that no export has brought yet.
    waiting: Cell<u64>,
    delivered: Cell<u64>,
    failed: Cell<u64>,
    /// The last export failed.
    down: Cell<bool>,
}

impl OtlpFeed {
    /// The way to the collector at `address`.
    ///
    /// # Errors
    /// When there is none, or the standard variables can't be understood.
    pub(super) fn new(env: &ProcessEnv<'_>, address: &str) -> Result<Self, CliError> {
        let settings = OtlpSettings::read(address, |name| env.get(name))?;
        Ok(Self {
            exporter: OtlpExporter::new(settings)?,
            metrics: RefCell::new(OtlpMetrics::new(Timestamp::now())),
            changed: Notify::new(),
            waiting: Cell::new(0),
            delivered: Cell::new(0),
            failed: Cell::new(0),
            down: Cell::new(false),
        })
    }

    /// Takes in what a request of `contestant` came to, which `client` made.
    pub(super) fn take(
        &self,
        contestant: &Contestant,
        client: &ContestantClient,
        simulated: bool,
        sample: &ProbeSample,
        lane: &Lane,
    ) {
        self.metrics.borrow_mut().take(&OtlpPlace::of(contestant, client), simulated, sample, lane);
        self.waiting.set(self.waiting.get() + 1);
        self.changed.notify_one();
    }

    /// Takes in every run of a benchmark that is over.
    pub(super) fn take_results(&self, resolved: &ResolvedRace, results: &BenchmarkResults) {
        for (runs, client) in results.runs.iter().zip(&resolved.clients) {
            for run in runs {
                self.take_race(&run.race, run.started_at, client);
            }
        }
    }

    /// Takes in a request that is a race of its own and left at `at`, which `client` made.
    pub(super) fn take_race(&self, race: &Race, at: Timestamp, client: &ContestantClient) {
        if let (Some(lane), Some(contestant)) = (only_lane(race), race.setup.contestants.first()) {
            let sample = ProbeSample::of(at, contestant, &race.setup, lane);
            self.take(contestant, client, is_simulated(contestant, lane), &sample, lane);
        }
    }

    /// Sends what comes in, for ever; `tell` says where something about that has changed.
    pub(super) async fn run(&self, tell: impl Fn(&str)) {
        loop {
            self.changed.notified().await;
            self.export(&tell).await;
        }
    }

    /// Sends what is still to be sent, and waits for that a while.
    pub(super) async fn finish(&self, tell: impl Fn(&str)) {
        if self.waiting.get() > 0 && timeout(LAST, self.export(&tell)).await.is_err() {
            self.failed.set(self.failed.get() + 1);
            tell(&format!("--otlp: the last export was not delivered within {} s", LAST.as_secs()));
        }
    }

    async fn export(&self, tell: &impl Fn(&str)) {
        let (body, brought) = (self.metrics.borrow().body(Timestamp::now()), self.waiting.get());
        match self.exporter.send(body).await {
            Ok(said) => {
                self.delivered.set(self.delivered.get() + 1);
                self.waiting.set(self.waiting.get().saturating_sub(brought));
                if self.down.replace(false) {
                    tell(&format!("--otlp: delivered again, with what {} failed exports held", self.failed.get()));
                }
                if let Some(said) = said {
                    tell(&format!("--otlp: the collector took the export, but {said}"));
                }
            }
            Err(why) => {
                self.failed.set(self.failed.get() + 1);
                if !self.down.replace(true) {
                    tell(&format!("--otlp: not delivered: {why}; the next export holds it as well"));
                }
            }
        }
    }

    /// What became of all exports, in words.
    pub(super) fn sum(&self) -> String {
        let (delivered, failed, lost) = (self.delivered.get(), self.failed.get(), self.waiting.get());
        let exports = |count: u64| counted(count, "export", "exports");
        match (failed, lost) {
            (0, _) => format!("--otlp: {} delivered", exports(delivered)),
            (failed, 0) => {
                format!("--otlp: {} delivered, {failed} failed; a later one brought their counts", exports(delivered))
            }
            (failed, lost) => {
                format!(
                    "--otlp: {} delivered, {failed} failed; {} never reached the collector",
                    exports(delivered),
                    counted(lost, "request", "requests")
                )
            }
        }
    }
}
