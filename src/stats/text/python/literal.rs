//! Python's numbers and strings: where each ends, and whether it is one at all.
//! An f-string is followed through its fields, which may hold strings with the same quotes; names of letters aren't looked up.

use super::Fault;
use super::token::Field;

/// How deep f-strings may stand in each other.
const NESTED_MAX: usize = 50;

/// Words that may follow a number without a space.
const AFTER_NUMBER: [&str; 8] = ["and", "else", "for", "if", "in", "is", "not", "or"];

/// A string with its prefix and quotes.
pub(super) struct Literal<'a> {
    pub(super) length: usize,
    pub(super) is_bytes: bool,
    pub(super) fields: Vec<Field<'a>>,
}

/// The string that `text` begins with; nothing where it begins with something else.
pub(super) fn string(text: &str, line: usize) -> Result<Option<Literal<'_>>, Fault> {
    let Some(mut scan) = Scan::of(text, line) else { return Ok(None) };
    let mut fields = Vec::new();
    scan.string(0, &mut fields)?;
    Ok(Some(Literal { length: text.len() - scan.rest.len(), is_bytes: scan.has('b'), fields }))
}

/// How long the number is that `text` begins with; nothing where Python wouldn't take it.
pub(super) fn number(text: &str) -> Option<usize> {
    let mut scan = Digits { rest: text };
    let radix = match text.get(..2).map(str::to_ascii_lowercase).as_deref() {
        Some("0x") => 16,
        Some("0o") => 8,
        Some("0b") => 2,
        _ => 10,
    };
    if radix == 10 {
        scan.decimal()?;
    } else {
        scan.rest = text.get(2..)?;
        scan.skip("_");
        scan.digits(radix)?;
    }
    let word = scan.rest.split(|letter: char| letter != '_' && !letter.is_alphanumeric()).next().unwrap_or("");
    let ends = word.is_empty() || AFTER_NUMBER.iter().any(|after| word.starts_with(after));
    ends.then(|| text.len() - scan.rest.len())
}

struct Digits<'a> {
    rest: &'a str,
}

impl Digits<'_> {
    fn skip(&mut self, any: &str) -> bool {
        let rest = self.rest.strip_prefix(|letter| any.contains(letter));
        self.rest = rest.unwrap_or(self.rest);
        rest.is_some()
    }

    /// Digits with single underscores between them.
    fn digits(&mut self, radix: u32) -> Option<()> {
        loop {
            let end = self.rest.find(|letter: char| !letter.is_digit(radix)).unwrap_or(self.rest.len());
            if end == 0 {
                return None;
            }
            self.rest = self.rest.get(end..)?;
            if !self.skip("_") {
                return Some(());
            }
        }
    }

    fn decimal(&mut self) -> Option<()> {
        let start = self.rest;
        let whole = !start.starts_with('.');
        if whole {
            self.digits(10)?;
        }
        let integer = start.get(..start.len() - self.rest.len())?;
        let mut is_integer = true;
        if self.skip(".") {
            is_integer = false;
            if self.rest.starts_with(|letter: char| letter.is_ascii_digit()) || !whole {
                self.digits(10)?;
            }
        }
        let before = self.rest;
        if self.skip("eE") {
            self.skip("+-");
            match self.digits(10) {
                Some(()) => is_integer = false,
                // The word `else` behind a number.
                None => self.rest = before,
            }
        }
        is_integer &= !self.skip("jJ");
        let is_zero = integer.chars().all(|letter| matches!(letter, '0' | '_'));
        (!is_integer || is_zero || !integer.starts_with('0')).then_some(())
    }
}

/// A string that is being followed.
struct Scan<'a> {
    /// Lower case: `rb`.
    prefix: String,
    quote: &'a str,
    rest: &'a str,
    line: usize,
    /// Where it began.
    start: usize,
}

impl<'a> Scan<'a> {
    /// Stands behind the opening quotes.
    fn of(text: &'a str, line: usize) -> Option<Self> {
        let start = text.char_indices().take(3).find(|(_, letter)| matches!(letter, '"' | '\''))?.0;
        let (prefix, rest) = text.split_at_checked(start)?;
        let prefix = prefix.to_ascii_lowercase();
        if !matches!(prefix.as_str(), "" | "r" | "u" | "b" | "f" | "rb" | "br" | "rf" | "fr") {
            return None;
        }
        let triple = rest.get(..3).filter(|quotes| matches!(*quotes, "\"\"\"" | "'''"));
        let quote = triple.or(rest.get(..1))?;
        Some(Self { prefix, quote, rest: rest.get(quote.len()..)?, line, start: line })
    }

    fn has(&self, prefix: char) -> bool {
        self.prefix.contains(prefix)
    }

    fn open(&self) -> Fault {
        Fault::OpenString(self.start)
    }

    fn next(&mut self) -> Result<char, Fault> {
        let mut letters = self.rest.chars();
        let letter = letters.next().ok_or(self.open())?;
        self.line += usize::from(letter == '\n');
        self.rest = letters.as_str();
        Ok(letter)
    }

