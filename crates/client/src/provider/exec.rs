//! A contestant that is a command: started at the green light, its standard output is the answer, read as it comes.
//!
//! Nothing of it is warm: the start of the process, and the loading of a model that goes with it, belong to its time to
//! first token, as a cold connection does. So it is never [`Connected`](EventKind::Connected), and counts as cold.
//! Its arguments are filled in without a shell, API keys are taken out of its environment, and it ends with all its
//! children when the race does.

mod argv;
mod figures;

mod output_cutter;
mod reader;
mod running;
mod sample;
mod stderr;
mod utf8;

use std::ffi::OsStr;
use std::io::{self, Write as _};
use std::path::Path;
use std::process::ExitStatus;
use std::time::Instant;

use tempfile::NamedTempFile;

use self::argv::TemplateValues;
use self::reader::CommandReader;
use self::running::{RunEnd, RunningCommand};
use crate::bus::{EventEmitter, ReadClock};
use crate::provider::lane_emitter::LaneEmitter;
use crate::provider::secret::Secret;
use crate::provider::{CompletionRequest, RequestTimeouts};
use speed_kings_catalog::command::CommandSpec;
use speed_kings_catalog::template::TemplateField;
use speed_kings_core::race::event::{EventKind, FailureKind, LaneFailure, LaneId};
use speed_kings_system::atomic_file;

/// Everything it takes to put a command on the track.
#[derive(Clone, Debug)]
pub struct CommandContestant {
    /// The command to run, with its arguments still as templates.
    pub command: CommandSpec,
    /// The model, the prompt and the settings to ask with.
    pub request: CompletionRequest,
    /// The variable of its environment that holds a key for it, and the key.
    pub key: Option<(String, Secret)>,
    /// Variables that it does not get to see: the keys of others.
    pub withheld: Vec<String>,
    /// Whether thinking comes inside the answer, between `<think>` tags.
    pub think_tags: bool,
    /// How long to wait for what.
    pub timeouts: RequestTimeouts,
}

/// A command that only has to be started.
pub struct PreparedCommand {
    command: std::process::Command,
    /// The prompt, when it goes to standard input.
    prompt: Option<Vec<u8>>,
    reader: CommandReader,
    /// Holds the prompt; gone with the race.
    file: Option<NamedTempFile>,
    contestant: CommandContestant,
}

/// Prepares `contestant`: after this only the process is to be made.
///
/// # Errors
/// When there is no such program, or the prompt can't be put where it wants it.
pub fn prepare_request(contestant: CommandContestant) -> Result<PreparedCommand, LaneFailure> {
    let CommandContestant { command: template, request, .. } = &contestant;
    let file = if template.takes(TemplateField::PromptFile) { Some(prompt_file(&request.prompt)?) } else { None };
    let filling = TemplateValues { request, prompt_file: file.as_ref().and_then(|file| file.path().to_str()) };
    let argv = filling.argv(template);
    let [program, arguments @ ..] = argv.as_slice() else {
        return Err(LaneFailure::new(FailureKind::Process, "the command names no program"));
    };
    if let Some(failure) = missing(template) {
        return Err(failure);
    }
    let mut command = std::process::Command::new(program);
    command.args(arguments);
    if let Some(dir) = &template.dir {
        command.current_dir(dir);
    }
    for name in &contestant.withheld {
        command.env_remove(name);
    }
    command.envs(contestant.key.iter().map(|(name, key)| (name.as_str(), key.expose()))).envs(&template.env);
    let elsewhere = template.takes(TemplateField::Prompt) || file.is_some();
    let prompt = (!elsewhere).then(|| request.prompt.clone().into_bytes());
    let reader = CommandReader::new(template, &filling, contestant.think_tags)?;
    Ok(PreparedCommand { command, prompt, reader, file, contestant })
}

/// Whether the program of `command` can be found. Where it is looked for in other ways than here, it always can.
#[must_use]
pub fn is_there(command: &CommandSpec) -> bool {
    let Some(program) = command.argv.first().filter(|_| cfg!(unix)) else { return true };
    if program.contains('/') {
        return Path::new(command.dir.as_deref().unwrap_or("")).join(program).is_file();
    }
    let path = command.env.get("PATH").map(Into::into).or_else(|| std::env::var_os("PATH"));
    std::env::split_paths(path.as_deref().unwrap_or(OsStr::new(""))).any(|dir| dir.join(program).is_file())
}

impl PreparedCommand {
    /// What the viewer should know before the race.
    pub(super) fn warning(&self) -> Option<String> {
        let CommandContestant { command, request, .. } = &self.contestant;
        let cap = request.max_tokens.filter(|_| !command.takes(TemplateField::MaxTokens))?;
        Some(format!("its command has no {{max_tokens}}: it doesn't hear of the cap of {cap}"))
    }

