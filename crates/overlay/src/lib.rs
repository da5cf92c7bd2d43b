//! The race as a page of broadcast graphics: what the screen shows is looked at a few times a second, kept as events, and
//! served to every page that asks. The race never waits for a page.

pub mod cast;
pub mod feed;
mod page;
pub mod server;
