//! Runs that were made since a file of results was last written as a whole: a line each in a file beside it, so that a run costs what
//! a run has, however many there are already. Whoever reads the results reads both.

use std::fs::File;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use serde::Serialize;

use crate::bench::saved::{RunResult, path_beside};
use speed_kings_core::text::inert;
use speed_kings_system::atomic_file;

/// Between two times that the disk is waited for. Whatever ends the program loses nothing of what was written before; a power cut may
/// lose what was written since.
const SYNC_EVERY: Duration = Duration::from_secs(1);

/// One run as the journal has it.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct JournalRun {
    /// Its lane, by its place from 0.
    pub lane: usize,
    /// Its place among the runs of that lane.
    pub place: usize,
    /// USD spent when it had been made, as the file has it.
    pub spent_usd: Option<f64>,
    /// The part of it at known prices.
    pub spent_at_least_usd: f64,
    /// The run, as the file has it.
    pub run: RunResult,
}

/// The journal of one file of results.
#[derive(Debug)]
pub(super) struct RunJournal {
    path: PathBuf,
    file: Option<File>,
    /// When the disk was last waited for.
    synced: Option<Instant>,
}

impl RunJournal {
    /// The one beside `results`; nothing is written yet.
    pub(super) fn beside(results: &Path) -> Self {
        Self { path: path_beside(results), file: None, synced: None }
    }

    /// Puts `runs` behind what is there, and once a second makes sure that the disk has them.
    ///
    /// # Errors
    /// When it can't be written.
    pub(super) fn append(&mut self, runs: &[JournalRun], now: Instant) -> io::Result<()> {
        let file = match &mut self.file {
            Some(file) => file,
            None => self.file.insert(atomic_file::options().append(true).create(true).open(&self.path)?),
        };
        let mut lines = String::new();
        for run in runs {
            lines.push_str(&inert(&serde_json::to_string(run)?));
            lines.push('\n');
        }
        file.write_all(lines.as_bytes())?;
        if self.synced.is_none_or(|synced| now.saturating_duration_since(synced) >= SYNC_EVERY) {
            file.sync_data()?;
            self.synced = Some(now);
        }
        Ok(())
    }

    /// All of it stands in the file of results now.
    ///
    /// # Errors
    /// When it can't be removed: then it stays, and is passed over by its places.
    pub(super) fn is_folded_in(&mut self) -> io::Result<()> {
        self.file = None;
        match std::fs::remove_file(&self.path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::bench::BenchmarkFile;
    use crate::bench::saved::EarlierRuns;

    fn run(lane: usize, place: usize) -> JournalRun {
        let run = RunResult { round: u32::try_from(place + 1).ok(), ..RunResult::default() };
        JournalRun { lane, place, spent_usd: Some(0.5), spent_at_least_usd: 0.5, run }
    }

    #[test]
    fn runs_beside_a_file_are_read_with_it_up_to_the_damage() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a.json");
        let lanes = json!([{"name": "A", "runs": [{"ok": true, "round": 1}]}, {"name": "B", "runs": []}]);
        std::fs::write(&path, json!({"version": 1, "lanes": lanes}).to_string()).unwrap();
        let runs = |file: &BenchmarkFile| file.lanes.iter().map(|lane| lane.runs.len()).collect::<Vec<_>>();
        assert_eq!(runs(&BenchmarkFile::read(&path).unwrap()), [1, 0]);
        let mut journal = RunJournal::beside(&path);
        journal.append(&[run(0, 0), run(1, 0)], Instant::now()).unwrap();
        journal.append(&[run(0, 1), run(7, 0)], Instant::now()).unwrap();
        let beside = dir.path().join("a.json.runs");
        let mut cut = std::fs::read(&beside).unwrap();
        cut.extend_from_slice(b"{\"lane\":1,\"place\":1,\"ru");
        std::fs::write(&beside, cut).unwrap();
        let read = BenchmarkFile::read(&path).unwrap();
        assert_eq!((runs(&read), read.spent_usd), (vec![2, 1], Some(0.5)));
        let (earlier, _) = EarlierRuns::read(&path).unwrap();
        assert_eq!(earlier.runs.iter().map(Vec::len).collect::<Vec<_>>(), [2, 1]);
        journal.is_folded_in().unwrap();
        journal.is_folded_in().unwrap();
        assert_eq!(runs(&BenchmarkFile::read(&path).unwrap()), [1, 0]);
    }
}
