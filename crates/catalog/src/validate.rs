//! What a catalogue must hold to: names that lead somewhere, numbers that can be true, facts that carry their date.
//! All problems are collected, each as one line that names its entry, so that a file is corrected in one go.

use super::entry::{CatalogEntry, find, unknown};
use super::profile::StreamProfile;
use super::{
    BatchDiscount, Catalog, CatalogPrompt, ExtraFields, Model, ModelOffer, Phase, Price, PromptSet, Provider,
    ReferenceFigure,
};
use speed_kings_core::date;
use std::collections::HashSet;

/// A phase is a duel today; nothing but this number says so.
const CONTESTANTS: usize = 2;

/// Body fields that the program writes itself; an entry that set them would change the race behind its back.
const RESERVED: [&str; 12] = [
    "model",
    "messages",
    "input",
    "prompt",
    "contents",
    "stream",
    "stream_options",
    "max_tokens",
    "max_completion_tokens",
    "max_output_tokens",
    "temperature",
    "seed",
];

/// Whether the field `name` of a request is the program's own, the same for all contestants.
#[must_use]
pub fn is_reserved(name: &str) -> bool {
    RESERVED.contains(&name)
}

/// Problems that were found, in words, each naming its entry.
type ProblemList = Vec<String>;

/// Refuses an id that one file gives twice: the second would silently replace the first.
pub(super) fn unique(file: &Catalog, problems: &mut ProblemList) {
    fn of<T: CatalogEntry>(entries: &[T], problems: &mut ProblemList) {
        let mut seen = HashSet::new();
        for entry in entries {
            if !seen.insert(entry.id().to_ascii_lowercase()) {
                problems.push(format!("{} {}: the id is given twice; rename or remove one", T::WHAT, entry.id()));
            }
        }
    }
    of(&file.models, problems);
    of(&file.providers, problems);
    of(&file.prompts, problems);
    of(&file.prompt_sets, problems);
    file.prompt_sets.iter().for_each(|set| of(&set.prompts, problems));
    of(&file.groups, problems);
    of(&file.phases, problems);
    of(&file.engines, problems);
    of(&file.references, problems);
}

/// Checks the whole catalogue.
pub(super) fn catalog(catalog: &Catalog, problems: &mut ProblemList) {
    for each in &catalog.models {
        let mut check = EntryCheck::of(each, &each.name, problems);
        check.that(each.billions.is_none_or(positive), || "billions must be more than 0".into());
    }
    for each in &catalog.providers {
        provider(each, &catalog.models, &mut EntryCheck::of(each, &each.name, problems));
    }
    for each in &catalog.prompts {
        prompt(each, &mut EntryCheck::of(each, &each.name, problems));
    }
    for each in &catalog.prompt_sets {
        prompt_set(each, &mut EntryCheck::of(each, &each.name, problems));
    }
    for each in &catalog.groups {
        EntryCheck::of(each, &each.name, problems);
    }
    for each in &catalog.engines {
        let mut check = EntryCheck::of(each, &each.name, problems);
        each.problems().into_iter().for_each(|problem| check.that(false, || problem));
    }
    for each in &catalog.references {
        reference(each, &mut EntryCheck::of(each, &each.model, problems));
    }
    for each in &catalog.phases {
        phase(each, catalog, &mut EntryCheck::of(each, &each.id, problems));
    }
}

/// The entry that is being checked, and where its problems go.
struct EntryCheck<'a> {
    entry: String,
    problems: &'a mut ProblemList,
}

impl<'a> EntryCheck<'a> {
    /// Starts with what every entry needs: an id that can be typed, and a name.
    fn of<T: CatalogEntry>(entry: &T, name: &str, problems: &'a mut ProblemList) -> Self {
        let id = entry.id();
        let mut check = Self { entry: format!("{} {id}", T::WHAT), problems };
        let typeable = !id.is_empty() && id.chars().all(|c| c.is_ascii_alphanumeric() || "-_.".contains(c));
        check.that(typeable, || format!("the id '{id}' must be letters, digits, '-', '_' and '.' only"));
        check.that(!name.trim().is_empty(), || "the name is empty".into());
        check
    }

