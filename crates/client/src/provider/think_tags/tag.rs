//! The tags that models put around their thinking, in the spellings seen in the wild.
//! Case doesn't matter, and a tag that chunks have cut is told from text that can't become one.

/// What opens thinking, and what closes it: the first of them to come.
pub(super) type TagSpelling = (&'static str, &'static [&'static str]);

const SPELLINGS: &[TagSpelling] = &[
    ("<think>", &["</think>"]),
    ("<thinking>", &["</thinking>"]),
    ("<thought>", &["</thought>"]),
    ("<thoughts>", &["</thoughts>"]),
    ("<inner_thoughts>", &["</inner_thoughts>"]),
    ("<chain_of_thought>", &["</chain_of_thought>"]),
    ("<reasoning>", &["</reasoning>"]),
    ("<analysis>", &["</analysis>"]),
    ("<reflection>", &["</reflection>"]),
    ("<scratchpad>", &["</scratchpad>"]),
    ("<seed:think>", &["</seed:think>"]),
    ("<mm:think>", &["</mm:think>"]),
    ("<longcat_think>", &["</longcat_think>"]),
    ("<|begin_of_thought|>", &["<|end_of_thought|>"]),
    ("<|start_thinking|>", &["<|end_thinking|>"]),
    ("<|think|>", &["<|/think|>"]),
    ("[think]", &["[/think]"]),
    ("◁think▷", &["◁/think▷"]),
    ("<|channel|>analysis<|message|>", HARMONY),
    ("<|start|>assistant<|channel|>analysis<|message|>", HARMONY),
    ("<|channel>thought", &["<channel|>"]),
    ("<unused94>thought", &["<unused95>"]),
];

/// gpt-oss without a parser in front of it.
const HARMONY: &[&str] = &["<|end|><|start|>assistant<|channel|>final<|message|>", "<|channel|>final<|message|>"];

/// How a text begins.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum TextBeginning {
    /// With text that is no tag.
    Text,
    /// Perhaps with a tag: all of the text is the beginning of one.
    Cut,
    /// With the tag that opens thinking, so many bytes long.
    Open(&'static [&'static str], usize),
    /// With a tag that closes thinking, so many bytes long.
    Close(usize),
}

/// Whether a tag can begin with this character.
pub(super) const fn begins_tag(letter: char) -> bool {
    matches!(letter, '<' | '[' | '◁')
}

/// Tells how `text` begins.
pub(super) fn beginning(text: &str) -> TextBeginning {
    if !text.starts_with(begins_tag) {
        return TextBeginning::Text;
    }
    let mut cut = false;
    for (open, closers) in SPELLINGS {
        if starts(text, open) {
            return TextBeginning::Open(closers, open.len());
        }
        if let Some(close) = closers.iter().find(|close| starts(text, close)) {
            return TextBeginning::Close(close.len());
        }
        cut = cut || starts(open, text) || closers.iter().any(|close| starts(close, text));
    }
    if cut { TextBeginning::Cut } else { TextBeginning::Text }
}

/// Where the first of `closers` is in `text`, as the bytes before and behind it.
pub(super) fn find(text: &str, closers: &[&str]) -> Option<(usize, usize)> {
    let places = text.match_indices(begins_tag).map(|(at, _)| at);
    places.filter_map(|at| text.get(at..).map(|rest| (at, rest))).find_map(|(at, rest)| {
        let close = closers.iter().find(|close| starts(rest, close))?;
        Some((at, at + close.len()))
    })
}

/// Where the end of `text` begins that may be a closer cut off.
pub(super) fn cut(text: &str, closers: &[&str]) -> Option<usize> {
    let places = text.match_indices(begins_tag).map(|(at, _)| at);
    places
        .filter_map(|at| text.get(at..).map(|rest| (at, rest)))
        .find_map(|(at, rest)| closers.iter().any(|close| starts(close, rest)).then_some(at))
}

fn starts(text: &str, with: &str) -> bool {
    text.as_bytes().get(..with.len()).is_some_and(|start| start.eq_ignore_ascii_case(with.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_spelling_is_known_whole_and_cut() {
        for (open, closers) in SPELLINGS {
            assert_eq!(beginning(&format!("{open}x")), TextBeginning::Open(closers, open.len()), "{open}");
            for close in *closers {
                assert_eq!(beginning(&format!("{close}x")), TextBeginning::Close(close.len()), "{close}");
                for (at, _) in close.char_indices().skip(1) {
                    assert_eq!(beginning(&close[..at]), TextBeginning::Cut, "{close} at {at}");
                }
            }
        }
        assert_eq!(beginning("<THINK>"), TextBeginning::Open(&["</think>"], 7));
    }

    #[test]
    fn other_text_is_decided_at_once() {
        for text in ["", "a", "<b", "<ta", "< ", "[1", "[]", "<!DOCTYPE", "</p", "◁x"] {
            assert_eq!(beginning(text), TextBeginning::Text, "{text}");
        }
    }
}
