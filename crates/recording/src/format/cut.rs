//! The header's cut section: what is shown of the race and how.
//! A section that is damaged is left out as a whole: half an edit is another edit.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;

use super::lenient::readable;
use crate::edit_list::{CutPiece, EditList, RaceChapter, ShownCaption};
use speed_kings_core::time::{Offset, Period};

/// The cut as a recording has it.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct CutFields {
    /// Words in the lower third, in race time.
    #[serde(default, skip_serializing_if = "Vec::is_empty", deserialize_with = "captions")]
    captions: Vec<CaptionFields>,
    /// Named places beside the marks that every race has.
    #[serde(default, skip_serializing_if = "Vec::is_empty", deserialize_with = "chapters")]
    chapters: Vec<ChapterFields>,
    /// How long the verdict stays, µs.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "readable")]
    hold_verdict_us: Option<u64>,
    /// How long the title before the race stays, µs.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "readable")]
    intro_us: Option<u64>,
    /// How long the title after the verdict stays, µs.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "readable")]
    outro_us: Option<u64>,
    /// The pieces in order and apart: from µs, to µs, and race seconds for each second of the picture.
    #[serde(deserialize_with = "pieces")]
    pieces: Vec<(i64, i64, f64)>,
    /// What the picture is called in place of the phase or the contestants.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "readable")]
    title: Option<String>,
}

/// Words over a part of the picture.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
struct CaptionFields {
    /// From when on they stand there, µs from the green light.
    from_us: i64,
    /// What they say, the text of whoever edited it.
    text: String,
    /// When they go, µs from the green light; left out when they stay to the end.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "told")]
    to_us: Option<i64>,
}

/// A named place in the race.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
struct ChapterFields {
    /// Where it begins, µs from the green light.
    at_us: i64,
    /// What it is called.
    name: String,
}

impl From<&EditList> for CutFields {
    fn from(cut: &EditList) -> Self {
        let micros = Offset::as_micros;
        Self {
            captions: cut.captions.iter().map(CaptionFields::from).collect(),
            chapters: cut.chapters.iter().map(ChapterFields::from).collect(),
            hold_verdict_us: cut.hold_verdict.map(Period::as_micros),
            intro_us: cut.intro.map(Period::as_micros),
            outro_us: cut.outro.map(Period::as_micros),
            pieces: cut.pieces().iter().map(|piece| (micros(piece.from), micros(piece.to), piece.scale)).collect(),
            title: cut.title.clone(),
        }
    }
}

impl From<&ShownCaption> for CaptionFields {
    fn from(caption: &ShownCaption) -> Self {
        let to_us = (caption.to < Offset::LAST).then(|| caption.to.as_micros());
        Self { from_us: caption.from.as_micros(), text: caption.text.clone(), to_us }
    }
}

impl From<&RaceChapter> for ChapterFields {
    fn from(chapter: &RaceChapter) -> Self {
        Self { at_us: chapter.at.as_micros(), name: chapter.name.clone() }
    }
}

impl From<CaptionFields> for ShownCaption {
    fn from(fields: CaptionFields) -> Self {
        let to = fields.to_us.map_or(Offset::LAST, Offset::from_micros);
        Self { from: Offset::from_micros(fields.from_us), to, text: fields.text }
    }
}

impl From<ChapterFields> for RaceChapter {
    fn from(fields: ChapterFields) -> Self {
        Self { at: Offset::from_micros(fields.at_us), name: fields.name }
    }
}

