//! The levels of a load as people read them: one table for all contestants, the highest load that holds the objective, and what
//! has to be said beside.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::figures::SpreadFigures;
use super::file::{LoadFile, LoadLevel};
use super::headline::headlines;
use super::offered::offered;
use super::search::DoneLevel;
use super::slo::HELD_SHARE;
use crate::benchmark_report::{ReportBlock, ReportTable, lengths, origin};
use speed_kings_core::date;
use speed_kings_core::format::{self, counted};
use speed_kings_core::race::event::FailureKind;
use speed_kings_core::race::verdict::Metric;
use speed_kings_core::time::{Period, Rate};
use speed_kings_session::lengths::PlanFigures;

/// The columns of how long requests waited, in the table of the levels.
const WAITS: std::ops::Range<usize> = 7..13;

/// The whole report on one load.
#[must_use]
pub fn blocks(file: &LoadFile, calibration: Option<&Value>) -> Vec<ReportBlock> {
    let mut blocks = vec![ReportBlock::Title(file.title())];
    blocks.extend(headlines(file).into_iter().map(ReportBlock::Text));
    blocks.push(ReportBlock::Table(table(file)));
    blocks.push(ReportBlock::Notes(notes(file, calibration)));
    blocks
}

/// The figures of the levels in two tables that are narrow enough for a page: what came of each load, and how long requests waited.
#[must_use]
pub fn narrow_tables(file: &LoadFile) -> [ReportTable; 2] {
    let all = table(file);
    let waits = |column: usize| WAITS.contains(&column);
    let only = |wanted: &dyn Fn(usize) -> bool, left_from| {
        let kept = |row: &Vec<String>| {
            let cells = row.iter().enumerate().filter(|(column, _)| wanted(*column));
            cells.map(|(_, cell)| cell.clone()).collect::<Vec<String>>()
        };
        ReportTable { header: kept(&all.header), rows: all.rows.iter().map(kept).collect(), right_from: 2, left_from }
    };
    let came = only(&|column| !waits(column), all.left_from - WAITS.len());
    [came, only(&|column| column < 2 || waits(column), usize::MAX)]
}

/// A row for each level of each contestant.
fn table(file: &LoadFile) -> ReportTable {
    let mut header = vec![
        "contestant",
        "load",
        "requests",
        "failed",
        "rate limited",
        "tok/s of all",
        "tok/s of one",
        "TTFT p50",
        "TTFT p95",
        "TTFT p99",
        "gaps p50",
        "gaps p95",
        "gaps p99",
    ];
    let objective = file.slo.is_some();
    if objective {
        header.extend(["objective", "goodput/s"]);
    }
    header.push("this program");
    let rows = (0..file.contestants.len()).flat_map(|number| {
        file.levels_of(number).into_iter().map(move |level| row(file, level, objective)).collect::<Vec<_>>()
    });
    let columns = header.len();
    ReportTable {
        rows: rows.collect(),
        header: header.into_iter().map(str::to_owned).collect(),
        right_from: 2,
        left_from: columns - 1,
    }
}

fn row(file: &LoadFile, level: &LoadLevel, objective: bool) -> Vec<String> {
    let figures = &level.figures;
    let who = file.contestants.get(level.contestant);
    let sim = who.filter(|who| who.simulated).map_or("", |_| "SIM ");
    let rate = |value: Option<f64>| format::rate(value.map(Rate::per_second));
    let ms = |value: Option<f64>| format::metric(Metric::Ttft, value);
    let mut row = vec![
        format!("{sim}{}", who.map(|who| who.name.as_str()).unwrap_or_default()),
        offered(level.load()),
        figures.requests.to_string(),
        figures.failed.to_string(),
        figures.rate_limited.to_string(),
        rate(Some(figures.load_tok_s)),
        rate(figures.output_tok_s.p50),
    ];
    let spread = |spread: &SpreadFigures| [ms(spread.p50), ms(spread.p95), ms(spread.p99)];
    row.extend(spread(&figures.ttft_ms));
    row.extend(spread(&figures.gaps_ms));
    if objective {
        let slo = figures.slo.clone().unwrap_or_default();
        let share = slo.share.map_or_else(|| format::ABSENT.to_owned(), format::share);
        row.push(match level.done().holds {
            Some(true) => format!("holds {share}"),
            Some(false) => format!("broken {share}"),
            None => share,
        });
        row.push(rate(Some(slo.goodput_per_s)));
    }
    let limited = figures.client_limit.is_some();
    row.push(match level.incomplete() {
        Some(_) => "incomplete".into(),
        None if limited => "the limit".into(),
        None => "in time".into(),
    });
    row
}

