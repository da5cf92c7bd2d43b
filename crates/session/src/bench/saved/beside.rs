//! The runs that stand in a journal beside a file of results, read with it.

use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde_json::Value;

use speed_kings_system::input::{self, LARGEST_RESULT};

/// What stands behind the name of a file of results in that of its journal.
pub const JOURNAL: &str = ".runs";

/// Where the journal of the file at `results` stands.
pub(in crate::bench) fn path_beside(results: &Path) -> PathBuf {
    let mut path = results.as_os_str().to_owned();
    path.push(JOURNAL);
    path.into()
}

/// One run of a journal as it is read back.
#[derive(Deserialize)]
struct ReadRun {
    lane: usize,
    place: usize,
    spent_usd: Value,
    spent_at_least_usd: Value,
    run: Value,
}

/// The results in `text`, which stands at `path`, with the runs of the journal beside it; nothing where there is none.
///
/// # Errors
/// What is wrong with the JSON of the results. A line of the journal that is damaged, as one that was cut off is, ends it.
pub(super) fn folded(path: &Path, text: &str) -> Result<Option<Value>, serde_json::Error> {
    let Ok(journal) = input::read_text(&path_beside(path), LARGEST_RESULT) else { return Ok(None) };
    let mut document: Value = serde_json::from_str(text)?;
    for run in journal.lines().map_while(|line| serde_json::from_str::<ReadRun>(line).ok()) {
        let lane = document.get_mut("lanes").and_then(|lanes| lanes.get_mut(run.lane));
        let Some(runs) = lane.and_then(|lane| lane.get_mut("runs")).and_then(Value::as_array_mut) else { continue };
        // What comes earlier was folded in, and the journal could not be removed.
        if runs.len() == run.place {
            runs.push(run.run);
            if let Some(fields) = document.as_object_mut() {
                fields.insert("spent_usd".into(), run.spent_usd);
                fields.insert("spent_at_least_usd".into(), run.spent_at_least_usd);
            }
        }
    }
    Ok(Some(document))
}
