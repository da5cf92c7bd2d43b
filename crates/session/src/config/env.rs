//! The environment that a race is settled in: variables, and the folder of the user's own files.

use std::path::{Path, PathBuf};

/// The environment, behind a function so that tests can have their own.
pub struct ProcessEnv<'a>(pub &'a dyn Fn(&str) -> Option<String>);

impl ProcessEnv<'_> {
    /// A variable that is set to something.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<String> {
        (self.0)(name).filter(|value| !value.trim().is_empty())
    }

    /// The folder of the user's own themes and catalogue.
    #[must_use]
    pub fn config_dir(&self) -> Option<PathBuf> {
        let base = self.get("XDG_CONFIG_HOME").map(PathBuf::from);
        let base = base.or_else(|| self.get("HOME").map(|home| Path::new(&home).join(".config")));
        let base = base.or_else(|| self.get("APPDATA").map(PathBuf::from));
        base.map(|base| base.join("speed-kings"))
    }
}

/// The variable `name` of the process environment; nothing where it is unset or not Unicode.
#[must_use]
pub fn process_env(name: &str) -> Option<String> {
    std::env::var(name).ok()
}