    fn that(&mut self, holds: bool, otherwise: impl FnOnce() -> String) {
        if !holds {
            self.problems.push(format!("{}: {}", self.entry, otherwise()));
        }
    }

    /// The named entry, or the problem that there is none: `model 'llama' does not exist; did you mean …`.
    fn find<'e, T: CatalogEntry>(&mut self, entries: &'e [T], id: &str, complaint: &str) -> Option<&'e T> {
        let found = find(entries, id);
        self.that(found.is_some(), || format!("{complaint}; {}", unknown(id, entries).advice()));
        found
    }
}

fn provider(provider: &Provider, models: &[Model], check: &mut EntryCheck<'_>) {
    match &provider.command {
        Some(command) => command.problems().into_iter().for_each(|problem| check.that(false, || problem)),
        None => check.that(is_url(&provider.base_url), || {
            format!("base_url '{}' must begin with http:// or https:// and name a host", provider.base_url)
        }),
    }
    match &provider.key {
        // The text is not repeated: it may be a key that somebody put into the file.
        Some(key) => check.that(is_variable(key), || {
            "key must be the name of an environment variable (capitals, digits, '_'), never a key itself".into()
        }),
        None => {
            check.that(provider.local, || "it needs `key: \"…_API_KEY\"`, or `local: true` if it needs none".into());
        }
    }
    provider.endpoint.problems().into_iter().for_each(|problem| check.that(false, || problem));
    fields(&provider.extra, "extra", check);
    fields(provider.reasoning_off.as_ref().unwrap_or(&ExtraFields::new()), "reasoning_off", check);
    if let Some(each) = &provider.batch {
        batch(each, "its batches", check);
    }
    for each in &provider.offers {
        offer(each, models, check);
    }
}

fn offer(offer: &ModelOffer, models: &[Model], check: &mut EntryCheck<'_>) {
    let model = &offer.model;
    check.find(models, model, &format!("it offers '{model}', which is not a model"));
    check.that(!offer.id.trim().is_empty(), || format!("the id of its offer {model} is empty"));
    fields(&offer.extra, &format!("extra of {model}"), check);
    fields(offer.reasoning_off.as_ref().unwrap_or(&ExtraFields::new()), &format!("reasoning_off of {model}"), check);
    if let Some(each) = &offer.price {
        price(each, model, check);
    }
    if let Some(each) = &offer.batch {
        batch(each, &format!("batches of {model}"), check);
    }
    for claim in &offer.claims {
        check.that(positive(claim.tok_s), || format!("a claim for {model} must be more than 0 tok/s"));
        dated(&claim.as_of, &claim.source, &format!("a claim for {model}"), check);
    }
    if let Some(each) = &offer.profile {
        profile(each, model, check);
    }
}

fn price(price: &Price, model: &str, check: &mut EntryCheck<'_>) {
    let amounts = [price.input, price.output, price.cached.unwrap_or(0.0)];
    check.that(amounts.into_iter().all(not_negative), || format!("the price of {model} is negative or no number"));
    dated(&price.as_of, &price.source, &format!("the price of {model}"), check);
}

fn batch(batch: &BatchDiscount, what: &str, check: &mut EntryCheck<'_>) {
    check.that(batch.is_share(), || format!("what is taken off for {what} must be over 0 and under 1; 0.5 is half"));
    dated(&batch.as_of, &batch.source, &format!("the discount for {what}"), check);
}

fn profile(profile: &StreamProfile, model: &str, check: &mut EntryCheck<'_>) {
    let rules = [
        (not_negative(profile.ttft_ms), "ttft_ms must be 0 or more"),
        (positive(profile.tok_s), "tok_s must be more than 0"),
        (profile.tokens_per_chunk >= 1, "tokens_per_chunk must be 1 or more"),
        ((0.0..=0.9).contains(&profile.jitter), "jitter must be from 0 to 0.9"),
        ((0.0..=1.0).contains(&profile.reasoning), "reasoning must be from 0 to 1"),
        (profile.tokens >= 1, "tokens must be 1 or more"),
        (profile.text.as_deref() != Some(""), "text must not be empty; leave it out for the simulator's own"),
    ];
    for (holds, rule) in rules {
        check.that(holds, || format!("in the profile of {model}, {rule}"));
    }
}

