//! The recording's first line: the setup and how it was recorded.
//! Absent facts stay absent; what a newer version adds is kept beside them and written again where it stood.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::cut::{CutFields, read_cut};
use super::environment::EnvironmentFields;
use super::lenient::{entries, numbered, readable, section};
use super::line_clock::TimeBase;
use super::setup::{LaneFields, PhaseFields, PromptFields, SettingsFields};
use super::{line_of, unknown};
use crate::{FORMAT, RecordError, RecordingHeader, VERSION};
use speed_kings_core::date;
use speed_kings_core::race::setup::{Contestant, PhaseRef, RaceSetup};

/// The first line of a recording.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(
    not(feature = "schema"),
    expect(unreachable_pub, reason = "only the schema, which tests alone make, names it")
)]
pub struct HeaderFields {
    /// What the file is.
    #[cfg_attr(feature = "schema", schemars(extend("const" = FORMAT)))]
    format: String,
    /// The version of the format. In version 2 the times of events count from the line above, before it from the green light.
    #[cfg_attr(feature = "schema", schemars(extend("enum" = [1, VERSION])))]
    version: u64,
    /// Name and version of the program that wrote it.
    #[serde(default, deserialize_with = "readable")]
    tool: String,
    /// Wall-clock time of the start, RFC 3339 in UTC.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "readable")]
    recorded_at: Option<String>,
    /// Whether any lane was planned to be fed by the simulator.
    #[serde(default, deserialize_with = "readable")]
    simulated: bool,
    /// The phase of the catalogue, when it was one.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "section")]
    phase: Option<PhaseFields>,
    /// The prompt that every contestant gets.
    #[serde(default, deserialize_with = "section")]
    prompt: PromptFields,
    /// How the prompt is asked.
    #[serde(default, deserialize_with = "section")]
    settings: SettingsFields,
    /// The contestants, in the order of their numbers from 0.
    #[serde(deserialize_with = "numbered")]
    lanes: Vec<LaneFields>,
    /// What isn't the same in the races that its lanes come from.
    #[serde(default, skip_serializing_if = "Vec::is_empty", deserialize_with = "entries")]
    mismatches: Vec<String>,
    /// The machine that it was recorded on.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "readable")]
    environment: Option<EnvironmentFields>,
    /// What is to be shown of it and how.
    #[serde(default, skip_serializing_if = "Option::is_none", skip_deserializing)]
    cut: Option<CutFields>,
    /// It was put together from other recordings; left out where it wasn't.
    #[serde(default, skip_serializing_if = "std::ops::Not::not", deserialize_with = "readable")]
    merged: bool,
}

impl From<&RecordingHeader> for HeaderFields {
    fn from(header: &RecordingHeader) -> Self {
        let setup = &header.setup;
        Self {
            format: FORMAT.into(),
            version: TimeBase::GreenLight.version(),
            tool: header.tool.clone(),
            recorded_at: header.recorded_at.map(|at| at.to_string()),
            simulated: setup.simulated(),
            phase: setup.phase.as_ref().map(PhaseFields::from),
            prompt: (&setup.prompt).into(),
            settings: (&setup.settings).into(),
            lanes: setup.contestants.iter().map(LaneFields::from).collect(),
            mismatches: setup.mismatches.clone(),
            environment: header.environment.clone().map(EnvironmentFields),
            cut: header.cut.as_ref().map(CutFields::from),
            merged: header.merged,
        }
    }
}

/// The header as a line of JSON, without the line break.
#[must_use]
pub fn write_header(header: &RecordingHeader) -> String {
    write_header_by(header, TimeBase::GreenLight)
}

/// The same above lines whose times count from `base`.
pub(crate) fn write_header_by(header: &RecordingHeader, base: TimeBase) -> String {
    let mut known = json!(HeaderFields { version: base.version(), ..header.into() });
    unknown::put_back(&mut known, &header.unknown);
    line_of(&known)
}

/// Reads the header back.
///
/// # Errors
/// When it isn't one, is of a newer version or of one whose times don't count from the green light, or lacks its lanes.
pub fn read_header(line: &str) -> Result<RecordingHeader, RecordError> {
    match read_any_header(line)? {
        (header, TimeBase::GreenLight) => Ok(header),
        (_, TimeBase::LineAbove) => Err(RecordError::Header("its times count from line to line".into())),
    }
}

