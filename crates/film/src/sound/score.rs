//! The score: what is heard when, on the picture's clock. Each lane has its place between left and right, and a tick for its
//! text whose pitch rises four semitones each time its rate doubles.

use std::cmp::Ordering;

use crate::chapters::shown;
use crate::job::RenderJob;
use speed_kings_core::race::lane::Lane;
use speed_kings_core::race::lane::bucket_of;
use speed_kings_core::race::mark::{MarkKind, marks};
use speed_kings_core::race::{Race, RaceStage};
use speed_kings_core::time::{Offset, Period};

/// Seconds before the green light at which a lamp goes out.
const LAMPS: [i64; 3] = [3, 2, 1];
/// No two ticks of a lane are closer than this on the picture's clock: closer ones are heard as one noise.
const TICK_GAP: Period = Period::from_millis(70);
/// A tick's rate is the mean over so many buckets of 10 ms, as in the rate chart.
const RATE_WINDOW: usize = 10;
/// The rate in tokens per second of the lowest tick, and the semitones by which twice the rate is higher.
const LOWEST_RATE: f64 = 10.0;
const DOUBLING: f64 = 4.0;
/// The highest tick, in semitones above the lowest: 33,000 tokens per second.
const HIGHEST: i32 = 47;
/// The semitones of a scale in which any two notes go together.
const SCALE: [i32; 5] = [0, 2, 4, 7, 9];
/// How far from the middle the outermost lanes are: 1 is one loudspeaker alone.
const WIDTH: f64 = 0.7;
/// Between the notes of a chime.
const ARPEGGIO: Period = Period::from_millis(90);

/// What a note sounds like.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum NoteTimbre {
    /// A lamp of the start that goes out.
    Lamp,
    /// The green light of the race.
    Go,
    /// Text of a lane that came.
    Tick,
    /// A lane's finish, as a chord.
    Chime,
    /// A lane that failed.
    Out,
}

/// One sound of a film, with its moment.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) struct SoundNote {
    /// When it begins, on the picture's clock.
    pub(super) at: Period,
    /// What it is the sound of.
    pub(super) timbre: NoteTimbre,
    /// Its pitch, in semitones above the A of 220 Hz.
    pub(super) pitch: i32,
    /// Where it is, from -1, left, to 1, right.
    pub(super) place: f64,
    /// How loud it is, from 0 to 1.
    pub(super) level: f64,
}

/// What is heard in a film.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct FilmScore {
    /// The notes, in order.
    pub(super) notes: Vec<SoundNote>,
    /// How long the film is.
    pub(super) duration: Period,
}

impl FilmScore {
    /// The score of `job`. What its picture leaves out is not heard.
    pub(crate) fn new(job: &RenderJob<'_>) -> Self {
        let race = job.recording.race();
        let mut notes = start(job, &race);
        for (index, lane) in race.lanes().iter().enumerate() {
            let place = place(index, race.lanes().len());
            notes.extend(ticks(job, lane, place, race.lanes().len()));
        }
        notes.extend(ends(job, &race));
        notes.sort_by(|a, b| a.at.cmp(&b.at).then(a.place.partial_cmp(&b.place).unwrap_or(Ordering::Equal)));
        Self { notes, duration: job.shown(job.frames()) }
    }
}

/// Where lane `index` of so many is heard.
fn place(index: usize, lanes: usize) -> f64 {
    let number = |count: usize| f64::from(u32::try_from(count).unwrap_or(u32::MAX));
    if lanes < 2 { 0.0 } else { WIDTH * (2.0 * number(index) / number(lanes - 1) - 1.0) }
}

/// The lamps and the green light.
fn start(job: &RenderJob<'_>, race: &Race) -> Vec<SoundNote> {
    let note = |timbre, pitch, at| {
        let at = shown(&job.script, at)?;
        Some(SoundNote { at, timbre, pitch, place: 0.0, level: 0.5 })
    };
    let lamp = |second: i64| note(NoteTimbre::Lamp, 12, Offset::from_micros(-second * 1_000_000));
    let go = (race.stage >= RaceStage::Running).then(|| note(NoteTimbre::Go, 24, Offset::GREEN)).flatten();
    LAMPS.into_iter().filter_map(lamp).chain(go).collect()
}

/// A tick where text came, as close as ticks may be.
fn ticks(job: &RenderJob<'_>, lane: &Lane, place: f64, lanes: usize) -> Vec<SoundNote> {
    // Many lanes together are as loud as one.
    let level = 0.26 / f64::from(u32::try_from(lanes.max(1)).unwrap_or(u32::MAX)).sqrt();
    let (mut ticks, mut last) = (Vec::new(), None);
    for read in lane.reads() {
        let Some(at) = shown(&job.script, read.at) else { continue };
        if last.is_some_and(|last| at.minus(last) < TICK_GAP) {
            continue;
        }
        last = Some(at);
        let bucket = bucket_of(read.at);
        let end = lane.series().last().unwrap_or(bucket);
        let rate = lane.series().rate(bucket.min(end), RATE_WINDOW, end).unwrap_or(0.0) * lane.tokens_per_byte();
        ticks.push(SoundNote { at, timbre: NoteTimbre::Tick, pitch: pitch(rate), place, level });
    }
    ticks
}

