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

/// Follows `source` to its end, or to the one that `stop` makes. Once `stop` has come it must not be given again.
pub async fn follow(
    source: &mut dyn EventSource,
    mut stop: Pin<&mut (impl Future<Output = ()> + ?Sized)>,
) -> FinishedRun {
    let mut race = Race::new(source.setup().clone());
    let mut stopped = false;
    let mut due = Vec::new();
    loop {
        let flow = source.poll(Instant::now(), &mut due);
        if flow == SourceFlow::Restarted {
            source.begin(&mut race);
        }
        due.drain(..).for_each(|event| race.apply(&event));
        if flow == SourceFlow::Over {
            return FinishedRun { race, stopped };
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
