//! The event loop that a command runs its requests and its screen on.

use crate::cli::error::{CliError, ErrorContext as _};

/// The event loop of the screen.
pub(super) fn runtime() -> Result<tokio::runtime::Runtime, CliError> {
    let built = tokio::runtime::Builder::new_current_thread().enable_all().build();
    built.context(|| "cannot start the event loop".into())
}
