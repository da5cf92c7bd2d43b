//! Reads a recording, keeping all that is sound and naming by line all that is not.
//! Only a missing or foreign header is fatal: without it there is no race to speak of. What a file may make it hold in
//! memory is bounded, packed or not.

use std::io::{self, BufRead, BufReader};
use std::path::Path;
use std::sync::mpsc::sync_channel;
use std::thread;

use serde_json::Value;

use crate::bound::{BOUND, RecordingBound};
use crate::format::{TimeBase, read_any_header, read_event, read_text_event};
use crate::next_line::{NextLine, next_line, too_long};
use crate::packed::{PACKED, PackedFrames};
use crate::{RecordError, Recording, RecordingHeader};
use lines::{LineReader, check};
use speed_kings_core::race::event::Event;
use speed_kings_system::input;

mod lines;

/// How many batches of events may wait for whoever follows the reading.
const WAITING_BATCHES: usize = 4;

/// Reads the recording at `path`, packed with Zstandard or not.
///
/// # Errors
/// When the file can't be read, is empty, or has no header that this program understands.
pub fn read_file(path: &Path) -> Result<Recording, RecordError> {
    read_any(open(path)?)
}

/// Reads the recording at `path` like [`read_file`], on a thread of its own, while `follow` gets its events, a batch at a time.
///
/// # Errors
/// As there.
pub fn read_file_while(path: &Path, follow: impl FnMut(&RecordingHeader, &[Event])) -> Result<Recording, RecordError> {
    opened(open(path)?, |source| read_while(source, BOUND, follow))
}

fn open(path: &Path) -> Result<impl BufRead + Send, RecordError> {
    let trouble = |source| RecordError::Io { path: path.to_owned(), source };
    let mut file = BufReader::with_capacity(1 << 16, input::open(path).map_err(trouble)?);
    file.fill_buf().map_err(trouble)?;
    Ok(file)
}

/// Reads the header of the recording at `path`, packed or not, and nothing else.
///
/// # Errors
/// When the file can't be read, is empty, or has no header that this program understands.
pub fn read_header_of(path: &Path) -> Result<RecordingHeader, RecordError> {
    opened(open(path)?, |mut source| first(&mut source, &mut Vec::new())).map(|(header, _)| header)
}

/// Reads a recording out of `bytes`, packed or not.
///
/// # Errors
/// When they are empty or have no header that this program understands.
pub fn read(bytes: &[u8]) -> Result<Recording, RecordError> {
    read_any(bytes)
}

fn read_any(source: impl BufRead + Send) -> Result<Recording, RecordError> {
    opened(source, |source| read_from(source, BOUND))
}

/// What `read` makes of `source`, unpacked if need be.
fn opened<T>(
    mut source: impl BufRead + Send,
    read: impl FnOnce(&mut (dyn BufRead + Send)) -> Result<T, RecordError>,
) -> Result<T, RecordError> {
    if !source.fill_buf().map_err(|error| unreadable(&error))?.starts_with(&PACKED) {
        return read(&mut source);
    }
    let frames = PackedFrames::new(source).map_err(|error| unreadable(&error))?;
    read(&mut BufReader::with_capacity(1 << 16, frames))
}

/// Why there is not even a first line.
fn unreadable(error: &io::Error) -> RecordError {
    match error.kind() {
        io::ErrorKind::InvalidData => RecordError::Packed(error.to_string()),
        _ => RecordError::NotARecording(error.to_string()),
    }
}

/// Reads a recording up to `bound`, line by line.
fn read_from(source: impl BufRead, bound: RecordingBound) -> Result<Recording, RecordError> {
    let mut source = source.take(bound.bytes);
    let (header, base) = first(&mut source, &mut Vec::new())?;
    let lines = LineReader::new(&header, base, bound, None).read(&mut source);
    Ok(lines.behind(header))
}

/// The same on a thread of its own, while `follow` gets the events.
fn read_while(
    source: impl BufRead + Send,
    bound: RecordingBound,
    mut follow: impl FnMut(&RecordingHeader, &[Event]),
) -> Result<Recording, RecordError> {
    let mut source = source.take(bound.bytes);
    let (header, base) = first(&mut source, &mut Vec::new())?;
    let mut events = Vec::new();
    let mut lines = thread::scope(|scope| {
        let (batches, read) = sync_channel(WAITING_BATCHES);
        let reader = LineReader::new(&header, base, bound, Some(batches));
        let name = thread::Builder::new().name("recording".into());
        let reading = name.spawn_scoped(scope, || reader.read(&mut source)).map_err(|error| unreadable(&error))?;
        for mut batch in read {
            follow(&header, &batch);
            events.append(&mut batch);
        }
        reading.join().map_err(|_| RecordError::NotARecording("reading it failed inside this program".into()))
    })?;
    follow(&header, &lines.events);
    events.append(&mut lines.events);
    lines.events = events;
    Ok(lines.behind(header))
}

