//! Everything in Speed Kings that reads what others wrote, as functions of bytes that must never panic, hang or grow.
//! libFuzzer drives them by `cargo fuzz run TARGET`; the smoke test drives the same functions on the stable toolchain.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Once;

use ratatui::buffer::Cell;
use speed_kings::bench::BenchmarkFile;
use speed_kings::catalog::{Catalog, Dialect};
use speed_kings::console::CONTAINED;
use speed_kings::film::raster::atlas::TileAtlas;
use speed_kings::film::raster::{Fonts, GroundColours, PictureGeometry, RequestedSize};
use speed_kings::provider::key_redactor::KeyRedactor;
use speed_kings::provider::secret::Secret;
use speed_kings::provider::{self, ProviderQuirks, ReplyReader};
use speed_kings::race::event::{EventKind, TextChannel};
use speed_kings::race::mark::marks;
use speed_kings::race::verdict::Verdict;
use speed_kings::record::reader;
use speed_kings::record::time_ref::TimeRef;
use speed_kings::ui::theme::{Theme, ThemeSet};
use speed_kings::{ndjson, sse};

/// Shorter keys are not looked for: they would mask ordinary words.
const SHORTEST_KEY: usize = 8;

/// One target: its name and what it runs.
pub type Target = (&'static str, fn(&[u8]));

/// All targets, by the names that `cargo fuzz run` takes.
pub const TARGETS: &[Target] = &[
    ("sse", sse),
    ("ndjson", ndjson),
    ("openai_reply", openai_reply),
    ("ollama_reply", ollama_reply),
    ("event_reply", event_reply),
    ("error_body", error_body),
    ("recording", recording),
    ("results", results),
    ("catalogue", catalogue),
    ("theme", theme),
    ("place", place),
    ("font", font),
    ("masking", masking),
];

/// Makes a target's program: libFuzzer's entry point, or a `main` that runs the files on the command line.
#[macro_export]
macro_rules! target {
    ($name:ident) => {
        #[cfg(fuzzing)]
        libfuzzer_sys::fuzz_target!(|data: &[u8]| $crate::$name(data));
        #[cfg(not(fuzzing))]
        fn main() -> std::io::Result<()> {
            std::env::args_os().skip(1).try_for_each(|file| Ok($crate::$name(&std::fs::read(file)?)))
        }
    };
}

/// `data` cut into pieces whose sizes its first byte decides, so that splits are part of what is tried.
fn pieces(data: &[u8]) -> impl Iterator<Item = &[u8]> {
    let (first, rest) = data.split_first().unwrap_or((&0, &[]));
    rest.chunks(usize::from(*first).max(1))
}

/// The event-stream decoder: any split gives the same frames.
pub fn sse(data: &[u8]) {
    let frames = |pieces: &mut dyn Iterator<Item = &[u8]>| {
        let (mut decoder, mut frames) = (sse::SseDecoder::with_limit(1 << 12), Vec::new());
        pieces.for_each(|piece| decoder.feed(piece, &mut |frame| frames.push(format!("{frame:?}"))));
        let ending = decoder.finish(&mut |frame| frames.push(format!("{frame:?}")));
        (frames, format!("{ending:?}"))
    };
    let whole = data.get(1..).unwrap_or_default();
    assert_eq!(frames(&mut pieces(data)), frames(&mut std::iter::once(whole)));
}

/// The line decoder: any split gives the same lines.
pub fn ndjson(data: &[u8]) {
    let frames = |pieces: &mut dyn Iterator<Item = &[u8]>| {
        let (mut decoder, mut frames) = (ndjson::NdjsonDecoder::with_limit(1 << 12), Vec::new());
        pieces.for_each(|piece| decoder.feed(piece, &mut |frame| frames.push(format!("{frame:?}"))));
        let ending = decoder.finish(&mut |frame| frames.push(format!("{frame:?}")));
        (frames, format!("{ending:?}"))
    };
    let whole = data.get(1..).unwrap_or_default();
    assert_eq!(frames(&mut pieces(data)), frames(&mut std::iter::once(whole)));
}

/// A reply in the `chat/completions` dialect.
pub fn openai_reply(data: &[u8]) {
    reply(Dialect::OpenAi, data);
}

/// A reply in Ollama's dialect.
pub fn ollama_reply(data: &[u8]) {
    reply(Dialect::Ollama, data);
}

/// A reply in one of the dialects of typed events, which the first byte chooses.
pub fn event_reply(data: &[u8]) {
    let (first, rest) = data.split_first().unwrap_or((&0, &[]));
    let typed = [Dialect::Anthropic, Dialect::Responses, Dialect::Completions, Dialect::Gemini];
    reply(typed.get(usize::from(*first) % typed.len()).copied().unwrap_or(Dialect::Anthropic), rest);
}

/// The last event of a reply is always an end, and there is only one.
fn reply(dialect: Dialect, data: &[u8]) {
    let (mut reader, mut events) = (ReplyReader::new(dialect, &ProviderQuirks::default()), Vec::new());
    pieces(data).for_each(|piece| reader.feed(piece, &mut events));
    reader.finish(&mut events);
    let is_end = |kind: &EventKind| matches!(kind, EventKind::Closed | EventKind::Failed(_));
    assert!(events.last().is_some_and(is_end), "no end: {:?}", events.last());
    assert_eq!(events.iter().filter(|kind| is_end(kind)).count(), 1);
}

/// The body of a refused request, with any status.
pub fn error_body(data: &[u8]) {
    let (status, body) = data.split_first_chunk::<2>().map_or((500, data), |(s, body)| (u16::from_le_bytes(*s), body));
    let failure = provider::refusal(status, body).failure;
    assert!(!failure.message.is_empty() && failure.message.chars().count() < 2_000);
}

/// A recording: what can be read of it can be judged, and so can its marks.
pub fn recording(data: &[u8]) {
    let Ok(recording) = reader::read(data) else { return };
    let race = recording.race();
    let _ = (Verdict::of(&race), marks(&race), recording.trouble(&race), recording.cut());
}

/// A saved benchmark.
pub fn results(data: &[u8]) {
    let Ok(value) = serde_json::from_slice(data) else { return };
    let Ok(saved) = BenchmarkFile::of(&value) else { return };
    let _ = (saved.title(), saved.simulated(), saved.is_complete(), saved.concurrency());
}

/// A catalogue of one's own over the built-in one.
pub fn catalogue(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let Ok(builtin) = Catalog::builtin() else { return };
    if let Err(error) = builtin.overlay(text, "catalogue.ron") {
        assert!(!error.to_string().is_empty());
    }
}

/// A theme of one's own.
pub fn theme(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let Ok(themes) = ThemeSet::builtin() else { return };
    match Theme::parse(text, "theme.ron", |name| themes.get(name)) {
        Ok(theme) => drop(theme.lane(0)),
        Err(error) => assert!(!error.to_string().is_empty()),
    }
}

/// A place in a race as a person writes it.
pub fn place(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    if let Err(error) = text.parse::<TimeRef>() {
        assert!(!error.to_string().is_empty());
    }
}

/// A font file of one's own, checked and drawn: letters, marks, signs and sequences.
pub fn font(data: &[u8]) {
    // libFuzzer takes every panic for a crash; those of the font's reader are contained.
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let report = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |info| {
            if std::thread::current().name() != Some(CONTAINED) {
                report(info);
            }
        }));
    });
    let Ok(mut file) = tempfile::NamedTempFile::new() else { return };
    if file.write_all(data).is_err() {
        return;
    }
    let Ok(geometry) = PictureGeometry::new(RequestedSize::default(), (480, 270)) else { return };
    match Fonts::new(&[file.path().to_path_buf()]) {
        Ok(fonts) => {
            let mut atlas = TileAtlas::new(&geometry, GroundColours::default(), fonts, None);
            for symbol in ["m", "é", "e\u{323}", "★", "計", "👍🏽", "🇩🇪"] {
                let id = atlas.tile(&Cell::new(symbol));
                assert!(atlas.pixels(id).is_some_and(|pixels| !pixels.bytes.is_empty()), "{symbol}");
            }
            if let Err(error) = atlas.check() {
                assert!(!error.to_string().is_empty());
            }
        }
        Err(error) => assert!(!error.to_string().is_empty()),
    }
}

