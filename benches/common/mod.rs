//! What the benches share: a simulated phase of the catalogue, a long race as events, and a terminal that nobody sees.
//! The race is made up, token by token, so that its length is exact and every run measures the same bytes.

#![allow(dead_code, unreachable_pub, clippy::expect_used, reason = "each bench takes what it needs")]

use std::io::{Sink, sink};
use std::path::Path;
use std::thread::sleep;
use std::time::{Duration, Instant};

use ratatui::layout::Rect;
use ratatui::{Terminal, TerminalOptions, Viewport};
use speed_kings::catalog::Catalog;
use speed_kings::config::{self, ProcessEnv, RaceOptions, ResolvedRace};
use speed_kings::provider::ContestantClient;
use speed_kings::race::Race;
use speed_kings::race::event::{Event, EventKind, FinishReason, LaneId, TextChannel, TokenUsage};
use speed_kings::race::setup::RaceSetup;
use speed_kings::source::live::{LiveRace, RaceStart, StartTime};
use speed_kings::source::{EventSource, SourceFlow};
use speed_kings::time::Offset;
use speed_kings::ui::app::App;
use speed_kings::ui::terminal::TerminalBackend;
use speed_kings::ui::theme::{ColourLevel, ThemeSet};
use speed_kings::ui::view::ViewState;

/// The pace of the fastest contestants, in tokens per second.
pub const TOK_S: f64 = 2_650.0;

/// The screen's size.
pub const SIZE: (u16, u16) = (200, 50);

/// One token each; some hold wide characters, an accent, a line break.
const WORDS: [&str; 16] = [
    "The ", "race ", "is ", "on: ", "tokens", " stream ", "over ", "the ", "wire, ", "café ", "計測 ", "is ", "exact",
    ". ", "\n\n", "🏁 ",
];

/// One token each of an answer that is Markdown: a heading, a list, a table, and most of all code.
const MARKDOWN: [&str; 64] = [
    "## ",
    "Step ",
    "one",
    "\n\n",
    "- ",
    "**bold** ",
    "and ",
    "`code`",
    "\n",
    "- ",
    "a ",
    "[link](",
    "https://a.example",
    ")",
    "\n\n",
    "```rust\n",
    "fn ",
    "lap",
    "(",
    "time: ",
    "f64",
    ") ",
    "-> ",
    "Option",
    "<f64>",
    " {\n",
    "    ",
    "// ",
    "never ",
    "zero",
    "\n",
    "    let ",
    "speed",
    " = ",
    "300.0",
    " / ",
    "time",
    ";\n",
    "    if ",
    "speed",
    " > ",
    "0.5e3",
    " {\n",
    "        return ",
    "None",
    ";\n",
    "    }\n",
    "    ",
    "Some",
    "(",
    "speed",
    ")\n",
    "}\n",
    "```\n\n",
    "| a ",
    "| b |\n",
    "|---",
    "|---|\n",
    "| 1 ",
    "| 2 |\n",
    "\n",
    "> ",
    "quoted",
    "\n\n",
];

/// Token `index` of an answer in Markdown.
pub fn markdown(index: u32) -> &'static str {
    MARKDOWN.get(index as usize % MARKDOWN.len()).copied().unwrap_or_default()
}

/// Token `index` of an answer.
pub fn word(index: u32) -> &'static str {
    WORDS.get(index as usize % WORDS.len()).copied().unwrap_or_default()
}

/// Phase A1 with the simulator in both lanes, and room for long answers.
pub fn plan() -> ResolvedRace {
    let catalog = Catalog::builtin().expect("a sound catalogue");
    let options =
        RaceOptions { phase: Some("A1".into()), simulate: true, max_tokens: Some(32_768), ..RaceOptions::default() };
    config::plan(&catalog, &ProcessEnv(&|_| None), &options).expect("phase A1")
}

/// A race from its connections to the last of `tokens` tokens in each of two lanes, still under way.
/// The first fifth is reasoning; every token has a read of its own.
pub fn events(tokens: u32) -> Vec<Event> {
    events_of(tokens, word)
}

