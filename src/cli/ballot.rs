//! Blind votes between the answers of a race: pairs in an order drawn anew, and each vote as a line of a file.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use jiff::Timestamp;

use crate::atomic_file;
use crate::cli::watch::log::ends_with_a_line;
use crate::format;
use crate::lab::vote::{BlindVote, VERSION, VoteChoice, VoteList, VotedContestant, text_hash};
use crate::race::event::TextChannel;
use crate::race::lane::{Lane, LaneState};
use crate::race::setup::Contestant;
use crate::race::timing::LaneTiming;
use crate::race::{Race, is_simulated};
use crate::text::inert;
use crate::time::{Period, Rate};
use crate::ui::app::{BlindPage, BlindTask, BlindView, MarkKeeper};
use crate::ui::message::{BlindMark, PageMark};

/// The most pairs of one race that are asked about; of many lanes, pairs are drawn.
const MOST_PAIRS: usize = 15;

/// Votes that are about to be given by one person.
pub(super) struct BallotBox {
    /// Who votes, by name.
    pub(super) rater: String,
    /// The file that votes are appended to.
    pub(super) votes: PathBuf,
    /// Whether the races were watched before.
    pub(super) seen: bool,
    pages: Vec<BallotPage>,
}

/// Two answers that are compared.
struct BallotPage {
    title: String,
    question: String,
    /// In the order of their lanes.
    sides: [(VotedContestant, String); 2],
    /// Which of them is shown at the left: 0 or 1.
    left: u8,
    recording: Option<String>,
    /// The vote that was given, if one was.
    choice: Option<VoteChoice>,
}

impl BallotBox {
    /// Votes of `rater` that are kept in `votes`, none yet.
    pub(super) const fn new(rater: String, votes: PathBuf, seen: bool) -> Self {
        Self { rater, votes, seen, pages: Vec::new() }
    }

    /// Adds the pairs of whole answers of a race that are not the same; gives how many there are.
    pub(super) fn add(&mut self, race: &Race, recording: Option<&Path>) -> usize {
        let whole: Vec<(VotedContestant, String)> =
            race.entries().filter_map(|(_, contestant, lane)| side(contestant, lane)).collect();
        let mut pairs: Vec<(usize, usize)> =
            (0..whole.len()).flat_map(|one| (one + 1..whole.len()).map(move |other| (one, other))).collect();
        let answer = |place: usize| whole.get(place).map(|(_, answer)| answer);
        pairs.retain(|(one, other)| answer(*one) != answer(*other));
        fastrand::shuffle(&mut pairs);
        pairs.truncate(MOST_PAIRS);
        let page = |(one, other): (usize, usize)| {
            Some(BallotPage {
                title: race.setup.prompt.name.clone(),
                question: race.setup.prompt.text.clone(),
                sides: [whole.get(one)?.clone(), whole.get(other)?.clone()],
                left: fastrand::u8(..2),
                recording: recording.map(|path| path.display().to_string()),
                choice: None,
            })
        };
        let before = self.pages.len();
        self.pages.extend(pairs.into_iter().filter_map(page));
        self.pages.len() - before
    }

    /// Leaves out what this person has voted on already; gives how many pairs that were.
    pub(super) fn leave_out(&mut self, given: &VoteList) -> usize {
        let before = self.pages.len();
        let rater = self.rater.clone();
        let known = |page: &BallotPage| {
            let vote = page.vote(&rater, false, VoteChoice::Tie);
            given.votes.iter().any(|old| old.rater == rater && old.is_about_the_same(&vote))
        };
        self.pages.retain(|page| !known(page));
        before - self.pages.len()
    }

    /// The screen for it; nothing when there is no pair.
    pub(super) fn view(self) -> Option<BlindView> {
        if self.pages.is_empty() {
            return None;
        }
        let seen =
            if self.seen { "the race was watched, and the vote says so" } else { "names are told after the last" };
        let note = format!("{} votes · {seen} · kept in {}", self.rater, self.votes.display());
        let pages = self.pages.iter().map(BallotPage::shown).collect();
        Some(BlindView::new(BlindTask::Prefer, pages, &note, Box::new(self)))
    }

