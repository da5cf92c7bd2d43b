//! The starting setup: who races whom, on what and under which settings.
//! It is fixed before the green light, travels as the recording's header, and holds no secret.

use crate::race::conversation::ConversationMessage;
use crate::race::hardware::Hardware;
use crate::race::machine::{host_of, is_here};
use crate::race::price::{Claim, Price};
use crate::time::Period;

/// The model of a contestant that runs whatever it runs: nobody has said which.
pub const ANY_MODEL: &str = "default";

/// The setting of a contestant whose certificate nobody checks.
pub const UNCHECKED: &str = "insecure";

/// Everything that is settled before the green light.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct RaceSetup {
    /// The phase of the catalogue, when it is one.
    pub phase: Option<PhaseRef>,
    /// The lanes in order. Two fill the screen; nothing here counts on two.
    pub contestants: Vec<Contestant>,
    /// The prompt, the same for all contestants.
    pub prompt: RacePrompt,
    /// How it is asked, the same for all.
    pub settings: RaceSettings,
    /// What is not the same in the races that its lanes come from, where those are several; for a person.
    pub mismatches: Vec<String>,
    /// What was said before the prompt, oldest first, where it is one turn of a conversation. The nonce opens the first message.
    pub history: Vec<ConversationMessage>,
}

/// The phase that a race belongs to.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct PhaseRef {
    /// The phase's id in the catalogue, for example `A1`.
    pub id: String,
    /// For example `Cerebras vs Groq`.
    pub title: String,
    /// The model as people call it.
    pub model: String,
    /// What the phase is to find out.
    pub question: Option<String>,
}

/// Who answers in one lane, on what hardware and under which name.
#[derive(Clone, PartialEq, Debug)]
pub struct Contestant {
    /// What people call it, for example `Cerebras`.
    pub name: String,
    /// The provider's id in the catalogue.
    pub provider: String,
    /// The model id on the wire.
    pub model: String,
    /// The catalogue's id of that model: what "the same model" is judged by.
    pub same_as: Option<String>,
    /// Other names under which the provider answers with that very model.
    pub also_answers: Vec<String>,
    /// What it runs on.
    pub hardware: Hardware,
    /// Fed by the simulator: its figures say nothing about the provider.
    pub simulated: bool,
    /// Host and port, where it is not the provider's own.
    pub endpoint: Option<String>,
    /// Runs on the user's own hardware.
    pub local: bool,
    /// Its endpoint is the machine that the race was run on, whatever it is called there.
    pub here: bool,
    /// What its tokens cost.
    pub price: Option<Price>,
    /// What it is said to do.
    pub claims: Vec<Claim>,
    /// What was set for it alone, for example `body.reasoning_effort=low`; a header by its name only, `header.x-title`.
    pub settings: Vec<String>,
    /// When it ran, where that was in another race than this one: a ghost, as a lap of yesterday is one today.
    pub ghost: Option<String>,
    /// The runner that raced it, where that was another machine than the one that recorded the race.
    pub runner: Option<Box<LaneRunner>>,
}

/// The runner of a lane, and how well its clock is known. No figure of the lane depends on it: all of them are on its own clock.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct LaneRunner {
    /// The name that it has on the bus.
    pub name: String,
    /// Where it stands, in its owner's word.
    pub region: Option<String>,
    /// What its machine is known by since it was started, where that is known: runners of one machine have the same.
    pub machine: Option<String>,
    /// Its clock ahead of the director's at the green light, µs. Both begin anywhere, so only changes mean something.
    pub offset: i64,
    /// How far that may be off: half of the quickest round trip.
    pub bound: Period,
    /// By how much the offset had moved after the race, µs; nothing where nobody could look.
    pub drift: Option<i64>,
    /// From its own green light to the moment its request left.
    pub skew: Option<Period>,
}

impl LaneRunner {
    /// Its machine, as far as that is known: otherwise the runner stands for one of its own.
    #[must_use]
    pub fn site(&self) -> String {
        self.machine.as_ref().map_or_else(|| format!("runner {}", self.name), |machine| format!("machine {machine}"))
    }

    /// Whether its clock moved by more during the race than the measurements allow for: it was suspended, or paused.
    #[must_use]
    pub fn clock_moved(&self) -> bool {
        let bound = self.bound.plus(self.bound);
        self.drift.is_some_and(|drift| Period::from_micros(drift.unsigned_abs()) > bound)
    }
}

