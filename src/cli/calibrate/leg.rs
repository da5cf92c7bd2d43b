//! One run against the simulator over one way, held against the simulator's log.

use std::future::Future;
use std::io::Write as _;
use std::pin::Pin;
use std::time::Duration;

use tempfile::NamedTempFile;

use super::errors::MeasuredErrors;
use crate::bench::{alone, only_lane};
use crate::calibration::CalibratedTransport;
use crate::catalog::Catalog;
use crate::catalog::profile::StreamProfile;
use crate::cli::error::{CliError, ErrorContext as _};
use crate::config::{self, ProcessEnv, RaceOptions, simulated_name};
use crate::race::event::LaneId;
use crate::sim::{Options, ServedTransport, Simulator};
use crate::simulation;
use crate::source::headless::follow;
use crate::source::live::{LiveRace, RaceStart};

/// Who is played; at the simulator everybody is alike.
const PROVIDER: &str = "cerebras";
/// How long each answer takes: short, for the percentiles want many runs.
const SPAN: Duration = Duration::from_millis(400);
/// Until the first token.
const TTFT_MS: f64 = 100.0;

/// How runs are made that differ in nothing but their speeds.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct CalibrationLeg {
    pub(super) over: CalibratedTransport,
    /// Memory, processors and devices are looked at meanwhile, as beside engines of this machine.
    pub(super) sampled: bool,
    /// What the simulator leaves between the note of each write and the write: an error that is there to be found.
    pub(super) lag: Duration,
}

impl CalibrationLeg {
    /// Those of a calibration. Looks at the machine are the same whatever comes how, so one way is enough to tell what they cost.
    pub(super) const ALL: [Self; 4] = [
        Self::new(CalibratedTransport::Plain, false),
        Self::new(CalibratedTransport::Plain, true),
        Self::new(CalibratedTransport::Tls, false),
        Self::new(CalibratedTransport::Http2, false),
    ];

    const fn new(over: CalibratedTransport, sampled: bool) -> Self {
        Self { over, sampled, lag: Duration::ZERO }
    }

    /// One run at `tok_s`, whose errors go to `errors`; says whether it was made, and not stopped.
    pub(super) async fn measure(
        self,
        tok_s: f64,
        errors: &mut MeasuredErrors,
        stop: Pin<&mut impl Future<Output = ()>>,
    ) -> Result<bool, CliError> {
        let catalog = Catalog::builtin()?;
        let nobody = |_: &str| None;
        let tokens = whole(tok_s * SPAN.as_secs_f64());
        let options = RaceOptions {
            providers: vec![PROVIDER.into()],
            max_tokens: Some(tokens),
            alone: true,
            simulate: true,
            ..RaceOptions::default()
        };
        let mut resolved = config::plan(&catalog, &ProcessEnv(&nobody), &options)?;
        let profile = StreamProfile { ttft_ms: TTFT_MS, tok_s, tokens, ..StreamProfile::default() };
        let entrants = [(simulated_name(0, PROVIDER), profile)].into();
        let transport = match self.over {
            CalibratedTransport::Plain => ServedTransport::Plain,
            CalibratedTransport::Tls => ServedTransport::Tls,
            CalibratedTransport::Http2 => ServedTransport::Http2,
        };
        let options = Options { entrants, transport, lag: self.lag, ..Options::default() };
        let simulator = Simulator::start(options).context(|| "cannot start the simulator on loopback".to_owned())?;
        // The certificate is trusted in the way in which anybody's own is.
        let certificate = simulator.certificate().map(in_a_file).transpose();
        let certificate = certificate.context(|| "cannot keep the simulator's certificate for a moment".to_owned())?;
        simulation::lead(&mut resolved, &simulator, certificate.as_ref().map(NamedTempFile::path))?;
        let start = alone(&resolved, LaneId(0)).ok_or_else(|| CliError::internal("nobody runs"))?;
        let watched = self.sampled.then(std::process::id);
        let mut live = LiveRace::start(RaceStart { watched, ..start })?;
        let run = follow(&mut live, stop).await;
        if run.stopped {
            return Ok(false);
        }
        let lane = only_lane(&run.race).ok_or_else(|| CliError::internal("the run has no lane"))?;
        let log = simulator.log();
        let truth = log.iter().rfind(|delivery| delivery.tokens() > 0);
        let over = self.over.words();
        let truth = truth.ok_or_else(|| CliError::failed(format!("the simulator wrote nothing over {over}")))?;
        if CalibratedTransport::of_lane(lane) != Some(self.over) {
            return Err(CliError::failed(format!("the run at {tok_s} tok/s did not come over {over}")));
        }
        let taken = errors.take(lane, truth);
        taken.ok_or_else(|| CliError::failed(format!("the run at {tok_s} tok/s over {over} brought no figures")))?;
        Ok(true)
    }
}

fn in_a_file(certificate: &str) -> std::io::Result<NamedTempFile> {
    let mut file = NamedTempFile::new()?;
    file.write_all(certificate.as_bytes())?;
    Ok(file)
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a few thousand tokens")]
fn whole(tokens: f64) -> u32 {
    tokens as u32
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::event_loop::runtime;

    #[test]
    fn a_delay_in_the_writing_is_found_over_every_way() {
        const LAG_MS: f64 = 25.0;
        for leg in CalibrationLeg::ALL.into_iter().filter(|leg| !leg.sampled) {
            let leg = CalibrationLeg { lag: Duration::from_secs_f64(LAG_MS / 1e3), ..leg };
            let mut errors = MeasuredErrors::default();
            let made = runtime().unwrap().block_on(async {
                let nobody = std::pin::pin!(std::future::pending());
                leg.measure(50.0, &mut errors, nobody).await
            });
            assert!(made.unwrap());
            // A busy machine makes it more, never less.
            let [ttft] = errors.ttft[..] else { panic!("one run: {errors:?}") };
            assert!(ttft > LAG_MS * 0.8, "{ttft} ms over {}", leg.over.words());
        }
    }
}
