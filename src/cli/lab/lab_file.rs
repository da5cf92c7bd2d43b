//! Files of the lab on disk: read with what doesn't fit told, written as a whole after everything that was measured.

use std::path::Path;

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::bench::store::ResultsStore;
use crate::cli::error::{CliError, ErrorContext as _};
use crate::input;
use crate::lab::protocol::{self, ProtocolFile};
use crate::lab::quality_file::{self, QualityFile};
use crate::lab::sweep::{self, SweepFile};
use crate::text::{inert, printable};

/// The largest file that is read, bytes.
const LARGEST: u64 = 64 * 1024 * 1024;

/// One kind of file that the lab keeps.
pub(super) trait LabFile: Serialize + DeserializeOwned {
    /// The word by which a file says of which kind it is.
    const KIND: &'static str;
    /// The newest version that is read.
    const VERSION: u32;
    /// What it holds, as an error says it: `a sweep`.
    const WHAT: &'static str;

    /// The kind and the version that it says it has.
    fn says(&self) -> (&str, u32);

    /// What in it doesn't fit together; nothing where all does.
    fn damage(&self) -> Option<&'static str> {
        None
    }
}

impl LabFile for SweepFile {
    const KIND: &'static str = sweep::KIND;
    const VERSION: u32 = sweep::VERSION;
    const WHAT: &'static str = "a sweep";

    fn says(&self) -> (&str, u32) {
        (&self.kind, self.version)
    }

    fn damage(&self) -> Option<&'static str> {
        let fits =
            self.models.len() == self.points.len() && self.visits.iter().all(|visit| visit.point < self.points.len());
        (!fits).then_some("its points, models and visits do not fit together")
    }
}

impl LabFile for ProtocolFile {
    const KIND: &'static str = protocol::KIND;
    const VERSION: u32 = protocol::VERSION;
    const WHAT: &'static str = "a protocol";

    fn says(&self) -> (&str, u32) {
        (&self.kind, self.version)
    }

    fn damage(&self) -> Option<&'static str> {
        self.damage()
    }
}

impl LabFile for QualityFile {
    const KIND: &'static str = quality_file::KIND;
    const VERSION: u32 = quality_file::VERSION;
    const WHAT: &'static str = "lab quality";

    fn says(&self) -> (&str, u32) {
        (&self.kind, self.version)
    }
}

/// Reads the file at `path`.
///
/// # Errors
/// When it can't be read, is something else, of a newer version, or damaged.
pub(super) fn read<F: LabFile>(path: &Path) -> Result<F, CliError> {
    let wrong = |why: String| CliError::failed(format!("{}: {why}", path.display()));
    let text = input::read_text(path, LARGEST).map_err(|error| wrong(error.to_string()))?;
    let file: F =
        serde_json::from_str(&text).map_err(|error| wrong(format!("not the results of {}: {error}", F::WHAT)))?;
    let (kind, version) = file.says();
    if kind != F::KIND {
        return Err(wrong(format!("the results of a {}, not of {}", printable(kind), F::WHAT)));
    }
    if version > F::VERSION {
        return Err(wrong(format!("it is of version {version}, and this program reads up to {}", F::VERSION)));
    }
    match file.damage() {
        Some(damage) => Err(wrong(format!("damaged: {damage}"))),
        None => Ok(file),
    }
}

/// Whether the file at `path` says that it is one of these.
pub(super) fn is_one<F: LabFile>(path: &Path) -> bool {
    #[derive(serde::Deserialize)]
    struct KindOfFile {
        kind: String,
    }
    let kind = input::read_text(path, LARGEST).ok().and_then(|text| serde_json::from_str::<KindOfFile>(&text).ok());
    kind.is_some_and(|found| found.kind == F::KIND)
}

/// The text that keeps `file`, one line.
///
/// # Errors
/// When it has no form, which is a fault.
pub(super) fn text<F: LabFile>(file: &F) -> Result<String, CliError> {
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
pub(super) fn keep<F: LabFile>(store: &ResultsStore, file: &F) -> Result<(), CliError> {
    let kept = store.save(&text(file)?);
    kept.context(|| format!("cannot write {}", store.path().display()))
}
