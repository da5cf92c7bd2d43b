//! Video by the user's own ffmpeg: pictures go in through a pipe, and what it complains about comes out again.
//! It is started without a shell and without the environment, so no key goes with it.

use std::collections::VecDeque;
use std::io::{BufRead as _, BufReader, BufWriter, Write as _};
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::thread::JoinHandle;

use tempfile::NamedTempFile;

use crate::output::OutputFile;
use crate::sound::{self, FilmScore};
use crate::video::chapters::FilmChapter;
use crate::video::plan::{EncodingPlan, FrameChange, VideoContainer, VideoEncoder, VideoForm};
use crate::video::yuv::YuvPicture;
use crate::{FilmError, MADE_BY};
use speed_kings_core::text::printable;
use speed_kings_system::atomic_file;

/// The program that encodes, as it is looked for in the PATH.
const PROGRAM: &str = "ffmpeg";
/// The same, for the user.
pub(super) const NAME: &str = "the ffmpeg that is installed here";
/// What it may have of the environment: where programs, libraries and temporary files are.
const ENVIRONMENT: [&str; 5] = ["PATH", "HOME", "TMPDIR", "SystemRoot", "LD_LIBRARY_PATH"];
/// Last lines of its complaints that are told, and how long each may be.
const COMPLAINTS: (usize, usize) = (4, 300);

/// A video on its way through ffmpeg.
pub(super) struct FfmpegPipe {
    output: Option<OutputFile>,
    child: Child,
    pipe: Option<ChildStdin>,
    said: Option<JoinHandle<VecDeque<String>>>,
    /// Read by ffmpeg; gone when this is: the chapters, and the sound if there is any.
    _read: Vec<NamedTempFile>,
}

/// One that is given what changed, in planes of brightness and colour.
pub(super) struct FfmpegEncoder {
    pipe: FfmpegPipe,
    picture: YuvPicture,
}

impl FfmpegPipe {
    /// Starts it.
    ///
    /// # Errors
    /// When there is no ffmpeg, with what can be done instead; or when the file can't be written.
    pub(super) fn start(plan: &EncodingPlan) -> Result<Self, FilmError> {
        let needed = [Some(codec(plan.container)), plan.score.as_ref().map(|_| sound_codec(plan.container))];
        match codecs() {
            Ok(codecs) => {
                if let Some(absent) = needed.into_iter().flatten().find(|codec| !has(&codecs, codec)) {
                    return Err(refused(plan, &format!("the {PROGRAM} that is installed has no {absent}")));
                }
            }
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                return Err(refused(plan, &format!("this needs {PROGRAM}, and it is not in the PATH")));
            }
            Err(error) => return Err(refused(plan, &format!("cannot start {PROGRAM}: {error}"))),
        }
        let mut output = OutputFile::create(&plan.path)?;
        let chapters =
            metadata(plan, atomic_file::folder_of(output.path())).map_err(|source| output.trouble(source))?;
        let sound = plan.score.as_ref().map(|score| sound_file(plan, score, atomic_file::folder_of(output.path())));
        let sound = sound.transpose().map_err(|source| output.trouble(source))?;
        let mut command = program();
        command.args(arguments(plan, chapters.path(), sound.as_ref().map(NamedTempFile::path))).arg(output.flushed()?);
        command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::piped());
        let mut child = command.spawn().map_err(|source| output.trouble(source))?;
        let said = child.stderr.take().map(|stderr| {
            std::thread::spawn(move || {
                let mut last = VecDeque::new();
                for line in BufReader::new(stderr).lines().map_while(Result::ok) {
                    last.push_back(line.chars().take(COMPLAINTS.1).collect());
                    if last.len() > COMPLAINTS.0 {
                        last.pop_front();
                    }
                }
                last
            })
        });
        let pipe = child.stdin.take();
        let read = [chapters].into_iter().chain(sound).collect();
        Ok(Self { output: Some(output), child, pipe, said, _read: read })
    }

    /// Gives it the parts of the next picture.
    ///
    /// # Errors
    /// When it has gone, with its last words.
    pub(super) fn write(&mut self, parts: &[&[u8]]) -> Result<(), FilmError> {
        let Some(pipe) = &mut self.pipe else { return Ok(()) };
        if parts.iter().try_for_each(|part| pipe.write_all(part)).is_ok() {
            return Ok(());
        }
        self.pipe = None;
        match self.output.take() {
            Some(output) => Err(self.failed(&output)),
            None => Ok(()),
        }
    }

    /// Puts the file in its place, after the last picture.
    ///
    /// # Errors
    /// When ffmpeg failed, with its last words, or the file can't be written.
    pub(super) fn finish(mut self) -> Result<(), FilmError> {
        self.pipe = None;
        let Some(output) = self.output.take() else { return Ok(()) };
        let ended = self.child.wait().map_err(|source| output.trouble(source))?;
        if ended.success() { output.commit() } else { Err(self.failed(&output)) }
    }

    /// What ffmpeg ended with, once it can't be written to any more.
    fn failed(&mut self, output: &OutputFile) -> FilmError {
        let said = self.said.take().and_then(|said| said.join().ok()).unwrap_or_default();
        let said: Vec<_> = said.iter().map(|line| printable(line).into_owned()).collect();
        let why = if said.is_empty() { "it said nothing about why".to_owned() } else { said.join("; ") };
        FilmError::Refused { path: output.path().to_owned(), why: format!("{PROGRAM} failed: {why}") }
    }
}

