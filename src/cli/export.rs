//! `export`: one pass over a recording, and as many files as were asked for.
//! Each file's ending chooses its format; all of them are in the table here.

mod progress;
mod text;

use std::collections::{BTreeMap, BTreeSet};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::atomic_file;
use crate::cli::args::{ExportArgs, StillPlace};
use crate::cli::calibrate;
use crate::cli::context::{CommandContext, StatusOutput};
use crate::cli::error::{CliError, ErrorContext as _};
use crate::cli::event_loop::runtime;
use crate::cli::exit::ExitStatus;
use crate::cli::export::progress::ExportProgress;
use crate::cli::export::text::TextFormat;
use crate::cli::output::is_stdout;
use crate::cli::output::{BadOutput, OutputKind, check};
use crate::config::ProcessEnv;
use crate::film::apng::ApngWriter;
use crate::film::gif::GifWriter;
use crate::film::png::PngStill;
use crate::film::raster::{Fonts, GeometryError, PictureGeometry, RequestedSize, folders};
use crate::film::script::{FilmScript, StillAt};
use crate::film::video::{VideoContainer, VideoExporter};
use crate::film::{Exporter, FilmError, RenderJob, render};
use crate::interrupt::InterruptListener;
use crate::record::Recording;
use crate::record::edit_list::EditList;
use crate::record::reader::read_file;
use crate::ui::theme::Theme;

/// What an ending becomes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum ExportFormat {
    Png,
    Card,
    Gif,
    Apng,
    Video(VideoContainer),
    Text(TextFormat),
}

/// Every ending that is known.
const ENDINGS: [(&str, ExportFormat); 5] = [
    ("png", ExportFormat::Png),
    ("gif", ExportFormat::Gif),
    ("apng", ExportFormat::Apng),
    ("mp4", ExportFormat::Video(VideoContainer::Mp4)),
    ("webm", ExportFormat::Video(VideoContainer::Webm)),
];

/// The picture that is usual for video and stills, and for what has to be small.
const USUAL: ((u32, u32), (u32, u32)) = ((1_920, 1_080), (1_280, 720));
/// A card where no size is asked for, and the columns, upright or not, that make its letters large enough for a thumbnail.
const CARD: ((u32, u32), u32, u32) = ((1_200, 630), 45, 84);

/// All endings that stand for a format, as a message lists them.
fn endings() -> String {
    let endings = ENDINGS.iter().map(|(ending, _)| ending).chain(text::ENDINGS.iter().map(|(ending, _)| ending));
    endings.map(|ending| format!(".{ending}")).collect::<Vec<_>>().join(", ")
}

impl ExportFormat {
    fn of(path: &Path) -> Result<Self, BadOutput> {
        if is_stdout(path) {
            return Err(BadOutput::Stdout(endings()));
        }
        let ending = path.extension().unwrap_or_default().to_string_lossy().to_lowercase();
        let texts = text::ENDINGS.iter().map(|(known, format)| (*known, Self::Text(*format)));
        let known = ENDINGS.into_iter().chain(texts).find(|(known, _)| *known == ending).map(|(_, format)| format);
        known.ok_or_else(|| BadOutput::Ending(path.to_owned(), endings()))
    }

    /// The same, with the card told from other pictures by the file's name.
    fn asked(path: &Path, card: bool) -> Result<Self, BadOutput> {
        let named = path.file_name().is_some_and(|name| name.to_string_lossy().starts_with("card"));
        let format = Self::of(path)?;
        Ok(if format == Self::Png && (card || named) { Self::Card } else { format })
    }

    /// What kind of file it is.
    const fn kind(self) -> OutputKind {
        match self {
            Self::Png | Self::Card | Self::Apng => OutputKind::Png,
            Self::Gif => OutputKind::Gif,
            Self::Video(VideoContainer::Mp4) => OutputKind::Mp4,
            Self::Video(VideoContainer::Webm) => OutputKind::Webm,
            Self::Text(format) => format.kind(),
        }
    }

    /// Frames a second where nobody says.
    const fn fps(self) -> u32 {
        match self {
            Self::Gif | Self::Apng | Self::Png | Self::Card | Self::Text(_) => 30,
            Self::Video(_) => 60,
        }
    }
}

