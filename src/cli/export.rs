//! `export`: one pass over a recording, and as many files as were asked for.
//! Each file's ending chooses its format; all of them are in the table here.

mod progress;
mod text;

use std::collections::{BTreeMap, BTreeSet};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use color_eyre::eyre::{Result, WrapErr as _, eyre};

use crate::cli::args::{Arrangement, At, ExportArgs, Look};
use crate::cli::export::progress::Progress;
use crate::cli::export::text::TextFormat;
use crate::cli::output::{Kind, check};
use crate::cli::{Exit, calibrate, is_stdout, put, runtime, tell, theme};
use crate::config::{Env, process_env};
use crate::draft;
use crate::film::gif::Gif;
use crate::film::png::Still;
use crate::film::raster::{Fonts, Geometry, GeometryError, Sizes, folders};
use crate::film::script::{Script, Shot};
use crate::film::video::{Container, Video};
use crate::film::{Exporter, FilmError, Footage, shoot};
use crate::interrupt::Interrupts;
use crate::record::Recording;
use crate::record::cut::Cut;
use crate::record::reader::read_file;
use crate::ui::theme::Theme;

/// What an ending becomes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Format {
    Png,
    Card,
    Gif,
    Video(Container),
    Text(TextFormat),
}

/// Every ending that is known.
const ENDINGS: [(&str, Format); 4] = [
    ("png", Format::Png),
    ("gif", Format::Gif),
    ("mp4", Format::Video(Container::Mp4)),
    ("webm", Format::Video(Container::Webm)),
];

/// The picture that is usual for video and stills, and for what has to be small.
const USUAL: ((u32, u32), (u32, u32)) = ((1_920, 1_080), (1_280, 720));
/// A card where no size is asked for, and the columns, upright or not, that make its letters large enough for a thumbnail.
const CARD: ((u32, u32), u32, u32) = ((1_200, 630), 45, 84);

/// What can't be written to.
#[derive(Debug, thiserror::Error)]
pub(super) enum BadOutput {
    /// An ending that stands for no format.
    #[error("{}: unknown format; the known endings are {}", .0.display(), endings())]
    Ending(PathBuf),
    /// Stdout has none.
    #[error("stdout has no ending that names the format; name a file, with one of {}", endings())]
    Stdout,
    /// Nothing to make it of.
    #[error("no recording given: speed-kings export FILE --to {}", .0.display())]
    NoRecording(PathBuf),
    /// A file that would be written twice.
    #[error("{} and {} are the same file; give each output its own name", .0.display(), .1.display())]
    Twice(PathBuf, PathBuf),
}

fn endings() -> String {
    let endings = ENDINGS.iter().map(|(ending, _)| ending).chain(text::ENDINGS.iter().map(|(ending, _)| ending));
    endings.map(|ending| format!(".{ending}")).collect::<Vec<_>>().join(", ")
}

impl Format {
    fn of(path: &Path) -> Result<Self, BadOutput> {
        if is_stdout(path) {
            return Err(BadOutput::Stdout);
        }
        let ending = path.extension().unwrap_or_default().to_string_lossy().to_lowercase();
        let texts = text::ENDINGS.iter().map(|(known, format)| (*known, Self::Text(*format)));
        let known = ENDINGS.into_iter().chain(texts).find(|(known, _)| *known == ending).map(|(_, format)| format);
        known.ok_or_else(|| BadOutput::Ending(path.to_owned()))
    }

    /// The same, with the card told from other pictures by the file's name.
    fn asked(path: &Path, card: bool) -> Result<Self, BadOutput> {
        let named = path.file_name().is_some_and(|name| name.to_string_lossy().starts_with("card"));
        let format = Self::of(path)?;
        Ok(if format == Self::Png && (card || named) { Self::Card } else { format })
    }

    /// What kind of file it is.
    const fn kind(self) -> Kind {
        match self {
            Self::Png | Self::Card => Kind::Png,
            Self::Gif => Kind::Gif,
            Self::Video(Container::Mp4) => Kind::Mp4,
            Self::Video(Container::Webm) => Kind::Webm,
            Self::Text(format) => format.kind(),
        }
    }

