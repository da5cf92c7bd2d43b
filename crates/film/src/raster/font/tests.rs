//! Fonts from outside: damaged ones end in words, within bounds, and what is one picture is one glyph.
//! All fonts here are made by code, out of the bundled ones or from nothing.

#![allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "the fonts made here are small")]

use std::path::{Path, PathBuf};

use ratatui::style::Modifier;

use super::*;

const TILE: GlyphTile = GlyphTile { width: 12, height: 24, font: 20.0 };
const WIDE: GlyphTile = GlyphTile { width: 24, ..TILE };

/// Tables put together into the file of a font.
fn file(tables: &[(&[u8; 4], Vec<u8>)]) -> Vec<u8> {
    let mut tables = tables.to_vec();
    tables.sort();
    let mut bytes = [&[0, 1, 0, 0][..], &(tables.len() as u16).to_be_bytes(), &[0; 6]].concat();
    let mut at = 12 + tables.len() * 16;
    for (tag, table) in &tables {
        bytes.extend([&tag[..], &[0; 4], &(at as u32).to_be_bytes(), &(table.len() as u32).to_be_bytes()].concat());
        at += table.len().next_multiple_of(4);
    }
    for (_, mut table) in tables {
        table.resize(table.len().next_multiple_of(4), 0);
        bytes.extend(table);
    }
    bytes
}

fn words(values: &[u16]) -> Vec<u8> {
    values.iter().flat_map(|value| value.to_be_bytes()).collect()
}

/// What every font has, for glyphs 1, 2 … that stand for `letters`, 1 000 units wide of `units` a letter's height.
fn common(letters: &[char], glyphs: u16, units: u16) -> Vec<(&'static [u8; 4], Vec<u8>)> {
    let mut head = vec![0; 54];
    head[..4].copy_from_slice(&[0, 1, 0, 0]);
    head[12..16].copy_from_slice(&0x5f0f_3cf5_u32.to_be_bytes());
    head[18..20].copy_from_slice(&units.to_be_bytes());
    head[50..52].copy_from_slice(&1_u16.to_be_bytes());
    let mut maxp = [&[0, 1, 0, 0][..], &glyphs.to_be_bytes()].concat();
    maxp.resize(32, 0);
    let mut hhea = vec![0, 1, 0, 0];
    hhea.extend(words(&[800, (-200_i16) as u16]));
    hhea.resize(34, 0);
    hhea.extend(1_u16.to_be_bytes());
    let mut hmtx = words(&[1_000, 0]);
    hmtx.resize(4 + (usize::from(glyphs) - 1) * 2, 0);
    let mut groups: Vec<[u32; 3]> =
        letters.iter().zip(1..).map(|(letter, glyph)| [u32::from(*letter), u32::from(*letter), glyph]).collect();
    groups.sort_unstable();
    let mut cmap = words(&[0, 1, 3, 10, 0, 12, 12, 0]);
    let length = 16 + groups.len() as u32 * 12;
    cmap.extend([length, 0, groups.len() as u32].into_iter().chain(groups.concat()).flat_map(u32::to_be_bytes));
    vec![(b"head", head), (b"maxp", maxp), (b"hhea", hhea), (b"hmtx", hmtx), (b"cmap", cmap)]
}

/// A font of outlines.
fn outlines(letters: &[char], glyphs: &[Vec<u8>], units: u16) -> Vec<u8> {
    let (mut glyf, mut loca) = (Vec::new(), vec![0_u32]);
    for glyph in glyphs {
        glyf.extend(glyph);
        glyf.resize(glyf.len().next_multiple_of(4), 0);
        loca.push(glyf.len() as u32);
    }
    let mut tables = common(letters, glyphs.len() as u16, units);
    tables.push((b"glyf", glyf));
    tables.push((b"loca", loca.into_iter().flat_map(u32::to_be_bytes).collect()));
    file(&tables)
}

