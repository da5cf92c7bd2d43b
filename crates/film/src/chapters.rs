//! The chapters of a film, whatever it is written to: the marks of its race and the places somebody named, on the
//! picture's clock, and the verdict. A moment that was cut out is no chapter.

use super::script::{FilmScene, FilmScript};
use crate::job::RenderJob;
use speed_kings_core::race::mark::{MarkKind, marks};
use speed_kings_core::text::printable;
use speed_kings_core::time::{Offset, Period};

/// A moment with a name.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct FilmChapter {
    /// When, on the picture's clock.
    pub(super) at: Period,
    /// What happens there, printable.
    pub(super) name: String,
}

/// The chapters of `job`, in order.
pub(super) fn chapters(job: &RenderJob<'_>) -> Vec<FilmChapter> {
    let (race, script) = (job.recording.race(), &job.script);
    // The race's verdict is its last finish; the film shows it later, on a screen of its own.
    let marks = marks(&race).into_iter().filter(|mark| mark.kind != MarkKind::Verdict);
    let marks = marks.map(|mark| (mark.at, mark.words(&race)));
    let named = script.cut().chapters.iter().map(|named| (named.at, printable(&named.name).into_owned()));
    let shown = |(at, name)| Some(FilmChapter { at: shown(script, at)?, name });
    let mut chapters: Vec<FilmChapter> = marks.chain(named).filter_map(shown).collect();
    chapters.extend(script.verdict_at().map(|at| FilmChapter { at, name: "verdict".into() }));
    chapters.sort_by_key(|chapter| chapter.at);
    chapters
}

/// When the picture shows `at`; nothing where it shows something else instead.
pub(super) fn shown(script: &FilmScript, at: Offset) -> Option<Period> {
    let when = script.shows(at)?;
    match script.at(when) {
        // Both clocks are rounded to the µs, and one is a multiple of the other.
        FilmScene::Race(moment) | FilmScene::Finish(moment, _)
            if moment.at.as_micros().abs_diff(at.as_micros()) <= 1_000 =>
        {
            Some(when)
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::job;
    use super::*;
    use speed_kings_recording::edit_list::RaceChapter as Named;

    #[test]
    fn what_somebody_named_is_a_chapter_in_its_place() {
        job(30, |job| {
            let mut cut = job.recording.led_in(1.0).between(Offset::FIRST, Offset::from_micros(600_000));
            let chapter = |ms: i64, name: &str| Named { at: Offset::from_micros(ms * 1_000), name: name.into() };
            cut.chapters = vec![chapter(400, "Be\u{1b}nd"), chapter(-500, "Lights"), chapter(900, "cut out")];
            let mut edited = job.clone();
            edited.script = FilmScript::new(job.recording, cut);
            let chapters = chapters(&edited);
            let names: Vec<&str> = chapters.iter().map(|chapter| chapter.name.as_str()).collect();
            assert_eq!(names.first(), Some(&"Lights"));
            assert!(names.contains(&"Be␛nd") && !names.contains(&"cut out"), "{names:?}");
            assert!(chapters.is_sorted_by_key(|chapter| chapter.at));
        });
    }

    #[test]
    fn what_is_cut_out_is_no_chapter() {
        job(30, |job| {
            let names = |job: &RenderJob<'_>| chapters(job).into_iter().map(|chapter| chapter.name).collect::<Vec<_>>();
            let all = names(job);
            assert!(all.contains(&"green light".to_owned()) && all.last() == Some(&"verdict".to_owned()), "{all:?}");
            let mut cut = job.clone();
            let [from, until] = [240_000, 600_000].map(Offset::from_micros);
            cut.script = FilmScript::new(job.recording, job.recording.whole().between(from, until).faster(0.5));
            assert_eq!(names(&cut), ["Cerebras: first token", "Cerebras: takes the lead", "Cerebras: finish"]);
            let first = job.recording.race().lanes()[0].marks.first_text.unwrap();
            let into = first.since(Offset::from_micros(240_000)).as_micros();
            assert_eq!(chapters(&cut)[0].at, Period::from_micros(2 * into), "half as fast is twice as long");
        });
    }
}
