//! Lanes on several network threads: one order of events for all who follow a race, its green light ahead of them, nothing behind its end.

use std::collections::BTreeSet;
use std::time::Instant;

use speed_kings::race::event::{EventKind, LaneId};
use speed_kings::race::lane::LaneState;
use speed_kings::sim::{CUSTOM, Options, Simulator};
use speed_kings::source::{EventSource as _, SourceFlow};

use crate::help::{Run, http_contestant, started, wait_until};

/// More than there are threads on most machines.
const LANES: usize = 20;

#[test]
fn lanes_of_all_threads_are_one_race() {
    let simulator = Simulator::start(Options::default()).unwrap();
    let url = simulator.base_url_with(CUSTOM, "ttft_ms:1,tok_s:2000,tokens:150,jitter:0");
    let run = Run::of((0..LANES).map(|_| http_contestant(&url)).collect());
    run.check_recording("many lanes");
    run.check_secrecy("many lanes");
    for lane in run.race.lanes() {
        assert_eq!(lane.state, LaneState::Finished, "{:?}", lane.notices);
        assert!(lane.marks.first_text.is_some());
    }
    assert!(run.events.is_sorted_by_key(|event| event.at), "times never go back");
    let place = |wanted: &dyn Fn(&EventKind, Option<LaneId>) -> bool| {
        run.events.iter().position(|event| wanted(&event.kind, event.lane)).unwrap()
    };
    let green = place(&|kind, _| *kind == EventKind::Green);
    for lane in (0..20).map(LaneId) {
        let sent = place(&|kind, of| *kind == EventKind::Sent && of == Some(lane));
        assert!(green < sent, "{lane:?} began before the green light");
    }
}

#[test]
fn nothing_is_told_behind_the_end_that_a_viewer_made() {
    let simulator = Simulator::start(Options::default()).unwrap();
    let url = simulator.base_url_with(CUSTOM, "ttft_ms:1,tok_s:200,tokens:20000,jitter:0");
    let mut endless = http_contestant(&url);
    endless.request.max_tokens = Some(20_000);
    let mut live = started(vec![endless; LANES], None);
    let (mut events, mut begun) = (Vec::new(), BTreeSet::new());
    wait_until("text in all lanes", || {
        let before = events.len();
        assert_eq!(live.poll(Instant::now(), &mut events), SourceFlow::Open);
        let texts = events[before..].iter().filter(|event| matches!(event.kind, EventKind::Text { .. }));
        begun.extend(texts.filter_map(|event| event.lane));
        begun.len() == LANES
    });
    live.stop();
    wait_until("its end", || live.poll(Instant::now(), &mut events) == SourceFlow::Over);
    assert_eq!(events.last().map(|event| &event.kind), Some(&EventKind::Stopped));
    assert_eq!(events.iter().filter(|event| event.kind == EventKind::Stopped).count(), 1);
    assert!(!events.iter().any(|event| event.kind == EventKind::Closed));
}
