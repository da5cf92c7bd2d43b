//! The one integration test binary: the program as a whole, through its sockets, files, exit codes and screens.
//! What a module can prove about itself stands in that module; here stands what only their sum can show.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "in a test, to stop there is to say so")]

mod alerts;
mod arrival;
mod blind;
mod bounds;
mod browser;
mod canary;
mod catalogue;
mod docs;
mod edit_commands;
mod engines;
mod examples;
mod faults;
mod ffmpeg;
mod fixture;
#[cfg(feature = "fleet")]
mod fleet;
mod gates;
mod hang_up;
mod headless;
mod help;
mod history;
mod licences;
mod load;
mod old_files;
mod otlp;
mod overlay;
mod peer;
mod program;
mod prompt_sets;
mod protocol;
mod pty;
mod quality;
mod reach;
mod recordings;
mod refusals;
mod results;
mod resume;
mod retry;
mod schema;
mod screens;
mod terminal;
mod threads;
mod tidy;
mod traffic;
mod transport;
mod tty;
mod verdict_keys;
