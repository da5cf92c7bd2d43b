//! How much of a film stands still, how hard its cuts are, and whether its stills are read when they are small: measured on
//! pictures as a viewer's eye takes them. `cargo test -p speed-kings-film stillness -- --nocapture` prints the figures.

use std::path::Path;

use ratatui::buffer::{Buffer, Cell};
use ratatui::layout::{Rect, Size};
use ratatui::widgets::Widget as _;

use crate::camera::FilmFrame;
use crate::job::RenderJob;
use crate::raster::atlas::TileAtlas;
use crate::raster::canvas::Canvas;
use crate::raster::{Fonts, GroundColours, PictureGeometry, RequestedSize};
use crate::script::{FilmScene, FilmScript, StillAt};
use speed_kings_core::format;
use speed_kings_core::race::leader::RaceLeader;
use speed_kings_core::race::verdict::{RaceOutcome, Verdict};
use speed_kings_core::race::{Race, RaceStage};
use speed_kings_core::time::Offset;
use speed_kings_recording::reader::read_file;
use speed_kings_tui::theme::{Theme, ThemeSet};
use speed_kings_tui::widget::bigtext::{BigText, PixelScale};

/// The picture, and what it is scaled down to.
const SIZES: ((usize, usize), (usize, usize)) = ((1_920, 1_080), (320, 180));
/// Frames for each second.
const FPS: u32 = 60;
/// A pixel of the small picture has moved when its grey differs by more than this, of 255.
const MOVED: f64 = 12.0;

/// The small picture of the frame before, and what is known of all so far.
struct FilmWatcher {
    canvas: Canvas,
    geometry: PictureGeometry,
    small: Vec<f64>,
    /// Frames up to the verdict and from it on: those that stand still, and all.
    still: [(u32, u32); 2],
    /// The largest share of pixels that one frame changes, the first left out, and which frame that is.
    hardest: (f64, u64),
}

impl FilmWatcher {
    fn take(&mut self, frame: &FilmFrame<'_>) {
        let rgb = self.canvas.draw(frame).unwrap();
        let ((width, _), (across, down)) = SIZES;
        let factor = width / across;
        let mut moved = vec![false; self.small.len()];
        for index in frame.changed {
            let columns = usize::from(self.geometry.cells.width);
            let (cell, margin) = (self.geometry.cell, self.geometry.margin);
            let (left, top) = (
                margin.0 as usize + index % columns * cell.0 as usize,
                margin.1 as usize + index / columns * cell.1 as usize,
            );
            for y in top / factor..(top + cell.1 as usize).div_ceil(factor).min(down) {
                for x in left / factor..(left + cell.0 as usize).div_ceil(factor).min(across) {
                    let grey = grey(rgb, (x * factor, y * factor), width, factor);
                    let before = &mut self.small[y * across + x];
                    moved[y * across + x] |= (grey - *before).abs() > MOVED;
                    *before = grey;
                }
            }
        }
        let changed = moved.iter().filter(|moved| **moved).count();
        let judged = matches!(frame.scene, FilmScene::Verdict(_));
        let (still, all) = &mut self.still[usize::from(judged)];
        *still += u32::from(changed == 0 && frame.index > 0);
        *all += 1;
        let share = f64::from(u32::try_from(changed).unwrap()) / f64::from(u32::try_from(self.small.len()).unwrap());
        if frame.index > 0 && share > self.hardest.0 {
            self.hardest = (share, frame.index);
        }
    }
}

/// The mean grey of a square of `factor` pixels whose first is `(x, y)`.
fn grey(rgb: &[u8], (x, y): (usize, usize), width: usize, factor: usize) -> f64 {
    let mut sum = 0u32;
    for row in y..y + factor {
        let from = (row * width + x) * 3;
        for pixel in rgb[from..from + factor * 3].chunks_exact(3) {
            // ITU-R BT.601 luma, in thousandths.
            sum += 299 * u32::from(pixel[0]) + 587 * u32::from(pixel[1]) + 114 * u32::from(pixel[2]);
        }
    }
    f64::from(sum) / 1_000.0 / f64::from(u32::try_from(factor * factor).unwrap())
}

