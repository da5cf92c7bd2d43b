//! An engine's template filled in with a model, a port and the user's settings: what will be started, word for word.
//! What fills a hole is never read for holes again, and no shell ever sees it.

use std::collections::BTreeMap;

use super::request::{EngineRequest, PROGRAM_SETTING, model_stem};
use super::script::EngineScript;
use super::spec::{EngineModel, EngineOption, EngineSpec};
use crate::command::CommandSpec;
use crate::template::{TemplateField, TemplatePart, parts};

/// A command that can be started.
#[derive(Clone, PartialEq, Debug)]
pub struct FilledEngine {
    /// What is started. Where the engine does not serve, holes for the prompt are left in it.
    pub command: CommandSpec,
    /// The model's name on the wire, where the engine has one for it.
    pub model: Option<String>,
    /// The settings that hold, defaults among them.
    pub settings: BTreeMap<String, String>,
    /// The patterns that prove in the log that a setting had an effect, by setting.
    pub proofs: BTreeMap<String, String>,
}

impl EngineSpec {
    /// Fills the template in. `port` is where it is to listen.
    ///
    /// # Errors
    /// What can't be filled in, for a person: a setting that it doesn't have, a value that is none.
    pub fn fill(&self, request: &EngineRequest, port: u16) -> Result<FilledEngine, String> {
        if request.model.is_empty() {
            let form = match self.model {
                EngineModel::File => "a model file, for example engine:{}@model.gguf",
                EngineModel::Folder => "the folder of a model, for example engine:{}@models/smollm2",
                EngineModel::Name => "the name of a model, for example engine:{}@smollm2:135m",
            };
            return Err(format!("the engine '{}' needs {}", self.id, form.replace("{}", &self.id)));
        }
        let mut settings = self.defaults.clone();
        for (name, value) in request.settings.iter().filter(|(name, _)| *name != PROGRAM_SETTING) {
            let (name, option) = self.option(name).map_err(|unknown| format!("{unknown} (engine '{}')", self.id))?;
            match switched(name, option, value)? {
                Some(value) => settings.insert(name.to_owned(), value),
                None => settings.remove(name),
            };
        }
        let script = self.script.map(EngineScript::text).unwrap_or_default();
        let values = EngineValues { request, settings: &settings, port, script: &script };
        let mut command = self.command.clone();
        let fill_all = |texts: &[String]| texts.iter().map(|text| values.text(text)).collect::<Vec<_>>();
        command.argv = fill_all(&self.command.argv);
        command.env = self.command.env.iter().map(|(name, text)| (name.clone(), values.text(text))).collect();
        for option in settings.keys().filter_map(|name| self.options.get(name)) {
            command.argv.extend(fill_all(&option.args));
            command.env.extend(option.env.iter().map(|(name, text)| (name.clone(), values.text(text))));
        }
        if let (Some(program), Some(first)) = (request.settings.get(PROGRAM_SETTING), command.argv.first_mut()) {
            first.clone_from(program);
        }
        if self.serves() {
            // Nothing reads it for holes again.
            command.argv.iter_mut().chain(command.env.values_mut()).for_each(|text| *text = literal(text));
        }
        let model = self.service.as_ref().and_then(|service| service.model.as_ref());
        let model = model.map(|model| literal(&values.text(model)));
        let given = |name: &&String| request.settings.contains_key(*name);
        let proof = |name: &String| Some((name.clone(), self.options.get(name)?.proof.clone()?));
        let proofs = settings.keys().filter(given).filter_map(proof).collect();
        Ok(FilledEngine { command, model, settings, proofs })
    }
}

/// The value of a setting as it is to be filled in; nothing where a switch is off.
fn switched(name: &str, option: &EngineOption, value: &str) -> Result<Option<String>, String> {
    if !option.switch {
        return match value {
            "" | "on" => Err(format!("the setting '{name}' needs a value, for example {name}=1")),
            value => Ok(Some(value.to_owned())),
        };
    }
    match value {
        "on" | "true" | "yes" | "1" => Ok(Some("on".into())),
        "off" | "false" | "no" | "0" => Ok(None),
        other => Err(format!("invalid value '{other}' of the setting '{name}': expected on or off")),
    }
}

/// What fills the holes.
struct EngineValues<'a> {
    request: &'a EngineRequest,
    settings: &'a BTreeMap<String, String>,
    port: u16,
    script: &'a str,
}

impl EngineValues<'_> {
    /// `template` filled in. Holes of the prompt stay holes, and what was filled in can't become one.
    fn text(&self, template: &str) -> String {
        let fill = |part: TemplatePart<'_>| match part {
            TemplatePart::Text(text) => escaped(text),
            TemplatePart::Hole(TemplateField::Model) => escaped(&self.request.model),
            TemplatePart::Hole(hole) => format!("{{{}}}", hole.as_str()),
            TemplatePart::Unknown(name) => escaped(&self.value(name)),
        };
        parts(template).into_iter().map(fill).collect()
    }

    fn value(&self, name: &str) -> String {
        let setting = |name: &str| self.settings.get(name).cloned().unwrap_or_default();
        match name {
            "model_file" => self.request.model.clone(),
            "model_name" => model_stem(&self.request.model).to_owned(),
            "port" => self.port.to_string(),
            "script" => self.script.to_owned(),
            // Engines that divide one context among their slots are given enough for each.
            "context_total" => {
                let number = |name: &str| setting(name).parse::<u64>().ok();
                let slots = number("slots").unwrap_or(1).max(1);
                number("context").map_or_else(|| setting("context"), |each| each.saturating_mul(slots).to_string())
            }
            name => setting(name),
        }
    }
}

/// `text` so that no part of it is read as a hole.
fn escaped(text: &str) -> String {
    let keep = |part: TemplatePart<'_>| match part {
        TemplatePart::Text(text) => text.to_owned(),
        TemplatePart::Hole(hole) => format!("{{{{{}}}}}", hole.as_str()),
        TemplatePart::Unknown(name) => format!("{{{{{name}}}}}"),
    };
    parts(text).into_iter().map(keep).collect()
}

/// `text` without the marks of [`escaped`].
fn literal(text: &str) -> String {
    let plain = |part: TemplatePart<'_>| match part {
        TemplatePart::Text(text) => text.to_owned(),
        TemplatePart::Hole(hole) => format!("{{{}}}", hole.as_str()),
        TemplatePart::Unknown(name) => format!("{{{name}}}"),
    };
    parts(text).into_iter().map(plain).collect()
}
