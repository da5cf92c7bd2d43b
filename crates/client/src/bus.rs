//! The way from a lane to everybody who wants to know: bounded queues, one for each tap, and the clock they are stamped by.
//! A queue that was full is waited for, counted and told, so that the numbers stay honest.

mod pulse;

use std::pin::Pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::mpsc::error::TrySendError;
use tokio::sync::mpsc::{Receiver, Sender, channel};

pub use self::pulse::{BEAT, ClockReading, LIMIT, OwnStandstill, ThreadPulse};
use speed_kings_core::race::event::{Event, EventKind, LaneFailure, LaneId, Standstill};
use speed_kings_core::time::{Offset, Period};

/// Events that a tap may lag behind before the lanes have to wait for it: minutes of a fast race.
pub const QUEUE: usize = 65_536;

/// How long after a wake-up bytes still count as having come with it.
const SAME_WAKE: Duration = Duration::from_micros(250);

/// Where the race clock stands against the machine's monotonic clock.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct RaceEpoch(Instant);

impl RaceEpoch {
    /// The green light is (or will be) at `green`.
    #[must_use]
    pub const fn new(green: Instant) -> Self {
        Self(green)
    }

    /// `instant` on the race clock.
    #[must_use]
    pub fn offset(self, instant: Instant) -> Offset {
        match instant.checked_duration_since(self.0) {
            Some(after) => Offset::GREEN.plus(after.into()),
            None => Offset::GREEN.minus(self.0.duration_since(instant).into()),
        }
    }

    /// The moment of the green light on the monotonic clock.
    #[must_use]
    pub const fn green(self) -> Instant {
        self.0
    }
}

/// Takes the time of socket reads.
///
/// The network thread sleeps until a socket is readable. The moment it wakes is noted before any byte is read or
/// parsed, and every piece that comes out of that wake-up is stamped with it: pieces of one read share one stamp, and
/// the work on the first does not delay the second. When the thread has been busy for longer than 250 µs the clock is
/// read anew, since by then bytes may have come that nobody woke up for.
///
/// Each of these moments is a sign of life for its [`ThreadPulse`] as well.
#[derive(Clone, Debug)]
pub struct ReadClock {
    base: Instant,
    woke: Arc<AtomicU64>,
    pulse: ThreadPulse,
}

impl Default for ReadClock {
    fn default() -> Self {
        Self { base: Instant::now(), woke: Arc::default(), pulse: ThreadPulse::default() }
    }
}

impl ReadClock {
    /// The heartbeat of the thread that reads.
    #[must_use]
    pub const fn pulse(&self) -> &ThreadPulse {
        &self.pulse
    }

    /// To be called by the runtime right before it sleeps.
    pub fn parks(&self) {
        self.pulse.sign();
    }

    /// To be called by the runtime right after it woke.
    pub fn woke(&self) {
        self.pulse.sign();
        let nanos = u64::try_from(self.base.elapsed().as_nanos()).unwrap_or(u64::MAX);
        self.woke.store(nanos, Ordering::Relaxed);
    }

    /// The time of what was read just now.
    #[must_use]
    pub fn stamp(&self) -> Instant {
        let now = Instant::now();
        self.pulse.note(ClockReading { at: now, boot: None });
        let woke = self.base + Duration::from_nanos(self.woke.load(Ordering::Relaxed));
        if now.saturating_duration_since(woke) < SAME_WAKE { woke.min(now) } else { now }
    }
}

/// Whoever knows more of a lane's failure than the lane itself, for example that the engine behind it has ended.
pub trait FailureExplainer: std::fmt::Debug + Send + Sync {
    /// The failure with what is known of its cause. May take a moment; other lanes go on meanwhile.
    fn explain(&self, lane: LaneId, failure: LaneFailure) -> Pin<Box<dyn Future<Output = LaneFailure> + Send + '_>>;
}

/// Puts events on every tap. Clones put theirs between those of the others, whichever thread they are used on: all taps get the same
/// events in the same order.
#[derive(Clone, Debug)]
pub struct EventEmitter {
    taps: Arc<[Sender<Event>]>,
    epoch: RaceEpoch,
    told: Arc<Mutex<ToldSoFar>>,
    pulse: ThreadPulse,
    explainer: Option<Arc<dyn FailureExplainer>>,
}

