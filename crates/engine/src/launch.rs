//! An engine started for a race: on a free port, waited for until it answers, its log read and kept, and ended with all
//! that it started. What goes wrong is told with the last thing that it said.

mod failure;
mod log_keeper;
mod processes;
mod ready;

use std::collections::BTreeMap;
use std::io;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use reqwest::Url;
use tokio::time::sleep;

use speed_kings_catalog::command::CommandSpec;
use speed_kings_catalog::engine::{EngineRequest, EngineService, EngineSpec, FilledEngine, model_stem};
use speed_kings_catalog::template::{TemplatePart, parts};
use speed_kings_client::provider::exec;
use speed_kings_core::race::engine::EngineStart;
use speed_kings_system::resources::page_cache::cached_share;
use speed_kings_system::resources::process_tree::ProcessTree;

pub use self::failure::EngineFailure;
use self::log_keeper::LogKeeper;
use self::processes::EngineProcesses;

/// The variable that marks all processes of one engine, so that those that left it are found.
const TAG: &str = "SPEED_KINGS_ENGINE";
/// How long an engine may take to end after it was asked to.
const FAREWELL: Duration = Duration::from_secs(3);
/// Between two looks whether it has ended.
const LOOK: Duration = Duration::from_millis(10);

/// Who an engine is: what a figure that was measured of it before is found by.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct EngineIdentity {
    /// The catalogue's id of the engine.
    pub engine: String,
    /// The model's name: its file or folder without the path and `.gguf`.
    pub model: String,
    /// Size of the model file, bytes; absent when it is no file.
    pub model_bytes: Option<u64>,
    /// The settings that the user gave it, by name.
    pub settings: BTreeMap<String, String>,
}

/// An engine that only has to be started.
#[derive(Debug)]
pub struct EngineLaunch {
    identity: EngineIdentity,
    /// Where its model is, where that is a file or a folder.
    model_path: PathBuf,
    filled: FilledEngine,
    service: EngineService,
    port: u16,
    /// Variables that it does not get to see: keys.
    withheld: Vec<String>,
    /// Where its log is kept; nowhere when it is not to be.
    log_file: Option<PathBuf>,
}

/// An engine that runs and can answer. It ends with this value.
#[derive(Debug)]
pub struct RunningEngine {
    processes: EngineProcesses,
    /// Where its API is.
    pub base_url: Url,
    /// The model's name on the wire.
    pub model: String,
    /// How it came up.
    pub start: EngineStart,
}

impl EngineLaunch {
    /// Fills `engine` in for `request` and finds a port for it. `withheld` are variables that hold keys of others.
    ///
    /// # Errors
    /// When a setting is wrong, the model or the program is not there, or no port is free.
    pub fn prepare(engine: &EngineSpec, request: &EngineRequest, withheld: Vec<String>) -> Result<Self, EngineFailure> {
        let service = engine.service.clone().ok_or_else(|| {
            EngineFailure::new(format!("the engine '{}' does not serve: it answers one prompt and ends", engine.id))
        })?;
        let port = free_port().map_err(|error| EngineFailure::new(format!("no free port on loopback: {error}")))?;
        let filled = engine.fill(request, port).map_err(EngineFailure::new)?;
        let model_bytes = model_bytes(engine, request)?;
        if let Some(missing) = exec::missing(&filled.command) {
            let hint = missing.hint.map(|hint| format!("{hint}; or say where it is with program=PATH"));
            return Err(EngineFailure { message: missing.message.into(), hint });
        }
        let identity = EngineIdentity {
            engine: engine.id.clone(),
            model: model_stem(&request.model).to_owned(),
            model_bytes,
            settings: request.settings.clone(),
        };
        let model_path = PathBuf::from(&request.model);
        Ok(Self { identity, model_path, filled, service, port, withheld, log_file: None })
    }

    /// Who it is, with its model.
    #[must_use]
    pub const fn identity(&self) -> &EngineIdentity {
        &self.identity
    }

    /// Where its API will be.
    ///
    /// # Errors
    /// When the catalogue's path can't be part of an address.
    pub fn base_url(&self) -> Result<Url, EngineFailure> {
        let text = format!("http://127.0.0.1:{}{}", self.port, self.service.path);
        Url::parse(&text).map_err(|error| EngineFailure::new(format!("invalid address {text}: {error}")))
    }

