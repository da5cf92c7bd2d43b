//! Reports: a recorded race as data for programs and as a table for people, in one file for each format.
//! They are made from the recording alone; no screen has a part in them.

pub mod csv;
pub mod json;
pub mod markdown;

use speed_kings_core::format;
use speed_kings_core::race::Race;
use speed_kings_core::race::verdict::{RaceOutcome, Verdict};
use speed_kings_core::text::printable;
use speed_kings_recording::Recording;

/// What a race is called: `SIM · A1 · Cerebras vs Groq`, or `SIM` and what `named` calls it; printable and on one line.
/// A title may be a claim, so it says where a badge is broken; of a simulated race `SIM` says that.
#[must_use]
pub fn title(race: &Race, named: Option<&str>) -> String {
    let sim = race.simulated().then(|| "SIM".to_owned());
    let phase = race.setup.phase.as_ref().filter(|_| named.is_none()).map(|phase| phase.id.clone());
    let what = named.map_or_else(|| race.setup.title(), str::to_owned);
    let broken = sim.is_none() && is_in_doubt(race);
    let weight = broken.then(|| "provisional".to_owned());
    let parts: Vec<String> = [sim, weight, phase, Some(what)].into_iter().flatten().collect();
    printable(&parts.join(" · ")).into_owned()
}

/// Whether somebody won, or nobody by a hair, under a broken badge.
fn is_in_doubt(race: &Race) -> bool {
    let verdict = Verdict::of(race);
    verdict.is_provisional() && !matches!(verdict.outcome, RaceOutcome::None { .. })
}

/// What an edit of `recording` calls it, if it does.
fn named(recording: &Recording) -> Option<&str> {
    recording.header.cut.as_ref().and_then(|cut| cut.title.as_deref())
}

/// The result of `race` in a sentence, printable.
#[must_use]
pub fn headline(race: &Race, verdict: &Verdict) -> String {
    let weight = verdict.weight();
    match &verdict.outcome {
        RaceOutcome::Won { winner, second, ratio, by } => format!(
            "{weight}{} won this run: {} as fast as {}, {by} ahead",
            printable(race.name(*winner)),
            format::ratio(*ratio),
            printable(race.name(*second))
        ),
        RaceOutcome::DeadHeat { by } => {
            format!("{weight}dead heat: {}, too close for one run to tell", format::apart(*by))
        }
        RaceOutcome::None { missing } => {
            let who = missing.iter().map(|(lane, _)| printable(race.name(*lane))).collect::<Vec<_>>().join(", ");
            format!("no verdict: {who} can't be compared")
        }
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use std::path::Path;

    use super::*;
    use speed_kings_core::race::event::{Event, EventKind, LaneId, TextChannel};
    use speed_kings_core::time::Offset;
    use speed_kings_recording::reader::read_file;

    /// A simulated race that ended well.
    pub(crate) fn recording() -> Recording {
        read_file(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../../recordings/wafer-vs-lpu-sim.race")).unwrap()
    }

    /// The same in which the models and the file's author have tried everything.
    pub(crate) fn hostile() -> Recording {
        let mut recording = recording();
        let nasty = "=cmd|' /C calc'!A0,\"\r\n\u{1b}[2J\u{9b}31m\u{202e}<script>|`x`\u{e0041}";
        recording.header.setup.contestants[0].name = nasty.into();
        recording.header.setup.prompt.name = nasty.into();
        let last = recording.events.last().map_or(Offset::GREEN, |event| event.at);
        for event in &mut recording.events {
            if let EventKind::Text { text, .. } = &mut event.kind {
                *text = nasty.into();
            }
        }
        let long = EventKind::Text { channel: TextChannel::Answer, text: "x".repeat(1_000_000).into() };
        recording.events.push(Event { at: last, lane: Some(LaneId(1)), kind: long });
        recording
    }

    /// What nothing that is shown anywhere may hold.
    pub(crate) fn steers(text: &str) -> bool {
        text.chars().any(|c| c != '\n' && c != '\r' && (c.is_control() || ('\u{202A}'..='\u{202E}').contains(&c)))
    }

    #[test]
    fn a_broken_badge_stands_in_headline_and_title() {
        let mut race = speed_kings_core::fixture::race([&[100, 200], &[150, 500]]);
        assert_eq!(headline(&race, &Verdict::of(&race)), "A won this run: 2.50× as fast as B, 300.0 ms ahead");
        assert_eq!(title(&race, Some("A beats B")), "A beats B");
        race.setup.contestants[1].same_as = Some("another".into());
        race.setup.contestants[1].model = "another".into();
        let told = headline(&race, &Verdict::of(&race));
        assert_eq!(told, "provisional: A won this run: 2.50× as fast as B, 300.0 ms ahead");
        assert_eq!(title(&race, Some("A beats B")), "provisional · A beats B");
    }

    #[test]
    fn a_title_says_what_is_simulated() {
        assert_eq!(title(&recording().race(), None), "SIM · G1 · Cerebras vs Groq");
        assert_eq!(title(&recording().race(), Some("The\nfinal")), "SIM · The final");
        assert!(!steers(&title(&hostile().race(), Some("\u{1b}[2J"))) && !steers(&title(&hostile().race(), None)));
    }
}
