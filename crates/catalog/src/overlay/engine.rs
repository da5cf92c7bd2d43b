//! An engine's entry made into the domain's type. It replaces an older one as a whole: half a command starts nothing.

use crate::Dialect;
use crate::command::{CommandOutput, CommandSpec};
use crate::engine::{EngineModel, EngineOption, EngineScript, EngineService, EngineSpec};
use crate::file::{EngineEntry, OptionEntry, ServiceEntry};
use crate::keyword::KeywordReader;

/// Seconds that an engine may take to get ready where its entry says nothing: a large model from a slow disk.
const USUAL_READY_S: f64 = 600.0;

impl EngineEntry {
    pub(super) fn spec(self, problems: &mut Vec<String>) -> EngineSpec {
        let mut words = KeywordReader { what: "engine", entry: &self.id, problems };
        let (mut model, mut output, mut script) = (EngineModel::default(), CommandOutput::default(), None);
        words.read(&mut model, "model", self.model, &EngineModel::ALL, EngineModel::as_str);
        words.read(&mut output, "output", self.output, &CommandOutput::ALL, CommandOutput::as_str);
        let scripts = EngineScript::ALL.map(Some);
        words.read(&mut script, "script", self.script, &scripts, |script| script.map_or("", EngineScript::as_str));
        let service = self.serves.map(|service| service.service(&mut words));
        let options = self.options.into_iter().map(|(name, option)| (name, EngineOption::from(option))).collect();
        EngineSpec {
            id: self.id,
            name: self.name,
            model,
            command: CommandSpec {
                argv: self.command,
                dir: None,
                env: self.env,
                output,
                skip: self.skip,
                until: self.until,
                figures: self.figures,
            },
            options,
            defaults: self.defaults,
            service,
            script,
            note: self.note,
        }
    }
}

impl ServiceEntry {
    fn service(self, words: &mut KeywordReader<'_>) -> EngineService {
        let mut dialect = Dialect::OpenAi;
        words.read(&mut dialect, "dialect", self.dialect, &Dialect::ALL, Dialect::as_str);
        EngineService {
            path: self.path.unwrap_or_default(),
            dialect,
            ready: self.ready,
            model: self.model,
            load: self.load,
            ready_s: self.ready_s.unwrap_or(USUAL_READY_S),
        }
    }
}

impl From<OptionEntry> for EngineOption {
    fn from(OptionEntry { args, env, switch, proof }: OptionEntry) -> Self {
        Self { args, env, switch, proof }
    }
}
