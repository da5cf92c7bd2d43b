//! Holds the description of the format, `docs/recording.md`, against the code that writes and reads it.

use speed_kings_core::race::event::FailureKind;

const DOC: &str = include_str!("../../../../docs/recording.md");

/// The sources that name codes and fields, without their tests.
const SOURCES: [&str; 3] = [include_str!("../format.rs"), include_str!("header.rs"), include_str!("cut.rs")];

/// The words in backticks of the part of the description that begins with `title`.
fn described(title: &str) -> Vec<&'static str> {
    let part = DOC.split("\n## ").find(|part| part.starts_with(title)).unwrap();
    part.split('`').skip(1).step_by(2).collect()
}

/// The words in quotes of `source` that `before` stands before and `after` behind.
fn quoted<'a>(source: &'a str, before: &str, after: &str) -> Vec<&'a str> {
    let code = source.split("#[cfg(test)]\npub").next().unwrap().split("#[cfg(test)]\nmod tests").next().unwrap();
    let pieces = code.split(before).skip(1);
    let words = pieces.filter_map(|piece| piece.split_once(after)).map(|(word, _)| word);
    words.filter(|word| word.chars().all(|c| c.is_ascii_lowercase() || c == '_' || c == '-')).collect()
}

#[test]
fn every_code_is_described_and_every_description_is_a_code() {
    let [source, ..] = SOURCES;
    let mut codes = quoted(source, "        \"", "\" => ");
    codes.extend(super::CHANNELS.map(|(_, code)| code));
    assert!(codes.len() > 20, "{codes:?}");
    let known = described("Events");
    assert!(codes.iter().all(|code| known.contains(code)), "{codes:?} in {known:?}");
    for kind in speed_kings_core::fixture::samples() {
        let (code, _) = super::encode(&kind.kind);
        assert!(codes.contains(&code), "{code} is written but never read");
    }
    let events = DOC.split("\n## Events").nth(1).unwrap().split("\n## ").next().unwrap();
    let rows: Vec<&str> = events.lines().filter_map(|line| line.strip_prefix("| `")?.split('`').next()).collect();
    assert!(rows.len() == codes.len() && rows.iter().all(|row| codes.contains(row)), "{rows:?} against {codes:?}");
}

#[test]
fn every_field_is_described() {
    let known: Vec<&str> = ["Header", "Events", "Cut", "End record"].into_iter().flat_map(described).collect();
    for source in SOURCES {
        let fields = quoted(source, "(\"", "\", ");
        assert!(fields.len() > 4, "{fields:?}");
        let missing: Vec<&&str> = fields.iter().filter(|field| !known.contains(field)).collect();
        assert!(missing.is_empty(), "docs/recording.md says nothing of {missing:?}");
    }
    let environment = serde_json::to_value(speed_kings_system::environment::MachineEnvironment::default()).unwrap();
    let missing: Vec<&String> =
        environment.as_object().unwrap().keys().filter(|name| !known.contains(&name.as_str())).collect();
    assert!(missing.is_empty(), "docs/recording.md says nothing of {missing:?}");
    let missing: Vec<&str> =
        FailureKind::ALL.map(FailureKind::as_str).into_iter().filter(|kind| !known.contains(kind)).collect();
    assert!(missing.is_empty(), "docs/recording.md says nothing of {missing:?}");
    let marks = described("End record");
    assert!(speed_kings_core::race::mark::MarkKind::NAMES.iter().all(|name| marks.contains(name)));
}
