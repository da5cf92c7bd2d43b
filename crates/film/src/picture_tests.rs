//! Pictures of what a model should never have said: escapes, bidi controls, markup, stacked marks, a line without end.
//! Every pixel format takes them as cells, so what is asked here is that each file is whole and shows the same twice.

use std::ops::ControlFlow;
use std::path::Path;

use crate::gif::GifWriter;
use crate::job::RenderJob;
use crate::png::PngStill;
use crate::raster::{Fonts, PictureGeometry, RequestedSize};
use crate::row::tests::HOSTILE;
use crate::script::{FilmScript, StillAt};
use crate::tests::recording;
use crate::{Exporter, render};
use speed_kings_core::race::event::EventKind;
use speed_kings_core::time::{Offset, Period};
use speed_kings_recording::Recording;
use speed_kings_tui::theme::ThemeSet;

/// Whole texts besides the single symbols.
const TEXTS: [&str; 6] = [
    "</script><script>alert(1)</script>",
    "\u{1b}]0;title\u{7}\u{1b}[2J\u{9b}31m\u{90}q\u{9c}",
    "\u{202e}evil\u{2066}bidi\u{2069}\u{200f}",
    "👩‍👩‍👧‍👦👍🏽🇩🇪❤️ 速度比較競走応答 שלום עולם مرحبا بالعالم",
    "\u{2028}\u{2029}\u{fffe}\u{ffff}\0\r\t\u{ad}\u{200b}\u{feff}",
    "&amp;&#60;]]><!-- -->",
];
/// Characters of the line that never ends.
const LINE: usize = 1_000_000;

/// The bundled race with its texts replaced: the first of them is a line that never ends.
fn hostile() -> Recording {
    let mut recording = recording();
    let zalgo = format!("z{}", "\u{0335}\u{0301}".repeat(500));
    let line = "W".repeat(LINE);
    let said =
        [line.as_str(), &zalgo].into_iter().chain(TEXTS).chain(HOSTILE.into_iter().filter(|said| !said.is_empty()));
    let mut others = said.clone().skip(1).cycle();
    let mut first = said;
    for event in &mut recording.events {
        if let EventKind::Text { text, .. } = &mut event.kind {
            *text = first.next().or_else(|| others.next()).unwrap_or_default().into();
        }
    }
    for contestant in &mut recording.header.setup.contestants {
        contestant.name = "\u{1b}[31m\u{202e}速度<script>e\u{301}\u{302}\u{303}\u{304}👩‍👩‍👧‍👦".into();
    }
    recording
}

fn export(job: &RenderJob<'_>, exporter: Box<dyn Exporter>, path: &Path) -> Vec<u8> {
    assert!(render(job, &mut vec![exporter], &mut |_| ControlFlow::Continue(())).unwrap().is_empty());
    std::fs::read(path).unwrap()
}

#[test]
fn pictures_of_hostile_text_are_whole() {
    let (folder, recording, themes) = (tempfile::tempdir().unwrap(), hostile(), ThemeSet::builtin().unwrap());
    let fonts = Fonts::new(&[]).unwrap();
    let path = folder.path().join("picture");
    for cells in [(80, 24), (160, 45)] {
        let sizes = RequestedSize { cells: Some(cells), font: Some(10.0), ..RequestedSize::default() };
        let geometry = PictureGeometry::new(sizes, (640, 360)).unwrap();
        let cut = recording.led_in(1.0).between(Offset::FIRST, Offset::from_micros(600_000));
        let script = FilmScript::new(&recording, cut);
        assert!(script.duration() > Period::from_millis(600));
        let theme = themes.default_theme();
        let job = RenderJob::new(&recording, script, geometry.cells, theme, 10);
        for shot in [StillAt::At(Offset::from_micros(600_000)), StillAt::Verdict, StillAt::Card] {
            let still = || Box::new(PngStill::new(path.clone(), shot, geometry, fonts.clone()));
            let bytes = export(&job, still(), &path);
            assert!(bytes == export(&job, still(), &path), "{shot:?} at {cells:?}");
            let mut reader = png::Decoder::new(std::io::Cursor::new(&bytes)).read_info().unwrap();
            let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
            reader.next_frame(&mut pixels).unwrap();
            assert_eq!((reader.info().width, reader.info().height), geometry.size);
            let mut colours: Vec<&[u8]> = pixels.chunks_exact(3).collect();
            colours.sort_unstable();
            colours.dedup();
            assert!(colours.len() > 20, "{shot:?} at {cells:?}: {} colours are an empty picture", colours.len());
        }
        let bytes = export(&job, Box::new(GifWriter::new(path.clone(), geometry, fonts.clone(), 0)), &path);
        let mut decoder = gif::DecodeOptions::new().read_info(bytes.as_slice()).unwrap();
        let mut shown = 0u64;
        while let Some(frame) = decoder.read_next_frame().unwrap() {
            assert_eq!(frame.buffer.len(), usize::from(frame.width) * usize::from(frame.height));
            shown += u64::from(frame.delay);
        }
        assert_eq!(shown, job.frames() * 10, "hundredths at {cells:?}");
    }
}
