//! The template of an engine as the catalogue has it, checked as a whole.

use std::collections::BTreeMap;

use regex_lite::Regex;

use super::request::{EngineRequest, PROGRAM_SETTING, model_stem, setting_name};
use super::script::EngineScript;
use crate::command::CommandSpec;
use crate::template::{TemplateField, TemplatePart, parts};
use crate::unknown::UnknownName;
use crate::{Dialect, Provider};

/// Holes of an engine's texts beside its settings and those of a command.
const HOLES: [&str; 5] = ["model_file", "model_name", "port", "script", "context_total"];
/// An engine that can be started.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct EngineSpec {
    /// Its unique id, for example `llama-server`.
    pub id: String,
    /// What people call it, for example `llama.cpp`.
    pub name: String,
    /// What its model is given as.
    pub model: EngineModel,
    /// The command that starts it; with a [service](Self::service) it serves, without one it answers a single prompt and ends.
    pub command: CommandSpec,
    /// What it can be told, by the setting's name.
    pub options: BTreeMap<String, EngineOption>,
    /// Settings that hold where the user says nothing.
    pub defaults: BTreeMap<String, String>,
    /// How it is asked once it serves.
    pub service: Option<EngineService>,
    /// The program text that its command runs, where it is one of ours.
    pub script: Option<EngineScript>,
    /// What a user should know before starting it.
    pub note: Option<String>,
}

/// What an engine's model is given as.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum EngineModel {
    /// The path of a file.
    #[default]
    File,
    /// The path of a folder.
    Folder,
    /// A name that the engine knows.
    Name,
}

impl EngineModel {
    /// All forms of a model.
    pub const ALL: [Self; 3] = [Self::File, Self::Folder, Self::Name];

    /// The name in files.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::File => "file",
            Self::Folder => "folder",
            Self::Name => "name",
        }
    }
}

/// What a setting becomes.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct EngineOption {
    /// Arguments that are added.
    pub args: Vec<String>,
    /// Environment that is added.
    pub env: BTreeMap<String, String>,
    /// It takes no value: `cpu-moe` or `cpu-moe=on`.
    pub switch: bool,
    /// A pattern that the engine's log has when the setting had an effect; absent where the log doesn't tell.
    pub proof: Option<String>,
}

/// How a started engine is asked.
#[derive(Clone, PartialEq, Debug)]
pub struct EngineService {
    /// The path of its API, for example `/v1`.
    pub path: String,
    /// Which API it speaks.
    pub dialect: Dialect,
    /// The path that answers 200 from when it is ready.
    pub ready: String,
    /// The model's name on the wire, with holes; the first that it lists where none is given.
    pub model: Option<String>,
    /// The model is loaded by the first request: one is sent before the race.
    pub load: bool,
    /// Seconds that it may take to get ready.
    pub ready_s: f64,
}

impl EngineSpec {
    /// Whether it serves, and doesn't end with its answer.
    #[must_use]
    pub const fn serves(&self) -> bool {
        self.service.is_some()
    }

    /// The option of this name, whatever stands between its words.
    ///
    /// # Errors
    /// When it has no such option; the error names the nearest.
    pub fn option(&self, name: &str) -> Result<(&str, &EngineOption), UnknownName> {
        let wanted = setting_name(name);
        let found = self.options.iter().find(|(known, _)| **known == wanted);
        found.map(|(known, option)| (known.as_str(), option)).ok_or_else(|| {
            let known = self.options.keys().map(String::as_str).chain([PROGRAM_SETTING]);
            UnknownName::new("engine setting", name, known, None)
        })
    }

    /// What a lane is called that it runs in: its name with the settings that were given for it.
    #[must_use]
    pub fn label(&self, request: &EngineRequest) -> String {
        let given = request.settings.iter().filter(|(name, _)| *name != PROGRAM_SETTING);
        let given: Vec<String> = given.map(|(name, value)| format!("{name}={value}")).collect();
        if given.is_empty() { self.name.clone() } else { format!("{} {}", self.name, given.join(" ")) }
    }

    /// It as a provider of one model, called `name`; where it is, is known only when it is prepared.
    #[must_use]
    pub fn provider(&self, name: &str, request: &EngineRequest) -> Provider {
        let dialect = self.service.as_ref().map_or(Dialect::OpenAi, |service| service.dialect);
        Provider { id: self.id.clone(), dialect, ..Provider::of_model(name, model_stem(&request.model)) }
    }

    /// What is wrong with it, each problem as one line.
    pub(crate) fn problems(&self) -> Vec<String> {
        let mut problems: Vec<String> = Vec::new();
        if self.command.program().trim().is_empty() {
            problems.push("its command names no program".into());
        }
        let options = self.options.values();
        let texts = self.command.argv.iter().chain(self.command.env.values());
        let texts = texts.chain(options.flat_map(|option| option.args.iter().chain(option.env.values())));
        let model = self.service.as_ref().and_then(|service| service.model.as_ref());
        for name in texts.chain(model).flat_map(|text| parts(text)).filter_map(|part| self.unknown(part)) {
            let known = self.options.keys().map(String::as_str).chain(HOLES);
            problems.push(UnknownName::new("placeholder", name, known, None).to_string());
        }
        for (name, option) in &self.options {
            if name.is_empty() || setting_name(name) != *name {
                problems.push(format!("the setting '{name}' must be small letters, digits and '_' only"));
            }
            if let Some(Err(error)) = option.proof.as_deref().map(Regex::new) {
                problems.push(format!("the proof of its setting {name} is not a regular expression: {error}"));
            }
        }
        let odd = self.defaults.keys().filter(|name| !self.options.contains_key(*name));
        problems.extend(odd.map(|name| format!("its defaults name '{name}', which is not one of its options")));
        if let Some(service) = &self.service {
            if !(service.path.starts_with('/') || service.path.is_empty()) || !service.ready.starts_with('/') {
                problems.push("the paths of its service must begin with '/'".into());
            }
            if !(service.ready_s > 0.0 && service.ready_s.is_finite()) {
                problems.push("ready_s must be more than 0 seconds".into());
            }
            let takes_prompt =
                [TemplateField::Prompt, TemplateField::PromptFile].iter().any(|hole| self.command.takes(*hole));
            if takes_prompt {
                problems
                    .push("a command that serves is started before there is a prompt: {prompt} has no value".into());
            }
        }
        problems
    }

    /// The name of a hole that nothing fills.
    fn unknown<'a>(&self, part: TemplatePart<'a>) -> Option<&'a str> {
        let TemplatePart::Unknown(name) = part else { return None };
        (!HOLES.contains(&name) && !self.options.contains_key(name)).then_some(name)
    }
}
