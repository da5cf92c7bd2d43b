//! The catalogue: which models, providers, prompts and phases there are, with their dated prices and speed claims.
//! It is compiled in from `phases.ron`; a user's file of the same form is laid over it.

pub mod check;
pub mod command;
pub mod engine;
pub mod profile;
pub mod template;

mod batch;
mod catalog;
mod dialect;
mod endpoint;
mod entry;
mod error;
mod file;
pub mod insert;
mod keyword;
mod load;
mod overlay;
mod phase;
mod prompts;
mod provider;
mod question;
mod reference;
mod unknown;
mod validate;
pub mod written;

pub use batch::BatchDiscount;
pub use catalog::Catalog;
pub use check::{AnswerCheck, CheckRule};
pub use dialect::Dialect;
pub use endpoint::EndpointFields;
pub use error::CatalogError;
#[cfg(feature = "schema")]
pub use file::CatalogFile;
pub use phase::{Model, Phase, PhaseGroup};
pub use prompts::{CatalogPrompt, PromptSet};
pub use provider::{ExtraFields, ModelOffer, Provider, TokenLimit};
pub use question::{Question, QuestionKind};
pub use reference::ReferenceFigure;
pub use unknown::{UnknownName, near};
pub use validate::is_reserved;

pub use speed_kings_core::race::hardware::Hardware;
pub use speed_kings_core::race::price::{Claim, Price};

#[cfg(test)]
mod tests;
