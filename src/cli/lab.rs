//! The lab from the command line: sweeps over engines of this machine, their tables, and what model files say of themselves.

mod known_quality;
mod lab_file;
mod model;
mod perplexity;
mod protocol;
mod protocol_tables;
mod quality;
mod quality_tables;
mod rate;
mod reference;
#[cfg(feature = "fleet")]
mod remote_sweep;
mod sweep;
mod sweep_board;
mod sweep_tables;
mod swept;
mod tables;
mod vote;
mod votes;

pub(super) use self::known_quality::tell_engines;
use self::lab_file::is_one;
use crate::cli::args::LabCommand;
use crate::cli::context::CommandContext;
use crate::cli::error::CliError;
use crate::cli::exit::ExitStatus;
use crate::lab::protocol::ProtocolFile;
use crate::lab::quality_file::QualityFile;

/// Does what `command` says.
///
/// # Errors
/// As each of them does.
pub(super) fn run(context: &CommandContext<'_>, command: &LabCommand) -> Result<ExitStatus, CliError> {
    match command {
        LabCommand::Sweep(args) => sweep::run(context, args),
        LabCommand::Report(args) if is_one::<ProtocolFile>(&args.file) => protocol_tables::report(context, args),
        LabCommand::Report(args) if is_one::<QualityFile>(&args.file) => quality_tables::report(context, args),
        LabCommand::Report(args) => tables::report(context, args),
        LabCommand::Protocol(args) => protocol::run(context, args),
        LabCommand::Rate(args) => rate::run(context, args),
        LabCommand::Vote(args) => vote::run(context, args),
        LabCommand::Votes(args) => votes::run(context, args),
        LabCommand::Perplexity(args) => perplexity::run(context, args),
        LabCommand::Quality(args) => quality::run(context, args),
        LabCommand::References(args) => tables::list_references(context, args.list.output),
        LabCommand::Model(args) => model::run(context, args),
    }
}
