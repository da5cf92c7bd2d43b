//! Reports on saved results, and the forms in which a benchmark's own results are printed.
//! Both come out of the same reports, so a file says later what the run said.

mod place;

use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::atomic_file::folder_of;
use crate::bench::BenchmarkFile;
use crate::bench::saved::{ClaimRecord, LaneResult, ResultsError, VERSION};
use crate::benchmark_report::claims::CheckedClaim;
use crate::benchmark_report::document::{ChangesRecord, FileChanges, ReportDocument, ResultsList};
use crate::benchmark_report::{BenchmarkReport, ReportBlock, blocks, change, claims, csv, markdown, overview};
use crate::catalog::Catalog;
use crate::cli::args::{BesideArgs, PUBLISHED, ReportArgs, ReportForm};
use crate::cli::calibrate;
use crate::cli::context::CommandContext;
use crate::cli::earlier::EarlierResults;
use crate::cli::error::{CliError, ErrorContext as _};
use crate::cli::exit::ExitStatus;
use crate::cli::gate::{CommandGates, LevelGates};
use crate::cli::load_report;
pub(super) use crate::cli::plain_blocks::{TOOL, plain};
pub(super) use crate::cli::report::place::{form, form_of, no_page_on_screen, put};
use crate::date;
use crate::gate::{BaselineRun, GateCondition, GateReport, block, record};
use crate::input::{self, LARGEST_CATALOG, LARGEST_RESULT};
use crate::load::{LoadFile, LoadLevel};
use crate::pages::report::whole_files;
use crate::text::{printable, without_bom};

/// What stands beside the results.
pub(super) struct ReportReferences {
    /// Where the published speeds are from.
    baseline: Option<ClaimSource>,
    /// What has changed is told against these.
    pub(super) earlier: EarlierResults,
}

/// Where the published speeds of each contestant are taken from.
enum ClaimSource {
    /// Those that a result carries, or those of the catalogue where it carries none.
    Published(Catalog),
    /// Those of a file in the catalogue's form.
    File(Catalog),
}

impl ClaimSource {
    fn read(catalog: &Catalog, name: &str) -> Result<Self, CliError> {
        if name == PUBLISHED {
            return Ok(Self::Published(catalog.clone()));
        }
        if BenchmarkFile::read(Path::new(name)).is_ok() {
            return Err(CliError::failed(format!(
                "{name} holds results and no claims: write `--baseline {PUBLISHED} {name}` for a report on it"
            )));
        }
        let text = input::read_text(Path::new(name), LARGEST_CATALOG).context(|| {
            format!("cannot read the claims in {name}; `--baseline {PUBLISHED}` takes those of the catalogue")
        })?;
        Ok(Self::File(catalog.clone().overlay(without_bom(&text), name)?))
    }

    fn of(&self, lane: &LaneResult) -> Vec<ClaimRecord> {
        match self {
            Self::Published(_) if !lane.claims.is_empty() => lane.claims.clone(),
            Self::Published(catalog) | Self::File(catalog) => claims_in(catalog, lane),
        }
    }
}

/// What a catalogue says of a contestant at its provider's own address.
fn claims_in(catalog: &Catalog, lane: &LaneResult) -> Vec<ClaimRecord> {
    let provider = catalog
        .provider(&lane.identity.provider)
        .ok()
        .filter(|provider| lane.identity.endpoint.is_none() || provider.local);
    let offer = provider.and_then(|provider| {
        let by_id = || provider.offers.iter().find(|offer| offer.id == lane.identity.model);
        lane.identity.same_as.as_deref().and_then(|model| provider.offer(model)).or_else(by_id)
    });
    let claims = offer.map(|offer| offer.claims.as_slice()).unwrap_or_default().iter();
    claims
        .map(|claim| ClaimRecord {
            tok_s: claim.tok_s,
            as_of: claim.as_of.clone(),
            source: claim.source.clone(),
            measured: claim.measured,
        })
        .collect()
}

impl ReportReferences {
    /// Reads what is to stand beside results of this form, which are kept in `folders`.
    ///
    /// # Errors
    /// When it can't be read, or the form has no place for it.
    pub(super) fn read(
        catalog: &Catalog,
        args: &BesideArgs,
        form: ReportForm,
        folders: Vec<PathBuf>,
    ) -> Result<Self, CliError> {
        let held = args.gates.fail_if.iter().any(GateCondition::wants_baseline);
        if form == ReportForm::Csv && (args.baseline.is_some() || args.compare.is_some() && !held) {
            return Err(CliError::failed(
                "CSV is a row for each run and has no place for --baseline or --compare: take -o json, table or markdown",
            ));
        }
        let baseline = args.baseline.as_deref().map(|name| ClaimSource::read(catalog, name)).transpose()?;
        Ok(Self { baseline, earlier: EarlierResults::read(args.compare.as_ref(), folders)? })
    }

    /// Each report's earlier results, or why it has none; nothing where nobody asked for any.
    fn earlier_of(&self, reports: &[BenchmarkReport]) -> Option<Vec<BaselineRun>> {
        self.earlier.asked().then(|| reports.iter().map(|report| self.earlier.of(report)).collect())
    }

