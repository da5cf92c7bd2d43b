//! A lane's detail view: every fact that was measured or reported, beside each other and never subtracted.

use ratatui::text::{Line, Span};

use crate::app::App;
use speed_kings_core::format;
use speed_kings_core::race::event::{ServerTiming, TokenUsage};
use speed_kings_core::race::lane::Lane;
use speed_kings_core::race::served_model::upstream;
use speed_kings_core::race::setup::Contestant;
use speed_kings_core::race::timing::LaneTiming;
use speed_kings_core::race::verdict::Metric;
use speed_kings_core::text::printable;
use speed_kings_core::time::{Offset, Period, Rate, ReportedPeriod};

/// Columns of the labels.
const LABELS: usize = 11;

/// The lines of one lane.
pub(super) fn lines(app: &App, contestant: &Contestant, lane: &Lane) -> Vec<Line<'static>> {
    let timing = LaneTiming::of(lane);
    let mut rows = vec![("connection", connection(lane)), ("request", request(lane)), ("response", response(lane))];
    rows.push(("marks", marks(lane)));
    rows.push(("tokens", tokens(lane, &timing)));
    rows.push(("gaps", gaps(&timing)));
    rows.push(("speed", speed(&timing)));
    rows.push(("server", server(&lane.server)));
    rows.push(("engine", lane.engine.as_ref().map(|start| format::engine(start)).unwrap_or_default()));
    rows.push(("resources", format::resources(&lane.resources, lane.tokens().map(|tokens| tokens.count))));
    rows.push(("process", lane.process.map(format::process).unwrap_or_default()));
    rows.push(("cost", vec![format::cost(lane, contestant)]));
    let stream = [format!("{} keep-alives", lane.keep_alives), format!("{} damaged", lane.malformed)];
    rows.push(("stream", stream.into_iter().chain(format::lateness(lane)).collect()));
    let skipped = (app.skipped_frames > 0).then(|| format!("{} frames skipped", app.skipped_frames));
    rows.push(("screen", skipped.into_iter().collect()));
    let claims = contestant.claims.iter();
    rows.push((
        "claimed",
        claims
            .map(|claim| {
                format!(
                    "{} ({}, {})",
                    format::metric(Metric::OutputSpeed, Some(claim.tok_s)),
                    claim.source,
                    claim.as_of
                )
            })
            .collect(),
    ));
    let limits = lane.head.iter().flat_map(|head| &head.limits);
    rows.push(("limits", limits.map(|(name, value)| format!("{name} {value}")).collect()));
    rows.push(("told", lane.notices.iter().map(ToString::to_string).collect()));
    let rows = rows.into_iter().filter(|(_, facts)| !facts.is_empty());
    rows.map(|(label, facts)| {
        Line::from(vec![
            Span::styled(format!("{label:<LABELS$}"), app.theme.muted),
            Span::styled(printable(&facts.join(" · ")).into_owned(), app.theme.text),
        ])
    })
    .collect()
}

fn named(name: &str, period: Option<Period>) -> Option<String> {
    period.map(|period| format!("{name} {period}"))
}

fn connection(lane: &Lane) -> Vec<String> {
    let Some(transport) = &lane.transport else { return Vec::new() };
    let state = if lane.warm { "warm: up before the request" } else { "cold: made for the request" };
    let parts = [
        named("DNS", transport.dns),
        named("TCP", transport.tcp),
        named("TLS", transport.tls),
        named("in all", transport.total),
    ];
    std::iter::once(state.to_owned()).chain(parts.into_iter().flatten()).collect()
}

fn request(lane: &Lane) -> Vec<String> {
    let sent = lane.marks.sent.map(|sent| format!("sent {}", format::clock(sent)));
    let written = named("written after", lane.written_after());
    let again = (lane.retries > 0).then(|| format!("{} before it", lane.retries));
    sent.into_iter().chain(written).chain(again).collect()
}

fn response(lane: &Lane) -> Vec<String> {
    let Some(head) = &lane.head else { return Vec::new() };
    let region = head.region.as_ref().map(|region| format!("region {region}"));
    let model = lane.model.as_ref().map(|model| format!("model {model}"));
    let by = upstream(&lane.upstream).map(|upstream| format!("answered by {upstream}"));
    let fingerprint = lane.upstream.fingerprint.as_ref().map(|fingerprint| format!("fingerprint {fingerprint}"));
    let told = [region, model, by, fingerprint].into_iter().flatten();
    [format!("{} {}", head.version, head.status)].into_iter().chain(told).collect()
}

/// The moments of the lane since its request.
fn marks(lane: &Lane) -> Vec<String> {
    let marks = &lane.marks;
    let since = |name, at: Option<Offset>| named(name, at.zip(lane.asked()).map(|(at, sent)| at.since(sent)));
    [
        since("headers", marks.headers),
        since("first byte", marks.first_byte),
        since("first text", marks.first_text),
        since("first answer", marks.first_answer),
        since("last text", marks.last_text),
        since("finish", marks.finish),
        since("usage", marks.usage),
        since("[DONE]", marks.done),
        since("over", marks.over),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn tokens(lane: &Lane, timing: &LaneTiming) -> Vec<String> {
    let count = |name: &str, tokens: Option<u64>| tokens.map(|tokens| format!("{name} {tokens}"));
    let reported = |usage: TokenUsage| {
        [
            count("input", usage.input),
            count("cached", usage.cached),
            count("output", usage.output),
            count("reasoning", usage.reasoning),
        ]
    };
    let estimate = || format!("{} by text length", format::tokens(timing.tokens));
    let refused = |_| format!("which can't be true: {}", estimate());
    match lane.usage {
        Some(usage) => {
            let form = usage.apart.then(|| "reasoning beside the output".to_owned());
            let said = reported(usage).into_iter().flatten().chain(form).chain(["counted by the server".to_owned()]);
            said.chain(lane.refused_count().map(refused)).collect()
        }
        None => vec![estimate()],
    }
}

fn gaps(timing: &LaneTiming) -> Vec<String> {
    let Some(gaps) = timing.gaps else { return Vec::new() };
    let parts = [
        named("p50", Some(gaps.p50)),
        named("p95", gaps.p95),
        named("p99", gaps.p99),
        named("max", Some(gaps.max)),
        named("jitter", gaps.jitter),
    ];
    let stalls = match gaps.stalls.count {
        0 => "no stalls".into(),
        count => format!("{count} stalls, longest {}", gaps.stalls.longest),
    };
    parts.into_iter().flatten().chain([stalls, format!("n = {}", gaps.n)]).collect()
}

fn speed(timing: &LaneTiming) -> Vec<String> {
    let rate = |name: &str, rate: Option<Rate>| rate.map(|rate| format!("{name} {} tok/s", format::rate(Some(rate))));
    let latency = named("token latency", timing.token_latency);
    let withheld = timing.speed_withheld.map(|why| format!("output {}: {}", format::ABSENT, why.words()));
    [rate("output", timing.output_speed), withheld, rate("end-to-end", timing.end_to_end), latency]
        .into_iter()
        .flatten()
        .collect()
}

fn server(timing: &ServerTiming) -> Vec<String> {
    let span = |name, reported: Option<ReportedPeriod>| named(name, reported.map(ReportedPeriod::period));
    [
        span("queue", timing.queue),
        span("load", timing.load),
        span("prompt", timing.prompt),
        span("completion", timing.completion),
        span("total", timing.total),
        span("first token", timing.first_token),
        timing.rate.map(|rate| format!("{} tok/s", format::rate(Some(rate)))),
    ]
    .into_iter()
    .flatten()
    .collect()
}
