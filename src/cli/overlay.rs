//! The overlay of a race: what is on the screen, or would be, served as a page of broadcast graphics.

use std::pin::Pin;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::cli::context::CommandContext;
use crate::cli::error::CliError;
use crate::film::raster::BOLD_FACE;
use crate::overlay::cast::OverlayCast;
use crate::overlay::feed::OverlayFeed;
use crate::overlay::server::OverlayServer;
use crate::race::Race;
use crate::ui::app::{App, AppScreen};

/// Between two looks at a race that has no screen.
const STEP: Duration = Duration::from_millis(10);

/// A page that shows what an app shows.
pub(super) struct RaceOverlay {
    cast: OverlayCast,
    /// Serves for as long as it is there.
    _server: OverlayServer,
}

/// A race without a screen that came to its end.
pub(super) struct ShownRace {
    pub(super) race: Race,
    /// Trouble beside it, in words.
    pub(super) trouble: Option<String>,
}

impl RaceOverlay {
    /// Serves the page where it was asked for, and says where that is; nothing when nobody asked.
    ///
    /// # Errors
    /// When it can't be served there.
    pub(super) fn start(context: &CommandContext<'_>) -> Result<Option<Self>, CliError> {
        let Some(place) = context.overlay() else { return Ok(None) };
        let server = OverlayServer::start(place, Arc::new(OverlayFeed::new()), BOLD_FACE)?;
        context.err.status(&format!("overlay at {} : in OBS, a Browser source of 1920 by 1080", server.url()));
        let cast = OverlayCast::new(Arc::clone(server.feed()), context.overlay_look()?, Instant::now());
        Ok(Some(Self { cast, _server: server }))
    }

    /// Lets pages see what `app` shows at `now`.
    pub(super) fn show(&mut self, app: &App, now: Instant) {
        self.cast.show(app, now);
    }

    /// Lets the race on `app` run without a screen until its verdict has been shown, or `stop` comes; with `stays` only
    /// `stop` ends it. Nothing if there is no race.
    pub(super) async fn follow(
        &mut self,
        app: &mut App,
        stays: bool,
        mut stop: Pin<&mut impl Future<Output = ()>>,
    ) -> Option<ShownRace> {
        loop {
            let now = Instant::now();
            app.tick(now);
            self.cast.show(app, now);
            if !stays && app.screen == AppScreen::Verdict {
                break;
            }
            tokio::select! {
                biased;
                () = stop.as_mut() => break,
                () = tokio::time::sleep(STEP) => {}
            }
        }
        let race_view = app.race_view.as_mut()?;
        if !race_view.is_over() {
            race_view.end();
        }
        self.cast.settle(app, Instant::now());
        app.race_view.take().map(|race_view| ShownRace { race: race_view.race, trouble: race_view.trouble })
    }
}
