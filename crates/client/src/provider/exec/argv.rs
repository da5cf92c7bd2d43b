//! A command's template filled in for one race: every hole gets its value, and no shell ever sees it.

use crate::provider::CompletionRequest;
use speed_kings_catalog::command::CommandSpec;
use speed_kings_catalog::template::{TemplateField, TemplatePart, parts};

/// What fills the holes.
pub(super) struct TemplateValues<'a> {
    pub(super) request: &'a CompletionRequest,
    /// The path of the file that holds the prompt.
    pub(super) prompt_file: Option<&'a str>,
}

impl TemplateValues<'_> {
    fn value(&self, hole: TemplateField) -> Option<String> {
        let request = self.request;
        match hole {
            TemplateField::Prompt => Some(request.prompt.clone()),
            TemplateField::PromptFile => self.prompt_file.map(str::to_owned),
            TemplateField::Model => Some(request.model.clone()),
            TemplateField::MaxTokens => request.max_tokens.map(|tokens| tokens.to_string()),
            TemplateField::Temperature => request.temperature.map(|temperature| temperature.to_string()),
            TemplateField::Seed => request.seed.map(|seed| seed.to_string()),
        }
    }

    /// `template` filled in; nothing when it has a hole that the race has no value for.
    pub(super) fn text(&self, template: &str) -> Option<String> {
        let fill = |part| match part {
            TemplatePart::Text(text) | TemplatePart::Unknown(text) => Some(text.to_owned()),
            TemplatePart::Hole(hole) => self.value(hole),
        };
        parts(template).into_iter().map(fill).collect()
    }

    /// The program and its arguments. An argument that can't be filled is left out, and with it the flag that it
    /// belonged to: without a seed, `--seed {seed}` is gone as a whole.
    pub(super) fn argv(&self, command: &CommandSpec) -> Vec<String> {
        let mut argv: Vec<String> = Vec::new();
        for template in &command.argv {
            if let Some(argument) = self.text(template) {
                argv.push(argument);
            } else if matches!(parts(template).as_slice(), [TemplatePart::Hole(_)]) {
                argv.pop_if(|before| before.starts_with('-'));
            }
        }
        argv
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn argv(line: &str, seed: Option<u64>) -> Vec<String> {
        let prompt = "why {seed} \"$(rm)\"?".to_owned();
        let request =
            CompletionRequest { model: "m".into(), prompt, max_tokens: Some(9), seed, ..CompletionRequest::default() };
        TemplateValues { request: &request, prompt_file: Some("/tmp/p") }.argv(&CommandSpec::split(line).unwrap())
    }

    #[test]
    fn holes_are_filled_once_and_never_by_a_shell() {
        assert_eq!(
            argv("engine {model}.gguf -p {prompt} -n{max_tokens} -f {prompt_file} {{seed}}", Some(7)),
            ["engine", "m.gguf", "-p", "why {seed} \"$(rm)\"?", "-n9", "-f", "/tmp/p", "{seed}"]
        );
    }

    #[test]
    fn what_has_no_value_goes_with_its_flag() {
        assert_eq!(argv("engine --seed {seed} x", Some(7)), ["engine", "--seed", "7", "x"]);
        assert_eq!(argv("engine --seed {seed} x", None), ["engine", "x"]);
        assert_eq!(argv("engine -v --seed={seed} x", None), ["engine", "-v", "x"]);
        assert_eq!(argv("engine sub {temperature}", None), ["engine", "sub"]);
    }
}
