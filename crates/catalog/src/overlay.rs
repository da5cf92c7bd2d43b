//! A file's entries made into the domain's types, laid over the catalogue that is already there.
//! Providers and offers are laid over field by field, so that a file that corrects a price holds nothing but the price.

mod engine;

use super::TokenLimit;
use super::check::jugs::JugRiddle;
use super::command::{CommandOutput, CommandSpec};
use super::entry::find;
use super::file::{
    CatalogFile, ClaimEntry, ExecEntry, GroupEntry, ModelEntry, OfferEntry, PhaseEntry, PriceEntry, ProfileEntry,
};
use super::file::{CheckEntry, JugsEntry, PromptEntry, PromptSetEntry, ProviderEntry, ReferenceEntry};
use super::keyword::KeywordReader;
use super::profile::StreamProfile;
use super::{
    AnswerCheck, Catalog, Claim, Dialect, EndpointFields, ExtraFields, Hardware, Model, ModelOffer, Phase, PhaseGroup,
    Price,
};
use super::{CatalogPrompt, CheckRule, PromptSet, Provider, ReferenceFigure};
use std::collections::HashSet;

/// The id of a provider that is a command from the command line.
const COMMAND_ID: &str = "exec";

impl CatalogFile {
    /// The file's entries alone, each complete with what `base` knows of it. A word that names nothing is reported in
    /// `problems` and stood in for, so the result is only good when nothing was reported.
    pub(super) fn over(self, base: &Catalog, problems: &mut Vec<String>) -> Catalog {
        let providers = self.providers.into_iter().map(|entry| {
            let older = find(&base.providers, &entry.id);
            entry.over(older, problems)
        });
        let providers = providers.collect();
        let prompts: Vec<CatalogPrompt> = self.prompts.into_iter().map(CatalogPrompt::from).collect();
        Catalog {
            providers,
            models: self.models.into_iter().map(Model::from).collect(),
            prompt_sets: self.prompt_sets.into_iter().map(|set| set.with(&prompts, &base.prompts, problems)).collect(),
            prompts,
            groups: self.groups.into_iter().map(|group| group.group(problems)).collect(),
            phases: self.phases.into_iter().map(Phase::from).collect(),
            patterns: self.patterns.into_iter().map(|pattern| pattern.question("patterns", problems)).collect(),
            engines: self.engines.into_iter().map(|engine| engine.spec(problems)).collect(),
            references: self.references.into_iter().map(ReferenceFigure::from).collect(),
        }
    }
}

impl From<ReferenceEntry> for ReferenceFigure {
    fn from(entry: ReferenceEntry) -> Self {
        Self {
            id: entry.id,
            model: entry.model,
            quantization: entry.quantization,
            hardware: entry.hardware,
            engine: entry.engine,
            prompt_tok_s: entry.prompt_tok_s,
            output_tok_s: entry.output_tok_s,
            watts: entry.watts,
            as_of: entry.as_of,
            source: entry.source,
        }
    }
}

impl ProviderEntry {
    fn over(self, older: Option<&Provider>, problems: &mut Vec<String>) -> Provider {
        let mut words = KeywordReader { what: "provider", entry: &self.id, problems };
        if older.is_none() && self.hardware.is_none() {
            words.problems.push(format!("provider {}: it needs `hardware: \"…\"`, for example \"gpu_cloud\"", self.id));
        }
        let mut provider = older.cloned().unwrap_or_else(|| blank_provider(&self.id));
        words.read(&mut provider.hardware, "hardware", self.hardware, &Hardware::ALL, Hardware::as_str);
        words.read(&mut provider.dialect, "dialect", self.dialect, &Dialect::ALL, Dialect::as_str);
        words.read(&mut provider.token_limit, "token_limit", self.token_limit, &TokenLimit::ALL, TokenLimit::as_str);
        set(&mut provider.name, self.name);
        if self.exec.is_some() && self.base_url.is_some() {
            words
                .problems
                .push(format!("provider {}: exec and base_url: it is either a command or an address", self.id));
        }
        // Whichever the newer file names takes the other's place.
        if let Some(url) = self.base_url {
            url.trim_end_matches('/').clone_into(&mut provider.base_url);
            provider.command = None;
        }
        if let Some(exec) = self.exec {
            let mut output = CommandOutput::default();
            words.read(&mut output, "output", exec.output.clone(), &CommandOutput::ALL, CommandOutput::as_str);
            provider.command = Some(exec.command(output));
            provider.base_url.clear();
            provider.local = true;
        }
        set(&mut provider.stream_options, self.stream_options);
        set(&mut provider.seed, self.seed);
        set(&mut provider.temperature, self.temperature);
        set(&mut provider.think_tags, self.think_tags);
        set(&mut provider.local, self.local);
        set(&mut provider.extra, self.extra);
        set_fields(&mut provider.reasoning_off, self.reasoning_off);
        set_text(&mut provider.endpoint.path, self.path);
        set_text(&mut provider.endpoint.models_path, self.models_path);
        set_text(&mut provider.endpoint.key_header, self.key_header);
        set(&mut provider.endpoint.query, self.query);
        set(&mut provider.endpoint.headers, self.headers);
        set_text(&mut provider.key, self.key);
        set_text(&mut provider.region_header, self.region_header);
        set_text(&mut provider.note, self.note);
        if let Some(batch) = self.batch {
            provider.batch = Some(batch.into());
        }
        lay_offers(&mut provider, self.offers, problems);
        provider
    }
}

