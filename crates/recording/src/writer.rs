//! Appends a race to its file as it happens, on a thread of its own.
//! Trouble with the disk ends the recording and is told; the race goes on.

use std::borrow::Cow;
use std::fs::File;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};
use std::thread::JoinHandle;
use std::time::Duration;

use jiff::Timestamp;
use serde_json::json;
use tokio::sync::mpsc::Receiver;
use tokio::sync::mpsc::error::TryRecvError;

use crate::bound::{BOUND, BoundMeter, RecordedUntil, RecordingBound, size};
use crate::format::{
    EndFields, LineClock, TimeBase, UntilFields, append_event, append_event_at, line_of, time_of, with_time,
    write_event, write_header, write_header_by,
};
use crate::outcome::{MarkRecord, verdict_json};
use crate::packed::packed;
use crate::{RecordError, Recording, RecordingEnd, RecordingHeader};
use speed_kings_core::date;
use speed_kings_core::race::Race;
use speed_kings_core::race::event::Event;
use speed_kings_core::race::mark::marks;
use speed_kings_core::race::setup::RaceSetup;
use speed_kings_core::race::verdict::Verdict;
use speed_kings_core::text::inert;
use speed_kings_core::time::Offset;
use speed_kings_system::atomic_file;
use speed_kings_system::environment::MachineEnvironment;

/// Between two looks at the queue: so much of a race is not in its file yet.
const STEP: Duration = Duration::from_millis(5);
/// Bytes that are written at a time, about.
const AT_ONCE: usize = 64 << 10;
/// How many names are tried when files of the same second are already there.
const NAMES_TRIED: u32 = 100;

/// A recording in the making.
#[derive(Debug)]
pub struct Recorder {
    path: PathBuf,
    failure: Arc<OnceLock<String>>,
    thread: Option<JoinHandle<Race>>,
    /// The race, from its end on.
    race: Option<Race>,
}

impl Recorder {
    /// Begins the recording of `setup` in `dir`, made if need be, and appends every event from `events` until the
    /// sending side is gone.
    ///
    /// # Errors
    /// When the folder or the file can't be made, or the header can't be written.
    pub fn start(dir: &Path, setup: &RaceSetup, events: Receiver<Event>) -> Result<Self, RecordError> {
        let trouble = |source| RecordError::Io { path: dir.to_owned(), source };
        atomic_file::folder(dir).map_err(trouble)?;
        let header = header(setup, Timestamp::now());
        let first = write_header(&header) + "\n";
        if first.len() > BOUND.line {
            let what = format!("a header of {} MiB, most of it the prompt", first.len() >> 20);
            return Err(RecordError::TooLarge { path: dir.to_owned(), what });
        }
        let (path, mut file) = create(dir, &header).map_err(trouble)?;
        if let Err(source) = file.write_all(first.as_bytes()) {
            // A file without a header is no recording: better none.
            let _ = std::fs::remove_file(&path);
            return Err(RecordError::Io { path, source });
        }
        let mut meter = BoundMeter::new(BOUND);
        meter.header(first.len());
        let failure = Arc::new(OnceLock::new());
        let thread = {
            let (failure, setup) = (Arc::clone(&failure), setup.clone());
            std::thread::Builder::new()
                .name("recorder".into())
                .spawn(move || follow_to_file(&mut file, setup, events, meter, &failure))
        };
        let thread = thread.map_err(|source| RecordError::Io { path: path.clone(), source })?;
        Ok(Self { path, failure, thread: Some(thread), race: None })
    }

    /// Path of the file that is being written.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Why the recording ended early, if it did.
    #[must_use]
    pub fn failure(&self) -> Option<&str> {
        self.failure.get().map(String::as_str)
    }

    /// Waits until everything is in the file. The sending side must be gone.
    pub fn finish(&mut self) {
        if let Some(thread) = self.thread.take() {
            // A panic over there has been reported by the panic hook already.
            self.race = thread.join().ok();
        }
    }

    /// The race with all of its events, whatever became of its file; once, after it was [finished](Self::finish).
    pub fn take_race(&mut self) -> Option<Race> {
        self.race.take()
    }
}

/// The header of a race that is recorded `now`.
#[must_use]
pub fn header(setup: &RaceSetup, now: Timestamp) -> RecordingHeader {
    RecordingHeader {
        tool: concat!("speed-kings ", env!("CARGO_PKG_VERSION")).into(),
        recorded_at: Timestamp::from_second(now.as_second()).ok(),
        setup: setup.clone(),
        environment: Some(MachineEnvironment::probe(now)),
        ..RecordingHeader::default()
    }
}

