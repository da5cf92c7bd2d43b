//! `export`: one pass over a recording, and as many files as were asked for.
//! Each file's ending chooses its format; all of them are in the table here.

mod fit;
mod format;
mod pass;
mod progress;
mod text;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use crate::atomic_file;
use crate::cli::args::{ExportArgs, StillPlace};
use crate::cli::calibrate;
use crate::cli::context::CommandContext;
use crate::cli::error::{CliError, ErrorContext as _};
use crate::cli::exit::ExitStatus;
use crate::cli::export::fit::QualityStep;
use crate::cli::export::format::ExportFormat;
use crate::cli::output::{BadOutput, check};
use crate::config::ProcessEnv;
use crate::film::apng::ApngWriter;
use crate::film::frames::FrameFolder;
use crate::film::gif::GifWriter;
use crate::film::png::PngStill;
use crate::film::raster::{Fonts, GeometryError, PictureGeometry, RequestedSize, WindowBackdrop, folders};
use crate::film::rate::FrameRate;
use crate::film::script::{FilmScript, StillAt};
use crate::film::sound::WavWriter;
use crate::film::video::{VideoContainer, VideoExporter, carries_sound};
use crate::film::webp::WebpWriter;
use crate::film::{Exporter, FilmError, RenderJob};
use crate::record::Recording;
use crate::record::edit_list::EditList;
use crate::record::reader::read_file;
use crate::ui::theme::Theme;

/// The picture that is usual for video and stills, and for what has to be small.
const USUAL: ((u32, u32), (u32, u32)) = ((1_920, 1_080), (1_280, 720));
/// A card where no size is asked for, and the columns, upright or not, that make its letters large enough for a thumbnail.
const CARD: ((u32, u32), u32, u32) = ((1_200, 630), 45, 84);

/// What was asked for, worked out: all that an exporter is made from.
#[derive(Clone)]
struct ExportJob<'a> {
    args: &'a ExportArgs,
    outputs: Vec<(ExportFormat, PathBuf)>,
    geometry: PictureGeometry,
    card: PictureGeometry,
    fonts: Fonts,
    quality: QualityStep,
}

impl<'a> ExportJob<'a> {
    fn new(env: &ProcessEnv<'_>, args: &'a ExportArgs, file: &Path, to: &[PathBuf]) -> Result<Self, CliError> {
        let output = |path: &PathBuf| ExportFormat::asked(path, args.card).map(|format| (format, path.clone()));
        let mut outputs = to.iter().map(output).collect::<Result<Vec<_>, _>>()?;
        outputs.extend(sounds_beside(args, &outputs)?);
        apart(outputs.iter().map(|(_, path)| path))?;
        for (format, path) in &outputs {
            let read: Vec<&Path> = args.font.iter().map(PathBuf::as_path).chain([file]).collect();
            check(path, format.kind(), &read, args.force)?;
        }
        allowed(args, &outputs)?;
        let small = outputs.iter().all(|(format, _)| format.is_small());
        let sizes =
            RequestedSize { picture: args.size, cells: args.cells, font: args.font_size, window: args.picture.frame };
        let mut geometry = PictureGeometry::new(sizes, if small { USUAL.1 } else { USUAL.0 })?;
        geometry.clear = args.picture.transparent;
        let has_card = outputs.iter().any(|(format, _)| *format == ExportFormat::Card);
        let mut card = if has_card { card(args)? } else { geometry };
        card.clear = args.picture.transparent;
        let fonts = Fonts::new(&args.font)?;
        let own = args.no_system_fonts || !args.font.is_empty();
        let fonts = if own { fonts } else { fonts.with_system(folders(env.0)) };
        Ok(Self { args, outputs, geometry, card, fonts, quality: QualityStep::USUAL })
    }

    fn fps(&self) -> FrameRate {
        let usual = self.outputs.iter().map(|(format, _)| format.fps()).max().unwrap_or(30);
        let fps = self.args.fps.unwrap_or_else(|| usual.into());
        if self.quality.rate >= 1.0 {
            return fps;
        }
        let fps = f64::from(fps.whole()) * self.quality.rate;
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a share of frames a second")]
        let fps = fps.round().max(1.0) as u32;
        fps.into()
    }

    /// Whether its edges stay free: as was said, otherwise where the picture is as tall as a phone.
    fn is_safe(&self) -> bool {
        let (width, height) = self.geometry.size;
        self.args.safe_area.unwrap_or(u64::from(height) * 2 >= u64::from(width) * 3)
    }

