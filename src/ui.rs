//! The screen: what a race looks like in a terminal.
//! It draws from shared state alone and never talks to a provider, a file of results or the network.

pub mod theme;
pub mod widget;