fn prompt(prompt: &CatalogPrompt, check: &mut EntryCheck<'_>) {
    check.that(!prompt.text.trim().is_empty(), || "the text is empty".into());
    check.that(prompt.max_tokens >= 1, || "max_tokens must be 1 or more".into());
    check.that(prompt.expected_tokens <= prompt.max_tokens, || {
        format!("expected_tokens {} is above max_tokens {}", prompt.expected_tokens, prompt.max_tokens)
    });
    let temperature = prompt.temperature.unwrap_or(0.0);
    check.that((0.0..=2.0).contains(&temperature), || format!("the temperature {temperature} is not from 0 to 2"));
    for problem in prompt.checks.iter().filter_map(super::AnswerCheck::problem) {
        check.that(false, || problem);
    }
}

fn prompt_set(set: &PromptSet, check: &mut EntryCheck<'_>) {
    check.that(!set.prompts.is_empty(), || "it has no prompts".into());
    check.that(set.pause_s.is_none_or(not_negative), || "pause_s is negative or no number".into());
    for each in &set.prompts {
        prompt(each, &mut EntryCheck::of(each, &each.name, check.problems));
    }
}

fn phase(phase: &Phase, catalog: &Catalog, check: &mut EntryCheck<'_>) {
    check.find(&catalog.groups, &phase.group, &format!("group '{}' does not exist", phase.group));
    let model = check.find(&catalog.models, &phase.model, &format!("model '{}' does not exist", phase.model));
    check.that(phase.priority >= 1, || "priority must be 1 or more; 1 runs first".into());
    check.that(not_negative(phase.cost_usd), || "cost_usd is negative or no number".into());
    check.that(phase.contestants.len() == CONTESTANTS, || {
        format!("a phase compares exactly {CONTESTANTS} contestants, not {}", phase.contestants.len())
    });
    let mut seen = HashSet::new();
    for id in &phase.contestants {
        check.that(seen.insert(id.to_ascii_lowercase()), || format!("contestant '{id}' would race itself"));
        let found = check.find(&catalog.providers, id, &format!("contestant '{id}' is not a provider"));
        if let (Some(found), Some(model)) = (found, model) {
            check.that(found.offer(&model.id).is_some(), || {
                let offers: Vec<&str> = found.offers.iter().map(|offer| offer.model.as_str()).collect();
                let offers = if offers.is_empty() { "nothing yet".to_owned() } else { offers.join(", ") };
                format!("contestant '{id}' does not offer {}; it offers {offers}", model.id)
            });
        }
    }
}

fn fields(fields: &ExtraFields, place: &str, check: &mut EntryCheck<'_>) {
    for name in fields.keys() {
        check.that(!is_reserved(name), || {
            format!("{place} must not set '{name}': the program sets it for all contestants alike")
        });
    }
}

fn reference(figure: &ReferenceFigure, check: &mut EntryCheck<'_>) {
    let numbers =
        [("output_tok_s", Some(figure.output_tok_s)), ("prompt_tok_s", figure.prompt_tok_s), ("watts", figure.watts)];
    for (name, number) in numbers {
        check.that(number.is_none_or(positive), || format!("{name} must be more than 0"));
    }
    let words = [("hardware", &figure.hardware), ("engine", &figure.engine)];
    for (name, text) in words {
        check.that(!text.trim().is_empty(), || format!("it names no {name}"));
    }
    dated(&figure.as_of, &figure.source, "it", check);
}

fn dated(as_of: &str, source: &str, what: &str, check: &mut EntryCheck<'_>) {
    check.that(date::first_day(as_of).is_some(), || {
        format!("as_of '{as_of}' of {what} must look like 2026, 2026-07 or 2026-07-24")
    });
    check.that(!source.trim().is_empty(), || format!("{what} has no source"));
}

fn positive(value: f64) -> bool {
    value.is_finite() && value > 0.0
}

fn not_negative(value: f64) -> bool {
    value.is_finite() && value >= 0.0
}

fn is_url(text: &str) -> bool {
    let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
    rest.is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_alphanumeric() || matches!(c, '[' | '{')))
        && !text.contains(|c: char| c.is_whitespace() || c == '?' || c == '#')
}

fn is_variable(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_uppercase() || c == '_')
        && text.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_')
}

#[cfg(test)]
mod tests;