    /// The same for this output alone, at this quality.
    fn at(&self, output: (ExportFormat, PathBuf), quality: QualityStep) -> Result<Self, CliError> {
        let mut geometry = self.geometry;
        if quality.scale < 1.0 {
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a share of a picture's side")]
            let share = |side: u32| (f64::from(side) * quality.scale) as u32 / 2 * 2;
            let (width, height) = self.geometry.size;
            let cells = (self.geometry.cells.width, self.geometry.cells.height);
            let picture = Some((share(width), share(height)));
            let sizes = RequestedSize { picture, cells: Some(cells), font: None, window: geometry.window };
            geometry = PictureGeometry { clear: geometry.clear, ..PictureGeometry::new(sizes, USUAL.1)? };
        }
        Ok(Self { outputs: vec![output], geometry, quality, ..self.clone() })
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
            ExportFormat::Webp => Box::new(WebpWriter::new(path, self.geometry, self.fonts.clone(), self.args.plays)),
            ExportFormat::Frames => {
                Box::new(FrameFolder::new(path, self.geometry, self.fonts.clone(), self.args.force))
            }
            ExportFormat::Sound => Box::new(WavWriter::new(path)),
            ExportFormat::Video(container) => {
                let mut video = VideoExporter::new(path, container, self.geometry, self.fonts.clone());
                (video.choice, video.master) = (self.args.picture.encoder, self.args.picture.master);
                (video.quantiser, video.sound) = (self.quality.quantiser, self.args.picture.sound);
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
        let script = FilmScript::new(recording, cut);
        let stacked = self.geometry.is_upright();
        RenderJob {
            stacked,
            calibration: error,
            ..RenderJob::new(recording, script, self.geometry.cells, theme, self.fps())
        }
    }
}

/// Makes sure that what was asked of the pictures is something that these outputs can be.
fn allowed(args: &ExportArgs, outputs: &[(ExportFormat, PathBuf)]) -> Result<(), BadOutput> {
    let text = outputs.iter().find(|(format, _)| matches!(format, ExportFormat::Text(_)));
    if let Some((_, path)) = text.filter(|_| args.picture.transparent) {
        return Err(BadOutput::Opaque(path.clone()));
    }
    if let Some((_, path)) = outputs.iter().find(|(format, _)| args.picture.frame.is_some() && !format.has_frame()) {
        return Err(BadOutput::Unframed(path.clone()));
    }
    if args.picture.transparent && matches!(args.picture.frame, Some(WindowBackdrop::Colour(_))) {
        return Err(BadOutput::NoBackdrop);
    }
    let folder = outputs.iter().find(|(format, _)| *format == ExportFormat::Frames);
    if let Some((_, path)) = folder.filter(|_| args.max_bytes.is_some()) {
        return Err(BadOutput::Unmeasured(path.clone()));
    }
    let video = outputs.iter().any(|(format, _)| matches!(format, ExportFormat::Video(_)));
    if args.picture.master && !video { Err(BadOutput::NoMaster) } else { Ok(()) }
}

/// The files of sound beside those of `outputs` that can't have it in them.
fn sounds_beside(
    args: &ExportArgs,
    outputs: &[(ExportFormat, PathBuf)],
) -> Result<Vec<(ExportFormat, PathBuf)>, BadOutput> {
    if !args.picture.sound {
        return Ok(Vec::new());
    }
    let (mut beside, mut heard) = (Vec::new(), false);
    for (format, path) in outputs {
        let within = match format {
            ExportFormat::Video(VideoContainer::Mp4) if args.picture.master => true,
            ExportFormat::Video(container) => carries_sound(*container, args.picture.encoder),
            ExportFormat::Frames => false,
            _ => continue,
        };
        heard = true;
        beside.extend((!within).then(|| (ExportFormat::Sound, path.with_extension("wav"))));
    }
    if heard { Ok(beside) } else { Err(BadOutput::NoSound) }
}

/// Makes sure that no two of `paths` are one file, however they are spelled.
fn apart<'a>(paths: impl Iterator<Item = &'a PathBuf>) -> Result<(), BadOutput> {
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
    PictureGeometry::new(RequestedSize { picture: Some(size), cells, font: args.font_size, window: None }, size)
}

/// What is filmed, and how it is shown.
struct FilmSource<'a> {
    context: &'a CommandContext<'a>,
    recording: &'a Recording,
    cut: EditList,
    shot: Option<StillAt>,
    theme: &'a Theme,
    /// This program's own error where it was recorded.
    error: Option<String>,
}

