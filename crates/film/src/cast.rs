//! An asciicast: the film as what a terminal is sent, for asciinema's player and everything that reads its files.
//! Formats: <https://docs.asciinema.org/manual/asciicast/v3/> and `…/v2/`; chapters are markers.

use std::path::PathBuf;

use serde_json::json;

use crate::camera::FilmFrame;
use crate::chapters::{FilmChapter, chapters};
use crate::colour::CssColour;
use crate::job::RenderJob;
use crate::raster::{GroundColours, indexed};
use crate::sgr::{RESTORE, SgrEncoder};
use crate::text_file::TextFile;
use crate::{Exporter, FilmError};
use speed_kings_core::time::Period;

/// What a terminal must be able to do to show it.
const TERM: &str = "xterm-256color";

/// The version of the format.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum CastVersion {
    /// Times since the start, with 6 decimals; what older tools read.
    V2,
    /// Times since the event before, with 3 decimals.
    #[default]
    V3,
}

/// Writes a film as an asciicast, for players of terminal recordings.
#[derive(Debug)]
pub struct CastWriter {
    file: TextFile,
    version: CastVersion,
    encoder: SgrEncoder,
    /// Where the file is, on its own clock.
    told: Period,
    chapters: std::iter::Peekable<std::vec::IntoIter<FilmChapter>>,
    end: Period,
    rows: u16,
}

impl CastWriter {
    /// An asciicast that will be `path`.
    #[must_use]
    pub fn new(path: PathBuf, version: CastVersion) -> Self {
        Self {
            file: TextFile::new(path),
            version,
            encoder: SgrEncoder::default(),
            told: Period::ZERO,
            chapters: Vec::new().into_iter().peekable(),
            end: Period::ZERO,
            rows: 0,
        }
    }

    fn event(&mut self, at: Period, code: &str, data: &str) -> Result<(), FilmError> {
        let stamp = self.stamp(at);
        // Written digit by digit: a float would show what it can't hold.
        let (code, data) = (json!(code), json!(data));
        self.file.append(format_args!("[{stamp},{code},{data}]\n"))
    }

    /// The time of an event at `at`. Version 3 has whole milliseconds since the event before: what rounding left over is
    /// counted into the next, so that the sum is never off by more than half of one.
    fn stamp(&mut self, at: Period) -> String {
        let micros = at.as_micros();
        match self.version {
            CastVersion::V2 => seconds(at),
            CastVersion::V3 => {
                let passed = ((micros + 500) / 1_000).saturating_sub(self.told.as_micros() / 1_000);
                self.told = self.told.plus(Period::from_millis(passed));
                format!("{}.{:03}", passed / 1_000, passed % 1_000)
            }
        }
    }

    /// The markers that are due by `at`.
    fn mark(&mut self, at: Period) -> Result<(), FilmError> {
        while let Some(chapter) = self.chapters.next_if(|chapter| chapter.at <= at) {
            self.event(chapter.at, "m", &chapter.name)?;
        }
        Ok(())
    }
}

impl Exporter for CastWriter {
    fn begin(&mut self, job: &RenderJob<'_>) -> Result<(), FilmError> {
        self.file.open()?;
        self.chapters = chapters(job).into_iter().peekable();
        self.end = job.shown(job.frames());
        self.rows = job.cells.height;
        let header = header(job, self.version, self.end);
        self.file.append(format_args!("{header}\n"))
    }

    fn frame(&mut self, frame: &FilmFrame<'_>) -> Result<(), FilmError> {
        self.mark(frame.at)?;
        if frame.changed.is_empty() {
            return Ok(());
        }
        match self.encoder.encode(frame.buffer, frame.changed_rows()) {
            Some(sent) => self.event(frame.at, "o", &sent),
            None => Ok(()),
        }
    }

    fn finish(&mut self) -> Result<(), FilmError> {
        self.mark(self.end)?;
        let restore = format!("{RESTORE}\u{1b}[{};1H", self.rows);
        self.event(self.end, "o", &restore)?;
        if self.version == CastVersion::V3 {
            self.event(self.end, "x", "0")?;
        }
        self.file.commit()
    }
}

