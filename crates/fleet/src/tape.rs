//! A tape: a runner's own recording, byte by byte. It is published in pieces that may be lost, doubled or late on their way; here
//! they become the very file again, and its lines become events as soon as they are there.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use bytes::Bytes;
use ring::digest::{Digest, SHA256, digest};
use speed_kings_core::race::event::Event;
use speed_kings_recording::format::read_header;
use speed_kings_recording::{RecordingHeader, reader};

/// The longest tape that is taken from a runner, bytes.
pub const LONGEST_TAPE: usize = 256 << 20;

/// What a runner says of a piece beside its bytes.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct PieceFacts {
    /// Its first byte in the tape.
    pub at: usize,
    /// The runner's race clock when it was sent, µs from its green light; nothing before it is known.
    pub clock: Option<i64>,
    /// How long the tape is and the hash of all of it, when nothing is added to it any more.
    pub end: Option<TapeEnd>,
}

/// A tape that is as long as it will get.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TapeEnd {
    /// How many bytes it has.
    pub length: usize,
    /// SHA-256 of all of it, hexadecimal.
    pub hash: String,
}

impl TapeEnd {
    /// That of this whole `tape`.
    #[must_use]
    pub fn of(tape: &[u8]) -> Self {
        Self::hashed(tape.len(), &digest(&SHA256, tape))
    }

    /// That of a tape of this `length`, whose hash was worked out as it was read.
    #[must_use]
    pub fn hashed(length: usize, hash: &Digest) -> Self {
        let mut hexadecimal = String::with_capacity(2 * hash.as_ref().len());
        for byte in hash.as_ref() {
            // Writing to a string can't fail.
            let _ = write!(hexadecimal, "{byte:02x}");
        }
        Self { length, hash: hexadecimal }
    }
}

/// Pieces on their way to a whole tape.
#[derive(Debug, Default)]
pub struct TapeAssembly {
    bytes: Vec<u8>,
    ahead: BTreeMap<usize, Bytes>,
    end: Option<TapeEnd>,
    /// Bytes that came more than once.
    doubled: usize,
    /// All of it is there and agrees with its hash.
    whole: bool,
    /// How often the pieces did not make the tape that the runner has, so that all of it was asked for anew.
    begun_again: u32,
}

/// How often a tape that does not agree with its hash is asked for anew.
const TRIES: u32 = 2;

impl TapeAssembly {
    /// Takes a piece in, wherever it belongs. One that is beyond what a tape may be is left out.
    pub fn add(&mut self, facts: &PieceFacts, piece: Bytes) {
        let fits = facts.at.checked_add(piece.len()).is_some_and(|to| to <= LONGEST_TAPE);
        if self.whole {
            self.doubled += piece.len();
            return;
        }
        if fits && !piece.is_empty() {
            self.put(facts.at, piece);
        }
        if let Some(end) = facts.end.as_ref().filter(|end| end.length <= LONGEST_TAPE) {
            self.end = Some(end.clone());
        }
        self.check();
    }

    fn put(&mut self, at: usize, piece: Bytes) {
        if at > self.bytes.len() {
            // Of two that begin in one place the longer one says more.
            let kept = self.ahead.entry(at).or_default();
            self.doubled += kept.len().min(piece.len());
            if kept.len() < piece.len() {
                *kept = piece;
            }
            return;
        }
        self.append(at, &piece);
        while let Some(entry) = self.ahead.first_entry().filter(|entry| *entry.key() <= self.bytes.len()) {
            let (at, piece) = entry.remove_entry();
            self.append(at, &piece);
        }
    }

    fn append(&mut self, at: usize, piece: &[u8]) {
        let known = self.bytes.len() - at;
        self.doubled += known.min(piece.len());
        self.bytes.extend_from_slice(piece.get(known..).unwrap_or_default());
    }

