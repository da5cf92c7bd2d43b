//! How a command ends, for the shell: its exit code.

use std::process::ExitCode;

use crate::race::Race;
use crate::race::verdict::{NotComparable, RaceOutcome, Verdict};
use crate::ui::UiEnd;

/// How a command ended, for the shell.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ExitStatus {
    /// It did what was asked.
    Done,
    /// It did not work.
    Failed,
    /// It was asked for wrongly.
    Usage,
    /// A lane failed, so there is no verdict.
    NoVerdict,
    /// A gate failed: a limit is shown to be broken.
    GateFailed,
    /// A gate is undecided, where it had to be decided.
    GateUndecided,
    /// It was interrupted before its end.
    Interrupted,
    /// Its terminal is gone.
    HungUp,
}

impl From<UiEnd> for ExitStatus {
    fn from(ended: UiEnd) -> Self {
        match ended {
            UiEnd::Left => Self::Done,
            UiEnd::Interrupted => Self::Interrupted,
            UiEnd::HungUp => Self::HungUp,
        }
    }
}

impl From<ExitStatus> for ExitCode {
    fn from(exit: ExitStatus) -> Self {
        Self::from(match exit {
            ExitStatus::Done => 0,
            ExitStatus::Failed => 1,
            ExitStatus::Usage => 2,
            ExitStatus::NoVerdict => 3,
            ExitStatus::GateFailed => 4,
            ExitStatus::GateUndecided => 5,
            ExitStatus::Interrupted => 130,
            ExitStatus::HungUp => 129,
        })
    }
}

/// The exit code of a race.
pub(super) fn exit_of_race(race: &Race) -> ExitStatus {
    match Verdict::of(race).outcome {
        RaceOutcome::None { missing } if missing.iter().any(|(_, why)| *why != NotComparable::Unfinished) => {
            ExitStatus::NoVerdict
        }
        RaceOutcome::None { .. } => ExitStatus::Interrupted,
        _ => ExitStatus::Done,
    }
}
