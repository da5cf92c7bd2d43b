//! Redaction: prompt, text, hosts and names out of a recording, its timings and counts untouched.
//! Text gives way to filler of the same number of bytes, so that every figure that rests on lengths stays what it was.

use std::collections::HashMap;

use crate::{Recording, RecordingEnd, writer};
use speed_kings_core::race::engine::EngineStart;
use speed_kings_core::race::event::{Event, EventKind, ResponseHead, UpstreamFacts};
use speed_kings_core::race::hardware::Hardware;
use speed_kings_core::race::machine::{host_of, is_here};
use speed_kings_core::race::served_model::{ServedModel, TAKEN_OUT, answered};
use speed_kings_core::race::setup::{ANY_MODEL, Contestant, RaceSetup};

/// What is to be taken out.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
#[expect(clippy::struct_excessive_bools, reason = "each is asked for on its own")]
pub struct RedactionOptions {
    /// The prompt and the nonce that opened it.
    pub prompt: bool,
    /// What the models said.
    pub text: bool,
    /// Addresses, regions, rate-limit headers, and the machine that it was recorded on.
    pub hosts: bool,
    /// Who raced on what: names, providers, models, hardware, prices, claims, the phase and the words of an edit. Where a
    /// lane ran on the machine that it was recorded on, that too.
    pub names: bool,
}

/// One space in so many bytes of filler: it wraps as text does and says nothing of its words.
const WORD: usize = 6;

/// `recording` without what `redaction` names. What this version doesn't understand is taken out as well, since nobody
/// can say what is in it. Whether it was whole, and how it ended, stays; the verdict is worked out anew.
#[must_use]
pub fn redact(mut recording: Recording, redaction: RedactionOptions) -> Recording {
    let mut names = ReplacedNames::default();
    let mut bytes = vec![0; recording.header.setup.contestants.len()];
    let raced = recording.header.setup.contestants.clone();
    redact_grid(&mut recording.header.setup, redaction, &mut names);
    for event in &mut recording.events {
        if let (EventKind::Model(model), true) = (&mut event.kind, redaction.names) {
            *model = names.answered(event.lane.and_then(|lane| raced.get(lane.index())), model).into();
        }
        redact_event(event, redaction, &mut bytes);
    }
    // Of a lane that ran on this machine it is the hardware.
    let here = recording.header.setup.contestants.iter().any(|contestant| contestant.local);
    if redaction.hosts || (redaction.names && here) {
        recording.header.environment = None;
    }
    if let Some(cut) = recording.header.cut.as_mut().filter(|_| redaction.names || redaction.text || redaction.prompt) {
        (cut.title, cut.captions, cut.chapters) = (None, Vec::new(), Vec::new());
    }
    recording.header.unknown = serde_json::Value::Null;
    recording.kept.clear();
    if let Some(end) = recording.end.take() {
        recording.end = Some(RecordingEnd { until: end.until, ..writer::end(&recording.race()) });
    }
    recording
}

/// What each name is called instead: the same name the same, so that what was equal stays equal.
#[derive(Default)]
struct ReplacedNames {
    models: HashMap<String, String>,
    hosts: HashMap<String, String>,
    runners: HashMap<String, String>,
}

impl ReplacedNames {
    /// What a model that `contestant` was answered by is called: the one that was asked for, under whatever spelling, as it is
    /// called there.
    fn answered(&mut self, contestant: Option<&Contestant>, model: &str) -> String {
        let asked = contestant.filter(|contestant| answered(contestant, Some(model)) == ServedModel::AsAsked);
        alias(&mut self.models, asked.map_or(model, |contestant| &contestant.model), "model")
    }
}

fn alias(known: &mut HashMap<String, String>, name: &str, kind: &str) -> String {
    let number = known.len() + 1;
    known.entry(name.to_owned()).or_insert_with(|| format!("{kind}-{number}")).clone()
}

