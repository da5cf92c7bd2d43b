//! What stays of a race on the bus: one recording of all lanes, and beside it each runner's own tape to the last byte.

use std::path::{Path, PathBuf};

use jiff::Timestamp;
use speed_kings_core::race::event::Event;
use speed_kings_core::race::setup::RaceSetup;
use speed_kings_recording::{RecordError, Recording, RecordingHeader, writer};
use speed_kings_system::atomic_file;

use crate::name::RunnerName;
use crate::tape::TapeAssembly;

/// The folder of the tapes, beside the recordings.
pub const TAPES: &str = "tapes";

/// What is to be kept.
pub(super) struct KeptRace<'a> {
    pub(super) setup: &'a RaceSetup,
    pub(super) events: Vec<Event>,
    pub(super) tapes: Vec<(&'a RunnerName, &'a TapeAssembly)>,
}

/// Keeps it below `folder`, and says where.
pub(super) fn keep(folder: &Path, race: KeptRace<'_>) -> Result<PathBuf, RecordError> {
    let trouble = |path: &Path| {
        let path = path.to_owned();
        move |source| RecordError::Io { path, source }
    };
    // One machine of several is not the machine of the race.
    let header = RecordingHeader { environment: None, ..writer::header(race.setup, Timestamp::now()) };
    let mut recording = Recording { header, events: race.events, ..Recording::default() };
    recording.end = Some(writer::end(&recording.race()));
    atomic_file::folder(folder).map_err(trouble(folder))?;
    let (path, _) = writer::create(folder, &recording.header).map_err(trouble(folder))?;
    writer::save(&path, &recording)?;
    let tapes = folder.join(TAPES);
    atomic_file::folder(&tapes).map_err(trouble(&tapes))?;
    let stem = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    for (name, tape) in race.tapes {
        let path = tapes.join(format!("{stem}.{name}.race"));
        if !tape.bytes().is_empty() {
            atomic_file::replace(&path, tape.bytes()).map_err(trouble(&path))?;
        }
    }
    Ok(path)
}
