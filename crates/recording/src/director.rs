//! The director: how a race is shown as a film, worked out from its marks. Titles, the start in real time, first tokens,
//! overtakes and finishes in slow motion, what lies between as fast as the length asks for, and the verdict.

use crate::edit_list::{CutPiece, EditList, SCALES, ShownCaption};
use speed_kings_core::format;
use speed_kings_core::race::Race;
use speed_kings_core::race::mark::{MarkKind, RaceMark};
use speed_kings_core::text::printable;
use speed_kings_core::time::{Offset, Period};

/// What a film is asked to be.
#[derive(Clone, Copy, PartialEq, Debug, Default)]
pub struct DirectorBrief {
    /// How long all of it takes; nothing for as long as the race needs.
    pub duration: Option<Period>,
    /// How long the title before it stays, where somebody said.
    pub intro: Option<Period>,
    /// How long the title after it stays, where somebody said.
    pub outro: Option<Period>,
    /// How long the lanes are held at the finish before the verdict comes, by whoever shows it.
    pub held: Period,
}

/// The shortest film that has room for its parts, and the longest, in seconds.
pub const LENGTHS: (f64, f64) = (10.0, 600.0);

/// Seconds of the parts around the race in a film of natural length, as shares of a given one, and their bounds.
const INTRO: FilmPart = FilmPart { share: 0.07, least: 1.2, most: 2.5 };
const VERDICT: FilmPart = FilmPart { share: 0.2, least: 3.0, most: 6.0 };
const OUTRO: FilmPart = FilmPart { share: 0.08, least: 1.2, most: 3.5 };
/// Seconds before the green light, while the lights go out.
const START: FilmPart = FilmPart { share: 0.05, least: 0.6, most: 1.5 };
/// Seconds that a race takes on the screen when nobody says how long.
const RACE: (f64, f64) = (8.0, 24.0);
/// The share of the race's screen time that slow motion may take.
const SLOW: f64 = 0.65;
/// How far a moment reaches to both sides, as a share of the race, and its bounds in seconds of it.
const REACH: (f64, f64, f64) = (0.03, 0.004, 0.25);
/// The share of its own time that a moment adds to another that it falls together with.
const TOGETHER: f64 = 0.5;
/// Of so many overtakes at most there is slow motion: the last ones decide.
const OVERTAKES: usize = 3;
/// Seconds of the picture that a caption stays at the least, if no other comes.
const CAPTION: f64 = 1.6;

/// How long a part of a film takes.
struct FilmPart {
    share: f64,
    least: f64,
    most: f64,
}

impl FilmPart {
    /// Its seconds in a film of `duration` seconds.
    fn seconds(&self, duration: Option<f64>) -> f64 {
        duration.map_or(self.most, |duration| (duration * self.share).clamp(self.least, self.most))
    }
}

/// A stretch of the race with something to see, in seconds of its clock, and the seconds of the picture that it deserves.
#[derive(Clone, Copy, PartialEq, Debug)]
struct ShownStretch {
    from: f64,
    to: f64,
    wanted: f64,
}

/// The film of `race`, all of which is `whole` and has these marks, in order. Nothing of it says how the race is measured.
#[must_use]
pub fn direct(whole: &EditList, race: &Race, marks: &[RaceMark], brief: DirectorBrief) -> EditList {
    let asked = brief.duration.map(Period::as_secs_f64);
    let from = whole.pieces().first().map_or(0.0, |piece| piece.from.as_secs_f64());
    let to = whole.pieces().last().map_or(0.0, |piece| piece.to.as_secs_f64());
    let start = START.seconds(asked).min(-from).max(0.0);
    let [intro, verdict, outro] = [INTRO, VERDICT, OUTRO].map(|part| Period::from_secs_f64(part.seconds(asked)));
    let (intro, outro) = (brief.intro.unwrap_or(intro), brief.outro.unwrap_or(outro));
    let around = intro.plus(brief.held).plus(verdict).plus(outro).as_secs_f64() + start;
    let stretches = stretches(marks, race, to);
    // A race that ended before its green light has nothing but what comes before it.
    let begins = if to <= 0.0 { from } else { 0.0 };
    let screen = match asked {
        // Long titles leave less for the race, but never nothing.
        Some(asked) => (asked - around).max(1.0),
        None => (to - begins + stretches.iter().map(|shown| shown.wanted).sum::<f64>()).clamp(RACE.0, RACE.1),
    };
    let mut pieces = Vec::new();
    if to > 0.0 && start > 0.0 {
        pieces.push((-start, 0.0, 1.0));
    }
    pieces.extend(race_pieces(&stretches, (begins, to), screen));
    let piece = |(from, to, scale): (f64, f64, f64)| CutPiece { from: offset(from), to: offset(to), scale };
    let pieces: Vec<CutPiece> = pieces.into_iter().map(piece).filter(|piece| piece.from < piece.to).collect();
    let mut cut = EditList::of_pieces(pieces).unwrap_or_else(|| whole.clone());
    (cut.intro, cut.outro) = (Some(intro), Some(outro));
    // The verdict takes what rounding left over, so that all of it is as long as was asked for.
    let rest =
        brief.duration.map(|duration| duration.minus(cut.duration()).minus(intro).minus(outro).minus(brief.held));
    cut.hold_verdict = Some(rest.unwrap_or(verdict));
    cut.captions = captions(&cut, race, marks);
    cut
}

