//! The `speed-kings` binary: parse, run, print one error, choose the exit code.

use std::process::ExitCode;

use speed_kings::cli::{self, args::Cli};

#[expect(clippy::print_stderr, reason = "the one place where errors are printed")]
fn main() -> ExitCode {
    // Without it a panic is still reported, only less readably.
    let _ = color_eyre::config::HookBuilder::default().display_env_section(false).install();
    match cli::run(Cli::read()) {
        Ok(exit) => exit.into(),
        Err(error) => {
            eprintln!("speed-kings: {}", cli::explain(&error));
            cli::exit_of(&error).into()
        }
    }
}
