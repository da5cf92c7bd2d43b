//! A race that nobody watches: its source is asked until it is over, and only the race remains.
//! When an event happened is on the event, so how often is asked changes no figure.

use std::future::Future;
use std::pin::Pin;
use std::time::{Duration, Instant};

use crate::source::{EventSource, SourceFlow};
use speed_kings_core::race::Race;

/// The time between two looks at the source.
const STEP: Duration = Duration::from_millis(5);

/// How a race without a viewer came to its end.
#[derive(Clone, PartialEq, Debug)]
pub struct FinishedRun {
    /// The race with all of its events.
    pub race: Race,
    /// Whether somebody asked for its end; it may have been over by then.
    pub stopped: bool,
}

/// Follows `source` to its end, or to the one that `stop` makes. A race that the source keeps, as one that is recorded, is not
/// kept a second time. Once `stop` has come it must not be given again.
pub async fn follow(
    source: &mut dyn EventSource,
    mut stop: Pin<&mut (impl Future<Output = ()> + ?Sized)>,
) -> FinishedRun {
    let (mut race, kept) = (Race::new(source.setup().clone()), source.keeps_race());
    let mut stopped = false;
    let mut due = Vec::new();
    loop {
        let flow = source.poll(Instant::now(), &mut due);
        if flow == SourceFlow::Restarted {
            source.begin(&mut race);
        }
        if kept {
            due.clear();
        }
        due.drain(..).for_each(|event| race.apply(&event));
        if flow == SourceFlow::Over {
            return FinishedRun { race: source.take_race().unwrap_or(race), stopped };
        }
        tokio::select! {
            biased;
            () = stop.as_mut(), if !stopped => {
                stopped = true;
                source.stop();
            }
            () = tokio::time::sleep(STEP) => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use speed_kings_core::fixture::{contestant, samples};
    use speed_kings_core::race::event::Event;
    use speed_kings_core::race::setup::RaceSetup;
    use speed_kings_core::time::Offset;

    /// Gives all sample events at once, and a race of its own behind them where it keeps one.
    struct SampleSource {
        setup: RaceSetup,
        kept: Option<Race>,
    }

    impl EventSource for SampleSource {
        fn setup(&self) -> &RaceSetup {
            &self.setup
        }

        fn clock(&self, _: Instant) -> Option<Offset> {
            None
        }

        fn poll(&mut self, _: Instant, due: &mut Vec<Event>) -> SourceFlow {
            due.extend(samples());
            SourceFlow::Over
        }

        fn keeps_race(&self) -> bool {
            self.kept.is_some()
        }

        fn take_race(&mut self) -> Option<Race> {
            self.kept.take()
        }

        fn stop(&mut self) {}
    }

    fn followed(kept: Option<Race>) -> Race {
        let setup = RaceSetup { contestants: vec![contestant("A"), contestant("B")], ..RaceSetup::default() };
        let mut source = SampleSource { setup, kept };
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(follow(&mut source, std::pin::pin!(std::future::pending::<()>()))).race
    }

    #[test]
    fn a_race_that_its_source_keeps_is_handed_over() {
        let mut whole =
            Race::new(RaceSetup { contestants: vec![contestant("A"), contestant("B")], ..RaceSetup::default() });
        for event in &samples() {
            whole.apply(event);
        }
        assert_eq!(followed(None), whole);
        // One that nobody could have made of the events.
        let kept = Race::new(RaceSetup { contestants: vec![contestant("C")], ..RaceSetup::default() });
        assert_eq!(followed(Some(kept.clone())), kept);
    }
}
