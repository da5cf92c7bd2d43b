//! Words of a file that stand for one of a few things: an unknown one is told with the nearest that exists.

use super::unknown::UnknownName;

/// Reads the words that stand for one of a few things.
pub(super) struct KeywordReader<'a> {
    pub(super) what: &'static str,
    pub(super) entry: &'a str,
    pub(super) problems: &'a mut Vec<String>,
}

impl KeywordReader<'_> {
    pub(super) fn read<T: Copy>(
        &mut self,
        slot: &mut T,
        what: &'static str,
        word: Option<String>,
        all: &[T],
        as_str: fn(T) -> &'static str,
    ) {
        let Some(word) = word else { return };
        if let Some(value) = all.iter().find(|value| as_str(**value) == word) {
            *slot = *value;
        } else {
            let unknown = UnknownName::new(what, &word, all.iter().map(|value| as_str(*value)), None);
            self.problems.push(format!("{} {}: {unknown}", self.what, self.entry));
        }
    }
}