/// What was asked for, worked out: all that an exporter is made from.
struct ExportJob<'a> {
    args: &'a ExportArgs,
    outputs: Vec<(ExportFormat, PathBuf)>,
    geometry: PictureGeometry,
    card: PictureGeometry,
    fonts: Fonts,
}

impl<'a> ExportJob<'a> {
    fn new(env: &ProcessEnv<'_>, args: &'a ExportArgs, file: &Path, to: &[PathBuf]) -> Result<Self, CliError> {
        let output = |path: &PathBuf| ExportFormat::asked(path, args.card).map(|format| (format, path.clone()));
        let outputs = to.iter().map(output).collect::<Result<Vec<_>, _>>()?;
        apart(to)?;
        for (format, path) in &outputs {
            let read: Vec<&Path> = args.font.iter().map(PathBuf::as_path).chain([file]).collect();
            check(path, format.kind(), &read, args.force)?;
        }
        let small = outputs.iter().all(|(format, _)| matches!(format, ExportFormat::Gif | ExportFormat::Apng));
        let sizes = RequestedSize { picture: args.size, cells: args.cells, font: args.font_size };
        let geometry = PictureGeometry::new(sizes, if small { USUAL.1 } else { USUAL.0 })?;
        let has_card = outputs.iter().any(|(format, _)| *format == ExportFormat::Card);
        let card = if has_card { card(args)? } else { geometry };
        let fonts = Fonts::new(&args.font)?;
        let own = args.no_system_fonts || !args.font.is_empty();
        let fonts = if own { fonts } else { fonts.with_system(folders(env.0)) };
        Ok(Self { args, outputs, geometry, card, fonts })
    }

    fn fps(&self) -> u32 {
        let usual = self.outputs.iter().map(|(format, _)| format.fps()).max().unwrap_or(30);
        self.args.fps.unwrap_or(usual)
    }

    /// What writes the outputs; a still is of `shot`, if somebody asked for one.
    fn exporters(&self, shot: Option<StillAt>) -> Vec<Box<dyn Exporter>> {
        let exporter = |(format, path): &(ExportFormat, PathBuf)| self.exporter(*format, path.clone(), shot);
        self.outputs.iter().map(exporter).collect()
    }

    fn exporter(&self, format: ExportFormat, path: PathBuf, shot: Option<StillAt>) -> Box<dyn Exporter> {
        match format {
            ExportFormat::Png => {
                Box::new(PngStill::new(path, shot.unwrap_or(StillAt::Verdict), self.geometry, self.fonts.clone()))
            }
            ExportFormat::Text(format) => format.exporter(path, shot, self.args),
            ExportFormat::Card => Box::new(PngStill::new(path, StillAt::Card, self.card, self.fonts.clone())),
            ExportFormat::Gif => Box::new(GifWriter::new(path, self.geometry, self.fonts.clone(), self.args.plays)),
            ExportFormat::Apng => Box::new(ApngWriter::new(path, self.geometry, self.fonts.clone(), self.args.plays)),
            ExportFormat::Video(container) => {
                let mut video = VideoExporter::new(path, container, self.geometry, self.fonts.clone());
                video.choice = self.args.picture.encoder;
                Box::new(video)
            }
        }
    }

    fn render_job<'b>(
        &self,
        recording: &'b Recording,
        cut: EditList,
        theme: &'b Theme,
        error: Option<&'b str>,
    ) -> RenderJob<'b> {
        let script = FilmScript::new(recording, cut).titled(self.args.intro, self.args.outro);
        let stacked = self.geometry.is_upright();
        RenderJob {
            stacked,
            calibration: error,
            ..RenderJob::new(recording, script, self.geometry.cells, theme, self.fps())
        }
    }
}

/// Makes sure that no two of `paths` are one file, however they are spelled.
fn apart(paths: &[PathBuf]) -> Result<(), BadOutput> {
    let mut seen: BTreeMap<PathBuf, &Path> = BTreeMap::new();
    for path in paths {
        let place = atomic_file::place(path).unwrap_or_else(|_| path.clone());
        let folder = atomic_file::folder_of(&place);
        let folder = folder.canonicalize().unwrap_or_else(|_| folder.to_owned());
        if let Some(other) = seen.insert(folder.join(atomic_file::name_of(&place)), path) {
            return Err(BadOutput::Twice(other.to_owned(), path.clone()));
        }
    }
    Ok(())
}

