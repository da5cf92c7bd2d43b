//! A file that must not be larger than so many bytes: the best quality at which it isn't, found by making it.

use std::path::{Path, PathBuf};

use crate::cli::error::{CliError, ErrorContext as _};

/// What makes a file smaller.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum FilmKind {
    /// A coarser quantiser, and after that fewer and smaller frames.
    Coded,
    /// Fewer frames of fewer pixels.
    Raster,
    /// Fewer frames; it is drawn by whoever shows it, and has no size.
    Drawn,
    /// Nothing makes it smaller.
    Still,
}

/// How good a picture is made: what is taken off the best, in steps.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) struct QualityStep {
    /// H.264's quantiser, the smaller the better; nothing for what is usual.
    pub(super) quantiser: Option<u8>,
    /// The share of the frames that are there.
    pub(super) rate: f64,
    /// The share of the picture's width and of its height.
    pub(super) scale: f64,
}

impl QualityStep {
    /// As it is made when nobody asks for a size.
    pub(super) const USUAL: Self = Self { quantiser: None, rate: 1.0, scale: 1.0 };

    /// What it takes off, for a person.
    pub(super) fn words(&self) -> String {
        let mut parts = Vec::new();
        parts.extend(self.quantiser.map(|quantiser| format!("quantiser {quantiser}")));
        let share = crate::format::whole_percent;
        parts.extend((self.rate < 1.0).then(|| format!("{} of the frame rate", share(self.rate))));
        parts.extend((self.scale < 1.0).then(|| format!("{} of the width and height", share(self.scale))));
        if parts.is_empty() { "usual quality".into() } else { parts.join(", ") }
    }
}

/// The steps of a format, the best first; each makes a smaller file than the one before.
pub(super) fn steps(kind: FilmKind) -> Vec<QualityStep> {
    let drawn = |(rate, scale): (f64, f64)| QualityStep { rate, scale, ..QualityStep::USUAL };
    match kind {
        FilmKind::Coded => {
            let coded = |quantiser| QualityStep { quantiser: Some(quantiser), ..QualityStep::USUAL };
            let smaller = [(0.5, 1.0), (0.5, 0.75), (0.5, 0.5)].map(drawn);
            let smaller = smaller.map(|step| QualityStep { quantiser: Some(44), ..step });
            (12..=44).step_by(2).map(coded).chain(smaller).collect()
        }
        FilmKind::Raster => {
            let thinner = [(1.0, 1.0), (2.0 / 3.0, 1.0), (0.5, 1.0), (0.5, 0.85), (0.5, 0.7), (1.0 / 3.0, 0.7)];
            let smaller = [(1.0 / 3.0, 0.6), (1.0 / 3.0, 0.5), (0.25, 0.5), (0.2, 0.4)];
            thinner.into_iter().chain(smaller).map(drawn).collect()
        }
        FilmKind::Drawn => {
            [1.0, 2.0 / 3.0, 0.5, 1.0 / 3.0, 0.25, 1.0 / 6.0, 0.1].map(|rate| drawn((rate, 1.0))).to_vec()
        }
        FilmKind::Still => vec![QualityStep::USUAL],
    }
}

/// A file that was made to fit.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) struct FittedFile {
    /// At which quality it was made.
    pub(super) step: QualityStep,
    /// Its size in bytes.
    pub(super) bytes: u64,
}

/// Makes the file at `path` so that it has no more than `limit` bytes: `make` writes it to the place that it is given, in a
/// folder beside it. Nothing when somebody stopped it.
///
/// # Errors
/// When it can't be made, or even the last step is too large.
pub(super) fn fit(
    path: &Path,
    limit: u64,
    steps: &[QualityStep],
    mut make: impl FnMut(&Path, QualityStep) -> Result<bool, CliError>,
) -> Result<Option<FittedFile>, CliError> {
    let place = crate::atomic_file::place(path).unwrap_or_else(|_| path.to_owned());
    let folder = crate::atomic_file::folder_of(&place);
    let work = tempfile::Builder::new().prefix(".speed-kings-").tempdir_in(folder);
    let work = work.context(|| format!("cannot write in {}", folder.display()))?;
    let name = PathBuf::from(crate::atomic_file::name_of(&place));
    let (tried, kept) = (work.path().join("tried"), work.path().join("kept"));
    std::fs::create_dir_all(&tried).and_then(|()| std::fs::create_dir_all(&kept))?;
    let (tried, kept) = (tried.join(&name), kept.join(&name));
    // The best step that fits lies in here; the steps before it are too large, and those after it fit.
    let (mut low, mut high, mut best, mut least) = (0, steps.len(), None, u64::MAX);
    while low < high {
        let middle = usize::midpoint(low, high);
        let Some(step) = steps.get(middle).copied() else { break };
        if !make(&tried, step)? {
            return Ok(None);
        }
        let bytes = std::fs::metadata(&tried).context(|| format!("cannot make {}", path.display()))?.len();
        least = least.min(bytes);
        if bytes <= limit {
            std::fs::rename(&tried, &kept)?;
            best = Some(FittedFile { step, bytes });
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    let Some(best) = best else {
        let (least, limit) = (crate::format::bytes(least), crate::format::bytes(limit));
        let what = format!("{} takes {least} even at the lowest quality, and {limit} were allowed", path.display());
        return Err(CliError::failed(format!("{what}; choose a shorter --duration or a smaller --size")));
    };
    std::fs::rename(&kept, &place).context(|| format!("cannot write {}", path.display()))?;
    Ok(Some(best))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Makes files of so many bytes at each step, and counts how often.
    fn fitted(sizes: &[u64], limit: u64) -> (Result<Option<FittedFile>, CliError>, usize, Option<u64>) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("film.gif");
        let rate = |index: usize| 1.0 / (1.0 + f64::from(u32::try_from(index).unwrap()));
        let steps: Vec<_> =
            (0..sizes.len()).map(|index| QualityStep { rate: rate(index), ..QualityStep::USUAL }).collect();
        let mut made = 0;
        let result = fit(&path, limit, &steps, |path, step| {
            made += 1;
            let index = steps.iter().position(|other| *other == step).unwrap();
            std::fs::write(path, vec![0; usize::try_from(sizes[index]).unwrap()])?;
            Ok(true)
        });
        let bytes = std::fs::metadata(&path).ok().map(|metadata| metadata.len());
        assert!(std::fs::read_dir(folder.path()).unwrap().count() <= 1, "nothing else is left");
        (result, made, bytes)
    }

    #[test]
    fn the_best_that_fits_is_kept_and_few_are_made() {
        let sizes: Vec<u64> = (0..16).map(|step| 16_000 - step * 1_000).collect();
        for limit in 1_000..17_000 {
            let (result, made, bytes) = fitted(&sizes, limit);
            let fitted = result.unwrap().unwrap();
            let best = sizes.iter().copied().find(|size| *size <= limit).unwrap();
            assert_eq!((bytes, fitted.bytes), (Some(best), best), "{limit}");
            assert!(made <= 5, "{made}");
        }
        let (result, _, bytes) = fitted(&sizes, 999);
        let error = result.unwrap_err().to_string();
        assert!(error.contains("even at the lowest quality") && error.contains("--duration"), "{error}");
        assert_eq!(bytes, None);
    }
}
