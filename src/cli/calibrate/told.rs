//! What a calibration found, as it is kept and as it is printed.

use serde_json::{Map, Value, json};

use super::errors::{ErrorSizes, KINDS, MeasuredErrors};
use super::leg::CalibrationLeg;
use crate::calibration::{CalibratedTransport, known_errors};
use crate::cli::table::TextTable;
use crate::environment::MachineEnvironment;
use crate::resources::LOOK_EVERY;

/// The version of what is kept; the first had plain HTTP alone.
const VERSION: u64 = 2;

/// One way of making runs, with the errors at each speed.
#[derive(Clone, Debug)]
pub(super) struct LegErrors {
    pub(super) leg: CalibrationLeg,
    pub(super) speeds: Vec<(f64, MeasuredErrors)>,
}

/// All of it, found by the program of `here` at `time`.
pub(super) fn document(legs: &[LegErrors], here: &MachineEnvironment, time: &str) -> Value {
    let sections = CalibratedTransport::ALL.into_iter().filter_map(|over| {
        let of = |sampled| legs.iter().find(|one| one.leg.over == over && one.leg.sampled == sampled);
        let sampled =
            of(true).map(|sampled| json!({"every_ms": LOOK_EVERY.as_secs_f64() * 1e3, "speeds": rows(sampled)}));
        let plain = of(false)?;
        let section = json!({"speeds": rows(plain), "resources_sampled": sampled, "summary": summary(plain, time)});
        Some((over.as_str().to_owned(), section))
    });
    json!({
        "version": VERSION,
        "measured_at": time,
        "tool": here.tool,
        "commit": here.commit,
        "transports": sections.collect::<Map<_, _>>(),
    })
}

fn rows(of: &LegErrors) -> Vec<Value> {
    let told = |errors: &[f64]| {
        let ErrorSizes { p50, p99, max } = ErrorSizes::of(errors);
        json!({"n": errors.len(), "p50": p50, "p99": p99, "max": max})
    };
    let row = |(tok_s, errors): &(f64, MeasuredErrors)| {
        json!({
            "tok_s": tok_s,
            "ttft_ms": told(&errors.ttft),
            "output_speed_percent": told(&errors.speed),
            "gaps_ms": told(&errors.gaps),
        })
    };
    of.speeds.iter().map(row).collect()
}

/// One sentence over all speeds: what every report carries.
fn summary(of: &LegErrors, time: &str) -> String {
    let [ttft, speed, gaps] = KINDS.map(|(_, kind)| {
        let all: Vec<f64> = of.speeds.iter().flat_map(|(_, errors)| kind(errors).clone()).collect();
        ErrorSizes::of(&all)
    });
    let most = of.speeds.iter().map(|(tok_s, _)| *tok_s).fold(0.0, f64::max);
    let runs: usize = of.speeds.iter().map(|(_, errors)| errors.ttft.len()).sum();
    format!(
        "TTFT {}, output speed {}, gaps {}; medians of {runs} runs, up to {most:.0} tok/s, against the simulator's log on \
         {time}",
        with_tail(ttft, "ms"),
        with_tail(speed, "%"),
        with_tail(gaps, "ms")
    )
}

/// `0.150 ms (p99 0.200)`; too few to have a p99 have their largest there.
fn with_tail(of: ErrorSizes, unit: &str) -> String {
    let (name, tail) = if of.p99.is_some() { ("p99", of.p99) } else { ("largest", of.max) };
    format!("{} {unit} ({name} {})", shown(of.p50), shown(tail))
}

fn shown(value: Option<f64>) -> String {
    value.map_or_else(|| crate::format::ABSENT.into(), |value| format!("{value:.3}"))
}

/// The same for people: a row for each way, speed and kind, and the sentences of `document`.
pub(super) fn table(legs: &[LegErrors], document: &Value, columns: Option<usize>) -> String {
    let mut table = TextTable::new(&["over", "tok/s", "error of", "n", "p50", "p99", "max"]).right(3..=6);
    for LegErrors { leg, speeds } in legs {
        let over = format!("{}{}", leg.over.words(), if leg.sampled { ", sampled" } else { "" });
        for (tok_s, errors) in speeds {
            for (what, of) in KINDS {
                let ErrorSizes { p50, p99, max } = ErrorSizes::of(of(errors));
                let cells = [over.clone(), format!("{tok_s:.0}"), what.to_owned(), of(errors).len().to_string()];
                table.row(cells.into_iter().chain([p50, p99, max].map(shown)));
            }
        }
    }
    let sentences = known_errors(document, &[].into()).join("\n");
    format!(
        "measured minus written, whatever its sign; sampled: with memory, processors and devices looked at every {} ms, as beside \
         engines of this machine\n{}\n{sentences}\n",
        LOOK_EVERY.as_millis(),
        table.fitted(columns)
    )
}

/// The runs that the calibration `known` rests on, at all speeds together; those of before there were several ways, too.
pub(super) fn runs_of(known: &Value) -> u64 {
    let sections = known.get("transports").and_then(Value::as_object);
    let sections: Vec<&Value> = sections.map_or_else(|| vec![known], |sections| sections.values().collect());
    let speeds = sections.into_iter().filter_map(|section| section.get("speeds")?.as_array()).flatten();
    speeds.filter_map(|speed| speed.get("ttft_ms")?.get("n")?.as_u64()).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn legs(errors: &MeasuredErrors) -> Vec<LegErrors> {
        let of = |leg| LegErrors { leg, speeds: vec![(50.0, errors.clone())] };
        CalibrationLeg::ALL.map(of).to_vec()
    }

    #[test]
    fn each_way_has_a_section_and_a_sentence_with_all_three() {
        let errors = MeasuredErrors { ttft: vec![0.1, -0.2], speed: vec![0.01; 2], gaps: vec![0.05; 100] };
        let made = document(&legs(&errors), &MachineEnvironment::default(), "2026-01-01T00:00:00Z");
        for (over, sampled) in [("plain", true), ("tls", false), ("http2", false)] {
            let section = &made["transports"][over];
            let summary = section["summary"].as_str().unwrap();
            assert!(summary.starts_with("TTFT 0.150 ms (largest 0.200), output speed 0.010 %"), "{summary}");
            assert!(summary.contains("gaps 0.050 ms (p99 0.050); medians of 2 runs"), "{summary}");
            assert_eq!(section["resources_sampled"]["speeds"][0]["ttft_ms"]["n"].is_u64(), sampled, "{over}");
        }
        assert_eq!(runs_of(&made), 6);
        let old = json!({"version": 1, "speeds": [{"ttft_ms": {"n": 2}}, {"ttft_ms": {"n": 3}}], "summary": "p"});
        assert_eq!((runs_of(&old), runs_of(&json!({}))), (5, 0));
    }

    #[test]
    fn the_table_names_each_way() {
        let errors = MeasuredErrors { ttft: vec![0.1; 2], ..MeasuredErrors::default() };
        let legs = legs(&errors);
        let made = document(&legs, &MachineEnvironment::default(), "2026-01-01T00:00:00Z");
        let table = table(&legs, &made, None);
        for told in ["plain HTTP, sampled", "over plain HTTP: TTFT", "over TLS: TTFT", "over HTTP/2: TTFT 0.100 ms"] {
            assert!(table.contains(told), "{told} is not in\n{table}");
        }
    }
}