    /// Frames a second where nobody says.
    const fn fps(self) -> u32 {
        match self {
            Self::Gif | Self::Png | Self::Card | Self::Text(_) => 30,
            Self::Video(_) => 60,
        }
    }
}

/// What was asked for, worked out: all that an exporter is made from.
struct Job<'a> {
    args: &'a ExportArgs,
    outputs: Vec<(Format, PathBuf)>,
    geometry: Geometry,
    card: Geometry,
    fonts: Fonts,
}

impl<'a> Job<'a> {
    fn new(args: &'a ExportArgs, file: &Path, to: &[PathBuf]) -> Result<Self> {
        let output = |path: &PathBuf| Format::asked(path, args.card).map(|format| (format, path.clone()));
        let outputs = to.iter().map(output).collect::<Result<Vec<_>, _>>()?;
        apart(to)?;
        for (format, path) in &outputs {
            let read: Vec<&Path> = args.font.iter().map(PathBuf::as_path).chain([file]).collect();
            check(path, format.kind(), &read, args.force)?;
        }
        let small = outputs.iter().all(|(format, _)| *format == Format::Gif);
        let sizes = Sizes { picture: args.size, cells: args.cells, font: args.font_size };
        let geometry = Geometry::new(sizes, if small { USUAL.1 } else { USUAL.0 })?;
        let has_card = outputs.iter().any(|(format, _)| *format == Format::Card);
        let card = if has_card { card(args)? } else { geometry };
        let fonts = Fonts::new(&args.font)?;
        let own = args.no_system_fonts || !args.font.is_empty();
        let fonts = if own { fonts } else { fonts.with_system(folders(&process_env)) };
        Ok(Self { args, outputs, geometry, card, fonts })
    }

    fn fps(&self) -> u32 {
        let usual = self.outputs.iter().map(|(format, _)| format.fps()).max().unwrap_or(30);
        self.args.fps.unwrap_or(usual)
    }

    /// What writes the outputs; a still is of `shot`, if somebody asked for one.
    fn exporters(&self, shot: Option<Shot>) -> Vec<Box<dyn Exporter>> {
        let exporter = |(format, path): &(Format, PathBuf)| self.exporter(*format, path.clone(), shot);
        self.outputs.iter().map(exporter).collect()
    }

    fn exporter(&self, format: Format, path: PathBuf, shot: Option<Shot>) -> Box<dyn Exporter> {
        match format {
            Format::Png => Box::new(Still::new(path, shot.unwrap_or(Shot::Verdict), self.geometry, self.fonts.clone())),
            Format::Text(format) => format.exporter(path, shot, self.args),
            Format::Card => Box::new(Still::new(path, Shot::Card, self.card, self.fonts.clone())),
            Format::Gif => Box::new(Gif::new(path, self.geometry, self.fonts.clone())),
            Format::Video(container) => Box::new(Video::new(path, container, self.geometry, self.fonts.clone())),
        }
    }

    fn footage<'b>(&self, recording: &'b Recording, cut: Cut, theme: &'b Theme, error: Option<&'b str>) -> Footage<'b> {
        let script = Script::new(recording, cut).titled(self.args.intro, self.args.outro);
        let stacked = self.args.layout.map_or(self.geometry.is_upright(), |layout| layout == Arrangement::Tall);
        Footage { recording, script, cells: self.geometry.cells, stacked, theme, fps: self.fps(), calibration: error }
    }
}

/// Makes sure that no two of `paths` are one file, however they are spelled.
fn apart(paths: &[PathBuf]) -> Result<(), BadOutput> {
    let mut seen: BTreeMap<PathBuf, &Path> = BTreeMap::new();
    for path in paths {
        let place = draft::place(path).unwrap_or_else(|_| path.clone());
        let folder = draft::folder_of(&place);
        let folder = folder.canonicalize().unwrap_or_else(|_| folder.to_owned());
        if let Some(other) = seen.insert(folder.join(draft::name_of(&place)), path) {
            return Err(BadOutput::Twice(other.to_owned(), path.clone()));
        }
    }
    Ok(())
}

