//! What is no evidence of its own: recordings that somebody put together or edited, and runs that stand in several files.
//! A run is known by the moment at which it began and by what it brought, whatever its file is called.

use std::collections::HashSet;

use jiff::Timestamp;

use super::file::{EvidenceFile, RoundFigures};
use speed_kings_core::date;
use speed_kings_core::race::verdict::Metric;
use speed_kings_recording::Recording;

/// Why a ghost race is none.
pub(super) const GHOST: &str =
    "a ghost race: its lanes ran at different times and are no evidence; their own recordings are";
const MERGED: &str = "put together from other recordings: those are the evidence";
const EDITED: &str = "an edited copy: the recording that it was made from is the evidence";

/// Why a recording is not the record of one race as it was; nothing where it is.
pub(super) fn is_made_up(recording: &Recording) -> Option<&'static str> {
    let header = &recording.header;
    if header.setup.has_ghosts() {
        Some(GHOST)
    } else if header.merged || !header.setup.mismatches.is_empty() {
        Some(MERGED)
    } else if header.cut.is_some() || header.unknown.get("cut").is_some() {
        Some(EDITED)
    } else {
        None
    }
}

/// `all` with each run once, however many files hold it: in the file that has the most runs. In words, which files lost
/// runs by that; one that lost all of them is gone.
#[must_use]
pub fn once(all: Vec<EvidenceFile>) -> (Vec<EvidenceFile>, Vec<String>) {
    let runs = |of: &EvidenceFile| of.lanes.iter().map(|lane| lane.rounds.len() + lane.failed).sum::<usize>();
    let mut order: Vec<(usize, EvidenceFile)> = all.into_iter().enumerate().collect();
    order.sort_by_key(|(_, evidence)| std::cmp::Reverse(runs(evidence)));
    let mut seen: HashSet<String> = HashSet::new();
    let (mut kept, mut told): (Vec<(usize, EvidenceFile)>, Vec<String>) = (Vec::new(), Vec::new());
    for (place, mut evidence) in order {
        let (before, at) = (rounds(&evidence), evidence.at);
        let mut own: HashSet<String> = HashSet::new();
        for lane in &mut evidence.lanes {
            // Two lanes of one file are two runs, whatever they brought.
            let mut of_lane: HashSet<String> = HashSet::new();
            lane.rounds.retain(|round| {
                let key = key(at, round);
                !seen.contains(&key) && of_lane.insert(key)
            });
            own.extend(of_lane);
        }
        let again = before - rounds(&evidence);
        let is_same = |of: &EvidenceFile| at.is_some() && of.at == at && of.lanes.len() == evidence.lanes.len();
        let only_failures = before == 0 && kept.iter().any(|(_, of)| is_same(of));
        if only_failures || (again > 0 && again == before) {
            told.push(format!("{}: its runs are in other files, too, and count once", evidence.file));
            continue;
        }
        if again > 0 {
            let counted = if again == 1 { "1 of its runs is" } else { "some of its runs are" };
            told.push(format!("{}: {counted} in other files, too: {again} of {before} count once", evidence.file));
        }
        seen.extend(own);
        kept.push((place, evidence));
    }
    kept.sort_by_key(|(place, _)| *place);
    told.sort();
    (kept.into_iter().map(|(_, evidence)| evidence).collect(), told)
}

fn rounds(of: &EvidenceFile) -> usize {
    of.lanes.iter().map(|lane| lane.rounds.len()).sum()
}

/// By what a run is known again. Names may have been taken out of a copy, and prices with them.
fn key(at: Option<Timestamp>, round: &RoundFigures) -> String {
    let file = || at.map(|at| format!("{} {}", date::to_milli(at), round.number));
    let began = round.began.map(date::to_milli).or_else(file).unwrap_or_else(|| round.number.to_string());
    let figures = round.figures.iter().filter(|(metric, _)| *metric != Metric::Cost);
    let figures: Vec<String> = figures.map(|(metric, figure)| format!("{} {figure:.6e}", metric.as_str())).collect();
    format!("{began} {}", figures.join(" "))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::findings::evidence::{LaneEvidence, QuestionKey};
    use speed_kings_core::fixture::contestant;
    use speed_kings_core::race::setup::RaceSetup;
    use speed_kings_core::time::Offset;
    use speed_kings_recording::RecordingHeader;
    use speed_kings_recording::edit_list::EditList;

    fn file(name: &str, began: std::ops::Range<u32>) -> EvidenceFile {
        let lane = |provider: &str| LaneEvidence {
            provider: provider.into(),
            name: provider.into(),
            endpoint: None,
            model: "m".into(),
            simulated: false,
            rounds: began
                .clone()
                .map(|number| RoundFigures {
                    number: number - began.start + 1,
                    began: date::moment(&format!("2026-01-01T10:00:{number:02}Z")),
                    figures: vec![(Metric::OutputSpeed, 100.0), (Metric::Cost, 1.0)],
                    ..RoundFigures::default()
                })
                .collect(),
            failed: 0,
            not_alike: None,
            again: None,
            here: false,
            price: None,
        };
        EvidenceFile {
            file: name.into(),
            at: Some(Timestamp::UNIX_EPOCH + Duration::from_secs(u64::from(began.start))),
            asked: QuestionKey::default(),
            unfair: Vec::new(),
            left_out: Vec::new(),
            phase: None,
            lanes: vec![lane("a"), lane("b")],
        }
    }

    #[test]
    fn a_run_counts_once_however_many_files_hold_it() {
        let mut renamed = file("copy", 0..6);
        renamed.lanes.iter_mut().for_each(|lane| lane.provider = "provider-1".into());
        renamed.at = None;
        let (kept, told) = once(vec![file("begun", 0..3), file("whole", 0..6), renamed, file("other", 4..9)]);
        let left: Vec<(&str, usize)> = kept.iter().map(|of| (of.file.as_str(), of.lanes[0].rounds.len())).collect();
        assert_eq!(left, [("whole", 6), ("other", 3)]);
        assert_eq!(
            told,
            [
                "begun: its runs are in other files, too, and count once",
                "copy: its runs are in other files, too, and count once",
                "other: some of its runs are in other files, too: 4 of 10 count once",
            ]
        );
        let twice = file("twice", 0..3);
        let mut doubled = twice.clone();
        doubled.lanes.iter_mut().for_each(|lane| lane.rounds.extend(twice.lanes[0].rounds.clone()));
        assert_eq!(rounds(&once(vec![doubled]).0[0]), 6, "nor twice in one file");
    }

    #[test]
    fn what_was_put_together_or_edited_is_no_evidence() {
        let recording = |change: fn(&mut RecordingHeader)| {
            let mut header = RecordingHeader {
                setup: RaceSetup { contestants: vec![contestant("A"), contestant("B")], ..RaceSetup::default() },
                ..RecordingHeader::default()
            };
            change(&mut header);
            Recording { header, ..Recording::default() }
        };
        assert_eq!(is_made_up(&recording(|_| {})), None);
        assert_eq!(is_made_up(&recording(|header| header.setup.contestants[1].ghost = Some("x".into()))), Some(GHOST));
        assert_eq!(is_made_up(&recording(|header| header.merged = true)), Some(MERGED));
        assert_eq!(is_made_up(&recording(|header| header.setup.mismatches = vec!["x".into()])), Some(MERGED));
        let cut = |header: &mut RecordingHeader| header.cut = Some(EditList::whole(Offset::GREEN, Offset::GREEN));
        assert_eq!(is_made_up(&recording(cut)), Some(EDITED));
    }
}
