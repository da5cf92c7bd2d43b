//! What is linked in may be used under terms that a program under MIT or Apache may be given away with.
//! A new dependency under another licence fails here, with its name, before anybody ships it.

use std::process::Command;

use serde_json::Value;
use spdx::{Expression, ParseMode};

/// Licences that ask for no more than to be named, or that the changed file itself stays open.
const ALLOWED: [&str; 11] = [
    "MIT",
    "Apache-2.0",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "ISC",
    "Zlib",
    "MPL-2.0",
    "Unicode-3.0",
    "OFL-1.1",
    // A list of root certificates, which is data.
    "CDLA-Permissive-2.0",
    // libFuzzer, which only `cargo fuzz` builds and nothing that is given away holds.
    "NCSA",
];

#[test]
fn every_dependency_may_be_given_away() {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version", "1", "--locked", "--all-features"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let metadata: Value = serde_json::from_slice(&output.stdout).unwrap();
    let packages = metadata["packages"].as_array().unwrap();
    assert!(packages.len() > 100, "where are the dependencies?");
    let complaints: Vec<String> = packages.iter().filter_map(complaint).collect();
    assert!(complaints.is_empty(), "{}", complaints.join("\n"));
}

fn complaint(package: &Value) -> Option<String> {
    let (name, licence) = (package["name"].as_str().unwrap(), package["license"].as_str().unwrap_or("none"));
    let allowed = Expression::parse_mode(licence, ParseMode::LAX).is_ok_and(|expression| {
        expression.evaluate(|asked| asked.license.id().is_some_and(|id| ALLOWED.contains(&id.name)))
    });
    (!allowed).then(|| format!("{name}: {licence}"))
}
