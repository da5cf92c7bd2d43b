//! What `export` takes.
//! Sizes, times and moments are read here, so that a wrong one is a usage error that names its flag.

use std::path::{Path, PathBuf};

use clap::Args;

use super::director::file_size;
use super::{EditArgs, FilmTarget, PictureArgs};
use crate::film::rate::FrameRate;
use crate::record::director::DirectorBrief;
use crate::record::edit::EditOptions;
use crate::record::time_ref::{TimeRef, TimeRefError};
use crate::time::Period;

/// What an export takes.
#[derive(Clone, Debug, Args)]
#[command(override_usage = "speed-kings export [OPTIONS] <FILE> --to <OUT>...")]
pub struct ExportArgs {
    /// Recording, a .race or .race.zst file
    pub file: Option<PathBuf>,
    /// Files to write; each one's ending says what it becomes: .gif .apng .webp .mp4 .webm .mkv .cast .svg .html films, .wav
    /// their sound, .png .txt stills, .json .csv .md reports; a folder, which ends in /, takes every frame as a PNG
    #[arg(long, value_name = "OUT", required = true, num_args = 1..)]
    pub to: Vec<PathBuf>,
    /// Size of the picture in pixels, both even
    #[arg(long, value_name = "WxH", value_parser = pixels)]
    pub size: Option<(u32, u32)>,
    /// Size of the screen in columns and rows
    #[arg(long, value_name = "WxH", value_parser = cells)]
    pub cells: Option<(u16, u16)>,
    /// Frames a second, up to 240, or exactly 23.976, 29.97, 59.94 or a fraction such as 30000/1001; without it 60 for video and
    /// 30 for GIF, APNG and WebP
    #[arg(long, value_name = "N")]
    pub fps: Option<FrameRate>,
    /// How often a .gif, .apng or .webp plays; 0 for ever
    #[arg(long, value_name = "N", default_value_t = 0, value_parser = clap::value_parser!(u32).range(..=65_535))]
    pub plays: u32,
    /// Font file: a monospaced one is used for all text, any other for what the bundled font lacks
    #[arg(long, value_name = "FILE")]
    pub font: Vec<PathBuf>,
    /// Draw what the bundled font lacks, such as CJK and emoji, as blocks and not out of this system's fonts, so that the
    /// picture is the same everywhere; fonts of the system are never used along with --font
    #[arg(long)]
    pub no_system_fonts: bool,
    /// Height of the letters in pixels
    #[arg(long, value_name = "PX", value_parser = font_size)]
    pub font_size: Option<f32>,
    /// Keep clear of the edges, 5 % at each; in an upright picture of the lower fifth and the right eighth, too. An upright
    /// picture of 2:3 or taller does unless this is off
    #[arg(long, value_name = "on|off", num_args = 0..=1, require_equals = true, default_missing_value = "on", value_parser = switch)]
    pub safe_area: Option<bool>,
    /// Seconds that a title stays before the race: who meets whom on what; none without --auto
    #[arg(long, value_name = "S", value_parser = seconds)]
    pub intro: Option<Period>,
    /// Seconds that a title stays after the verdict: how it ended, how fair it was; none without --auto
    #[arg(long, value_name = "S", value_parser = seconds)]
    pub outro: Option<Period>,
    /// Where the film is to be seen: fills in the director, size, rate and length where they are not given
    #[arg(long = "for", value_name = "TARGET", value_enum)]
    pub target: Option<FilmTarget>,
    /// Largest size of each file, for example 5MB: the best quality that fits is looked for, which takes several passes
    #[arg(long, value_name = "SIZE", value_parser = file_size)]
    pub max_bytes: Option<u64>,
    /// Make .png the verdict card, as a file called card*.png is without it: 1200x630, or any --size
    #[arg(long)]
    pub card: bool,
    /// Moment that a still shows, the verdict without it: any place, or verdict. With it an .svg is a still, too
    #[arg(long, value_name = "PLACE|verdict", value_parser = at, allow_hyphen_values = true)]
    pub at: Option<StillPlace>,
    /// Version of a .cast file: 3, or 2 for older tools
    #[arg(long, value_name = "2|3", default_value = "3", value_parser = clap::value_parser!(u8).range(2..=3))]
    pub cast_version: u8,
    /// Replace the outputs whatever they are, even the recording
    #[arg(long)]
    pub force: bool,
    /// How the pictures are made.
    #[command(flatten)]
    pub picture: PictureArgs,
    /// How it is shown.
    #[command(flatten)]
    pub edit: EditArgs,
}

impl ExportArgs {
    /// The edits behind the flags, those of the titles among them.
    #[must_use]
    pub fn edits(&self) -> EditOptions {
        let edits = self.edit.edits();
        let auto = edits.auto.map(|brief| DirectorBrief { intro: self.intro, outro: self.outro, ..brief });
        EditOptions { auto, intro: self.intro, outro: self.outro, ..edits }
    }

