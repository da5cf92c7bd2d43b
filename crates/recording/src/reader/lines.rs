//! The lines of a recording behind its header: events, its end, and what a newer version wrote.

use std::io::{self, BufRead, Take};
use std::sync::mpsc::SyncSender;

use serde_json::Value;

use crate::bound::{BOUND, RecordedUntil, RecordingBound};
use crate::format::{
    LineClock, TimeBase, cut_trouble, first_text_event, is_whole, read_event, read_text_event, with_time,
};
use crate::next_line::{NextLine, at_end, filled, next_line, too_long};
use crate::{FURTHEST, KeptLine, LineProblem, Recording, RecordingEnd, RecordingHeader};
use speed_kings_core::race::event::Event;
use speed_kings_core::time::Offset;

/// The most lines of which it is told what is wrong with them.
pub(super) const MOST_PROBLEMS: usize = 100;
/// How many events are handed on at once.
pub(super) const BATCH: usize = 4_096;

/// What stands in a recording behind its header.
pub(super) struct RecordedLines {
    /// The events that were not handed on before.
    pub(super) events: Vec<Event>,
    end: Option<RecordingEnd>,
    problems: Vec<LineProblem>,
    kept: Vec<KeptLine>,
}

impl RecordedLines {
    /// The recording that they are behind a `header`.
    pub(super) fn behind(self, header: RecordingHeader) -> Recording {
        Recording { header, events: self.events, end: self.end, problems: self.problems, kept: self.kept }
    }
}

/// The events of a recording as they are read.
struct ReadEvents {
    /// Those that are not handed on.
    here: Vec<Event>,
    count: usize,
    last: Option<Offset>,
    most: usize,
    /// Whether there is one more than the most.
    beyond: bool,
    on: Option<SyncSender<Vec<Event>>>,
}

impl ReadEvents {
    /// Takes `event`, if there is room for it.
    fn push(&mut self, event: Event) {
        self.beyond = self.count == self.most;
        if self.beyond {
            return;
        }
        (self.count, self.last) = (self.count + 1, Some(event.at));
        self.here.push(event);
        if let Some(on) = self.on.as_ref().filter(|_| self.here.len() == BATCH) {
            let batch = std::mem::replace(&mut self.here, Vec::with_capacity(BATCH));
            // Nobody takes it only where whoever follows has panicked.
            let _ = on.send(batch);
        }
    }
}

/// A recording as far as its lines are read.
pub(super) struct LineReader<'a> {
    header: &'a RecordingHeader,
    events: ReadEvents,
    end: Option<RecordingEnd>,
    kept: Vec<KeptLine>,
    told: ToldProblems,
    clock: LineClock,
    /// How many lines are read.
    number: usize,
    bound: RecordingBound,
}

impl<'a> LineReader<'a> {
    /// One behind the `header`. Its events go to `on` a batch at a time, if that is given.
    pub(super) fn new(
        header: &'a RecordingHeader,
        base: TimeBase,
        bound: RecordingBound,
        on: Option<SyncSender<Vec<Event>>>,
    ) -> Self {
        let here = Vec::with_capacity(if on.is_some() { BATCH } else { 0 });
        let events = ReadEvents { here, count: 0, last: None, most: bound.events, beyond: false, on };
        let mut told = ToldProblems { problems: Vec::new(), more: 0, last: 1 };
        let left_out = header.unknown.get("cut").filter(|_| header.cut.is_none());
        if let Some(why) = left_out.and_then(cut_trouble) {
            told.add(1, format!("its cut section is damaged ({why}): the whole race is shown"));
        }
        Self { header, events, end: None, kept: Vec::new(), told, clock: LineClock::new(base), number: 1, bound }
    }

