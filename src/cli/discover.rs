//! Which engines answer on this machine, or at the places that are named: a list, and the command that races two of them.

use reqwest::Url;
use serde::Serialize;

use crate::cli::args::{DiscoverArgs, ListForm};
use crate::cli::context::CommandContext;
use crate::cli::engine_pairs::is_simulator;
use crate::cli::error::CliError;
use crate::cli::event_loop::runtime;
use crate::cli::exit::ExitStatus;
use crate::cli::table::TextTable;
use crate::engine::discover::{DiscoveredEngine, discover, usual_places};
use crate::format::ABSENT;
use crate::provider::host;
use crate::provider::machine::is_this_machine;
use crate::race::machine::is_one_server;

/// Models of one engine that the table names.
const SHOWN: usize = 3;
/// Version of the JSON list.
const VERSION: u32 = 1;

/// Asks the places of `args`, or the usual ones, and prints who answered.
///
/// # Errors
/// When a place is no `HOST:PORT`, or stdout can't be written.
pub(super) fn run(context: &CommandContext<'_>, args: &DiscoverArgs) -> Result<ExitStatus, CliError> {
    let named = !args.places.is_empty();
    let places = if named { args.places.clone() } else { usual_places() };
    let asked = places.len();
    let runtime = runtime()?;
    let found = runtime.block_on(discover(places)).map_err(CliError::failed)?;
    runtime.shutdown_background();
    context.out.print(&match args.list.output {
        ListForm::Table if found.is_empty() => String::new(),
        ListForm::Table => table(&found, context.out.columns()),
        ListForm::Json => {
            let list = EngineList { version: VERSION, engines: found.iter().map(ListedEngine::of).collect() };
            let text = serde_json::to_string(&list).map_err(|error| CliError::internal(error.to_string()))?;
            format!("{text}\n")
        }
    })?;
    match found.as_slice() {
        [] => context.err.status(&format!(
            "no engine answers at {asked} places: start one, name its HOST:PORT, or have one started: \
             `speed-kings list --engines`"
        )),
        [one, other, ..] => context.err.status(&format!(
            "race two of them: speed-kings race --providers '{},{}'{}",
            one.contestant(),
            other.contestant(),
            models_flag(one, other)
        )),
        [_] => {}
    }
    Ok(if found.is_empty() && named { ExitStatus::Failed } else { ExitStatus::Done })
}

/// The flag that names the models of the two, where both list one that needs no quotes of its own.
fn models_flag(one: &DiscoveredEngine, other: &DiscoveredEngine) -> String {
    let plain = |name: &&String| name.chars().all(|c| c.is_ascii_alphanumeric() || "-_.:/@".contains(c));
    let first = |engine: &DiscoveredEngine| engine.facts.models.first().filter(plain).cloned();
    match (first(one), first(other)) {
        (Some(one), Some(other)) if one == other => format!(" --model {one}"),
        (Some(one), Some(other)) => format!(" --model {one},{other}"),
        _ => String::new(),
    }
}

/// The engines that answer on this machine now, but those at one of `known`, which are in a list already.
///
/// # Errors
/// When no event loop or HTTP client can be made.
pub(super) fn on_this_machine(known: &[Url]) -> Result<Vec<DiscoveredEngine>, CliError> {
    let runtime = runtime()?;
    let found = runtime.block_on(discover(usual_places())).map_err(CliError::failed)?;
    runtime.shutdown_background();
    let is_known = |place: &str| {
        let same = |url: &Url| is_one_server((&host(url), url.host_str().is_some_and(is_this_machine)), (place, true));
        known.iter().any(same)
    };
    Ok(found.into_iter().filter(|engine| !is_simulator(engine) && !is_known(&engine.place)).collect())
}

/// The list as JSON.
#[derive(Serialize)]
struct EngineList<'a> {
    version: u32,
    engines: Vec<ListedEngine<'a>>,
}

/// One engine of the list; what it does not say is null.
#[derive(Serialize)]
struct ListedEngine<'a> {
    engine: &'static str,
    name: &'static str,
    place: &'a str,
    base_url: &'a str,
    dialect: &'static str,
    version: Option<&'a str>,
    models: &'a [String],
    context_tokens: Option<u64>,
    slots: Option<u64>,
    process: Option<u32>,
}

impl<'a> ListedEngine<'a> {
    fn of(found: &'a DiscoveredEngine) -> Self {
        let facts = &found.facts;
        Self {
            engine: facts.kind.as_str(),
            name: facts.kind.title(),
            place: &found.place,
            base_url: &found.base_url,
            dialect: facts.kind.dialect().as_str(),
            version: facts.version.as_deref(),
            models: &facts.models,
            context_tokens: facts.context,
            slots: facts.slots,
            process: found.process,
        }
    }
}

fn table(found: &[DiscoveredEngine], columns: Option<usize>) -> String {
    let mut table =
        TextTable::new(&["engine", "place", "version", "context", "slots", "process", "models"]).right([3, 4, 5]);
    let number = |number: Option<u64>| number.map_or_else(|| ABSENT.to_owned(), |number| number.to_string());
    for engine in found {
        let facts = &engine.facts;
        table.row([
            facts.kind.title().into(),
            engine.place.clone(),
            facts.version.clone().unwrap_or_else(|| ABSENT.into()),
            number(facts.context),
            number(facts.slots),
            number(engine.process.map(u64::from)),
            models(&facts.models),
        ]);
    }
    table.fitted(columns)
}

/// The first models, and how many more there are.
fn models(names: &[String]) -> String {
    match names {
        [] => ABSENT.into(),
        names if names.len() <= SHOWN => names.join(", "),
        names => {
            let first: Vec<&str> = names.iter().take(SHOWN).map(String::as_str).collect();
            format!("{} and {} more", first.join(", "), names.len() - SHOWN)
        }
    }
}
