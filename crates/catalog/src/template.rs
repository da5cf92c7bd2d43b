//! Texts with holes, such as `--prompt={prompt}`: what a command is asked is filled into them for each race.
//! A text is read from left to right once, so what fills a hole is never read for holes again.

/// What a hole stands for.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum TemplateField {
    /// The text of the prompt.
    Prompt,
    /// The path of a file that holds the prompt.
    PromptFile,
    /// The model id, as the engine knows it.
    Model,
    /// The cap on output tokens.
    MaxTokens,
    /// The sampling temperature of the request.
    Temperature,
    /// The sampling seed of the request.
    Seed,
}

impl TemplateField {
    /// All fields that a hole can stand for.
    pub const ALL: [Self; 6] =
        [Self::Prompt, Self::PromptFile, Self::Model, Self::MaxTokens, Self::Temperature, Self::Seed];

    /// The name between the braces.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Prompt => "prompt",
            Self::PromptFile => "prompt_file",
            Self::Model => "model",
            Self::MaxTokens => "max_tokens",
            Self::Temperature => "temperature",
            Self::Seed => "seed",
        }
    }

    /// Reads the name back.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|hole| hole.as_str() == name)
    }
}

/// A piece of a template.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum TemplatePart<'a> {
    /// Text that stays as it is.
    Text(&'a str),
    /// Something to be filled in.
    Hole(TemplateField),
    /// A name between braces that nothing has.
    Unknown(&'a str),
}

/// The parts of `template`. Braces that don't hold a single word are text, and `{{word}}` is the text `{word}`.
#[must_use]
pub fn parts(template: &str) -> Vec<TemplatePart<'_>> {
    let mut parts = Vec::new();
    let mut rest = template;
    while let Some(open) = rest.find('{') {
        let (before, from) = rest.split_at(open);
        let (part, after) = match (doubled(from), single(from)) {
            (Some((text, after)), _) => (TemplatePart::Text(text), after),
            (None, Some((name, after))) => {
                (TemplateField::parse(name).map_or(TemplatePart::Unknown(name), TemplatePart::Hole), after)
            }
            (None, None) => {
                from.split_at_checked(1).map_or((TemplatePart::Text(from), ""), |(a, b)| (TemplatePart::Text(a), b))
            }
        };
        parts.extend((!before.is_empty()).then_some(TemplatePart::Text(before)));
        parts.push(part);
        rest = after;
    }
    parts.extend((!rest.is_empty()).then_some(TemplatePart::Text(rest)));
    parts
}

/// `{word}` at the beginning of `text`: the word, and what follows.
fn single(text: &str) -> Option<(&str, &str)> {
    let (name, after) = text.strip_prefix('{')?.split_once('}')?;
    let word = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_');
    word.then_some((name, after))
}

/// `{{word}}` at the beginning of `text`: `{word}`, and what follows.
fn doubled(text: &str) -> Option<(&str, &str)> {
    let inner = text.strip_prefix('{')?;
    let (_, after) = single(inner)?;
    let literal = inner.get(..inner.len() - after.len())?;
    Some((literal, after.strip_prefix('}')?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_read_back() {
        for hole in TemplateField::ALL {
            assert_eq!(TemplateField::parse(hole.as_str()), Some(hole));
        }
    }

    #[test]
    fn only_single_words_between_braces_are_holes() {
        let prompt = TemplatePart::Hole(TemplateField::Prompt);
        for (template, expected) in [
            ("", &[] as &[TemplatePart<'_>]),
            ("-p", &[TemplatePart::Text("-p")]),
            ("--prompt={prompt}!", &[TemplatePart::Text("--prompt="), prompt, TemplatePart::Text("!")]),
            ("{prompt}{prompt}", &[prompt, prompt]),
            ("{promt}", &[TemplatePart::Unknown("promt")]),
            ("{{prompt}}", &[TemplatePart::Text("{prompt}")]),
            ("{{prompt}", &[TemplatePart::Text("{"), prompt]),
            ("{\"n\": 1}", &[TemplatePart::Text("{"), TemplatePart::Text("\"n\": 1}")]),
            (
                "${X} {",
                &[TemplatePart::Text("$"), TemplatePart::Text("{"), TemplatePart::Text("X} "), TemplatePart::Text("{")],
            ),
        ] {
            assert_eq!(parts(template), expected, "{template}");
        }
    }
}
