//! Whether an answer holds Python that could be read by Python: quotes, brackets, indentation and block headers.
//! It is no interpreter: what passes may still be wrong, but what fails can't run.

/// Words that begin a block; their line ends with a colon, or goes on behind it.
const HEADERS: [&str; 13] =
    ["def", "class", "if", "elif", "else", "for", "while", "try", "except", "finally", "with", "async", "match"];

/// Why a text can't be read as Python, with the line from 1 within the code.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Fault {
    /// There is no code in it.
    NoCode,
    /// A string has no end.
    OpenString(usize),
    /// A bracket that was opened isn't closed, or the other way round.
    Bracket(usize),
    /// A line stands where no block begins or ends.
    Indent(usize),
    /// A block's header has no colon.
    NoColon(usize),
}

/// The Python code of an answer: its longest fenced block, or everything where there is no fence.
#[must_use]
pub fn code(answer: &str) -> Option<&str> {
    let mut fenced =
        answer.split("```").skip(1).step_by(2).map(|block| block.split_once('\n').map_or("", |(_, code)| code));
    let longest = fenced.by_ref().max_by_key(|code| code.len());
    let code = longest.unwrap_or(answer);
    let is_code = |line: &str| line.trim_start().starts_with("def ") || line.trim_start().starts_with("class ");
    code.lines().any(is_code).then_some(code)
}

/// Reads the code of `answer`.
///
/// # Errors
/// The first thing that Python would refuse.
pub fn check(answer: &str) -> Result<(), Fault> {
    let code = code(answer).ok_or(Fault::NoCode)?;
    let mut indents = vec![0];
    let mut opened = false;
    for line in logical_lines(code)? {
        let current = indents.last().copied().unwrap_or(0);
        if opened != (line.indent > current) {
            return Err(Fault::Indent(line.number));
        }
        if line.indent > current {
            indents.push(line.indent);
        }
        while indents.last().is_some_and(|indent| *indent > line.indent) {
            indents.pop();
        }
        if indents.last() != Some(&line.indent) {
            return Err(Fault::Indent(line.number));
        }
        let is_header = HEADERS.contains(&line.first.as_str());
        if is_header && !line.has_colon && line.first != "match" {
            return Err(Fault::NoColon(line.number));
        }
        opened = line.ends_with_colon;
    }
    if opened { Err(Fault::Indent(code.lines().count())) } else { Ok(()) }
}

/// A statement, however many lines it takes.
struct Line {
    number: usize,
    indent: usize,
    first: String,
    has_colon: bool,
    ends_with_colon: bool,
}

/// What is being read.
#[derive(Default)]
struct Reader {
    lines: Vec<Line>,
    line: Option<Line>,
    /// The open ones, with their lines.
    brackets: Vec<(char, usize)>,
    indent: usize,
}

impl Reader {
    /// Takes in one letter of code that is neither in a string nor in a comment.
    fn letter(&mut self, letter: char, number: usize) -> Result<(), Fault> {
        if letter == '\n' {
            if self.brackets.is_empty() {
                self.lines.extend(self.line.take());
                self.indent = 0;
            }
            return Ok(());
        }
        if letter.is_whitespace() {
            if self.line.is_none() {
                self.indent += if letter == '\t' { 8 } else { 1 };
            }
            return Ok(());
        }
        let indent = self.indent;
        let fresh = || Line { number, indent, first: String::new(), has_colon: false, ends_with_colon: false };
        let line = self.line.get_or_insert_with(fresh);
        line.ends_with_colon = letter == ':' && self.brackets.is_empty();
        line.has_colon |= line.ends_with_colon;
        match letter {
            '(' | '[' | '{' => self.brackets.push((letter, number)),
            ')' | ']' | '}' => {
                let opening = match letter {
                    ')' => '(',
                    ']' => '[',
                    _ => '{',
                };
                if self.brackets.pop().map(|(open, _)| open) != Some(opening) {
                    return Err(Fault::Bracket(number));
                }
            }
            _ => {}
        }
        Ok(())
    }
}

