//! Whether an answer to the riddle of the two jugs arrives at the amount that was asked for.
//! The riddle said again is no arrival, states that no pouring leads to aren't either, and giving up undoes it all.

mod claim;
mod riddle;
mod states;

#[cfg(test)]
mod tests;

pub use self::riddle::JugRiddle;
use self::riddle::{compiled, found};

impl JugRiddle {
    /// Whether `answer` arrives at the goal and stands by it.
    #[must_use]
    pub fn reached(&self, answer: &str) -> bool {
        let plain = plain(answer);
        let told = states::told(&plain);
        let arrival = if told.len() < states::CHAIN_MIN {
            claim::last(self, &plain).max(states::lone(self, &told))
        } else {
            states::followed(self, &told).map(|end| end.max(claim::last(self, &plain).unwrap_or(0)))
        };
        let rest = arrival.and_then(|end| plain.get(end..));
        rest.is_some_and(|rest| !found(GIVEN_UP, rest))
    }
}

/// What takes back all that was said before.
const GIVEN_UP: &str = r"\b(g[ia]ve|giving) up\b|\bimpossible\b|\b(not possible|no solution)\b|\bunable to\b|\b(can't|cannot|can not) (be )?(do|done|measured?|solved?|reach|reached)\b|\b(don't|do not) know\b|\bi('m| am) (not sure|stuck)\b|\b(that|this|which)('s| is| was) (wrong|incorrect|not (right|correct)|a mistake)\b|\b(doesn't|didn't) work\b";

const NUMBERS: [&str; 13] =
    ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"];

/// `answer` in lower case and digits, without Markdown and LaTeX.
fn plain(answer: &str) -> String {
    let mut text = answer.to_lowercase().replace('’', "'");
    for (pattern, to) in [
        (r"\\boxed", " result: "),
        (r"\\(rightarrow|to|longrightarrow|implies)\b", " → "),
        (r"\\[a-z]+|\\[,;:! ]", " "),
        (r"\\([()\[\]])", " "),
        ("->|=>|⇒|➡|⟶", "→"),
        ("—|--+", ", "),
        ("[‑–−]", "-"),
        ("[*_`${}~\"“”]", ""),
        ("\u{a0}", " "),
    ] {
        text = replaced(pattern, &text, to);
    }
    for (value, word) in NUMBERS.iter().enumerate() {
        text = replaced(&format!(r"\b{word}\b"), &text, &value.to_string());
    }
    text
}

fn replaced(pattern: &str, text: &str, to: &str) -> String {
    compiled(pattern).map_or_else(|| text.to_owned(), |regex| regex.replace_all(text, to).into_owned())
}
