//! The screens of Speed Kings, and the loop that runs them.

pub mod ui;
