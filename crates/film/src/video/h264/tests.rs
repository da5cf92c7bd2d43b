//! A whole MP4 taken apart again: its boxes by a walker of its own, its pictures by a decoder.
//! Frame k has to be what a still of k/fps shows, as closely as brightness in eight bits and a quantiser allow.

use std::ops::ControlFlow;
use std::path::Path;

use proptest::prelude::*;
use rusty_h264_decoder::Decoder;

use crate::job::RenderJob;
use crate::raster::atlas::TileAtlas;
use crate::raster::canvas::Canvas;
use crate::raster::{Fonts, GroundColours, PictureGeometry, RequestedSize};
use crate::script::FilmScript;
use crate::tests::recording;
use crate::video::VideoExporter;
use crate::video::chapters::chapters;
use crate::video::h264::segment::Segment;
use crate::video::plan::{EncoderChoice, VideoContainer};
use crate::video::yuv::YuvPicture;
use crate::{Exporter, render};
use speed_kings_core::time::{Offset, Period};
use speed_kings_tui::theme::ThemeSet;

/// How far a decoded picture's brightness may be from what was drawn, in dB, at the least: no ring is seen.
const LEAST: f64 = 42.0;

fn export(job: &RenderJob<'_>, geometry: PictureGeometry, path: &Path) -> Vec<u8> {
    let mut video = VideoExporter::new(path.to_owned(), VideoContainer::Mp4, geometry, Fonts::new(&[]).unwrap());
    video.choice = EncoderChoice::BuiltIn;
    let mut exporters: Vec<Box<dyn Exporter>> = vec![Box::new(video)];
    assert!(render(job, &mut exporters, &mut |_| ControlFlow::Continue(())).unwrap().is_empty());
    std::fs::read(path).unwrap()
}

/// What is in the box at `path`.
fn find<'a>(mut bytes: &'a [u8], path: &[&[u8; 4]]) -> &'a [u8] {
    let [name, rest @ ..] = path else { return bytes };
    loop {
        let length = number(bytes, 0);
        if &bytes[4..8] == *name {
            return find(&bytes[8..length], rest);
        }
        bytes = &bytes[length..];
    }
}

fn number(bytes: &[u8], at: usize) -> usize {
    u32::from_be_bytes(*bytes[at..].first_chunk().unwrap()) as usize
}

/// The samples of the file, each as a stream with start codes; settings go before the first.
fn samples(file: &[u8]) -> Vec<Vec<u8>> {
    let table = |name| find(file, &[b"moov", b"trak", b"mdia", b"minf", b"stbl", name]);
    let entry = table(b"stsd");
    let at = entry.windows(4).position(|name| name == b"avcC").unwrap() + 4;
    let half = |at: usize| usize::from(u16::from_be_bytes(*entry[at..].first_chunk().unwrap()));
    let (sequence, picture) = (half(at + 6), half(at + 9 + half(at + 6)));
    let mut stream = [&[0, 0, 1][..], &entry[at + 8..][..sequence], &[0, 0, 1]].concat();
    stream.extend_from_slice(&entry[at + 11 + sequence..][..picture]);
    let mut place = number(table(b"co64"), 12);
    let sizes = table(b"stsz");
    let mut samples = Vec::new();
    for index in 0..number(sizes, 8) {
        let sample = &file[place..place + number(sizes, 12 + index * 4)];
        place += sample.len();
        stream.extend(units(sample).into_iter().flat_map(|unit| [vec![0, 0, 1], unit].concat()));
        samples.push(std::mem::take(&mut stream));
    }
    assert_eq!(place, file.len(), "the pictures end with the file");
    samples
}

fn luma(rgb: &[u8]) -> f64 {
    let share = [0.2126, 0.7152, 0.0722].iter().zip(rgb).map(|(share, value)| share * f64::from(*value)).sum::<f64>();
    16.0 + share * 219.0 / 255.0
}

