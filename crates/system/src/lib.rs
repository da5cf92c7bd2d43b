//! What Speed Kings has to do with the machine: files, terminal output, signals, facts.

pub mod atomic_file;
pub mod console;
pub mod environment;
pub mod input;
pub mod interrupt;
pub mod process_group;
pub mod process_guard;
pub mod resources;
pub mod terminal_writer;
