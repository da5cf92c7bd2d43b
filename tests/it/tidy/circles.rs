//! No circle between the files of a crate: what each takes from the others is read off its paths, and a file that only
//! declares or passes on what its children define takes nothing from them.

use std::collections::{BTreeMap, BTreeSet};

use super::{Source, none};

/// A path from the crate's root, a segment each: `race`, `lane`, `Lane`.
type Segments = Vec<String>;

/// One file of a crate, as far as its paths go.
struct Module {
    /// The file, below the repository's root.
    file: String,
    /// What its own items are: functions, types, constants, macros.
    defines: BTreeSet<String>,
    /// Names it brings in, each with the path that it stands for.
    imports: BTreeMap<String, Segments>,
    /// Modules and enums it brings everything in from.
    globs: Vec<Segments>,
    /// Paths that its code names, imports that are only passed on left out.
    paths: BTreeSet<Segments>,
}

/// The files of one crate by the module that each holds.
struct Modules(BTreeMap<Segments, Module>);

impl Modules {
    /// Out of `files`: path below the repository's root, path below the crate's `src`, and text.
    fn read<'a>(files: impl Iterator<Item = (&'a str, &'a str, &'a str)>) -> Self {
        let sources: Vec<_> = files.map(|(file, below, text)| (file, module(below), tokens(text))).collect();
        let known: BTreeSet<Segments> = sources.iter().map(|(_, module, _)| module.clone()).collect();
        let read = |(file, module, tokens): (&str, Segments, Vec<String>)| {
            (module.clone(), Module::read(file, &module, &tokens, &known))
        };
        Self(sources.into_iter().map(read).collect())
    }

    /// The module that defines what stands at `path`, whoever passes it on. None for a module itself.
    fn home(&self, path: &[String], depth: usize) -> Option<&Segments> {
        let mut here = Segments::new();
        for (index, segment) in path.iter().enumerate() {
            here.push(segment.clone());
            let last = index + 1 == path.len();
            if self.0.contains_key(&here) && !(last && self.0.get(&path[..index]).is_some_and(|at| at.brings(segment)))
            {
                continue;
            }
            let (at, module) = self.0.get_key_value(&path[..index])?;
            if let Some(target) = module.imports.get(segment).filter(|target| depth < 9 && target[..] != here[..]) {
                return self.home(&[target, &path[index + 1..]].concat(), depth + 1);
            }
            let has = |from: &&Segments| self.0.get(*from).is_some_and(|other| other.defines.contains(segment));
            if module.defines.contains(segment) {
                return Some(at);
            }
            return module.globs.iter().find(has).and_then(|from| self.0.get_key_value(from)).map(|(from, _)| from);
        }
        None
    }

    /// For each module, those it takes something from, and what that is.
    fn arrows(&self) -> BTreeMap<&Segments, BTreeMap<&Segments, BTreeSet<&str>>> {
        let mut arrows: BTreeMap<_, BTreeMap<_, BTreeSet<_>>> = BTreeMap::new();
        for (from, module) in &self.0 {
            for path in &module.paths {
                let home = self.home(path, 0).filter(|home| *home != from);
                if let (Some(home), Some(name)) = (home, path.last()) {
                    arrows.entry(from).or_default().entry(home).or_default().insert(name.as_str());
                }
            }
        }
        arrows
    }

    /// Every circle, with the arrows that tie it.
    fn circles(&self) -> Vec<String> {
        let arrows = self.arrows();
        let ahead = |from| {
            let (mut seen, mut left) = (BTreeSet::new(), vec![from]);
            while let Some(next) = left.pop() {
                left.extend(arrows.get(next).into_iter().flat_map(BTreeMap::keys).filter(|to| seen.insert(**to)));
            }
            seen
        };
        let reach: BTreeMap<&Segments, BTreeSet<&Segments>> = self.0.keys().map(|one| (one, ahead(one))).collect();
        let tied = |one, other| reach[one].contains(other) && reach[other].contains(one);
        let mut circles = Vec::new();
        for first in self.0.keys() {
            let circle: Vec<_> = self.0.keys().filter(|other| tied(first, *other)).collect();
            if circle.first() != Some(&first) {
                continue;
            }
            let mut lines = vec![format!("{} files:", circle.len())];
            for from in &circle {
                for (to, names) in arrows[*from].iter().filter(|(to, _)| circle.contains(*to)) {
                    let names = names.iter().copied().collect::<Vec<_>>().join(", ");
                    lines.push(format!("    {} takes {names} from {}", self.0[*from].file, self.0[*to].file));
                }
            }
            circles.push(lines.join("\n"));
        }
        circles
    }
}

