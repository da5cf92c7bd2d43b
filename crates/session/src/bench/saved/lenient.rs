//! How a file is read that an older version wrote, a newer one, or a hand: what nobody can have measured is absent, and what
//! nothing is worked out from never keeps the rest from being read.

use jiff::Timestamp;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;

use speed_kings_core::date;

/// The largest figure that anything here can have; what is beyond it was never measured.
const LARGEST: f64 = 1e12;

/// Whether a figure can be one: not negative, finite, and not beyond all measure.
pub(super) fn is_figure(figure: f64) -> bool {
    (0.0..=LARGEST).contains(&figure)
}

/// A figure that can be one; any other is absent.
pub(super) fn figure<'de, D: Deserializer<'de>>(from: D) -> Result<Option<f64>, D::Error> {
    Ok(Option::deserialize(from)?.filter(|figure| is_figure(*figure)))
}

/// A moment of the wall clock; what is none is absent.
pub(super) fn moment<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Timestamp>, D::Error> {
    let text: Option<String> = Option::deserialize(from)?;
    Ok(text.as_deref().and_then(date::moment))
}

/// A moment of the wall clock to the millisecond, in UTC.
///
/// # Errors
/// When it can't be written.
pub fn as_milli<S: Serializer>(at: &Option<Timestamp>, to: S) -> Result<S::Ok, S::Error> {
    at.map(date::to_milli).serialize(to)
}

/// A list that may be null.
pub(super) fn list<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<f64>, D::Error> {
    Ok(Option::deserialize(from)?.unwrap_or_default())
}

/// What nothing is worked out from: where the file has something else in its place, it is absent.
pub(super) fn readable<'de, D: Deserializer<'de>, T: DeserializeOwned + Default>(from: D) -> Result<T, D::Error> {
    Ok(T::deserialize(Value::deserialize(from)?).unwrap_or_default())
}

/// A list of which only the length matters: each entry is there, whatever it holds.
pub(super) fn each_readable<'de, D, T>(from: D) -> Result<Vec<T>, D::Error>
where
    D: Deserializer<'de>,
    T: DeserializeOwned + Default,
{
    let entries: Vec<Value> = Vec::deserialize(from)?;
    Ok(entries.into_iter().map(|entry| T::deserialize(entry).unwrap_or_default()).collect())
}
