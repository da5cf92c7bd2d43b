//! Ghost races: lanes of two recordings put on one start, as a ghost lap runs beside the car of today.
//! Each lane keeps its own times from the moment its request left; what isn't the same in the two races is said.

use std::str::FromStr;

use crate::{Recording, RecordingHeader, writer};
use speed_kings_core::date;
use speed_kings_core::race::event::{Event, EventKind, LaneId};
use speed_kings_core::race::setup::{Contestant, RaceSettings, RaceSetup};
use speed_kings_core::time::Offset;

/// One lane of one of the two recordings.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct LanePick {
    /// Of the second recording.
    pub second: bool,
    /// Which lane of it, from 0.
    pub lane: u8,
}

/// Why recordings can't be merged.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum MergeError {
    /// A lane that is none.
    #[error("'{0}' is not a lane: A1 is the first lane of the first recording, B2 the second of the second")]
    Unknown(String),
    /// This recording doesn't have it.
    #[error("there is no lane {0}: the first recording has {first}, the second {second}", first = .1.0, second = .1.1)]
    Absent(LanePick, (usize, usize)),
    /// Fewer than two, or the same one twice.
    #[error("a race needs at least two lanes, each only once")]
    TooFew,
}

impl std::fmt::Display for LanePick {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}{}", if self.second { 'B' } else { 'A' }, u16::from(self.lane) + 1)
    }
}

impl FromStr for LanePick {
    type Err = MergeError;

    fn from_str(text: &str) -> Result<Self, MergeError> {
        let text = text.trim();
        let number = |rest: &str| rest.parse::<u8>().ok().and_then(|number| number.checked_sub(1));
        let pick = match text.split_at_checked(1) {
            Some(("A" | "a", rest)) => number(rest).map(|lane| Self { second: false, lane }),
            Some(("B" | "b", rest)) => number(rest).map(|lane| Self { second: true, lane }),
            _ => None,
        };
        pick.ok_or_else(|| MergeError::Unknown(text.to_owned()))
    }
}

/// Puts `picks` of two recordings on one start, every lane of both when nothing is picked. Lanes of the second recording
/// are ghosts of the first race. Prompt and settings are those of the first; where the second's differ, the race says so.
/// A recording of which no lane is picked has no say in any of it.
///
/// # Errors
/// When a lane isn't there, is picked twice, or is alone.
pub fn merge(first: &Recording, second: &Recording, picks: &[LanePick]) -> Result<Recording, MergeError> {
    let lanes = |recording: &Recording| recording.header.setup.contestants.len();
    let all = (lanes(first), lanes(second));
    let picks = if picks.is_empty() { every(all) } else { picks.to_vec() };
    let twice = picks.iter().enumerate().any(|(index, pick)| picks.iter().skip(index + 1).any(|other| other == pick));
    if picks.len() < 2 || twice || picks.len() > usize::from(u8::MAX) {
        return Err(MergeError::TooFew);
    }
    // Nobody is the ghost of a race that isn't there.
    let raced =
        Some(second.header.recorded_at.map(date::to_second).unwrap_or_default()).filter(|_| takes(&picks, false));
    let mut contestants: Vec<Contestant> = Vec::new();
    let mut events = vec![
        Event { at: Offset::GREEN, lane: None, kind: EventKind::Countdown },
        Event { at: Offset::GREEN, lane: None, kind: EventKind::Green },
    ];
    for (number, pick) in (0..).zip(&picks) {
        let of = if pick.second { second } else { first };
        let contestant = of.header.setup.contestants.get(usize::from(pick.lane));
        let contestant = contestant.ok_or(MergeError::Absent(*pick, all))?;
        contestants.push(entered(contestant, raced.as_ref().filter(|_| pick.second), &contestants));
        events.extend(aligned(&of.events, LaneId(pick.lane), LaneId(number)));
    }
    events.sort_by_key(|event| event.at);
    let both = [(first, false), (second, true)];
    let used: Vec<&Recording> = both.into_iter().filter(|(_, of)| takes(&picks, *of)).map(|(used, _)| used).collect();
    let whole = used.iter().all(|recording| recording.is_complete());
    Ok(finished(header(&used, contestants), events, whole))
}

/// Whether `picks` are lanes of the `second` recording, or of the first; without any all lanes are.
#[must_use]
pub fn takes(picks: &[LanePick], second: bool) -> bool {
    picks.is_empty() || picks.iter().any(|pick| pick.second == second)
}

