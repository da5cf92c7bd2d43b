//! Texts with tags, without them and with half of them, in pieces of every size.
//! What is compared is what a lane would show in the end, whenever it came to know it.

use proptest::prelude::*;

use super::*;
use speed_kings_core::race::transcript::Transcript;

fn sorted<'a>(tags: bool, pieces: impl IntoIterator<Item = &'a str>) -> (String, String) {
    let mut think = ThinkSplitter::new(tags);
    let mut out = Vec::new();
    for piece in pieces {
        think.feed(piece, &mut out);
    }
    think.flush(&mut out);
    let mut transcript = Transcript::default();
    for event in &out {
        match event {
            EventKind::Text { channel, text } => transcript.push(*channel, text),
            _ => transcript.was_reasoning(),
        }
    }
    (transcript.of(TextChannel::Reasoning), transcript.of(TextChannel::Answer))
}

fn check(text: &str, thinking: &str, answer: &str) {
    let wanted = (thinking.to_owned(), answer.to_owned());
    let letters = text.char_indices().map(|(at, letter)| &text[at..at + letter.len_utf8()]);
    assert_eq!(sorted(true, letters), wanted, "by letter: {text}");
    assert_eq!(sorted(true, [text]), wanted, "{text}");
    for (at, _) in text.char_indices() {
        assert_eq!(sorted(true, [&text[..at], &text[at..]]), wanted, "at {at}: {text}");
    }
    assert_eq!(sorted(false, [text]), (String::new(), text.to_owned()));
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
        ("<Thinking>a</THINKING>b", "a", "b"),
        ("<thought>a</thought>b", "a", "b"),
        ("[THINK]a [b] [/THINK]c", "a [b] ", "c"),
        ("◁think▷a◁/think▷b", "a", "b"),
        ("<seed:think>a</seed:think>b", "a", "b"),
        ("<|begin_of_thought|>a<|end_of_thought|>b", "a", "b"),
        ("<|channel|>analysis<|message|>a<|end|><|start|>assistant<|channel|>final<|message|>b", "a", "b"),
        ("<|channel|>analysis<|message|>a<|channel|>final<|message|>b", "a", "b"),
    ] {
        check(text, thinking, answer);
    }
}

#[test]
fn a_tag_that_only_closes_makes_thinking_of_what_came_before() {
    for (text, thinking, answer) in [
        ("a\nb </think>\n\nc", "a\nb ", "\n\nc"),
        ("a</think>b", "a", "b"),
        ("</think>\n\nb", "", "\n\nb"),
        ("\n</think>b", "\n", "b"),
        ("a</think>", "a", ""),
        ("a</think>b</think>c", "a", "b</think>c"),
        ("a[/THINK]b", "a", "b"),
        ("a</thinking>b", "a", "b"),
        ("say \"b\"</think>b", "say \"b\"", "b"),
        ("```\n</p>\n```\nso</think>b", "```\n</p>\n```\nso", "b"),
        ("`a` and `b`.</think>c", "`a` and `b`.", "c"),
        ("it's `odd\nthen</think>c", "it's `odd\nthen", "c"),
    ] {
        check(text, thinking, answer);
    }
}

#[test]
fn a_tag_that_is_spoken_of_is_text() {
    for text in [
        "it ends with `</think>`, always",
        "it ends with ``</think>``, always",
        "```\na\n</think>\n```\nlike this",
        "  ```xml\n</think>",
        "the tag \"</think>\" ends it",
        "the tag '</think>' ends it",
        "the tag “</think>” ends it",
        "first <think>, then </think>.",
    ] {
        check(text, "", text);
    }
}

#[test]
fn an_answer_beside_a_field_of_thinking_has_no_unopened_tag() {
    let mut think = ThinkSplitter::new(true);
    let mut out = Vec::new();
    think.comes_apart();
    think.feed("\n</think>\n", &mut out);
    think.feed("a </think>", &mut out);
    let text = |channel, text: &str| EventKind::Text { channel, text: text.into() };
    let answer = |part| text(TextChannel::Answer, part);
    assert_eq!(out, [text(TextChannel::Reasoning, "\n"), answer("\n"), answer("a </think>")]);
}

#[test]
fn text_that_cannot_be_a_tag_is_not_held_back() {
    let mut think = ThinkSplitter::new(true);
    let mut feed = |text: &str| -> String {
        let mut out = Vec::new();
        think.feed(text, &mut out);
        let texts = out.iter().map(|event| if let EventKind::Text { text, .. } = event { text } else { "" });
        texts.collect()
    };
    assert_eq!(feed("<th"), "");
    assert_eq!(feed("ink>a <"), "a ");
    assert_eq!(feed("b"), "<b");
    assert_eq!(feed("</think>c<"), "c<");
    let mut think = ThinkSplitter::new(true);
    let mut out = Vec::new();
    for piece in ["<table>", " a", " <", "b [1] ", "x"] {
        think.feed(piece, &mut out);
    }
    assert_eq!(out.len(), 5);
}

#[test]
fn endless_white_space_is_not_held_back() {
    let (_, answer) = sorted(true, [" "; LEADING + 1].into_iter().chain(["<think>x"]));
    assert!(answer.ends_with("<think>x"));
}

proptest! {
    #[test]
    fn any_split_sorts_the_same(
        parts in prop::collection::vec(prop::sample::select(vec![
            "<think>", "</think>", "<", "/", ">", "a", " ", "</th", "ß", "`", "```", "\n", "\"", "[/THINK]", "◁", "<|channel|>",
        ]), 0..20),
        size in 1_usize..5,
    ) {
        let text = parts.concat();
        let letters: Vec<char> = text.chars().collect();
        let pieces: Vec<String> = letters.chunks(size).map(|piece| piece.iter().collect()).collect();
        prop_assert_eq!(sorted(true, pieces.iter().map(String::as_str)), sorted(true, [text.as_str()]));
    }
}