/// A square from 0 to `side`.
fn square(side: i16) -> Vec<u8> {
    let mut glyph = words(&[1, 0, 0, side as u16, side as u16, 3, 0]);
    glyph.extend([1, 1, 1, 1]);
    glyph.extend([0, side, 0, -side, 0, 0, side, 0].iter().flat_map(|step: &i16| step.to_be_bytes()));
    glyph
}

/// A glyph made of `parts`.
fn composite(parts: &[u16]) -> Vec<u8> {
    let mut glyph = words(&[u16::MAX, 0, 0, 100, 100]);
    for (index, part) in parts.iter().enumerate() {
        let more = if index + 1 < parts.len() { 0x20 } else { 0 };
        glyph.extend(words(&[0x3 | more, *part, 0, 0]));
    }
    glyph
}

fn saved(bytes: &[u8]) -> (tempfile::TempDir, PathBuf) {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("font.ttf");
    std::fs::write(&path, bytes).unwrap();
    (dir, path)
}

/// What is said when `symbol` is drawn with the font in `bytes`.
fn said(bytes: &[u8], symbol: &str) -> Option<String> {
    let (_dir, path) = saved(bytes);
    let words = match Fonts::new(std::slice::from_ref(&path)) {
        Err(error) => error.to_string(),
        Ok(mut fonts) => {
            fonts.draw(symbol, Modifier::empty(), TILE);
            fonts.check().err()?.to_string()
        }
    };
    Some(words.replace(&path.display().to_string(), "F"))
}

#[test]
fn a_sound_font_is_drawn() {
    let font = outlines(&['計'], &[Vec::new(), square(900)], 1_000);
    assert_eq!(said(&font, "計"), None);
    let (_dir, path) = saved(&font);
    let Some(Glyph::Mask(mask)) = Fonts::new(&[path]).unwrap().draw("計", Modifier::empty(), WIDE) else { panic!() };
    assert!(mask.alpha.iter().map(|alpha| u32::from(*alpha)).sum::<u32>() > 200 * 255);
}

#[test]
fn parts_of_parts_do_not_multiply_without_end() {
    // Each glyph is made of twelve of the next: a few hundred bytes for millions of millions of squares.
    let mut glyphs = vec![Vec::new()];
    glyphs.extend((2..14).map(|next| composite(&[next; 12])));
    glyphs.push(square(900));
    let font = outlines(&['計'], &glyphs, 1_000);
    assert!(font.len() < 3_000);
    let parts = "font F: the glyph of '計' can't be drawn: it is put together from more than 256 parts, or on more than 8 levels";
    assert_eq!(said(&font, "計").as_deref(), Some(parts));
    let itself = outlines(&['計'], &[Vec::new(), composite(&[1])], 1_000);
    assert_eq!(said(&itself, "計").as_deref(), Some(parts));
    let sound = outlines(&['計'], &[Vec::new(), composite(&[2, 2]), square(900)], 1_000);
    assert_eq!(said(&sound, "計"), None);
}

#[test]
fn an_outline_that_is_far_too_large_is_not_filled() {
    let font = outlines(&['計'], &[Vec::new(), square(32_000)], 16);
    let large = "font F: the glyph of '計' can't be drawn: it is many times larger than the letters are";
    assert_eq!(said(&font, "計").as_deref(), Some(large));
}

#[test]
fn a_file_that_is_no_sound_font_is_refused_in_words() {
    let sound = outlines(&['計'], &[Vec::new(), square(900)], 1_000);
    let begins = |bytes: &[u8]| said(bytes, "計").unwrap_or_default();
    assert!(begins(b"").starts_with("font F: not a font that can be read"));
    assert!(begins(&[0; 3_000]).starts_with("font F: not a font that can be read"));
    let cut = &sound[..sound.len() - 16];
    assert!(begins(cut).starts_with("font F: damaged: its table '"), "{}", begins(cut));
    let without = |tag: &[u8; 4]| {
        let mut tables = common(&['計'], 2, 1_000);
        tables.retain(|(table, _)| *table != tag);
        begins(&file(&tables))
    };
    assert_eq!(without(b"cmap"), "font F: damaged: it has no table 'cmap'");
    assert_eq!(without(b"post"), "font F: damaged: it has no table 'glyf'");
    assert_eq!(begins(&file(&common(&['計'], 2, 3))), "font F: damaged: its table 'head' makes no sense");
}