/// What has gone out so far, as far as what comes depends on it.
#[derive(Debug)]
struct ToldSoFar {
    /// The newest time, µs on the race clock.
    newest: i64,
    /// The end of the last standstill.
    stood: Option<Instant>,
}

impl ToldSoFar {
    /// The part of `still` that has not been told by another thread that stood still as well; nothing where what is left of it is no
    /// standstill.
    fn untold(&mut self, still: OwnStandstill) -> Option<OwnStandstill> {
        let until = self.stood.filter(|until| *until > still.from);
        self.stood = self.stood.max(Some(still.to));
        let Some(from) = until else { return Some(still) };
        // A suspend was that of the whole machine, and has been told.
        let rest = OwnStandstill { from, suspended: None, ..still };
        (rest.to.saturating_duration_since(from) > LIMIT).then_some(rest)
    }
}

/// A new set of `count` taps and the sending side for them.
#[must_use]
pub fn taps(count: usize) -> (Vec<Sender<Event>>, Vec<Receiver<Event>>) {
    (0..count).map(|_| channel(QUEUE)).unzip()
}

impl EventEmitter {
    /// Sends to `taps` on the clock of `epoch`.
    #[must_use]
    pub fn new(taps: Vec<Sender<Event>>, epoch: RaceEpoch) -> Self {
        let told = Arc::new(Mutex::new(ToldSoFar { newest: i64::MIN, stood: None }));
        Self { taps: taps.into(), epoch, told, pulse: ThreadPulse::default(), explainer: None }
    }

    /// The same, telling the standstills that `pulse` finds.
    #[must_use]
    pub fn with_pulse(self, pulse: &ThreadPulse) -> Self {
        Self { pulse: pulse.clone(), ..self }
    }

    /// The same, with failures explained by `explainer`.
    #[must_use]
    pub fn with_explainer(self, explainer: Arc<dyn FailureExplainer>) -> Self {
        Self { explainer: Some(explainer), ..self }
    }

    /// Where the race clock of these events stands.
    #[must_use]
    pub const fn epoch(&self) -> RaceEpoch {
        self.epoch
    }

    /// Puts one event on every tap, behind the standstills that came before it. Times never go back: one that would is
    /// moved up to the newest.
    pub async fn send(&self, at: Instant, lane: Option<LaneId>, kind: EventKind) {
        self.send_all(at, lane, &mut vec![kind]).await;
    }

    /// The same with all that happened at one moment, in order. Leaves `kinds` empty.
    pub async fn send_all(&self, at: Instant, lane: Option<LaneId>, kinds: &mut Vec<EventKind>) {
        self.tell_standstills().await;
        if let (Some(lane), Some(explainer)) = (lane, &self.explainer) {
            for kind in kinds.iter_mut() {
                if let EventKind::Failed(failure) = kind {
                    **failure = explainer.explain(lane, (**failure).clone()).await;
                }
            }
        }
        self.send_at(at, lane, kinds).await;
    }

    /// Tells the standstills that have been found and not been told yet.
    pub async fn tell_standstills(&self) {
        for still in self.pulse.found() {
            let untold = self.told.lock().unwrap_or_else(PoisonError::into_inner).untold(still);
            let Some(still) = untold else { continue };
            let length = still.to.saturating_duration_since(still.from).into();
            let standstill = Standstill { length, suspended: still.suspended.map(Period::from) };
            self.send_at(still.to, None, &mut vec![EventKind::Standstill(standstill)]).await;
        }
    }

    async fn send_at(&self, at: Instant, lane: Option<LaneId>, kinds: &mut Vec<EventKind>) {
        let waited = self.put_all(at, lane, kinds).await;
        if lane.is_some() && waited > Duration::ZERO {
            self.put_all(at, lane, &mut vec![EventKind::Tainted(Period::from(waited))]).await;
        }
    }

