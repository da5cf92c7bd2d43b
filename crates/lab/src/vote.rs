//! Blind votes between two answers, as lines of a file: who was preferred, by whom, when, and what was known.
//! The newest vote of one person on the same two answers counts, so that a vote can be taken back and given anew.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use speed_kings_core::stats::mean;

use crate::preference::{PairVote, Preference};

/// The version of a line.
pub const VERSION: u32 = 1;

/// One blind vote on two answers.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct BlindVote {
    /// The version of this form.
    pub version: u32,
    /// When the vote was given, UTC.
    pub at: Timestamp,
    /// Who voted, by name.
    pub rater: String,
    /// FNV-1a hash of the prompt's text without its nonce, 16 hexadecimal digits.
    pub prompt_fnv1a64: String,
    /// The two that were compared, in the order of their lanes.
    pub contestants: [VotedContestant; 2],
    /// Which of them was shown at the left, as A: 0 or 1.
    pub left: u8,
    /// Which of them was preferred.
    pub choice: VoteChoice,
    /// Whether the race had been watched before the vote, so that names could be told by the texts.
    pub seen: bool,
    /// The recording of the race, where there is one.
    pub recording: Option<String>,
}

/// One side of a vote.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct VotedContestant {
    /// What people call it, for example `Cerebras`.
    pub name: String,
    /// The model id on the wire.
    pub model: String,
    /// Whether its text came from the simulator.
    pub simulated: bool,
    /// FNV-1a hash of its answer, 16 hexadecimal digits.
    pub answer_fnv1a64: String,
    /// Its output speed in that race, tokens a second.
    pub output_tok_s: Option<f64>,
    /// Its total time in that race, ms.
    pub total_ms: Option<f64>,
}

/// Who was preferred in a vote.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum VoteChoice {
    /// The contestant of the first lane.
    First,
    /// The contestant of the second lane.
    Second,
    /// Neither of the two.
    Tie,
    /// The vote that was given before is taken back.
    Withdrawn,
}

/// Votes of a file, and lines that could not be read.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct VoteList {
    /// The votes that count, oldest first.
    pub votes: Vec<BlindVote>,
    /// Lines that are no votes, or of a newer version.
    pub unread: usize,
}

/// The two of a pair that met, with all their votes.
#[derive(Clone, PartialEq, Debug)]
pub struct VotedPair {
    /// The places of the two in the list of contestants.
    pub pair: (usize, usize),
    /// Who was preferred, vote by vote.
    pub preferences: Vec<Preference>,
    /// How many of the votes were given by people who had watched the race.
    pub seen: usize,
    /// Logarithms of the first's output speed over the second's, race by race, where both are known.
    log_speeds: Vec<f64>,
}

/// The hash of a text, 16 hexadecimal digits: FNV-1a names it and protects nothing.
#[must_use]
pub fn text_hash(text: &str) -> String {
    let step = |hash: u64, byte: u8| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    format!("{:016x}", text.bytes().fold(0xcbf2_9ce4_8422_2325, step))
}

impl VoteList {
    /// Reads the lines of a file.
    #[must_use]
    pub fn read(text: &str) -> Self {
        let (mut all, mut unread) = (Vec::new(), 0);
        for line in text.lines().filter(|line| !line.trim().is_empty()) {
            match serde_json::from_str::<BlindVote>(line) {
                Ok(vote) if vote.version <= VERSION => all.push(vote),
                _ => unread += 1,
            }
        }
        Self { votes: counted(&all), unread }
    }

    /// Everybody who was voted on, by name, model and whether it was simulated, in the order of their first votes.
    #[must_use]
    pub fn contestants(&self) -> Vec<&VotedContestant> {
        let mut all: Vec<&VotedContestant> = Vec::new();
        for side in self.votes.iter().flat_map(|vote| &vote.contestants) {
            if !all.iter().any(|known| known.is_same(side)) {
                all.push(side);
            }
        }
        all
    }

    /// The votes by the places of their contestants.
    #[must_use]
    pub fn pair_votes(&self) -> Vec<PairVote> {
        let all = self.contestants();
        self.votes.iter().filter_map(|vote| pair_vote(&all, vote)).collect()
    }

    /// All pairs that met, those with the most votes first.
    #[must_use]
    pub fn pairs(&self) -> Vec<VotedPair> {
        let all = self.contestants();
        let mut pairs: BTreeMap<(usize, usize), VotedPair> = BTreeMap::new();
        for vote in &self.votes {
            let Some(PairVote { one, other, preferred }) = pair_vote(&all, vote) else { continue };
            let pair = if one < other { (one, other) } else { (other, one) };
            let turned = pair.0 != one;
            let of = pairs.entry(pair).or_insert_with(|| VotedPair {
                pair,
                preferences: Vec::new(),
                seen: 0,
                log_speeds: Vec::new(),
            });
            of.preferences.push(match preferred {
                Preference::One if turned => Preference::Other,
                Preference::Other if turned => Preference::One,
                preferred => preferred,
            });
            of.seen += usize::from(vote.seen);
            let [first, second] = &vote.contestants;
            let known = first.output_tok_s.zip(second.output_tok_s).filter(|(a, b)| *a > 0.0 && *b > 0.0);
            of.log_speeds.extend(known.map(|(a, b)| if turned { (b / a).ln() } else { (a / b).ln() }));
        }
        let mut pairs: Vec<VotedPair> = pairs.into_values().collect();
        pairs.sort_by_key(|pair| std::cmp::Reverse(pair.preferences.len()));
        pairs
    }