/// A new file in `dir`, named after the time and the race.
///
/// # Errors
/// When it can't be made, or there are too many of that name.
pub fn create(dir: &Path, header: &RecordingHeader) -> io::Result<(PathBuf, File)> {
    let time = header.recorded_at.map(date::to_second).unwrap_or_default().replace(':', "-");
    let sim = if header.setup.simulated() { "-sim" } else { "" };
    let stem = format!("{time}-{}{sim}", atomic_file::file_safe(&header.setup.label(), '.'));
    let mut last = io::Error::from(io::ErrorKind::AlreadyExists);
    for n in 1..=NAMES_TRIED {
        let name = if n == 1 { format!("{stem}.race") } else { format!("{stem}-{n}.race") };
        let path = dir.join(name);
        match atomic_file::options().create_new(true).open(&path) {
            Ok(file) => return Ok((path, file)),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => last = error,
            Err(error) => return Err(error),
        }
    }
    Err(last)
}

/// Appends what comes to `out`, and keeps the race that it makes: all of it, whatever becomes of the file.
fn follow_to_file(
    out: &mut impl Write,
    setup: RaceSetup,
    mut events: Receiver<Event>,
    meter: BoundMeter,
    failure: &OnceLock<String>,
) -> Race {
    let mut race = Race::new(setup);
    if let Err(error) = append_all(out, &mut race, &mut events, meter, failure) {
        let _ = failure.set(error.to_string());
        while let Some(event) = events.blocking_recv() {
            race.apply(&event);
        }
    }
    race
}

/// Appends what comes, many events at a time, then the end record. The queue is looked at now and then, so that nobody who
/// fills it has to wake this thread. Where `meter` is full the
/// recording stops; `failure` says so at once, and the end record for ever.
fn append_all(
    out: &mut impl Write,
    race: &mut Race,
    events: &mut Receiver<Event>,
    mut meter: BoundMeter,
    failure: &OnceLock<String>,
) -> io::Result<()> {
    let mut batch = String::new();
    let (mut until, mut last) = (None, Offset::FIRST);
    loop {
        let next = events.try_recv();
        if let Ok(event) = &next {
            race.apply(event);
            if until.is_some() {
                continue;
            }
            let begun = batch.len();
            append_event(&mut batch, event);
            batch.push('\n');
            match meter.event(batch.len() - begun) {
                Ok(()) => last = event.at,
                Err(why) => {
                    batch.truncate(begun);
                    let stopped = RecordedUntil { at: last, why: why.into() };
                    let _ = failure.set(stopped.to_string());
                    until = Some(stopped);
                }
            }
        }
        if next.is_err() || batch.len() >= AT_ONCE {
            out.write_all(batch.as_bytes())?;
            batch.clear();
        }
        match next {
            Ok(_) => {}
            Err(TryRecvError::Empty) => std::thread::sleep(STEP),
            Err(TryRecvError::Disconnected) => break,
        }
    }
    write_end(out, race, RecordingEnd { until, ..end(race) })
}

fn write_end(out: &mut impl Write, race: &Race, end: RecordingEnd) -> io::Result<()> {
    let mut fields = EndFields {
        verdict: end.verdict,
        marks: Some(marks(race).iter().map(MarkRecord::from).collect()),
        recorded_until: end.until.map(UntilFields::from),
        unknown: end.unknown,
    };
    let mut line = line_of(&json!({"end": fields}));
    // The marks follow from the events. A million stalls of them would make a line that no reader takes.
    if line.len() >= BOUND.line {
        fields.marks = None;
        line = line_of(&json!({"end": fields}));
    }
    writeln!(out, "{line}")
}

/// The end of `race` as it is judged now.
#[must_use]
pub fn end(race: &Race) -> RecordingEnd {
    RecordingEnd { verdict: verdict_json(&Verdict::of(race)), ..RecordingEnd::default() }
}

/// Writes a whole race: header, `events` and the end record.
///
/// # Errors
/// Those of `out`.
pub fn write_to(out: &mut impl Write, header: &RecordingHeader, events: &[Event]) -> io::Result<()> {
    let mut race = Race::new(header.setup.clone());
    writeln!(out, "{}", write_header(header))?;
    for event in events {
        race.apply(event);
        writeln!(out, "{}", write_event(event))?;
    }
    write_end(out, &race, end(&race))
}

/// Writes `recording` as it was read: what this version doesn't understand stands where it stood, and a recording
/// without an end gets none.
///
/// # Errors
/// Those of `out`.
pub fn write_recording(out: &mut impl Write, recording: &Recording) -> io::Result<()> {
    write_by(out, recording, TimeBase::GreenLight)
}

