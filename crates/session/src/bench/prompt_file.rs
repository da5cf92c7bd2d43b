//! Files of prompts: lines of text, lines of JSON, and tables. What a line says wrong is told with the line.

use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde_json::Value;

use super::prompt_rows::{PromptRow, PromptTurn};
use speed_kings_core::text::without_bom;
use speed_kings_system::input::{self, LARGEST_PROMPT};

/// The most prompts of one set.
const MOST_ROWS: usize = 10_000;

/// Why a file is no set of prompts.
#[derive(Debug, thiserror::Error)]
pub enum PromptFileError {
    /// It can't be read.
    #[error("cannot read the prompts in {}: {source}", path.display())]
    Read {
        /// Path of the file that can't be read.
        path: PathBuf,
        /// Why it can't be read, as the system says.
        source: std::io::Error,
    },
    /// A line of it is no prompt.
    #[error("{}, {at}: {why}", path.display())]
    Row {
        /// Path of the file with the wrong line.
        path: PathBuf,
        /// Which line it is, or the whole.
        at: String,
        /// What is wrong with it, in words.
        why: String,
    },
}

/// Where something is wrong, and what.
type RowProblem = (String, String);

/// One line of JSON.
#[derive(Deserialize)]
#[serde(untagged)]
enum JsonRow {
    /// The text of the prompt alone.
    Text(String),
    /// A prompt with what belongs to it.
    Object(Box<RowFields>),
}

/// What a line of JSON, or a row of a table, can say.
#[derive(Default, Deserialize)]
#[serde(default)]
struct RowFields {
    id: Option<Value>,
    prompt: Option<String>,
    system: Option<String>,
    #[serde(alias = "conversations")]
    messages: Vec<RowMessage>,
    max_tokens: Option<u32>,
    expected: Option<String>,
    tags: Vec<String>,
}

/// One message of a line of JSON, under the names of chat APIs or those of shared conversations.
#[derive(Deserialize)]
struct RowMessage {
    #[serde(alias = "from")]
    role: String,
    #[serde(alias = "value")]
    content: String,
}

/// The prompts of the file at `path`, in its order: one a line in a `.txt`, one object or string a line in a `.jsonl`, one a row
/// below a header in a `.csv`.
///
/// # Errors
/// When it can't be read, or a line is no prompt.
pub fn read(path: &Path) -> Result<Vec<PromptRow>, PromptFileError> {
    let text = input::read_text(path, LARGEST_PROMPT)
        .map_err(|source| PromptFileError::Read { path: path.to_owned(), source })?;
    let wrong = |(at, why)| PromptFileError::Row { path: path.to_owned(), at, why };
    let rows = rows(path, &text).map_err(wrong)?;
    match rows.len() {
        0 => Err(wrong(("the whole".into(), "it holds no prompt".into()))),
        rows if rows > MOST_ROWS => {
            Err(wrong(("the whole".into(), format!("{rows} prompts are more than the {MOST_ROWS} that one set takes"))))
        }
        _ => Ok(rows),
    }
}

/// The prompts in `text`, by the ending of its `path`.
fn rows(path: &Path, text: &str) -> Result<Vec<PromptRow>, RowProblem> {
    let text = without_bom(text);
    match path.extension().and_then(|ending| ending.to_str()) {
        Some("txt") => Ok(lines(text)
            .map(|(number, line)| named(number, PromptRow { text: line.to_owned(), ..PromptRow::default() }))
            .collect()),
        Some("jsonl" | "ndjson") => lines(text).map(|(number, line)| json_row(number, line)).collect(),
        Some("csv") => table(text),
        _ => Err(("the whole".into(), "a set of prompts ends in .jsonl, .csv or .txt".into())),
    }
}

/// The lines that hold anything, numbered.
fn lines(text: &str) -> impl Iterator<Item = (usize, &str)> {
    (1..).zip(text.lines().map(str::trim)).filter(|(_, line)| !line.is_empty())
}

fn json_row(number: usize, line: &str) -> Result<PromptRow, RowProblem> {
    let at = || format!("line {number}");
    let row: JsonRow = serde_json::from_str(line).map_err(|_| {
        (at(), "expected a string, or an object with prompt or messages, and if you like id, system, max_tokens, expected and tags".to_owned())
    })?;
    match row {
        JsonRow::Text(text) => RowFields { prompt: Some(text), ..RowFields::default() }.row(number),
        JsonRow::Object(fields) => fields.row(number),
    }
    .map_err(|why| (at(), why))
}