impl Module {
    fn read(file: &str, module: &Segments, tokens: &[String], known: &BTreeSet<Segments>) -> Self {
        let mut read = Self {
            file: file.to_owned(),
            defines: BTreeSet::new(),
            imports: BTreeMap::new(),
            globs: Vec::new(),
            paths: BTreeSet::new(),
        };
        let (mut passed_on, mut words, mut chains) = (Vec::new(), BTreeSet::new(), Vec::new());
        let mut at = 0;
        while at < tokens.len() {
            let token = tokens[at].as_str();
            if token == "use" && tokens.get(at + 1).is_some_and(|next| next != "<") {
                let public = at > 0 && matches!(tokens[at - 1].as_str(), "pub" | ")");
                let mut leaves = Vec::new();
                at = leaves_of(tokens, at + 1, &[], &mut leaves);
                for (path, name) in leaves {
                    let Some(path) = from_root(&path, module, known, &read.imports) else { continue };
                    match name.as_str() {
                        "*" => read.globs.push(path.clone()),
                        name => drop(read.imports.insert(name.to_owned(), path.clone())),
                    }
                    if public {
                        passed_on.push((name, path));
                    } else {
                        read.paths.insert(path);
                    }
                }
                continue;
            }
            if matches!(token, "fn" | "struct" | "enum" | "trait" | "const" | "static" | "type" | "macro_rules") {
                let name = tokens[at + 1..].iter().find(|token| is_name(token) && *token != "mut");
                read.defines.extend(name.cloned());
            }
            let mut chain = Segments::new();
            while is_name(&tokens[at]) {
                chain.push(tokens[at].clone());
                if at == 0 || tokens[at - 1] != "mod" {
                    words.insert(tokens[at].clone());
                }
                let goes_on = tokens.get(at + 1).is_some_and(|next| next == "::");
                if !goes_on || !tokens.get(at + 2).is_some_and(|next| is_name(next)) {
                    break;
                }
                at += 2;
            }
            if chain.len() > 1 {
                chains.push(chain);
            }
            at += 1;
        }
        read.paths.extend(chains.iter().filter_map(|chain| from_root(chain, module, known, &read.imports)));
        read.paths.extend(passed_on.into_iter().filter(|(name, _)| words.contains(name)).map(|(_, path)| path));
        read
    }

    /// Whether `name` is an item of its own or one that it passes on, beside a child module of that name.
    fn brings(&self, name: &str) -> bool {
        self.defines.contains(name) || self.imports.contains_key(name)
    }
}

/// The module that the file `below` its crate's `src` holds.
fn module(below: &str) -> Segments {
    let path = below.trim_end_matches(".rs").trim_end_matches("/mod");
    if matches!(path, "lib" | "main") { Segments::new() } else { path.split('/').map(str::to_owned).collect() }
}

/// `path`, as it is written in `module`, from the crate's root. None if it leads out of the crate.
fn from_root(
    path: &[String],
    module: &Segments,
    known: &BTreeSet<Segments>,
    imports: &BTreeMap<String, Segments>,
) -> Option<Segments> {
    let (first, rest) = path.split_first()?;
    match first.as_str() {
        "crate" => Some(rest.to_vec()),
        "self" => Some([module, rest].concat()),
        "super" => {
            let (mut base, mut rest) = (module.clone(), path);
            while let Some(("super", after)) = rest.split_first().map(|(first, after)| (first.as_str(), after)) {
                base.pop();
                rest = after;
            }
            Some([&base, rest].concat())
        }
        name => {
            let child = [module.as_slice(), std::slice::from_ref(first)].concat();
            let imported = imports.get(name).map(|target| [target, rest].concat());
            imported.or_else(|| known.contains(&child).then(|| [child.as_slice(), rest].concat()))
        }
    }
}

/// The leaves of the `use` tree that begins at `at`, each with the name it gets; gives the place after it.
fn leaves_of(tokens: &[String], mut at: usize, base: &[String], leaves: &mut Vec<(Segments, String)>) -> usize {
    let mut path = base.to_vec();
    loop {
        match tokens[at].as_str() {
            "::" => at += 1,
            "{" => {
                at += 1;
                while tokens[at] != "}" {
                    at = leaves_of(tokens, at, &path, leaves);
                    at += usize::from(tokens[at] == ",");
                }
                return at + 1;
            }
            "as" => {
                leaves.push((path, tokens[at + 1].clone()));
                return at + 2;
            }
            "*" => {
                leaves.push((path, "*".to_owned()));
                return at + 1;
            }
            "," | "}" | ";" => {
                leaves.extend(path.last().cloned().map(|name| (path, name)));
                return at;
            }
            "self" if !path.is_empty() => at += 1,
            name => {
                path.push(name.to_owned());
                at += 1;
            }
        }
    }
}

fn is_name(token: &str) -> bool {
    token.starts_with(|letter: char| letter == '_' || letter.is_alphabetic())
}

/// What stands in `text`: names, `::` and single characters; no comments, no literals, nothing that only tests see.
fn tokens(text: &str) -> Vec<String> {
    let mut tokens: Vec<String> = Vec::new();
    let mut rest = text;
    while let Some(next) = rest.chars().next() {
        let length = if rest.starts_with("//") {
            rest.find('\n').unwrap_or(rest.len())
        } else if let Some(length) = literal(rest) {
            length
        } else if next.is_alphanumeric() || next == '_' {
            let length = rest.find(|letter: char| letter != '_' && !letter.is_alphanumeric()).unwrap_or(rest.len());
            tokens.push(rest[..length].to_owned());
            length
        } else {
            let length = if rest.starts_with("::") { 2 } else { next.len_utf8() };
            tokens.extend((!next.is_whitespace()).then(|| rest[..length].to_owned()));
            length
        };
        rest = &rest[length..];
    }
    without_tests(&tokens)
}