impl FfmpegEncoder {
    /// Starts it on the picture `blank`, which the first frame changes.
    ///
    /// # Errors
    /// As for [`FfmpegPipe::start`].
    pub(super) fn start(plan: &EncodingPlan, blank: YuvPicture) -> Result<Self, FilmError> {
        Ok(Self { pipe: FfmpegPipe::start(plan)?, picture: blank })
    }
}

impl VideoEncoder for FfmpegEncoder {
    fn frame(&mut self, change: FrameChange) -> Result<(), FilmError> {
        for (x, y, tile) in change {
            self.picture.draw_tile(x, y, &tile);
        }
        let YuvPicture { luma, blue, red, .. } = &self.picture;
        self.pipe.write(&[&luma.bytes, &blue.bytes, &red.bytes])
    }

    fn finish(self: Box<Self>) -> Result<(), FilmError> {
        self.pipe.finish()
    }

    fn name(&self) -> String {
        NAME.into()
    }
}

impl Drop for FfmpegPipe {
    fn drop(&mut self) {
        self.pipe = None;
        // One that has ended by itself is past killing; one that has not must not outlive us.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// What ffmpeg calls the encoder of such a video.
const fn codec(container: VideoContainer) -> &'static str {
    match container {
        VideoContainer::Mp4 => "libx264",
        VideoContainer::Webm => "libvpx-vp9",
        VideoContainer::Mkv => "ffv1",
    }
}

/// What ffmpeg calls the encoder of the sound of such a video.
const fn sound_codec(container: VideoContainer) -> &'static str {
    match container {
        VideoContainer::Mp4 => "aac",
        VideoContainer::Webm => "libopus",
        VideoContainer::Mkv => "flac",
    }
}

fn program() -> Command {
    let mut command = Command::new(PROGRAM);
    command.env_clear();
    command.envs(ENVIRONMENT.into_iter().filter_map(|name| Some((name, std::env::var_os(name)?))));
    command
}

