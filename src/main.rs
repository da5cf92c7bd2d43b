//! The `speed-kings` binary: parse, run, print one error, choose the exit code.

use std::process::ExitCode;

use speed_kings::cli::{self, args::Cli};
use speed_kings::talk;

fn main() -> ExitCode {
    talk::report_panics();
    match Cli::read().map_or_else(Ok, cli::run) {
        Ok(exit) => exit.into(),
        Err(error) => {
            talk::tell(&format!("speed-kings: {}", cli::explain(&error)));
            cli::exit_of(&error).into()
        }
    }
}
