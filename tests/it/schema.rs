//! The published schemas: made out of the types that are written, and held against what the program writes.

mod reader;

use std::path::{Path, PathBuf};

use schemars::generate::SchemaSettings;
use schemars::transform::{Transform, transform_subschemas};
use schemars::{JsonSchema, Schema};
use serde_json::{Value, json};
use speed_kings::bench::saved::BenchmarkFile;
use speed_kings::benchmark_report::document::{ReportDocument, ResultsList};
use speed_kings::catalog::{Catalog, CatalogFile};
use speed_kings::gate::AlertMessage;
use speed_kings::inspection::InspectedRecording;
use speed_kings::load::LoadDocument;
use speed_kings::record::format::RecordingLine;
use speed_kings::report::json::ExportedRace;
use speed_kings::watch::line::ProbeLine;

use crate::program::Home;

/// Set to write the schemas anew instead of holding them against the types.
const UPDATE: &str = "UPDATE_SCHEMAS";

/// Places on the race clock and leads, the only figures that may be under zero.
const SIGNED: [&str; 5] = ["at_ms", "at_us", "by_us", "from_us", "to_us"];

/// A published schema: its file below `docs/`, and how it is made.
pub(crate) struct PublishedSchema {
    file: &'static str,
    made: fn() -> Value,
}

/// One file of results, and a report on one.
pub(crate) const RESULTS: PublishedSchema =
    PublishedSchema { file: "results.schema.json", made: schema_of::<ReportDocument<BenchmarkFile>> };
/// A report on several results.
pub(crate) const REPORT: PublishedSchema =
    PublishedSchema { file: "report.schema.json", made: schema_of::<ReportDocument<ResultsList>> };

/// A load by levels.
pub(crate) const LOAD: PublishedSchema = PublishedSchema { file: "load.schema.json", made: schema_of::<LoadDocument> };

