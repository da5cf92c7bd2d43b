//! Whether the model that a server names is the one that was asked for: the same model is spelled in many ways.
//! Case, vendor paths, routes, quantisations and files make no other model; another size, name or snapshot does.

/// Words behind a colon that choose a route or a price at an aggregator, never a model.
const ROUTES: &[&str] =
    &["latest", "free", "nitro", "floor", "online", "extended", "beta", "fastest", "cheapest", "cloud"];
/// Endings of files that hold a model.
const FILES: &[&str] = &["gguf", "ggml", "safetensors", "bin", "onnx", "llamafile"];
/// How weights are packed, where a name ends with it.
const PACKED: &[&str] = &[
    "fp32", "fp16", "bf16", "f32", "f16", "fp8", "fp4", "nvfp4", "mxfp4", "int8", "int4", "awq", "gptq", "gguf", "mlx",
    "4bit", "8bit", "exl2",
];
/// Names under which a router is asked for whatever it finds best.
const ROUTERS: &[&str] = &["auto", "router", "model-router"];

/// Whether `asked` names no model: whatever is there, or whatever a router chooses.
#[must_use]
pub fn is_open(asked: &str) -> bool {
    let name = asked.to_lowercase();
    let last = name.rsplit('/').next().unwrap_or_default();
    asked == super::setup::ANY_MODEL || ROUTERS.contains(&last)
}

/// Whether `asked` and `answered` can be one model. What only one of the two says (a snapshot, a quantisation, a route)
/// speaks against nothing; what both say must agree.
#[must_use]
pub fn is_same(asked: &str, answered: &str) -> bool {
    let (asked, answered) = (ModelName::read(asked), ModelName::read(answered));
    let agree = |a: &Option<String>, b: &Option<String>| a.is_none() || b.is_none() || a == b;
    let core = asked.core == answered.core || asked.is_chat_of(&answered) || answered.is_chat_of(&asked);
    core && agree(&asked.snapshot, &answered.snapshot)
        && agree(&asked.packing, &answered.packing)
        && agree(&asked.tag, &answered.tag)
}

/// Whether two spellings name different snapshots of one model.
#[must_use]
pub fn are_two_snapshots(a: &str, b: &str) -> bool {
    let (a, b) = (ModelName::read(a), ModelName::read(b));
    a.core == b.core && a.snapshot.is_some() && b.snapshot.is_some() && a.snapshot != b.snapshot
}

/// A model's name in its parts.
#[derive(PartialEq, Eq, Debug, Default)]
struct ModelName {
    /// Runs of letters and of digits: `llama`, `3`, `1`, `8`, `b`.
    core: Vec<String>,
    /// The digits of a date or a number at its end.
    snapshot: Option<String>,
    /// How its weights are packed.
    packing: Option<String>,
    /// What stands behind its colon, where that says neither a size nor a route.
    tag: Option<String>,
}

impl ModelName {
    fn read(name: &str) -> Self {
        let name = name.trim().to_lowercase();
        let (base, tag) = tagged(last_part(&name));
        let mut words: Vec<&str> = base.split(['-', '_', ' ', '.']).filter(|word| !word.is_empty()).collect();
        let packing = packing(&mut words);
        if words.len() > 1 && words.last() == Some(&"latest") {
            words.pop();
        }
        let snapshot = snapshot(&mut words);
        let packing = packing.or_else(|| self::packing(&mut words));
        if words.first() == Some(&"meta") && words.get(1).is_some_and(|word| word.starts_with("llama")) {
            words.remove(0);
        }
        let is_route = |word: &&str| ROUTES.contains(word);
        let sized = tag.filter(|tag| is_size(tag));
        let mut size: Vec<&str> =
            sized.iter().flat_map(|tag| tag.split(['-', '_'])).filter(|word| !is_route(word)).collect();
        let tag = tag.filter(|tag| sized.is_none() && !is_route(tag));
        let packing = packing.or_else(|| self::packing(&mut size));
        words.extend(size);
        Self { core: runs(&words), snapshot, packing, tag: tag.map(str::to_owned) }
    }

