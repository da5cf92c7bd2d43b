//! The overlay and the page that plays a film in a real browser. They want Chromium, so they are run by name:
//!
//! ```sh
//! cargo test --test it browser:: -- --ignored --nocapture --test-threads 1
//! ```
//!
//! `CHROMIUM=/path/to/it` names another browser, `PICTURES=DIR` keeps what it drew.

mod chromium;
mod reports;

use std::io::{Read as _, Write as _};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde_json::{Value, json};

use self::chromium::{BrowserPage, Chromium, PageView};
use crate::overlay::{Overlaid, recording};
use crate::program::Home;

/// Notes the id of each event, when it came, and when the page had drawn it.
const NOTES: &str = "
    window.seen = [];
    const listen = EventSource.prototype.addEventListener;
    EventSource.prototype.addEventListener = function (kind, take) {
        listen.call(this, kind, function (event) {
            const came = Date.now();
            take(event);
            window.seen.push([event.lastEventId, came, Date.now()]);
        });
    };";

fn replayed(args: &[&str]) -> Overlaid {
    let file = recording();
    Overlaid::start(Home::new(), &[&["replay", &file, "--overlay", "127.0.0.1:0"], args].concat())
}

/// How many pixels are drawn on at all.
fn drawn((_, pixels): &(usize, Vec<u8>)) -> usize {
    pixels.chunks(4).filter(|pixel| pixel[3] > 0).count()
}

/// Whether nothing is drawn at (x, y).
fn is_clear((width, pixels): &(usize, Vec<u8>), x: usize, y: usize) -> bool {
    pixels[(y * width + x) * 4 + 3] == 0
}

/// Checks that `page` is content and asked nobody but `address`.
fn check_quiet(page: &mut BrowserPage<'_>, address: &str) {
    assert_eq!(page.complaints(), [""; 0]);
    let requests = page.requests();
    assert!(requests.len() >= 4, "{requests:?}");
    for url in requests {
        assert!(url.starts_with(&format!("http://{address}/")), "{url}");
    }
}

#[test]
#[ignore = "wants Chromium"]
fn the_overlay_draws_the_race_on_nothing() {
    let shown = replayed(&["--speed", "0.1"]);
    let mut browser = Chromium::start();
    let mut page = browser.open(&format!("http://{}/", shown.address), PageView::default(), "");
    page.wait_for("!document.getElementById('stage').hidden");
    page.wait_for("document.fonts.status === 'loaded'");
    let picture = page.picture("overlay-start");
    assert!(drawn(&picture) > 200_000 && is_clear(&picture, 1_900, 20) && is_clear(&picture, 10, 700));
    page.wait_for("document.querySelector('.passing') !== null");
    let leader = page.text("gap-name");
    page.picture("overlay-overtake");
    assert_eq!(leader, "Cerebras");
    page.wait_for("document.getElementById('gap-words').textContent.includes('leads by 2')");
    let picture = page.picture("overlay-race");
    // The middle of the picture belongs to whoever streams.
    assert!(drawn(&picture) > 200_000 && is_clear(&picture, 960, 560), "{}", drawn(&picture));
    page.wait_for("!document.getElementById('verdict').hidden");
    assert_eq!(page.text("verdict-head"), "CEREBRAS WINS");
    let printed = std::fs::read_to_string(shown.home.path().join("stdout")).unwrap();
    let cells = page.ask("Array.from(document.querySelectorAll('#verdict td')).map((cell) => cell.textContent)");
    for cell in cells.as_array().unwrap() {
        assert!(printed.contains(cell.as_str().unwrap()), "{cell} is not in {printed}");
    }
    std::thread::sleep(Duration::from_millis(700));
    let picture = page.picture("overlay-verdict");
    assert!(drawn(&picture) > 500_000);
    check_quiet(&mut page, &shown.address);
}

