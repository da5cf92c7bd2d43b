//! The lab: engines of one's own compared over model sizes, threads and offloading, with what it took beside how fast it was.

pub mod chart;
pub mod preference;
pub mod protocol;
pub mod quality;
pub mod rating;
pub mod scaling;
pub mod scoring;
pub mod summary;
pub mod sweep;
pub mod visit;
pub mod vote;