/// The same with times that count from `base`.
pub(crate) fn write_by(out: &mut impl Write, recording: &Recording, base: TimeBase) -> io::Result<()> {
    writeln!(out, "{}", write_header_by(&recording.header, base))?;
    let mut clock = LineClock::new(base);
    let mut kept = recording.kept.iter().peekable();
    let mut line = String::new();
    for (index, event) in recording.events.iter().enumerate() {
        let mut written = false;
        while let Some(line) = kept.next_if(|kept| kept.after <= index) {
            writeln!(out, "{}", inert(&timed(&line.line, &mut clock)))?;
            written = line.event;
        }
        if !written {
            line.clear();
            append_event_at(&mut line, clock.write(event.at.as_micros()), event);
            writeln!(out, "{line}")?;
        }
    }
    kept.try_for_each(|kept| writeln!(out, "{}", inert(&timed(&kept.line, &mut clock))))?;
    recording.end.as_ref().map_or(Ok(()), |end| write_end(out, &recording.race(), end.clone()))
}

/// A line that was kept as it is, but with what `clock` says as its time, if it has one.
fn timed<'a>(line: &'a str, clock: &mut LineClock) -> Cow<'a, str> {
    time_of(line).map_or(Cow::Borrowed(line), |at| with_time(line, clock.write(at)).into())
}

/// What of a recording no reader would take.
fn too_large(bytes: &[u8], recording: &Recording) -> Option<String> {
    let (length, events) = (size(bytes.len()), recording.events.len());
    let longest = bytes.split(|byte| *byte == b'\n').map(<[u8]>::len).max().unwrap_or(0);
    match BOUND {
        RecordingBound { bytes, .. } if length > bytes => Some(format!("{} MiB", length >> 20)),
        RecordingBound { events: most, .. } if events > most => Some(format!("{events} events")),
        RecordingBound { line, .. } if longest >= line => Some(format!("a line of {} MiB", longest >> 20)),
        _ => None,
    }
}

