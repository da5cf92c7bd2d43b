//! Gates on the levels of a load.

use super::about_somebody;
use super::told::GateOutputs;
use crate::benchmark_report::ReportBlock;
use crate::cli::args::GateArgs;
use crate::cli::context::CommandContext;
use crate::cli::error::CliError;
use crate::cli::exit::ExitStatus;
use crate::config::ProcessEnv;
use crate::gate::GateReport;
use crate::load::{self, LoadFile, check_level_gate, judge_levels};

/// The gates of a command on a load by levels.
pub(in crate::cli) struct LevelGates<'a> {
    args: &'a GateArgs,
    told: GateOutputs<'a>,
}

impl<'a> LevelGates<'a> {
    /// The gates of `args` on these contestants, each by name and id, if they can be held against these levels, where they are known,
    /// with an objective or without.
    ///
    /// # Errors
    /// When one is about nobody or nothing that levels have, or a file can't be written.
    pub(in crate::cli) fn new(
        env: &ProcessEnv<'_>,
        args: &'a GateArgs,
        contestants: &[(&str, &str)],
        levels: Option<&[f64]>,
        objective: bool,
    ) -> Result<Self, CliError> {
        for gate in &args.fail_if {
            let asked: Vec<f64> = gate.level.into_iter().collect();
            check_level_gate(gate, levels.unwrap_or(&asked), objective)?;
            about_somebody(gate, contestants)?;
        }
        Ok(Self { args, told: GateOutputs::new(env, args)? })
    }

    /// Holds them against `file`; nothing where there are none.
    pub(in crate::cli) fn judge(&self, file: &LoadFile) -> Option<GateReport> {
        let gates = &self.args.fail_if;
        (!gates.is_empty()).then(|| judge_levels(gates, file))
    }

    /// Tells what they came to: in the log where `logged`, and in the files that are asked for.
    ///
    /// # Errors
    /// When a file can't be written.
    pub(in crate::cli) fn tell(
        &self,
        context: &CommandContext<'_>,
        judged: Option<&GateReport>,
        file: &LoadFile,
        logged: bool,
    ) -> Result<(), CliError> {
        let Some(judged) = judged else { return Ok(()) };
        let beside = load::blocks(file, None).into_iter().filter(|block| !matches!(block, ReportBlock::Notes(_)));
        self.told.tell(context, judged, beside.collect(), logged)
    }

    /// The exit of a command that would have ended in `otherwise`, after what they came to.
    pub(in crate::cli) fn exit(&self, judged: Option<&GateReport>, otherwise: ExitStatus) -> ExitStatus {
        self.told.exit(judged, otherwise)
    }
}
