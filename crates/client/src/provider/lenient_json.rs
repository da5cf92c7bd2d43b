//! Fields that are read when they have the expected type and skipped when they have another.
//! One field that a server got wrong must not cost the text beside it, and none of this builds a JSON tree.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

use serde::de::value::{MapAccessDeserializer, SeqAccessDeserializer};
use serde::de::{Deserialize, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::Value;

/// A text, borrowed from the event where it has no escapes; empty when the field is anything else.
#[derive(Debug, Default)]
pub(super) struct LenientText<'a>(Cow<'a, str>);

impl LenientText<'_> {
    /// The text, unless it is empty.
    pub(super) fn get(&self) -> Option<&str> {
        (!self.0.is_empty()).then_some(&*self.0)
    }
}

/// The content of a message.
#[derive(Debug, Default)]
pub(super) enum MessageContent<'a> {
    #[default]
    Nothing,
    Text(Cow<'a, str>),
    /// A list of typed parts, or one of them.
    Parts(Value),
}

/// An object, or nothing.
#[derive(Debug)]
pub(super) struct LenientObject<T>(pub(super) Option<T>);

impl<T> Default for LenientObject<T> {
    fn default() -> Self {
        Self(None)
    }
}

/// A list of objects; the field may also be absent.
#[derive(Debug)]
pub(super) struct LenientList<T>(pub(super) Option<Vec<LenientObject<T>>>);

impl<T> Default for LenientList<T> {
    fn default() -> Self {
        Self(None)
    }
}

/// Reads one JSON object.
pub(super) fn object<'a, T: Deserialize<'a>>(json: &'a str) -> Option<T> {
    serde_json::from_str::<LenientObject<T>>(json).ok()?.0
}

/// What a field does with each JSON type. By default it drains the value and stays empty.
pub(super) trait AcceptJson<'de>: Default {
    fn text(_: Cow<'de, str>) -> Self {
        Self::default()
    }

    fn list<A: SeqAccess<'de>>(mut list: A) -> Result<Self, A::Error> {
        while list.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Self::default())
    }

    fn object<A: MapAccess<'de>>(mut object: A) -> Result<Self, A::Error> {
        while object.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(Self::default())
    }
}

impl<'de: 'a, 'a> AcceptJson<'de> for LenientText<'a> {
    fn text(text: Cow<'de, str>) -> Self {
        Self(text)
    }
}

impl<'de: 'a, 'a> AcceptJson<'de> for MessageContent<'a> {
    fn text(text: Cow<'de, str>) -> Self {
        Self::Text(text)
    }

    fn list<A: SeqAccess<'de>>(list: A) -> Result<Self, A::Error> {
        Value::deserialize(SeqAccessDeserializer::new(list)).map(Self::Parts)
    }

    fn object<A: MapAccess<'de>>(object: A) -> Result<Self, A::Error> {
        Value::deserialize(MapAccessDeserializer::new(object)).map(Self::Parts)
    }
}

impl<'de, T: Deserialize<'de>> AcceptJson<'de> for LenientObject<T> {
    fn object<A: MapAccess<'de>>(object: A) -> Result<Self, A::Error> {
        T::deserialize(MapAccessDeserializer::new(object)).map(|value| Self(Some(value)))
    }
}

impl<'de, T: Deserialize<'de>> AcceptJson<'de> for LenientList<T> {
    fn list<A: SeqAccess<'de>>(mut list: A) -> Result<Self, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = list.next_element()? {
            items.push(item);
        }
        Ok(Self(Some(items)))
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for LenientText<'a> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_any(AnyVisitor::default())
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for MessageContent<'a> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_any(AnyVisitor::default())
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for LenientObject<T> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_any(AnyVisitor::default())
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for LenientList<T> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_any(AnyVisitor::default())
    }
}

/// A `T` that is made of whatever stands there.
pub(super) struct Accepted<T>(pub(super) T);

impl<'de, T: AcceptJson<'de>> Deserialize<'de> for Accepted<T> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_any(AnyVisitor::default()).map(Self)
    }
}

/// Accepts a JSON value of any type and makes a `T` of it.
struct AnyVisitor<T>(PhantomData<T>);

impl<T> Default for AnyVisitor<T> {
    fn default() -> Self {
        Self(PhantomData)
    }
}

impl<'de, T: AcceptJson<'de>> Visitor<'de> for AnyVisitor<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any JSON value")
    }

    fn visit_borrowed_str<E: Error>(self, text: &'de str) -> Result<T, E> {
        Ok(T::text(Cow::Borrowed(text)))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<T, E> {
        Ok(T::text(Cow::Owned(text.to_owned())))
    }

    fn visit_string<E: Error>(self, text: String) -> Result<T, E> {
        Ok(T::text(Cow::Owned(text)))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, list: A) -> Result<T, A::Error> {
        T::list(list)
    }

    fn visit_map<A: MapAccess<'de>>(self, object: A) -> Result<T, A::Error> {
        T::object(object)
    }

    fn visit_bool<E: Error>(self, _: bool) -> Result<T, E> {
        Ok(T::default())
    }

    fn visit_i64<E: Error>(self, _: i64) -> Result<T, E> {
        Ok(T::default())
    }

    fn visit_u64<E: Error>(self, _: u64) -> Result<T, E> {
        Ok(T::default())
    }

    fn visit_f64<E: Error>(self, _: f64) -> Result<T, E> {
        Ok(T::default())
    }

    fn visit_unit<E: Error>(self) -> Result<T, E> {
        Ok(T::default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(serde::Deserialize)]
    struct Pair<'a> {
        #[serde(borrow, default)]
        text: LenientText<'a>,
        #[serde(borrow, default)]
        inner: LenientObject<Inner<'a>>,
    }

    #[derive(serde::Deserialize)]
    struct Inner<'a> {
        #[serde(borrow, default)]
        text: LenientText<'a>,
    }

    #[test]
    fn a_wrong_type_costs_only_its_own_field() {
        for odd in ["null", "true", "-1", "7", "1.5", "[1,{}]", "{\"a\":[2]}", "\"\""] {
            let json = format!(r#"{{"text":{odd},"inner":{{"text":"kept"}}}}"#);
            let pair: Pair<'_> = object(&json).unwrap();
            assert_eq!((pair.text.get(), pair.inner.0.unwrap().text.get()), (None, Some("kept")), "{odd}");
        }
        let pair: Pair<'_> = object(r#"{"text":"kept","inner":"odd"}"#).unwrap();
        assert_eq!(pair.text.get(), Some("kept"));
    }

    #[test]
    fn text_without_escapes_is_borrowed() {
        let pair: Pair<'_> = object(r#"{"text":"plain","inner":{"text":"a\nb"}}"#).unwrap();
        assert!(matches!(pair.text.0, Cow::Borrowed("plain")));
        assert_eq!(pair.inner.0.unwrap().text.get(), Some("a\nb"));
    }

    #[test]
    fn only_objects_are_read() {
        for json in ["5", "null", "[]", "\"x\"", "{", "{} x"] {
            assert!(object::<Pair<'_>>(json).is_none(), "{json}");
        }
    }
}
