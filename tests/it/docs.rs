//! The pages for people: their links lead somewhere, the book has all of them, and the README stays short.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use speed_kings::ui::keymap::{KeyPlace, bindings};

/// Lines that a newcomer reads before they give up.
const README_LINES: usize = 200;

fn home() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn pages() -> Vec<PathBuf> {
    let docs = fs::read_dir(home().join("docs")).unwrap().map(|entry| entry.unwrap().path());
    let markdown = docs.filter(|path| path.extension().is_some_and(|ending| ending == "md"));
    markdown
        .chain(["README.md", "CONTRIBUTING.md", "SECURITY.md", "fuzz/README.md"].map(|name| home().join(name)))
        .collect()
}

/// The targets of the links on a page, without the part behind `#`.
fn links(text: &str) -> Vec<&str> {
    let targets = text.split("](").skip(1).filter_map(|rest| rest.split([')', '#']).next());
    targets.filter(|target| !target.is_empty() && !target.contains(':')).collect()
}

#[test]
fn links_lead_somewhere() {
    let mut complaints = Vec::new();
    let mut checked = 0;
    for page in pages() {
        let text = fs::read_to_string(&page).unwrap();
        for link in links(&text) {
            checked += 1;
            let in_book = page.parent() == Some(&home().join("docs"));
            if !page.parent().unwrap().join(link).exists() || in_book && link.starts_with("..") {
                complaints.push(format!("{}: {link}", page.display()));
            }
        }
    }
    assert!(
        checked > 40 && complaints.is_empty(),
        "{checked} links; these lead nowhere, or out of the book: {complaints:#?}"
    );
}

#[test]
fn the_book_has_every_page_and_the_readme_is_short() {
    let summary = fs::read_to_string(home().join("docs/SUMMARY.md")).unwrap();
    let listed = links(&summary);
    for page in pages().iter().filter(|page| page.parent() == Some(&home().join("docs"))) {
        let name = page.file_name().unwrap().to_str().unwrap();
        assert!(name == "SUMMARY.md" || listed.contains(&name), "docs/SUMMARY.md has no {name}");
    }
    let lines = fs::read_to_string(home().join("README.md")).unwrap().lines().count();
    assert!(lines <= README_LINES, "README.md has {lines} lines");
}

/// What the page on the keys has to list: every key that works somewhere, out of the table that they are looked up in.
fn keys() -> String {
    let mut page = String::new();
    for place in KeyPlace::ALL {
        let _ = write!(page, "\n## {}\n\n| keys | what they do |\n|---|---|\n", place.title());
        for binding in bindings(place).filter(|binding| !binding.help.is_empty()) {
            let names: Vec<String> = binding.keys.iter().map(|key| format!("`{}`", key.name())).collect();
            let _ = writeln!(page, "| {} | {} |", names.join(" "), binding.help);
        }
    }
    page
}

#[test]
fn the_page_on_the_keys_has_all_of_them() {
    let path = home().join("docs/keyboard.md");
    let page = fs::read_to_string(&path).unwrap();
    let Some(begins) = page.find("\n## ") else { panic!("{}: no list of keys", path.display()) };
    let (kept, listed) = page.split_at(begins);
    let listed = listed.replace("\r\n", "\n");
    if listed != keys() && std::env::var_os("UPDATE_DOCS").is_some() {
        fs::write(&path, format!("{kept}{}", keys())).unwrap();
        return;
    }
    assert_eq!(listed, keys(), "UPDATE_DOCS=1 cargo test --test it docs writes the list anew");
}
