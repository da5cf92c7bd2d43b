//! The lab from the command line: sweeps over engines of this machine, their tables, and what model files say of themselves.

mod model;
mod perplexity;
mod protocol;
mod protocol_file;
mod protocol_tables;
mod quality;
mod quality_file;
mod quality_tables;
mod rate;
mod reference;
mod sweep;
mod sweep_board;
mod sweep_tables;
mod tables;
mod vote;
mod votes;

pub(super) use self::quality_file::tell_engines;
use crate::cli::args::LabCommand;
use crate::cli::context::CommandContext;
use crate::cli::error::CliError;
use crate::cli::exit::ExitStatus;

/// Does what `command` says.
///
/// # Errors
/// As each of them does.
pub(super) fn run(context: &CommandContext<'_>, command: &LabCommand) -> Result<ExitStatus, CliError> {
    match command {
        LabCommand::Sweep(args) => sweep::run(context, args),
        LabCommand::Report(args) if protocol_file::is_one(&args.file) => protocol_tables::report(context, args),
        LabCommand::Report(args) if quality_file::is_one(&args.file) => quality_tables::report(context, args),
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
