//! What a load came to in a sentence for each contestant: the highest load that holds the objective, if there is one.

use super::file::{LoadFile, LoadLevel};
use super::offered::offered;
use super::search::{DoneLevel, highest};
use speed_kings_core::format;
use speed_kings_core::time::Rate;
use speed_kings_session::bench::saved::LaneIdentity;

/// The highest load of each contestant that holds the objective; nothing without one.
pub(super) fn headlines(file: &LoadFile) -> Vec<String> {
    let Some(slo) = &file.slo else { return Vec::new() };
    let one = |(number, who): (usize, &LaneIdentity)| headline(&who.name, slo, &file.levels_of(number));
    file.contestants.iter().enumerate().map(one).collect()
}

/// The first thing to know: who holds the objective up to where, or without one, where each got the most.
#[must_use]
pub fn lead(file: &LoadFile) -> String {
    let most = |(number, who): (usize, &LaneIdentity)| {
        let whole = file.levels_of(number).into_iter().filter(|level| level.incomplete().is_none());
        let level = whole.max_by(|a, b| a.figures.load_tok_s.total_cmp(&b.figures.load_tok_s))?;
        let speed = format::rate(Some(Rate::per_second(level.figures.load_tok_s)));
        Some(format!("{}: at most {speed} tokens a second of all requests, at {}", who.name, offered(level.load())))
    };
    let held = headlines(file);
    if held.is_empty() { file.contestants.iter().enumerate().filter_map(most).collect() } else { held }.join(". ")
}

/// What `levels`, from the least load on, say of `who`.
fn headline(who: &str, slo: &str, levels: &[&LoadLevel]) -> String {
    let done: Vec<DoneLevel> = levels.iter().map(|level| level.done()).collect();
    let held = highest(&done);
    let found = held.and_then(|load| levels.iter().find(|level| level.load() == load));
    let broken = levels.iter().zip(&done).find(|(_, done)| done.holds == Some(false)).map(|(level, _)| level);
    // Held again above a load that broke it.
    let again: Vec<String> = levels
        .iter()
        .zip(&done)
        .filter(|(level, done)| {
            done.holds == Some(true) && broken.is_some_and(|broken| level.amount() > broken.amount())
        })
        .map(|(level, _)| offered(level.load()))
        .collect();
    let but = if again.is_empty() {
        String::new()
    } else {
        format!("; it holds at {} again, so that where it ends is not settled", again.join(", "))
    };
    match (found, broken) {
        (Some(level), Some(broken)) => {
            let (met, of) = level.figures.slo.as_ref().map_or((0, 0), |slo| (slo.met, slo.of));
            let (up_to, beyond) = (offered(level.load()), offered(broken.load()));
            format!("{who} holds {slo} up to {up_to}, with {met} of {of} requests, and no longer at {beyond}{but}")
        }
        (Some(level), None) => format!("{who} holds {slo} at every level, up to {}", offered(level.load())),
        (None, Some(broken)) if again.is_empty() => {
            format!("{who} holds {slo} at no level, from {} on", offered(broken.load()))
        }
        (None, Some(broken)) => format!("{who} does not hold {slo} at {}{but}", offered(broken.load())),
        (None, None) => format!("{who}: whether it holds {slo} is not known"),
    }
}
