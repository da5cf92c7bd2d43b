//! Tapes that lie with their runners, brought here: what remains of a race whose director lost them.

use crate::atomic_file;
use crate::cli::context::CommandContext;
use crate::cli::error::{CliError, ErrorContext as _};
use crate::cli::event_loop::runtime;
use crate::cli::exit::ExitStatus;
use crate::fleet::bus::{Bus, BusPlace};
use crate::fleet::call::{CallError, ListedRunner, RunnerCaller, roll_call};
use crate::fleet::clock::ProcessClock;
use crate::fleet::director::TAPES;
use crate::fleet::identity::DirectorKey;
use crate::fleet::line_tape::{RACE_ENDING, ending_of};
use crate::fleet::name::RaceId;

/// Fetches every tape of `race` that a runner on the bus has.
///
/// # Errors
/// When no runner has one, or it can't be kept.
pub(super) fn run(context: &CommandContext<'_>, place: &BusPlace, race: &RaceId) -> Result<ExitStatus, CliError> {
    let folder =
        context.recordings().ok_or_else(|| CliError::usage("--fetch keeps tapes: leave --no-record out"))?.join(TAPES);
    let key = DirectorKey::kept_in(context.env.config_dir().as_deref())?;
    let (mut kept, mut lanes) = (0, 0);
    runtime()?.block_on(async {
        let bus = Bus::connect(place, "fleet").await?;
        let caller = RunnerCaller { bus: &bus, key: &key, clock: ProcessClock::begin(0) };
        for runner in roll_call(&bus).await? {
            let ListedRunner::Ready(facts) = runner else { continue };
            let Ok(name) = facts.name.parse() else { continue };
            match caller.tape(&name, race).await {
                Ok(tape) => {
                    let ending = ending_of(tape.bytes());
                    let path = folder.join(format!("{race}.{name}.{ending}"));
                    let put = atomic_file::replace(&path, tape.bytes());
                    put.context(|| format!("cannot keep {}", path.display()))?;
                    context.out.print(&format!("{}\n", path.display()))?;
                    kept += 1;
                    lanes += usize::from(ending == RACE_ENDING);
                }
                Err(CallError::Refused(refusal)) => context.err.status(&format!("runner {name}: {refusal}")),
                Err(error) => context.err.status(&format!("runner {name} does not answer: {error}")),
            }
        }
        Ok::<_, CliError>(())
    })?;
    if kept == 0 {
        return Err(CliError::failed(format!("no runner on the bus at {place} has a tape of race {race}")));
    }
    if lanes > 1 {
        context.err.status("two tapes become one race with `speed-kings merge A.race B.race -o race.race`");
    }
    Ok(ExitStatus::Done)
}
