//! The controls on their own: every move must land where it says, on every cut.

use proptest::prelude::*;

use super::*;

fn ms(ms: i64) -> Offset {
    Offset::from_micros(ms * 1_000)
}

/// Events each 100 ms from the green light to 1 s, with a stop at each.
fn playback(cut: EditList, speed: f64) -> PlaybackControl {
    let times: Vec<Offset> = (0..=10).map(|i| ms(i * 100)).collect();
    let stop = |at: &Offset| Some(TimelineStop { shown: cut.shows(*at)?, at: *at, lane: None, name: String::new() });
    let stops = times.iter().filter_map(stop).collect();
    PlaybackControl::new(times, cut, stops, false, speed)
}

fn whole() -> PlaybackControl {
    playback(EditList::whole(ms(0), ms(1_000)), 1.0)
}

#[test]
fn speeds_go_up_and_down_within_their_ends() {
    let mut playback = whole();
    playback.faster(true);
    assert!((playback.speed() - 2.0).abs() < 1e-9);
    (0..20).for_each(|_| playback.faster(false));
    assert!((playback.speed() - 0.01).abs() < 1e-9);
    playback.set_speed(7.0);
    playback.faster(true);
    assert!((playback.speed() - 10.0).abs() < 1e-9);
    (0..20).for_each(|_| playback.faster(true));
    assert!((playback.speed() - 100.0).abs() < 1e-9);
}

#[test]
fn reads_are_stepped_through_in_both_directions() {
    let mut playback = whole();
    playback.step(true);
    assert_eq!((playback.clock(), playback.is_paused()), (ms(100), true));
    assert_eq!(playback.advance(Period::ZERO), DueEvents::On(0..2));
    playback.seek_to(ms(350));
    assert_eq!(playback.advance(Period::ZERO), DueEvents::On(2..4));
    playback.step(false);
    assert_eq!(playback.clock(), ms(200), "what was new at 300 ms is gone again");
    assert_eq!(playback.advance(Period::ZERO), DueEvents::Anew(3));
    (0..9).for_each(|_| playback.step(false));
    assert_eq!(playback.clock(), ms(0));
}

#[test]
fn frames_go_both_ways_at_the_speed_that_is_set() {
    let mut playback = playback(EditList::whole(ms(0), ms(1_000)), 0.1);
    playback.seek_to(ms(500));
    playback.frame(true);
    assert_eq!(playback.clock(), Offset::from_micros(501_667));
    playback.frame(false);
    assert_eq!(playback.clock(), ms(500));
}

#[test]
fn marks_are_jumped_to_and_passed_over_while_it_plays() {
    let mut playback = whole();
    playback.jump(true);
    assert_eq!(playback.clock(), ms(100));
    playback.seek_to(ms(950));
    playback.jump(false);
    assert_eq!(playback.clock(), ms(200), "marks of the last moments are passed over");
    playback.pause();
    playback.jump(false);
    assert_eq!(playback.clock(), ms(100));
}

#[test]
fn a_section_is_looped() {
    let mut playback = whole();
    playback.seek_share(0.2);
    playback.mark(true);
    playback.seek_share(0.5);
    playback.mark(false);
    playback.set_looping(true);
    assert_eq!(playback.advance(Period::from_millis(1)), DueEvents::Anew(3));
    assert_eq!(playback.clock(), ms(200));
    playback.mark(false);
    assert_eq!(playback.section().first, None, "a section has a length");
    playback.clear_section();
    playback.advance(Period::from_millis(5_000));
    assert!(playback.is_over());
}

#[test]
fn a_cut_that_ends_early_stops_there() {
    let mut playback = playback(EditList::whole(ms(0), ms(500)), 1.0);
    playback.advance(Period::from_millis(9_000));
    assert_eq!((playback.clock(), playback.is_paused(), playback.is_over()), (ms(500), true, false));
}

#[test]
fn the_scale_is_the_controls_times_the_cuts() {
    let mut playback = playback(EditList::whole(ms(0), ms(1_000)).faster_between(ms(400), ms(600), 0.1), 2.0);
    assert!((playback.scale() - 2.0).abs() < 1e-9);
    playback.seek_to(ms(500));
    assert!((playback.scale() - 0.2).abs() < 1e-9);
    assert_eq!(playback.progress(), (Period::ZERO, Period::from_millis(1_400), Period::from_millis(2_800)));
}

fn cuts() -> impl Strategy<Value = EditList> {
    let edit = (0i64..1_000, 1i64..1_000, 0.01f64..100.0, any::<bool>());
    proptest::collection::vec(edit, 0..4).prop_map(|edits| {
        edits.into_iter().fold(EditList::whole(ms(0), ms(1_000)), |cut, (from, length, scale, trim)| {
            let (from, to) = (ms(from), ms(from + length));
            if trim {
                let trimmed = cut.clone().between(from, to);
                if trimmed.pieces().is_empty() { cut } else { trimmed }
            } else {
                cut.faster_between(from, to, scale)
            }
        })
    })
}

proptest! {
    #[test]
    fn whatever_is_pressed_the_events_told_are_those_up_to_the_clock(
        cut in cuts(), moves in proptest::collection::vec((0u8..10, 0.0f64..1.0), 0..30),
    ) {
        let mut playback = playback(cut, 1.0);
        let mut told = 0;
        for (what, share) in moves {
            match what {
                0 => playback.seek_share(share),
                1 => playback.skip((share - 0.5) * 3.0),
                2 => playback.frame(share < 0.5),
                3 => playback.step(share < 0.5),
                4 => playback.jump(share < 0.5),
                5 => playback.toggle(),
                6 => playback.seek_to(Offset::GREEN.plus(Period::from_secs_f64(share))),
                7 => playback.mark(share < 0.5),
                8 => playback.set_looping(share < 0.5),
                _ => playback.restart(),
            }
            match playback.advance(Period::from_secs_f64(share / 10.0)) {
                DueEvents::On(range) => {
                    prop_assert_eq!(range.start, told);
                    told = range.end;
                }
                DueEvents::Anew(until) => told = until,
            }
            let expected = (0..=10).filter(|i| ms(i * 100) <= playback.clock()).count();
            prop_assert_eq!(told, expected, "{:?}", playback);
            let (start, shown, end) = playback.progress();
            prop_assert!(start <= shown && shown <= end);
        }
    }
}
