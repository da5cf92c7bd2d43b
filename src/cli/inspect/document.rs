//! What was found in a recording, as one JSON document.

use serde_json::json;

use super::inspection::InspectionReport;
use crate::inspection::InspectedRecording;

/// The document, with a line break at its end.
pub(super) fn text(findings: &InspectionReport<'_>) -> String {
    let document = InspectedRecording::of(
        findings.path.display().to_string(),
        findings.bytes,
        findings.recording,
        findings.race,
        &findings.marks,
        &findings.wrong,
    );
    format!("{:#}\n", json!(document))
}
