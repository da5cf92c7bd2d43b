//! What was kept of earlier races and benchmarks, for the results browser: which files there are, what is in them, and films
//! of them, each made by a process of its own so that no race on the screen waits for it.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, SystemTime};

use crate::bench::BenchmarkFile;
use crate::bench::saved::LaneResult;
use crate::benchmark_report::{BenchmarkReport, blocks};
use crate::catalog::Catalog;
use crate::cli::context::CommandContext;
use crate::cli::error::{CliError, ErrorContext as _};
use crate::cli::phase_results::short_result;
use crate::cli::table::TextTable;
use crate::cli::{report, results, summary};
use crate::date;
use crate::format;
use crate::process_group::ProcessGroup;
use crate::race::Race;
use crate::race::event::LaneId;
use crate::race::lane::Lane;
use crate::race::setup::Contestant;
use crate::race::timing::{LaneTiming, cost_usd};
use crate::race::verdict::Metric;
use crate::record::Recording;
use crate::record::reader::read_file;
use crate::text::printable;
use crate::ui::app::{SavedKind, SavedRow};

/// Files of each kind that are looked into, the newest by name.
const MOST: usize = 400;
/// How long a film that nobody waits for any more may take to clear up.
const PATIENCE: Duration = Duration::from_secs(2);

/// What was kept, as far as it has been looked into.
#[derive(Default)]
pub(super) struct SavedFiles {
    /// What each file was found to be, while it stays as it is.
    known: HashMap<PathBuf, (SystemTime, Option<SavedRow>)>,
    film: Option<FilmProcess>,
}

impl SavedFiles {
    /// Everything in the folders of recordings and results.
    pub(super) fn rows(&mut self, catalog: Option<&Catalog>, recordings: Option<&Path>) -> Vec<SavedRow> {
        let recordings = files(recordings.into_iter().map(Path::to_owned), &["race", "zst"]);
        let phases = std::fs::read_dir(results::DIR).into_iter().flatten().flatten().map(|entry| entry.path());
        let saved = files(std::iter::once(PathBuf::from(results::DIR)).chain(phases), &["json"]);
        let mut rows = Vec::new();
        for (path, kind) in recordings
            .into_iter()
            .map(|path| (path, SavedKind::Recording))
            .chain(saved.into_iter().map(|path| (path, SavedKind::Results)))
        {
            let Ok(changed) = path.metadata().and_then(|metadata| metadata.modified()) else { continue };
            let fresh = self.known.get(&path).filter(|(then, _)| *then == changed).map(|(_, row)| row.clone());
            let row = fresh.unwrap_or_else(|| match kind {
                SavedKind::Recording => recording_row(&path),
                SavedKind::Results => results_row(&path, catalog),
            });
            self.known.insert(path, (changed, row.clone()));
            rows.extend(row);
        }
        rows
    }

    /// Begins a film of the recording at `path`, in the theme that is on.
    ///
    /// # Errors
    /// When another one is being made, or it can't be begun.
    pub(super) fn film(&mut self, path: &Path, theme: &str) -> Result<String, CliError> {
        if let Some(film) = &self.film {
            return Err(CliError::failed(format!("{} is still being made", film.to.display())));
        }
        let to = path.with_extension("mp4");
        let program = std::env::current_exe().context(|| "cannot find this program again".into())?;
        let mut command = Command::new(program);
        command.args(["export", "--auto", "--theme", theme]).arg(path).arg("--to").arg(&to);
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
        let group = ProcessGroup::start(&mut command).context(|| format!("cannot make {}", to.display()))?;
        let told = format!("making {}; it takes about as long as the film", to.display());
        self.film = Some(FilmProcess { group, to });
        Ok(told)
    }

    /// What became of the film, once.
    pub(super) fn filmed(&mut self) -> Option<String> {
        let film = self.film.as_mut()?;
        if !film.group.has_exited() {
            return None;
        }
        let status = film.group.collect()?;
        let mut said = String::new();
        // Its last line is the reason; all of it is a few lines.
        let _ = film.group.pipes().2.map(|mut err| err.read_to_string(&mut said));
        let to = film.to.display().to_string();
        self.film = None;
        Some(if status.success() {
            format!("wrote {to}")
        } else {
            format!("no film: {}", said.lines().last().unwrap_or("it ended without a word"))
        })
    }
}

/// A film in the making; it ends with whoever asked for it, and takes what it has begun along.
struct FilmProcess {
    group: ProcessGroup,
    to: PathBuf,
}

impl Drop for FilmProcess {
    fn drop(&mut self) {
        self.group.ask_to_end(PATIENCE);
    }
}

/// The files in `folders` with one of these endings, the newest by name first.
fn files(folders: impl Iterator<Item = PathBuf>, endings: &[&str]) -> Vec<PathBuf> {
    let entries = folders.flat_map(|folder| std::fs::read_dir(folder).into_iter().flatten().flatten());
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.path()).collect();
    files.retain(|path| path.extension().is_some_and(|ending| endings.iter().any(|known| ending == *known)));
    files.sort_by(|a, b| b.file_name().cmp(&a.file_name()));
    files.truncate(MOST);
    files
}

fn recording_row(path: &Path) -> Option<SavedRow> {
    let recording = read_file(path).ok()?;
    let race = recording.race();
    let setup = &race.setup;
    let names: Vec<_> = race.entries().map(|(_, contestant, _)| printable(&contestant.name).into_owned()).collect();
    Some(SavedRow {
        path: path.to_owned(),
        kind: SavedKind::Recording,
        phase: setup.phase.as_ref().map(|phase| phase.id.clone()).unwrap_or_default(),
        phase_title: setup.phase.as_ref().map(|phase| phase.title.clone()).unwrap_or_default(),
        day: recording.header.recorded_at.map(date::day).unwrap_or_default(),
        title: names.join(" vs "),
        outcome: short_result(&race),
        simulated: race.simulated(),
    })
}

