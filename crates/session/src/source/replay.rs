//! A recording as a source: its events on the virtual clock of the transport controls.
//! It changes when events are handed out, never what they say, so the verdict can't change.

use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use crate::source::playback::{DueEvents, PlaybackControl, TimelineStop};
use crate::source::{EventSource, SourceFlow};
use speed_kings_core::race::Race;
use speed_kings_core::race::checkpoint::RaceCheckpoints;
use speed_kings_core::race::event::Event;
use speed_kings_core::race::mark::{RaceMark, marks};
use speed_kings_core::race::setup::RaceSetup;
use speed_kings_core::time::Offset;
use speed_kings_recording::edit_list::{EditList, RaceChapter};
use speed_kings_recording::time_ref::{TimeRef, TimeRefMap};
use speed_kings_recording::{RecordError, Recording, reader};

/// A recording with its finished race and the way back to each of its moments, shared by all that play it.
#[derive(Clone, Debug)]
pub struct PlayableRecording {
    recording: Arc<Recording>,
    checkpoints: Arc<RaceCheckpoints>,
}

impl PlayableRecording {
    /// Reads the recording at `path` and plays it meanwhile.
    ///
    /// # Errors
    /// When the file can't be read, is empty, or has no header that this program understands.
    pub fn read_file(path: &Path) -> Result<Self, RecordError> {
        let mut checkpoints = None;
        let recording = reader::read_file_while(path, |header, events| {
            checkpoints.get_or_insert_with(|| RaceCheckpoints::new(header.setup.clone())).play(events);
        })?;
        let Some(checkpoints) = checkpoints else { return Ok(recording.into()) };
        Ok(Self { recording: Arc::new(recording), checkpoints: Arc::new(checkpoints) })
    }

    /// The recording that is played.
    #[must_use]
    pub fn recording(&self) -> &Recording {
        &self.recording
    }

    /// The race after all of its events.
    #[must_use]
    pub fn race(&self) -> &Race {
        self.checkpoints.whole()
    }

    /// The same, of which `cut` is shown.
    #[must_use]
    pub fn with_cut(mut self, cut: EditList) -> Self {
        Arc::make_mut(&mut self.recording).header.cut = Some(cut);
        self
    }
}

impl From<Recording> for PlayableRecording {
    fn from(recording: Recording) -> Self {
        let mut checkpoints = RaceCheckpoints::new(recording.header.setup.clone());
        checkpoints.play(&recording.events);
        Self { recording: Arc::new(recording), checkpoints: Arc::new(checkpoints) }
    }
}

/// A recording as a source.
#[derive(Debug)]
pub struct Replay {
    played: PlayableRecording,
    chapters: Vec<RaceChapter>,
    marks: Vec<RaceMark>,
    trouble: Option<String>,
    playback: PlaybackControl,
    /// How many events the race is to begin anew with.
    anew: usize,
    polled: Option<Instant>,
}

impl Replay {
    /// Plays `recording` at `speed`.
    #[must_use]
    pub fn new(recording: impl Into<PlayableRecording>, speed: f64) -> Self {
        let played = recording.into();
        let (recording, race) = (played.recording(), played.race());
        let marks = marks(race);
        let cut = recording.cut();
        let times = recording.events.iter().map(|event| event.at).collect();
        let stops = stops(race, &marks, &cut);
        let chapters = cut.chapters.clone();
        let trouble = recording.trouble(race);
        let playback = PlaybackControl::new(times, cut, stops, recording.header.cut.is_none(), speed);
        Self { played, chapters, marks, trouble, playback, anew: 0, polled: None }
    }

    /// The same, beginning again at its end.
    #[must_use]
    pub fn looping(mut self, looping: bool) -> Self {
        self.playback.set_looping(looping);
        self
    }
}

