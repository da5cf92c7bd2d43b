//! The themes there are: those that are built in, and those a user adds.
//! A bad file never takes a good one down with it, and a user's theme may replace a built-in one by its name.

use std::path::{Path, PathBuf};
use std::{fs, io, iter};

use super::{Theme, ThemeError};
use speed_kings_core::text::without_bom;
use speed_kings_system::input;

/// Compiled in, in the order the theme key walks through them; the first is the default.
const MIDNIGHT: (&str, &str) = ("midnight.ron", include_str!("../../../../themes/midnight.ron"));
const OTHERS: [(&str, &str); 6] = [
    ("synthwave.ron", include_str!("../../../../themes/synthwave.ron")),
    ("amber.ron", include_str!("../../../../themes/amber.ron")),
    ("phosphor.ron", include_str!("../../../../themes/phosphor.ron")),
    ("okabe.ron", include_str!("../../../../themes/okabe.ron")),
    ("contrast.ron", include_str!("../../../../themes/contrast.ron")),
    ("daylight.ron", include_str!("../../../../themes/daylight.ron")),
];

/// A user's file may not be larger than this; a theme is two or three kB.
const LARGEST_FILE: u64 = 256 * 1024;

/// The themes by name, in order. There is always at least one.
#[derive(Clone, Debug)]
pub struct ThemeSet {
    default: Theme,
    others: Vec<Theme>,
}

impl ThemeSet {
    /// The built-in themes.
    ///
    /// # Errors
    /// None in a build that passed its tests: these files are part of the program.
    pub fn builtin() -> Result<Self, ThemeError> {
        let default = Theme::parse(MIDNIGHT.1, MIDNIGHT.0, |_| None)?;
        let mut themes = Self { default, others: Vec::new() };
        for (origin, text) in OTHERS {
            let theme = Theme::parse(text, origin, |name| themes.get(name))?;
            themes.add(theme);
        }
        Ok(themes)
    }

    /// One theme and no other.
    #[must_use]
    pub const fn only(theme: Theme) -> Self {
        Self { default: theme, others: Vec::new() }
    }

    /// Adds a theme at the end, or in place of the one of that name.
    pub fn add(&mut self, theme: Theme) {
        match iter::once(&mut self.default).chain(&mut self.others).find(|known| known.name == theme.name) {
            Some(known) => *known = theme,
            None => self.others.push(theme),
        }
    }

    /// All themes, the default first.
    pub fn iter(&self) -> impl Iterator<Item = &Theme> {
        iter::once(&self.default).chain(&self.others)
    }

    /// Their names, in order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.iter().map(|theme| theme.name.as_str())
    }

    /// The theme of that name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Theme> {
        self.iter().find(|theme| theme.name == name)
    }

    /// The theme for someone who chose none.
    #[must_use]
    pub fn default_theme(&self) -> &Theme {
        &self.default
    }

    /// The theme after the one of that name, and after the last the first; the default for an unknown name.
    #[must_use]
    pub fn next(&self, name: &str) -> &Theme {
        self.iter().skip_while(|theme| theme.name != name).nth(1).unwrap_or(&self.default)
    }

    /// Adds every `*.ron` in `dir`, in the order of their names, and says what is wrong with those it can't use.
    /// A folder that is not there holds no themes. Files may inherit from each other in any order.
    pub fn load_dir(&mut self, dir: &Path) -> Vec<ThemeError> {
        let mut waiting = match list(dir) {
            Ok(paths) => paths,
            Err(source) if source.kind() == io::ErrorKind::NotFound => return Vec::new(),
            Err(source) => return vec![ThemeError::Read { path: dir.to_owned(), source }],
        };
        let mut errors = Vec::new();
        loop {
            let before = waiting.len();
            let (mut orphans, mut unknown) = (Vec::new(), Vec::new());
            for path in waiting {
                match self.load_file(&path) {
                    Ok(_) => {}
                    Err(error @ ThemeError::Base { .. }) => {
                        orphans.push(path);
                        unknown.push(error);
                    }
                    Err(error) => errors.push(error),
                }
            }
            if orphans.is_empty() || orphans.len() == before {
                errors.extend(unknown);
                return errors;
            }
            waiting = orphans;
        }
    }

    /// Adds the theme in a file and gives its name.
    ///
    /// # Errors
    /// When the file can't be read or is no theme; the themes are then as they were.
    pub fn load_file(&mut self, path: &Path) -> Result<String, ThemeError> {
        let text = read(path).map_err(|source| ThemeError::Read { path: path.to_owned(), source })?;
        let theme = Theme::parse(&text, &path.display().to_string(), |name| self.get(name))?;
        let name = theme.name.clone();
        self.add(theme);
        Ok(name)
    }
}

fn list(dir: &Path) -> io::Result<Vec<PathBuf>> {
    let mut paths = fs::read_dir(dir)?.map(|entry| Ok(entry?.path())).collect::<io::Result<Vec<_>>>()?;
    paths.retain(|path| path.extension().is_some_and(|ending| ending == "ron"));
    paths.sort();
    Ok(paths)
}

fn read(path: &Path) -> io::Result<String> {
    Ok(without_bom(&input::read_text(path, LARGEST_FILE)?).to_owned())
}
