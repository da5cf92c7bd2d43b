//! A reader of the words of JSON Schema that the published schemas use. One that it doesn't know fails the test, so nothing
//! in a schema goes unchecked; and a key that a schema doesn't name is a complaint.

use serde_json::Value;

/// Words that say nothing about a value, or that are followed in `inside`.
const REMARKS: [&str; 12] = [
    "$schema",
    "$defs",
    "title",
    "description",
    "properties",
    "items",
    "prefixItems",
    "additionalProperties",
    "anyOf",
    "oneOf",
    "$ref",
    "format",
];

/// Adds to `complaints` what in `value`, which stands at `place`, breaks `schema`.
pub(super) fn check(root: &Value, schema: &Value, value: &Value, place: &str, complaints: &mut Vec<String>) {
    let Some(rules) = schema.as_object() else {
        if schema == false {
            complaints.push(format!("{place} is not in the schema"));
        }
        return;
    };
    for (word, rule) in rules {
        let number = |holds: fn(f64, f64) -> bool| value.as_f64().is_none_or(|is| holds(is, rule.as_f64().unwrap()));
        let count = |holds: fn(usize, usize) -> bool| {
            let limit = usize::try_from(rule.as_u64().unwrap()).unwrap();
            value.as_array().is_none_or(|items| holds(items.len(), limit))
        };
        let sound = match word.as_str() {
            "type" => match rule {
                Value::Array(several) => several.iter().any(|name| is(value, name.as_str().unwrap())),
                one => is(value, one.as_str().unwrap()),
            },
            "enum" => rule.as_array().unwrap().contains(value),
            "const" => value == rule,
            "minimum" => number(|is, least| is >= least),
            "maximum" => number(|is, most| is <= most),
            "minItems" => count(|is, least| is >= least),
            "maxItems" => count(|is, most| is <= most),
            "required" => {
                let names = rule.as_array().unwrap().iter().map(|name| name.as_str().unwrap());
                let missing = names.filter(|name| value.is_object() && value.get(name).is_none());
                complaints.extend(missing.map(|name| format!("{place}: {name} is missing")));
                true
            }
            word => {
                assert!(REMARKS.contains(&word), "the reader doesn't know '{word}'");
                true
            }
        };
        if !sound {
            complaints.push(format!("{place}: {value} is not of {word} {rule}"));
        }
    }
    inside(root, schema, value, place, complaints);
}

/// Follows the rules that lead to other schemas.
fn inside(root: &Value, schema: &Value, value: &Value, place: &str, complaints: &mut Vec<String>) {
    if let Some(link) = schema.get("$ref").and_then(Value::as_str) {
        let target = root.pointer(link.strip_prefix('#').unwrap()).unwrap_or_else(|| panic!("{link} leads nowhere"));
        check(root, target, value, place, complaints);
    }
    for (word, exact) in [("anyOf", false), ("oneOf", true)] {
        let Some(options) = schema.get(word).and_then(Value::as_array) else { continue };
        let tried = options.iter().map(|option| {
            let mut found = Vec::new();
            check(root, option, value, place, &mut found);
            found
        });
        let tried: Vec<Vec<String>> = tried.collect();
        match tried.iter().filter(|found| found.is_empty()).count() {
            0 => complaints.extend(tried.into_iter().min_by_key(Vec::len).unwrap_or_default()),
            1 => {}
            several if exact => complaints.push(format!("{place}: {several} schemas take {value}, and one may")),
            _ => {}
        }
    }
    let first = schema.get("prefixItems").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    for (index, item) in value.as_array().into_iter().flatten().enumerate() {
        if let Some(rule) = first.get(index).or_else(|| schema.get("items")) {
            check(root, rule, item, &format!("{place}/{index}"), complaints);
        }
    }
    for (name, field) in value.as_object().into_iter().flatten() {
        let known = schema.get("properties").and_then(|known| known.get(name));
        if let Some(rule) = known.or_else(|| schema.get("additionalProperties")) {
            check(root, rule, field, &format!("{place}/{name}"), complaints);
        } else if schema.get("properties").is_some() {
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
