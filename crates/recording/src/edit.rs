//! Edits of a recording: what the flags of `edit`, `replay` and `export` say, worked out to a [`EditList`].
//! Nothing here touches an event: what was measured stays, and the verdict with it.

use std::collections::BTreeSet;
use std::str::FromStr;

use crate::Recording;
use crate::director::{DirectorBrief, direct};
use crate::edit_list::{EditList, RaceChapter, SCALES, ShownCaption};
use crate::time_ref::{TimeRef, TimeRefError, TimeRefMap};
use speed_kings_core::race::Race;
use speed_kings_core::race::mark::{RaceMark, marks};
use speed_kings_core::time::{Offset, Period};

/// How far slow motion reaches to both sides of its moment, in race time, when nobody says.
pub const REACH: Period = Period::from_millis(250);

/// What is to be changed about how a race is shown.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct EditOptions {
    /// A film of the whole race as a director makes it, in place of what is there; the other edits go on top of it.
    pub auto: Option<DirectorBrief>,
    /// All of it so many times as fast.
    pub speed: Option<f64>,
    /// One place in slow motion.
    pub slow: Option<SlowMotion>,
    /// Where the picture begins: nothing before this place is shown.
    pub from: Option<TimeRef>,
    /// Where the picture ends: nothing after this place is shown.
    pub until: Option<TimeRef>,
    /// No stretch without an event takes longer than this on the picture's clock.
    pub limit_idle: Option<Period>,
    /// How long the verdict stays.
    pub hold_verdict: Option<Period>,
    /// How long the title before the race stays.
    pub intro: Option<Period>,
    /// How long the title after the verdict stays.
    pub outro: Option<Period>,
    /// What the picture is called.
    pub title: Option<String>,
    /// Words for the lower third; they replace those that are there.
    pub captions: Vec<TimedText>,
    /// Names for places; they replace those that are there.
    pub chapters: Vec<TimedText>,
}

/// Slow motion around a place.
#[derive(Clone, PartialEq, Debug)]
pub struct SlowMotion {
    /// Race seconds for each second of the picture.
    pub scale: f64,
    /// Where: for a mark without a lane, all marks of that name.
    pub around: PlaceRange,
}

/// A place and what is near it.
#[derive(Clone, PartialEq, Debug)]
pub struct PlaceRange {
    /// The place in the middle.
    pub point: TimeRef,
    /// How far it reaches to both sides, in race time.
    pub reach: Period,
}

/// Words at a place.
#[derive(Clone, PartialEq, Debug)]
pub struct TimedText {
    /// Where the words begin to stand.
    pub from: TimeRef,
    /// To where; to the next words or the end when nobody says.
    pub to: Option<TimeRef>,
    /// The caption's words, or the chapter's name.
    pub text: String,
}

/// Why an edit can't be done.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum EditError {
    /// A place that is none.
    #[error(transparent)]
    Point(#[from] TimeRefError),
    /// Seconds that are none.
    #[error("invalid duration '{0}': expected seconds, for example 0.25")]
    Seconds(String),
    /// Words without a place or a place without words.
    #[error("'{0}': write the place, an equals sign and the words, for example 1.5s=And they are off")]
    Words(String),
    /// Something that would never be seen.
    #[error("{what} at {at}, but the race is shown from {from} to {to}, in seconds of its clock; name a place between")]
    Outside {
        /// What lies outside, as a sentence begins: `the still is`.
        what: String,
        /// Where it is, in seconds of the race clock.
        at: ClockSeconds,
        /// Where the picture begins.
        from: ClockSeconds,
        /// Where the picture ends, in seconds of the race clock.
        to: ClockSeconds,
    },
    /// Words that go before they come.
    #[error("the caption '{text}' would end at {to} and begin at {from}, in seconds of the race's clock")]
    Backwards {
        /// What the caption says.
        text: String,
        /// Where the caption begins, in seconds of the race clock.
        from: ClockSeconds,
        /// Where the caption would end, in seconds of the race clock.
        to: ClockSeconds,
    },
    /// A chapter that could never be asked for.
    #[error("a chapter can't be called '{0}', which already names another place; choose another name")]
    Taken(String),
    /// A name that says two places.
    #[error("two chapters are called '{0}'; give each its own name")]
    Twice(String),
    /// More than a picture can be.
    #[error("{0}; choose a higher speed or a shorter part of the race")]
    Excess(&'static str),
    /// A recording in which no time passes; the text says what it has.
    #[error("nothing to show: this recording has {0}; `speed-kings inspect` says what became of it")]
    Bare(&'static str),
    /// Nothing is left to be shown.
    #[error("nothing is left between start and end: the race is shown from {from} to {to}, in seconds of its clock")]
    Nothing {
        /// Where the shown part begins, in seconds of the race clock.
        from: ClockSeconds,
        /// Where the shown part ends, in seconds of the race clock.
        to: ClockSeconds,
    },
}

/// A place in seconds of the race clock, as an error says it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ClockSeconds(Offset);

impl std::fmt::Display for ClockSeconds {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:.3}", self.0.as_secs_f64())
    }
}

