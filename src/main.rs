//! The `speed-kings` binary: parse, run, print one error, choose the exit code.

use std::process::ExitCode;

use speed_kings::cli::{self, args::Cli};
use speed_kings::console;

fn main() -> ExitCode {
    console::report_panics();
    let exit = Cli::read().map_or_else(Ok, cli::run).unwrap_or_else(|error| {
        console::status(&format!("speed-kings: {error}"));
        error.exit()
    });
    console::settle();
    exit.into()
}
