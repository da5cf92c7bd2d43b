//! Where figures are from: what they were measured on, and how far the program itself can be off.

use serde_json::Value;

use speed_kings_core::format;
use speed_kings_system::environment::MachineEnvironment;

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

/// The program's own error, by the calibration that is kept.
pub(crate) fn own_error(calibration: Option<&Value>) -> String {
    let text = calibration.and_then(|told| told.get("summary")?.as_str());
    text.map_or_else(
        || "the tool's own error here is not known: `speed-kings calibrate` measures it".into(),
        |text| format!("the tool's own error: {text}"),
    )
}
