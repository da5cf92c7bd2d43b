//! The rules of the house that a compiler can't hold: how long a file may be, who may read the clock, what names say.
//! Who may know whom is for the crates to say.
//! Each is read off the sources as text, and each says which file breaks it.

mod circles;

use std::path::{Path, PathBuf};

/// Lines of code in one file; blank lines, comments and its tests are not counted.
const LONGEST: usize = 300;

/// Files that may be longer, each with its reason.
const LONGER: &[(&str, &str)] = &[];

/// Who may ask what time it is: the rim, where time comes in. Everybody else is told.
const CLOCKS: &[&str] = &[
    "crates/client/src/bus.rs",
    "crates/client/src/bus/",
    "crates/client/src/provider/deadline.rs",
    "crates/client/src/provider/http.rs",
    "crates/client/src/provider/http/",
    "crates/client/src/provider/exec.rs",
    "crates/client/src/provider/exec/",
    "crates/fleet/src/",
    "crates/engine/src/launch.rs",
    "crates/engine/src/launch/",
    "crates/recording/src/writer.rs",
    "crates/session/src/bench/run.rs",
    "crates/session/src/engine_slot.rs",
    "crates/session/src/load/level.rs",
    "crates/session/src/load/track.rs",
    "crates/session/src/source/headless.rs",
    "crates/session/src/source/lane_group.rs",
    "crates/session/src/source/live.rs",
    "crates/session/src/source/resources.rs",
    "crates/session/src/visit.rs",
    "crates/simulator/src/",
    "crates/system/src/resources.rs",
    "crates/system/src/terminal_writer.rs",
    "crates/tui/src/lib.rs",
    "crates/tui/src/app/race_view.rs",
    "src/cli/",
];

/// Who may put digits behind a point and a unit after them: what decides how figures look, CSS, and sentences about
/// settings and limits.
const FORMATTERS: &[&str] = &[
    "crates/core/src/format.rs",
    "crates/core/src/format/",
    "crates/core/src/time.rs",
    "crates/core/src/stats/compare.rs",
    "crates/core/src/race/standstill.rs",
    "crates/film/src/",
    "src/cli/calibrate/told.rs",
    "src/cli/benchmark/cost_preview.rs",
];

/// One source file.
struct Source {
    /// Below the repository's root, with slashes.
    path: String,
    text: String,
}

impl Source {
    fn all() -> Vec<Self> {
        let home = Path::new(env!("CARGO_MANIFEST_DIR"));
        let crates = std::fs::read_dir(home.join("crates")).unwrap().map(|entry| entry.unwrap().path().join("src"));
        let mut sources = Vec::new();
        for root in crates.chain([home.join("src")]) {
            let mut files = Vec::new();
            collect(&root, &mut files);
            let name = |path: &Path| path.strip_prefix(home).unwrap().to_string_lossy().replace('\\', "/");
            sources.extend(
                files.iter().map(|path| Self { path: name(path), text: std::fs::read_to_string(path).unwrap() }),
            );
        }
        sources.sort_by(|a, b| a.path.cmp(&b.path));
        assert!(sources.len() > 300, "where are the sources?");
        sources
    }

    fn is_test(&self) -> bool {
        self.path.ends_with("tests.rs") || self.path.contains("/tests/")
    }

    /// Its lines of code, numbered: no comments, no blank lines, not the tests at its end.
    fn code(&self) -> impl Iterator<Item = (usize, &str)> {
        let end = ["mod tests {", "pub(crate) mod tests {"]
            .iter()
            .filter_map(|tests| self.text.find(&format!("#[cfg(test)]\n{tests}")))
            .min()
            .unwrap_or(self.text.len());
        let lines = self.text[..end].lines().map(str::trim).zip(1..).map(|(line, number)| (number, line));
        lines.filter(|(_, line)| !line.is_empty() && !line.starts_with("//"))
    }
}

