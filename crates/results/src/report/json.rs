//! A race as one JSON document: what was raced, the figures of each lane, the verdict, the marks, and every event.
//! Every key is always there: what is not known is null, never zero and never left out.

use std::io::{self, Write};

use serde::Serialize;
use serde_json::json;

use super::{named, title};
use speed_kings_core::date;
use speed_kings_core::race::Race;
use speed_kings_core::race::mark::marks;
use speed_kings_core::race::setup::PhaseRef;
use speed_kings_core::race::verdict::Verdict;
use speed_kings_core::text::inert;
use speed_kings_recording::Recording;
use speed_kings_recording::format::{EventLine, write_event};
use speed_kings_recording::outcome::{MarkRecord, RaceVerdict};
use speed_kings_session::bench::document::lane_result;
use speed_kings_session::bench::saved::{AskedSettings, LaneIdentity, LaneRun, PriceRecord, PromptRecord, RunResult};

/// The version of the document's form.
pub const VERSION: u64 = 1;

/// The keys in the order in which they are read; the events follow them.
const KEYS: [&str; 12] = [
    "version",
    "title",
    "simulated",
    "tool",
    "recorded_at",
    "complete",
    "phase",
    "prompt",
    "settings",
    "lanes",
    "verdict",
    "marks",
];

/// A recorded race as `export X.json` writes it. A lane's run has the keys of a run in the results of a benchmark.
#[derive(Clone, PartialEq, Debug, Serialize)]
#[cfg_attr(
    feature = "schema",
    derive(schemars::JsonSchema),
    schemars(title = "A race exported by speed-kings export, version 1")
)]
pub struct ExportedRace<'a> {
    /// The version of the form.
    #[cfg_attr(feature = "schema", schemars(extend("enum" = [VERSION])))]
    pub version: u64,
    /// What a picture of it is called.
    pub title: String,
    /// Whether any lane was simulated.
    pub simulated: bool,
    /// Name and version of the program that recorded it.
    pub tool: String,
    /// When it was recorded, UTC; null where the recording doesn't say.
    pub recorded_at: Option<String>,
    /// Whether the recording is whole and undamaged.
    pub complete: bool,
    /// The phase of the catalogue, when it was one.
    pub phase: Option<PhaseRecord>,
    /// The prompt that all contestants were asked.
    pub prompt: PromptRecord,
    /// What every request asked for.
    pub settings: AskedSettings,
    /// The contestants with what each came to, in the order of their numbers.
    pub lanes: Vec<ExportedLane<'a>>,
    /// Who won which figure, by today's rules.
    pub verdict: RaceVerdict,
    /// The moments that a viewer may want to see, in order.
    pub marks: Vec<MarkRecord>,
    /// Every event as the recording has it: µs from the green light, lane or null, code, and what the code carries.
    pub events: Vec<EventLine<'a>>,
}

/// A phase of the catalogue, as the race had it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct PhaseRecord {
    /// The phase's id, for example `A1`.
    pub id: String,
    /// What it is called.
    pub title: String,
    /// The model, as people call it.
    pub model: String,
    /// The question that it answers, where it has one.
    pub question: Option<String>,
}

/// One contestant of a race with what it came to.
#[derive(Clone, PartialEq, Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ExportedLane<'a> {
    /// Who it was, and on what.
    #[serde(flatten)]
    pub lane: LaneIdentity,
    /// What its tokens cost.
    pub price: Option<PriceRecord>,
    /// What it answered, and its figures.
    pub run: LaneRun<'a>,
}

impl From<&PhaseRef> for PhaseRecord {
    fn from(phase: &PhaseRef) -> Self {
        Self {
            id: phase.id.clone(),
            title: phase.title.clone(),
            model: phase.model.clone(),
            question: phase.question.clone(),
        }
    }
}