    /// Reads all lines that `source` has, which is cut off at the bound.
    pub(super) fn read(mut self, source: &mut Take<impl BufRead>) -> RecordedLines {
        let mut line = Vec::new();
        loop {
            match self.next_lines(source, &mut line) {
                Ok(true) => {}
                Ok(false) => break,
                Err(error) => {
                    self.told.add(self.number + 1, format!("cannot be read on: {error}"));
                    break;
                }
            }
            if self.events.beyond || source.limit() == 0 && !at_end(source.get_mut()) {
                self.beyond();
                break;
            }
        }
        self.all()
    }

    /// There is more than a recording has.
    fn beyond(&mut self) {
        let (events, mib) = (self.bound.events, self.bound.bytes >> 20);
        let what = format!("the rest is left out: a recording has up to {events} events and {mib} MiB");
        self.told.add(self.number, what);
    }

    /// Reads `lines` without anything but the lenient way.
    #[cfg(test)]
    pub(super) fn one_by_one<'l>(mut self, lines: impl Iterator<Item = &'l [u8]>) -> RecordedLines {
        for line in lines {
            if self.clock.is_lost() {
                break;
            }
            self.line(line.strip_suffix(b"\n").unwrap_or(line));
            if self.events.beyond {
                self.beyond();
                break;
            }
        }
        self.all()
    }

    fn all(self) -> RecordedLines {
        RecordedLines { events: self.events.here, end: self.end, problems: self.told.all(), kept: self.kept }
    }

    /// Reads what `source` has at hand, or else the next line; whether there was any to be read. `line` is room for one.
    fn next_lines(&mut self, source: &mut impl BufRead, line: &mut Vec<u8>) -> io::Result<bool> {
        if self.clock.is_lost() {
            return Ok(false);
        }
        let used = self.whole_lines(filled(source)?);
        source.consume(used);
        if used == 0 {
            match next_line(source, line)? {
                NextLine::End => return Ok(false),
                NextLine::Line => self.line(line),
                NextLine::TooLong => self.too_long(),
            }
        }
        Ok(true)
    }

    /// Reads the lines that lie whole in `buffer` and gives how many bytes they are. Usual ones are read where they lie.
    fn whole_lines(&mut self, buffer: &[u8]) -> usize {
        let text = match str::from_utf8(buffer) {
            Ok(text) => text,
            Err(error) => {
                buffer.get(..error.valid_up_to()).and_then(|valid| str::from_utf8(valid).ok()).unwrap_or_default()
            }
        };
        let mut used = 0;
        while !self.events.beyond && !self.clock.is_lost() {
            if let Some(length) = text.get(used..).and_then(|lines| self.usual_line(lines)) {
                used += length;
                continue;
            }
            let rest = buffer.get(used..).unwrap_or_default();
            let Some(length) = memchr::memchr(b'\n', rest) else { break };
            match rest.get(..length).filter(|line| line.len() < BOUND.line) {
                Some(line) => self.line(line),
                None => self.too_long(),
            }
            used += length + 1;
        }
        used
    }

    /// Reads the line that `lines` begin with, if it is a sound piece of text; gives its length with its break.
    fn usual_line(&mut self, lines: &str) -> Option<usize> {
        let (mut event, behind) = first_text_event(lines)?;
        let length = lines.len() - behind.strip_prefix('\n')?.len();
        let mut clock = self.clock;
        event.at = Offset::from_micros(clock.read(event.at.as_micros()));
        check(self.header, self.events.last, &event).ok().filter(|()| length <= BOUND.line)?;
        self.events.push(event);
        (self.clock, self.number) = (clock, self.number + 1);
        Some(length)
    }

    /// Reads any `line`, and tells what is wrong with it.
    fn line(&mut self, line: &[u8]) {
        self.number += 1;
        if !line.iter().all(u8::is_ascii_whitespace)
            && let Err(what) = self.any_line(line)
        {
            self.damaged(what);
        }
    }

    fn any_line(&mut self, line: &[u8]) -> Result<(), String> {
        if let Some(mut event) = read_text_event(line) {
            event.at = Offset::from_micros(self.clock.read(event.at.as_micros()));
            check(self.header, self.events.last, &event)?;
            self.events.push(event);
            return Ok(());
        }
        let value: Value = serde_json::from_slice(line).map_err(|error| {
            self.clock.lose();
            if error.is_eof() { "cut off in the middle".into() } else { format!("not JSON: {error}") }
        })?;
        if let Value::Object(fields) = &value {
            match fields.get("end").and_then(Value::as_object) {
                Some(end) => self.end = Some(read_end(end)),
                None if fields.is_empty() => return Err("not an event: an event is a JSON array".into()),
                None => self.keep(line, false, None),
            }
            return Ok(());
        }
        let Some(at) = value.get(0).and_then(Value::as_i64).map(|micros| self.clock.read(micros)) else {
            self.clock.lose();
            return read_event(&value).map(|_| ());
        };
        let Some(mut event) = read_event(&value)? else {
            self.keep(line, false, Some(at));
            return Ok(());
        };
        event.at = Offset::from_micros(at);
        check(self.header, self.events.last, &event)?;
        if !is_whole(&event, &value) {
            self.keep(line, true, Some(at));
        }
        self.events.push(event);
        Ok(())
    }

    /// Keeps `line`, of an `event` or of nothing that is known, which is said to be `at` microseconds from the green light.
    fn keep(&mut self, line: &[u8], event: bool, at: Option<i64>) {
        let line = String::from_utf8_lossy(line);
        let line = at.map_or_else(|| line.trim().into(), |at| with_time(line.trim(), at).into());
        self.kept.push(KeptLine { after: self.events.count, event, line });
    }

    fn too_long(&mut self) {
        self.number += 1;
        self.clock.lose();
        self.damaged(too_long());
    }

    /// Something is wrong with the line that was read last.
    fn damaged(&mut self, what: String) {
        let rest = if self.clock.is_lost() {
            "; what stands behind it is left out, for its times count from here"
        } else {
            ""
        };
        self.told.add(self.number, what + rest);
    }
}