fn offset(seconds: f64) -> Offset {
    let way = Period::from_secs_f64(seconds.abs());
    if seconds < 0.0 { Offset::GREEN.minus(way) } else { Offset::GREEN.plus(way) }
}

/// The moments worth slow motion, those close together as one.
fn stretches(marks: &[RaceMark], race: &Race, end: f64) -> Vec<ShownStretch> {
    let overtakes = marks.iter().filter(|mark| mark.kind == MarkKind::Overtake).count();
    let mut overtake = 0;
    let reach = (end * REACH.0).clamp(REACH.1, REACH.2);
    let mut stretches: Vec<ShownStretch> = Vec::new();
    let last = race.lanes().iter().filter_map(|lane| lane.marks.over).max();
    for mark in marks {
        let wanted = match mark.kind {
            MarkKind::FirstToken => 1.4,
            MarkKind::Overtake => {
                overtake += 1;
                if overtake + OVERTAKES > overtakes { 1.6 } else { continue }
            }
            // The last one home ends the race, and is held there anyway.
            MarkKind::Finish if last == Some(mark.at) => 0.8,
            MarkKind::Finish | MarkKind::Out => 1.6,
            MarkKind::Green | MarkKind::Stall { .. } | MarkKind::Stopped | MarkKind::Verdict => continue,
        };
        let at = mark.at.as_secs_f64();
        let (from, to) = ((at - reach).max(0.0), (at + reach).min(end));
        match stretches.last_mut().filter(|before| from <= before.to) {
            Some(before) => {
                before.to = before.to.max(to);
                before.wanted += wanted * TOGETHER;
            }
            None if from < to => stretches.push(ShownStretch { from, to, wanted }),
            None => {}
        }
    }
    stretches
}

/// The race from `begins` to `end` in `screen` seconds: `stretches` slowly and what lies between alike, or all of it alike
/// where that would make what lies between slower than they are.
fn race_pieces(stretches: &[ShownStretch], (begins, end): (f64, f64), screen: f64) -> Vec<(f64, f64, f64)> {
    let scale = |race: f64, screen: f64| (race / screen).clamp(SCALES.0, SCALES.1);
    let alike = vec![(begins, end, scale(end - begins, screen))];
    let wanted: f64 = stretches.iter().map(|shown| shown.wanted).sum();
    let watched: f64 = stretches.iter().map(|shown| shown.to - shown.from).sum();
    let slow = wanted.min(screen * SLOW);
    let between = scale(end - begins - watched, screen - slow);
    let share = slow / wanted.max(f64::MIN_POSITIVE);
    let scales: Vec<f64> = stretches.iter().map(|shown| scale(shown.to - shown.from, shown.wanted * share)).collect();
    if stretches.is_empty() || scales.iter().any(|slow| *slow >= between) {
        return alike;
    }
    let mut pieces = Vec::new();
    let mut at = begins;
    for (shown, scale) in stretches.iter().zip(scales) {
        pieces.extend([(at, shown.from, between), (shown.from, shown.to, scale)]);
        at = shown.to;
    }
    pieces.push((at, end, between));
    pieces
}

/// What is said at the marks, in words that a viewer knows, each until the next one or as long as it takes to read.
fn captions(cut: &EditList, race: &Race, marks: &[RaceMark]) -> Vec<ShownCaption> {
    let said: Vec<(Offset, String)> = marks.iter().filter_map(|mark| Some((mark.at, words(race, mark)?))).collect();
    let ends = said.iter().skip(1).map(|(at, _)| Some(*at)).chain([None]);
    let caption = |((from, text), next): (&(Offset, String), Option<Offset>)| {
        let read = cut.shows(*from).and_then(|shown| cut.at(shown.plus(Period::from_secs_f64(CAPTION))));
        let read = read.map_or(Offset::LAST, |moment| moment.at);
        let to = next.map_or(read, |next| next.min(read));
        // The last words stay until the verdict comes.
        let last = cut.pieces().last().is_some_and(|piece| to >= piece.to);
        let to = if last && next.is_none() { Offset::LAST } else { to };
        (*from < to).then(|| ShownCaption { from: *from, to, text: text.clone() })
    };
    said.iter().zip(ends).filter_map(caption).collect()
}

