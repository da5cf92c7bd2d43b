//! The published schemas: made out of the types that are written, and held against what the program writes.

mod reader;

use std::path::{Path, PathBuf};

use schemars::generate::SchemaSettings;
use schemars::transform::{Transform, transform_subschemas};
use schemars::{JsonSchema, Schema};
use serde_json::{Value, json};
use speed_kings::bench::saved::BenchmarkFile;
use speed_kings::benchmark_report::document::{ReportDocument, ResultsList};
use speed_kings::inspection::InspectedRecording;
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

/// A line of a watch.
pub(crate) const WATCH: PublishedSchema =
    PublishedSchema { file: "watch.schema.json", made: schema_of::<ProbeLine<'static>> };
/// What is in a recording, for scripts.
pub(crate) const INSPECTION: PublishedSchema =
    PublishedSchema { file: "inspection.schema.json", made: schema_of::<InspectedRecording> };
/// A recorded race as one document.
pub(crate) const EXPORT: PublishedSchema =
    PublishedSchema { file: "export.schema.json", made: schema_of::<ExportedRace<'static>> };

const ALL: [PublishedSchema; 5] = [RESULTS, REPORT, WATCH, INSPECTION, EXPORT];

/// The schema of what is written of `T`.
fn schema_of<T: JsonSchema>() -> Value {
    let mut settings = SchemaSettings::draft2020_12().for_serialize();
    settings.transforms.push(Box::new(PlainFigures));
    settings.into_generator().into_root_schema_for::<T>().to_value()
}

/// Takes out what says nothing about a file, and says what every figure is: not under zero.
#[derive(Clone)]
struct PlainFigures;

impl Transform for PlainFigures {
    fn transform(&mut self, schema: &mut Schema) {
        schema.remove("default");
        schema.remove("format");
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

/// Every bundled recording, looked into and exported by the program.
#[test]
fn what_is_made_of_recordings_keeps_to_the_schemas() {
    let home = Home::new();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("recordings");
    let files = std::fs::read_dir(folder).unwrap().map(|file| file.unwrap().path());
    let races: Vec<PathBuf> = files.filter(|file| file.extension().is_some_and(|ending| ending == "race")).collect();
    assert!(races.len() > 2, "{races:?}");
    for race in &races {
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