fn collect(dir: &Path, into: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, into);
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            into.push(path);
        }
    }
}

/// Fails with all of `complaints`, if there are any.
fn none(rule: &str, complaints: &[String]) {
    assert!(complaints.is_empty(), "{rule}:\n  {}", complaints.join("\n  "));
}

#[test]
fn every_file_says_what_it_is() {
    let bare = |source: &Source| !source.text.starts_with("//! ");
    let complaints: Vec<_> = Source::all().into_iter().filter(bare).map(|source| source.path).collect();
    none("begin each file with a `//!` header", &complaints);
}

#[test]
fn no_file_is_too_long() {
    let mut complaints = Vec::new();
    for source in Source::all().iter().filter(|source| !source.is_test()) {
        let lines = source.code().count();
        let excused = LONGER.iter().any(|(path, _)| *path == source.path);
        if lines > LONGEST && !excused {
            complaints.push(format!("{}: {lines} lines", source.path));
        }
    }
    none(&format!("at most {LONGEST} lines of code, exceptions stand in LONGER"), &complaints);
}

/// Whether a line puts digits behind a point and a unit around them: `{ms:.1} ms`, `${usd:.2}`.
fn formats_a_figure(line: &str) -> bool {
    line.match_indices(":.").chain(line.match_indices(":+.")).any(|(at, sign)| {
        let after = line[at + sign.len()..].trim_start_matches(|c: char| c.is_ascii_alphanumeric() || c == '$');
        let Some(unit) = after.strip_prefix('}') else { return false };
        let paid = line[..at].rfind('{').is_some_and(|open| line[..open].ends_with('$'));
        let units = [" ms", " s ", " s\"", " s,", " tok/s", "×", " %", "%", " times", " KiB", " MiB"];
        paid || units.iter().any(|known| unit.starts_with(known))
    })
}

