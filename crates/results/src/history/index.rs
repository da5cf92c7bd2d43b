//! The index: a line for each file of results, kept beside them and rebuilt from them. It is a cache: without it, or where it can't
//! be written, everything is read anew and nothing else differs.

use std::collections::HashMap;
use std::fs::Metadata;
use std::path::{Path, PathBuf};

use super::entry::HistoryEntry;
use super::uptime::{self, UptimeSeries};
use speed_kings_session::bench::saved::{BenchmarkFile, JOURNAL, names_its_kind};
use speed_kings_system::{atomic_file, input};

/// The file of the index, and the line that it begins with: one of another form is not read.
const FILE: &str = ".history.jsonl";
const FORM: &str = "{\"history\":3}";
/// How deep folders are looked through.
const DEPTH: usize = 3;

/// What is in all files of a folder of results.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct HistoryIndex {
    /// One entry for each file, by its name. Those of files that are no results have neither contestants nor watches.
    pub entries: Vec<HistoryEntry>,
    /// Files that were read because the index did not know them as they are.
    pub read: usize,
    /// Files that should be results and can't be read, each with its path and why. They are looked at again each time.
    pub problems: Vec<String>,
}

impl HistoryIndex {
    /// What is in `dir`, with what its index knows already; the index is written again where it has changed.
    #[must_use]
    pub fn of(dir: &Path) -> Self {
        let mut known = load(&dir.join(FILE));
        let before = known.len();
        let (mut files, mut journals) = (Vec::new(), HashMap::new());
        collect(dir, dir, DEPTH, &mut files, &mut journals);
        // What a benchmark that was cut off left beside its file is part of it.
        for file in files.iter_mut().filter(|_| !journals.is_empty()) {
            file.stamp.0 += journals.get(&file.name).copied().unwrap_or(0);
        }
        files.sort_by(|a, b| a.name.cmp(&b.name));
        let (mut entries, mut read, mut problems) = (Vec::with_capacity(files.len()), 0, Vec::new());
        for file in files {
            let same = known.remove(&file.name).filter(|entry| entry.stamp == file.stamp);
            if let Some(same) = same {
                entries.push(same);
                continue;
            }
            read += 1;
            match look(file) {
                Ok(entry) => entries.push(entry),
                Err(problem) => problems.push(problem),
            }
        }
        if read > problems.len() || before != entries.len() {
            save(&dir.join(FILE), &entries);
        }
        Self { entries, read, problems }
    }

    /// Who was watched by the logs in `dir`, those of simulations as well where `simulated`.
    #[must_use]
    pub fn watched(&self, dir: &Path, simulated: bool) -> Vec<UptimeSeries> {
        let all = self.entries.iter().flat_map(|entry| entry.watched.iter().map(|one| (entry.file.as_str(), one)));
        let text = |log: &str| input::read_text(&dir.join(log), input::LARGEST_RESULT).unwrap_or_default();
        UptimeSeries::joined(all.filter(|(_, one)| simulated || !one.simulated), text)
    }
}

/// A file that may hold results.
struct FoundFile {
    path: PathBuf,
    /// Its path below the folder of results.
    name: String,
    stamp: (u64, i64),
}

fn collect(root: &Path, dir: &Path, depth: usize, into: &mut Vec<FoundFile>, journals: &mut HashMap<String, u64>) {
    for entry in std::fs::read_dir(dir).into_iter().flatten().flatten() {
        let (path, Ok(metadata)) = (entry.path(), entry.metadata()) else { continue };
        if metadata.is_dir() {
            if depth > 1 {
                collect(root, &path, depth - 1, into, journals);
            }
            continue;
        }
        let hidden = entry.file_name().as_encoded_bytes().starts_with(b".");
        let ending = path.extension().is_some_and(|ending| ending == "json" || ending == "jsonl");
        let name = || path.strip_prefix(root).unwrap_or(&path).display().to_string();
        if let Some(of) = path
            .extension()
            .filter(|ending| *ending == "runs")
            .and_then(|_| name().strip_suffix(JOURNAL).map(str::to_owned))
        {
            journals.insert(of, metadata.len());
        }
        if ending && !hidden && metadata.is_file() {
            let name = name();
            into.push(FoundFile { name, stamp: stamp(&metadata), path });
        }
    }
}

fn stamp(metadata: &Metadata) -> (u64, i64) {
    let changed = metadata.modified().ok().and_then(|at| at.duration_since(std::time::UNIX_EPOCH).ok());
    (metadata.len(), changed.map_or(0, |since| i64::try_from(since.as_nanos()).unwrap_or(i64::MAX)))
}