#[test]
#[ignore = "wants Chromium"]
fn names_are_text_whatever_they_are() {
    const HOSTILE: &str = "</span><img src=http://example.org/x onerror=\"document.title='OWNED'\"><script>document.title='OWNED'</script>";
    let race = std::fs::read_to_string(recording()).unwrap();
    let (header, events) = race.split_once('\n').unwrap();
    let mut header: Value = serde_json::from_str(header).unwrap();
    for lane in 0..2 {
        header["lanes"][lane]["name"] = format!("{HOSTILE}\u{202e}{lane}").into();
    }
    let home = Home::new();
    let file = home.file("hostile.race", format!("{header}\n{events}"));
    let said = format!("0%-100%={HOSTILE}");
    let args = [
        "replay",
        file.to_str().unwrap(),
        "--overlay",
        "127.0.0.1:0",
        "--speed",
        "0.5",
        "--title",
        HOSTILE,
        "--caption",
        &said,
    ];
    let shown = Overlaid::start(home, &args);
    let mut browser = Chromium::start();
    let mut page = browser.open(&format!("http://{}/", shown.address), PageView::default(), "");
    page.wait_for("document.getElementById('caption-words').textContent.includes('</script>')");
    page.picture("overlay-hostile-caption");
    page.wait_for("!document.getElementById('verdict').hidden");
    page.picture("overlay-hostile");
    assert!(page.text("title").contains("<img src="));
    assert!(page.text("verdict-head").contains("<IMG") && page.text("places").contains("onerror"));
    assert_eq!(page.ask("document.querySelectorAll('img, section script').length"), 0);
    assert_eq!(page.ask("document.title"), "Speed Kings overlay");
    assert_eq!(page.ask("document.documentElement.scrollWidth"), 1_920);
    check_quiet(&mut page, &shown.address);
}

#[test]
#[ignore = "wants Chromium"]
fn the_overlay_shows_what_its_address_asks_for() {
    let shown = replayed(&["--speed", "0.02"]);
    let mut browser = Chromium::start();
    let url = format!("http://{}/", shown.address);
    let visible =
        "Array.from(document.querySelectorAll('section')).filter((one) => one.offsetParent).map((one) => one.id)";
    let query = "?show=tower,gap&scale=0.5&background=%23102030&delay=300";
    let mut page = browser.open(&format!("{url}{query}"), PageView { size: (960, 540), ..PageView::default() }, "");
    page.wait_for("!document.getElementById('gap').hidden && !document.getElementById('stage').hidden");
    assert_eq!(page.ask(visible), json!(["tower", "gap"]));
    // Half the size of a picture that is half as large.
    let width = page.number("document.getElementById('tower').getBoundingClientRect().width");
    assert!((width - 160.0).abs() < 1.0, "{width}");
    let (_, pixels) = page.picture("overlay-asked");
    assert_eq!(pixels[..4], [0x10, 0x20, 0x30, 0xff]);
    check_quiet(&mut page, &shown.address);
    // What makes no sense is passed over.
    let mut page =
        browser.open(&format!("{url}?scale=-1&delay=x&background=url(//example.org)"), PageView::default(), "");
    page.wait_for("!document.getElementById('stage').hidden");
    // Beside everything that is ever drawn: the lights and GO stand in the middle.
    let picture = page.picture("overlay-senseless");
    assert!(is_clear(&picture, 1_900, 20) && is_clear(&picture, 10, 700));
    check_quiet(&mut page, &shown.address);
}

#[test]
#[ignore = "wants Chromium"]
fn the_overlay_stands_still_for_whoever_wants_that() {
    let moves = "getComputedStyle(document.querySelector('.run')).transitionDuration !== '0s'";
    let mut browser = Chromium::start();
    for (args, reduced, expected) in [
        (&["--speed", "0.02"][..], false, true),
        (&["--speed", "0.02"], true, false),
        (&["--speed", "0.02", "--no-motion"], false, false),
    ] {
        let shown = replayed(args);
        let view = PageView { reduced, ..PageView::default() };
        let mut page = browser.open(&format!("http://{}/", shown.address), view, "");
        page.wait_for("document.querySelector('.run') !== null");
        // The first picture of a race never moves.
        std::thread::sleep(Duration::from_millis(300));
        assert_eq!(page.ask(moves), expected, "{args:?} {reduced}");
    }
}

