//! A place in a race as a person writes it: `1.25s`, `40%`, `120t`, `first-token`, or the name of a chapter.
//! It is worked out against one recording, where it is one moment or there is none.
//!
//! By hand because the grammar is a handful of forms without nesting: a parser crate would save no line.

use std::str::FromStr;

use crate::edit_list::{EditList, RaceChapter};
use speed_kings_core::race::Race;
use speed_kings_core::race::mark::{MarkKind, RaceMark, marks};
use speed_kings_core::time::{Offset, Period};

/// The furthest from the green light that can be asked for, in seconds.
const FURTHEST: f64 = 1e7;

/// A place in a race.
#[derive(Clone, PartialEq, Debug)]
pub enum TimeRef {
    /// A moment on the race clock.
    At(Offset),
    /// A share of the race from its start to its end, from 0 to 1.
    Share(f64),
    /// When the first lane has so many tokens.
    Token(u32),
    /// A mark, the first of its name, of one lane if that is said.
    Mark {
        /// The mark's name, one of [`MarkKind::NAMES`].
        name: &'static str,
        /// The lane, from 0.
        lane: Option<u8>,
    },
    /// The beginning of the chapter with this name.
    Chapter(String),
}

impl TimeRef {
    /// Where it is in the race that `cut` shows.
    ///
    /// # Errors
    /// When this race has no such place.
    pub fn place(&self, race: &Race, cut: &EditList) -> Result<Offset, TimeRefError> {
        let (first, last) = (cut.pieces().first(), cut.pieces().last());
        let ends = (first.map_or(Offset::GREEN, |piece| piece.from), last.map_or(Offset::GREEN, |piece| piece.to));
        TimeRefMap { race, marks: &marks(race), chapters: &cut.chapters, ends }.find(self)
    }
}

/// Why a place is none.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum TimeRefError {
    /// Nothing of the kind.
    #[error(
        "'{0}' is not a place in a race: expected seconds (1.25s), a percentage (40%), a token (120t), a mark ({marks}, \
         with @2 for the second lane's) or the name of a chapter",
        marks = MarkKind::NAMES.join(", ")
    )]
    Unknown(String),
    /// This race has none.
    #[error("this race has no {0}; `speed-kings inspect` lists the marks that it has")]
    Absent(String),
}

impl FromStr for TimeRef {
    type Err = TimeRefError;

    fn from_str(text: &str) -> Result<Self, TimeRefError> {
        let text = text.trim();
        let unknown = || TimeRefError::Unknown(text.to_owned());
        let number = |text: &str| text.trim().parse::<f64>().ok().filter(|number| number.abs() <= FURTHEST);
        if let Some(share) = text.strip_suffix('%').map(number) {
            return share
                .filter(|share| (0.0..=100.0).contains(share))
                .map(|s| Self::Share(s / 100.0))
                .ok_or_else(unknown);
        }
        if let Some(Ok(token)) = text.strip_suffix('t').map(str::parse) {
            return Ok(Self::Token(token));
        }
        if let Some(ms) = text.strip_suffix("ms").and_then(number) {
            return Ok(Self::At(at(ms / 1e3)));
        }
        if let Some(secs) = number(text.strip_suffix('s').unwrap_or(text)) {
            return Ok(Self::At(at(secs)));
        }
        let (name, lane) = match text.rsplit_once('@') {
            Some((name, lane)) => {
                (name, Some(lane.parse::<u8>().ok().and_then(|n| n.checked_sub(1)).ok_or_else(unknown)?))
            }
            None => (text, None),
        };
        match (MarkKind::NAMES.into_iter().find(|known| *known == name), lane) {
            (Some(name), lane) => Ok(Self::Mark { name, lane }),
            (None, None) if !text.is_empty() => Ok(Self::Chapter(text.to_owned())),
            _ => Err(unknown()),
        }
    }
}

fn at(secs: f64) -> Offset {
    let span = Period::from_secs_f64(secs.abs());
    if secs < 0.0 { Offset::GREEN.minus(span) } else { Offset::GREEN.plus(span) }
}

/// What places are worked out against.
#[derive(Clone, Copy, Debug)]
pub struct TimeRefMap<'a> {
    /// The finished race in which places are looked for.
    pub race: &'a Race,
    /// Its marks, in order.
    pub marks: &'a [RaceMark],
    /// The chapters that somebody has named in it.
    pub chapters: &'a [RaceChapter],
    /// Where it starts and ends.
    pub ends: (Offset, Offset),
}

