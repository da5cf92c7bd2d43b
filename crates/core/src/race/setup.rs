//! The starting setup: who races whom, on what and under which settings.
//! It is fixed before the green light, travels as the recording's header, and holds no secret.

use crate::race::conversation::ConversationMessage;
use crate::race::hardware::Hardware;
use crate::race::price::{Claim, Price};

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
