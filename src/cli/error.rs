//! The error of the command line. Its kind, set where an error of a part below becomes one, decides the exit code and
//! how it is worded; nobody has to look into it for that later.

use std::fmt;
use std::io;

use color_eyre::Report;

use crate::bench::prompt_file::PromptFileError;
use crate::bench::saved::ResultsError;
use crate::catalog::{CatalogError, UnknownName};
use crate::cli::args::LengthUsage;
use crate::cli::conversation_usage::ConversationUsage;
use crate::cli::exit::ExitStatus;
use crate::cli::gate::usage::GateUsage;
use crate::cli::load_usage::LoadUsage;
use crate::cli::output::{BadOutput, OutputRefusal};
use crate::config::ConfigError;
use crate::film::FilmError;
use crate::film::raster::{FontError, GeometryError};
#[cfg(feature = "fleet")]
use crate::fleet::{
    bus::BusError, director::DirectorError, director::RemoteLaneError, identity::IdentityError, name::NameError,
    offer::OfferError, runner::RunnerError, settings::RunnerSettingsError, spectator::SpectatorError,
    sweeps::SweepOfferError,
};
use crate::lab::sweep::SweepError;
use crate::load::{LevelGateError, TraceError};
use crate::local_server::EndpointError;
use crate::otlp::OtlpError;
use crate::overlay::server::OverlayError;
use crate::record::RecordError;
use crate::record::edit::EditError;
use crate::record::merge::MergeError;
use crate::record::time_ref::TimeRefError;
use crate::simulation::SimulationError;
use crate::source::live::StartError;
use crate::ui::theme::ThemeError;

/// What kind of error ended a command.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum CliErrorKind {
    /// It was asked for wrongly: another command line would do.
    Usage,
    /// It did not work, though it was asked for rightly.
    Failed,
    /// What can't be has happened: a fault of the program, which its message says.
    Internal,
}

/// Why a command did not do what was asked.
#[derive(Debug)]
pub struct CliError {
    kind: CliErrorKind,
    /// The cause, with what was being done around it.
    report: Report,
}

impl CliError {
    /// What was asked for can't be done, in these words.
    pub(super) fn failed(message: impl Into<String>) -> Self {
        Self { kind: CliErrorKind::Failed, report: Report::msg(message.into()) }
    }

    /// It was asked for wrongly, in these words.
    #[cfg(feature = "fleet")]
    pub(super) fn usage(message: impl Into<String>) -> Self {
        Self { kind: CliErrorKind::Usage, report: Report::msg(message.into()) }
    }

    /// A fault of the program, in these words.
    pub(super) fn internal(message: impl Into<String>) -> Self {
        Self { kind: CliErrorKind::Internal, report: Report::msg(message.into()) }
    }

    /// What kind of error it is.
    #[must_use]
    pub const fn kind(&self) -> CliErrorKind {
        self.kind
    }

    /// The exit code that it ends the program with.
    #[must_use]
    pub const fn exit(&self) -> ExitStatus {
        match self.kind {
            CliErrorKind::Usage => ExitStatus::Usage,
            CliErrorKind::Failed | CliErrorKind::Internal => ExitStatus::Failed,
        }
    }
}

impl fmt::Display for CliError {
    /// The error with its causes, each said once: many an error repeats its cause already.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let told = self.report.chain().map(ToString::to_string).fold(String::new(), |told, cause| {
            if told.contains(&cause) {
                told
            } else if told.is_empty() {
                cause
            } else {
                format!("{told}: {cause}")
            }
        });
        f.write_str(&told)?;
        if self.kind == CliErrorKind::Internal { f.write_str("; this is a fault of the program") } else { Ok(()) }
    }
}

/// Nobody is there to be asked whether money may be spent.
#[derive(Debug, thiserror::Error)]
#[error("this would spend tokens and there is no terminal to ask at: add --yes to go ahead, or --sim to simulate it")]
pub(super) struct NeedsYes;

/// The errors of the parts below, by the kind that they are here.
macro_rules! kinds {
    ($($kind:ident: $($error:ty),+;)+) => {
        $($(impl From<$error> for CliError {
            fn from(error: $error) -> Self {
                Self { kind: CliErrorKind::$kind, report: error.into() }
            }
        })+)+
    };
}

kinds! {
    Usage: BadOutput, ConfigError, ConversationUsage, EditError, EndpointError, GateUsage, GeometryError, LengthUsage, LevelGateError, LoadUsage, MergeError, NeedsYes, OutputRefusal,
        OtlpError, OverlayError, PromptFileError, TraceError, SweepError, ThemeError,
        TimeRefError, UnknownName;
    Failed: CatalogError, FilmError, FontError, RecordError, ResultsError, SimulationError, StartError, io::Error;
}

#[cfg(feature = "fleet")]
kinds! {
    Usage: NameError, OfferError, RemoteLaneError, RunnerSettingsError, SweepOfferError;
    Failed: BusError, DirectorError, IdentityError, RunnerError, SpectatorError;
}

/// What was being done when an error came.
pub(super) trait ErrorContext<T> {
    /// The same, with what was being done ahead of an error, which stays of its kind.
    fn context(self, doing: impl FnOnce() -> String) -> Result<T, CliError>;
}

impl<T, E: Into<CliError>> ErrorContext<T> for Result<T, E> {
    fn context(self, doing: impl FnOnce() -> String) -> Result<T, CliError> {
        self.map_err(|error| {
            let CliError { kind, report } = error.into();
            CliError { kind, report: report.wrap_err(doing()) }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kind_outlives_what_is_said_about_it() {
        let unknown = || UnknownName::new("theme", "x", ["y"], None);
        let wrapped = Err::<(), _>(unknown()).context(|| "cannot draw".into()).unwrap_err();
        assert_eq!((wrapped.kind(), wrapped.exit()), (CliErrorKind::Usage, ExitStatus::Usage));
        assert_eq!(wrapped.to_string(), format!("cannot draw: {}", unknown()));
        let failed = Err::<(), _>(io::Error::other("disk full")).context(|| "cannot write a".into()).unwrap_err();
        assert_eq!((failed.exit(), failed.to_string().as_str()), (ExitStatus::Failed, "cannot write a: disk full"));
    }

    #[test]
    fn a_cause_is_said_once_and_a_fault_is_owned() {
        let twice = Err::<(), _>(io::Error::other("disk full")).context(|| "cannot write: disk full".into());
        assert_eq!(twice.unwrap_err().to_string(), "cannot write: disk full");
        let fault = CliError::internal("the run has no lane");
        assert_eq!(fault.exit(), ExitStatus::Failed);
        assert_eq!(fault.to_string(), "the run has no lane; this is a fault of the program");
    }
}