#[test]
fn each_frame_is_the_still_at_its_time_and_none_is_missing() {
    let (folder, recording, themes) = (tempfile::tempdir().unwrap(), recording(), ThemeSet::builtin().unwrap());
    let sizes = RequestedSize { cells: Some((80, 20)), font: Some(10.0), ..RequestedSize::default() };
    let geometry = PictureGeometry::new(sizes, (640, 360)).unwrap();
    // A title that stands, a race, the finish and a verdict that stands again: repeats at both ends and in two segments.
    let mut cut = recording.led_in(1.0).between(Offset::FIRST, Offset::LAST);
    cut.hold_verdict = Some(Period::from_millis(2_000));
    let script = FilmScript::new(&recording, cut).titled(Period::from_millis(700), Period::ZERO);
    let theme = themes.default_theme();
    let job = RenderJob::new(&recording, script, geometry.cells, theme, 30);
    let path = folder.path().join("race.mp4");
    let file = export(&job, geometry, &path);
    assert!(file == export(&job, geometry, &path), "the same film is the same bytes");
    let samples = samples(&file);
    assert_eq!(samples.len() as u64, job.frames());
    let times = find(&file, &[b"moov", b"trak", b"mdia", b"minf", b"stbl", b"stts"]);
    assert_eq!([4, 8, 12].map(|at| number(times, at)), [1, samples.len(), 1_000], "one rate for all");
    let clock = find(&file, &[b"moov", b"trak", b"mdia", b"mdhd"]);
    assert_eq!((number(clock, 20), number(clock, 28)), (30_000, samples.len() * 1_000));
    let repeats = samples.iter().filter(|sample| sample.len() < 24).count();
    assert!(repeats > 20, "{repeats} of {} frames were not encoded again", samples.len());
    let atlas = TileAtlas::new(&geometry, GroundColours::of(job.theme), Fonts::new(&[]).unwrap(), None);
    let (mut decoder, mut canvas) = (Decoder::new(), Canvas::new(geometry, atlas));
    let (width, height) = (geometry.size.0 as usize, geometry.size.1 as usize);
    let (mut camera, mut before) = (job.camera(), Vec::new());
    for (index, sample) in samples.iter().enumerate() {
        let picture = decoder.decode(sample).unwrap().unwrap_or_else(|| panic!("no picture {index}"));
        assert_eq!((picture.width, picture.height), (width, height));
        let still = canvas.draw(&camera.advance().unwrap()).unwrap();
        let off = |still: &[u8]| -> f64 {
            let pairs = picture.y.iter().zip(still.chunks_exact(3));
            pairs.map(|(y, rgb)| (f64::from(*y) - luma(rgb)).powi(2)).sum::<f64>()
                / f64::from(geometry.size.0 * geometry.size.1)
        };
        let here = off(still);
        let ratio = 10.0 * (255.0 * 255.0 / here.max(1e-9)).log10();
        assert!(ratio >= LEAST, "frame {index}: {ratio:.1} dB");
        if before != still {
            assert!(before.is_empty() || here < off(&before), "frame {index} looks like the one before");
            before = still.to_vec();
        }
    }
    let keys = find(&file, &[b"moov", b"trak", b"mdia", b"minf", b"stbl", b"stss"]);
    let keys: Vec<u64> = (0..number(keys, 4)).map(|index| number(keys, 8 + index * 4) as u64 - 1).collect();
    assert_eq!(keys.first(), Some(&0));
    for chapter in chapters(&job) {
        let at = (chapter.at.as_micros() + 1) * 30 / 1_000_000;
        assert!(keys.iter().any(|key| at.checked_sub(*key).is_some_and(|late| late < 2)), "{chapter:?} of {keys:?}");
    }
}

/// A picture of bytes that `seed` decides: noise, bars, one colour, or few pixels that differ from `before`.
fn odd(seed: u64, size: (u32, u32), before: &YuvPicture) -> YuvPicture {
    let mut random = fastrand::Rng::with_seed(seed);
    let mut picture = YuvPicture { size, ..before.clone() };
    for plane in [&mut picture.luma, &mut picture.blue, &mut picture.red] {
        let (kind, value, count) = (random.u8(..6), random.u8(..), plane.bytes.len());
        match kind {
            0 => plane.bytes.iter_mut().for_each(|byte| *byte = random.u8(..)),
            1 => plane.bytes.iter_mut().for_each(|byte| *byte = if random.bool() { 0 } else { 255 }),
            2 => plane.bytes.fill(value),
            3 => (0..count).for_each(|at| plane.bytes[at] = if at / 2 % 2 == 0 { 0 } else { 255 }),
            4 => plane.bytes.rotate_left(usize::from(value) % count),
            _ => plane.bytes[random.usize(..count)] = value,
        }
    }
    picture
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    /// Whatever the pictures are: the encoder neither ends in a panic nor leaves out a frame, and says the same twice.
    #[test]
    fn any_pictures_of_any_size_come_out_again(
        (width, height) in (1u32..40, 1u32..30),
        quantiser in 0u8..52,
        seeds in proptest::collection::vec(any::<Option<u64>>(), 1..8),
    ) {
        let size = (width * 2, height * 2);
        let blank = YuvPicture::filled(size, [20; 3]);
        let film = || {
            let mut segment = Segment::begin(0, Box::new(blank.clone()), (30.into(), quantiser)).unwrap();
            let mut before = blank.clone();
            for seed in &seeds {
                match seed {
                    Some(seed) => {
                        before = odd(*seed, size, &before);
                        segment.show(before.clone()).unwrap();
                    }
                    None => segment.add(&Vec::new()).unwrap(),
                }
            }
            segment.finish().1
        };
        let frames = film();
        prop_assert!(frames == film());
        prop_assert_eq!(frames.len(), seeds.len());
        let mut decoder = Decoder::new();
        for frame in &frames {
            let settings = frame.settings.iter().flat_map(|(sequence, picture)| [sequence.clone(), picture.clone()]);
            let stream: Vec<u8> = settings.chain(units(&frame.bytes)).flat_map(|unit| [vec![0, 0, 1], unit].concat()).collect();
            let picture = decoder.decode(&stream).unwrap().unwrap();
            prop_assert_eq!((picture.width, picture.height), (size.0 as usize, size.1 as usize));
        }
    }
}

/// The units of a sample, each with its length before it.
fn units(mut sample: &[u8]) -> Vec<Vec<u8>> {
    let mut units = Vec::new();
    while !sample.is_empty() {
        let (unit, rest) = sample[4..].split_at(number(sample, 0));
        units.push(unit.to_vec());
        sample = rest;
    }
    units
}