impl ExecEntry {
    fn command(self, output: CommandOutput) -> CommandSpec {
        let Self { command: argv, dir, env, output: _, skip, until, figures } = self;
        CommandSpec { argv, dir, env, output, skip, until, figures }
    }
}

impl Provider {
    /// A provider that is nothing but `command`, under `name`.
    #[must_use]
    pub fn of_command(name: &str, command: CommandSpec) -> Self {
        let blank = blank_provider(COMMAND_ID);
        Self { name: name.to_owned(), command: Some(command), local: true, ..blank }
    }

    /// A server of the user's own under `id`, at `base_url`.
    #[must_use]
    pub fn of_server(id: &str, base_url: &str, dialect: Dialect) -> Self {
        Self { name: id.to_owned(), base_url: base_url.to_owned(), dialect, seed: true, ..blank_provider(id) }
    }

    /// A provider of the user's own machine that serves nothing but `model`, called `name`.
    #[must_use]
    pub fn of_model(name: &str, model: &str) -> Self {
        let offer = ModelOffer { id: model.to_owned(), ..blank_offer(model) };
        Self { name: name.to_owned(), local: true, seed: true, offers: vec![offer], ..blank_provider(name) }
    }
}

/// What a provider is that says nothing about itself.
fn blank_provider(id: &str) -> Provider {
    Provider {
        id: id.to_owned(),
        name: String::new(),
        hardware: Hardware::Local,
        base_url: String::new(),
        command: None,
        key: None,
        dialect: Dialect::OpenAi,
        endpoint: EndpointFields::default(),
        token_limit: TokenLimit::MaxTokens,
        stream_options: true,
        seed: false,
        temperature: true,
        think_tags: true,
        extra: ExtraFields::new(),
        reasoning_off: None,
        region_header: None,
        local: false,
        batch: None,
        offers: Vec::new(),
        note: None,
    }
}

fn lay_offers(provider: &mut Provider, entries: Vec<OfferEntry>, problems: &mut Vec<String>) {
    let mut named = HashSet::new();
    for entry in entries {
        if !named.insert(entry.model.to_ascii_lowercase()) {
            problems.push(format!("provider {}: it offers {} twice; remove one", provider.id, entry.model));
        }
        let same = |offer: &&mut ModelOffer| offer.model.eq_ignore_ascii_case(&entry.model);
        if let Some(older) = provider.offers.iter_mut().find(same) {
            entry.over(older);
        } else {
            let mut offer = blank_offer(&entry.model);
            entry.over(&mut offer);
            provider.offers.push(offer);
        }
    }
}

impl OfferEntry {
    fn over(self, offer: &mut ModelOffer) {
        set(&mut offer.id, self.id);
        set(&mut offer.also_answers, self.also_answers);
        set_text(&mut offer.retired, self.retired);
        if let Some(price) = self.price {
            offer.price = Some(price.into());
        }
        if let Some(batch) = self.batch {
            offer.batch = Some(batch.into());
        }
        if let Some(profile) = self.profile {
            offer.profile = Some(profile.into());
        }
        set(&mut offer.claims, self.claims.map(|claims| claims.into_iter().map(Claim::from).collect()));
        set(&mut offer.extra, self.extra);
        set_fields(&mut offer.reasoning_off, self.reasoning_off);
    }
}

