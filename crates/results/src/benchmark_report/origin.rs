//! Where figures are from: what they were measured on, and how far the program itself can be off.

use std::collections::BTreeSet;

use serde_json::Value;

use speed_kings_core::format;
use speed_kings_session::calibration::CalibratedTransport;
use speed_kings_system::environment::MachineEnvironment;

/// What to do where the program's own error is not known.
const MEASURES: &str = "`speed-kings calibrate` measures it";

/// What it ran on, as far as is known.
pub(crate) fn environment(here: &MachineEnvironment) -> Option<String> {
    let memory = here.memory_bytes.map(format::bytes);
    let cores = here.cores.map(|cores| format!("{cores} cores"));
    let tool = (!here.tool.is_empty()).then(|| match &here.commit {
        Some(commit) => format!("{} ({commit})", here.tool),
        None => here.tool.clone(),
    });
    let facts = [tool, here.os.clone(), here.kernel.clone(), here.cpu.clone(), cores, memory];
    let mut facts: Vec<String> = facts.into_iter().flatten().collect();
    facts.extend(here.gpus.iter().cloned());
    facts.extend(here.local_time.iter().map(|time| {
        here.time_zone.as_ref().map_or_else(|| format!("local time {time}"), |zone| format!("local time {time} {zone}"))
    }));
    (!facts.is_empty()).then(|| format!("measured with {}", facts.join(", ")))
}

/// The program's own error, by the calibration that is kept: a sentence for each of the ways `over` which answers came, and for all
/// that are known where nobody knows those.
pub(crate) fn own_errors(calibration: Option<&Value>, over: &BTreeSet<CalibratedTransport>) -> Vec<String> {
    let told = |known: &Value| {
        let of = |one: CalibratedTransport| match one.error_in(known) {
            Some(error) if over.is_empty() || over.contains(&one) => Some(format!("over {}: {error}", one.words())),
            None if over.contains(&one) => Some(format!("over {} is not known: {MEASURES}", one.words())),
            _ => None,
        };
        CalibratedTransport::ALL.into_iter().filter_map(of).collect::<Vec<_>>()
    };
    let mut errors = calibration.map(told).unwrap_or_default();
    if errors.is_empty() {
        errors.push(format!("here is not known: {MEASURES}"));
    }
    errors.into_iter().map(|error| format!("the tool's own error {error}")).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_race_over_tls_is_not_told_the_error_over_plain_http() {
        let known = json!({"transports": {"plain": {"summary": "p"}, "tls": {"summary": "t"}}});
        let told = |over: &[CalibratedTransport]| own_errors(Some(&known), &over.iter().copied().collect());
        assert_eq!(told(&[CalibratedTransport::Tls]), ["the tool's own error over TLS: t"]);
        assert_eq!(
            told(&[CalibratedTransport::Plain, CalibratedTransport::Http2]),
            [
                "the tool's own error over plain HTTP: p",
                "the tool's own error over HTTP/2 is not known: `speed-kings calibrate` measures it"
            ]
        );
        assert_eq!(told(&[]).len(), 2);
        let never = own_errors(None, &[CalibratedTransport::Tls].into());
        assert_eq!(never, ["the tool's own error here is not known: `speed-kings calibrate` measures it"]);
    }
}
