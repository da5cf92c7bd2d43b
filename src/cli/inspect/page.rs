//! What was found in a recording, as text for a person.

use std::fmt::Write as _;

use crate::cli::inspect::inspection::{InspectionReport, verdict_holds};
use crate::cli::table::TextTable;
use crate::date;
use crate::format;
use crate::race::cold_model;
use crate::race::event::{ConnectionFacts, ResponseHead};
use crate::race::lane::{Lane, LatenessSummary};
use crate::race::prompt::{SentText, about};
use crate::race::served_model::{model, upstream};
use crate::race::setup::Contestant;
use crate::race::speed::SpeedWithheld;
use crate::race::timing::LaneTiming;
use crate::report::headline;
use crate::stats::histogram::{EDGES, histogram};
use crate::text::printable;
use crate::time::{Offset, Period, ReportedPeriod};
use crate::ui::widget::bar;

/// The longest bar of the histogram, in characters.
const BAR: u16 = 24;
/// Not known, or did not happen.
const NONE: &str = "–";

/// The page in plain text, one section after the other.
pub(super) fn text(findings: &InspectionReport<'_>) -> String {
    let mut out = String::new();
    head(findings, &mut out);
    section(&mut out, "Lanes", &lanes(findings));
    let engines = engines(findings);
    if !engines.is_empty() {
        section(&mut out, "On this machine", &engines);
    }
    section(&mut out, "Connections, and marks from the request on", &transport(findings));
    let told = notices(findings);
    if !told.is_empty() {
        section(&mut out, "Told of them", &told);
    }
    section(&mut out, "Marks", &marks(findings));
    section(&mut out, "Gaps between reads that carried text", &histograms(findings));
    if findings.recording.header.cut.is_some() {
        section(&mut out, "Cut", &cut(findings));
    }
    let wrong = match findings.wrong.as_slice() {
        [] => "nothing\n".to_owned(),
        wrong => wrong.iter().fold(String::new(), |out, what| out + &printable(what) + "\n"),
    };
    section(&mut out, "Missing or damaged", &wrong);
    out
}

fn section(out: &mut String, title: &str, body: &str) {
    let _ = writeln!(out, "\n{title}");
    body.lines().for_each(|line| {
        let _ = writeln!(out, "  {line}");
    });
}

fn head(findings: &InspectionReport<'_>, out: &mut String) {
    let header = &findings.recording.header;
    let setup = &header.setup;
    let size = format::bytes(findings.bytes);
    let (file, events) = (findings.path.display(), findings.recording.events.len());
    let _ = writeln!(
        out,
        "{file}: {events} events, {size}, recorded {} by {}",
        header.recorded_at.map_or_else(|| NONE.to_owned(), date::to_second),
        printable(&header.tool)
    );
    if let Some(machine) = &header.environment {
        let cores = machine.cores.map(|cores| format!("{cores} cores"));
        let memory = machine.memory_bytes.map(format::bytes);
        let facts = [machine.os.clone(), machine.kernel.clone(), machine.cpu.clone(), cores, memory];
        let facts: Vec<String> = facts.into_iter().flatten().collect();
        let _ = writeln!(out, "on {}", printable(&facts.join(", ")));
    }
    let phase = setup.phase.as_ref().map(|phase| format!("{} · {} · ", phase.id, phase.model)).unwrap_or_default();
    let sim = if findings.race.simulated() { "SIM · " } else { "" };
    let ghost = if setup.has_ghosts() { "GHOST · " } else { "" };
    let _ = writeln!(out, "{sim}{ghost}{}{}", printable(&phase), printable(&setup.title()));
    let settings = &setup.settings;
    let cap = settings.max_tokens.map(|cap| format!("max_tokens {cap}"));
    let temperature = settings.temperature.map(|temperature| format!("temperature {temperature}"));
    let nonce = Some(if settings.nonce.is_some() { "fresh nonce" } else { "no nonce" }.to_owned());
    let warm = Some(if settings.warm { "warm connections" } else { "cold connections" }.to_owned());
    let reasoning = settings.no_reasoning.then(|| "reasoning off".to_owned());
    let facts: Vec<String> = [cap, temperature, nonce, warm, reasoning].into_iter().flatten().collect();
    let sent = about(SentText::of(&setup.prompt_text()).tokens);
    let prompt = format!("{}, {} bytes, sent as about {sent} tokens", setup.prompt.name, setup.prompt.text.len());
    let _ = writeln!(out, "prompt {}; {}", printable(&prompt), facts.join(", "));
    let holds = match verdict_holds(findings.recording, &findings.verdict) {
        Some(true) => "as it was live",
        Some(false) => "not as it was recorded",
        None => "none was recorded",
    };
    let _ = writeln!(out, "{} ({holds})", headline(findings.race, &findings.verdict));
    for finding in &findings.verdict.quality {
        let _ = writeln!(out, "{}", format::quality(findings.race, finding));
    }
    for (_, contestant, lane) in findings.race.entries() {
        if let Some(quality) = lane.engine.as_ref().and_then(|start| start.quality.as_deref()) {
            let _ = writeln!(out, "{}: {}", printable(&contestant.name), format::measured_quality(quality));
        }
    }
}

