//! The catalogue printed, a file of one's own checked, and a server added to it.
//! A file is only ever written where the whole of it is right afterwards, and nothing of it but the new entry changes.

use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::atomic_file;
use crate::catalog::insert::with_entry;
use crate::catalog::written::{model_entry, provider_entry};
use crate::catalog::{Catalog, Dialect, Hardware, Provider};
use crate::cli::args::{AddArgs, CatalogueArgs, CatalogueCommand, CatalogueForm};
use crate::cli::context::CommandContext;
use crate::cli::error::{CliError, ErrorContext as _};
use crate::cli::event_loop::runtime;
use crate::cli::exit::ExitStatus;
use crate::config::{CATALOG_VARIABLE, ResolvedProvider, own_catalog, read_catalog};
use crate::input::{self, LARGEST_CATALOG};
use crate::provider::http::spoken::dialects;
use crate::provider::{ContestantClient, http};
use crate::race::machine::is_home;
use crate::text::without_bom;

/// How long a server is waited for when it is asked what it speaks.
const ASKED: Duration = Duration::from_secs(5);

/// Prints the catalogue, or does what else `args` says.
///
/// # Errors
/// When a file is wrong or can't be written, or stdout can't be.
pub(super) fn run(context: &CommandContext<'_>, args: &CatalogueArgs) -> Result<ExitStatus, CliError> {
    match &args.command {
        Some(CatalogueCommand::Check { file }) => check(context, file.as_deref()),
        Some(CatalogueCommand::Add(add)) => self::add(context, add),
        None => {
            context.out.print(&match (args.default, args.engines) {
                (true, true) => Catalog::engines_text().to_owned(),
                (true, false) => Catalog::builtin_text().to_owned(),
                (false, _) => {
                    context.catalog()?.written(args.output == CatalogueForm::Json).map_err(CliError::internal)?
                }
            })?;
            Ok(ExitStatus::Done)
        }
    }
}

/// The file that is in use, or would be.
fn in_use(context: &CommandContext<'_>) -> Result<PathBuf, CliError> {
    own_catalog(&context.env).ok_or_else(|| {
        CliError::failed(format!(
            "no place for a catalogue of your own is known: set {CATALOG_VARIABLE}, or name the file"
        ))
    })
}

fn check(context: &CommandContext<'_>, file: Option<&Path>) -> Result<ExitStatus, CliError> {
    let path = file.map_or_else(|| in_use(context), |file| Ok(file.to_owned()))?;
    let (merged, builtin) = (read_catalog(&path)?, Catalog::builtin()?);
    let differing =
        |what: &str, count: usize| (count > 0).then(|| format!("{count} {what}{}", if count == 1 { "" } else { "s" }));
    let changed = [
        differing("provider", merged.providers.iter().filter(|one| !builtin.providers.contains(one)).count()),
        differing("model", merged.models.iter().filter(|one| !builtin.models.contains(one)).count()),
        differing("prompt", merged.prompts.iter().filter(|one| !builtin.prompts.contains(one)).count()),
        differing("phase", merged.phases.iter().filter(|one| !builtin.phases.contains(one)).count()),
        differing("engine", merged.engines.iter().filter(|one| !builtin.engines.contains(one)).count()),
    ];
    let changed: Vec<String> = changed.into_iter().flatten().collect();
    let changed = if changed.is_empty() { "nothing".to_owned() } else { changed.join(", ") };
    context.out.print(&format!("{} is right; new or changed: {changed}\n", path.display()))?;
    Ok(ExitStatus::Done)
}

