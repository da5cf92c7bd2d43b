//! The cut: which parts of a recording are shown, how fast, and under which words, on the picture's own clock.
//! It never changes what was measured: race time stays race time, and each piece knows the scale that the picture states.

use crate::bound::{FURTHEST, LONGEST_HOLD};
use speed_kings_core::time::{Offset, Period};

/// The slowest and the fastest that a piece may run, as race seconds for each second of the picture.
pub const SCALES: (f64, f64) = (0.001, 1_000.0);

/// How long the name of a chapter stands in the lower third, on the picture's clock.
const CHAPTER_SHOWN: Period = Period::from_millis(2_500);

/// A part of the race at one speed.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct CutPiece {
    /// Where in the race it begins.
    pub from: Offset,
    /// Where in the race it ends.
    pub to: Offset,
    /// Race seconds for each second of the picture, within [`SCALES`].
    pub scale: f64,
}

impl CutPiece {
    /// How long it is on the picture's clock.
    #[must_use]
    pub fn duration(&self) -> Period {
        Period::from_secs_f64(self.to.since(self.from).as_secs_f64() / self.scale)
    }
}

/// What a picture shows at one of its moments.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct ShownMoment {
    /// Where the picture is on the race clock.
    pub at: Offset,
    /// Race seconds for each second of the picture, just here.
    pub scale: f64,
}

/// Words in the lower third of the picture.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ShownCaption {
    /// The race time from which they stand there.
    pub from: Offset,
    /// The race time at which they go; [`Offset::LAST`] when they stay to the end of the picture, the verdict included.
    pub to: Offset,
    /// What they say: untrusted, to be made printable before it is drawn.
    pub text: String,
}

/// A named place in the race.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct RaceChapter {
    /// Where it begins, in race time.
    pub at: Offset,
    /// What it is called: untrusted, to be made printable before it is drawn.
    pub name: String,
}

/// What of a race is shown and how: its pieces in the order in which they come, and the words over them.
/// Pieces never overlap and never go back.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct EditList {
    pieces: Vec<CutPiece>,
    /// How long the verdict stays after the last piece, on the picture's clock. Nothing: as long as whoever shows it likes.
    pub hold_verdict: Option<Period>,
    /// How long the title before the race stays. Nothing: as whoever shows it likes.
    pub intro: Option<Period>,
    /// How long the title after the verdict stays. Nothing: as whoever shows it likes.
    pub outro: Option<Period>,
    /// What the picture is called in place of the phase or the contestants: untrusted.
    pub title: Option<String>,
    /// The words in the lower third, in no particular order.
    pub captions: Vec<ShownCaption>,
    /// The places that somebody has named, beside the marks that every race has.
    pub chapters: Vec<RaceChapter>,
}

impl EditList {
    /// All of the race from `from` to `to`, in real time.
    #[must_use]
    pub fn whole(from: Offset, to: Offset) -> Self {
        Self { pieces: vec![CutPiece { from, to: to.max(from), scale: 1.0 }], ..Self::default() }
    }

    /// The cut of these pieces. Nothing when one of them has no length or a scale outside [`SCALES`], or when they
    /// overlap or go back.
    #[must_use]
    pub fn of_pieces(pieces: Vec<CutPiece>) -> Option<Self> {
        let sound = |piece: &CutPiece| piece.from < piece.to && (SCALES.0..=SCALES.1).contains(&piece.scale);
        let in_order = pieces.windows(2).all(|pair| matches!(pair, [a, b] if a.to <= b.from));
        (pieces.iter().all(sound) && in_order).then(|| Self { pieces, ..Self::default() })
    }

