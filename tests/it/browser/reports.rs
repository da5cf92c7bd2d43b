//! Reports as pages in a real browser: nothing is asked of a network, tables sort, drawings tell, the race plays, data is saved.
//! `AXE=FILE` names axe-core's script, which then looks for what keeps people out.

use std::path::Path;

use super::chromium::{BrowserPage, Chromium, PageView};
use crate::program::Home;

const HOSTILE: &str = "</script><img src=http://example.org/x onerror=\"document.title='OWNED'\">";

/// A home with results of two benchmarks, one of them under load, and pages of them.
fn home() -> Home {
    let home = Home::new();
    let measure = |rest: &[&str]| {
        let usual = ["benchmark", "--phase", "A1", "--sim", "-s", "short", "--yes", "-o", "json"];
        home.run(&[&usual[..], rest].concat()).says(0, &[]);
    };
    measure(&["-i", "6"]);
    measure(&["-i", "3", "--concurrency", "3"]);
    let mut files: Vec<String> = std::fs::read_dir(home.path().join("results/A1"))
        .unwrap()
        .map(|entry| entry.unwrap().path().display().to_string())
        .collect();
    files.sort();
    // What a file says of itself is not ours.
    let text = std::fs::read_to_string(&files[0]).unwrap();
    let hostile = serde_json::to_string(HOSTILE).unwrap();
    let text = text.replacen("\"name\":\"Groq\"", &format!("\"name\":{hostile}"), 1);
    std::fs::write(&files[0], text).unwrap();
    home.run(&["report", &files[0], "--out", "one.html"]).says(0, &["one.html"]);
    home.run(&["report", &files[0], &files[1], "--out", "two.html"]).says(0, &["two.html"]);
    home.run(&["findings", "--include-simulated", "--out", "findings.html"]).says(0, &["findings.html"]);
    home
}

fn address(home: &Home, name: &str) -> String {
    format!("file://{}", home.path().join(name).display())
}

/// Checks that `page` asked for itself alone and had nothing to complain of, and that nobody is kept out of it.
fn check(page: &mut BrowserPage<'_>, url: &str) {
    assert_eq!(page.complaints(), [""; 0]);
    assert_eq!(page.requests(), [url]);
    if let Some(axe) = std::env::var_os("AXE") {
        let script = std::fs::read_to_string(Path::new(&axe)).unwrap();
        page.ask(&format!("{script}; 1"));
        page.ask("axe.run().then((told) => (window.told = told.violations.map((one) => one.id + ': ' + one.nodes[0].html))); 1");
        page.wait_for("window.told !== undefined");
        assert_eq!(page.ask("window.told"), serde_json::json!([]));
    }
}

