//! What gates come to: a call with the figures behind it, and the words for both.

use speed_kings_core::stats::interval::ConfidenceInterval;

/// How often all gates of one call together may fail, or pass, what they should not: each has its part of it.
pub const ERROR: f64 = 0.05;

/// What a gate came to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum GateCall {
    /// The limit is shown to be broken.
    Failed,
    /// The limit is shown to be kept.
    Passed,
    /// Neither of both is shown.
    Undecided,
}

impl GateCall {
    /// The name in files.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Failed => "failed",
            Self::Passed => "passed",
            Self::Undecided => "undecided",
        }
    }
}

/// One condition, held against one contestant of one file of results.
#[derive(Clone, PartialEq, Debug)]
pub struct GateCheck {
    /// The title of the results.
    pub results: String,
    /// The contestant's place in them.
    pub lane: usize,
    /// The contestant's name, as people call it.
    pub contestant: String,
    /// Its provider's id in the catalogue.
    pub provider: String,
    /// Its model's id on the wire.
    pub model: String,
    /// Whether it was simulated, so that the figures say nothing about any provider.
    pub simulated: bool,
    /// The level of a load that it was held against, in words; nothing elsewhere.
    pub level: Option<String>,
    /// The condition as it was typed.
    pub condition: String,
    /// What it came to.
    pub finding: GateFinding,
}

/// What a condition came to, with the figures behind.
#[derive(Clone, PartialEq, Debug)]
pub struct GateFinding {
    /// Failed, passed or undecided.
    pub call: GateCall,
    /// The figure that decides, in its unit, or the factor between now and then; nothing where there is none.
    pub figure: Option<f64>,
    /// The bounds of it; nothing without a figure.
    pub bounds: Option<ConfidenceInterval>,
    /// Values behind it: runs, or rounds of a load run.
    pub runs: usize,
    /// How many it takes at least, where there are too few to show anything.
    pub needed: Option<usize>,
    /// All of that in words.
    pub said: String,
}

impl GateFinding {
    /// What can't be decided for want of a figure, and why.
    pub(crate) fn without(why: impl std::fmt::Display) -> Self {
        Self {
            call: GateCall::Undecided,
            figure: None,
            bounds: None,
            runs: 0,
            needed: None,
            said: format!("no figure: {why}"),
        }
    }
}

/// What all gates came to.
#[derive(Clone, PartialEq, Debug)]
pub struct GateReport {
    /// How often each end of each interval is wrong at most: [`ERROR`] divided by the number of checks.
    pub error: f64,
    /// Every condition with every contestant that it is about, results by results.
    pub checks: Vec<GateCheck>,
}

impl GateReport {
    /// How many came to `call`.
    #[must_use]
    pub fn count(&self, call: GateCall) -> usize {
        self.checks.iter().filter(|check| check.finding.call == call).count()
    }
}
