//! What a picture of 1920×1080 costs: all of its cells, those that changed from frame to frame, and a still from cold.
//! The race is made up and the cells are drawn beforehand, so that only pixels are timed.

#![expect(clippy::expect_used, reason = "a bench that can't go on may as well end")]

mod common;

use std::ops::ControlFlow;

use divan::Bencher;
use speed_kings::film::png::PngStill;
use speed_kings::film::raster::atlas::TileAtlas;
use speed_kings::film::raster::canvas::Canvas;
use speed_kings::film::raster::{Fonts, GroundColours, PictureGeometry, RequestedSize};
use speed_kings::film::script::{FilmScript, StillAt};
use speed_kings::film::{Exporter, RenderJob, render};
use speed_kings::record::{Recording, RecordingHeader};
use speed_kings::time::Offset;
use speed_kings::ui::theme::ThemeSet;

fn main() {
    divan::main();
}

/// Runs `look` on the film of a race of 2,000 tokens in each lane at 160×45.
fn film(look: impl FnOnce(&RenderJob<'_>, PictureGeometry, &dyn Fn() -> Canvas)) {
    let mut events = common::events(2_000);
    events.extend(common::ending(2_000));
    let header = RecordingHeader { setup: common::plan().setup, ..RecordingHeader::default() };
    let recording = Recording { header, events, ..Recording::default() };
    let themes = ThemeSet::builtin().expect("sound themes");
    let theme = themes.default_theme();
    let geometry = PictureGeometry::new(RequestedSize::default(), (1_920, 1_080)).expect("a usual size");
    let script = FilmScript::new(&recording, recording.led_in(1.0).between(Offset::GREEN, Offset::LAST));
    let job = RenderJob::new(&recording, script, geometry.cells, theme, 60);
    let fonts = Fonts::new(&[]).expect("sound fonts");
    let canvas = || Canvas::new(geometry, TileAtlas::new(&geometry, GroundColours::of(theme), fonts.clone(), None));
    look(&job, geometry, &canvas);
}

/// Every cell of a frame in the middle of the race, its tiles known.
#[divan::bench]
fn full(bencher: Bencher<'_, '_>) {
    film(|job, _, canvas| {
        let mut camera = job.camera();
        let scene = job.script.at(job.shown(30));
        let frame = camera.still(scene);
        let mut warm = canvas();
        warm.draw(&frame).expect("sound fonts");
        bencher.bench_local(|| {
            warm.forget();
            warm.draw(&frame).expect("sound fonts").len()
        });
    });
}

/// The cells that changed, over 48 frames of the race one after the other: divide by 48.
#[divan::bench(sample_count = 30, sample_size = 1)]
fn changed_48_frames(bencher: Bencher<'_, '_>) {
    film(|job, _, canvas| {
        let mut frames = Vec::new();
        let mut camera = job.camera();
        while let Some(frame) = camera.advance().filter(|frame| frame.index < 60) {
            frames.push((frame.scene, frame.buffer.clone(), frame.changed.to_vec()));
        }
        let views: Vec<_> = frames
            .iter()
            .zip(0..)
            .map(|((scene, buffer, changed), index)| speed_kings::film::camera::FilmFrame {
                index,
                at: job.shown(index),
                scene: *scene,
                buffer,
                changed,
            })
            .collect();
        let mut warm = canvas();
        let draw = |canvas: &mut Canvas| {
            views.iter().skip(12).map(|frame| canvas.draw(frame).expect("sound fonts").len()).sum::<usize>()
        };
        // Once for the tiles, which a film makes once.
        draw(&mut warm);
        bencher.bench_local(|| draw(&mut warm));
    });
}

/// A PNG of the verdict with nothing prepared: fonts, cells, pixels, file.
#[divan::bench(sample_count = 20, sample_size = 1)]
fn still_cold(bencher: Bencher<'_, '_>) {
    film(|job, geometry, _| {
        let folder = tempfile::tempdir().expect("a folder");
        bencher.bench_local(|| {
            let fonts = Fonts::new(&[]).expect("sound fonts");
            let still = PngStill::new(folder.path().join("still.png"), StillAt::Verdict, geometry, fonts);
            let mut exporters: Vec<Box<dyn Exporter>> = vec![Box::new(still)];
            render(job, &mut exporters, &mut |_| ControlFlow::Continue(())).expect("a still");
        });
    });
}