    /// Runs the lane to its end: every event of it goes out through `emitter`, the last one always being
    /// [`EventKind::Closed`] or [`EventKind::Failed`].
    pub(super) async fn run(self, lane: LaneId, emitter: &EventEmitter, stamper: &ReadClock) {
        let Self { contestant, command, prompt, mut reader, file } = self;
        let out =
            LaneEmitter::new(lane, emitter, contestant.key.as_ref().map(|(_, key)| key), contestant.request.max_tokens);
        let sent = Instant::now();
        out.send(sent, EventKind::Sent).await;
        let mut running = match RunningCommand::start(command, prompt).await {
            Ok(running) => running,
            Err(error) => {
                return out.send(stamper.stamp(), EventKind::Failed(Box::new(not_started(&contestant, &error)))).await;
            }
        };
        let (at, end) = running.follow(&mut reader, sent, &contestant.timeouts, &out, stamper).await;
        let (exit, facts) = running.end(&end, &mut reader).await;
        let last_words = running.aside.last_words();
        let mut kinds = Vec::new();
        match failure(contestant.command.program(), &end, exit, last_words.as_deref()) {
            Some(failure) => reader.abort(failure, &mut kinds),
            None => reader.finish(&mut kinds),
        }
        let last = kinds.pop().unwrap_or(EventKind::Closed);
        if !kinds.is_empty() {
            running.tell(at, &mut kinds, &out).await;
        }
        let now = stamper.stamp();
        out.send(now, EventKind::Process(Box::new(facts))).await;
        let last = match out.past_cap() {
            Some(failure) if last == EventKind::Closed => EventKind::Failed(Box::new(failure)),
            _ => explained(last, last_words.as_deref()),
        };
        out.send(now, last).await;
        drop(file);
    }
}

fn prompt_file(prompt: &str) -> Result<NamedTempFile, LaneFailure> {
    let write = || {
        let file = atomic_file::temporary("prompt", ".txt")?;
        file.as_file().write_all(prompt.as_bytes())?;
        Ok::<_, io::Error>(file)
    };
    write()
        .map_err(|error| LaneFailure::new(FailureKind::Process, format!("cannot write a file for the prompt: {error}")))
}

/// The failure of a command whose program can't be found; nothing when it can.
#[must_use]
pub fn missing(command: &CommandSpec) -> Option<LaneFailure> {
    let failure = || LaneFailure::new(FailureKind::Process, format!("there is no program '{}'", command.program()));
    let next = "install it, put its folder on the PATH, or give its whole path";
    (!is_there(command)).then(|| failure().with_hint(next))
}

fn not_started(contestant: &CommandContestant, error: &io::Error) -> LaneFailure {
    let name = contestant.command.program();
    let failure = LaneFailure::new(FailureKind::Process, format!("cannot start '{name}': {}", plain(error)));
    match error.kind() {
        io::ErrorKind::NotFound => {
            failure.with_hint("is it installed, is the interpreter that it names, and is the folder it runs in there?")
        }
        io::ErrorKind::PermissionDenied => failure.with_hint("make it executable with chmod +x"),
        io::ErrorKind::ArgumentListTooLong => {
            failure.with_hint("the prompt is too long for an argument: use {prompt_file}, or standard input")
        }
        _ => failure,
    }
}

/// Why it is out, if it is.
fn failure(name: &str, end: &RunEnd, exit: Option<ExitStatus>, last_words: Option<&str>) -> Option<LaneFailure> {
    let failure = match (end, exit) {
        (RunEnd::Late(failure) | RunEnd::PastCap(failure), _) => return Some(failure.clone()),
        (RunEnd::Broken(error), _) => format!("cannot read what '{name}' writes: {}", plain(error)),
        (RunEnd::Output, Some(exit)) if !exit.success() => match (how(exit), last_words) {
            (how, Some(words)) => format!("'{name}' {how}: {words}"),
            (how, None) => format!("'{name}' {how} and said nothing on standard error"),
        },
        (RunEnd::Output, _) => return None,
    };
    Some(LaneFailure::new(FailureKind::Process, failure))
}

fn how(exit: ExitStatus) -> String {
    if let Some(code) = exit.code() {
        return format!("exited with code {code}");
    }
    #[cfg(unix)]
    if let Some(signal) = std::os::unix::process::ExitStatusExt::signal(&exit) {
        return format!("was ended by signal {signal}");
    }
    "ended badly".into()
}

/// The last event with what the command said last on standard error and the next step, where it is a failure.
fn explained(last: EventKind, last_words: Option<&str>) -> EventKind {
    let EventKind::Failed(failure) = last else { return last };
    let words = last_words.filter(|words| !failure.message.contains(words));
    let told = words.map(|words| format!("on standard error it said: {words}"));
    let failure = *failure;
    EventKind::Failed(Box::new(match (failure.hint.as_deref(), told) {
        (Some(hint), Some(told)) => {
            let hint = format!("{hint}; {told}");
            failure.with_hint(hint)
        }
        (None, Some(told)) => failure.with_hint(told),
        (None, None) if failure.kind == FailureKind::Process => {
            failure.with_hint("run the command by hand to see what it does")
        }
        (_, None) => failure,
    }))
}

/// The error without the operating system's number, which helps nobody.
fn plain(error: &io::Error) -> String {
    let text = error.to_string();
    text.split(" (os error").next().unwrap_or_default().to_lowercase()
}

#[cfg(test)]
#[cfg(unix)]
mod tests;
