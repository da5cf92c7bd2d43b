//! Who is told what gates came to: a log, a build server, the summary of a step. Whether they can be is found out before anything is
//! spent.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use super::usage::{GateUsage, STEP_SUMMARY};
use crate::atomic_file;
use crate::benchmark_report::{ReportBlock, markdown};
use crate::cli::args::GateArgs;
use crate::cli::context::CommandContext;
use crate::cli::error::{CliError, ErrorContext as _};
use crate::cli::exit::ExitStatus;
use crate::cli::output::OutputKind;
use crate::config::ProcessEnv;
use crate::gate::{GateCall, GateReport, block, junit, lines};
use crate::text::printable;

/// Where what gates came to is put.
pub(super) struct GateOutputs<'a> {
    args: &'a GateArgs,
    summary: Option<PathBuf>,
}

impl<'a> GateOutputs<'a> {
    /// The places that `args` name.
    ///
    /// # Errors
    /// When one can't be written.
    pub(super) fn new(env: &ProcessEnv<'_>, args: &'a GateArgs) -> Result<Self, CliError> {
        if let Some(path) = &args.junit {
            if path.is_file() && path.metadata()?.len() > 0 && !OutputKind::Junit.is_at(path) {
                return Err(GateUsage::Taken(path.clone()).into());
            }
            writable(path)?;
        }
        let summary = match &args.step_summary {
            None => None,
            Some(Some(path)) => Some(path.clone()),
            Some(None) => Some(env.get(STEP_SUMMARY).map(PathBuf::from).ok_or(GateUsage::NoStep)?),
        };
        summary.as_deref().map_or(Ok(()), writable)?;
        Ok(Self { args, summary })
    }

    /// The exit of a command that would have ended in `otherwise`. What was shown outweighs what failed on the way, but for an
    /// interrupt.
    pub(super) fn exit(&self, judged: Option<&GateReport>, otherwise: ExitStatus) -> ExitStatus {
        let Some(judged) = judged else { return otherwise };
        match otherwise {
            ExitStatus::Interrupted | ExitStatus::HungUp => otherwise,
            _ if judged.count(GateCall::Failed) > 0 => ExitStatus::GateFailed,
            ExitStatus::Done | ExitStatus::NoVerdict if self.args.strict && judged.count(GateCall::Undecided) > 0 => {
                ExitStatus::GateUndecided
            }
            _ => otherwise,
        }
    }

    /// Tells what they came to: in the log where `logged`, and in the files that are asked for, `beside` with it in a summary.
    ///
    /// # Errors
    /// When a file can't be written.
    pub(super) fn tell(
        &self,
        context: &CommandContext<'_>,
        judged: &GateReport,
        beside: Vec<ReportBlock>,
        logged: bool,
    ) -> Result<(), CliError> {
        if logged {
            for line in lines(judged) {
                context.err.status(&printable(&line));
            }
        }
        if let Some(path) = &self.args.junit {
            let text = junit(judged, self.args.strict);
            atomic_file::replace(path, text.as_bytes()).context(|| format!("cannot write {}", path.display()))?;
        }
        if let Some(path) = &self.summary {
            let text = markdown::text(&block(judged).into_iter().chain(beside).collect::<Vec<_>>());
            let written = atomic_file::appended(path).and_then(|mut file| file.write_all(text.as_bytes()));
            written.context(|| format!("cannot write to {}", path.display()))?;
        }
        Ok(())
    }
}

/// Makes sure that something can be put at `path`, in a folder that is there or can be made.
fn writable(path: &Path) -> Result<(), CliError> {
    let in_the_way = path.ancestors().skip(1).find(|above| above.exists()).is_some_and(Path::is_file);
    let why = if path.is_dir() {
        "it is a folder"
    } else if in_the_way {
        "its folder can't be made"
    } else {
        return Ok(());
    };
    Err(CliError::failed(format!("cannot write {}: {why}", path.display())))
}
