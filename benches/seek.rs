//! Seeking in a recording of a million events, on the way that a key takes: controls, checkpoint, events, reducer.
//! Each seek goes to a place drawn at random, so that what is measured is the mean over near and far, on and back.

mod common;

use std::time::Instant;

use divan::{Bencher, black_box};
use speed_kings::race::Race;
use speed_kings::record::{Recording, RecordingHeader};
use speed_kings::source::replay::Replay;
use speed_kings::source::{EventSource, SourceFlow};

/// Tokens of each of two lanes: about a million events.
const TOKENS: u32 = 500_000;

fn main() {
    divan::main();
}

fn recording() -> Recording {
    let header = RecordingHeader { setup: common::plan().setup, ..RecordingHeader::default() };
    let mut events = common::events(TOKENS);
    events.extend(common::ending(TOKENS));
    Recording { header, events, ..Recording::default() }
}

/// Goes to `share` of the race and brings `race` there.
fn seek(replay: &mut Replay, race: &mut Race, now: Instant, share: f64) {
    if let Some(playback) = replay.playback() {
        playback.pause();
        playback.seek_share(share);
    }
    let mut due = Vec::new();
    if replay.poll(now, &mut due) == SourceFlow::Restarted {
        replay.begin(race);
    }
    for event in &due {
        race.apply(event);
    }
}

#[divan::bench(sample_count = 200)]
fn anywhere(bencher: Bencher<'_, '_>) {
    let (mut replay, now) = (Replay::new(recording(), 1.0), Instant::now());
    let mut race = Race::new(replay.setup().clone());
    let mut random = fastrand::Rng::with_seed(7);
    bencher.bench_local(|| seek(&mut replay, &mut race, now, random.f64()));
}

/// The farthest way there is: all of the race has to be laid out anew.
#[divan::bench(sample_count = 100)]
fn from_the_start_to_the_end(bencher: Bencher<'_, '_>) {
    let (mut replay, now) = (Replay::new(recording(), 1.0), Instant::now());
    let mut race = Race::new(replay.setup().clone());
    bencher.bench_local(|| {
        seek(&mut replay, &mut race, now, 0.0);
        seek(&mut replay, &mut race, now, 1.0);
    });
}

/// What it costs once, before the first frame.
#[divan::bench(sample_count = 5)]
fn open(bencher: Bencher<'_, '_>) {
    let recording = recording();
    bencher.with_inputs(|| recording.clone()).bench_values(|recording| Replay::new(black_box(recording), 1.0));
}
