//! Code of an answer as rows: a bar on its left, and colours where the language is known.

use super::colours;
use super::row::{RowForm, RowWriter, TextLook, TextTone, WrappedLine};

/// What stands left of code.
pub(super) const MARGIN: &str = "│ ";

/// Adds the rows of `code` to `rows`. It stands at byte `start` of the transcript, and its first row and all others have
/// these margins.
pub(super) fn draw(
    rows: &mut Vec<WrappedLine>,
    form: RowForm,
    language: &str,
    code: &str,
    (start, (first, hang)): (usize, (String, String)),
) {
    let tones = colours::of(language, code);
    let mut tones = tones.iter().peekable();
    let mut begin = 0;
    for line in code.split_inclusive('\n') {
        let text = line.trim_end_matches(['\n', '\r']);
        let margin = if begin == 0 { &first } else { &hang };
        let mut writer = RowWriter::drawn(rows, form, start).with_margin(margin, &hang);
        let (mut at, end) = (begin, begin + text.len());
        while at < end {
            while tones.next_if(|(range, _)| range.end <= at).is_some() {}
            let (until, tone) = match tones.peek() {
                Some((range, tone)) if range.start <= at => (range.end.min(end), *tone),
                Some((range, _)) => (range.start.min(end), TextTone::Code),
                None => (end, TextTone::Code),
            };
            writer.push(code.get(at..until).unwrap_or_default(), start, TextLook::of(tone));
            at = until;
        }
        writer.finish();
        begin += line.len();
    }
}
