//! A race as one JSON document: what was raced, the figures of each lane, the verdict, the marks, and every event.
//! Every key is always there: what is not known is null, never zero and never left out.

use std::io::{self, Write};

use serde_json::{Value, json};

use super::{named, title};
use speed_kings_core::date;
use speed_kings_core::race::Race;
use speed_kings_core::race::event::LaneId;
use speed_kings_core::race::lane::Lane;
use speed_kings_core::race::mark::marks;
use speed_kings_core::race::setup::Contestant;
use speed_kings_core::race::verdict::Verdict;
use speed_kings_core::text::inert;
use speed_kings_recording::Recording;
use speed_kings_recording::format::write_event;
use speed_kings_recording::outcome::{mark_json, verdict_json};
use speed_kings_session::bench::document::lane_result;
use speed_kings_session::bench::saved::PriceRecord;

/// The version of the document's form.
pub const VERSION: u64 = 1;

/// Writes `recording` to `out`. An event is what it is in the recording: `[µs, lane or null, code, payload]`.
///
/// # Errors
/// When `out` can't be written.
pub fn write(recording: &Recording, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "{{")?;
    for (key, value) in facts(recording) {
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

/// All but the events, in the order in which they are read.
fn facts(recording: &Recording) -> Vec<(&'static str, Value)> {
    let (race, header) = (recording.race(), &recording.header);
    let phase =
        header.setup.phase.as_ref().map(
            |phase| json!({"id": phase.id, "title": phase.title, "model": phase.model, "question": phase.question}),
        );
    vec![
        ("version", json!(VERSION)),
        ("title", json!(title(&race, named(recording)))),
        ("simulated", json!(race.simulated())),
        ("tool", json!(header.tool)),
        ("recorded_at", json!(header.recorded_at.map(date::to_second))),
        ("complete", json!(recording.is_complete() && recording.problems.is_empty())),
        ("phase", json!(phase)),
        ("prompt", json!({"name": header.setup.prompt.name, "text": header.setup.prompt.text})),
        ("settings", settings(&race)),
        ("lanes", lanes(&race)),
        ("verdict", verdict_json(&Verdict::of(&race))),
        ("marks", marks(&race).iter().map(mark_json).collect()),
    ]
}

fn settings(race: &Race) -> Value {
    let settings = &race.setup.settings;
    json!({
        "max_tokens": settings.max_tokens,
        "temperature": settings.temperature,
        "seed": settings.seed,
        "allow_cache": settings.nonce.is_none(),
        "reasoning": if settings.no_reasoning { json!("off") } else { Value::Null },
        "warm_connections": settings.warm,
    })
}

fn lanes(race: &Race) -> Value {
    let lane = |(_, contestant, lane): (LaneId, &Contestant, &Lane)| {
        json!({
            "name": contestant.name,
            "provider": contestant.provider,
            "model": contestant.model,
            "hardware": contestant.hardware.as_str(),
            "simulated": contestant.simulated,
            "price": contestant.price.as_ref().map(PriceRecord::from),
            "run": lane_result(lane, contestant, &race.setup).figures_alone(),
        })
    };
    race.entries().map(lane).collect()
}

#[cfg(test)]
mod tests {
    use super::super::tests::{hostile, recording, steers};
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