    /// Keeps its log, within bounds and with keys masked, in a file of `folder` that is named by engine, model and port.
    #[must_use]
    pub fn with_log_in(mut self, folder: &Path) -> Self {
        let name = format!("{}-{}-{}", self.identity.engine, self.identity.model, self.port);
        let name = name.replace(|letter: char| !(letter.is_alphanumeric() || "-._".contains(letter)), "_");
        self.log_file = Some(folder.join(format!("{name}.log")));
        self
    }

    /// Starts it and waits until it can answer.
    ///
    /// # Errors
    /// When it can't be started, ends, or is not ready in time. Nothing of it runs any more then.
    pub async fn start(self) -> Result<RunningEngine, EngineFailure> {
        let base_url = self.base_url()?;
        let Self { identity, model_path, filled, service, port, withheld, log_file } = self;
        let tag = format!("{:016x}", fastrand::u64(..));
        let mut command = command_of(&filled.command, &withheld);
        let cached = cached_share(&model_path);
        command.env(TAG, &tag);
        let begun = Instant::now();
        let log = LogKeeper::new(&filled.proofs);
        let mut processes = EngineProcesses::start(command, &filled.command, &format!("{TAG}={tag}"), log)?;
        processes.log_file = log_file;
        let deadline = begun + Duration::from_secs_f64(service.ready_s.min(86_400.0));
        let waiting = ready::EngineReadiness { base_url: &base_url, service: &service, port, deadline };
        let model = waiting.wait(&mut processes, filled.model.as_deref()).await?;
        let ready = begun.elapsed();
        let (facts, without_effect) = processes.log_facts();
        // Where something lies on this machine is nobody's business who reads the recording.
        let shown = |value: &str| -> Box<str> { value.rsplit(['/', '\\']).next().unwrap_or_default().into() };
        let settings = filled.settings.iter().map(|(name, value)| (name.as_str().into(), shown(value)));
        let start = EngineStart {
            engine: identity.engine.into(),
            ready: ready.into(),
            cached,
            storage_bytes: processes.tree.storage_bytes(),
            model_bytes: identity.model_bytes,
            memory: facts.memory().into(),
            layers: facts.layers,
            overrides: facts.overrides,
            settings: settings.collect(),
            without_effect,
            quality: None,
        };
        Ok(RunningEngine { processes, base_url, model, start })
    }
}

impl RunningEngine {
    /// Its processes, for whoever looks at what they use.
    #[must_use]
    pub fn tree(&self) -> ProcessTree {
        self.processes.tree.clone()
    }

    /// Why it can't answer any more; nothing while it runs.
    pub fn ended(&mut self) -> Option<EngineFailure> {
        self.processes.group.has_exited().then(|| self.processes.died("while it was being asked"))
    }

    /// Asks it to end, waits a little, and ends all that is left of it.
    pub async fn end(mut self) {
        self.processes.ask_to_end();
        let deadline = Instant::now() + FAREWELL;
        while Instant::now() < deadline && !self.processes.group.has_exited() {
            sleep(LOOK).await;
        }
    }
}

fn command_of(spec: &CommandSpec, withheld: &[String]) -> Command {
    let mut argv = spec.argv.iter();
    let mut command = Command::new(argv.next().map_or("", String::as_str));
    command.args(argv);
    for name in withheld {
        command.env_remove(name);
    }
    command.envs(&spec.env);
    command
}

/// A port that nobody has at this moment. Somebody may take it before the engine does, which is noticed.
fn free_port() -> io::Result<u16> {
    Ok(TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port())
}

/// The size of the model file, where it is one.
fn model_bytes(engine: &EngineSpec, request: &EngineRequest) -> Result<Option<u64>, EngineFailure> {
    use speed_kings_catalog::engine::EngineModel;
    let is_plain = |text: &str| parts(text).iter().all(|part| matches!(part, TemplatePart::Text(_)));
    let path = PathBuf::from(&request.model);
    let found = std::fs::metadata(&path);
    match (engine.model, found) {
        (EngineModel::File, Ok(file)) if file.is_file() => Ok(Some(file.len())),
        (EngineModel::Folder, Ok(folder)) if folder.is_dir() => Ok(None),
        (EngineModel::Name, found) => Ok(found.ok().filter(std::fs::Metadata::is_file).map(|file| file.len())),
        (EngineModel::File, _) => Err(EngineFailure::new(format!("there is no model file '{}'", request.model))
            .with_hint(if is_plain(&request.model) { "give its whole path" } else { "is a brace in its name meant?" })),
        (EngineModel::Folder, _) => Err(EngineFailure::new(format!("there is no model folder '{}'", request.model))),
    }
}

#[cfg(test)]
#[cfg(target_os = "linux")]
mod tests;