/// What came of one pass over the recording.
struct PassResult {
    /// The files that could not be made.
    troubles: Vec<FilmError>,
    /// What there is to say of the others.
    notes: Vec<String>,
}

impl FilmSource<'_> {
    /// Makes all that `job` writes, in one pass. Nothing when somebody stopped it.
    fn pass(&self, job: &ExportJob<'_>) -> Result<Option<PassResult>, CliError> {
        let context = self.context;
        let render_job = job.render_job(self.recording, self.cut.clone(), self.theme, self.error.as_deref());
        let render_job = RenderJob {
            motion: context.motion(),
            layout: context.layout(),
            answers: context.answers(),
            stacked: context.stacked().unwrap_or(render_job.stacked),
            safe: job.is_safe(),
            window: job.args.picture.frame,
            ..render_job
        };
        let mut exporters = job.exporters(self.shot);
        let Some(troubles) = pass::film(&context.err, &render_job, &mut exporters)? else { return Ok(None) };
        let notes = exporters.iter().flat_map(|exporter| exporter.notes()).collect();
        Ok(Some(PassResult { troubles, notes }))
    }

    /// Makes each of the files so that it has at most `limit` bytes.
    fn fitted(&self, job: &ExportJob<'_>, limit: u64) -> Result<Option<PassResult>, CliError> {
        let mut notes = Vec::new();
        for (format, path) in &job.outputs {
            if *format == ExportFormat::Sound {
                // It is as long as the film, whatever the picture's quality.
                let Some(pass) = self.pass(&job.at((*format, path.clone()), QualityStep::USUAL)?)? else {
                    return Ok(None);
                };
                if let Some(trouble) = pass.troubles.into_iter().next() {
                    return Err(trouble.into());
                }
                continue;
            }
            let mut said = Vec::new();
            let mut steps = fit::steps(format.kind_of_film(job.args.picture.master));
            // So small a picture has no room for its cells.
            steps.retain(|step| job.at((*format, path.clone()), *step).is_ok());
            let fitted = fit::fit(path, limit, &steps, |to, step| {
                let Some(pass) = self.pass(&job.at((*format, to.to_owned()), step)?)? else { return Ok(false) };
                if let Some(trouble) = pass.troubles.into_iter().next() {
                    return Err(trouble.into());
                }
                let (there, here) = (to.display().to_string(), path.display().to_string());
                said = pass.notes.iter().map(|note| note.replace(&there, &here)).collect();
                Ok(true)
            })?;
            let Some(fitted) = fitted else { return Ok(None) };
            notes.append(&mut said);
            let (size, most) = (crate::format::bytes(fitted.bytes), crate::format::bytes(limit));
            notes.push(format!("{}: {size} of {most}, {}", path.display(), fitted.step.words()));
        }
        Ok(Some(PassResult { troubles: Vec::new(), notes }))
    }
}

/// Exports a recording.
///
/// # Errors
/// When it can't be read, or a file can't be written.
pub(super) fn run(context: &CommandContext<'_>, args: &ExportArgs) -> Result<ExitStatus, CliError> {
    let args = &args.aimed();
    let (file, to) =
        args.files().ok_or_else(|| BadOutput::NoRecording(args.to.first().cloned().unwrap_or_default()))?;
    let job = ExportJob::new(&context.env, args, file, to)?;
    let theme = context.theme()?;
    let mut recording = read_file(file).context(|| format!("cannot export {}", file.display()))?;
    for problem in &recording.problems {
        context.err.status(&format!("{}: {problem}", file.display()));
    }
    let race = recording.race();
    let edits = args.edits();
    let cut = edits.cut(&recording, &race)?;
    let shot = match &args.at {
        None => None,
        Some(StillPlace::Verdict) => Some(StillAt::Verdict),
        Some(StillPlace::Place(point)) => Some(StillAt::At(edits.moment(point, &recording, &race, &cut)?)),
    };
    // Reports are of the recording as it is shown: under its title.
    recording.header.cut = Some(cut.clone());
    let error = calibrate::error_of(&recording, &context.env);
    let source = FilmSource { context, recording: &recording, cut, shot, theme: &theme, error };
    let made = args.max_bytes.map_or_else(|| source.pass(&job), |limit| source.fitted(&job, limit))?;
    let Some(PassResult { troubles, notes }) = made else {
        context.err.status(&FilmError::Cancelled.to_string());
        return Ok(ExitStatus::Interrupted);
    };
    let mut told = BTreeSet::new();
    for note in notes {
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