/// What is wrong, as far as it is told.
struct ToldProblems {
    problems: Vec<LineProblem>,
    more: usize,
    last: usize,
}

impl ToldProblems {
    fn add(&mut self, line: usize, what: String) {
        self.last = line;
        if self.problems.len() < MOST_PROBLEMS {
            self.problems.push(LineProblem { line, what });
        } else {
            self.more += 1;
        }
    }

    fn all(mut self) -> Vec<LineProblem> {
        if self.more > 0 {
            let what = format!("the last of {} more damaged lines", self.more);
            self.problems.push(LineProblem { line: self.last, what });
        }
        self.problems
    }
}

/// Whether `event` can come behind one at `last` under `header`.
pub(super) fn check(header: &RecordingHeader, last: Option<Offset>, event: &Event) -> Result<(), String> {
    if event.lane.is_some_and(|lane| lane.index() >= header.setup.contestants.len()) {
        return Err("no such lane in the header".into());
    }
    if event.at < Offset::GREEN.minus(FURTHEST) || event.at > Offset::GREEN.plus(FURTHEST) {
        return Err("its time is more than a month from the green light".into());
    }
    if last.is_some_and(|last| last > event.at) {
        return Err("its time is before that of the line above".into());
    }
    Ok(())
}

fn read_end(fields: &serde_json::Map<String, Value>) -> RecordingEnd {
    let mut unknown = fields.clone();
    // The marks are worked out from the race each time.
    unknown.remove("marks");
    let until = unknown.get("recorded_until").and_then(read_until);
    if until.is_some() {
        unknown.remove("recorded_until");
    }
    RecordingEnd { verdict: unknown.remove("verdict").unwrap_or_default(), until, unknown }
}

fn read_until(value: &Value) -> Option<RecordedUntil> {
    let at = Offset::from_micros(value.get("at_us")?.as_i64()?);
    Some(RecordedUntil { at, why: value.get("why")?.as_str()?.into() })
}