/// Thousands with `SPEED_KINGS_FONT_MUTATIONS=5000`: the bundled fonts with bytes changed or cut off, drawn.
#[test]
fn no_change_to_a_font_brings_it_down() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fonts");
    let read = |name: &str| std::fs::read(folder.join(name)).unwrap();
    let seeds = [read("JetBrainsMono-Regular.ttf"), read("DejaVuSans-Symbols.ttf"), read("DejaVuSansMono-Symbols.ttf")];
    let count = std::env::var("SPEED_KINGS_FONT_MUTATIONS").ok().and_then(|count| count.parse().ok()).unwrap_or(60);
    for seed in 0..count {
        let mut random = fastrand::Rng::with_seed(seed);
        let mut bytes = seeds[random.usize(..seeds.len())].clone();
        if random.u8(..8) == 0 {
            bytes.truncate(random.usize(..bytes.len()));
        }
        for _ in 0..random.usize(1..40) {
            // The tables' directory and heads decide most.
            let reach = if random.bool() { 2_048 } else { bytes.len() };
            let at = random.usize(..reach.min(bytes.len()).max(1));
            if let Some(byte) = bytes.get_mut(at) {
                *byte = random.u8(..);
            }
        }
        let (_dir, path) = saved(&bytes);
        let Ok(mut fonts) = Fonts::new(&[path]) else { continue };
        for symbol in ["m", "⚑", "é", "★", "①", "e\u{323}"] {
            fonts.draw(symbol, Modifier::empty(), TILE);
            let slow = fonts.check().err().filter(|error| error.to_string().contains("longer than"));
            assert!(slow.is_none(), "seed {seed}: {slow:?}");
        }
    }
}

/// A font of colours: a blue and a red square, which joined are a flag, with a ligature.
fn colours() -> Vec<u8> {
    let letters = ['🇩', '🇪', '👩', '\u{200d}', '🔬', '1', '\u{20e3}'];
    let glyphs: Vec<Vec<u8>> = std::iter::once(Vec::new()).chain((1..10).map(|_| square(900))).collect();
    let (mut glyf, mut loca) = (Vec::new(), vec![0_u32]);
    for glyph in &glyphs {
        glyf.extend(glyph);
        glyf.resize(glyf.len().next_multiple_of(4), 0);
        loca.push(glyf.len() as u32);
    }
    let mut tables = common(&letters, 10, 1_000);
    tables.push((b"glyf", glyf));
    tables.push((b"loca", loca.into_iter().flat_map(u32::to_be_bytes).collect()));
    // Glyph 1 is red, and glyph 8, to which the ligatures lead, green.
    let mut colr = words(&[0, 2, 0, 14, 0, 26, 2]);
    colr.extend(words(&[1, 0, 1, 8, 1, 1]));
    colr.extend(words(&[1, 0, 8, 1]));
    tables.push((b"COLR", colr));
    let mut cpal = words(&[0, 2, 1, 2, 0, 14, 0]);
    cpal.extend([0, 0, 255, 255, 0, 255, 0, 255]);
    tables.push((b"CPAL", cpal));
    // One feature with one lookup: 1+2, 3+4+5 and 6+7 are glyph 8.
    let mut gsub = words(&[1, 0, 10, 12, 26, 0]);
    gsub.extend([&words(&[1])[..], b"ccmp", &words(&[8, 0, 1, 0])].concat());
    let (sets, lookup) = (3_u16, [1, 4, 4, 0, 1, 8]);
    gsub.extend(words(&lookup));
    let set = |rest: &[u16]| [&[1, 4, 8, rest.len() as u16 + 1][..], rest].concat();
    let all = [set(&[2]), set(&[4, 5]), set(&[7])];
    let start = 6 + sets * 2 + 4 + sets * 2;
    let mut table = vec![1, 6 + sets * 2, sets];
    let mut at = start;
    for set in &all {
        table.push(at);
        at += set.len() as u16 * 2;
    }
    table.extend([1, sets, 1, 3, 6]);
    table.extend(all.concat());
    gsub.extend(words(&table));
    tables.push((b"GSUB", gsub));
    file(&tables)
}

