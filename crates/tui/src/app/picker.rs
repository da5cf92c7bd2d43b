//! The phase picker's state: which phases there are, which the filter leaves, which one is selected.
//! The rows are made elsewhere; readiness and last results arrive while the picker is already on screen.

use std::collections::BTreeMap;

use ratatui_textarea::TextArea;

use crate::message::{RaceOrder, UiMessage};

/// One phase as the picker shows it.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct PhaseRow {
    /// The phase's id, for example `A1`.
    pub id: String,
    /// The letter of the phase's group.
    pub group: String,
    /// The name of the phase's group; empty when the catalogue has none.
    pub group_name: String,
    /// What the group asks.
    pub questions: Vec<String>,
    /// The phase's own question.
    pub question: Option<String>,
    /// The model as people call it.
    pub model: String,
    /// The phase's contestants, in the order of the lanes.
    pub contestants: Vec<PhaseContestant>,
    /// When in the plan it comes, 1 first.
    pub priority: u8,
    /// What the plan allows it to cost, USD.
    pub planned_usd: f64,
    /// What one race costs by the prices of the catalogue with the prompt of each size, USD; no size where a price is
    /// missing.
    pub estimates: BTreeMap<String, f64>,
    /// What was measured, the newest first.
    pub results: Vec<PhaseResult>,
}

/// What one race of a phase came to.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PhaseResult {
    /// In a word or two: `Cerebras 2.22×`.
    pub short: String,
    /// In full, with its day.
    pub full: String,
}

/// One contestant of a phase.
#[derive(Clone, PartialEq, Debug)]
pub struct PhaseContestant {
    /// What people call it, for example `Cerebras`.
    pub name: String,
    /// The badge of its hardware: up to five letters.
    pub badge: String,
    /// Its hardware in words.
    pub hardware: String,
    /// The model id on the wire.
    pub model: String,
    /// Whether it can race.
    pub readiness: ContestantReadiness,
}

/// Whether a contestant can race.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum ContestantReadiness {
    /// Its key is set.
    KeySet,
    /// Its key is not.
    NoKey(String),
    /// Its server answers and lists models, at this host and port.
    Reachable(String),
    /// Its server does not.
    Unreachable(String),
    /// Something answers there that lists no models: in words.
    NoModels(String),
    /// It is the machine of another contestant: in words.
    SameMachine(String),
    /// Nobody has looked yet.
    Looking(String),
    /// Its program is installed.
    Installed(String),
    /// Its program is not.
    NotInstalled(String),
    /// Its model is gone.
    Retired(String),
    /// A runner on another machine races it, by its name.
    OnRunner(String),
}

impl ContestantReadiness {
    /// Whether it can race for real.
    #[must_use]
    pub const fn is_ready(&self) -> bool {
        matches!(self, Self::KeySet | Self::Reachable(_) | Self::Installed(_) | Self::OnRunner(_))
    }
}

impl PhaseRow {
    /// Whether every contestant can race for real.
    #[must_use]
    pub fn is_ready(&self) -> bool {
        self.contestants.iter().all(|contestant| contestant.readiness.is_ready())
    }

    /// Whether nothing is missing for a race but what the user can set: a key, or a server that is started.
    fn is_possible(&self) -> bool {
        let barred = |contestant: &PhaseContestant| {
            matches!(contestant.readiness, ContestantReadiness::Retired(_) | ContestantReadiness::SameMachine(_))
        };
        !self.contestants.iter().any(barred)
    }

    /// Whether every word of `filter` occurs in the row.
    fn matches(&self, filter: &str) -> bool {
        let names = self.contestants.iter().map(|c| format!("{} {} {} {}", c.name, c.badge, c.hardware, c.model));
        let text = format!("{} {} {} {}", self.id, self.group_name, self.model, names.collect::<Vec<_>>().join(" "))
            .to_lowercase();
        filter.to_lowercase().split_whitespace().all(|word| text.contains(word))
    }
}

/// A prompt size to choose from.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
struct SizeChoice {
    id: String,
    text: String,
}

/// The phase picker: the rows, the filter, the prompt, and what is selected.
#[derive(Clone, Debug, Default)]
pub struct PhasePicker {
    rows: Vec<PhaseRow>,
    shown: Vec<usize>,
    /// Which of the shown rows is selected.
    pub selected: usize,
    /// The viewer has selected it.
    chosen: bool,
    /// What the filter says.
    pub filter: String,
    /// The filter is being typed.
    pub filtering: bool,
    sizes: Vec<SizeChoice>,
    size: usize,
    /// A prompt of the viewer's own.
    pub prompt: Option<String>,
}

impl PhasePicker {
    /// A picker over `rows`, with the prompts `sizes` to choose from, `size` first.
    #[must_use]
    pub fn new(rows: Vec<PhaseRow>, sizes: Vec<(String, String)>, size: &str) -> Self {
        let sizes: Vec<SizeChoice> = sizes.into_iter().map(|(id, text)| SizeChoice { id, text }).collect();
        let size = sizes.iter().position(|candidate| candidate.id == size).unwrap_or(0);
        let mut picker = Self { sizes, size, ..Self::default() };
        picker.refresh(rows);
        picker
    }