/// Reads the first line, which is the header, and what the times behind it count from.
fn first(source: &mut impl BufRead, line: &mut Vec<u8>) -> Result<(RecordingHeader, TimeBase), RecordError> {
    let text = match next_line(source, line) {
        Ok(NextLine::Line) if !line.is_empty() => std::str::from_utf8(line),
        Ok(NextLine::TooLong) => return Err(RecordError::NotARecording(too_long())),
        Ok(_) => return Err(RecordError::Empty),
        Err(error) => return Err(unreadable(&error)),
    };
    read_any_header(text.map_err(|error| RecordError::NotARecording(error.to_string()))?)
}

/// The event on `line` of a recording with this `header`, behind `last`; nothing where the line holds no event that this version
/// knows.
///
/// # Errors
/// What is wrong with the line, for a person.
pub fn event_of_line(header: &RecordingHeader, last: Option<&Event>, line: &[u8]) -> Result<Option<Event>, String> {
    let event = match read_text_event(line) {
        Some(event) => event,
        None => match serde_json::from_slice(line).map_err(|error| format!("not JSON: {error}"))? {
            Value::Object(_) => return Ok(None),
            value => match read_event(&value)? {
                Some(event) => event,
                None => return Ok(None),
            },
        },
    };
    check(header, last.map(|last| last.at), &event)?;
    Ok(Some(event))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use std::io::Read as _;

    use super::lines::{BATCH, MOST_PROBLEMS};
    use super::*;
    use crate::bound::size;
    use crate::packed::packed;
    use crate::writer::{write_by, write_recording, write_to};
    use speed_kings_core::date;
    use speed_kings_core::fixture::contestant;
    use speed_kings_core::fixture::samples;
    use speed_kings_core::race::event::{EventKind, LaneId, TextChannel};
    use speed_kings_core::race::setup::RaceSetup;
    use speed_kings_core::race::verdict::Verdict;
    use speed_kings_core::time::Offset;

    fn file() -> Vec<u8> {
        let setup = RaceSetup { contestants: vec![contestant("A"), contestant("B")], ..RaceSetup::default() };
        let header = RecordingHeader {
            tool: "t".into(),
            recorded_at: date::moment("2026-01-01T00:00:00Z"),
            setup,
            ..RecordingHeader::default()
        };
        let mut bytes = Vec::new();
        write_to(&mut bytes, &header, &samples()).unwrap();
        bytes
    }

    #[test]
    fn what_was_written_is_read() {
        let recording = read(&file()).unwrap();
        assert_eq!(recording.events, samples());
        assert!(recording.is_complete());
        assert_eq!(recording.problems, []);
        let verdict = crate::outcome::verdict_json(&Verdict::of(&recording.race()));
        assert_eq!(recording.end.unwrap().verdict, verdict, "the verdict survives to the last digit");
    }

    #[test]
    fn cut_at_every_byte_it_keeps_the_whole_lines() {
        let bytes = file();
        for end in 0..bytes.len() {
            let Ok(recording) = read(&bytes[..end]) else { continue };
            let whole = bytes[..end].split(|byte| *byte == b'\n').count().saturating_sub(2);
            assert!(recording.events.len() >= whole.min(samples().len()), "at byte {end}");
            let _ = Verdict::of(&recording.race());
            // Only the very last line may be the end record, and then only its line break is missing.
            assert!(!recording.is_complete() || end >= bytes.len() - 1);
        }
    }

    #[test]
    fn damage_is_named_by_line_and_the_rest_is_kept() {
        let text = String::from_utf8(file()).unwrap();
        let mut lines: Vec<&str> = text.lines().collect();
        lines[3] = "[12,";
        lines[5] = "[-999999999,0,\"sent\"]";
        lines[7] = "[99999,7,\"sent\"]";
        let recording = read(lines.join("\n").as_bytes()).unwrap();
        let problems: Vec<String> = recording.problems.iter().map(ToString::to_string).collect();
        assert_eq!(
            problems,
            [
                "line 4: cut off in the middle",
                "line 6: its time is before that of the line above",
                "line 8: no such lane in the header"
            ]
        );
        assert_eq!(recording.events.len(), samples().len() - 3);
    }

    fn with(lines: &[&str]) -> String {
        let mut text = String::from_utf8(file()).unwrap();
        let at = text.find('\n').unwrap() + 1;
        text.insert_str(at, &(lines.join("\n") + "\n"));
        text
    }

    #[test]
    fn what_a_newer_version_wrote_is_written_again_as_it_was() {
        let odd = [
            "[-2000,null,\"weather\",{\"rain\":true}]",
            "[-2000,0,\"usage\",{\"input\":1,\"thoughts\":2}]",
            "[-2000,0,\"notice\",\"hi\",\"de\"]",
            "{\"pit\":{\"stops\":2}}",
        ];
        let text = with(&odd).replace("{\"end\":{", "{\"end\":{\"confetti\":1,");
        let recording = read(text.as_bytes()).unwrap();
        assert_eq!(recording.problems, []);
        assert_eq!(recording.events.len(), samples().len() + 2, "what is understood of them counts");
        let mut again = Vec::new();
        write_recording(&mut again, &recording).unwrap();
        assert_eq!(String::from_utf8(again).unwrap(), text);
    }

    #[test]
    fn packed_or_not_it_is_the_same() {
        let bytes = file();
        let packed = packed(&bytes).unwrap();
        assert_eq!(read(&packed).unwrap(), read(&bytes).unwrap());
        assert!(
            read(&packed[..packed.len() / 2]).is_err() || !read(&packed[..packed.len() / 2]).unwrap().is_complete()
        );
        for end in PACKED.len()..packed.len() {
            if let Err(error) = read(&packed[..end]) {
                assert_eq!(error.to_string(), "it cannot be unpacked: the packed data is cut off; copy the file again");
            }
        }
        let mut damaged = packed.clone();
        damaged[8..40].fill(0xA5);
        let error = read(&damaged).unwrap_err().to_string();
        assert!(error.contains("the packed data is") && !error.contains("Error"), "{error}");
    }

    /// A file with lines of a newer version between its events, as it is unpacked when its times count from line to line.
    fn by_steps() -> (Recording, String) {
        let odd = [
            "[-2000,0,\"usage\",{\"input\":1,\"thoughts\":2}]",
            "[9000000000000000000,null,\"weather\",{\"rain\":true}]",
            "[-9000000000000000000,null,\"weather\",{\"rain\":false}]",
            "[ -2000, 0, \"weather\"]",
            "{\"pit\":{\"stops\":2}}",
        ];
        let recording = read(with(&odd).as_bytes()).unwrap();
        let mut lines = Vec::new();
        write_by(&mut lines, &recording, TimeBase::LineAbove).unwrap();
        (recording, String::from_utf8(lines).unwrap())
    }

    #[test]
    fn times_may_count_from_line_to_line() {
        let (recording, lines) = by_steps();
        assert_eq!(recording.problems, []);
        assert!(
            lines.contains("\"version\":2") && lines.contains("[446744073709551616,null,\"weather\",{\"rain\":false}]"),
            "{lines}"
        );
        assert_eq!(read(lines.as_bytes()).unwrap(), recording);
        let text = lines.split_once('\n').unwrap().0;
        assert!(crate::format::read_header(text).unwrap_err().to_string().contains("from line to line"));
    }

    #[test]
    fn a_line_without_a_time_ends_a_file_whose_times_count_from_it() {
        let (recording, text) = by_steps();
        let lines: Vec<&str> = text.lines().collect();
        let at = lines.len() - 4;
        for (damage, what) in [
            ("[12", "line 9: cut off in the middle"),
            ("hello", "line 9: not JSON: expected value at line 1 column 1"),
            ("[null,0,\"sent\"]", "line 9: no time: an event begins with whole microseconds"),
        ] {
            let mut lines = lines.clone();
            lines[8] = damage;
            let read = read(lines.join("\n").as_bytes()).unwrap();
            let left = "; what stands behind it is left out, for its times count from here";
            assert_eq!(read.trouble(&read.race()).unwrap(), format!("damaged: {what}{left}"));
            assert_eq!(read.events, recording.events[..read.events.len()]);
            assert!(read.events.len() < at && read.end.is_none());
        }
        // A line that says its time, whatever else is wrong with it, costs nothing but itself.
        let mut lines = lines.clone();
        let damaged = lines[8].replacen(",0,", ",77,", 1).replacen("null", "77", 1);
        lines[8] = &damaged;
        let read = read(lines.join("\n").as_bytes()).unwrap();
        assert_eq!(
            read.problems.iter().map(ToString::to_string).collect::<Vec<_>>(),
            ["line 9: no such lane in the header"]
        );
        assert_eq!(read.events.len(), recording.events.len() - 1);
        assert_eq!(read.events.last(), recording.events.last());
        assert!(read.is_complete());
    }

    #[test]
    fn cut_off_anywhere_it_loses_its_tail_alone() {
        let (recording, text) = by_steps();
        for end in 0..text.len() {
            let Ok(part) = read(&text.as_bytes()[..end]) else { continue };
            let whole = text.as_bytes()[..end].split(|byte| *byte == b'\n').count().saturating_sub(6);
            assert!(part.events.len() >= whole.min(recording.events.len()), "at byte {end}");
            assert_eq!(part.events, recording.events[..part.events.len()], "at byte {end}");
        }
    }

    #[test]
    fn a_packed_file_may_be_of_several_frames() {
        let bytes = file();
        let mut packed: Vec<u8> = bytes.chunks(200).flat_map(|part| packed(part).unwrap()).collect();
        assert_eq!(read(&packed).unwrap(), read(&bytes).unwrap());
        packed.extend(b"and more");
        let recording = read(&packed).unwrap();
        assert_eq!(recording.events, samples());
        assert!(
            recording.problems[0].what.contains("cannot be read on: the packed data is damaged"),
            "{:?}",
            recording.problems
        );
    }

    #[test]
    fn a_file_without_end_is_read_to_the_limit() {
        let endless = io::BufReader::new(io::Cursor::new(file()).chain(io::repeat(b'\n')));
        let recording = read_from(endless, RecordingBound { bytes: 1 << 20, ..BOUND }).unwrap();
        assert_eq!(recording.events, samples());
        assert!(recording.problems[0].what.starts_with("the rest is left out"), "{:?}", recording.problems);
    }

    #[test]
    fn what_fills_its_bound_to_the_last_byte_and_event_is_whole() {
        let bytes = file();
        let exact = RecordingBound { bytes: size(bytes.len()), events: samples().len(), ..BOUND };
        let recording = read_from(bytes.as_slice(), exact).unwrap();
        assert!(recording.is_complete() && recording.problems.is_empty());
        for less in
            [RecordingBound { bytes: exact.bytes - 1, ..exact }, RecordingBound { events: exact.events - 1, ..exact }]
        {
            let recording = read_from(bytes.as_slice(), less).unwrap();
            assert!(recording.problems[0].what.starts_with("the rest is left out"), "{:?}", recording.problems);
        }
    }

    #[test]
    fn a_line_without_end_is_passed_over() {
        let mut text = file();
        text.extend(vec![b'['; BOUND.line + 10]);
        text.extend(b"\n[0,\n");
        let recording = read(&text).unwrap();
        let what: Vec<&str> = recording.problems.iter().map(|problem| problem.what.as_str()).collect();
        assert_eq!(what, ["longer than 4 MiB", "cut off in the middle"]);
    }

    #[test]
    fn a_thousand_damaged_lines_are_told_in_a_hundred() {
        let recording = read(with(&["[1"; 1_000]).as_bytes()).unwrap();
        assert_eq!(recording.problems.len(), MOST_PROBLEMS + 1);
        assert_eq!(recording.problems[MOST_PROBLEMS].to_string(), "line 1001: the last of 900 more damaged lines");
        let far = read(with(&["[9000000000000000,0,\"sent\"]"]).as_bytes()).unwrap();
        assert_eq!(far.problems[0].to_string(), "line 2: its time is more than a month from the green light");
    }

    #[test]
    fn a_damaged_cut_is_told_and_shows_the_whole() {
        for (cut, why) in [
            ("{\"pieces\":[[1,0,1]]}", "its pieces overlap"),
            ("{\"pieces\":[[-1000000000000000,1000000000000000,0.001]]}", "more than a month from the green light"),
            ("{\"pieces\":[[0,1,1]],\"hold_verdict_us\":1000000000000000000}", "the verdict would stay longer"),
            ("3", "it is not an object"),
        ] {
            let text = String::from_utf8(file()).unwrap().replacen('{', &format!("{{\"cut\":{cut},"), 1);
            let recording = read(text.as_bytes()).unwrap();
            let what = &recording.problems[0].what;
            assert!(what.starts_with("its cut section is damaged (") && what.contains(why), "{what}");
            assert_eq!(recording.cut(), recording.whole());
        }
    }

    /// The same recording read without anything but the lenient way.
    fn one_by_one(lines: &[u8], bound: RecordingBound) -> Recording {
        let mut lines = lines.split_inclusive(|byte| *byte == b'\n');
        let (header, base) = first(&mut lines.next().unwrap(), &mut Vec::new()).unwrap();
        let lines = LineReader::new(&header, base, bound, None).one_by_one(lines);
        lines.behind(header)
    }

    /// The same recording read on a thread of its own, whose events are also those that were handed to whoever followed.
    fn followed(lines: &[u8], bound: RecordingBound) -> Recording {
        let mut handed = Vec::new();
        let recording = read_while(lines, bound, |_, batch| handed.extend_from_slice(batch)).unwrap();
        assert_eq!(handed, recording.events);
        recording
    }

    #[test]
    fn who_follows_a_long_recording_gets_all_of_it_in_order() {
        let mut recording = read(&file()).unwrap();
        let from = recording.events.last().unwrap().at.as_micros();
        let kind = EventKind::Text { channel: TextChannel::Answer, text: "word ".into() };
        recording.events.extend((0..).take(3 * BATCH).map(|micros: i64| Event {
            at: Offset::from_micros(from + micros),
            lane: Some(LaneId(0)),
            kind: kind.clone(),
        }));
        let mut lines = Vec::new();
        write_by(&mut lines, &recording, TimeBase::GreenLight).unwrap();
        let most = samples().len() + 2 * BATCH;
        for bound in [BOUND, RecordingBound { events: most, ..BOUND }, RecordingBound { events: most + 1, ..BOUND }] {
            assert_eq!(followed(&lines, bound), read_from(lines.as_slice(), bound).unwrap());
        }
    }

    /// Any event of a text, at a step from the one before.
    fn texts() -> impl Strategy<Value = Vec<(u32, u8, TextChannel, String)>> {
        let channel = prop_oneof![8 => Just(TextChannel::Answer), 4 => Just(TextChannel::Reasoning), 1 => Just(TextChannel::Refusal)];
        let step = prop_oneof![2 => Just(0), 6 => 0u32..5_000, 1 => any::<u32>()];
        proptest::collection::vec((step, 0u8..3, channel, "[ -~é日\n\u{202e}]{0,9}"), 0..60)
    }

    proptest! {
        /// Lines that are read where they lie are what the lines are one by one, whatever a hand has done to them, however they come,
        /// and whatever their times count from.
        #[test]
        fn however_lines_come_they_are_the_same(
            texts in texts(), steps in any::<bool>(), at in 0usize..2_000, byte in any::<u8>(), size in 1usize..300, bound in 0usize..70,
        ) {
            let mut recording = read(&file()).unwrap();
            let mut micros = recording.events.last().unwrap().at.as_micros();
            recording.events.extend(texts.into_iter().map(|(step, lane, channel, text)| {
                micros += i64::from(step);
                let kind = EventKind::Text { channel, text: text.into() };
                Event { at: Offset::from_micros(micros), lane: Some(LaneId(lane)), kind }
            }));
            let mut lines = Vec::new();
            write_by(&mut lines, &recording, if steps { TimeBase::LineAbove } else { TimeBase::GreenLight }).unwrap();
            let begin = lines.iter().position(|byte| *byte == b'\n').unwrap() + 1;
            let place = begin + at % (lines.len() - begin);
            lines[place] = byte;
            let bound = RecordingBound { events: samples().len() + bound, ..BOUND };
            let whole = read_from(lines.as_slice(), bound).unwrap();
            prop_assert_eq!(&read_from(io::BufReader::with_capacity(size, lines.as_slice()), bound).unwrap(), &whole);
            prop_assert_eq!(&one_by_one(&lines, bound), &whole);
            prop_assert_eq!(&followed(&lines, bound), &whole);
        }

        #[test]
        fn no_bytes_panic(mut bytes in proptest::collection::vec(any::<u8>(), 0..200), flip in 0usize..4_000, with in any::<u8>()) {
            let _ = read(&bytes);
            let mut file = file();
            let at = flip % file.len();
            file[at] = with;
            if let Ok(recording) = read(&file) {
                let _ = Verdict::of(&recording.race());
            }
            bytes.extend(file);
            let _ = read(&bytes);
        }
    }
}