fn blank_offer(model: &str) -> ModelOffer {
    ModelOffer {
        model: model.to_owned(),
        id: String::new(),
        also_answers: Vec::new(),
        retired: None,
        price: None,
        batch: None,
        claims: Vec::new(),
        profile: None,
        extra: ExtraFields::new(),
        reasoning_off: None,
    }
}

fn set<T>(slot: &mut T, value: Option<T>) {
    if let Some(value) = value {
        *slot = value;
    }
}

/// An empty text takes away what was there, for example a mark that no longer holds: `retired: ""`.
fn set_text(slot: &mut Option<String>, value: Option<String>) {
    if let Some(value) = value {
        *slot = (!value.is_empty()).then_some(value);
    }
}

/// So do no fields at all: `reasoning_off: {}`.
fn set_fields(slot: &mut Option<ExtraFields>, value: Option<ExtraFields>) {
    if let Some(value) = value {
        *slot = (!value.is_empty()).then_some(value);
    }
}

impl From<ModelEntry> for Model {
    fn from(ModelEntry { id, name, billions, reasoning }: ModelEntry) -> Self {
        Self { id, name, billions, reasoning }
    }
}

impl From<PriceEntry> for Price {
    fn from(PriceEntry { input, output, cached, as_of, source }: PriceEntry) -> Self {
        Self { input, output, cached, as_of, source }
    }
}

impl From<ClaimEntry> for Claim {
    fn from(ClaimEntry { tok_s, as_of, source, measured }: ClaimEntry) -> Self {
        Self { tok_s, as_of, source, measured }
    }
}

impl From<ProfileEntry> for StreamProfile {
    fn from(entry: ProfileEntry) -> Self {
        let usual = Self::default();
        Self {
            ttft_ms: entry.ttft_ms.unwrap_or(usual.ttft_ms),
            tok_s: entry.tok_s.unwrap_or(usual.tok_s),
            tokens_per_chunk: entry.tokens_per_chunk.unwrap_or(usual.tokens_per_chunk),
            jitter: entry.jitter.unwrap_or(usual.jitter),
            reasoning: entry.reasoning.unwrap_or(usual.reasoning),
            tokens: entry.tokens.unwrap_or(usual.tokens),
            text: entry.text,
        }
    }
}

impl PromptSetEntry {
    /// The set with the prompts that it includes, which stand in the same file or in an older one.
    fn with(self, newer: &[CatalogPrompt], older: &[CatalogPrompt], problems: &mut Vec<String>) -> PromptSet {
        let mut prompts = Vec::new();
        for id in &self.include {
            match find(newer, id).or_else(|| find(older, id)) {
                Some(prompt) => prompts.push(prompt.clone()),
                None => problems.push(format!("prompt set {}: it includes '{id}', which is not a prompt", self.id)),
            }
        }
        prompts.extend(self.prompts.into_iter().map(CatalogPrompt::from));
        PromptSet { id: self.id, name: self.name, prompts, pause_s: self.pause_s }
    }
}

impl From<CheckEntry> for AnswerCheck {
    fn from(CheckEntry { name, contains, python, jugs, words }: CheckEntry) -> Self {
        let rule = match (python, jugs, words) {
            (true, ..) => CheckRule::Python,
            (false, Some(JugsEntry { small, large, goal }), _) => CheckRule::Jugs(JugRiddle { small, large, goal }),
            (false, None, Some(words)) => CheckRule::Words(words),
            (false, None, None) => CheckRule::Patterns(contains),
        };
        Self { name, rule }
    }
}

impl From<PromptEntry> for CatalogPrompt {
    fn from(entry: PromptEntry) -> Self {
        let PromptEntry { id, name, text, max_tokens, expected_tokens, temperature, checks } = entry;
        let checks = checks.into_iter().map(AnswerCheck::from).collect();
        Self { id, name, text, max_tokens, expected_tokens, temperature, checks }
    }
}

impl GroupEntry {
    fn group(self, problems: &mut Vec<String>) -> PhaseGroup {
        let Self { id, name, questions } = self;
        let place = format!("group {id}");
        let questions = questions.into_iter().map(|question| question.question(&place, problems)).collect();
        PhaseGroup { id, name, questions }
    }
}

impl From<PhaseEntry> for Phase {
    fn from(entry: PhaseEntry) -> Self {
        let PhaseEntry { id, group, contestants, model, priority, cost_usd, question } = entry;
        Self { id, group, contestants, model, priority, cost_usd, question }
    }
}
