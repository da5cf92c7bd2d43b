//! What has to hold so that the figures of a load are those of a server: each condition with its reason.

use super::file::{LoadFile, LoadLevel};
use super::offered::offered;
use speed_kings_core::race::verdict::BadgeKind;
use speed_kings_session::bench::saved::BadgeRecord;
use speed_kings_session::lengths::PlanFigures;

/// The conditions, those that hold as well as those that don't.
#[must_use]
pub fn badges(file: &LoadFile) -> Vec<BadgeRecord> {
    let planned = file.lengths.is_some();
    let unknown = file.levels.iter().all(|level| level.figures.plan.as_ref().is_none_or(PlanFigures::is_unknown));
    let lengths = broken(file, |level| level.figures.plan.as_ref().and_then(PlanFigures::off));
    let simulated = file.simulated().then(|| "simulated: the figures say nothing about any provider".to_owned());
    let mut all = vec![
        badge(BadgeKind::Real.as_str(), simulated, "real servers"),
        badge(
            "own client",
            broken(file, |level| level.figures.client_limit.clone()),
            "this program was in time at every level",
        ),
        badge("whole levels", broken(file, LoadLevel::incomplete), "all that was to be offered was"),
        badge(
            "fresh prompts",
            file.settings.allow_cache.then(|| "prompt caches were allowed".to_owned()),
            "a fresh nonce opens each prompt",
        ),
    ];
    if planned {
        let mut lengths = badge("as long as planned", lengths, "lengths are those that were asked for");
        if unknown {
            (lengths.holds, lengths.detail) = (None, "no server counts its tokens".to_owned());
        }
        all.push(lengths);
    }
    all
}

fn badge(name: &str, broken: Option<String>, holds: &str) -> BadgeRecord {
    let fine = broken.is_none();
    BadgeRecord { badge: name.to_owned(), holds: Some(fine), detail: broken.unwrap_or_else(|| holds.to_owned()) }
}

/// At which levels something is wrong, and what; nothing where it is at none.
fn broken(file: &LoadFile, why: impl Fn(&LoadLevel) -> Option<String>) -> Option<String> {
    let at = |level: &LoadLevel| {
        let who = file.contestants.get(level.contestant).map_or("", |who| who.name.as_str());
        Some(format!("{who} at {}: {}", offered(level.load()), why(level)?))
    };
    let all: Vec<String> = file.levels.iter().filter_map(at).collect();
    (!all.is_empty()).then(|| all.join("; "))
}
