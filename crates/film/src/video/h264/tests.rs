//! A whole MP4 taken apart again: its boxes by a walker of its own, its pictures by a decoder.
//! Frame k has to be what a still of k/fps shows, as closely as brightness in eight bits and a quantiser allow.

use std::ops::ControlFlow;
use std::path::Path;

use openh264::decoder::Decoder;
use openh264::formats::YUVSource as _;

use crate::job::RenderJob;
use crate::raster::atlas::TileAtlas;
use crate::raster::canvas::Canvas;
use crate::raster::{Fonts, GroundColours, PictureGeometry, RequestedSize};
use crate::script::FilmScript;
use crate::tests::recording;
use crate::video::VideoExporter;
use crate::video::plan::VideoContainer;
use crate::{Exporter, render};
use speed_kings_core::time::{Offset, Period};
use speed_kings_tui::theme::ThemeSet;

/// What a decoded picture's brightness may be off by, on average over its pixels: small letters at a quantiser of 26 are
/// off by one. That it is this frame and not the one before is asked apart from it.
const OFF: f64 = 2.0;

fn export(job: &RenderJob<'_>, geometry: PictureGeometry, path: &Path) -> Vec<u8> {
    let video = VideoExporter::new(path.to_owned(), VideoContainer::Mp4, geometry, Fonts::new(&[]).unwrap());
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
        let mut rest = &file[place..place + number(sizes, 12 + index * 4)];
        place += rest.len();
        while !rest.is_empty() {
            let length = number(rest, 0);
            stream.extend([0, 0, 1]);
            stream.extend_from_slice(&rest[4..4 + length]);
            rest = &rest[4 + length..];
        }
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
    let (mut decoder, mut canvas) = (Decoder::new().unwrap(), Canvas::new(geometry, atlas));
    let (width, height) = (geometry.size.0 as usize, geometry.size.1 as usize);
    let (mut camera, mut before) = (job.camera(), Vec::new());
    for (index, sample) in samples.iter().enumerate() {
        let picture = decoder.decode(sample).unwrap().unwrap_or_else(|| panic!("no picture {index}"));
        assert_eq!(picture.dimensions(), (width, height));
        let still = canvas.draw(&camera.advance().unwrap()).unwrap();
        let rows = picture.y().chunks(picture.strides().0).take(height).flat_map(|row| &row[..width]);
        let shown: Vec<f64> = rows.map(|y| f64::from(*y)).collect();
        let off = |still: &[u8]| -> f64 {
            shown.iter().zip(still.chunks_exact(3)).map(|(y, rgb)| (y - luma(rgb)).abs()).sum()
        };
        let here = off(still);
        let mean = here / f64::from(geometry.size.0 * geometry.size.1);
        assert!(mean <= OFF, "frame {index} is off by {mean:.2}");
        if before != still {
            assert!(before.is_empty() || here < off(&before), "frame {index} looks like the one before");
            before = still.to_vec();
        }
    }
}
