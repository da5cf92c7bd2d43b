//! The commands that make one recording out of others: edited, redacted, merged.

use std::path::Path;

use crate::cli::args::{EditCommandArgs, MergeArgs, RedactArgs};
use crate::cli::context::CommandContext;
use crate::cli::error::{CliError, ErrorContext as _};
use crate::cli::exit::ExitStatus;
use crate::cli::output::is_stdout;
use crate::cli::output::{OutputKind, check};
use crate::record::Recording;
use crate::record::merge::{merge, takes};
use crate::record::reader::read_file;
use crate::record::redact::redact;
use crate::record::writer::{save, write_recording};
use crate::source::replay::PlayableRecording;
use crate::text::printable;

/// Reads the recording at `path` and tells what is wrong with it.
///
/// # Errors
/// When it can't be read.
pub(super) fn open(context: &CommandContext<'_>, path: &Path) -> Result<Recording, CliError> {
    let recording = read_file(path).context(|| unreadable(path))?;
    tell_problems(context, path, &recording);
    Ok(recording)
}

/// The same of one that is to be played.
///
/// # Errors
/// As there.
pub(super) fn open_to_play(context: &CommandContext<'_>, path: &Path) -> Result<PlayableRecording, CliError> {
    let playable = PlayableRecording::read_file(path).context(|| unreadable(path))?;
    tell_problems(context, path, playable.recording());
    Ok(playable)
}

fn unreadable(path: &Path) -> String {
    format!("cannot read {} as a recording", path.display())
}

fn tell_problems(context: &CommandContext<'_>, path: &Path, recording: &Recording) {
    for problem in &recording.problems {
        context.err.status(&format!("{}: {problem}", path.display()));
    }
}

/// Writes an edited recording: the same events, with a cut section in its header.
///
/// # Errors
/// When a place isn't in this race, or a file can't be read or written.
pub(super) fn edit(context: &CommandContext<'_>, args: &EditCommandArgs) -> Result<ExitStatus, CliError> {
    check(&args.output, OutputKind::Recording, &[&args.input], args.force)?;
    let mut recording = open(context, &args.input)?;
    if args.afresh {
        recording.header.cut = None;
    }
    // What is left of a cut that isn't gone on with must not get into the new one.
    if let Some(unknown) = recording.header.unknown.as_object_mut().filter(|_| recording.header.cut.is_none()) {
        unknown.remove("cut");
    }
    let cut = args.edit.edits().cut(&recording, &recording.race())?;
    let (duration, pieces) = (cut.duration(), cut.pieces().len());
    let pieces = if pieces == 1 { "1 piece".to_owned() } else { format!("{pieces} pieces") };
    print_result(
        context,
        &args.output,
        &format!("{duration} of picture from {pieces}; the figures are as they were measured"),
    )?;
    recording.header.cut = Some(cut);
    write(context, &args.output, &recording)
}

/// Writes a recording without what is to stay private.
///
/// # Errors
/// When a file can't be read or written.
pub(super) fn redaction(context: &CommandContext<'_>, args: &RedactArgs) -> Result<ExitStatus, CliError> {
    check(&args.output, OutputKind::Recording, &[&args.input], args.force)?;
    let recording = open(context, &args.input)?;
    let lost = recording.kept.len();
    if lost > 0 {
        context
            .err
            .status(&format!("{lost} lines hold something that this version doesn't know; that is taken out, too"));
    }
    write(context, &args.output, &redact(recording, args.redaction()))
}

/// Puts lanes of two recordings on one start.
///
/// # Errors
/// When a lane isn't there, or a file can't be read or written.
pub(super) fn ghosts(context: &CommandContext<'_>, args: &MergeArgs) -> Result<ExitStatus, CliError> {
    check(&args.output, OutputKind::Recording, &[&args.first, &args.second], args.force)?;
    let (first, second) = (open(context, &args.first)?, open(context, &args.second)?);
    let merged = merge(&first, &second, &args.lanes)?;
    let both = [(&args.first, &first, false), (&args.second, &second, true)];
    for (path, recording, second) in both {
        if takes(&args.lanes, second) && !recording.is_complete() {
            let what = recording.missing(&recording.race());
            context.err.status(&format!("{}: {what}; what is made of it has no end record, either", path.display()));
        }
    }
    let print_line = |text: &str| print_result(context, &args.output, text);
    print_line(&printable(&merged.header.setup.title()))?;
    match merged.header.setup.mismatches.as_slice() {
        [] if takes(&args.lanes, false) && takes(&args.lanes, true) => {
            print_line("prompt, model, cap and settings are the same")?;
        }
        [] => print_line("all lanes are of one race")?,
        mismatches => {
            for mismatch in mismatches {
                print_line(&format!("not the same: {}", printable(mismatch)))?;
            }
            print_line("the verdict is provisional")?;
        }
    }
    write(context, &args.output, &merged)
}

/// Says how it went: where a recording goes to stdout, beside it.
fn print_result(context: &CommandContext<'_>, output: &Path, text: &str) -> Result<(), CliError> {
    if is_stdout(output) {
        context.err.status(text);
        return Ok(());
    }
    context.out.print(&format!("{text}\n")).map(drop)
}

fn write(context: &CommandContext<'_>, path: &Path, recording: &Recording) -> Result<ExitStatus, CliError> {
    if is_stdout(path) {
        let mut text = Vec::new();
        write_recording(&mut text, recording)?;
        return context.out.print(&String::from_utf8_lossy(&text)).map(|_| ExitStatus::Done);
    }
    save(path, recording)?;
    context.err.status(&format!("wrote {}", path.display()));
    Ok(ExitStatus::Done)
}