/// The same with another text.
pub fn events_of(tokens: u32, word: fn(u32) -> &'static str) -> Vec<Event> {
    let mut events = both(-3_000_000, &EventKind::Connected(Box::default())).to_vec();
    events.push(Event { at: Offset::GREEN, lane: None, kind: EventKind::Green });
    events.extend(both(0, &EventKind::Sent));
    for index in 0..tokens {
        let channel = if index < tokens / 5 { TextChannel::Reasoning } else { TextChannel::Answer };
        events.extend(both(due(index), &EventKind::Text { channel, text: word(index).into() }));
    }
    events
}

/// What ends the race of [`events`].
pub fn ending(tokens: u32) -> Vec<Event> {
    let usage = TokenUsage { input: Some(100), output: Some(tokens.into()), ..TokenUsage::default() };
    let kinds =
        [EventKind::Finish(FinishReason::Stop), EventKind::Usage(Box::new(usage)), EventKind::Done, EventKind::Closed];
    kinds.iter().flat_map(|kind| both(due(tokens), kind)).collect()
}

fn both(micros: i64, kind: &EventKind) -> [Event; 2] {
    [0, 1].map(|lane| Event { at: Offset::from_micros(micros), lane: Some(LaneId(lane)), kind: kind.clone() })
}

#[expect(clippy::cast_possible_truncation, reason = "races end long before 2^63 µs")]
fn due(index: u32) -> i64 {
    200_000 + (f64::from(index) * 1e6 / TOK_S) as i64
}

/// An app in the default theme with all its colours.
pub fn app() -> App {
    let themes = ThemeSet::builtin().expect("sound themes");
    let default = themes.default_theme().name.clone();
    App::new(themes, &default, ColourLevel::True)
}

/// A terminal of [`SIZE`] that does all that a real one is sent, and sends it nowhere.
pub fn terminal() -> Terminal<TerminalBackend<Sink>> {
    let viewport = Viewport::Fixed(Rect::new(0, 0, SIZE.0, SIZE.1));
    Terminal::with_options(TerminalBackend::new(sink()), TerminalOptions { viewport }).expect("no terminal to refuse")
}

/// Between two frames of a screen.
const FRAME: Duration = Duration::from_micros(16_667);

/// A live race that begins `countdown` after its lights, recorded in the folder `record` where there is one.
pub fn live(setup: RaceSetup, clients: Vec<ContestantClient>, countdown: Duration, record: Option<&Path>) -> LiveRace {
    let start = RaceStart {
        setup,
        clients,
        engines: Vec::new(),
        start: StartTime::Countdown(countdown),
        record,
        simulator: None,
        watched: None,
    };
    LiveRace::start(start).expect("a live race")
}

/// Follows a race as the program does without a terminal, looking at it every `step`.
pub fn listen(mut live: LiveRace, step: Duration) -> Race {
    let (mut race, mut due) = (Race::new(live.setup().clone()), Vec::new());
    loop {
        let flow = live.poll(Instant::now(), &mut due);
        due.drain(..).for_each(|event| race.apply(&event));
        if flow == SourceFlow::Over {
            return race;
        }
        sleep(step);
    }
}

/// Follows a race on a screen; gives how long each frame took as well.
pub fn watch(live: LiveRace) -> (Race, Vec<Duration>) {
    let (mut app, mut view, mut terminal, mut frames) = (app(), ViewState::default(), terminal(), Vec::new());
    app.show(Box::new(live));
    loop {
        let begun = Instant::now();
        app.tick(begun);
        terminal.draw(|frame| view.draw(&app, frame)).expect("a sink takes everything");
        frames.push(begun.elapsed());
        if let Some(race_view) = app.race_view.take_if(|race_view| race_view.is_over()) {
            return (race_view.race, frames);
        }
        sleep(FRAME.saturating_sub(begun.elapsed()));
    }
}
