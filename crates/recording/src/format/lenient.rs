//! How a field is read that a newer version, a hand or an accident may have filled with something else: what can't be
//! read is absent, and never costs the rest of its line.

use serde::de::{DeserializeOwned, Error as _};
use serde::{Deserialize, Deserializer};
use serde_json::Value;

/// A plain value; anything else in its place is absent.
pub(super) fn readable<'de, D: Deserializer<'de>, T: DeserializeOwned + Default>(from: D) -> Result<T, D::Error> {
    Ok(T::deserialize(Value::deserialize(from)?).unwrap_or_default())
}

/// An object; anything else in its place is absent.
pub(super) fn section<'de, D: Deserializer<'de>, T: DeserializeOwned + Default>(from: D) -> Result<T, D::Error> {
    let value = Value::deserialize(from)?;
    Ok(if value.is_object() { T::deserialize(value).unwrap_or_default() } else { T::default() })
}

/// The entries of a list that can be read; the others are passed over.
pub(super) fn entries<'de, D: Deserializer<'de>, T: DeserializeOwned>(from: D) -> Result<Vec<T>, D::Error> {
    Ok(items(from)?.into_iter().filter_map(|item| T::deserialize(item).ok()).collect())
}

/// The objects of a list that can be read; the others are passed over.
pub(super) fn sections<'de, D: Deserializer<'de>, T: DeserializeOwned>(from: D) -> Result<Vec<T>, D::Error> {
    let objects = items(from)?.into_iter().filter(Value::is_object);
    Ok(objects.filter_map(|item| T::deserialize(item).ok()).collect())
}

/// The objects of a list; whatever else stands among them counts as an empty one, so that each keeps its number.
pub(super) fn numbered<'de, D: Deserializer<'de>, T: DeserializeOwned + Default>(from: D) -> Result<Vec<T>, D::Error> {
    let items = items(from)?.into_iter();
    Ok(items
        .map(|item| if item.is_object() { T::deserialize(item).unwrap_or_default() } else { T::default() })
        .collect())
}

/// The name of a response header with its value.
pub(super) type HeaderPair = (Box<str>, Box<str>);

/// The pairs of a list, a header with its value each; what is none is passed over, and one may hold more.
pub(super) fn pairs<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<HeaderPair>, D::Error> {
    let pair = |pair: &Value| Some((pair.get(0)?.as_str()?.into(), pair.get(1)?.as_str()?.into()));
    Ok(items(from)?.iter().filter_map(pair).collect())
}

/// The entries of a list; none where something else is in its place.
fn items<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<Value>, D::Error> {
    match Value::deserialize(from)? {
        Value::Array(items) => Ok(items),
        _ => Ok(Vec::new()),
    }
}

/// The payload of an event that carries a text.
pub(super) fn text<'de, D: Deserializer<'de>, T: From<String>>(from: D) -> Result<T, D::Error> {
    String::deserialize(from).map(T::from).map_err(|_| D::Error::custom("expects a text"))
}

/// The payload of an event that carries a length of time.
pub(super) fn micros<'de, D: Deserializer<'de>>(from: D) -> Result<u64, D::Error> {
    u64::deserialize(from).map_err(|_| D::Error::custom("wants microseconds"))
}

/// A payload that is a list of them.
pub(super) fn micros_list<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<u64>, D::Error> {
    Vec::deserialize(from).map_err(|_| D::Error::custom("wants a list of microseconds"))
}

/// The payload of an event that carries several facts.
pub(super) fn object<'de, D: Deserializer<'de>, T: DeserializeOwned>(from: D) -> Result<T, D::Error> {
    let value = Value::deserialize(from)?;
    if !value.is_object() {
        return Err(D::Error::custom("wants an object"));
    }
    T::deserialize(value).map_err(D::Error::custom)
}
