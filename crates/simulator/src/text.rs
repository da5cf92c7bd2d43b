//! The text that a simulated contestant writes: racing and inference, original, deterministic, split into tokens.
//! It has Markdown, accents, CJK and an emoji on purpose: what is hard to lay out is what people should see laid out.

use fastrand::Rng;

/// Words with more characters than this become two tokens, which brings the mean to about four bytes a token:
/// the estimate that a client makes before it is told the count.
const LONG_WORD: usize = 5;

/// From here on a character is a token of its own: CJK and what lies beyond it.
const WIDE_FROM: char = '\u{2e80}';

/// What the answers are made of; one block is one paragraph, list or code block.
const ANSWER: &[&str] = &[
    "Five red lights go out, and two requests leave the grid in the same millisecond. One of them will be read by a \
     chip as wide as a dinner plate, the other by a rack of smaller ones that share the work. From here on, only the \
     clock has an opinion.",
    "A language model answers in two acts. First it reads: the whole prompt goes through the network at once, and the \
     hardware that can multiply the most numbers wins. Then it writes, one token after another, and each token needs \
     every weight again. The second act is a race between memory and patience.",
    "**What the stopwatch sees**\n\n\
     1. The green light, when the request goes out\n\
     2. The first token, when the silence ends\n\
     3. The last token, when the car crosses the line\n\
     4. The gaps in between, where the smooth drivers are told from the quick ones",
    "Think of the time to first token as the launch, and of the output speed as the pace on the straight. A great \
     launch wins a short race. On a long answer the straight decides, and a car that was two seconds late can still \
     come home first.",
    "```rust\n\
     fn lap(tokens: u32, seconds: f64) -> f64 {\n    \
         f64::from(tokens) / seconds\n\
     }\n\n\
     assert!(lap(1_200, 0.6) > 1_999.0);\n\
     ```",
    "The pit wall in Spa keeps a small notebook. On its first page somebody wrote, in careful letters: *measure twice, \
     boast once*. Under it, in another hand, the same thing in Japanese — 計測は二回、自慢は一回 — and a little flag 🏁.",
    "Batching is the slipstream of this sport. A server that carries forty passengers at once burns less fuel for each \
     of them, yet nobody on board goes quite as fast as alone. Good engineers look for the point where the bus still \
     feels like a sports car.",
    "Some things that slow a lap down:\n\n\
     - a cold connection, which must shake hands three times before it may speak\n\
     - a long queue at the pit exit, invisible from the stands\n\
     - a prompt the size of a novel\n\
     - a router in the middle that is merely being helpful",
    "In Monza the old banking still stands among the trees, far too steep to walk on. Engineers bring their children \
     and say: that is what we used to do when we wanted more speed. Today we lower the precision of a number by four \
     bits instead, and the trees stay where they are.",
    "A fair race is harder than a fast one. Both drivers get the same words, the same limits and the same warm tyres, \
     and a fresh page so that no cache remembers yesterday's answer. When the result is closer than the noise, the \
     honest word for it is *draw*.",
    "Ask Zoë, the timekeeper at the Nürburgring café, and she will tell you that the fastest lap is rarely the loudest. \
     \u{201c}Listen for the rhythm,\u{201d} she says over her crème brûlée. \u{201c}Even steps carry further than big \
     ones.\u{201d}",
    "### The shape of speed\n\n\
     Speculative decoding sends a small scout ahead. It guesses the next few corners, the big car checks them all in \
     one glance, and every guess that holds is road already driven. When the scout is wrong, nothing is lost but a \
     little pride.",
    "| part of the track | who shines there |\n\
     |---|---|\n\
     | the launch | short queues, warm sockets |\n\
     | the straight | wide memory, close to the maths |\n\
     | the last corner | clean endings, exact counts |",
    "At night, when the stands are empty, the server room hums like a circuit after rain. A technician walks along the \
     racks, touches a warm panel and smiles. Somewhere in there a sentence is being finished, a few thousand times a \
     second, for somebody who has already begun to read it.",
];

/// What the thinking is made of.
const REASONING: &[&str] = &[
    "Let me see what is being asked here. There are two parts to it, and the second one depends on the first, so I \
     should settle the easy part before I touch the brakes.",
    "I could start from the definition, but an example would be clearer. Take a car that needs one second to get going \
     and then covers a hundred words in the next. Its average says nothing about how it felt to wait.",
    "Wait, is that right? If the first token arrives late but the rest comes quickly, the total still favours the \
     longer answer. Yes, that holds. I can keep it.",
    "Now let me check the numbers once more: tokens over seconds, the first chunk left out, the last one counted. Good.",
    "The reader probably wants a short answer first and the reasons after it. I will lead with the result, then give a \
     list, and close with something worth remembering.",
    "One more thought before I write. A comparison should name its conditions, or else it is only an opinion with a \
     decimal point. I will mention them.",
];