/// The measures of a card: few columns, and rows half again as tall as they are wide; or what is asked for.
fn card(args: &ExportArgs) -> Result<Geometry, GeometryError> {
    let size = args.size.unwrap_or(CARD.0);
    let columns = if size.1 > size.0 { CARD.1 } else { CARD.2 };
    let cell = (size.0 / columns / 2 * 2).max(4);
    let count = |count: u32| u16::try_from(count).unwrap_or(u16::MAX).max(1);
    let usual = (count(size.0 / cell), count(size.1 / (cell * 15 / 8 / 2 * 2).max(8)));
    let cells = args.cells.or(Some(usual).filter(|_| args.font_size.is_none()));
    Geometry::new(Sizes { picture: Some(size), cells, font: args.font_size }, size)
}

/// Exports a recording.
///
/// # Errors
/// When it can't be read, or a file can't be written.
pub(super) fn run(look: &Look, args: &ExportArgs) -> Result<Exit> {
    let (file, to) =
        args.files().ok_or_else(|| BadOutput::NoRecording(args.to.first().cloned().unwrap_or_default()))?;
    let job = Job::new(args, file, to)?;
    let env = Env(&process_env);
    let theme = theme(look, &env)?;
    let mut recording = read_file(file).wrap_err_with(|| format!("cannot export {}", file.display()))?;
    for problem in &recording.problems {
        tell(&format!("{}: {problem}", file.display()));
    }
    let race = recording.race();
    let edits = args.edit.edits();
    let cut = edits.cut(&recording, &race)?;
    let shot = match &args.at {
        None => None,
        Some(At::Verdict) => Some(Shot::Verdict),
        Some(At::Place(point)) => Some(Shot::At(edits.moment(point, &recording, &race, &cut)?)),
    };
    // Reports are of the recording as it is shown: under its title.
    recording.header.cut = Some(cut.clone());
    let error = calibrate::error_of(&recording, &env);
    let footage = job.footage(&recording, cut, &theme, error.as_deref());
    let mut exporters = job.exporters(shot);
    let troubles = match interruptible(|stop| roll(&footage, &mut exporters, stop))? {
        Err(FilmError::Cancelled) => {
            tell(&FilmError::Cancelled.to_string());
            return Ok(Exit::Interrupted);
        }
        other => other?,
    };
    let mut told = BTreeSet::new();
    for note in exporters.iter().flat_map(|exporter| exporter.notes()) {
        // What several files have to say is said once.
        if told.insert(note.clone()) {
            tell(&note);
        }
    }
    for (_, path) in &job.outputs {
        if troubles.iter().all(|trouble| trouble.path() != Some(path)) {
            put(&format!("{}\n", path.display()))?;
        }
    }
    // One that could not be made leaves the others as they are.
    let mut troubles = troubles.into_iter();
    let Some(first) = troubles.next() else { return Ok(Exit::Done) };
    troubles.for_each(|trouble| tell(&trouble.to_string()));
    Err(first.into())
}

fn roll(
    footage: &Footage<'_>,
    exporters: &mut Vec<Box<dyn Exporter>>,
    stop: &AtomicBool,
) -> Result<Vec<FilmError>, FilmError> {
    let mut progress = Progress::new();
    let result = shoot(footage, exporters, &mut |step| {
        progress.show(step);
        if stop.load(Ordering::Relaxed) { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    });
    progress.clear();
    result
}

/// Does `work`, and raises the flag that it is given when a signal comes.
fn interruptible<T: Send>(work: impl FnOnce(&AtomicBool) -> T + Send) -> Result<T> {
    let mut signals = Interrupts::new()?;
    let stop = Arc::new(AtomicBool::new(false));
    let (done, over) = tokio::sync::oneshot::channel::<()>();
    std::thread::scope(|scope| {
        let flag = Arc::clone(&stop);
        let worker = scope.spawn(move || {
            let result = work(&flag);
            drop(done);
            result
        });
        runtime()?.block_on(async {
            tokio::select! {
                () = signals.next() => stop.store(true, Ordering::Relaxed),
                _ = over => {}
            }
            std::io::Result::Ok(())
        })?;
        worker.join().map_err(|_| eyre!("the export ended in a panic; this is a fault of the program"))
    })
}
