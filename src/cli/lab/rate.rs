//! Ratings of a protocol's answers by a person: for each prompt the answers of all engines in an order drawn anew, without
//! names or speeds. Each score is in its file as soon as it is given.

use jiff::Timestamp;

use super::{lab_file, protocol_tables};
use crate::bench::store::ResultsStore;
use crate::cli::args::{RateArgs, RaterArgs, ReportForm};
use crate::cli::context::CommandContext;
use crate::cli::error::{CliError, ErrorContext as _};
use crate::cli::event_loop::runtime;
use crate::cli::exit::ExitStatus;
use crate::cli::rater;
use crate::format::ABSENT;
use crate::lab::protocol::ProtocolFile;
use crate::lab::rating::{self, AnswerRating};
use crate::lab::summary::ProtocolSummary;
use crate::ui::NoRaces;
use crate::ui::app::{BlindPage, BlindTask, BlindView, MarkKeeper};
use crate::ui::message::{BlindMark, PageMark};

/// A protocol and the right to write to its file.
type OpenProtocol = (ProtocolFile, ResultsStore);

/// Shows the answers of the files and keeps what they are given.
///
/// # Errors
/// When there is no screen, or a file can't be read or written.
pub(super) fn run(context: &CommandContext<'_>, args: &RateArgs) -> Result<ExitStatus, CliError> {
    if let Some(why) = context.screenless() {
        return Err(CliError::failed(format!("ratings need a screen, and {why}; the files stay as they are")));
    }
    let read = |path: &std::path::PathBuf| Ok((lab_file::read(path)?, lab_file::open(path)?));
    let files = args.files.iter().map(read).collect::<Result<Vec<OpenProtocol>, CliError>>()?;
    for file in rate(context, files, &args.rater)? {
        protocol_tables::put(context, &file, ReportForm::Table)?;
    }
    Ok(ExitStatus::Done)
}

/// Has the answers rated that this person has not rated yet; gives the files with what they hold then.
///
/// # Errors
/// When the terminal can't be used.
pub(super) fn rate(
    context: &CommandContext<'_>,
    files: Vec<OpenProtocol>,
    args: &RaterArgs,
) -> Result<Vec<ProtocolFile>, CliError> {
    let rater = rater::name(context, Some(args));
    let pages = pages(&files, &rater);
    if pages.is_empty() {
        context.err.status(&format!("{rater} has rated every whole answer already; another person: --rater NAME"));
        return Ok(files.into_iter().map(|(file, _)| file).collect());
    }
    let paths: Vec<std::path::PathBuf> = files.iter().map(|(_, store)| store.path().to_owned()).collect();
    let shown = pages.iter().map(|page| page.shown(&files)).collect();
    let note =
        format!("1 is useless, 5 as good as can be · rated by {rater}, kept at once · names and speeds after the last");
    let mut app = context.app()?;
    app.judge(BlindView::new(BlindTask::Rate, shown, &note, Box::new(RatingKeeper { files, pages, rater })));
    runtime()?.block_on(crate::ui::run(&mut app, &mut NoRaces)).context(|| "the terminal can't be used".into())?;
    drop(app);
    paths.iter().map(|path| lab_file::read(path)).collect()
}

/// The answers of one prompt of one file, in the order in which they are shown.
struct RatingPage {
    file: usize,
    prompt: usize,
    engines: Vec<usize>,
}

/// What `rater` has not rated, prompt by prompt, the engines of each in an order of its own.
fn pages(files: &[OpenProtocol], rater: &str) -> Vec<RatingPage> {
    let mut pages = Vec::new();
    for (index, (file, _)) in files.iter().enumerate() {
        for (prompt, asked) in file.prompts.iter().enumerate() {
            let has_score = |engine: usize| {
                file.ratings.iter().any(|rating| {
                    (rating.engine, rating.prompt.as_str(), rating.rater.as_str()) == (engine, asked.id.as_str(), rater)
                        && rating.score.is_some()
                })
            };
            let open = file.answers.iter().filter(|answer| answer.prompt == asked.id && answer.is_whole());
            let mut engines: Vec<usize> =
                open.map(|answer| answer.engine).filter(|engine| !has_score(*engine)).collect();
            fastrand::shuffle(&mut engines);
            pages.extend((!engines.is_empty()).then_some(RatingPage { file: index, prompt, engines }));
        }
    }
    pages
}