    fn append(&self, vote: &BlindVote) -> std::io::Result<()> {
        let mut file = atomic_file::appended(&self.votes)?;
        // A line that was torn must not take this one with it.
        let line_break = if ends_with_a_line(&self.votes)? { "" } else { "\n" };
        let line = serde_json::to_string(vote)?;
        file.write_all(format!("{line_break}{}\n", inert(&line)).as_bytes())?;
        file.sync_data()
    }
}

/// A lane that has answered whole, and its answer.
fn side(contestant: &Contestant, lane: &Lane) -> Option<(VotedContestant, String)> {
    let answer = lane.transcript().of(TextChannel::Answer).trim().to_owned();
    let timing = LaneTiming::of(lane);
    let voted = VotedContestant {
        name: contestant.name.clone(),
        model: contestant.model.clone(),
        simulated: is_simulated(contestant, lane),
        answer_fnv1a64: text_hash(&answer),
        output_tok_s: timing.output_speed.map(Rate::value),
        total_ms: timing.total.map(Period::as_millis_f64),
    };
    (lane.state == LaneState::Finished && !answer.is_empty()).then_some((voted, answer))
}

impl BallotPage {
    /// The side that stands in place `shown`: 0 at the left, 1 at the right.
    fn at(&self, shown: usize) -> &(VotedContestant, String) {
        let [first, second] = &self.sides;
        if (shown == 0) == (self.left == 0) { first } else { second }
    }

    fn shown(&self) -> BlindPage {
        BlindPage::new(&self.title, &self.question, [0, 1].map(|shown| self.at(shown).1.clone()))
    }

    fn vote(&self, rater: &str, seen: bool, choice: VoteChoice) -> BlindVote {
        BlindVote {
            version: VERSION,
            at: Timestamp::now(),
            rater: rater.to_owned(),
            prompt_fnv1a64: text_hash(&self.question),
            contestants: self.sides.each_ref().map(|(side, _)| side.clone()),
            left: self.left,
            choice,
            seen,
            recording: self.recording.clone(),
        }
    }

    /// What a mark says of the two lanes.
    const fn choice(&self, mark: BlindMark) -> Option<VoteChoice> {
        match mark {
            BlindMark::Prefer(shown) if (shown == 0) == (self.left == 0) => Some(VoteChoice::First),
            BlindMark::Prefer(_) => Some(VoteChoice::Second),
            BlindMark::Tie => Some(VoteChoice::Tie),
            BlindMark::Skip | BlindMark::Score(_) => None,
        }
    }

    fn told(&self) -> Vec<String> {
        let preferred = match self.choice {
            Some(VoteChoice::First) => format!("preferred: {}", self.sides[0].0.name),
            Some(VoteChoice::Second) => format!("preferred: {}", self.sides[1].0.name),
            Some(VoteChoice::Tie) => "neither preferred".to_owned(),
            Some(VoteChoice::Withdrawn) | None => "skipped".to_owned(),
        };
        let line = |(letter, shown)| {
            let (side, _) = self.at(shown);
            let speed = format::rate(side.output_tok_s.map(Rate::per_second));
            let sim = if side.simulated { " SIM" } else { "" };
            format!("  {letter} {}{sim} ({}) · {speed} tok/s", side.name, side.model)
        };
        [format!("{}: {preferred}", self.title)].into_iter().chain([("A", 0), ("B", 1)].map(line)).collect()
    }
}

impl MarkKeeper for BallotBox {
    fn keep(&mut self, mark: PageMark) -> Result<(), String> {
        let Some(page) = self.pages.get_mut(mark.page) else { return Err("there is no such pair".into()) };
        let before = page.choice;
        page.choice = mark.mark.and_then(|mark| page.choice(mark));
        // What was never kept has nothing to be taken back.
        let line = page.choice.or_else(|| before.map(|_| VoteChoice::Withdrawn));
        let Some(choice) = line else { return Ok(()) };
        let vote = page.vote(&self.rater, self.seen, choice);
        self.append(&vote).map_err(|error| format!("cannot write to {}: {error}", self.votes.display()))
    }

    fn reveal(&self) -> Vec<String> {
        self.pages.iter().flat_map(BallotPage::told).collect()
    }
}