    /// The same with everything filled in that its target asks for and nobody has given.
    #[must_use]
    pub fn aimed(&self) -> Self {
        let mut args = self.clone();
        let Some(target) = args.target else { return args };
        let (size, fps, secs) = match target {
            FilmTarget::Youtube => (Some((1_920, 1_080)), 60, 30),
            FilmTarget::Shorts => (Some((1_080, 1_920)), 60, 30),
            FilmTarget::X => (Some((1_280, 720)), 30, 30),
            FilmTarget::Readme => (None, 15, 20),
            FilmTarget::Slides => (Some((1_920, 1_080)), 30, 15),
        };
        if args.cells.is_none() && args.font_size.is_none() {
            args.size = args.size.or(size);
        }
        args.fps = args.fps.or_else(|| Some(fps.into()));
        let limit = match target {
            FilmTarget::X => Some(15_000_000),
            FilmTarget::Readme => Some(5_000_000),
            _ => None,
        };
        args.max_bytes = args.max_bytes.or(limit);
        if target == FilmTarget::Readme && args.size.is_none() {
            args.cells = args.cells.or(Some((110, 30)));
            args.font_size = args.font_size.or(Some(13.0));
        }
        if !args.edit.is_cut() && args.edit.director.duration.is_none() && !args.edit.director.auto {
            args.edit.director.duration = Some(Period::from_millis(secs * 1_000));
        }
        args
    }

    /// The recording and the files to write. Nothing can become a recording here, so that one at the end of the files to
    /// write is the one that is read. Without any there is nothing.
    #[must_use]
    pub fn files(&self) -> Option<(&Path, &[PathBuf])> {
        match (&self.file, self.to.split_last()) {
            (Some(file), _) => Some((file, &self.to)),
            (None, Some((last, to))) if is_recording(last) && !to.is_empty() => Some((last, to)),
            (None, _) => None,
        }
    }
}

fn is_recording(path: &Path) -> bool {
    path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("race") || ending.eq_ignore_ascii_case("zst"))
}

/// The moment of a still.
#[derive(Clone, PartialEq, Debug)]
pub enum StillPlace {
    /// The verdict at the end.
    Verdict,
    /// A place in the race.
    Place(TimeRef),
}

fn pair<T: std::str::FromStr>(text: &str) -> Option<(T, T)> {
    let (width, height) = text.split_once(['x', 'X', '×'])?;
    Some((width.trim().parse().ok()?, height.trim().parse().ok()?))
}

fn pixels(text: &str) -> Result<(u32, u32), String> {
    pair(text).ok_or_else(|| "not a size in pixels, such as 1920x1080".to_owned())
}

fn cells(text: &str) -> Result<(u16, u16), String> {
    pair(text)
        .filter(|(columns, rows)| *columns > 0 && *rows > 0)
        .ok_or_else(|| "not a size in columns and rows, such as 160x45".to_owned())
}

fn font_size(text: &str) -> Result<f32, String> {
    let size: f32 = text.trim_end_matches("px").parse().map_err(|_| "not a number of pixels".to_owned())?;
    if (5.0..=200.0).contains(&size) { Ok(size) } else { Err("between 5 and 200".into()) }
}

fn switch(text: &str) -> Result<bool, String> {
    match text {
        "on" => Ok(true),
        "off" => Ok(false),
        _ => Err("on or off".into()),
    }
}

fn seconds(text: &str) -> Result<Period, String> {
    let secs: f64 = text.trim_end_matches('s').parse().map_err(|_| "not a number of seconds".to_owned())?;
    if (0.0..=600.0).contains(&secs) { Ok(Period::from_secs_f64(secs)) } else { Err("between 0 and 600".into()) }
}

fn at(text: &str) -> Result<StillPlace, TimeRefError> {
    if text == "verdict" { Ok(StillPlace::Verdict) } else { text.parse().map(StillPlace::Place) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::Offset;

    #[test]
    fn moments_and_sizes_are_read() {
        assert_eq!(at("verdict"), Ok(StillPlace::Verdict));
        assert_eq!(at("1.25s"), Ok(StillPlace::Place(TimeRef::At(Offset::from_micros(1_250_000)))));
        assert!(matches!(at("first-token@2"), Ok(StillPlace::Place(TimeRef::Mark { lane: Some(1), .. }))));
        assert!(at("").is_err());
        assert_eq!((pixels("1920x1080"), cells("160×45")), (Ok((1_920, 1_080)), Ok((160, 45))));
        assert!(pixels("1920").is_err() && cells("70000x2").is_err() && cells("0x5").is_err());
    }
}