#[test]
fn a_sequence_is_one_glyph_in_its_colours_or_none() {
    let (_dir, path) = saved(&colours());
    let mut fonts = Fonts::new(&[path]).unwrap();
    let mut colour = |symbol: &str| match fonts.draw(symbol, Modifier::empty(), WIDE)? {
        Glyph::Colour(rgba) => rgba.as_chunks::<4>().0.iter().find(|pixel| pixel[3] == 255).copied(),
        Glyph::Mask(_) => Some([0; 4]),
    };
    let green = Some([0, 255, 0, 255]);
    for symbol in ["🇩🇪", "👩\u{200d}🔬", "1\u{fe0f}\u{20e3}"] {
        assert_eq!(colour(symbol), green, "{symbol}");
    }
    assert_eq!(colour("🇩"), Some([255, 0, 0, 255]), "alone it is itself");
    for symbol in ["🇪🇩", "👩\u{1f3fd}", "👩\u{200d}👩", "2\u{fe0f}\u{20e3}", "x\u{20e0}"] {
        assert_eq!(colour(symbol), None, "{symbol} is not there, and nothing else stands in");
    }
    assert!(fonts.check().is_ok());
}

#[test]
fn the_form_that_is_asked_for_is_drawn() {
    let (_dir, path) = saved(&colours());
    let mut fonts = Fonts::new(&[path]).unwrap();
    let mut is_colour =
        |symbol: &str| fonts.draw(symbol, Modifier::empty(), WIDE).map(|glyph| matches!(glyph, Glyph::Colour(_)));
    assert_eq!(is_colour("🇩\u{fe0e}"), None, "only a picture is there");
    assert_eq!(is_colour("★\u{fe0f}"), Some(false), "only a letter is there");
    assert_eq!(is_colour("★\u{fe0e}"), Some(false));
}

#[test]
fn fonts_of_the_system_fill_gaps_and_are_named() {
    let (dir, path) = saved(&outlines(&['計'], &[Vec::new(), square(900)], 1_000));
    // A damaged one that comes before it is passed over, in words.
    let broken = outlines(&['計'], &[Vec::new(), composite(&[1])], 1_000);
    std::fs::write(path.with_file_name("a.ttf"), broken).unwrap();
    assert!(Fonts::new(&[]).unwrap().draw("計", Modifier::empty(), WIDE).is_none(), "not without being asked");
    let mut fonts = Fonts::new(&[]).unwrap().with_system(vec![dir.path().to_owned()]);
    assert!(fonts.draw("m", Modifier::empty(), TILE).is_some() && fonts.notes().is_empty());
    assert!(fonts.draw("計", Modifier::empty(), WIDE).is_some());
    assert!(fonts.draw("算", Modifier::empty(), WIDE).is_none());
    let notes = fonts.notes();
    assert_eq!(notes.len(), 2, "{notes:?}");
    assert!(notes[0].starts_with("fonts of this system were used: font.ttf; --no-system-fonts"), "{notes:?}");
    assert!(notes[1].starts_with("passed over: font ") && notes[1].contains("a.ttf"), "{notes:?}");
    assert!(fonts.check().is_ok(), "nobody named it");
}
