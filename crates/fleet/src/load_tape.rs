//! What a runner keeps of its share of a level: a file of lines, first what was planned, then a row for each request as it ends, and an
//! end. It is the runner's own recording of it; a director gets it byte by byte, as any tape, and makes the level out of its rows.

use std::io;
use std::path::Path;

use bytes::Bytes;
use serde::{Deserialize, Serialize};
use speed_kings_core::race::setup::RaceSetup;
use speed_kings_session::load::{ClientShare, LevelRun, RequestRow};

use crate::line_tape::LineTapeWriter;
use crate::tape::{PieceFacts, TapeAssembly, next_line};
use crate::wire::PlannedShare;

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

/// A file of a share in the making.
#[derive(Debug)]
pub(crate) struct LoadTapeWriter(LineTapeWriter);

impl LoadTapeWriter {
    /// A new one in `folder` for requests as `setup` says, and its first line.
    pub(crate) fn begin(folder: &Path, setup: &RaceSetup, share: PlannedShare) -> io::Result<(Self, String)> {
        let (tape, header) = LineTapeWriter::begin(folder, "load", setup, &LoadLine::Share(share))?;
        Ok((Self(tape), header))
    }

    /// Adds a request. It is in the file when this returns.
    pub(crate) fn request(&mut self, row: &RequestRow) -> io::Result<()> {
        self.0.line(&LoadLine::Request(Box::new(row.clone())))
    }

    /// Adds the end, after which nothing comes.
    pub(crate) fn end(self, end: ShareEnd) -> io::Result<()> {
        self.0.end(&LoadLine::End(end))
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
    use crate::line_tape::ending_of;
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