impl FromStr for PlaceRange {
    type Err = EditError;

    /// Reads `PLACE` or `PLACE:SECONDS`.
    fn from_str(text: &str) -> Result<Self, EditError> {
        let (point, reach) = match text.rsplit_once(':') {
            Some((point, secs)) => (point, seconds(secs)?),
            None => (text, REACH),
        };
        Ok(Self { point: point.parse()?, reach })
    }
}

fn seconds(text: &str) -> Result<Period, EditError> {
    let secs = text.trim().trim_end_matches('s').parse::<f64>().ok().filter(|secs| *secs > 0.0 && *secs <= 1e6);
    secs.map(Period::from_secs_f64).ok_or_else(|| EditError::Seconds(text.to_owned()))
}

impl FromStr for TimedText {
    type Err = EditError;

    /// Reads `PLACE=TEXT` or `PLACE-PLACE=TEXT`.
    fn from_str(text: &str) -> Result<Self, EditError> {
        let unreadable = || EditError::Words(text.to_owned());
        let (place, words) = text.split_once('=').ok_or_else(unreadable)?;
        if place.trim().is_empty() || words.trim().is_empty() {
            return Err(unreadable());
        }
        let (from, to) = span(place)?;
        Ok(Self { from, to, text: words.trim().to_owned() })
    }
}

/// One place or two with a dash between; a dash may be part of a place, too.
fn span(text: &str) -> Result<(TimeRef, Option<TimeRef>), EditError> {
    let sure = |text: &str| text.parse().ok().filter(|point| !matches!(point, TimeRef::Chapter(_)));
    if let Some(point) = sure(text) {
        return Ok((point, None));
    }
    let mut dashes = text.match_indices('-').filter_map(|(at, _)| Some((text.get(..at)?, text.get(at + 1..)?)));
    let pair = dashes.find_map(|(from, to)| Some((sure(from)?, sure(to)?)));
    match pair {
        Some((from, to)) => Ok((from, Some(to))),
        None => Ok((text.parse()?, None)),
    }
}

impl EditOptions {
    /// The cut of `recording`, whose finished race is `race`, with these edits on top of those that it has.
    ///
    /// # Errors
    /// When a place isn't in this race, or nothing is left of it.
    pub fn cut(&self, recording: &Recording, race: &Race) -> Result<EditList, EditError> {
        let marks = marks(race);
        let old = self.base(recording, race, &marks)?;
        let all = ends(&old);
        let map = TimeRefMap { race, marks: &marks, chapters: &old.chapters, ends: all };
        let find = |point: &Option<TimeRef>, otherwise| point.as_ref().map_or(Ok(otherwise), |point| map.find(point));
        let (from, until) = (find(&self.from, all.0)?, find(&self.until, all.1)?);
        let mut cut = old.clone().between(from, until);
        if cut.pieces().is_empty() {
            return Err(EditError::Nothing { from: ClockSeconds(from), to: ClockSeconds(until) });
        }
        cut = cut.faster(self.speed.unwrap_or(1.0));
        let shown = ends(&cut);
        if let Some(SlowMotion { scale, around }) = &self.slow {
            let moments = map.find_all(&around.point)?;
            let windows = windows(&moments, around.reach, *scale);
            if !windows.iter().any(|(from, to, _)| *from < shown.1 && *to > shown.0) {
                moments.iter().try_for_each(|at| inside("the slow motion is", *at, shown))?;
            }
            cut = cut.faster_spans(&windows);
        }
        if let Some(limit) = self.limit_idle {
            cut = cut.limit_idle(recording.events.iter().map(|event| event.at), limit);
        }
        let cut = self.words(&map, cut)?;
        cut.excess().map_or(Ok(cut), |what| Err(EditError::Excess(what)))
    }

