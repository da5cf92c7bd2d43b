//! What printing, checking and extending the catalogue takes.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

/// What the catalogue takes.
#[derive(Clone, Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub struct CatalogueArgs {
    /// What to do with it; without one, it is printed.
    #[command(subcommand)]
    pub command: Option<CatalogueCommand>,
    /// The built-in one as it was compiled in, with its comments: an example of every field
    #[arg(long, conflicts_with_all = ["merged", "output"])]
    pub default: bool,
    /// With --default: the built-in engines, which stand in a file of their own
    #[arg(long, requires = "default")]
    pub engines: bool,
    /// The built-in one with your own laid over it, which is what races are made of; this is printed without any flag, too
    #[arg(long)]
    pub merged: bool,
    /// Form of what is printed
    #[arg(long, short, value_enum, default_value = "ron")]
    pub output: CatalogueForm,
}

/// The forms of a catalogue; a file of your own can have either.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub enum CatalogueForm {
    /// Rusty Object Notation, with comments where people write them
    Ron,
    /// JSON, for which editors have the schema docs/catalogue.schema.json
    Json,
}

/// What is done with a catalogue of one's own.
#[derive(Clone, Debug, Subcommand)]
pub enum CatalogueCommand {
    /// Say whether a file of your own is right, and what of it is not
    Check {
        /// File to check, a .ron or .json file; without one, the one that is in use
        file: Option<PathBuf>,
    },
    /// Add a server to your own file, which is made if it is not there
    Add(AddArgs),
}

/// What adding a server takes.
#[derive(Clone, Debug, Args)]
pub struct AddArgs {
    /// Its name and its address: letters, digits, '-', '_' and '.' in the name
    #[arg(value_name = "NAME=URL")]
    pub server: String,
    /// Which API it speaks; without it the server is asked
    #[arg(long, value_name = "DIALECT", value_parser = dialect)]
    pub dialect: Option<crate::catalog::Dialect>,
    /// Model that it serves, by its name there
    #[arg(long, value_name = "MODEL")]
    pub model: Option<String>,
    /// Variable that holds its key; for a server that is not at home, one of its name when this is left out
    #[arg(long, value_name = "VARIABLE")]
    pub key_env: Option<String>,
    /// File to add it to, in place of the one that is in use
    #[arg(long, value_name = "FILE")]
    pub file: Option<PathBuf>,
}

fn dialect(text: &str) -> Result<crate::catalog::Dialect, String> {
    let known = || crate::catalog::Dialect::ALL.map(crate::catalog::Dialect::as_str).join(", ");
    crate::catalog::Dialect::parse(text).ok_or_else(|| format!("expected one of {}", known()))
}
