//! Gates as `JUnit` XML, which every build server reads: a suite for each file of results, a case for each gate and contestant.
//! By hand because the crates that write it bring a calendar and random ids along, for six kinds of elements.

use std::fmt::Write as _;

use super::block::who;
use super::finding::{GateCall, GateCheck, GateReport};
use speed_kings_core::text::printable;

/// The gates as one document. An undecided one is a skipped case, or under `strict` an error.
#[must_use]
pub fn junit(report: &GateReport, strict: bool) -> String {
    let mut out = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    let _ = writeln!(out, "<testsuites name=\"speed-kings\"{}>", counts(&report.checks, strict));
    for suite in report.checks.chunk_by(|a, b| a.results == b.results) {
        let name = suite.first().map(|check| check.results.as_str()).unwrap_or_default();
        let _ = writeln!(out, "  <testsuite name=\"{}\"{}>", escaped(name), counts(suite, strict));
        for check in suite {
            case(&mut out, check, strict);
        }
        out.push_str("  </testsuite>\n");
    }
    out.push_str("</testsuites>\n");
    out
}

fn counts(checks: &[GateCheck], strict: bool) -> String {
    let count = |call: GateCall| checks.iter().filter(|check| check.finding.call == call).count();
    let undecided = count(GateCall::Undecided);
    let (errors, skipped) = if strict { (undecided, 0) } else { (0, undecided) };
    let (tests, failures) = (checks.len(), count(GateCall::Failed));
    format!(" tests=\"{tests}\" failures=\"{failures}\" errors=\"{errors}\" skipped=\"{skipped}\" time=\"0\"")
}

fn case(out: &mut String, check: &GateCheck, strict: bool) {
    let (name, class, said) = (escaped(&check.condition), escaped(&who(check)), escaped(&check.finding.said));
    let _ = writeln!(out, "    <testcase name=\"{name}\" classname=\"{class}\" time=\"0\">");
    let _ = match check.finding.call {
        GateCall::Failed => writeln!(out, "      <failure type=\"limit\" message=\"{said}\">{said}</failure>"),
        GateCall::Passed => writeln!(out, "      <system-out>{said}</system-out>"),
        GateCall::Undecided if strict => {
            writeln!(out, "      <error type=\"undecided\" message=\"{said}\">{said}</error>")
        }
        GateCall::Undecided => writeln!(out, "      <skipped message=\"{said}\"/>"),
    };
    out.push_str("    </testcase>\n");
}

/// Text that XML reads as text, in elements and in attributes. Control characters, which XML has no way to hold, are made visible.
fn escaped(text: &str) -> String {
    let mut out = String::new();
    for letter in printable(text).chars() {
        match letter {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\u{fffe}' | '\u{ffff}' => out.push('\u{fffd}'),
            letter => out.push(letter),
        }
    }
    out
}