/// One row of a table by lanes: what it is called, and what stands in it.
type LaneRow<'a> = (&'a str, &'a dyn Fn(&Contestant, &Lane) -> String);

/// A table with a column for each lane.
fn by_lane(findings: &InspectionReport<'_>, rows: &[LaneRow<'_>]) -> String {
    let names = findings.race.entries().map(|(_, contestant, _)| printable(&contestant.name).into_owned());
    let names: Vec<String> = std::iter::once(String::new()).chain(names).collect();
    let mut table = TextTable::new(&names.iter().map(String::as_str).collect::<Vec<_>>());
    for (label, of) in rows {
        let cells = findings.race.entries().map(|(_, contestant, lane)| of(contestant, lane));
        table.row(std::iter::once((*label).to_owned()).chain(cells));
    }
    table.text()
}

fn lanes(findings: &InspectionReport<'_>) -> String {
    by_lane(
        findings,
        &[
            ("model", &|contestant, lane| model(contestant, lane)),
            ("served", &|_, lane| lane.model.as_deref().unwrap_or(NONE).to_owned()),
            ("answered by", &|_, lane| upstream(&lane.upstream).unwrap_or_else(|| NONE.into())),
            ("fingerprint", &|_, lane| lane.upstream.fingerprint.as_deref().unwrap_or(NONE).to_owned()),
            ("hardware", &|contestant, _| contestant.hardware.title().to_owned()),
            ("endpoint", &|contestant, _| contestant.endpoint.clone().unwrap_or_else(|| "the provider's own".into())),
            ("ghost of", &|contestant, _| contestant.ghost.clone().unwrap_or_else(|| NONE.into())),
            ("TTFT", &|_, lane| span(LaneTiming::of(lane).ttft)),
            ("TTFT, model loaded", &|_, lane| span(cold_model::ttft_without_load(lane))),
            ("TTFA", &|_, lane| span(LaneTiming::of(lane).ttfa)),
            ("total", &|_, lane| span(LaneTiming::of(lane).total)),
            ("tok/s", &|_, lane| format::rate(LaneTiming::of(lane).output_speed)),
            ("no tok/s", &|_, lane| {
                LaneTiming::of(lane).speed_withheld.map_or_else(|| NONE.into(), SpeedWithheld::words)
            }),
            ("tokens", &|_, lane| format::tokens(lane.tokens())),
            ("refused", &|_, lane| {
                lane.refused_count().map_or_else(|| NONE.into(), |count| format!("{count} counted by the server"))
            }),
            ("cost", &|contestant, lane| format::cost(lane, contestant)),
            ("reads", &|_, lane| lane.reads().len().to_string()),
            ("stalls", &|_, lane| {
                LaneTiming::of(lane).gaps.map_or_else(|| NONE.into(), |gaps| gaps.stalls.count.to_string())
            }),
            ("finish", &|_, lane| {
                lane.finish.as_ref().map_or_else(|| NONE.into(), |reason| reason.as_str().to_owned())
            }),
        ],
    )
}