fn redact_grid(setup: &mut RaceSetup, redaction: RedactionOptions, names: &mut ReplacedNames) {
    if redaction.prompt {
        setup.prompt.text = filler(setup.prompt.text.len(), 0);
        setup.settings.nonce = None;
    }
    if redaction.names {
        setup.phase = None;
        setup.mismatches.iter_mut().for_each(|mismatch| TAKEN_OUT.clone_into(mismatch));
    }
    for (number, contestant) in (1..).zip(&mut setup.contestants) {
        if redaction.names {
            redact_names(contestant, number, names);
        }
        if let Some(runner) = contestant.runner.as_mut().filter(|_| redaction.names || redaction.hosts) {
            runner.name = alias(&mut names.runners, &runner.name, "runner");
            (runner.region, runner.machine) = (None, None);
        }
        if redaction.hosts {
            let here = contestant.here;
            let told = |host| {
                if here || is_here(host) { "localhost".into() } else { alias(&mut names.hosts, host, "host") }
            };
            contestant.endpoint = contestant.endpoint.as_deref().map(host_of).map(told);
        }
    }
}

fn redact_names(contestant: &mut Contestant, number: usize, names: &mut ReplacedNames) {
    contestant.name = format!("Lane {number}");
    contestant.provider = format!("lane-{number}");
    if contestant.model != ANY_MODEL {
        contestant.model = alias(&mut names.models, &contestant.model, "model");
    }
    contestant.same_as = contestant.same_as.as_deref().map(|id| alias(&mut names.models, id, "model"));
    contestant.also_answers.clear();
    // Values name upstreams and paths; that something was set stays.
    for setting in &mut contestant.settings {
        setting.truncate(setting.find('=').unwrap_or(setting.len()));
    }
    // Prices, claims and the kind of hardware tell who it was as well as a name does.
    contestant.price = None;
    contestant.claims.clear();
    contestant.hardware = Hardware::Untold;
}

fn redact_event(event: &mut Event, redaction: RedactionOptions, bytes: &mut [usize]) {
    let any = redaction.text || redaction.prompt || redaction.hosts || redaction.names;
    match &mut event.kind {
        EventKind::Text { text, .. } if redaction.text => {
            let mut nobody = 0;
            let before = event.lane.and_then(|lane| bytes.get_mut(lane.index())).unwrap_or(&mut nobody);
            let length = text.len();
            *text = filler(length, *before).into();
            *before += length;
        }
        EventKind::Upstream(upstream) if redaction.names || redaction.hosts => **upstream = UpstreamFacts::default(),
        EventKind::Headers(head) if redaction.hosts => {
            **head = ResponseHead { region: None, limits: [].into(), ..std::mem::take(head) }
        }
        // An engine, the buffers of its devices and its settings tell who it was.
        EventKind::EngineReady(start) if redaction.names => {
            let keep = EngineStart {
                ready: start.ready,
                cached: start.cached,
                storage_bytes: start.storage_bytes,
                ..EngineStart::default()
            };
            **start = EngineStart { model_bytes: start.model_bytes, quality: start.quality.take(), ..keep };
        }
        // What a server says in its own words may hold any of it.
        EventKind::Malformed(words) | EventKind::Notice(words) if any => *words = TAKEN_OUT.into(),
        EventKind::Failed(failure) if any => {
            (failure.message, failure.hint) = (TAKEN_OUT.into(), None);
        }
        _ => {}
    }
}

