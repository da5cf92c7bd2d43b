//! The log of an engine: read to its end so that the engine never waits, its beginning and end kept, the rest counted.
//! Each line is looked at for facts as it comes, so that what is left out was still read.

use std::collections::{BTreeMap, VecDeque};
use std::io::{self, BufRead as _, BufReader, Read};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};

use regex_lite::Regex;

use speed_kings_client::provider::excerpt::without_keys;
use speed_kings_client::provider::last_lines::LastLines;

use crate::engine_log::EngineLog;

/// Bytes of its beginning that are kept.
const HEAD: usize = 512 * 1024;
/// Bytes of its end that are kept.
const TAIL: usize = 512 * 1024;
/// The longest line that is read as one, in bytes.
const MAX_LINE: u64 = 16 * 1024;

/// What was read of a log so far.
#[derive(Debug, Default)]
pub(super) struct LogKeeper {
    head: Vec<u8>,
    tail: VecDeque<u8>,
    /// Bytes between the two.
    left_out: u64,
    last: LastLines,
    /// What its lines say about memory and layers.
    pub(super) facts: EngineLog,
    /// Settings whose effect no line has shown yet.
    unproven: BTreeMap<String, Regex>,
    open: u32,
}

impl LogKeeper {
    /// Waits for the lines that prove settings; `proofs` has the pattern of such a line by setting.
    pub(super) fn new(proofs: &BTreeMap<String, String>) -> Self {
        let proofs = proofs.iter().filter_map(|(name, pattern)| Some((name.clone(), Regex::new(pattern).ok()?)));
        Self { unproven: proofs.collect(), ..Self::default() }
    }

    fn line(&mut self, bytes: &[u8]) {
        let room = HEAD.saturating_sub(self.head.len());
        let (head, tail) = bytes.split_at(bytes.len().min(room));
        self.head.extend_from_slice(head);
        self.tail.extend(tail);
        let over = self.tail.len().saturating_sub(TAIL);
        self.tail.drain(..over);
        self.left_out += over as u64;
        let line = String::from_utf8_lossy(bytes);
        let line = line.trim_end();
        self.facts.line(line);
        self.unproven.retain(|_, pattern| !pattern.is_match(line));
        self.last.push(line);
    }

    /// Whether nothing more can come.
    pub(super) const fn is_over(&self) -> bool {
        self.open == 0
    }

    /// Settings that were given and have shown no effect.
    pub(super) fn unproven(&self) -> Box<[Box<str>]> {
        self.unproven.keys().map(|name| name.as_str().into()).collect()
    }

    /// Its last lines on one, with keys masked.
    pub(super) fn last_words(&self) -> Option<String> {
        self.last.words().map(Into::into)
    }

    /// All that is kept, with keys masked, and a line where something was left out.
    pub(super) fn kept(&self) -> Vec<u8> {
        let mut kept = self.head.clone();
        let mut tail: Vec<u8> = self.tail.iter().copied().collect();
        if self.left_out > 0 {
            kept.extend(format!("\n[{} bytes left out]\n", self.left_out).bytes());
            // The rest of a line that is cut may be the rest of a key.
            let begins = tail.iter().position(|byte| *byte == b'\n').map_or(tail.len(), |end| end + 1);
            tail.drain(..begins);
        }
        kept.extend(tail);
        without_keys(&String::from_utf8_lossy(&kept)).into_bytes()
    }
}

/// Reads `source` to its end on a thread of its own.
pub(super) fn follow(source: impl Read + Send + 'static, log: &Arc<Mutex<LogKeeper>>) -> io::Result<JoinHandle<()>> {
    let log = Arc::clone(log);
    log.lock().unwrap_or_else(PoisonError::into_inner).open += 1;
    thread::Builder::new().name("engine log".into()).spawn(move || {
        let mut lines = BufReader::new(source);
        let mut line = Vec::new();
        loop {
            line.clear();
            let read = lines.by_ref().take(MAX_LINE).read_until(b'\n', &mut line);
            let mut log = log.lock().unwrap_or_else(PoisonError::into_inner);
            if !matches!(read, Ok(1..)) {
                log.open -= 1;
                return;
            }
            log.line(&line);
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_log_without_end_keeps_its_beginning_and_its_end() {
        let mut log = LogKeeper::new(&BTreeMap::from([("cpu_moe".to_owned(), "overridden to CPU".to_owned())]));
        log.line(b"first\n");
        for number in 0..200_000 {
            log.line(format!("line {number} of many\n").as_bytes());
        }
        log.line(b"tensor blk.0.ffn_up_exps.weight (2 MiB q4_1) buffer type overridden to CPU\n");
        log.line(b"the key sk-0123456789abcdef0123456789abcdef was refused\n");
        let kept = log.kept();
        assert!(kept.len() < HEAD + TAIL + 100, "{}", kept.len());
        let text = String::from_utf8(kept).unwrap();
        assert!(text.starts_with("first\n") && text.contains("bytes left out]\nline "));
        assert!(text.ends_with("the key sk-… was refused\n"), "a file has no keys either");
        assert!(log.unproven().is_empty() && log.facts.overrides == 1);
        let words = log.last_words().unwrap();
        assert!(words.contains("was refused") && !words.contains("abcdef0123"), "{words}");
    }

    #[test]
    fn a_setting_without_its_line_is_told() {
        let mut log = LogKeeper::new(&BTreeMap::from([("gpu_layers".to_owned(), "offloaded \\d+".to_owned())]));
        log.line(b"load_tensors: no GPU here\n");
        assert_eq!(log.unproven(), vec!["gpu_layers".into()].into());
        assert_eq!(LogKeeper::default().last_words(), None);
    }
}
