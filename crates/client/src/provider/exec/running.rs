//! A command that runs: started away from the network thread, followed read by read, and ended with all its children.
//! What it writes is stamped at the read, before it is decoded.

use std::io;
use std::process::{ExitStatus, Stdio};
use std::time::{Duration, Instant};

use tokio::io::AsyncReadExt as _;
use tokio::process::{ChildStderr, ChildStdin, ChildStdout};
use tokio::time::{sleep, sleep_until, timeout};

use super::reader::CommandReader;
use super::sample::ProcessSampler;
use super::stderr::{PromptFeed, StderrCapture};
use crate::bus::ReadClock;
use crate::provider::RequestTimeouts;
use crate::provider::deadline::Deadline;
use crate::provider::lane_emitter::LaneEmitter;
use speed_kings_core::race::event::{EventKind, FailureKind, LaneFailure, ProcessFacts};
use speed_kings_system::process_group::ProcessGroup;

/// The most that is read at once, in bytes.
const READ: usize = 64 * 1024;
/// How long a command may take to exit after its output has ended.
const AFTER_OUTPUT: Duration = Duration::from_secs(2);
/// How long children may hold the output open after the command has exited.
const AFTER_EXIT: Duration = Duration::from_millis(500);
/// Between two looks whether a command has exited while its output goes on: the end of that tells sooner.
const LOOK: Duration = Duration::from_millis(100);
/// The same once its output has ended.
const CLOSE_LOOK: Duration = Duration::from_millis(2);

/// Why the following ended.
#[derive(Debug)]
pub(super) enum RunEnd {
    /// The output ended, or nothing more came of it after the command's exit.
    Output,
    /// Something did not come within its time.
    Late(LaneFailure),
    /// The output can't be read.
    Broken(io::Error),
    /// More came than the lane may say.
    PastCap(LaneFailure),
}

/// A command that runs.
pub(super) struct RunningCommand {
    group: ProcessGroup,
    stdout: ChildStdout,
    feed: PromptFeed,
    pub(super) aside: StderrCapture,
    sampler: Option<ProcessSampler>,
    exited: bool,
    begun: bool,
}

impl RunningCommand {
    /// Starts `command`, whose standard input gets `prompt` if there is one. Making a process takes its time, so
    /// another thread does it: the lanes beside this one have started by then.
    pub(super) async fn start(mut command: std::process::Command, prompt: Option<Vec<u8>>) -> io::Result<Self> {
        command.stdin(if prompt.is_some() { Stdio::piped() } else { Stdio::null() });
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        // Whoever gives up waiting for this thread ends the command with it: its group is dropped then.
        let started = tokio::task::spawn_blocking(move || ProcessGroup::start(&mut command));
        let mut group = started.await.map_err(io::Error::other)??;
        let (stdin, stdout, stderr) = group.pipes();
        let stdout = stdout.ok_or_else(|| io::Error::other("it has no standard output"))?;
        let stdout = ChildStdout::from_std(stdout)?;
        let feed = PromptFeed::new(stdin.map(ChildStdin::from_std).transpose()?, prompt.unwrap_or_default());
        let aside = StderrCapture::new(stderr.map(ChildStderr::from_std).transpose()?);
        let sampler = Some(ProcessSampler::start(group.number()));
        Ok(Self { group, stdout, feed, aside, sampler, exited: false, begun: false })
    }