    /// What the edits go on top of: those that are there, otherwise as much of the race as a picture wants.
    fn base(&self, recording: &Recording, race: &Race, marks: &[RaceMark]) -> Result<EditList, EditError> {
        if let (Some(cut), None) = (&recording.header.cut, self.auto) {
            return Ok(cut.clone());
        }
        let whole = recording.whole();
        if whole.duration() == Period::ZERO {
            let none = recording.events.is_empty();
            return Err(EditError::Bare(if none { "no events" } else { "the events of one moment alone" }));
        }
        if let Some(brief) = self.auto {
            let mut cut = direct(&whole, race, marks, brief);
            // What somebody said of it before still holds.
            let old = recording.header.cut.clone().unwrap_or_default();
            if !old.captions.is_empty() {
                cut.captions = old.captions;
            }
            (cut.chapters, cut.title) = (old.chapters, old.title);
            return Ok(cut);
        }
        let led_in = recording.led_in(self.speed.unwrap_or(1.0));
        // A race that ended before its lights went out has no more than the time before them.
        Ok(if self.from.is_some() || led_in.pieces().is_empty() { whole } else { led_in })
    }

    /// Where `point` is in the race that `cut` shows, which these edits gave: a moment for a still.
    ///
    /// # Errors
    /// When it isn't in this race, or in no part of it that is shown.
    pub fn moment(
        &self,
        point: &TimeRef,
        recording: &Recording,
        race: &Race,
        cut: &EditList,
    ) -> Result<Offset, EditError> {
        let at = point.place(race, cut)?;
        // Where nobody has said what is to be seen, that is all there is.
        let whole = self.from.is_none() && self.until.is_none() && recording.header.cut.is_none();
        inside("the still is", at, if whole { ends(&recording.whole()) } else { ends(cut) })?;
        Ok(at)
    }

    fn words(&self, map: &TimeRefMap<'_>, mut cut: EditList) -> Result<EditList, EditError> {
        let shown = ends(&cut);
        if !self.captions.is_empty() {
            cut.captions = self.captions.iter().map(|words| caption(words, map, shown)).collect::<Result<_, _>>()?;
        }
        if !self.chapters.is_empty() {
            let chapter = |words: &TimedText| {
                let at = map.find(&words.from)?;
                inside(&format!("the chapter '{}' is", words.text), at, shown)?;
                Ok(RaceChapter { at, name: words.text.clone() })
            };
            cut.chapters = self.chapters.iter().map(chapter).collect::<Result<_, EditError>>()?;
            names(&cut.chapters)?;
        }
        cut.hold_verdict = self.hold_verdict.or(cut.hold_verdict);
        cut.intro = self.intro.or(cut.intro);
        cut.outro = self.outro.or(cut.outro);
        cut.title = self.title.clone().or(cut.title);
        Ok(cut)
    }
}

fn caption(words: &TimedText, map: &TimeRefMap<'_>, shown: (Offset, Offset)) -> Result<ShownCaption, EditError> {
    let text = words.text.clone();
    let from = map.find(&words.from)?;
    inside(&format!("the caption '{text}' begins"), from, shown)?;
    let Some(to) = &words.to else { return Ok(ShownCaption { from, to: Offset::LAST, text }) };
    let to = map.find(to)?;
    inside(&format!("the caption '{text}' ends"), to, shown)?;
    if to <= from {
        return Err(EditError::Backwards { text, from: ClockSeconds(from), to: ClockSeconds(to) });
    }
    Ok(ShownCaption { from, to, text })
}

/// Makes sure that `at` lies in what is shown of the race.
fn inside(what: &str, at: Offset, (from, to): (Offset, Offset)) -> Result<(), EditError> {
    if (from..=to).contains(&at) {
        return Ok(());
    }
    Err(EditError::Outside {
        what: what.to_owned(),
        at: ClockSeconds(at),
        from: ClockSeconds(from),
        to: ClockSeconds(to),
    })
}

