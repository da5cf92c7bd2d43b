//! Who is asked what, and how long an answer is waited for: the flags of every command that asks.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;

use super::values::{seconds, temperature};
use crate::config::{RaceOptions, split_names};
use crate::provider::RequestTimeouts;
use crate::provider::http::RejectedParams;
use crate::provider::http::transport::TransportOptions;

const PROVIDERS: &str = "\
Contestants instead of a phase: ids of providers, NAME=URL (or NAME=unix:FILE) for an OpenAI-compatible server of your own, exec:COMMAND \
(NAME=exec:COMMAND) for any command that streams text, or engine:ID@MODEL,SETTING=VALUE for an engine that is started for \
the race (`speed-kings list --engines`).

A command is split into words as a shell would, but run without one. {prompt}, {prompt_file}, {model}, {max_tokens}, \
{temperature} and {seed} are filled in; without {prompt} or {prompt_file} the prompt goes to its standard input. With \
--jsonl among its arguments its output is read as lines of JSON, {\"text\": \"...\"} and a last {\"done\": true, \
\"usage\": {...}}. A comma in a command has to be quoted, and one in a URL quoted or written as \\,. The flag may be given once for each contestant.";

/// What can be set for one contestant alone.
pub(super) const SET: &str = "\
Set something for one contestant alone, by its name in --providers; the flag may be given many times.

model=M, dialect=D (openai, ollama, anthropic, responses, completions, gemini), key_env=VARIABLE (which holds its key), \
header.NAME=TEXT, query.NAME=TEXT, body.FIELD=VALUE (a field of the request, with dots for those within: \
body.chat_template_kwargs.enable_thinking=false), path=PATH, models_path=PATH and key_header=NAME as in a catalogue entry, \
http2=true (HTTP/2 without TLS), ignore_eos=true and min_tokens=N (vLLM, SGLang, llama.cpp), num_ctx=N (Ollama), provider.order=a,b (OpenRouter).

A value that is JSON is sent as such, any other as text. What shapes the answer is compared: a badge tells where it was not set \
for all. Recordings and results keep all of it, headers by their names only.";

/// Who is asked what, and how: the same for everything that asks.
#[derive(Clone, Debug, Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of its own")]
pub struct EntryArgs {
    /// Contestants instead of a phase: ids of providers, NAME=URL, exec:COMMAND, or engine:ID@MODEL
    #[arg(long, value_name = "A,B", long_help = PROVIDERS)]
    pub providers: Vec<String>,
    /// Model: one for all contestants, or one for each
    #[arg(long = "model", visible_alias = "models", value_name = "MODEL", value_delimiter = ',')]
    pub models: Vec<String>,
    /// Set something for one contestant alone: a.model=M, a.dialect=anthropic, a.header.X-Title=T
    #[arg(long, value_name = "NAME.KEY=VALUE", long_help = SET)]
    pub set: Vec<String>,
    /// Prompt of your own
    #[arg(long, value_name = "TEXT")]
    pub prompt: Option<String>,
    /// Prompt of the catalogue: short, medium or long; or a file that holds one
    #[arg(long, short, value_name = "SIZE|FILE", conflicts_with = "prompt")]
    pub size: Option<String>,
    /// Cap on output tokens
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub max_tokens: Option<u32>,
    /// Sampling temperature
    #[arg(long, value_name = "T", value_parser = temperature)]
    pub temperature: Option<f64>,
    /// Sampling seed, and the simulator's
    #[arg(long, value_name = "N")]
    pub seed: Option<u64>,
    /// Let the simulator feed every lane: no key, no network
    #[arg(long)]
    pub sim: bool,
    /// Send the prompt without a fresh nonce, so that a prompt cache may answer
    #[arg(long)]
    pub allow_cache: bool,
    /// Switch reasoning off at every contestant that has a switch for it
    #[arg(long)]
    pub no_reasoning: bool,
    /// Fail at once when a rate limit is hit, instead of waiting it out
    #[arg(long)]
    pub no_retry: bool,
    /// Whose certificates are trusted.
    #[command(flatten)]
    pub trust: TrustArgs,
    /// How long to wait for what.
    #[command(flatten)]
    pub timeouts: TimeoutArgs,
}

/// Whose certificates are trusted.
#[derive(Clone, Debug, Args)]
pub struct TrustArgs {
    /// File of certificates, in PEM, that are trusted beside the system's: for a server with one of its own
    #[arg(long, value_name = "FILE")]
    pub cacert: Option<PathBuf>,
    /// Check no certificate: whoever answers is taken for the server, and gets the key. The verdict says so
    #[arg(long)]
    pub insecure: bool,
}

impl TrustArgs {
    /// How connections are made then.
    #[must_use]
    pub fn options(&self) -> TransportOptions {
        TransportOptions { cacert: self.cacert.clone(), insecure: self.insecure, ..TransportOptions::default() }
    }
}

/// How long to wait for what.
#[derive(Clone, Debug, Args)]
pub struct TimeoutArgs {
    /// Seconds to wait for a connection
    #[arg(long, value_name = "S", default_value = "10", value_parser = seconds)]
    pub connect_timeout: Duration,
    /// Seconds from the request to the first text; signs of life without text don't count
    #[arg(long, value_name = "S", default_value = "60", value_parser = seconds)]
    pub first_token_timeout: Duration,
    /// Seconds from one text to the next; signs of life without text don't count
    #[arg(long, value_name = "S", default_value = "30", value_parser = seconds)]
    pub idle_timeout: Duration,
    /// Seconds that one lane may take in all
    #[arg(long, value_name = "S", default_value = "600", value_parser = seconds)]
    pub run_timeout: Duration,
}

impl EntryArgs {
    /// The wish behind the flags, for `phase` if there is one.
    #[must_use]
    pub fn options(&self, phase: Option<String>) -> RaceOptions {
        RaceOptions {
            phase,
            providers: self.providers.iter().flat_map(|list| split_names(list)).collect(),
            models: self.models.clone(),
            set: self.set.clone(),
            transport: self.trust.options(),
            prompt: self.prompt.clone(),
            prompt_name: None,
            size: self.size.clone(),
            asked: None,
            max_tokens: self.max_tokens,
            temperature: self.temperature,
            seed: self.seed,
            alone: false,
            simulate: self.sim,
            allow_cache: self.allow_cache,
            no_retry: self.no_retry,
            no_reasoning: self.no_reasoning,
            engine_logs: None,
            rejected: RejectedParams::default(),
            timeouts: RequestTimeouts {
                connect: self.timeouts.connect_timeout,
                first_token: self.timeouts.first_token_timeout,
                idle: self.timeouts.idle_timeout,
                run: self.timeouts.run_timeout,
            },
        }
    }
}