/// An endless run of tokens out of a handful of blocks, each pass in another order.
pub(super) struct TokenSource {
    blocks: Vec<Vec<Box<str>>>,
    /// Blocks of this pass that are still to come, last one first.
    order: Vec<usize>,
    /// Tokens of the current block that are still to come.
    current: std::vec::IntoIter<Box<str>>,
    started: bool,
    rng: Rng,
}

impl TokenSource {
    /// The answer's text: `own` when it has any token in it, ours otherwise.
    pub(super) fn answer(own: Option<&str>, seed: u64) -> Self {
        match own {
            Some(text) if split(text).next().is_some() => Self::of(&[text], seed),
            _ => Self::of(ANSWER, seed),
        }
    }

    /// The text of the thinking.
    pub(super) fn reasoning(seed: u64) -> Self {
        Self::of(REASONING, seed)
    }

    fn of(blocks: &[&str], seed: u64) -> Self {
        Self {
            blocks: blocks.iter().map(|block| split(block).map(Box::from).collect()).collect(),
            order: Vec::new(),
            current: Vec::new().into_iter(),
            started: false,
            rng: Rng::with_seed(seed),
        }
    }

    /// The next block, with the blank line before it inside its first token.
    fn next_block(&mut self) -> Option<Vec<Box<str>>> {
        if self.order.is_empty() {
            self.order = (0..self.blocks.len()).collect();
            self.rng.shuffle(&mut self.order);
        }
        let mut block = self.order.pop().and_then(|index| self.blocks.get(index)).cloned()?;
        if std::mem::replace(&mut self.started, true)
            && let Some(first) = block.first_mut()
        {
            *first = format!("\n\n{first}").into();
        }
        Some(block)
    }
}

impl Iterator for TokenSource {
    type Item = Box<str>;

    fn next(&mut self) -> Option<Box<str>> {
        loop {
            if let Some(token) = self.current.next() {
                return Some(token);
            }
            self.current = self.next_block()?.into_iter();
        }
    }
}

/// Splits `text` into tokens that join to it again: a word with the white space before it, a long word as two halves,
/// any other character alone.
pub(super) fn split(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        let (token, tail) = rest.split_at_checked(token_len(rest))?;
        rest = tail;
        (!token.is_empty()).then_some(token)
    })
}

/// Bytes in the first token of `text`.
fn token_len(text: &str) -> usize {
    let word = text.trim_start();
    let space = text.len() - word.len();
    let letters = word.chars().take_while(|c| c.is_alphanumeric() && *c < WIDE_FROM).count();
    let taken = match letters {
        0 => 1,
        // Only the front half: the back half is the next token, and halved again while it is long.
        long if long > LONG_WORD => long.div_ceil(2),
        short => short,
    };
    space + word.chars().take(taken).map(char::len_utf8).sum::<usize>()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_join_to_the_text_again() {
        for text in ANSWER.iter().chain(REASONING).chain(&["", " ", "a  b\n", "  計測 naïveté"]) {
            assert_eq!(split(text).collect::<String>(), *text);
        }
    }

    #[test]
    fn a_long_word_has_two_halves_and_a_wide_character_stands_alone() {
        assert_eq!(split("go faster, 計測").collect::<Vec<_>>(), ["go", " fas", "ter", ",", " 計", "測"]);
    }

    #[test]
    fn a_quarter_of_the_bytes_is_near_the_token_count() {
        for tokens in [TokenSource::answer(None, 1), TokenSource::reasoning(1)] {
            let bytes: usize = tokens.take(600).map(|token| token.len()).sum();
            assert!((2_280..2_520).contains(&bytes), "{bytes} bytes in 600 tokens");
        }
    }

    #[test]
    fn the_seed_chooses_the_order_and_nothing_else() {
        let text = |seed| TokenSource::answer(None, seed).take(300).collect::<String>();
        assert_eq!(text(1), text(1));
        assert_ne!(text(1), text(2));
    }

    #[test]
    fn a_text_of_ones_own_is_repeated_and_an_empty_one_is_passed_over() {
        assert_eq!(TokenSource::answer(Some("to and fro"), 1).take(5).collect::<String>(), "to and fro\n\nto and");
        assert_eq!(TokenSource::answer(Some(""), 1).take(9).count(), 9);
    }
}
