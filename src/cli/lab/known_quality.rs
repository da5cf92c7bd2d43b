//! What was measured of engines before: their quality, out of the newest files, for those that are about to race.
//! A race needs none of it.

use std::path::{Path, PathBuf};

use super::lab_file;
use crate::config::ResolvedRace;
use crate::lab::quality_file::{KIND, QualityFile, newest};

/// The newest files that are looked through for figures; older ones are passed over.
const LOOKED_THROUGH: usize = 100;

/// Tells the engines of `plan` what was measured of them, out of the newest files in `results`. A file that can't be read is
/// passed over: a race needs none.
pub(in crate::cli) fn tell_engines(plan: &mut ResolvedRace, results: &Path) {
    if plan.engines.iter().all(Option::is_none) {
        return;
    }
    let files: Vec<QualityFile> =
        newest_files(&results.join(KIND)).iter().filter_map(|path| lab_file::read(path).ok()).collect();
    for slot in plan.engines.iter_mut().flatten() {
        let found = newest(&files, slot.identity());
        slot.know_quality(found);
    }
}

/// The files in `folder` that are named last: their names are their dates.
fn newest_files(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    let paths = entries.flatten().map(|entry| entry.path());
    let mut paths: Vec<PathBuf> = paths.filter(|path| path.extension().is_some_and(|end| end == "json")).collect();
    paths.sort_unstable();
    paths.split_off(paths.len().saturating_sub(LOOKED_THROUGH))
}
