//! Python's code as tokens: names, numbers, strings, signs, and the lines with their indentation.
//! The fields of f-strings are handed out as code of their own.

use super::Fault;
use super::literal;

/// How many brackets may be open at once; Python's own bound.
const BRACKETS_MAX: usize = 200;
/// How deep blocks may stand in each other; Python's own bound.
const INDENTS_MAX: usize = 100;

/// Words that can't be names.
const KEYWORDS: [&str; 35] = [
    "False", "None", "True", "and", "as", "assert", "async", "await", "break", "class", "continue", "def", "del",
    "elif", "else", "except", "finally", "for", "from", "global", "if", "import", "in", "is", "lambda", "nonlocal",
    "not", "or", "pass", "raise", "return", "try", "while", "with", "yield",
];

/// Signs, the longer ones first.
const SIGNS: [&str; 47] = [
    "**=", "//=", ">>=", "<<=", "...", "!=", "->", ":=", "+=", "-=", "*=", "/=", "%=", "@=", "&=", "|=", "^=", "==",
    "<=", ">=", "**", "//", "<<", ">>", "+", "-", "*", "/", "%", "@", "&", "|", "^", "~", "<", ">", "(", ")", "[", "]",
    "{", "}", ",", ":", ".", ";", "=",
];

/// What a token is, as far as its text doesn't say.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Kind {
    /// A name that is no keyword.
    Name,
    /// A keyword or a sign: its text is what it is.
    Sign,
    Number,
    String,
    Bytes,
    /// The end of a statement's line.
    Newline,
    Indent,
    Dedent,
    /// The end of the code.
    End,
}

/// A word, a sign or a border.
#[derive(Clone, Copy, Debug)]
pub(super) struct Token<'a> {
    pub(super) kind: Kind,
    pub(super) text: &'a str,
    /// From 1 within the code.
    pub(super) line: usize,
}

/// Code that stands in a field of an f-string.
#[derive(Clone, Copy, Debug)]
pub(super) struct Field<'a> {
    pub(super) code: &'a str,
    pub(super) line: usize,
}

/// Code in pieces.
#[derive(Default, Debug)]
pub(super) struct Tokens<'a> {
    pub(super) tokens: Vec<Token<'a>>,
    pub(super) fields: Vec<Field<'a>>,
}

/// How far a line is set in, with tabs up to the next eighth column and with tabs as one: the two must agree.
type Indent = (usize, usize);

struct Reader<'a> {
    rest: &'a str,
    line: usize,
    /// The open ones, with their lines.
    brackets: Vec<(char, usize)>,
    indents: Vec<Indent>,
    /// Whether a line begins here.
    fresh: bool,
    out: Tokens<'a>,
}

/// The tokens of whole code, which may be set in by `margin` columns.
pub(super) fn of_code(code: &str, margin: usize) -> Result<Tokens<'_>, Fault> {
    let first = code.lines().find(|line| !line.trim().is_empty()).unwrap_or("");
    let (indent, _) = indentation(first);
    let base = if indent.0 <= margin { indent } else { (0, 0) };
    let mut reader = Reader::new(code, 1);
    reader.indents = vec![base];
    reader.fresh = true;
    reader.read()?;
    if let Some((_, line)) = reader.brackets.pop() {
        return Err(Fault::Bracket(line));
    }
    if !matches!(reader.out.tokens.last(), None | Some(Token { kind: Kind::Newline, .. })) {
        reader.push(Kind::Newline, "\n");
    }
    for _ in 1..reader.indents.len() {
        reader.push(Kind::Dedent, "");
    }
    reader.push(Kind::End, "");
    Ok(reader.out)
}

