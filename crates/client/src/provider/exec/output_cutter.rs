//! Cuts the answer out of what a command prints: without its banner, its trailer and the line ends at its very end.
//! Both marks are plain texts, so that any split of the same output gives the same answer and hardly anything waits.

/// The most of a trailer that is kept, in bytes.
const MAX_TRAILER: usize = 64 * 1024;
/// The most line ends that are held back, in bytes.
const MAX_BREAKS: usize = 4 * 1024;

/// Cuts in pieces of any size.
#[derive(Debug)]
pub(super) struct OutputCutter {
    skip: String,
    until: String,
    place: OutputPlace,
    /// What can't be told apart yet.
    held: String,
}

/// Where in the output it is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum OutputPlace {
    Banner,
    Answer,
    Trailer,
}

impl OutputCutter {
    /// An empty mark is none.
    pub(super) const fn new(skip: String, until: String) -> Self {
        let place = if skip.is_empty() { OutputPlace::Answer } else { OutputPlace::Banner };
        Self { skip, until, place, held: String::new() }
    }

    /// The piece of the answer that `text` completes.
    pub(super) fn feed(&mut self, text: &str) -> String {
        self.held.push_str(text);
        if self.place == OutputPlace::Banner {
            let Some((_, after)) = self.held.split_once(&self.skip) else {
                let keep = beginning(&self.held, &self.skip);
                self.held.drain(..self.held.len() - keep);
                return String::new();
            };
            self.held = after.to_owned();
            self.place = OutputPlace::Answer;
        }
        match self.place {
            OutputPlace::Answer => self.answer(),
            OutputPlace::Banner | OutputPlace::Trailer => {
                self.bound_trailer();
                String::new()
            }
        }
    }

    fn answer(&mut self) -> String {
        let mark = if self.until.is_empty() { None } else { self.held.find(&self.until) };
        if let Some(at) = mark {
            let trailer = self.held.split_off(at);
            self.place = OutputPlace::Trailer;
            let answer = std::mem::replace(&mut self.held, trailer);
            self.bound_trailer();
            return without_breaks(&answer).to_owned();
        }
        let sure = self.held.len() - beginning(&self.held, &self.until);
        let solid = self.held.get(..sure).map_or(0, |text| without_breaks(text).len());
        // Endless line ends are an answer too.
        let ready = if sure - solid > MAX_BREAKS { sure } else { solid };
        let rest = self.held.split_off(ready);
        std::mem::replace(&mut self.held, rest)
    }

    /// Nothing more comes: the rest of the answer.
    pub(super) fn finish(&mut self) -> String {
        match self.place {
            OutputPlace::Answer => without_breaks(&std::mem::take(&mut self.held)).to_owned(),
            OutputPlace::Banner | OutputPlace::Trailer => String::new(),
        }
    }

    /// Whether the banner never ended.
    pub(super) fn in_banner(&self) -> bool {
        self.place == OutputPlace::Banner
    }

    /// What stood behind the answer.
    pub(super) fn trailer(&self) -> &str {
        if self.place == OutputPlace::Trailer { &self.held } else { "" }
    }

    fn bound_trailer(&mut self) {
        let fits = self.held.char_indices().map(|(at, letter)| at + letter.len_utf8());
        let end = fits.take_while(|end| *end <= MAX_TRAILER).last().unwrap_or(0);
        self.held.truncate(end);
    }
}

/// How many bytes at the end of `text` may be the beginning of `mark`.
fn beginning(text: &str, mark: &str) -> usize {
    let most = mark.len().saturating_sub(1);
    let starts = mark.char_indices().map(|(at, _)| at).filter(|at| (1..=most).contains(at)).rev();
    let held = |at: &usize| mark.get(..*at).is_some_and(|start| text.ends_with(start));
    starts.into_iter().find(held).unwrap_or(0)
}

fn without_breaks(text: &str) -> &str {
    text.trim_end_matches(['\n', '\r'])
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn cut<'a>(skip: &str, until: &str, pieces: impl IntoIterator<Item = &'a str>) -> (String, String) {
        let mut cut = OutputCutter::new(skip.into(), until.into());
        let mut text: String = pieces.into_iter().map(|piece| cut.feed(piece)).collect();
        text.push_str(&cut.finish());
        (text, cut.trailer().to_owned())
    }

    fn letters(text: &str) -> impl Iterator<Item = &str> {
        text.char_indices().map(|(at, letter)| &text[at..at + letter.len_utf8()])
    }

    #[test]
    fn the_answer_lies_between_the_marks() {
        for (skip, until, output, answer, trailer) in [
            ("", "", "a\nb\n", "a\nb", ""),
            ("> ", "", "loading > > a", "> a", ""),
            ("aab", "", "aaab!", "!", ""),
            ("> ", "", "no mark", "", ""),
            ("", "[end", "a [en b\n\n[end of text]\n9 tokens\n", "a [en b", "[end of text]\n9 tokens\n"),
            ("", "\n[", "ä\n [x\n[ 5 t/s ]", "ä\n [x", "\n[ 5 t/s ]"),
            ("s", "u", "s\n\n", "", ""),
            ("", "[end", "a\n[en", "a\n[en", ""),
        ] {
            let expected = (answer.to_owned(), trailer.to_owned());
            assert_eq!(cut(skip, until, [output]), expected, "{output}");
            assert_eq!(cut(skip, until, letters(output)), expected, "{output}, letter by letter");
        }
    }

    #[test]
    fn text_that_cannot_be_a_mark_does_not_wait() {
        let mut cut = OutputCutter::new(String::new(), "[end]".into());
        assert_eq!(cut.feed("one\n"), "one");
        assert_eq!(cut.feed("two ["), "\ntwo ");
        assert_eq!(cut.feed("x"), "[x");
    }

    proptest! {
        #[test]
        fn any_split_gives_the_same_answer(
            parts in prop::collection::vec(prop::sample::select(vec!["a", "\n", "ab", "b", "ä", "aab"]), 0..16),
            skip in prop::sample::select(vec!["", "a", "ab"]),
            until in prop::sample::select(vec!["", "b\n", "aab", "\n\n"]),
        ) {
            let output = parts.concat();
            prop_assert_eq!(cut(skip, until, letters(&output)), cut(skip, until, [output.as_str()]));
        }
    }
}
