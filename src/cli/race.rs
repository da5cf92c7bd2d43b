//! Races and replays: the place where a plan, a source and a screen (or none) are joined.

use std::path::{Path, PathBuf};
use std::pin::pin;
use std::time::{Duration, Instant};

use crate::cli::args::{RaceArgs, ReplayArgs, VOTES};
use crate::cli::ballot::BallotBox;
use crate::cli::context::CommandContext;
use crate::cli::error::{CliError, ErrorContext as _};
use crate::cli::event_loop::runtime;
use crate::cli::exit::{ExitStatus, exit_of_race};
use crate::cli::live_plan::{BegunRace, LivePlan, RaceEnding};
use crate::cli::overlay::{RaceOverlay, ShownRace};
use crate::cli::phase_readiness::PhaseReadiness;
use crate::cli::saved::SavedFiles;
use crate::cli::{edit_commands, rater, saved, summary};
use crate::config::{self, RaceOptions};
use crate::interrupt::InterruptListener;
use crate::race::Race;
use crate::record::edit::EditOptions;
use crate::source::EventSource;
use crate::source::headless::follow;
use crate::source::live::COUNTDOWN;
use crate::source::replay::{PlayableRecording, Replay};
use crate::ui::app::{App, BlindView, PhasePicker, PhaseRow, SavedRow};
use crate::ui::message::RaceOrder;
use crate::ui::screen::browser::page_columns;
use crate::ui::{RaceLauncher, UiEnd};

/// Opens the phase picker.
///
/// # Errors
/// When there is no terminal, or it can't be used.
pub(super) fn picker(context: &CommandContext<'_>) -> Result<ExitStatus, CliError> {
    let catalog = context.catalog()?;
    if let Some(why) = context.screenless() {
        return Err(CliError::failed(format!(
            "the phase picker needs a screen, and {why}; `speed-kings race A1 --sim` runs one race without, \
             `speed-kings phases` lists them"
        )));
    }
    let mut app = context.app()?;
    let readiness = PhaseReadiness::open(catalog, &context.env, context.recordings());
    let mut host = SessionController {
        readiness: Some(readiness),
        ..SessionController::new(context, RaceOverlay::start(context)?)
    };
    let rows = host.readiness.as_ref().map(PhaseReadiness::rows).unwrap_or_default();
    let sizes = catalog.prompts.iter().map(|prompt| (prompt.id.clone(), prompt.text.clone())).collect();
    app.picker = Some(PhasePicker::new(rows, sizes, config::DEFAULT_SIZE));
    Ok(show(&mut app, &mut host)?.into())
}

/// Runs one live race.
///
/// # Errors
/// When it can't be worked out or begun.
pub(super) fn race(context: &CommandContext<'_>, args: &RaceArgs) -> Result<ExitStatus, CliError> {
    let catalog = context.catalog()?;
    let options = &config::settle(catalog, args.options())?.logging_beside(context.recordings());
    let plan = LivePlan::of(context, args, options)?;
    context.err.say_once(plan.notes());
    // Before the terminal is asked for: a wrong theme is wrong without one, too.
    let mut app = context.app()?;
    let overlay = RaceOverlay::start(context)?;
    if !context.interactive() {
        return headless(context, &plan, app, overlay);
    }
    let live = plan.begin(context.recordings(), COUNTDOWN)?;
    let mut host = SessionController { options: options.clone(), ..SessionController::new(context, overlay) };
    host.remember(LastRace::Live { plan, ending: live.ending });
    app.show(live.source);
    let ended = show(&mut app, &mut host)?;
    Ok(match (ended, &app.race_view) {
        (UiEnd::Left, Some(race_view)) if !race_view.is_replay() => exit_of_race(&race_view.race),
        (ended, _) => ended.into(),
    })
}

