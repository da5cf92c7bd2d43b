//! Whether an answer holds Python that could be read by Python: its code is taken through the whole grammar of Python 3.13.
//! It is no interpreter: what passes may still be wrong, but what fails can't run.

mod collection;
mod compound;
mod expression;
mod literal;
mod parser;
mod pattern;
mod statement;
mod token;

#[cfg(test)]
mod tests;

use parser::Parser;

/// What a line of code begins with that tells it from prose.
const SIGNS_OF_CODE: [&str; 6] = ["def ", "async def ", "class ", "import ", "from ", "@"];

/// Why a text can't be read as Python, with the line from 1 within the code.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Fault {
    /// There is no code in it.
    NoCode,
    /// A string has no end.
    OpenString(usize),
    /// A letter, a number or an escape that Python doesn't have.
    Letter(usize),
    /// A bracket that was opened isn't closed, or the other way round.
    Bracket(usize),
    /// The field of an f-string doesn't end as it must.
    Field(usize),
    /// A line stands where no block begins or ends.
    Indent(usize),
    /// A block's header has no colon.
    NoColon(usize),
    /// Something stands where the grammar has no place for it.
    Grammar(usize),
    /// Brackets, blocks or expressions stand too deep in each other.
    Depth(usize),
}

/// The code of an answer.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Code<'a> {
    text: &'a str,
    /// How far the fence around it is set in.
    margin: usize,
}

/// The Python code of an answer: its longest fenced block, or everything where there is no fence.
#[must_use]
pub fn code(answer: &str) -> Option<&str> {
    found(answer).map(|code| code.text)
}

/// Reads the code of `answer`.
///
/// # Errors
/// The first thing that Python would refuse.
pub fn check(answer: &str) -> Result<(), Fault> {
    let answer = answer.replace("\r\n", "\n").replace('\r', "\n");
    let code = found(&answer).ok_or(Fault::NoCode)?;
    let whole = token::of_code(code.text, code.margin)?;
    Parser::new(&whole).module()?;
    let mut fields = whole.fields;
    while let Some(field) = fields.pop() {
        let inner = token::of_field(field)?;
        Parser::new(&inner).field()?;
        fields.extend(inner.fields);
    }
    Ok(())
}

fn found(answer: &str) -> Option<Code<'_>> {
    let longest = fenced(answer).into_iter().max_by_key(|code| code.text.len());
    let code = longest.unwrap_or(Code { text: answer, margin: 0 });
    let is_code = |line: &str| SIGNS_OF_CODE.iter().any(|sign| line.trim_start().starts_with(sign));
    code.text.lines().any(is_code).then_some(code)
}

/// The fenced blocks of `answer`; the last one may have no end.
fn fenced(answer: &str) -> Vec<Code<'_>> {
    let mut blocks = Vec::new();
    // How many backticks the open fence has, how far it is set in, and where its code begins.
    let mut open: Option<(usize, usize, usize)> = None;
    let mut place = 0;
    for line in answer.split_inclusive('\n') {
        let bare = line.trim();
        let ticks = bare.len() - bare.trim_start_matches('`').len();
        let after = place + line.len();
        match open {
            Some((opening, margin, start)) if ticks >= opening && ticks == bare.len() => {
                blocks.extend(answer.get(start..place).map(|text| Code { text, margin }));
                open = None;
            }
            None if ticks >= 3 && !bare.trim_start_matches('`').contains('`') => {
                open = Some((ticks, line.len() - line.trim_start().len(), after));
            }
            _ => {}
        }
        place = after;
    }
    if let Some((_, margin, start)) = open {
        blocks.extend(answer.get(start..).map(|text| Code { text, margin }));
    }
    blocks
}