    /// Goes on behind the closing quotes.
    fn string(&mut self, depth: usize, fields: &mut Vec<Field<'a>>) -> Result<(), Fault> {
        loop {
            if let Some(rest) = self.rest.strip_prefix(self.quote) {
                self.rest = rest;
                return Ok(());
            }
            self.letter(depth, false, fields)?;
        }
    }

    /// Takes in one letter of the string, or a field. `in_format` is whether it stands in a field's format, where
    /// braces are never doubled.
    fn letter(&mut self, depth: usize, in_format: bool, fields: &mut Vec<Field<'a>>) -> Result<(), Fault> {
        let has_fields = self.has('f');
        match self.next()? {
            '\n' if self.quote.len() == 1 => return Err(self.open()),
            // A brace behind it opens a field all the same.
            '\\' if self.has('r') && has_fields && self.rest.starts_with(['{', '}']) => {}
            '\\' if self.has('r') => _ = self.next()?,
            '\\' => self.escape()?,
            '{' if has_fields && !in_format && self.rest.starts_with('{') => _ = self.next()?,
            '{' if has_fields => self.field(depth + 1, fields)?,
            '}' if has_fields => {
                self.rest = self.rest.strip_prefix('}').ok_or(Fault::Field(self.line))?;
            }
            letter if self.has('b') && !letter.is_ascii() => return Err(Fault::Letter(self.line)),
            _ => {}
        }
        Ok(())
    }

    /// Reads what follows a backslash.
    fn escape(&mut self) -> Result<(), Fault> {
        let fault = Fault::Letter(self.line);
        let is_bytes = self.has('b');
        let length = match self.rest.chars().next() {
            Some('{' | '}') if self.has('f') => return Ok(()),
            Some('x') => 2,
            Some('u') if !is_bytes => 4,
            Some('U') if !is_bytes => 8,
            Some('N') if !is_bytes => {
                let name = self.rest.strip_prefix("N{").and_then(|rest| rest.split_once('}'));
                let (name, rest) = name.filter(|(name, _)| !name.is_empty() && !name.contains('\n')).ok_or(fault)?;
                let known = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, ' ' | '-' | '(' | ')');
                self.rest = rest;
                return if name.chars().all(known) { Ok(()) } else { Err(fault) };
            }
            _ => {
                let letter = self.next()?;
                return if is_bytes && !letter.is_ascii() { Err(fault) } else { Ok(()) };
            }
        };
        let digits = self.rest.get(1..=length).ok_or(fault)?;
        let hexadecimal = digits.chars().all(|digit| digit.is_ascii_hexdigit());
        let value = u32::from_str_radix(digits, 16).ok().filter(|value| hexadecimal && *value <= 0x0010_ffff);
        value.ok_or(fault)?;
        self.rest = self.rest.get(1 + length..).unwrap_or("");
        Ok(())
    }

    /// Reads a field from behind its opening brace: its code, its conversion, its format.
    fn field(&mut self, depth: usize, fields: &mut Vec<Field<'a>>) -> Result<(), Fault> {
        if depth > NESTED_MAX {
            return Err(Fault::Depth(self.line));
        }
        let (text, line) = (self.rest, self.line);
        let length = self.field_code(depth)?;
        let code = text.get(..length).unwrap_or("");
        fields.push(Field { code, line });
        if self.rest.starts_with('=') {
            self.next()?;
            self.rest = self.rest.trim_start_matches([' ', '\t']);
        }
        if self.rest.starts_with('!') {
            self.next()?;
            if !matches!(self.next()?, 'r' | 's' | 'a') {
                return Err(Fault::Field(self.line));
            }
            self.rest = self.rest.trim_start_matches([' ', '\t']);
        }
        match self.next()? {
            '}' => Ok(()),
            ':' => {
                while !self.rest.starts_with('}') {
                    if self.rest.starts_with(self.quote) {
                        return Err(Fault::Field(self.line));
                    }
                    self.letter(depth, true, fields)?;
                }
                self.next().map(|_| ())
            }
            _ => Err(Fault::Field(self.line)),
        }
    }

    /// How many bytes a field's code has; what follows it is `=`, `!`, `:` or `}`.
    fn field_code(&mut self, depth: usize) -> Result<usize, Fault> {
        let text = self.rest;
        let mut brackets = 0_usize;
        let mut in_name = false;
        loop {
            let string = if in_name { None } else { Scan::of(self.rest, self.line) };
            if let Some(mut inner) = string {
                inner.string(depth + 1, &mut Vec::new())?;
                (self.rest, self.line) = (inner.rest, inner.line);
                continue;
            }
            let two = self.rest.get(..2).unwrap_or("");
            if brackets == 0 && !matches!(two, "==" | "!=") && self.rest.starts_with(['=', '!', ':', '}']) {
                return Ok(text.len() - self.rest.len());
            }
            if matches!(two, "==" | "!=" | "<=" | ">=") {
                self.next()?;
            }
            let letter = self.next()?;
            match letter {
                '(' | '[' | '{' => brackets += 1,
                ')' | ']' | '}' => brackets = brackets.checked_sub(1).ok_or(Fault::Bracket(self.line))?,
                '#' => self.rest = self.rest.find('\n').and_then(|end| self.rest.get(end..)).unwrap_or(""),
                _ => {}
            }
            in_name = letter == '_' || letter.is_alphanumeric();
        }
    }
}
