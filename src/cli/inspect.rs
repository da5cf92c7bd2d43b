//! What is in a recording: a summary, how its connections came to be, its marks, its gaps, and what it lacks.
//! As text for a person or as one JSON document; both are made of the same [`InspectionReport`].

mod document;
mod inspection;
mod page;

use self::inspection::{InspectionReport, verdict_holds};
use crate::cli::args::InspectArgs;
use crate::cli::context::CommandContext;
use crate::cli::error::{CliError, ErrorContext as _};
use crate::cli::exit::ExitStatus;
use crate::race::Race;
use crate::race::lane::{Lane, TokenCounter};
use crate::race::mark::marks;
use crate::race::verdict::Verdict;
use crate::record::Recording;
use crate::record::reader::read_file;

/// Inspects the recording that `args` name.
///
/// # Errors
/// When it can't be read at all.
pub(super) fn run(context: &CommandContext<'_>, args: &InspectArgs) -> Result<ExitStatus, CliError> {
    let recording = read_file(&args.file).context(|| format!("cannot read {} as a recording", args.file.display()))?;
    let race = recording.race();
    let findings = InspectionReport {
        path: &args.file,
        bytes: std::fs::metadata(&args.file).map_or(0, |file| file.len()),
        recording: &recording,
        race: &race,
        verdict: Verdict::of(&race),
        marks: marks(&race),
        wrong: wrong(&recording, &race),
    };
    context.out.print(&if args.json { document::text(&findings) } else { page::text(&findings) })?;
    Ok(ExitStatus::Done)
}

fn wrong(recording: &Recording, race: &Race) -> Vec<String> {
    let mut wrong: Vec<String> = recording.problems.iter().map(ToString::to_string).collect();
    if !recording.is_complete() {
        wrong.push(recording.missing(race));
    }
    if verdict_holds(recording, &Verdict::of(race)) == Some(false) {
        wrong.push("its events give another verdict today than was recorded".into());
    }
    if recording.header.environment.is_none() {
        wrong.push("nothing about the machine that it was recorded on".into());
    }
    let kept = recording.kept.len();
    if kept > 0 || !recording.header.unknown.is_null() {
        let header = if recording.header.unknown.is_null() { "" } else { ", and fields of the header" };
        wrong.push(format!("not understood but kept: {kept} lines{header}"));
    }
    for (_, contestant, lane) in race.entries() {
        wrong.extend(lane_wrong(lane).map(|what| format!("{}: {what}", contestant.name)));
    }
    wrong
}

fn lane_wrong(lane: &Lane) -> impl Iterator<Item = String> {
    let reads = (!lane.reads().is_empty()).then_some(());
    [
        (!lane.state.is_over()).then(|| "it never ends".to_owned()),
        lane.state.failure().map(|failure| format!("it failed: {}", failure.kind.title())),
        reads
            .filter(|()| lane.tokens().is_some_and(|tokens| tokens.counted_by == TokenCounter::Estimate))
            .map(|()| "no usage from the server: its tokens are estimated by the length of the text".to_owned()),
        reads.filter(|()| lane.transport.is_none()).map(|()| "nothing about its connection".to_owned()),
        reads.filter(|()| lane.finish.is_none() && lane.state.is_over()).map(|()| "no finish reason".to_owned()),
        (lane.malformed > 0).then(|| format!("{} damaged pieces of its stream were passed over", lane.malformed)),
        (lane.tainted.as_micros() > 0).then(|| format!("our own queue held it up: stamps up to {} late", lane.tainted)),
    ]
    .into_iter()
    .flatten()
}