/// The first line. The version stands first, so that a reader knows after a few bytes what it reads, and a duration has the six
/// decimals of the times below it.
fn header(job: &RenderJob<'_>, version: CastVersion, end: Period) -> String {
    let head = &job.recording.header;
    let ground = GroundColours::of(job.theme);
    let colours: Vec<String> = (0..16).map(|index| CssColour(indexed(index)).to_string()).collect();
    let theme = json!({"fg": CssColour(ground.fg).to_string(), "bg": CssColour(ground.bg).to_string(), "palette": colours.join(":")});
    let (cols, rows) = (job.cells.width, job.cells.height);
    let measures = match version {
        CastVersion::V2 => {
            let env = json!({"TERM": TERM});
            format!(
                r#""version":2,"width":{cols},"height":{rows},"duration":{},"theme":{theme},"env":{env}"#,
                seconds(end)
            )
        }
        CastVersion::V3 => {
            format!(r#""version":3,"term":{}"#, json!({"cols": cols, "rows": rows, "type": TERM, "theme": theme}))
        }
    };
    let secs = head.recorded_at.map(jiff::Timestamp::as_second).filter(|secs| *secs >= 0);
    let timestamp = secs.map(|secs| format!(r#","timestamp":{secs}"#)).unwrap_or_default();
    format!(r#"{{{measures}{timestamp},"title":{}}}"#, json!(job.title()))
}

/// Seconds with six decimals.
fn seconds(period: Period) -> String {
    let micros = period.as_micros();
    format!("{}.{:06}", micros / 1_000_000, micros % 1_000_000)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sgr::tests::TerminalKind;
    use crate::tests::{export, job};

    /// The events of a file, with their times since the start in seconds.
    fn events(text: &str, version: CastVersion) -> Vec<(f64, String, String)> {
        let mut clock = 0.0;
        let read = |line: &str| {
            let (at, code, data): (f64, String, String) = serde_json::from_str(line).unwrap();
            clock = if version == CastVersion::V3 { clock + at } else { at };
            (clock, code, data)
        };
        text.lines().skip(1).map(read).collect()
    }

    #[test]
    fn played_back_it_shows_every_frame_at_its_time() {
        for version in [CastVersion::V2, CastVersion::V3] {
            job(30, |job| {
                let text = export(job, |path| Box::new(CastWriter::new(path.to_owned(), version)));
                let events = events(&text, version);
                let mut events = events.iter().filter(|(_, code, _)| code == "o").peekable();
                let mut terminals = TerminalKind::new(job.cells.width, job.cells.height);
                let mut camera = job.camera();
                while let Some(frame) = camera.advance() {
                    let now = frame.at.as_secs_f64() + 0.000_51;
                    while let Some((at, _, data)) = events.next_if(|(at, ..)| *at <= now) {
                        assert!(frame.at.as_secs_f64() - at < 0.000_51, "frame {} is late", frame.index);
                        terminals.send(data);
                    }
                    terminals.compare(frame.buffer);
                }
                assert_eq!(events.count(), 1, "the end");
            });
        }
    }

    #[test]
    fn chapters_are_markers_in_their_place() {
        job(30, |job| {
            let text = export(job, |path| Box::new(CastWriter::new(path.to_owned(), CastVersion::V3)));
            let header: serde_json::Value = serde_json::from_str(text.lines().next().unwrap()).unwrap();
            assert_eq!((&header["version"], &header["term"]["cols"]), (&json!(3), &json!(job.cells.width)));
            assert!(header["title"].as_str().unwrap().starts_with("SIM"), "{header}");
            let events = events(&text, CastVersion::V3);
            assert!(events.is_sorted_by(|a, b| a.0 <= b.0));
            let markers: Vec<&str> =
                events.iter().filter(|(_, code, _)| code == "m").map(|(.., name)| name.as_str()).collect();
            assert_eq!(markers.first(), Some(&"green light"));
            assert_eq!(markers.last(), Some(&"verdict"));
            assert_eq!(markers.iter().filter(|name| name.ends_with("first token")).count(), 2);
            let (end, code, _) = events.last().unwrap();
            assert_eq!(code, "x");
            assert!((end - job.shown(job.frames()).as_secs_f64()).abs() < 0.000_51, "{end}");
        });
    }
}