    /// Once all of it is there, holds it against the runner's hash. What does not agree has to come again.
    fn check(&mut self) {
        let Some(end) = self.end.as_ref().filter(|end| end.length <= self.bytes.len()) else { return };
        self.whole = self.whole || TapeEnd::of(&self.bytes) == *end;
        if !self.whole && self.begun_again < TRIES {
            (self.bytes, self.ahead) = (Vec::new(), BTreeMap::new());
            self.begun_again += 1;
        }
    }

    /// All that is there without a gap from the beginning.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Bytes that came more than once, and were left out.
    #[must_use]
    pub const fn doubled(&self) -> usize {
        self.doubled
    }

    /// The first bytes that are missing although later ones are there, or the end is known: where they begin, and where the next
    /// known one is.
    #[must_use]
    pub fn gap(&self) -> Option<(usize, usize)> {
        let end = self.end.as_ref().map(|end| end.length).filter(|end| *end > self.bytes.len());
        let next = self.ahead.keys().next().copied().or(end)?;
        Some((self.bytes.len(), next))
    }

    /// Whether it is all there, and the same as the runner's.
    #[must_use]
    pub const fn is_whole(&self) -> bool {
        self.whole
    }

    /// How often all of it was thrown away and asked for anew, because it did not agree with the runner's hash.
    #[must_use]
    pub const fn begun_again(&self) -> u32 {
        self.begun_again
    }
}

/// Reads a tape as far as it has come.
#[derive(Debug, Default)]
pub struct TapeReader {
    position: usize,
    header: Option<RecordingHeader>,
    last: Option<Event>,
    /// Its end record has been read.
    ended: bool,
}

impl TapeReader {
    /// The events on the lines of `tape` that have become whole since the last call. A line that can't be read is left out, as by
    /// every reader of a recording.
    pub fn read(&mut self, tape: &[u8]) -> Vec<Event> {
        let mut events = Vec::new();
        while let Some(line) = next_line(tape, &mut self.position) {
            let Some(header) = &self.header else {
                self.header = std::str::from_utf8(line).ok().and_then(|line| read_header(line).ok());
                continue;
            };
            match reader::event_of_line(header, self.last.as_ref(), line) {
                Ok(Some(event)) => {
                    self.last = Some(event.clone());
                    events.push(event);
                }
                Ok(None) => self.ended |= line.starts_with(b"{\"end\":"),
                Err(_) => {}
            }
        }
        events
    }

    /// What the race was to be, once the first line is there.
    #[must_use]
    pub const fn header(&self) -> Option<&RecordingHeader> {
        self.header.as_ref()
    }

    /// Whether the runner wrote the end of its race.
    #[must_use]
    pub const fn has_ended(&self) -> bool {
        self.ended
    }
}

/// The line of `tape` at `position`, which is then behind it; nothing where none is whole yet.
pub(crate) fn next_line<'t>(tape: &'t [u8], position: &mut usize) -> Option<&'t [u8]> {
    let rest = tape.get(*position..)?;
    let length = rest.iter().position(|byte| *byte == b'\n')?;
    *position += length + 1;
    rest.get(..length)
}

/// A tape on its way, with what it says so far.
#[derive(Debug, Default)]
pub struct RunnerTape {
    /// Its bytes, as far as they came.
    pub bytes: TapeAssembly,
    reader: TapeReader,
    begun_again: u32,
    /// All events on it so far.
    pub events: Vec<Event>,
}

/// What a piece brought.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct TapeNews {
    /// The events that are new.
    pub fresh: Vec<Event>,
    /// All earlier ones are void: the tape begins again.
    pub void: bool,
}

impl RunnerTape {
    /// Takes a piece in.
    pub fn add(&mut self, facts: &PieceFacts, piece: Bytes) -> TapeNews {
        self.bytes.add(facts, piece);
        let void = self.bytes.begun_again() != self.begun_again;
        if void {
            self.begun_again = self.bytes.begun_again();
            (self.reader, self.events) = (TapeReader::default(), Vec::new());
        }
        let fresh = self.reader.read(self.bytes.bytes());
        self.events.extend_from_slice(&fresh);
        TapeNews { fresh, void }
    }