fn results_row(path: &Path, catalog: Option<&Catalog>) -> Option<SavedRow> {
    let saved = BenchmarkFile::read(path).ok()?;
    let names: Vec<_> = saved.lanes.iter().map(|lane| printable(&lane.identity.name).into_owned()).collect();
    let runs = saved.lanes.iter().map(|lane: &LaneResult| lane.runs.len()).max().unwrap_or(0);
    let phase = saved.phase.clone().unwrap_or_default();
    let title = catalog.and_then(|catalog| Some(catalog.phase(&phase).ok()?.title(catalog)));
    Some(SavedRow {
        path: path.to_owned(),
        kind: SavedKind::Results,
        phase_title: title.unwrap_or_default(),
        phase,
        day: saved.started_at.map(date::day).unwrap_or_default(),
        title: names.join(" vs "),
        outcome: format!("{runs} runs each"),
        simulated: saved.lanes.iter().any(|lane| lane.identity.simulated),
    })
}

/// What is in these files of one kind, as text no wider than so many columns, as far as that goes.
///
/// # Errors
/// When one of them can't be read.
pub(super) fn describe(
    context: &CommandContext<'_>,
    paths: &[PathBuf],
    columns: Option<usize>,
) -> Result<String, CliError> {
    let is_recording = |path: &PathBuf| path.extension().is_none_or(|ending| ending != "json");
    if paths.iter().all(is_recording) {
        let read = |path: &PathBuf| read_file(path).context(|| format!("cannot read {}", path.display()));
        let recordings = paths.iter().map(read).collect::<Result<Vec<Recording>, CliError>>()?;
        let races: Vec<Race> = recordings.iter().map(Recording::race).collect();
        let mut out = if races.len() > 1 { beside(&races).fitted(columns) + "\n" } else { String::new() };
        for (recording, race) in recordings.iter().zip(&races) {
            let _ = writeln!(out, "{}", summary::text(race, recording.is_complete()));
        }
        return Ok(out);
    }
    let reports: Vec<BenchmarkReport> =
        paths.iter().map(|path| BenchmarkFile::read(path).map(BenchmarkReport::new)).collect::<Result<_, _>>()?;
    match reports.as_slice() {
        [only] => Ok(report::plain(&blocks(only), columns)),
        all => Ok(report::side_by_side(context.catalog()?, all, columns)),
    }
}

/// The figures of all lanes of several races beside each other, a column for each: its race's number over its name, so that the
/// columns are no wider than the figures where they can be.
fn beside(races: &[Race]) -> TextTable {
    let lanes: Vec<_> =
        (1..).zip(races).flat_map(|(number, race)| race.entries().map(move |lane| (number, lane))).collect();
    let numbers = lanes.iter().map(|(number, _)| format!("{number}."));
    let named = lanes.iter().map(|(_, (_, contestant, _))| {
        let sim = if contestant.simulated { "SIM " } else { "" };
        format!("{sim}{}", contestant.name)
    });
    let header: Vec<String> = std::iter::once(String::new()).chain(numbers).collect();
    let mut table = TextTable::new(&header.iter().map(String::as_str).collect::<Vec<_>>()).right(1..header.len());
    table.row(std::iter::once(String::new()).chain(named));
    for metric in Metric::ALL {
        let figure = |(_, (_, contestant, lane)): &(i32, (LaneId, &Contestant, &Lane))| {
            metric.figure(&LaneTiming::of(lane), cost_usd(lane, contestant))
        };
        let cells = lanes.iter().map(|lane| format::metric(metric, figure(lane)));
        table.row(std::iter::once(metric.title().to_owned()).chain(cells));
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ui::screen::browser::page_columns;

    #[test]
    fn what_was_kept_is_listed_once_and_looked_into_again_when_it_changes() {
        let folder = tempfile::tempdir().unwrap();
        let bundled = Path::new(env!("CARGO_MANIFEST_DIR")).join("recordings/wafer-vs-lpu-sim.race");
        std::fs::copy(&bundled, folder.path().join("a.race")).unwrap();
        std::fs::write(folder.path().join("b.race"), "no recording").unwrap();
        let mut saved = SavedFiles::default();
        let catalog = Catalog::builtin().unwrap();
        let rows = saved.rows(Some(&catalog), Some(folder.path()));
        assert_eq!(rows.len(), 1, "{rows:?}");
        let row = &rows[0];
        assert_eq!((row.phase.as_str(), row.title.as_str(), row.simulated), ("G1", "Cerebras vs Groq", true));
        assert!(row.outcome.starts_with("Cerebras 2."), "{}", row.outcome);
        assert_eq!(saved.rows(None, Some(folder.path())), rows, "as it was");
        let race = read_file(&bundled).unwrap().race();
        let table = beside(&[race.clone(), race]).text();
        let heads: Vec<Vec<&str>> = table.lines().take(2).map(|line| line.split_whitespace().collect()).collect();
        assert_eq!(heads[0], ["1.", "1.", "2.", "2."]);
        assert_eq!(heads[1], ["SIM", "Cerebras", "SIM", "Groq", "SIM", "Cerebras", "SIM", "Groq"]);
        let widest = table.lines().map(|line| line.chars().count()).max().unwrap();
        assert!(widest <= page_columns(80), "{widest}: {table}");
        let ttft = table.lines().find(|line| line.starts_with("TTFT")).unwrap();
        assert_eq!(ttft.matches(" ms").count(), 4, "{table}");
        std::fs::remove_file(folder.path().join("a.race")).unwrap();
        assert_eq!(saved.rows(None, Some(folder.path())), []);
    }
}