    /// Whether it is `other`, which is named with its size, as tuned for chats: what an API for chats serves of it.
    fn is_chat_of(&self, other: &Self) -> bool {
        let sized = other.core.windows(2).any(|pair| matches!(pair, [size, b] if b == "b" && is_number(size)));
        let tuned = ["instruct", "chat", "it"].into_iter().any(|word| {
            self.core.split_last().is_some_and(|(last, rest)| last == word && rest == other.core.as_slice())
        });
        sized && tuned && self.snapshot.is_none()
    }
}

fn is_number(word: &str) -> bool {
    !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_digit())
}

/// The part of a path that names the model: the last one, of a folder of Hugging Face's cache the one with the name; without
/// the ending of a file, the number of its part, and what names a vendor before a dot.
fn last_part(name: &str) -> &str {
    let cached = name
        .split(['/', '\\'])
        .find_map(|part| part.strip_prefix("models--"))
        .and_then(|part| part.rsplit("--").next());
    let mut parts = name.split(['/', '\\']).rev().filter(|part| !part.is_empty());
    let part = cached.or_else(|| parts.next()).unwrap_or(name);
    let part = match part.rsplit_once('.') {
        Some((base, ending)) if FILES.contains(&ending) => base,
        _ => part,
    };
    let part = match part.rsplit_once("-of-") {
        Some((base, count)) if is_number(count) => {
            base.trim_end_matches(|c: char| c.is_ascii_digit()).trim_end_matches('-')
        }
        _ => part,
    };
    without_vendor(part)
}

/// `us.anthropic.claude-…` without what stands before its last dot that follows letters alone.
fn without_vendor(name: &str) -> &str {
    match name.split_once('.') {
        Some((vendor, rest))
            if !rest.is_empty() && vendor.len() > 1 && vendor.bytes().all(|byte| byte.is_ascii_lowercase()) =>
        {
            without_vendor(rest)
        }
        _ => name,
    }
}

/// A name and its tag. A revision behind `@` is no tag unless it is a date, which goes on as one.
fn tagged(name: &str) -> (&str, Option<&str>) {
    match name.split_once(':') {
        // Bedrock's version of its own wrapping: `-v2:0`.
        Some((base, tag)) if is_number(tag) => (without_version(base), None),
        Some((base, tag)) => (base, Some(tag)),
        None => match name.split_once('@') {
            Some((base, revision)) if !base.is_empty() && !is_number(revision) => (base, None),
            _ => (name, None),
        },
    }
}

fn without_version(base: &str) -> &str {
    match base.rsplit_once("-v") {
        Some((rest, version)) if is_number(version) => rest,
        _ => base,
    }
}

/// Whether a tag says how large the model is: `8b`, `120b-cloud`, `8x7b`, `4b-instruct-q4_k_m`.
fn is_size(tag: &str) -> bool {
    let first = tag.split(['-', '_']).next().unwrap_or_default();
    let first = first.trim_start_matches('e');
    let digits = first.strip_suffix(['b', 'm']).unwrap_or_default();
    digits.starts_with(|c: char| c.is_ascii_digit())
        && digits.chars().all(|c| c.is_ascii_digit() || c == '.' || c == 'x')
}

/// Takes how the weights are packed off the end of a name: `q4_k_m`, `iq3_xs`, `fp8`.
fn packing(words: &mut Vec<&str>) -> Option<String> {
    let is_quant = |word: &str| {
        let rest = word.strip_prefix('i').unwrap_or(word).strip_prefix('q').unwrap_or_default();
        rest.len() == 1 && is_number(rest)
    };
    let start = words.iter().rposition(|word| is_quant(word)).filter(|start| {
        let after = words.get(start + 1..).unwrap_or_default();
        *start > 0 && after.iter().all(|word| ["0", "1", "k", "s", "m", "l", "xs", "xxs", "nl", "gguf"].contains(word))
    });
    let start = start.or_else(|| {
        let plain = words.iter().rev().take_while(|word| PACKED.contains(word)).count();
        (plain > 0 && plain < words.len()).then(|| words.len() - plain)
    })?;
    let taken: Vec<&str> = words.drain(start..).filter(|word| *word != "gguf").collect();
    (!taken.is_empty()).then(|| taken.concat())
}

