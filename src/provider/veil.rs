//! Takes a key out of a lane's texts, even when it comes a letter at a time.
//! What could still become the key is held back until it is clear that it doesn't, or the lane is over.

use crate::provider::secret::{MASK, Secret};
use crate::race::event::{Channel, EventKind};

/// How much of a key may have gone out before it is one, in bytes: providers' prefixes are public, and holding back
/// every text that ends as a key begins would delay ordinary words.
const START: usize = 8;

/// The veil over one lane's key.
#[derive(Debug)]
pub(super) struct Veil<'a> {
    key: &'a Secret,
    channel: Channel,
    /// What has gone out of a possible key, less than [`START`] of it unless more came at once.
    shown: String,
    /// What is held back behind it.
    held: String,
}

impl<'a> Veil<'a> {
    pub(super) const fn new(key: &'a Secret) -> Self {
        Self { key, channel: Channel::Answer, shown: String::new(), held: String::new() }
    }

    /// What of `kind` may go out, with what was held back ahead of it.
    pub(super) fn pass(&mut self, kind: EventKind) -> [Option<EventKind>; 2] {
        match kind {
            EventKind::Text { channel, text } if self.key.is_looked_for() => {
                let held = if channel == self.channel { None } else { self.release() };
                self.channel = channel;
                [held, self.text(&text)]
            }
            EventKind::WasReasoning
            | EventKind::Finish(_)
            | EventKind::Done
            | EventKind::Closed
            | EventKind::Failed(_) => [self.release(), Some(kind)],
            kind => [None, Some(kind)],
        }
    }

    fn text(&mut self, text: &str) -> Option<EventKind> {
        let key = self.key.expose();
        let whole = format!("{}{}{text}", self.shown, self.held);
        let (mut out, mut from, mut searched) = (String::new(), self.shown.len(), 0);
        while let Some((before, after)) = whole.get(searched..).and_then(|rest| rest.split_once(key)) {
            out += before.get(from.saturating_sub(searched)..).unwrap_or_default();
            out += MASK;
            from = whole.len() - after.len();
            searched = from;
        }
        let beginning = beginning(whole.get(searched..).unwrap_or_default(), key);
        let begins = whole.len() - beginning;
        let until = if beginning < START { whole.len() } else { begins.max(from) };
        out += whole.get(from..until).unwrap_or_default();
        self.shown = whole.get(begins..until).unwrap_or_default().into();
        self.held = whole.get(until..).unwrap_or_default().into();
        (!out.is_empty()).then(|| EventKind::Text { channel: self.channel, text: out.into() })
    }

    /// Ends what is held back: a piece of a key is as good as masked.
    fn release(&mut self) -> Option<EventKind> {
        self.shown.clear();
        let held = std::mem::take(&mut self.held);
        (!held.is_empty()).then(|| EventKind::Text { channel: self.channel, text: MASK.into() })
    }
}

/// How many bytes at the end of `text` are the beginning of `key`, but not all of it.
fn beginning(text: &str, key: &str) -> usize {
    let ends = key.char_indices().map(|(end, _)| end).rev();
    ends.into_iter().find(|end| key.get(..*end).is_some_and(|start| text.ends_with(start))).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const KEY: &str = "csk-canary-csk-value";

    fn through(texts: &[&str]) -> String {
        let key = Secret::new(KEY).unwrap();
        let mut veil = Veil::new(&key);
        let texts =
            texts.iter().map(|text| EventKind::Text { channel: Channel::Answer, text: (*text).to_owned().into() });
        let kinds: Vec<_> = texts.chain([EventKind::Closed]).flat_map(|kind| veil.pass(kind)).flatten().collect();
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
    fn a_key_across_two_channels_is_two_texts() {
        let key = Secret::new(KEY).unwrap();
        let mut veil = Veil::new(&key);
        let text = |channel, text: &str| EventKind::Text { channel, text: text.into() };
        assert_eq!(veil.pass(text(Channel::Reasoning, "csk-canary-")), [None, None]);
        let [held, next] = veil.pass(text(Channel::Answer, "csk-value"));
        assert_eq!(held, Some(text(Channel::Reasoning, MASK)));
        assert_eq!(next, Some(text(Channel::Answer, "csk-value")));
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
            if !words.concat().contains(KEY) && beginning(&words.concat(), KEY) < START {
                prop_assert_eq!(out, words.concat());
            }
        }
    }
}
