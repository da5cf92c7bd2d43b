//! Holds the description of the format, `docs/recording.md`, against what is written.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use speed_kings_core::fixture::{contestant, samples};
use speed_kings_core::race::event::FailureKind;
use speed_kings_core::race::mark::MarkKind;
use speed_kings_system::environment::MachineEnvironment;

use super::{CutFields, HeaderFields, event_parts};

const DOC: &str = include_str!("../../../../docs/recording.md");

/// The words in backticks of the part of the description that begins with `title`.
fn described(title: &str) -> BTreeSet<&'static str> {
    let part = DOC.split("\n## ").find(|part| part.starts_with(title)).unwrap();
    part.split('`').skip(1).step_by(2).collect()
}

/// The names of all fields in `value`, but for names that a user has chosen.
fn fields(value: &Value, names: &mut BTreeSet<String>) {
    match value {
        Value::Object(fields_of) => {
            for (name, field) in fields_of {
                names.insert(name.clone());
                if name != "settings" || !field.as_object().is_some_and(|settings| settings.contains_key("threads")) {
                    fields(field, names);
                }
            }
        }
        Value::Array(items) => items.iter().for_each(|item| fields(item, names)),
        _ => {}
    }
}

#[test]
fn every_code_is_described_and_every_description_is_a_code() {
    let codes: BTreeSet<String> = samples().iter().map(|event| event_parts(&event.kind).0).collect();
    assert!(codes.len() > 20, "{codes:?}");
    let events = DOC.split("\n## Events").nth(1).unwrap().split("\n## ").next().unwrap();
    let rows = events.lines().filter_map(|line| line.strip_prefix("| `")?.split('`').next());
    assert_eq!(rows.map(str::to_owned).collect::<BTreeSet<String>>(), codes);
}

#[test]
fn every_field_is_described() {
    let mut names = BTreeSet::new();
    for event in samples() {
        fields(&event_parts(&event.kind).1, &mut names);
    }
    let header = super::header::tests::whole();
    fields(&json!(HeaderFields::from(&header)), &mut names);
    fields(&json!(CutFields::from(&super::cut::tests::sample())), &mut names);
    fields(&json!(MachineEnvironment::default()), &mut names);
    assert!(names.len() > 80 && header.setup.contestants[1].name != contestant("A").name, "{names:?}");
    let known: BTreeSet<&str> = ["Header", "Events", "Cut", "End record"].into_iter().flat_map(described).collect();
    let missing: Vec<&String> = names.iter().filter(|name| !known.contains(name.as_str())).collect();
    assert!(missing.is_empty(), "docs/recording.md says nothing of {missing:?}");
    let words = FailureKind::ALL.map(FailureKind::as_str).into_iter().chain(MarkKind::NAMES);
    let missing: Vec<&str> = words.filter(|word| !known.contains(word)).collect();
    assert!(missing.is_empty(), "docs/recording.md says nothing of {missing:?}");
}