    /// Reads until the output ends or does not come in time. `sent` is when the race started it.
    pub(super) async fn follow(
        &mut self,
        reader: &mut CommandReader,
        sent: Instant,
        timeouts: &RequestTimeouts,
        out: &LaneEmitter<'_>,
        stamper: &ReadClock,
    ) -> (Instant, RunEnd) {
        let (mut buffer, mut kinds) = (vec![0; READ], Vec::new());
        let (mut quiet, mut look, pulse) = (None, sent + LOOK, stamper.pulse());
        let run = Deadline::new(sent, FailureKind::RunTimeout, timeouts.run, pulse);
        let first = Deadline::new(sent, FailureKind::FirstTokenTimeout, timeouts.first_token, pulse);
        let mut next = first.or(run);
        loop {
            let (until, orphaned) = (next.moment(pulse), quiet.map(|quiet: Instant| quiet + AFTER_EXIT));
            let deadline = orphaned.map_or(until, |orphaned| orphaned.min(until));
            tokio::select! {
                // The answer goes first; the exit comes after the output that stood before it.
                biased;
                read = self.stdout.read(&mut buffer) => {
                    let at = stamper.stamp();
                    match read {
                        Ok(0) => return (at, RunEnd::Output),
                        Ok(read) => {
                            out.read(read);
                            reader.feed(buffer.get(..read).unwrap_or_default(), &mut kinds);
                        }
                        Err(error) => return (at, RunEnd::Broken(error)),
                    }
                    quiet = self.exited.then_some(at);
                    if self.tell(at, &mut kinds, out).await {
                        next = Deadline::new(at, FailureKind::IdleTimeout, timeouts.idle, pulse).or(run);
                    }
                    if let Some(failure) = out.past_cap() {
                        return (at, RunEnd::PastCap(failure));
                    }
                    // An output without a pause leaves the timer no turn.
                    if at >= next.moment(pulse) {
                        return (at, RunEnd::Late(next.missed()));
                    }
                }
                () = sleep_until(deadline.into()) => {
                    let at = stamper.stamp();
                    if orphaned.is_some_and(|orphaned| at >= orphaned) {
                        return (at, RunEnd::Output);
                    }
                    // Unless the program itself stood still meanwhile, which has moved it.
                    if at >= next.moment(pulse) {
                        return (at, RunEnd::Late(next.missed()));
                    }
                }
                () = sleep_until(look.into()), if !self.exited => {
                    look = stamper.stamp() + LOOK;
                    self.exited = self.group.has_exited();
                    quiet = self.exited.then_some(look);
                }
                // Last, and bounded like the answer: what is said aside without a pause must not keep the others waiting.
                (read, lines) = self.aside.read() => {
                    out.read(read);
                    for line in &lines {
                        reader.aside(line);
                    }
                    let at = stamper.stamp();
                    if let Some(failure) = out.past_cap() {
                        return (at, RunEnd::PastCap(failure));
                    }
                    if at >= next.moment(pulse) {
                        return (at, RunEnd::Late(next.missed()));
                    }
                }
                () = self.feed.push() => {}
            }
        }
    }

    /// Sends `kinds` out, all of one read. Whether there was text among them.
    pub(super) async fn tell(&mut self, at: Instant, kinds: &mut Vec<EventKind>, out: &LaneEmitter<'_>) -> bool {
        if !std::mem::replace(&mut self.begun, true) {
            out.send(at, EventKind::FirstByte).await;
        }
        let text = kinds.iter().any(|kind| matches!(kind, EventKind::Text { .. }));
        for kind in kinds.drain(..) {
            out.send(at, kind).await;
        }
        text
    }

    /// Ends it: waits for its exit if its output has ended, else kills it. Gives its exit status, unless it had to be
    /// killed, and what it used.
    pub(super) async fn end(&mut self, end: &RunEnd, reader: &mut CommandReader) -> (Option<ExitStatus>, ProcessFacts) {
        let deadline = Instant::now() + AFTER_OUTPUT;
        while matches!(end, RunEnd::Output) && Instant::now() < deadline {
            self.exited = self.group.has_exited();
            if self.exited {
                break;
            }
            tokio::select! {
                biased;
                (_, lines) = self.aside.read() => lines.iter().for_each(|line| reader.aside(line)),
                () = sleep(CLOSE_LOOK) => {}
            }
        }
        // While there is still something to see.
        let mut facts = match self.sampler.take() {
            Some(sampler) => sampler.finish().await,
            None => ProcessFacts::default(),
        };
        self.group.kill();
        let last_words = async {
            while self.aside.is_open() {
                self.aside.read().await.1.iter().for_each(|line| reader.aside(line));
            }
        };
        // An error says that somebody keeps it open: enough was heard.
        let _ = timeout(AFTER_EXIT, last_words).await;
        let exit = self.group.collect().filter(|_| self.exited);
        facts.exit_code = exit.and_then(|exit| exit.code());
        (exit, facts)
    }
}