/// Takes the date or number of a snapshot off the end of a name: `2024-08-06`, `20241022`, `0613`, `2507`, `12-2024`, `05-20`,
/// `001`.
fn snapshot(words: &mut Vec<&str>) -> Option<String> {
    if let Some((base, date)) = words.last().and_then(|word| word.split_once('@')) {
        words.pop();
        words.push(base);
        return Some(date.to_owned());
    }
    let number = |back: usize| {
        let word = words.len().checked_sub(back).and_then(|place| words.get(place))?;
        is_number(word).then_some(*word)
    };
    let within =
        |text: &str, least: u32, most: u32| text.parse().is_ok_and(|number: u32| (least..=most).contains(&number));
    let (month, day) =
        (|text: &str| text.len() == 2 && within(text, 1, 12), |text: &str| text.len() == 2 && within(text, 1, 31));
    let year = |text: &str| text.len() == 4 && within(text, 2020, 2099);
    let one = |text: &str| match text.len() {
        8 => text.get(..4).is_some_and(year) && text.get(4..6).is_some_and(month) && text.get(6..).is_some_and(day),
        6 => text.get(..2).is_some_and(|year| within(year, 20, 99)) && text.get(2..4).is_some_and(month),
        4 => {
            let (a, b) = (text.get(..2).unwrap_or_default(), text.get(2..).unwrap_or_default());
            (month(a) && day(b)) || (within(a, 20, 40) && month(b))
        }
        3 => text.starts_with("00"),
        _ => false,
    };
    let length = match (number(3), number(2), number(1)) {
        (Some(a), Some(b), Some(c)) if year(a) && month(b) && day(c) => 3,
        (_, Some(a), Some(b)) if (month(a) && year(b)) || (year(a) && month(b)) || (month(a) && day(b)) => 2,
        (_, _, Some(a)) if one(a) => 1,
        _ => return None,
    };
    let start = words.len().checked_sub(length).filter(|start| *start > 0)?;
    Some(words.drain(start..).collect::<Vec<_>>().concat())
}

/// Runs of letters and runs of digits. The `v` of a version says nothing, and Fireworks writes a dot as `p`.
fn runs(words: &[&str]) -> Vec<String> {
    let mut runs: Vec<String> = Vec::new();
    for word in words {
        let mut run = String::new();
        for c in word.chars() {
            if run.chars().last().is_some_and(|last| last.is_ascii_digit() != c.is_ascii_digit()) {
                runs.push(std::mem::take(&mut run));
            }
            run.push(c);
        }
        runs.push(run);
    }
    let is_digits = |place: Option<usize>| place.and_then(|place| runs.get(place)).is_some_and(|run| is_number(run));
    let says = |place: usize, run: &str| match run {
        "v" => !is_digits(Some(place + 1)),
        "p" => !(is_digits(place.checked_sub(1)) && is_digits(Some(place + 1))),
        _ => true,
    };
    let kept: Vec<String> =
        runs.iter().enumerate().filter(|(place, run)| says(*place, run)).map(|(_, run)| run.clone()).collect();
    match kept.as_slice() {
        // Azure can't write a dot.
        [gpt, number, rest @ ..] if gpt == "gpt" && number == "35" => {
            [gpt.clone(), "3".into(), "5".into()].into_iter().chain(rest.iter().cloned()).collect()
        }
        _ => kept,
    }
}

#[cfg(test)]
mod tests;
