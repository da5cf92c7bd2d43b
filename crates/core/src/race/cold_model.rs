//! Whether a server loaded its model inside the request, and what the time to first token is without that.
//! Nothing is subtracted silently: both figures stand beside each other wherever one is shown.

use crate::race::Race;
use crate::race::lane::Lane;
use crate::time::{Period, ReportedPeriod};

/// A server that reports a longer load than this had to fetch the model: one that has it ready reports a few milliseconds.
pub const LOADED_INSIDE: Period = Period::from_millis(250);

/// How long the server says that loading the model took, where that is long enough to have delayed the first token.
#[must_use]
pub fn load(lane: &Lane) -> Option<Period> {
    lane.server.load.map(ReportedPeriod::period).filter(|load| *load > LOADED_INSIDE)
}

/// Time to first token less loading the model, where the server loaded it inside the request.
#[must_use]
pub fn ttft_without_load(lane: &Lane) -> Option<Period> {
    let ttft = lane.marks.first_text?.since(lane.asked()?);
    let left = ttft.as_micros().checked_sub(load(lane)?.as_micros())?;
    Some(Period::from_micros(left))
}

/// A row for a table by lanes: what it is called, and each lane's figure.
pub type ColdRow = (&'static str, Vec<Option<Period>>);

/// What belongs below the row of TTFT, where any server loaded its model inside the request.
#[must_use]
pub fn rows(race: &Race) -> Vec<ColdRow> {
    let of_lanes = |of: fn(&Lane) -> Option<Period>| race.lanes().iter().map(of).collect::<Vec<_>>();
    let rows = [("  model load", of_lanes(load)), ("  without it", of_lanes(ttft_without_load))];
    rows.into_iter().filter(|(_, values)| values.iter().any(Option::is_some)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::race::event::{EventKind, ServerTiming, TextChannel};
    use crate::time::Offset;

    fn lane(load: f64) -> Lane {
        let mut lane = Lane::default();
        let load = ServerTiming { load: ReportedPeriod::from_secs(load), ..ServerTiming::default() };
        for (ms, kind) in [
            (0, EventKind::Sent),
            (2_053, EventKind::Text { channel: TextChannel::Answer, text: "word".into() }),
            (2_060, EventKind::Server(Box::new(load))),
        ] {
            lane.apply(Offset::from_micros(ms * 1_000), &kind);
        }
        lane
    }

    #[test]
    fn loading_inside_the_request_is_told_beside_ttft() {
        assert_eq!(load(&lane(2.0)), Some(Period::from_millis(2_000)));
        assert_eq!(ttft_without_load(&lane(2.0)), Some(Period::from_millis(53)));
        assert_eq!((load(&lane(0.25)), ttft_without_load(&lane(0.01))), (None, None));
        assert_eq!(ttft_without_load(&lane(9.0)), None, "longer than all that it should be a part of");
    }
}