/// Writes `recording` to `out`. An event is what it is in the recording: `[µs, lane or null, code, payload]`.
///
/// # Errors
/// When `out` can't be written.
pub fn write(recording: &Recording, out: &mut dyn Write) -> io::Result<()> {
    let race = recording.race();
    let runs: Vec<RunResult> =
        race.entries().map(|(_, contestant, lane)| lane_result(lane, contestant, &race.setup)).collect();
    let facts = json!(facts(recording, &race, &runs));
    writeln!(out, "{{")?;
    for (key, value) in KEYS.iter().filter_map(|key| Some((key, facts.get(key)?))) {
        writeln!(out, "\"{key}\": {},", inert(&value.to_string()))?;
    }
    write!(out, "\"events\": [")?;
    let mut comma = "\n";
    for event in &recording.events {
        write!(out, "{comma}{}", write_event(event))?;
        comma = ",\n";
    }
    writeln!(out, "\n]\n}}")
}

/// All but the events, which are written one by one.
fn facts<'a>(recording: &Recording, race: &'a Race, runs: &'a [RunResult]) -> ExportedRace<'a> {
    let header = &recording.header;
    let lanes = race.setup.contestants.iter().zip(runs).map(|(contestant, run)| ExportedLane {
        lane: LaneIdentity::from(contestant),
        price: contestant.price.as_ref().map(PriceRecord::from),
        run: run.alone(),
    });
    ExportedRace {
        version: VERSION,
        title: title(race, named(recording)),
        simulated: race.simulated(),
        tool: header.tool.clone(),
        recorded_at: header.recorded_at.map(date::to_second),
        complete: recording.is_complete() && recording.problems.is_empty(),
        phase: header.setup.phase.as_ref().map(PhaseRecord::from),
        prompt: PromptRecord { name: header.setup.prompt.name.clone(), text: header.setup.prompt.text.clone() },
        settings: AskedSettings::from(&race.setup.settings),
        lanes: lanes.collect(),
        verdict: RaceVerdict::from(&Verdict::of(race)),
        marks: marks(race).iter().map(MarkRecord::from).collect(),
        events: Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{hostile, recording, steers};
    use serde_json::Value;

    use super::*;
    use speed_kings_recording::format::read_event;
    use speed_kings_recording::outcome::agrees;

    fn document(recording: &Recording) -> (String, Value) {
        let mut bytes = Vec::new();
        write(recording, &mut bytes).unwrap();
        let text = String::from_utf8(bytes).unwrap();
        let value = serde_json::from_str(&text).unwrap();
        (text, value)
    }

    #[test]
    fn the_document_has_the_figures_and_every_event() {
        let recording = recording();
        let (_, document) = document(&recording);
        let keys: Vec<&str> = document.as_object().unwrap().keys().map(String::as_str).collect();
        assert_eq!(
            keys,
            [
                "complete",
                "events",
                "lanes",
                "marks",
                "phase",
                "prompt",
                "recorded_at",
                "settings",
                "simulated",
                "title",
                "tool",
                "verdict",
                "version"
            ]
        );
        assert_eq!((&document["simulated"], &document["complete"]), (&json!(true), &json!(true)));
        assert_eq!(document["lanes"][0]["run"]["ttft_ms"], json!(260.34));
        assert!(agrees(&document["verdict"], &Verdict::of(&recording.race())));
        assert!(agrees(&recording.end.as_ref().unwrap().verdict, &Verdict::of(&recording.race())));
        let events: Vec<_> =
            document["events"].as_array().unwrap().iter().map(|event| read_event(event).unwrap().unwrap()).collect();
        assert_eq!(events, recording.events);
    }

    #[test]
    fn what_models_say_steers_nothing_and_reads_back() {
        let recording = hostile();
        let (text, document) = document(&recording);
        assert!(!steers(&text));
        assert_eq!(document["lanes"][0]["name"], json!(recording.header.setup.contestants[0].name));
        let last = document["events"].as_array().unwrap().last().unwrap();
        assert_eq!(read_event(last).unwrap().as_ref(), recording.events.last());
    }
}