/// How engines of this machine came up and what their processes used; nothing where none is known.
fn engines(findings: &InspectionReport<'_>) -> String {
    let lanes = findings.race.lanes();
    if !lanes.iter().any(|lane| lane.engine.is_some() || lane.resources.looks > 0) {
        return String::new();
    }
    let told = |facts: Vec<String>| if facts.is_empty() { NONE.into() } else { facts.join("; ") };
    by_lane(
        findings,
        &[
            ("engine", &|_, lane| told(lane.engine.as_deref().map(format::engine).unwrap_or_default())),
            ("resources", &|_, lane| {
                told(format::resources(&lane.resources, lane.tokens().map(|tokens| tokens.count)))
            }),
        ],
    )
}

fn span(period: Option<Period>) -> String {
    period.map_or_else(|| NONE.into(), |period| period.to_string())
}

fn transport(findings: &InspectionReport<'_>) -> String {
    fn connection(lane: &Lane, of: fn(&ConnectionFacts) -> Option<Period>) -> String {
        span(lane.transport.as_ref().and_then(of))
    }
    fn since(lane: &Lane, at: Option<Offset>) -> String {
        span(at.zip(lane.asked()).map(|(at, sent)| at.since(sent)))
    }
    fn head(lane: &Lane, of: fn(&ResponseHead) -> String) -> String {
        lane.head.as_ref().map_or_else(|| NONE.into(), of)
    }
    fn late(lane: &Lane, of: fn(&LatenessSummary) -> Period) -> String {
        span(lane.lateness().summary().as_ref().map(of))
    }
    let server = |reported: Option<ReportedPeriod>| span(reported.map(ReportedPeriod::period));
    by_lane(
        findings,
        &[
            ("state", &|_, lane| if lane.warm { "warm" } else { "cold" }.to_owned()),
            ("DNS", &|_, lane| connection(lane, |transport| transport.dns)),
            ("TCP", &|_, lane| connection(lane, |transport| transport.tcp)),
            ("TLS", &|_, lane| connection(lane, |transport| transport.tls)),
            ("connect in all", &|_, lane| connection(lane, |transport| transport.total)),
            ("sent", &|_, lane| lane.marks.sent.map_or_else(|| NONE.into(), format::clock)),
            ("request written", &|_, lane| span(lane.written_after())),
            ("headers", &|_, lane| since(lane, lane.marks.headers)),
            ("first byte", &|_, lane| since(lane, lane.marks.first_byte)),
            ("first token", &|_, lane| since(lane, lane.marks.first_text)),
            ("first answer", &|_, lane| since(lane, lane.marks.first_answer)),
            ("last text", &|_, lane| since(lane, lane.marks.last_text)),
            ("finish", &|_, lane| since(lane, lane.marks.finish)),
            ("usage", &|_, lane| since(lane, lane.marks.usage)),
            ("[DONE]", &|_, lane| since(lane, lane.marks.done)),
            ("over", &|_, lane| since(lane, lane.marks.over)),
            ("status", &|_, lane| head(lane, |head| format!("{} {}", head.version, head.status))),
            ("region", &|_, lane| head(lane, |head| head.region.as_deref().unwrap_or(NONE).to_owned())),
            ("server: queue", &|_, lane| server(lane.server.queue)),
            ("server: load", &|_, lane| server(lane.server.load)),
            ("server: prompt", &|_, lane| server(lane.server.prompt)),
            ("server: completion", &|_, lane| server(lane.server.completion)),
            ("taken in late: p50", &|_, lane| late(lane, |late| late.p50)),
            ("taken in late: p99", &|_, lane| late(lane, |late| late.p99)),
            ("taken in late: most", &|_, lane| late(lane, |late| late.max)),
            ("retries", &|_, lane| lane.retries.to_string()),
            ("keep-alives", &|_, lane| lane.keep_alives.to_string()),
        ],
    )
}

