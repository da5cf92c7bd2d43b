//! What a file holds beyond what this version knows of it: taken aside when it is read, put back when it is written.
//! Whatever is known is never touched by it, so that a field that was taken out on purpose stays out.

use serde_json::{Map, Value};

/// The fields of `read` that are not in `known`, each where it stands; nothing when there is none.
///
/// Items of a list are held against each other by their place, and only where both lists are equally long.
pub(super) fn beyond(read: &Value, known: &Value) -> Option<Value> {
    match (read, known) {
        (Value::Object(read), Value::Object(known)) => {
            let fields: Map<String, Value> = read
                .iter()
                .filter_map(|(name, value)| {
                    let more = known.get(name).map_or_else(|| Some(value.clone()), |known| beyond(value, known));
                    Some((name.clone(), more?))
                })
                .collect();
            (!fields.is_empty()).then_some(Value::Object(fields))
        }
        (Value::Array(read), Value::Array(known)) if read.len() == known.len() => {
            let items: Vec<Value> =
                read.iter().zip(known).map(|(read, known)| beyond(read, known).unwrap_or_default()).collect();
            items.iter().any(|item| !item.is_null()).then_some(Value::Array(items))
        }
        _ => None,
    }
}

/// Puts what [`beyond`] gave back into `known`.
pub(super) fn put_back(known: &mut Value, unknown: &Value) {
    match (known, unknown) {
        (Value::Object(known), Value::Object(unknown)) => {
            for (name, value) in unknown {
                match known.get_mut(name) {
                    Some(known) => put_back(known, value),
                    None => {
                        known.insert(name.clone(), value.clone());
                    }
                }
            }
        }
        (Value::Array(known), Value::Array(unknown)) if known.len() == unknown.len() => {
            known.iter_mut().zip(unknown).for_each(|(known, unknown)| put_back(known, unknown));
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn only_what_is_not_known_is_taken_aside() {
        let read = json!({"a": 1, "b": {"c": 2, "d": 3}, "list": [{"x": 1, "y": 2}, {"x": 3}], "more": [1]});
        let known = json!({"a": 9, "b": {"c": 2}, "list": [{"x": 1}, {"x": 3}]});
        let beyond = beyond(&read, &known).unwrap();
        assert_eq!(beyond, json!({"b": {"d": 3}, "list": [{"y": 2}, null], "more": [1]}));
        let mut again = known;
        put_back(&mut again, &beyond);
        assert_eq!(again, json!({"a": 9, "b": {"c": 2, "d": 3}, "list": [{"x": 1, "y": 2}, {"x": 3}], "more": [1]}));
    }

    #[test]
    fn nothing_is_put_back_where_its_place_is_gone() {
        let mut known = json!({"lanes": [{"name": "B"}], "prompt": "gone"});
        put_back(&mut known, &json!({"lanes": [{"seat": 1}, {"seat": 2}], "prompt": {"language": "de"}}));
        assert_eq!(known, json!({"lanes": [{"name": "B"}], "prompt": "gone"}));
    }
}
