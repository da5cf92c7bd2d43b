//! Variables out of a file such as `.env`, for whoever keeps keys there. The environment itself stands over them.
//! What stands in the file is never repeated: it is there because it is secret.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::ConfigError;
use speed_kings_core::text::without_bom;
use speed_kings_system::input;

/// The largest file of variables that is read, in bytes.
const LARGEST: u64 = 1 << 20;

/// The variables of a file.
#[derive(Clone, Default)]
pub struct EnvFile {
    path: PathBuf,
    variables: BTreeMap<String, String>,
}

impl EnvFile {
    /// Reads the file at `path`.
    ///
    /// # Errors
    /// When it can't be read, or a line of it is no variable.
    pub fn read(path: &Path) -> Result<Self, ConfigError> {
        let bad = |why: String| ConfigError::EnvFile { path: path.to_owned(), why };
        let text = input::read_text(path, LARGEST).map_err(|error| bad(error.to_string()))?;
        let text = without_bom(&text);
        let variables = dotenvy::from_read_iter(text.as_bytes()).map(|variable| {
            variable.map_err(|error| match error {
                dotenvy::Error::LineParse(line, _) => {
                    bad(match text.lines().position(|each| line.starts_with(each.trim())) {
                        Some(place) => format!("line {} is not NAME=value", place + 1),
                        None => "a line is not NAME=value".to_owned(),
                    })
                }
                _ => bad("it can't be read as lines of NAME=value".to_owned()),
            })
        });
        Ok(Self { path: path.to_owned(), variables: variables.collect::<Result<_, _>>()? })
    }

    /// The variable `name`, unless `environment` has it.
    #[must_use]
    pub fn over(&self, name: &str, environment: Option<String>) -> Option<String> {
        environment.filter(|value| !value.trim().is_empty()).or_else(|| self.variables.get(name).cloned())
    }

    /// Which variables it gives, and which of them the `environment` has already; by their names alone.
    #[must_use]
    pub fn told(&self, environment: &dyn Fn(&str) -> Option<String>) -> String {
        let set = |name: &&str| environment(name).is_some_and(|value| !value.trim().is_empty());
        let (known, taken): (Vec<&str>, Vec<&str>) = self.variables.keys().map(String::as_str).partition(set);
        let list = |names: &[&str]| if names.is_empty() { "nothing".to_owned() } else { names.join(", ") };
        let kept = if known.is_empty() {
            String::new()
        } else {
            format!("; the environment's own {} stands over the file's", known.join(", "))
        };
        format!("from {}: {}{kept}", self.path.display(), list(&taken))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<EnvFile, String> {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join(".env");
        std::fs::write(&path, text).unwrap();
        EnvFile::read(&path).map_err(|error| error.to_string().replace(&*dir.path().to_string_lossy(), "."))
    }

    #[test]
    fn variables_are_read_as_shells_write_them() {
        let file = read("\u{feff}# keys\nexport A_KEY='x y'\nB_KEY=\"z\"\r\n\nC_KEY = w # mine\nD=\n").unwrap();
        let of = |name: &str| file.over(name, None);
        assert_eq!(
            (of("A_KEY").as_deref(), of("B_KEY").as_deref(), of("C_KEY").as_deref()),
            (Some("x y"), Some("z"), Some("w"))
        );
        assert_eq!(file.over("A_KEY", Some("own".into())).as_deref(), Some("own"));
        assert_eq!(file.over("A_KEY", Some(" ".into())).as_deref(), Some("x y"));
        assert_eq!(of("E"), None);
        let told = file.told(&|name| (name == "B_KEY").then(|| "own".to_owned()));
        assert!(told.ends_with("A_KEY, C_KEY, D; the environment's own B_KEY stands over the file's"), "{told}");
        assert!(!told.contains("x y"));
    }

    #[test]
    fn what_is_no_variable_is_told_by_its_line_alone() {
        let error = read("A=1\nsk-canary canary\n").err().unwrap();
        assert!(error.contains("line 2 is not NAME=value") && !error.contains("canary"), "{error}");
        assert!(EnvFile::read(Path::new("/nowhere/.env")).err().unwrap().to_string().contains("/nowhere/.env"));
    }
}
