//! Pictures as pixels: lines that meet, letters that are there, cells that are drawn again only when they must be.
//! Small pictures are compared as text, so that a difference can be seen.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::{Color, Modifier, Style};

use super::atlas::TileAtlas;
use super::canvas::Canvas;
use super::font::{Fonts, Glyph, GlyphTile};
use super::mask::CoverageMask;
use super::{GroundColours, PictureGeometry, RequestedSize, shape};
use crate::camera::FilmFrame;
use crate::script::FilmScene;
use speed_kings_core::time::Period;

const GROUND: GroundColours = GroundColours { fg: [250, 250, 250], bg: [10, 20, 30] };

fn geometry(cells: (u16, u16)) -> PictureGeometry {
    PictureGeometry::new(
        RequestedSize { cells: Some(cells), font: Some(20.0), ..RequestedSize::default() },
        (1_920, 1_080),
    )
    .unwrap()
}

fn canvas(cells: (u16, u16)) -> Canvas {
    let geometry = geometry(cells);
    Canvas::new(geometry, TileAtlas::new(&geometry, GROUND, Fonts::new(&[]).unwrap(), None))
}

fn draw(canvas: &mut Canvas, buffer: &Buffer, changed: &[usize]) -> Vec<u8> {
    canvas
        .draw(&FilmFrame { index: 0, at: Period::ZERO, scene: FilmScene::Verdict(Period::ZERO), buffer, changed })
        .unwrap()
        .to_vec()
}

/// A mask as text: blank, three tones, full.
fn picture(mask: &CoverageMask) -> Vec<String> {
    let tone = |alpha: &u8| [' ', '.', '+', '%', '#'][usize::from(alpha.div_ceil(64))];
    mask.alpha.chunks_exact(mask.width).map(|row| row.iter().map(tone).collect()).collect()
}

fn shape(letter: char, width: usize, height: usize) -> Vec<String> {
    picture(&shape::draw(letter, width, height).unwrap())
}

fn letter(symbol: &str) -> Option<CoverageMask> {
    let tile = GlyphTile { width: 12, height: 24, font: 20.0 };
    match Fonts::new(&[]).unwrap().draw(symbol, Modifier::empty(), tile)? {
        Glyph::Mask(mask) => Some(mask),
        Glyph::Colour(_) => None,
    }
}

#[test]
fn geometry_looks_as_it_should() {
    let expected = |text: &str| text.lines().map(str::to_owned).collect::<Vec<_>>();
    assert_eq!(shape('┼', 7, 7), expected("   #   \n   #   \n   #   \n#######\n   #   \n   #   \n   #   "));
    assert_eq!(shape('╔', 7, 7), expected("       \n       \n  #####\n  #    \n  # ###\n  # #  \n  # #  "));
    assert_eq!(shape('╬', 7, 7), expected("  # #  \n  # #  \n### ###\n       \n### ###\n  # #  \n  # #  "));
    assert_eq!(shape('╟', 7, 7), expected("  # #  \n  # #  \n  # #  \n  # ###\n  # #  \n  # #  \n  # #  "));
    assert_eq!(shape('┏', 7, 7), expected("       \n       \n  #####\n  #####\n  #####\n  ###  \n  ###  "));
    assert_eq!(shape('▄', 4, 4), expected("    \n    \n####\n####"));
    assert_eq!(shape('▚', 4, 4), expected("##  \n##  \n  ##\n  ##"));
    assert_eq!(shape('▐', 4, 2), expected("  ##\n  ##"));
    assert_eq!(shape('\u{1fb00}', 4, 6), expected("##  \n##  \n    \n    \n    \n    "));
    assert_eq!(shape('\u{1fb3b}', 4, 6), expected("  ##\n  ##\n####\n####\n####\n####"));
    assert_eq!(shape('⠁', 4, 8).iter().filter(|row| row.trim() != "").count(), 2);
}

