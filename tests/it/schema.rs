//! The published schema held against what is written, by a reader of the few words of JSON Schema that it uses.
//! A word that the reader doesn't know fails the test, so nothing in the schema goes unchecked.

use serde_json::Value;

/// Words that say nothing about a value.
const REMARKS: [&str; 5] = ["$schema", "$defs", "title", "description", "properties"];

/// Everything in `value` that breaks the schema of results.
pub(crate) fn complaints(value: &Value) -> Vec<String> {
    let root: Value = serde_json::from_str(include_str!("../../docs/results.schema.json")).unwrap();
    let mut complaints = Vec::new();
    check(&root, &root, value, "", &mut complaints);
    complaints
}

fn check(root: &Value, schema: &Value, value: &Value, place: &str, complaints: &mut Vec<String>) {
    let mut wrong = |what: String| complaints.push(format!("{place}: {what}"));
    for (word, rule) in schema.as_object().unwrap() {
        match word.as_str() {
            "type" => {
                let allowed: Vec<&str> = match rule {
                    Value::String(one) => vec![one],
                    many => many.as_array().unwrap().iter().map(|one| one.as_str().unwrap()).collect(),
                };
                if !allowed.iter().any(|name| is(value, name)) {
                    wrong(format!("{value} is no {allowed:?}"));
                }
            }
            "enum" => {
                if !rule.as_array().unwrap().contains(value) {
                    wrong(format!("{value} is none of {rule}"));
                }
            }
            "minimum" => {
                if value.as_f64().is_some_and(|number| number < rule.as_f64().unwrap()) {
                    wrong(format!("{value} is under {rule}"));
                }
            }
            "maximum" => {
                if value.as_f64().is_some_and(|number| number > rule.as_f64().unwrap()) {
                    wrong(format!("{value} is over {rule}"));
                }
            }
            "exclusiveMinimum" => {
                if value.as_f64().is_some_and(|number| number <= rule.as_f64().unwrap()) {
                    wrong(format!("{value} is not over {rule}"));
                }
            }
            "minItems" | "maxItems" => {
                let count = value.as_array().map(|items| items.len() as u64);
                let limit = rule.as_u64().unwrap();
                if count.is_some_and(|count| if word == "minItems" { count < limit } else { count > limit }) {
                    wrong(format!("{value} has not {word} {rule}"));
                }
            }
            "const" => {
                if value != rule {
                    wrong(format!("{value} is not {rule}"));
                }
            }
            "required" => {
                for name in rule.as_array().unwrap().iter().map(|name| name.as_str().unwrap()) {
                    if value.is_object() && value.get(name).is_none() {
                        wrong(format!("{name} is missing"));
                    }
                }
            }
            "items" | "additionalProperties" | "anyOf" | "$ref" => {}
            remark => assert!(REMARKS.contains(&remark), "the reader doesn't know '{remark}'"),
        }
    }
    inside(root, schema, value, place, complaints);
}

/// The rules that lead to other schemas.
fn inside(root: &Value, schema: &Value, value: &Value, place: &str, complaints: &mut Vec<String>) {
    if let Some(link) = schema.get("$ref").and_then(Value::as_str) {
        let target = root.pointer(link.strip_prefix('#').unwrap()).unwrap_or_else(|| panic!("{link} leads nowhere"));
        check(root, target, value, place, complaints);
    }
    if let Some(options) = schema.get("anyOf").and_then(Value::as_array) {
        let tried = options.iter().map(|option| {
            let mut found = Vec::new();
            check(root, option, value, place, &mut found);
            found
        });
        let tried: Vec<Vec<String>> = tried.collect();
        if !tried.iter().any(Vec::is_empty) {
            complaints.extend(tried.into_iter().next_back().unwrap_or_default());
        }
    }
    for (place_in, item) in value.as_array().into_iter().flatten().enumerate() {
        if let Some(rule) = schema.get("items") {
            check(root, rule, item, &format!("{place}/{place_in}"), complaints);
        }
    }
    for (name, field) in value.as_object().into_iter().flatten() {
        let known = schema.get("properties").and_then(|known| known.get(name));
        if let Some(rule) = known.or_else(|| schema.get("additionalProperties")) {
            check(root, rule, field, &format!("{place}/{name}"), complaints);
        } else if schema.get("properties").is_some() && schema.pointer("/properties/version").is_some() {
            complaints.push(format!("{place}: {name} is not in the schema"));
        }
    }
}

fn is(value: &Value, name: &str) -> bool {
    match name {
        "null" => value.is_null(),
        "boolean" => value.is_boolean(),
        "integer" => value.is_i64() || value.is_u64(),
        "number" => value.is_number(),
        "string" => value.is_string(),
        "array" => value.is_array(),
        "object" => value.is_object(),
        other => panic!("no type of JSON Schema: {other}"),
    }
}

#[test]
fn the_reader_sees_what_is_wrong() {
    let told = complaints(&serde_json::json!({"version": 2, "lanes": [{"runs": [{"ok": "yes"}]}], "more": 1}));
    for said in [
        ": phase is missing",
        "/version: 2 is none of [1]",
        "/lanes/0/runs/0/ok: \"yes\" is no",
        "more is not in the schema",
    ] {
        assert!(told.iter().any(|one| one.contains(said)), "{said}: {told:?}");
    }
}