/// Replays a recording.
///
/// # Errors
/// When it can't be read.
pub(super) fn replay(context: &CommandContext<'_>, args: &ReplayArgs) -> Result<ExitStatus, CliError> {
    let mut recording = edit_commands::open_to_play(context, &args.file)?;
    // The speed is the transport's, which the viewer can change; everything else is the cut's.
    let edits = EditOptions { speed: None, ..args.edit.edits() };
    if edits != EditOptions::default() {
        let cut = edits.cut(recording.recording(), recording.race())?;
        recording = recording.with_cut(cut);
    }
    let speed = args.edit.speed.unwrap_or(1.0);
    let mut app = context.app()?;
    let overlay = RaceOverlay::start(context)?;
    if !context.interactive() {
        context.out.print(&summary::text(recording.race(), recording.recording().is_complete()))?;
        if let Some(mut overlay) = overlay {
            app.show(Box::new(Replay::new(recording, speed).looping(args.again)));
            runtime()?.block_on(async {
                let mut interrupts = InterruptListener::new()?;
                overlay.follow(&mut app, true, pin!(interrupts.next())).await;
                std::io::Result::Ok(())
            })?;
        }
        return Ok(ExitStatus::Done);
    }
    let mut host = SessionController::new(context, overlay);
    app.show(Box::new(Replay::new(recording.clone(), speed).looping(args.again)));
    let path = args.file.clone();
    host.remember(LastRace::Recorded { recording, path, speed, again: args.again });
    Ok(show(&mut app, &mut host)?.into())
}

/// Shows a race that others run.
///
/// # Errors
/// When the terminal can't be used.
#[cfg(feature = "fleet")]
pub(super) fn watch(context: &CommandContext<'_>, live: Box<dyn EventSource>) -> Result<ExitStatus, CliError> {
    let mut app = context.app()?;
    let overlay = RaceOverlay::start(context)?;
    app.encore = None;
    if !context.interactive() {
        let begun = BegunRace { source: live, ending: RaceEnding::Here(None) };
        return follow_begun(context, begun, app, overlay);
    }
    let mut host = SessionController::new(context, overlay);
    app.show(live);
    Ok(show(&mut app, &mut host)?.into())
}

/// A race that nobody watches, or only the pages of its overlay: the verdict is its output.
fn headless(
    context: &CommandContext<'_>,
    plan: &LivePlan,
    app: App,
    overlay: Option<RaceOverlay>,
) -> Result<ExitStatus, CliError> {
    // Lights are for viewers.
    let countdown = if overlay.is_some() { COUNTDOWN } else { Duration::ZERO };
    follow_begun(context, plan.begin(context.recordings(), countdown)?, app, overlay)
}

fn follow_begun(
    context: &CommandContext<'_>,
    BegunRace { source: mut live, ending }: BegunRace,
    mut app: App,
    overlay: Option<RaceOverlay>,
) -> Result<ExitStatus, CliError> {
    let err = &context.err;
    err.status(&format!("racing {}", live.setup().title()));
    let shown = runtime()?.block_on(async {
        let mut interrupts = InterruptListener::new()?;
        let stop = pin!(interrupts.next());
        std::io::Result::Ok(if let Some(mut overlay) = overlay {
            app.encore = None;
            app.show(live);
            overlay.follow(&mut app, false, stop).await
        } else {
            let race = follow(live.as_mut(), stop).await.race;
            Some(ShownRace { race, trouble: live.trouble() })
        })
    })?;
    let Some(ShownRace { race, trouble }) = shown else { return Err(CliError::internal("a race is gone")) };
    let put = context.out.print(&summary::text(&race, true));
    let recorded = ending.recording().map(|path| format!("recorded {}", path.display()));
    trouble.into_iter().chain(ending.told()).chain(recorded).for_each(|told| err.status(&told));
    put?;
    Ok(if race.stopped { ExitStatus::Interrupted } else { exit_of_race(&race) })
}