    /// What no picture can be made of, if there is such a thing in it: a bound, so that nobody films for a century.
    #[must_use]
    pub fn excess(&self) -> Option<&'static str> {
        let pieces = self.pieces.iter().flat_map(|piece| [piece.from, piece.to]);
        let captions = self.captions.iter().flat_map(|caption| [caption.from, caption.to]);
        let mut times = pieces.chain(captions).chain(self.chapters.iter().map(|chapter| chapter.at));
        let far = |at: Offset| at < Offset::GREEN.minus(FURTHEST) || at > Offset::GREEN.plus(FURTHEST);
        if times.any(|at| at != Offset::LAST && far(at)) {
            return Some("a time is more than a month from the green light");
        }
        if self.duration() > FURTHEST {
            return Some("the picture would last longer than a month");
        }
        let long = |hold: Option<Period>| hold.is_some_and(|hold| hold > LONGEST_HOLD);
        if long(self.hold_verdict) {
            return Some("the verdict would stay longer than a day");
        }
        (long(self.intro) || long(self.outro)).then_some("a title would stay longer than a day")
    }

    /// The pieces in the order in which they are shown.
    #[must_use]
    pub fn pieces(&self) -> &[CutPiece] {
        &self.pieces
    }

    /// How long the picture is.
    #[must_use]
    pub fn duration(&self) -> Period {
        Period::from_micros(self.pieces.iter().map(|piece| piece.duration().as_micros()).sum())
    }

    /// What the picture shows `after` its start; its last moment ever after. Nothing without pieces.
    #[must_use]
    pub fn at(&self, after: Period) -> Option<ShownMoment> {
        let mut left = after.as_micros();
        for piece in &self.pieces {
            let duration = piece.duration().as_micros();
            if left < duration {
                let passed = Period::from_secs_f64(Period::from_micros(left).as_secs_f64() * piece.scale);
                return Some(ShownMoment { at: piece.from.plus(passed).min(piece.to), scale: piece.scale });
            }
            left -= duration;
        }
        self.pieces.last().map(|piece| ShownMoment { at: piece.to, scale: piece.scale })
    }

    /// When the picture shows `at` for the first time; where that is cut out, when it shows what comes next.
    #[must_use]
    pub fn shows(&self, at: Offset) -> Option<Period> {
        let mut before = 0;
        for piece in &self.pieces {
            if at <= piece.to {
                let into = at.max(piece.from).since(piece.from).as_secs_f64() / piece.scale;
                return Some(Period::from_micros(before).plus(Period::from_secs_f64(into)));
            }
            before += piece.duration().as_micros();
        }
        None
    }

    /// The words in the lower third at `at`: those that came last, where several do, otherwise the name of a chapter that
    /// has just begun.
    #[must_use]
    pub fn caption(&self, at: Offset) -> Option<&str> {
        let now = self.captions.iter().filter(|caption| caption.from <= at && at < caption.to);
        let said = now.max_by_key(|caption| caption.from).map(|caption| caption.text.as_str());
        said.or_else(|| {
            let chapter = self.chapters.iter().filter(|chapter| chapter.at <= at).max_by_key(|chapter| chapter.at)?;
            (self.shown_between(chapter.at, at) < CHAPTER_SHOWN).then_some(chapter.name.as_str())
        })
    }

    /// Whether anything ever stands in the lower third.
    #[must_use]
    pub fn has_words(&self) -> bool {
        !self.captions.is_empty() || !self.chapters.is_empty()
    }

    /// Only what lies between `from` and `to`.
    #[must_use]
    pub fn between(self, from: Offset, to: Offset) -> Self {
        let clip = |piece: CutPiece| CutPiece { from: piece.from.max(from), to: piece.to.min(to), ..piece };
        let pieces = self.pieces.into_iter().map(clip).filter(|piece| piece.from < piece.to).collect();
        Self { pieces, ..self }
    }

    /// All of it `scale` times as fast as it is now.
    #[must_use]
    pub fn faster(self, scale: f64) -> Self {
        self.faster_between(Offset::FIRST, Offset::LAST, scale)
    }

    /// What lies between `from` and `to`, `scale` times as fast as it is now.
    #[must_use]
    pub fn faster_between(self, from: Offset, to: Offset, scale: f64) -> Self {
        if from < to { self.faster_spans(&[(from, to, scale)]) } else { self }
    }

    /// What lies within each of `spans` (from, to, scale), which are in order and apart, so many times as fast as now.
    #[must_use]
    pub fn faster_spans(self, spans: &[(Offset, Offset, f64)]) -> Self {
        let mut pieces = Vec::with_capacity(self.pieces.len() + 2 * spans.len());
        for piece in self.pieces {
            let first = spans.partition_point(|(_, to, _)| *to <= piece.from);
            let mut at = piece.from;
            for (from, to, scale) in spans.iter().skip(first).take_while(|(from, ..)| *from < piece.to) {
                let (from, to) = (at.max(*from), piece.to.min(*to));
                let inner = (piece.scale * scale).clamp(SCALES.0, SCALES.1);
                let parts = [CutPiece { from: at, to: from, ..piece }, CutPiece { from, to, scale: inner }];
                pieces.extend(parts.into_iter().filter(|part| part.from < part.to));
                at = at.max(to);
            }
            pieces.extend((at < piece.to).then_some(CutPiece { from: at, ..piece }));
        }
        Self { pieces, ..self }
    }

    /// Each stretch between two of `times`, which are in order, shown in no more than `limit` on the picture's clock:
    /// what would take longer runs faster, and the picture states how much. A scale beyond [`SCALES`] is cut to it.
    #[must_use]
    pub fn limit_idle(self, times: impl IntoIterator<Item = Offset>, limit: Period) -> Self {
        let limit = limit.max(Period::from_micros(1));
        let (mut spans, mut before) = (Vec::new(), None);
        for at in times {
            let from = before.replace(at).unwrap_or(at);
            let shown = if from < at { self.shown_between(from, at) } else { Period::ZERO };
            if shown > limit {
                spans.push((from, at, shown.as_secs_f64() / limit.as_secs_f64()));
            }
        }
        self.faster_spans(&spans)
    }

    /// How long what lies between `from` and `to` takes on the picture's clock.
    fn shown_between(&self, from: Offset, to: Offset) -> Period {
        let first = self.pieces.partition_point(|piece| piece.to <= from);
        let clip = |piece: &CutPiece| CutPiece { from: piece.from.max(from), to: piece.to.min(to), ..*piece };
        let within = self.pieces.iter().skip(first).take_while(|piece| piece.from < to);
        Period::from_micros(within.map(|piece| clip(piece).duration().as_micros()).sum())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn ms(ms: i64) -> Offset {
        Offset::from_micros(ms * 1_000)
    }

    #[test]
    fn slow_motion_around_a_moment_lengthens_only_that() {
        let cut = EditList::whole(ms(0), ms(1_000)).faster_between(ms(200), ms(300), 0.1);
        assert_eq!(cut.duration(), Period::from_millis(1_900));
        assert_eq!(cut.at(Period::from_millis(100)), Some(ShownMoment { at: ms(100), scale: 1.0 }));
        assert_eq!(cut.at(Period::from_millis(700)), Some(ShownMoment { at: ms(250), scale: 0.1 }));
        assert_eq!(cut.at(Period::from_millis(1_300)), Some(ShownMoment { at: ms(400), scale: 1.0 }));
        assert_eq!(cut.at(Period::from_millis(9_000)), Some(ShownMoment { at: ms(1_000), scale: 1.0 }));
        assert_eq!(cut.shows(ms(250)), Some(Period::from_millis(700)));
    }

    #[test]
    fn what_is_cut_out_is_shown_as_what_comes_next() {
        let cut = EditList::whole(ms(0), ms(1_000)).between(ms(400), ms(600));
        assert_eq!(cut.duration(), Period::from_millis(200));
        assert_eq!(cut.shows(ms(0)), Some(Period::ZERO));
        assert_eq!(cut.shows(ms(700)), None);
        assert_eq!(EditList::whole(ms(0), ms(10)).between(ms(20), ms(30)).at(Period::ZERO), None);
    }

    #[test]
    fn idle_stretches_are_limited_on_the_picture() {
        let times = [0, 100, 4_100, 4_200].map(ms);
        let cut = EditList::whole(ms(0), ms(4_200)).limit_idle(times, Period::from_millis(500));
        assert_eq!(cut.duration(), Period::from_millis(700));
        assert_eq!(cut.at(Period::from_millis(350)), Some(ShownMoment { at: ms(2_100), scale: 8.0 }));
        let slow = EditList::whole(ms(0), ms(4_200)).faster(0.5).limit_idle(times, Period::from_millis(500));
        assert_eq!(slow.duration(), Period::from_millis(900), "the limit is the picture's, whatever the speed");
        let twice = cut.clone().limit_idle(times, Period::from_millis(500));
        assert_eq!(twice, cut, "once limited it stays so");
    }

    #[test]
    fn the_newest_caption_stands() {
        let caption = |from, to, text: &str| ShownCaption { from: ms(from), to, text: text.into() };
        let captions = vec![caption(100, Offset::LAST, "late"), caption(0, ms(200), "early")];
        let cut = EditList { captions, ..EditList::whole(ms(0), ms(300)) };
        assert_eq!(cut.caption(ms(50)), Some("early"));
        assert_eq!(cut.caption(ms(150)), Some("late"));
        assert_eq!(cut.caption(ms(-1)), None);
    }

    #[test]
    fn unsound_pieces_are_refused() {
        let piece = |from, to, scale| CutPiece { from: ms(from), to: ms(to), scale };
        assert!(EditList::of_pieces(vec![piece(0, 1, 1.0), piece(1, 2, 0.1)]).is_some());
        for bad in [piece(1, 1, 1.0), piece(2, 1, 1.0), piece(0, 1, 0.0), piece(0, 1, f64::NAN), piece(0, 1, 1e9)] {
            assert_eq!(EditList::of_pieces(vec![bad]), None, "{bad:?}");
        }
        assert_eq!(EditList::of_pieces(vec![piece(0, 2, 1.0), piece(1, 3, 1.0)]), None);
    }

    #[test]
    fn a_picture_has_an_end() {
        let month = Offset::GREEN.plus(FURTHEST);
        let whole = EditList::whole(Offset::GREEN, month);
        assert_eq!(whole.excess(), None);
        assert!(whole.clone().faster(0.5).excess().unwrap().contains("longer than a month"));
        assert!(EditList::whole(Offset::GREEN, month.plus(Period::from_micros(1))).excess().is_some());
        let caption = |from, to| ShownCaption { from, to, text: String::new() };
        let with = |caption| EditList { captions: vec![caption], ..EditList::whole(ms(0), ms(1)) };
        assert_eq!(with(caption(ms(0), Offset::LAST)).excess(), None);
        assert!(with(caption(Offset::FIRST, ms(1))).excess().is_some());
        let hold = Some(LONGEST_HOLD.plus(Period::from_micros(1)));
        assert!(EditList { hold_verdict: hold, ..whole }.excess().unwrap().contains("longer than a day"));
    }

    proptest! {
        #[test]
        fn edits_keep_pieces_sound(
            edits in proptest::collection::vec((0i64..1_000, 0i64..1_000, 0.001f64..2_000.0, 0u8..3), 0..8),
        ) {
            let mut cut = EditList::whole(ms(0), ms(1_000));
            for (from, to, scale, edit) in edits {
                cut = match edit {
                    0 => cut.faster_between(ms(from), ms(to), scale),
                    1 => cut.limit_idle([ms(from.min(to)), ms(to.max(from))], Period::from_secs_f64(scale / 1e3)),
                    _ => cut.between(ms(from.min(to)), ms(to.max(from))),
                };
                prop_assert!(EditList::of_pieces(cut.pieces().to_vec()).is_some(), "{:?}", cut);
            }
            // What is shown is found again where it is shown, to the grain of both clocks.
            for piece in cut.pieces() {
                let Some(shown) = cut.shows(piece.from) else { continue };
                let at = cut.at(shown).unwrap().at;
                prop_assert!(at.since(piece.from).max(piece.from.since(at)) <= Period::from_millis(2), "{at:?} {piece:?}");
            }
        }

        #[test]
        fn the_race_clock_never_goes_back(
            edits in proptest::collection::vec((0i64..1_000, 0i64..1_000, 0.01f64..100.0), 0..6),
            looks in proptest::collection::vec(0u64..5_000_000, 2..20),
        ) {
            let mut cut = EditList::whole(ms(0), ms(1_000));
            for (from, to, scale) in edits {
                cut = cut.faster_between(ms(from), ms(to), scale);
            }
            let mut looks = looks;
            looks.sort_unstable();
            let seen: Vec<Offset> = looks.iter().filter_map(|us| cut.at(Period::from_micros(*us))).map(|m| m.at).collect();
            prop_assert!(seen.is_sorted());
            prop_assert!(seen.iter().all(|at| (ms(0)..=ms(1_000)).contains(at)));
        }
    }
}
