//! Looks at what a screen shows and puts it on the feed: so often in a second while something changes, never while nothing
//! does.

use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::json;

use crate::feed::{FeedKind, OverlayFeed};
use speed_kings_core::time::Offset;
use speed_kings_tui::app::App;
use speed_kings_tui::screen::race::graphics::{GraphicsFrame, GraphicsSetup, graphics};

/// Between two looks: 20 a second.
const LOOK: Duration = Duration::from_millis(50);

/// Puts what a screen shows on a feed.
pub struct OverlayCast {
    feed: Arc<OverlayFeed>,
    /// The theme, and whether things move.
    look: App,
    begun: Instant,
    looked: Option<Instant>,
    told: Option<ToldPicture>,
}

/// What pages know already.
struct ToldPicture {
    setup: GraphicsSetup,
    /// Where the race clock stood.
    clock: Option<Offset>,
    frame: GraphicsFrame,
}

impl OverlayCast {
    /// Puts what is shown on `feed`, with the motion of `look` and in its colours, whose theme is the screen's; `now` is where its
    /// clock begins.
    #[must_use]
    pub const fn new(feed: Arc<OverlayFeed>, look: App, now: Instant) -> Self {
        Self { feed, look, begun: now, looked: None, told: None }
    }

    /// Looks at what `app` shows at `now`, unless it did a moment ago.
    pub fn show(&mut self, app: &App, now: Instant) {
        if self.looked.is_some_and(|looked| now.saturating_duration_since(looked) < LOOK) {
            return;
        }
        self.settle(app, now);
    }

    /// Looks at what `app` shows at `now`, whenever it did before.
    pub fn settle(&mut self, app: &App, now: Instant) {
        self.looked = Some(now);
        self.look.wear(&app.theme.name);
        let at = u64::try_from(now.saturating_duration_since(self.begun).as_millis()).unwrap_or(u64::MAX);
        let Some((setup, frame)) = graphics(&self.look, app) else {
            if self.told.take().is_some() {
                // Nobody runs: the page is empty.
                self.feed.publish(FeedKind::Race, &json!({"at": at, "race": GraphicsSetup::default()}).to_string());
            }
            return;
        };
        let clock = app.race_view.as_ref().and_then(|race_view| race_view.clock);
        let goes_on = self.told.as_ref().is_some_and(|told| told.setup == setup && told.clock <= clock);
        if !goes_on {
            self.feed.publish(FeedKind::Race, &json!({"at": at, "race": setup}).to_string());
        }
        if !goes_on || self.told.as_ref().is_some_and(|told| told.frame != frame) {
            self.feed.publish(FeedKind::Frame, &json!({"at": at, "frame": frame}).to_string());
        }
        self.told = Some(ToldPicture { setup, clock, frame });
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;
    use std::rc::Rc;

    use futures::{FutureExt as _, StreamExt as _};

    use super::*;
    use speed_kings_core::fixture::contestant;
    use speed_kings_core::race::event::{Event, EventKind};
    use speed_kings_core::race::setup::RaceSetup;
    use speed_kings_session::source::{EventSource, SourceFlow};
    use speed_kings_tui::app::AppScreen;
    use speed_kings_tui::theme::{ColourLevel, ThemeSet};

    /// A race as far as its clock says.
    struct Clocked(RaceSetup, Rc<Cell<i64>>, Vec<Event>);

    impl EventSource for Clocked {
        fn setup(&self) -> &RaceSetup {
            &self.0
        }

        fn clock(&self, _: Instant) -> Option<Offset> {
            Some(Offset::from_micros(self.1.get()))
        }

        fn poll(&mut self, _: Instant, due: &mut Vec<Event>) -> SourceFlow {
            let later = self.2.iter().position(|event| event.at.as_micros() > self.1.get()).unwrap_or(self.2.len());
            due.extend(self.2.drain(..later));
            SourceFlow::Open
        }

        fn stop(&mut self) {}
    }

    fn app() -> App {
        App::new(ThemeSet::builtin().unwrap(), "midnight", ColourLevel::True)
    }

    /// How many races and frames are kept.
    fn kept(feed: &Arc<OverlayFeed>) -> (usize, usize) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        let text = runtime.block_on(async {
            let (mut text, mut events) = (String::new(), std::pin::pin!(Arc::clone(feed).after(None)));
            while let Some(Some(bytes)) = events.next().now_or_never() {
                text.push_str(std::str::from_utf8(&bytes).unwrap());
            }
            text
        });
        (text.matches("event: race").count(), text.matches("event: frame").count())
    }

    #[test]
    fn what_changes_is_told_so_often_and_what_does_not_is_not() {
        let (clock, begun) = (Rc::new(Cell::new(-1_000_000)), Instant::now());
        let setup = RaceSetup { contestants: vec![contestant("A"), contestant("B")], ..RaceSetup::default() };
        let mut app = app();
        // The line above the lights runs out all the time.
        let lights = Event { at: Offset::from_micros(-1_000_000), lane: None, kind: EventKind::Countdown };
        app.show(Box::new(Clocked(setup, Rc::clone(&clock), vec![lights])));
        let feed = Arc::new(OverlayFeed::new());
        let mut cast = OverlayCast::new(Arc::clone(&feed), super::tests::app(), begun);
        let mut look = |app: &mut App, ms: u64| {
            let now = begun + Duration::from_millis(ms);
            app.tick(now);
            cast.show(app, now);
        };
        (0..20).for_each(|look_at| look(&mut app, look_at * 50));
        assert_eq!(kept(&feed), (1, 1), "nothing changes");
        // A second in which the clock runs, looked at a hundred times.
        for step in 0..100 {
            clock.set(-999_000 + step * 9_000);
            look(&mut app, 1_000 + u64::try_from(step).unwrap() * 10);
        }
        let (races, frames) = kept(&feed);
        assert!(races == 1 && (20..=21).contains(&frames), "{races} {frames}");
        // The race begins again: pages see it from its start.
        clock.set(-1_000_000);
        look(&mut app, 3_000);
        assert_eq!(kept(&feed), (1, 1));
        // Another theme is another picture.
        app.wear("daylight");
        assert_eq!(app.theme.name, "daylight");
        look(&mut app, 3_500);
        assert_eq!(kept(&feed), (1, 1));
        look(&mut app, 3_600);
        assert_eq!(kept(&feed), (1, 1), "it stays as it is");
        // While answers are judged without names, none is told.
        app.screen = AppScreen::Blind;
        look(&mut app, 4_000);
        assert_eq!(kept(&feed), (1, 0));
    }
}