#[test]
fn one_module_decides_how_figures_look() {
    for (line, formats) in [
        (r#"format!("{ms:.1} ms")"#, true),
        (r#"format!("{:+.1} %", x)"#, true),
        (r#"format!("${usd:.2}")"#, true),
        (r#"format!("{ratio:.digits$}×")"#, true),
        (r#"format!("{count:.0} tokens")"#, false),
        (r#"format!("{}", figure::span(x))"#, false),
    ] {
        assert_eq!(formats_a_figure(line), formats, "{line}");
    }
    let mut complaints = Vec::new();
    let excused = |source: &Source| FORMATTERS.iter().any(|path| source.path.starts_with(path));
    for source in Source::all().iter().filter(|source| !source.is_test() && !excused(source)) {
        let lines = source.code().filter(|(_, line)| formats_a_figure(line));
        complaints.extend(lines.map(|(number, line)| format!("{}:{number}: {line}", source.path)));
    }
    none("crates/core/src/format.rs decides how figures look: one figure has one text", &complaints);
}

#[test]
fn the_clock_is_read_only_at_the_rim() {
    let mut complaints = Vec::new();
    for source in Source::all().iter().filter(|source| !source.is_test()) {
        let allowed =
            CLOCKS.iter().any(|rim| source.path == *rim || rim.ends_with('/') && source.path.starts_with(rim));
        let reads =
            |line: &str| ["Instant::now", "SystemTime::now", "Timestamp::now"].iter().any(|now| line.contains(now));
        let read = source.code().filter(|(_, line)| !allowed && reads(line));
        complaints.extend(read.map(|(line, _)| format!("{}:{line}", source.path)));
    }
    none("only the rim reads the clock; hand the time in", &complaints);
}

#[test]
fn nothing_is_left_lying_about() {
    let mut complaints = Vec::new();
    for source in Source::all() {
        for (number, line) in source.code() {
            for left in ["todo!", "unimplemented!", "dbg!", "allow(dead_code", "allow(unused", "expect(dead_code"] {
                if line.contains(left) {
                    complaints.push(format!("{}:{number}: {left}", source.path));
                }
            }
        }
    }
    none("finish it or leave it out", &complaints);
}

#[test]
fn nothing_is_printed_but_by_the_console() {
    let mut complaints = Vec::new();
    for source in Source::all().iter().filter(|source| !source.is_test() && !source.path.ends_with("console.rs")) {
        for (number, line) in source.code() {
            let macros = ["println!", "print!"].iter().any(|print| line.contains(print));
            // To ask a stream what it is writes nothing. The terminal's own bytes are the screen's.
            let stream =
                line.contains("io::stderr()") && !["is_terminal()", "columns("].iter().any(|ask| line.contains(ask));
            if macros || stream {
                complaints.push(format!("{}:{number}: {line}", source.path));
            }
        }
    }
    none(
        "a print to a closed stream is a panic: use console::status, console::progress and console::print",
        &complaints,
    );
}

/// Type names of one word that a reader of this field knows, or that carry the idea: the glossary has them.
const ONE_WORD_MOST: usize = 30;

#[test]
fn a_name_stands_for_one_type_and_most_say_more_than_one_word() {
    let mut names: Vec<(String, String)> = Vec::new();
    for source in Source::all().iter().filter(|source| !source.is_test()) {
        for (number, line) in source.code() {
            let line =
                line.strip_prefix("pub ").or_else(|| line.split_once(") ").map(|(_, rest)| rest)).unwrap_or(line);
            let kinds = ["struct ", "enum ", "trait "];
            let Some(rest) = kinds.iter().find_map(|kind| line.strip_prefix(kind)) else { continue };
            let name: String = rest.chars().take_while(|letter| letter.is_alphanumeric()).collect();
            names.push((name, format!("{}:{number}", source.path)));
        }
    }
    names.sort();
    let twice = names.windows(2).filter(|pair| pair[0].0 == pair[1].0);
    let complaints: Vec<String> = twice.map(|pair| format!("{}: {} and {}", pair[0].0, pair[0].1, pair[1].1)).collect();
    none("one name for two types", &complaints);
    let one_word = names.iter().filter(|(name, _)| name.chars().skip(1).all(|letter| !letter.is_uppercase())).count();
    assert!(names.len() > 400 && one_word * 100 < names.len() * ONE_WORD_MOST, "{one_word} of {}", names.len());
}

/// Words that a doc comment has at least: one says nothing with fewer.
const DOC_WORDS: usize = 4;

#[test]
fn every_doc_comment_says_something() {
    let mut complaints = Vec::new();
    // What stands on arguments of the command line is the help of the program, and short where the flag says it all.
    for source in Source::all().iter().filter(|source| !source.path.starts_with("src/cli/args")) {
        let mut words = 0;
        for (number, line) in (1..).zip(source.text.lines().map(str::trim)) {
            if let Some(said) = line.strip_prefix("///") {
                words += said.split_whitespace().count();
                continue;
            }
            if (1..DOC_WORDS).contains(&words) {
                complaints.push(format!("{}:{number}", source.path));
            }
            words = 0;
        }
    }
    none("say what it is, with its unit or its shape", &complaints);
}

#[test]
fn the_glossary_names_what_is_there() {
    let glossary = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/glossary.md")).unwrap();
    let sources = Source::all();
    let is_there = |name: &str| {
        let kinds = ["struct", "enum", "trait", "mod", "fn"].map(|kind| format!("pub {kind} {name}"));
        sources.iter().any(|source| kinds.iter().any(|kind| source.text.contains(kind)))
    };
    let paths = glossary.split('`').skip(1).step_by(2).filter(|name| name.contains("::"));
    let names: Vec<&str> = paths.filter_map(|path| path.rsplit("::").next()).collect();
    let missing: Vec<String> = names.iter().filter(|name| !is_there(name)).map(|name| (*name).to_owned()).collect();
    assert!(names.len() > 40, "where is the glossary?");
    none("docs/glossary.md names what is not there", &missing);
}