    /// The same without votes of people who had watched the race.
    #[must_use]
    pub fn unseen(&self) -> Self {
        Self { votes: self.votes.iter().filter(|vote| !vote.seen).cloned().collect(), unread: self.unread }
    }
}

impl VotedPair {
    /// Output speed of the first over that of the second, geometric mean over the races; absent where none told both.
    #[must_use]
    pub fn speed(&self) -> Option<f64> {
        mean(&self.log_speeds).map(f64::exp)
    }
}

/// Who voted on what: rater, prompt, and both answers with their authors in an order that the lanes don't decide.
type VoteSubject = (String, String, [(String, String, String); 2]);

impl BlindVote {
    fn subject(&self) -> VoteSubject {
        let side = |of: &VotedContestant| (of.name.clone(), of.model.clone(), of.answer_fnv1a64.clone());
        let mut sides = self.contestants.each_ref().map(side);
        sides.sort();
        (self.rater.clone(), self.prompt_fnv1a64.clone(), sides)
    }

    /// Whether both are votes of one person on the same two answers to the same prompt.
    #[must_use]
    pub fn is_about_the_same(&self, other: &Self) -> bool {
        self.subject() == other.subject()
    }
}

impl VotedContestant {
    /// Whether both are the same contestant with the same model.
    #[must_use]
    pub fn is_same(&self, other: &Self) -> bool {
        (&self.name, &self.model, self.simulated) == (&other.name, &other.model, other.simulated)
    }
}

fn pair_vote(all: &[&VotedContestant], vote: &BlindVote) -> Option<PairVote> {
    let place = |of: &VotedContestant| all.iter().position(|known| known.is_same(of));
    let [one, other] = &vote.contestants;
    let preferred = match vote.choice {
        VoteChoice::First => Preference::One,
        VoteChoice::Second => Preference::Other,
        VoteChoice::Tie => Preference::Tie,
        VoteChoice::Withdrawn => return None,
    };
    let (one, other) = (place(one)?, place(other)?);
    (one != other).then_some(PairVote { one, other, preferred })
}

/// The newest vote of each person on the same two answers, without what was taken back.
fn counted(all: &[BlindVote]) -> Vec<BlindVote> {
    let newest: BTreeMap<VoteSubject, usize> = all.iter().enumerate().map(|(at, vote)| (vote.subject(), at)).collect();
    let counts =
        |at: usize, vote: &BlindVote| vote.choice != VoteChoice::Withdrawn && newest.get(&vote.subject()) == Some(&at);
    all.iter().enumerate().filter(|(at, vote)| counts(*at, vote)).map(|(_, vote)| vote.clone()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn side(name: &str, speed: f64) -> VotedContestant {
        VotedContestant {
            name: name.into(),
            model: "m".into(),
            answer_fnv1a64: text_hash(name),
            output_tok_s: Some(speed),
            ..VotedContestant::default()
        }
    }

    fn vote(rater: &str, prompt: &str, sides: [VotedContestant; 2], choice: VoteChoice) -> BlindVote {
        BlindVote {
            version: VERSION,
            at: Timestamp::UNIX_EPOCH,
            rater: rater.into(),
            prompt_fnv1a64: text_hash(prompt),
            contestants: sides,
            left: 1,
            choice,
            seen: prompt == "p1",
            recording: Some("a.race".into()),
        }
    }

    fn lines(votes: &[BlindVote]) -> String {
        votes.iter().map(|vote| serde_json::to_string(vote).unwrap() + "\n").collect()
    }

    #[test]
    fn votes_read_back_and_the_newest_counts() {
        let sides = || [side("A", 200.0), side("B", 100.0)];
        let turned = || [side("B", 100.0), side("A", 200.0)];
        let all = [
            vote("ann", "p1", sides(), VoteChoice::First),
            vote("ben", "p1", sides(), VoteChoice::Tie),
            vote("ann", "p1", turned(), VoteChoice::First),
            vote("ann", "p2", sides(), VoteChoice::First),
            vote("ann", "p2", sides(), VoteChoice::Withdrawn),
            vote("ann", "p3", sides(), VoteChoice::Second),
        ];
        let text = lines(&all) + "{\"version\": 99}\nno vote\n\n{\"torn";
        let list = VoteList::read(&text);
        assert_eq!((list.votes.len(), list.unread), (3, 3));
        assert_eq!(list.votes, [all[1].clone(), all[2].clone(), all[5].clone()]);
        assert_eq!(list.contestants().iter().map(|side| side.name.as_str()).collect::<Vec<_>>(), ["A", "B"]);
        let [pair] = list.pairs().try_into().unwrap();
        assert_eq!(pair.preferences, [Preference::Tie, Preference::Other, Preference::Other]);
        assert_eq!((pair.seen, pair.pair), (2, (0, 1)));
        assert!((pair.speed().unwrap() - 2.0).abs() < 1e-12, "A is twice as fast, whichever lane it ran in");
        assert_eq!(list.unseen().votes, [all[5].clone()]);
        assert_eq!(list.pair_votes().len(), 3);
    }

    #[test]
    fn a_simulated_contestant_is_another_one() {
        let sim = VotedContestant { simulated: true, ..side("A", 1.0) };
        let list = VoteList::read(&lines(&[vote("ann", "p", [side("A", 1.0), sim], VoteChoice::First)]));
        assert_eq!((list.contestants().len(), list.pairs().len()), (2, 1));
    }

    #[test]
    fn a_hash_is_fnvs() {
        // The test vectors of the authors.
        assert_eq!((text_hash("").as_str(), text_hash("foobar").as_str()), ("cbf29ce484222325", "85944171f73967e8"));
    }
}
