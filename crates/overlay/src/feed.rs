//! The events of one race as pages get them, kept from its start. Whoever publishes never waits; whoever reads goes on where
//! it stopped, however late it comes.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures::{Stream, stream};
use hyper::body::Bytes;
use tokio::sync::watch;

/// The most that is kept of one race. What is older is gone: each event holds a whole picture, so nothing that comes after
/// it needs it.
const MOST_KEPT: usize = 16 << 20;
/// The most that one read takes at once.
const MOST_READ: usize = 64 << 10;
/// How long nothing happens until a comment says that the line is up.
const HEARTBEAT: Duration = Duration::from_secs(3);
/// How long a page waits until it comes again, in milliseconds; and that a comment is one.
const RETRY: &str = "retry: 500\n\n";

/// What a page is told.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum FeedKind {
    /// A race begins: who runs. All that was kept before is forgotten.
    Race,
    /// What moves, as it stands now.
    Frame,
}

/// The events of one race, in order.
#[derive(Debug)]
pub struct OverlayFeed {
    /// Tells the numbers of one run of the program from those of another.
    run: String,
    kept: Mutex<KeptEvents>,
    news: watch::Sender<()>,
}

#[derive(Debug, Default)]
struct KeptEvents {
    /// The number of the newest event; the first has 1.
    newest: u64,
    /// The newest events, as they are sent.
    events: VecDeque<Bytes>,
    bytes: usize,
    /// The event that the race began with, and its number.
    race: Option<(u64, Bytes)>,
    closed: bool,
}

/// What one read brought.
enum FeedRead {
    /// Events, and the number of the last of them.
    Events(Bytes, u64),
    Nothing,
    /// Nothing, and nothing will come.
    Closed,
}

impl OverlayFeed {
    /// A feed without events.
    #[must_use]
    pub fn new() -> Self {
        let run = format!("{:x}", fastrand::u64(..));
        Self { run, kept: Mutex::default(), news: watch::Sender::new(()) }
    }

    /// Adds one event with `data` of a single line.
    pub fn publish(&self, kind: FeedKind, data: &str) {
        let mut kept = self.kept();
        kept.newest += 1;
        let name = match kind {
            FeedKind::Race => "race",
            FeedKind::Frame => "frame",
        };
        let event = Bytes::from(format!("id: {}-{}\nevent: {name}\ndata: {data}\n\n", self.run, kept.newest));
        if kind == FeedKind::Race {
            kept.events.clear();
            kept.bytes = 0;
            kept.race = Some((kept.newest, event.clone()));
        }
        kept.bytes += event.len();
        kept.events.push_back(event);
        while kept.bytes > MOST_KEPT && kept.events.len() > 1 {
            let gone = kept.events.pop_front();
            kept.bytes -= gone.map_or(0, |event| event.len());
        }
        drop(kept);
        self.news.send_replace(());
    }

    /// Ends it: whoever reads gets what is left, then the end.
    pub fn close(&self) {
        self.kept().closed = true;
        self.news.send_replace(());
    }

    /// The events after the one whose id is `last`; all that are kept without one, or after one of another run.
    pub fn after(self: std::sync::Arc<Self>, last: Option<&str>) -> impl Stream<Item = Bytes> + use<> {
        let (at, news) = (self.number(last), self.news.subscribe());
        let reader = (self, at, news);
        let head = stream::once(std::future::ready(Bytes::from_static(RETRY.as_bytes())));
        stream::StreamExt::chain(
            head,
            stream::unfold(reader, |(feed, at, mut news)| async move {
                loop {
                    // What is published between this read and the wait is news.
                    news.mark_unchanged();
                    match feed.read(at) {
                        FeedRead::Events(events, at) => return Some((events, (feed, at, news))),
                        FeedRead::Closed => return None,
                        FeedRead::Nothing => {}
                    }
                    if tokio::time::timeout(HEARTBEAT, news.changed()).await.is_err() {
                        return Some((Bytes::from_static(b":\n\n"), (feed, at, news)));
                    }
                }
            }),
        )
    }

    /// The number of the event whose id is `id`; 0 for one that is not of this feed.
    fn number(&self, id: Option<&str>) -> u64 {
        let number = id.and_then(|id| id.split_once('-')).filter(|(run, _)| *run == self.run);
        let number = number.and_then(|(_, number)| number.parse().ok());
        number.filter(|number| *number <= self.kept().newest).unwrap_or(0)
    }

