//! What a sweep shows while it runs: where it is, when it may be over, and how fast each combination was so far.

use std::time::Duration;

use super::sweep_tables::bar;
use crate::lab::scaling::{PointFigures, figures};
use crate::lab::sweep::SweepFile;
use crate::text::printable;
use unicode_width::UnicodeWidthStr as _;

/// The widest name of a combination, in columns.
const WIDEST: usize = 44;

/// Where a sweep is.
pub(super) struct SweepProgress {
    /// The visit that is being made, from 1.
    pub(super) number: usize,
    /// Visits of this session in all.
    pub(super) all: usize,
    /// Its round, from 1.
    pub(super) round: u32,
    /// The combination that is visited.
    pub(super) point: usize,
    /// How long the visits so far took in all, their pauses with them.
    pub(super) took: Duration,
}

impl SweepProgress {
    /// `visit 4 of 18, round 1 of 3, about 2 min left`.
    fn line(&self, rounds: u32) -> String {
        let left = self.left().map(|left| format!(", about {} left", words(left))).unwrap_or_default();
        format!("visit {} of {}, round {} of {rounds}{left}", self.number, self.all, self.round)
    }

    /// How long the rest may take, when it goes on as it went; nothing during the first visit.
    fn left(&self) -> Option<Duration> {
        let made = u32::try_from(self.number.checked_sub(1)?).ok().filter(|made| *made > 0)?;
        let left = u32::try_from(self.all.saturating_sub(self.number) + 1).ok()?;
        Some(Duration::from_secs((self.took / made * left).as_secs()))
    }
}

/// A time as one would say it: `40 s`, `12 min`, `2 h 5 min`.
fn words(time: Duration) -> String {
    match time.as_secs() {
        seconds @ 0..120 => format!("{seconds} s"),
        seconds @ 120..7_200 => format!("{} min", seconds.div_ceil(60)),
        seconds => format!("{} h {} min", seconds / 3_600, seconds % 3_600 / 60),
    }
}

/// The lines of the board, at most `rows`: the one that says where it is, and one for each combination. Where not all of them
/// have room, those around the current one are shown.
pub(super) fn lines(file: &SweepFile, progress: &SweepProgress, rows: usize) -> Vec<String> {
    let told: Vec<PointFigures> = (0..file.points.len()).map(|point| figures(file, point, None)).collect();
    let most = told.iter().filter_map(PointFigures::speed).fold(0.0, f64::max);
    let names: Vec<String> = (0..told.len()).map(|point| printable(&file.label(point)).into_owned()).collect();
    let widest = names.iter().map(|name| name.width()).max().unwrap_or(0).min(WIDEST);
    let room = rows.saturating_sub(1).clamp(1, told.len().max(1));
    let first = progress.point.saturating_sub(room / 2).min(told.len().saturating_sub(room));
    let row = |(point, (name, told)): (usize, (&String, &PointFigures))| {
        let here = if point == progress.point { '▸' } else { ' ' };
        let space = " ".repeat(widest.saturating_sub(name.width()));
        let figures = match told.speed() {
            Some(speed) => format!("{speed:>8.1} tok/s  n {}  {}", told.visits, bar(speed / most)),
            None if told.failed > 0 => "  failed".into(),
            None => String::new(),
        };
        format!("{here} {name}{space} {figures}").trim_end().to_owned()
    };
    let shown = names.iter().zip(&told).enumerate().skip(first).take(room).map(row);
    std::iter::once(progress.line(file.rounds)).chain(shown).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::environment::MachineEnvironment;
    use crate::lab::sweep::{ModelSize, SweepPoint, VERSION};
    use crate::lab::visit::SweepVisit;

    fn file(points: usize) -> SweepFile {
        let point = |number: usize| SweepPoint {
            engine: "e".into(),
            model: "m".into(),
            settings: [("threads".to_owned(), number.to_string())].into(),
            concurrency: 1,
            runner: None,
        };
        let speed = |point, speed| SweepVisit { point, output_tok_s: Some(speed), ..SweepVisit::default() };
        SweepFile {
            version: VERSION,
            kind: "sweep".into(),
            started_at: jiff::Timestamp::UNIX_EPOCH,
            environment: MachineEnvironment::default(),
            prompt: "Hi".into(),
            max_tokens: 64,
            seed: 7,
            rounds: 3,
            cool_down_s: 0.0,
            models: vec![ModelSize::default(); points],
            machines: std::collections::BTreeMap::new(),
            points: (1..=points).map(point).collect(),
            visits: vec![speed(0, 20.0), speed(1, 40.0), SweepVisit::failed(2, 1, "x")],
        }
    }

    #[test]
    fn every_combination_has_its_line_and_its_bar() {
        let progress = SweepProgress { number: 4, all: 9, round: 1, point: 1, took: Duration::from_secs(30) };
        let lines = lines(&file(3), &progress, 24);
        assert_eq!(lines[0], "visit 4 of 9, round 1 of 3, about 60 s left");
        assert!(lines[1].starts_with("  threads=1     20.0 tok/s  n 1  ███"), "{lines:?}");
        assert!(lines[2].starts_with("▸ threads=2 ") && lines[3].ends_with("failed"), "{lines:?}");
    }

    #[test]
    fn times_are_said_as_people_say_them() {
        let said = [60, 125, 7_500].map(|seconds| words(Duration::from_secs(seconds)));
        assert_eq!(said, ["60 s", "3 min", "2 h 5 min"]);
    }

    #[test]
    fn a_low_terminal_shows_those_around_the_current_one() {
        let progress = SweepProgress { number: 1, all: 9, round: 1, point: 15, took: Duration::ZERO };
        let lines = lines(&file(20), &progress, 6);
        assert_eq!((lines.len(), lines[0].as_str()), (6, "visit 1 of 9, round 1 of 3"));
        assert!(lines.iter().any(|line| line == "▸ threads=16"), "{lines:?}");
    }
}
