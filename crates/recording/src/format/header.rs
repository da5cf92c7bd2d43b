//! The recording's first line: the setup as JSON and back.
//! Absent facts stay absent; what a newer version adds is kept beside them and written again where it stood.

use serde::Deserialize as _;
use serde_json::{Map, Value, json};

use super::cut::{read_cut, write_cut};
use super::{line_of, object, unknown};
use crate::{FORMAT, RecordError, RecordingHeader, VERSION};
use speed_kings_core::date;
use speed_kings_core::race::hardware::Hardware;
use speed_kings_core::race::price::{Claim, Price};
use speed_kings_core::race::setup::{Contestant, PhaseRef, RacePrompt, RaceSettings, RaceSetup};
use speed_kings_system::environment::MachineEnvironment;

/// The header as a line of JSON, without the line break.
#[must_use]
pub fn write_header(header: &RecordingHeader) -> String {
    let mut known = known(header);
    unknown::put_back(&mut known, &header.unknown);
    line_of(&known)
}

/// The fields that this version knows.
fn known(header: &RecordingHeader) -> Value {
    let setup = &header.setup;
    object([
        ("format", Some(json!(FORMAT))),
        ("version", Some(json!(VERSION))),
        ("tool", Some(json!(header.tool))),
        ("recorded_at", header.recorded_at.map(|at| json!(at.to_string()))),
        ("simulated", Some(json!(setup.simulated()))),
        ("phase", setup.phase.as_ref().map(write_phase)),
        ("prompt", Some(json!({"name": setup.prompt.name, "text": setup.prompt.text}))),
        ("settings", Some(write_settings(&setup.settings))),
        ("lanes", Some(setup.contestants.iter().map(write_contestant).collect())),
        ("mismatches", (!setup.mismatches.is_empty()).then(|| json!(setup.mismatches))),
        ("environment", header.environment.as_ref().map(environment_json)),
        ("cut", header.cut.as_ref().map(write_cut)),
        ("merged", header.merged.then_some(json!(true))),
    ])
}

/// Reads the header back.
///
/// # Errors
/// When it isn't one, is of a newer version, or lacks its lanes.
pub fn read_header(line: &str) -> Result<RecordingHeader, RecordError> {
    let value: Value = serde_json::from_str(line).map_err(|error| RecordError::NotARecording(error.to_string()))?;
    let fields = value.as_object().filter(|fields| text(fields, "format") == FORMAT);
    let fields = fields.ok_or_else(|| RecordError::NotARecording("no format field of ours".into()))?;
    let version = fields.get("version").and_then(Value::as_u64);
    match version {
        Some(version) if version <= VERSION => {}
        Some(version) => return Err(RecordError::Version(version)),
        None => return Err(RecordError::Header("no version".into())),
    }
    let lanes = fields.get("lanes").and_then(Value::as_array).filter(|lanes| !lanes.is_empty());
    let lanes = lanes.ok_or_else(|| RecordError::Header("no lanes".into()))?;
    if lanes.len() > usize::from(u8::MAX) {
        return Err(RecordError::Header(format!("{} lanes are more than a race can have", lanes.len())));
    }
    let section = |name: &str| fields.get(name).and_then(Value::as_object).cloned().unwrap_or_default();
    let prompt = section("prompt");
    let setup = RaceSetup {
        phase: fields.get("phase").and_then(Value::as_object).map(read_phase),
        contestants: lanes.iter().map(|lane| read_contestant(lane.as_object().unwrap_or(&Map::new()))).collect(),
        prompt: RacePrompt { name: text(&prompt, "name"), text: text(&prompt, "text") },
        settings: read_settings(&section("settings")),
        mismatches: read_texts(fields.get("mismatches")),
    };
    let mut header = RecordingHeader {
        tool: text(fields, "tool"),
        recorded_at: date::moment(&text(fields, "recorded_at")),
        setup,
        environment: fields.get("environment").and_then(|machine| MachineEnvironment::deserialize(machine).ok()),
        cut: fields.get("cut").and_then(|cut| read_cut(cut).ok()),
        merged: flag(fields, "merged"),
        unknown: Value::Null,
    };
    header.unknown = unknown::beyond(&value, &known(&header)).unwrap_or_default();
    // The version is the program's that writes, never the file's that was read.
    if let Some(unknown) = header.unknown.as_object_mut() {
        unknown.remove("version");
    }
    Ok(header)
}

fn read_texts(value: Option<&Value>) -> Vec<String> {
    let texts = value.and_then(Value::as_array).into_iter().flatten();
    texts.filter_map(Value::as_str).map(str::to_owned).collect()
}

/// The machine as JSON, without what is not known of it.
#[must_use]
pub fn environment_json(environment: &MachineEnvironment) -> Value {
    let mut fields = serde_json::to_value(environment).unwrap_or_default();
    if let Some(fields) = fields.as_object_mut() {
        let empty = [Value::Null, json!(""), json!([])];
        fields.retain(|_, value| !empty.contains(value));
    }
    fields
}

fn text(fields: &Map<String, Value>, name: &str) -> String {
    maybe(fields, name).unwrap_or_default()
}

