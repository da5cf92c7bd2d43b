//! Races of two engines on one model: which of them is faster, and what of its words.

use super::*;
use crate::fixture::contestant;
use crate::format::{quality, quality_short};
use crate::race::engine::EngineStart;
use crate::race::event::{Event, EventKind};
use crate::race::setup::RaceSetup;
use crate::race::verdict::Verdict;
use crate::time::Offset;

const PROSE: &str =
    "The sky looks blue because air scatters short waves of light far more than the long ones do, and so it goes.";

fn measured(bits_per_byte: f64) -> MeasuredQuality {
    MeasuredQuality { bits_per_byte, text_hash: "e3".into(), day: "2026-11-29".into(), ..MeasuredQuality::default() }
}

/// A race in which each lane says its words one by one, so many ms apart, with the figure that its engine has.
fn race(lanes: [(u16, &str, Option<MeasuredQuality>); 2]) -> Race {
    let mut race = Race::new(RaceSetup { contestants: vec![contestant("A"), contestant("B")], ..RaceSetup::default() });
    for (id, (step, words, quality)) in (0..).zip(lanes) {
        let mut put = |ms: i64, kind| {
            race.apply(&Event { at: Offset::from_micros(ms * 1_000), lane: Some(LaneId(id)), kind });
        };
        let start = EngineStart { engine: "e".into(), quality: quality.map(Box::new), ..EngineStart::default() };
        put(0, EventKind::EngineReady(Box::new(start)));
        put(0, EventKind::Sent);
        let mut at = 0;
        for word in words.split_inclusive(' ') {
            at += i64::from(step);
            put(at, EventKind::Text { channel: TextChannel::Answer, text: word.into() });
        }
        put(at + 1, EventKind::Closed);
    }
    race
}

fn told(race: &Race) -> Vec<String> {
    Verdict::of(race).quality.iter().map(|finding| quality(race, finding)).collect()
}

#[test]
fn an_answer_that_goes_round_in_circles_is_worse() {
    let junk = "and on ".repeat(30);
    let faster = race([(10, &junk, None), (40, PROSE, None)]);
    let said = &told(&faster)[0];
    assert!(said.starts_with("A is ") && said.contains("× as fast as B, and worse: its answer repeats"), "{said}");
    assert!(said.ends_with("itself (its last 60 words go round in a loop)"), "{said}");
    let finding = &Verdict::of(&faster).quality[0];
    assert!(finding.is_regression());
    assert_eq!(quality_short(finding), "faster, and worse: its answer repeats itself");
    let slower = race([(40, &junk, None), (10, PROSE, None)]);
    let said = &told(&slower)[0];
    assert!(said.starts_with("B is ") && said.contains("as fast as A, and better: the answer of A repeats"), "{said}");
    assert!(!Verdict::of(&slower).quality[0].is_regression());
    let often = format!("{PROSE} {PROSE} {PROSE} {PROSE} And that was all.");
    let often = race([(10, &often, None), (20, PROSE, None)]);
    assert!(told(&often)[0].contains("% of its four-word sequences were there before"), "{:?}", told(&often));
}

#[test]
fn nothing_is_said_where_both_are_alike_or_nobody_can_tell() {
    let junk = "and on ".repeat(30);
    assert_eq!(told(&race([(10, &junk, None), (20, &junk, None)])), [""; 0], "the model is at fault, or the prompt");
    assert_eq!(told(&race([(10, PROSE, None), (20, PROSE, None)])), [""; 0]);
    let mut other = race([(10, &junk, None), (20, PROSE, None)]);
    other.setup.contestants[1].same_as = Some("another".into());
    assert_eq!(told(&other), [""; 0], "two models");
    let mut simulated = race([(10, &junk, None), (20, PROSE, None)]);
    simulated.setup.contestants[0].simulated = true;
    assert_eq!(told(&simulated), [""; 0], "the simulator's words are nobody's");
    let mut stopped = race([(10, PROSE, None), (20, PROSE, None)]);
    stopped = Race::new(stopped.setup.clone());
    stopped.apply(&Event { at: Offset::GREEN, lane: None, kind: EventKind::Stopped });
    assert_eq!(told(&stopped), [""; 0]);
}

#[test]
fn what_was_measured_before_stands_beside_the_speed() {
    let both = |one, two| race([(10, PROSE, Some(measured(one))), (20, PROSE, Some(measured(two)))]);
    let worse = both(1.207_9, 1.114_1);
    assert_eq!(
        told(&worse),
        ["A is 2.00× as fast as B, and worse by 8.4 % bits per byte (1.2079 against 1.1141, measured 2026-11-29)"]
    );
    let short = quality_short(&Verdict::of(&worse).quality[0]);
    assert_eq!(short, "faster, and worse by 8.4 % bits per byte (measured 2026-11-29)");
    assert!(told(&both(1.114_1, 1.112_7))[0].contains("and equally good within 1 % (1.1141 against 1.1127"));
    assert!(told(&both(1.114_1, 1.207_9))[0].contains("and better by 7.8 % bits per byte"));
    let mut other = both(1.207_9, 1.114_1);
    other.setup.contestants[1].same_as = Some("another".into());
    assert!(told(&other)[0].ends_with("measured 2026-11-29; not one model by their names)"));
    let one_alone = race([(10, PROSE, Some(measured(1.0))), (20, PROSE, None)]);
    assert_eq!(told(&one_alone), [""; 0]);
    let level = race([(10, PROSE, Some(measured(1.2))), (10, PROSE, Some(measured(1.0)))]);
    assert!(told(&level)[0].starts_with("A is as fast as B, and worse by 20.0 %"), "{:?}", told(&level));
}

#[test]
fn regressions_come_first() {
    let junk = "and on ".repeat(30);
    let race = race([(10, PROSE, Some(measured(1.2))), (40, &junk, Some(measured(1.0)))]);
    let told = told(&race);
    assert!(told[0].contains("and worse by") && told[1].contains("and better: the answer of B"), "{told:?}");
}
