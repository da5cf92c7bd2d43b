//! An engine that can be started on this machine for a race: its command, its settings, and the sign that it is ready.
//! A template, checked here and started elsewhere: a setting becomes arguments or environment, and only where it is given.

mod filled;
mod request;
mod script;
mod spec;

pub use filled::FilledEngine;
pub use request::{EngineRequest, PROGRAM_SETTING, model_stem, setting_name};
pub use script::EngineScript;
pub use spec::{EngineModel, EngineOption, EngineService, EngineSpec};

#[cfg(test)]
mod tests;
