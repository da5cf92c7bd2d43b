//! The synthesiser: samples out of a score, one after the other, so that what is in memory doesn't grow with the film.
//! Its sine and its powers are `libm`'s, which are the same on every machine; the system's are not.

use std::f64::consts::TAU;

use super::score::{FilmScore, NoteTimbre, SoundNote};
use speed_kings_core::time::Period;

/// Samples a second for each side.
pub(super) const RATE: u32 = 48_000;
/// The pitch of semitone 0, in Hz.
const LOWEST: f64 = 220.0;
/// Below this level a note is over: a hundredth of a step of 16 bits.
const SILENT: f64 = 3.0e-7;
/// Where a sum of many notes begins to be bent, so that none is cut off.
const BEND: f64 = 0.8;

/// How a timbre begins and dies away, and what it consists of.
struct ToneShape {
    /// Seconds to the full level.
    attack: f64,
    /// Seconds in which it comes down to a thousandth.
    decay: f64,
    /// Multiples of the pitch, and their levels.
    partials: &'static [(f64, f64)],
}

const LAMP: ToneShape = ToneShape { attack: 0.004, decay: 0.35, partials: &[(1.0, 0.8), (2.0, 0.2)] };
const GO: ToneShape = ToneShape { attack: 0.004, decay: 0.9, partials: &[(1.0, 0.7), (2.0, 0.2), (3.0, 0.1)] };
const TICK: ToneShape = ToneShape { attack: 0.001, decay: 0.06, partials: &[(1.0, 0.75), (2.0, 0.25)] };
const CHIME: ToneShape = ToneShape { attack: 0.003, decay: 1.4, partials: &[(1.0, 0.6), (2.0, 0.25), (4.0, 0.15)] };
const OUT: ToneShape = ToneShape { attack: 0.010, decay: 0.7, partials: &[(1.0, 0.8), (1.5, 0.2)] };

impl NoteTimbre {
    const fn shape(self) -> &'static ToneShape {
        match self {
            Self::Lamp => &LAMP,
            Self::Go => &GO,
            Self::Tick => &TICK,
            Self::Chime => &CHIME,
            Self::Out => &OUT,
        }
    }
}

/// A note that sounds.
struct SoundingNote {
    shape: &'static ToneShape,
    /// Turns a sample, and how far the turns are.
    step: f64,
    phase: f64,
    /// How loud it would be at full attack, and what that loses with each sample.
    level: f64,
    fade: f64,
    /// Samples since it began.
    age: u32,
    /// The share of the left and of the right.
    sides: [f64; 2],
}

impl SoundingNote {
    fn new(note: &SoundNote) -> Self {
        let shape = note.timbre.shape();
        let frequency = LOWEST * libm::exp2(f64::from(note.pitch) / 12.0);
        let place = note.place.clamp(-1.0, 1.0);
        Self {
            shape,
            step: frequency / f64::from(RATE),
            phase: 0.0,
            level: note.level,
            fade: fade(shape.decay),
            age: 0,
            // As loud in the middle as at either side.
            sides: [((1.0 - place) / 2.0).sqrt(), f64::midpoint(1.0, place).sqrt()],
        }
    }

    /// Its next sample; nothing once it is over.
    fn next(&mut self) -> Option<f64> {
        if self.level < SILENT {
            return None;
        }
        let attack = (f64::from(self.age) / (self.shape.attack * f64::from(RATE))).min(1.0);
        let sound: f64 = self.shape.partials.iter().map(|(of, level)| sine(self.phase * of) * level).sum();
        let sample = sound * self.level * attack;
        self.level *= self.fade;
        self.age += 1;
        // Every partial comes around within two turns.
        self.phase = (self.phase + self.step) % 2.0;
        Some(sample)
    }
}

/// The factor which, taken for each sample of so many seconds, comes to a thousandth.
fn fade(seconds: f64) -> f64 {
    libm::pow(0.001, 1.0 / (seconds * f64::from(RATE)))
}

/// The sine of so many turns.
fn sine(turns: f64) -> f64 {
    libm::sin(turns * TAU)
}

/// The samples of a film, in order.
pub(super) struct Synthesiser<'a> {
    notes: std::iter::Peekable<std::slice::Iter<'a, SoundNote>>,
    sounding: Vec<SoundingNote>,
    next: u64,
    samples: u64,
}

