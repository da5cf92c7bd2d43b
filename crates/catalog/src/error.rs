//! What can be wrong with a catalogue file: its form, or what it says.
//! Both name the place and the next step, because the reader is a person with an editor open.

/// Why a catalogue could not be read.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum CatalogError {
    /// The text is not RON, or not of this form.
    #[error(
        "{origin}:{line}:{column}: {cause}\ncorrect that place; `speed-kings catalogue --default` shows every field with an example"
    )]
    Syntax {
        /// The path of the file, or `phases.ron` for the built-in one.
        origin: String,
        /// The line of the error, from 1.
        line: usize,
        /// Column from 1, in characters.
        column: usize,
        /// What the reader stumbled over.
        cause: String,
    },
    /// The form is right but the entries are not.
    #[error("{origin}: {} wrong:\n{}", count(problems), bullets(problems))]
    Invalid {
        /// The path of the file, or `phases.ron` for the built-in one.
        origin: String,
        /// Every problem, each naming its entry: `phase B2: contestant 'sambnova' is not a provider; …`.
        problems: Vec<String>,
    },
}

fn count(problems: &[String]) -> String {
    match problems.len() {
        1 => "one entry is".to_owned(),
        n => format!("{n} things are"),
    }
}

fn bullets(problems: &[String]) -> String {
    problems.iter().map(|problem| format!("  - {problem}")).collect::<Vec<_>>().join("\n")
}
