//! The results browser's state: recordings and results by phase, which is selected, and what is told of it.
//! The rows and the texts are made elsewhere; what is to be done with a file comes back as an effect.

use std::path::{Path, PathBuf};

use crate::message::{AppEffect, RaceOrder, UiMessage};

/// What kind of file it is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum SavedKind {
    /// One race, event by event.
    Recording,
    /// The runs of a benchmark.
    Results,
}

/// A file with something that was measured.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SavedRow {
    /// Where the file lies.
    pub path: PathBuf,
    /// What kind of file it is.
    pub kind: SavedKind,
    /// The phase's id, for example `A1`; empty where it belongs to none.
    pub phase: String,
    /// What the phase is called; empty where it belongs to none.
    pub phase_title: String,
    /// The day on which it was measured, as `2026-07-02`; empty when nobody wrote it down.
    pub day: String,
    /// Who met whom in it.
    pub title: String,
    /// How it ended, in two words.
    pub outcome: String,
    /// Some of it was made by the simulator.
    pub simulated: bool,
}

/// Recordings and results, and what is told of the selected one.
#[derive(Clone, Debug, Default)]
pub struct ResultsBrowser {
    rows: Vec<SavedRow>,
    /// Which of the rows is selected.
    pub selected: usize,
    /// Which of them another is to be compared with.
    pub marked: Option<usize>,
    /// What is told of the selected row, or of two.
    pub page: String,
    /// The first row of the page that is shown.
    pub scroll: usize,
    /// What happened last, in a line.
    pub status: String,
}

impl ResultsBrowser {
    /// A browser over `rows`, by phase and the newest first.
    #[must_use]
    pub fn new(mut rows: Vec<SavedRow>) -> Self {
        // What belongs to no phase comes last.
        let key = |row: &SavedRow| (row.phase.is_empty(), row.phase.clone(), std::cmp::Reverse(row.day.clone()));
        rows.sort_by_key(key);
        Self { rows, ..Self::default() }
    }

    /// The rows in their order.
    #[must_use]
    pub fn rows(&self) -> &[SavedRow] {
        &self.rows
    }

    /// The selected row; nothing when there is none at all.
    #[must_use]
    pub fn current(&self) -> Option<&SavedRow> {
        self.rows.get(self.selected)
    }

    /// Has the selected row told.
    pub(super) fn describe(&mut self) -> Option<AppEffect> {
        (self.scroll, self.page) = (0, String::new());
        self.current().map(|row| AppEffect::Describe(vec![row.path.clone()]))
    }

    pub(super) fn update(&mut self, msg: &UiMessage) -> Option<AppEffect> {
        match msg {
            UiMessage::Choose(rows) => {
                self.selected = self.selected.saturating_add_signed(*rows).min(self.rows.len().saturating_sub(1));
                return self.describe();
            }
            UiMessage::Select(row) if *row == self.selected => return self.open(),
            UiMessage::Select(row) => {
                self.selected = (*row).min(self.rows.len().saturating_sub(1));
                return self.describe();
            }
            UiMessage::OpenSaved => return self.open(),
            UiMessage::Compare => return self.compare(),
            UiMessage::Export => {
                let row = self.current()?;
                if row.kind == SavedKind::Results {
                    self.status = "films are made of recordings; results are reported: speed-kings report FILE".into();
                    return None;
                }
                return Some(AppEffect::Export(row.path.clone()));
            }
            UiMessage::Scroll(rows) => {
                let last = self.page.lines().count().saturating_sub(1);
                self.scroll = self.scroll.saturating_add_signed(*rows).min(last);
            }
            _ => {}
        }
        None
    }

    /// Plays a recording; a file of results is told beside the list already.
    fn open(&self) -> Option<AppEffect> {
        let row = self.current().filter(|row| row.kind == SavedKind::Recording)?;
        Some(AppEffect::Start(RaceOrder::Recording(row.path.clone())))
    }

    /// Marks the selected row, or has it told beside the one that is marked.
    fn compare(&mut self) -> Option<AppEffect> {
        let row = self.current()?.clone();
        let name = name(&row.path);
        let Some(first) = self.marked.take().filter(|first| *first != self.selected) else {
            self.status = format!("{name} is marked: c on another one compares the two");
            self.marked = Some(self.selected);
            return None;
        };
        let first = self.rows.get(first)?;
        if first.kind != row.kind {
            self.status = "a recording is compared with a recording, and results with results".into();
            return None;
        }
        let paths = vec![first.path.clone(), row.path];
        (self.status, self.scroll) = (String::new(), 0);
        Some(AppEffect::Describe(paths))
    }
}

/// The name of a file for a line.
fn name(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(name: &str, kind: SavedKind, phase: &str, day: &str) -> SavedRow {
        SavedRow {
            path: name.into(),
            kind,
            phase: phase.into(),
            phase_title: String::new(),
            day: day.into(),
            title: "A vs B".into(),
            outcome: "A won".into(),
            simulated: false,
        }
    }

    fn browser() -> ResultsBrowser {
        ResultsBrowser::new(vec![
            row("own.race", SavedKind::Recording, "", "2026-07-09"),
            row("old.race", SavedKind::Recording, "A1", "2026-07-01"),
            row("new.race", SavedKind::Recording, "A1", "2026-07-02"),
            row("runs.json", SavedKind::Results, "B1", "2026-07-03"),
        ])
    }

    #[test]
    fn phases_stand_together_and_the_newest_comes_first() {
        let browser = browser();
        let names: Vec<_> = browser.rows().iter().map(|row| row.path.to_str().unwrap()).collect();
        assert_eq!(names, ["new.race", "old.race", "runs.json", "own.race"]);
    }

    #[test]
    fn recordings_are_played_and_filmed_and_like_is_compared_with_like() {
        let mut browser = browser();
        let started = |effect| matches!(effect, Some(AppEffect::Start(RaceOrder::Recording(path))) if path == Path::new("new.race"));
        assert!(started(browser.update(&UiMessage::OpenSaved)));
        assert_eq!(browser.update(&UiMessage::Export), Some(AppEffect::Export("new.race".into())));
        assert_eq!(browser.update(&UiMessage::Compare), None);
        assert_eq!(browser.update(&UiMessage::Choose(1)), Some(AppEffect::Describe(vec!["old.race".into()])));
        let both = vec!["new.race".into(), "old.race".into()];
        assert_eq!(browser.update(&UiMessage::Compare), Some(AppEffect::Describe(both)));
        browser.update(&UiMessage::Compare);
        browser.update(&UiMessage::Choose(1));
        assert_eq!(browser.update(&UiMessage::OpenSaved), None, "results are no film");
        assert_eq!(browser.update(&UiMessage::Export), None);
        assert_eq!(browser.update(&UiMessage::Compare), None);
        assert!(browser.status.contains("results with results"), "{}", browser.status);
        assert_eq!(ResultsBrowser::new(Vec::new()).update(&UiMessage::Compare), None);
    }
}
