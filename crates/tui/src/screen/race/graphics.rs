//! The race as broadcast graphics: what the race screen and the verdict say, as texts with their colours, for whoever draws
//! them elsewhere. Each figure comes out of the function that the screen itself takes it from, so the two can't disagree.

use ratatui::style::{Color, Style};
use ratatui::text::Span;
use serde::Serialize;

use super::context::FrameContext;
use super::lights::StartLights;
use super::{course, figures, hero, lead, pace, tower};
use crate::app::{App, AppScreen, RaceView};
use crate::screen::card::matchup;
use crate::screen::number;
use crate::screen::verdict::{ONE_RUN, headline, is_worth_a_mark};
use crate::show::ScreenMotion;
use speed_kings_core::format;
use speed_kings_core::race::event::LaneId;
use speed_kings_core::race::lane::{Lane, LaneState};
use speed_kings_core::race::leader::{LaneStanding, standings};
use speed_kings_core::race::verdict::{Metric, RaceOutcome, Verdict};
use speed_kings_core::race::{RaceStage, is_simulated};
use speed_kings_core::text::printable;

/// The figures of a verdict that a viewer takes in while it is on.
const FIGURES: [Metric; 4] = [Metric::Ttft, Metric::OutputSpeed, Metric::EndToEnd, Metric::Total];

/// What stays as it is while a race runs: who runs, and in which colours.
#[derive(Clone, PartialEq, Debug, Default, Serialize)]
pub struct GraphicsSetup {
    /// Who meets whom on what, or what somebody called it.
    pub title: String,
    /// The contestants in the order of the setup.
    pub lanes: Vec<GraphicsLane>,
    /// Whether anything on it moves.
    pub motion: bool,
    /// The colours of the theme by what they are for, as CSS writes them.
    pub colours: Vec<(&'static str, String)>,
}

/// One contestant as the graphics name it.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct GraphicsLane {
    /// The mark that tells it apart besides its colour.
    pub number: &'static str,
    /// Its name without control characters.
    pub name: String,
    /// What it runs on, in a word.
    pub hardware: &'static str,
    /// Its colour as CSS writes it.
    pub colour: Option<String>,
    /// Whether it ran in another race.
    pub ghost: bool,
}

/// A text and its colour, as CSS writes it.
#[derive(Clone, PartialEq, Debug, Default, Serialize)]
pub struct TintedText {
    /// What is said, without control characters.
    pub text: String,
    /// Nothing where the theme leaves it open.
    pub colour: Option<String>,
}

/// What moves while a race runs, at one moment.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct GraphicsFrame {
    /// Whether the race is on: lights, running, over.
    pub stage: &'static str,
    /// The race clock in words.
    pub clock: String,
    /// That it is live, or at which scale it is shown.
    pub pace: TintedText,
    /// Whether anything of it was simulated.
    pub simulated: bool,
    /// The lights before the start while they are on, and GO.
    pub lights: Option<GraphicsLights>,
    /// By how much the first leads; before there is a lead, the time since the green light.
    pub gap: TintedText,
    /// The lane that the gap is in front of somebody with.
    pub leader: Option<usize>,
    /// The sentence about the lead.
    pub words: Vec<TintedText>,
    /// Words in the lower third.
    pub caption: Option<String>,
    /// The lanes from the first to the last.
    pub tower: Vec<GraphicsPlace>,
    /// The figures of the lanes in the order of the setup.
    pub lanes: Vec<GraphicsFigures>,
    /// The lane that has just taken the lead.
    pub overtake: Option<usize>,
    /// How it ended, once that is on screen.
    pub verdict: Option<GraphicsVerdict>,
}

/// The lights before the start.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct GraphicsLights {
    /// The seconds that are left, or GO.
    pub say: TintedText,
    /// How many of three lamps are lit.
    pub lit: usize,
    /// How much of the time to the start is left, from 0 to 1.
    pub left: f64,
}

/// One lane's place in the timing tower.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct GraphicsPlace {
    /// Which lane of the setup stands there.
    pub lane: usize,
    /// Its gap to the first, or that it leads, is home or is out.
    pub gap: TintedText,
}

