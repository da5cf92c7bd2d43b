//! The lab: engines of one's own compared over model sizes, threads and offloading, with what it took beside how fast it was.

pub mod chart;
pub mod divergence;
pub mod likeness;
pub mod llama_perplexity;
pub mod preference;
pub mod probing;
pub mod protocol;
pub mod quality;
pub mod quality_file;
pub mod quality_pair;
pub mod rating;
pub mod scaling;
pub mod scoring;
pub mod summary;
pub mod sweep;
pub mod visit;
pub mod vote;
