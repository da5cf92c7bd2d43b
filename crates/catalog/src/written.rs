//! A catalogue written out as a file that reads back as the same: what is as usual is left out.

use ron::extensions::Extensions;
use ron::ser::PrettyConfig;
use serde::Serialize;

use super::check::jugs::JugRiddle;
use super::engine::{EngineOption, EngineSpec};
use super::file::{
    BatchEntry, CatalogFile, CheckEntry, ClaimEntry, EngineEntry, ExecEntry, GroupEntry, JugsEntry, ModelEntry,
    OfferEntry, OptionEntry, PhaseEntry, PriceEntry, ProfileEntry, PromptEntry, PromptSetEntry, ProviderEntry,
    QuestionEntry, ReferenceEntry, ServiceEntry,
};
use super::{
    AnswerCheck, Catalog, CatalogPrompt, CheckRule, Dialect, ModelOffer, Phase, Provider, Question, QuestionKind,
    ReferenceFigure, TokenLimit,
};
use crate::file::AskEntry;
use speed_kings_core::race::verdict::Metric;

impl Catalog {
    /// The text of a file that holds all of it, in RON or, if so wished, in JSON.
    ///
    /// # Errors
    /// Never for a catalogue that was read; what the writer says otherwise.
    pub fn written(&self, json: bool) -> Result<String, String> {
        let file = CatalogFile::from(self);
        if json {
            return serde_json::to_string_pretty(&file).map(|text| text + "\n").map_err(|error| error.to_string());
        }
        let form = PrettyConfig::new().extensions(Extensions::IMPLICIT_SOME).compact_arrays(false);
        let mut text = String::new();
        let mut writer = ron::ser::Serializer::new(&mut text, Some(form)).map_err(|error| error.to_string())?;
        file.serialize(&mut writer).map_err(|error| error.to_string())?;
        Ok(text + "\n")
    }
}

/// The text of an entry of a file for `provider`, in one line.
///
/// # Errors
/// Never for a provider that can be raced; what the writer says otherwise.
pub fn provider_entry(provider: &Provider) -> Result<String, String> {
    line(&ProviderEntry::from(provider))
}

/// The same for a model that has only a name.
///
/// # Errors
/// As for [`provider_entry`].
pub fn model_entry(id: &str, name: &str) -> Result<String, String> {
    let entry = ModelEntry { id: id.to_owned(), name: name.to_owned(), billions: None, reasoning: false };
    line(&entry)
}

fn line(entry: &impl Serialize) -> Result<String, String> {
    let form = PrettyConfig::new().compact_structs(true).compact_arrays(true).compact_maps(true);
    let options = ron::Options::default().with_default_extension(Extensions::IMPLICIT_SOME);
    options.to_string_pretty(entry, form).map_err(|error| error.to_string())
}

impl From<&Catalog> for CatalogFile {
    fn from(catalog: &Catalog) -> Self {
        Self {
            models: catalog
                .models
                .iter()
                .map(|model| ModelEntry {
                    id: model.id.clone(),
                    name: model.name.clone(),
                    billions: model.billions,
                    reasoning: model.reasoning,
                })
                .collect(),
            providers: catalog.providers.iter().map(ProviderEntry::from).collect(),
            prompts: catalog.prompts.iter().map(PromptEntry::from).collect(),
            prompt_sets: catalog
                .prompt_sets
                .iter()
                .map(|set| PromptSetEntry {
                    id: set.id.clone(),
                    name: set.name.clone(),
                    include: Vec::new(),
                    prompts: set.prompts.iter().map(PromptEntry::from).collect(),
                    pause_s: set.pause_s,
                })
                .collect(),
            groups: catalog
                .groups
                .iter()
                .map(|group| GroupEntry {
                    id: group.id.clone(),
                    name: group.name.clone(),
                    questions: group.questions.iter().map(QuestionEntry::from).collect(),
                })
                .collect(),
            phases: catalog.phases.iter().map(PhaseEntry::from).collect(),
            patterns: catalog.patterns.iter().map(QuestionEntry::from).collect(),
            engines: catalog.engines.iter().map(EngineEntry::from).collect(),
            references: catalog.references.iter().map(ReferenceEntry::from).collect(),
        }
    }
}

/// `value`, unless it is as usual.
fn unless<T: PartialEq>(value: T, usual: &T) -> Option<T> {
    (value != *usual).then_some(value)
}

impl From<&Provider> for ProviderEntry {
    fn from(provider: &Provider) -> Self {
        let of = provider.clone();
        Self {
            id: of.id,
            name: Some(of.name),
            hardware: Some(of.hardware.as_str().to_owned()),
            base_url: of.command.is_none().then_some(of.base_url),
            exec: of.command.map(|command| ExecEntry {
                output: Some(command.output.as_str().to_owned()),
                command: command.argv,
                dir: command.dir,
                env: command.env,
                skip: command.skip,
                until: command.until,
                figures: command.figures,
            }),
            key: of.key,
            dialect: unless(of.dialect, &Dialect::OpenAi).map(|dialect| dialect.as_str().to_owned()),
            path: of.endpoint.path,
            models_path: of.endpoint.models_path,
            query: unless(of.endpoint.query, &<_>::default()),
            headers: unless(of.endpoint.headers, &<_>::default()),
            key_header: of.endpoint.key_header,
            token_limit: unless(of.token_limit, &TokenLimit::MaxTokens).map(|limit| limit.as_str().to_owned()),
            stream_options: unless(of.stream_options, &true),
            seed: unless(of.seed, &false),
            temperature: unless(of.temperature, &true),
            think_tags: unless(of.think_tags, &true),
            extra: unless(of.extra, &<_>::default()),
            reasoning_off: of.reasoning_off,
            region_header: of.region_header,
            local: unless(of.local, &false),
            batch: of.batch.map(BatchEntry::from),
            offers: of.offers.into_iter().map(OfferEntry::from).collect(),
            note: of.note,
        }
    }
}

