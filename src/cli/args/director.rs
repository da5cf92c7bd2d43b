//! What the director is told: whether it makes the film, how long it is, how large its file may be, and what it is for.

use clap::{Args, ValueEnum};

use super::values::between;
use crate::record::director::{DirectorBrief, LENGTHS};
use crate::time::Period;
use crate::ui::app::FINISH_HOLD;

/// Whether a director makes the film out of the race.
#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "Director")]
pub struct DirectorArgs {
    /// A film with titles, slow motion around first tokens, overtakes and finishes, captions and the verdict, worked out from
    /// the race
    #[arg(long, conflicts_with_all = ["speed", "slow_mo", "from", "until", "limit_idle", "hold_verdict"])]
    pub auto: bool,
    /// Length of that film, for example 30s; it is met to the frame. It brings --auto along
    #[arg(long, value_name = "SECONDS", value_parser = length,
        conflicts_with_all = ["speed", "slow_mo", "from", "until", "limit_idle", "hold_verdict"])]
    pub duration: Option<Period>,
}

impl DirectorArgs {
    /// What the director is asked for; nothing when nobody asks for one.
    #[must_use]
    pub fn brief(&self) -> Option<DirectorBrief> {
        let brief = DirectorBrief { duration: self.duration, held: FINISH_HOLD.into(), ..DirectorBrief::default() };
        (self.auto || self.duration.is_some()).then_some(brief)
    }
}

/// Where a film is to be seen.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub enum FilmTarget {
    /// A video, 1920x1080, 60 frames a second, 30 s
    Youtube,
    /// An upright video, 1080x1920, 60 frames a second, 30 s, clear of the buttons
    Shorts,
    /// A post, 1280x720, 30 frames a second, 30 s, at most 15 MB
    X,
    /// A picture that moves, 110x30 cells, 15 frames a second, 20 s, at most 5 MB; best as .gif or .apng
    Readme,
    /// A video for a talk, 1920x1080, 30 frames a second, 15 s
    Slides,
}

fn length(text: &str) -> Result<Period, String> {
    between(text.trim().trim_end_matches('s'), LENGTHS.0, LENGTHS.1).map(Period::from_secs_f64)
}

/// Reads a number of bytes, such as `5MB` (millions), `900kB` or `4MiB`.
pub(super) fn file_size(text: &str) -> Result<u64, String> {
    let text = text.trim();
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic() || c == ' ');
    let unit = text.get(digits.len()..).unwrap_or_default().trim().to_ascii_lowercase();
    let factor = match unit.as_str() {
        "" | "b" => 1.0,
        "k" | "kb" => 1e3,
        "m" | "mb" => 1e6,
        "g" | "gb" => 1e9,
        "kib" => 1_024.0,
        "mib" => 1_048_576.0,
        "gib" => 1_073_741_824.0,
        _ => return Err("not a size of a file, such as 5MB, 900kB or 4MiB".into()),
    };
    let number: f64 = digits.parse().map_err(|_| "not a size of a file, such as 5MB, 900kB or 4MiB".to_owned())?;
    let bytes = number * factor;
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "within the bounds")]
    if (1_000.0..=1e12).contains(&bytes) { Ok(bytes as u64) } else { Err("between 1kB and 1TB".into()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_and_sizes_are_read() {
        assert_eq!(length("30s"), Ok(Period::from_millis(30_000)));
        assert_eq!(length("15"), Ok(Period::from_millis(15_000)));
        assert!(length("3s").is_err() && length("soon").is_err());
        assert_eq!(
            (file_size("5MB"), file_size("900 kB"), file_size("4MiB")),
            (Ok(5_000_000), Ok(900_000), Ok(4_194_304))
        );
        assert!(file_size("5XB").is_err() && file_size("0").is_err() && file_size("").is_err());
    }
}
