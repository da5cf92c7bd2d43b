//! What a race sends to a terminal, and what of its picture stands still: two even lanes at the pace of the fastest contestants.

use std::cell::RefCell;
use std::io::{self, Write};
use std::rc::Rc;
use std::time::{Duration, Instant};

use ratatui::layout::Rect;
use ratatui::style::Color;
use ratatui::{Terminal, TerminalOptions, Viewport};
use speed_kings::race::event::{Event, EventKind, LaneId, TextChannel};
use speed_kings::race::setup::RaceSetup;
use speed_kings::source::{EventSource, SourceFlow};
use speed_kings::time::Offset;
use speed_kings::ui::app::App;
use speed_kings::ui::terminal::TerminalBackend;
use speed_kings::ui::theme::{ColourLevel, ThemeSet};
use speed_kings::ui::view::ViewState;

use crate::fixture::setup;

/// Between two frames.
const FRAME: Duration = Duration::from_micros(16_667);
/// Frames of three seconds.
const FRAMES: u32 = 180;
/// Tokens of each lane, each 1/2650 s after the one before.
const TOKENS: i64 = 8_000;

/// Two lanes of which now one and now the other is some tokens ahead, told as time passes.
struct EvenRace {
    setup: RaceSetup,
    events: std::iter::Peekable<std::vec::IntoIter<Event>>,
    begun: Instant,
}

impl EvenRace {
    fn new(begun: Instant) -> Self {
        let lane = |lane: u8| {
            let at = move |us, kind| Event { at: Offset::from_micros(us), lane: Some(LaneId(lane)), kind };
            // A read comes up to 2 ms late, each lane's at other times.
            let late = move |token: i64| (token * (7 + i64::from(lane)) / 40 % 7) * 300;
            let due = |token: i64| 100_000 + token * 1_000_000 / 2_650 + late(token);
            let mut times: Vec<i64> = (0..TOKENS).map(due).collect();
            times.sort_unstable();
            let text = move |us| at(us, EventKind::Text { channel: TextChannel::Answer, text: " token".into() });
            std::iter::once(at(0, EventKind::Sent)).chain(times.into_iter().map(text))
        };
        let mut events = vec![Event { at: Offset::GREEN, lane: None, kind: EventKind::Green }];
        events.extend(lane(0).chain(lane(1)));
        events.sort_by_key(|event| event.at);
        Self { setup: setup(), events: events.into_iter().peekable(), begun }
    }

    fn now(&self, now: Instant) -> Offset {
        Offset::from_micros(i64::try_from(now.saturating_duration_since(self.begun).as_micros()).unwrap())
    }
}

impl EventSource for EvenRace {
    fn setup(&self) -> &RaceSetup {
        &self.setup
    }

    fn clock(&self, now: Instant) -> Option<Offset> {
        Some(self.now(now))
    }

    fn poll(&mut self, now: Instant, due: &mut Vec<Event>) -> SourceFlow {
        let now = self.now(now);
        due.extend(std::iter::from_fn(|| self.events.next_if(|event| event.at <= now)));
        SourceFlow::Open
    }

    fn stop(&mut self) {}
}

/// Counts what is written.
#[derive(Clone, Default)]
struct CountedBytes(Rc<RefCell<usize>>);

impl Write for CountedBytes {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        *self.0.borrow_mut() += bytes.len();
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Draws the race at a size: kB a second, the first picture with them, and how often the first lane's frame had another colour.
fn drawn((width, height): (u16, u16)) -> (f64, usize) {
    let mut app = App::new(ThemeSet::builtin().unwrap(), "midnight", ColourLevel::True);
    let begun = Instant::now();
    app.show(Box::new(EvenRace::new(begun)));
    let (counted, mut view) = (CountedBytes::default(), ViewState::default());
    let viewport = Viewport::Fixed(Rect::new(0, 0, width, height));
    let backend = TerminalBackend::new(counted.clone()).erasing(true);
    let mut terminal = Terminal::with_options(backend, TerminalOptions { viewport }).unwrap();
    let mut colours: Vec<Color> = Vec::new();
    for frame in 0..FRAMES {
        app.tick(begun + FRAME * frame);
        let drawn = terminal.draw(|frame| view.draw(&app, frame)).unwrap();
        let corner = (0..height).map(|y| &drawn.buffer[(0, y)]).find(|cell| cell.symbol() == "┏").unwrap();
        if colours.last() != Some(&corner.fg) {
            colours.push(corner.fg);
        }
    }
    let sent = f64::from(u32::try_from(*counted.0.borrow()).unwrap());
    (sent / 1e3 / (FRAME * FRAMES).as_secs_f64(), colours.len())
}

#[test]
fn a_race_sends_little_to_its_terminal() {
    for (size, most) in [((200, 50), 40.0), ((120, 40), 35.0)] {
        let (sent, colours) = drawn(size);
        assert!(sent < most, "{sent} kB/s at {size:?}");
        assert!(colours < 12, "the frame of an even race had {colours} colours at {size:?}");
    }
}
