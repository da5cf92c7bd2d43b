//! The command that measures an offer again as it was measured: the same model, prompt, cap and reasoning.

use crate::findings::evidence::{ContestantFlags, QuestionKey};
use speed_kings_catalog::Catalog;

/// What a prompt without a name is called in results.
const CUSTOM: &str = "custom";
/// A longer prompt is no part of a command that a person would copy.
const LONGEST_PROMPT: usize = 500;

/// The flags that ask an offer the same again.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct MeasureCommand {
    /// Who is asked for which model.
    contestant: Vec<String>,
    /// What is asked, and how; nothing where the prompt is not to be had from here.
    question: Option<Vec<String>>,
    /// What the contestant is called where a file is named after it.
    file: String,
}

impl MeasureCommand {
    pub(super) fn of(catalog: &Catalog, flags: &ContestantFlags, asked: &QuestionKey, by_sim: bool) -> Self {
        let mut contestant = vec!["--providers".to_owned(), flags.provider.clone()];
        if let Some(model) = &flags.model {
            contestant.extend(["--model".to_owned(), model.clone()]);
        }
        if by_sim {
            contestant.push("--sim".into());
        }
        let question = prompt(catalog, asked).map(|mut question| {
            question.extend(asked.max_tokens.into_iter().flat_map(|cap| ["--max-tokens".to_owned(), cap.to_string()]));
            question.extend(asked.no_reasoning.then(|| "--no-reasoning".to_owned()));
            question
        });
        let name = flags.provider.split('=').next().unwrap_or_default();
        let file = name.chars().map(|c| if c.is_ascii_alphanumeric() || c == '.' { c } else { '-' }).collect();
        Self { contestant, question, file }
    }

    /// Whether its address is one that results hold without the path at which its API begins, so that the usual one stands there.
    #[must_use]
    pub fn is_guessed(&self) -> bool {
        self.contestant.iter().any(|word| word.contains('=') && word.ends_with("/v1"))
    }

    /// A benchmark of so many runs; nothing where the prompt can't be named.
    #[must_use]
    pub fn benchmark(&self, runs: usize) -> Option<String> {
        let question = self.question.as_ref()?;
        let flags: Vec<String> = self.contestant.iter().chain(question).map(|word| quoted(word)).collect();
        Some(format!("speed-kings benchmark {} -i {runs}", flags.join(" ")))
    }

    /// A watch of so many rounds. Whether somebody answers rests on no certain prompt.
    #[must_use]
    pub fn watch(&self, rounds: usize) -> String {
        let flags: Vec<String> = self.contestant.iter().map(|word| quoted(word)).collect();
        format!("speed-kings watch {} --rounds {rounds} --log results/{}.jsonl", flags.join(" "), self.file)
    }
}

/// The prompt of `asked`: one of the catalogue that still is what it was, or words of somebody's own.
fn prompt(catalog: &Catalog, asked: &QuestionKey) -> Option<Vec<String>> {
    let same = |text: &str| asked.text.is_empty() || asked.text == text;
    if catalog.prompt(&asked.name).is_ok_and(|known| same(&known.text)) {
        return Some(vec!["-s".into(), asked.name.clone()]);
    }
    let plain = asked.text.chars().count() <= LONGEST_PROMPT && !asked.text.chars().any(char::is_control);
    (asked.name == CUSTOM && plain && !asked.text.is_empty()).then(|| vec!["--prompt".into(), asked.text.clone()])
}

/// `word` as a shell takes it.
fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./:=@+%".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', "'\\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_is_asked_again() {
        let catalog = Catalog::builtin().unwrap();
        let told = |provider: &str, model: Option<&str>, asked: &QuestionKey, simulated| {
            let flags = ContestantFlags { provider: provider.into(), model: model.map(str::to_owned) };
            MeasureCommand::of(&catalog, &flags, asked, simulated)
        };
        let text = |id: &str| catalog.prompt(id).unwrap().text.clone();
        let short =
            QuestionKey { name: "short".into(), text: text("short"), max_tokens: Some(150), no_reasoning: false };
        assert_eq!(
            told("groq", Some("gpt-oss-120b"), &short, true).benchmark(72).unwrap(),
            "speed-kings benchmark --providers groq --model gpt-oss-120b --sim -s short --max-tokens 150 -i 72"
        );
        let own =
            QuestionKey { name: "custom".into(), text: "Who's $first?".into(), max_tokens: None, no_reasoning: true };
        let up = told("up=127.0.0.1:18095/v1", None, &own, false);
        assert_eq!(
            up.benchmark(5).unwrap(),
            r"speed-kings benchmark --providers up=127.0.0.1:18095/v1 --prompt 'Who'\''s $first?' --no-reasoning -i 5"
        );
        assert!(up.is_guessed() && !told("groq", None, &own, false).is_guessed());
        assert_eq!(
            up.watch(9),
            "speed-kings watch --providers up=127.0.0.1:18095/v1 --rounds 9 --log results/up.jsonl"
        );
        // Another text under that name, and a file that nobody knows the place of.
        for asked in [QuestionKey { text: "other".into(), ..short }, QuestionKey { name: "notes.txt".into(), ..own }] {
            assert_eq!(told("groq", None, &asked, false).benchmark(5), None);
        }
    }
}
