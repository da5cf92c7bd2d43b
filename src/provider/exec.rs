//! A contestant that is a command: started at the green light, its standard output is the answer, read as it comes.
//!
//! Nothing of it is warm: the start of the process, and the loading of a model that goes with it, belong to its time to
//! first token, as a cold connection does. So it is never [`Connected`](EventKind::Connected), and counts as cold.
//! Its arguments are filled in without a shell, API keys are taken out of its environment, and it ends with all its
//! children when the race does.

mod argv;
mod aside;
mod cut;
mod figures;
mod group;
mod reader;
mod running;
mod sample;
mod utf8;

use std::ffi::OsStr;
use std::io::{self, Write as _};
use std::path::Path;
use std::process::ExitStatus;
use std::time::Instant;

use tempfile::NamedTempFile;

use self::argv::Filling;
use self::reader::Reader;
use self::running::{End, Running};
use crate::bus::{Emitter, Stamper};
use crate::catalog::command::Command;
use crate::catalog::template::Hole;
use crate::draft;
use crate::provider::out::Out;
use crate::provider::secret::Secret;
use crate::provider::{Request, Timeouts};
use crate::race::event::{EventKind, Failure, FailureKind, LaneId};

/// Everything it takes to put a command on the track.
#[derive(Clone, Debug)]
pub struct Entrant {
    /// What is run.
    pub command: Command,
    /// What to ask.
    pub request: Request,
    /// The variable of its environment that holds a key for it, and the key.
    pub key: Option<(String, Secret)>,
    /// Variables that it does not get to see: the keys of others.
    pub withheld: Vec<String>,
    /// Whether thinking comes inside the answer, between `<think>` tags.
    pub think_tags: bool,
    /// How long to wait for what.
    pub timeouts: Timeouts,
}

/// A command that only has to be started.
pub struct Armed {
    command: std::process::Command,
    /// The prompt, when it goes to standard input.
    prompt: Option<Vec<u8>>,
    reader: Reader,
    /// Holds the prompt; gone with the race.
    file: Option<NamedTempFile>,
    entrant: Entrant,
}

/// Prepares `entrant`: after this only the process is to be made.
///
/// # Errors
/// When there is no such program, or the prompt can't be put where it wants it.
pub fn arm(entrant: Entrant) -> Result<Armed, Failure> {
    let Entrant { command: template, request, .. } = &entrant;
    let file = if template.takes(Hole::PromptFile) { Some(prompt_file(&request.prompt)?) } else { None };
    let filling = Filling { request, prompt_file: file.as_ref().and_then(|file| file.path().to_str()) };
    let argv = filling.argv(template);
    let [program, arguments @ ..] = argv.as_slice() else {
        return Err(Failure::new(FailureKind::Process, "the command names no program"));
    };
    if let Some(failure) = missing(template) {
        return Err(failure);
    }
    let mut command = std::process::Command::new(program);
    command.args(arguments);
    if let Some(dir) = &template.dir {
        command.current_dir(dir);
    }
    for name in &entrant.withheld {
        command.env_remove(name);
    }
    command.envs(entrant.key.iter().map(|(name, key)| (name.as_str(), key.expose()))).envs(&template.env);
    let elsewhere = template.takes(Hole::Prompt) || file.is_some();
    let prompt = (!elsewhere).then(|| request.prompt.clone().into_bytes());
    let reader = Reader::new(template, &filling, entrant.think_tags)?;
    Ok(Armed { command, prompt, reader, file, entrant })
}

/// Whether the program of `command` can be found. Where it is looked for in other ways than here, it always can.
#[must_use]
pub fn is_there(command: &Command) -> bool {
    let Some(program) = command.argv.first().filter(|_| cfg!(unix)) else { return true };
    if program.contains('/') {
        return Path::new(command.dir.as_deref().unwrap_or("")).join(program).is_file();
    }
    let path = command.env.get("PATH").map(Into::into).or_else(|| std::env::var_os("PATH"));
    std::env::split_paths(path.as_deref().unwrap_or(OsStr::new(""))).any(|dir| dir.join(program).is_file())
}

