//! The machine as the header has it: what isn't known of it is left out.

use serde::{Deserialize, Serialize, Serializer};
use serde_json::{Value, json};

use speed_kings_system::environment::MachineEnvironment;

/// The machine that a race was recorded on; what isn't known of it is left out.
#[derive(Clone, PartialEq, Debug, Deserialize)]
#[serde(transparent)]
pub(super) struct EnvironmentFields(pub(super) MachineEnvironment);

impl Serialize for EnvironmentFields {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let mut fields = serde_json::to_value(&self.0).map_err(serde::ser::Error::custom)?;
        if let Some(fields) = fields.as_object_mut() {
            let empty = [Value::Null, json!(""), json!([])];
            fields.retain(|_, value| !empty.contains(value));
        }
        fields.serialize(to)
    }
}

#[cfg(feature = "schema")]
impl schemars::JsonSchema for EnvironmentFields {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "EnvironmentFields".into()
    }

    /// That of the whole environment, of which each field may be left out and none is null.
    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        let mut schema = MachineEnvironment::json_schema(generator);
        schema.remove("required");
        let fields = schema.get_mut("properties").and_then(Value::as_object_mut);
        for kind in fields.into_iter().flat_map(|fields| fields.values_mut()).filter_map(|field| field.get_mut("type"))
        {
            if let Some(known) = kind.as_array().and_then(|kinds| kinds.iter().find(|kind| **kind != "null")) {
                *kind = known.clone();
            }
        }
        schema
    }
}