impl RowFields {
    fn row(self, number: usize) -> Result<PromptRow, String> {
        let mut row = PromptRow {
            id: match self.id {
                Some(Value::String(id)) => id,
                Some(Value::Number(id)) => id.to_string(),
                _ => String::new(),
            },
            text: self.prompt.unwrap_or_default(),
            system: self.system,
            max_tokens: self.max_tokens,
            expected: self.expected.filter(|expected| !expected.trim().is_empty()),
            tags: self.tags,
            turns: Vec::new(),
        };
        if row.text.is_empty() {
            converse(&mut row, self.messages)?;
        } else if !self.messages.is_empty() {
            return Err("it has both prompt and messages: one of them is asked".into());
        }
        if row.text.trim().is_empty() {
            return Err("it has no prompt".into());
        }
        if row.max_tokens == Some(0) {
            return Err("max_tokens is 0: nothing could be answered".into());
        }
        Ok(named(number, row))
    }
}

/// Lays `messages` into `row`: those of the user are asked in turn, those of the assistant between them stand as they are.
fn converse(row: &mut PromptRow, messages: Vec<RowMessage>) -> Result<(), String> {
    let mut answer = None;
    for RowMessage { role, content } in messages {
        let begun = !row.text.is_empty();
        match role.as_str() {
            "system" if row.system.is_none() && !begun => row.system = Some(content),
            "user" | "human" | "assistant" | "gpt" if content.trim().is_empty() => {
                return Err(format!("a message of '{role}' is empty"));
            }
            "user" | "human" if !begun => row.text = content,
            "user" | "human" => row.turns.push(PromptTurn { answer: answer.take(), text: content }),
            "assistant" | "gpt" if begun && answer.is_none() => answer = Some(content),
            role => {
                return Err(format!(
                    "a message of '{role}' has no place there: a conversation is a system message or none, then messages of the \
                     user, each with one of the assistant behind it or none"
                ));
            }
        }
    }
    Ok(())
}

/// `row` with a name, by its place in the file where it has none.
fn named(number: usize, row: PromptRow) -> PromptRow {
    if row.id.trim().is_empty() { PromptRow { id: format!("row {number}"), ..row } } else { row }
}