/// A line of a watch.
pub(crate) const WATCH: PublishedSchema =
    PublishedSchema { file: "watch.schema.json", made: schema_of::<ProbeLine<'static>> };
/// An alert of a watch, as its command gets it.
pub(crate) const ALERT: PublishedSchema =
    PublishedSchema { file: "alert.schema.json", made: schema_of::<AlertMessage> };
/// What is in a recording, for scripts.
pub(crate) const INSPECTION: PublishedSchema =
    PublishedSchema { file: "inspection.schema.json", made: sparse_schema_of::<InspectedRecording> };
/// A recorded race as one document.
pub(crate) const EXPORT: PublishedSchema =
    PublishedSchema { file: "export.schema.json", made: sparse_schema_of::<ExportedRace<'static>> };
/// A line of a recording.
pub(crate) const RECORDING: PublishedSchema =
    PublishedSchema { file: "recording.schema.json", made: sparse_schema_of::<RecordingLine<'static>> };

/// A catalogue of one's own, for editors.
const CATALOGUE: PublishedSchema = PublishedSchema { file: "catalogue.schema.json", made: schema_for_editors };

const ALL: [PublishedSchema; 9] = [RESULTS, REPORT, LOAD, WATCH, ALERT, INSPECTION, EXPORT, RECORDING, CATALOGUE];

/// The schema of what is read of a catalogue, in which most may be left out and nothing is null.
fn schema_for_editors() -> Value {
    let mut settings = SchemaSettings::draft2020_12();
    settings.transforms.push(Box::new(PlainFigures));
    let mut schema = settings.into_generator().into_root_schema_for::<CatalogFile>();
    LeftOutFields.transform(&mut schema);
    schema.to_value()
}

/// The schema of what is written of `T`.
fn schema_of<T: JsonSchema>() -> Value {
    let mut settings = SchemaSettings::draft2020_12().for_serialize();
    settings.transforms.push(Box::new(PlainFigures));
    settings.into_generator().into_root_schema_for::<T>().to_value()
}

/// That of what is written of `T`, where a field that isn't known is left out and none is ever null for it.
fn sparse_schema_of<T: JsonSchema>() -> Value {
    let mut schema: Schema = schema_of::<T>().try_into().unwrap();
    LeftOutFields.transform(&mut schema);
    schema.to_value()
}

/// Takes out what says nothing about a file, and says what every figure is: not under zero.
#[derive(Clone)]
struct PlainFigures;

impl Transform for PlainFigures {
    fn transform(&mut self, schema: &mut Schema) {
        schema.remove("default");
        schema.remove("format");
        schema.remove("readOnly");
        if let Some(properties) = schema.get_mut("properties").and_then(Value::as_object_mut) {
            for (_, property) in properties.iter_mut().filter(|(name, _)| !SIGNED.contains(&name.as_str())) {
                let kind = property.get("type").map(Value::to_string).unwrap_or_default();
                if kind.contains("\"number\"") && property.get("minimum").is_none() {
                    property["minimum"] = json!(0);
                }
            }
        }
        transform_subschemas(self, schema);
    }
}

/// Says of fields that may be left out that they are never null.
#[derive(Clone)]
struct LeftOutFields;

impl Transform for LeftOutFields {
    fn transform(&mut self, schema: &mut Schema) {
        let required = schema.get("required").and_then(Value::as_array).cloned().unwrap_or_default();
        let properties = schema.get_mut("properties").and_then(Value::as_object_mut).into_iter().flatten();
        let optional = properties.filter(|(name, _)| !required.iter().any(|always| always == name.as_str()));
        optional.for_each(|(_, property)| never_null(property));
        transform_subschemas(self, schema);
    }
}

/// Takes null out of what `property` may be.
fn never_null(property: &mut Value) {
    if let Some(kinds) = property.get_mut("type").filter(|kind| kind.is_array()) {
        let known = kinds.as_array().into_iter().flatten().find(|kind| **kind != "null");
        *kinds = known.cloned().unwrap_or_default();
    }
    if let Some(options) = property.get_mut("anyOf").and_then(Value::as_array_mut) {
        options.retain(|option| *option != json!({"type": "null"}));
    }
}

impl PublishedSchema {
    fn path(&self) -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("docs").join(self.file)
    }

    /// Everything in `value` that breaks the schema, or that it doesn't name: a reader takes more, but what is written here
    /// is all named.
    pub(crate) fn complaints(&self, value: &Value) -> Vec<String> {
        let root: Value = serde_json::from_str(&std::fs::read_to_string(self.path()).unwrap()).unwrap();
        let mut complaints = Vec::new();
        reader::check(&root, &root, value, "", &mut complaints);
        complaints
    }
}

#[test]
fn the_built_in_catalogue_is_as_its_schema_says() {
    let written: Value = serde_json::from_str(&Catalog::builtin().unwrap().written(true).unwrap()).unwrap();
    assert_eq!(CATALOGUE.complaints(&written), Vec::<String>::new());
    let wrong = json!({ "providers": [{ "id": "a", "nam": "A", "dialect": "grpc" }] });
    let complaints = CATALOGUE.complaints(&wrong).join("; ");
    assert!(complaints.contains("nam") && complaints.contains("dialect"), "{complaints}");
}

#[test]
fn the_schemas_are_those_of_the_types() {
    for schema in &ALL {
        let made = format!("{:#}\n", (schema.made)());
        if std::env::var_os(UPDATE).is_some() {
            std::fs::write(schema.path(), &made).unwrap();
        }
        let published = std::fs::read_to_string(schema.path()).unwrap_or_default();
        assert!(
            published == made,
            "docs/{} is not the schema of what is written; make it anew: {UPDATE}=1 cargo test --test it schema::",
            schema.file
        );
    }
}

#[test]
fn what_breaks_a_schema_is_told() {
    let told = RESULTS.complaints(&json!({"version": 2, "lanes": [{"runs": [{"ok": "yes"}], "seat": 1}], "more": 1}));
    for said in
        [": phase is missing", "/version: 2 is", "/lanes/0/runs/0/ok: \"yes\" is", ": more is", "/lanes/0: seat is"]
    {
        assert!(told.iter().any(|one| one.contains(said)), "{said}: {told:?}");
    }
}

#[test]
fn results_of_version_1_keep_to_the_schema() {
    let file: Value = serde_json::from_str(include_str!("../data/results-v1.json")).unwrap();
    assert_eq!(RESULTS.complaints(&file), [""; 0]);
    let several = json!({"version": 1, "results": [file, file], "overall": []});
    assert_eq!(REPORT.complaints(&several), [""; 0]);
    assert_ne!(REPORT.complaints(&json!({"version": 1, "results": [file, {}], "overall": []})), [""; 0]);
}

/// The bundled recordings.
fn bundled() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("recordings");
    let files = std::fs::read_dir(folder).unwrap().map(|file| file.unwrap().path());
    // Those that somebody has made here begin with their time.
    let came_along = |file: &PathBuf| {
        let name = file.file_name().unwrap().to_string_lossy();
        name.ends_with(".race") && !name.starts_with(|c: char| c.is_ascii_digit())
    };
    let mut races: Vec<PathBuf> = files.filter(came_along).collect();
    races.sort();
    assert!(races.len() > 2, "{races:?}");
    races
}

/// Every line of the recordings that come with the program, of one with a cut, and of one that it has just made.
#[test]
fn recordings_keep_to_the_schema() {
    let home = Home::new();
    home.run(&["race", "A2", "--sim", "--size", "short", "--seed", "3"]).says(0, &[]);
    let mut races = bundled();
    races.extend(home.recordings());
    let edited = home.path().join("edited.race");
    let cut =
        ["--title", "The final", "--hold-verdict", "2", "--speed", "0.5", "--caption", "1-2=Go", "--chapter", "1=Bend"];
    let long = races.iter().find(|race| race.ends_with("llamacpp-vs-mistralrs-real.race")).unwrap();
    let edit = [&["edit", long.to_str().unwrap(), edited.to_str().unwrap()][..], &cut].concat();
    home.run(&edit).says(0, &[]);
    races.push(edited);
    for race in &races {
        for (number, line) in (1..).zip(std::fs::read_to_string(race).unwrap().lines()) {
            let line: Value = serde_json::from_str(line).unwrap();
            assert_eq!(RECORDING.complaints(&line), [""; 0], "{}, line {number}", race.display());
        }
    }
}

#[test]
fn events_of_another_form_break_the_schema() {
    for line in [
        json!([0, 0, "t"]),
        json!([0, 0, "t", 1]),
        json!([0, 0, "sent", {}]),
        json!([0, 256, "sent"]),
        json!([0.5, 0, "sent"]),
        json!([0, 0, "usage", {"output": -1}]),
        json!([0, 0, "connected", {"quic_us": 1}]),
        json!([0, 0, "unheard of"]),
        json!({"format": "speed-kings.race", "version": 1}),
        json!({"end": {}}),
    ] {
        assert_ne!(RECORDING.complaints(&line), [""; 0], "{line}");
    }
}

/// Every bundled recording, looked into and exported by the program.
#[test]
fn what_is_made_of_recordings_keeps_to_the_schemas() {
    let home = Home::new();
    for race in &bundled() {
        let race = race.to_str().unwrap();
        let inspected = home.run(&["inspect", race, "--json"]);
        inspected.says(0, &[]);
        let inspected: Value = serde_json::from_str(&inspected.out).unwrap();
        assert_eq!(INSPECTION.complaints(&inspected), [""; 0], "{race}");
        home.run(&["export", race, "--to", "out.json", "--force"]).says(0, &[]);
        let exported = std::fs::read_to_string(home.path().join("out.json")).unwrap();
        let exported: Value = serde_json::from_str(&exported).unwrap();
        assert_eq!(EXPORT.complaints(&exported), [""; 0], "{race}");
        // One word for one thing: a lane's figures are the same in both.
        for (lane, other) in inspected["lanes"].as_array().unwrap().iter().zip(exported["lanes"].as_array().unwrap()) {
            for (key, value) in lane["run"].as_object().unwrap() {
                assert_eq!(&other["run"][key], value, "{race}: {key}");
            }
        }
    }
}
