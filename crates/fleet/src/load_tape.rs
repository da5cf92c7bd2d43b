//! What a runner keeps of its share of a level: a file of lines, first what was planned, then a row for each request as it ends, and an
//! end. It is the runner's own recording of it; a director gets it byte by byte, as any tape, and makes the level out of its rows.

use std::fs::File;
use std::io::{self, Write as _};
use std::path::Path;

use bytes::Bytes;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use speed_kings_core::race::setup::RaceSetup;
use speed_kings_recording::format::write_header;
use speed_kings_recording::writer;
use speed_kings_session::load::{ClientShare, LevelRun, RequestRow};
use speed_kings_system::atomic_file;

use crate::tape::{LONGEST_TAPE, PieceFacts, TapeAssembly, next_line};
use crate::wire::PlannedShare;

/// The ending of such a file.
pub const LOAD_ENDING: &str = "jsonl";
/// The ending of a recording of a race.
pub const RACE_ENDING: &str = "race";
/// What is left free for the end.
const END: usize = 1 << 20;
/// The longest name of a kind of failure that is taken from a runner.
const LONGEST_KIND: usize = 40;

/// A line of the file, behind its header.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum LoadLine {
    /// How much was to be offered.
    Share(PlannedShare),
    /// A request that has ended.
    Request(Box<RequestRow>),
    /// Nothing more comes after it.
    End(ShareEnd),
}

/// How a share ended.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct ShareEnd {
    /// Why it ended before its time; nothing where it did not.
    pub(crate) early: Option<String>,
    /// What the program itself did meanwhile.
    pub(crate) client: ClientShare,
    /// Times in which it stood still, from and to, ms after its beginning.
    pub(crate) standstills_ms: Vec<[f64; 2]>,
}

/// The ending of a file with the bytes of this `tape`: a recording of a race, or rows of a load.
#[must_use]
pub fn ending_of(tape: &[u8]) -> &'static str {
    let mut position = 0;
    let _header = next_line(tape, &mut position);
    let second = next_line(tape, &mut position).and_then(|line| serde_json::from_slice(line).ok());
    if matches!(second, Some(LoadLine::Share(_))) { LOAD_ENDING } else { RACE_ENDING }
}

/// A file of a share in the making.
#[derive(Debug)]
pub(crate) struct LoadTapeWriter {
    file: File,
    length: usize,
}

impl LoadTapeWriter {
    /// A new one in `folder` for requests as `setup` says, and its first line.
    pub(crate) fn begin(folder: &Path, setup: &RaceSetup, share: PlannedShare) -> io::Result<(Self, String)> {
        let header = write_header(&writer::header(setup, Timestamp::now()));
        let path = folder.join(format!("load.{LOAD_ENDING}"));
        let file = atomic_file::options().create_new(true).open(path)?;
        let mut tape = Self { file, length: 0 };
        tape.append(&format!("{header}\n"))?;
        tape.line(&LoadLine::Share(share))?;
        Ok((tape, header))
    }

    /// Adds a request. It is in the file when this returns.
    pub(crate) fn request(&mut self, row: &RequestRow) -> io::Result<()> {
        if self.length + END > LONGEST_TAPE {
            return Err(io::Error::other("the tape is as long as one may be"));
        }
        self.line(&LoadLine::Request(Box::new(row.clone())))
    }

    /// Adds the end, after which nothing comes.
    pub(crate) fn end(mut self, end: ShareEnd) -> io::Result<()> {
        self.line(&LoadLine::End(end))
    }

    fn line(&mut self, line: &LoadLine) -> io::Result<()> {
        let text = serde_json::to_string(line)?;
        self.append(&(text + "\n"))
    }

    fn append(&mut self, text: &str) -> io::Result<()> {
        self.length += text.len();
        self.file.write_all(text.as_bytes())
    }
}

/// The tape of a share on its way, with what it says so far.
#[derive(Debug, Default)]
pub(crate) struct LoadTape {
    /// Its bytes, as far as they came.
    pub(crate) bytes: TapeAssembly,
    begun_again: u32,
    position: usize,
    run: LevelRun,
    end: Option<ShareEnd>,
}

impl LoadTape {
    /// Takes a piece in.
    pub(crate) fn add(&mut self, facts: &PieceFacts, piece: Bytes) {
        self.bytes.add(facts, piece);
        if self.bytes.begun_again() != self.begun_again {
            self.begun_again = self.bytes.begun_again();
            (self.position, self.run, self.end) = (0, LevelRun::default(), None);
        }
        while let Some(line) = next_line(self.bytes.bytes(), &mut self.position) {
            // What can't be read is left out, as by every reader of a recording; the header is no such line.
            match serde_json::from_slice(line) {
                Ok(LoadLine::Request(row)) => self.run.take(sound(*row)),
                Ok(LoadLine::End(end)) => self.end = Some(end),
                Ok(LoadLine::Share(_)) | Err(_) => {}
            }
        }
    }