impl TimeRefMap<'_> {
    /// Where `point` is.
    ///
    /// # Errors
    /// When this race has no such place.
    pub fn find(&self, point: &TimeRef) -> Result<Offset, TimeRefError> {
        let (start, end) = self.ends;
        match point {
            TimeRef::At(at) => Ok(*at),
            TimeRef::Share(share) => Ok(start.plus(Period::from_secs_f64(end.since(start).as_secs_f64() * share))),
            TimeRef::Token(token) => {
                let reached = self.race.lanes().iter().filter_map(|lane| lane.time_of(f64::from(*token)));
                reached.min().ok_or_else(|| TimeRefError::Absent(format!("token {token}")))
            }
            TimeRef::Mark { name, lane } => {
                let of_lane = |mark: &&RaceMark| lane.is_none() || mark.lane.map(|lane| lane.0) == *lane;
                let found = self.marks.iter().filter(of_lane).find(|mark| mark.kind.as_str() == *name);
                let words =
                    || lane.map_or((*name).to_owned(), |lane| format!("{name} of lane {}", u16::from(lane) + 1));
                found.map(|mark| mark.at).ok_or_else(|| TimeRefError::Absent(words()))
            }
            TimeRef::Chapter(name) => {
                let found = self.chapters.iter().find(|chapter| chapter.name.eq_ignore_ascii_case(name));
                found.map(|chapter| chapter.at).ok_or_else(|| TimeRefError::Unknown(name.clone()))
            }
        }
    }

    /// Every moment that `point` may mean: all marks of that name, or the one place.
    ///
    /// # Errors
    /// When this race has no such place.
    pub fn find_all(&self, point: &TimeRef) -> Result<Vec<Offset>, TimeRefError> {
        let first = self.find(point)?;
        let TimeRef::Mark { name, lane: None } = point else { return Ok(vec![first]) };
        Ok(self.marks.iter().filter(|mark| mark.kind.as_str() == *name).map(|mark| mark.at).collect())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use speed_kings_core::fixture::race;

    fn ms(ms: i64) -> Offset {
        Offset::from_micros(ms * 1_000)
    }

    #[test]
    fn places_are_read_as_they_are_written() {
        for (text, point) in [
            ("1.25", TimeRef::At(ms(1_250))),
            (" -0.5s ", TimeRef::At(ms(-500))),
            ("80ms", TimeRef::At(ms(80))),
            ("40%", TimeRef::Share(0.4)),
            ("120t", TimeRef::Token(120)),
            ("first-token", TimeRef::Mark { name: "first-token", lane: None }),
            ("finish@2", TimeRef::Mark { name: "finish", lane: Some(1) }),
            ("The last lap", TimeRef::Chapter("The last lap".into())),
        ] {
            assert_eq!(text.parse(), Ok(point), "{text}");
        }
        for bad in ["", "140%", "x%", "finish@0", "nothing@1", "finish@x"] {
            assert!(bad.parse::<TimeRef>().is_err(), "{bad}");
        }
    }

    #[test]
    fn places_are_found_in_the_race() {
        let race = race([&[100, 200, 300], &[150, 250, 500]]);
        let chapters = [RaceChapter { at: ms(210), name: "Bend".into() }];
        let map = TimeRefMap { race: &race, marks: &marks(&race), chapters: &chapters, ends: (ms(0), ms(500)) };
        let find = |text: &str| map.find(&text.parse().unwrap());
        assert_eq!(find("50%"), Ok(ms(250)));
        assert_eq!(find("first-token"), Ok(ms(100)));
        assert_eq!(find("first-token@2"), Ok(ms(150)));
        assert_eq!(find("7t"), Ok(ms(233)), "ten tokens in fourteen reads");
        assert_eq!(find("bend"), Ok(ms(210)));
        assert_eq!(find("verdict"), Ok(ms(500)));
        assert!(find("stall").unwrap_err().to_string().contains("no stall"));
        assert!(find("bogus").unwrap_err().to_string().contains("'bogus' is not a place"));
        let point = "first-token".parse().unwrap();
        assert_eq!(map.find_all(&point), Ok(vec![ms(100), ms(150)]));
    }

    proptest! {
        #[test]
        fn no_text_panics(text in "[-0-9.tms%@a-z ∞]{0,12}") {
            let race = race([&[100], &[150]]);
            let map = TimeRefMap { race: &race, marks: &marks(&race), chapters: &[], ends: (ms(-5), ms(150)) };
            if let Ok(point) = text.parse::<TimeRef>() {
                let _ = map.find(&point);
            }
        }
    }
}
