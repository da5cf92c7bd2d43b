//! A race's events as CSV (RFC 4180), a row for each, in order.
//! What a model or a server said stands in the last column as JSON, which no spreadsheet takes for a formula.

use std::io::{self, Write};

use speed_kings_core::text::{inert, spreadsheet_cell};
use speed_kings_recording::Recording;
use speed_kings_recording::format::event_parts;

/// The columns: microseconds since the green light, the lane's number from 0, its contestant, the event's code and its
/// payload, both as in a recording.
const COLUMNS: [&str; 5] = ["at_us", "lane", "contestant", "event", "payload"];

/// Writes the events of `recording` to `out`.
///
/// # Errors
/// When `out` can't be written.
pub fn write(recording: &Recording, out: &mut dyn Write) -> io::Result<()> {
    let contestants = &recording.header.setup.contestants;
    let names: Vec<String> = contestants.iter().map(|contestant| spreadsheet_cell(&contestant.name)).collect();
    let mut writer = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(out);
    writer.write_record(COLUMNS)?;
    for event in &recording.events {
        let (code, payload) = event_parts(&event.kind);
        let at = event.at.as_micros().to_string();
        let number = event.lane.map(|lane| lane.0.to_string()).unwrap_or_default();
        let name = event.lane.and_then(|lane| names.get(lane.index())).map(String::as_str).unwrap_or_default();
        let payload = if payload.is_null() { String::new() } else { inert(&payload.to_string()).into_owned() };
        writer.write_record([at.as_str(), &number, name, &code, &payload])?;
    }
    writer.flush()
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::super::tests::{hostile, recording, steers};
    use super::*;

    /// The records of a CSV file, its header among them.
    fn records(text: &str) -> Vec<Vec<String>> {
        assert!(text.ends_with("\r\n"));
        let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(text.as_bytes());
        reader.records().map(|record| record.unwrap().iter().map(str::to_owned).collect()).collect()
    }

    fn written(recording: &Recording) -> String {
        let mut bytes = Vec::new();
        write(recording, &mut bytes).unwrap();
        String::from_utf8(bytes).unwrap()
    }

    #[test]
    fn every_event_is_a_row_that_reads_back() {
        for recording in [recording(), hostile()] {
            let text = written(&recording);
            assert!(!steers(&text));
            let records = records(&text);
            assert_eq!(records[0], ["at_us", "lane", "contestant", "event", "payload"]);
            assert_eq!(records.len(), recording.events.len() + 1);
            for (record, event) in records[1..].iter().zip(&recording.events) {
                assert_eq!(record.len(), 5);
                assert!(record.iter().all(|field| !field.starts_with(['=', '@', '+'])), "{record:?}");
                let (code, payload) = event_parts(&event.kind);
                assert_eq!((&record[0], record[3].as_str()), (&event.at.as_micros().to_string(), code.as_str()));
                let read = if record[4].is_empty() { Value::Null } else { serde_json::from_str(&record[4]).unwrap() };
                assert_eq!(read, payload);
            }
        }
    }
}
