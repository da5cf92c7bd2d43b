//! The flags of the test protocol and of blind votes.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;

use super::headless::ListArgs;
use super::values::{pause, temperature};

/// What the test protocol takes.
#[derive(Debug, Args)]
pub struct ProtocolArgs {
    /// Engines with their models and settings, one after the other, for example llama-server@model.gguf,threads=4
    #[arg(value_name = "ENGINE@MODEL", required_unless_present_any = ["resume", "engine"])]
    pub engines: Vec<String>,
    /// One engine, together with --model
    #[arg(long, value_name = "ID", requires = "model", conflicts_with = "engines")]
    pub engine: Option<String>,
    /// Model of that engine, with settings as in ENGINE@MODEL
    #[arg(long, value_name = "FILE", requires = "engine")]
    pub model: Option<String>,
    /// Prompts of the catalogue that are asked, by the name of their set
    #[arg(long, value_name = "SET", default_value = "streaming")]
    pub prompts: String,
    /// Seconds between two prompts instead of the set's own; the nine have 5
    #[arg(long, value_name = "S", value_parser = pause)]
    pub pause: Option<Duration>,
    /// Sampling temperature instead of the prompts' own; the nine have 0.3
    #[arg(long, value_name = "T", value_parser = temperature)]
    pub temperature: Option<f64>,
    /// Lower cap on output tokens; each prompt has its own
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub max_tokens: Option<u32>,
    /// Folder for the results
    #[arg(long, value_name = "DIR", default_value = "results")]
    pub out: PathBuf,
    /// Go on with a protocol that was interrupted; engines and prompts are those of the file
    #[arg(long, value_name = "FILE",
        conflicts_with_all = ["engines", "engine", "model", "prompts", "pause", "temperature", "max_tokens"])]
    pub resume: Option<PathBuf>,
    /// Form of the tables.
    #[command(flatten)]
    pub list: ListArgs,
}
