//! The commands that make one recording out of others: edited, redacted, merged.

use std::path::Path;

use color_eyre::eyre::{Result, WrapErr as _};

use crate::cli::args::{EditCommandArgs, MergeArgs, RedactArgs};
use crate::cli::output::{OutputKind, check};
use crate::cli::{ExitStatus, is_stdout, put, status};
use crate::record::Recording;
use crate::record::merge::{merge, takes};
use crate::record::reader::read_file;
use crate::record::redact::redact;
use crate::record::writer::{save, write_recording};
use crate::text::printable;

/// Reads the recording at `path` and tells what is wrong with it.
///
/// # Errors
/// When it can't be read.
pub(super) fn open(path: &Path) -> Result<Recording> {
    let recording = read_file(path).wrap_err_with(|| format!("cannot read {} as a recording", path.display()))?;
    for problem in &recording.problems {
        status(&format!("{}: {problem}", path.display()));
    }
    Ok(recording)
}

/// Writes an edited recording: the same events, with a cut section in its header.
///
/// # Errors
/// When a place isn't in this race, or a file can't be read or written.
pub(super) fn edit(args: &EditCommandArgs) -> Result<ExitStatus> {
    check(&args.output, OutputKind::Recording, &[&args.input], args.force)?;
    let mut recording = open(&args.input)?;
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
    say(&args.output, &format!("{duration} of picture from {pieces}; the figures are as they were measured"))?;
    recording.header.cut = Some(cut);
    write(&args.output, &recording)
}

/// Writes a recording without what is to stay private.
///
/// # Errors
/// When a file can't be read or written.
pub(super) fn redaction(args: &RedactArgs) -> Result<ExitStatus> {
    check(&args.output, OutputKind::Recording, &[&args.input], args.force)?;
    let recording = open(&args.input)?;
    let lost = recording.kept.len();
    if lost > 0 {
        status(&format!("{lost} lines hold something that this version doesn't know; that is taken out, too"));
    }
    write(&args.output, &redact(recording, args.redaction()))
}

/// Puts lanes of two recordings on one start.
///
/// # Errors
/// When a lane isn't there, or a file can't be read or written.
pub(super) fn ghosts(args: &MergeArgs) -> Result<ExitStatus> {
    check(&args.output, OutputKind::Recording, &[&args.first, &args.second], args.force)?;
    let (first, second) = (open(&args.first)?, open(&args.second)?);
    let merged = merge(&first, &second, &args.lanes)?;
    let both = [(&args.first, &first, false), (&args.second, &second, true)];
    for (path, recording, second) in both {
        if takes(&args.lanes, second) && !recording.is_complete() {
            let what = recording.missing(&recording.race());
            status(&format!("{}: {what}; what is made of it has no end record, either", path.display()));
        }
    }
    let say = |text: &str| say(&args.output, text);
    say(&printable(&merged.header.grid.title()))?;
    match merged.header.grid.mismatches.as_slice() {
        [] if takes(&args.lanes, false) && takes(&args.lanes, true) => {
            say("prompt, model, cap and settings are the same")?;
        }
        [] => say("all lanes are of one race")?,
        mismatches => {
            for mismatch in mismatches {
                say(&format!("not the same: {}", printable(mismatch)))?;
            }
            say("the verdict is provisional")?;
        }
    }
    write(&args.output, &merged)
}

/// Says how it went: where a recording goes to stdout, beside it.
fn say(output: &Path, text: &str) -> Result<()> {
    if is_stdout(output) {
        status(text);
        return Ok(());
    }
    put(&format!("{text}\n")).map(drop)
}

fn write(path: &Path, recording: &Recording) -> Result<ExitStatus> {
    if is_stdout(path) {
        let mut text = Vec::new();
        write_recording(&mut text, recording)?;
        return put(&String::from_utf8_lossy(&text)).map(|_| ExitStatus::Done);
    }
    save(path, recording)?;
    status(&format!("wrote {}", path.display()));
    Ok(ExitStatus::Done)
}