/// How long the string, the character or the lifetime is that `rest` begins with.
fn literal(rest: &str) -> Option<usize> {
    let raw = rest.trim_start_matches(['b', 'r']);
    let hashes = raw.len() - raw.trim_start_matches('#').len();
    let prefix = rest.len() - raw.len();
    if (1..3).contains(&prefix) && rest[..prefix].contains('r') && raw[hashes..].starts_with('"') {
        let end = format!("\"{}", "#".repeat(hashes));
        let start = prefix + hashes + 1;
        return Some(rest[start..].find(&end).map_or(rest.len(), |length| start + length + end.len()));
    }
    let quote = rest.chars().next().filter(|next| matches!(next, '"' | '\''))?;
    let mut letters = rest.char_indices().skip(1);
    while let Some((at, letter)) = letters.next() {
        match letter {
            '\\' => drop(letters.next()),
            _ if letter == quote => return Some(at + 1),
            _ if quote == '\'' && at > 1 && !rest[1..].starts_with('\\') => return Some(1),
            _ => {}
        }
    }
    Some(rest.len())
}

/// `tokens` without the items that stand under `#[cfg(test)]`.
fn without_tests(tokens: &[String]) -> Vec<String> {
    let mark = ["#", "[", "cfg", "(", "test", ")", "]"];
    let mut kept = Vec::new();
    let mut at = 0;
    while at < tokens.len() {
        if !tokens[at..].iter().zip(mark).all(|(token, word)| token == word) || tokens.len() - at < mark.len() {
            kept.push(tokens[at].clone());
            at += 1;
            continue;
        }
        let mut depth = 0_i32;
        loop {
            let token = tokens.get(at).map_or("", String::as_str);
            depth += i32::from(matches!(token, "{" | "(" | "[")) - i32::from(matches!(token, "}" | ")" | "]"));
            at += 1;
            if depth == 0 && matches!(token, ";" | "}") || at >= tokens.len() {
                break;
            }
        }
    }
    kept
}

/// The crate that the source at `path` is of, and its place below that crate's `src`.
fn place(path: &str) -> (&str, &str) {
    path.split_once("src/").unwrap_or(("", path))
}

#[test]
fn no_files_of_a_crate_need_each_other() {
    let sources = Source::all();
    let files: Vec<&Source> = sources.iter().filter(|one| !one.is_test() && one.path != "src/main.rs").collect();
    let crates: BTreeSet<&str> = files.iter().map(|one| place(&one.path).0).collect();
    let of = |name: &str| {
        let own = files.iter().filter(|one| place(&one.path).0 == name);
        Modules::read(own.map(|one| (one.path.as_str(), place(&one.path).1, one.text.as_str())))
    };
    let modules: Vec<Modules> = crates.iter().map(|name| of(name)).collect();
    let arrows: usize = modules.iter().flat_map(|one| one.arrows().into_values()).map(|to| to.len()).sum();
    assert!(arrows > 500, "only {arrows} times does a file take something from another: are the paths read?");
    let complaints: Vec<String> = modules.iter().flat_map(Modules::circles).collect();
    none("move what both need into a file of its own, or hand it over as an argument", &complaints);
}

#[test]
fn a_circle_is_found_through_whoever_passes_a_name_on() {
    const TIME: &str = "use crate::race::Lane;\npub struct Time;\nfn of(_: &Lane) {}\n";
    const PARENT: &str = "mod lane;\nmod time;\npub use self::lane::Lane;\npub use self::time::*;\n";
    let circles = |lane: &str, parent: &str| {
        let files = [("lib.rs", "mod race;"), ("race.rs", parent), ("race/lane.rs", lane), ("race/time.rs", TIME)];
        Modules::read(files.into_iter().map(|(file, text)| (file, file, text))).circles()
    };
    let found = circles("use super::Time;\npub struct Lane { at: Time }\n", PARENT);
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(found[0].contains("race/time.rs takes Lane from race/lane.rs"), "{found:?}");
    assert_eq!(circles("pub struct Lane { at: u64 }\n", PARENT), [""; 0], "who only passes names on needs nobody");
    let needs = "mod lane;\nmod time;\npub use self::lane::Lane;\npub struct Race { lanes: Vec<Lane> }\n";
    assert_eq!(circles("use super::Race;\npub struct Lane;\nfn of(_: &Race) {}\n", needs).len(), 1);
    for blind in ["// use super::Time;", "const HELP: &str = \"super::Time\";", "#[cfg(test)]\nuse super::Time;"] {
        assert_eq!(circles(&format!("pub struct Lane;\n{blind}\n"), PARENT), [""; 0], "{blind}");
    }
}
