//! Reads a recording, keeping all that is sound and naming by line all that is not.
//! Only a missing or foreign header is fatal: without it there is no race to speak of.

use std::path::Path;

use serde_json::Value;

use crate::record::format::{read_event, read_header};
use crate::record::{End, Problem, RecordError, Recording};

/// Reads the recording at `path`.
///
/// # Errors
/// When the file can't be read, is empty, or has no header that this program understands.
pub fn read_file(path: &Path) -> Result<Recording, RecordError> {
    let bytes = std::fs::read(path).map_err(|source| RecordError::Io { path: path.to_owned(), source })?;
    read(&bytes)
}

/// Reads a recording out of `bytes`.
///
/// # Errors
/// When they are empty or have no header that this program understands.
pub fn read(bytes: &[u8]) -> Result<Recording, RecordError> {
    let mut lines = bytes.split(|byte| *byte == b'\n').zip(1..);
    let first = lines.next().map(|(line, _)| line).filter(|line| !line.is_empty()).ok_or(RecordError::Empty)?;
    let first = std::str::from_utf8(first).map_err(|error| RecordError::NotARecording(error.to_string()))?;
    let mut recording = Recording { header: read_header(first)?, events: Vec::new(), end: None, problems: Vec::new() };
    for (line, number) in lines {
        if line.iter().all(u8::is_ascii_whitespace) {
            continue;
        }
        if let Err(what) = read_line(&mut recording, line) {
            recording.problems.push(Problem { line: number, what });
        }
    }
    Ok(recording)
}

fn read_line(recording: &mut Recording, line: &[u8]) -> Result<(), String> {
    let value: Value = serde_json::from_slice(line)
        .map_err(|error| if error.is_eof() { "cut off in the middle".into() } else { format!("not JSON: {error}") })?;
    if let Some(end) = value.get("end") {
        recording.end = Some(End { verdict: end.get("verdict").cloned().unwrap_or_default() });
        return Ok(());
    }
    let Some(event) = read_event(&value)? else { return Ok(()) };
    if event.lane.is_some_and(|lane| lane.index() >= recording.header.grid.contestants.len()) {
        return Err("no such lane in the header".into());
    }
    if recording.events.last().is_some_and(|last| last.at > event.at) {
        return Err("its time is before that of the line above".into());
    }
    recording.events.push(event);
    Ok(())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::race::grid::Grid;
    use crate::race::verdict::Verdict;
    use crate::race::verdict::tests::contestant;
    use crate::record::Header;
    use crate::record::format::tests::samples;
    use crate::record::writer::write_to;

    fn file() -> Vec<u8> {
        let grid = Grid { contestants: vec![contestant("A"), contestant("B")], ..Grid::default() };
        let header = Header { tool: "t".into(), recorded_at: "2026-01-01T00:00:00Z".into(), grid };
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
        let verdict = crate::record::outcome::verdict_json(&Verdict::of(&recording.race()));
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

    proptest! {
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