#[test]
#[ignore = "wants Chromium"]
fn a_report_sorts_tells_plays_and_saves() {
    let home = home();
    let url = address(&home, "one.html");
    let mut browser = Chromium::start();
    let mut page = browser.open(&url, PageView { size: (1280, 900), ..PageView::default() }, "");
    page.picture("report");
    assert!(
        page.ask("document.querySelector('h1').textContent").as_str().unwrap().contains("<img src="),
        "a name is text"
    );
    assert_eq!(page.ask("document.querySelectorAll('img').length"), 0);
    // Sorted by a figure, up and down.
    let figures = "[...document.querySelectorAll('#runs tbody tr')].map((row) => parseFloat(row.cells[4].textContent))";
    let sorted = |page: &mut BrowserPage<'_>, better: &str| {
        page.ask("document.querySelectorAll('#runs .sort')[4].click()");
        let expression = format!("{figures}.every((ms, at, all) => at === 0 || all[at - 1] {better} ms)");
        assert_eq!(page.ask(&expression), true, "{}", page.ask(figures));
    };
    sorted(&mut page, "<=");
    sorted(&mut page, ">=");
    assert_eq!(page.ask("document.querySelectorAll('#runs thead th')[4].getAttribute('aria-sort')"), "descending");
    // Every run has a lane that tells what it was.
    let lanes = "[...document.querySelectorAll('g[data-tip]')].filter((lane) => / run \\d+: waiting /.test(lane.dataset.tip)).length";
    assert_eq!(page.ask(lanes), 12);
    // What is pointed at is told.
    page.ask("document.querySelector('[data-tip]').dispatchEvent(new PointerEvent('pointermove', { bubbles: true, clientX: 9, clientY: 9 }))");
    assert_eq!(page.ask("document.getElementById('tip').hidden"), false);
    assert!(page.text("tip").contains("median"), "{}", page.text("tip"));
    // What a word means is asked by a key.
    page.ask("document.querySelector('.term summary').focus()");
    page.press(" ", 0);
    page.wait_for("document.querySelector('.term').open");
    // The race: from its start to its end, with all of its text only then.
    let answer = "document.querySelectorAll('.race pre')[0].textContent.length";
    let whole = page.number(answer);
    assert!(whole > 50.0);
    page.ask("(() => { const bar = document.querySelector('.race input'); bar.value = Number(bar.max) * 0.95; bar.oninput(); })()");
    let part = page.number(answer);
    assert!(part > 0.0 && part < whole, "{part} of {whole}");
    // At the moment of a read there is what it and those before it brought, to the letter.
    let exact = "(() => {
        const { reads, letters } = JSON.parse(document.querySelector('.race script').textContent).lanes[0];
        const bar = document.querySelector('.race input'), pre = document.querySelector('.race pre');
        return [0, 2, 9].map((at) => {
            bar.value = reads[at] + 0.001, bar.oninput();
            return [...pre.textContent.trim()].length - letters.slice(0, at + 1).reduce((all, one) => all + one, 0);
        });
    })()";
    let off: Vec<f64> = serde_json::from_value(page.ask(exact)).unwrap();
    // White space around an answer is trimmed here, and nothing else is missing.
    assert!(off.iter().all(|off| (-2.0..=0.0).contains(off)), "{off:?}");
    page.ask("document.querySelector('.race button').click()");
    page.wait_for(&format!("{answer} === {whole}"));
    page.picture("report-race");
    // The file that is saved is the one that was measured.
    page.ask(
        "(async () => {
            const packed = document.querySelector('script[data-file=\"results.json\"]').textContent;
            const bytes = Uint8Array.from(atob(packed), (letter) => letter.charCodeAt(0));
            const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream('gzip'));
            window.saved = JSON.parse(await new Response(stream).text());
        })(); 1",
    );
    page.wait_for("window.saved !== undefined");
    assert_eq!(page.ask("window.saved.lanes.map((lane) => lane.runs.length)"), serde_json::json!([6, 6]));
    // Dark and light.
    let paper = "getComputedStyle(document.body).backgroundColor";
    let light = page.ask(paper);
    page.ask("document.getElementById('theme').click()");
    assert_ne!(page.ask(paper), light);
    page.picture("report-dark");
    check(&mut page, &url);
    page.ask("document.getElementById('theme').click()");
    check(&mut page, &url);
}

#[test]
#[ignore = "wants Chromium"]
fn pages_fit_a_phone_and_say_no_word_to_a_network() {
    let home = home();
    let mut browser = Chromium::start();
    for name in ["one.html", "two.html", "findings.html"] {
        let url = address(&home, name);
        let view = PageView { size: (390, 844), mobile: true, ..PageView::default() };
        let mut page = browser.open(&url, view, "");
        assert_eq!(page.ask("document.documentElement.scrollWidth"), 390, "{name}");
        page.picture(&format!("phone-{name}"));
        check(&mut page, &url);
        let mut page = browser.open(&url, PageView { size: (1920, 1080), ..PageView::default() }, "");
        page.picture(&format!("wide-{name}"));
        assert!(page.ask("document.querySelector('.sim').textContent").as_str().unwrap().contains("Simulated"));
    }
}