/// The measures of a card: few columns, and rows half again as tall as they are wide; or what is asked for.
fn card(args: &ExportArgs) -> Result<PictureGeometry, GeometryError> {
    let size = args.size.unwrap_or(CARD.0);
    let columns = if size.1 > size.0 { CARD.1 } else { CARD.2 };
    let cell = (size.0 / columns / 2 * 2).max(4);
    let count = |count: u32| u16::try_from(count).unwrap_or(u16::MAX).max(1);
    let usual = (count(size.0 / cell), count(size.1 / (cell * 15 / 8 / 2 * 2).max(8)));
    let cells = args.cells.or(Some(usual).filter(|_| args.font_size.is_none()));
    PictureGeometry::new(RequestedSize { picture: Some(size), cells, font: args.font_size }, size)
}

/// Exports a recording.
///
/// # Errors
/// When it can't be read, or a file can't be written.
pub(super) fn run(context: &CommandContext<'_>, args: &ExportArgs) -> Result<ExitStatus, CliError> {
    let (file, to) =
        args.files().ok_or_else(|| BadOutput::NoRecording(args.to.first().cloned().unwrap_or_default()))?;
    let job = ExportJob::new(&context.env, args, file, to)?;
    let theme = context.theme()?;
    let mut recording = read_file(file).context(|| format!("cannot export {}", file.display()))?;
    for problem in &recording.problems {
        context.err.status(&format!("{}: {problem}", file.display()));
    }
    let race = recording.race();
    let edits = args.edit.edits();
    let cut = edits.cut(&recording, &race)?;
    let shot = match &args.at {
        None => None,
        Some(StillPlace::Verdict) => Some(StillAt::Verdict),
        Some(StillPlace::Place(point)) => Some(StillAt::At(edits.moment(point, &recording, &race, &cut)?)),
    };
    // Reports are of the recording as it is shown: under its title.
    recording.header.cut = Some(cut.clone());
    let error = calibrate::error_of(&recording, &context.env);
    let render_job = job.render_job(&recording, cut, &theme, error.as_deref());
    let render_job = RenderJob {
        motion: context.motion(),
        layout: context.layout(),
        answers: context.answers(),
        stacked: context.stacked().unwrap_or(render_job.stacked),
        safe: args.safe_area,
        ..render_job
    };
    let mut exporters = job.exporters(shot);
    let err = &context.err;
    let troubles = match interruptible(|stop| roll(err, &render_job, &mut exporters, stop))? {
        Err(FilmError::Cancelled) => {
            context.err.status(&FilmError::Cancelled.to_string());
            return Ok(ExitStatus::Interrupted);
        }
        other => other?,
    };
    let mut told = BTreeSet::new();
    for note in exporters.iter().flat_map(|exporter| exporter.notes()) {
        // What several files have to say is said once.
        if told.insert(note.clone()) {
            context.err.status(&note);
        }
    }
    for (_, path) in &job.outputs {
        if troubles.iter().all(|trouble| trouble.path() != Some(path)) {
            context.out.print(&format!("{}\n", path.display()))?;
        }
    }
    // One that could not be made leaves the others as they are.
    let mut troubles = troubles.into_iter();
    let Some(first) = troubles.next() else { return Ok(ExitStatus::Done) };
    troubles.for_each(|trouble| context.err.status(&trouble.to_string()));
    Err(first.into())
}

fn roll(
    err: &StatusOutput,
    job: &RenderJob<'_>,
    exporters: &mut Vec<Box<dyn Exporter>>,
    stop: &AtomicBool,
) -> Result<Vec<FilmError>, FilmError> {
    let mut progress = ExportProgress::new(err);
    let result = render(job, exporters, &mut |step| {
        progress.show(step);
        if stop.load(Ordering::Relaxed) { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    });
    progress.clear();
    result
}

/// Does `work`, and raises the flag that it is given when a signal comes.
fn interruptible<T: Send>(work: impl FnOnce(&AtomicBool) -> T + Send) -> Result<T, CliError> {
    let mut signals = InterruptListener::new()?;
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
        worker.join().map_err(|_| CliError::internal("the export ended in a panic"))
    })
}