/// The cut back.
///
/// # Errors
/// What is wrong with it, when it is damaged.
pub(super) fn read_cut(value: &Value) -> Result<EditList, String> {
    let fields = value.as_object().ok_or("it is not an object")?;
    if !fields.get("pieces").is_some_and(Value::is_array) {
        return Err("it has no pieces".into());
    }
    let fields = CutFields::deserialize(value).map_err(|error| error.to_string())?;
    let at = Offset::from_micros;
    let pieces = fields.pieces.into_iter().map(|(from, to, scale)| CutPiece { from: at(from), to: at(to), scale });
    let mut cut = EditList::of_pieces(pieces.collect())
        .ok_or("its pieces overlap, go back, have no length or run at no known speed")?;
    cut.hold_verdict = fields.hold_verdict_us.map(Period::from_micros);
    cut.intro = fields.intro_us.map(Period::from_micros);
    cut.outro = fields.outro_us.map(Period::from_micros);
    cut.title = fields.title;
    cut.captions = fields.captions.into_iter().map(ShownCaption::from).collect();
    cut.chapters = fields.chapters.into_iter().map(RaceChapter::from).collect();
    cut.excess().map_or(Ok(cut), |excess| Err(excess.into()))
}

/// What is wrong with a cut section that was left out.
#[must_use]
pub fn cut_trouble(value: &Value) -> Option<String> {
    read_cut(value).err()
}

/// The pieces, each of which may hold more than this version knows.
fn pieces<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<(i64, i64, f64)>, D::Error> {
    let piece = |value: &Value| Some((value.get(0)?.as_i64()?, value.get(1)?.as_i64()?, value.get(2)?.as_f64()?));
    let pieces: Option<Vec<_>> = Vec::deserialize(from)?.iter().map(piece).collect();
    pieces.ok_or_else(|| serde::de::Error::custom("one of its pieces lacks from, to or speed"))
}

fn captions<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<CaptionFields>, D::Error> {
    whole(from, "one of its captions lacks its time or its text")
}

fn chapters<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<ChapterFields>, D::Error> {
    whole(from, "one of its chapters lacks its time or its name")
}

/// A list of objects, all of which must be sound; none where something else is in its place.
fn whole<'de, D: Deserializer<'de>, T: DeserializeOwned>(from: D, damage: &str) -> Result<Vec<T>, D::Error> {
    let Value::Array(items) = Value::deserialize(from)? else { return Ok(Vec::new()) };
    let one = |item: Value| if item.is_object() { T::deserialize(item).ok() } else { None };
    let items: Option<Vec<T>> = items.into_iter().map(one).collect();
    items.ok_or_else(|| serde::de::Error::custom(damage))
}

/// A moment that is there: null is none.
fn told<'de, D: Deserializer<'de>>(from: D) -> Result<Option<i64>, D::Error> {
    i64::deserialize(from).map(Some)
}

#[cfg(test)]
pub(crate) mod tests {
    use serde_json::json;

    use super::*;

    /// A cut with everything in it.
    pub(crate) fn sample() -> EditList {
        let at = Offset::from_micros;
        let mut cut = EditList::whole(at(-1_000_000), at(2_000_000)).faster_between(at(0), at(1_000_000), 0.1);
        cut.hold_verdict = Some(Period::from_millis(2_500));
        (cut.intro, cut.outro) = (Some(Period::from_millis(1_500)), Some(Period::from_millis(3_000)));
        cut.title = Some("The \"final\"\n🏁".into());
        cut.captions = vec![
            ShownCaption { from: at(-10), to: at(20), text: "lights".into() },
            ShownCaption { from: at(30), to: Offset::LAST, text: "to the end".into() },
        ];
        cut.chapters = vec![RaceChapter { at: at(5), name: "Bend".into() }];
        cut
    }

    #[test]
    fn a_cut_reads_back() {
        let written = json!(CutFields::from(&sample()));
        assert_eq!(read_cut(&written), Ok(sample()));
    }

    #[test]
    fn a_damaged_cut_is_refused() {
        for damage in [
            json!({}),
            json!({"pieces": [[0, 1]]}),
            json!({"pieces": [[2, 1, 1.0]]}),
            json!({"pieces": [[0, 1, 0.0]]}),
            json!({"pieces": [[0, 1, 1.0]], "captions": [{"from_us": 1}]}),
            json!({"pieces": [[0, 1, 1.0]], "chapters": [1]}),
        ] {
            assert!(read_cut(&damage).is_err(), "{damage}");
        }
    }
}