/// Taking a key out of a text leaves none of it, neither in one piece nor in pieces; the input is the key, a zero byte, how
/// large the pieces are, and the text.
pub fn masking(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let Some((key, text)) = text.split_once('\0') else { return };
    let Some(key) = Secret::new(key).filter(|key| key.expose().len() >= SHORTEST_KEY) else { return };
    // A key made of pieces of the mask can arise anew at its edges.
    if key.expose().contains(['[', ']']) {
        return;
    }
    let mut letters = text.chars().filter(|letter| !"[]".contains(*letter));
    let size = letters.next().map_or(1, |letter| u32::from(letter) as usize % 24 + 1);
    let letters: Vec<char> = letters.collect();
    let text: String = letters.iter().collect();
    assert!(!key.mask(&text).contains(key.expose()));
    let pieces = letters
        .chunks(size)
        .map(|piece| EventKind::Text { channel: TextChannel::Answer, text: piece.iter().collect::<String>().into() });
    let mut veil = KeyRedactor::new(&key);
    let mut kinds: Vec<EventKind> = Vec::new();
    pieces.chain([EventKind::Closed]).for_each(|kind| veil.pass(kind, &mut kinds));
    let said: String =
        kinds.iter().map(|kind| if let EventKind::Text { text, .. } = kind { text } else { "" }).collect();
    assert!(!said.contains(key.expose()), "in pieces of {size}");
}

/// The corpus of a target, oldest name first.
///
/// # Errors
/// When its folder can't be read.
pub fn corpus(name: &str) -> std::io::Result<Vec<PathBuf>> {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus").join(name);
    let mut files = std::fs::read_dir(dir)?.map(|entry| Ok(entry?.path())).collect::<std::io::Result<Vec<_>>>()?;
    files.sort();
    Ok(files)
}
