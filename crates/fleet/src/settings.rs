//! A runner's own file: what it is called, whom it obeys, what it offers and how far it goes. Flags go over it.

use std::io;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use speed_kings_system::input;

use crate::identity::PublicKey;
use crate::name::RunnerName;
use crate::wire::RunnerLimits;

/// The file in the folder of the user's settings.
pub const FILE: &str = "runner.ron";
/// The largest file that is read.
const LARGEST: u64 = 256 << 10;

/// What a runner's file says; nothing of it has to be said.
#[derive(Clone, PartialEq, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RunnerSettings {
    /// Its name on the bus.
    pub name: Option<RunnerName>,
    /// Where it stands, in its owner's word.
    pub region: Option<String>,
    /// What it offers, as in `--providers`; all of the catalogue when empty.
    pub contestants: Vec<String>,
    /// Names of those contestants that start a program and that directors may have started.
    pub allow_remote: Vec<String>,
    /// Engines that directors may have started for sweeps.
    pub sweeps: Vec<SweepSetting>,
    /// The directors that it obeys.
    pub directors: Vec<PublicKey>,
    /// How far it goes.
    pub limits: RunnerLimits,
}

/// An engine that directors may have started for sweeps, and what of it they may vary.
#[derive(Clone, PartialEq, Eq, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SweepSetting {
    /// What directors call it.
    pub id: String,
    /// The engine with its model and fixed settings, as `lab sweep` takes it: it never leaves the machine.
    pub engine: String,
    /// The settings that may be varied with the values that are permitted, as in `--vary`.
    #[serde(default)]
    pub vary: Vec<String>,
    /// Its owner lets directors have it started.
    #[serde(default)]
    pub allow_remote: bool,
}

/// Why a runner's file can't be used.
#[derive(Debug, thiserror::Error)]
pub enum RunnerSettingsError {
    /// It can't be read.
    #[error("cannot read {}: {source}", path.display())]
    File {
        /// Path of the file.
        path: PathBuf,
        /// The error that the system reported.
        source: io::Error,
    },
    /// What it says is wrong.
    #[error("{}: {error}", path.display())]
    Wrong {
        /// Path of the file.
        path: PathBuf,
        /// Where it is wrong, and why.
        error: String,
    },
}

impl RunnerSettings {
    /// The settings in the file at `path`.
    ///
    /// # Errors
    /// When it can't be read, or is wrong.
    pub fn read(path: &Path) -> Result<Self, RunnerSettingsError> {
        let text = input::read_text(path, LARGEST)
            .map_err(|source| RunnerSettingsError::File { path: path.to_owned(), source })?;
        let options = ron::Options::default().with_default_extension(ron::extensions::Extensions::IMPLICIT_SOME);
        options
            .from_str(&text)
            .map_err(|error| RunnerSettingsError::Wrong { path: path.to_owned(), error: error.to_string() })
    }

    /// Those in the folder `config` of the user's settings; none where there is no such file.
    ///
    /// # Errors
    /// As for [`Self::read`].
    pub fn usual(config: Option<&Path>) -> Result<Self, RunnerSettingsError> {
        let path = config.map(|folder| folder.join(FILE)).filter(|path| path.exists());
        path.map_or_else(|| Ok(Self::default()), |path| Self::read(&path))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_said_is_read_and_what_is_wrong_is_named() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join(FILE);
        assert_eq!(RunnerSettings::usual(Some(dir.path())).unwrap(), RunnerSettings::default());
        std::fs::write(&path, "(name: \"m3\", allow_remote: [\"q\"], contestants: [\"groq\"], limits: (tokens: 99))")
            .unwrap();
        let read = RunnerSettings::usual(Some(dir.path())).unwrap();
        assert_eq!((read.name.unwrap().as_str(), read.limits.tokens), ("m3", 99));
        assert_eq!(read.limits.seconds, RunnerLimits::default().seconds);
        std::fs::write(
            &path,
            "(sweeps: [(id: \"q\", engine: \"e@m.gguf\", vary: [\"threads=1,2\"], allow_remote: true)])",
        )
        .unwrap();
        let sweeps = RunnerSettings::read(&path).unwrap().sweeps;
        assert!(sweeps[0].allow_remote && sweeps[0].vary == ["threads=1,2"], "{sweeps:?}");
        for (text, told) in
            [("(nam: 1)", "nam"), ("(name: \"a.b\")", "invalid name"), ("(directors: [\"x\"])", "invalid director key")]
        {
            std::fs::write(&path, text).unwrap();
            let error = RunnerSettings::read(&path).unwrap_err().to_string();
            assert!(error.contains(told) && error.contains("runner.ron"), "{error}");
        }
    }
}