/// The encoders of the installed one, as it lists them.
fn codecs() -> std::io::Result<String> {
    let output = program().args(["-hide_banner", "-encoders"]).stdin(Stdio::null()).stderr(Stdio::null()).output()?;
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// Whether `codec` is one of those in ffmpeg's list: a line each, its name in the second column.
fn has(codecs: &str, codec: &str) -> bool {
    codecs.lines().any(|line| line.split_whitespace().nth(1) == Some(codec))
}

/// Whether an ffmpeg is installed that has the encoder for such a video; some are built without.
pub(super) fn can(container: VideoContainer) -> bool {
    codecs().is_ok_and(|codecs| has(&codecs, codec(container)))
}

fn arguments(plan: &EncodingPlan, chapters: &Path, sound: Option<&Path>) -> Vec<String> {
    let (width, height) = plan.size;
    let mut all: Vec<String> = Vec::new();
    let mut add = |text: &str| all.extend(text.split(' ').map(str::to_owned));
    add("-hide_banner -loglevel error -y -f rawvideo");
    add(match plan.form {
        VideoForm::Usual => "-pix_fmt yuv420p -color_range tv",
        VideoForm::Lossless => "-pix_fmt rgb24",
        VideoForm::Clear => "-pix_fmt rgba",
    });
    add(&format!("-s {width}x{height} -r {}/{} -i pipe:0 -i", plan.fps.frames(), plan.fps.seconds()));
    all.push(chapters.display().to_string());
    all.extend(sound.into_iter().flat_map(|sound| ["-i".to_owned(), sound.display().to_string()]));
    let mut add = |text: &str| all.extend(text.split(' ').map(str::to_owned));
    add("-map 0:v -map_metadata 1 -map_chapters 1 -fflags +bitexact -flags:v +bitexact");
    if sound.is_some() {
        let bits = if plan.container == VideoContainer::Mkv { "" } else { " -b:a 160k" };
        add(&format!("-map 2:a -flags:a +bitexact -c:a {}{bits}", sound_codec(plan.container)));
    }
    add(match (plan.container, plan.form) {
        (VideoContainer::Mkv, VideoForm::Clear) => "-pix_fmt bgra",
        (VideoContainer::Mkv, _) => "-pix_fmt bgr0",
        (_, VideoForm::Usual) => "-pix_fmt yuv420p",
        (_, VideoForm::Lossless) => "-vf scale=out_color_matrix=bt709:out_range=tv:flags=accurate_rnd -pix_fmt yuv444p",
        (_, VideoForm::Clear) => "-vf scale=out_color_matrix=bt709:out_range=tv -pix_fmt yuva420p",
    });
    if plan.container != VideoContainer::Mkv {
        add("-color_primaries bt709 -color_trc bt709 -colorspace bt709 -color_range tv");
    }
    // Players jump to chapters; a picture that needs none before it is there at once.
    add(&format!("-force_key_frames chapters -c:v {}", codec(plan.container)));
    add(&quality(plan));
    all
}

/// How closely, and in what: libvpx's scale goes on to 63.
fn quality(plan: &EncodingPlan) -> String {
    let scale = |usual: u32, most: u32| plan.quantiser.map_or(usual, |quantiser| u32::from(quantiser) * most / 51);
    let lossless = plan.form == VideoForm::Lossless;
    match plan.container {
        VideoContainer::Mp4 if lossless => "-preset veryfast -qp 0 -movflags +faststart -f mp4".into(),
        VideoContainer::Mp4 => format!("-preset veryfast -crf {} -movflags +faststart -f mp4", scale(18, 51)),
        VideoContainer::Webm if lossless => "-deadline realtime -cpu-used 8 -row-mt 1 -lossless 1 -f webm".into(),
        VideoContainer::Webm => {
            // Its reference from the future is not for pictures that are seen through.
            let future = if plan.form == VideoForm::Clear { "-auto-alt-ref 0 " } else { "" };
            let crf = scale(24, 63);
            format!("{future}-deadline realtime -cpu-used 8 -row-mt 1 -b:v 0 -crf {crf} -f webm")
        }
        VideoContainer::Mkv => "-level 3 -slices 4 -slicecrc 1 -f matroska".into(),
    }
}

/// The chapters in ffmpeg's own form, in a file in `folder`: the film's own, since a TMPDIR that is gone is no reason to fail.
fn metadata(plan: &EncodingPlan, folder: &Path) -> std::io::Result<NamedTempFile> {
    let mut file = atomic_file::begin(folder, &atomic_file::name_of(&plan.path.with_extension("chapters")))?;
    writeln!(file, ";FFMETADATA1\ncomment={MADE_BY}")?;
    let ends = plan.chapters.iter().skip(1).map(|next| next.at.as_micros());
    let last = plan.fps.shown(plan.frames).as_micros();
    for (FilmChapter { at, name }, end) in plan.chapters.iter().zip(ends.chain([last])) {
        let start = at.as_micros();
        writeln!(file, "[CHAPTER]\nTIMEBASE=1/1000000\nSTART={start}\nEND={end}\ntitle={}", escape(name))?;
    }
    file.flush()?;
    Ok(file)
}

/// The sound in a file in `folder`, as ffmpeg reads it.
fn sound_file(plan: &EncodingPlan, score: &FilmScore, folder: &Path) -> std::io::Result<NamedTempFile> {
    let mut file = atomic_file::begin(folder, &atomic_file::name_of(&plan.path.with_extension("wav")))?;
    sound::write(score, &mut BufWriter::new(&mut file))?;
    Ok(file)
}

fn escape(text: &str) -> String {
    let special = |letter: char| matches!(letter, '=' | ';' | '#' | '\\' | '\n');
    text.chars().flat_map(|letter| special(letter).then_some('\\').into_iter().chain([letter])).collect()
}

/// Why there is no video, and what there is.
fn refused(plan: &EncodingPlan, why: &str) -> FilmError {
    let install = "install one that has (Debian, Ubuntu: apt install ffmpeg; macOS: brew install ffmpeg; Windows: winget \
                   install ffmpeg)";
    let instead = match (plan.container, plan.form) {
        (VideoContainer::Mp4, VideoForm::Usual) => "without --encoder ffmpeg this is encoded with nothing installed",
        (VideoContainer::Webm, VideoForm::Usual) => ".mp4, .webp, .apng and .gif need nothing installed",
        _ => "--to frames/ needs nothing installed: a folder with every frame as a PNG, to the pixel",
    };
    FilmError::Refused { path: plan.path.clone(), why: format!("{why}: {install}. {instead}") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use speed_kings_core::time::Period;

    #[test]
    fn chapters_are_written_so_that_no_name_can_add_a_line() {
        let folder = tempfile::tempdir().unwrap();
        let name = "a=b;\n[CHAPTER]".into();
        let plan = EncodingPlan {
            path: "x.webm".into(),
            container: VideoContainer::Webm,
            form: VideoForm::Usual,
            size: (16, 16),
            fps: 30.into(),
            frames: 60,
            chapters: vec![
                FilmChapter { at: Period::ZERO, name: "start".into() },
                FilmChapter { at: Period::from_millis(500), name },
            ],
            score: None,
            quantiser: None,
        };
        let text = std::fs::read_to_string(metadata(&plan, folder.path()).unwrap().path()).unwrap();
        assert!(text.contains("START=0\nEND=500000\ntitle=start\n"), "{text}");
        assert!(text.contains("START=500000\nEND=2000000\ntitle=a\\=b\\;\\\n[CHAPTER]\n"), "{text}");
        let absent = refused(&plan, "there is none").to_string();
        assert!(absent.starts_with("x.webm: there is none: ") && absent.contains("apt install ffmpeg"), "{absent}");
    }
}