    /// Puts `kinds` on every tap, and gives how long they had to wait for room.
    async fn put_all(&self, at: Instant, lane: Option<LaneId>, kinds: &mut Vec<EventKind>) -> Duration {
        let mut waited = Duration::ZERO;
        while let Some((full, count)) = self.put(at, lane, kinds) {
            let since = Instant::now();
            // Who goes first is decided anew: all taps get the same order.
            drop(full.reserve_many(count).await);
            waited += since.elapsed();
        }
        waited
    }

    /// Puts as many of `kinds` on every tap as all have room for. Where that is not all of them, gives the tap that is full, and for how
    /// many it must have room. A tap that is gone misses nothing.
    fn put(&self, at: Instant, lane: Option<LaneId>, kinds: &mut Vec<EventKind>) -> Option<(&Sender<Event>, usize)> {
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        told.newest = told.newest.max(self.epoch.offset(at).as_micros());
        let at = Offset::from_micros(told.newest);
        let most = self.taps.iter().map(Sender::max_capacity).min().unwrap_or(QUEUE);
        while !kinds.is_empty() {
            let count = kinds.len().min(most);
            let mut open = Vec::with_capacity(self.taps.len());
            for tap in self.taps.iter() {
                match tap.try_reserve_many(count) {
                    Ok(permits) => open.push(permits),
                    Err(TrySendError::Closed(())) => {}
                    Err(TrySendError::Full(())) => return Some((tap, count)),
                }
            }
            let Some(last) = open.pop() else {
                kinds.clear();
                break;
            };
            for permits in open {
                permits.zip(&*kinds).for_each(|(permit, kind)| permit.send(Event { at, lane, kind: kind.clone() }));
            }
            last.zip(kinds.drain(..count)).for_each(|(permit, kind)| permit.send(Event { at, lane, kind }));
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn block_on<T>(future: impl Future<Output = T>) -> T {
        tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(future)
    }

    #[test]
    fn the_clock_runs_from_the_green_light_both_ways() {
        let green = Instant::now() + Duration::from_secs(3);
        let epoch = RaceEpoch::new(green);
        assert_eq!(epoch.offset(green), Offset::GREEN);
        assert_eq!(epoch.offset(green + Duration::from_micros(7)).as_micros(), 7);
        assert_eq!(epoch.offset(green.checked_sub(Duration::from_micros(7)).unwrap()).as_micros(), -7);
    }

    #[test]
    fn times_never_go_back() {
        let (senders, mut receivers) = taps(1);
        let epoch = RaceEpoch::new(Instant::now());
        let emitter = EventEmitter::new(senders, epoch);
        block_on(async {
            emitter.send(epoch.green() + Duration::from_millis(2), None, EventKind::Green).await;
            emitter.send(epoch.green() + Duration::from_millis(1), None, EventKind::Stopped).await;
        });
        let times: Vec<i64> =
            std::iter::from_fn(|| receivers[0].try_recv().ok()).map(|event| event.at.as_micros()).collect();
        assert_eq!(times, [2_000, 2_000]);
    }

    #[test]
    fn a_full_tap_is_waited_for_and_told() {
        let (full, mut slow) = channel(1);
        let emitter = EventEmitter::new(vec![full], RaceEpoch::new(Instant::now()));
        let seen = block_on(async {
            let drain = async {
                let mut seen = Vec::new();
                while seen.len() < 3 {
                    tokio::task::yield_now().await;
                    seen.extend(slow.recv().await.map(|event| event.kind));
                }
                seen
            };
            let send = async {
                for kind in [EventKind::Sent, EventKind::FirstByte] {
                    emitter.send(Instant::now(), Some(LaneId(0)), kind).await;
                }
            };
            futures::join!(send, drain).1
        });
        assert!(matches!(seen.as_slice(), [EventKind::Sent, EventKind::FirstByte, EventKind::Tainted(_)]), "{seen:?}");
    }

    #[test]
    fn several_threads_give_all_taps_the_same_events_in_the_order_of_their_times() {
        /// Few, so that they are full now and then.
        const ROOM: usize = 8;
        const EACH: usize = 400;
        let (senders, receivers): (Vec<_>, Vec<_>) = (0..2).map(|_| channel(ROOM)).unzip();
        let emitter = EventEmitter::new(senders, RaceEpoch::new(Instant::now()));
        let lanes: Vec<_> = (0..3).map(|lane| (LaneId(lane), emitter.clone())).collect();
        drop(emitter);
        let told: Vec<Vec<Event>> = std::thread::scope(|scope| {
            for (lane, emitter) in lanes {
                scope.spawn(move || {
                    block_on(async {
                        for number in 0..EACH {
                            // More at a time than there is room for.
                            let kinds = (0..=number % 12).map(|_| EventKind::Notice(number.to_string().into()));
                            emitter.send_all(Instant::now(), Some(lane), &mut kinds.collect()).await;
                        }
                    });
                });
            }
            let drained = receivers.into_iter().map(|mut receiver| {
                scope.spawn(move || std::iter::from_fn(|| receiver.blocking_recv()).collect::<Vec<_>>())
            });
            drained.collect::<Vec<_>>().into_iter().map(|thread| thread.join().unwrap()).collect()
        });
        let [one, other] = told.as_slice() else { panic!("two taps") };
        assert!(one == other && one.is_sorted_by_key(|event| event.at));
        for lane in (0..3).map(LaneId) {
            let own = one.iter().filter(|event| event.lane == Some(lane));
            let numbers: Vec<usize> = own
                .filter_map(|event| if let EventKind::Notice(text) = &event.kind { text.parse().ok() } else { None })
                .collect();
            assert!(numbers.is_sorted(), "in the order in which the lane told them");
            assert_eq!(numbers.len(), (0..EACH).map(|number| number % 12 + 1).sum::<usize>());
        }
        assert!(one.iter().any(|event| matches!(event.kind, EventKind::Tainted(_))), "some had to wait for room");
    }

    #[test]
    fn a_standstill_that_several_threads_found_is_told_once() {
        let base = Instant::now();
        let still = |from: u64, to: u64, suspended: Option<u64>| OwnStandstill {
            from: base + Duration::from_millis(from),
            to: base + Duration::from_millis(to),
            suspended: suspended.map(Duration::from_secs),
        };
        let mut told = ToldSoFar { newest: 0, stood: None };
        assert_eq!(told.untold(still(100, 400, Some(40))), Some(still(100, 400, Some(40))));
        assert_eq!(told.untold(still(95, 403, Some(40))), None);
        assert_eq!(told.untold(still(200, 300, None)), None);
        assert_eq!(told.untold(still(350, 700, None)), Some(still(403, 700, None)), "it went on here");
        assert_eq!(told.untold(still(700, 800, None)), Some(still(700, 800, None)));
    }

    #[test]
    fn pieces_of_one_wake_share_its_stamp() {
        let stamper = ReadClock::default();
        stamper.woke();
        let first = stamper.stamp();
        assert!(first <= Instant::now());
        let base = Instant::now().checked_sub(Duration::from_secs(1)).unwrap();
        let later = ReadClock { base, ..ReadClock::default() };
        let now = Instant::now();
        assert!(later.stamp() >= now, "a second after the wake-up the clock is read anew");
    }

    #[test]
    fn a_standstill_is_told_before_what_came_after_it() {
        let (senders, mut receivers) = taps(1);
        let (epoch, stamper) = (RaceEpoch::new(Instant::now()), ReadClock::default());
        let emitter = EventEmitter::new(senders, epoch).with_pulse(stamper.pulse());
        stamper.pulse().begin();
        let began = Instant::now();
        let ended = began + Duration::from_millis(300);
        stamper.pulse().note(ClockReading { at: ended, boot: None });
        block_on(emitter.send(ended + Duration::from_millis(1), Some(LaneId(0)), EventKind::Done));
        let told: Vec<Event> = std::iter::from_fn(|| receivers[0].try_recv().ok()).collect();
        let [Event { at, lane: None, kind: EventKind::Standstill(standstill) }, done] = told.as_slice() else {
            panic!("{told:?}");
        };
        assert_eq!(*at, epoch.offset(ended));
        assert!(standstill.length >= Period::from_millis(300), "{standstill:?}");
        assert_eq!((&done.kind, done.lane), (&EventKind::Done, Some(LaneId(0))));
    }
}
