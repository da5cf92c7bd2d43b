//! What a shell and a reader of manuals want: completions and man pages, made from the command line itself.

use std::path::{Path, PathBuf};

use crate::cli::args::command;
use crate::cli::context::CommandContext;
use crate::cli::error::{CliError, ErrorContext as _};
use crate::cli::exit::ExitStatus;
use clap_complete::Shell;

/// The program as shells know it.
const NAME: &str = "speed-kings";

/// Prints the completions for `shell`.
///
/// # Errors
/// When stdout can't be written.
pub(super) fn completions(context: &CommandContext<'_>, shell: Shell) -> Result<ExitStatus, CliError> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut command(), NAME, &mut script);
    context.out.print(&String::from_utf8_lossy(&script))?;
    Ok(ExitStatus::Done)
}

/// Prints the program's man page, or writes it and one for each command into `dir`.
///
/// # Errors
/// When they can't be written.
pub(super) fn man(context: &CommandContext<'_>, dir: Option<&Path>) -> Result<ExitStatus, CliError> {
    let Some(dir) = dir else {
        let mut page = Vec::new();
        clap_mangen::Man::new(command()).render(&mut page)?;
        context.out.print(&String::from_utf8_lossy(&page))?;
        return Ok(ExitStatus::Done);
    };
    let write = || {
        std::fs::create_dir_all(dir)?;
        clap_mangen::generate_to(command(), dir)
    };
    write().context(|| format!("cannot write man pages into {}", dir.display()))?;
    let page: PathBuf = dir.join(format!("{NAME}.1"));
    context.err.status(&format!("read them with: man {}", page.display()));
    Ok(ExitStatus::Done)
}