#[test]
#[ignore = "wants Chromium"]
fn the_overlay_waits_as_long_as_its_address_says() {
    const GAPS: &str = "
        window.gaps = [];
        const listen = EventSource.prototype.addEventListener;
        EventSource.prototype.addEventListener = function (kind, take) {
            listen.call(this, kind, function (event) {
                const told = JSON.parse(event.data);
                if (told.frame) { window.gaps.push([Date.now(), told.frame.gap.text]); }
                take(event);
            });
        };";
    let shown = replayed(&["--speed", "0.02"]);
    let mut browser = Chromium::start();
    let url = format!("http://{}/?delay=1500", shown.address);
    let mut page = browser.open(&url, PageView::default(), GAPS);
    page.wait_for("document.getElementById('gap-words').textContent.includes('leads')");
    // How long ago that came which is on the page now.
    let ago = page.number(
        "(function () {
            const shown = document.getElementById('gap-figure').textContent;
            const came = window.gaps.filter((one) => one[1] === shown).map((one) => one[0]);
            return Date.now() - came[came.length - 1];
        })()",
    );
    assert!((1_400.0..3_000.0).contains(&ago), "{ago}");
}

/// Passes bytes on between a browser and a server, notes what goes by, and can cut the lines.
struct CutLine {
    address: String,
    /// The heads of the requests.
    asked: Arc<Mutex<Vec<String>>>,
    /// The ids of the events, and when each went by, in milliseconds since 1970.
    passed: Arc<Mutex<Vec<(String, f64)>>>,
    open: Arc<Mutex<Vec<TcpStream>>>,
}

impl CutLine {
    fn to(server: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let line = Self {
            address: listener.local_addr().unwrap().to_string(),
            asked: Arc::default(),
            passed: Arc::default(),
            open: Arc::default(),
        };
        let (asked, passed, open) = (Arc::clone(&line.asked), Arc::clone(&line.passed), Arc::clone(&line.open));
        let server = server.to_owned();
        std::thread::spawn(move || {
            for page in listener.incoming().flatten() {
                let Ok(server) = TcpStream::connect(&server) else { continue };
                open.lock().unwrap().extend([page.try_clone().unwrap(), server.try_clone().unwrap()]);
                let asked = Arc::clone(&asked);
                let ways = (page.try_clone().unwrap(), server.try_clone().unwrap());
                std::thread::spawn(move || {
                    pass(ways.0, ways.1, |bytes| asked.lock().unwrap().push(String::from_utf8_lossy(bytes).into()));
                });
                let passed = Arc::clone(&passed);
                std::thread::spawn(move || pass(server, page, |bytes| note_ids(bytes, &passed)));
            }
        });
        line
    }

    fn cut(&self) {
        for stream in self.open.lock().unwrap().drain(..) {
            let _ = stream.shutdown(Shutdown::Both);
        }
    }
}

fn pass(mut from: TcpStream, mut to: TcpStream, mut note: impl FnMut(&[u8])) {
    let mut bytes = vec![0; 1 << 16];
    while let Ok(read @ 1..) = from.read(&mut bytes) {
        note(&bytes[..read]);
        if to.write_all(&bytes[..read]).is_err() {
            break;
        }
    }
    let _ = to.shutdown(Shutdown::Both);
}

fn note_ids(bytes: &[u8], passed: &Mutex<Vec<(String, f64)>>) {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs_f64() * 1e3;
    let text = String::from_utf8_lossy(bytes);
    let ids = text.split("id: ").skip(1).filter_map(|rest| rest.lines().next());
    passed.lock().unwrap().extend(ids.map(|id| (id.to_owned(), now)));
}

fn seen(page: &mut BrowserPage<'_>) -> Vec<(String, f64, f64)> {
    let seen = page.ask("window.seen");
    let moment = |value: &Value| value.as_f64().unwrap();
    let one = |one: &Value| (one[0].as_str().unwrap().to_owned(), moment(&one[1]), moment(&one[2]));
    seen.as_array().unwrap().iter().map(one).collect()
}