fn maybe(fields: &Map<String, Value>, name: &str) -> Option<String> {
    fields.get(name).and_then(Value::as_str).map(str::to_owned)
}

fn flag(fields: &Map<String, Value>, name: &str) -> bool {
    fields.get(name).and_then(Value::as_bool).unwrap_or(false)
}

fn write_phase(phase: &PhaseRef) -> Value {
    object([
        ("id", Some(json!(phase.id))),
        ("title", Some(json!(phase.title))),
        ("model", Some(json!(phase.model))),
        ("question", phase.question.as_ref().map(|question| json!(question))),
    ])
}

fn read_phase(fields: &Map<String, Value>) -> PhaseRef {
    PhaseRef {
        id: text(fields, "id"),
        title: text(fields, "title"),
        model: text(fields, "model"),
        question: maybe(fields, "question"),
    }
}

fn write_settings(settings: &RaceSettings) -> Value {
    object([
        ("max_tokens", settings.max_tokens.map(|n| json!(n))),
        ("temperature", settings.temperature.map(|t| json!(t))),
        ("seed", settings.seed.map(|seed| json!(seed))),
        ("nonce", settings.nonce.as_ref().map(|nonce| json!(nonce))),
        ("warm", Some(json!(settings.warm))),
        ("no_reasoning", settings.no_reasoning.then_some(json!(true))),
    ])
}

fn read_settings(fields: &Map<String, Value>) -> RaceSettings {
    RaceSettings {
        max_tokens: fields.get("max_tokens").and_then(Value::as_u64).and_then(|n| u32::try_from(n).ok()),
        temperature: fields.get("temperature").and_then(Value::as_f64),
        seed: fields.get("seed").and_then(Value::as_u64),
        nonce: maybe(fields, "nonce"),
        warm: flag(fields, "warm"),
        no_reasoning: flag(fields, "no_reasoning"),
    }
}

fn write_contestant(contestant: &Contestant) -> Value {
    let claims: Vec<Value> = contestant.claims.iter().map(write_claim).collect();
    object([
        ("name", Some(json!(contestant.name))),
        ("provider", Some(json!(contestant.provider))),
        ("model", Some(json!(contestant.model))),
        ("same_as", contestant.same_as.as_ref().map(|id| json!(id))),
        ("also_answers", (!contestant.also_answers.is_empty()).then(|| json!(contestant.also_answers))),
        ("hardware", Some(json!(contestant.hardware.as_str()))),
        ("simulated", Some(json!(contestant.simulated))),
        ("endpoint", contestant.endpoint.as_ref().map(|host| json!(host))),
        ("local", Some(json!(contestant.local))),
        ("here", contestant.here.then_some(json!(true))),
        ("price", contestant.price.as_ref().map(write_price)),
        ("claims", (!claims.is_empty()).then_some(Value::Array(claims))),
        ("ghost", contestant.ghost.as_ref().map(|ran_at| json!(ran_at))),
    ])
}

fn read_contestant(fields: &Map<String, Value>) -> Contestant {
    let claims = fields.get("claims").and_then(Value::as_array);
    Contestant {
        name: text(fields, "name"),
        provider: text(fields, "provider"),
        model: text(fields, "model"),
        same_as: maybe(fields, "same_as"),
        also_answers: read_texts(fields.get("also_answers")),
        hardware: Hardware::parse(&text(fields, "hardware")).unwrap_or(Hardware::Untold),
        simulated: flag(fields, "simulated"),
        endpoint: maybe(fields, "endpoint"),
        local: flag(fields, "local"),
        here: flag(fields, "here"),
        price: fields.get("price").and_then(Value::as_object).and_then(read_price),
        claims: claims.into_iter().flatten().filter_map(Value::as_object).filter_map(read_claim).collect(),
        ghost: maybe(fields, "ghost"),
    }
}

fn write_price(price: &Price) -> Value {
    object([
        ("input", Some(json!(price.input))),
        ("output", Some(json!(price.output))),
        ("cached", price.cached.map(|cached| json!(cached))),
        ("as_of", Some(json!(price.as_of))),
        ("source", Some(json!(price.source))),
    ])
}

fn read_price(fields: &Map<String, Value>) -> Option<Price> {
    let usd = |name: &str| fields.get(name).and_then(Value::as_f64);
    Some(Price {
        input: usd("input")?,
        output: usd("output")?,
        cached: usd("cached"),
        as_of: text(fields, "as_of"),
        source: text(fields, "source"),
    })
}

fn write_claim(claim: &Claim) -> Value {
    json!({"tok_s": claim.tok_s, "as_of": claim.as_of, "source": claim.source, "measured": claim.measured})
}

fn read_claim(fields: &Map<String, Value>) -> Option<Claim> {
    Some(Claim {
        tok_s: fields.get("tok_s").and_then(Value::as_f64)?,
        as_of: text(fields, "as_of"),
        source: text(fields, "source"),
        measured: flag(fields, "measured"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use speed_kings_core::fixture::contestant;

    #[test]
    fn a_header_reads_back() {
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
        let header = RecordingHeader {
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
        };
        assert_eq!(read_header(&write_header(&header)).unwrap(), header);
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