    /// Whether its runner wrote the end of the race.
    #[must_use]
    pub const fn has_ended(&self) -> bool {
        self.reader.has_ended()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use speed_kings_core::fixture::{contestant, samples};
    use speed_kings_core::race::setup::RaceSetup;
    use speed_kings_recording::writer::write_to;

    fn tape() -> Vec<u8> {
        let setup = RaceSetup { contestants: vec![contestant("A"), contestant("B")], ..RaceSetup::default() };
        let mut bytes = Vec::new();
        write_to(&mut bytes, &RecordingHeader { setup, ..RecordingHeader::default() }, &samples()).unwrap();
        bytes
    }

    fn piece(tape: &[u8], from: usize, to: usize) -> (PieceFacts, Bytes) {
        let end = (to == tape.len()).then(|| TapeEnd::of(tape));
        (PieceFacts { at: from, clock: None, end }, Bytes::copy_from_slice(&tape[from..to]))
    }

    #[test]
    fn what_does_not_agree_with_its_hash_comes_again() {
        let tape = tape();
        let mut assembly = TapeAssembly::default();
        let (mut facts, _) = piece(&tape, 0, tape.len());
        assembly.add(&facts, Bytes::from(vec![b'x'; tape.len()]));
        assert!(!assembly.is_whole() && assembly.begun_again() == 1);
        assert_eq!(assembly.gap(), Some((0, tape.len())));
        facts.end = None;
        assembly.add(&facts, Bytes::from(tape.clone()));
        assert!(assembly.is_whole() && assembly.bytes() == tape);
        assembly.add(&PieceFacts { at: LONGEST_TAPE, ..PieceFacts::default() }, Bytes::from_static(b"x"));
        assert_eq!(assembly.gap(), None);
        let before = assembly.doubled();
        assembly.add(&facts, Bytes::from(tape.clone()));
        assert_eq!((assembly.doubled() - before, assembly.bytes()), (tape.len(), tape.as_slice()));
    }

    proptest! {
        #[test]
        fn pieces_in_any_order_lost_and_doubled_make_the_same_tape(
            cuts in proptest::collection::vec(1usize..400, 0..40),
            order in proptest::collection::vec((0usize..60, any::<bool>()), 0..120),
        ) {
            let tape = tape();
            let mut bounds: Vec<usize> = cuts.iter().scan(0, |at, cut| { *at += cut; Some(*at) }).filter(|at| *at < tape.len()).collect();
            bounds.insert(0, 0);
            bounds.push(tape.len());
            let pieces: Vec<_> = bounds.windows(2).map(|pair| piece(&tape, pair[0], pair[1])).collect();
            let (mut assembly, mut reader, mut events) = (TapeAssembly::default(), TapeReader::default(), Vec::new());
            for (index, overlap) in order {
                let (facts, bytes) = &pieces[index % pieces.len()];
                if overlap && facts.at > 3 {
                    let (facts, bytes) = piece(&tape, facts.at - 3, facts.at + bytes.len());
                    assembly.add(&facts, bytes);
                } else {
                    assembly.add(facts, bytes.clone());
                }
                events.extend(reader.read(assembly.bytes()));
                prop_assert!(tape.starts_with(assembly.bytes()));
            }
            // What is still missing is fetched, the end first told.
            assembly.add(&PieceFacts { end: Some(TapeEnd::of(&tape)), ..PieceFacts::default() }, Bytes::new());
            while let Some((from, to)) = assembly.gap() {
                let (facts, bytes) = piece(&tape, from, to);
                assembly.add(&facts, bytes);
            }
            events.extend(reader.read(assembly.bytes()));
            prop_assert!(assembly.is_whole() && assembly.bytes() == tape.as_slice());
            prop_assert_eq!(events, samples());
            prop_assert!(reader.has_ended());
        }
    }
}
