//! The conditions of a fair comparison, and whether each holds.

/// One condition of a fair comparison.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Badge {
    /// Which condition it is.
    pub kind: BadgeKind,
    /// Whether the condition holds in this race.
    pub state: BadgeState,
    /// The facts behind it.
    pub detail: String,
}

/// Whether a condition holds.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum BadgeState {
    /// The condition holds, as the facts show.
    Met,
    /// It does not: the verdict is provisional.
    Broken,
    /// Nobody can tell: a fact is missing.
    Unknown,
}

/// The conditions of a fair comparison, one badge each.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum BadgeKind {
    /// No lane was fed by the simulator.
    Real,
    /// Every lane ran the same model.
    SameModel,
    /// Tokens counted by the servers.
    Counted,
    /// Every output speed was seen.
    SpeedSeen,
    /// Outputs of the same length.
    SameLength,
    /// Connections in the same state, and no server had to load its model first.
    Connection,
    /// Nothing of the prompt came out of a cache but what opens every prompt: template and system prompt.
    NoCache,
    /// The servers read the whole prompt; only races in which a count says otherwise have it.
    WholePrompt,
    /// The same reason to stop.
    SameFinish,
    /// Both reasoned, or neither.
    SameReasoning,
    /// All requests left less than 1 ms apart.
    Start,
    /// Lanes did not share hardware.
    OwnHardware,
    /// Nothing was damaged, and our own queue never held a lane up.
    Clean,
    /// The program itself never stood still; only races in which it did have it.
    NoOwnDelay,
    /// Tokens of about the same size; only races with two counted lanes of one model have it.
    SameTokens,
    /// Nothing that shapes the answer was set for one lane and not for another; only races in which something was have it.
    SameSettings,
    /// Prompts and answers were as long as they were to be; only runs with given lengths have it.
    AsPlanned,
    /// The certificate of every server was checked; only races in which one wasn't have it.
    ServersKnown,
    /// Lanes of several races were run under the same conditions; only races with ghosts have it.
    OneRace,
}

impl BadgeKind {
    /// All conditions, in the order of their declaration.
    pub const ALL: [Self; 19] = [
        Self::Real,
        Self::SameModel,
        Self::Counted,
        Self::SpeedSeen,
        Self::SameLength,
        Self::Connection,
        Self::NoCache,
        Self::WholePrompt,
        Self::SameFinish,
        Self::SameReasoning,
        Self::Start,
        Self::OwnHardware,
        Self::Clean,
        Self::NoOwnDelay,
        Self::SameTokens,
        Self::SameSettings,
        Self::AsPlanned,
        Self::ServersKnown,
        Self::OneRace,
    ];

    /// The name in recordings and JSON.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Real => "real",
            Self::SameModel => "same_model",
            Self::Counted => "counted_by_usage",
            Self::SameTokens => "same_tokens",
            Self::SpeedSeen => "speed_seen",
            Self::SameLength => "same_length",
            Self::Connection => "same_connection",
            Self::NoCache => "no_cache_hits",
            Self::WholePrompt => "whole_prompt",
            Self::SameFinish => "same_finish",
            Self::SameReasoning => "same_reasoning",
            Self::Start => "start_skew",
            Self::OwnHardware => "own_hardware",
            Self::Clean => "clean_stream",
            Self::NoOwnDelay => "no_own_delay",
            Self::SameSettings => "same_settings",
            Self::AsPlanned => "as_planned",
            Self::ServersKnown => "servers_known",
            Self::OneRace => "same_conditions",
        }
    }

    /// What a person calls it.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::Real => "real servers",
            Self::SameModel => "same model",
            Self::Counted => "counted by the server",
            Self::SameTokens => "same token size",
            Self::SpeedSeen => "speed seen",
            Self::SameLength => "same length",
            Self::Connection => "same connection state",
            Self::NoCache => "no cache hits",
            Self::WholePrompt => "whole prompt read",
            Self::SameFinish => "same finish",
            Self::SameReasoning => "same reasoning",
            Self::Start => "started together",
            Self::OwnHardware => "own hardware",
            Self::Clean => "clean streams",
            Self::NoOwnDelay => "no own delay",
            Self::SameSettings => "same settings",
            Self::AsPlanned => "as long as planned",
            Self::ServersKnown => "servers known",
            Self::OneRace => "ghosts on equal terms",
        }
    }
}