/// Runs the screen to its end, then says what stays behind.
fn show(app: &mut App, host: &mut SessionController<'_>) -> Result<UiEnd, CliError> {
    let ended = runtime()?.block_on(crate::ui::run(app, host)).context(|| "the terminal can't be used".into())?;
    if let Some(race_view) = &mut app.race_view
        && !race_view.is_over()
    {
        race_view.end();
    }
    // What a race out of the picker had to say waits until the screen is gone.
    let Some(LastRace::Live { plan, ending }) = &host.last else { return Ok(ended) };
    host.context.err.say_once(plan.notes());
    host.context.err.say_once(&ending.told());
    if let Some(path) = ending.recording() {
        host.context.err.status(&format!(
            "recorded {}\nwatch it again: speed-kings replay {}",
            path.display(),
            path.display()
        ));
    }
    Ok(ended)
}

/// Race seconds for each of the viewer's in slow motion.
const SLOW_MOTION: f64 = 0.1;

/// What was on the track last.
enum LastRace {
    /// A live race, with what stays of it.
    Live { plan: LivePlan, ending: RaceEnding },
    /// A recording that was watched.
    Recorded {
        recording: PlayableRecording,
        /// Where it was read from.
        path: PathBuf,
        /// As it was asked for: its speed, and whether it begins again.
        speed: f64,
        again: bool,
    },
}

impl LastRace {
    /// Where it is recorded.
    fn recording(&self) -> Option<PathBuf> {
        match self {
            Self::Live { ending, .. } => ending.recording(),
            Self::Recorded { path, .. } => Some(path.clone()),
        }
    }
}

/// Puts on the track what the screen asks for.
struct SessionController<'a> {
    context: &'a CommandContext<'a>,
    options: RaceOptions,
    readiness: Option<PhaseReadiness>,
    last: Option<LastRace>,
    /// Shows pages what the screen shows.
    overlay: Option<RaceOverlay>,
    saved: SavedFiles,
}

impl<'a> SessionController<'a> {
    fn new(context: &'a CommandContext<'a>, overlay: Option<RaceOverlay>) -> Self {
        Self {
            context,
            options: RaceOptions::default(),
            readiness: None,
            last: None,
            overlay,
            saved: SavedFiles::default(),
        }
    }

    fn remember(&mut self, past: LastRace) {
        self.last = Some(past);
    }

    fn live(&mut self, plan: LivePlan) -> Result<Box<dyn EventSource>, CliError> {
        let BegunRace { source, ending } = plan.begin(self.context.recordings(), COUNTDOWN)?;
        self.remember(LastRace::Live { plan, ending });
        Ok(source)
    }

    /// The race of the row `id` with these options: by runners where they race it, and from here.
    #[cfg_attr(not(feature = "fleet"), expect(unused_variables, reason = "without it all are raced from here"))]
    fn plan(&self, id: &str, options: &RaceOptions) -> Result<LivePlan, CliError> {
        #[cfg(feature = "fleet")]
        if let Some(lanes) =
            self.readiness.as_ref().and_then(|readiness| readiness.remote(id)).filter(|_| !options.simulate)
        {
            return LivePlan::by_runners(self.context, lanes, options);
        }
        Ok(LivePlan::Here(Box::new(config::plan(self.context.catalog()?, &self.context.env, options)?)))
    }

    /// Where the race that was live is recorded.
    ///
    /// # Errors
    /// When none was, or it is not recorded.
    fn recorded(&self) -> Result<PathBuf, CliError> {
        self.last
            .as_ref()
            .and_then(LastRace::recording)
            .ok_or_else(|| CliError::failed("there is no recording of this race: it ran with --no-record"))
    }

