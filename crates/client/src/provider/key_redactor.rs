//! Takes a key out of a lane's texts, even when it comes a letter at a time.
//!
//! By hand because a key must also be found where the pieces of a stream cut it, before any piece is shown.
//! What could still become the key is held back until it is clear that it doesn't, or the lane is over.

use std::collections::HashMap;

use compact_str::CompactString;

use crate::provider::secret::{MASK, Secret};
use speed_kings_core::race::event::{EventKind, TextChannel};

/// How much of a key may have gone out before it is one, in bytes: providers' prefixes are public, and holding back
/// every text that ends as a key begins would delay ordinary words.
const START: usize = 8;

/// The redactor over one lane's key.
#[derive(Debug)]
pub struct KeyRedactor<'a> {
    key: &'a Secret,
    /// The channel that spoke last.
    channel: TextChannel,
    /// By channel: each is a text of its own, whatever comes between its pieces.
    threads: HashMap<TextChannel, ChannelThread>,
}

/// Where one channel's text stands.
#[derive(Clone, Debug, Default)]
struct ChannelThread {
    /// What of a possible key has gone out or was masked.
    shown: String,
    /// What is held back behind it.
    held: String,
}

impl<'a> KeyRedactor<'a> {
    /// A redactor over `key`.
    #[must_use]
    pub fn new(key: &'a Secret) -> Self {
        Self { key, channel: TextChannel::Answer, threads: HashMap::new() }
    }

    /// The text of the channel that speaks.
    fn thread(&mut self) -> &mut ChannelThread {
        let channel = self.channel;
        self.threads.entry(channel).or_default()
    }

    /// Puts what of `kind` may go out behind `out`, with what was held back ahead of it.
    pub fn pass(&mut self, kind: EventKind, out: &mut Vec<EventKind>) {
        match kind {
            EventKind::Text { channel, text } if !self.key.forms().is_empty() => {
                if channel != self.channel {
                    out.extend(self.release());
                    // A key that goes on in the other channel is one to whoever reads both.
                    let before = self.thread().clone();
                    self.channel = channel;
                    let thread = self.thread();
                    if thread.shown.is_empty() && thread.held.is_empty() {
                        *thread = before;
                    }
                }
                let (channel, key) = (self.channel, self.key);
                out.extend(self.thread().text(text, key).map(|text| EventKind::Text { channel, text }));
            }
            EventKind::WasReasoning
            | EventKind::Finish(_)
            | EventKind::Done
            | EventKind::Closed
            | EventKind::Failed(_) => {
                out.extend(self.release());
                out.push(kind);
            }
            kind => out.push(kind),
        }
    }

    /// Ends what is held back: a piece of a key is as good as masked, and so is what may yet follow it.
    fn release(&mut self) -> Option<EventKind> {
        let channel = self.channel;
        let ChannelThread { shown, held } = self.thread();
        shown.push_str(held);
        let any = !std::mem::take(held).is_empty();
        any.then(|| EventKind::Text { channel, text: MASK.into() })
    }
}

