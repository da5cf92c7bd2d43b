//! Prompts that a server remembers, as engines keep the state of those that they have read: what a new one has in common with one
//! before, from its beginning on, need not be read again.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Mutex;

use super::log::lock;

/// The most prompts that one server remembers; the oldest goes first.
const MOST: usize = 256;

/// The prompts of each server, which is named by its path.
#[derive(Debug, Default)]
pub(super) struct RememberedPrompts(Mutex<BTreeMap<String, VecDeque<String>>>);

impl RememberedPrompts {
    /// How many bytes `prompt` has in common with one that `server` has read, and remembers it from here on.
    pub(super) fn read(&self, server: &str, prompt: &str) -> usize {
        let mut servers = lock(&self.0);
        let known = servers.entry(server.to_owned()).or_default();
        let common = |known: &String| known.bytes().zip(prompt.bytes()).take_while(|(a, b)| a == b).count();
        let longest = known.iter().map(common).max().unwrap_or(0);
        if known.len() >= MOST {
            known.pop_front();
        }
        known.push_back(prompt.to_owned());
        longest
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_prompt_has_in_common_with_one_before_is_known_to_that_server_alone() {
        let prompts = RememberedPrompts::default();
        assert_eq!(prompts.read("a", "one two"), 0);
        assert_eq!((prompts.read("a", "one two three"), prompts.read("a", "one 2")), (7, 4));
        assert_eq!(prompts.read("b", "one two"), 0);
        (0..MOST).for_each(|number| assert!(prompts.read("a", &format!("#{number}")) < 7));
        assert_eq!(prompts.read("a", "one two"), 0, "it was forgotten");
    }
}