/// The marks and the named chapters that `cut` shows, in order.
fn stops(race: &Race, marks: &[RaceMark], cut: &EditList) -> Vec<TimelineStop> {
    let shown = |at: Offset| {
        let within = cut.pieces().iter().any(|piece| (piece.from..=piece.to).contains(&at));
        cut.shows(at).filter(|_| within)
    };
    let of_mark = |mark: &RaceMark| {
        Some(TimelineStop { shown: shown(mark.at)?, at: mark.at, lane: mark.lane, name: mark.words(race) })
    };
    let of_chapter = |chapter: &RaceChapter| {
        let name = speed_kings_core::text::printable(&chapter.name).into_owned();
        Some(TimelineStop { shown: shown(chapter.at)?, at: chapter.at, lane: None, name })
    };
    let mut stops: Vec<TimelineStop> =
        marks.iter().filter_map(of_mark).chain(cut.chapters.iter().filter_map(of_chapter)).collect();
    stops.sort_by_key(|stop| stop.at);
    stops
}

impl EventSource for Replay {
    fn setup(&self) -> &RaceSetup {
        &self.played.recording.header.setup
    }

    fn clock(&self, _now: Instant) -> Option<Offset> {
        Some(self.playback.clock())
    }

    fn poll(&mut self, now: Instant, due: &mut Vec<Event>) -> SourceFlow {
        let passed = self.polled.map(|before| now.saturating_duration_since(before)).unwrap_or_default();
        self.polled = Some(now);
        match self.playback.advance(passed.into()) {
            DueEvents::On(range) => {
                due.extend(self.played.recording.events.get(range).unwrap_or_default().iter().cloned());
            }
            DueEvents::Anew(events) => {
                // What comes before a checkpoint is the checkpoint's; only the rest has to be handed out.
                self.anew = events;
                let from = self.played.checkpoints.before(events);
                due.extend(self.played.recording.events.get(from..events).unwrap_or_default().iter().cloned());
                return SourceFlow::Restarted;
            }
        }
        if self.playback.is_over() { SourceFlow::Over } else { SourceFlow::Open }
    }

    fn begin(&mut self, race: &mut Race) {
        self.played.checkpoints.go_to(race, self.anew);
    }

    fn go_to(&mut self, place: &str) -> Result<(), String> {
        let point: TimeRef = place.parse().map_err(|error| format!("{error}"))?;
        if let TimeRef::Share(share) = point {
            self.playback.seek_share(share);
            return Ok(());
        }
        let ends = self.played.recording.events.first().zip(self.played.recording.events.last());
        let ends = ends.map_or((Offset::GREEN, Offset::GREEN), |(first, last)| (first.at, last.at));
        let map = TimeRefMap { race: self.played.race(), marks: &self.marks, chapters: &self.chapters, ends };
        let at = map.find(&point).map_err(|error| error.to_string())?;
        self.playback.seek_to(at);
        Ok(())
    }

    fn stop(&mut self) {
        self.playback.pause();
    }

    fn playback(&mut self) -> Option<&mut PlaybackControl> {
        Some(&mut self.playback)
    }

