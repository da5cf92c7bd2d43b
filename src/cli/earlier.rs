//! Earlier results that new ones are held against: those of a file, or the newest of the same that are kept.

use std::path::PathBuf;

use crate::bench::BenchmarkFile;
use crate::benchmark_report::BenchmarkReport;
use crate::cli::args::EarlierRun;
use crate::cli::error::CliError;
use crate::gate::{BaselineRun, newest_before};

/// Where earlier results come from.
pub(super) enum EarlierResults {
    /// Nobody asked for any.
    Unasked,
    /// These, for all of the new ones.
    File(Box<BenchmarkFile>),
    /// Each time the newest complete ones of the same in these folders.
    Newest(Vec<PathBuf>),
}

impl EarlierResults {
    /// What is `asked` for; `folders` are where results are kept.
    ///
    /// # Errors
    /// When the file can't be read or is no results.
    pub(super) fn read(asked: Option<&EarlierRun>, folders: Vec<PathBuf>) -> Result<Self, CliError> {
        Ok(match asked {
            None => Self::Unasked,
            Some(EarlierRun::Last) => Self::Newest(folders),
            Some(EarlierRun::File(path)) => Self::File(Box::new(BenchmarkFile::read(path)?)),
        })
    }

    /// Whether anybody asked for any.
    pub(super) const fn asked(&self) -> bool {
        !matches!(self, Self::Unasked)
    }

    /// Those that `report` is held against.
    pub(super) fn of(&self, report: &BenchmarkReport) -> BaselineRun {
        match self {
            Self::Unasked => BaselineRun::Missing("no earlier results were asked for".into()),
            Self::File(old) => BaselineRun::Found(old.clone()),
            Self::Newest(folders) => {
                let found = folders.iter().filter_map(|folder| newest_before(folder, &report.saved));
                found.max_by_key(|(_, old)| old.started_at).map_or_else(
                    || {
                        let folders: Vec<String> = folders.iter().map(|folder| folder.display().to_string()).collect();
                        BaselineRun::Missing(format!(
                            "there are no earlier complete results of the same in {}",
                            folders.join(", ")
                        ))
                    },
                    |(_, old)| BaselineRun::Found(Box::new(old)),
                )
            }
        }
    }
}