    /// Replaces the rows, keeping selection and filter. What can run here and now comes first; a selection that nobody made
    /// is of what can be raced, or could be with a key.
    pub fn refresh(&mut self, mut rows: Vec<PhaseRow>) {
        let chosen = self.current().filter(|_| self.chosen).map(|row| row.id.clone());
        rows.sort_by_key(|row| !row.is_ready());
        self.rows = rows;
        self.apply_filter();
        let place = match chosen {
            Some(id) => self.rows().position(|row| row.id == id),
            None => self.proposed(),
        };
        if let Some(place) = place {
            self.select(place);
        }
    }

    /// The first row that is ready, otherwise the one of the plan's first that nothing but keys and servers is missing for.
    fn proposed(&self) -> Option<usize> {
        let ready = self.rows().position(PhaseRow::is_ready);
        let possible = (0..).zip(self.rows()).filter(|(_, row)| row.is_possible());
        ready.or_else(|| possible.min_by_key(|(_, row)| row.priority).map(|(place, _)| place))
    }

    /// Whether some rows are ready and others are not, so that they stand apart.
    #[must_use]
    pub fn is_parted(&self) -> bool {
        self.rows.iter().any(PhaseRow::is_ready) && !self.rows.iter().all(PhaseRow::is_ready)
    }

    /// What a race of `row` with the prompt in use costs, USD; nothing where a price is missing or the prompt is the viewer's
    /// own.
    #[must_use]
    pub fn estimate(&self, row: &PhaseRow) -> Option<f64> {
        row.estimates.get(self.size()).copied().filter(|_| self.prompt.is_none())
    }

    /// The rows that the filter leaves.
    pub fn rows(&self) -> impl Iterator<Item = &PhaseRow> {
        self.shown.iter().filter_map(|index| self.rows.get(*index))
    }

    /// How many rows the filter leaves.
    #[must_use]
    pub fn count(&self) -> usize {
        self.shown.len()
    }

    /// All rows, whatever the filter says.
    #[must_use]
    pub fn all(&self) -> &[PhaseRow] {
        &self.rows
    }

    /// The selected row; nothing when no row is shown.
    #[must_use]
    pub fn current(&self) -> Option<&PhaseRow> {
        self.rows().nth(self.selected)
    }

    /// The prompt size in use.
    #[must_use]
    pub fn size(&self) -> &str {
        self.sizes.get(self.size).map_or("medium", |size| &size.id)
    }

    /// The prompt in use.
    #[must_use]
    pub fn prompt_text(&self) -> &str {
        self.prompt.as_deref().or_else(|| self.sizes.get(self.size).map(|size| size.text.as_str())).unwrap_or_default()
    }