    /// Its first line, once that is there.
    pub(crate) fn header(&self) -> Option<&[u8]> {
        next_line(self.bytes.bytes(), &mut 0)
    }

    /// USD that its requests have cost so far, as far as prices are known.
    pub(crate) const fn spent_usd(&self) -> f64 {
        self.run.spent_usd
    }

    /// Its requests as a level of its own, and how it ended, where that is known.
    pub(crate) fn run(self) -> (LevelRun, Option<ShareEnd>) {
        let end = self.end.clone().unwrap_or_default();
        (self.run.with(end.client, end.standstills_ms), self.end)
    }
}

/// A row as it may be shown: what it says in words is a name.
fn sound(mut row: RequestRow) -> RequestRow {
    let name = |kind: String| {
        let letters = kind.chars().filter(|c| c.is_ascii_alphanumeric() || *c == '_');
        letters.take(LONGEST_KIND).collect()
    };
    row.request.error = row.request.error.map(name);
    row.request.runner = None;
    row
}

#[cfg(test)]
mod tests {
    use speed_kings_core::fixture::contestant;
    use speed_kings_recording::format::read_header;
    use speed_kings_session::load::LoadRequest;

    use super::*;
    use crate::tape::TapeEnd;

    fn row(due_ms: f64, error: Option<&str>) -> RequestRow {
        let error = error.map(str::to_owned);
        let request = LoadRequest { due_ms, total_ms: Some(5.0), error, ..LoadRequest::default() };
        RequestRow { request, gaps_ms: vec![1.5, 2.25], spent_usd: Some(0.25), ..RequestRow::default() }
    }

    #[test]
    fn rows_are_read_as_they_come_and_words_in_them_are_names() {
        let dir = tempfile::tempdir().unwrap();
        let setup = RaceSetup { contestants: vec![contestant("A")], ..RaceSetup::default() };
        let share = PlannedShare { concurrency: Some(2), rate_per_s: None, seed: 9, ramp_ms: 100, steady_ms: 1_000 };
        let (mut tape, header) = LoadTapeWriter::begin(dir.path(), &setup, share).unwrap();
        assert_eq!(read_header(&header).unwrap().setup.contestants, setup.contestants);
        tape.request(&row(20.0, Some("=cmd|' /C calc'!A0\u{1b}[31m"))).unwrap();
        tape.request(&row(10.0, None)).unwrap();
        let unfinished = std::fs::read(dir.path().join("load.jsonl")).unwrap();
        let end = ShareEnd { standstills_ms: vec![[22.0, 23.0]], ..ShareEnd::default() };
        tape.end(end.clone()).unwrap();
        let bytes = std::fs::read(dir.path().join("load.jsonl")).unwrap();
        let (mut whole, mut at) = (LoadTape::default(), 0);
        for piece in bytes.chunks(100) {
            let last = at + piece.len() == bytes.len();
            let facts = PieceFacts { at, clock: None, end: last.then(|| TapeEnd::of(&bytes)) };
            whole.add(&facts, Bytes::copy_from_slice(piece));
            at += piece.len();
        }
        assert_eq!((ending_of(&bytes), ending_of(b"{}\n[0,0,\"s\"]\n"), ending_of(b"")), ("jsonl", "race", "race"));
        assert!(whole.bytes.is_whole() && whole.header() == Some(header.as_bytes()));
        assert!((whole.spent_usd() - 0.5).abs() < 1e-9);
        let (run, ended) = whole.run();
        assert_eq!(ended, Some(end));
        let told: Vec<_> = run.requests.iter().map(|one| (one.due_ms, one.error.clone(), one.held_up)).collect();
        assert_eq!(told, [(10.0, None, false), (20.0, Some("cmdCcalcA031m".into()), true)]);
        assert_eq!(run.gaps_ms, [1.5, 2.25, 1.5, 2.25]);
        // A runner that died leaves rows without an end, and perhaps a part of a line.
        let mut torn = LoadTape::default();
        torn.add(&PieceFacts::default(), Bytes::copy_from_slice(&unfinished[..unfinished.len() - 4]));
        let (run, ended) = torn.run();
        assert_eq!((run.requests.len(), ended), (1, None));
    }
}