    /// What was published, held against `reports`.
    fn held(&self, reports: &[BenchmarkReport]) -> Option<Vec<CheckedClaim>> {
        Some(claims::held(reports, &|lane| self.baseline.as_ref().map_or_else(Vec::new, |claims| claims.of(lane))))
            .filter(|_| self.baseline.is_some())
    }
}

/// Prints a report.
///
/// # Errors
/// When no file is results, or stdout can't be written.
pub(super) fn run(context: &CommandContext<'_>, args: &ReportArgs) -> Result<ExitStatus, CliError> {
    let (catalog, form) = (context.catalog()?, form_of(&context.out, &args.place)?);
    let mut folders: Vec<PathBuf> = args.files.iter().map(|file| folder_of(file).to_owned()).collect();
    folders.sort();
    folders.dedup();
    if let [file] = args.files.as_slice()
        && let Ok(load) = LoadFile::read(file)
    {
        return of_load(context, args, &load, form);
    }
    let beside = ReportReferences::read(catalog, &args.beside, form, folders)?;
    let (mut good, mut bad) = (Vec::new(), Vec::new());
    // Results from before the first calibration carry what is known since.
    let calibration = calibrate::known(&context.env);
    for path in &args.files {
        match BenchmarkFile::read(path) {
            Ok(saved) => {
                let calibration = saved.calibration.clone().or_else(|| calibration.clone());
                good.push((path, BenchmarkFile { calibration, ..saved }));
            }
            Err(_) if LoadFile::read(path).is_ok() => bad.push(ResultsError::Form {
                path: path.clone(),
                why: format!("it is a load by levels, which `speed-kings report {}` shows by itself", path.display()),
            }),
            Err(error) => bad.push(error),
        }
    }
    for (place, (path, saved)) in good.iter().enumerate() {
        if let Some((first, _)) =
            good.iter().take(place).find(|(_, other)| other.started_at == saved.started_at && other == saved)
        {
            context.err.status(&format!("{} holds the same results as {}", path.display(), first.display()));
        }
    }
    // One that can't be read takes nothing from the others, and the shell is told.
    if good.is_empty()
        && let Some(error) = bad.pop()
    {
        for error in &bad {
            context.err.status(&printable(&error.to_string()));
        }
        return Err(error.into());
    }
    let documents = || good.iter().map(|(path, _)| document(path)).collect::<Result<Vec<Value>, CliError>>();
    let documents = if form == ReportForm::Json { documents()? } else { Vec::new() };
    // A line of a page has no resampled interval, which is what takes the time.
    let lined = |place: usize| form == ReportForm::Html && place >= whole_files(good.len());
    let analysed = |(place, (_, saved)): (usize, &(&PathBuf, BenchmarkFile))| match saved.clone() {
        saved if lined(place) => BenchmarkReport::without_resampling(saved),
        saved => BenchmarkReport::new(saved),
    };
    let reports: Vec<BenchmarkReport> = good.iter().enumerate().map(analysed).collect();
    let contestants: Vec<(&str, &str)> = reports.iter().flat_map(contestants).collect();
    let gates = CommandGates::new(&context.env, &args.beside.gates, &beside.earlier, &contestants)?;
    let judged = gates.judge(&reports, &beside.earlier);
    let told = match form {
        ReportForm::Json => json(catalog, &documents.iter().collect::<Vec<_>>(), &reports, &beside, judged.as_ref()),
        form => text(catalog, &reports, form, &beside, judged.as_ref(), context.out.columns()),
    };
    let read: Vec<&Path> = args.files.iter().map(PathBuf::as_path).collect();
    put(context, &args.place, form, &told, &read)?;
    gates.tell(context, judged.as_ref(), &reports, form != ReportForm::Table)?;
    for error in &bad {
        context.err.status(&format!("left out: {}", printable(&error.to_string())));
    }
    let ended = if bad.is_empty() { ExitStatus::Done } else { ExitStatus::Failed };
    Ok(gates.exit(judged.as_ref(), &reports, ended))
}

/// Prints a load by levels.
///
/// # Errors
/// When something was asked of it that only benchmarks have, or it can't be written.
fn of_load(
    context: &CommandContext<'_>,
    args: &ReportArgs,
    load: &LoadFile,
    form: ReportForm,
) -> Result<ExitStatus, CliError> {
    let BesideArgs { baseline, compare, gates, .. } = &args.beside;
    if baseline.is_some() || compare.is_some() {
        return Err(CliError::failed(
            "a load by levels is reported by itself: --baseline and --compare are for benchmarks of single requests",
        ));
    }
    let names: Vec<(&str, &str)> =
        load.contestants.iter().map(|one| (one.name.as_str(), one.provider.as_str())).collect();
    let levels: Vec<f64> = load.levels.iter().map(LoadLevel::amount).collect();
    let gates = LevelGates::new(&context.env, gates, &names, Some(&levels), load.slo.is_some())?;
    let judged = gates.judge(load);
    let calibration = calibrate::known(&context.env);
    let told = load_report::printed(load, judged.as_ref(), calibration.as_ref(), form, context.out.columns())?;
    let read: Vec<&Path> = args.files.iter().map(PathBuf::as_path).collect();
    put(context, &args.place, form, &told, &read)?;
    gates.tell(context, judged.as_ref(), load, form != ReportForm::Table)?;
    Ok(gates.exit(judged.as_ref(), ExitStatus::Done))
}

