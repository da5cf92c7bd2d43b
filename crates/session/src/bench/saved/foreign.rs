//! Files that lie beside results and are something else.

use std::path::Path;

use speed_kings_system::input::{self, LARGEST_RESULT};

/// All that is read of such a file.
#[derive(serde::Deserialize)]
struct ForeignResults {
    #[serde(rename = "kind")]
    _kind: String,
}

/// Whether the file at `path` is JSON that says what kind of file it is, as results of benchmarks do not: a load by levels, a sweep, a
/// protocol.
#[must_use]
pub fn names_its_kind(path: &Path) -> bool {
    let text = input::read_text(path, LARGEST_RESULT).ok();
    text.is_some_and(|text| serde_json::from_str::<ForeignResults>(&text).is_ok())
}