impl RatingPage {
    fn shown(&self, files: &[OpenProtocol]) -> BlindPage {
        let Some((file, _)) = files.get(self.file) else { return BlindPage::default() };
        let Some(prompt) = file.prompts.get(self.prompt) else { return BlindPage::default() };
        let answer = |engine: &usize| {
            let found = file.answers_of(*engine).find(|answer| answer.prompt == prompt.id);
            found.map_or_else(String::new, |answer| answer.answer.trim().to_owned())
        };
        BlindPage::new(&prompt.name, &prompt.text, self.engines.iter().map(answer))
    }
}

/// Keeps scores in the files of their answers.
struct RatingKeeper {
    files: Vec<OpenProtocol>,
    pages: Vec<RatingPage>,
    rater: String,
}

impl MarkKeeper for RatingKeeper {
    fn keep(&mut self, mark: PageMark) -> Result<(), String> {
        let nobody = || "there is no such answer".to_owned();
        let page = self.pages.get(mark.page).ok_or_else(nobody)?;
        let (file, store) = self.files.get_mut(page.file).ok_or_else(nobody)?;
        let prompt = file.prompts.get(page.prompt).ok_or_else(nobody)?.id.clone();
        let engine = *page.engines.get(mark.side).ok_or_else(nobody)?;
        let given = if let Some(BlindMark::Score(given)) = mark.mark { Some(given) } else { None };
        let rating = AnswerRating { engine, prompt, score: given, rater: self.rater.clone(), at: Timestamp::now() };
        match mark.mark {
            Some(_) => rating::keep(&mut file.ratings, rating),
            None => rating::take_back(&mut file.ratings, &rating),
        }
        lab_file::keep(store, file).map_err(|error| error.to_string())
    }

    fn reveal(&self) -> Vec<String> {
        let mut lines = Vec::new();
        for (index, (file, _)) in self.files.iter().enumerate() {
            lines.extend((0..file.engines.len()).map(|engine| engine_line(file, engine)));
            lines.push(String::new());
            for page in self.pages.iter().filter(|page| page.file == index) {
                lines.extend(self.page_lines(file, page));
            }
        }
        lines
    }
}

impl RatingKeeper {
    /// Which engine stood where on a page, and what it got.
    fn page_lines(&self, file: &ProtocolFile, page: &RatingPage) -> Vec<String> {
        let Some(prompt) = file.prompts.get(page.prompt) else { return Vec::new() };
        let score = |engine: usize| {
            let own = file
                .ratings
                .iter()
                .find(|rating| (rating.engine, &rating.prompt, &rating.rater) == (engine, &prompt.id, &self.rater));
            own.and_then(|rating| rating.score).map_or_else(|| "skipped".to_owned(), |score| format!("{score} of 5"))
        };
        let side = |(letter, engine): (char, &usize)| format!("  {letter} {}: {}", file.label(*engine), score(*engine));
        [prompt.name.clone()].into_iter().chain(('A'..).zip(&page.engines).map(side)).collect()
    }
}

/// What an engine got and how fast it is.
fn engine_line(file: &ProtocolFile, engine: usize) -> String {
    let summary = ProtocolSummary::of(file, engine);
    let rating = summary.rating.map_or_else(
        || "not rated".to_owned(),
        |rating| format!("{:.2} of 5 over {} prompts", rating.mean, rating.prompts),
    );
    let figure = |value: Option<f64>, unit: &str| {
        value.map_or_else(|| format!("{ABSENT} {unit}"), |value| format!("{value:.1} {unit}"))
    };
    format!(
        "{}: {rating} · {} · TTFT {}",
        file.label(engine),
        figure(summary.output_tok_s, "tok/s"),
        figure(summary.ttft_ms, "ms")
    )
}