fn notes(file: &LoadFile, calibration: Option<&Value>) -> Vec<String> {
    let mut notes = Vec::new();
    if file.simulated() {
        notes.push("SIM: simulated, the figures say nothing about any provider".to_owned());
    }
    let open = file.levels.iter().any(|level| level.rate_per_s.is_some());
    notes.push(if let Some(trace) = &file.trace {
        format!(
            "open loop: requests come at the times in {trace}, whatever becomes of those before, and times are counted from the moment \
             at which a request was due"
        )
    } else if open {
        format!(
            "open loop: requests come by a Poisson process (seed {}) whatever becomes of those before, and times are counted from the \
             moment at which a request was due",
            file.seed
        )
    } else {
        "closed loop: each asker sends its next request as soon as its last one has ended, so a slow server is asked less often, and \
         the wait in front of it is hidden; --rate shows it"
            .to_owned()
    });
    let secs = |s: f64| date::span_text(std::time::Duration::from_secs_f64(s));
    notes.push(format!(
        "each level: {} that don't count, then {} that do; tokens count where they came in that time, requests where they were due in \
         it; prompt caches: {}",
        secs(file.ramp_s),
        secs(file.steady_s),
        if file.settings.allow_cache { "allowed" } else { "a fresh nonce opens each prompt" },
    ));
    notes.extend(file.lengths.as_ref().map(|given| lengths::words(given, file.seed)));
    notes.extend(match file.prompt_rows.len() {
        0 => None,
        1 => Some("1 prompt of a file, asked by every request".to_owned()),
        rows => Some(format!("{rows} prompts of a file, asked in turn and by each level from the first one on; figures are over all of them")),
    });
    if let Some(slo) = &file.slo {
        notes.push(format!(
            "objective {slo}: a level holds it where {} of requests meet all of it; failed ones don't",
            format::whole_percent(HELD_SHARE)
        ));
    }
    notes.extend(together(file));
    notes.extend(own_threads(file));
    for level in &file.levels {
        let who = file.contestants.get(level.contestant).map_or("", |who| who.name.as_str());
        let at = offered(level.load());
        if let Some(why) = level.incomplete() {
            notes.push(format!(
                "incomplete, so that the throughput of {who} at {at} is too low and says nothing: {why}"
            ));
        }
        notes.extend(failures(level).map(|told| format!("{who} at {at}: {told}")));
        if let Some(why) = &level.figures.client_limit {
            notes.push(format!("own client: broken, so {who} at {at} is provisional: {why}"));
        }
        if let Some(off) = level.figures.plan.as_ref().and_then(PlanFigures::off) {
            notes.push(format!("as long as planned: broken, so {who} at {at} is provisional: {off}"));
        } else if level.figures.plan.as_ref().is_some_and(PlanFigures::is_unknown) {
            notes.push(format!("as long as planned: not known of {who} at {at}, for its server counts no tokens"));
        }
        if level.figures.held_up > 0 {
            notes.push(format!(
                "{who} at {at}: {} for nothing, for this program stood still",
                counted(level.figures.held_up, "request counts", "requests count")
            ));
        }
    }
    notes.push(format!("begun {}", date::to_milli(file.started_at)));
    if let Some(usd) = file.spent_usd.filter(|usd| *usd > 0.0) {
        notes.push(format!("spent {}", format::usd(Some(usd))));
    }
    notes.extend(origin::environment(&file.environment));
    notes.extend(origin::own_errors(calibration, &BTreeSet::new()));
    notes
}

/// What became of the requests that failed: `5 requests failed: 3 rate limited, 2 stream cut short`.
fn failures(level: &LoadLevel) -> Option<String> {
    let failed = level.requests.iter().filter(|request| request.steady && !request.ok && !request.held_up);
    let mut kinds: BTreeMap<&str, usize> = BTreeMap::new();
    for request in failed {
        *kinds.entry(FailureKind::parse(request.error.as_deref().unwrap_or_default()).title()).or_default() += 1;
    }
    let mut kinds: Vec<(&str, usize)> = kinds.into_iter().collect();
    kinds.sort_by_key(|(_, times)| std::cmp::Reverse(*times));
    let all: usize = kinds.iter().map(|(_, times)| times).sum();
    let each: Vec<String> = kinds.iter().map(|(kind, times)| format!("{times} {kind}")).collect();
    (all > 0).then(|| format!("{} failed: {}", counted(all, "request", "requests"), each.join(", ")))
}

/// What has to be said of levels that several machines offered; nothing where none did.
fn together(file: &LoadFile) -> Option<String> {
    let apart = |level: &LoadLevel| {
        let mut bounds: Vec<f64> = level.shares.iter().map(|share| share.start_bound_ms).collect();
        bounds.sort_by(f64::total_cmp);
        // Two clocks are off by no more than both of their bounds.
        bounds.iter().rev().take(2).sum::<f64>()
    };
    let shared = file.levels.iter().filter(|level| !level.shares.is_empty());
    let most = shared.map(apart).reduce(f64::max)?;
    Some(format!(
        "offered by runners, several at a time: each request is timed by its own runner, and figures are those of all rows together; \
         the time that counts is as long for each of them, and begins within {} of the others' by what is known of their clocks",
        Period::from_secs_f64(most / 1e3)
    ))
}

/// How busy each of the program's own network threads was at the level at which one of them was busiest; nothing where that isn't known.
fn own_threads(file: &LoadFile) -> Option<String> {
    let known = file.levels.iter().filter_map(|level| Some((level, level.client.cpu?)));
    let (level, _) = known.filter(|(level, _)| !level.client.threads.is_empty()).max_by(|a, b| a.1.total_cmp(&b.1))?;
    let each: Vec<String> = level.client.threads.iter().map(|share| format::whole_percent(*share)).collect();
    let who = file.contestants.get(level.contestant).map_or("", |who| who.name.as_str());
    Some(format!(
        "this program's {} used {} of a core, {who} at {}, where one was busiest",
        if each.len() == 1 { "network thread" } else { "network threads" },
        each.join(", "),
        offered(level.load()),
    ))
}

impl LoadLevel {
    /// The level as a search has it.
    #[must_use]
    pub fn done(&self) -> DoneLevel {
        let whole = self.incomplete().is_none();
        let (load_tok_s, holds) = (Some(self.figures.load_tok_s), self.figures.holds());
        DoneLevel { load: self.load(), load_tok_s: load_tok_s.filter(|_| whole), holds: holds.filter(|_| whole) }
    }
}