/// A table with a header.
fn table(text: &str) -> Result<Vec<PromptRow>, RowProblem> {
    let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(text.as_bytes());
    let problem = |error: &csv::Error| {
        (error.position().map_or_else(|| "the whole".into(), |at| format!("line {}", at.line())), error.to_string())
    };
    let header = reader.headers().map_err(|error| problem(&error))?.clone();
    let column = |name: &str| header.iter().position(|title| title.trim().eq_ignore_ascii_case(name));
    let prompt = column("prompt").ok_or_else(|| {
        (
            "line 1".to_owned(),
            "expected a header with prompt, and if you like id, system, max_tokens, expected and tags".to_owned(),
        )
    })?;
    let (id, system, max_tokens) = (column("id"), column("system"), column("max_tokens"));
    let (expected, tags) = (column("expected"), column("tags"));
    let mut rows = Vec::new();
    for (number, record) in (1..).zip(reader.records()) {
        let record = record.map_err(|error| problem(&error))?;
        let at = || format!("line {}", record.position().map_or(0, csv::Position::line));
        let cell = |column: Option<usize>| {
            column.and_then(|column| record.get(column)).filter(|cell| !cell.trim().is_empty()).map(str::to_owned)
        };
        let cap = cell(max_tokens).map(|cap| cap.trim().parse::<u32>()).transpose();
        let fields = RowFields {
            id: cell(id).map(Value::String),
            prompt: cell(Some(prompt)),
            system: cell(system),
            max_tokens: cap.map_err(|_| (at(), "max_tokens is no whole number of tokens".to_owned()))?,
            expected: cell(expected),
            tags: cell(tags).map(|tags| tags.split(';').map(|tag| tag.trim().to_owned()).collect()).unwrap_or_default(),
            ..RowFields::default()
        };
        rows.push(fields.row(number).map_err(|why| (at(), why))?);
    }
    Ok(rows)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(name: &str, text: &str) -> Result<Vec<PromptRow>, RowProblem> {
        rows(Path::new(name), text)
    }

    #[test]
    fn every_form_says_the_same() {
        let wanted = vec![
            PromptRow {
                id: "sky".into(),
                text: "Why is the sky blue?".into(),
                system: Some("Be brief.".into()),
                max_tokens: Some(60),
                expected: Some("scatter".into()),
                tags: vec!["physics".into(), "short".into()],
                turns: Vec::new(),
            },
            PromptRow { id: "row 2".into(), text: "Say \"hi\", twice".into(), ..PromptRow::default() },
        ];
        let jsonl = concat!(
            r#"{"id":"sky","messages":[{"role":"system","content":"Be brief."},{"role":"user","content":"Why is the sky blue?"}],"#,
            r#""max_tokens":60,"expected":"scatter","tags":["physics","short"],"source":"passed over"}"#,
            "\r\n\"Say \\\"hi\\\", twice\"\n",
        );
        assert_eq!(read("a.jsonl", jsonl).unwrap(), wanted);
        let csv = "id,prompt,system,max_tokens,expected,tags\nsky,Why is the sky blue?,Be brief.,60,scatter,physics; short\n                   ,\"Say \"\"hi\"\", twice\"\n";
        assert_eq!(read("a.csv", csv).unwrap(), wanted);
        let txt = read("a.txt", "\u{feff}one\n\n  two \n").unwrap();
        let told: Vec<(&str, &str)> = txt.iter().map(|row| (row.id.as_str(), row.text.as_str())).collect();
        assert_eq!(told, [("row 1", "one"), ("row 3", "two")]);
    }

    #[test]
    fn a_conversation_is_asked_turn_by_turn() {
        let chat = concat!(
            r#"{"messages":[{"role":"system","content":"Be brief."},{"role":"user","content":"a"},{"role":"assistant","content":"b"},"#,
            r#"{"role":"user","content":"c"},{"role":"user","content":"d"},{"role":"assistant","content":"never asked"}]}"#,
        );
        let shared = r#"{"conversations":[{"from":"human","value":"a"},{"from":"gpt","value":"b"},{"from":"human","value":"c"}]}"#;
        let turn = |answer: Option<&str>, text: &str| PromptTurn { answer: answer.map(Into::into), text: text.into() };
        let row = &read("a.jsonl", chat).unwrap()[0];
        assert_eq!((row.system.as_deref(), row.text.as_str(), row.requests()), (Some("Be brief."), "a", 3));
        assert_eq!(row.turns, [turn(Some("b"), "c"), turn(None, "d")]);
        assert_eq!(read("a.jsonl", shared).unwrap()[0].turns, [turn(Some("b"), "c")]);
    }

    #[test]
    fn what_is_wrong_is_told_with_its_line() {
        for (name, text, at, why) in [
            ("a.jsonl", "{\"prompt\":\"x\"}\n{\"prompt\":\"\"}", "line 2", "it has no prompt"),
            ("a.jsonl", "{\"prompt\":5}", "line 1", "expected a string, or an object with prompt or messages"),
            ("a.jsonl", "nonsense", "line 1", "expected a string"),
            ("a.jsonl", "{\"prompt\":\"x\",\"max_tokens\":0}", "line 1", "max_tokens is 0"),
            (
                "a.jsonl",
                r#"{"messages":[{"role":"user","content":"a"},{"role":"assistant","content":"b"},{"role":"assistant","content":"c"}]}"#,
                "line 1",
                "a message of 'assistant' has no place",
            ),
            (
                "a.jsonl",
                r#"{"messages":[{"role":"assistant","content":"b"}]}"#,
                "line 1",
                "a message of 'assistant' has no",
            ),
            (
                "a.jsonl",
                r#"{"messages":[{"role":"user","content":"a"},{"role":"system","content":"b"}]}"#,
                "line 1",
                "a message of 'system' has no place",
            ),
            ("a.jsonl", r#"{"messages":[{"role":"user","content":" "}]}"#, "line 1", "a message of 'user' is empty"),
            (
                "a.jsonl",
                r#"{"prompt":"x","messages":[{"role":"user","content":"a"}]}"#,
                "line 1",
                "it has both prompt and",
            ),
            ("a.csv", "text,cap\nx,1", "line 1", "expected a header with prompt"),
            ("a.csv", "prompt,max_tokens\nx,1\ny,many", "line 3", "max_tokens is no whole number"),
            ("a.csv", "prompt,id\n,1", "line 2", "it has no prompt"),
            ("a.yaml", "x", "the whole", "ends in .jsonl, .csv or .txt"),
        ] {
            let (told_at, told) = read(name, text).unwrap_err();
            assert!(told_at == at && told.contains(why), "{text}: {told_at}: {told}");
        }
    }
}