fn words(race: &Race, mark: &RaceMark) -> Option<String> {
    let name = printable(race.name(mark.lane?)).into_owned();
    let lane = race.lanes().get(mark.lane?.index())?;
    let since = |at: Offset| {
        let (value, unit) = format::stopwatch(at.since(lane.asked()?));
        Some(format!("{value} {unit}"))
    };
    Some(match mark.kind {
        MarkKind::FirstToken => format!("{name}: first word after {}", since(mark.at)?),
        MarkKind::Overtake => format!("{name} takes the lead"),
        MarkKind::Finish => format!("{name} is done after {}", since(lane.marks.last_text?)?),
        MarkKind::Out => format!("{name} is out"),
        MarkKind::Stall { lasted } => format!("{name}: no text for {lasted}"),
        MarkKind::Green | MarkKind::Stopped | MarkKind::Verdict => return None,
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use speed_kings_core::fixture::contestant;
    use speed_kings_core::race::event::{Event, EventKind, LaneId, TextChannel};
    use speed_kings_core::race::mark::marks;
    use speed_kings_core::race::setup::RaceSetup;

    /// A race of two with texts at these milliseconds, and its end.
    fn race(texts: [&[i64]; 2], end: i64) -> Race {
        let mut race =
            Race::new(RaceSetup { contestants: vec![contestant("A"), contestant("B")], ..RaceSetup::default() });
        let mut events = vec![(0, None, EventKind::Green)];
        events.extend([0, 1].map(|lane| (0, Some(lane), EventKind::Sent)));
        for (lane, texts) in [0, 1].into_iter().zip(texts) {
            let text = || EventKind::Text { channel: TextChannel::Answer, text: "some words of text ".into() };
            events.extend(texts.iter().map(|at| (*at, Some(lane), text())));
            events.push((end + i64::from(lane), Some(lane), EventKind::Closed));
        }
        events.sort_by_key(|(at, ..)| *at);
        for (at, lane, kind) in events {
            race.apply(&Event { at: Offset::from_micros(at * 1_000), lane: lane.map(LaneId), kind });
        }
        race
    }

    fn film(race: &Race, end: i64, duration: Option<f64>) -> EditList {
        let whole = EditList::whole(Offset::from_micros(-2_000_000), Offset::from_micros((end + 1) * 1_000));
        let held = Period::from_millis(1_800);
        let brief = DirectorBrief { duration: duration.map(Period::from_secs_f64), held, ..DirectorBrief::default() };
        direct(&whole, race, &marks(race), brief)
    }

    fn length(cut: &EditList) -> Period {
        let parts = [cut.intro, cut.outro, cut.hold_verdict].map(Option::unwrap);
        parts.into_iter().fold(cut.duration().plus(Period::from_millis(1_800)), Period::plus)
    }

    #[test]
    fn what_is_worth_seeing_is_slow_and_the_rest_is_not() {
        let every: Vec<i64> = (5..120).map(|step| step * 250).collect();
        let race = race([&every, &every[20..]], 30_000);
        let cut = film(&race, 30_000, Some(30.0));
        let scale = |ms: i64| cut.at(cut.shows(Offset::from_micros(ms * 1_000)).unwrap()).unwrap().scale;
        assert!(scale(1_250) < 1.0 && scale(6_250) < 1.0, "first tokens: {:?}", cut.pieces());
        assert!(scale(3_500) > 1.5 && scale(20_000) > 1.5, "between: {:?}", cut.pieces());
        assert!((scale(-500) - 1.0).abs() < 1e-9, "the lights go out in real time");
        assert_eq!(length(&cut), Period::from_millis(30_000));
    }

    #[test]
    fn a_race_of_a_moment_is_slow_as_a_whole() {
        let race = race([&[100, 120, 140], &[130, 150, 170]], 200);
        let cut = film(&race, 200, None);
        let scales: Vec<f64> = cut.pieces().iter().map(|piece| piece.scale).collect();
        assert!(scales.iter().skip(1).all(|scale| *scale < 0.06), "{scales:?}");
        assert!(cut.duration() >= Period::from_millis(8_000), "{}", cut.duration());
    }

    #[test]
    fn words_are_said_where_something_happens() {
        let race = race([&[100, 900], &[400, 800]], 1_000);
        let cut = film(&race, 1_000, Some(15.0));
        let said = |ms: i64| cut.caption(Offset::from_micros(ms * 1_000));
        assert_eq!(said(110), Some("A: first word after 100 ms"));
        assert_eq!(said(405), Some("B: first word after 400 ms"));
        assert_eq!(said(50), None);
        assert_eq!(said(1_001), Some("B is done after 800 ms"));
    }

    proptest! {
        #[test]
        fn every_film_is_as_long_as_it_is_asked_to_be(
            texts in proptest::collection::vec((any::<bool>(), 1i64..60_000), 0..30), end in 1i64..90_000,
            duration in LENGTHS.0..LENGTHS.1,
        ) {
            let of = |lane: bool| {
                let mut of: Vec<i64> =
                    texts.iter().filter(|(whose, _)| *whose == lane).map(|(_, at)| *at.min(&end)).collect();
                of.sort_unstable();
                of
            };
            let race = race([&of(true), &of(false)], end);
            let asked = Period::from_secs_f64(duration);
            let cut = film(&race, end, Some(duration));
            prop_assert_eq!(length(&cut), asked);
            prop_assert!(cut.hold_verdict.unwrap() >= Period::from_millis(2_500), "{:?}", cut.hold_verdict);
            prop_assert!(cut.pieces().last().unwrap().to >= Offset::from_micros(end * 1_000), "to the end");
        }
    }
}