/// When a moment comes, in samples.
fn sample_at(at: Period) -> u64 {
    u64::try_from(u128::from(at.as_micros()) * u128::from(RATE) / 1_000_000).unwrap_or(u64::MAX)
}

impl<'a> Synthesiser<'a> {
    /// The samples of `score`.
    pub(super) fn new(score: &'a FilmScore) -> Self {
        let samples = sample_at(score.duration);
        Self { notes: score.notes.iter().peekable(), sounding: Vec::new(), next: 0, samples }
    }

    /// How many there are for each side.
    pub(super) const fn samples(&self) -> u64 {
        self.samples
    }
}

impl Iterator for Synthesiser<'_> {
    type Item = [i16; 2];

    fn next(&mut self) -> Option<[i16; 2]> {
        if self.next >= self.samples {
            return None;
        }
        while let Some(note) = self.notes.next_if(|note| sample_at(note.at) <= self.next) {
            self.sounding.push(SoundingNote::new(note));
        }
        self.next += 1;
        let mut sums = [0.0; 2];
        self.sounding.retain_mut(|note| {
            let Some(sample) = note.next() else { return false };
            for (sum, side) in sums.iter_mut().zip(note.sides) {
                *sum += sample * side;
            }
            true
        });
        Some(sums.map(quantise))
    }
}

/// A sample of 16 bits, with what is too loud bent rather than cut off.
fn quantise(sample: f64) -> i16 {
    let over = (sample.abs() - BEND).max(0.0);
    let room = 1.0 - BEND;
    let bent = sample.abs().min(BEND) + over * room / (over + room);
    #[expect(clippy::cast_possible_truncation, reason = "between -1 and 1 times the largest")]
    let value = (bent.copysign(sample) * f64::from(i16::MAX)).round() as i16;
    value
}

#[cfg(test)]
mod tests {
    use super::*;

    fn score(notes: Vec<SoundNote>, ms: u64) -> FilmScore {
        FilmScore { notes, duration: Period::from_millis(ms) }
    }

    fn note(at: u64, timbre: NoteTimbre, pitch: i32, place: f64) -> SoundNote {
        SoundNote { at: Period::from_millis(at), timbre, pitch, place, level: 0.3 }
    }

    fn samples(score: &FilmScore) -> Vec<[i16; 2]> {
        Synthesiser::new(score).collect()
    }

    #[test]
    fn a_note_has_its_pitch_its_place_and_its_moment() {
        let score = score(vec![note(500, NoteTimbre::Go, 12, -1.0)], 2_000);
        let samples = samples(&score);
        assert_eq!(samples.len(), 96_000, "to the sample");
        assert!(samples[..24_000].iter().all(|sample| *sample == [0, 0]), "silent before");
        assert!(samples.iter().all(|[_, right]| *right == 0), "all of it is on the left");
        // Upward crossings of a quarter of a second: 440 Hz have 110.
        let within = &samples[24_480..36_480];
        let rises = within.windows(2).filter(|pair| pair[0][0] < 0 && pair[1][0] >= 0).count();
        assert!((109..=111).contains(&rises), "{rises}");
        let loudest = |part: &[[i16; 2]]| part.iter().map(|[left, _]| left.unsigned_abs()).max().unwrap();
        assert!(loudest(&samples[24_000..28_800]) > 20 * loudest(&samples[72_000..]), "it dies away");
    }

    #[test]
    fn the_middle_is_as_loud_as_a_side() {
        let power = |place| {
            let score = score(vec![note(0, NoteTimbre::Chime, 0, place)], 500);
            samples(&score).iter().flatten().map(|value| f64::from(*value).powi(2)).sum::<f64>()
        };
        let (side, middle) = (power(1.0), power(0.0));
        assert!((side / middle - 1.0).abs() < 0.01, "{side} {middle}");
    }

    #[test]
    fn a_thousand_notes_at_once_are_not_cut_off() {
        let all = (0..1_000).map(|_| note(10, NoteTimbre::Chime, 12, 0.0)).collect();
        let score = score(all, 300);
        let samples = samples(&score);
        let loudest = samples.iter().map(|[left, _]| left.unsigned_abs()).max().unwrap();
        assert!((32_000..32_767).contains(&loudest), "{loudest}");
    }
}