/// Reads the header back, and what the times behind it count from.
///
/// # Errors
/// When it isn't one, is of a newer version, or lacks its lanes.
pub(crate) fn read_any_header(line: &str) -> Result<(RecordingHeader, TimeBase), RecordError> {
    let value: Value = serde_json::from_str(line).map_err(|error| RecordError::NotARecording(error.to_string()))?;
    if !value.is_object() || value.get("format").and_then(Value::as_str) != Some(FORMAT) {
        return Err(RecordError::NotARecording("no format field of ours".into()));
    }
    let base = match value.get("version").and_then(Value::as_u64) {
        Some(version) if version <= VERSION => TimeBase::of_version(version),
        Some(version) => return Err(RecordError::Version(version)),
        None => return Err(RecordError::Header("no version".into())),
    };
    match value.get("lanes").and_then(Value::as_array).map_or(0, Vec::len) {
        0 => return Err(RecordError::Header("no lanes".into())),
        lanes if lanes > usize::from(u8::MAX) => {
            return Err(RecordError::Header(format!("{lanes} lanes are more than a race can have")));
        }
        _ => {}
    }
    let fields = HeaderFields::deserialize(&value).map_err(|error| RecordError::Header(error.to_string()))?;
    let mut header = RecordingHeader {
        tool: fields.tool,
        recorded_at: fields.recorded_at.as_deref().and_then(date::moment),
        setup: RaceSetup {
            phase: fields.phase.map(PhaseRef::from),
            contestants: fields.lanes.into_iter().map(Contestant::from).collect(),
            prompt: fields.prompt.into(),
            settings: fields.settings.into(),
            mismatches: fields.mismatches,
            history: Vec::new(),
        },
        environment: fields.environment.map(|EnvironmentFields(environment)| environment),
        cut: value.get("cut").and_then(|cut| read_cut(cut).ok()),
        merged: fields.merged,
        unknown: Value::Null,
    };
    header.unknown = unknown::beyond(&value, &json!(HeaderFields::from(&header))).unwrap_or_default();
    // The version is the program's that writes, never the file's that was read.
    if let Some(unknown) = header.unknown.as_object_mut() {
        unknown.remove("version");
    }
    Ok((header, base))
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use speed_kings_core::fixture::contestant;
    use speed_kings_core::race::price::Claim;
    use speed_kings_core::race::setup::{RacePrompt, RaceSettings};
    use speed_kings_system::environment::MachineEnvironment;

    /// A header with everything in it.
    pub(crate) fn whole() -> RecordingHeader {
        let mut setup = RaceSetup { contestants: vec![contestant("A"), contestant("B")], ..RaceSetup::default() };
        setup.contestants[1].endpoint = Some("rack:8080".into());
        setup.contestants[0].also_answers = vec!["llama-next".into()];
        (setup.contestants[1].local, setup.contestants[1].here) = (true, true);
        setup.contestants[0].claims =
            vec![Claim { tok_s: 1_800.0, as_of: "2026".into(), source: "its own page".into(), measured: false }];
        setup.phase =
            Some(PhaseRef { id: "A1".into(), title: "A vs B".into(), model: "M".into(), question: Some("?".into()) });
        setup.prompt = RacePrompt { name: "short".into(), text: "Say \"hi\"\n".into() };
        setup.settings = RaceSettings {
            max_tokens: Some(80),
            temperature: Some(0.0),
            seed: Some(7),
            nonce: Some("n".into()),
            warm: true,
            no_reasoning: true,
        };
        setup.contestants[1].ghost = Some("2026-01-01T00:00:00Z".into());
        setup.mismatches = vec!["max_tokens: 80 / 300".into()];
        RecordingHeader {
            tool: "speed-kings 0".into(),
            recorded_at: date::moment("2026-01-02T03:04:05Z"),
            merged: true,
            setup,
            environment: Some(MachineEnvironment {
                tool: "speed-kings 0".into(),
                kernel: Some("6.1".into()),
                cores: Some(8),
                gpus: vec!["a card".into()],
                ..MachineEnvironment::default()
            }),
            cut: Some(crate::format::cut::tests::sample()),
            unknown: Value::Null,
        }
    }

    #[test]
    fn a_header_reads_back() {
        assert_eq!(read_header(&write_header(&whole())).unwrap(), whole());
    }

    #[test]
    fn what_a_newer_version_adds_is_written_where_it_stood() {
        let line = json!({
            "format": FORMAT, "version": 1, "tool": "t", "recorded_at": "r", "simulated": false,
            "prompt": {"name": "n", "text": "t", "language": "de"},
            "settings": {"warm": true, "top_p": 0.5},
            "lanes": [
                {"name": "A", "provider": "a", "model": "m", "hardware": "quantum", "simulated": false, "local": false},
                {"name": "B", "provider": "b", "model": "m", "hardware": "lpu", "simulated": false, "local": false,
                 "price": {"output": 2.0}, "seat": {"row": 3}},
            ],
            "weather": ["dry", {"wind": 3}],
            "cut": {"pieces": "not yet"},
        });
        let header = read_header(&line.to_string()).unwrap();
        let written: Value = serde_json::from_str(&write_header(&header)).unwrap();
        let mut expected = line.clone();
        // A kind of hardware that is not known is none that this version could vouch for.
        expected["lanes"][0]["hardware"] = json!("untold");
        assert_eq!(written, expected);
        let again = read_header(&written.to_string()).unwrap();
        assert_eq!(write_header(&again), write_header(&header));
    }

    #[test]
    fn an_older_version_is_read_and_written_as_this_one() {
        let old = "{\"format\":\"speed-kings.race\",\"version\":0,\"lanes\":[{\"name\":\"A\"}]}";
        let header = read_header(old).unwrap();
        assert_eq!(header.setup.contestants[0].name, "A");
        assert!(write_header(&header).contains("\"version\":1"));
    }

    #[test]
    fn what_is_no_header_is_told_apart() {
        let error = |line: &str| read_header(line).unwrap_err().to_string();
        assert!(error("hello").contains("not a recording"));
        assert!(error("{\"format\":\"asciicast\"}").contains("not a recording"));
        assert!(error("{\"format\":\"speed-kings.race\",\"version\":99}").contains("version 99"));
        assert!(error("{\"format\":\"speed-kings.race\",\"version\":1}").contains("no lanes"));
    }
}