fn every((first, second): (usize, usize)) -> Vec<LanePick> {
    let of = |lanes: usize, second| (0..=u8::MAX).take(lanes).map(move |lane| LanePick { second, lane });
    of(first, false).chain(of(second, true)).collect()
}

/// A contestant as it enters the merged race: a ghost when it `raced` at another time, and with a name of its own.
fn entered(contestant: &Contestant, raced: Option<&String>, others: &[Contestant]) -> Contestant {
    let mut entered = contestant.clone();
    entered.ghost = entered.ghost.or_else(|| raced.cloned());
    let taken = |name: &str| others.iter().any(|other| other.name == name);
    let names = (2..).map(|number| format!("{} #{number}", contestant.name));
    entered.name = std::iter::once(contestant.name.clone()).chain(names).find(|name| !taken(name)).unwrap_or_default();
    entered
}

/// The events of `lane`, counted from the moment its request first left, as events of lane `number`.
fn aligned(events: &[Event], lane: LaneId, number: LaneId) -> impl Iterator<Item = Event> {
    let of_lane = move |event: &&Event| event.lane == Some(lane) || is_of_all(event);
    let sent = events.iter().filter(of_lane).find(|event| event.kind == EventKind::Sent);
    let start = sent.map_or(0, |event| event.at.as_micros());
    events.iter().filter(of_lane).map(move |event| Event {
        at: Offset::from_micros(event.at.as_micros().saturating_sub(start)),
        // What ended or held up one race concerns its own lanes and not those of the other.
        lane: Some(number),
        kind: event.kind.clone(),
    })
}

/// Whether it happened to every lane of its race.
fn is_of_all(event: &Event) -> bool {
    event.lane.is_none() && matches!(event.kind, EventKind::Stopped | EventKind::Standstill(_))
}

fn header(used: &[&Recording], contestants: Vec<Contestant>) -> RecordingHeader {
    let mut mismatches: Vec<String> = Vec::new();
    for of in used {
        mismatches.extend(of.header.setup.mismatches.iter().cloned());
    }
    if let [first, second] = used {
        mismatches.extend(compare(first, second).into_iter().chain(models(&contestants)));
    }
    let Some(RecordingHeader { recorded_at, setup, environment, .. }) = used.first().map(|first| &first.header) else {
        return RecordingHeader::default();
    };
    let same_phase = used.iter().all(|of| phase(&of.header.setup) == phase(setup));
    let same_machine = used.iter().all(|of| of.header.environment == *environment);
    RecordingHeader {
        tool: concat!("speed-kings ", env!("CARGO_PKG_VERSION")).into(),
        recorded_at: *recorded_at,
        setup: RaceSetup {
            phase: setup.phase.clone().filter(|_| same_phase),
            contestants,
            prompt: setup.prompt.clone(),
            settings: setup.settings.clone(),
            mismatches,
            history: Vec::new(),
        },
        // Two machines are no machine.
        environment: environment.clone().filter(|_| same_machine),
        merged: true,
        ..RecordingHeader::default()
    }
}

fn phase(setup: &RaceSetup) -> Option<&str> {
    setup.phase.as_ref().map(|phase| phase.id.as_str())
}

/// What isn't the same in the two races, for a person: `max_tokens: 300 / 80`.
fn compare(first: &Recording, second: &Recording) -> Vec<String> {
    let (a, b) = (&first.header.setup, &second.header.setup);
    let mut found = Vec::new();
    let mut differ = |what: &str, of: fn(&RaceSettings) -> String| {
        let (a, b) = (of(&a.settings), of(&b.settings));
        found.extend((a != b).then(|| format!("{what}: {a} / {b}")));
    };
    differ("max_tokens", |settings| told(settings.max_tokens));
    differ("temperature", |settings| told(settings.temperature));
    differ("seed", |settings| told(settings.seed));
    differ("nonce", |settings| if settings.nonce.is_some() { "yes".into() } else { "no".into() });
    differ("warm connections", |settings| if settings.warm { "yes".into() } else { "no".into() });
    differ("reasoning", |settings| if settings.no_reasoning { "off".into() } else { "as it comes".into() });
    if a.prompt.text != b.prompt.text {
        found.push(format!("prompt: {} / {}", a.prompt.name, b.prompt.name));
    }
    found
}

