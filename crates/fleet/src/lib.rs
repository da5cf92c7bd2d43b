//! Races over several machines. Runners on a bus race the contestants of their machines; a director plans a race and follows it;
//! spectators watch. A runner's own recording is the truth, and what goes over the bus is a view of it; each lane is timed by its
//! runner's own clock, and no figure depends on another.

pub mod asks;
pub mod bus;
pub mod call;
pub mod clock;
pub mod director;
mod feed;
pub mod grid;
pub mod identity;
pub mod line_tape;
pub mod lines;
pub mod load_tape;
pub mod loader;
mod merged;
pub mod name;
pub mod offer;
pub mod racer;
pub mod remote;
pub mod runner;
pub mod settings;
pub mod spectator;
pub mod stream;
pub mod subject;
pub mod sweeps;
pub mod tape;
pub mod visit_tape;
pub mod wire;