impl Armed {
    /// What the viewer should know before the race.
    pub(super) fn warning(&self) -> Option<String> {
        let Entrant { command, request, .. } = &self.entrant;
        let cap = request.max_tokens.filter(|_| !command.takes(Hole::MaxTokens))?;
        Some(format!("its command has no {{max_tokens}}: it doesn't hear of the cap of {cap}"))
    }

    /// Runs the lane to its end: every event of it goes out through `emitter`, the last one always being
    /// [`EventKind::Closed`] or [`EventKind::Failed`].
    pub(super) async fn run(self, lane: LaneId, emitter: &Emitter, stamper: &Stamper) {
        let Self { entrant, command, prompt, mut reader, file } = self;
        let out = Out::new(lane, emitter, entrant.key.as_ref().map(|(_, key)| key), entrant.request.max_tokens);
        let sent = Instant::now();
        out.send(sent, EventKind::Sent).await;
        let mut running = match Running::start(command, prompt).await {
            Ok(running) => running,
            Err(error) => return out.send(stamper.stamp(), EventKind::Failed(not_started(&entrant, &error))).await,
        };
        let (at, end) = running.follow(&mut reader, sent, &entrant.timeouts, &out, stamper).await;
        let (exit, facts) = running.end(&end, &mut reader).await;
        let last_words = running.aside.last_words();
        let mut kinds = Vec::new();
        match failure(entrant.command.program(), &end, exit, last_words.as_deref()) {
            Some(failure) => reader.abort(failure, &mut kinds),
            None => reader.finish(&mut kinds),
        }
        let last = kinds.pop().unwrap_or(EventKind::Closed);
        if !kinds.is_empty() {
            running.tell(at, &mut kinds, &out).await;
        }
        let now = stamper.stamp();
        out.send(now, EventKind::Process(facts)).await;
        let last = match out.past_cap() {
            Some(failure) if last == EventKind::Closed => EventKind::Failed(failure),
            _ => explained(last, last_words.as_deref()),
        };
        out.send(now, last).await;
        drop(file);
    }
}

fn prompt_file(prompt: &str) -> Result<NamedTempFile, Failure> {
    let write = || {
        let file = draft::temporary("prompt", ".txt")?;
        file.as_file().write_all(prompt.as_bytes())?;
        Ok::<_, io::Error>(file)
    };
    write().map_err(|error| Failure::new(FailureKind::Process, format!("cannot write a file for the prompt: {error}")))
}

/// The failure of a command whose program can't be found; nothing when it can.
#[must_use]
pub fn missing(command: &Command) -> Option<Failure> {
    let failure = || Failure::new(FailureKind::Process, format!("there is no program '{}'", command.program()));
    let next = "install it, put its folder on the PATH, or give its whole path";
    (!is_there(command)).then(|| failure().with_hint(next))
}

fn not_started(entrant: &Entrant, error: &io::Error) -> Failure {
    let name = entrant.command.program();
    let failure = Failure::new(FailureKind::Process, format!("cannot start '{name}': {}", plain(error)));
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
fn failure(name: &str, end: &End, exit: Option<ExitStatus>, last_words: Option<&str>) -> Option<Failure> {
    let failure = match (end, exit) {
        (End::Late(failure) | End::PastCap(failure), _) => return Some(failure.clone()),
        (End::Broken(error), _) => format!("cannot read what '{name}' writes: {}", plain(error)),
        (End::Output, Some(exit)) if !exit.success() => match (how(exit), last_words) {
            (how, Some(words)) => format!("'{name}' {how}: {words}"),
            (how, None) => format!("'{name}' {how} and said nothing on standard error"),
        },
        (End::Output, _) => return None,
    };
    Some(Failure::new(FailureKind::Process, failure))
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
    EventKind::Failed(match (failure.hint.as_deref(), told) {
        (Some(hint), Some(told)) => {
            let hint = format!("{hint}; {told}");
            failure.with_hint(hint)
        }
        (None, Some(told)) => failure.with_hint(told),
        (None, None) if failure.kind == FailureKind::Process => {
            failure.with_hint("run the command by hand to see what it does")
        }
        (_, None) => failure,
    })
}

/// The error without the operating system's number, which helps nobody.
fn plain(error: &io::Error) -> String {
    let text = error.to_string();
    text.split(" (os error").next().unwrap_or_default().to_lowercase()
}

#[cfg(test)]
#[cfg(unix)]
mod tests;
