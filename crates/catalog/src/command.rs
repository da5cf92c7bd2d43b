//! A contestant that is a command: what is run, how it is asked, and how its output is to be read.
//! It is a template, checked here and run elsewhere.

use std::collections::BTreeMap;

use regex_lite::Regex;

use super::template::{TemplateField, TemplatePart, parts};
use super::unknown::UnknownName;

/// Programs that take a script as an argument, where a hole would let the prompt be run as code.
const SHELLS: [&str; 10] = ["sh", "bash", "dash", "zsh", "ksh", "ash", "fish", "cmd", "powershell", "pwsh"];

/// Groups of a figure's pattern that count tokens.
const COUNTS: [&str; 5] = ["input", "cached", "output", "output_after_first", "reasoning"];
/// Groups that are times, each with its unit: `_s` or `_ms`.
const TIMES: [&str; 6] = ["queue", "load", "prompt", "completion", "total", "first_token"];
/// The group that is a speed in tokens per second.
const RATE: &str = "tok_s";

/// A command that streams text to its standard output.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct CommandSpec {
    /// The program and its arguments, with [holes](TemplateField). The prompt goes where `{prompt}` or `{prompt_file}` stands;
    /// without either it goes to standard input.
    pub argv: Vec<String>,
    /// The folder that it runs in; this program's own where none is given.
    pub dir: Option<String>,
    /// Added to its environment.
    pub env: BTreeMap<String, String>,
    /// What its output is.
    pub output: CommandOutput,
    /// Output up to and including the first occurrence of this text is a banner. It may have holes.
    pub skip: Option<String>,
    /// Output from the first occurrence of this text on is a trailer. It may have holes.
    pub until: Option<String>,
    /// Patterns that find the engine's own counts and times in its trailer and on standard error, line by line. The
    /// names of their groups say what they find: `(?<output>\d+) tokens in (?<completion_ms>[\d.]+) ms`.
    pub figures: Vec<String>,
}

/// What a command writes to its standard output.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub enum CommandOutput {
    /// The answer, as it is.
    #[default]
    Text,
    /// Lines of JSON: `{"text": …}`, and at the end `{"done": true, "finish": …, "usage": {…}, "timings": {…}}`.
    Jsonl,
}

impl CommandOutput {
    /// All forms of output.
    pub const ALL: [Self; 2] = [Self::Text, Self::Jsonl];

    /// The name in files.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Jsonl => "jsonl",
        }
    }
}

