//! The header's cut section: what is shown of the race and how, as JSON and back.
//! A section that is damaged is left out as a whole: half an edit is another edit.

use serde_json::{Value, json};

use super::object;
use crate::edit_list::{CutPiece, EditList, RaceChapter, ShownCaption};
use speed_kings_core::time::{Offset, Period};

/// The cut as JSON.
#[must_use]
pub fn write_cut(cut: &EditList) -> Value {
    let pieces: Vec<Value> =
        cut.pieces().iter().map(|piece| json!([piece.from.as_micros(), piece.to.as_micros(), piece.scale])).collect();
    let captions: Vec<Value> = cut.captions.iter().map(write_caption).collect();
    let chapters: Vec<Value> =
        cut.chapters.iter().map(|chapter| json!({"at_us": chapter.at.as_micros(), "name": chapter.name})).collect();
    object([
        ("pieces", Some(Value::Array(pieces))),
        ("hold_verdict_us", cut.hold_verdict.map(|hold| json!(hold.as_micros()))),
        ("title", cut.title.as_ref().map(|title| json!(title))),
        ("captions", (!captions.is_empty()).then_some(Value::Array(captions))),
        ("chapters", (!chapters.is_empty()).then_some(Value::Array(chapters))),
    ])
}

fn write_caption(caption: &ShownCaption) -> Value {
    object([
        ("from_us", Some(json!(caption.from.as_micros()))),
        ("to_us", (caption.to < Offset::LAST).then(|| json!(caption.to.as_micros()))),
        ("text", Some(json!(caption.text))),
    ])
}

/// The cut back.
///
/// # Errors
/// What is wrong with it, when it is damaged.
pub(super) fn read_cut(value: &Value) -> Result<EditList, &'static str> {
    let fields = value.as_object().ok_or("it is not an object")?;
    let list = |name: &str| fields.get(name).and_then(Value::as_array).into_iter().flatten();
    let pieces = fields.get("pieces").and_then(Value::as_array).ok_or("it has no pieces")?;
    let pieces: Option<Vec<CutPiece>> = pieces.iter().map(read_piece).collect();
    let captions: Option<Vec<ShownCaption>> = list("captions").map(read_caption).collect();
    let chapters: Option<Vec<RaceChapter>> = list("chapters").map(read_chapter).collect();
    let cut = EditList::of_pieces(pieces.ok_or("one of its pieces lacks from, to or speed")?);
    let mut cut = cut.ok_or("its pieces overlap, go back, have no length or run at no known speed")?;
    cut.hold_verdict = fields.get("hold_verdict_us").and_then(Value::as_u64).map(Period::from_micros);
    cut.title = fields.get("title").and_then(Value::as_str).map(str::to_owned);
    cut.captions = captions.ok_or("one of its captions lacks its time or its text")?;
    cut.chapters = chapters.ok_or("one of its chapters lacks its time or its name")?;
    cut.excess().map_or(Ok(cut), Err)
}

/// What is wrong with a cut section that was left out.
#[must_use]
pub fn cut_trouble(value: &Value) -> Option<&'static str> {
    read_cut(value).err()
}

fn micros(value: Option<&Value>) -> Option<Offset> {
    value.and_then(Value::as_i64).map(Offset::from_micros)
}

fn read_piece(value: &Value) -> Option<CutPiece> {
    let scale = value.get(2).and_then(Value::as_f64)?;
    Some(CutPiece { from: micros(value.get(0))?, to: micros(value.get(1))?, scale })
}

fn read_caption(value: &Value) -> Option<ShownCaption> {
    let to = value.get("to_us").map_or(Some(Offset::LAST), |to| micros(Some(to)))?;
    Some(ShownCaption { from: micros(value.get("from_us"))?, to, text: value.get("text")?.as_str()?.to_owned() })
}

fn read_chapter(value: &Value) -> Option<RaceChapter> {
    Some(RaceChapter { at: micros(value.get("at_us"))?, name: value.get("name")?.as_str()?.to_owned() })
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// A cut with everything in it.
    pub(crate) fn sample() -> EditList {
        let at = Offset::from_micros;
        let mut cut = EditList::whole(at(-1_000_000), at(2_000_000)).faster_between(at(0), at(1_000_000), 0.1);
        cut.hold_verdict = Some(Period::from_millis(2_500));
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
        let written = write_cut(&sample());
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
