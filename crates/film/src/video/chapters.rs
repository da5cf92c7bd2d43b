//! The chapters of a video: those of every film, as a player's list for jumping wants them.
//! Those at one moment are one chapter, and the first is at the start.

use crate::chapters;
pub(super) use crate::chapters::FilmChapter;
use crate::job::RenderJob;
use speed_kings_core::time::Period;

/// Chapters that a video has at the most: its container counts them in one byte.
const MOST: usize = 255;

/// A first chapter that begins this soon begins at the start, where players want one.
const SOON: Period = Period::from_millis(300);

/// The chapters of `job`, in order; the first is at the start.
pub(super) fn chapters(job: &RenderJob<'_>) -> Vec<FilmChapter> {
    let mut chapters = chapters::chapters(job);
    chapters.dedup_by(|next, before| {
        let same = next.at == before.at;
        if same {
            before.name = format!("{}, {}", before.name, next.name);
        }
        same
    });
    match chapters.first_mut() {
        Some(first) if first.at <= SOON => first.at = Period::ZERO,
        Some(_) => chapters.insert(0, FilmChapter { at: Period::ZERO, name: "start".into() }),
        None => {}
    }
    chapters.truncate(MOST);
    chapters
}
