//! What passes beside a command's answer: the prompt into its standard input, and what it says on standard error.
//! Every step can be given up half way and taken again, so that the answer never waits for them.

use std::collections::VecDeque;
use std::future::pending;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::process::{ChildStderr, ChildStdin};

use crate::provider::last_lines::LastLines;
use crate::sse::lines::{LineBreaks, LineSplitter, SseLine};

/// The longest line that is read, in bytes.
const MAX_LINE: usize = 16 * 1024;

/// The way of the prompt.
pub(super) struct PromptFeed {
    stdin: Option<ChildStdin>,
    left: VecDeque<u8>,
}

impl PromptFeed {
    pub(super) fn new(stdin: Option<ChildStdin>, prompt: Vec<u8>) -> Self {
        Self { stdin, left: prompt.into() }
    }

    /// Writes a piece and closes behind the last one. A command that doesn't listen is no error. Never ends when there
    /// is nothing to do.
    pub(super) async fn push(&mut self) {
        let Some(stdin) = &mut self.stdin else { return pending().await };
        let piece = self.left.make_contiguous();
        let written = if piece.is_empty() { 0 } else { stdin.write(piece).await.unwrap_or(0) };
        self.left.drain(..written);
        if written == 0 {
            self.stdin = None;
        }
    }
}

/// A command's standard error, read line by line; its last lines are kept.
pub(super) struct StderrCapture {
    stderr: Option<ChildStderr>,
    lines: LineSplitter,
    last: LastLines,
}

impl StderrCapture {
    pub(super) fn new(stderr: Option<ChildStderr>) -> Self {
        Self { stderr, lines: LineSplitter::new(LineBreaks::Any, MAX_LINE), last: LastLines::default() }
    }

    /// Whether more can come.
    pub(super) const fn is_open(&self) -> bool {
        self.stderr.is_some()
    }

    /// The next lines, and how many bytes have come. Never ends when no more can come.
    pub(super) async fn read(&mut self) -> (usize, Vec<String>) {
        let Some(stderr) = &mut self.stderr else { return pending().await };
        let mut buffer = [0; 8 * 1024];
        let read = stderr.read(&mut buffer).await.unwrap_or(0);
        let mut fresh = Vec::new();
        let mut note = |line: SseLine<'_>| {
            if let SseLine::Whole(line) = line {
                fresh.push(String::from_utf8_lossy(line).into_owned());
            }
        };
        if read == 0 {
            self.lines.finish(&mut note);
            self.stderr = None;
        } else {
            self.lines.feed(buffer.get(..read).unwrap_or_default(), &mut note);
        }
        for line in &fresh {
            self.last.push(line);
        }
        (read, fresh)
    }

    /// Its last words on one line, with whatever looks like a key masked.
    pub(super) fn last_words(&self) -> Option<Box<str>> {
        self.last.words()
    }
}