/// The statements of `code` with their indentation.
fn logical_lines(code: &str) -> Result<Vec<Line>, Fault> {
    let mut reader = Reader::default();
    let mut number = 1;
    let mut rest = code;
    while let Some(letter) = rest.chars().next() {
        if letter == '#' {
            rest = rest.find('\n').and_then(|end| rest.get(end..)).unwrap_or("");
            continue;
        }
        if letter == '"' || letter == '\'' {
            let after = after_string(rest).ok_or(Fault::OpenString(number))?;
            reader.letter(letter, number)?;
            let length = rest.len() - after.len();
            number += rest.get(..length).map_or(0, |string| string.matches('\n').count());
            rest = after;
            continue;
        }
        if let Some(after) = rest.strip_prefix("\\\n") {
            (rest, number) = (after, number + 1);
            continue;
        }
        reader.letter(letter, number)?;
        let word = rest.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect::<String>();
        if let Some(line) = reader.line.as_mut().filter(|line| line.first.is_empty()) {
            line.first.clone_from(&word);
        }
        number += usize::from(letter == '\n');
        rest = rest.get(word.len().max(letter.len_utf8())..).unwrap_or("");
    }
    reader.letter('\n', number)?;
    match reader.brackets.pop() {
        Some((_, number)) => Err(Fault::Bracket(number)),
        None => Ok(reader.lines),
    }
}

/// What follows the string that `text` begins with; nothing when it has no end.
fn after_string(text: &str) -> Option<&str> {
    let quote = text.get(..1)?;
    let triple = quote.repeat(3);
    let (end, long) = if text.starts_with(&triple) { (triple.as_str(), true) } else { (quote, false) };
    let mut rest = text.get(end.len()..)?;
    loop {
        if let Some(after) = rest.strip_prefix(end) {
            return Some(after);
        }
        let mut letters = rest.chars();
        match letters.next()? {
            '\\' => _ = letters.next(),
            '\n' if !long => return None,
            _ => {}
        }
        rest = letters.as_str();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = "Here you are:\n```python\ndef factorial(n: int) -> int:\n    \"\"\"The \"product\" of 1..n.\n  It's plain.\"\"\"\n    # a comment: with ) and '\n    if n < 2: return 1\n    result = {'a': [1,\n  2]}\n    for k in range(2, n + 1):\n        result *= k \\\n  + 0\n\n    return result\n\nprint(factorial(5))\n```\nIt works, (mostly.";

    #[test]
    fn sound_code_passes() {
        assert_eq!(check(GOOD), Ok(()));
        assert_eq!(check("def f():\n\treturn 1\n"), Ok(()), "without a fence");
        assert_eq!(check("```\nclass A:\n    def f(self): pass\n    x = 'é\\''\n```"), Ok(()));
    }

    #[test]
    fn what_python_refuses_fails() {
        for (code, fault) in [
            ("No code here.", Fault::NoCode),
            ("def f():\n    return 'open\n", Fault::OpenString(2)),
            ("def f(:\n    return 1\n", Fault::Bracket(1)),
            ("def f():\n    return (1]\n", Fault::Bracket(2)),
            ("def f():\nreturn 1\n", Fault::Indent(2)),
            ("def f():\n    x = 1\n      y = 2\n", Fault::Indent(3)),
            ("def f():\n        x = 1\n    y = 2\n", Fault::Indent(3)),
            ("def f()\n    return 1\n", Fault::NoColon(1)),
            ("def f():\n    while True:\n", Fault::Indent(2)),
        ] {
            assert_eq!(check(code), Err(fault), "{code}");
        }
    }

    #[test]
    fn the_longest_block_is_the_code() {
        assert_eq!(code("```sh\npip install x\n```\n```python\ndef f():\n    pass\n```"), Some("def f():\n    pass\n"));
        assert_eq!(code("``` ```"), None);
    }
}