    pub(super) fn editor(&self) -> TextArea<'static> {
        TextArea::new(self.prompt_text().lines().map(str::to_owned).collect())
    }

    pub(super) fn keep_prompt(&mut self, text: &str) {
        let own = text.trim();
        let stock = self.sizes.get(self.size).is_some_and(|size| size.text.trim() == own);
        self.prompt = (!own.is_empty() && !stock).then(|| own.to_owned());
    }

    /// A letter typed into the filter, or out of it.
    pub fn type_filter(&mut self, letter: Option<char>) {
        match letter {
            Some(c) => self.filter.push(c),
            None => drop(self.filter.pop()),
        }
        self.filtering = letter.is_some() || !self.filter.is_empty();
        self.selected = 0;
        self.apply_filter();
    }

    pub(super) fn update(&mut self, msg: &UiMessage) -> Option<RaceOrder> {
        self.chosen |= matches!(msg, UiMessage::Choose(_) | UiMessage::Select(_));
        match msg {
            UiMessage::Choose(rows) => self.select(self.selected.saturating_add_signed(*rows)),
            UiMessage::Select(row) if *row == self.selected => return self.order(false),
            UiMessage::Select(row) => self.select(*row),
            UiMessage::Filter => self.filtering = true,
            UiMessage::ClearFilter => {
                let current = self.current().map(|row| row.id.clone());
                self.filter.clear();
                self.filtering = false;
                self.apply_filter();
                let back = current.and_then(|id| self.rows.iter().position(|row| row.id == id));
                self.select(back.unwrap_or(self.selected));
            }
            UiMessage::Size => {
                self.size = (self.size + 1) % self.sizes.len().max(1);
                self.prompt = None;
            }
            UiMessage::Race { simulate } => return self.order(*simulate),
            _ => {}
        }
        None
    }

    fn order(&self, simulate: bool) -> Option<RaceOrder> {
        let row = self.current()?;
        let simulate = simulate || !row.is_ready();
        Some(RaceOrder::Phase {
            id: row.id.clone(),
            simulate,
            size: self.size().to_owned(),
            prompt: self.prompt.clone(),
        })
    }

    fn select(&mut self, row: usize) {
        self.selected = row.min(self.shown.len().saturating_sub(1));
    }

    fn apply_filter(&mut self) {
        self.shown =
            (0..).zip(&self.rows).filter(|(_, row)| row.matches(&self.filter)).map(|(index, _)| index).collect();
        self.select(self.selected);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(id: &str, names: [&str; 2], readiness: &ContestantReadiness) -> PhaseRow {
        let contestant = |name: &str| PhaseContestant {
            name: name.into(),
            badge: "GPU".into(),
            hardware: "cloud".into(),
            model: "m".into(),
            readiness: readiness.clone(),
        };
        PhaseRow { id: id.into(), contestants: names.map(contestant).to_vec(), ..PhaseRow::default() }
    }

    fn picker() -> PhasePicker {
        let ready = ContestantReadiness::KeySet;
        let rows = vec![
            row("A1", ["Cerebras", "Groq"], &ready),
            row("A2", ["Cerebras", "Fireworks"], &ContestantReadiness::NoKey("X".into())),
            row("B1", ["Groq", "Together"], &ready),
        ];
        PhasePicker::new(rows, vec![("short".into(), "Hi".into()), ("long".into(), "Tell".into())], "short")
    }

    fn ids(picker: &PhasePicker) -> Vec<&str> {
        picker.rows().map(|row| row.id.as_str()).collect()
    }

    #[test]
    fn every_word_of_the_filter_must_occur() {
        let mut picker = picker();
        "groq cereb".chars().for_each(|c| picker.type_filter(Some(c)));
        assert_eq!(ids(&picker), ["A1"]);
        (0..6).for_each(|_| picker.type_filter(None));
        assert_eq!(ids(&picker), ["A1", "B1"]);
        "zzz".chars().for_each(|c| picker.type_filter(Some(c)));
        assert_eq!(picker.current(), None);
        assert_eq!(picker.update(&UiMessage::Race { simulate: false }), None);
        picker.update(&UiMessage::ClearFilter);
        assert_eq!(ids(&picker).len(), 3);
    }

    #[test]
    fn rows_that_come_later_leave_the_selection_where_it_was() {
        let mut picker = picker();
        let with_first = |picker: &PhasePicker| {
            let first = row("H1", ["llama.cpp", "mistral.rs"], &ContestantReadiness::Reachable("127.0.0.1:1".into()));
            std::iter::once(first).chain(picker.all().iter().cloned()).collect::<Vec<_>>()
        };
        picker.refresh(with_first(&picker));
        assert_eq!(picker.current().map(|row| row.id.as_str()), Some("H1"), "nobody had chosen");
        picker.update(&UiMessage::Choose(2));
        let more = with_first(&picker);
        picker.refresh(more);
        assert_eq!((picker.selected, picker.current().map(|row| row.id.as_str())), (3, Some("B1")));
    }

    #[test]
    fn what_can_run_comes_first_and_nobody_is_sent_to_what_never_can() {
        let (gone, key) = (ContestantReadiness::Retired("gone".into()), ContestantReadiness::NoKey("X".into()));
        let with = |id: &str, readiness: &ContestantReadiness, priority| PhaseRow {
            priority,
            ..row(id, ["A", "B"], readiness)
        };
        let mut picker =
            PhasePicker::new(vec![with("A1", &gone, 1), with("A2", &key, 3), with("A3", &key, 2)], vec![], "");
        assert_eq!(
            picker.current().map(|row| row.id.as_str()),
            Some("A3"),
            "the plan's first that a key is missing for"
        );
        picker.refresh(vec![with("A1", &gone, 1), with("A2", &key, 3), with("A3", &ContestantReadiness::KeySet, 9)]);
        assert_eq!((ids(&picker), picker.selected), (vec!["A3", "A1", "A2"], 0));
        assert!(picker.is_parted());
    }

    #[test]
    fn selection_stays_in_the_list() {
        let mut picker = picker();
        for (by, at) in [(-1, 0), (1, 1), (isize::MAX, 2), (isize::MIN, 0)] {
            picker.update(&UiMessage::Choose(by));
            assert_eq!(picker.selected, at);
        }
    }

    #[test]
    fn a_phase_that_is_not_ready_is_simulated() {
        let mut picker = picker();
        let simulated = |order: Option<RaceOrder>| matches!(order, Some(RaceOrder::Phase { simulate: true, .. }));
        assert!(!simulated(picker.update(&UiMessage::Race { simulate: false })));
        assert!(simulated(picker.update(&UiMessage::Race { simulate: true })));
        picker.update(&UiMessage::Choose(2));
        assert!(simulated(picker.update(&UiMessage::Race { simulate: false })));
        assert!(simulated(picker.update(&UiMessage::Select(2))), "a second click races");
    }

    #[test]
    fn an_own_prompt_lasts_until_the_size_changes() {
        let mut picker = picker();
        picker.keep_prompt("Hi");
        assert_eq!(picker.prompt, None, "the stock prompt is not an own one");
        picker.keep_prompt(" My own ");
        assert_eq!(picker.prompt_text(), "My own");
        picker.update(&UiMessage::Size);
        assert_eq!(picker.prompt_text(), "Tell");
    }
}