#[test]
fn lines_meet_at_every_size() {
    for (width, height) in [(8, 16), (9, 19), (10, 20), (12, 24), (16, 30), (24, 48)] {
        let mask = |letter| shape::draw(letter, width, height).unwrap();
        let column =
            |mask: &CoverageMask, x: usize| mask.alpha.iter().skip(x).step_by(width).copied().collect::<Vec<_>>();
        let row = |mask: &CoverageMask, y: usize| mask.alpha[y * width..][..width].to_vec();
        for (line, joints) in [('─', "┌├└┬┼╭╰"), ('━', "┏┣┗"), ('═', "╔╠╚╦╬")] {
            let through = column(&mask(line), 0);
            for joint in joints.chars() {
                assert_eq!(column(&mask(joint), width - 1), through, "{joint} at {width}×{height}");
            }
        }
        for (line, joints) in [('│', "┌┐├┬┼╭╮"), ('┃', "┏┓┣"), ('║', "╔╗╠╦╬")] {
            let through = row(&mask(line), 0);
            for joint in joints.chars() {
                assert_eq!(row(&mask(joint), height - 1), through, "{joint} at {width}×{height}");
            }
        }
        for pair in ["▀▄", "▌▐", "▖▜", "▘▟"] {
            let masks: Vec<CoverageMask> = pair.chars().map(mask).collect();
            let sum: Vec<u16> =
                masks[0].alpha.iter().zip(&masks[1].alpha).map(|(a, b)| u16::from(*a) + u16::from(*b)).collect();
            assert!(sum.iter().all(|sum| *sum == 255), "{pair} at {width}×{height}: neither gap nor overlap");
        }
    }
}

#[test]
fn every_sign_of_the_screens_has_a_glyph() {
    let signs = "♛①②③④⑤⑥⑦⑧⑨●○▲▼✓✗…·≈×÷±→←↑↓⚑▶‖␛␇␡─━│┃┄╭╮╯╰░▒▓█▁▂▃▄▅▆▇▏";
    for sign in signs.chars() {
        let found = letter(&sign.to_string());
        assert!(found.is_some_and(|mask| mask.alpha.iter().any(|alpha| *alpha > 60)), "{sign}");
    }
}

#[test]
fn a_character_that_no_font_has_is_replaced_and_named() {
    let mut canvas = canvas((5, 1));
    let mut buffer = Buffer::empty(Rect::new(0, 0, 5, 1));
    buffer.set_string(0, 0, "計a🏁", Style::new());
    let all: Vec<usize> = (0..5).collect();
    let pixels = draw(&mut canvas, &buffer, &all);
    assert_eq!(canvas.atlas().missing().into_iter().collect::<Vec<_>>(), ["計", "🏁"]);
    assert!(pixels.chunks_exact(3).any(|pixel| pixel != GROUND.bg && pixel != GROUND.fg), "something stands there");
    assert!(letter("e\u{301}\u{301}\u{301}").is_some_and(|mask| mask != letter("e").unwrap()), "marks are drawn");
}

#[test]
fn looks_differ_and_colours_are_exact() {
    let mut seen = Vec::new();
    for look in [
        Modifier::empty(),
        Modifier::BOLD,
        Modifier::ITALIC,
        Modifier::BOLD | Modifier::ITALIC,
        Modifier::DIM,
        Modifier::UNDERLINED,
        Modifier::REVERSED,
        Modifier::CROSSED_OUT,
    ] {
        let mut buffer = Buffer::empty(Rect::new(0, 0, 2, 1));
        buffer.set_string(0, 0, "gg", Style::new().fg(Color::Rgb(200, 100, 50)).add_modifier(look));
        let pixels = draw(&mut canvas((2, 1)), &buffer, &[0, 1]);
        assert!(!seen.contains(&pixels), "{look:?} looks like another");
        seen.push(pixels);
    }
    let mut buffer = Buffer::empty(Rect::new(0, 0, 2, 1));
    buffer.set_string(0, 0, "██", Style::new().fg(Color::Rgb(1, 2, 3)));
    let pixels = draw(&mut canvas((2, 1)), &buffer, &[0, 1]);
    assert!(pixels.chunks_exact(3).all(|pixel| pixel == [1, 2, 3]));
}

#[test]
fn drawing_what_changed_is_drawing_all() {
    let area = Rect::new(0, 0, 8, 3);
    let mut kept = canvas((8, 3));
    let mut before = Buffer::empty(area);
    draw(&mut kept, &before, &(0..24).collect::<Vec<_>>());
    let words = ["計a🏁", "abcdef", "│─┼計", "   計 ", "字字字字", "x"];
    for step in 0..60u16 {
        let mut after = before.clone();
        let word = words[usize::from(step * 7 % 6)];
        let style = Style::new().fg(Color::Indexed((step * 11 % 251) as u8));
        after.set_stringn(step * 5 % 8, step % 3, word, usize::from(8 - step * 5 % 8), style);
        let mut changed = Vec::new();
        crate::camera::compare(&before, &after, false, &mut changed);
        let whole = draw(&mut canvas((8, 3)), &after, &(0..24).collect::<Vec<_>>());
        assert!(draw(&mut kept, &after, &changed) == whole, "step {step}: {word}");
        before = after;
    }
}
