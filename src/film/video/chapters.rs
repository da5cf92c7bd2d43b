//! The chapters of a video: the marks of the race and the places somebody named, where the picture shows them.
//! Those at one moment are one chapter: a player's list is for jumping.

use crate::film::Footage;
use crate::race::mark::MarkKind;
use crate::text::printable;
use crate::time::Period;

/// Chapters that a video has at the most: its container counts them in one byte.
const MOST: usize = 255;

/// A first chapter that begins this soon begins at the start, where players want one.
const SOON: Period = Period::from_millis(300);

/// A place in the video.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Chapter {
    /// On the picture's clock.
    pub(super) at: Period,
    /// Printable.
    pub(super) name: String,
}

/// The chapters of `footage`, in order; the first is at the start.
pub(super) fn chapters(footage: &Footage<'_>) -> Vec<Chapter> {
    let race = footage.recording.race();
    let marks = crate::race::mark::marks(&race);
    let script = &footage.script;
    let of_race = marks.iter().filter(|mark| mark.kind != MarkKind::Verdict);
    let mut chapters: Vec<Chapter> =
        of_race.filter_map(|mark| Some(Chapter { at: script.shows(mark.at)?, name: mark.words(&race) })).collect();
    let named = script.cut().chapters.iter();
    chapters.extend(named.filter_map(|chapter| {
        Some(Chapter { at: script.shows(chapter.at)?, name: printable(&chapter.name).into_owned() })
    }));
    chapters.extend(script.verdict_at().map(|at| Chapter { at, name: "verdict".into() }));
    chapters.sort_by_key(|chapter| chapter.at);
    chapters.dedup_by(|next, before| {
        let same = next.at == before.at;
        if same {
            before.name = format!("{}, {}", before.name, next.name);
        }
        same
    });
    match chapters.first_mut() {
        Some(first) if first.at <= SOON => first.at = Period::ZERO,
        Some(_) => chapters.insert(0, Chapter { at: Period::ZERO, name: "start".into() }),
        None => {}
    }
    chapters.truncate(MOST);
    chapters
}
