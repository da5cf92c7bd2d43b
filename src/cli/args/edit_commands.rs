//! What the commands on recordings take: how a race is shown, what is looked into, taken out or put together.

use std::path::PathBuf;

use clap::Args;

use super::DirectorArgs;
use super::values::between;
use crate::record::edit::{EditOptions, PlaceRange, SlowMotion, TimedText};
use crate::record::edit_list::SCALES;
use crate::record::merge::LanePick;
use crate::record::redact::RedactionOptions;
use crate::record::time_ref::TimeRef;
use crate::time::Period;

const PLACES: &str = "\
Places: seconds of the race clock (1.25s, -0.5s, 80ms), a percentage (40%), a token (120t), a mark (green, first-token, \
overtake, stall, finish, out, stopped, verdict; first-token@2 is the second lane's), or the name of a chapter.";

/// How a race is shown. It never changes what was measured.
#[derive(Clone, Debug, Default, Args)]
#[command(after_help = PLACES, next_help_heading = "Cut")]
pub struct EditArgs {
    /// Speed, for example 0.1 for slow motion; whatever isn't 1 stands on the picture
    #[arg(long, value_name = "X", value_parser = scale)]
    pub speed: Option<f64>,
    /// Slow motion around one place only, for example 0.1 --around first-token
    #[arg(long, value_name = "X", value_parser = scale, requires = "around")]
    pub slow_mo: Option<f64>,
    /// Where the slow motion is, and how many seconds of the race it reaches to both sides (0.25 unless told)
    #[arg(long, value_name = "PLACE[:SECONDS]", requires = "slow_mo")]
    pub around: Option<PlaceRange>,
    /// Show nothing before this place
    #[arg(long, value_name = "PLACE", allow_hyphen_values = true)]
    pub from: Option<TimeRef>,
    /// Show nothing after this place
    #[arg(long, value_name = "PLACE", allow_hyphen_values = true)]
    pub until: Option<TimeRef>,
    /// Let no stretch without an event take longer than this: it runs faster, and the picture says how much
    #[arg(long, value_name = "SECONDS", value_parser = seconds)]
    pub limit_idle: Option<Period>,
    /// Let the verdict stay this long: in a film, and in a replay before --loop begins again
    #[arg(long, value_name = "SECONDS", value_parser = seconds)]
    pub hold_verdict: Option<Period>,
    /// Title in place of the phase or the contestants
    #[arg(long, value_name = "TEXT")]
    pub title: Option<String>,
    /// Words in the lower third from one place to another, to the next words or to the end
    #[arg(long, value_name = "PLACE[-PLACE]=TEXT", allow_hyphen_values = true)]
    pub caption: Vec<TimedText>,
    /// Name for a place: a chapter beside the marks that every race has
    #[arg(long, value_name = "PLACE=NAME", allow_hyphen_values = true)]
    pub chapter: Vec<TimedText>,
    /// Who cuts the film.
    #[command(flatten)]
    pub director: DirectorArgs,
}

impl EditArgs {
    /// Whether it says which part of the race is shown, or how fast.
    #[must_use]
    pub const fn is_cut(&self) -> bool {
        self.speed.is_some()
            || self.slow_mo.is_some()
            || self.from.is_some()
            || self.until.is_some()
            || self.limit_idle.is_some()
            || self.hold_verdict.is_some()
    }

    /// The edits behind the flags.
    #[must_use]
    pub fn edits(&self) -> EditOptions {
        let slow = self.slow_mo.zip(self.around.clone());
        EditOptions {
            auto: self.director.brief(),
            intro: None,
            outro: None,
            speed: self.speed,
            slow: slow.map(|(scale, around)| SlowMotion { scale, around }),
            from: self.from.clone(),
            until: self.until.clone(),
            limit_idle: self.limit_idle,
            hold_verdict: self.hold_verdict,
            title: self.title.clone(),
            captions: self.caption.clone(),
            chapters: self.chapter.clone(),
        }
    }
}

/// The arguments of `edit`: a recording, and how it is to be shown.
#[derive(Clone, Debug, Args)]
pub struct EditCommandArgs {
    /// Recording, a .race or .race.zst file
    pub input: PathBuf,
    /// The edited recording; packed when it ends in .zst; - is stdout
    pub output: PathBuf,
    /// Forget the edits that the recording has
    #[arg(long)]
    pub afresh: bool,
    /// Replace the output whatever it is, even a file that is read
    #[arg(long)]
    pub force: bool,
    /// How it is shown.
    #[command(flatten)]
    pub edit: EditArgs,
}

/// The arguments of `inspect`: a recording, and the form of the answer.
#[derive(Clone, Debug, Args)]
pub struct InspectArgs {
    /// Recording, a .race or .race.zst file
    pub file: PathBuf,
    /// As one JSON document
    #[arg(long)]
    pub json: bool,
}

/// The arguments of `redact`: a recording, and what is to be taken out of it.
#[derive(Clone, Debug, Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of its own")]
pub struct RedactArgs {
    /// Recording, a .race or .race.zst file
    pub input: PathBuf,
    /// The redacted recording; packed when it ends in .zst; - is stdout
    pub output: PathBuf,
    /// Take out the prompt
    #[arg(long)]
    pub prompt: bool,
    /// Take out what the models said
    #[arg(long)]
    pub text: bool,
    /// Take out addresses, regions, rate-limit headers and the machine that it was recorded on
    #[arg(long)]
    pub hosts: bool,
    /// Take out who raced on what: names, providers, models, hardware, prices, claims, the phase; and the machine that it
    /// was recorded on, if one of them ran there
    #[arg(long)]
    pub names: bool,
    /// Replace the output whatever it is, even a file that is read
    #[arg(long)]
    pub force: bool,
}

impl RedactArgs {
    /// What is to be taken out: everything when nothing is named.
    #[must_use]
    pub const fn redaction(&self) -> RedactionOptions {
        let all = !(self.prompt || self.text || self.hosts || self.names);
        RedactionOptions {
            prompt: self.prompt || all,
            text: self.text || all,
            hosts: self.hosts || all,
            names: self.names || all,
        }
    }
}

/// The arguments of `merge`: two recordings, and which of their lanes are kept.
#[derive(Clone, Debug, Args)]
pub struct MergeArgs {
    /// Recording of the race
    pub first: PathBuf,
    /// Recording of the ghosts
    pub second: PathBuf,
    /// The merged recording; packed when it ends in .zst; - is stdout
    #[arg(short, long, value_name = "OUT")]
    pub output: PathBuf,
    /// Lanes, for example A1,B1: the first of each recording; all of them unless told
    #[arg(long, value_name = "A1,B1", value_delimiter = ',')]
    pub lanes: Vec<LanePick>,
    /// Replace the output whatever it is, even a file that is read
    #[arg(long)]
    pub force: bool,
}

pub(super) fn scale(text: &str) -> Result<f64, String> {
    let (least, most) = SCALES;
    between(text.trim_start_matches(['x', '×']), least, most)
}

fn seconds(text: &str) -> Result<Period, String> {
    between(text, 0.01, 86_400.0).map(Period::from_secs_f64)
}
