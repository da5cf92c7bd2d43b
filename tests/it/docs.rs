//! The pages for people: their links lead somewhere, the book has all of them, and the README stays short.

use std::fs;
use std::path::{Path, PathBuf};

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
            if !page.parent().unwrap().join(link).exists() {
                complaints.push(format!("{}: {link}", page.display()));
            }
        }
    }
    assert!(checked > 40 && complaints.is_empty(), "{checked} links; these lead nowhere: {complaints:#?}");
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