/// The figures of one lane.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct GraphicsFigures {
    /// How far it is on the scale to the finish, from 0 to 1.
    pub share: f64,
    /// Its tokens; an estimate carries ≈.
    pub tokens: String,
    /// How it ended, behind the tokens: its time, or that it is out.
    pub end: String,
    /// The stopwatch of its first token, with its unit.
    pub ttft: (String, &'static str),
    /// Whether that has stopped.
    pub stamped: bool,
    /// Its output speed in tokens per second.
    pub speed: String,
    /// Whether it runs, is home, is out, or was stopped.
    pub state: &'static str,
    /// Whether it was fed by the simulator.
    pub simulated: bool,
}

/// How a race ended.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct GraphicsVerdict {
    /// Who won, or that nobody did, in capitals.
    pub head: TintedText,
    /// How many times as fast the first was as the second.
    pub ratio: Option<String>,
    /// The sentence under it.
    pub words: Vec<TintedText>,
    /// What one run is worth.
    pub worth: &'static str,
    /// The figures, one of all lanes in each.
    pub rows: Vec<GraphicsRow>,
}

/// One figure of all lanes.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct GraphicsRow {
    /// The name that the figure goes by.
    pub label: &'static str,
    /// Each lane's, with its unit.
    pub values: Vec<String>,
    /// The lane that is best, where that is an advantage.
    pub best: Option<usize>,
}

/// What `shown` has on its screen, in the theme and with the motion of `look`. Nothing where it shows no race, or one whose
/// contestants must not be named while they are judged.
#[must_use]
pub fn graphics(look: &App, shown: &App) -> Option<(GraphicsSetup, GraphicsFrame)> {
    let race_view = shown.race_view.as_ref()?;
    let judged = match shown.screen {
        AppScreen::Race => false,
        AppScreen::Verdict => true,
        _ => return None,
    };
    Some((setup(look, race_view), frame(look, race_view, judged)))
}

fn setup(look: &App, race_view: &RaceView) -> GraphicsSetup {
    let theme = &look.theme;
    let lanes = race_view.race.entries().map(|(id, contestant, _)| GraphicsLane {
        number: number(id.index()),
        name: printable(&contestant.name).into_owned(),
        hardware: contestant.hardware.badge(),
        colour: css(theme.lane(id.index()).fg),
        ghost: contestant.ghost.is_some(),
    });
    let colours = [
        ("ground", theme.surface.bg.or(theme.background.bg)),
        ("text", theme.text.fg),
        ("muted", theme.muted.fg),
        ("heading", theme.heading.fg),
        ("accent", theme.accent.fg),
        ("track", theme.track.fg),
        ("win", theme.win.fg),
        ("rec", theme.rec.fg),
        ("sim", theme.sim.bg.or(theme.sim.fg)),
        ("sim-text", theme.sim.bg.and(theme.sim.fg)),
    ];
    let colours = colours.into_iter().filter_map(|(name, colour)| Some((name, css(colour)?)));
    GraphicsSetup {
        title: matchup(race_view),
        lanes: lanes.collect(),
        motion: look.motion == ScreenMotion::Full,
        colours: colours.collect(),
    }
}