impl ChannelThread {
    fn text(&mut self, text: CompactString, key: &Secret) -> Option<CompactString> {
        let fresh = self.shown.is_empty() && self.held.is_empty();
        if fresh && !key.forms().may_touch(&text) {
            return Some(text);
        }
        let whole = format!("{}{}{text}", self.shown, self.held);
        let (mut out, mut from, mut searched) = (String::new(), self.shown.len(), 0);
        while let Some((at, length)) = whole.get(searched..).and_then(|rest| key.forms().first_in(rest)) {
            out += whole.get(from..searched + at).unwrap_or_default();
            out += MASK;
            from = searched + at + length;
            searched = from;
        }
        let beginning = key.forms().beginning_at_end(whole.get(searched..).unwrap_or_default());
        let begins = whole.len() - beginning;
        let until = if beginning < START { whole.len() } else { begins.max(from) };
        out += whole.get(from..until).unwrap_or_default();
        self.shown = whole.get(begins..until).unwrap_or_default().into();
        self.held = whole.get(until..).unwrap_or_default().into();
        (!out.is_empty()).then(|| out.into())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const KEY: &str = "csk-canary-csk-value";

    fn passed(redactor: &mut KeyRedactor<'_>, kind: EventKind) -> Vec<EventKind> {
        let mut out = Vec::new();
        redactor.pass(kind, &mut out);
        out
    }

    fn through(texts: &[&str]) -> String {
        let key = Secret::new(KEY).unwrap();
        let mut redactor = KeyRedactor::new(&key);
        let texts =
            texts.iter().map(|text| EventKind::Text { channel: TextChannel::Answer, text: (*text).to_owned().into() });
        let kinds: Vec<_> = texts.chain([EventKind::Closed]).flat_map(|kind| passed(&mut redactor, kind)).collect();
        assert_eq!(kinds.last(), Some(&EventKind::Closed));
        let text =
            |kind: &EventKind| if let EventKind::Text { text, .. } = kind { text.to_string() } else { String::new() };
        kinds.iter().map(text).collect()
    }

    #[test]
    fn a_key_in_pieces_is_taken_out() {
        assert_eq!(through(&["it is csk-canary-", "csk-value, I say"]), "it is [key], I say");
        assert_eq!(through(&["a csk-canary-csk-valuecsk-", "canary-csk-value b"]), "a [key]csk-[key] b");
        let letters: Vec<String> = KEY.chars().map(String::from).collect();
        let letters: Vec<&str> = letters.iter().map(String::as_str).collect();
        assert_eq!(through(&letters), "csk-can[key]");
        assert_eq!(through(&["cut off at csk-canary-cs"]), "cut off at [key]");
    }

    #[test]
    fn what_only_looks_like_a_key_comes_late_but_whole() {
        assert_eq!(through(&["keys begin with csk-canary", " birds"]), "keys begin with csk-canary birds");
        assert_eq!(through(&["ask", " csk", "!"]), "ask csk!");
    }

    #[test]
    fn a_key_with_other_events_between_its_pieces_is_taken_out() {
        let text = |channel, text: &str| EventKind::Text { channel, text: text.into() };
        let (answer, reasoning) = (TextChannel::Answer, TextChannel::Reasoning);
        let finish = || EventKind::Finish(speed_kings_core::race::event::FinishReason::Stop);
        for kinds in [
            vec![text(reasoning, "csk-canary-"), text(answer, "csk-value")],
            vec![text(answer, "csk-canary-"), finish(), text(answer, "csk-value")],
            vec![
                text(answer, "csk-canary-"),
                EventKind::KeepAlive,
                finish(),
                EventKind::Done,
                text(answer, "csk-value"),
            ],
            vec![text(answer, "csk-canary-"), text(reasoning, "well"), text(answer, "csk-value")],
            vec![text(answer, "csk-can"), text(reasoning, "well"), text(answer, "ary-csk-value")],
        ] {
            let key = Secret::new(KEY).unwrap();
            let mut redactor = KeyRedactor::new(&key);
            let out: Vec<_> = kinds.iter().cloned().flat_map(|kind| passed(&mut redactor, kind)).collect();
            let shown = format!("{out:?}");
            assert!(!shown.contains("value") && !shown.contains("canary"), "{kinds:?}: {shown}");
            assert_eq!(shown.contains("well"), format!("{kinds:?}").contains("well"), "{shown}");
        }
    }

    #[test]
    fn other_forms_of_the_key_are_taken_out_in_pieces_too() {
        let reversed: String = KEY.chars().rev().collect();
        for form in [reversed.as_str(), "Y3NrLWNhbmFyeS1jc2stdmFsdWU="] {
            let (head, tail) = form.split_at(11);
            let out = through(&["it is ", head, tail, ", I say"]);
            assert!(out.contains(MASK) && !out.contains(tail) && out.len() < 40, "{form}: {out}");
        }
    }

    proptest! {
        #[test]
        fn however_it_is_cut_no_key_comes_out(
            words in proptest::collection::vec("csk|-|canary|value|c|csk-canary-csk-value|ü", 0..30),
            cuts in proptest::collection::vec(1usize..7, 1..10),
        ) {
            let whole: Vec<char> = words.concat().chars().collect();
            let (mut pieces, mut at) = (Vec::new(), 0);
            for cut in cuts.iter().cycle() {
                if at >= whole.len() { break }
                pieces.push(whole[at..(at + cut).min(whole.len())].iter().collect::<String>());
                at += cut;
            }
            let pieces: Vec<&str> = pieces.iter().map(String::as_str).collect();
            let out = through(&pieces);
            prop_assert!(!out.contains(KEY), "{out}");
            if !words.concat().contains(KEY) && Secret::new(KEY).unwrap().forms().beginning_at_end(&words.concat()) < START {
                prop_assert_eq!(out, words.concat());
            }
        }
    }
}
