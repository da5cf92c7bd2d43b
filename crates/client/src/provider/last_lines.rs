//! The last lines that a program said, for the moment in which it fails: on one line, short, with keys masked.

use std::collections::VecDeque;

use super::excerpt::excerpt;

/// The last lines that are shown.
const SHOWN: usize = 3;
/// Characters of all that is shown.
const MAX_SHOWN: usize = 400;

/// The last lines of an output that were not empty.
#[derive(Clone, Debug, Default)]
pub struct LastLines(VecDeque<String>);

impl LastLines {
    /// Takes in one line.
    pub fn push(&mut self, line: &str) {
        if line.trim().is_empty() {
            return;
        }
        self.0.push_back(line.to_owned());
        if self.0.len() > SHOWN {
            self.0.pop_front();
        }
    }

    /// They on one line; nothing where nothing was said. The last one says most, and those before it come along where
    /// there is room.
    #[must_use]
    pub fn words(&self) -> Option<Box<str>> {
        let words = |count: usize| {
            let lines = self.0.iter().skip(self.0.len().saturating_sub(count));
            lines.map(|line| excerpt(line, MAX_SHOWN)).collect::<Vec<_>>().join(" | ")
        };
        let fitting = (1..=SHOWN).rev().map(words).find(|words| words.chars().count() <= MAX_SHOWN);
        fitting.or_else(|| Some(words(1))).filter(|words| !words.is_empty()).map(Into::into)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_lines_are_shown_where_they_fit() {
        let mut lines = LastLines::default();
        assert_eq!(lines.words(), None);
        for line in ["one", "two", "", "three", "  ", "four"] {
            lines.push(line);
        }
        assert_eq!(lines.words().as_deref(), Some("two | three | four"));
        lines.push(&"x".repeat(390));
        assert_eq!(lines.words().map(|words| words.len()), Some("four | ".len() + 390));
        lines.push(&format!("key sk-0123456789abcdef {}", "y ".repeat(400)));
        let words = lines.words().unwrap();
        assert!(!words.contains("0123456789") && words.chars().count() <= MAX_SHOWN + 1, "{words}");
    }
}