    fn read(&self, after: u64) -> FeedRead {
        let kept = self.kept();
        let first = kept.newest + 1 - u64::try_from(kept.events.len()).unwrap_or(u64::MAX);
        let mut read = Vec::new();
        let mut last = after;
        if after + 1 < first {
            // What is gone was of a race before, or of this one before what is kept: who runs must be known.
            read.extend(kept.race.iter().filter(|(number, _)| *number < first).flat_map(|(_, event)| event.clone()));
            last = first - 1;
        }
        let skipped = usize::try_from(last + 1 - first).unwrap_or(usize::MAX);
        for event in kept.events.iter().skip(skipped) {
            if read.len() > MOST_READ {
                break;
            }
            read.extend_from_slice(event);
            last += 1;
        }
        match (read.is_empty(), kept.closed) {
            (false, _) => FeedRead::Events(read.into(), last),
            (true, true) => FeedRead::Closed,
            (true, false) => FeedRead::Nothing,
        }
    }

    fn kept(&self) -> MutexGuard<'_, KeptEvents> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Default for OverlayFeed {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use futures::StreamExt as _;

    use super::*;

    /// The events that are there for a page that has seen `last`, each as its id and its data.
    fn seen(feed: &Arc<OverlayFeed>, last: Option<&str>) -> Vec<(String, String)> {
        let all = async {
            let mut stream = std::pin::pin!(Arc::clone(feed).after(last));
            let mut text = String::new();
            // What is there is there at once; the next would be waited for.
            while let Some(Some(bytes)) = futures::FutureExt::now_or_never(stream.next()) {
                text.push_str(std::str::from_utf8(&bytes).unwrap());
            }
            text
        };
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        let text = runtime.block_on(all);
        let field = |event: &str, name: &str| event.lines().find_map(|line| line.strip_prefix(name)).map(str::to_owned);
        text.split("\n\n").filter_map(|event| Some((field(event, "id: ")?, field(event, "data: ")?))).collect()
    }

    fn said(events: &[(String, String)]) -> Vec<&str> {
        events.iter().map(|(_, data)| data.as_str()).collect()
    }

    #[test]
    fn a_page_goes_on_where_it_was_without_loss_or_doubles() {
        let feed = Arc::new(OverlayFeed::new());
        feed.publish(FeedKind::Race, "race");
        (0..5).for_each(|frame| feed.publish(FeedKind::Frame, &frame.to_string()));
        let all = seen(&feed, None);
        assert_eq!(said(&all), ["race", "0", "1", "2", "3", "4"]);
        for (at, (id, _)) in all.iter().enumerate() {
            assert_eq!(seen(&feed, Some(id)), all[at + 1..], "after {id}");
        }
        for foreign in ["", "x", "0-3", &format!("{}-99", feed.run), &format!("{}-x", feed.run)] {
            assert_eq!(seen(&feed, Some(foreign)), all, "{foreign} is none of ours");
        }
    }

    #[test]
    fn a_race_begins_anew_for_everybody() {
        let feed = Arc::new(OverlayFeed::new());
        feed.publish(FeedKind::Race, "first");
        feed.publish(FeedKind::Frame, "1");
        let [_, (last, _)] = <[_; 2]>::try_from(seen(&feed, None)).unwrap();
        feed.publish(FeedKind::Race, "second");
        feed.publish(FeedKind::Frame, "2");
        assert_eq!(said(&seen(&feed, Some(&last))), ["second", "2"]);
        assert_eq!(said(&seen(&feed, None)), ["second", "2"], "what was before is forgotten");
    }

    #[test]
    fn what_is_kept_is_bounded_and_begins_with_who_runs() {
        let feed = Arc::new(OverlayFeed::new());
        feed.publish(FeedKind::Race, "who");
        feed.publish(FeedKind::Frame, "0");
        let first = seen(&feed, None);
        let long = "x".repeat(1 << 20);
        (0..40).for_each(|_| feed.publish(FeedKind::Frame, &long));
        assert!(feed.kept().bytes <= MOST_KEPT);
        for late in [None, Some(first[1].0.as_str())] {
            let events = seen(&feed, late);
            assert_eq!(events[0].1, "who");
            assert!(events.len() > 10 && events[1..].iter().all(|(_, data)| *data == long));
            assert!(events.windows(2).all(|pair| pair[0].0 != pair[1].0), "each once");
        }
    }

    #[test]
    fn the_end_comes_after_what_is_left() {
        let feed = Arc::new(OverlayFeed::new());
        feed.publish(FeedKind::Race, "race");
        feed.close();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        let all = runtime.block_on(Arc::clone(&feed).after(None).collect::<Vec<_>>());
        assert_eq!(all.len(), 2, "how to come again, and the race");
    }
}
