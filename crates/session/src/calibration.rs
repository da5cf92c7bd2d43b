//! What is known of the program's own error, for each way by which answers come: read from what a calibration keeps.
//! Calibrations of before there were several are of plain HTTP.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::bench::saved::{BenchmarkFile, TransportTimes};
use speed_kings_core::race::Race;
use speed_kings_core::race::lane::Lane;

/// A way by which answers come, as far as the program's own error may differ by it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum CalibratedTransport {
    /// HTTP/1.1 as it is, without TLS.
    Plain,
    /// HTTP/1.1, its bytes over TLS.
    Tls,
    /// HTTP/2, its frames over TLS.
    Http2,
}

impl CalibratedTransport {
    /// Every one, in the order in which they are told.
    pub const ALL: [Self; 3] = [Self::Plain, Self::Tls, Self::Http2];

    /// Its name in files.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Plain => "plain",
            Self::Tls => "tls",
            Self::Http2 => "http2",
        }
    }

    /// Its name in sentences.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::Plain => "plain HTTP",
            Self::Tls => "TLS",
            Self::Http2 => "HTTP/2",
        }
    }

    /// That of an answer by its version of HTTP, and by whether it came over TLS; nothing of HTTP/2 without, which no calibration
    /// is of.
    fn of_exchange(http_version: &str, tls: bool) -> Option<Self> {
        match (http_version, tls) {
            ("HTTP/2.0", true) => Some(Self::Http2),
            ("HTTP/1.1" | "HTTP/1.0", true) => Some(Self::Tls),
            ("HTTP/1.1" | "HTTP/1.0", false) => Some(Self::Plain),
            _ => None,
        }
    }

    /// That of a lane, once its answer has begun.
    #[must_use]
    pub fn of_lane(lane: &Lane) -> Option<Self> {
        Self::of_exchange(&lane.head.as_ref()?.version, lane.transport.as_ref()?.tls.is_some())
    }

    /// Those of all lanes of `race`.
    #[must_use]
    pub fn of_race(race: &Race) -> BTreeSet<Self> {
        race.lanes().iter().filter_map(Self::of_lane).collect()
    }

    /// Those of all runs in `file`.
    #[must_use]
    pub fn of_file(file: &BenchmarkFile) -> BTreeSet<Self> {
        let runs = file.lanes.iter().flat_map(|lane| &lane.runs);
        runs.filter_map(|run| Self::of_times(&run.figures.transport)).collect()
    }

    fn of_times(times: &TransportTimes) -> Option<Self> {
        times.total_ms?;
        Self::of_exchange(times.http_version.as_deref()?, times.tls_ms.is_some())
    }

    /// What the calibration `known` says of it, in words.
    #[must_use]
    pub fn error_in(self, known: &Value) -> Option<&str> {
        let section = match known.get("transports") {
            Some(transports) => transports.get(self.as_str()),
            None => Some(known).filter(|_| self == Self::Plain),
        };
        section?.get("summary")?.as_str()
    }
}

/// What the calibration `known` says of the ways `over`, a sentence for each that it is of; of all where none is named.
#[must_use]
pub fn known_errors(known: &Value, over: &BTreeSet<CalibratedTransport>) -> Vec<String> {
    let named = |one: &CalibratedTransport| over.is_empty() || over.contains(one);
    let told = |one: CalibratedTransport| Some(format!("over {}: {}", one.words(), one.error_in(known)?));
    CalibratedTransport::ALL.into_iter().filter(named).filter_map(told).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use speed_kings_core::race::event::{ConnectionFacts, ResponseHead};
    use speed_kings_core::time::Period;

    #[test]
    fn a_lane_is_of_the_way_by_which_it_came() {
        let over = |version: &str, tls: Option<Period>| {
            let head = ResponseHead { version: version.into(), ..ResponseHead::default() };
            let mut lane = Lane::capped(None);
            lane.head = Some(head);
            lane.transport = Some(ConnectionFacts { tls, ..ConnectionFacts::default() });
            CalibratedTransport::of_lane(&lane)
        };
        let tls = Some(Period::from_millis(3));
        assert_eq!(over("HTTP/1.1", None), Some(CalibratedTransport::Plain));
        assert_eq!(over("HTTP/1.1", tls), Some(CalibratedTransport::Tls));
        assert_eq!(over("HTTP/2.0", tls), Some(CalibratedTransport::Http2));
        assert_eq!((over("HTTP/2.0", None), over("", tls)), (None, None));
        assert_eq!(CalibratedTransport::of_lane(&Lane::default()), None);
    }

    #[test]
    fn a_way_has_its_own_error_and_an_old_calibration_is_of_plain_http() {
        let known = json!({"transports": {"plain": {"summary": "p"}, "http2": {"summary": "h"}}});
        let errors = |over: &[CalibratedTransport]| known_errors(&known, &over.iter().copied().collect());
        assert_eq!(errors(&[CalibratedTransport::Http2]), ["over HTTP/2: h"]);
        assert_eq!(errors(&[]), ["over plain HTTP: p", "over HTTP/2: h"]);
        assert!(errors(&[CalibratedTransport::Tls]).is_empty());
        let old = json!({"version": 1, "speeds": [], "summary": "p"});
        assert_eq!(known_errors(&old, &BTreeSet::new()), ["over plain HTTP: p"]);
        assert!(known_errors(&old, &[CalibratedTransport::Tls].into()).is_empty());
    }
}
