//! How the pictures of an export are made: what encodes them, in which form.
//! They say nothing of what is shown; that is the edit's and the director's.

use clap::Args;

use crate::film::raster::WindowBackdrop;
use crate::film::video::EncoderChoice;

/// How pictures are made.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Pictures")]
pub struct PictureArgs {
    /// What encodes an .mp4: built-in, which needs nothing and makes the same bytes everywhere; ffmpeg, which makes a smaller
    /// file; auto, which is ffmpeg where it is installed
    #[arg(long, value_name = "auto|built-in|ffmpeg", default_value = "auto", value_parser = encoder)]
    pub encoder: EncoderChoice,
    /// See through what the letters stand on, for laying it over something else: .png .apng .webp, a folder of PNG frames, and by
    /// ffmpeg .webm and .mkv
    #[arg(long)]
    pub transparent: bool,
    /// Draw a window around the picture: room at every side, a shadow, round corners and a bar with three dots, on the theme's
    /// background or a colour, for example --frame=#674eff; with --transparent nothing is behind it. In every picture and film but
    /// .html, .cast and .txt; a card stays as it is
    #[arg(long, value_name = "COLOUR", num_args = 0..=1, require_equals = true, default_missing_value = "theme")]
    pub frame: Option<WindowBackdrop>,
    /// Keep every colour of every pixel in .mp4 (H.264 4:4:4) and .webm (VP9 4:4:4), by ffmpeg, for further cutting; an .mkv (FFV1)
    /// always does, and a folder of PNG frames needs no ffmpeg
    #[arg(long)]
    pub master: bool,
    /// Sound: lamps, a tick for text whose pitch is the lane's speed, from the lane's side, a chime at each finish. ffmpeg puts it
    /// into .mp4, .webm and .mkv; beside an .mp4 without ffmpeg and a folder of frames it is a .wav of the same name
    #[arg(long)]
    pub sound: bool,
}

fn encoder(text: &str) -> Result<EncoderChoice, String> {
    match text {
        "auto" => Ok(EncoderChoice::Either),
        "built-in" => Ok(EncoderChoice::BuiltIn),
        "ffmpeg" => Ok(EncoderChoice::Ffmpeg),
        _ => Err("auto, built-in or ffmpeg".into()),
    }
}