/// What is in a file, or why it can't be read; a file of another kind has an entry all the same, so that it is not read again.
fn look(file: FoundFile) -> Result<HistoryEntry, String> {
    let FoundFile { path, name, stamp } = file;
    if path.extension().is_some_and(|ending| ending == "jsonl") {
        let text = input::read_text(&path, input::LARGEST_RESULT)
            .map_err(|error| format!("cannot read {}: {error}", path.display()))?;
        return match uptime::of_logs(&[&text]) {
            none if none.is_empty() && uptime::is_log(&text) => {
                Err(format!("{}: a log of a watch of which no line can be read", path.display()))
            }
            watched => Ok(HistoryEntry { file: name, stamp, watched, ..HistoryEntry::default() }),
        };
    }
    match BenchmarkFile::read(&path) {
        Ok(saved) => Ok(HistoryEntry::of(name, stamp, &saved)),
        Err(_) if names_its_kind(&path) => Ok(HistoryEntry { file: name, stamp, ..HistoryEntry::default() }),
        Err(error) => Err(error.to_string()),
    }
}

fn load(path: &Path) -> HashMap<String, HistoryEntry> {
    let Ok(text) = std::fs::read_to_string(path) else { return HashMap::new() };
    let Some(lines) = text.strip_prefix(FORM) else { return HashMap::new() };
    let entries = lines.lines().filter_map(|line| serde_json::from_str::<HistoryEntry>(line).ok());
    entries.map(|entry| (entry.file.clone(), entry)).collect()
}

/// Writes the index, or leaves the old one: whoever can't write it goes without.
fn save(path: &Path, entries: &[HistoryEntry]) {
    let mut text = FORM.to_owned().into_bytes();
    for entry in entries {
        text.push(b'\n');
        if serde_json::to_writer(&mut text, entry).is_err() {
            return;
        }
    }
    text.push(b'\n');
    let _ = atomic_file::replace(path, &text);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::benchmark_report::tests::report;

    #[test]
    fn only_what_has_changed_is_read_and_what_is_gone_is_gone() {
        let dir = tempfile::tempdir().unwrap();
        let folder = dir.path().join("A1");
        std::fs::create_dir(&folder).unwrap();
        let text = report().saved.json().to_string();
        for name in ["1.json", "2.json"] {
            std::fs::write(folder.join(name), &text).unwrap();
        }
        std::fs::write(dir.path().join("other.json"), "{\"kind\": \"sweep\"}").unwrap();
        let first = HistoryIndex::of(dir.path());
        assert_eq!((first.entries.len(), first.read), (3, 3));
        assert_eq!(first.entries[0].lanes.len(), 2);
        let again = HistoryIndex::of(dir.path());
        assert_eq!((again.read, &again.entries), (0, &first.entries));
        std::fs::write(folder.join("2.json"), text.replace("\"B\"", "\"C\"")).unwrap();
        std::fs::remove_file(folder.join("1.json")).unwrap();
        let later = HistoryIndex::of(dir.path());
        assert_eq!((later.entries.len(), later.read), (2, 1));
        assert_eq!(later.entries[0].lanes[1].name, "C");
        // An index that is damaged, or of another form, is none.
        std::fs::write(dir.path().join(FILE), "{\"history\":9}\nnonsense").unwrap();
        assert_eq!(HistoryIndex::of(dir.path()).entries, later.entries);
    }

    #[test]
    fn what_can_not_be_read_is_told_each_time_and_read_once_it_can() {
        let dir = tempfile::tempdir().unwrap();
        let at = |name: &str| dir.path().join(name);
        let text = report().saved.json().to_string();
        std::fs::write(at("half.json"), &text[..text.len() / 2]).unwrap();
        std::fs::write(at("log.jsonl"), "{\"version\":1,\"name\":\"A\",\"probes\":").unwrap();
        std::fs::write(at("sweep.json"), "{\"kind\": \"sweep\"}").unwrap();
        std::fs::write(at("prompts.jsonl"), "{\"messages\": []}\n").unwrap();
        for _ in 0..2 {
            let index = HistoryIndex::of(dir.path());
            assert_eq!(index.entries.len(), 2);
            let told: Vec<bool> =
                index.problems.iter().zip(["half", "log"]).map(|(why, of)| why.contains(of)).collect();
            assert_eq!(told, [true, true], "{:?}", index.problems);
        }
        // The same file without another time, as after rights were given.
        std::fs::write(at("half.json"), &text).unwrap();
        assert_eq!(HistoryIndex::of(dir.path()).problems.len(), 1);
    }
}
