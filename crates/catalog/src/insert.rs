//! Puts an entry into the text of a catalogue file of one's own, whose comments and order stay as they are.

/// How deep the entries of a list stand in a file.
const INDENT: &str = "        ";

/// `text` with `entry` at the beginning of the list `list`, which is made where there is none; nothing where `text` has no
/// place for it.
#[must_use]
pub fn with_entry(text: &str, list: &str, entry: &str) -> Option<String> {
    let entry = entry.lines().flat_map(|line| [INDENT, line, "\n"]).collect::<String>();
    let entry = format!("{},\n", entry.trim_end());
    if text.trim().is_empty() {
        return Some(format!("(\n    {list}: [\n{entry}    ],\n)\n"));
    }
    let marks = marks(text);
    let open = marks.iter().find(|mark| mark.letter == '(' && mark.depth == 0).map(|mark| mark.at + 1)?;
    let inside: Vec<&RonMark> = marks.iter().filter(|mark| mark.depth == 1).collect();
    let named = inside
        .windows(2)
        .find(|pair| matches!(pair, [word, bracket] if word.word(text) == list && bracket.letter == '['));
    let (at, new) = match named {
        Some([_, bracket]) => (bracket.at + 1, format!("\n{}", entry.trim_end())),
        _ => (open, format!("\n    {list}: [\n{entry}    ],")),
    };
    let (before, after) = text.split_at_checked(at)?;
    // What followed on the same line begins one of its own.
    let rest =
        if after.starts_with(['\n', '\r']) { after.to_owned() } else { format!("\n{INDENT}{}", after.trim_start()) };
    Some(format!("{before}{new}{rest}"))
}

/// A bracket or the beginning of a word of a file, outside of texts and comments.
struct RonMark {
    at: usize,
    letter: char,
    /// How many brackets are open around it.
    depth: usize,
}

impl RonMark {
    /// The word that begins here.
    fn word<'a>(&self, text: &'a str) -> &'a str {
        let rest = text.get(self.at..).unwrap_or_default();
        rest.split(|letter: char| !letter.is_alphanumeric() && letter != '_').next().unwrap_or_default()
    }
}

fn marks(text: &str) -> Vec<RonMark> {
    let (mut marks, mut depth, mut at) = (Vec::new(), 0_usize, 0);
    while let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty()) {
        let letter = rest.chars().next().unwrap_or_default();
        let length = match letter {
            '/' if rest.starts_with("//") => rest.find('\n').unwrap_or(rest.len()),
            '/' if rest.starts_with("/*") => rest.find("*/").map_or(rest.len(), |end| end + 2),
            'r' if is_raw(rest) => raw_length(rest),
            '"' => text_length(rest),
            '(' | '[' | '{' => {
                marks.push(RonMark { at, letter, depth });
                depth += 1;
                1
            }
            ')' | ']' | '}' => {
                depth = depth.saturating_sub(1);
                1
            }
            letter if letter.is_alphabetic() || letter == '_' => {
                marks.push(RonMark { at, letter, depth });
                rest.find(|letter: char| !letter.is_alphanumeric() && letter != '_').unwrap_or(rest.len())
            }
            letter => letter.len_utf8(),
        };
        at += length;
    }
    marks
}

/// Whether a raw text begins here: `r"…"`, `r#"…"#`.
fn is_raw(rest: &str) -> bool {
    rest.strip_prefix('r').is_some_and(|rest| rest.trim_start_matches('#').starts_with('"'))
}

fn raw_length(rest: &str) -> usize {
    let hashes = rest.chars().skip(1).take_while(|letter| *letter == '#').count();
    let (open, end) = (hashes + 2, format!("\"{}", "#".repeat(hashes)));
    rest.get(open..).and_then(|within| within.find(&end)).map_or(rest.len(), |found| open + found + end.len())
}

fn text_length(rest: &str) -> usize {
    let mut escaped = false;
    let end = rest.char_indices().skip(1).find(|(_, letter)| {
        let ends = *letter == '"' && !escaped;
        escaped = *letter == '\\' && !escaped;
        ends
    });
    end.map_or(rest.len(), |(at, _)| at + 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Catalog;

    const ENTRY: &str =
        "(id: \"new\", name: \"New\", hardware: \"local\", local: true, base_url: \"http://127.0.0.1:1/v1\")";

    fn added(text: &str) -> (String, Vec<String>) {
        let text = with_entry(text, "providers", ENTRY).unwrap();
        let catalog = Catalog::parse(&text, "mine.ron").unwrap_or_else(|error| panic!("{error}\n{text}"));
        (text, catalog.providers.into_iter().map(|provider| provider.id).collect())
    }

    #[test]
    fn an_entry_goes_into_its_list_whatever_the_file_looks_like() {
        let old = ENTRY.replace("\"new\"", "\"old\"");
        for (text, ids) in [
            (String::new(), &["new"] as &[&str]),
            ("()".into(), &["new"]),
            (format!("(providers: [{old}])"), &["new", "old"]),
            (
                format!(
                    "// providers: [ (\n(\n    models: [(id: \"m\", name: \"providers: [\")], /* ( */\n    providers: [\n        // mine\n        {old},\n    ],\n)\n"
                ),
                &["new", "old"],
            ),
            ("(models: [(id: \"m\", name: r#\"a \"providers\": [ ( \"#)])".into(), &["new"]),
            ("#![enable(implicit_some)]\n(models: [])".into(), &["new"]),
        ] {
            let (made, found) = added(&text);
            assert_eq!(found, ids, "{made}");
            for comment in ["// mine", "/* ( */"] {
                assert_eq!(made.contains(comment), text.contains(comment), "{made}");
            }
        }
        assert_eq!(with_entry("nothing", "providers", ENTRY), None);
    }
}
