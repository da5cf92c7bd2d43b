//! Protocols on disk: read with what doesn't fit told, written as a whole after every answer and every vote.

use std::path::Path;

use crate::bench::store::ResultsStore;
use crate::cli::error::{CliError, ErrorContext as _};
use crate::input;
use crate::lab::protocol::{KIND, ProtocolFile, VERSION};
use crate::text::inert;

/// The largest file of a protocol that is read, bytes.
const LARGEST: u64 = 64 * 1024 * 1024;

/// Reads the protocol at `path`.
///
/// # Errors
/// When it can't be read, is something else, of a newer version, or damaged.
pub(super) fn read(path: &Path) -> Result<ProtocolFile, CliError> {
    let wrong = |why: String| CliError::failed(format!("{}: {why}", path.display()));
    let text = input::read_text(path, LARGEST).map_err(|error| wrong(error.to_string()))?;
    let file: ProtocolFile =
        serde_json::from_str(&text).map_err(|error| wrong(format!("not the results of a protocol: {error}")))?;
    if file.kind != KIND {
        return Err(wrong(format!("the results of a {}, not of a protocol", crate::text::printable(&file.kind))));
    }
    if file.version > VERSION {
        return Err(wrong(format!("it is of version {}, and this program reads up to {VERSION}", file.version)));
    }
    file.damage().map_or(Ok(()), |damage| Err(wrong(format!("damaged: {damage}"))))?;
    Ok(file)
}

/// Whether the file at `path` says that it is a protocol.
pub(super) fn is_one(path: &Path) -> bool {
    #[derive(serde::Deserialize)]
    struct KindOfFile {
        kind: String,
    }
    let kind = input::read_text(path, LARGEST).ok().and_then(|text| serde_json::from_str::<KindOfFile>(&text).ok());
    kind.is_some_and(|found| found.kind == KIND)
}

/// The text that keeps `file`, one line.
///
/// # Errors
/// When it has no form, which is a fault.
pub(super) fn text(file: &ProtocolFile) -> Result<String, CliError> {
    let text = serde_json::to_string(file).map_err(|error| CliError::internal(error.to_string()))?;
    Ok(format!("{}\n", inert(&text)))
}

/// Opens the file at `path` for writing, as long as nobody else does.
///
/// # Errors
/// When somebody else writes to it, or nothing can be written there.
pub(super) fn open(path: &Path) -> Result<ResultsStore, CliError> {
    ResultsStore::open(path.to_owned()).context(|| format!("cannot write {}", path.display()))
}

/// Puts `file` in the place of what the store holds.
///
/// # Errors
/// When it can't be written; what was there stays.
pub(super) fn keep(store: &ResultsStore, file: &ProtocolFile) -> Result<(), CliError> {
    let kept = store.save(&text(file)?);
    kept.context(|| format!("cannot write {}", store.path().display()))
}