impl From<ModelOffer> for OfferEntry {
    fn from(offer: ModelOffer) -> Self {
        Self {
            model: offer.model,
            id: Some(offer.id),
            also_answers: unless(offer.also_answers, &Vec::new()),
            retired: offer.retired,
            price: offer.price.map(|price| PriceEntry {
                input: price.input,
                output: price.output,
                cached: price.cached,
                as_of: price.as_of,
                source: price.source,
            }),
            batch: offer.batch.map(BatchEntry::from),
            claims: unless(offer.claims, &Vec::new()).map(|claims| {
                let entry = |claim: super::Claim| ClaimEntry {
                    tok_s: claim.tok_s,
                    as_of: claim.as_of,
                    source: claim.source,
                    measured: claim.measured,
                };
                claims.into_iter().map(entry).collect()
            }),
            profile: offer.profile.map(|profile| ProfileEntry {
                ttft_ms: Some(profile.ttft_ms),
                tok_s: Some(profile.tok_s),
                tokens_per_chunk: Some(profile.tokens_per_chunk),
                jitter: Some(profile.jitter),
                reasoning: Some(profile.reasoning),
                tokens: Some(profile.tokens),
                text: profile.text,
            }),
            extra: unless(offer.extra, &<_>::default()),
            reasoning_off: offer.reasoning_off,
        }
    }
}

impl From<&CatalogPrompt> for PromptEntry {
    fn from(prompt: &CatalogPrompt) -> Self {
        Self {
            id: prompt.id.clone(),
            name: prompt.name.clone(),
            text: prompt.text.clone(),
            max_tokens: prompt.max_tokens,
            expected_tokens: prompt.expected_tokens,
            temperature: prompt.temperature,
            checks: prompt.checks.iter().map(CheckEntry::from).collect(),
        }
    }
}

impl From<&AnswerCheck> for CheckEntry {
    fn from(check: &AnswerCheck) -> Self {
        let blank = Self { name: check.name.clone(), contains: Vec::new(), python: false, jugs: None, words: None };
        match &check.rule {
            CheckRule::Patterns(contains) => Self { contains: contains.clone(), ..blank },
            CheckRule::Python => Self { python: true, ..blank },
            CheckRule::Jugs(JugRiddle { small, large, goal }) => {
                Self { jugs: Some(JugsEntry { small: *small, large: *large, goal: *goal }), ..blank }
            }
            CheckRule::Words(words) => Self { words: Some(*words), ..blank },
        }
    }
}

impl From<&Question> for QuestionEntry {
    fn from(question: &Question) -> Self {
        let words = |of: &[super::Hardware]| of.iter().map(|each| each.as_str().to_owned()).collect();
        let metric = |by: Metric| by.as_str().to_owned();
        let ask = question.ask.as_ref().map(|ask| match ask {
            QuestionKind::Lead { of, over, by, between } => {
                AskEntry::Lead { of: words(of), over: words(over), by: metric(*by), between: *between }
            }
            QuestionKind::Order { of, by } => AskEntry::Order { of: words(of), by: metric(*by) },
            QuestionKind::Growth { of, over, by } => {
                AskEntry::Growth { of: words(of), over: words(over), by: metric(*by) }
            }
            QuestionKind::Best { by } => AskEntry::Best { by: metric(*by) },
        });
        Self { text: question.text.clone(), ask }
    }
}

impl From<&Phase> for PhaseEntry {
    fn from(phase: &Phase) -> Self {
        let Phase { id, group, contestants, model, priority, cost_usd, question } = phase.clone();
        Self { id, group, contestants, model, priority, cost_usd, question }
    }
}

impl From<&EngineSpec> for EngineEntry {
    fn from(engine: &EngineSpec) -> Self {
        let of = engine.clone();
        let option = |(name, option): (String, EngineOption)| {
            let EngineOption { args, env, switch, proof } = option;
            (name, OptionEntry { args, env, switch, proof })
        };
        Self {
            id: of.id,
            name: of.name,
            model: Some(of.model.as_str().to_owned()),
            command: of.command.argv,
            env: of.command.env,
            options: of.options.into_iter().map(option).collect(),
            defaults: of.defaults,
            serves: of.service.map(|service| ServiceEntry {
                path: Some(service.path),
                dialect: Some(service.dialect.as_str().to_owned()),
                ready: service.ready,
                model: service.model,
                load: service.load,
                ready_s: Some(service.ready_s),
            }),
            script: of.script.map(|script| script.as_str().to_owned()),
            output: Some(of.command.output.as_str().to_owned()),
            skip: of.command.skip,
            until: of.command.until,
            figures: of.command.figures,
            note: of.note,
        }
    }
}

impl From<&ReferenceFigure> for ReferenceEntry {
    fn from(figure: &ReferenceFigure) -> Self {
        let of = figure.clone();
        Self {
            id: of.id,
            model: of.model,
            quantization: of.quantization,
            hardware: of.hardware,
            engine: of.engine,
            prompt_tok_s: of.prompt_tok_s,
            output_tok_s: of.output_tok_s,
            watts: of.watts,
            as_of: of.as_of,
            source: of.source,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_reads_back_as_the_same() {
        let catalog = Catalog::builtin().unwrap();
        for (json, name) in [(false, "all.ron"), (true, "all.json")] {
            let text = catalog.written(json).unwrap();
            let back = Catalog::parse(&text, name).unwrap_or_else(|error| panic!("{error}"));
            assert_eq!(back, catalog, "{name}");
        }
    }
}
