//! What was found in a recording, as one JSON document: times in whole µs, absent figures null.

use serde_json::{Value, json};

use crate::cli::inspect::inspection::{InspectionReport, gaps, verdict_holds};
use crate::date;
use crate::race::cold_model::ttft_without_load;
use crate::race::event::LaneId;
use crate::race::lane::{Lane, TokenCounter};
use crate::race::prompt::SentText;
use crate::race::served_model::answered;
use crate::race::setup::Contestant;
use crate::race::speed::SpeedWithheld;
use crate::race::timing::{LaneTiming, cost_usd};
use crate::record::format::{environment_json, usage_json, write_cut};
use crate::record::outcome::{mark_json, verdict_json};
use crate::stats::histogram::EDGES;
use crate::time::{Offset, Period, ReportedPeriod};

/// The version of this document.
const VERSION: u32 = 1;

/// The document, with a line break at its end.
pub(super) fn text(findings: &InspectionReport<'_>) -> String {
    let (recording, race) = (findings.recording, findings.race);
    let header = &recording.header;
    let (setup, settings) = (&header.setup, &header.setup.settings);
    let sent = SentText::of(&setup.prompt_text());
    let ends = recording.events.first().zip(recording.events.last());
    let document = json!({
        "inspect_version": VERSION,
        "file": findings.path.display().to_string(),
        "bytes": findings.bytes,
        "tool": header.tool,
        "recorded_at": header.recorded_at.map(date::to_second),
        "complete": recording.is_complete(),
        "simulated": race.simulated(),
        "ghost": setup.has_ghosts(),
        "mismatches": setup.mismatches,
        "phase": setup.phase.as_ref().map(|phase| &phase.id),
        "prompt": {
            "name": setup.prompt.name, "bytes": setup.prompt.text.len(), "sent_characters": sent.chars,
            "sent_tokens_estimate": sent.tokens,
        },
        "settings": {
            "max_tokens": settings.max_tokens, "temperature": settings.temperature, "seed": settings.seed,
            "nonce": settings.nonce.is_some(), "warm": settings.warm, "no_reasoning": settings.no_reasoning,
        },
        "environment": header.environment.as_ref().map(environment_json),
        "events": recording.events.len(),
        "from_us": ends.map(|(first, _)| first.at.as_micros()),
        "to_us": ends.map(|(_, last)| last.at.as_micros()),
        "lanes": race.entries().map(|(id, contestant, lane)| entry(id, contestant, lane)).collect::<Vec<_>>(),
        "marks": findings.marks.iter().map(mark_json).collect::<Vec<_>>(),
        "cut": header.cut.as_ref().map(write_cut),
        "verdict": verdict_json(&findings.verdict),
        "verdict_as_recorded": verdict_holds(recording, &findings.verdict),
        "wrong": findings.wrong,
    });
    format!("{document:#}\n")
}

fn entry(LaneId(id): LaneId, contestant: &Contestant, lane: &Lane) -> Value {
    let timing = LaneTiming::of(lane);
    json!({
        "lane": id,
        "name": contestant.name,
        "provider": contestant.provider,
        "model": contestant.model,
        "served_model": lane.model,
        "served_as_asked": answered(contestant, lane.model.as_deref()).as_asked(),
        "upstream": {
            "provider": lane.upstream.provider, "fingerprint": lane.upstream.fingerprint, "headers": lane.upstream.headers,
        },
        "hardware": contestant.hardware.as_str(),
        "simulated": contestant.simulated,
        "ghost": contestant.ghost,
        "endpoint": contestant.endpoint,
        "failure": lane.state.failure().map(|failure| failure.kind.as_str()),
        "finish": lane.finish.as_ref().map(crate::race::event::FinishReason::as_str),
        "ttft_us": micros(timing.ttft),
        "ttft_without_load_us": micros(ttft_without_load(lane)),
        "ttfa_us": micros(timing.ttfa),
        "total_us": micros(timing.total),
        "output_tok_s": timing.output_speed.map(crate::time::Rate::value),
        "speed_withheld": timing.speed_withheld.map(SpeedWithheld::as_str),
        "token_latency_us": micros(timing.token_latency),
        "end_to_end_tok_s": timing.end_to_end.map(crate::time::Rate::value),
        "tokens": timing.tokens.map(|tokens| tokens.count),
        "counted_by_usage": timing.tokens.map(|tokens| tokens.counted_by == TokenCounter::Usage),
        "refused_tokens": timing.tokens.and_then(|tokens| tokens.refused),
        "usage": lane.usage.as_ref().map(usage_json),
        "cost_usd": cost_usd(lane, contestant),
        "reads": lane.reads().len(),
        "transport": transport(lane),
        "gaps": spread(lane, &timing),
    })
}

fn micros(period: Option<Period>) -> Option<u64> {
    period.map(Period::as_micros)
}

fn transport(lane: &Lane) -> Value {
    let connection = lane.transport.as_ref();
    let since = |at: Option<Offset>| micros(at.zip(lane.marks.sent).map(|(at, sent)| at.since(sent)));
    let server = |reported: Option<ReportedPeriod>| reported.map(ReportedPeriod::as_secs);
    json!({
        "warm": lane.warm,
        "dns_us": micros(connection.and_then(|connection| connection.dns)),
        "tcp_us": micros(connection.and_then(|connection| connection.tcp)),
        "tls_us": micros(connection.and_then(|connection| connection.tls)),
        "connect_us": micros(connection.and_then(|connection| connection.total)),
        "sent_us": lane.marks.sent.map(Offset::as_micros),
        "written_us": micros(lane.head.as_ref().and_then(|head| head.written)),
        "headers_us": since(lane.marks.headers),
        "first_byte_us": since(lane.marks.first_byte),
        "first_token_us": since(lane.marks.first_text),
        "first_answer_us": since(lane.marks.first_answer),
        "last_text_us": since(lane.marks.last_text),
        "finish_us": since(lane.marks.finish),
        "usage_us": since(lane.marks.usage),
        "done_us": since(lane.marks.done),
        "over_us": since(lane.marks.over),
        "status": lane.head.as_ref().map(|head| head.status),
        "http": lane.head.as_ref().map(|head| head.version.as_ref()),
        "region": lane.head.as_ref().and_then(|head| head.region.as_deref()),
        "server_queue_s": server(lane.server.queue),
        "server_load_s": server(lane.server.load),
        "server_prompt_s": server(lane.server.prompt),
        "server_completion_s": server(lane.server.completion),
        "retries": lane.retries,
        "keep_alives": lane.keep_alives,
        "malformed": lane.malformed,
        "late_us": lane.tainted.as_micros(),
    })
}

fn spread(lane: &Lane, timing: &LaneTiming) -> Value {
    let ends = EDGES.iter().map(|edge| Some(edge.as_micros())).chain([None]);
    let bins: Vec<Value> =
        ends.zip(gaps(lane)).map(|(up_to, count)| json!({"up_to_us": up_to, "count": count})).collect();
    let gaps = timing.gaps.as_ref();
    json!({
        "n": gaps.map(|gaps| gaps.n),
        "p50_us": gaps.map(|gaps| gaps.p50.as_micros()),
        "p95_us": gaps.and_then(|gaps| micros(gaps.p95)),
        "p99_us": gaps.and_then(|gaps| micros(gaps.p99)),
        "max_us": gaps.map(|gaps| gaps.max.as_micros()),
        "jitter_us": gaps.and_then(|gaps| micros(gaps.jitter)),
        "stalls": gaps.map(|gaps| gaps.stalls.count),
        "bins": bins,
    })
}
