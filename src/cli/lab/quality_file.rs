//! Files of quality: written as a whole after every engine, read again for their tables, and looked through for the newest
//! figure of an engine that is about to race.

use std::path::{Path, PathBuf};

use crate::bench::store::ResultsStore;
use crate::cli::error::{CliError, ErrorContext as _};
use crate::config::ResolvedRace;
use crate::input;
use crate::lab::quality_file::{KIND, QualityFile, VERSION, newest};
use crate::text::inert;

/// The largest file that is read, bytes.
const LARGEST: u64 = 16 * 1024 * 1024;
/// The newest files that are looked through for figures; older ones are passed over.
const LOOKED_THROUGH: usize = 100;

/// Reads the file at `path`.
///
/// # Errors
/// When it can't be read, is something else, or of a newer version.
pub(super) fn read(path: &Path) -> Result<QualityFile, CliError> {
    let wrong = |why: String| CliError::failed(format!("{}: {why}", path.display()));
    let text = input::read_text(path, LARGEST).map_err(|error| wrong(error.to_string()))?;
    let file: QualityFile =
        serde_json::from_str(&text).map_err(|error| wrong(format!("not the results of lab quality: {error}")))?;
    if file.kind != KIND {
        return Err(wrong(format!("the results of a {}, not of lab quality", crate::text::printable(&file.kind))));
    }
    if file.version > VERSION {
        return Err(wrong(format!("it is of version {}, and this program reads up to {VERSION}", file.version)));
    }
    Ok(file)
}

/// Whether the file at `path` says that it is one.
pub(super) fn is_one(path: &Path) -> bool {
    #[derive(serde::Deserialize)]
    struct KindOfResults {
        kind: String,
    }
    let kind = input::read_text(path, LARGEST).ok().and_then(|text| serde_json::from_str::<KindOfResults>(&text).ok());
    kind.is_some_and(|found| found.kind == KIND)
}

/// The text that keeps `file`, one line.
///
/// # Errors
/// When it has no form, which is a fault.
pub(super) fn text(file: &QualityFile) -> Result<String, CliError> {
    let text = serde_json::to_string(file).map_err(|error| CliError::internal(error.to_string()))?;
    Ok(format!("{}\n", inert(&text)))
}

/// Puts `file` in the place of what the store holds.
///
/// # Errors
/// When it can't be written; what was there stays.
pub(super) fn keep(store: &ResultsStore, file: &QualityFile) -> Result<(), CliError> {
    let kept = store.save(&text(file)?);
    kept.context(|| format!("cannot write {}", store.path().display()))
}

/// Tells the engines of `plan` what was measured of them, out of the newest files in `results`. A file that can't be read is
/// passed over: a race needs none.
pub(in crate::cli) fn tell_engines(plan: &mut ResolvedRace, results: &Path) {
    if plan.engines.iter().all(Option::is_none) {
        return;
    }
    let files: Vec<QualityFile> = newest_files(&results.join(KIND)).iter().filter_map(|path| read(path).ok()).collect();
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
