//! What an event costs after it has left the network: in the reducer, on its way to disk and back, and in the verdict.
//! Two lanes with 200,000 tokens each are some seventy times the longest answer of the built-in prompts.

#![expect(clippy::expect_used, reason = "a bench that can't go on may as well end")]

mod common;

use divan::counter::{BytesCount, ItemsCount};
use divan::{Bencher, black_box};
use speed_kings::race::Race;
use speed_kings::race::event::Event;
use speed_kings::race::verdict::Verdict;
use speed_kings::record::RecordingHeader;
use speed_kings::record::reader::read;
use speed_kings::record::writer::write_to;

const TOKENS: u32 = 200_000;

fn main() {
    divan::main();
}

fn whole() -> Vec<Event> {
    let mut events = common::events(TOKENS);
    events.extend(common::ending(TOKENS));
    events
}

fn race(events: &[Event]) -> Race {
    let mut race = Race::new(common::plan().setup);
    for event in events {
        race.apply(event);
    }
    race
}

fn recording(events: &[Event]) -> Vec<u8> {
    let header = RecordingHeader { tool: "bench".into(), setup: common::plan().setup, ..RecordingHeader::default() };
    let mut file = Vec::new();
    write_to(&mut file, &header, events).expect("memory takes it all");
    file
}

#[divan::bench]
fn apply(bencher: Bencher<'_, '_>) {
    let events = whole();
    bencher.counter(ItemsCount::new(events.len())).bench(|| race(&events));
}

#[divan::bench(sample_count = 20)]
fn record_write(bencher: Bencher<'_, '_>) {
    let events = whole();
    let bytes = recording(&events).len();
    bencher.counter(ItemsCount::new(events.len())).counter(BytesCount::new(bytes)).bench(|| recording(&events));
}

#[divan::bench(sample_count = 20)]
fn record_read(bencher: Bencher<'_, '_>) {
    let events = whole();
    let file = recording(&events);
    bencher
        .counter(ItemsCount::new(events.len()))
        .counter(BytesCount::new(file.len()))
        .bench(|| read(black_box(&file)));
}

#[divan::bench]
fn verdict(bencher: Bencher<'_, '_>) {
    let race = race(&whole());
    bencher.bench(|| Verdict::of(black_box(&race)));
}