/// What draws frames of 160×45 cells at the large size.
fn canvas(theme: &Theme) -> (Canvas, PictureGeometry) {
    let geometry = PictureGeometry::new(RequestedSize::default(), (1_920, 1_080)).unwrap();
    let Size { width, height } = geometry.cells;
    assert_eq!((width, height), (160, 45));
    let atlas = TileAtlas::new(&geometry, GroundColours::of(theme), Fonts::new(&[]).unwrap(), None);
    (Canvas::new(geometry, atlas), geometry)
}

fn watch(file: &str) -> FilmWatcher {
    let recording = read_file(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../../recordings").join(file)).unwrap();
    let themes = ThemeSet::builtin().unwrap();
    let theme = themes.default_theme();
    let (canvas, geometry) = canvas(theme);
    let (across, down) = SIZES.1;
    let mut watcher =
        FilmWatcher { canvas, geometry, small: vec![0.0; across * down], still: [(0, 0); 2], hardest: (0.0, 0) };
    let script = FilmScript::new(&recording, recording.led_in(1.0));
    let mut camera = RenderJob::new(&recording, script, geometry.cells, theme, FPS).camera();
    while let Some(frame) = camera.advance() {
        watcher.take(&frame);
    }
    watcher
}

#[test]
fn films_of_the_bundled_races_move() {
    for file in [
        "wafer-vs-lpu-sim.race",
        "laptop-vs-wafer-sim.race",
        "llamacpp-vs-mistralrs-real.race",
        "close-finish-sim.race",
        "three-lanes-sim.race",
    ] {
        let watcher = watch(file);
        let [race, verdict] = watcher.still;
        let share = |(still, all): (u32, u32)| f64::from(still) / f64::from(all.max(1)) * 100.0;
        let all = (race.0 + verdict.0, race.1 + verdict.1);
        println!(
            "{file}: {:.1} % of {} frames still, {:.1} % of {} up to the verdict; hardest cut {:.1} % in frame {}",
            share(all),
            all.1,
            share(race),
            race.1,
            watcher.hardest.0 * 100.0,
            watcher.hardest.1
        );
        assert!(share(race) < 25.0 && share(all) < 35.0 && watcher.hardest.0 < 0.3, "{file}");
    }
}

/// Rows of `text` in big letters of `scale`.
fn letters(text: &str, scale: PixelScale) -> Vec<String> {
    let (width, height) = BigText::size(text, scale);
    let mut buf = Buffer::empty(Rect::new(0, 0, width, height));
    (&BigText::new(text, scale)).render(buf.area, &mut buf);
    rows(&buf)
}

fn rows(buf: &Buffer) -> Vec<String> {
    let row = |cells: &[Cell]| cells.iter().map(Cell::symbol).collect::<String>().trim_end().to_owned();
    buf.content.chunks(usize::from(buf.area.width.max(1))).map(row).collect()
}

/// The column and the row at which `letters` stand in `picture`, if they do.
fn place(picture: &[String], letters: &[String]) -> Option<(usize, usize)> {
    picture.windows(letters.len()).zip(0..).find_map(|(rows, top)| {
        let (first, part) = (rows.first()?, letters.first()?);
        let at = |byte: usize| first.get(..byte).map(|before| before.chars().count());
        let found = first.match_indices(part.as_str()).filter_map(|(byte, _)| at(byte));
        let below = |left: usize| {
            rows.iter().zip(letters).all(|(row, part)| row.chars().skip(left).collect::<String>().starts_with(part))
        };
        found.into_iter().find(|left| below(*left)).map(|left| (left, top))
    })
}

/// The small picture that a still is scaled down to, as greys.
struct SmallStill {
    cells: Vec<String>,
    greys: Vec<f64>,
}

impl SmallStill {
    fn of(job: &RenderJob<'_>, canvas: &mut Canvas, scene: FilmScene) -> Self {
        let mut camera = job.camera();
        let frame = camera.still(scene);
        let cells = rows(frame.buffer);
        let rgb = canvas.draw(&frame).unwrap();
        let ((width, _), (across, down)) = SIZES;
        let factor = width / across;
        let at = |index: usize| grey(rgb, (index % across * factor, index / across * factor), width, factor);
        Self { cells, greys: (0..across * down).map(at).collect() }
    }

    /// How far the darkest ink of `text` is from its ground, in greys of 255; nothing where it doesn't stand.
    fn contrast(&self, text: &str, scale: PixelScale) -> Option<f64> {
        let letters = letters(text, scale);
        let (left, top) = place(&self.cells, &letters)?;
        let (mut ink, mut ground) = (f64::MAX, f64::MIN);
        for (row, cells) in letters.iter().zip(top..) {
            for (symbol, column) in row.chars().zip(left..) {
                // A cell is 2 pixels across and 4 down by now, and half of it is one of the letter's own.
                for (half, inked) in [(0, matches!(symbol, '█' | '▀')), (1, matches!(symbol, '█' | '▄'))] {
                    let first = (cells * 4 + half * 2) * SIZES.1.0 + column * 2;
                    for index in [first, first + 1, first + SIZES.1.0, first + SIZES.1.0 + 1] {
                        let grey = self.greys[index];
                        if inked { ink = ink.min(grey) } else { ground = ground.max(grey) }
                    }
                }
            }
        }
        Some(ink - ground)
    }
}

/// A still of 1920×1080 that is scaled down to 320×180 leaves a big letter of the smallest size 8 by 12 pixels, and one of
/// plain text 2 by 4: what has to be read in it has to be big, and each of its pixels must stand out from the ground.
#[test]
fn names_and_gap_are_read_in_a_small_picture_of_any_moment() {
    let themes = ThemeSet::builtin().unwrap();
    let (mut canvas, _) = canvas(themes.default_theme());
    for (file, names) in [
        ("wafer-vs-lpu-sim.race", ["CEREBRAS", "GROQ"]),
        ("laptop-vs-wafer-sim.race", ["LOCAL M3", "CEREBRAS"]),
        ("llamacpp-vs-mistralrs-real.race", ["LLAMA.CPP", "MISTRAL.RS"]),
        ("close-finish-sim.race", ["GROQ", "SAMBANOVA"]),
    ] {
        let recording = read_file(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../../recordings").join(file)).unwrap();
        let script = FilmScript::new(&recording, recording.led_in(1.0));
        let last = recording.events.last().unwrap().at;
        let job = RenderJob::new(&recording, script, Size::new(160, 45), themes.default_theme(), FPS);
        let mut still = |shot| SmallStill::of(&job, &mut canvas, job.script.scene(shot));
        for tenth in 1..=10 {
            // Figures are of a moment that goes on 20 times a second.
            let at = Offset::from_micros(last.as_micros() * tenth / 10 / 50_000 * 50_000);
            let small = still(StillAt::At(at));
            let readable = |text: &str, scale| {
                let contrast = small.contrast(text, scale);
                assert!(contrast > Some(MOVED * 5.0), "{text} at {tenth}: {contrast:?} in {:#?}", small.cells);
            };
            for name in names {
                readable(name, PixelScale::Small);
            }
            let mut race = Race::new(recording.header.setup.clone());
            recording.events.iter().filter(|event| event.at <= at).for_each(|event| race.apply(event));
            let over = (race.stage == RaceStage::Over).then(|| Verdict::of(&race).outcome);
            let gap = match (over, RaceLeader::of(&race, at)) {
                (Some(RaceOutcome::Won { by, .. }), _) => by,
                (_, Some(leader)) => leader.time,
                _ => at.since(Offset::GREEN),
            };
            readable(&format::gap(gap), PixelScale::Large);
        }
        let verdict = still(StillAt::Verdict);
        let winner = names.into_iter().filter_map(|name| verdict.contrast(&format!("{name} WINS"), PixelScale::Small));
        assert!(matches!(winner.collect::<Vec<_>>()[..], [contrast] if contrast > MOVED * 5.0), "{:#?}", verdict.cells);
    }
}