/// What was told while they ran; nothing where nothing was.
fn notices(findings: &InspectionReport<'_>) -> String {
    let all = findings.race.entries().flat_map(|(_, contestant, lane)| {
        lane.notices.iter().map(|notice| format!("{}: {}\n", printable(&contestant.name), printable(notice)))
    });
    all.collect()
}

fn marks(findings: &InspectionReport<'_>) -> String {
    let mut table = TextTable::new(&["at", "mark", "what"]).right([0]);
    for mark in &findings.marks {
        table.row([format::clock(mark.at), mark.kind.as_str().to_owned(), mark.words(findings.race)]);
    }
    table.text()
}

fn histograms(findings: &InspectionReport<'_>) -> String {
    let bins: Vec<_> = findings.race.lanes().iter().map(|lane| histogram(lane.reads().gaps())).collect();
    let most = bins.iter().flatten().copied().max().unwrap_or(0);
    let names = findings.race.entries().map(|(_, contestant, _)| printable(&contestant.name).into_owned());
    let names: Vec<String> = std::iter::once("up to".to_owned()).chain(names).collect();
    let mut table = TextTable::new(&names.iter().map(String::as_str).collect::<Vec<_>>()).right([0]);
    for (bin, edge) in EDGES.iter().map(Some).chain([None]).enumerate() {
        let counts: Vec<usize> = bins.iter().filter_map(|bins| bins.get(bin).copied()).collect();
        if counts.iter().any(|count| *count > 0) {
            let edge =
                edge.map_or_else(|| "longer".into(), |edge| edge.as_micros().div_euclid(1_000).to_string() + " ms");
            table.row(std::iter::once(edge).chain(counts.into_iter().map(|count| counted_bar(count, most))));
        }
    }
    table.text()
}

/// A bar for `count` of `most`, with the count behind it; something is never drawn as nothing.
fn counted_bar(count: usize, most: usize) -> String {
    if count == 0 {
        return NONE.into();
    }
    #[expect(clippy::cast_precision_loss, reason = "counts of gaps stay below 2^53")]
    let share = count as f64 / most.max(1) as f64;
    format!("{} {count}", bar::text(share, BAR))
}

fn cut(findings: &InspectionReport<'_>) -> String {
    let cut = findings.recording.cut();
    let mut out = format!("{} of picture\n", cut.duration());
    for piece in cut.pieces() {
        let _ = writeln!(out, "{} to {} at ×{}", format::clock(piece.from), format::clock(piece.to), piece.scale);
    }
    let words = cut.captions.iter().map(|caption| ("caption", caption.from, &caption.text));
    for (kind, at, text) in words.chain(cut.chapters.iter().map(|chapter| ("chapter", chapter.at, &chapter.name))) {
        let _ = writeln!(out, "{kind} from {}: {}", format::clock(at), printable(text));
    }
    out.extend(cut.title.iter().map(|title| format!("title: {}\n", printable(title))));
    out.extend(cut.hold_verdict.map(|hold| format!("the verdict stays for {hold}\n")));
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bars_are_in_proportion_and_never_nothing() {
        assert_eq!(counted_bar(0, 10), "–");
        assert_eq!(counted_bar(1, 100_000), "▏ 1");
        assert_eq!(counted_bar(10, 10), format!("{} 10", "█".repeat(BAR.into())));
        assert_eq!(counted_bar(5, 10), format!("{} 5", "█".repeat((BAR / 2).into())));
    }
}