/// The contestants of a report, each by name and id.
fn contestants(report: &BenchmarkReport) -> impl Iterator<Item = (&str, &str)> {
    report.saved.lanes.iter().map(|lane| (lane.identity.name.as_str(), lane.identity.provider.as_str()))
}

fn document(path: &Path) -> Result<Value, CliError> {
    let text = input::read_text(path, LARGEST_RESULT).context(|| format!("cannot read {}", path.display()))?;
    Ok(serde_json::from_str(without_bom(&text)).map_err(std::io::Error::from)?)
}

/// The results as one document: a single one as it is, several in a list; and what was asked to stand beside.
pub(super) fn json(
    catalog: &Catalog,
    documents: &[&Value],
    reports: &[BenchmarkReport],
    beside: &ReportReferences,
    gates: Option<&GateReport>,
) -> String {
    let results = match documents {
        [only] => (*only).clone(),
        all => {
            let overall = overview::overall(catalog, reports).iter().map(overview::OverallRanking::record).collect();
            json!(ResultsList { version: VERSION, results: all.to_vec(), overall })
        }
    };
    let changes = beside.earlier_of(reports).map(|earlier| {
        let of_file = |(report, old): (&BenchmarkReport, &BaselineRun)| match old {
            BaselineRun::Found(old) => change::record(&report.saved, old),
            BaselineRun::Missing(why) => FileChanges::none(why.clone()),
        };
        let results: Vec<FileChanges> = reports.iter().zip(&earlier).map(of_file).collect();
        let first = results.first().and_then(|changes| changes.since);
        ChangesRecord { since: first.filter(|_| results.iter().all(|changes| changes.since == first)), results }
    });
    let baseline = beside.held(reports).map(|held| claims::records(&held));
    format!("{}\n", json!(ReportDocument { results, baseline, changes, gates: gates.map(record) }))
}

/// The reports in a form for people or spreadsheets, for a terminal of so many columns.
pub(super) fn text(
    catalog: &Catalog,
    reports: &[BenchmarkReport],
    form: ReportForm,
    beside: &ReportReferences,
    gates: Option<&GateReport>,
    columns: Option<usize>,
) -> String {
    if form == ReportForm::Csv {
        return csv::text(reports.iter().map(|report| &report.saved));
    }
    let after = blocks_beside(catalog, reports, beside, gates);
    if form == ReportForm::Html {
        return crate::pages::report::page(reports, &after, TOOL);
    }
    let all: Vec<ReportBlock> = reports.iter().flat_map(blocks).chain(after).collect();
    if form == ReportForm::Markdown { markdown::text(&all) } else { plain(&all, columns) }
}

/// What stands after the reports: each beside the others, what was claimed, what has changed, what gates say.
fn blocks_beside(
    catalog: &Catalog,
    reports: &[BenchmarkReport],
    beside: &ReportReferences,
    gates: Option<&GateReport>,
) -> Vec<ReportBlock> {
    let mut all = Vec::new();
    if reports.len() > 1 {
        all.push(ReportBlock::Title("Side by side".into()));
        all.push(ReportBlock::Table(overview::table(reports)));
        all.extend(overview::overall(catalog, reports).iter().flat_map(overview::OverallRanking::blocks));
    }
    if let Some(held) = beside.held(reports) {
        all.push(ReportBlock::Title("Measured against published".into()));
        all.push(claims::block(&held));
    }
    let mut since = None;
    for (report, old) in reports.iter().zip(beside.earlier_of(reports).unwrap_or_default()) {
        let (title, block) = match old {
            BaselineRun::Found(old) => {
                let begun = old.started_at.map_or_else(|| "then".to_owned(), date::to_milli);
                (format!("Since {begun}"), change::block(report, &old))
            }
            BaselineRun::Missing(why) => {
                ("Since then".to_owned(), ReportBlock::Text(format!("{}: nothing to compare: {why}", report.title())))
            }
        };
        if since.as_ref() != Some(&title) {
            all.push(ReportBlock::Title(title.clone()));
        }
        since = Some(title);
        all.push(block);
    }
    all.extend(gates.into_iter().flat_map(block));
    all
}

/// Several results as plain text: each by itself, then side by side.
pub(super) fn side_by_side(catalog: &Catalog, reports: &[BenchmarkReport], columns: Option<usize>) -> String {
    let nothing = ReportReferences { baseline: None, earlier: EarlierResults::Unasked };
    text(catalog, reports, ReportForm::Table, &nothing, None, columns)
}