/// The tokens of an f-string's field, where lines don't count.
pub(super) fn of_field(field: Field<'_>) -> Result<Tokens<'_>, Fault> {
    let mut reader = Reader::new(field.code, field.line);
    reader.brackets.push(('{', field.line));
    reader.read()?;
    if reader.brackets.len() != 1 {
        return Err(Fault::Bracket(reader.line));
    }
    reader.push(Kind::End, "");
    Ok(reader.out)
}

/// The indentation that `line` begins with, and what follows it.
fn indentation(line: &str) -> (Indent, &str) {
    let (mut wide, mut narrow, mut rest) = (0, 0, line);
    while let Some(letter) = rest.chars().next() {
        (wide, narrow) = match letter {
            ' ' => (wide + 1, narrow + 1),
            '\t' => (wide / 8 * 8 + 8, narrow + 1),
            '\u{c}' => (0, 0),
            _ => break,
        };
        rest = rest.get(1..).unwrap_or("");
    }
    ((wide, narrow), rest)
}

fn is_name(letter: char) -> bool {
    letter == '_' || letter.is_alphanumeric()
}

impl<'a> Reader<'a> {
    fn new(code: &'a str, line: usize) -> Self {
        let out = Tokens::default();
        Self { rest: code, line, brackets: Vec::new(), indents: Vec::new(), fresh: false, out }
    }

    fn push(&mut self, kind: Kind, text: &'a str) {
        self.out.tokens.push(Token { kind, text, line: self.line });
    }

    /// Takes `length` bytes off what is left.
    fn take(&mut self, length: usize) -> &'a str {
        let (taken, rest) = self.rest.split_at_checked(length).unwrap_or((self.rest, ""));
        self.rest = rest;
        taken
    }

    fn read(&mut self) -> Result<(), Fault> {
        loop {
            if self.fresh {
                self.begin_line()?;
            }
            let Some(letter) = self.rest.chars().next() else { return Ok(()) };
            match letter {
                '\n' => self.end_line(),
                ' ' | '\t' | '\u{c}' => _ = self.take(1),
                '#' => _ = self.take(self.rest.find('\n').unwrap_or(self.rest.len())),
                '\\' => self.go_on()?,
                _ => self.word(letter)?,
            }
        }
    }

    fn end_line(&mut self) {
        if self.brackets.is_empty() {
            self.push(Kind::Newline, "\n");
            self.fresh = true;
        }
        self.take(1);
        self.line += 1;
    }

    /// Reads a backslash, which joins two lines.
    fn go_on(&mut self) -> Result<(), Fault> {
        if !self.rest.starts_with("\\\n") || self.rest.len() == 2 {
            return Err(Fault::Letter(self.line));
        }
        self.take(2);
        self.line += 1;
        Ok(())
    }

    /// Skips lines without code and says where the next one stands.
    fn begin_line(&mut self) -> Result<(), Fault> {
        loop {
            let (indent, rest) = indentation(self.rest);
            if rest.starts_with(['\n', '#']) {
                self.rest = rest.find('\n').and_then(|end| rest.get(end + 1..)).unwrap_or("");
                self.line += 1;
                continue;
            }
            self.rest = rest;
            self.fresh = false;
            return if rest.is_empty() { Ok(()) } else { self.stand(indent) };
        }
    }

    fn stand(&mut self, indent: Indent) -> Result<(), Fault> {
        let fault = Fault::Indent(self.line);
        let agree = |a: Indent, b: Indent| a.0.cmp(&b.0) == a.1.cmp(&b.1);
        let current = self.indents.last().copied().unwrap_or_default();
        if !agree(indent, current) || self.indents.len() >= INDENTS_MAX {
            return Err(fault);
        }
        if indent > current {
            self.indents.push(indent);
            self.push(Kind::Indent, "");
        }
        while self.indents.last().is_some_and(|open| *open > indent) {
            self.indents.pop();
            self.push(Kind::Dedent, "");
        }
        if self.indents.last() == Some(&indent) { Ok(()) } else { Err(fault) }
    }

    fn word(&mut self, letter: char) -> Result<(), Fault> {
        if let Some(string) = literal::string(self.rest, self.line)? {
            let kind = if string.is_bytes { Kind::Bytes } else { Kind::String };
            let text = self.take(string.length);
            self.push(kind, text);
            self.line += text.matches('\n').count();
            self.out.fields.extend(string.fields);
        } else if letter.is_ascii_digit() || (letter == '.' && self.rest.get(1..).is_some_and(starts_with_digit)) {
            let length = literal::number(self.rest).ok_or(Fault::Letter(self.line))?;
            let text = self.take(length);
            self.push(Kind::Number, text);
        } else if is_name(letter) && !letter.is_numeric() {
            let length = self.rest.find(|letter| !is_name(letter)).unwrap_or(self.rest.len());
            let text = self.take(length);
            self.push(if KEYWORDS.contains(&text) { Kind::Sign } else { Kind::Name }, text);
        } else {
            let sign = SIGNS.into_iter().find(|sign| self.rest.starts_with(sign)).ok_or(Fault::Letter(self.line))?;
            self.bracket(letter)?;
            self.take(sign.len());
            self.push(Kind::Sign, sign);
        }
        Ok(())
    }

    fn bracket(&mut self, letter: char) -> Result<(), Fault> {
        let opening = match letter {
            '(' | '[' | '{' if self.brackets.len() < BRACKETS_MAX => {
                self.brackets.push((letter, self.line));
                return Ok(());
            }
            '(' | '[' | '{' => return Err(Fault::Depth(self.line)),
            ')' => '(',
            ']' => '[',
            '}' => '{',
            _ => return Ok(()),
        };
        let open = self.brackets.pop().map(|(open, _)| open);
        if open == Some(opening) { Ok(()) } else { Err(Fault::Bracket(self.line)) }
    }
}

fn starts_with_digit(text: &str) -> bool {
    text.starts_with(|letter: char| letter.is_ascii_digit())
}