/// Writes `recording` to the file at `path`, packed with Zstandard when its name ends in `.zst`. It is written under
/// another name first, so that no half of it is ever found there.
///
/// # Errors
/// When the file can't be written.
pub fn save(path: &Path, recording: &Recording) -> Result<(), RecordError> {
    let trouble = |source| RecordError::Io { path: path.to_owned(), source };
    let pack = path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("zst"));
    let mut bytes = Vec::new();
    let base = if pack { TimeBase::LineAbove } else { TimeBase::GreenLight };
    write_by(&mut bytes, recording, base).map_err(trouble)?;
    if let Some(what) = too_large(&bytes, recording) {
        return Err(RecordError::TooLarge { path: path.to_owned(), what });
    }
    if pack {
        bytes = packed(&bytes).map_err(trouble)?;
    }
    atomic_file::replace(path, &bytes).map_err(trouble)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reader::read_file;
    use speed_kings_core::fixture::contestant;
    use speed_kings_core::fixture::samples;

    fn setup() -> RaceSetup {
        RaceSetup { contestants: vec![contestant("A"), contestant("B/../x")], ..RaceSetup::default() }
    }

    #[test]
    fn a_race_is_on_disk_when_its_senders_are_gone() {
        let dir = tempfile::tempdir().unwrap();
        let (tx, rx) = tokio::sync::mpsc::channel(8);
        let mut recorder = Recorder::start(&dir.path().join("new/folder"), &setup(), rx).unwrap();
        for event in samples() {
            tx.blocking_send(event).unwrap();
        }
        drop(tx);
        recorder.finish();
        assert_eq!(recorder.failure(), None);
        let recording = read_file(recorder.path()).unwrap();
        assert_eq!(recording.events, samples());
        assert!(recording.is_complete());
        assert_eq!(recorder.path().parent().unwrap(), dir.path().join("new/folder"));
    }

    #[test]
    fn two_races_of_one_second_get_two_files() {
        let dir = tempfile::tempdir().unwrap();
        let header = header(&setup(), Timestamp::UNIX_EPOCH);
        let (first, _) = create(dir.path(), &header).unwrap();
        let (second, _) = create(dir.path(), &header).unwrap();
        assert_eq!(first.file_name().unwrap(), "1970-01-01T00-00-00Z-a-vs-b-..-x.race");
        assert_eq!(second.file_name().unwrap(), "1970-01-01T00-00-00Z-a-vs-b-..-x-2.race");
    }

    #[test]
    fn a_file_is_whole_or_not_there() {
        let dir = tempfile::tempdir().unwrap();
        let mut bytes = Vec::new();
        write_to(&mut bytes, &RecordingHeader { setup: setup(), ..RecordingHeader::default() }, &samples()).unwrap();
        let recording = crate::reader::read(&bytes).unwrap();
        for name in ["plain.race", "packed.race.zst"] {
            let path = dir.path().join(name);
            save(&path, &recording).unwrap();
            assert_eq!(read_file(&path).unwrap(), recording, "{name}");
        }
        assert_eq!(std::fs::read(dir.path().join("plain.race")).unwrap(), bytes);
        assert!(std::fs::metadata(dir.path().join("packed.race.zst")).unwrap().len() < bytes.len() as u64);
        let nowhere = save(&dir.path().join("plain.race/folder.race"), &recording).unwrap_err();
        assert!(nowhere.to_string().contains("folder.race"), "{nowhere}");
        assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 2, "nothing is left lying about");
    }

    struct FullDisk(usize);
    impl Write for FullDisk {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0 = self.0.checked_sub(bytes.len()).ok_or(io::ErrorKind::StorageFull)?;
            Ok(bytes.len())
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_full_disk_ends_the_recording_with_its_reason_and_not_the_race() {
        let (tx, rx) = tokio::sync::mpsc::channel(64);
        for event in samples() {
            tx.blocking_send(event).unwrap();
        }
        drop(tx);
        let failure = OnceLock::new();
        let race = follow_to_file(&mut FullDisk(100), setup(), rx, BoundMeter::new(BOUND), &failure);
        assert_eq!(failure.get(), Some(&io::Error::from(io::ErrorKind::StorageFull).to_string()));
        let mut whole = Race::new(setup());
        for event in &samples() {
            whole.apply(event);
        }
        assert_eq!(race, whole);
    }

    #[test]
    fn at_its_bound_a_recording_stops_and_says_where() {
        let whole: usize = samples().iter().map(|event| write_event(event).len() + 1).sum();
        let longest = samples().iter().map(|event| write_event(event).len() + 1).max().unwrap();
        let line = BOUND.line;
        for (bound, told) in [
            (RecordingBound { events: samples().len() - 1, ..BOUND }, "events"),
            (RecordingBound { bytes: size(whole - 1 + line), ..BOUND }, "up to 4 MiB"),
            (RecordingBound { line: longest - 1, ..BOUND }, "the next line"),
        ] {
            let header = RecordingHeader {
                setup: setup(),
                recorded_at: date::moment("2026-01-01T00:00:00Z"),
                ..RecordingHeader::default()
            };
            let mut out = (write_header(&header) + "\n").into_bytes();
            let (tx, rx) = tokio::sync::mpsc::channel(64);
            for event in samples() {
                tx.blocking_send(event).unwrap();
            }
            drop(tx);
            let failure = OnceLock::new();
            follow_to_file(&mut out, setup(), rx, BoundMeter::new(bound), &failure);
            let recording = crate::reader::read(&out).unwrap();
            assert_eq!(recording.problems, []);
            assert!(!recording.is_complete() && recording.events.len() < samples().len());
            assert_eq!(recording.events, samples()[..recording.events.len()]);
            let until = recording.end.as_ref().unwrap().until.clone().unwrap();
            assert!(until.why.contains(told), "{until}");
            assert_eq!(Some(until.at), recording.events.last().map(|event| event.at));
            assert_eq!(recording.trouble(&recording.race()), Some(until.to_string()));
            assert_eq!(failure.get(), Some(&until.to_string()));
            let mut again = Vec::new();
            write_recording(&mut again, &recording).unwrap();
            assert_eq!(crate::reader::read(&again).unwrap(), recording);
        }
    }

    #[test]
    fn what_no_reader_would_take_is_not_written() {
        let dir = tempfile::tempdir().unwrap();
        let mut recording = Recording {
            header: RecordingHeader { setup: setup(), ..RecordingHeader::default() },
            ..Recording::default()
        };
        recording.header.setup.prompt.text = "x".repeat(BOUND.line);
        let error = save(&dir.path().join("a.race"), &recording).unwrap_err().to_string();
        assert!(error.contains("a.race: it would have a line of 4 MiB"), "{error}");
        let (_tx, rx) = tokio::sync::mpsc::channel(8);
        let error = Recorder::start(dir.path(), &recording.header.setup, rx).unwrap_err().to_string();
        assert!(error.contains("most of it the prompt"), "{error}");
        assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 0);
    }
}