#[test]
#[ignore = "wants Chromium"]
fn the_overlay_goes_on_after_a_cut_line() {
    let shown = replayed(&["--speed", "0.05"]);
    let line = CutLine::to(&shown.address);
    let mut browser = Chromium::start();
    let mut page = browser.open(&format!("http://{}/", line.address), PageView::default(), NOTES);
    for cuts in 1..4 {
        page.wait_for(&format!("window.seen.length > {}", cuts * 60));
        line.cut();
    }
    page.wait_for("window.seen.length > 260");
    let seen = seen(&mut page);
    let number = |id: &str| id.rsplit_once('-').unwrap().1.parse::<u64>().unwrap();
    let numbers: Vec<u64> = seen.iter().map(|(id, ..)| number(id)).collect();
    assert_eq!(numbers, (1..=seen.len() as u64).collect::<Vec<_>>(), "none is lost, none comes twice");
    let asked = line.asked.lock().unwrap().join("");
    assert_eq!(asked.to_lowercase().matches("last-event-id: ").count(), 3);
    // How long an event takes from the server to the page, as this machine was at the time: told, not judged.
    let passed = line.passed.lock().unwrap();
    let sent = |id: &str| passed.iter().rev().find(|(passed, _)| passed == id).unwrap().1;
    let told = |mut took: Vec<f64>| {
        took.sort_by(f64::total_cmp);
        let at = |share: usize| took[(took.len() - 1) * share / 100].max(0.0);
        format!("p50 {:.1} ms, p95 {:.1} ms, longest {:.1} ms", at(50), at(95), at(100))
    };
    let later = || seen.iter().skip(20);
    eprintln!("event to page: {}", told(later().map(|(id, came, _)| came - sent(id)).collect()));
    eprintln!("event to picture: {}", told(later().map(|(id, _, drawn)| drawn - sent(id)).collect()));
}

#[test]
#[ignore = "wants Chromium"]
fn the_overlay_outlives_its_server() {
    let first = replayed(&["--speed", "0.05"]);
    let address = first.address.clone();
    let mut browser = Chromium::start();
    let mut page = browser.open(&format!("http://{address}/"), PageView::default(), NOTES);
    page.wait_for("window.seen.length > 20");
    drop(first);
    // A race that has stopped is not called live.
    page.wait_for("document.getElementById('pace').textContent === 'NO SIGNAL'");
    assert_eq!(page.ask("document.getElementById('stage').hidden"), false, "its last picture stays");
    let file = recording();
    let again = ["replay", &file, "--overlay", &address, "--speed", "0.2", "--loop", "--hold-verdict", "1"];
    let _again = Overlaid::start(Home::new(), &again);
    page.wait_for("document.getElementById('pace').textContent.includes('0.2')");
    page.wait_for("!document.getElementById('verdict').hidden");
    page.wait_for("document.getElementById('verdict').hidden && document.getElementById('gap-words').textContent.includes('leads')");
}

/// The page of a film of a whole race, as a file's address.
fn film(home: &Home) -> String {
    let (file, page) = (recording(), home.path().join("race.html"));
    let args = ["export", &file, "--to", page.to_str().unwrap(), "--cells", "100x30", "--fps", "20", "--speed", "0.25"];
    home.run(&args).says(0, &[]);
    format!("file://{}", page.display())
}

