//! Blind votes on races that nobody watched: their recordings are read, and only the answers are shown.

use super::votes;
use crate::cli::args::VoteArgs;
use crate::cli::ballot::BallotBox;
use crate::cli::context::CommandContext;
use crate::cli::error::{CliError, ErrorContext as _};
use crate::cli::event_loop::runtime;
use crate::cli::exit::ExitStatus;
use crate::cli::rater;
use crate::record::reader;
use crate::ui::NoRaces;

/// Shows the answers of the recordings, pair by pair, and keeps the votes.
///
/// # Errors
/// When there is no screen, a recording can't be read, or none has two whole answers that are not voted on.
pub(super) fn run(context: &CommandContext<'_>, args: &VoteArgs) -> Result<ExitStatus, CliError> {
    if let Some(why) = context.screenless() {
        return Err(CliError::failed(format!("a vote needs a screen, and {why}")));
    }
    let given = votes::read_if_there(&args.votes)?;
    let mut ballot = BallotBox::new(rater::name(context, Some(&args.rater)), args.votes.clone(), false);
    for path in &args.recordings {
        if ballot.add(&reader::read_file(path)?.race(), Some(path)) == 0 {
            context.err.status(&format!("{}: left out, it has no two whole answers that differ", path.display()));
        }
    }
    let known = ballot.leave_out(&given);
    if known > 0 {
        let voted = if known == 1 { "1 pair is".to_owned() } else { format!("{known} pairs are") };
        context.err.status(&format!("{voted} left out: {} has voted on them before", ballot.rater));
    }
    let Some(view) = ballot.view() else {
        return Err(CliError::failed(
            "there is nothing to vote on: no recording has two whole answers that differ and have no vote",
        ));
    };
    let mut app = context.app()?;
    app.judge(view);
    let ended = runtime()?.block_on(crate::ui::run(&mut app, &mut NoRaces));
    let ended = ended.context(|| "the terminal can't be used".into())?;
    context
        .err
        .status(&format!("votes are kept in {}; what they come to: speed-kings lab votes", args.votes.display()));
    Ok(ended.into())
}
