//! What can be wrong with a wish, said with its cause and the next step.
//! Values of variables are never repeated here: one of them may be a key in the wrong place.

use std::path::PathBuf;

use speed_kings_catalog::{CatalogError, UnknownName};

/// Why a race can't be worked out.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// A name that leads nowhere.
    #[error(transparent)]
    Unknown(#[from] UnknownName),
    /// A name that leads nowhere, behind an address.
    #[error(
        "{0}. If it belongs to the address before it, that comma ended the address: write it as \\, or put the address in quotes"
    )]
    Comma(UnknownName),
    /// A catalogue with something wrong in it.
    #[error(transparent)]
    Invalid(#[from] CatalogError),
    /// A catalogue that can't be read.
    #[error("cannot read the catalogue {}: {source}", path.display())]
    Catalog {
        /// Path of the catalogue file that can't be read.
        path: PathBuf,
        /// Why it can't be read, as the system says.
        source: std::io::Error,
    },
    /// A file of variables that can't be read.
    #[error("cannot read the variables in {}: {why}", path.display())]
    EnvFile {
        /// Path of the file.
        path: PathBuf,
        /// Why it can't be read, without what stands in it.
        why: String,
    },
    /// A file of certificates that is none.
    #[error("--cacert {}: {why}", path.display())]
    Certificates {
        /// Path of the file.
        path: PathBuf,
        /// Why it can't be used.
        why: String,
    },
    /// A prompt that can't be read.
    #[error("cannot read the prompt {}: {source}", path.display())]
    PromptFile {
        /// Path of the prompt's file that can't be read.
        path: PathBuf,
        /// Why it can't be read, as the system says.
        source: std::io::Error,
    },
    /// A phase has its contestants already.
    #[error("a phase brings its own contestants: give a phase or --providers, not both")]
    PhaseAndProviders,
    /// One is no race.
    #[error("a race needs two contestants: name a phase (`speed-kings phases` lists them) or --providers a,b")]
    TooFew,
    /// Nobody is named, so there is nothing to measure.
    #[error("no contestants to measure: name a phase (`speed-kings phases` lists them) or --providers a,b")]
    Nobody,
    /// More than there can be.
    #[error("a race can have at most 255 contestants")]
    TooMany,
    /// More models than one, fewer than contestants.
    #[error("{given} models for more contestants: give one --model for all or one for each")]
    ModelCount {
        /// How many were given.
        given: usize,
    },
    /// Nothing to ask for.
    #[error("{provider} has no default model: set {variable} or give --model")]
    NoModel {
        /// The name of the provider that has no model to ask for.
        provider: String,
        /// The variable that would say it.
        variable: String,
    },
    /// A model of the catalogue that this provider doesn't have.
    #[error(
        "{provider} does not offer {model}; give --models with one model for each contestant to race it all the same"
    )]
    NotOffered {
        /// The name of the provider that doesn't offer it.
        provider: String,
        /// The model that was asked for, as it was given.
        model: String,
    },
    /// A setting for nobody in the race.
    #[error("--set {setting}: no contestant of that name; the contestants are {names}")]
    NoContestant {
        /// The setting without its value, as it was given.
        setting: String,
        /// The names of those that there are.
        names: String,
    },
    /// A setting that can't be made.
    #[error("--set {setting}: {why}")]
    Setting {
        /// The setting without its value, as it was given.
        setting: String,
        /// What is wrong with it, and what it could be.
        why: String,
    },
    /// A key that is needed and not set.
    #[error("{variable} is not set: {provider} requires a key. Set it, or race simulated with --sim")]
    NoKey {
        /// The name of the provider that needs the key.
        provider: String,
        /// The environment variable that would hold the key.
        variable: String,
    },
    /// A key that can't be sent.
    #[error(
        "{variable} holds characters that no key can have: a space, a line break or a letter outside ASCII. Copy the key again, by itself"
    )]
    BadKey {
        /// The environment variable that holds it.
        variable: String,
    },
    /// A prompt without any text.
    #[error("the prompt is empty: give --prompt a text, or --size short, medium or long")]
    EmptyPrompt,
    /// A command that can't be run as it is.
    #[error("exec:{line}: {why}; write for example exec:engine --prompt {{prompt}} -n {{max_tokens}}")]
    Command {
        /// The command as it was given.
        line: String,
        /// What is wrong with it, in words.
        why: String,
    },
    /// An engine that can't be started as it is asked for.
    #[error("engine:{engine}: {why}")]
    Engine {
        /// The engine as it was given.
        engine: String,
        /// What is wrong, with the next step where there is one.
        why: String,
    },
    /// A provider whose address only the user knows.
    #[error(
        "{variable} is not set: {provider} has an address for each of its users. Set it to yours, which looks like {form}"
    )]
    NoAddress {
        /// The name of the provider that needs an address.
        provider: String,
        /// The variable that would say it.
        variable: String,
        /// What such an address looks like.
        form: String,
    },
    /// An address that is none.
    #[error("{place}: not an address to race: {why}; write for example http://127.0.0.1:8080/v1")]
    Address {
        /// The variable or contestant it came from.
        place: String,
        /// What is wrong with it, in words.
        why: String,
    },
}
