//! Names that lead nowhere, and the names that were probably meant.
//! Everything a person can type by name (phases, providers, models, prompts, themes) fails through here.

use std::fmt;

/// How many names are offered.
const NEAR_MAX: usize = 3;
/// How many names are listed when none is near.
const KNOWN_MAX: usize = 12;

/// A name that nothing has.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct UnknownName {
    /// What was looked for: `phase`, `provider`.
    pub what: &'static str,
    /// The name as it was given.
    pub name: String,
    /// The nearest names that exist, best first, at most three.
    pub near: Vec<String>,
    /// Every name that exists.
    pub known: Vec<String>,
    /// The command that lists them, where there is one.
    pub listed_by: Option<&'static str>,
}

impl UnknownName {
    /// `name` is none of `known`.
    pub fn new<'a>(
        what: &'static str,
        name: &str,
        known: impl IntoIterator<Item = &'a str>,
        listed_by: Option<&'static str>,
    ) -> Self {
        let known: Vec<&str> = known.into_iter().collect();
        Self {
            what,
            name: name.to_owned(),
            near: near(name, known.iter().copied()),
            known: known.into_iter().map(str::to_owned).collect(),
            listed_by,
        }
    }

    /// What to do about it: `did you mean A1, A2 or A3?`.
    pub(super) fn advice(&self) -> String {
        if !self.near.is_empty() {
            return format!("did you mean {}?", either(&self.near));
        }
        let known = match self.known.as_slice() {
            [] => "there is none".to_owned(),
            all if all.len() <= KNOWN_MAX => format!("known: {}", all.join(", ")),
            all => {
                let some: Vec<&str> = all.iter().take(KNOWN_MAX).map(String::as_str).collect();
                format!("known: {} and {} more", some.join(", "), all.len() - KNOWN_MAX)
            }
        };
        match self.listed_by {
            Some(command) => format!("{known}; `{command}` lists them"),
            None => known,
        }
    }
}

impl fmt::Display for UnknownName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "unknown {} '{}'; {}", self.what, self.name, self.advice())
    }
}

impl std::error::Error for UnknownName {}

/// The candidates that `name` was probably meant to be, best first, at most three: a few letters off, or one part of
/// the other. Case does not matter.
pub fn near<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Vec<String> {
    let name = name.to_lowercase();
    let mut ranked: Vec<(usize, &str)> =
        candidates.into_iter().filter_map(|candidate| Some((distance(&name, candidate)?, candidate))).collect();
    // Stable: names equally far keep the catalogue's order.
    ranked.sort_by_key(|(distance, _)| *distance);
    ranked.into_iter().take(NEAR_MAX).map(|(_, candidate)| candidate.to_owned()).collect()
}

/// Edits between the two, or nothing when they are too many to be a slip.
fn distance(name: &str, candidate: &str) -> Option<usize> {
    let candidate = candidate.to_lowercase();
    let length = name.chars().count().max(candidate.chars().count());
    let allowed = (length / 3).max(1);
    let edits = strsim::damerau_levenshtein(name, &candidate);
    // One letter against one letter is not a slip but another name.
    if edits <= allowed && edits < length {
        return Some(edits);
    }
    let part = name.chars().count() >= 2 && candidate.contains(name) || name.contains(&candidate);
    part.then_some(allowed + 1)
}

/// `a`, `a or b`, `a, b or c`.
fn either(names: &[String]) -> String {
    match names {
        [] => String::new(),
        [only] => only.clone(),
        [rest @ .., last] => format!("{} or {last}", rest.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slips_find_what_was_meant() {
        let providers = ["cerebras", "groq", "sambanova", "local-m3", "local-rtx5060"];
        for (typed, meant) in [
            ("sambnova", &["sambanova"][..]),
            ("CEREBRAS2", &["cerebras"]),
            ("gorq", &["groq"]),
            ("local", &["local-m3", "local-rtx5060"]),
            ("x", &[]),
            ("", &[]),
            ("anthropic", &[]),
        ] {
            assert_eq!(near(typed, providers), meant, "{typed}");
        }
    }

    #[test]
    fn at_most_three_are_offered_in_the_catalogues_order() {
        let unknown = UnknownName::new("phase", "A9", ["B1", "A1", "A2", "A3", "A4"], None);
        assert_eq!(unknown.to_string(), "unknown phase 'A9'; did you mean A1, A2 or A3?");
    }

    #[test]
    fn when_nothing_is_near_the_names_are_listed() {
        let unknown = UnknownName::new("theme", "zebra", ["night", "day"], None);
        assert_eq!(unknown.to_string(), "unknown theme 'zebra'; known: night, day");
        let ids: Vec<String> = (0..20).map(|n| format!("id{n}")).collect();
        let text =
            UnknownName::new("model", "zebra", ids.iter().map(String::as_str), Some("speed-kings list")).to_string();
        assert!(text.ends_with("id10, id11 and 8 more; `speed-kings list` lists them"), "{text}");
        assert_eq!(UnknownName::new("group", "A", [], None).to_string(), "unknown group 'A'; there is none");
    }
}