    fn put_on(&mut self, order: &RaceOrder) -> Result<Box<dyn EventSource>, CliError> {
        match order {
            RaceOrder::Phase { id, simulate, size, prompt } => {
                let pair = self.readiness.as_ref().and_then(|readiness| readiness.pair(id));
                let options = RaceOptions {
                    phase: pair.is_none().then(|| id.clone()),
                    providers: pair.as_ref().map(|pair| pair.providers.clone()).unwrap_or_default(),
                    models: pair.map_or_else(|| self.options.models.clone(), |pair| pair.models),
                    size: Some(size.clone()),
                    prompt: prompt.clone(),
                    simulate: *simulate,
                    ..self.options.clone()
                };
                self.live(self.plan(id, &options)?)
            }
            RaceOrder::Recording(path) => {
                let recording = PlayableRecording::read_file(path)?;
                let (path, speed, again) = (path.clone(), 1.0, false);
                self.remember(LastRace::Recorded { recording: recording.clone(), path, speed, again });
                Ok(Box::new(Replay::new(recording, speed)))
            }
            RaceOrder::Again => match &self.last {
                Some(LastRace::Live { plan, .. }) => {
                    let mut plan = plan.clone();
                    plan.renew();
                    self.live(plan)
                }
                _ => Err(CliError::failed("a recording can only be replayed: p plays it again, m in slow motion")),
            },
            RaceOrder::Encore { scale } => {
                Ok(Box::new(Replay::new(PlayableRecording::read_file(&self.recorded()?)?, *scale)))
            }
            RaceOrder::Replay { slow } => {
                let (recording, speed, again) = match &self.last {
                    Some(LastRace::Recorded { recording, speed, again, .. }) => (recording.clone(), *speed, *again),
                    _ => (PlayableRecording::read_file(&self.recorded()?)?, 1.0, false),
                };
                let speed = if *slow { SLOW_MOTION } else { speed };
                Ok(Box::new(Replay::new(recording, speed).looping(again)))
            }
        }
    }
}

impl RaceLauncher for SessionController<'_> {
    fn start(&mut self, order: &RaceOrder) -> Result<Box<dyn EventSource>, String> {
        self.put_on(order).map_err(|error| error.to_string())
    }

    fn ballot(&mut self, race: &Race) -> Result<BlindView, String> {
        let recording = self.last.as_ref().and_then(LastRace::recording);
        let mut ballot = BallotBox::new(rater::name(self.context, None), VOTES.into(), true);
        ballot.add(race, recording.as_deref());
        ballot.view().ok_or_else(|| {
            "a vote needs two whole answers that differ: fewer lanes than that finished with text of their own".into()
        })
    }

    fn news(&mut self) -> Option<Vec<PhaseRow>> {
        self.readiness.as_mut().and_then(PhaseReadiness::news)
    }

    fn saved(&mut self) -> Vec<SavedRow> {
        self.saved.rows(self.context.catalog().ok(), self.context.recordings())
    }

    fn describe(&mut self, paths: &[PathBuf]) -> Result<String, String> {
        let columns = self.context.out.columns().map(page_columns);
        saved::describe(self.context, paths, columns).map_err(|error| error.to_string())
    }

    fn export(&mut self, recording: &Path) -> Result<String, String> {
        let theme = self.context.theme().map(|theme| theme.name);
        theme.and_then(|theme| self.saved.film(recording, &theme)).map_err(|error| error.to_string())
    }

    fn exported(&mut self) -> Option<String> {
        self.saved.filmed()
    }

    fn shown(&mut self, app: &App, now: Instant) {
        if let Some(overlay) = &mut self.overlay {
            overlay.show(app, now);
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser as _;

    use super::*;
    use crate::cli::args::Cli;
    use crate::config::ProcessEnv;

    #[test]
    fn a_replay_goes_again_as_it_was_asked_for() {
        let (cli, nobody) = (Cli::try_parse_from(["speed-kings"]).unwrap(), |_: &str| None);
        let context = CommandContext::new(ProcessEnv(&nobody), &cli.look, &cli.recording);
        let recording = crate::record::Recording::default();
        let last =
            Some(LastRace::Recorded { recording: recording.into(), path: "a.race".into(), speed: 0.25, again: true });
        let options = RaceOptions::default();
        let mut track = SessionController {
            context: &context,
            options,
            readiness: None,
            last,
            overlay: None,
            saved: SavedFiles::default(),
        };
        for (slow, speed) in [(false, 0.25), (true, SLOW_MOTION)] {
            let mut source = track.put_on(&RaceOrder::Replay { slow }).unwrap();
            let playback = source.playback().unwrap();
            assert!((playback.speed() - speed).abs() < 1e-9 && playback.section().looping, "{slow}");
        }
    }
}
