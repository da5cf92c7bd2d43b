//! Whether an answer holds code that Python could read, by the grammar of Python that editors use (tree-sitter). That grammar
//! takes a little more than Python does, `print x` among it: what passes may still be wrong, but what fails can't run.

#[cfg(test)]
mod tests;

use tree_sitter::{Node, Parser, Tree};

/// What a line of code begins with that tells it from prose.
const SIGNS_OF_CODE: [&str; 6] = ["def ", "async def ", "class ", "import ", "from ", "@"];

/// Bytes of code that are looked at; an answer with more has failed to be one.
const LONGEST: usize = 1 << 20;

/// Why a text can't be read as Python.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum PythonFault {
    /// There is no code in it, or far too much.
    NoCode,
    /// The grammar has no place for what stands on this line, counted from 1 within the code.
    Syntax(usize),
}

/// The code of an answer.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct PythonCode<'a> {
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
/// The first thing that the grammar refuses.
pub fn check(answer: &str) -> Result<(), PythonFault> {
    let answer = answer.replace("\r\n", "\n").replace('\r', "\n");
    let code = found(&answer).filter(|code| code.text.len() <= LONGEST).ok_or(PythonFault::NoCode)?;
    let text = code.without_margin();
    let tree = parsed(&text).ok_or(PythonFault::NoCode)?;
    match first_error(&tree) {
        Some(row) => Err(PythonFault::Syntax(row + 1)),
        None => Ok(()),
    }
}

fn parsed(text: &str) -> Option<Tree> {
    let mut parser = Parser::new();
    parser.set_language(&tree_sitter_python::LANGUAGE.into()).ok()?;
    parser.parse(text, None)
}

/// The row of the first thing that Python would refuse, from 0.
fn first_error(tree: &Tree) -> Option<usize> {
    let mut cursor = tree.walk();
    let mut first: Option<usize> = None;
    loop {
        let node = cursor.node();
        if is_refused(node) {
            let row = node.start_position().row;
            first = Some(first.map_or(row, |first| first.min(row)));
        }
        if cursor.goto_first_child() {
            continue;
        }
        while !cursor.goto_next_sibling() {
            if !cursor.goto_parent() {
                // An error that no node stands for is somewhere in the tree.
                return first.or_else(|| cursor.node().has_error().then_some(0));
            }
        }
    }
}

/// Whether Python has no such node: the grammar is one of Python 2 as well, and takes blocks that are empty or uneven.
fn is_refused(node: Node<'_>) -> bool {
    match node.kind() {
        "print_statement" | "exec_statement" => true,
        "module" => column(node) != Some(0),
        "block" => column(node).is_none(),
        _ => node.is_error() || node.is_missing(),
    }
}

/// The column at which each line of a block begins; nothing where they differ, or where there is none.
fn column(block: Node<'_>) -> Option<usize> {
    let mut cursor = block.walk();
    let mut rows: Vec<(usize, usize)> = Vec::new();
    for statement in block.named_children(&mut cursor).filter(|child| child.kind() != "comment") {
        let start = statement.start_position();
        // A second one on the same line follows a semicolon.
        if rows.last().is_none_or(|(row, _)| *row != start.row) {
            rows.push((start.row, start.column));
        }
    }
    let (_, first) = *rows.first()?;
    rows.iter().all(|(_, column)| *column == first).then_some(first)
}

impl PythonCode<'_> {
    /// The code without the margin of its fence, as Markdown has it.
    fn without_margin(&self) -> String {
        let cut = |line: &str| {
            let spaces = line.len() - line.trim_start_matches([' ', '\t']).len();
            line.get(spaces.min(self.margin)..).unwrap_or_default().to_owned()
        };
        self.text.split_inclusive('\n').map(cut).collect()
    }
}

fn found(answer: &str) -> Option<PythonCode<'_>> {
    let longest = fenced(answer).into_iter().max_by_key(|code| code.text.len());
    let code = longest.unwrap_or(PythonCode { text: answer, margin: 0 });
    let is_code = |line: &str| SIGNS_OF_CODE.iter().any(|sign| line.trim_start().starts_with(sign));
    code.text.lines().any(is_code).then_some(code)
}

/// The fenced blocks of `answer`; the last one may have no end.
fn fenced(answer: &str) -> Vec<PythonCode<'_>> {
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
                blocks.extend(answer.get(start..place).map(|text| PythonCode { text, margin }));
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
        blocks.extend(answer.get(start..).map(|text| PythonCode { text, margin }));
    }
    blocks
}
