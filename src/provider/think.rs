//! Thinking that comes inside the answer: `<think>` at its start, `</think>` behind it, both cut anywhere by chunks.
//! Text is held back only as long as it may still be part of a tag.

use crate::race::event::Channel;

const OPEN: &str = "<think>";
const CLOSE: &str = "</think>";
/// White space before the tag is held back until the tag is decided, but no more than this many bytes of it.
const LEADING: usize = 64;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum State {
    /// Nothing but white space and perhaps part of the tag so far.
    Start,
    Inside,
    /// Behind the thinking, or there is none: tags mean nothing from here on.
    Answer,
}

/// Sorts the answer's text into thinking and answer.
#[derive(Debug)]
pub(super) struct Think {
    state: State,
    held: String,
}

impl Think {
    /// With `tags` off, all text is the answer as it stands.
    pub(super) const fn new(tags: bool) -> Self {
        Self { state: if tags { State::Start } else { State::Answer }, held: String::new() }
    }

    pub(super) fn feed(&mut self, text: &str, sink: &mut impl FnMut(Channel, &str)) {
        if self.held.is_empty() {
            self.sort(text, sink);
        } else {
            let mut joined = std::mem::take(&mut self.held);
            joined.push_str(text);
            self.sort(&joined, sink);
        }
    }

    /// No more text belongs to what is held back: hands it over as what it is.
    pub(super) fn flush(&mut self, sink: &mut impl FnMut(Channel, &str)) {
        let held = std::mem::take(&mut self.held);
        let channel = if self.state == State::Inside { Channel::Reasoning } else { Channel::Answer };
        emit(channel, &held, sink);
        // A tag that begins after other text is text.
        if self.state == State::Start && !held.is_empty() {
            self.state = State::Answer;
        }
    }

    fn sort(&mut self, text: &str, sink: &mut impl FnMut(Channel, &str)) {
        match self.state {
            State::Start => self.start(text, sink),
            State::Inside => self.inside(text, sink),
            State::Answer => emit(Channel::Answer, text, sink),
        }
    }

    fn start(&mut self, text: &str, sink: &mut impl FnMut(Channel, &str)) {
        let word = text.trim_start();
        let leading = text.len() - word.len();
        if let Some(rest) = word.strip_prefix(OPEN) {
            self.state = State::Inside;
            // The white space goes with the thinking: it must not pass for the answer's first character.
            emit(Channel::Reasoning, text.get(..leading).unwrap_or_default(), sink);
            self.inside(rest, sink);
        } else if OPEN.starts_with(word) && leading <= LEADING {
            text.clone_into(&mut self.held);
        } else {
            self.state = State::Answer;
            emit(Channel::Answer, text, sink);
        }
    }

    fn inside(&mut self, text: &str, sink: &mut impl FnMut(Channel, &str)) {
        if let Some((thinking, answer)) = text.split_once(CLOSE) {
            emit(Channel::Reasoning, thinking, sink);
            self.state = State::Answer;
            emit(Channel::Answer, answer, sink);
            return;
        }
        // Only the last `<` can begin a tag that is still open, since a tag has but one.
        let cut = text.rfind('<').filter(|at| text.get(*at..).is_some_and(|tail| CLOSE.starts_with(tail)));
        let (thinking, tail) = cut.and_then(|at| text.split_at_checked(at)).unwrap_or((text, ""));
        tail.clone_into(&mut self.held);
        emit(Channel::Reasoning, thinking, sink);
    }
}

fn emit(channel: Channel, text: &str, sink: &mut impl FnMut(Channel, &str)) {
    if !text.is_empty() {
        sink(channel, text);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn sorted<'a>(tags: bool, pieces: impl IntoIterator<Item = &'a str>) -> (String, String) {
        let (mut thinking, mut answer) = (String::new(), String::new());
        let mut think = Think::new(tags);
        let mut sink = |channel, text: &str| match channel {
            Channel::Reasoning => thinking.push_str(text),
            _ => answer.push_str(text),
        };
        for piece in pieces {
            think.feed(piece, &mut sink);
        }
        think.flush(&mut sink);
        (thinking, answer)
    }

    #[test]
    fn tags_part_thinking_from_the_answer() {
        for (text, thinking, answer) in [
            ("<think>a</think>b", "a", "b"),
            ("\n <think>\na < b\n</think>\n\nb", "\n \na < b\n", "\n\nb"),
            ("<think></think>b", "", "b"),
            ("<think>a</thinking></think>b<think>c</think>", "a</thinking>", "b<think>c</think>"),
            ("a<think>b</think>", "", "a<think>b</think>"),
            ("<thin ice", "", "<thin ice"),
            ("<think>never closed</thi", "never closed</thi", ""),
            ("<thi", "", "<thi"),
            ("  ", "", "  "),
            ("<think>ä</think>ö", "ä", "ö"),
        ] {
            let letters = text.char_indices().map(|(at, letter)| &text[at..at + letter.len_utf8()]);
            assert_eq!(sorted(true, letters), (thinking.to_owned(), answer.to_owned()), "{text}");
            assert_eq!(sorted(true, [text]), (thinking.to_owned(), answer.to_owned()), "{text}");
            assert_eq!(sorted(false, [text]), (String::new(), text.to_owned()));
        }
    }

    #[test]
    fn text_that_cannot_be_a_tag_is_not_held_back() {
        let mut think = Think::new(true);
        let mut seen = Vec::new();
        let mut feed = |text: &str| {
            seen.clear();
            think.feed(text, &mut |_, text| seen.push(text.to_owned()));
            seen.concat()
        };
        assert_eq!(feed("<th"), "");
        assert_eq!(feed("ink>a <"), "a ");
        assert_eq!(feed("b"), "<b");
        assert_eq!(feed("</think>c<"), "c<");
    }

    #[test]
    fn endless_white_space_is_not_held_back() {
        let (_, answer) = sorted(true, [" "; LEADING + 1].into_iter().chain(["<think>x"]));
        assert!(answer.ends_with("<think>x"));
    }

    proptest! {
        #[test]
        fn any_split_sorts_the_same(
            parts in prop::collection::vec(prop::sample::select(vec!["<think>", "</think>", "<", "/", ">", "a", " ", "</th", "ß"]), 0..20),
            size in 1_usize..5,
        ) {
            let text = parts.concat();
            let letters: Vec<char> = text.chars().collect();
            let pieces: Vec<String> = letters.chunks(size).map(|piece| piece.iter().collect()).collect();
            prop_assert_eq!(sorted(true, pieces.iter().map(String::as_str)), sorted(true, [text.as_str()]));
        }
    }
}