#[test]
#[ignore = "wants Chromium"]
fn the_page_of_a_film_is_played_by_keys() {
    let home = Home::new();
    let url = film(&home);
    let mut browser = Chromium::start();
    let mut page = browser.open(&format!("{url}#t=2"), PageView { size: (1280, 800), ..PageView::default() }, "");
    let now = "Number(document.getElementById('bar').value)";
    assert!((page.number(now) - 2_000.0).abs() < 1.0);
    let duration = page.number("Number(document.getElementById('bar').max)");
    let mut expected = 2_000.0;
    for (key, modifiers, by) in
        [("ArrowRight", 0, 1_000.0), ("ArrowRight", 8, 5_000.0), ("ArrowLeft", 0, -1_000.0), ("ArrowLeft", 8, -5_000.0)]
    {
        page.press(key, modifiers);
        expected += by;
        let at = page.number(now);
        assert!((at - expected).abs() < 1.0, "{key} {modifiers}: {at}");
    }
    page.press(".", 0);
    let on = page.number(now);
    page.press(",", 0);
    let back = page.number(now);
    assert!(on > back && on - back < 1_000.0, "{on} {back}");
    page.press("End", 0);
    assert!((page.number(now) - duration).abs() < 1.0);
    page.press("Home", 0);
    assert!(page.number(now) < 1.0);
    // Chapters, by key and by a click on their button; the one that plays is marked.
    let chapter = "document.querySelector('[aria-current]').textContent";
    page.press("m", 0);
    let first = page.ask(chapter);
    page.press("m", 0);
    let second = page.ask(chapter);
    assert_ne!(first, second);
    page.press("M", 8);
    assert_eq!(page.ask(chapter), first);
    page.ask("document.querySelectorAll('#chapters button')[1].click()");
    let at = page.number(now);
    assert!(
        (page.number("parseFloat(document.querySelectorAll('#chapters button')[1].textContent)") * 1e3 - at).abs()
            < 10.0
    );
    // After a click keys go on working, and the space bar presses the button that it is on.
    page.press("]", 0);
    assert_eq!(page.ask("document.getElementById('speed').value"), "2");
    page.press("[", 0);
    page.press("[", 0);
    assert_eq!(page.ask("document.getElementById('speed').value"), "0.5");
    page.press("?", 8);
    assert!(page.ask("document.getElementById('help').offsetParent !== null") == true);
    page.picture("film-keys");
    page.press("Escape", 0);
    assert!(page.ask("document.getElementById('help').offsetParent === null") == true);
    page.ask("document.activeElement.blur()");
    page.press(" ", 0);
    page.wait_for(&format!("{now} > {at} + 100"));
    page.press(" ", 0);
    let stopped = page.number(now);
    std::thread::sleep(Duration::from_millis(150));
    assert!((page.number(now) - stopped).abs() < 1.0);
    assert!(drawn(&page.picture("film")) > 500_000);
    assert_eq!(page.complaints(), [""; 0]);
    assert_eq!(page.requests(), [format!("{url}#t=2").split('#').next().unwrap()]);
}

#[test]
#[ignore = "wants Chromium"]
fn the_page_of_a_film_fits_a_phone_and_waits_for_whoever_wants_no_motion() {
    let home = Home::new();
    let url = film(&home);
    let mut browser = Chromium::start();
    let phone = PageView { size: (390, 844), reduced: true, mobile: true };
    let mut page = browser.open(&url, phone, "");
    let now = "Number(document.getElementById('bar').value)";
    std::thread::sleep(Duration::from_millis(300));
    assert!(page.number(now) < 1.0, "it begins by hand");
    assert!(page.number("document.documentElement.scrollWidth") <= 390.0, "nothing lies beside the screen");
    let [wide, high] = ["width", "height"]
        .map(|side| page.number(&format!("document.getElementById('screen').getBoundingClientRect().{side}")));
    assert!(wide <= 390.0 && wide > 300.0 && (wide / high - 100.0 / 60.0).abs() < 0.1, "{wide} by {high}");
    let least = "Math.min(...Array.from(document.querySelectorAll('button, select, #bar')).filter((one) => one.offsetParent).map((one) => one.getBoundingClientRect().height))";
    assert!(page.number(least) >= 40.0, "fingers are thick");
    page.ask("document.getElementById('screen').click()");
    page.wait_for(&format!("{now} > 300"));
    page.picture("film-phone");
    assert_eq!(page.complaints(), [""; 0]);
    // For everybody else it plays by itself.
    let mut other = browser.open(&url, PageView::default(), "");
    other.wait_for(&format!("{now} > 100"));
}
