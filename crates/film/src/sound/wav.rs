//! WAV: the sound by itself, as 16-bit samples of two sides at 48 kHz, for players, editors and ffmpeg.
//! By hand because `hound` has no place for who made it, by which a file of ours is known again.

use std::io::{self, Write};
use std::path::PathBuf;

use super::score::FilmScore;
use super::synth::{RATE, Synthesiser};
use crate::job::RenderJob;
use crate::output::OutputFile;
use crate::{Exporter, FilmError, MADE_BY};

/// Sides of a sample, and bytes of both.
const SIDES: u16 = 2;
const FRAME: u16 = SIDES * 2;

/// Writes `score` as a WAV file.
///
/// # Errors
/// When it can't be written, or is longer than the format can say.
pub(crate) fn write(score: &FilmScore, to: &mut impl Write) -> io::Result<()> {
    let samples = Synthesiser::new(score);
    let too_long = || io::Error::other("the sound would be longer than the 6 hours that a .wav can hold");
    // An even number of bytes, as every chunk has.
    let maker = format!("{MADE_BY}\0\0");
    let maker = maker.as_bytes().chunks_exact(2).flatten().copied().collect::<Vec<u8>>();
    let length = |bytes: usize| u32::try_from(bytes).map_err(|_| too_long());
    let data = u32::try_from(samples.samples() * u64::from(FRAME)).map_err(|_| too_long())?;
    let info = length(maker.len())? + 12;
    let all = data.checked_add(info + 4 + 24 + 8 + 8).ok_or_else(too_long)?;
    let mut head = Vec::new();
    let mut put = |tag: &[u8; 4], numbers: &[&[u8]]| {
        head.extend_from_slice(tag);
        head.extend(numbers.iter().copied().flatten());
    };
    put(b"RIFF", &[&all.to_le_bytes(), b"WAVE"]);
    let (pcm, bits, rate) = (1_u16, 16_u16, RATE * u32::from(FRAME));
    let [pcm, sides, frame, bits] = [pcm, SIDES, FRAME, bits].map(u16::to_le_bytes);
    put(b"fmt ", &[&16_u32.to_le_bytes(), &pcm, &sides, &RATE.to_le_bytes(), &rate.to_le_bytes(), &frame, &bits]);
    put(b"LIST", &[&info.to_le_bytes(), b"INFOICMT", &length(maker.len())?.to_le_bytes(), &maker]);
    put(b"data", &[&data.to_le_bytes()]);
    to.write_all(&head)?;
    for [left, right] in samples {
        to.write_all(&left.to_le_bytes())?;
        to.write_all(&right.to_le_bytes())?;
    }
    to.flush()
}

/// The sound of a film as a file of its own.
pub struct WavWriter {
    path: PathBuf,
    output: Option<OutputFile>,
}

impl WavWriter {
    /// The sound at `path`.
    #[must_use]
    pub const fn new(path: PathBuf) -> Self {
        Self { path, output: None }
    }
}

impl Exporter for WavWriter {
    fn begin(&mut self, job: &RenderJob<'_>) -> Result<(), FilmError> {
        let score = FilmScore::new(job);
        self.output = Some(OutputFile::create(&self.path)?.filled(|file| write(&score, file))?);
        Ok(())
    }

    fn finish(&mut self) -> Result<(), FilmError> {
        OutputFile::commit_begun(&mut self.output)
    }

    fn is_moving(&self) -> bool {
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::{film, job};

    #[test]
    fn a_reader_of_others_finds_every_sample() {
        job(30, |job| {
            let bytes = film(job, |path| Box::new(WavWriter::new(path)));
            let mut reader = hound::WavReader::new(bytes.as_slice()).unwrap();
            let spec = reader.spec();
            assert_eq!((spec.channels, spec.sample_rate, spec.bits_per_sample), (2, 48_000, 16));
            let frames = u64::from(reader.duration());
            assert_eq!(frames, job.shown(job.frames()).as_micros() * 48 / 1_000, "as long as the picture");
            let score = FilmScore::new(job);
            let there: Vec<i16> = reader.samples::<i16>().map(Result::unwrap).collect();
            let made: Vec<i16> = Synthesiser::new(&score).flatten().collect();
            assert!(there == made, "the samples are those of the synthesiser");
            let said = u32::from_le_bytes(bytes[4..8].try_into().unwrap());
            assert_eq!(said as usize + 8, bytes.len(), "the file is as long as it says");
        });
    }
}