fn add(context: &CommandContext<'_>, args: &AddArgs) -> Result<ExitStatus, CliError> {
    let path = args.file.clone().map_or_else(|| in_use(context), Ok)?;
    if path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("json")) {
        return Err(CliError::failed(format!(
            "{} is JSON, which is added to by hand: only .ron files are",
            path.display()
        )));
    }
    let text = if path.exists() {
        input::read_text(&path, LARGEST_CATALOG).context(|| format!("cannot read {}", path.display()))?
    } else {
        String::new()
    };
    let catalog = Catalog::builtin()?
        .overlay(if text.trim().is_empty() { "()" } else { without_bom(&text) }, &path.display().to_string())?;
    let solo = ResolvedProvider::of(&catalog, &context.env, &args.server)?;
    let name = solo.name.clone();
    let (ContestantClient::Http(api), true) = (&solo.client, args.server.contains('=')) else {
        return Err(CliError::failed(format!(
            "'{}' is not NAME=URL, for example rack=http://127.0.0.1:8080/v1",
            args.server
        )));
    };
    if catalog.provider(&name).is_ok() {
        return Err(CliError::failed(format!(
            "the catalogue has a provider '{name}' already: choose another name, or edit its entry"
        )));
    }
    let (dialect, url) = match args.dialect {
        Some(dialect) => (dialect, api.base_url.clone()),
        None => asked(context, api)?,
    };
    let mut provider = Provider::of_server(&name, url.as_str().trim_end_matches('/'), dialect);
    provider.local = url.host_str().is_some_and(is_home);
    if !provider.local {
        provider.hardware = Hardware::GpuCloud;
        context.err.status("hardware: \"gpu_cloud\" is a guess: correct it in the file");
    }
    provider.key =
        args.key_env.clone().or_else(|| (!provider.local).then(|| format!("{}_API_KEY", provider.env_prefix())));
    let new = with_model(&catalog, &text, &mut provider, args.model.as_deref())?;
    let entry = provider_entry(&provider).map_err(CliError::internal)?;
    let new = with_entry(&new, "providers", &entry).ok_or_else(|| no_place(&path))?;
    // A name or a variable that can't be one is told here, and the file stays as it was.
    Catalog::builtin()?.overlay(without_bom(&new), &path.display().to_string())?;
    let kept = || format!("cannot write {}", path.display());
    atomic_file::replace(&path, new.as_bytes()).context(kept)?;
    context.out.print(&format!("added to {}: {entry}\n", path.display()))?;
    let model = if args.model.is_some() { "" } else { " --models MODEL" };
    context.err.status(&format!("race it: speed-kings race --providers {name},groq{model}"));
    Ok(ExitStatus::Done)
}

/// What the server says that it speaks, and where; as `OpenAI` does where it doesn't answer.
fn asked(context: &CommandContext<'_>, api: &http::HttpContestant) -> Result<(Dialect, reqwest::Url), CliError> {
    let runtime = runtime()?;
    let spoken = runtime.block_on(dialects(api, ASKED));
    runtime.shutdown_background();
    let usual = spoken.iter().find(|(dialect, _)| *dialect == api.dialect);
    if let Some((dialect, url)) = usual.or_else(|| spoken.first()) {
        context.err.status(&format!("it answers as {}", dialect.title()));
        return Ok((*dialect, url.clone()));
    }
    context.err.status("it does not answer in any dialect now; taken as OpenAI-compatible, --dialect says otherwise");
    Ok((api.dialect, api.base_url.clone()))
}

/// The file's text with what it takes for `provider` to offer `model`, which is noted in the entry.
fn with_model(catalog: &Catalog, text: &str, provider: &mut Provider, model: Option<&str>) -> Result<String, CliError> {
    let Some(model) = model else { return Ok(text.to_owned()) };
    let id: String = model
        .chars()
        .map(|letter| if letter.is_ascii_alphanumeric() || "-_.".contains(letter) { letter } else { '-' })
        .collect();
    provider.offers = Provider::of_model("", model).offers;
    for offer in &mut provider.offers {
        offer.model.clone_from(&id);
    }
    if catalog.model(&id).is_ok() {
        return Ok(text.to_owned());
    }
    let entry = model_entry(&id, model).map_err(CliError::internal)?;
    with_entry(text, "models", &entry)
        .ok_or_else(|| CliError::failed("the file has no place for a model: it is no catalogue"))
}

fn no_place(path: &Path) -> CliError {
    CliError::failed(format!("{} has no place for a provider: it is no catalogue", path.display()))
}