/// Makes sure that each of `chapters` can be asked for by its name, in whatever case that is written.
fn names(chapters: &[RaceChapter]) -> Result<(), EditError> {
    let mut seen = BTreeSet::new();
    for RaceChapter { name, .. } in chapters {
        let low = name.to_ascii_lowercase();
        if !matches!(low.parse(), Ok(TimeRef::Chapter(_))) {
            return Err(EditError::Taken(name.clone()));
        }
        if !seen.insert(low) {
            return Err(EditError::Twice(name.clone()));
        }
    }
    Ok(())
}

fn ends(cut: &EditList) -> (Offset, Offset) {
    let (first, last) = (cut.pieces().first(), cut.pieces().last());
    (first.map_or(Offset::GREEN, |piece| piece.from), last.map_or(Offset::GREEN, |piece| piece.to))
}

/// What lies within `reach` of `moments`, as spans that are in order and apart.
fn windows(moments: &[Offset], reach: Period, scale: f64) -> Vec<(Offset, Offset, f64)> {
    let mut sorted = moments.to_vec();
    sorted.sort_unstable();
    let mut windows: Vec<(Offset, Offset, f64)> = Vec::new();
    for at in sorted {
        let (from, to) = (at.minus(reach), at.plus(reach));
        match windows.last_mut() {
            Some((_, end, _)) if from <= *end => *end = to,
            _ => windows.push((from, to, scale.clamp(SCALES.0, SCALES.1))),
        }
    }
    windows
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::edit_list::ShownMoment;
    use crate::{RecordingHeader, reader, writer};
    use speed_kings_core::fixture::contestant;
    use speed_kings_core::race::event::{Event, EventKind, LaneId, TextChannel};
    use speed_kings_core::race::setup::RaceSetup;
    use speed_kings_core::race::verdict::Verdict;

    fn ms(ms: i64) -> Offset {
        Offset::from_micros(ms * 1_000)
    }

    /// Two lanes: the first tokens come after 200 and 900 ms, and it is over after 3 s.
    fn recording() -> Recording {
        let lane = |id, ms: i64, kind| Event { at: Offset::from_micros(ms * 1_000), lane: Some(LaneId(id)), kind };
        let text = || EventKind::Text { channel: TextChannel::Answer, text: "word".into() };
        let mut events = vec![Event { at: Offset::GREEN, lane: None, kind: EventKind::Green }];
        events.extend([0, 1].map(|id| lane(id, 0, EventKind::Sent)));
        events.extend([(0, 200), (0, 210), (1, 900), (1, 950)].map(|(id, at)| lane(id, at, text())));
        events.extend([0, 1].map(|id| lane(id, 3_000, EventKind::Closed)));
        let setup = RaceSetup { contestants: vec![contestant("A"), contestant("B")], ..RaceSetup::default() };
        Recording { header: RecordingHeader { setup, ..RecordingHeader::default() }, events, ..Recording::default() }
    }

    fn cut(edits: &EditOptions) -> Result<EditList, EditError> {
        let recording = recording();
        edits.cut(&recording, &recording.race())
    }

    fn words(text: &str) -> TimedText {
        text.parse().unwrap()
    }

    #[test]
    fn the_first_tokens_in_slow_motion() {
        let around: PlaceRange = "first-token:0.1".parse().unwrap();
        let cut =
            cut(&EditOptions { slow: Some(SlowMotion { scale: 0.1, around }), ..EditOptions::default() }).unwrap();
        assert_eq!(cut.duration(), Period::from_millis(3_000 + 2 * 9 * 200));
        assert_eq!(cut.at(Period::from_millis(1_100)), Some(ShownMoment { at: ms(200), scale: 0.1 }));
        let near: PlaceRange = "first-token:0.5".parse().unwrap();
        let cut =
            self::cut(&EditOptions { slow: Some(SlowMotion { scale: 0.5, around: near }), ..EditOptions::default() })
                .unwrap();
        assert_eq!(cut.pieces().len(), 2, "windows that meet are one: {:?}", cut.pieces());
        assert!("first-token:soon".parse::<PlaceRange>().is_err());
    }

    #[test]
    fn ends_speed_and_idle_time_go_together() {
        let edits = EditOptions {
            from: Some("first-token@2".parse().unwrap()),
            speed: Some(2.0),
            limit_idle: Some(Period::from_millis(500)),
            ..EditOptions::default()
        };
        let cut = cut(&edits).unwrap();
        assert_eq!(cut.pieces().first().unwrap().from, ms(900));
        assert_eq!(cut.duration(), Period::from_millis(25 + 500));
        let edits = EditOptions { until: Some("-1s".parse().unwrap()), ..EditOptions::default() };
        assert!(self::cut(&edits).unwrap_err().to_string().contains("nothing is left"));
        let edits = EditOptions { from: Some("stall".parse().unwrap()), ..EditOptions::default() };
        assert!(self::cut(&edits).unwrap_err().to_string().contains("no stall"));
    }

    #[test]
    fn a_recording_without_a_race_says_so() {
        let mut recording = recording();
        let cut = |recording: &Recording| EditOptions::default().cut(recording, &recording.race());
        recording.events.truncate(1);
        assert!(cut(&recording).unwrap_err().to_string().contains("the events of one moment alone"));
        recording.events.insert(0, Event { at: ms(-2_900), lane: None, kind: EventKind::Countdown });
        recording.events.truncate(1);
        recording.events.push(Event { at: ms(-2_500), lane: None, kind: EventKind::Stopped });
        assert_eq!(cut(&recording).unwrap().duration(), Period::from_millis(400), "it ended before its lights did");
        recording.events.clear();
        let error = cut(&recording).unwrap_err().to_string();
        assert!(error.contains("nothing to show: this recording has no events; `speed-kings inspect`"), "{error}");
    }

    #[test]
    fn what_would_never_be_seen_is_refused_with_what_is() {
        let captions = |text: &str| EditOptions { captions: vec![words(text)], ..EditOptions::default() };
        let chapter = |text: &str| EditOptions { chapters: vec![words(text)], ..EditOptions::default() };
        let slow = |text: &str| {
            let around = text.parse().unwrap();
            EditOptions { slow: Some(SlowMotion { scale: 0.1, around }), ..EditOptions::default() }
        };
        let until = |edits: EditOptions| EditOptions { until: Some("1s".parse().unwrap()), ..edits };
        for (edits, what) in [
            (captions("9s=late"), "the caption 'late' begins at 9.000, but the race is shown from 0.000 to 3.000"),
            (captions("1s-9s=long"), "the caption 'long' ends at 9.000, but"),
            (captions("2s-1s=odd"), "the caption 'odd' would end at 1.000 and begin at 2.000"),
            (chapter("-100s=early"), "the chapter 'early' is at -100.000, but"),
            (slow("50s"), "the slow motion is at 50.000, but"),
            (until(captions("2s=late")), "shown from 0.000 to 1.000"),
            (until(slow("finish")), "the slow motion is at 3.000, but"),
        ] {
            let error = cut(&edits).unwrap_err().to_string();
            assert!(error.contains(what), "{error}");
        }
        assert!(cut(&until(slow("first-token"))).is_ok() && cut(&slow("3.1s")).is_ok(), "a part of it is seen");

        let recording = recording();
        let race = recording.race();
        let moment = |edits: &EditOptions, at: &str| {
            let cut = edits.cut(&recording, &race).unwrap();
            edits.moment(&at.parse().unwrap(), &recording, &race, &cut).map_err(|error| error.to_string())
        };
        assert_eq!(moment(&EditOptions::default(), "finish"), Ok(ms(3_000)));
        let error = moment(&EditOptions::default(), "-100s").unwrap_err();
        assert!(error.contains("the still is at -100.000, but the race is shown from 0.000 to 3.000"), "{error}");
        assert!(moment(&until(EditOptions::default()), "finish").unwrap_err().contains("from 0.000 to 1.000"));
    }

    #[test]
    fn every_chapter_can_be_asked_for_by_its_name() {
        let named = |names: &[&str]| {
            let chapters = names.iter().map(|name| words(&format!("1s={name}"))).collect();
            cut(&EditOptions { chapters, ..EditOptions::default() }).map(drop).map_err(|error| error.to_string())
        };
        assert_eq!(named(&["Bend", "The last lap"]), Ok(()));
        for taken in ["finish", "Finish", "first-token@2", "40%", "1.5s", "120t"] {
            assert!(named(&[taken]).unwrap_err().contains("already names another place"), "{taken}");
        }
        assert!(named(&["Bend", "bend"]).unwrap_err().contains("two chapters are called 'bend'"));
    }

    #[test]
    fn no_picture_lasts_for_ever() {
        let mut recording = recording();
        let far = Offset::from_micros(2_000_000_000_000);
        recording.events.push(Event { at: far, lane: None, kind: EventKind::Stopped });
        let edits = EditOptions { speed: Some(0.001), ..EditOptions::default() };
        let error = edits.cut(&recording, &recording.race()).unwrap_err().to_string();
        assert!(error.contains("longer than a month; choose a higher speed"), "{error}");
    }

    #[test]
    fn words_have_their_places() {
        assert_eq!(
            words("first-token-2s = B wakes up = late"),
            TimedText {
                from: "first-token".parse().unwrap(),
                to: Some(TimeRef::At(ms(2_000))),
                text: "B wakes up = late".into(),
            }
        );
        assert_eq!(words("-1--0.5=x").to, Some(TimeRef::At(ms(-500))));
        assert_eq!(words("Last lap=x").from, TimeRef::Chapter("Last lap".into()));
        for bad in ["", "=x", "1s", "1s="] {
            assert!(bad.parse::<TimedText>().is_err(), "{bad}");
        }
        let edits = EditOptions {
            captions: vec![words("0-1s=Go"), words("finish=Home")],
            chapters: vec![words("10%=Early")],
            title: Some("Final".into()),
            hold_verdict: Some(Period::from_millis(9_000)),
            ..EditOptions::default()
        };
        let cut = cut(&edits).unwrap();
        assert_eq!(
            (cut.caption(ms(500)), cut.caption(ms(1_500)), cut.caption(ms(3_000))),
            (Some("Go"), Some("Early"), Some("Home"))
        );
        assert_eq!(cut.chapters, [RaceChapter { at: ms(300), name: "Early".into() }]);
        assert_eq!((cut.title.as_deref(), cut.hold_verdict), (Some("Final"), Some(Period::from_millis(9_000))));
    }

    fn places() -> impl Strategy<Value = String> {
        prop_oneof![
            "-?[0-9]{1,3}(\\.[0-9]{1,2})?(s|ms|%|t)?",
            "(green|first-token|overtake|stall|finish|out|verdict)(@[0-3])?",
            "\\PC{0,8}",
        ]
    }

    proptest! {
        #[test]
        fn no_edit_panics_or_touches_what_was_measured(
            speed in proptest::option::of(1e-4f64..1e5), scale in 1e-4f64..1e5, around in places(),
            ends in (places(), places()), idle in proptest::option::of(1u64..4_000_000),
            said in proptest::collection::vec((places(), "\\PC{0,10}"), 0..3),
        ) {
            let mut recording = recording();
            let before = recording.race();
            let words: Vec<TimedText> = said.iter().filter_map(|(at, text)| format!("{at}={text}").parse().ok()).collect();
            let edits = EditOptions {
                speed,
                slow: around.parse().ok().map(|around| SlowMotion { scale, around }),
                from: ends.0.parse().ok(),
                until: ends.1.parse().ok(),
                limit_idle: idle.map(Period::from_micros),
                captions: words.clone(),
                chapters: words,
                ..EditOptions::default()
            };
            if let Ok(cut) = edits.cut(&recording, &before) {
                prop_assert!(!cut.pieces().is_empty());
                recording.header.cut = Some(cut);
                let mut bytes = Vec::new();
                writer::write_recording(&mut bytes, &recording).unwrap();
                let again = reader::read(&bytes).unwrap();
                prop_assert_eq!(&again, &recording, "an edit survives the file");
                prop_assert_eq!(Verdict::of(&again.race()), Verdict::of(&before));
                // Edits of edits hold as well.
                if let Ok(cut) = edits.cut(&again, &before) {
                    prop_assert!(!cut.pieces().is_empty());
                }
            }
        }
    }
}