    fn trouble(&self) -> Option<String> {
        self.trouble.clone()
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use proptest::prelude::*;

    use super::*;
    use crate::source::playback::SPEEDS;
    use speed_kings_core::fixture::samples;
    use speed_kings_core::race::verdict::Verdict;
    use speed_kings_core::time::Period;
    use speed_kings_recording::{RecordingHeader, writer};

    fn replay(speed: f64) -> Replay {
        let setup =
            RaceSetup { contestants: vec![speed_kings_core::fixture::contestant("A"); 2], ..RaceSetup::default() };
        let header = RecordingHeader { setup, ..RecordingHeader::default() };
        let mut bytes = Vec::new();
        writer::write_to(&mut bytes, &header, &samples()).unwrap();
        Replay::new(reader::read(&bytes).unwrap(), speed)
    }

    #[test]
    fn a_race_played_at_any_speed_is_the_race() {
        for speed in SPEEDS {
            let mut replay = replay(speed);
            let (mut now, mut due) = (Instant::now(), Vec::new());
            while replay.poll(now, &mut due) != SourceFlow::Over {
                now += Duration::from_micros(1_700);
            }
            let mut race = Race::new(replay.setup().clone());
            for event in &due {
                race.apply(event);
            }
            assert_eq!(&race, replay.played.race());
            assert_eq!(Verdict::of(&race), Verdict::of(replay.played.race()));
        }
    }

    /// A viewer's race: what a screen does with what a source hands out.
    struct Viewer {
        replay: Replay,
        race: Race,
        now: Instant,
    }

    impl Viewer {
        fn of(replay: Replay) -> Self {
            let race = Race::new(replay.setup().clone());
            Self { replay, race, now: Instant::now() }
        }

        fn look(&mut self, later: Duration) {
            self.now += later;
            let mut due = Vec::new();
            if self.replay.poll(self.now, &mut due) == SourceFlow::Restarted {
                self.replay.begin(&mut self.race);
            }
            for event in &due {
                self.race.apply(event);
            }
        }

        /// The race as playing from the start up to the clock gives it.
        fn played(&self) -> Race {
            let mut race = Race::new(self.replay.setup().clone());
            let told =
                self.replay.played.recording.events.iter().take_while(|event| event.at <= self.replay.playback.clock());
            told.for_each(|event| race.apply(event));
            race
        }
    }

    #[test]
    fn a_place_is_gone_to_by_its_name() {
        let mut viewer = Viewer::of(replay(1.0));
        for (place, us) in [("22500us", None), ("stopped", Some(21_500)), ("4.5ms", Some(4_500)), ("Bend", None)] {
            assert_eq!(viewer.replay.go_to(place).is_ok(), us.is_some(), "{place}");
            viewer.look(Duration::ZERO);
            let at = viewer.replay.playback.clock();
            assert!(us.is_none_or(|us| at == Offset::from_micros(us)), "{place}: {at:?}");
            assert_eq!(viewer.race, viewer.played());
        }
    }

    proptest! {
        #[test]
        fn wherever_one_seeks_the_race_is_the_one_that_playing_there_gives(
            moves in proptest::collection::vec((0u8..6, 0.0f64..1.0), 1..20), edited in any::<bool>(),
        ) {
            let mut replay = replay(1.0);
            if edited {
                let cut = EditList::whole(Offset::from_micros(-1_000), Offset::from_micros(15_000));
                let slow = cut.faster_between(Offset::from_micros(3_000), Offset::from_micros(9_000), 0.01);
                let mut recording = replay.played.recording().clone();
                recording.header.cut = Some(slow);
                replay = Replay::new(recording, 2.0);
            }
            let mut viewer = Viewer::of(replay);
            for (what, share) in moves {
                let playback = &mut viewer.replay.playback;
                match what {
                    0 => playback.seek_share(share),
                    1 => playback.step(share < 0.5),
                    2 => playback.frame(share < 0.5),
                    3 => playback.jump(share < 0.5),
                    4 => playback.toggle(),
                    _ => playback.restart(),
                }
                viewer.look(Duration::from_secs_f64(share / 50.0));
                prop_assert_eq!(&viewer.race, &viewer.played());
            }
        }
    }

    #[test]
    fn the_clock_scales_pauses_steps_and_restarts() {
        let mut replay = replay(0.5);
        let (t0, mut due) = (Instant::now(), Vec::new());
        replay.poll(t0, &mut due);
        let start = replay.playback.clock();
        replay.poll(t0 + Duration::from_millis(4), &mut due);
        assert_eq!(replay.clock(t0), Some(start.plus(Period::from_millis(2))));
        replay.playback.toggle();
        replay.poll(t0 + Duration::from_millis(400), &mut due);
        assert_eq!(replay.clock(t0), Some(start.plus(Period::from_millis(2))), "paused");
        let before = due.len();
        replay.playback.step(true);
        replay.poll(t0 + Duration::from_millis(401), &mut due);
        assert_eq!(due.len(), before + 1, "one event each step");
        replay.playback.restart();
        due.clear();
        assert_eq!(replay.poll(t0 + Duration::from_millis(402), &mut due), SourceFlow::Restarted);
        assert_eq!(due.len(), 1);
    }
}