/// The models, if they aren't all the same.
fn models(contestants: &[Contestant]) -> Option<String> {
    let model = |contestant: &Contestant| contestant.same_as.clone().unwrap_or_else(|| contestant.model.clone());
    let mut models: Vec<String> = contestants.iter().map(model).collect();
    models.dedup();
    (models.len() > 1).then(|| format!("model: {}", models.join(" / ")))
}

fn told(value: Option<impl ToString>) -> String {
    value.map_or_else(|| "none".into(), |value| value.to_string())
}

fn finished(header: RecordingHeader, events: Vec<Event>, whole: bool) -> Recording {
    let mut recording = Recording { header, events, ..Recording::default() };
    recording.end = whole.then(|| writer::end(&recording.race()));
    recording
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::{RecordingEnd, reader};
    use speed_kings_core::fixture::contestant;
    use speed_kings_core::race::event::{Standstill, TextChannel};
    use speed_kings_core::race::timing::LaneTiming;
    use speed_kings_core::race::verdict::{BadgeKind, BadgeState, Verdict};
    use speed_kings_core::time::Period;

    /// Two lanes whose requests leave `sent` µs after the green light, with their texts at these times, ms.
    fn recording(sent: i64, texts: [i64; 2]) -> Recording {
        let setup = RaceSetup { contestants: vec![contestant("A"), contestant("B")], ..RaceSetup::default() };
        let mut events = vec![Event { at: Offset::GREEN, lane: None, kind: EventKind::Green }];
        for (id, ms) in (0..).zip(texts) {
            let mut put =
                |us: i64, kind| events.push(Event { at: Offset::from_micros(us), lane: Some(LaneId(id)), kind });
            put(sent, EventKind::Sent);
            put(sent + ms * 1_000, EventKind::Text { channel: TextChannel::Answer, text: "word".into() });
            put(sent + ms * 2_000, EventKind::Text { channel: TextChannel::Answer, text: "word".into() });
            put(sent + ms * 2_000, EventKind::Closed);
        }
        events.sort_by_key(|event| event.at);
        let header =
            RecordingHeader { setup, recorded_at: date::moment("2026-01-01T00:00:00Z"), ..RecordingHeader::default() };
        Recording { header, events, end: Some(RecordingEnd::default()), ..Recording::default() }
    }

    fn picks(text: &str) -> Vec<LanePick> {
        text.split(',').map(|pick| pick.parse().unwrap()).collect()
    }

    #[test]
    fn yesterday_runs_beside_today() {
        let (today, mut yesterday) = (recording(1_209, [100, 200]), recording(77_000, [150, 300]));
        yesterday.header.recorded_at = date::moment("2025-12-31T00:00:00Z");
        let merged = merge(&today, &yesterday, &picks("A1,b1")).unwrap();
        let race = merged.race();
        let names: Vec<&str> = race.entries().map(|(_, contestant, _)| contestant.name.as_str()).collect();
        assert_eq!(names, ["A", "A #2"]);
        let ghosts: Vec<Option<&str>> = race.entries().map(|(_, contestant, _)| contestant.ghost.as_deref()).collect();
        assert_eq!(ghosts, [None, Some("2025-12-31T00:00:00Z")]);
        assert!(merged.header.merged && !today.header.merged);
        for (lane, from) in race.lanes().iter().zip([&today, &yesterday]) {
            assert_eq!(LaneTiming::of(lane), LaneTiming::of(from.race().lane(LaneId(0)).unwrap()), "no figure changes");
            assert_eq!(lane.marks.sent, Some(Offset::GREEN));
        }
        assert_eq!(race.start_skew(), Some(speed_kings_core::time::Period::ZERO));
        assert!(merged.events.is_sorted_by_key(|event| event.at));
        let badge = Verdict::of(&race).badges.into_iter().find(|badge| badge.kind == BadgeKind::OneRace).unwrap();
        assert_eq!(badge.state, BadgeState::Met);
        let mut bytes = Vec::new();
        writer::write_recording(&mut bytes, &merged).unwrap();
        assert_eq!(reader::read(&bytes).unwrap(), merged);
    }

    #[test]
    fn what_is_not_the_same_is_said_and_makes_it_provisional() {
        let (a, mut b) = (recording(0, [100, 200]), recording(0, [100, 200]));
        b.header.setup.settings.max_tokens = Some(80);
        b.header.setup.prompt.text = "another".into();
        b.header.setup.contestants[1].same_as = Some("other".into());
        let merged = merge(&a, &b, &[]).unwrap();
        assert_eq!(merged.header.setup.contestants.len(), 4);
        assert_eq!(
            merged.header.setup.mismatches,
            ["max_tokens: none / 80", "prompt:  / ", "model: llama-3.1-8b / other"]
        );
        let verdict = Verdict::of(&merged.race());
        let badge = verdict.badges.iter().find(|badge| badge.kind == BadgeKind::OneRace).unwrap();
        assert_eq!(badge.state, BadgeState::Broken);
        assert!(verdict.is_provisional());
    }

    #[test]
    fn a_recording_without_a_lane_in_it_has_no_say() {
        let (mut a, mut b) = (recording(0, [100, 200]), recording(0, [100, 200]));
        b.header.setup.settings.max_tokens = Some(80);
        b.header.setup.prompt.text = "another".into();
        b.header.setup.mismatches = vec!["b's own".into()];
        b.header.recorded_at = date::moment("2025-12-31T00:00:00Z");
        a.end = None;
        let ours = merge(&a, &b, &picks("A1,A2")).unwrap();
        assert_eq!(ours.header.setup.mismatches, [""; 0]);
        assert!(!ours.is_complete(), "its only race is not");
        let theirs = merge(&a, &b, &picks("B1,B2")).unwrap();
        assert!(theirs.is_complete());
        let (header, setup) = (&theirs.header, &theirs.header.setup);
        assert_eq!(
            (header.recorded_at.map(date::to_second).unwrap().as_str(), setup.prompt.text.as_str()),
            ("2025-12-31T00:00:00Z", "another")
        );
        assert_eq!((setup.settings.max_tokens, setup.mismatches.as_slice()), (Some(80), &["b's own".to_owned()][..]));
        assert!(!setup.has_ghosts(), "ghosts of no race");
        assert!(merge(&a, &b, &picks("B1,A1")).unwrap().header.setup.has_ghosts());
    }

    #[test]
    fn a_race_that_was_stopped_stops_its_own_lanes() {
        let (a, mut b) = (recording(0, [100, 200]), recording(0, [100, 200]));
        b.events.retain(|event| event.at < Offset::from_micros(150_000));
        b.events.push(Event { at: Offset::from_micros(150_000), lane: None, kind: EventKind::Stopped });
        let race = merge(&a, &b, &picks("A2,B2")).unwrap().race();
        let over: Vec<bool> =
            race.lanes().iter().map(|lane| lane.state == speed_kings_core::race::lane::LaneState::Finished).collect();
        assert_eq!(over, [true, false]);
        assert!(!race.stopped);
    }

    #[test]
    fn a_standstill_of_one_race_is_none_of_the_other() {
        let (a, mut b) = (recording(0, [100, 200]), recording(700, [100, 200]));
        let standstill = Standstill { length: Period::from_millis(60), suspended: None };
        b.events.push(Event { at: Offset::from_micros(160_700), lane: None, kind: EventKind::Standstill(standstill) });
        b.events.sort_by_key(|event| event.at);
        let race = merge(&a, &b, &[]).unwrap().race();
        let held: Vec<Vec<i64>> =
            race.lanes().iter().map(|lane| lane.standstills().map(|still| still.from.as_micros()).collect()).collect();
        assert_eq!(held, [vec![], vec![], vec![100_000], vec![100_000]]);
    }

    #[test]
    fn lanes_that_are_not_there_are_told() {
        let (a, b) = (recording(0, [1, 2]), recording(0, [1, 2]));
        let error = merge(&a, &b, &picks("A1,B3")).unwrap_err().to_string();
        assert_eq!(error, "there is no lane B3: the first recording has 2, the second 2");
        assert_eq!(merge(&a, &b, &picks("A1,A1")), Err(MergeError::TooFew));
        assert_eq!(merge(&a, &b, &picks("A1")), Err(MergeError::TooFew));
        for bad in ["", "A", "A0", "C1", "1", "ä1"] {
            assert!(bad.parse::<LanePick>().is_err(), "{bad}");
        }
    }

    proptest! {
        #[test]
        fn a_merge_is_a_sound_recording(sent in -1_000_000i64..1_000_000, b in -1_000_000i64..1_000_000, ms in 1i64..500) {
            let merged = merge(&recording(sent, [ms, 3]), &recording(b, [5, ms]), &[]).unwrap();
            let mut bytes = Vec::new();
            writer::write_recording(&mut bytes, &merged).unwrap();
            prop_assert_eq!(reader::read(&bytes).unwrap(), merged);
        }
    }
}
