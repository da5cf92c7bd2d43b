//! Answers that others are held against, out of a file of the user's own: a JSON list, or a JSON object on each line.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::Value;

use crate::cli::error::CliError;
use crate::input;
use crate::lab::protocol::ProtocolPrompt;

/// The largest file that is read, bytes.
const LARGEST: u64 = 16 * 1024 * 1024;

/// The answers in the file at `path`, by the id of their prompt.
///
/// # Errors
/// When it can't be read, has another form, or holds an answer to nothing that is asked.
pub(super) fn read(path: &Path, prompts: &[ProtocolPrompt]) -> Result<BTreeMap<String, String>, CliError> {
    let wrong = |why: String| CliError::failed(format!("the reference {}: {why}", path.display()));
    let text = input::read_text(path, LARGEST).map_err(|error| wrong(error.to_string()))?;
    let answers = answers(&text).map_err(&wrong)?;
    let known = |id: &String| prompts.iter().any(|prompt| prompt.id == *id);
    if let Some(stranger) = answers.keys().find(|id| !known(id)) {
        let ids: Vec<&str> = prompts.iter().map(|prompt| prompt.id.as_str()).collect();
        return Err(wrong(format!("unknown prompt '{stranger}': those that are asked are {}", ids.join(", "))));
    }
    if answers.is_empty() { Err(wrong("it holds no answer".into())) } else { Ok(answers) }
}

fn answers(text: &str) -> Result<BTreeMap<String, String>, String> {
    let entries: Vec<Value> = match serde_json::from_str(text) {
        Ok(Value::Array(entries)) => entries,
        Ok(one @ Value::Object(_)) => vec![one],
        _ => {
            let lines = (1..).zip(text.lines()).filter(|(_, line)| !line.trim().is_empty());
            let read = |(number, line)| {
                serde_json::from_str(line).map_err(|error| format!("line {number} is no JSON object: {error}"))
            };
            lines.map(read).collect::<Result<_, _>>()?
        }
    };
    let entry = |entry: &Value| {
        let field = |name: &str| entry.get(name).and_then(Value::as_str).map(str::to_owned);
        field("prompt").zip(field("text")).ok_or_else(|| {
            "expected {\"prompt\": ID, \"text\": ANSWER} for each answer, in a list or one on each line".to_owned()
        })
    };
    entries.iter().map(entry).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_come_as_a_list_or_line_by_line() {
        let expected: BTreeMap<String, String> =
            [("jugs", "Fill it."), ("greeting", "Hello")].map(|(id, text)| (id.into(), text.into())).into();
        for text in [
            r#"[{"prompt": "jugs", "text": "Fill it."}, {"prompt": "greeting", "text": "Hello", "model": "x"}]"#,
            "{\"prompt\": \"jugs\", \"text\": \"Fill it.\"}\n\n{\"prompt\": \"greeting\", \"text\": \"Hello\"}\n",
        ] {
            assert_eq!(answers(text).as_ref(), Ok(&expected), "{text}");
        }
        assert_eq!(answers(r#"{"prompt": "jugs", "text": "x"}"#).map(|all| all.len()), Ok(1));
        assert!(answers("hello").unwrap_err().contains("line 1 is no JSON object"));
        assert!(answers(r#"[{"prompt": "jugs"}]"#).unwrap_err().contains("expected"));
        assert_eq!(answers("").map(|all| all.len()), Ok(0));
    }
}
