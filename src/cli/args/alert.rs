//! The command for alerts as it is typed.

use std::str::FromStr;

use crate::catalog::command::CommandSpec;

/// A command for alerts: a program and its arguments, which no shell sees.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct AlertCommand {
    /// The program.
    pub program: String,
    /// Its arguments.
    pub arguments: Vec<String>,
}

impl FromStr for AlertCommand {
    type Err = String;

    /// Splits `line` as a shell would, and does nothing else that a shell does.
    fn from_str(line: &str) -> Result<Self, String> {
        let argv = CommandSpec::split(line).map(|spec| spec.argv).ok_or("a quote in it is not closed")?;
        let mut words = argv.into_iter();
        let program = words.next().filter(|program| !program.trim().is_empty()).ok_or("it names no program")?;
        Ok(Self { program, arguments: words.collect() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_split_and_no_shell_sees_it() {
        let command: AlertCommand = "notify --to 'the team' $(id) ;ls".parse().unwrap();
        assert_eq!(command.program, "notify");
        assert_eq!(command.arguments, ["--to", "the team", "$(id)", ";ls"]);
        assert_eq!("notify 'open".parse::<AlertCommand>(), Err("a quote in it is not closed".into()));
        assert_eq!(" ".parse::<AlertCommand>(), Err("it names no program".into()));
    }
}