/// What a group of a figure's pattern finds.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum CommandFigure {
    /// A number of tokens; the name is one of the counts.
    Count(&'static str),
    /// A time; the factor makes seconds of it.
    Time(&'static str, f64),
    /// A speed in tokens per second.
    Rate,
}

impl CommandFigure {
    /// What the group of this name finds.
    #[must_use]
    pub fn parse(group: &str) -> Option<Self> {
        if group == RATE {
            return Some(Self::Rate);
        }
        if let Some(count) = COUNTS.into_iter().find(|count| *count == group) {
            return Some(Self::Count(count));
        }
        let (time, unit) = group.rsplit_once('_')?;
        let seconds = match unit {
            "s" => 1.0,
            "ms" => 1e-3,
            _ => return None,
        };
        TIMES.into_iter().find(|known| *known == time).map(|time| Self::Time(time, seconds))
    }
}

impl CommandSpec {
    /// The command of `line`, split into words as a shell would, but without one: nothing is expanded. `None` when a
    /// quote is not closed. A command that is told to write lines of JSON with `--jsonl` is taken to do so.
    #[must_use]
    pub fn split(line: &str) -> Option<Self> {
        let argv = shlex::split(line)?;
        let output = if argv.iter().any(|word| word == "--jsonl") { CommandOutput::Jsonl } else { CommandOutput::Text };
        Some(Self { argv, output, ..Self::default() })
    }

    /// The program's name without its folder.
    #[must_use]
    pub fn program(&self) -> &str {
        let program = self.argv.first().map_or("", String::as_str);
        let name = program.rsplit(|c| c == '/' || cfg!(windows) && c == '\\').next().unwrap_or(program);
        name.strip_suffix(".exe").unwrap_or(name)
    }

    /// Whether it has a place for `hole`.
    #[must_use]
    pub fn takes(&self, hole: TemplateField) -> bool {
        self.argv.iter().any(|argument| parts(argument).contains(&TemplatePart::Hole(hole)))
    }

    /// What is wrong with it, each problem as one line.
    #[must_use]
    pub fn problems(&self) -> Vec<String> {
        let mut problems = Vec::new();
        if self.program().trim().is_empty() {
            problems.push("its command names no program".into());
        }
        let marks = [("skip", &self.skip), ("until", &self.until)];
        let texts = self.argv.iter().chain(marks.iter().filter_map(|(_, mark)| mark.as_ref()));
        for name in texts.flat_map(|text| parts(text)).filter_map(|part| unknown(part)) {
            let unknown = UnknownName::new("placeholder", name, TemplateField::ALL.map(TemplateField::as_str), None);
            problems.push(format!("{unknown}; write {{{{{name}}}}} for the text {{{name}}}"));
        }
        if let Some(script) = self.script().filter(|script| parts(script).iter().any(is_hole)) {
            problems.push(format!(
                "a placeholder inside the script '{script}' would be run as code; hand it over as an argument: \
                 sh -c 'engine \"$1\"' sh {{prompt}}"
            ));
        }
        for (name, mark) in marks {
            if mark.as_deref() == Some("") {
                problems.push(format!("{name} is empty; leave it out"));
            }
            if mark.is_some() && self.output == CommandOutput::Jsonl {
                problems.push(format!("{name} is for text: lines of JSON need none"));
            }
        }
        if self.env.keys().any(|name| name.is_empty() || name.contains(['=', '\0'])) {
            problems.push("a name in its env is empty or holds a '='".into());
        }
        problems.extend(self.figures.iter().filter_map(|pattern| bad_figure(pattern)));
        problems
    }

    /// The script that it hands to a shell.
    fn script(&self) -> Option<&str> {
        if !SHELLS.contains(&self.program().to_ascii_lowercase().as_str()) {
            return None;
        }
        let is_flag = |word: &str| match word.strip_prefix('-') {
            Some(flags) => !flags.starts_with('-') && flags.to_ascii_lowercase().contains('c'),
            None => word.eq_ignore_ascii_case("/c"),
        };
        let flag = self.argv.iter().skip(1).position(|word| is_flag(word))?;
        self.argv.get(flag + 2).map(String::as_str)
    }
}

const fn unknown(part: TemplatePart<'_>) -> Option<&str> {
    if let TemplatePart::Unknown(name) = part { Some(name) } else { None }
}

const fn is_hole(part: &TemplatePart<'_>) -> bool {
    matches!(part, TemplatePart::Hole(_))
}

fn bad_figure(pattern: &str) -> Option<String> {
    let regex = match Regex::new(pattern) {
        Ok(regex) => regex,
        Err(error) => {
            return Some(format!("the pattern '{pattern}' of its figures is not a regular expression: {error}"));
        }
    };
    let mut groups = regex.capture_names().flatten().peekable();
    if groups.peek().is_none() {
        return Some(format!("the pattern '{pattern}' of its figures has no group such as (?<output>\\d+)"));
    }
    let odd = groups.find(|group| CommandFigure::parse(group).is_none())?;
    Some(format!(
        "the group '{odd}' of its figures is not one of {}, {RATE}, or {} with _s or _ms",
        COUNTS.join(", "),
        TIMES.join(", ")
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problems(line: &str) -> Vec<String> {
        CommandSpec::split(line).unwrap().problems()
    }

    #[test]
    fn a_line_is_split_as_a_shell_would() {
        let command = CommandSpec::split(r#"/opt/x/engine -p '{prompt}' "a b" --jsonl"#).unwrap();
        assert_eq!(command.argv, ["/opt/x/engine", "-p", "{prompt}", "a b", "--jsonl"]);
        assert_eq!((command.program(), command.output), ("engine", CommandOutput::Jsonl));
        assert!(command.takes(TemplateField::Prompt) && !command.takes(TemplateField::Seed));
        assert_eq!(CommandSpec::split("engine 'open"), None);
    }

    #[test]
    fn what_is_wrong_is_told() {
        for (line, problem) in [
            ("''", "names no program"),
            (
                "engine {promt}",
                "unknown placeholder 'promt'; did you mean prompt?; write {{promt}} for the text {promt}",
            ),
            ("sh -c 'engine {prompt}'", "would be run as code"),
            ("/bin/bash -ec 'engine {model}'", "would be run as code"),
        ] {
            let problems = problems(line);
            assert!(problems.len() == 1 && problems[0].contains(problem), "{line}: {problems:?}");
        }
        for fine in [
            "engine {prompt} -n {max_tokens}",
            "sh -c 'engine \"$1\"' sh {prompt}",
            "awk {{print}}",
            "sh run.sh {model}",
        ] {
            assert_eq!(problems(fine), Vec::<String>::new(), "{fine}");
        }
    }

    #[test]
    fn figures_are_named_by_their_groups() {
        assert_eq!(CommandFigure::parse("output"), Some(CommandFigure::Count("output")));
        assert_eq!(CommandFigure::parse("first_token_ms"), Some(CommandFigure::Time("first_token", 1e-3)));
        assert_eq!(CommandFigure::parse("tok_s"), Some(CommandFigure::Rate));
        for (pattern, problem) in [
            ("(", "is not a regular expression"),
            (r"\d+ tokens", "no group"),
            (r"(?<outputs>\d+)", "'outputs'"),
            ("(?<load>x)", "'load'"),
        ] {
            let command =
                CommandSpec { figures: vec![pattern.into()], argv: vec!["x".into()], ..CommandSpec::default() };
            let problems = command.problems();
            assert!(problems.len() == 1 && problems[0].contains(problem), "{pattern}: {problems:?}");
        }
    }
}
