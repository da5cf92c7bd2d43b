//! What was found in a recording, before it is text for a person or a JSON document.

use std::path::Path;

use crate::race::Race;
use crate::race::mark::RaceMark;
use crate::race::verdict::Verdict;
use crate::record::Recording;
use crate::record::outcome::agrees;

/// What was found in a recording.
pub(super) struct InspectionReport<'a> {
    pub(super) path: &'a Path,
    /// Its size on disk in bytes, packed if it is.
    pub(super) bytes: u64,
    pub(super) recording: &'a Recording,
    pub(super) race: &'a Race,
    pub(super) verdict: Verdict,
    pub(super) marks: Vec<RaceMark>,
    /// What is missing or damaged, for a person.
    pub(super) wrong: Vec<String>,
}

/// How the recorded verdict stands to the one that its events give today; nothing when none was recorded.
pub(super) fn verdict_holds(recording: &Recording, verdict: &Verdict) -> Option<bool> {
    recording.end.as_ref().map(|end| agrees(&end.verdict, verdict))
}