/// The pitch of a rate in tokens per second: the note of the scale that is next below.
fn pitch(rate: f64) -> i32 {
    let doublings = libm::log2(rate.max(LOWEST_RATE) / LOWEST_RATE);
    #[expect(clippy::cast_possible_truncation, reason = "bounded by the line below")]
    let semitones = (doublings * DOUBLING).round() as i32;
    let semitones = semitones.clamp(0, HIGHEST);
    let (octave, within) = (semitones / 12, semitones % 12);
    octave * 12 + SCALE.into_iter().rev().find(|note| *note <= within).unwrap_or(0)
}

/// A chime for each finish, the richest for the first, and a low note for each lane that is out.
fn ends(job: &RenderJob<'_>, race: &Race) -> Vec<SoundNote> {
    let (mut notes, mut first) = (Vec::new(), true);
    for mark in marks(race) {
        let (timbre, chord): (NoteTimbre, &[i32]) = match mark.kind {
            MarkKind::Finish if std::mem::take(&mut first) => (NoteTimbre::Chime, &[12, 16, 19, 24]),
            MarkKind::Finish => (NoteTimbre::Chime, &[12, 19]),
            MarkKind::Out => (NoteTimbre::Out, &[-5, -12]),
            _ => continue,
        };
        let (Some(lane), Some(mut at)) = (mark.lane, shown(&job.script, mark.at)) else { continue };
        let place = place(lane.index(), race.lanes().len());
        for pitch in chord {
            notes.push(SoundNote { at, timbre, pitch: *pitch, place, level: 0.4 });
            at = at.plus(ARPEGGIO);
        }
    }
    notes
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::script::FilmScript;
    use crate::tests::job;

    fn of(score: &FilmScore, timbre: NoteTimbre) -> Vec<SoundNote> {
        score.notes.iter().copied().filter(|note| note.timbre == timbre).collect()
    }

    fn is_at(note: &SoundNote, side: f64) -> bool {
        (note.place - side).abs() < 1e-9
    }

    #[test]
    fn what_is_heard_is_what_is_seen() {
        job(30, |job| {
            let score = FilmScore::new(job);
            let race = job.recording.race();
            let at = |offset| job.script.shows(offset).unwrap();
            assert_eq!(of(&score, NoteTimbre::Lamp).len(), 1, "one second is shown before the start");
            assert_eq!(of(&score, NoteTimbre::Go)[0].at, at(Offset::GREEN));
            for (index, side) in [(0, -WIDTH), (1, WIDTH)] {
                let lane = &race.lanes()[index];
                let heard = |timbre| of(&score, timbre).into_iter().filter(move |note| is_at(note, side));
                assert_eq!(heard(NoteTimbre::Chime).next().unwrap().at, at(lane.marks.over.unwrap()));
                let ticks: Vec<SoundNote> = heard(NoteTimbre::Tick).collect();
                assert_eq!(ticks[0].at, at(lane.marks.first_text.unwrap()));
                assert!(ticks.windows(2).all(|pair| pair[1].at.minus(pair[0].at) >= TICK_GAP));
            }
            let mean = |side: f64| {
                let ticks = of(&score, NoteTimbre::Tick);
                let pitches: Vec<i32> = ticks.iter().filter(|note| is_at(note, side)).map(|note| note.pitch).collect();
                f64::from(pitches.iter().sum::<i32>()) / f64::from(u32::try_from(pitches.len()).unwrap())
            };
            assert!(mean(-WIDTH) > mean(WIDTH), "the faster lane is higher");
            assert_eq!(of(&score, NoteTimbre::Chime).len(), 6, "four notes for the first, two for the second");
            assert!(score.notes.is_sorted_by_key(|note| note.at));
        });
    }

    #[test]
    fn what_is_cut_out_is_not_heard_and_slow_motion_ticks_at_each_read() {
        job(30, |job| {
            let until = Offset::from_micros(600_000);
            let mut cut = job.clone();
            cut.script =
                FilmScript::new(job.recording, job.recording.whole().between(Offset::FIRST, until).faster(0.001));
            let (score, race) = (FilmScore::new(&cut), job.recording.race());
            let shown: usize =
                race.lanes().iter().map(|lane| lane.reads().iter().filter(|read| read.at <= until).count()).sum();
            let ticks = of(&score, NoteTimbre::Tick).len();
            assert!(ticks > of(&FilmScore::new(job), NoteTimbre::Tick).len(), "{ticks}");
            assert_eq!(ticks, shown, "reads are more than 70 ms apart now");
            assert_eq!(of(&score, NoteTimbre::Chime).iter().filter(|note| note.place > 0.0).count(), 0);
        });
    }

    #[test]
    fn twice_the_rate_is_four_semitones_higher_within_the_scale() {
        assert_eq!([0.0, 10.0, 20.0, 80.0, 2_560.0, f64::MAX].map(pitch), [0, 0, 4, 12, 31, 45]);
        assert_eq!(pitch(f64::NAN), 0);
    }

    #[test]
    fn lanes_stand_from_left_to_right() {
        let places = [place(0, 1), place(0, 2), place(1, 2), place(1, 3)];
        assert!(
            places.iter().zip([0.0, -WIDTH, WIDTH, 0.0]).all(|(is, wanted)| (is - wanted).abs() < 1e-9),
            "{places:?}"
        );
    }
}
