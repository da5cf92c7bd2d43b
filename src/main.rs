//! The `speed-kings` binary.

fn main() {}