/// `length` bytes of filler that go on from byte `start`.
fn filler(length: usize, start: usize) -> String {
    (start..start + length).map(|at| if at % WORD == WORD - 1 { ' ' } else { 'x' }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{KeptLine, RecordingHeader, reader};
    use speed_kings_core::fixture::contestant;
    use speed_kings_core::fixture::samples;
    use speed_kings_core::race::setup::{PhaseRef, RacePrompt};
    use speed_kings_core::race::timing::LaneTiming;
    use speed_kings_system::environment::MachineEnvironment;

    const ALL: RedactionOptions = RedactionOptions { prompt: true, text: true, hosts: true, names: true };

    /// A recording in which everything that can be said says "secret" in its own way.
    fn recording() -> Recording {
        let mut contestants = vec![contestant("Secretname"), contestant("Secrettwo")];
        contestants[0].endpoint = Some("secrethost:80".into());
        contestants[1].endpoint = Some("127.0.0.1:8080".into());
        let setup = RaceSetup {
            contestants,
            phase: Some(PhaseRef { title: "secretphase".into(), ..PhaseRef::default() }),
            prompt: RacePrompt { name: "custom".into(), text: "secretprompt".into() },
            ..RaceSetup::default()
        };
        let environment = Some(MachineEnvironment { cpu: Some("secretcpu".into()), ..MachineEnvironment::default() });
        let mut header = RecordingHeader {
            setup,
            environment,
            cut: Some(crate::format::cut::tests::sample()),
            ..RecordingHeader::default()
        };
        header.unknown = serde_json::json!({"new": "secretnew"});
        let mut bytes = Vec::new();
        writer::write_to(&mut bytes, &header, &samples()).unwrap();
        let mut recording = reader::read(&bytes).unwrap();
        recording.kept.push(KeptLine { after: 1, event: false, line: "[0,0,\"new\",\"secretline\"]".into() });
        recording
    }

    fn written(recording: &Recording) -> String {
        let mut bytes = Vec::new();
        writer::write_recording(&mut bytes, recording).unwrap();
        String::from_utf8(bytes).unwrap()
    }

    #[test]
    fn nothing_that_was_said_or_named_is_left() {
        let text = written(&redact(recording(), ALL));
        let words = ["secret", "wörd", "quoted", "🏁", "slow down", "msp", "ratelimit", "llama", "lights", "final"];
        for word in words {
            assert!(written(&recording()).to_lowercase().contains(word), "{word} is no test");
            assert!(!text.to_lowercase().contains(word), "{word} in {text}");
        }
    }

    #[test]
    fn timings_and_counts_stay() {
        let (before, after) = (recording(), redact(recording(), ALL));
        assert_eq!(before.events.len(), after.events.len());
        for (old, new) in before.events.iter().zip(&after.events) {
            assert_eq!((old.at, old.lane), (new.at, new.lane));
        }
        let (old, new) = (before.race(), after.race());
        for (old, new) in old.lanes().iter().zip(new.lanes()) {
            assert_eq!(LaneTiming::of(old), LaneTiming::of(new));
            assert_eq!(old.reads(), new.reads());
        }
        assert!(after.is_complete());
    }

    #[test]
    fn who_answered_is_as_it_was_under_another_name() {
        let sees = |answers: &str| {
            let mut recording = recording();
            recording.events.retain(|event| !matches!(event.kind, EventKind::Model(_)));
            let lane = Some(speed_kings_core::race::event::LaneId(1));
            let sent = |event: &Event| event.lane == lane && event.kind == EventKind::Sent;
            let place = recording.events.iter().position(sent).unwrap();
            let at = recording.events[place].at;
            recording.events.insert(place + 1, Event { at, lane, kind: EventKind::Model(answers.into()) });
            let race = redact(recording, ALL).race();
            answered(&race.setup.contestants[1], race.lanes()[1].model.as_deref())
        };
        assert_eq!((sees("Llama-Test"), sees("another")), (ServedModel::AsAsked, ServedModel::Other));
    }

    #[test]
    fn only_what_is_asked_for_is_taken_out() {
        let hosts = written(&redact(recording(), RedactionOptions { hosts: true, ..RedactionOptions::default() }));
        assert!(!hosts.contains("secrethost") && !hosts.contains("secretcpu") && hosts.contains("host-1"));
        assert!(hosts.contains("localhost"), "this machine is no secret: {hosts}");
        assert!(hosts.contains("Secretname") && hosts.contains("secretprompt") && hosts.contains("wörd"));
        let names = written(&redact(recording(), RedactionOptions { names: true, ..RedactionOptions::default() }));
        assert!(!names.contains("Secretname") && !names.contains("secretphase") && names.contains("secretprompt"));
        assert!(names.contains("\"hardware\":\"untold\"") && names.contains("secretcpu"), "{names}");
        let mut local = recording();
        local.header.setup.contestants[1].local = true;
        let names = written(&redact(local, RedactionOptions { names: true, ..RedactionOptions::default() }));
        assert!(!names.contains("secretcpu"), "the hardware of a lane: {names}");
    }
}
