//! What a runner keeps of a visit of a sweep: what was asked for, and the figures that came of it. It is the runner's own record; a director
//! gets it byte by byte, as any tape.

use std::io;
use std::path::Path;

use serde::{Deserialize, Serialize};
use speed_kings_core::race::setup::RaceSetup;
use speed_kings_core::text::printable;
use speed_kings_lab::visit::SweepVisit;

use crate::line_tape::LineTapeWriter;
use crate::tape::next_line;
use crate::wire::VisitPlan;

/// The longest text of a runner that is kept, in characters: an engine's last words are among them.
const LONGEST_TEXT: usize = 2_000;
/// The most settings without an effect that are kept of a visit.
const MOST_SETTINGS: usize = 100;

/// A line of the file, behind its header.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum VisitLine {
    /// What was to be visited.
    Visit(VisitPlan),
    /// What came of it; nothing more comes after it.
    Figures(Box<SweepVisit>),
}

/// A file of a visit in the making.
#[derive(Debug)]
pub(crate) struct VisitTapeWriter(LineTapeWriter);

impl VisitTapeWriter {
    /// A new one in `folder` for requests as `setup` says, and its first line.
    pub(crate) fn begin(folder: &Path, setup: &RaceSetup, plan: VisitPlan) -> io::Result<(Self, String)> {
        let (tape, header) = LineTapeWriter::begin(folder, "visit", setup, &VisitLine::Visit(plan))?;
        Ok((Self(tape), header))
    }

    /// Adds what came of it, after which nothing comes.
    pub(crate) fn end(self, figures: SweepVisit) -> io::Result<()> {
        self.0.end(&VisitLine::Figures(Box::new(figures)))
    }
}

/// The figures on a whole `tape`, as visit of this `point` in this `round`; nothing where it ended in the middle.
pub(crate) fn figures_on(tape: &[u8], point: usize, round: u32) -> Option<SweepVisit> {
    let mut position = 0;
    let mut found = None;
    while let Some(line) = next_line(tape, &mut position) {
        if let Ok(VisitLine::Figures(figures)) = serde_json::from_slice(line) {
            found = Some(*figures);
        }
    }
    found.map(|figures| SweepVisit { point, round, lost: false, ..sound(figures) })
}

/// Figures as they may be shown: their words are untrusted.
fn sound(mut figures: SweepVisit) -> SweepVisit {
    let text = |text: String| printable(&text).chars().take(LONGEST_TEXT).collect::<String>();
    figures.failure = figures.failure.map(text);
    figures.page_cache = figures.page_cache.filter(|word| word == "cold" || word == "warm");
    figures.without_effect = figures.without_effect.into_iter().take(MOST_SETTINGS).map(text).collect();
    figures
}

#[cfg(test)]
mod tests {
    use speed_kings_core::fixture::contestant;

    use super::*;
    use crate::line_tape::ending_of;
    use crate::name::RaceId;

    #[test]
    fn figures_are_kept_read_and_harmless() {
        let dir = tempfile::tempdir().unwrap();
        let setup = RaceSetup { contestants: vec![contestant("A")], ..RaceSetup::default() };
        let plan = VisitPlan {
            race: RaceId::fresh(),
            sweep: "q".into(),
            settings: [("threads".to_owned(), "2".to_owned())].into(),
            prompt: "Hi".into(),
            max_tokens: 9,
        };
        let (tape, header) = VisitTapeWriter::begin(dir.path(), &setup, plan).unwrap();
        let path = dir.path().join("visit.jsonl");
        let unfinished = std::fs::read(&path).unwrap();
        let figures = SweepVisit {
            failure: Some("\u{1b}[31mdead".into()),
            page_cache: Some("=1+1".into()),
            without_effect: vec!["a\u{7}".into(); 200],
            output_tok_s: Some(4.0),
            lost: true,
            ..SweepVisit::default()
        };
        tape.end(figures).unwrap();
        let whole = std::fs::read(&path).unwrap();
        assert!(whole.starts_with(header.as_bytes()));
        assert_eq!((ending_of(&whole), figures_on(&unfinished, 3, 2)), ("jsonl", None));
        let read = figures_on(&whole, 3, 2).unwrap();
        assert_eq!((read.point, read.round, read.output_tok_s, read.lost), (3, 2, Some(4.0), false));
        assert!(!read.failure.unwrap().contains('\u{1b}') && read.page_cache.is_none());
        assert!(read.without_effect.len() == 100 && !read.without_effect[0].contains('\u{7}'));
    }
}
