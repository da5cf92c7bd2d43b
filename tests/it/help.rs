//! What several of these tests need: races against servers in the test, and a folder that is gone afterwards.
//! Nothing here waits without a deadline, and nothing here waits for a fixed time.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use reqwest::Url;
use speed_kings::catalog::Hardware;
use speed_kings::provider::http::{HttpContestant, RejectedParams, RequestTimeouts};
use speed_kings::provider::secret::Secret;
use speed_kings::provider::{CompletionRequest, Dialect, ProviderQuirks};
use speed_kings::race::Race;
use speed_kings::race::event::Event;
use speed_kings::race::setup::{Contestant, RacePrompt, RaceSettings, RaceSetup};
use speed_kings::race::verdict::Verdict;
use speed_kings::record::outcome::verdict_json;
use speed_kings::record::reader::read_file;
use speed_kings::source::live::{LiveRace, RaceStart, StartTime};
use speed_kings::source::{EventSource, SourceFlow};
use tempfile::TempDir;

/// The key of every lane. It looks like no provider's key, so only the place that knows it can take it out.
pub(crate) const CANARY: &str = "canary0value0of0a0key";

/// How long anything may take that is expected to happen at once: long enough for a machine with other work.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

/// Asks `done` until it says yes.
pub(crate) fn wait_until(what: &str, mut done: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !done() {
        assert!(begun.elapsed() < PATIENCE, "waited in vain for {what}");
        std::thread::sleep(Duration::from_millis(2));
    }
}

/// A contestant at `url`.
pub(crate) fn http_contestant(url: &str) -> HttpContestant {
    HttpContestant {
        base_url: Url::parse(url).unwrap(),
        key: Secret::new(CANARY),
        key_variable: Some("SOME_API_KEY".into()),
        dialect: Dialect::OpenAi,
        endpoint: speed_kings::catalog::EndpointFields::default(),
        transport: speed_kings::provider::http::transport::TransportOptions::default(),
        quirks: ProviderQuirks::default(),
        request: CompletionRequest {
            model: "m".into(),
            prompt: "hello".into(),
            history: Vec::new(),
            max_tokens: Some(200),
            ..CompletionRequest::default()
        },
        region_header: Some("x-region".into()),
        retired: None,
        timeouts: RequestTimeouts { connect: PATIENCE, first_token: PATIENCE, idle: PATIENCE, run: PATIENCE },
        wait: false,
        rejected: RejectedParams::default(),
    }
}

/// A contestant for the setup.
pub(crate) fn contestant(name: &str) -> Contestant {
    Contestant {
        name: name.into(),
        provider: name.to_lowercase(),
        model: "m".into(),
        same_as: None,
        also_answers: Vec::new(),
        settings: Vec::new(),
        hardware: Hardware::Local,
        simulated: true,
        endpoint: None,
        local: true,
        here: false,
        price: None,
        claims: Vec::new(),
        ghost: None,
        runner: None,
    }
}

/// A race of `http_contestants` that has begun, recorded in the folder `record` where there is one.
pub(crate) fn started(http_contestants: Vec<HttpContestant>, record: Option<&Path>) -> LiveRace {
    let contestants = (1..=http_contestants.len()).map(|number| contestant(&format!("lane {number}"))).collect();
    let prompt = RacePrompt { name: "custom".into(), text: "hello".into() };
    let setup = RaceSetup {
        contestants,
        prompt,
        settings: RaceSettings { warm: true, ..RaceSettings::default() },
        ..RaceSetup::default()
    };
    let start = RaceStart {
        setup,
        clients: http_contestants.into_iter().map(Into::into).collect(),
        engines: Vec::new(),
        start: StartTime::Countdown(Duration::ZERO),
        record,
        simulator: None,
        watched: None,
    };
    LiveRace::start(start).unwrap()
}

/// A race that has been run to its end.
pub(crate) struct Run {
    /// What its events made of it.
    pub(crate) race: Race,
    /// All of them.
    pub(crate) events: Vec<Event>,
    recording: PathBuf,
    _dir: TempDir,
}

impl Run {
    /// Races `http_contestants` and waits for the end.
    pub(crate) fn of(http_contestants: Vec<HttpContestant>) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let mut live = started(http_contestants, Some(dir.path()));
        let mut events = Vec::new();
        wait_until("the end of a race", || live.poll(Instant::now(), &mut events) == SourceFlow::Over);
        let mut race = Race::new(live.setup().clone());
        for event in &events {
            race.apply(event);
        }
        assert_eq!(live.trouble(), None);
        // What the recorder keeps is what anybody makes of the same events.
        assert_eq!(live.take_race().as_ref(), Some(&race));
        Self { race, events, recording: live.recording().unwrap().to_owned(), _dir: dir }
    }

    /// Holds the recording against the race that it was made of: same events, same race, same verdict.
    pub(crate) fn check_recording(&self, case: &str) {
        let recording = read_file(&self.recording).unwrap();
        assert_eq!(recording.problems, [], "{case}");
        assert_eq!(recording.events, self.events, "{case}");
        assert_eq!(recording.race(), self.race, "{case}");
        let verdict = Verdict::of(&self.race);
        assert_eq!(Verdict::of(&recording.race()), verdict, "{case}");
        assert_eq!(recording.end.unwrap().verdict, verdict_json(&verdict), "{case}");
    }

    /// Looks for the key in everything that is kept or shown.
    pub(crate) fn check_secrecy(&self, case: &str) {
        let file = std::fs::read_to_string(&self.recording).unwrap();
        let shown = format!("{:?} {:?}", self.events, self.race);
        assert!(!file.contains(CANARY), "{case}: the key is in the recording");
        assert!(!shown.contains(CANARY), "{case}: the key is in an event: {shown}");
    }
}