/// The prompt that every contestant gets.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct RacePrompt {
    /// `short`, `medium`, `long`, the name of the file that held it, or `custom`.
    pub name: String,
    /// The text, without the nonce.
    pub text: String,
}

/// How it is asked.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct RaceSettings {
    /// Output cap in tokens.
    pub max_tokens: Option<u32>,
    /// Sampling temperature, where the provider takes one.
    pub temperature: Option<f64>,
    /// Sampling seed, where the provider takes one.
    pub seed: Option<u64>,
    /// Opens the prompt so that a prompt cache can't decide the race.
    pub nonce: Option<String>,
    /// All connections were up before the green light.
    pub warm: bool,
    /// Reasoning was asked to be off, where there is a switch.
    pub no_reasoning: bool,
}

impl Contestant {
    /// Host and port where they are not the provider's own, and whether that is the machine of the race. What a runner on another
    /// machine calls its own is a place of that runner, which no other has.
    #[must_use]
    pub fn place(&self) -> Option<(String, bool)> {
        self.place_by(|runner| format!("runner {}", runner.name))
    }

    /// The same, where runners of one machine are in one place.
    #[must_use]
    pub fn site(&self) -> Option<(String, bool)> {
        self.place_by(LaneRunner::site)
    }

    fn place_by(&self, called: impl Fn(&LaneRunner) -> String) -> Option<(String, bool)> {
        let endpoint = self.endpoint.as_deref()?;
        let host = host_of(endpoint);
        Some(match &self.runner {
            Some(runner) if self.here || is_here(host) => {
                (called(runner) + endpoint.strip_prefix(host).unwrap_or_default(), false)
            }
            _ => (endpoint.to_owned(), self.here),
        })
    }
}

impl RaceSetup {
    /// The prompt as it is sent: opened by the nonce, if there is one and it is what opens the request.
    #[must_use]
    pub fn prompt_text(&self) -> String {
        match &self.settings.nonce {
            Some(nonce) if self.history.is_empty() => format!("[{nonce}] {}", self.prompt.text),
            _ => self.prompt.text.clone(),
        }
    }

    /// All that is sent as messages: what was said before, and the prompt.
    #[must_use]
    pub fn sent_text(&self) -> String {
        let before = self.history.iter().map(|message| message.text.as_str());
        let prompt = self.prompt_text();
        before.chain([prompt.as_str()]).collect::<Vec<_>>().join("\n")
    }

    /// Whether any lane is fed by the simulator.
    #[must_use]
    pub fn simulated(&self) -> bool {
        self.contestants.iter().any(|contestant| contestant.simulated)
    }

    /// Whether any lane is of another race.
    #[must_use]
    pub fn has_ghosts(&self) -> bool {
        self.contestants.iter().any(|contestant| contestant.ghost.is_some())
    }

    /// How far apart two totals may be by the clocks alone: what is known of the clocks of the two runners that are known least.
    #[must_use]
    pub fn start_bound(&self) -> Period {
        let mut bounds: Vec<(&str, Period)> = self
            .contestants
            .iter()
            .filter_map(|one| one.runner.as_deref())
            .map(|on| (on.name.as_str(), on.bound))
            .collect();
        bounds.sort_unstable();
        bounds.dedup_by_key(|(name, _)| *name);
        bounds.sort_unstable_by_key(|(_, bound)| std::cmp::Reverse(*bound));
        match bounds.as_slice() {
            [(_, first), (_, second), ..] => first.plus(*second),
            // Lanes of one runner share its clock.
            _ => Period::ZERO,
        }
    }

    /// A short name for titles and file names: the phase, or the contestants.
    #[must_use]
    pub fn label(&self) -> String {
        match &self.phase {
            Some(phase) => phase.id.clone(),
            None => self.contestants.iter().map(|c| c.name.to_lowercase()).collect::<Vec<_>>().join("-vs-"),
        }
    }

    /// The contestants' names in the order of the lanes, for example `Cerebras vs Groq`.
    #[must_use]
    pub fn title(&self) -> String {
        self.contestants.iter().map(|c| c.name.as_str()).collect::<Vec<_>>().join(" vs ")
    }
}