fn frame(look: &App, race_view: &RaceView, judged: bool) -> GraphicsFrame {
    let shared = &FrameContext::of(look, race_view, 1);
    let race = &race_view.race;
    let (length, order) = (course::length(shared, race, shared.now), standings(race, shared.told));
    let lanes = race.entries().map(|(id, contestant, lane)| {
        let (watch, unit, _) = figures::stopwatch(shared, lane);
        GraphicsFigures {
            share: hundredths_of_a_percent(course::share(shared, lane, length)),
            tokens: course::count(shared, lane),
            end: course::end(lane),
            ttft: (watch, unit),
            stamped: lane.marks.first_text.is_some(),
            speed: figures::speed(shared, id, lane).0,
            state: state(lane),
            simulated: is_simulated(contestant, lane),
        }
    });
    let (gap, gap_style) = hero::gap(shared, race_view);
    let verdict = race_view.verdict.as_ref();
    let won = verdict.and_then(|verdict| match &verdict.outcome {
        RaceOutcome::Won { winner, .. } => Some(winner.index()),
        _ => None,
    });
    let leads = shared.leader.filter(|_| verdict.is_none()).map(|leader| leader.leader.index());
    GraphicsFrame {
        stage: stage(race.stage),
        clock: race_view.clock.map_or_else(String::new, format::clock),
        pace: pace(look, race_view).map(|span| tinted(&span)).unwrap_or_default(),
        simulated: race.simulated(),
        lights: StartLights::of(shared, race).map(|lights| GraphicsLights {
            say: styled(lights.text.into(), lights.style),
            lit: lights.lit,
            left: hundredths_of_a_percent(lights.left),
        }),
        gap: styled(gap, gap_style),
        leader: won.or(leads),
        // Trouble beside the race may name a folder of whoever races: it is for the terminal alone.
        words: lead::sentence(shared, race_view, None).spans.iter().map(tinted).collect(),
        caption: race_view.caption.words().map(|words| printable(words).into_owned()),
        tower: order.iter().enumerate().filter_map(|place| stands(shared, race_view, place)).collect(),
        lanes: lanes.collect(),
        overtake: shared.overtake.map(|(lane, _)| lane.index()),
        verdict: verdict.filter(|_| judged).map(|verdict| told(look, race_view, verdict)),
    }
}

fn stands(
    shared: &FrameContext<'_>,
    race_view: &RaceView,
    (place, standing): (usize, &LaneStanding),
) -> Option<GraphicsPlace> {
    let lane = race_view.race.lane(standing.lane)?;
    let (gap, style) = tower::gap(shared, lane, place, standing);
    Some(GraphicsPlace { lane: standing.lane.index(), gap: styled(gap, style) })
}

fn told(look: &App, race_view: &RaceView, verdict: &Verdict) -> GraphicsVerdict {
    let (banner, sentence) = headline(look, &race_view.race, verdict);
    let (words, style) = banner.words();
    let ratio = match &verdict.outcome {
        RaceOutcome::Won { ratio, .. } => Some(format::ratio(*ratio)),
        _ => None,
    };
    let rows = FIGURES.into_iter().filter_map(|metric| verdict.category(metric)).map(|category| GraphicsRow {
        label: category.metric.title(),
        values: category.values.iter().map(|value| format::metric(category.metric, *value)).collect(),
        best: category.best.filter(|_| is_worth_a_mark(category)).map(LaneId::index),
    });
    GraphicsVerdict {
        head: styled(words.to_owned(), style),
        ratio,
        words: sentence.iter().map(tinted).collect(),
        worth: ONE_RUN,
        rows: rows.collect(),
    }
}

const fn stage(stage: RaceStage) -> &'static str {
    match stage {
        RaceStage::Warming => "warming",
        RaceStage::Countdown => "lights",
        RaceStage::Running => "running",
        RaceStage::Over => "over",
    }
}

fn state(lane: &Lane) -> &'static str {
    match lane.state {
        LaneState::Finished => "home",
        LaneState::Failed(_) => "out",
        LaneState::Stopped => "stopped",
        _ => "runs",
    }
}

/// Finer than a pixel of any picture, and short to write.
fn hundredths_of_a_percent(share: f64) -> f64 {
    (share * 1e4).round() / 1e4
}

fn tinted(span: &Span<'_>) -> TintedText {
    styled(span.content.trim_end().to_owned(), span.style)
}

fn styled(text: String, style: Style) -> TintedText {
    TintedText { text, colour: css(style.fg) }
}

/// A colour as CSS writes it; nothing for one that a terminal decides.
fn css(colour: Option<Color>) -> Option<String> {
    match colour? {
        Color::Rgb(r, g, b) => Some(format!("#{r:02x}{g:02x}{b:02x}")),
        _ => None,
    }
}
